package conform

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// maxTurns bounds the work of finding one proposer, in turns of the rotation
// times validators: under a second. Only a log that is made up, or one that
// begins a very long way from the genesis, asks for more.
const maxTurns = 1 << 27

// rotation is the rotation of proposers of a chain whose validators do not
// change. It remembers its last answer.
type rotation struct {
	order  []int // of the rotation: index in the set; nil when they are the same
	n      int64
	height int64 // the last that was asked about; the turns start there
	turns  *consensus.Rotation

	round  consensus.Round
	answer int // for height and round; −1 when nothing was asked
}

func newRotation(initial int64, powers []int64) *rotation {
	return &rotation{
		n: int64(len(powers)), height: initial, answer: -1,
		turns: consensus.NewRotation(initial, powers),
	}
}

// newNodeRotation is the rotation with CometBFT's order of the set: by power,
// where ties of the rotation go by address.
func newNodeRotation(g *cometbft.Genesis) *rotation {
	order := make([]int, len(g.Validators))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return slices.Compare(g.Validators[a].Address[:], g.Validators[b].Address[:])
	})
	powers := make([]int64, len(order))
	for i, at := range order {
		powers[i] = g.Validators[at].Power
	}
	r := newRotation(g.InitialHeight, powers)
	r.order = order
	return r
}

// proposer is the index in the set of the proposer of a round. known is false
// where finding it would take too long, and before the first height.
func (r *rotation) proposer(height int64, round consensus.Round) (index int, known bool) {
	if r.answer >= 0 && height == r.height && round == r.round {
		return r.answer, true
	}
	if round < 0 || height < r.height || height-r.height > maxTurns/r.n || int64(round) > maxTurns/r.n {
		return 0, false
	}
	index = r.turns.Proposer(height, round)
	if r.order != nil {
		index = r.order[index]
	}
	r.height, r.round, r.answer = height, round, index
	return index, true
}
