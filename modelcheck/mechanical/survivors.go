package mechanical

import (
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

// Survivors lists the mutants that survive, by dialect. None does.
var Survivors = map[string]score.Survivors{
	consensus.CometBFTv038Rules.Name: {},
	consensus.CometBFTv1Rules.Name:   {},
}
