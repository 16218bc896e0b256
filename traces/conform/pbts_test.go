package conform_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

// dated is a recorded log of v1, judged as if proposer-based timestamps had been
// on from height 2: the block of height 1 has the time of the genesis, and the
// later ones a time a little before their proposal.
func dated(t *testing.T) recording {
	t.Helper()
	rec := load(t, "v1-normal/node0").trusting()
	genesis := *rec.opt.Genesis
	require.Zero(t, genesis.PBTSHeight)
	require.Equal(t, []time.Duration{505 * time.Millisecond, 15 * time.Second}, []time.Duration{genesis.Precision, genesis.MessageDelay})
	genesis.PBTSHeight = 2
	rec.opt.Genesis = &genesis
	return rec
}

func isProposal(height int64) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool { return r.Kind == cometbft.KindProposal && r.Proposal.Height == height }
}

func TestTimelyProposals(t *testing.T) {
	rec := dated(t)
	rep, err := rec.judge(t, rec.records)
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
	require.Zero(t, rep.Rules["enterPrevote.untimely"])

	const why = "the application or ValidateBlock refused a block"
	at := index(rec.records, 0, ownPrevote(quiet(t, rec.records, 8)))
	rep, err = rec.judge(t, change(rec.records[:at+1], at, func(r *cometbft.Record) { r.Vote.BlockID = cometbft.BlockID{} }))
	require.NoError(t, err)
	require.Equal(t, 1, rep.Counts.Assumed[why], "it was not the clock")

	rec.opt.Genesis.Precision, rec.opt.Genesis.MessageDelay = 1, 1
	rep, err = rec.judge(t, rec.records)
	require.NoError(t, err)
	require.Equal(t, conform.Diverges, rep.Verdict, "the blocks are older than that")
	require.EqualValues(t, 2, rep.Divergence.Height)
}

// A proposal that comes too early or too late, or that does not carry the time of
// its block, has to get a prevote for nil.
func TestUntimelyProposals(t *testing.T) {
	rec := dated(t)
	height := quiet(t, rec.records, 8)
	proposal, vote := index(rec.records, 0, isProposal(height)), index(rec.records, 0, ownPrevote(height))
	require.Less(t, proposal, vote)
	p := &rec.records[proposal]
	require.Equal(t, int32(-1), p.Proposal.POLRound)
	age := p.ReceiveTime.Sub(p.Proposal.Timestamp)
	require.Positive(t, age)
	tests := []struct {
		name   string
		change func(*cometbft.Record)
		rule   string
	}{
		{"as it is", func(*cometbft.Record) {}, ""},
		{"not known", func(r *cometbft.Record) { r.ReceiveTime = time.Time{} }, ""},
		{"just in time", func(r *cometbft.Record) { r.ReceiveTime = r.Proposal.Timestamp.Add(15505 * time.Millisecond) }, ""},
		{"too late", func(r *cometbft.Record) { r.ReceiveTime = r.Proposal.Timestamp.Add(15505*time.Millisecond + 1) }, "enterPrevote.untimely"},
		{"just late enough", func(r *cometbft.Record) { r.ReceiveTime = r.Proposal.Timestamp.Add(-505 * time.Millisecond) }, ""},
		{"too early", func(r *cometbft.Record) { r.ReceiveTime = r.Proposal.Timestamp.Add(-505*time.Millisecond - 1) }, "enterPrevote.untimely"},
		{"another timestamp", func(r *cometbft.Record) { r.Proposal.Timestamp = r.Proposal.Timestamp.Add(1) }, "enterPrevote.misdated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records := change(rec.records[:vote+1], proposal, tt.change)
			if tt.rule == "" {
				rep, err := rec.judge(t, records)
				require.NoError(t, err)
				require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
				return
			}
			rep := divergesAt(t, rec, records, vote, "by rule "+tt.rule)
			require.Contains(t, rep.Divergence.Text(), "after its timestamp; timely is from −505ms to 15.505s")
			rep, err := rec.judge(t, change(records, vote, func(r *cometbft.Record) { r.Vote.BlockID = cometbft.BlockID{} }))
			require.NoError(t, err)
			require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
			require.Equal(t, 1, rep.Rules[tt.rule])
			require.Empty(t, rep.Counts.Assumed)
		})
	}
}
