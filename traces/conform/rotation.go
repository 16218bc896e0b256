package conform

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// rotation is the rotation of proposers of a chain whose validators do not
// change, with CometBFT's order of the set: by power, where ties of the rotation
// go by address.
type rotation struct {
	byAddress []int // index in the set, in the order of addresses
	turns     *consensus.Rotation
}

func newRotation(g *cometbft.Genesis) *rotation {
	r := &rotation{}
	for i := range g.Validators {
		r.byAddress = append(r.byAddress, i)
	}
	slices.SortFunc(r.byAddress, func(a, b int) int {
		return slices.Compare(g.Validators[a].Address[:], g.Validators[b].Address[:])
	})
	powers := make([]int64, len(r.byAddress))
	for i, at := range r.byAddress {
		powers[i] = g.Validators[at].Power
	}
	r.turns = consensus.NewRotation(g.InitialHeight, powers)
	return r
}

// proposer is the index in the set of the proposer of a round.
func (r *rotation) proposer(height int64, round consensus.Round) int {
	return r.byAddress[r.turns.Proposer(height, round)]
}
