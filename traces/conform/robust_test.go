package conform_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

// dialects are those that a cs.wal can be judged by.
var dialects = consensus.Dialects

// roundZero is the beginning of a log until its first height is in step Propose,
// and a peer's prevote to make others of.
func roundZero(t *testing.T) (rec recording, start []cometbft.Record, vote cometbft.Record) {
	t.Helper()
	rec = load(t, "small-m038/node0").trusting()
	at := index(rec.records, 0, isStep(1, "Propose"))
	return rec, rec.records[:at+1], rec.records[index(rec.records, 0, isPeerVote(1, cometbft.Prevote))]
}

// votes are the same vote of several validators.
func votes(rec recording, like cometbft.Record, kind cometbft.VoteType, round int32, validators int) []cometbft.Record {
	var out []cometbft.Record
	for i := range validators {
		r := like
		r.Vote.Type, r.Vote.Round, r.Vote.BlockID = kind, round, cometbft.BlockID{}
		r.Vote.ValidatorIndex, r.Vote.ValidatorAddress = int32(i), rec.opt.Genesis.Validators[i].Address
		out = append(out, r)
	}
	return out
}

// TestAbsurdRounds: a quorum in the last round that there is, a proposal for it,
// and the expiry of its timeout do not stop the judge. A cost in
// the size of the round would outlast the test.
func TestAbsurdRounds(t *testing.T) {
	rec, start, vote := roundZero(t)
	const last = math.MaxInt32
	records := slices.Concat(start, votes(rec, vote, cometbft.Prevote, last, 3))
	stepRecord := rec.records[index(rec.records, 0, isStep(1, "Propose"))]
	stepRecord.Step.Round = last
	proposal := rec.records[index(rec.records, 0, func(r *cometbft.Record) bool { return r.Kind == cometbft.KindProposal })]
	proposal.Proposal.Round, proposal.Peer = last, ""
	for _, trust := range []bool{true, false} {
		rec.opt.TrustSignatures = trust
		rep, err := rec.judge(t, slices.Concat(records, []cometbft.Record{stepRecord, proposal, proposal}))
		lawful(t, rep, err)
	}
}

// TestAbsurdHeights: a log may begin anywhere; what its proposals are worth so
// far from the genesis cannot be told, and is noted.
func TestAbsurdHeights(t *testing.T) {
	rec, start, _ := roundZero(t)
	rec.opt.TrustSignatures = false
	for _, height := range []int64{1 << 40, math.MaxInt64 - 1, math.MaxInt64, -7} {
		proposal := rec.records[index(rec.records, 0, func(r *cometbft.Record) bool { return r.Kind == cometbft.KindProposal })]
		proposal.Proposal.Height = height + 1
		rep, err := rec.judge(t, []cometbft.Record{
			{Kind: cometbft.KindEndHeight, EndHeight: height, Time: start[0].Time},
			{Kind: cometbft.KindTimeout, Timeout: cometbft.Timeout{Height: height + 1, Step: 1}, Time: start[0].Time},
			{Kind: cometbft.KindStep, Step: cometbft.Step{Height: height + 1, Step: "RoundStepPropose"}, Time: start[0].Time},
			proposal,
		})
		lawful(t, rep, err)
		if height == 1<<40 {
			require.Contains(t, rep.Notes[0], "too far from the genesis")
		}
	}
}

// TestManyValues: as many blocks as there are proposals, votes that contradict
// each other, and a part set of four thousand million.
func TestManyValues(t *testing.T) {
	rec, start, vote := roundZero(t)
	proposal := rec.records[index(rec.records, 0, func(r *cometbft.Record) bool { return r.Kind == cometbft.KindProposal })]
	records := slices.Clone(start)
	for i := range 2000 {
		p := proposal
		p.Peer, p.Proposal.Height, p.Proposal.Round = "someone", 1, 0
		hash := []byte(p.Proposal.BlockID.Hash)
		hash[1], hash[2] = byte(i>>8), byte(i)
		p.Proposal.BlockID = cometbft.BlockID{Hash: string(hash), PartsTotal: math.MaxUint32, PartsHash: string(hash)}
		v := vote
		v.Vote.BlockID = p.Proposal.BlockID
		records = append(records, p, v)
	}
	for _, d := range dialects {
		rec.opt.Dialect = d
		rep, err := rec.judge(t, records)
		lawful(t, rep, err)
		require.Equal(t, conform.Nothing, rep.Verdict)
	}
}

