package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/engine"
	"github.com/polka-bft/polka/impl/node"
	"github.com/polka-bft/polka/impl/transport/wire"
	"github.com/polka-bft/polka/traces/event"
)

var equal4 = []int64{10, 10, 10, 10}

func local(t require.TestingT, cfg node.LocalConfig) *node.Local {
	cfg.ChainID = "engine-test"
	net, err := node.NewLocal(cfg)
	require.NoError(t, err)
	return net
}

// tape records in memory.
type tape []event.Event

func (r *tape) Append(e *event.Event) error {
	*r = append(*r, *e)
	return nil
}

// pass lets fake time pass, and the timeouts that expire in it with it.
func pass(d time.Duration) { <-time.NewTimer(d).C }

func decided(net *node.Local, i int) int {
	ids, _ := net.Chains[i].Decisions()
	return len(ids)
}

func TestFourNodesDecideAndAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tapes := make([]tape, 4)
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 20, Recorder: func(i int, _ engine.Config) (engine.Recorder, error) {
			return &tapes[i], nil
		}})
		require.ErrorIs(t, net.Run(t.Context()), node.ErrDone)
		require.NoError(t, net.Agree())
		for i := range 4 {
			require.GreaterOrEqual(t, decided(net, i), 20)
			checkTape(t, tapes[i], 20)
			replay(t, equal4, i, tapes[i])
			require.Zero(t, tapes[i][len(tapes[i])-1].Mono, "no timeout was needed")
		}
	})
}

// checkTape checks what holds of every record, whatever the run.
func checkTape(t *testing.T, events tape, heights int64) {
	t.Helper()
	require.Equal(t, event.Start, events[0].Kind)
	next := int64(1)
	var last event.Event
	for i, e := range events {
		if e.IsInput() {
			require.Equal(t, i == 0, e.Kind == event.Start)
			last = e
		}
		require.Equal(t, [2]any{last.Height, last.Step}, [2]any{e.Height, e.Step}, "an event stands where its input stood")
		require.GreaterOrEqual(t, e.Mono, last.Mono)
		switch e.Kind {
		case event.Decide:
			require.Equal(t, next, e.Decision.Height)
			require.GreaterOrEqual(t, len(e.Decision.Precommits), 3)
			next++
		case event.Refuse:
			require.Equal(t, events[i-1].Seq, e.Seq)
			require.True(t, events[i-1].IsInput())
		}
	}
	require.Greater(t, next, heights)
}

func TestOneNodeSilentFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 20})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- net.Run(ctx, 0, 1, 2) }()
		for net.Engines[0].Height() <= 20 {
			pass(time.Second)
		}
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		require.NoError(t, net.Agree())
		_, rounds := net.Chains[0].Decisions()
		later := 0
		for _, r := range rounds[:20] {
			require.LessOrEqual(t, r, consensus.Round(1))
			later += int(r)
		}
		require.Equal(t, 5, later, "node 3 is the proposer of round 0 in every fourth height, and of no other")
		require.Zero(t, decided(net, 3))
	})
}

func TestADelayedNodeCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 20})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		three, one := make(chan error), make(chan error)
		go func() { three <- net.Run(ctx, 0, 1, 2) }()
		for net.Engines[0].Height() <= 20 {
			pass(time.Second)
		}
		go func() { one <- net.Engines[3].Run(ctx) }()
		require.ErrorIs(t, <-three, node.ErrDone)
		cancel()
		require.ErrorIs(t, <-one, context.Canceled)
		require.NoError(t, net.Agree())
		require.GreaterOrEqual(t, decided(net, 3), 20)
	})
}

func TestPartitionDecidesNothingAndHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 20})
		ended := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		net.Network.Partition([]int{0, 1}, []int{2, 3})
		go func() { ended <- net.Run(ctx) }()
		pass(10 * time.Minute)
		synctest.Wait()
		for i := range 4 {
			require.Zero(t, decided(net, i))
		}
		net.Network.Heal()
		require.ErrorIs(t, <-ended, node.ErrDone)
		cancel()
		require.NoError(t, net.Agree())
	})
}

