// Package dining seats philosophers at a round table with a fork between each
// two; who eats needs both neighbouring forks.
//
// Model is the solution of Chandy and Misra as the TLA+ Examples have it: forks
// are clean or dirty, eating makes them dirty, and a philosopher cleans a dirty
// fork and hands it to the neighbour. For five philosophers they give 67
// distinct and 336 generated states, depth 29
// (https://github.com/tlaplus/Examples/blob/master/specifications/DiningPhilosophers/manifest.json).
//
// Naive is what everybody tries first: take the left fork, then the right one.
// It deadlocks.
package dining

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// Seats is how many philosophers there are, and forks. Fork i lies to the left
// of philosopher i, and so to the right of philosopher i−1.
const Seats = 5

func left(i int) int  { return i }
func right(i int) int { return (i + 1) % Seats }

// Table is the state.
type Table struct {
	Forks        [Seats]Fork
	Philosophers [Seats]Philosopher
}

// Fork is always with a philosopher.
type Fork struct {
	Holder int8
	Clean  bool
}

// Philosopher goes round: looks for forks, eats when hungry, thinks when not.
type Philosopher struct {
	At   Place
	Full bool
}

// Place is where a philosopher is in the round.
type Place uint8

// The places.
const (
	Looking Place = iota
	Eating
	Thinking
)

// Action is a step of a philosopher.
type Action struct {
	Step        Step
	Philosopher int8
}

// Step is what a philosopher does.
type Step uint8

// The steps. While looking, a philosopher may give one dirty fork away.
const (
	GiveLeft Step = iota
	GiveRight
	Look
	Eat
	Think
)

var steps = []string{"gives the left fork", "gives the right fork", "looks", "eats", "thinks"}

// String says it in words.
func (a Action) String() string {
	return fmt.Sprintf("philosopher %d %s", a.Philosopher, steps[a.Step])
}

// Model is the solution of Chandy and Misra. Nothing makes it smaller: it is claimed of
// one seat that who sits there can eat, so that turning the table is no symmetry; and
// to think, the one step that is a philosopher's own affair, saves no state.
func Model() modelcheck.Model[Table, Action] {
	return modelcheck.Model[Table, Action]{
		Name: "dining philosophers",
		Init: []Table{start()},
		Next: func(t Table, emit func(Action, Table)) {
			for i := range Seats {
				step, next := act(t, i)
				emit(Action{step, int8(i)}, next)
			}
		},
		Always: []modelcheck.Property[Table]{{
			Name: "Exclusion",
			Doc:  "neighbours never eat at the same time",
			Holds: func(t Table) bool {
				for i, p := range t.Philosophers {
					if p.At == Eating && t.Philosophers[right(i)].At == Eating {
						return false
					}
				}
				return true
			},
		}},
		Sometimes: []modelcheck.Property[Table]{{
			Name:  "LastEats",
			Doc:   "who has no second fork in the beginning can eat",
			Holds: func(t Table) bool { return t.Philosophers[Seats-1].Full },
		}},
		Clauses: steps,
		Clause:  func(a Action) int { return int(a.Step) },
	}
}

// start gives each dirty fork to the lower-numbered neighbour, so that
// somebody has two and somebody none.
func start() (t Table) {
	for i := range t.Forks {
		t.Forks[i].Holder = int8(i)
	}
	t.Forks[1].Holder = 0
	return t
}

// act is the one thing that philosopher i can do.
func act(t Table, i int) (Step, Table) {
	self, l, r := &t.Philosophers[i], &t.Forks[left(i)], &t.Forks[right(i)]
	switch self.At {
	case Eating:
		self.At, self.Full = Looking, true
		l.Clean, r.Clean = false, false
		return Eat, t
	case Thinking:
		self.At, self.Full = Looking, false
		return Think, t
	case Looking:
	}
	mine := int8(i)
	canEat := l.Holder == mine && r.Holder == mine && l.Clean && r.Clean
	switch {
	case self.Full:
		self.At = Thinking
	case canEat:
		self.At = Eating
	}
	switch {
	case l.Holder == mine && !l.Clean:
		*l = Fork{Holder: int8((i + Seats - 1) % Seats), Clean: true}
		return GiveLeft, t
	case r.Holder == mine && !r.Clean:
		*r = Fork{Holder: int8((i + 1) % Seats), Clean: true}
		return GiveRight, t
	}
	return Look, t
}
