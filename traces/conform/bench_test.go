package conform_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/conform"
)

// BenchmarkWAL judges the longest of the bundled logs, unpacking included.
func BenchmarkWAL(b *testing.B) {
	for _, c := range []struct {
		name  string
		trust bool
	}{{"signatures", false}, {"trust", true}} {
		b.Run(c.name, func(b *testing.B) {
			records := 0
			for b.Loop() {
				rep, err := conform.File(b.Context(), bundled("short-timeouts", "node0"), conform.Options{TrustSignatures: c.trust})
				require.NoError(b, err)
				records += rep.Counts.Records
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkTrace judges a trace of ours.
func BenchmarkTrace(b *testing.B) {
	records := 0
	for b.Loop() {
		rep, err := conform.File(b.Context(), traces("short-timeouts", "node1.ndjson.zst"), conform.Options{})
		require.NoError(b, err)
		records += rep.Counts.Records
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
