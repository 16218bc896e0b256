package engine

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport"
	"github.com/polka-bft/polka/traces/event"
)

// Config is everything that an engine is made of.
type Config struct {
	// ChainID separates the signatures of one chain from those of another. It
	// must not be empty.
	ChainID string
	// Validators is the validator set, the same on every node, in the same order.
	Validators []Validator
	// Key signs. A node whose public key is not in the set is an observer: it
	// follows and never speaks.
	Key ed25519.PrivateKey
	// InitialHeight is the first height of the chain; 0 means 1.
	InitialHeight int64
	// Timeouts are the durations of the three timeouts; all zero means
	// [DefaultTimeouts].
	Timeouts Timeouts
	// Application is what the chain is for. It must not be nil.
	Application Application
	// Peers are the connections to the other nodes. The engine closes them.
	Peers []transport.Conn
	// Recorder gets every event; nil records nothing. The engine calls it from
	// one goroutine and does not close it.
	Recorder Recorder
	// Logger is for the operator; nil discards.
	Logger *slog.Logger

	// QueueSize is how many inputs may wait for the machine; 0 means 256.
	QueueSize int
	// MaxValue is the size in bytes of the largest value; 0 means 1 MiB. All
	// nodes must have the same: a larger one disconnects whoever sends it.
	MaxValue int
	// MaxBacklog is how many bytes are kept for peers that have not received
	// them; 0 means 64 MiB. Beyond, the peer furthest behind is disconnected.
	MaxBacklog int
	// CommitDelay is how long a peer may stay at a height that this node has
	// decided before it is sent the commit; 0 means 1 s.
	CommitDelay time.Duration
}

// Validator is one member of the validator set.
type Validator struct {
	PubKey ed25519.PublicKey
	Power  int64
}

// Address is how people name a key: the first 20 bytes of its SHA-256.
func Address(key ed25519.PublicKey) []byte {
	sum := sha256.Sum256(key)
	return sum[:20]
}

// Application is what the chain is for. Propose and Valid may be called while
// another call runs; calls of Decided come one after the other, in the order of
// heights. Values must not be changed.
type Application interface {
	// Propose returns a value for the height, of at most Config.MaxValue bytes.
	// The height before is decided. ctx ends when the value is not wanted any
	// more; what is returned after that is ignored. An error stops the node.
	Propose(ctx context.Context, height int64, round consensus.Round) ([]byte, error)
	// Valid is the paper's valid(v): it must depend on nothing but the value and
	// the decisions before the height, so that all nodes answer the same. It is
	// called when the height before is decided; the height itself may be by now.
	Valid(height int64, value []byte) bool
	// Decided says that a height is decided. The node waits for it to return. An
	// error stops the node.
	Decided(ctx context.Context, height int64, round consensus.Round, id consensus.ValueID, value []byte) error
}

// Recorder takes the events of a run in order. [event.Writer] is one.
type Recorder interface {
	Append(*event.Event) error
}

// Timeouts are the durations of the timeouts: in round r, base + r · delta.
type Timeouts struct {
	Propose, ProposeDelta     time.Duration
	Prevote, PrevoteDelta     time.Duration
	Precommit, PrecommitDelta time.Duration
}

// DefaultTimeouts are CometBFT's.
var DefaultTimeouts = Timeouts{
	Propose: 3 * time.Second, ProposeDelta: 500 * time.Millisecond,
	Prevote: time.Second, PrevoteDelta: 500 * time.Millisecond,
	Precommit: time.Second, PrecommitDelta: 500 * time.Millisecond,
}

// After is how long a timeout of the kind takes in a round.
func (t Timeouts) After(kind consensus.TimeoutKind, round consensus.Round) time.Duration {
	switch kind {
	case consensus.TimeoutPropose:
		return t.Propose + time.Duration(round)*t.ProposeDelta
	case consensus.TimeoutPrevote:
		return t.Prevote + time.Duration(round)*t.PrevoteDelta
	case consensus.TimeoutPrecommit:
		return t.Precommit + time.Duration(round)*t.PrecommitDelta
	}
	panic(fmt.Sprintf("engine: no duration is defined for %v", kind))
}

