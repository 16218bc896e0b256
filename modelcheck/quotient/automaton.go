package quotient

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/polka-bft/polka/spec/consensus"
)

// An automaton is a behaviour as others see it. Its states are classes of locals in
// which a process can be after it has sent something. What it does in between,
// nobody sees and nothing can prevent, since what it has heard stays true: so a
// move is some silent steps, put off until they are needed, and one that shows.
type automaton struct {
	*behaviour
	states []uint32 // classes of the behaviour
	number map[uint32]uint32
	moves  [][]move // by state
	starts []begin  // to states
}

// A move leads from a state to another when all of guard is true and none of
// unless. What asks for more than another move of the same state, with the same
// outcome, is left out.
type move struct {
	guard, unless atoms
	sends         sending
	to            uint32
	raises        uint8 // to this level: see layering; 0 to none
}

// An explorer builds an automaton.
type explorer struct {
	*automaton
	edges    [][]edge // of the classes of the behaviour
	faults   map[fault]uint32
	closures []atomic.Pointer[closure] // by class
}

// notYet and a fault are in a move the class of a process that has broken a claim,
// until it has a number.
const notYet = 1 << 31

func newAutomaton(b *behaviour) *automaton {
	a := &automaton{behaviour: b, number: map[uint32]uint32{}}
	e := &explorer{
		automaton: a, edges: make([][]edge, len(b.leaders)), faults: map[fault]uint32{},
		closures: make([]atomic.Pointer[closure], len(b.leaders)+len(always)), // each claim may be broken
	}
	shareOut(len(b.leaders), func(begin, end int) {
		for c := begin; c < end; c++ {
			e.edges[c] = b.of(uint32(c))
		}
	})
	for _, s := range b.begins {
		s.to = a.state(b.class[s.to])
		a.starts = append(a.starts, s)
	}
	for done := 0; done < len(a.states); done = len(a.moves) {
		wave := a.states[done:]
		found := make([][]move, len(wave))
		shareOut(len(wave), func(begin, end int) {
			for i := begin; i < end; i++ {
				found[i] = e.explore(wave[i])
			}
		})
		for _, moves := range found {
			for i := range moves {
				m := &moves[i]
				if m.to >= notYet {
					m.to = e.broken(fault(m.to - notYet))
				}
				m.to = a.state(m.to)
			}
			a.moves = append(a.moves, moves)
		}
	}
	return a
}

// state is the number of the state of a class.
func (a *automaton) state(class uint32) uint32 {
	n, ok := a.number[class]
	if !ok {
		n = uint32(len(a.states))
		a.number[class] = n
		a.states = append(a.states, class)
	}
	return n
}

// leader is the local that stands for a class.
func (e *explorer) leader(class uint32) *local { return &e.locals[e.leaders[class]] }

// broken is the class of a process that has broken a claim.
func (e *explorer) broken(f fault) uint32 {
	c, ok := e.faults[f]
	if !ok {
		x := local{fault: f}
		at := e.behaviour.number(&x)
		if int(at) == len(e.class) { // no step alone leads there
			e.steps = append(e.steps, nil)
			e.class = append(e.class, uint32(len(e.leaders)))
			e.leaders = append(e.leaders, at)
			e.edges = append(e.edges, nil)
		}
		c = e.class[at]
		e.faults[f] = c
	}
	return c
}

// explore finds the moves of a class, to classes of the behaviour. It may be called
// concurrently, and so may what follows.
func (e *explorer) explore(class uint32) []move {
	var moves []move
	c := e.silently(class)
	for _, at := range c.places {
		for i := range e.edges[at] {
			st := &e.edges[at][i]
			to := e.leader(st.to)
			shows := !st.sends.nothing() || to.fault != 0 || to.decision != consensus.Nil
			if !shows && st.musts == 0 {
				continue
			}
			for _, g := range c.guards[at] {
				guard := g.union(st.guard)
				if e.excludes(guard) {
					continue
				}
				for _, m := range e.musts[st.musts] {
					if !m.any.meets(guard) {
						moves = append(moves, move{guard: guard, unless: m.any, to: notYet + uint32(m.claim)})
					}
				}
				if shows {
					moves = append(moves, move{guard: guard, sends: st.sends, to: st.to})
				}
			}
		}
	}
	return e.laziest(moves)
}

// A closure is where silent steps lead from a class, and for what: the least that
// must be true.
type closure struct {
	places []uint32
	guards map[uint32][]atoms
}

// A silent is where some silent steps lead, and all that must be true for them.
type silent struct {
	at    uint32
	guard atoms
}

// silently finds a closure, and keeps it.
func (e *explorer) silently(from uint32) *closure {
	if c := e.closures[from].Load(); c != nil {
		return c
	}
	c := &closure{places: []uint32{from}, guards: map[uint32][]atoms{from: {atoms{}}}}
	queue := []silent{{at: from}}
	for i := 0; i < len(queue); i++ {
		here := queue[i]
		if !slices.Contains(c.guards[here.at], here.guard) {
			continue // it was reached with less
		}
		for j := range e.edges[here.at] {
			st := &e.edges[here.at][j]
			if !st.sends.nothing() || e.leader(st.to).stopped() {
				continue
			}
			guard := here.guard.union(st.guard)
			with, known := c.guards[st.to]
			if slices.ContainsFunc(with, func(g atoms) bool { return g.within(guard) }) || e.excludes(guard) {
				continue
			}
			if !known {
				c.places = append(c.places, st.to)
			}
			with = slices.DeleteFunc(with, func(g atoms) bool { return guard.within(g) })
			c.guards[st.to] = append(with, guard)
			queue = append(queue, silent{st.to, guard})
		}
	}
	e.closures[from].Store(c)
	return c
}

// laziest drops moves of which others with the same sendings leave more open: they
// ask for no more, and what they leave undone can be done silently afterwards,
// since what it asks for is true by then.
func (e *explorer) laziest(moves []move) []move {
	type outcome struct {
		sends  sending
		unless atoms
	}
	groups := map[outcome][]int{}
	var outcomes []outcome
	for i := range moves {
		o := outcome{moves[i].sends, moves[i].unless}
		if groups[o] == nil {
			outcomes = append(outcomes, o)
		}
		groups[o] = append(groups[o], i)
	}
	covers := func(a, b int) bool {
		x, y := &moves[a], &moves[b]
		return x.guard.within(y.guard) && (x.to == y.to || e.leads(x.to, y.to, y.guard))
	}
	var kept []int
	for _, o := range outcomes {
		group := groups[o]
		slices.SortStableFunc(group, func(a, b int) int {
			return cmp.Or(cmp.Compare(moves[a].guard.size(), moves[b].guard.size()), cmp.Compare(moves[a].to, moves[b].to))
		})
		begin := len(kept)
		for _, i := range group {
			if slices.ContainsFunc(kept[begin:], func(j int) bool { return covers(j, i) }) {
				continue
			}
			rest := slices.DeleteFunc(kept[begin:], func(j int) bool { return covers(i, j) })
			kept = append(kept[:begin+len(rest)], i)
		}
	}
	out := make([]move, len(kept))
	for i, k := range kept {
		out[i] = moves[k]
	}
	return out
}

// leads says whether silent steps lead from one class to another when guard is
// true.
func (e *explorer) leads(from, to uint32, guard atoms) bool {
	if from >= notYet || e.leader(from).stopped() {
		return false
	}
	return slices.ContainsFunc(e.silently(from).guards[to], func(g atoms) bool { return g.within(guard) })
}
