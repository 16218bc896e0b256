package gossip_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/gossip"
)

// The wedge of tendermint issue 3721, as it is printed. Of runs of the same length
// the search always finds the same.
func TestPrint(t *testing.T) {
	want, err := os.ReadFile("testdata/cometbft-gift.txt")
	require.NoError(t, err)
	e, ok := gossip.EntryNamed("cometbft-gift")
	require.True(t, ok)
	r, err := gossip.Check(t.Context(), e.Config, modelcheck.Options{KeepGoing: true})
	require.NoError(t, err)
	require.True(t, r.Violates("heights arrive"))
	for i := range r.Violations {
		if v := &r.Violations[i]; v.Property.Name == "heights arrive" {
			var b strings.Builder
			require.NoError(t, v.Print(&b))
			require.Equal(t, string(want), b.String())
		}
	}
}

// What cannot be searched is refused, with a reason.
func TestValidate(t *testing.T) {
	e, ok := gossip.EntryNamed("polka-two-behind")
	require.True(t, ok)
	require.NoError(t, e.Config.Validate())
	require.Equal(t, "polka A 3/0 newHeight static, B 1/0 propose, counted", e.Config.Name())
	for _, tt := range []struct {
		spoil func(c *gossip.Config)
		want  string
	}{
		{func(c *gossip.Config) { c.Dialect = "tendermint" }, `there is no dialect "tendermint"`},
		{func(c *gossip.Config) { c.Chain.Validators = 9 }, "9 validators, of 1 to 8"},
		{func(c *gossip.Config) { c.Chain.Heights = nil }, "0 heights, of 1 to 5"},
		{func(c *gossip.Config) { c.Nodes[0].Height = 4 }, "node A is at height 4, of 2"},
		{func(c *gossip.Config) { c.Nodes[1].Round = 1 }, "node B is in round 1, of 1"},
		{func(c *gossip.Config) { c.Self[1] = 1 }, "node B is validator 1, of 1"},
		{func(c *gossip.Config) {
			c.Chain.Heights = []gossip.Height{{Parts: 1, Rounds: []gossip.Round{{Prevotes: "B", Precommits: "A"}}}}
		}, `height 1 round 0: votes "B" are not 1 of A, N and dot`},
		{func(c *gossip.Config) {
			c.Chain.Heights = []gossip.Height{{Parts: 1, Rounds: []gossip.Round{{Prevotes: "A", Precommits: "A"}}}}
		}, "height 1 round 0: POLRound 0 is not an earlier round"},
	} {
		c := e.Config
		tt.spoil(&c)
		err := c.Validate()
		require.ErrorIs(t, err, gossip.ErrConfig)
		require.ErrorContains(t, err, tt.want)
	}
}