// complete fills in what zero values stand for and checks the rest.
func (c *Config) complete() error {
	if c.InitialHeight == 0 {
		c.InitialHeight = 1
	}
	if c.Timeouts == (Timeouts{}) {
		c.Timeouts = DefaultTimeouts
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.QueueSize == 0 {
		c.QueueSize = 256
	}
	if c.MaxValue == 0 {
		c.MaxValue = 1 << 20
	}
	if c.MaxBacklog == 0 {
		c.MaxBacklog = 64 << 20
	}
	if c.CommitDelay == 0 {
		c.CommitDelay = time.Second
	}
	return c.validate()
}

func (c *Config) validate() error {
	switch t := c.Timeouts; {
	case c.ChainID == "":
		return errors.New("engine: the chain id is empty")
	case c.Application == nil:
		return errors.New("engine: there is no application")
	case len(c.Key) != ed25519.PrivateKeySize:
		return fmt.Errorf("engine: the key has %d bytes, not %d", len(c.Key), ed25519.PrivateKeySize)
	case c.QueueSize < 0 || c.MaxValue < 0 || c.MaxBacklog < 0 || c.CommitDelay < 0:
		return errors.New("engine: queue size, value size, backlog and commit delay must not be negative")
	case min(t.Propose, t.Prevote, t.Precommit) <= 0:
		return errors.New("engine: the timeouts of round 0 must be positive")
	case min(t.ProposeDelta, t.PrevoteDelta, t.PrecommitDelta) < 0:
		return errors.New("engine: timeouts must not become shorter from round to round")
	case c.MaxBacklog < c.MaxValue:
		return fmt.Errorf("engine: a backlog of %d bytes has no room for a value of %d", c.MaxBacklog, c.MaxValue)
	}
	seen := map[string]int{}
	for i, v := range c.Validators {
		if len(v.PubKey) != ed25519.PublicKeySize {
			return fmt.Errorf("engine: the public key of validator %d has %d bytes, not %d", i, len(v.PubKey), ed25519.PublicKeySize)
		}
		if j, ok := seen[string(v.PubKey)]; ok {
			return fmt.Errorf("engine: validators %d and %d have the same public key", j, i)
		}
		seen[string(v.PubKey)] = i
	}
	return nil
}

// self is the index of the key in the validator set, −1 for an observer.
func (c *Config) self() int {
	for i, v := range c.Validators {
		if v.PubKey.Equal(c.Key.Public()) {
			return i
		}
	}
	return -1
}

// Header is the header for the log of a node with this configuration.
func (c Config) Header() event.Header {
	pub, _ := c.Key.Public().(ed25519.PublicKey)
	t := c.Timeouts
	if t == (Timeouts{}) {
		t = DefaultTimeouts
	}
	h := event.Header{
		Format: event.Format, Digest: consensus.Digest, Dialect: consensus.Dialect, ChainID: c.ChainID,
		Node:          event.Node{Index: c.self(), Address: Address(pub)},
		InitialHeight: max(1, c.InitialHeight),
		Timeouts: event.Timeouts{
			Propose: event.Duration(t.Propose), ProposeDelta: event.Duration(t.ProposeDelta),
			Prevote: event.Duration(t.Prevote), PrevoteDelta: event.Duration(t.PrevoteDelta),
			Precommit: event.Duration(t.Precommit), PrecommitDelta: event.Duration(t.PrecommitDelta),
		},
	}
	for _, v := range c.Validators {
		h.Validators = append(h.Validators, event.Validator{Address: Address(v.PubKey), PubKey: event.Hex(v.PubKey), Power: v.Power})
	}
	return h
}
