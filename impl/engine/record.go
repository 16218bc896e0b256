package engine

import (
	"time"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
	"github.com/polka-bft/polka/traces/event"
)

// recording makes events of what goes into a machine and what comes out.
type recording struct {
	to    Recorder // nil: nothing is recorded
	began time.Time
	at    event.Event // time and place of the input whose outputs are being recorded
}

func newRecording(to Recorder, began time.Time) *recording { return &recording{to: to, began: began} }

// input records what the machine is about to take, in the given state.
func (r *recording) input(s consensus.State, it *item) error {
	if r.to == nil {
		return nil
	}
	r.at = event.Event{Height: s.Height, Round: s.Round, Step: s.Step.String()}
	e := event.Event{Kind: event.Input, From: it.from}
	switch in := &it.input; in.Kind {
	case consensus.Start:
		e.Kind = event.Start
	case consensus.ProposalInput:
		e.Proposal = proposalEvent(in.Proposal, it.signer, in.Valid, it.signature)
	case consensus.VoteInput:
		e.Vote = voteEvent(in.Vote, it.signature)
	case consensus.TimeoutInput:
		e.Timeout = &event.Timeout{Kind: in.Timeout.Kind.String(), Height: in.Timeout.Height, Round: in.Timeout.Round}
	case consensus.NewValue:
		e.NewValue = &event.NewValue{Height: in.Height, Round: in.Round, Value: event.Value(in.Value)}
	}
	return r.append(&e)
}

// append records an event that belongs to the last input.
func (r *recording) append(e *event.Event) error {
	if r.to == nil {
		return nil
	}
	at := now()
	e.Mono, e.Wall = at.Sub(r.began), at.Round(0)
	e.Height, e.Round, e.Step = r.at.Height, r.at.Round, r.at.Step
	return r.to.Append(e)
}

func proposalEvent(p consensus.Proposal, signer int, valid bool, signature wire.Signature) *event.Proposal {
	return &event.Proposal{
		Height: p.Height, Round: p.Round, POLRound: p.POLRound, Value: event.Value(p.Value),
		Proposer: signer, Valid: valid, Signature: signature[:],
	}
}

func voteEvent(v consensus.Vote, signature wire.Signature) *event.Vote {
	return &event.Vote{
		Type: v.Type.String(), Height: v.Height, Round: v.Round, Value: event.Value(v.Value),
		Validator: v.Validator, Signature: signature[:],
	}
}
