package bft

import "github.com/polka-bft/polka/modelcheck/score"

// Survivors lists the mutants of the paper's rules that survive.
var Survivors = score.Survivors{
	{
		Names: []string{`L36 without "for the first time"`},
		Why:   "the second time it stores the same values, since a round has one polka at most",
	},
}
