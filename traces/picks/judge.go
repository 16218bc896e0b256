package picks

import (
	"container/heap"
	"context"
	"errors"
	"io"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// Options says how to judge.
type Options struct {
	// Dialect is the rules; nil is gossip.CometBFT.
	Dialect *gossip.Dialect
}

// Judge follows one log.
type Judge struct {
	dialect  *gossip.Dialect
	ours     *ours
	roots    map[string]uint8
	nextRoot int
	peers    map[string]*peer
	names    *names
	syncing  bool // blocks are synced: what consensus receives is dropped, but for announcements
	rep      Report
}

// New makes a judge of one log.
func New(opt Options) *Judge {
	if opt.Dialect == nil {
		opt.Dialect = gossip.CometBFT
	}
	return &Judge{dialect: opt.Dialect, ours: newOurs(), roots: map[string]uint8{}, peers: map[string]*peer{}, names: newNames()}
}

// File judges the log at a path. An error means that it could not be judged to its
// end; the report tells what was found until then.
func File(ctx context.Context, path string, opt Options) (*Report, error) {
	l, err := debuglog.Open(path)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	j := New(opt)
	j.rep.Path = path
	return j.Run(ctx, l)
}

// Run judges a log to its end.
func (j *Judge) Run(ctx context.Context, l *debuglog.Log) (*Report, error) {
	var q queue
	var failed error
	for failed == nil {
		if failed = context.Cause(ctx); failed != nil {
			break
		}
		r, err := l.Next()
		if err != nil {
			failed = err
			break
		}
		j.ours.pair(&r)
		j.names.pair(&r)
		heap.Push(&q, &r)
		if len(q) > ahead {
			j.read(heap.Pop(&q).(*debuglog.Record))
		}
	}
	for len(q) > 0 {
		j.read(heap.Pop(&q).(*debuglog.Record))
	}
	j.rep.Lines, j.rep.Others = l.Lines(), l.Others()
	if errors.Is(failed, io.EOF) {
		failed = nil
	}
	return &j.rep, failed
}

// read takes in the next record in the order of time.
func (j *Judge) read(r *debuglog.Record) {
	j.follow(r)
	j.ours.read(r)
}

// ahead is how many records are read before the first of them is judged: lines
// stand in the order in which they were printed, which is not quite that of their
// times.
const ahead = 512

// queue is records in the order of their times, and of their lines where these are
// the same.
type queue []*debuglog.Record

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if !q[i].Time.Equal(q[j].Time) {
		return q[i].Time.Before(q[j].Time)
	}
	return q[i].Line < q[j].Line
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push and Pop are for container/heap.
func (q *queue) Push(x any) { *q = append(*q, x.(*debuglog.Record)) }

func (q *queue) Pop() any {
	last := len(*q) - 1
	r := (*q)[last]
	*q = (*q)[:last]
	return r
}
