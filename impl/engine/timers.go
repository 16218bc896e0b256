package engine

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/polka-bft/polka/impl/consensus"
)

// timers keeps the timeouts that are scheduled. Any goroutine may schedule; one
// runs it. None is ever taken back: the rules say what a late one means.
type timers struct {
	mu      sync.Mutex
	pending deadlines
	wake    chan struct{} // has room for one: something earlier may be pending
}

type deadline struct {
	at      time.Time
	order   uint64 // among equal times: first scheduled, first fired
	timeout consensus.Timeout
}

func newTimers() *timers { return &timers{wake: make(chan struct{}, 1)} }

// schedule makes the timeout expire at the given time.
func (t *timers) schedule(timeout consensus.Timeout, at time.Time) {
	t.mu.Lock()
	t.pending.order++
	heap.Push(&t.pending, deadline{at, t.pending.order, timeout})
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// run calls fire for each timeout when its time has come, until ctx ends or fire
// fails, and returns the reason. fire may block.
func (t *timers) run(ctx context.Context, fire func(consensus.Timeout) error) error {
	for {
		next, ok := t.first()
		if !ok {
			select {
			case <-t.wake:
				continue
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		timer := time.NewTimer(time.Until(next.at))
		select {
		case <-timer.C:
			if err := fire(t.pop()); err != nil {
				return err
			}
		case <-t.wake:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

func (t *timers) first() (deadline, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.pending.list) == 0 {
		return deadline{}, false
	}
	return t.pending.list[0], true
}

func (t *timers) pop() consensus.Timeout {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, _ := heap.Pop(&t.pending).(deadline)
	return d.timeout
}

// deadlines is a heap, the earliest first.
type deadlines struct {
	list  []deadline
	order uint64
}

func (d *deadlines) Len() int { return len(d.list) }

func (d *deadlines) Less(i, j int) bool {
	a, b := &d.list[i], &d.list[j]
	if a.at.Equal(b.at) {
		return a.order < b.order
	}
	return a.at.Before(b.at)
}

func (d *deadlines) Swap(i, j int) { d.list[i], d.list[j] = d.list[j], d.list[i] }

func (d *deadlines) Push(x any) {
	e, _ := x.(deadline)
	d.list = append(d.list, e)
}

func (d *deadlines) Pop() any {
	last := len(d.list) - 1
	e := d.list[last]
	d.list = d.list[:last]
	return e
}
