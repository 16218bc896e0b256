package modelcheck

import "math"

// A tally counts what was seen while states were expanded. Each worker has
// one, which is added to that of the search when a block is done.
type tally struct {
	expanded    int
	transitions int
	deadlocks   int
	least, most int // out-degree
	fired       []int
	done        []bool   // by step property: whether a transition did it
	ended       []uint32 // by final property: the first state that breaks it, or noState
}

func newTally(clauses, steps, final int) tally {
	t := tally{least: math.MaxInt, fired: make([]int, clauses), done: make([]bool, steps), ended: make([]uint32, final)}
	for i := range t.ended {
		t.ended[i] = noState
	}
	return t
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
	clear(from.fired)
	*from = tally{least: math.MaxInt, fired: from.fired, done: from.done, ended: from.ended}
}

func (t *tally) fill(transitions, deadlocks *int, degree *OutDegree) {
	*transitions, *deadlocks = t.transitions, t.deadlocks
	if t.expanded > 0 {
		*degree = OutDegree{Min: t.least, Max: t.most, Mean: float64(t.transitions) / float64(t.expanded)}
	}
}
