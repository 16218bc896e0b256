package node

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/polka-bft/polka/impl/consensus"
)

// Chain is the smallest application that can tell right from wrong: each value
// names its height and the value decided before it, and nothing else is valid.
// It is deterministic, and safe for concurrent use.
type Chain struct {
	until int64
	tell  func(height int64)

	mu      sync.Mutex
	initial int64
	ids     []consensus.ValueID // decided, from the initial height on
	rounds  []consensus.Round   // in which they were
}

// NewChain makes an application that begins at the given height. It proposes
// values up to the height until, and after that none: a proposal of it would be
// waited for in vain. 0 means that it always proposes. decided, if not nil, is
// called after each decision and must not block.
func NewChain(initial, until int64, decided func(height int64)) *Chain {
	if decided == nil {
		decided = func(int64) {}
	}
	return &Chain{until: until, tell: decided, initial: initial}
}

// valueSize is the size in bytes of a value: a height, a proposer's round and the
// id of the parent.
const valueSize = 8 + 4 + 32

// Propose returns the value that continues the chain.
func (c *Chain) Propose(ctx context.Context, height int64, round consensus.Round) ([]byte, error) {
	if c.until > 0 && height > c.until {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	parent, ok := c.parent(height)
	if !ok {
		return nil, fmt.Errorf("node: a value for height %d is wanted, and height %d is not decided", height, height-1)
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, valueSize), uint64(height))
	b = binary.BigEndian.AppendUint32(b, uint32(round))
	return append(b, parent[:]...), nil
}

// Valid reports whether the value continues the chain at the height.
func (c *Chain) Valid(height int64, value []byte) bool {
	parent, ok := c.parent(height)
	return ok && len(value) == valueSize &&
		binary.BigEndian.Uint64(value) == uint64(height) && bytes.Equal(value[12:], parent[:])
}

// Decided adds a value to the chain. It refuses one that does not continue it.
func (c *Chain) Decided(_ context.Context, height int64, round consensus.Round, id consensus.ValueID, value []byte) error {
	if !c.Valid(height, value) {
		return fmt.Errorf("node: value %v does not continue the chain at height %d", id, height)
	}
	c.mu.Lock()
	c.ids, c.rounds = append(c.ids, id), append(c.rounds, round)
	c.mu.Unlock()
	c.tell(height)
	return nil
}

// Decisions returns what was decided, from the initial height on, and in which
// rounds.
func (c *Chain) Decisions() ([]consensus.ValueID, []consensus.Round) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[:len(c.ids):len(c.ids)], c.rounds[:len(c.rounds):len(c.rounds)]
}

// parent is the value decided before the height, which is nil for the first.
func (c *Chain) parent(height int64) (consensus.ValueID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := height - c.initial
	switch {
	case i == 0:
		return consensus.NilID, true
	case i < 0 || i > int64(len(c.ids)):
		return consensus.NilID, false
	}
	return c.ids[i-1], true
}
