package consensus_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
)

func TestRotation(t *testing.T) {
	tests := []struct {
		name   string
		powers []int64
		want   string // proposers of the first heights, in round 0
	}{
		{"equal powers take turns", []int64{1, 1, 1, 1}, "[0 1 2 3 0 1 2 3]"},
		{"alone", []int64{5}, "[0 0 0 0 0 0 0 0]"},
		{"one has three quarters", []int64{3, 1}, "[0 0 1 0 0 0 1 0]"},
		{"one has 60 of 100", []int64{60, 20, 20}, "[0 1 0 2 0 0 1 0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := consensus.NewRotation(10, tt.powers)
			var got []int
			for h := range int64(8) {
				got = append(got, r.Proposer(10+h, 0))
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("proposers: got %v, want %s", got, tt.want)
			}
		})
	}
}

// In as many turns as there is power everybody has as many as their power, a
// round is a turn like a height, and the order of questions does not matter.
func TestRotationIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		powers := rapid.SliceOfN(rapid.Int64Range(1, 9), 1, 6).Draw(t, "powers")
		r := consensus.NewRotation(1, powers)
		var total int64
		for _, p := range powers {
			total += p
		}
		turns := make([]int64, len(powers))
		for h := range total {
			turns[r.Proposer(1+h, 0)]++
		}
		if fmt.Sprint(turns) != fmt.Sprint(powers) {
			t.Fatalf("turns in %d heights: got %v, want %v", total, turns, powers)
		}
		h, round := rapid.Int64Range(1, 30).Draw(t, "height"), rapid.Int32Range(0, 10).Draw(t, "round")
		later := r.Proposer(h+int64(round), 0)
		if got := r.Proposer(h, round); got != later {
			t.Fatalf("Proposer(%d, %d): got %d, want %d as of height %d", h, round, got, later, h+int64(round))
		}
		if again := consensus.NewRotation(1, powers).Proposer(h, round); again != later {
			t.Fatalf("Proposer(%d, %d) asked first: got %d, want %d", h, round, again, later)
		}
	})
}
