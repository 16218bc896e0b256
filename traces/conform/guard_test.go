package conform_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
	"github.com/polka-bft/polka/traces/event"
)

// Each test here guards one check of the judge that could be taken out without
// any other test noticing.

const (
	wrongPOL     = "proposal of no block, or with an impossible POLRound, refused"
	tooFarAhead  = "vote of a round too far ahead, refused"
	begunUntimed = "round 0 begun without a timeout: transactions, or all precommits of the last height"
	claimedTwice = "a peer claimed a majority for a value that a validator voted for besides another"
)

// divergesAt judges records that must diverge at one of them.
func divergesAt(t *testing.T, rec recording, records []cometbft.Record, at int, must string) *conform.Report {
	t.Helper()
	rep, err := rec.judge(t, records)
	require.NoError(t, err)
	require.Equal(t, conform.Diverges, rep.Verdict)
	require.Equal(t, at, rep.Divergence.Record, "%s", rep.Divergence.Text())
	require.Contains(t, rep.Divergence.Must, must)
	return rep
}

// A node that takes the next input although a rule is enabled diverges there, and
// the rule is named, with what it is enabled on.
func TestTraceNodeMayNotLeaveARuleEnabled(t *testing.T) {
	h, events := loadTrace(t, "short-timeouts", "node1.ndjson.zst")
	at := slices.IndexFunc(events, func(e event.Event) bool { return isRule("L34")(&e) })
	require.Equal(t, event.Output, events[at+1].Kind, "the rule has one output")
	require.True(t, events[at+2].IsInput())
	without := slices.Concat(events[:at], events[at+2:])
	// With the whole rest of the log, and with the next input alone, where nothing
	// later can betray the node.
	for _, log := range [][]event.Event{without, without[:at+1]} {
		rep, err := judgeTrace(t, writeTrace(t, h, log))
		require.NoError(t, err)
		require.Equal(t, conform.Diverges, rep.Verdict)
		require.Equal(t, at+2, rep.Divergence.Line, "%s", rep.Divergence.Text())
		require.Equal(t, "took the next input", rep.Divergence.Did)
		require.Contains(t, rep.Divergence.Must, "demand L34 first, enabled on votes(step=prevote prevotes=mixed")
	}
}

// observed is the log of an observer of three equal validators that sees a height
// decided by all of them; the decision cites the first so many precommits.
func observed(t *testing.T, cited int) (h event.Header, events []event.Event) {
	t.Helper()
	h, like := loadTrace(t, "normal", "node0.ndjson.zst")
	h.Validators = slices.Clone(h.Validators[:3])
	for i := range h.Validators {
		h.Validators[i].Power = 1
	}
	h.Node.Index = -1
	value := event.Value{7}
	var step string
	put := func(e event.Event) {
		e.Wall, e.Height, e.Step = like[0].Wall, 1, step
		events = append(events, e)
	}
	rule := func(name, on string) { put(event.Event{Kind: event.Rule, Rule: name, Observation: on}) }
	started := func(height int64) {
		rule("L20", "StartRound(proposer=other validValue=unset)")
		put(event.Event{Kind: event.Output, Timeout: &event.Timeout{Kind: "propose", Height: height, After: h.Timeouts.Propose}})
	}
	step = "propose"
	put(event.Event{Kind: event.Start})
	started(1)
	put(event.Event{Kind: event.Input, From: "node0", Proposal: &event.Proposal{Height: 1, POLRound: -1, Value: value, Valid: true}})
	rule("L22If", "proposal(step=propose proposal=valid pol=fresh lock=open polka=no once36=notYet)")
	step = "prevote"
	var precommits []event.Precommit
	for i := range h.Validators {
		put(event.Event{Kind: event.Input, From: "node0", Vote: &event.Vote{Type: "precommit", Height: 1, Value: value, Validator: i}})
		precommits = append(precommits, event.Precommit{Validator: i})
	}
	rule("L49If", "decision(decided=no proposal=valid commitQuorum=yes)")
	put(event.Event{Kind: event.Decide, Decision: &event.Decision{Height: 1, Value: value, Precommits: precommits[:cited]}})
	started(2)
	return h, events
}

