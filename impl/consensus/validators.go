package consensus

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
)

// MaxTotalPower is the most voting power that a validator set may have: an
// eighth of what an int64 holds, as in CometBFT, so that no sum of powers or of
// proposer priorities overflows.
const MaxTotalPower int64 = math.MaxInt64 / 8

// Validators is a validator set with the powers it had at its first height. It
// is immutable and safe for concurrent use; a validator is named by its index.
type Validators struct {
	powers  []int64
	total   int64
	initial int64
	newest  atomic.Pointer[rotation] // a cache: see Proposer
}

// NewValidators makes a set from the power of each validator, and the first
// height of the chain, at which the rotation of proposers begins (1 on most
// chains).
//
// The order of the validators breaks ties between equal proposer priorities: the
// lower index wins. CometBFT lets the lower address win; to follow it, give the
// validators in ascending order of their addresses.
//
// It fails when there is no validator, when a power is not positive, when the
// powers add up to more than [MaxTotalPower], or when the height is not positive.
func NewValidators(initialHeight int64, powers []int64) (*Validators, error) {
	if len(powers) == 0 {
		return nil, errors.New("consensus: a validator set needs a validator")
	}
	if initialHeight < 1 {
		return nil, fmt.Errorf("consensus: initial height %d is not positive", initialHeight)
	}
	v := &Validators{powers: slices.Clone(powers), initial: initialHeight}
	for i, p := range powers {
		if p <= 0 {
			return nil, fmt.Errorf("consensus: validator %d has power %d, which is not positive", i, p)
		}
		if p > MaxTotalPower-v.total {
			return nil, fmt.Errorf("consensus: the powers of validators 0 to %d are more than %d", i, MaxTotalPower)
		}
		v.total += p
	}
	return v, nil
}

// Len is the number of validators.
func (v *Validators) Len() int { return len(v.powers) }

// Power is the power of one validator; the index must be below Len.
func (v *Validators) Power(validator int) int64 { return v.powers[validator] }

// Total is the power of all validators.
func (v *Validators) Total() int64 { return v.total }

// Initial is the height at which the rotation of proposers begins.
func (v *Validators) Initial() int64 { return v.initial }

// Quorum reports whether the power is more than two thirds of the total: the
// paper's 2f + 1 of 3f + 1.
func (v *Validators) Quorum(power int64) bool { return Quorum(power, v.total) }

// SomeCorrect reports whether the power is more than one third of the total: the
// paper's f + 1, of which at least one is correct.
func (v *Validators) SomeCorrect(power int64) bool { return SomeCorrect(power, v.total) }

// Quorum reports whether power is more than two thirds of total. Both must be
// between 0 and [MaxTotalPower], power ≤ total.
func Quorum(power, total int64) bool { return power > 2*total/3 }

// SomeCorrect reports whether power is more than one third of total.
func SomeCorrect(power, total int64) bool { return power > total/3 }

// Proposer is the index of the validator that proposes in a round. It panics
// when the height is below Initial or the round below 0.
//
// It is CometBFT's rotation. Every validator has a priority, 0 before the first
// height. One turn of the rotation
//
//  1. divides the priorities by ⌈spread / 2·Total⌉ when their spread (the highest
//     minus the lowest) is more than 2·Total, rounding towards zero;
//  2. subtracts their average, rounded down, from each;
//  3. adds to each the validator's power;
//  4. takes the highest, on a tie that of the lowest index, as the proposer's,
//     and subtracts Total from it.
//
// Round 0 of height h is reached by h − Initial + 1 turns, whatever rounds
// earlier heights took; round r by r turns more. So a node of CometBFT turns that
// goes through the rounds one by one. One that skips rounds performs the first
// two parts once for all the rounds it skips, which makes a difference only
// where part 1 divides at all: with powers of very different size.
//
// The cost is a turn (linear in Len) per height since the newest height asked
// for so far, or since Initial when the height is earlier than that, and a turn
// per round: do not ask for rounds that a stranger chooses, beyond [Lookahead].
func (v *Validators) Proposer(height int64, round Round) int {
	if height < v.initial || round < 0 {
		panic(fmt.Sprintf("consensus: there is no proposer of height %d, round %d", height, round))
	}
	newest := v.newest.Load()
	at := newest
	if at == nil || at.height > height {
		at = &rotation{height: v.initial, priorities: make([]int64, len(v.powers))}
		at.turn(v)
	}
	if at.height < height {
		at = at.clone()
		for at.height < height {
			at.turn(v)
			at.height++
		}
	}
	if newest == nil || at.height > newest.height {
		// Whoever loses a race only leaves the cache older than it could be.
		v.newest.CompareAndSwap(newest, at)
	}
	if round == 0 {
		return at.proposer
	}
	at = at.clone()
	for range round {
		at.turn(v)
	}
	return at.proposer
}

// rotation is the priorities in round 0 of a height, and its proposer. One that
// is in the cache is never written again.
type rotation struct {
	height     int64
	priorities []int64
	proposer   int
}

func (r *rotation) clone() *rotation {
	return &rotation{r.height, slices.Clone(r.priorities), r.proposer}
}

// turn moves the rotation on by one proposer.
func (r *rotation) turn(v *Validators) {
	p := r.priorities
	// The spread stays within a small multiple of Total, which is at most an
	// eighth of an int64.
	if spread, window := slices.Max(p)-slices.Min(p), 2*v.total; spread > window {
		ratio := (spread + window - 1) / window
		for i := range p {
			p[i] /= ratio
		}
	}
	average := floorMean(p)
	best := 0
	for i := range p {
		p[i] += v.powers[i] - average
		if p[i] > p[best] {
			best = i
		}
	}
	p[best] -= v.total
	r.proposer = best
}

// floorMean is the mean of the numbers, rounded down, without their sum, which
// could overflow.
func floorMean(xs []int64) int64 {
	n := int64(len(xs))
	var quotients, remainders int64
	for _, x := range xs {
		q, r := x/n, x%n
		if r < 0 {
			q, r = q-1, r+n
		}
		quotients += q
		remainders += r
	}
	return quotients + remainders/n
}
