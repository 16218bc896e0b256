package modelcheck

import (
	"context"
	"time"
)

// Check searches every state the model can reach, breadth first, and reports
// what it found. The error is for models and options that cannot be used, and
// for functions of the model that panic (a *PanicError). A search that ends
// early, by a limit or because ctx ends, is not an error: its report says why
// and is Unfinished, unless a violation had been found.
func Check[S comparable, A any](ctx context.Context, m Model[S, A], o Options) (Report[S, A], error) {
	report := Report[S, A]{Model: m.Name}
	if err := m.validate(); err != nil {
		return report, err
	}
	o, err := o.withDefaults()
	if err != nil {
		return report, err
	}
	s := newSearch(m, o)
	reason, err := s.run(ctx)
	if err == nil {
		err = s.fill(&report)
	}
	if err != nil {
		return Report[S, A]{Model: m.Name}, err
	}
	report.Stopped = reason
	report.Complete = reason == Exhausted
	if reason == Cancelled {
		report.Cause = context.Cause(ctx)
	}
	report.Duration = time.Since(s.began)
	return report, nil
}

// A search is the state of one call of Check. It advances in blocks of states
// of equal depth; block.go says how.
type search[S comparable, A any] struct {
	model   Model[S, A]
	options Options
	hash    func(S) uint64

	store   store[S]
	shards  [shardCount]shard
	chunks  [chunkCount]chunk[S]
	workers []*worker[S, A]

	levels  []int // sizes of the depths begun
	tally   tally
	watches []*watch[S] // Always, then Sometimes
	open    []*watch[S] // those not decided before the block at hand

	began, told time.Time // start, and last call of Progress
}

// A watch waits for the first state in which a property has a certain value.
type watch[S comparable] struct {
	property Property[S]
	awaited  bool   // false for Always, true for Sometimes
	number   uint32 // the state, or noState
}

// noState is the number of no state.
const noState = ^uint32(0)

func newSearch[S comparable, A any](m Model[S, A], o Options) *search[S, A] {
	s := &search[S, A]{model: m, options: o, hash: m.Hash, began: time.Now()}
	s.told = s.began
	if s.hash == nil {
		s.hash = defaultHash[S]()
	}
	for i := range s.shards {
		s.shards[i].reserve(0)
	}
	for _, p := range m.Always {
		s.watches = append(s.watches, &watch[S]{property: p, awaited: false, number: noState})
	}
	for _, p := range m.Sometimes {
		s.watches = append(s.watches, &watch[S]{property: p, awaited: true, number: noState})
	}
	s.tally = newTally(len(m.Clauses), len(m.SometimesSteps), len(m.Final))
	for range o.Workers {
		s.workers = append(s.workers, newWorker(s))
	}
	return s
}

// run searches until nothing is left or something says stop.
func (s *search[S, A]) run(ctx context.Context) (Reason, error) {
	const initLen = 1024 // initial states by chunk
	for from := 0; from < len(s.model.Init); from += initLen * chunkCount {
		init := s.model.Init[from:min(from+initLen*chunkCount, len(s.model.Init))]
		reason, err := s.advance(ctx, len(init), initLen, func(w *worker[S, A], c *chunk[S], from, to int) {
			w.begin(c, init[from:to])
		})
		if reason != goOn || err != nil {
			return reason, err
		}
	}
	for start := 0; start < s.store.size; {
		end := s.store.size
		s.levels = append(s.levels, end-start)
		if s.violated() && !s.options.KeepGoing {
			return FoundViolation, nil
		}
		for from := start; from < end; from += blockLen {
			s.progress(end - from)
			reason, err := s.advance(ctx, min(blockLen, end-from), chunkLen, func(w *worker[S, A], c *chunk[S], lo, hi int) {
				w.expand(c, uint32(from+lo), uint32(from+hi))
			})
			if reason != goOn || err != nil {
				return reason, err
			}
		}
		start = end
	}
	return Exhausted, nil
}

// violated says whether a property of Always or Final is known to be false
// somewhere.
func (s *search[S, A]) violated() bool {
	for _, number := range s.tally.ended {
		if number != noState {
			return true
		}
	}
	for _, w := range s.watches {
		if !w.awaited && w.number != noState {
			return true
		}
	}
	return false
}

// bytes is the memory that was needed to store what was found.
func (s *search[S, A]) bytes() int64 {
	total := s.store.bytesFor(s.store.size)
	for i := range s.shards {
		total += s.shards[i].bytesWith(0)
	}
	return total
}

// progress tells the caller how far the search is, if that is due. Left is
// the number of states of the current depth that are not expanded.
func (s *search[S, A]) progress(left int) {
	if s.options.Progress == nil {
		return
	}
	now := time.Now()
	if now.Sub(s.told) < s.options.ProgressEvery {
		return
	}
	s.told = now
	known := 0
	for _, width := range s.levels {
		known += width
	}
	s.options.Progress(Progress{
		States:      s.store.size,
		Transitions: s.tally.transitions,
		Depth:       len(s.levels) - 1,
		Frontier:    s.levels[len(s.levels)-1],
		Waiting:     s.store.size - known + left,
		Bytes:       s.bytes(),
		Elapsed:     now.Sub(s.began),
	})
}

// fill writes what was found into the report.
func (s *search[S, A]) fill(r *Report[S, A]) error {
	known := 0
	for _, width := range s.levels {
		known += width
	}
	r.Levels = s.levels
	if s.store.size > known { // a depth that was not begun
		r.Levels = append(r.Levels, s.store.size-known)
	}
	r.States = s.store.size
	r.Bytes = s.bytes()
	s.tally.fill(&r.Transitions, &r.Deadlocks, &r.OutDegree)
	for i, name := range s.model.Clauses {
		r.Coverage = append(r.Coverage, Coverage{Clause: name, Fired: s.tally.fired[i]})
	}
	for i, p := range s.model.SometimesSteps {
		if !s.tally.done[i] {
			r.UnreachedSteps = append(r.UnreachedSteps, p)
		}
	}
	for i, number := range s.tally.ended {
		if number == noState {
			continue
		}
		path, err := s.path(number)
		if err != nil {
			return err
		}
		r.Violations = append(r.Violations, Finding[S, A]{Property: s.model.Final[i], Path: path})
	}
	for _, w := range s.watches {
		if w.number == noState {
			if w.awaited {
				r.Unreached = append(r.Unreached, w.property)
			}
			continue
		}
		if w.awaited && !s.options.Witnesses {
			continue
		}
		path, err := s.path(w.number)
		if err != nil {
			return err
		}
		finding := Finding[S, A]{Property: w.property, Path: path}
		if w.awaited {
			r.Witnesses = append(r.Witnesses, finding)
		} else {
			r.Violations = append(r.Violations, finding)
		}
	}
	return nil
}
