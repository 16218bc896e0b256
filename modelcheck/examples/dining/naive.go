package dining

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
)

// Hands is the state of the naive philosophers: how many forks each holds. The
// first is the left one.
type Hands [Seats]int8

// Naive lets everybody take the left fork when it is free, then the right one,
// and put both back after eating. Its actions say who does what.
func Naive() modelcheck.Model[Hands, string] {
	return modelcheck.Model[Hands, string]{
		Name: "naive philosophers",
		Init: []Hands{{}},
		Next: func(h Hands, emit func(string, Hands)) {
			for i := range Seats {
				next := h
				leftIsFree := h[(i+Seats-1)%Seats] < 2
				rightIsFree := h[(i+1)%Seats] < 1
				switch {
				case h[i] == 0 && leftIsFree:
					next[i] = 1
					emit(fmt.Sprintf("philosopher %d takes the left fork", i), next)
				case h[i] == 1 && rightIsFree:
					next[i] = 2
					emit(fmt.Sprintf("philosopher %d takes the right fork", i), next)
				case h[i] == 2:
					next[i] = 0
					emit(fmt.Sprintf("philosopher %d puts both back", i), next)
				}
			}
		},
		Canonical: Hands.canonical,
		Final: []modelcheck.Property[Hands]{{
			Name:  "NoDeadlock",
			Doc:   "there is always somebody who can do something",
			Holds: func(Hands) bool { return false }, // no state may be the last
		}},
	}
}

// canonical turns the table to the least of its states: all seats are alike.
func (h Hands) canonical() Hands {
	least := h
	for range Seats - 1 {
		first := h[0]
		copy(h[:], h[1:])
		h[Seats-1] = first
		if slices.Compare(h[:], least[:]) < 0 {
			least = h
		}
	}
	return least
}
