package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/impl/engine"
	"github.com/polka-bft/polka/impl/node"
)

// TestAgreementInAnyWeather: whatever partitions come and go, and whenever nodes
// start, nodes agree; once the network is whole, all decide; and each record
// replays.
func TestAgreementInAnyWeather(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		powers := rapid.SliceOfN(rapid.Int64Range(1, 5), 1, 6).Draw(rt, "powers")
		observers := rapid.IntRange(0, 1).Draw(rt, "observers")
		n := len(powers) + observers
		starts := rapid.SliceOfN(rapid.IntRange(0, 5000), n, n).Draw(rt, "start in ms")
		type weather struct {
			sides  []int // per node
			millis int
		}
		forecast := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) weather {
			return weather{
				rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "sides"),
				rapid.IntRange(0, 20_000).Draw(t, "for ms"),
			}
		}), 0, 6).Draw(rt, "weather")

		rapid.SyncTest(rt, func(t *rapid.T) {
			tapes := make([]tape, n)
			net := local(t, node.LocalConfig{Powers: powers, Observers: observers, Heights: 15, Recorder: func(i int, _ engine.Config) (engine.Recorder, error) {
				return &tapes[i], nil
			}})
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			defer cancel()
			ended := make(chan error)
			for i, ms := range starts {
				go func() {
					pass(time.Duration(ms) * time.Millisecond)
					ended <- net.Run(ctx, i)
				}()
			}
			for _, w := range forecast {
				var groups [3][]int
				for i, side := range w.sides {
					groups[side] = append(groups[side], i)
				}
				net.Network.Partition(groups[:]...)
				pass(time.Duration(w.millis) * time.Millisecond)
			}
			net.Network.Heal()
			for range n {
				require.ErrorIs(t, <-ended, node.ErrDone)
			}
			require.NoError(t, net.Agree())
			for i := range n {
				self := i
				if i >= len(powers) {
					self = -1
				}
				replay(t, powers, self, tapes[i])
			}
		})
	})
}
