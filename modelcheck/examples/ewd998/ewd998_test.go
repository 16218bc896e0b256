package ewd998_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/ewd998"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
)

// white is the ring in which a message does not blacken its receiver.
func white() modelcheck.Model[ewd998.State, ewd998.Action] {
	return pin.Altered(ewd998.Model(ewd998.PlusCal), func(s ewd998.State, a ewd998.Action, after ewd998.State) ewd998.State {
		if a.Step == ewd998.RecvMsg {
			after.Nodes[a.Node].Black = s.Nodes[a.Node].Black
		}
		return after
	})
}

// Counting alone is not enough: a message can activate a node that the token
// has passed, and leave the sum right.
func Example() {
	model := white()
	model.Always = model.Always[:1]
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, violation := range report.Violations {
		fmt.Println("not so:", violation.Property.Doc)
		for _, step := range violation.Path.Steps {
			fmt.Println(step.Action)
		}
	}
	// Output:
	// not so: if node 0 concludes that all is over, no node is active and no message on its way
	// InitiateProbe(0)
	// PassToken(2)
	// PassToken(1)
	// InitiateProbe(0)
	// PassToken(2)
	// PassToken(1)
	// SendMsg(0 to 1)
	// RecvMsg(1)
	// SendMsg(1 to 0)
	// RecvMsg(0)
	// Deactivate(0)
}

// asTLC takes every step as often as TLC does: once for each disjunct of its
// guard that is true. The PlusCal form says ≠ 0 where the other says > 0, and
// lets nodes that are passive become so again.
func asTLC(c ewd998.Config) modelcheck.Model[ewd998.State, ewd998.Action] {
	m := pin.Repeated(ewd998.Model(c), func(s ewd998.State, a ewd998.Action) int {
		if a.Step != ewd998.InitiateProbe {
			return 1
		}
		sum := s.Nodes[0].Counter + s.Token.Sum
		return pin.True(s.Token.Black, s.Nodes[0].Black, sum > 0 || sum < 0 && c == ewd998.PlusCal)
	})
	return pin.Extended(m, func(s ewd998.State, emit func(ewd998.Action, ewd998.State)) {
		for i, node := range s.Nodes {
			if !node.Active && c == ewd998.PlusCal {
				emit(ewd998.Action{Step: ewd998.Deactivate, Node: int8(i)}, s)
			}
		}
	})
}

// The counts of the TLA+ Examples.
func TestPlusCal(t *testing.T) {
	pin.Long(t)
	pin.Complete(t, pin.Counts{Distinct: 321_370, Generated: 2_808_396, Depth: 47}, asTLC(ewd998.PlusCal))
}

// As TLC counts EWD998Small of the TLA+ Examples.
func TestTLA(t *testing.T) {
	pin.Long(t)
	pin.Complete(t, pin.Counts{Distinct: 1_520_618, Generated: 11_238_019, Depth: 59}, asTLC(ewd998.TLA))
}

func TestMutant(t *testing.T) {
	pin.Violation(t, "Invariant", 9, white())
}
