package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// An automaton is one process by itself: every state in which it can be after
// any inputs that the others could possibly give it, and what each input leads
// to. Which inputs it does get depends on the others, and is a question of the
// whole model.
type automaton struct {
	self     int
	walls    *walls
	inputs   []input
	possible []bool // by input: whether there can be such an input
	states   []local
	init     []uint32
	first    []uint32 // by state: where its edges begin; one more at the end
	edges    []edge
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
	all = make([]*automaton, n.config.correct())
	for {
		heard := said
		for p := range all {
			possible := n.possible(p, &said)
			if all[p] != nil && slices.Equal(all[p].possible, possible) {
				continue // it can hear no more than when it was explored last
			}
			a, err := n.explore(ctx, p, possible)
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

// possible says which inputs of a process there can be, given what the others
// could say.
func (n *instance) possible(self int, said *[maxValidators]messageSet) []bool {
	var out []bool
	for _, in := range n.inputs(self) {
		from := n.config.from(&in)
		out = append(out, from < 0 || said[from].has(in.message))
	}
	return out
}

// explore finds the states of one process, given which of its inputs there can be.
func (n *instance) explore(ctx context.Context, self int, possible []bool) (*automaton, error) {
	a := &automaton{self: self, walls: newWalls(), inputs: n.inputs(self), possible: possible, first: []uint32{0}}
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
