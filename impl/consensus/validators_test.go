package consensus

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	speccons "github.com/polka-bft/polka/spec/consensus"
)

func TestNewValidators(t *testing.T) {
	tests := []struct {
		name    string
		initial int64
		powers  []int64
		wrong   string
	}{
		{"none", 1, nil, "needs a validator"},
		{"height", 0, []int64{1}, "initial height 0"},
		{"zero power", 1, []int64{1, 0}, "validator 1 has power 0"},
		{"negative power", 1, []int64{-1}, "validator 0 has power -1"},
		{"too much", 1, []int64{MaxTotalPower, 1}, "validators 0 to 1 are more than"},
		{"overflow", 1, []int64{math.MaxInt64, math.MaxInt64, 2}, "validators 0 to 0 are more than"},
		{"the most", 1, []int64{MaxTotalPower - 1, 1}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := NewValidators(tt.initial, tt.powers)
			if tt.wrong != "" {
				require.ErrorContains(t, err, tt.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, len(tt.powers), v.Len())
			require.Equal(t, MaxTotalPower, v.Total())
		})
	}
}

// TestQuorum compares the two thresholds with exact arithmetic and with the
// specification's, up to the largest total.
func TestQuorum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.OneOf(rapid.Int64Range(1, 20), rapid.Int64Range(MaxTotalPower-20, MaxTotalPower)).Draw(t, "total")
		third := rapid.Int64Range(0, 2).Draw(t, "third") * (total / 3)
		power := min(max(third+rapid.Int64Range(-3, 3).Draw(t, "off"), 0), total)
		triple := new(big.Int).Mul(big.NewInt(power), big.NewInt(3))
		require.Equal(t, triple.Cmp(new(big.Int).Mul(big.NewInt(total), big.NewInt(2))) > 0, Quorum(power, total))
		require.Equal(t, triple.Cmp(big.NewInt(total)) > 0, SomeCorrect(power, total))
		require.Equal(t, speccons.TwoThirds(power, total), Quorum(power, total))
		require.Equal(t, speccons.OneThird(power, total), SomeCorrect(power, total))
	})
}

// TestProposerRotation: each validator proposes in proportion to its power,
// spread out, the strongest first.
func TestProposerRotation(t *testing.T) {
	v, err := NewValidators(1, []int64{1, 2, 4})
	require.NoError(t, err)
	var got []string
	for h := int64(1); h <= 14; h++ {
		got = append(got, string(rune('0'+v.Proposer(h, 0))))
	}
	// Priorities by hand: (1 2 4) → 2; (2 4 1) → 1; (3 -1 5) → 2; (4 1 2) → 0;
	// (-2 3 6) → 2; (-1 5 3) → 1; (0 0 7) → 2, and all are 0 again.
	require.Equal(t, "21202122120212", strings.Join(got, ""))
	equal, err := NewValidators(1, []int64{9, 9, 9})
	require.NoError(t, err)
	for h := range int64(9) {
		require.Equal(t, int(h%3), equal.Proposer(h+1, 0))
	}
}

// TestProposerRounds: a round is a turn, and the next height begins one turn
// after the last height did, whatever rounds that took.
func TestProposerRounds(t *testing.T) {
	v, err := NewValidators(7, []int64{1, 2, 4})
	require.NoError(t, err)
	for h := int64(7); h < 30; h++ {
		for r := range Round(20) {
			require.Equal(t, v.Proposer(h+int64(r), 0), v.Proposer(h, r), "height %d round %d", h, r)
		}
	}
	require.Panics(t, func() { v.Proposer(6, 0) })
	require.Panics(t, func() { v.Proposer(7, -1) })
}

// plainRotation follows the description of Proposer with big numbers.
func plainRotation(powers []int64, turns int) int {
	n := int64(len(powers))
	total := new(big.Int)
	prios := make([]*big.Int, n)
	for i, p := range powers {
		total.Add(total, big.NewInt(p))
		prios[i] = new(big.Int)
	}
	window := new(big.Int).Lsh(total, 1)
	best := 0
	for range turns {
		low, high, sum := prios[0], prios[0], new(big.Int)
		for _, p := range prios {
			if p.Cmp(low) < 0 {
				low = p
			}
			if p.Cmp(high) > 0 {
				high = p
			}
		}
		spread := new(big.Int).Sub(high, low)
		ratio := new(big.Int).Add(spread, window)
		ratio.Sub(ratio, big.NewInt(1)).Quo(ratio, window)
		for i, p := range prios {
			if spread.Cmp(window) > 0 {
				prios[i] = new(big.Int).Quo(p, ratio)
			}
			sum.Add(sum, prios[i])
		}
		average := new(big.Int).Div(sum, big.NewInt(n))
		best = 0
		for i := range prios {
			prios[i] = new(big.Int).Sub(prios[i], average)
			prios[i].Add(prios[i], big.NewInt(powers[i]))
			if prios[i].Cmp(prios[best]) > 0 {
				best = i
			}
		}
		prios[best].Sub(prios[best], total)
	}
	return best
}

// TestProposerLargePowers: the rotation is exact for powers of very different
// size, where priorities are rescaled, and for the largest total. The heights are
// asked in any order.
func TestProposerLargePowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		powers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int64 {
			return 1 << rapid.IntRange(0, 54).Draw(t, "log")
		}), 1, 40).Draw(t, "powers")
		v, err := NewValidators(1, powers)
		require.NoError(t, err)
		for range 3 {
			h, r := rapid.Int64Range(1, 150).Draw(t, "height"), rapid.Int32Range(0, 9).Draw(t, "round")
			want := plainRotation(powers, int(h)+int(r))
			require.Equal(t, want, v.Proposer(h, r))
			require.Equal(t, want, speccons.NewRotation(1, powers).Proposer(h, r), "of the specification")
		}
	})
}

// TestProposerRescales: with these powers the priorities spread over more than
// twice the total after 80 turns, and are divided.
func TestProposerRescales(t *testing.T) {
	var powers []int64
	for _, log := range []int{7, 8, 12, 16, 19, 7, 8, 11, 5, 2, 1, 16, 7, 19, 19, 16, 16, 16, 12, 7} {
		powers = append(powers, 1<<log)
	}
	v, err := NewValidators(1, powers)
	require.NoError(t, err)
	at, divided := &rotation{priorities: make([]int64, len(powers))}, 0
	for turns := 1; turns <= 300; turns++ {
		at.turn(v)
		if slices.Max(at.priorities)-slices.Min(at.priorities) > 2*v.Total() {
			divided++
		}
		require.Equal(t, plainRotation(powers, turns), at.proposer, "after %d turns", turns)
	}
	require.Positive(t, divided)
}

// TestProposerConcurrently: the cache changes no answer. The race detector looks
// on.
func TestProposerConcurrently(t *testing.T) {
	v, err := NewValidators(1, []int64{5, 3, 1})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				h := int64(1 + (i*7+g*13)%90)
				if got, want := v.Proposer(h, 2), plainRotation([]int64{5, 3, 1}, int(h)+2); got != want {
					t.Errorf("proposer of height %d is %d, want %d", h, got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestFloorMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(-9, 9), rapid.Int64()), 1, 9).Draw(t, "xs")
		sum := new(big.Int)
		for _, x := range xs {
			sum.Add(sum, big.NewInt(x))
		}
		// Div rounds down for a positive divisor.
		require.Equal(t, sum.Div(sum, big.NewInt(int64(len(xs)))).Int64(), floorMean(xs))
	})
}
