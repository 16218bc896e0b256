package engine

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
	"github.com/polka-bft/polka/traces/event"
)

// carryOut does what the machine asks for, and records it.
func (e *Engine) carryOut(ctx context.Context, out *consensus.Output) error {
	switch out.Kind {
	case consensus.RuleFired:
		return e.note(event.Event{Kind: event.Rule, Rule: out.Rule.String(), Observation: out.Observation.String()})
	case consensus.Refused:
		return e.note(event.Event{Kind: event.Refuse, Reason: out.Reason.String()})
	case consensus.SendProposal:
		return e.sendProposal(out.Proposal)
	case consensus.SendVote:
		return e.sendVote(out.Vote)
	case consensus.ScheduleTimeout:
		after := e.cfg.Timeouts.After(out.Timeout.Kind, out.Timeout.Round)
		e.timers.schedule(out.Timeout, now().Add(after))
		return e.note(event.Event{Kind: event.Output, Timeout: &event.Timeout{
			Kind: out.Timeout.Kind.String(), Height: out.Timeout.Height, Round: out.Timeout.Round, After: event.Duration(after),
		}})
	case consensus.ValueWanted:
		e.wantValue(ctx, out.Height, out.Round)
		return e.note(event.Event{Kind: event.Output, ValueWanted: &event.ValueWanted{Height: out.Height, Round: out.Round}})
	case consensus.Decision:
		return e.decide(ctx, out)
	}
	return fmt.Errorf("engine: the machine asks for output kind %d, which is not known", out.Kind)
}

// note appends an event.
func (e *Engine) note(ev event.Event) error {
	if err := e.record.append(&ev); err != nil {
		return fmt.Errorf("engine: the record of this run cannot be written: %w", err)
	}
	return nil
}

func (e *Engine) sendProposal(p consensus.Proposal) error {
	value, ok := e.heard.values[p.Value]
	if !ok {
		return fmt.Errorf("engine: the machine proposes value %v at height %d, round %d, and its bytes are not here", p.Value, p.Height, p.Round)
	}
	signature, err := e.signer.Proposal(p)
	if err != nil {
		return err
	}
	m := wire.Proposal{Proposal: p, Signer: e.self, Signature: signature, Payload: value.payload}
	e.transcript.say(p.Height, p.Round, wire.AppendProposal(nil, &m))
	e.pending = append(e.pending, item{
		input:  consensus.Input{Kind: consensus.ProposalInput, Proposal: p, Valid: value.valid},
		signer: e.self, signature: signature, payload: value.payload,
	})
	return e.note(event.Event{Kind: event.Output, Proposal: proposalEvent(p, e.self, false, signature)})
}

func (e *Engine) sendVote(v consensus.Vote) error {
	signature, err := e.signer.Vote(v)
	if err != nil {
		return err
	}
	m := wire.Vote{Vote: v, Signature: signature}
	e.transcript.say(v.Height, v.Round, wire.AppendVote(nil, &m))
	e.pending = append(e.pending, item{input: consensus.Input{Kind: consensus.VoteInput, Vote: v}, signature: signature})
	return e.note(event.Event{Kind: event.Output, Vote: voteEvent(v, signature)})
}

// wantValue asks the application for a value, and gives up an earlier question.
func (e *Engine) wantValue(ctx context.Context, height int64, round consensus.Round) {
	if e.cancel != nil {
		e.cancel()
	}
	wanted, cancel := context.WithCancel(ctx)
	e.cancel = cancel
	e.group.Go(func() {
		defer cancel()
		payload, err := e.cfg.Application.Propose(wanted, height, round)
		switch {
		case wanted.Err() != nil:
			return
		case err != nil:
			e.stop(fmt.Errorf("engine: the application has no value for height %d, round %d: %w", height, round, err))
			return
		case len(payload) > e.cfg.MaxValue:
			e.stop(fmt.Errorf("engine: the application's value for height %d, round %d has %d bytes, more than %d", height, round, len(payload), e.cfg.MaxValue))
			return
		}
		it := item{
			input:   consensus.Input{Kind: consensus.NewValue, Value: wire.ValueID(payload), Height: height, Round: round},
			payload: payload,
		}
		it.input.Valid = e.cfg.Application.Valid(height, payload)
		// The error is that of ctx, which others report.
		_ = e.enqueue(ctx, it)
	})
}

// decide hands a decision to the application, and its commit to the senders.
func (e *Engine) decide(ctx context.Context, out *consensus.Output) error {
	at := where{out.Round, out.Value}
	precommits := e.heard.commit(at)
	d := &event.Decision{Height: out.Height, Round: out.Round, Value: event.Value(out.Value), Precommits: make([]event.Precommit, len(precommits))}
	frames := make([][]byte, 0, len(precommits)+1)
	for i := range precommits {
		v := &precommits[i]
		d.Precommits[i] = event.Precommit{Validator: v.Validator, Signature: v.Signature[:]}
		frames = append(frames, wire.AppendVote(nil, v))
	}
	proposal, ok := e.heard.proposals[at]
	if !ok {
		return fmt.Errorf("engine: value %v is decided at height %d, and no proposal of it in round %d is here", out.Value, out.Height, out.Round)
	}
	// The votes go first: a machine keeps any proposal that enough have voted for.
	frames = append(frames, wire.AppendProposal(nil, proposal))
	if err := e.note(event.Event{Kind: event.Decide, Decision: d}); err != nil {
		return err
	}
	if e.cancel != nil {
		e.cancel()
	}
	e.log.Info("height decided", slog.Int64("height", out.Height), slog.Int("round", int(out.Round)), slog.Any("value", out.Value))
	if err := e.cfg.Application.Decided(ctx, out.Height, out.Round, out.Value, proposal.Payload); err != nil {
		return fmt.Errorf("engine: the application did not take the decision of height %d: %w", out.Height, err)
	}
	e.transcript.decided(out.Height, frames, now())
	e.heard.reset()
	return nil
}
