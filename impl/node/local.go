package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/polka-bft/polka/impl/engine"
	"github.com/polka-bft/polka/impl/transport"
)

// LocalConfig is what a [Local] network is made of.
type LocalConfig struct {
	ChainID   string
	Powers    []int64 // of the validators
	Observers int     // nodes beyond the validators
	Seed      uint64  // of the keys: see [TestKey]
	// Heights is how many heights the applications propose values for; 0 means
	// without end.
	Heights  int64
	Timeouts engine.Timeouts // zero: [engine.DefaultTimeouts]
	// Recorder returns where node i records, given its engine's configuration;
	// nil, and a nil result, record nothing.
	Recorder func(i int, cfg engine.Config) (engine.Recorder, error)
	Logger   *slog.Logger
	// Change, if not nil, may change the configuration of node i.
	Change func(i int, cfg *engine.Config)
}

// Local is a network of nodes in one process, each connected with each in memory,
// with a [Chain] each: the validators first, then the observers.
type Local struct {
	Network *transport.Memory
	Engines []*engine.Engine
	Chains  []*Chain

	heights int64
	mu      sync.Mutex
	left    int // nodes that have not decided all heights
	decided chan struct{}
}

// NewLocal makes a network; its nodes wait for Run.
func NewLocal(cfg LocalConfig) (*Local, error) {
	n := len(cfg.Powers) + cfg.Observers
	names, keys := make([]string, n), make([]ed25519.PrivateKey, n)
	validators := make([]engine.Validator, len(cfg.Powers))
	for i := range n {
		names[i], keys[i] = "node"+strconv.Itoa(i), TestKey(cfg.Seed, i)
		if i < len(validators) {
			pub, _ := keys[i].Public().(ed25519.PublicKey)
			validators[i] = engine.Validator{PubKey: pub, Power: cfg.Powers[i]}
		}
	}
	l := &Local{Network: transport.NewMemory(names, 0), heights: cfg.Heights, left: n, decided: make(chan struct{})}
	for i := range n {
		chain := NewChain(1, cfg.Heights, l.note)
		c := engine.Config{
			ChainID: cfg.ChainID, Validators: validators, Key: keys[i], Timeouts: cfg.Timeouts,
			Application: chain, Peers: l.Network.Conns(i), Logger: cfg.Logger,
		}
		if c.Logger != nil {
			c.Logger = c.Logger.With(slog.String("node", names[i]))
		}
		if cfg.Change != nil {
			cfg.Change(i, &c)
		}
		if cfg.Recorder != nil {
			r, err := cfg.Recorder(i, c)
			if err != nil {
				return nil, err
			}
			c.Recorder = r
		}
		e, err := engine.New(c)
		if err != nil {
			return nil, err
		}
		l.Engines, l.Chains = append(l.Engines, e), append(l.Chains, chain)
	}
	return l, nil
}

// ErrDone is why [Local.Run] ends when all nodes have decided all heights.
var ErrDone = errors.New("node: all nodes have decided all heights")

// Run runs the given nodes, all if none is given, until each node of the network
// has decided all heights, ctx ends, or a node fails; then it stops them all. It
// returns [ErrDone], the cause of ctx, or what failed.
func (l *Local) Run(ctx context.Context, nodes ...int) error {
	if len(nodes) == 0 {
		for i := range l.Engines {
			nodes = append(nodes, i)
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	for _, i := range nodes {
		group.Go(func() {
			if err := l.Engines[i].Run(ctx); ctx.Err() == nil {
				stop(fmt.Errorf("node %d stopped: %w", i, err))
			}
		})
	}
	select {
	case <-l.decided:
		stop(ErrDone)
	case <-ctx.Done():
	}
	group.Wait()
	return context.Cause(ctx)
}

// Agree says whether all nodes have decided the same value in every height that
// both of two nodes have decided.
func (l *Local) Agree() error {
	longest := 0
	for i, c := range l.Chains {
		ids, _ := c.Decisions()
		others, _ := l.Chains[longest].Decisions()
		for h := range min(len(ids), len(others)) {
			if ids[h] != others[h] {
				return fmt.Errorf("node: at height %d node %d decided %v and node %d decided %v", h+1, longest, others[h], i, ids[h])
			}
		}
		if len(ids) > len(others) {
			longest = i
		}
	}
	return nil
}

// note counts a node that has decided the last height.
func (l *Local) note(height int64) {
	if height != l.heights {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left--; l.left == 0 {
		close(l.decided)
	}
}
