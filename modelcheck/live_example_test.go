package modelcheck_test

import (
	"context"
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// Two processes take a lock in turns, as they please. Whoever waits gets it only
// if the lock is strongly fair: weak fairness lets the other be faster each time.
func ExampleModel_fair() {
	const idle, waits, has = 'i', 'w', 'h'
	type state [2]rune
	model := modelcheck.Model[state, int]{ // an action is the process that acts
		Name: "lock",
		Init: []state{{idle, idle}},
		Next: func(s state, emit func(int, state)) {
			for i := range s {
				next := s
				switch {
				case s[i] == idle:
					next[i] = waits
				case s[i] == waits && s[1-i] != has:
					next[i] = has
				case s[i] == has:
					next[i] = idle
				default:
					continue
				}
				emit(i, next)
			}
		},
		LeadsTo: []modelcheck.LeadsTo[state]{{
			Name: "Served",
			Doc:  "when process 0 waits, it gets the lock later",
			From: func(s state) bool { return s[0] == waits },
			To:   func(s state) bool { return s[0] == has },
		}},
		FormatState:  func(s state) string { return fmt.Sprintf("%c %c", s[0], s[1]) },
		FormatAction: func(_ state, i int, _ state) string { return fmt.Sprint("process ", i) },
	}
	for _, strong := range []bool{false, true} {
		model.Fair = []modelcheck.Fairness[int]{
			{Name: "process 0", Of: func(i int) bool { return i == 0 }, Strong: strong},
			{Name: "process 1", Of: func(i int) bool { return i == 1 }},
		}
		report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(report.String())
	}
	// Output:
	// lock: violated (every reachable state visited)
	// 8 states, 14 transitions, depth 3, 0 deadlocks
	// violated: Served, due from 1 on, by a loop of 3 steps after 1
	//    0  i i
	//       process 0
	//    1  w i
	//       process 1
	//    2  w w
	//       process 1
	//    3  w h
	//       process 1
	//       back to 1
	// weakly fair to process 0: not enabled in 3
	// weakly fair to process 1: taken by the step from 1 to 2
	// lock: holds (every reachable state visited)
	// 8 states, 14 transitions, depth 3, 0 deadlocks
}
