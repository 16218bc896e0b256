package twophase_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
	"github.com/polka-bft/polka/modelcheck/examples/twophase"
)

func Example() {
	report, err := modelcheck.Check(context.Background(), twophase.Model(2), modelcheck.Options{Witnesses: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report.String())
	// Output:
	// two-phase commit of 2: holds (every reachable state visited)
	// 34 states, 93 transitions, depth 7, 0 deadlocks
	// reached: AllCommit, after 7 steps
	//    0  undecided: working working
	//       RMPrepare(0)
	//    1  undecided: prepared working
	//       TMRcvPrepared(0)
	//    2  undecided: prepared (heard) working
	//       RMPrepare(1)
	//    3  undecided: prepared (heard) prepared
	//       TMRcvPrepared(1)
	//    4  undecided: prepared (heard) prepared (heard)
	//       TMCommit
	//    5  commit: prepared (heard) prepared (heard)
	//       RMRcvCommitMsg(0)
	//    6  commit: committed (heard) prepared (heard)
	//       RMRcvCommitMsg(1)
	//    7  commit: committed (heard) committed (heard)
	// reached: AllAbort, after 2 steps
	//    0  undecided: working working
	//       RMChooseToAbort(0)
	//    1  undecided: aborted working
	//       RMChooseToAbort(1)
	//    2  undecided: aborted aborted
}

func TestCounts(t *testing.T) {
	for managers, want := range map[int]pin.Counts{
		3: {Distinct: 288, Generated: 1_146, Depth: 11},            // TLA+ Examples
		5: {Distinct: 8_832, Generated: 58_146, Depth: 17},         // distinct: stateright
		7: {Distinct: 296_448, Generated: 2_744_706, Depth: 23},    // as TLC counts
		8: {Distinct: 1_745_408, Generated: 18_507_778, Depth: 26}, // as TLC counts
	} {
		t.Run(fmt.Sprint(managers), func(t *testing.T) {
			if managers >= 7 {
				pin.Long(t)
			}
			pin.Complete(t, want, twophase.Model(managers))
		})
	}
}

// A transaction manager that does not wait for a last manager commits too early.
func TestMutant(t *testing.T) {
	pin.Violation(t, "Consistent", 7, pin.Extended(twophase.Model(3), func(s twophase.State, emit func(twophase.Action, twophase.State)) {
		if s.Decision == twophase.Undecided && pin.True(s.Managers[0].Heard, s.Managers[1].Heard, s.Managers[2].Heard) == 2 {
			s.Decision = twophase.Commit
			emit(twophase.Action{Step: twophase.TMCommit}, s)
		}
	}))
}

func BenchmarkTwoPhase(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			states := 0
			for b.Loop() {
				r, err := modelcheck.Check(b.Context(), twophase.Model(8), modelcheck.Options{Workers: workers, Unreduced: true})
				if err != nil {
					b.Fatal(err)
				}
				states += r.States
			}
			b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
		})
	}
}