// Two thirds are not more than two thirds: a decision that cites exactly so much
// power is refused.
func TestTraceDecisionNeedsMoreThanTwoThirds(t *testing.T) {
	h, events := observed(t, 3)
	rep, err := judgeTrace(t, writeTrace(t, h, events))
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
	require.Equal(t, 1, rep.Commits)

	h, events = observed(t, 2)
	rep, err = judgeTrace(t, writeTrace(t, h, events))
	require.NoError(t, err)
	require.Equal(t, conform.Diverges, rep.Verdict)
	require.Zero(t, rep.Commits)
	require.Contains(t, rep.Divergence.Must, "demand the decision")
}

// Line 16: a node that has a validValue proposes it, and no other block.
func TestOwnProposalMustBeValidBlock(t *testing.T) {
	rec := load(t, "short-timeouts/node0").trusting().upTo(26)
	at := index(rec.records, 0, func(r *cometbft.Record) bool { return ownProposal(0)(r) && r.Proposal.POLRound >= 0 })
	require.GreaterOrEqual(t, at, 0, "the log has such a proposal")
	must := "propose validBlock, which was " + rec.records[at].Proposal.BlockID.String() + " when the round began (line 16)"
	divergesAt(t, rec, change(rec.records, at, func(r *cometbft.Record) {
		r.Proposal.BlockID = another(r.Proposal.BlockID)
	}), at, must)
}

// Line 14: only the proposer of a round proposes. The proposal is the one that
// the proposer signed, so that nothing else is wrong with it.
func TestOwnProposalMustBeInTurn(t *testing.T) {
	rec := load(t, "small-n038/node0").upTo(9)
	at := index(rec.records, index(rec.records, 0, ownPrevote(1)), func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindProposal && !r.IsOwn() && r.Proposal.Height > 1
	})
	height := rec.records[at].Proposal.Height
	require.Less(t, at, index(rec.records, 0, isStep(height, "Prevote")), "the node is in step Propose")
	rep := divergesAt(t, rec, change(rec.records, at, func(r *cometbft.Record) { r.Peer = "" }), at, "give that round to ")
	require.Contains(t, rep.Divergence.Must, "(line 14)")
	require.NotContains(t, rep.Divergence.Must, rep.Node)
}

// A proposal whose POLRound is not before its round does not count: the node
// cannot prevote for its block. POLRound = round is the border.
func TestPeerProposalWithPOLRoundNotBeforeItsRound(t *testing.T) {
	rec := load(t, "small-n038/node0").trusting()
	height := quiet(t, rec.records, 8)
	for ; index(rec.records, 0, ownProposal(height)) == index(rec.records, 0, func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindProposal && r.Proposal.Height == height
	}); height = quiet(t, rec.records, height+1) {
	}
	rec = rec.upTo(height)
	prevote := index(rec.records, 0, isStep(height, "Prevote"))
	for _, pol := range []int32{0, 1} {
		records, changed := slices.Clone(rec.records), 0
		for i := range records {
			if p := &records[i].Proposal; records[i].Kind == cometbft.KindProposal && p.Height == height {
				p.POLRound = pol
				if i < prevote {
					changed++
				}
			}
		}
		require.Positive(t, changed)
		rep := divergesAt(t, rec, records, prevote, "")
		require.Equal(t, changed, rep.Counts.Why[wrongPOL])
	}
}

// The index in an own vote is not signed, but it must be the validator's.
func TestOwnVoteMustHaveItsValidatorsIndex(t *testing.T) {
	rec := load(t, "small-n038/node0")
	height := quiet(t, rec.records, 8)
	rec = rec.upTo(height)
	for _, is := range []func(int64) func(*cometbft.Record) bool{ownPrevote, ownPrecommit} {
		at := index(rec.records, 0, is(height))
		right := rec.records[at].Vote.ValidatorIndex
		for _, i := range []int32{(right + 1) % 4, 4, -1} {
			divergesAt(t, rec, change(rec.records, at, func(r *cometbft.Record) { r.Vote.ValidatorIndex = i }), at, "know no validator ")
		}
	}
}

