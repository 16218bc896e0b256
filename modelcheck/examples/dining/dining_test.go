package dining_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/dining"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
)

// A deadlock is a violation if a property of Final says so.
func ExampleNaive() {
	report, err := modelcheck.Check(context.Background(), dining.Naive(), modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report.String())
	// Output:
	// naive philosophers: violated (every reachable state visited)
	// 18 states, 57 transitions, depth 5, 1 deadlocks
	// violated: NoDeadlock, after 5 steps
	//    0  [0 0 0 0 0]
	//       philosopher 0 takes the left fork
	//    1  [0]: 0 → 1
	//       philosopher 1 takes the left fork
	//    2  [1]: 0 → 1
	//       philosopher 2 takes the left fork
	//    3  [2]: 0 → 1
	//       philosopher 3 takes the left fork
	//    4  [3]: 0 → 1
	//       philosopher 4 takes the left fork
	//    5  [4]: 0 → 1
	//    =  [1 1 1 1 1]
}

func TestCounts(t *testing.T) {
	pin.Complete(t, pin.Counts{Distinct: 67, Generated: 336, Depth: 29}, dining.Model())
}

// Who eats with one fork eats next to somebody who does the same.
func TestMutant(t *testing.T) {
	pin.Violation(t, "Exclusion", 2, pin.Extended(dining.Model(), func(s dining.Table, emit func(dining.Action, dining.Table)) {
		for i, p := range s.Philosophers {
			if p == (dining.Philosopher{}) && s.Forks[i].Holder == int8(i) {
				greedy := s
				greedy.Philosophers[i].At = dining.Eating
				emit(dining.Action{Step: dining.Look, Philosopher: int8(i)}, greedy)
			}
		}
	}))
}
