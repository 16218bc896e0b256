package delivery

import (
	"math"

	"github.com/polka-bft/polka/spec/consensus"
)

// A Clock says which proposals are timely where proposer-based timestamps are on:
// all of them are received Delay nanoseconds after their timestamps.
type Clock struct {
	Synchrony consensus.Synchrony `json:"synchrony"`
	Delay     int64               `json:"delay"`
	First     consensus.Round     `json:"first"` // the round that round 0 of the instance stands for
}

// timely reports whether proposals of a round of the instance are timely.
func (c *Clock) timely(r consensus.Round, m Mistake) bool {
	round := c.First + r
	s := c.Synchrony.InRound(round)
	if m == EndlessDelay {
		s.MessageDelay = endless(c.Synchrony.MessageDelay, round)
	}
	return s.Timely(c.Delay)
}

// endless is the message delay of a round without its limit. One that does not fit
// an int64 becomes the smallest there is, as on amd64.
func endless(delay int64, r consensus.Round) int64 {
	grown := math.Pow(1.1, float64(r)) * float64(delay)
	if grown >= 1<<63 {
		return math.MinInt64
	}
	return int64(grown)
}
