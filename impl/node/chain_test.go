package node_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/node"
	"github.com/polka-bft/polka/impl/transport/wire"
)

func TestChainTakesOnlyWhatContinuesIt(t *testing.T) {
	var told []int64
	c := node.NewChain(5, 0, func(h int64) { told = append(told, h) })
	ctx := t.Context()
	first, err := c.Propose(ctx, 5, 0)
	require.NoError(t, err)
	require.True(t, c.Valid(5, first))
	require.False(t, c.Valid(6, first), "another height")
	require.False(t, c.Valid(5, first[1:]), "another size")
	require.False(t, c.Valid(4, first), "before the chain")
	_, err = c.Propose(ctx, 6, 0)
	require.ErrorContains(t, err, "height 5 is not decided")

	require.NoError(t, c.Decided(ctx, 5, 0, wire.ValueID(first), first))
	second, err := c.Propose(ctx, 6, 3)
	require.NoError(t, err)
	require.True(t, c.Valid(6, second))
	orphan := append([]byte{}, second...)
	orphan[len(orphan)-1] ^= 1
	require.False(t, c.Valid(6, orphan), "another parent")
	require.ErrorContains(t, c.Decided(ctx, 6, 0, wire.ValueID(orphan), orphan), "does not continue the chain at height 6")
	require.NoError(t, c.Decided(ctx, 6, 3, wire.ValueID(second), second))

	ids, rounds := c.Decisions()
	require.Equal(t, []consensus.ValueID{wire.ValueID(first), wire.ValueID(second)}, ids)
	require.Equal(t, []consensus.Round{0, 3}, rounds)
	require.Equal(t, []int64{5, 6}, told)
	require.True(t, c.Valid(5, first), "a height that is decided can still be asked about")
}

func TestChainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := node.NewChain(1, 1, nil)
		value, err := c.Propose(t.Context(), 1, 0)
		require.NoError(t, err)
		require.NoError(t, c.Decided(t.Context(), 1, 0, wire.ValueID(value), value))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { _, err := c.Propose(ctx, 2, 0); ended <- err }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestTestKeysDependOnSeedAndNode(t *testing.T) {
	require.Equal(t, node.TestKey(1, 2), node.TestKey(1, 2))
	require.NotEqual(t, node.TestKey(1, 2), node.TestKey(1, 3))
	require.NotEqual(t, node.TestKey(1, 2), node.TestKey(2, 2))
}
