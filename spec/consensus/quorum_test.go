package consensus_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
)

// moreThan reports power·den > total·num, in numbers without bounds.
func moreThan(power, total, num, den int64) bool {
	left := new(big.Int).Mul(big.NewInt(power), big.NewInt(den))
	return left.Cmp(new(big.Int).Mul(big.NewInt(total), big.NewInt(num))) > 0
}

func TestQuorums(t *testing.T) {
	const huge = math.MaxInt64
	tests := []struct {
		name           string
		power, total   int64
		twoThirds, one bool
	}{
		{"nobody", 0, 0, false, false},
		{"one of one", 1, 1, true, true},
		{"none of one", 0, 1, false, false},
		{"two of three", 2, 3, false, true},
		{"one of three", 1, 3, false, false},
		{"three of four", 3, 4, true, true},
		{"two of four", 2, 4, false, true},
		{"one of four", 1, 4, false, false},
		{"66 of 100", 66, 100, false, true},
		{"67 of 100", 67, 100, true, true},
		{"33 of 100", 33, 100, false, false},
		{"34 of 100", 34, 100, false, true},
		{"all of the largest", huge, huge, true, true},
		{"just two thirds of the largest", huge/3*2 + 1, huge, true, true},
		{"not quite two thirds of the largest", huge / 3 * 2, huge, false, true},
		{"a third of the largest", huge / 3, huge, false, false},
		{"just a third of the largest", huge/3 + 1, huge, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := consensus.TwoThirds(tt.power, tt.total); got != tt.twoThirds {
				t.Errorf("TwoThirds(%d, %d): got %t, want %t", tt.power, tt.total, got, tt.twoThirds)
			}
			if got := consensus.OneThird(tt.power, tt.total); got != tt.one {
				t.Errorf("OneThird(%d, %d): got %t, want %t", tt.power, tt.total, got, tt.one)
			}
		})
	}
}

func checkQuorums(t interface{ Fatalf(string, ...any) }, power, total int64) {
	if got, want := consensus.TwoThirds(power, total), moreThan(power, total, 2, 3); got != want {
		t.Fatalf("TwoThirds(%d, %d): got %t, want %t", power, total, got, want)
	}
	if got, want := consensus.OneThird(power, total), moreThan(power, total, 1, 3); got != want {
		t.Fatalf("OneThird(%d, %d): got %t, want %t", power, total, got, want)
	}
}

// The quorum functions are exact for every total that fits, next to the
// thresholds above all.
func TestQuorumsAreExact(t *testing.T) {
	for total := range int64(200) {
		for power := range total + 1 {
			checkQuorums(t, power, total)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.OneOf(rapid.Int64Range(0, 1000), rapid.Int64Range(0, math.MaxInt64), rapid.Int64Range(math.MaxInt64-10, math.MaxInt64)).Draw(t, "total")
		third := total / 3
		checkQuorums(t, rapid.Int64Range(0, total).Draw(t, "power"), total)
		for _, near := range []int64{third, total - third} {
			for d := int64(-2); d <= 2; d++ {
				if p := near + d; p >= 0 && p <= total {
					checkQuorums(t, p, total)
				}
			}
		}
	})
}

// With n = 3f + 1 validators of power 1 the quorums are the paper's 2f + 1 and f + 1.
func TestQuorumsOfThePaper(t *testing.T) {
	for f := range int64(50) {
		n := 3*f + 1
		for k := range n + 1 {
			if got, want := consensus.TwoThirds(k, n), k >= 2*f+1; got != want {
				t.Errorf("f = %d, TwoThirds(%d, %d): got %t, want %t", f, k, n, got, want)
			}
			if got, want := consensus.OneThird(k, n), k >= f+1; got != want {
				t.Errorf("f = %d, OneThird(%d, %d): got %t, want %t", f, k, n, got, want)
			}
		}
	}
}
