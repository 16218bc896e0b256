package bft_test

import (
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
)

// BenchmarkCheck searches two rounds with one of four validators Byzantine.
func BenchmarkCheck(b *testing.B) {
	c := bft.Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}}
	states := 0
	for b.Loop() {
		r, err := bft.Check(b.Context(), c, modelcheck.Options{})
		if err != nil || !r.Complete {
			b.Fatal(r.Stopped, err)
		}
		states += r.States
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
}