// A block says by which validators it is decided and by which the next one; when
// they are others than were given, the judge says what to give, although it
// checks no signature.
func TestBlocksNameTheValidators(t *testing.T) {
	t.Run("of the block itself", func(t *testing.T) {
		rec := load(t, "small-m038/node0").trusting().upTo(3)
		genesis := *rec.opt.Genesis
		genesis.Validators = slices.Clone(genesis.Validators)
		genesis.Validators[0].Power++
		rec.opt.Genesis = &genesis
		rep, err := rec.judge(t, rec.records)
		require.ErrorContains(t, err, "the block of height 1 names other validators for height 1 than those given (the ValidatorsHash differs)")
		require.ErrorContains(t, err, "--validators")
		require.Equal(t, conform.Unfinished, rep.Verdict)
		part := index(rec.records, 0, func(r *cometbft.Record) bool { return r.Kind == cometbft.KindBlockPart })
		require.Equal(t, part+1, rep.Counts.Records, "judging ends where the block is whole")
	})
	t.Run("of the next height", func(t *testing.T) {
		rec := load(t, "double-sign/node0").trusting()
		rec.opt.Validators = nil
		rep, err := rec.judge(t, rec.records)
		require.ErrorContains(t, err, "(the ValidatorsHash differs)")
		require.ErrorContains(t, err, "--validators")
		require.Equal(t, conform.Unfinished, rep.Verdict)
		require.Equal(t, cometbft.KindEndHeight, rec.records[rep.Counts.Records-1].Kind)
	})
}

// untimed is a log without the timeout that began a height.
func untimed(t *testing.T) (rec recording, records []cometbft.Record, step int) {
	t.Helper()
	rec = load(t, "small-n038/node0")
	height := quiet(t, rec.records, 8)
	rec = rec.upTo(height + 1)
	at := index(rec.records, 0, isTimeout(height, 1))
	return rec, drop(rec.records, at), index(rec.records, 0, isStep(height, "Propose")) - 1
}

// That round 0 begins without a timeout is an assumption, and is counted as one.
func TestRoundZeroWithoutATimeoutIsCounted(t *testing.T) {
	rec, records, _ := untimed(t)
	before, err := rec.judge(t, rec.records)
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, before.Verdict)
	after, err := rec.judge(t, records)
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, after.Verdict, "%v", after.Divergence)
	require.Equal(t, before.Counts.Assumed[begunUntimed]+1, after.Counts.Assumed[begunUntimed])
	require.Equal(t, before.Counts.Inferred+1, after.Counts.Inferred)
	require.Equal(t, before.Counts.Records-1, after.Counts.Records)
}

// Nothing but step Propose of round 0 of the present height begins without a
// timeout, and only from step newHeight. What is refused leaves no trace in the
// node: nothing is due that the rules did not call for.
func TestOnlyRoundZeroBeginsWithoutATimeout(t *testing.T) {
	rec, records, step := untimed(t)
	for name, f := range map[string]func(*cometbft.Step){
		"round 1":        func(s *cometbft.Step) { s.Round = 1 },
		"round 7":        func(s *cometbft.Step) { s.Round = 7 },
		"round −1":       func(s *cometbft.Step) { s.Round = -1 },
		"the next one":   func(s *cometbft.Step) { s.Height++ },
		"the last one":   func(s *cometbft.Step) { s.Height-- },
		"step Prevote":   func(s *cometbft.Step) { s.Step = "RoundStepPrevote" },
		"step NewRound":  func(s *cometbft.Step) { s.Step = "RoundStepNewRound" },
		"step NewHeight": func(s *cometbft.Step) { s.Step = "RoundStepNewHeight" },
	} {
		t.Run(name, func(t *testing.T) {
			rep := divergesAt(t, rec, change(records, step, func(r *cometbft.Record) { f(&r.Step) }), step, "call for nothing here")
			require.Zero(t, rep.Counts.Assumed[begunUntimed])
		})
	}
	t.Run("begun already", func(t *testing.T) {
		height := records[step].Step.Height
		for _, after := range []string{"Prevote", "Precommit"} {
			at := index(records, 0, isStep(height, after)) + 1
			divergesAt(t, rec, insert(records, at, records[step]), at, "call for nothing here")
		}
	})
}

