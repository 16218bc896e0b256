package spec

import (
	"fmt"
	"math/bits"
	"slices"
)

// Likeness says how much of a mutant can be noticed by looking at its tables.
type Likeness uint8

// The degrees of likeness, the nearest first after Different.
const (
	// Different tables: nothing here says that the mutant does as the rules do.
	Different Likeness = iota
	// SameTable: on every observation the same rules hold and do the same.
	SameTable
	// SameIfPossible: they differ only on observations that are listed as
	// impossible, for which the tables have no rules.
	SameIfPossible
	// SameButNext: the rules that may fire are the same, and so is what a call
	// means; what differs is the rule that an implementation chooses.
	SameButNext
	// SameIfMade: they differ only on observations that are never made.
	SameIfMade
)

var likenesses = [...]string{
	"different",
	"same table",
	"differs only on impossible observations",
	"only the choice of the implementation differs",
	"differs only on observations that are never made",
}

// String is the likeness in words.
func (l Likeness) String() string { return likenesses[l] }

// Likenesses lists the degrees under which a mutant counts as equivalent to
// the rules.
func Likenesses() []Likeness { return []Likeness{SameTable, SameIfPossible, SameButNext, SameIfMade} }

// Compare says how a mutant of the table's rules is like them; it must have the
// same bindings. Rules are matched by clause and branch, and compared by what
// they do, operation by operation; words do not matter. Made is what is observed
// when the rules are followed; a nil set is everything.
//
// Whoever follows every enabled rule cannot tell rules from a mutant that is not
// Different: if it makes no other observations with the rules, then none with
// the mutant, since up to the first difference it takes the same steps.
func Compare(rules, mutant *Table, made ObservationSet) Likeness {
	same := map[Likeness]bool{SameTable: true, SameIfPossible: true, SameButNext: true, SameIfMade: made != nil}
	if !slices.Equal(rules.Rules.precedence(), mutant.Rules.precedence()) {
		same[SameTable], same[SameIfPossible] = false, false
	}
	for _, b := range rules.Rules.Bindings {
		x, y := rules.conductOn(b), mutant.conductOn(b)
		for i := range b.Size() {
			o := Observation{b, i}
			enabled, next := x.holding[i] == y.holding[i], x.first[i] == y.first[i]
			if enabled && next {
				continue
			}
			same[SameTable] = false
			if rules.impossible(o) {
				continue
			}
			same[SameIfPossible] = false
			if enabled && !b.Function { // who calls a function follows Next
				continue
			}
			same[SameButNext] = false
			if made.Has(o) {
				same[SameIfMade] = false
			}
		}
	}
	for _, l := range Likenesses() {
		if same[l] {
			return l
		}
	}
	return Different
}

// precedence lists the clauses that are not called, the most urgent first. An
// implementation also follows it where two choices of free variables, or two
// bindings, have a rule each.
func (r *Rules) precedence() []string {
	called := map[string]bool{}
	for i := range r.Clauses {
		called[r.Clauses[i].Key()] = r.Clauses[i].Of.Function
	}
	var keys []string
	for _, p := range r.Priority {
		if !called[p.Key] {
			keys = append(keys, p.Key)
		}
	}
	return keys
}

// A conduct is what a table makes of every observation of a binding, apart from
// what it lists as impossible: the acts of the rules whose guards hold, in the
// order of the clauses, and the act that comes first in the priority.
type conduct struct {
	holding []string
	first   []string
}

// conductOn goes through the observations of a binding.
func (t *Table) conductOn(b *Binding) conduct {
	c := conduct{make([]string, b.Size()), make([]string, b.Size())}
	acts := make([]string, len(t.All))
	for i := range t.All {
		acts[i] = t.All[i].act()
	}
	for at := range c.holding {
		best := -1
		for i := range t.All {
			r := &t.All[i]
			if !r.Holds(Observation{b, at}) {
				continue
			}
			c.holding[at] += acts[i]
			if best < 0 || r.Rank < best {
				best, c.first[at] = r.Rank, acts[i]
			}
		}
	}
	return c
}

// act is what a rule does, and for which branch of which clause. A clause that
// has lost its inner condition takes the branch of Then.
func (r *Rule) act() string {
	act := r.Clause.Key()
	if r.Branch == IfElse {
		act += " else"
	}
	return fmt.Sprintln(act, r.Effects.ops())
}

// An ObservationSet is a set of observations, for each binding a bit by index.
type ObservationSet map[*Binding][]uint64

// Add puts an observation into the set.
func (s ObservationSet) Add(o Observation) {
	if s[o.Of] == nil {
		s[o.Of] = make([]uint64, (o.Of.Size()+63)/64)
	}
	s[o.Of][o.Index/64] |= 1 << (o.Index % 64)
}

// Has reports whether an observation is in the set.
func (s ObservationSet) Has(o Observation) bool {
	words := s[o.Of]
	return words != nil && words[o.Index/64]>>(o.Index%64)&1 == 1
}

// Len counts the observations of a binding that are in the set.
func (s ObservationSet) Len(b *Binding) int {
	n := 0
	for _, word := range s[b] {
		n += bits.OnesCount64(word)
	}
	return n
}

// Without is the observations that the other set does not have.
func (s ObservationSet) Without(other ObservationSet) ObservationSet {
	out := ObservationSet{}
	for b, words := range s {
		out[b] = slices.Clone(words)
		for i := range min(len(words), len(other[b])) {
			out[b][i] &^= other[b][i]
		}
	}
	return out
}