// TestManyRestarts: a node that restarts over and over replays its height each
// time; a log that is made up of that ends as a divergence.
// TestManyBlockIDs: a height with more block ids than there are numbers ends the
// judging, and is no defect of the judge.
func TestManyBlockIDs(t *testing.T) {
	rec, start, vote := roundZero(t)
	records := slices.Clone(start)
	for i := range consensus.MaxBlocks {
		r := vote
		hash := []byte(r.Vote.BlockID.Hash)
		hash[0], hash[1], hash[2] = byte(i), byte(i>>8), byte(i>>16)
		r.Vote.BlockID.Hash = string(hash)
		records = append(records, r)
	}
	rep, err := rec.judge(t, records)
	require.ErrorContains(t, err, "more block ids are named at one height than can be told apart")
	require.NotErrorIs(t, err, conform.ErrDefect)
	require.Equal(t, consensus.MaxBlocks-1, rep.Counts.Records-len(start)-1)
}

// TestPrecommitBeforeTheFirstHeight: a node that waits for its chain to begin
// dies of a precommit for the height before, which has no commit to be added to.
func TestPrecommitBeforeTheFirstHeight(t *testing.T) {
	rec, start, vote := roundZero(t)
	genesis := *rec.opt.Genesis
	genesis.InitialHeight = 7
	rec.opt.Genesis = &genesis
	at := index(start, 0, func(r *cometbft.Record) bool { return r.EndHeight == 0 && r.Kind == cometbft.KindEndHeight })
	vote.Vote.Type, vote.Vote.Height = cometbft.Precommit, 6
	log := append(slices.Clone(start[:at+1]), vote)
	rep, err := rec.judge(t, log)
	require.NoError(t, err)
	require.Equal(t, conform.Nothing, rep.Verdict, "%v", rep.Divergence)
	require.Contains(t, rep.Notes, "the log ends where the node dies: panic: AddVote() on nil VoteSet")

	expiry := start[index(start, 0, isTimeout(1, 1))]
	expiry.Timeout.Height = 7
	rep, err = rec.judge(t, append(log, expiry))
	require.NoError(t, err)
	require.Equal(t, conform.Diverges, rep.Verdict)
	require.Contains(t, rep.Divergence.Must, "have stopped it: panic: AddVote() on nil VoteSet")

	vote.Vote.Height = 5 // too old to be looked at
	expiryFirst := append(slices.Clone(start[:at+1]), vote, expiry)
	rep, err = rec.judge(t, expiryFirst)
	require.NoError(t, err)
	require.Equal(t, conform.Nothing, rep.Verdict, "%v", rep.Divergence)
}

func TestManyRestarts(t *testing.T) {
	rec, start, vote := roundZero(t)
	records := slices.Clone(start)
	for range 1500 {
		records = append(records, vote)
	}
	again := start[len(start)-1]
	for range 1000 {
		records = append(records, again)
	}
	rep, err := rec.judge(t, records)
	lawful(t, rep, err)
	require.Equal(t, conform.Diverges, rep.Verdict)
	require.Contains(t, rep.Notes[0], "repeats itself too often")
}

// TestDoubleSignAcrossRestart: what was signed before a restart still binds.
func TestDoubleSignAcrossRestart(t *testing.T) {
	rec := load(t, "small-m038/node0").trusting()
	height := quiet(t, rec.records, 3)
	at := index(rec.records, 0, ownPrevote(height))
	again := rec.records[at]
	again.Vote.BlockID = cometbft.BlockID{}
	records := slices.Concat(rec.records[:at+1], []cometbft.Record{
		rec.records[index(rec.records, 0, isStep(height, "Propose"))], rec.records[index(rec.records, 0, isStep(height, "Prevote"))], again,
	})
	rep, err := rec.judge(t, records)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Restarts)
	require.Equal(t, at+3, rep.Divergence.Record)
	require.Contains(t, rep.Divergence.Must, "a double sign")
}

// TestOptions: what is missing or impossible is said before the log is opened.
func TestOptions(t *testing.T) {
	one := cometbft.ValidatorSet{{Power: 1}}
	for _, c := range []struct {
		name string
		opt  conform.Options
		says string
	}{
		{"no genesis", conform.Options{}, "--genesis"},
		{"no validators", conform.Options{Genesis: &cometbft.Genesis{}}, "--validators"},
		{"no power", conform.Options{Genesis: &cometbft.Genesis{Validators: cometbft.ValidatorSet{{}}}}, "no power"},
		{"too much power", conform.Options{Genesis: &cometbft.Genesis{Validators: cometbft.ValidatorSet{{Power: math.MaxInt64}}}}, "do not add up"},
		{"of a height", conform.Options{Genesis: &cometbft.Genesis{Validators: one}, Validators: map[int64]cometbft.ValidatorSet{7: {}}}, "height 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := conform.WAL(t.Context(), "nowhere", c.opt)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestInterrupted: whoever stops the judge gets no verdict that looks like a pass.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{bundled("small-m038", "node0"), traces("normal", "node0.ndjson.zst")} {
		rep, err := conform.File(ctx, path, conform.Options{})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, conform.Unfinished, rep.Verdict)
	}
}
