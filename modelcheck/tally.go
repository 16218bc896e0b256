package modelcheck

import (
	"math"
	"slices"
)

// A tally counts what was seen while states were expanded. Each worker has
// one, which is added to that of the search when a block is done.
type tally struct {
	expanded    int
	transitions int
	deadlocks   int
	least, most int // out-degree
	fired       []int
	reduced     int      // states in which the steps of all actors but one were put off
	outside     int      // states that Model.Within excludes
	done        []bool   // by property of SometimesSteps: whether a transition did it
	broken      []uint32 // by property of AlwaysSteps: the first state with a step that breaks it, or noState
	ended       []uint32 // by property of Final: the first state that breaks it, or noState
}

func newTally[S comparable, A any](m *Model[S, A]) tally {
	return tally{
		least: math.MaxInt, fired: make([]int, len(m.Clauses)), done: make([]bool, len(m.SometimesSteps)),
		broken: slices.Repeat([]uint32{noState}, len(m.AlwaysSteps)),
		ended:  slices.Repeat([]uint32{noState}, len(m.Final)),
	}
}

// state counts a state with the number of its transitions.
func (t *tally) state(degree int) {
	t.expanded++
	t.transitions += degree
	if degree == 0 {
		t.deadlocks++
	}
	t.least = min(t.least, degree)
	t.most = max(t.most, degree)
}

// take moves the counts of another tally into this one.
func (t *tally) take(from *tally) {
	t.expanded += from.expanded
	t.transitions += from.transitions
	t.deadlocks += from.deadlocks
	t.outside += from.outside
	t.reduced += from.reduced
	t.least = min(t.least, from.least)
	t.most = max(t.most, from.most)
	for i, n := range from.fired {
		t.fired[i] += n
	}
	for i, done := range from.done {
		t.done[i] = t.done[i] || done
	}
	for i, number := range from.ended {
		t.ended[i] = min(t.ended[i], number)
	}
	for i, number := range from.broken {
		t.broken[i] = min(t.broken[i], number)
	}
	clear(from.fired)
	*from = tally{least: math.MaxInt, fired: from.fired, done: from.done, broken: from.broken, ended: from.ended}
}

func (t *tally) fill(transitions, deadlocks *int, degree *OutDegree) {
	*transitions, *deadlocks = t.transitions, t.deadlocks
	if t.expanded > 0 {
		*degree = OutDegree{Min: t.least, Max: t.most, Mean: float64(t.transitions) / float64(t.expanded)}
	}
}
