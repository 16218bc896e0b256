package ewd840_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/ewd840"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
)

// forgetful is the ring in which nobody is blackened.
func forgetful(nodes int) modelcheck.Model[ewd840.State, ewd840.Action] {
	return pin.Altered(ewd840.Model(nodes), func(s ewd840.State, a ewd840.Action, after ewd840.State) ewd840.State {
		if a.Step == ewd840.SendMsg {
			after.Nodes[a.Node].Black = s.Nodes[a.Node].Black
		}
		return after
	})
}

// Without the colour of nodes the detection is wrong. The invariant is broken
// before anything bad can be seen; here only the detection itself is asked for.
func Example() {
	model := forgetful(3)
	model.Always = model.Always[:1]
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report.String())
	// Output:
	// EWD 840 with 3 nodes: violated (violation found)
	// 111 states, 575 transitions, depth 5, 1 deadlocks
	// violated: TerminationDetection, after 5 steps
	//    0  active (token*)  passive  passive
	//       InitiateProbe(0)
	//    1  active  passive  passive (token)
	//       PassToken(2)
	//    2  active  passive (token)  passive
	//       PassToken(1)
	//    3  active (token)  passive  passive
	//       SendMsg(0 to 1)
	//    4  active (token)  active  passive
	//       Deactivate(0)
	//    5  passive (token)  active  passive
}

// asTLC is the model with every step as often as TLC takes it: once for each
// disjunct of its guard that is true.
func asTLC(nodes int) modelcheck.Model[ewd840.State, ewd840.Action] {
	return pin.Repeated(ewd840.Model(nodes), func(s ewd840.State, a ewd840.Action) int {
		node := s.Nodes[a.Node]
		switch a.Step {
		case ewd840.InitiateProbe:
			return pin.True(s.TokenBlack, node.Black)
		case ewd840.PassToken:
			return pin.True(!node.Active, node.Black, s.TokenBlack)
		}
		return 1
	})
}

func TestCounts(t *testing.T) {
	for nodes, want := range map[int]pin.Counts{
		3: {Distinct: 302, Generated: 2_001, Depth: 9},     // TLA+ Examples, but for the depth: 10
		4: {Distinct: 1_566, Generated: 15_986, Depth: 12}, // TLA+ Examples
	} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) { pin.Complete(t, want, asTLC(nodes)) })
	}
}

// As TLC counts eight nodes with this specification.
func TestEightNodes(t *testing.T) {
	pin.Long(t)
	pin.Complete(t, pin.Counts{Distinct: 786_942, Generated: 26_990_854, Depth: 24}, asTLC(8))
}

func TestMutant(t *testing.T) {
	pin.Violation(t, "Invariant", 3, forgetful(3))
}
