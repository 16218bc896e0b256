package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// TestBoundsMatter pins small instances with and without what history needs: calm
// processes, values by process, clocks that are behind, a timer that ran out and is
// not lost. Nothing is violated.
func TestBoundsMatter(t *testing.T) {
	two := delivery.Config{Dialect: node, Validators: 2, Proposers: []int{0, 1}, Timers: one}
	three := delivery.Config{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: one, LateTicks: true}
	slow := delivery.Config{Dialect: "cometbft-v1", Validators: 2, Proposers: []int{0, 1}, Values: 1, Timers: one}
	with := func(c delivery.Config, change func(*delivery.Config)) delivery.Config {
		change(&c)
		return c
	}
	tests := []struct {
		config delivery.Config
		size   size
	}{
		{config: two, size: size{190, 329, 17, 10}},
		{config: with(two, func(c *delivery.Config) { c.Calm = []int{1} }), size: size{27, 38, 7, 2}},
		{config: with(two, func(c *delivery.Config) { c.Offers = []consensus.Value{delivery.V0, delivery.V1} }), size: size{70, 119, 17, 3}},
		{config: with(three, func(c *delivery.Config) { c.Asks = []string{"no timeout is lost"} }), size: size{1_994, 7_242, 22, 4}},
		{config: slow, size: size{70, 119, 17, 3}},
		{config: with(slow, func(c *delivery.Config) { c.SlowClocks = true }), size: size{79, 135, 19, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			r, err := delivery.Check(t.Context(), tt.config, delivery.Options)
			require.NoError(t, err)
			require.True(t, r.Complete)
			require.Empty(t, r.Violations)
			require.Empty(t, r.Unreached)
			require.Equal(t, tt.size, sizeOf(r))
		})
	}
}

func TestUnusableBounds(t *testing.T) {
	good := delivery.Config{Dialect: node, Validators: 4, Proposers: []int{0}}
	tests := []struct {
		change func(*delivery.Config)
		want   string
	}{
		{func(c *delivery.Config) { c.Calm = []int{4} }, "calm are [4], and there are 4 correct validators"},
		{func(c *delivery.Config) { c.Offers = []consensus.Value{delivery.V0} }, "4 correct validators are offered [v0]"},
		{func(c *delivery.Config) { c.Mistake = 99 }, "an unknown mistake"},
		{func(c *delivery.Config) { c.Asks = []string{"agreement", "no timeout is lost"} }, "not claims on request"},
		{func(c *delivery.Config) { c.Dialect, c.SlowClocks = "paper", true }, "are of CometBFT, not of paper"},
		{func(c *delivery.Config) { c.SlowClocks = true }, "by cometbft-v1, not by cometbft-v0.38"},
		{func(c *delivery.Config) { c.Dialect, c.Mistake = "paper", delivery.StaleWait }, "are of CometBFT, not of paper"},
	}
	for _, tt := range tests {
		c := good
		tt.change(&c)
		_, err := delivery.Check(t.Context(), c, delivery.Options)
		require.ErrorIs(t, err, delivery.ErrConfig)
		require.ErrorContains(t, err, tt.want)
	}
}

// TestLockIsValidValue: a node of v0.38 that is locked, and handles its own messages
// at once, has the same block as validBlock, since a later polka for another one
// takes the lock away. So it makes no difference there whether a proposer asks for
// the lock first, as it did before tendermint issue 2642; by the rules of v1, which
// are those of the paper, it does.
// More than a third is Byzantine, so that one process can see two polkas of which
// the other needs none.
func TestLockIsValidValue(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes twenty seconds")
	}
	for dialect, want := range map[string]bool{node: true, "cometbft-v1": false} {
		c := delivery.Config{
			Dialect: dialect, Validators: 4, Byzantine: 2, Proposers: []int{0, byz}, AllValid: true, Timers: one, Calm: []int{1},
			Offers: []consensus.Value{delivery.V0, delivery.V0}, Backs: []consensus.Value{delivery.V0, delivery.V1},
		}
		locked, same, err := delivery.LockedStates(t.Context(), c)
		require.NoError(t, err)
		require.Positive(t, locked)
		require.Equal(t, want, locked == same, "%s: %d of %d", dialect, same, locked)
	}
}
