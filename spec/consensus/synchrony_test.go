package consensus_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
)

const (
	millisecond = int64(1e6)
	second      = int64(1e9)
)

// usual is CometBFT v1's DefaultSynchronyParams.
var usual = consensus.Synchrony{Precision: 505 * millisecond, MessageDelay: 15 * second}

// inRound is a way to adapt synchrony to a round.
type inRound func(consensus.Synchrony, consensus.Round) consensus.Synchrony

// law is what must hold of a round and the next one: precision stays, the message
// delay grows by a tenth or to its limit, and what was timely stays timely.
func (in inRound) law(s consensus.Synchrony, r consensus.Round, after int64) error {
	at, next := in(s, r), in(s, r+1)
	grown := float64(next.MessageDelay) / float64(at.MessageDelay)
	switch {
	case at.Precision != s.Precision:
		return fmt.Errorf("round %d: precision %d became %d", r, s.Precision, at.Precision)
	case at.MessageDelay < s.MessageDelay || at.MessageDelay > consensus.MaxMessageDelay:
		return fmt.Errorf("round %d: delay %d, in round 0 %d", r, at.MessageDelay, s.MessageDelay)
	case next.MessageDelay != consensus.MaxMessageDelay && (grown < 1.099 || grown > 1.101):
		return fmt.Errorf("round %d: delay %d, in the next round %d", r, at.MessageDelay, next.MessageDelay)
	case at.Timely(after) && !next.Timely(after):
		return fmt.Errorf("round %d: timely %d ns after its timestamp, and not in the next round", r, after)
	}
	return nil
}

func TestSynchronyGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := consensus.Synchrony{
			Precision:    rapid.Int64Range(1, 30*second).Draw(t, "precision"),
			MessageDelay: rapid.Int64Range(millisecond, consensus.MaxMessageDelay).Draw(t, "delay"),
		}
		r := rapid.Int32Range(0, math.MaxInt32-1).Draw(t, "round")
		after := rapid.Int64Range(-consensus.MaxMessageDelay, 2*consensus.MaxMessageDelay).Draw(t, "after")
		require.NoError(t, inRound(consensus.Synchrony.InRound).law(s, r, after))
		require.Equal(t, s, s.InRound(0))
		late := s.InRound(math.MaxInt32)
		require.Equal(t, after >= -s.Precision && after <= consensus.MaxMessageDelay+s.Precision, late.Timely(after),
			"in a late round all is timely that comes within a day, and nothing that comes too early")
	})
}

// Without the limit the law fails in the first round whose delay does not fit an
// int64: the delay of round 213 is the smallest number there is, on amd64
// (cometbft issue 4815). Nothing is timely then.
func TestSynchronyWithoutItsLimit(t *testing.T) {
	unlimited := inRound(func(s consensus.Synchrony, r consensus.Round) consensus.Synchrony {
		d := math.Pow(1.1, float64(r)) * float64(s.MessageDelay)
		s.MessageDelay = math.MinInt64
		if d < 1<<63 {
			s.MessageDelay = int64(d)
		}
		return s
	})
	long := inRound(func(s consensus.Synchrony, r consensus.Round) consensus.Synchrony {
		d := unlimited(s, r)
		d.MessageDelay = min(d.MessageDelay, consensus.MaxMessageDelay) // a limit that comes too late
		return d
	})
	for r := range consensus.Round(212) {
		require.NoError(t, long.law(usual, r, second), r)
	}
	require.ErrorContains(t, long.law(usual, 212, second), "in the next round -9223372036854775808")
	require.True(t, unlimited(usual, 212).Timely(second))
	require.False(t, unlimited(usual, 213).Timely(second))
	require.True(t, usual.InRound(213).Timely(second))
}

func TestSynchrony(t *testing.T) {
	require.Equal(t, 16500*millisecond, usual.InRound(1).MessageDelay)
	require.Equal(t, 38906136901*int64(1), usual.InRound(10).MessageDelay)
	require.Less(t, usual.InRound(90).MessageDelay, consensus.MaxMessageDelay)
	require.Equal(t, consensus.MaxMessageDelay, usual.InRound(91).MessageDelay)
	tests := []struct {
		after int64
		want  bool
	}{
		{-505*millisecond - 1, false},
		{-505 * millisecond, true},
		{15*second + 505*millisecond, true},
		{15*second + 505*millisecond + 1, false},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, usual.Timely(tt.after), "%d ns after the timestamp", tt.after)
	}
}
