package engine_test

import (
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/traces/event"
)

// replay feeds the inputs of a record to a new machine and requires that it does
// what the record says. So a record holds everything that decides a run.
func replay(t require.TestingT, powers []int64, self int, events tape) {
	validators, err := consensus.NewValidators(1, powers)
	require.NoError(t, err)
	m, err := consensus.New(consensus.Config{Validators: validators, Self: self})
	require.NoError(t, err)
	for len(events) > 0 {
		in := events[0]
		require.True(t, in.IsInput())
		s := m.State()
		require.Equal(t, [3]any{in.Height, in.Round, in.Step}, [3]any{s.Height, s.Round, s.Step.String()})
		events = events[1:]
		for _, out := range m.Step(machineInput(t, in)) {
			require.NotEmpty(t, events)
			requireOutput(t, out, events[0])
			events = events[1:]
		}
	}
}

func machineInput(t require.TestingT, e event.Event) consensus.Input {
	switch {
	case e.Kind == event.Start:
		return consensus.Input{Kind: consensus.Start}
	case e.Proposal != nil:
		p := e.Proposal
		return consensus.Input{Kind: consensus.ProposalInput, Valid: p.Valid, Proposal: consensus.Proposal{
			Height: p.Height, Round: p.Round, POLRound: p.POLRound, Value: consensus.ValueID(p.Value),
		}}
	case e.Vote != nil:
		v := e.Vote
		vote := consensus.Vote{Height: v.Height, Round: v.Round, Value: consensus.ValueID(v.Value), Validator: v.Validator}
		if v.Type == "precommit" {
			vote.Type = consensus.Precommit
		}
		return consensus.Input{Kind: consensus.VoteInput, Vote: vote}
	case e.NewValue != nil:
		n := e.NewValue
		return consensus.Input{Kind: consensus.NewValue, Height: n.Height, Round: n.Round, Value: consensus.ValueID(n.Value)}
	case e.Timeout != nil:
		for kind := consensus.TimeoutPropose; kind <= consensus.TimeoutPrecommit; kind++ {
			if kind.String() == e.Timeout.Kind {
				return consensus.Input{Kind: consensus.TimeoutInput, Timeout: consensus.Timeout{Kind: kind, Height: e.Timeout.Height, Round: e.Timeout.Round}}
			}
		}
	}
	require.Fail(t, "no such input", "%+v", e)
	return consensus.Input{}
}

func requireOutput(t require.TestingT, out consensus.Output, e event.Event) {
	switch out.Kind {
	case consensus.RuleFired:
		require.Equal(t, [2]string{out.Rule.String(), out.Observation.String()}, [2]string{e.Rule, e.Observation})
	case consensus.Refused:
		require.Equal(t, out.Reason.String(), e.Reason)
	case consensus.SendProposal:
		require.Equal(t, out.Proposal, machineInput(t, e).Proposal)
	case consensus.SendVote:
		require.Equal(t, out.Vote, machineInput(t, e).Vote)
	case consensus.ScheduleTimeout:
		require.Equal(t, out.Timeout, machineInput(t, e).Timeout)
	case consensus.ValueWanted:
		require.Equal(t, event.ValueWanted{Height: out.Height, Round: out.Round}, *e.ValueWanted)
	case consensus.Decision:
		require.Equal(t, [3]any{out.Height, out.Round, event.Value(out.Value)}, [3]any{e.Decision.Height, e.Decision.Round, e.Decision.Value})
	}
}