// TestACommitReachesAPeerThatMissedIt: node 0 is connected with node 1 only; the
// precommits of nodes 2 and 3 reach it in node 1's commits.
func TestACommitReachesAPeerThatMissedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r tape
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 10, Change: func(i int, cfg *engine.Config) {
			if i == 0 {
				cfg.Recorder = &r
			}
		}})
		require.NoError(t, net.Network.Conn(0, 3).Close())
		require.NoError(t, net.Network.Conn(0, 2).Close())
		require.ErrorIs(t, net.Run(t.Context()), node.ErrDone)
		require.NoError(t, net.Agree())
		require.Less(t, r[len(r)-1].Mono, time.Minute)
		replay(t, equal4, 0, r)
	})
}

func TestWeightedPowersAndObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tapes := make([]tape, 5)
		net := local(t, node.LocalConfig{Powers: []int64{1, 2, 3, 14}, Observers: 1, Heights: 20, Recorder: func(i int, _ engine.Config) (engine.Recorder, error) {
			return &tapes[i], nil
		}})
		require.ErrorIs(t, net.Run(t.Context()), node.ErrDone)
		require.NoError(t, net.Agree())
		require.GreaterOrEqual(t, decided(net, 4), 20)
		replay(t, []int64{1, 2, 3, 14}, -1, tapes[4])
		for _, e := range tapes[4] {
			require.False(t, e.Kind == event.Output && e.Timeout == nil, "an observer says nothing")
		}
	})
}

// TestRubbish: a peer that sends rubbish is disconnected, and the others decide.
func TestRubbish(t *testing.T) {
	vote := wire.Vote{Vote: consensus.Vote{Height: 1, Validator: 3}}
	proposal := wire.Proposal{Proposal: consensus.Proposal{Height: 1, POLRound: -1}, Signer: 3}
	for _, c := range []struct {
		name  string
		frame []byte
		says  string
	}{
		{"garbage", []byte("garbage"), "malformed frame"},
		{"bad signature of a vote", wire.AppendVote(nil, &vote), "the signature of a prevote of validator 3"},
		{"proposal of the wrong validator", wire.AppendProposal(nil, &proposal), "whose proposer is validator 0"},
		{"unknown validator", wire.AppendVote(nil, &wire.Vote{Vote: consensus.Vote{Height: 1, Validator: 9}}), "a vote of validator 9, and there are 4"},
		{"value too large", wire.AppendProposal(nil, &wire.Proposal{Proposal: consensus.Proposal{Height: 1, POLRound: -1}, Payload: make([]byte, 2000)}), "a value of 2000 bytes, more than 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				net := local(t, node.LocalConfig{Powers: equal4, Heights: 5, Change: func(i int, cfg *engine.Config) {
					cfg.MaxValue = 1000
					if i == 0 {
						cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
					}
				}})
				bad := net.Network.Conn(3, 0)
				require.NoError(t, bad.Send(t.Context(), c.frame))
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- net.Run(ctx, 0, 1, 2) }()
				pass(time.Minute)
				synctest.Wait()
				require.GreaterOrEqual(t, decided(net, 0), 5)
				cancel()
				<-ended
				require.Contains(t, log.String(), `msg="peer disconnected" peer=node3`)
				require.Contains(t, log.String(), c.says)
				require.Error(t, bad.Send(t.Context(), nil))
			})
		})
	}
}

// TestAPeerThatIsTooFarBehindIsDisconnected: memory for it is bounded.
func TestAPeerThatIsTooFarBehindIsDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		net := local(t, node.LocalConfig{Powers: equal4, Heights: 100, Change: func(i int, cfg *engine.Config) {
			cfg.MaxValue, cfg.MaxBacklog = 100, 20_000
			if i == 0 {
				cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
			}
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- net.Run(ctx, 0, 1, 2) }()
		for net.Engines[0].Height() <= 100 {
			pass(time.Second)
		}
		cancel()
		<-ended
		require.Contains(t, log.String(), "the peer is too far behind")
	})
}

func TestCancelLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
		net := local(t, node.LocalConfig{Powers: equal4, Observers: 1})
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error)
		go func() { ended <- net.Run(ctx) }()
		for net.Engines[4].Height() < 3 {
			runtime.Gosched()
		}
		require.NoError(t, net.Engines[1].Quiesce(ctx))
		enough := errors.New("enough")
		cancel(enough)
		require.ErrorIs(t, <-ended, enough)
		require.Error(t, net.Engines[1].Quiesce(t.Context()))
		require.ErrorContains(t, net.Engines[1].Run(t.Context()), "runs once")
	})
}

type brokenRecorder struct{ left int }

var errBroken = errors.New("no space left on device")

func (r *brokenRecorder) Append(*event.Event) error {
	if r.left--; r.left < 0 {
		return errBroken
	}
	return nil
}

func TestANodeThatCannotRecordStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := local(t, node.LocalConfig{Powers: []int64{1}, Recorder: func(int, engine.Config) (engine.Recorder, error) {
			return &brokenRecorder{left: 100}, nil
		}})
		err := net.Run(t.Context())
		require.ErrorIs(t, err, errBroken)
		require.ErrorContains(t, err, "the record of this run cannot be written")
	})
}

func TestConfigIsChecked(t *testing.T) {
	good := func() engine.Config {
		var cfg engine.Config
		local(t, node.LocalConfig{Powers: equal4, Change: func(_ int, c *engine.Config) { cfg = *c }})
		return cfg
	}
	for _, c := range []struct {
		name   string
		change func(*engine.Config)
		says   string
	}{
		{"chain id", func(c *engine.Config) { c.ChainID = "" }, "the chain id is empty"},
		{"application", func(c *engine.Config) { c.Application = nil }, "there is no application"},
		{"key", func(c *engine.Config) { c.Key = c.Key[1:] }, "the key has 63 bytes"},
		{"public key", func(c *engine.Config) { c.Validators[1].PubKey = nil }, "the public key of validator 1"},
		{"same key", func(c *engine.Config) { c.Validators[1] = c.Validators[0] }, "validators 0 and 1 have the same public key"},
		{"power", func(c *engine.Config) { c.Validators[1].Power = 0 }, "validator 1 has power 0"},
		{"timeouts", func(c *engine.Config) { c.Timeouts = engine.Timeouts{Propose: 1} }, "must be positive"},
		{"backlog", func(c *engine.Config) { c.MaxBacklog = 10 }, "has no room for a value"},
		{"no validators", func(c *engine.Config) { c.Validators = nil }, "needs a validator"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := good()
			c.change(&cfg)
			_, err := engine.New(cfg)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestSignerRefusesASecondMessage(t *testing.T) {
	s := engine.NewSigner(node.TestKey(1, 0), "c")
	vote := consensus.Vote{Height: 2, Round: 1, Value: consensus.ValueID{1}}
	first, err := s.Vote(vote)
	require.NoError(t, err)
	again, err := s.Vote(vote)
	require.NoError(t, err)
	require.Equal(t, first, again)

	other := vote
	other.Value = consensus.NilID
	_, err = s.Vote(other)
	require.ErrorIs(t, err, engine.ErrConflict)
	require.ErrorContains(t, err, "a second, different prevote for height 2, round 1")

	precommit := other
	precommit.Type = consensus.Precommit
	_, err = s.Vote(precommit)
	require.NoError(t, err, "another type")
	_, err = s.Proposal(consensus.Proposal{Height: 2, Round: 1, POLRound: -1, Value: vote.Value})
	require.NoError(t, err, "another kind")
	_, err = s.Proposal(consensus.Proposal{Height: 2, Round: 1, POLRound: 0, Value: vote.Value})
	require.ErrorIs(t, err, engine.ErrConflict)
	other.Round = 0
	_, err = s.Vote(other)
	require.NoError(t, err, "another round")

	vote.Height = 3
	_, err = s.Vote(vote)
	require.NoError(t, err)
	vote.Height = 2
	_, err = s.Vote(vote)
	require.ErrorIs(t, err, engine.ErrConflict)
}
