package diehard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/diehard"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
)

func Example() {
	report, err := modelcheck.Check(context.Background(), diehard.Model(), modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, violation := range report.Violations {
		fmt.Println(violation.Property.Doc, "– no:")
		for _, step := range violation.Path.Steps {
			fmt.Printf("%-36v %d and %d\n", step.Action, step.State.Small, step.State.Big)
		}
	}
	// Output:
	// the big jug never holds four gallons – no:
	// fill the big jug                     0 and 5
	// pour the big jug into the small one  3 and 2
	// empty the small jug                  0 and 2
	// pour the big jug into the small one  2 and 0
	// fill the big jug                     2 and 5
	// pour the big jug into the small one  3 and 4
}

// The whole puzzle, for Graphviz; here only how it begins.
func Example_graph() {
	graph, err := modelcheck.Graph(context.Background(), diehard.Model(), 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(graph.Nodes), "states,", len(graph.Edges), "transitions")
	var dot strings.Builder
	if err := graph.WriteDOT(&dot); err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range strings.SplitAfterN(dot.String(), "\n", 5)[:4] {
		fmt.Print(line)
	}
	// Output:
	// 16 states, 96 transitions
	// digraph "Die Hard" {
	//   0 [label="{0 0}", peripheries=2];
	//   1 [label="{3 0}"];
	//   2 [label="{0 5}"];
}

func TestCounts(t *testing.T) {
	m := diehard.Model()
	r, err := modelcheck.Check(t.Context(), m, modelcheck.Options{KeepGoing: true})
	require.NoError(t, err)
	assert.True(t, r.Complete)
	assert.Equal(t, pin.Counts{Distinct: 16, Generated: 97, Depth: 8}, pin.CountsOf(m, r))
	assert.Empty(t, r.NeverFired())
	pin.Violation(t, "NotSolved", 6, m)
}

// Who pours without looking spills, or believes in more than there is.
func TestMutant(t *testing.T) {
	pin.Violation(t, "Volumes", 3, pin.Altered(diehard.Model(), func(j diehard.Jugs, a diehard.Action, after diehard.Jugs) diehard.Jugs {
		if a == diehard.PourSmallIntoBig {
			return diehard.Jugs{Small: 0, Big: j.Big + j.Small}
		}
		return after
	}))
}
