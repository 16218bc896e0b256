package quotient_test

import (
	"testing"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec/consensus"
)

// Three rounds of four nodes: exploring one process, and the search.
func BenchmarkCheck(b *testing.B) {
	c := quotient.Config{Dialect: consensus.CometBFTv1Rules.Name, Validators: 4, Byzantine: 1, Proposers: []int{0, 1, quotient.Byzantine}}
	var r quotient.Result
	for b.Loop() {
		var err error
		if r, err = quotient.Check(b.Context(), c, modelcheck.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.States), "states")
	b.ReportMetric(float64(r.Transitions)/r.Duration.Seconds(), "transitions/s")
	b.ReportMetric(r.Prepared.Seconds(), "prepare-s")
}
