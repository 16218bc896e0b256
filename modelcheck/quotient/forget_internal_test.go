package quotient

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus"
)

// What local.forget clears, merging finds to make no difference. Nothing is taken
// for impossible here, since what a process keeps also says what it must have heard.
func TestForgettingLosesNothing(t *testing.T) {
	if !Large {
		t.Skip("too large for the race detector")
	}
	explored := func(dialect string, forgets bool) *process {
		c := Config{Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: []int{0, 1}}
		n, err := newInstance(&c)
		require.NoError(t, err)
		require.True(t, n.forgets)
		n.exclusive, n.forgets = false, forgets
		b, err := n.behave(t.Context(), c.roles())
		require.NoError(t, err)
		return newProcess(newAutomaton(b))
	}
	for _, dialect := range []string{consensus.CometBFTv038Rules.Name, consensus.CometBFTv1Rules.Name} {
		with, without := explored(dialect, true), explored(dialect, false)
		require.Less(t, len(with.locals), len(without.locals), dialect)
		require.True(t, alike(with, without), dialect)
		require.Len(t, without.moves, len(with.moves), dialect)
	}
	require.False(t, alike(explored(consensus.CometBFTv038Rules.Name, true), explored(consensus.CometBFTv1Rules.Name, true)))
}
