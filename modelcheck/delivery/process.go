package delivery

import (
	"context"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// A Process is one correct process of an instance by itself: all that can happen
// to it, in every order, if the others send whatever they could. It is how
// another implementation of the same rules is compared with them, input by input.
type Process struct {
	*instance
	automaton *automaton
	numbers   map[local]Position
	possible  []bool // by input: whether somebody could send it
}

// Position is a state of a Process.
type Position uint32

// An Event is what happens to a process: a message, its own included, or a
// timeout.
type Event struct {
	IsTimeout  bool
	Timeout    consensus.Timeout
	IsProposal bool // otherwise it is a vote
	Vote       consensus.VoteType
	Sender     int // a validator
	Round      consensus.Round
	Value      consensus.Value
	POLRound   consensus.Round // of a proposal
}

// An Outcome is where an event leads, and what the process does on the way. Own
// messages that are handled at once are part of it.
type Outcome struct {
	To       Position
	Rules    []string           // that fired, in order, called functions included
	Outputs  []consensus.Output // of these rules, in order
	Value    consensus.Value    // what getValue returns, if it is called
	Decision consensus.Value    // Nil unless decided; then nothing more happens
}

// Processes explores each correct process of an instance of the paper.
func Processes(ctx context.Context, c Config) ([]*Process, error) {
	c.forgets = forgetsNothing
	n, err := newInstance(c)
	if err != nil {
		return nil, err
	}
	all, said, err := n.automata(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Process
	for _, a := range all {
		p := &Process{instance: n, automaton: a, numbers: map[local]Position{}}
		for i, x := range a.states {
			p.numbers[x] = Position(i)
		}
		for i := range a.inputs {
			from := n.config.from(&a.inputs[i])
			p.possible = append(p.possible, from < 0 || said[from].has(a.inputs[i].message))
		}
		out = append(out, p)
	}
	return out, nil
}

// Config is that of the instance.
func (p *Process) Config() Config { return p.config }

// Self is which of the correct processes it is.
func (p *Process) Self() int { return p.automaton.self }

// Begin lists the ways in which the process may begin the height.
func (p *Process) Begin() []Outcome {
	s := p.step()
	return p.outcomes(s, s.begin())
}

// State is what the rules keep in a position. It means nothing after a decision.
func (p *Process) State(at Position) consensus.Process { return p.automaton.states[at].process }

// Events numbers the events that can happen in a position.
func (p *Process) Events(at Position) []int {
	x := p.automaton.states[at]
	var out []int
	for i := range p.automaton.inputs {
		if p.possible[i] && p.admits(&x, &p.automaton.inputs[i]) {
			out = append(out, i)
		}
	}
	return out
}

// Event is the event with that number, in a position.
func (p *Process) Event(at Position, number int) Event {
	in := &p.automaton.inputs[number]
	m, sender := in.message, in.sender
	switch in.kind {
	case tock:
		return Event{IsTimeout: true, Timeout: in.timeout}
	case own:
		m, sender = p.automaton.states[at].queue[in.slot], p.Self()
	case arrives:
	case expires, fires, flushed, crashes, ends:
		panic("delivery: an event that Algorithm 1 does not have")
	}
	return eventOf(m, sender)
}

func eventOf(m message, sender int) Event {
	e := Event{IsProposal: m.kind == proposalMessage, Sender: sender, Round: m.at(), Value: m.of(), POLRound: m.polRound()}
	if !e.IsProposal {
		e.Vote = m.voteType()
	}
	return e
}

// Describe says what the event is, in the words of a counterexample.
func (p *Process) Describe(at Position, number int) string {
	return p.happening(&p.automaton.states[at], &p.automaton.inputs[number])
}

// Step lists what an event may lead to: more than one outcome where the rules
// leave it open.
func (p *Process) Step(at Position, number int) []Outcome {
	s := p.step()
	return p.outcomes(s, s.take(&p.automaton.states[at], &p.automaton.inputs[number]))
}

func (p *Process) step() *step {
	return &step{instance: p.instance, self: p.Self(), walls: p.automaton.walls, tracing: true}
}

func (p *Process) outcomes(s *step, results []local) []Outcome {
	var out []Outcome
	for i, y := range results {
		t := &s.traces[i]
		out = append(out, Outcome{To: p.numbers[y], Rules: slices.Clone(t.rules), Outputs: slices.Clone(t.outputs), Value: t.value, Decision: y.decision})
	}
	return out
}
