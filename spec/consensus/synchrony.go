package consensus

import "math"

// Synchrony is what proposer-based timestamps (PBTS) take for granted about
// clocks and messages: CometBFT's SynchronyParams (v1 types/params.go), in
// nanoseconds.
type Synchrony struct {
	Precision    int64 `json:"precision"`     // how far two clocks are apart at most
	MessageDelay int64 `json:"message_delay"` // how long a proposal takes at most, in round 0
}

// MaxMessageDelay is the longest message delay: 24 hours in nanoseconds.
const MaxMessageDelay int64 = 24 * 60 * 60 * 1e9

// InRound is the synchrony that is expected in a round: the message delay grows by
// a tenth from round to round, up to MaxMessageDelay, so that a delay that was
// chosen too short does not stop the chain (SynchronyParams.InRound). It computes
// in float64 as CometBFT does, since nodes must agree on the result.
func (s Synchrony) InRound(r Round) Synchrony {
	if r <= 0 {
		return s
	}
	s.MessageDelay = int64(math.Min(float64(MaxMessageDelay), math.Pow(1.1, float64(r))*float64(s.MessageDelay)))
	return s
}

// Timely reports whether a proposal is timely that is received so many nanoseconds
// after its timestamp, before it if negative (types/proposal.go IsTimely).
func (s Synchrony) Timely(after int64) bool {
	return -s.Precision <= after && after <= s.MessageDelay+s.Precision
}
