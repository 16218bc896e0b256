package transport_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/transport"
)

func TestFramesArriveInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := transport.NewMemory([]string{"a", "b"}, 2)
		a, b := net.Conn(0, 1), net.Conn(1, 0)
		require.Equal(t, "b", a.Peer())
		require.Equal(t, "a", b.Peer())
		go func() {
			for i := range byte(100) {
				if a.Send(t.Context(), []byte{i}) != nil {
					return
				}
			}
		}()
		for i := range byte(100) {
			frame, err := b.Receive(t.Context())
			require.NoError(t, err)
			require.Equal(t, []byte{i}, frame)
		}
	})
}

func TestSendBlocksWhenThePipeIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := transport.NewMemory([]string{"a", "b"}, 2)
		sent := 0
		go func() {
			for net.Conn(0, 1).Send(t.Context(), nil) == nil {
				sent++
			}
		}()
		synctest.Wait()
		require.Equal(t, 2, sent)
		_, err := net.Conn(1, 0).Receive(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 3, sent)
		require.NoError(t, net.Conn(1, 0).Close())
		synctest.Wait()
	})
}

func TestTheFrameBelongsToTheReceiver(t *testing.T) {
	net := transport.NewMemory([]string{"a", "b"}, 2)
	frame := []byte("x")
	require.NoError(t, net.Conn(0, 1).Send(t.Context(), frame))
	frame[0] = 'y'
	got, err := net.Conn(1, 0).Receive(t.Context())
	require.NoError(t, err)
	require.Equal(t, "x", string(got))
}

func TestCloseAndCancelEndWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := transport.NewMemory([]string{"a", "b", "c"}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 2)
		go func() { _, err := net.Conn(0, 1).Receive(ctx); errs <- err }()
		synctest.Wait()
		require.NoError(t, net.Conn(1, 0).Close())
		require.NoError(t, net.Conn(1, 0).Close())
		require.ErrorIs(t, <-errs, transport.ErrClosed)
		require.ErrorIs(t, net.Conn(0, 1).Send(ctx, nil), transport.ErrClosed)
		go func() { _, err := net.Conn(0, 2).Receive(ctx); errs <- err }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-errs, context.Canceled)
	})
}

func TestPartitionHoldsAndHealLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := transport.NewMemory([]string{"a", "b", "c"}, 8)
		require.Len(t, net.Conns(0), 2)
		got := make(chan byte, 16)
		for _, conn := range net.Conns(0) {
			go func() {
				for {
					frame, err := conn.Receive(t.Context())
					if err != nil {
						return
					}
					got <- frame[0]
				}
			}()
		}
		net.Partition([]int{0, 1}, []int{2})
		for i := range byte(3) {
			require.NoError(t, net.Conn(1, 0).Send(t.Context(), []byte{i}))
			require.NoError(t, net.Conn(2, 0).Send(t.Context(), []byte{10 + i}))
		}
		synctest.Wait()
		require.Len(t, got, 3)
		net.Heal()
		synctest.Wait()
		require.Len(t, got, 6)
	})
}
