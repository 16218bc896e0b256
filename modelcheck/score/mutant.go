// Package score says what became of mechanical mutants, the small mistakes about
// rules that a loop makes, and counts it. Who tries them is another package:
// modelcheck/bft those of the paper, modelcheck/mechanical those of CometBFT.
// docs/mutants.md explains the words.
package score

import "github.com/polka-bft/polka/spec"

// A Mutant is the rules of a dialect with one small mistake. Nobody has said what
// should come of it.
type Mutant struct {
	Name   string // unique within the dialect
	Clause string
	Kind   string

	Rules *spec.Rules
}

// Mutants lists all of spec.Mutations; alike groups the effects that may be taken
// for each other.
func Mutants(r *spec.Rules, alike [][]spec.Op) []Mutant {
	var out []Mutant
	for _, m := range spec.Mutations(r, alike) {
		out = append(out, Mutant{Name: m.Name, Clause: m.Clause, Kind: m.Kind.String(), Rules: m.Rules})
	}
	return out
}

// QuorumKind is the kind of the mutants that count wrongly, which is no mistake
// about rules: their Rules are right.
const QuorumKind = "quorum off by one"

// Kinds lists the kinds in the order in which a clause has them.
func Kinds() []string {
	var kinds []string
	for _, k := range spec.MutationKinds() {
		kinds = append(kinds, k.String())
	}
	return append(kinds, QuorumKind)
}
