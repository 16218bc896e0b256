package consensus

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each test here guards one decision of the machine that could be made otherwise
// without any other test noticing.

// sole is a machine of a height that is all there is to a network of one.
func sole(t *testing.T) *Machine {
	t.Helper()
	vals, err := NewValidators(1, []int64{1})
	require.NoError(t, err)
	m, err := New(Config{Validators: vals})
	require.NoError(t, err)
	return m
}

// sent lists the proposals and votes among outputs.
func sent(outs []Output) (proposals []Proposal, votes []Vote) {
	for _, o := range outs {
		switch o.Kind {
		case SendProposal:
			proposals = append(proposals, o.Proposal)
		case SendVote:
			votes = append(votes, o.Vote)
		}
	}
	return proposals, votes
}

// A value that was asked for at one height is not proposed at another: it comes
// too late when the height was decided meanwhile, and the next one asks anew.
func TestNewValueOfAnotherHeightIsNotWanted(t *testing.T) {
	m := sole(t)
	notWanted := []Output{{Kind: Refused, Reason: NotWanted}}
	m.Step(Input{Kind: Start})
	require.Equal(t, notWanted, m.Step(Input{Kind: NewValue, Height: 2, Value: named("A")}), "of the height to come")

	// Height 1 is decided before the answer, and height 2 asks for a value.
	m.Step(Input{Kind: ProposalInput, Valid: true, Proposal: Proposal{Height: 1, POLRound: -1, Value: named("B")}})
	outs := m.Step(Input{Kind: VoteInput, Vote: Vote{Type: Precommit, Height: 1, Value: named("B")}})
	require.Equal(t, Output{Kind: ValueWanted, Height: 2}, outs[len(outs)-1])
	require.Equal(t, State{Height: 2, LockedRound: -1, ValidRound: -1}, m.State())

	require.Equal(t, notWanted, m.Step(Input{Kind: NewValue, Height: 1, Value: named("A")}), "of the height that is decided")
	proposals, _ := sent(m.Step(Input{Kind: NewValue, Height: 2, Value: named("C")}))
	require.Equal(t, []Proposal{{Height: 2, POLRound: -1, Value: named("C")}}, proposals, "the question still stands")
}

// Of two proposals of one round that are waiting when the round begins, the one
// that arrived first is prevoted, whatever the values are.
func TestFirstOfEqualProposalsIsPrevoted(t *testing.T) {
	for _, order := range [][2]string{{"A", "B"}, {"B", "A"}} {
		vals, err := NewValidators(1, []int64{1, 1, 1, 1})
		require.NoError(t, err)
		m, err := New(Config{Validators: vals, Self: 3})
		require.NoError(t, err)
		m.Step(Input{Kind: Start})
		for _, v := range order {
			outs := m.Step(Input{Kind: ProposalInput, Valid: true, Proposal: Proposal{Height: 1, Round: 1, POLRound: -1, Value: named(v)}})
			require.Empty(t, outs, "round 1 has not begun")
		}
		outs := m.Step(Input{Kind: TimeoutInput, Timeout: Timeout{Kind: TimeoutPrecommit, Height: 1}})
		_, votes := sent(outs)
		require.Equal(t, []Vote{{Type: Prevote, Height: 1, Round: 1, Value: named(order[0]), Validator: 3}}, votes)
	}
}

// MaxRound is the last round that a message may be of: it is too far to be kept,
// but not bad; the one after it is.
func TestMaxRoundIsTheLastRound(t *testing.T) {
	vals, err := NewValidators(1, []int64{1, 1, 1, 1})
	require.NoError(t, err)
	m, err := New(Config{Validators: vals, Self: 3})
	require.NoError(t, err)
	m.Step(Input{Kind: Start})
	for round, reason := range map[Round]Reason{MaxRound: RoundTooFar, MaxRound + 1: BadRound} {
		refused := []Output{{Kind: Refused, Reason: reason}}
		require.Equal(t, refused, m.Step(Input{Kind: ProposalInput, Valid: true, Proposal: Proposal{
			Height: 1, Round: round, POLRound: -1, Value: named("A"),
		}}), "proposal of round %d", round)
		for _, kind := range []VoteType{Prevote, Precommit} {
			require.Equal(t, refused, m.Step(Input{Kind: VoteInput, Vote: Vote{Type: kind, Height: 1, Round: round}}), "%v of round %d", kind, round)
		}
	}
}
