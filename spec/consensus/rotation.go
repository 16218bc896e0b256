package consensus

import "slices"

// Rotation says who proposes: CometBFT's weighted round robin for a validator
// set that does not change (types/validator_set.go IncrementProposerPriority).
// Everybody gains priority by their power each turn; the one with most proposes
// and pays the total. Ties go to the lower index, so give the powers in the
// order that breaks ties: CometBFT's is that of the addresses.
//
// It is written for reading: each question starts from the first height or from
// the last one asked about. It is not safe for concurrent use.
type Rotation struct {
	initial int64
	powers  []int64
	total   int64
	height  int64   // that turns belongs to, in round 0
	turns   []int64 // priorities after the turn of that height
	first   int     // proposer of its round 0
}

// NewRotation begins at the first height of a chain.
func NewRotation(initialHeight int64, powers []int64) *Rotation {
	r := &Rotation{initial: initialHeight, powers: slices.Clone(powers)}
	for _, p := range powers {
		r.total += p
	}
	return r
}

// Proposer is the index of the proposer of a round; height must not be before
// the first, nor round negative.
func (r *Rotation) Proposer(height int64, round Round) int {
	if r.turns == nil || height < r.height {
		r.height, r.turns = r.initial, make([]int64, len(r.powers))
		r.first = r.turn(r.turns)
	}
	for r.height < height {
		r.first = r.turn(r.turns)
		r.height++
	}
	proposer, later := r.first, slices.Clone(r.turns)
	for range round {
		proposer = r.turn(later)
	}
	return proposer
}

// turn makes one step of the rotation in place.
func (r *Rotation) turn(priority []int64) int {
	if spread := slices.Max(priority) - slices.Min(priority); spread > 2*r.total {
		divisor := (spread + 2*r.total - 1) / (2 * r.total)
		for i := range priority {
			priority[i] /= divisor
		}
	}
	var sum int64
	for _, p := range priority {
		sum += p
	}
	n := int64(len(priority))
	mean := sum / n
	if sum%n < 0 {
		mean--
	}
	proposer := 0
	for i := range priority {
		priority[i] += r.powers[i] - mean
		if priority[i] > priority[proposer] {
			proposer = i
		}
	}
	priority[proposer] -= r.total
	return proposer
}
