package engine_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/engine"
	"github.com/polka-bft/polka/impl/node"
	"github.com/polka-bft/polka/impl/transport"
	"github.com/polka-bft/polka/impl/transport/wire"
	"github.com/polka-bft/polka/traces/event"
)

// equivocate sends, as validator 3 of the network with seed 0, votes of both
// types for both nil and a value of its own to one peer, in every height.
func equivocate(ctx context.Context, conn transport.Conn, heights int64) error {
	key := node.TestKey(0, 3)
	for h := int64(1); h <= heights; h++ {
		for _, kind := range []consensus.VoteType{consensus.Prevote, consensus.Precommit} {
			for _, value := range []consensus.ValueID{{byte(len(conn.Peer()))}, {}, {conn.Peer()[4]}, {7}} {
				v := wire.Vote{Vote: consensus.Vote{Type: kind, Height: h, Value: value, Validator: 3}}
				v.Signature = wire.Signature(ed25519.Sign(key, wire.AppendVoteSignBytes(nil, "engine-test", v.Vote)))
				if err := conn.Send(ctx, wire.AppendVote(nil, &v)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func TestAnEquivocatingValidator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tapes := make([]tape, 4)
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 10, Recorder: func(i int, _ engine.Config) (engine.Recorder, error) {
			return &tapes[i], nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		for _, conn := range net.Network.Conns(3) {
			go func() { _ = equivocate(ctx, conn, 20) }()
		}
		ended := make(chan error)
		go func() { ended <- net.Run(ctx, 0, 1, 2) }()
		for net.Engines[0].Height() <= 10 || net.Engines[1].Height() <= 10 || net.Engines[2].Height() <= 10 {
			pass(time.Second)
		}
		cancel()
		<-ended
		require.NoError(t, net.Agree())
		refused := 0
		for i := range 3 {
			require.Equal(t, 10, decided(net, i))
			replay(t, equal4, i, tapes[i])
			for _, e := range tapes[i] {
				if e.Reason == consensus.TooManyValues.String() {
					refused++
				}
			}
		}
		require.Positive(t, refused)
	})
}

// badChain proposes what it calls a value, or fails.
type badChain struct {
	*node.Chain
	value []byte
	err   error
}

func (c badChain) Propose(context.Context, int64, consensus.Round) ([]byte, error) {
	return c.value, c.err
}

func TestAnInvalidValueIsNotDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r tape
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 8, Change: func(i int, cfg *engine.Config) {
			if i == 2 {
				chain, _ := cfg.Application.(*node.Chain)
				cfg.Application = badChain{Chain: chain, value: []byte("rubbish")}
			}
			if i == 0 {
				cfg.Recorder = &r
			}
		}})
		require.ErrorIs(t, net.Run(t.Context()), node.ErrDone)
		require.NoError(t, net.Agree())
		_, rounds := net.Chains[0].Decisions()
		require.Equal(t, []consensus.Round{0, 0, 1, 0, 0, 0, 1, 0}, rounds, "node 2 proposes in heights 3 and 7")
		replay(t, equal4, 0, r)
		require.Contains(t, rules(r), "L22Else")
	})
}

func rules(events tape) map[string]int {
	count := map[string]int{}
	for _, e := range events {
		if e.Kind == event.Rule {
			count[e.Rule]++
		}
	}
	return count
}

func TestAnApplicationThatFailsStopsItsNode(t *testing.T) {
	broken := errors.New("out of values")
	for _, c := range []struct {
		name string
		app  badChain
		says string
	}{
		{"error", badChain{err: broken}, "the application has no value for height 1, round 0: out of values"},
		{"too large", badChain{value: make([]byte, 101)}, "has 101 bytes, more than 100"},
		{"decided against its own judgement", badChain{value: []byte("x")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := local(t, node.LocalConfig{Powers: []int64{1}, Change: func(_ int, cfg *engine.Config) {
					cfg.MaxValue = 100
					c.app.Chain, _ = cfg.Application.(*node.Chain)
					cfg.Application = c.app
				}})
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				err := net.Run(ctx)
				if c.says == "" {
					require.ErrorIs(t, err, context.DeadlineExceeded)
					require.Zero(t, decided(net, 0), "nobody finds the value valid, its proposer included")
					return
				}
				require.ErrorContains(t, err, c.says)
			})
		})
	}
}

// panicking is an application that breaks the machine's goroutine.
type panicking struct{ *node.Chain }

func (panicking) Decided(context.Context, int64, consensus.Round, consensus.ValueID, []byte) error {
	panic("broken")
}

func TestAPanicStopsTheNodeWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := local(t, node.LocalConfig{Powers: []int64{1}, Change: func(_ int, cfg *engine.Config) {
			chain, _ := cfg.Application.(*node.Chain)
			cfg.Application = panicking{chain}
		}})
		require.ErrorContains(t, net.Run(t.Context()), "the record shows how it came to this: broken")
	})
}
