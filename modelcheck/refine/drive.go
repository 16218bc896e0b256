package refine

import (
	"fmt"

	impl "github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// A cast says which validator of the machine's set each validator of the model
// is: the machine's set is rotated from its first validator on.
type cast struct {
	config delivery.Config
	self   int
	seat   []int // by validator of the model
}

func newCast(c delivery.Config, self int) cast {
	k := cast{config: c, self: self, seat: make([]int, c.Validators)}
	taken := map[int]bool{}
	next := 0
	sit := func(v int) {
		if !taken[v] {
			taken[v], k.seat[v] = true, next
			next++
		}
	}
	for _, p := range c.Proposers {
		if p == delivery.Byzantine {
			p = c.Validators - c.Byzantine
		}
		sit(p)
	}
	for v := range c.Validators {
		sit(v)
	}
	return k
}

// height is that of the machine; the model calls it 0.
const height = 1

// machine makes the machine of the process.
func (k cast) machine() (*impl.Machine, error) {
	powers := make([]int64, k.config.Validators)
	for i := range powers {
		powers[i] = 1
	}
	vals, err := impl.NewValidators(height, powers)
	if err != nil {
		return nil, fmt.Errorf("making validators: %w", err)
	}
	m, err := impl.New(impl.Config{Validators: vals, Self: k.seat[k.self]})
	if err != nil {
		return nil, fmt.Errorf("making a machine: %w", err)
	}
	return m, nil
}

func idOf(v consensus.Value) impl.ValueID { return impl.ValueID{byte(v)} }

// input is an event in the terms of the machine.
func (k cast) input(e delivery.Event) impl.Input {
	switch {
	case e.IsTimeout:
		kind, ok := e.Timeout.Tock.Timeout()
		if !ok {
			panic("refine: Algorithm 1 has no such timeout")
		}
		return impl.Input{Kind: impl.TimeoutInput, Timeout: impl.Timeout{Kind: impl.TimeoutKind(kind), Height: height, Round: e.Timeout.Round}}
	case e.IsProposal:
		return impl.Input{
			Kind: impl.ProposalInput, Valid: e.Value != delivery.Invalid,
			Proposal: impl.Proposal{Height: height, Round: e.Round, POLRound: e.POLRound, Value: idOf(e.Value)},
		}
	}
	return impl.Input{Kind: impl.VoteInput, Vote: impl.Vote{
		Type: impl.VoteType(e.Vote), Height: height, Round: e.Round, Value: idOf(e.Value), Validator: k.seat[e.Sender],
	}}
}

// drive gives the machine an input, answers its wish for a value, and gives back
// what it sends to itself, if own messages are handled at once.
func (c *comparison) drive(m *impl.Machine, in impl.Input, value consensus.Value) act {
	got := act{value: value}
	waiting := []impl.Input{in}
	for len(waiting) > 0 && !got.decided {
		in, waiting = waiting[0], waiting[1:]
		outs := m.Step(in)
		if c.options.Break != nil {
			outs = c.options.Break(outs)
		}
		for _, o := range outs {
			next, ok := got.note(o)
			if !ok || got.decided {
				continue
			}
			switch {
			case o.Kind == impl.ValueWanted:
				next.Value = idOf(value)
				waiting = append([]impl.Input{next}, waiting...)
			case c.process.Config().Queue == delivery.Immediate:
				waiting = append(waiting, next)
			}
		}
	}
	got.state = m.State()
	return got
}
