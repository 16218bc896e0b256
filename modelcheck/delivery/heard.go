package delivery

import (
	"math/bits"

	"github.com/polka-bft/polka/spec/consensus"
)

// received is what one process has received, as the rules ask about it: it
// implements [consensus.Messages].
type received struct {
	config *Config
	core   *core
}

func (h received) Total() int64 { return int64(h.config.Validators) }

func (h received) Power(t consensus.VoteType, r consensus.Round, v consensus.Value) int64 {
	if !h.inPlay(r) {
		return 0
	}
	n := int64(0)
	for _, mask := range h.core.heard[r].votes[t] {
		n += int64(mask >> number(v) & 1)
	}
	return n
}

func (h received) AnyPower(t consensus.VoteType, r consensus.Round) int64 {
	if !h.inPlay(r) {
		return 0
	}
	n := int64(0)
	for _, mask := range h.core.heard[r].votes[t] {
		if mask != 0 {
			n++
		}
	}
	return n
}

func (h received) MessagePower(r consensus.Round) int64 {
	if !h.inPlay(r) {
		return 0
	}
	x := &h.core.heard[r]
	var senders uint8
	for i := range maxValidators {
		if x.votes[0][i]|x.votes[1][i] != 0 {
			senders |= 1 << i
		}
	}
	if x.proposals != 0 {
		senders |= 1 << h.config.proposer(r)
	}
	return int64(bits.OnesCount8(senders))
}

func (h received) Proposed(r consensus.Round, v consensus.Value, polRound consensus.Round) bool {
	if !h.inPlay(r) {
		return false
	}
	of := h.core.heard[r].proposals >> (4 * number(v)) & 0xf
	if polRound == consensus.AnyPOLRound {
		return of != 0
	}
	return of>>(polRound+1)&1 == 1
}

func (h received) Valid(v consensus.Value) bool { return v != Invalid }

// Leader: of values with equal power it is the first.
func (h received) Leader(t consensus.VoteType, r consensus.Round) (best consensus.Value, most int64) {
	for _, v := range values {
		if n := h.Power(t, r, v); n > most {
			best, most = v, n
		}
	}
	return best, most
}

// quorum reports whether a quorum of the votes received are for v.
func (h received) quorum(t consensus.VoteType, r consensus.Round, v consensus.Value) bool {
	return consensus.TwoThirds(h.Power(t, r, v), h.Total())
}

func (h received) inPlay(r consensus.Round) bool { return r >= 0 && int(r) < h.config.rounds() }
