package engine

import (
	"context"
	"sync"

	"github.com/polka-bft/polka/impl/consensus"
)

// position is where the machine stands, for those who wait for it to get
// somewhere. The machine's goroutine writes it after each step.
type position struct {
	mu     sync.Mutex
	height int64
	round  consensus.Round
	moved  chan struct{} // closed at the next move
}

func newPosition(height int64) *position {
	return &position{height: height, moved: make(chan struct{})}
}

// set says where the machine stands and reports whether that is news.
func (p *position) set(height int64, round consensus.Round) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.height == height && p.round == round {
		return false
	}
	p.height, p.round = height, round
	close(p.moved)
	p.moved = make(chan struct{})
	return true
}

func (p *position) get() (int64, consensus.Round, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.height, p.round, p.moved
}

// await blocks until the machine can take messages of the height and round, and
// reports whether it still can: false means that the height is decided.
func (p *position) await(ctx context.Context, height int64, round consensus.Round) (bool, error) {
	for {
		h, r, moved := p.get()
		if h > height {
			return false, nil
		}
		if h == height && round <= r+consensus.Lookahead {
			return true, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}
