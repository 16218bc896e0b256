package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/node"
)

// BenchmarkBlocks decides heights in one process, with real signatures and
// transports in memory, and reports how many per second all nodes decide.
func BenchmarkBlocks(b *testing.B) {
	const heights = 50
	for _, n := range []int{1, 4, 10} {
		b.Run(fmt.Sprintf("validators=%d", n), func(b *testing.B) {
			blocks := 0
			for b.Loop() {
				powers := make([]int64, n)
				for i := range powers {
					powers[i] = 1
				}
				net := local(b, node.LocalConfig{Powers: powers, Heights: heights})
				require.ErrorIs(b, net.Run(b.Context()), node.ErrDone)
				blocks += heights
			}
			b.ReportMetric(float64(blocks)/b.Elapsed().Seconds(), "blocks/s")
		})
	}
}
