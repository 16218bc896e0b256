package delivery

import (
	"cmp"
	"fmt"
	"slices"
)

// A part is an automaton whose states have been merged into classes. Two states
// are in one class if everybody else sees the same of them, now and after
// whatever happens: they have the same label, and every input that leads out of
// the class leads both into the same one. An input that stays in the class can
// be left out, because nobody can tell that it has happened.
//
// Hence the classes that can be reached together are exactly those of the states
// that can be reached together: TestMergingLosesNothing compares.
type part struct {
	*automaton
	class   []uint32 // by state
	leaders []uint32 // by class: one of its states
	labels  []label  // by class
	init    []uint32 // classes
	first   []uint32
	edges   []edge // between classes, by class
	from    []int8 // by input: the correct validator that must have sent it, or −1
}

// A label is what others, and the properties, can see of a process.
type label struct {
	said     messageSet // what can be received of it
	decision uint8
	fault    Fault
	panicked bool
	last     bool // in the last round, or past it
	skipped  bool
	old      bool
	departs  departures // with Config.Strict
}

func (n *instance) label(self int, x *local) label {
	return label{
		said: n.available(x), decision: number(x.decision), fault: x.fault, panicked: x.panicked,
		last:    x.left || x.last || !x.stopped() && int(x.process.Round) == n.config.rounds()-1,
		skipped: x.skipped, old: x.old, departs: n.departs(self, x),
	}
}

// merge finds the classes. With apart, every state is a class of its own: for
// the test that merging loses nothing.
func (n *instance) merge(a *automaton, apart bool) *part {
	p := &part{automaton: a, first: []uint32{0}}
	for i := range a.inputs {
		p.from = append(p.from, int8(n.config.from(&a.inputs[i])))
	}
	if apart {
		for i := range a.states {
			p.class, p.leaders = append(p.class, uint32(i)), append(p.leaders, uint32(i))
		}
	} else {
		n.refine(p)
	}
	for _, state := range p.leaders {
		p.labels = append(p.labels, n.label(a.self, &a.states[state]))
		p.edges = p.leaving(p.edges, state)
		p.first = append(p.first, uint32(len(p.edges)))
	}
	for _, state := range a.init {
		if c := p.class[state]; !slices.Contains(p.init, c) {
			p.init = append(p.init, c)
		}
	}
	return p
}

// of lists the edges that leave a class.
func (p *part) of(class uint32) []edge { return p.edges[p.first[class]:p.first[class+1]] }

// leaving appends where a state can go, as edges between classes in order,
// without those that stay in its class.
func (p *part) leaving(out []edge, state uint32) []edge {
	begin := len(out)
	for _, e := range p.automaton.of(state) {
		if to := p.class[e.to]; to != p.class[state] {
			out = append(out, edge{e.input, to})
		}
	}
	here := out[begin:]
	slices.SortFunc(here, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.input, b.input), cmp.Compare(a.to, b.to))
	})
	return out[:begin+len(slices.Compact(here))]
}

// refine splits the states by label, and then classes whose states lead to
// different ones, until none is left to split.
//
// Classes are told apart by a hash of where their states lead. A collision would
// leave a class that ought to be split; that there is none is checked at the end.
func (n *instance) refine(p *part) {
	type key struct {
		class uint32
		hash  uint64
	}
	p.class = make([]uint32, len(p.states))
	labels := map[label]uint32{}
	for i := range p.states {
		l := n.label(p.self, &p.states[i])
		if _, ok := labels[l]; !ok {
			labels[l] = uint32(len(labels))
		}
		p.class[i] = labels[l]
	}
	next := make([]uint32, len(p.states))
	var out []edge
	for count := len(labels); ; {
		split := make(map[key]uint32, count)
		for i := range p.states {
			out = p.leaving(out[:0], uint32(i))
			k := key{p.class[i], digest(out)}
			c, ok := split[k]
			if !ok {
				c = uint32(len(split))
				split[k] = c
			}
			next[i] = c
		}
		p.class, next = next, p.class
		if len(split) == count {
			break
		}
		count = len(split)
	}
	p.lead()
}

// lead finds the first state of each class, and checks that all others of the
// class lead where it does.
func (p *part) lead() {
	var where [][]edge
	var out []edge
	for i := range p.states {
		out = p.leaving(out[:0], uint32(i))
		c := p.class[i]
		switch {
		case int(c) == len(p.leaders):
			p.leaders, where = append(p.leaders, uint32(i)), append(where, slices.Clone(out))
		case !slices.Equal(where[c], out):
			panic(fmt.Sprintf("delivery: class %d was not split: two of its states collide", c))
		}
	}
}

// digest mixes edges into a number.
func digest(edges []edge) uint64 {
	const golden = 0x9e3779b97f4a7c15
	h := uint64(len(edges))
	for _, e := range edges {
		h = (h ^ uint64(e.input)<<32 ^ uint64(e.to)) * golden
		h ^= h >> 29
	}
	return h * 0xbf58476d1ce4e5b9
}
