package ewd426_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/ewd426"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
)

// A node that counts by itself, as node 0 does, can make privileges.
func counting() modelcheck.Model[ewd426.Ring, ewd426.Action] {
	return pin.Altered(ewd426.Model(3, 3), func(r ewd426.Ring, a ewd426.Action, after ewd426.Ring) ewd426.Ring {
		if a == 1 {
			after[1] = (r[1] + 1) % 3
		}
		return after
	})
}

func Example() {
	report, err := modelcheck.Check(context.Background(), counting(), modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report.String())
	// Output:
	// EWD 426 with 3 nodes and 3 values: violated (every reachable state visited)
	// 9 states, 15 transitions, depth 0, 0 deadlocks
	// violated: NoMore, after 1 steps
	//    0  [2 0 0 0 0 0]
	//       node 1
	//    1  [1]: 0 → 1
	//    =  [2 1 0 0 0 0]
}

func TestCounts(t *testing.T) {
	pin.Complete(t, pin.Counts{Distinct: 46_656, Generated: 248_832, Depth: 1}, ewd426.Model(6, 6))
}

func TestMutant(t *testing.T) {
	pin.Violation(t, "NoMore", 1, counting())
}
