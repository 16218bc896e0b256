package bft

import (
	"fmt"

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
// wrong. Nobody has said what should come of it.
type Mechanical struct {
	Name   string // unique within the dialect
	Clause string
	Kind   string

	rules *spec.Rules
	less  map[Threshold]int64
}

// quorumKind is the kind of the mutants that count wrongly.
const quorumKind = "quorum off by one"

// MechanicalKinds lists the kinds in the order in which a clause has them.
func MechanicalKinds() []string {
	var kinds []string
	for _, k := range spec.MutationKinds() {
		kinds = append(kinds, k.String())
	}
	return append(kinds, quorumKind)
}

// mechanical lists the mutants of rules: all of spec.Mutations, and then each
// threshold asking for 1 power less and for 1 more.
func mechanical(r *spec.Rules) []Mechanical {
	var out []Mechanical
	for _, m := range spec.Mutations(r, alike) {
		out = append(out, Mechanical{Name: m.Name, Clause: m.Clause, Kind: m.Kind.String(), rules: m.Rules})
	}
	for t := range Threshold(thresholdCount) {
		for _, less := range []int64{1, -1} {
			words := "less"
			if less < 0 {
				words = "more"
			}
			out = append(out, Mechanical{
				Name: fmt.Sprintf("%s asks for 1 %s power", t, words), Clause: thresholdClauses[t], Kind: quorumKind,
				rules: r, less: map[Threshold]int64{t: less},
			})
		}
	}
	return out
}

// thresholdClauses are the clauses that ask for the thresholds.
var thresholdClauses = [thresholdCount]string{
	POLPower: "L28", PolkaPower: "L36", TallyPower: "L44", AnyPrevotes: "L34",
	AnyPrecommits: "L47", CommitPower: "L49", LaterPower: "L55",
}
