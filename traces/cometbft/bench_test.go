package cometbft_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
)

// BenchmarkLog reads the longest recorded log, 3.7 MB and 14,172 records, as a
// plain file and as the pack it comes in.
func BenchmarkLog(b *testing.B) {
	pack := recorded("short-timeouts", "node0")
	var file bytes.Buffer
	w := cometbft.NewWriter(&file)
	eachRecord(b, pack, func(l *cometbft.Log, _ *cometbft.Record) {
		require.NoError(b, w.WritePayload(l.Payload()))
	})
	for name, path := range map[string]string{"file": write(b, file.Bytes(), b.TempDir(), "wal"), "pack": pack} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(file.Len()))
			records := int64(0)
			for b.Loop() {
				records += eachRecord(b, path, func(*cometbft.Log, *cometbft.Record) {}).Records
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
