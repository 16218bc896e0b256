package bft

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// alike groups the effects that may be taken for each other.
var alike = [][]spec.Op{
	{consensus.SetStepPropose, consensus.SetStepPrevote, consensus.SetStepPrecommit},
	{consensus.TakeValidValue, consensus.TakeNewValue},
	{consensus.SendPrevote, consensus.SendPrevoteNil, consensus.SendPrecommit, consensus.SendPrecommitNil},
	{consensus.SchedulePropose, consensus.SchedulePrevote, consensus.SchedulePrecommit},
	{consensus.LockValueOp, consensus.ValidValueOp},
	{consensus.LockRoundOp, consensus.ValidRoundOp},
	{consensus.StartFirstRound, consensus.StartBoundRound, consensus.StartNextRound},
}

// A Mechanical mutant is one of all the small ways to get the rules of a dialect
// wrong, or to count wrongly.
type Mechanical struct {
	score.Mutant

	less map[Threshold]int64
}

// mechanical lists the mutants of rules: all of spec.Mutations, and then each
// threshold asking for 1 power less and for 1 more.
func mechanical(r *spec.Rules) []Mechanical {
	var out []Mechanical
	for _, m := range score.Mutants(r, alike) {
		out = append(out, Mechanical{Mutant: m})
	}
	for t := range Threshold(thresholdCount) {
		for _, less := range []int64{1, -1} {
			words := "less"
			if less < 0 {
				words = "more"
			}
			m := score.Mutant{Name: fmt.Sprintf("%s asks for 1 %s power", t, words), Clause: thresholdClauses[t], Kind: score.QuorumKind, Rules: r}
			out = append(out, Mechanical{m, map[Threshold]int64{t: less}})
		}
	}
	return out
}

// thresholdClauses are the clauses that ask for the thresholds.
var thresholdClauses = [thresholdCount]string{
	POLPower: "L28", PolkaPower: "L36", TallyPower: "L44", AnyPrevotes: "L34",
	AnyPrecommits: "L47", CommitPower: "L49", LaterPower: "L55",
}
