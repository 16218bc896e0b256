package broadcast_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/broadcast"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
)

// credulous has processes that believe a single echo, which may be Byzantine.
func credulous() modelcheck.Model[broadcast.State, broadcast.Action] {
	return pin.Extended(broadcast.Model(), func(s broadcast.State, emit func(broadcast.Action, broadcast.State)) {
		for i, phase := range s.Phases {
			if phase == broadcast.Untold && !s.Faulty.Has(i) {
				after := s
				after.Received[i] |= s.Faulty
				after.Phases[i] = broadcast.Echoed
				after.Sent |= 1 << i
				emit(broadcast.Action{Rule: broadcast.EchoEchoes, Process: int8(i), New: s.Faulty}, after)
			}
		}
	})
}

// Process 0 is Byzantine, and makes process 1 believe what nobody was told.
func Example() {
	report, err := modelcheck.Check(context.Background(), credulous(), modelcheck.Options{})
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
	// not so: while no correct process was told, none does anything
	// EchoEchoes(1) with echoes 0001
}

func TestCounts(t *testing.T) {
	pin.Complete(t, pin.Counts{Distinct: 14_424, Generated: 227_344, Depth: 7}, broadcast.Model())
}

func TestMutants(t *testing.T) {
	pin.Violation(t, "Unforgeable", 1, credulous())

	// Who is told accepts, and does not wait for others.
	pin.Violation(t, "Relay", 1, pin.Altered(broadcast.Model(), func(_ broadcast.State, a broadcast.Action, after broadcast.State) broadcast.State {
		if a.Rule == broadcast.EchoTold {
			after.Phases[a.Process] = broadcast.Accepted
		}
		return after
	}))
}
