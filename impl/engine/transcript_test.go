package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newTestPeer joins a peer and returns where to read why it was disconnected.
func newTestPeer(ctx context.Context, tr *transcript) (*peer, context.Context) {
	ctx, stop := context.WithCancelCause(ctx)
	p := &peer{stop: stop}
	tr.join(p, t0)
	return p, ctx
}

// drain sends everything that the peer needs now and returns it.
func drain(tr *transcript, p *peer, now time.Time) (frames []string) {
	for {
		frame, what, _, _ := tr.next(p, now)
		if what == nothing {
			return frames
		}
		if what != status {
			frames = append(frames, string(frame))
		}
		tr.sent(p, what)
	}
}

func TestAPeerIsSentWhatItNeedsWhereItStands(t *testing.T) {
	tr := newTranscript(1000, time.Second, wire.Status{Height: 1})
	p, _ := newTestPeer(t.Context(), tr)
	tr.say(1, 0, []byte("a"))
	tr.say(1, consensus.Lookahead+1, []byte("far"))
	tr.say(2, 0, []byte("b"))
	tr.say(3, 0, []byte("c"))
	require.Equal(t, []string{"a"}, drain(tr, p, t0))
	tr.heard(p, wire.Status{Height: 1, Round: 1}, t0)
	require.Equal(t, []string{"far"}, drain(tr, p, t0))
	tr.heard(p, wire.Status{Height: 3}, t0)
	require.Equal(t, []string{"c"}, drain(tr, p, t0), "what the peer does not need any more is left out")
	tr.heard(p, wire.Status{Height: 2}, t0)
	require.Equal(t, int64(3), p.at.Height, "a peer does not go back")
}

func TestAPeerIsToldWhereWeStand(t *testing.T) {
	tr := newTranscript(1000, time.Second, wire.Status{Height: 1})
	p, _ := newTestPeer(t.Context(), tr)
	tr.move(wire.Status{Height: 1, Round: 1})
	tr.move(wire.Status{Height: 2})
	frame, what, _, _ := tr.next(p, t0)
	require.Equal(t, status, what)
	require.Equal(t, wire.AppendStatus(nil, wire.Status{Height: 2}), frame, "only the newest matters")
	_, what, _, _ = tr.next(p, t0)
	require.Equal(t, nothing, what)
}

func TestACommitIsSentToAPeerThatStays(t *testing.T) {
	tr := newTranscript(1000, time.Second, wire.Status{Height: 1})
	p, _ := newTestPeer(t.Context(), tr)
	tr.decided(1, [][]byte{[]byte("vote"), []byte("proposal")}, t0.Add(time.Minute))
	tr.move(wire.Status{Height: 2})
	tr.say(1, 0, []byte("own"))
	require.Equal(t, []string{"own"}, drain(tr, p, t0.Add(time.Minute)))
	_, _, wait, _ := tr.next(p, t0.Add(time.Minute))
	require.Equal(t, time.Second, wait)
	later := t0.Add(time.Minute + time.Second)
	require.Equal(t, []string{"vote", "proposal"}, drain(tr, p, later))
	require.Empty(t, drain(tr, p, later), "once")

	tr.decided(2, [][]byte{[]byte("2")}, later)
	tr.move(wire.Status{Height: 3})
	later = later.Add(time.Minute)
	tr.heard(p, wire.Status{Height: 2}, later)
	require.Empty(t, drain(tr, p, later), "the peer has only just come to this height")
	require.Equal(t, []string{"2"}, drain(tr, p, later.Add(time.Second)))
	tr.heard(p, wire.Status{Height: 3}, later)
	require.Empty(t, tr.commits)
	require.Empty(t, tr.said)
	require.Zero(t, tr.size)
}

func TestMemoryForPeersIsBounded(t *testing.T) {
	tr := newTranscript(100, time.Second, wire.Status{Height: 1})
	quick, quickCtx := newTestPeer(t.Context(), tr)
	slow, slowCtx := newTestPeer(t.Context(), tr)
	for h := int64(1); h <= 30; h++ {
		tr.say(h, 0, make([]byte, 10))
		drain(tr, quick, t0)
		tr.heard(quick, wire.Status{Height: h + 1}, t0)
		tr.move(wire.Status{Height: h + 1})
		require.LessOrEqual(t, tr.size, 100)
	}
	require.ErrorIs(t, context.Cause(slowCtx), ErrBehind)
	require.NoError(t, quickCtx.Err())
	require.Zero(t, tr.size)
	tr.leave(slow)
	tr.leave(quick)
	require.Empty(t, tr.peers)
}

func TestTimersFireInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timers := newTimers()
		ctx, cancel := context.WithCancel(t.Context())
		var fired []consensus.Round
		ended := make(chan error)
		go func() {
			ended <- timers.run(ctx, func(o consensus.Timeout) error {
				fired = append(fired, o.Round)
				return nil
			})
		}()
		at := func(round consensus.Round, d time.Duration) {
			timers.schedule(consensus.Timeout{Round: round}, now().Add(d))
		}
		at(3, 3*time.Second)
		synctest.Wait()
		at(1, time.Second)
		at(2, time.Second)
		at(4, time.Hour)
		<-time.NewTimer(time.Minute).C
		synctest.Wait()
		require.Equal(t, []consensus.Round{1, 2, 3}, fired)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestPositionLetsMessagesInWhenTheMachineTakesThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPosition(1)
		let := make(chan bool, 1)
		go func() {
			ok, err := p.await(t.Context(), 2, consensus.Lookahead+1)
			require.NoError(t, err)
			let <- ok
		}()
		for _, step := range []struct {
			height int64
			round  consensus.Round
		}{{1, 50}, {2, 0}} {
			require.True(t, p.set(step.height, step.round))
			synctest.Wait()
			require.Empty(t, let)
		}
		p.set(2, 1)
		require.True(t, <-let)
		require.False(t, p.set(2, 1))
		ok, err := p.await(t.Context(), 1, 0)
		require.NoError(t, err)
		require.False(t, ok, "the height is decided")
	})
}
