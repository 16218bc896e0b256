package delivery

import (
	"context"
	"errors"
	"fmt"
)

// An automaton is one process by itself: every state in which it can be after
// any inputs that the others could possibly give it, and what each input leads
// to. Which inputs it does get depends on the others, and is a question of the
// whole model.
type automaton struct {
	self   int
	walls  *walls
	inputs []input
	states []local
	init   []uint32
	first  []uint32 // by state: where its edges begin; one more at the end
	edges  []edge
}

// An edge is what an input leads to.
type edge struct {
	input uint16
	to    uint32
}

// of lists the edges that leave a state.
func (a *automaton) of(state uint32) []edge { return a.edges[a.first[state]:a.first[state+1]] }

// ErrTooLarge is the kind of the error of an instance of which one process alone
// has too many states.
var ErrTooLarge = errors.New("delivery: a process has too many states")

// maxLocals bounds the states of one process: beyond it the states of all
// processes together are out of reach.
const maxLocals = 1 << 24

// automata explores each correct process. What the others could send is found
// on the way: first nothing, then what they say when they hear nothing, and so
// on, until nothing new is said. It returns what each of them could say, too.
func (n *instance) automata(ctx context.Context) (all []*automaton, said [maxValidators]messageSet, err error) {
	for {
		var heard [maxValidators]messageSet
		all = make([]*automaton, n.config.correct())
		for p := range all {
			a, err := n.explore(ctx, p, &said)
			if err != nil {
				return nil, said, err
			}
			all[p] = a
			for i := range a.states {
				heard[p] = heard[p].union(n.available(&a.states[i]))
			}
		}
		if heard == said {
			return all, said, nil
		}
		said = heard
	}
}

// explore finds the states of one process, given what the others could say.
func (n *instance) explore(ctx context.Context, self int, said *[maxValidators]messageSet) (*automaton, error) {
	a := &automaton{self: self, walls: newWalls(), inputs: n.inputs(self), first: []uint32{0}}
	numbers := map[local]uint32{}
	add := func(x local) uint32 {
		i, ok := numbers[x]
		if !ok {
			i = uint32(len(a.states))
			numbers[x] = i
			a.states = append(a.states, x)
		}
		return i
	}
	s := &step{instance: n, self: self, walls: a.walls}
	for _, x := range s.begin() {
		a.init = append(a.init, add(x))
	}
	possible := make([]bool, len(a.inputs))
	for i := range a.inputs {
		in := &a.inputs[i]
		from := n.config.from(in)
		possible[i] = from < 0 || said[from].has(in.message)
	}
	silent := n.silent(self)
	for at := uint32(0); int(at) < len(a.states); at++ {
		if at%(1<<12) == 0 {
			if err := context.Cause(ctx); err != nil {
				return nil, fmt.Errorf("delivery: process p%d of %s: %w", self, n.config.Name(), err)
			}
		}
		x := a.states[at]
		for i := range a.inputs {
			if silent || !possible[i] || !n.admits(&x, &a.inputs[i]) || n.calmed(self, &x, &a.inputs[i]) {
				continue
			}
			for _, y := range s.take(&x, &a.inputs[i]) {
				if to := add(y); to != at {
					a.edges = append(a.edges, edge{uint16(i), to})
				}
			}
		}
		a.first = append(a.first, uint32(len(a.edges)))
		if len(a.states) > maxLocals {
			return nil, fmt.Errorf("%w: p%d of %s, more than %d", ErrTooLarge, self, n.config.Name(), maxLocals)
		}
	}
	return a, nil
}

func (n *instance) silent(p int) bool {
	for _, q := range n.config.Silent {
		if p == q {
			return true
		}
	}
	return false
}
