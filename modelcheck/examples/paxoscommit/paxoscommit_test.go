package paxoscommit_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
	"github.com/polka-bft/polka/modelcheck/examples/paxoscommit"
)

// forgetful has acceptors that promise a ballot without telling of their vote.
func forgetful() modelcheck.Model[paxoscommit.State, paxoscommit.Action] {
	return pin.Altered(paxoscommit.Model(), func(_ paxoscommit.State, a paxoscommit.Action, after paxoscommit.State) paxoscommit.State {
		if a.Step == paxoscommit.Phase1b {
			after.Instances[a.Manager].Acceptors[a.Acceptor].Promises[a.Ballot].Vote = paxoscommit.Vote{}
		}
		return after
	})
}

// Two majorities, one after the other, decide two values: acceptors 0 and 1 have
// accepted "prepared", and the leader of ballot 1 does not hear of it.
func Example() {
	report, err := modelcheck.Check(context.Background(), forgetful(), modelcheck.Options{})
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
	// not so: no instance decides two values
	// RMPrepare(0)
	// Phase1a(ballot 1 of manager 0)
	// Phase2b(acceptor 0, ballot 0 of manager 0)
	// Phase2b(acceptor 1, ballot 0 of manager 0)
	// Phase1b(acceptor 2, ballot 1 of manager 0)
	// Phase1b(acceptor 0, ballot 1 of manager 0)
	// Phase2a(ballot 1 of manager 0)
	// Phase2b(acceptor 1, ballot 1 of manager 0)
	// Phase2b(acceptor 2, ballot 1 of manager 0)
}

// asTLC takes a decision as often as TLC does: once for each way to find the
// majorities that it rests on.
func asTLC() modelcheck.Model[paxoscommit.State, paxoscommit.Action] {
	return pin.Repeated(paxoscommit.Model(), func(s paxoscommit.State, a paxoscommit.Action) int {
		switch a.Step {
		case paxoscommit.DecideCommit:
			return s.Instances[0].Decided(paxoscommit.IsPrepared) * s.Instances[1].Decided(paxoscommit.IsPrepared)
		case paxoscommit.DecideAbort:
			return s.Instances[0].Decided(paxoscommit.IsAborted) + s.Instances[1].Decided(paxoscommit.IsAborted)
		}
		return 1
	})
}

func TestCounts(t *testing.T) {
	pin.Long(t)
	pin.Complete(t, pin.Counts{Distinct: 1_321_761, Generated: 16_959_159, Depth: 28}, asTLC())
}

func TestMutant(t *testing.T) {
	pin.Violation(t, "OneValue", 9, forgetful())
}