// A nil prevote where the rules say the proposed block is one that somebody
// refused: in v1 that may have been the clock. A locked node of v0.38 asks nobody.
func TestRefusedBlock(t *testing.T) {
	for log, why := range map[string]string{
		"small-n038/node0": "the application or ValidateBlock refused a block",
		"v1-normal/node0":  "the application or ValidateBlock refused a block, or it was not timely",
	} {
		rec := load(t, log).trusting()
		at := index(rec.records, 0, ownPrevote(quiet(t, rec.records, 8)))
		refused := change(rec.records[:at+1], at, func(r *cometbft.Record) { r.Vote.BlockID = cometbft.BlockID{} })
		rep, err := rec.judge(t, refused)
		require.NoError(t, err)
		require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
		require.Equal(t, 1, rep.Counts.Assumed[why])
	}
	rec := load(t, "stop-resume/node2").trusting()
	const locked = 2192 // see underV1
	require.True(t, ownPrevote(78)(&rec.records[locked]))
	divergesAt(t, rec, change(rec.records, locked, func(r *cometbft.Record) { r.Vote.BlockID = cometbft.BlockID{} }), locked, "by rule enterPrevote.locked")
}

const waitedThere = "a round that waited before step Propose: for transactions, or for a clock"

// A round that the node entered and did not go on with, until the timeout of that
// wait came. Round 0 may wait for transactions; any other only as v1's proposer.
func TestRoundThatWaited(t *testing.T) {
	tests := []struct {
		log      string
		round    int32
		conforms bool
	}{
		{"small-n038/node0", 0, true},
		{"v1-normal/node0", 0, true},
		{"stop-resume/node0", 1, false},
		{"v1-stop-resume/node0", 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.log, func(t *testing.T) {
			rec := load(t, tt.log).trusting()
			at := index(rec.records, index(rec.records, 0, func(r *cometbft.Record) bool { return r.EndHeight >= 8 }), func(r *cometbft.Record) bool {
				return r.Kind == cometbft.KindStep && r.Step.Step == "RoundStepPropose" && r.Step.Round == tt.round
			})
			height := rec.records[at].Step.Height
			rec = rec.upTo(height + 1)
			expiry := rec.records[index(rec.records, 0, isTimeout(8, 1))]
			expiry.Timeout = cometbft.Timeout{Height: height, Round: tt.round, Step: 2}
			waiting := insert(rec.records, at, expiry)
			if !tt.conforms {
				divergesAt(t, rec, waiting, at, "demand step")
				return
			}
			before, err := rec.judge(t, rec.records)
			require.NoError(t, err)
			after, err := rec.judge(t, waiting)
			require.NoError(t, err)
			require.Equal(t, conform.Conforms, after.Verdict, "%v", after.Divergence)
			require.Equal(t, before.Counts.Assumed[waitedThere]+1, after.Counts.Assumed[waitedThere])

			// The wait must end with the step, and with the timeout of the same round.
			divergesAt(t, rec, drop(waiting, at+1), at+1, "demand step")
			expiry.Timeout.Round++
			divergesAt(t, rec, insert(rec.records, at, expiry), at, "demand step")
		})
	}
}

// nilRound is a log up to step Prevote of round 0 of height 1, in which no
// proposal came, and functions that make what follows.
func nilRound(t *testing.T) (rec recording, start []cometbft.Record, nilVote, blockVote func(kind cometbft.VoteType, validator int32) cometbft.Record) {
	t.Helper()
	rec, start, like := roundZero(t)
	timeout := start[index(start, 0, isTimeout(1, 1))]
	timeout.Timeout.Step = 3
	own := rec.records[index(rec.records, 0, ownPrevote(1))]
	require.Zero(t, own.Vote.ValidatorIndex, "the node is validator 0")
	own.Vote.BlockID = cometbft.BlockID{}
	blockVote = func(kind cometbft.VoteType, validator int32) cometbft.Record {
		r := like
		r.Vote.Type, r.Vote.ValidatorIndex = kind, validator
		r.Vote.ValidatorAddress = rec.opt.Genesis.Validators[validator].Address
		return r
	}
	nilVote = func(kind cometbft.VoteType, validator int32) cometbft.Record {
		r := blockVote(kind, validator)
		r.Vote.BlockID = cometbft.BlockID{}
		return r
	}
	return rec, slices.Concat(start, []cometbft.Record{timeout, stepOf(start, "Prevote"), own}), nilVote, blockVote
}

