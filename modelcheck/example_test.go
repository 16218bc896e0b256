package modelcheck_test

import (
	"context"
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// A situation says what either of two processes is doing. It is comparable,
// small and has no pointers of its own; an array of uint64 would be faster.
type situation [2]string

const idle, sawFree, using = "idle", "saw it free", "using it"

// A deed is what a process did.
type deed struct {
	process int
	what    string
}

// lookThenTake lets each process look whether the resource is free before it
// takes it, in two separate actions.
func lookThenTake(s situation, emit func(deed, situation)) {
	for i := range s {
		next := s // a copy
		switch other := s[1-i]; {
		case s[i] == idle && other != using:
			next[i] = sawFree
			emit(deed{i, "look"}, next)
		case s[i] == sawFree:
			next[i] = using
			emit(deed{i, "take"}, next)
		case s[i] == using:
			next[i] = idle
			emit(deed{i, "release"}, next)
		}
	}
}

// lookAndTake does both in one action.
func lookAndTake(s situation, emit func(deed, situation)) {
	for i := range s {
		next := s
		switch other := s[1-i]; {
		case s[i] == idle && other == idle:
			next[i] = using
			emit(deed{i, "take"}, next)
		case s[i] == using:
			next[i] = idle
			emit(deed{i, "release"}, next)
		}
	}
}

// Two processes share a resource. The first protocol is broken, and the report
// shows how; the second one holds.
func ExampleCheck() {
	model := modelcheck.Model[situation, deed]{
		Name: "shared resource",
		Init: []situation{{idle, idle}},
		Always: []modelcheck.Property[situation]{{
			Name:  "Exclusion",
			Doc:   "at most one process uses the resource",
			Holds: func(s situation) bool { return s[0] != using || s[1] != using },
		}},
		Sometimes: []modelcheck.Property[situation]{{
			Name:  "Use",
			Doc:   "the resource can be used at all",
			Holds: func(s situation) bool { return s[0] == using },
		}},
		FormatAction: func(_ situation, d deed, _ situation) string {
			return fmt.Sprintf("process %d: %s", d.process, d.what)
		},
	}
	for _, model.Next = range []func(situation, func(deed, situation)){lookThenTake, lookAndTake} {
		report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(report.String())
	}
	// Output:
	// shared resource: violated (violation found)
	// 9 states, 14 transitions, depth 4, 0 deadlocks
	// violated: Exclusion, after 4 steps
	//    0  [idle idle]
	//       process 0: look
	//    1  [saw it free idle]
	//       process 1: look
	//    2  [saw it free saw it free]
	//       process 0: take
	//    3  [using it saw it free]
	//       process 1: take
	//    4  [using it using it]
	// shared resource: holds (every reachable state visited)
	// 3 states, 4 transitions, depth 1, 0 deadlocks
}