// stepOf is a step of height 1, round 0, written as the last of these records.
func stepOf(like []cometbft.Record, name string) cometbft.Record {
	r := like[index(like, 0, isStep(1, "Propose"))]
	r.Step.Step = "RoundStep" + name
	return r
}

// A claim of a peer is supposed only if the steps that are logged already follow
// from it too. Here it would explain why the last record comes, and that the
// node precommitted where the log says that it waited, which it did not.
func TestSuppositionMustExplainTheStepsBefore(t *testing.T) {
	rec, start, nilVote, blockVote := nilRound(t)
	// Validator 1 votes for a block, and then nil, which counts only with a claim.
	votes := slices.Concat(start, []cometbft.Record{
		blockVote(cometbft.Prevote, 1), nilVote(cometbft.Prevote, 1), nilVote(cometbft.Prevote, 2),
	})
	expired := start[index(start, 0, isTimeout(1, 3))]
	expired.Timeout.Step = 7
	rest := []cometbft.Record{
		nilVote(cometbft.Precommit, 1), nilVote(cometbft.Precommit, 2), nilVote(cometbft.Precommit, 3), stepOf(start, "Precommit"),
	}

	// With the claim three prevotes are for nil: step Precommit comes from them, and
	// once more from the precommits.
	rep, err := rec.judge(t, slices.Concat(votes, []cometbft.Record{stepOf(start, "Precommit")}, rest, []cometbft.Record{expired}))
	require.NoError(t, err)
	require.Nil(t, rep.Divergence)
	require.Equal(t, 1, rep.Counts.Assumed[claimedTwice])

	// Without it they are mixed: step PrevoteWait comes from them, and step Precommit
	// twice from the precommits, before any timeout.
	without := slices.Concat(votes, []cometbft.Record{stepOf(start, "PrevoteWait")}, rest)
	rep, err = rec.judge(t, slices.Concat(without, []cometbft.Record{stepOf(start, "Precommit"), expired}))
	require.NoError(t, err)
	require.Nil(t, rep.Divergence)
	require.Empty(t, rep.Counts.Assumed[claimedTwice])

	// Step PrevoteWait of the one and one step Precommit of the other are neither.
	rep = divergesAt(t, rec, append(without, expired), len(without), "demand step 1/0/Precommit")
	require.Empty(t, rep.Counts.Assumed[claimedTwice])
}

// One peer makes a node keep votes of two rounds beyond the next one, of either
// kind, and no third; another peer has two of its own.
func TestOnePeerOpensTwoFarRounds(t *testing.T) {
	rec, start, vote := roundZero(t)
	var records []cometbft.Record
	put := func(peer string, kind cometbft.VoteType, round int32) {
		vote.Peer, vote.Vote.Type, vote.Vote.Round = peer, kind, round
		records = append(records, vote)
	}
	refused := func() int {
		rep, err := rec.judge(t, slices.Concat(start, records))
		require.NoError(t, err)
		require.Nil(t, rep.Divergence)
		require.Equal(t, len(records), rep.Counts.Why[tooFarAhead]+rep.Counts.Why["vote"])
		return rep.Counts.Why[tooFarAhead]
	}
	put("one", cometbft.Prevote, 5)
	put("one", cometbft.Prevote, 6)
	put("one", cometbft.Precommit, 6)
	require.Zero(t, refused())
	put("one", cometbft.Prevote, 7)
	require.Equal(t, 1, refused())
	put("one", cometbft.Precommit, 8)
	require.Equal(t, 2, refused())
	put("one", cometbft.Prevote, 1) // the next round is kept for everybody
	put("two", cometbft.Prevote, 7)
	put("two", cometbft.Prevote, 8)
	require.Equal(t, 2, refused())
	put("two", cometbft.Prevote, 9)
	require.Equal(t, 3, refused())
}
