package modelcheck

import (
	"context"
	"time"
)

// Check searches the states that the model can reach, in the order that the options
// ask for, and reports what it found. The error is for models and options that cannot be used, and
// for functions of the model that panic (a *PanicError). A search that ends
// early, by a limit or because ctx ends, is not an error: its report says why
// and is Unfinished, unless a violation had been found.
func Check[S comparable, A any](ctx context.Context, m Model[S, A], o Options) (Report[S, A], error) {
	report := Report[S, A]{Model: m.Name, Asked: m.asked()}
	if err := m.validate(); err != nil {
		return report, err
	}
	o, err := o.withDefaults()
	if err != nil {
		return report, err
	}
	if o.Order == Directed && m.Distance == nil {
		return report, m.errorf("a directed search needs a Distance")
	}
	if o.Unreduced {
		m = m.unreduced()
	}
	if err := m.validateRuns(o); err != nil {
		return report, err
	}
	if o.Order == DepthFirst || o.Order == Random {
		switch o.Visited {
		case Fingerprint64:
			return walks(ctx, m, o, by64(&m))
		case Fingerprint128:
			return walks(ctx, m, o, by128(&m))
		default:
			return walks(ctx, m, o, plainly(&m))
		}
	}
	switch o.Visited {
	case Fingerprint64:
		err = newSearch(m, o, by64(&m)).report(ctx, &report)
	case Fingerprint128:
		err = newSearch(m, o, by128(&m)).report(ctx, &report)
	default:
		err = newSearch(m, o, plainly(&m)).report(ctx, &report)
	}
	if err != nil {
		return Report[S, A]{Model: m.Name}, err
	}
	return report, nil
}

// report searches, and writes what was found into a report.
func (s *search[S, K, A]) report(ctx context.Context, r *Report[S, A]) error {
	defer s.memory.close()
	reason, err := s.start(ctx)
	if err != nil {
		return err
	}
	if err := s.fill(r); err != nil {
		return err
	}
	if s.options.Directory != "" && (reason == Exhausted || reason == FoundViolation) {
		s.files.remove()
	}
	r.Complete = reason == Exhausted
	reason, err = s.judge(ctx, reason, r)
	if err != nil {
		return err
	}
	r.Stopped = reason
	if reason == Cancelled {
		r.Cause = context.Cause(ctx)
	}
	if s.auditor != nil && r.Complete {
		if err := s.audit(r); err != nil {
			return err
		}
	}
	r.Duration = time.Since(s.began)
	return nil
}

// A search is the state of one call of Check. It advances in blocks of states
// of equal depth; block.go says how.
type search[S, K comparable, A any] struct {
	model   Model[S, A]
	options Options
	id      identity[S, K]

	size    int               // states found; they are numbered in order of discovery
	known   column[K]         // their keys
	parents column[uint32]    // the state each was first reached from
	states  *column[S]        // those that still must be expanded, at least
	shards  [shardCount]shard // from keys to numbers
	memory  memory            // for all of these
	chunks  [chunkCount]chunk[S, K]
	workers []*worker[S, K, A]
	auditor *auditor[S, A] // nil but for Audit

	files   *directory // of options.Directory
	marked  mark
	savedAt time.Time
	disk    *disk[S, K, A] // nil until the search goes there

	order []uint32 // of a directed search: the states of the block at hand
	full  bool     // for a walk: nothing more fits

	levels  []int // sizes of the depths begun
	tally   tally
	watches []*watch[S] // Always, then Sometimes
	open    []*watch[S] // those not decided before the block at hand

	judging     string    // the property of runs that is judged
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

func newSearch[S, K comparable, A any](m Model[S, A], o Options, id identity[S, K]) *search[S, K, A] {
	s := &search[S, K, A]{model: m, options: o, id: id, began: time.Now(), savedAt: time.Now()}
	s.told = s.began
	s.states = new(column[S])
	if id.of == nil {
		s.states = any(&s.known).(*column[S])
	}
	s.known.use(&s.memory)
	s.parents.use(&s.memory)
	s.states.use(&s.memory)
	for i := range s.shards {
		s.shards[i].memory = &s.memory
		s.shards[i].reserve(0)
	}
	for _, p := range m.Always {
		s.watches = append(s.watches, &watch[S]{property: p, awaited: false, number: noState})
	}
	for _, p := range m.Sometimes {
		s.watches = append(s.watches, &watch[S]{property: p, awaited: true, number: noState})
	}
	s.tally = newTally(&m)
	for range o.Workers {
		s.workers = append(s.workers, newWorker(s))
	}
	return s
}

// state is one that has not been released.
func (s *search[S, K, A]) state(number uint32) *S { return s.states.at(number) }

// extend makes room for the numbers below size.
func (s *search[S, K, A]) extend(size int) {
	s.known.extend(size)
	s.parents.extend(size)
	s.states.extend(size)
	s.size = size
}

// bytesFor is the memory needed for a number of states, without the visited set.
func (s *search[S, K, A]) bytesFor(size int) int64 {
	total := s.known.bytesFor(size) + s.parents.bytesFor(size)
	if s.id.of != nil {
		total += s.states.bytesFor(size)
	}
	return total
}

// start begins a search, or goes on with one that was saved.
func (s *search[S, K, A]) start(ctx context.Context) (Reason, error) {
	if s.options.Directory == "" {
		return s.run(ctx, 0)
	}
	c, err := s.prepare()
	switch {
	case err != nil:
		return goOn, err
	case c == nil:
		return s.run(ctx, 0)
	case !c.InMemory:
		return s.resume(ctx, c)
	}
	if err := s.load(c); err != nil {
		return goOn, err
	}
	if err := s.recognize(s.keysTo(uint32(s.size - 1))); err != nil {
		return goOn, err
	}
	last := len(s.levels) - 1
	begin := s.size - s.levels[last]
	s.levels = s.levels[:last]
	return s.run(ctx, begin)
}

// run searches until nothing is left or something says stop.
// It starts from the states with this number, and with the initial ones if there
// are none.
func (s *search[S, K, A]) run(ctx context.Context, start int) (Reason, error) {
	const initLen = 1024 // initial states by chunk
	init := s.model.Init
	if s.size > 0 {
		init = nil
	}
	for from := 0; from < len(init); from += initLen * chunkCount {
		some := init[from:min(from+initLen*chunkCount, len(init))]
		reason, err := s.advance(ctx, len(some), initLen, func(w *worker[S, K, A], c *chunk[S, K], from, to int) {
			w.begin(c, some[from:to])
		})
		if reason == MemoryLimit && s.options.Directory != "" {
			return goOn, s.model.errorf("the initial states need more memory than %d bytes", s.options.Memory)
		}
		if reason != goOn || err != nil {
			return reason, err
		}
	}
	if s.options.Order == Directed {
		return s.direct(ctx)
	}
	for start < s.size {
		end := s.size
		s.levels = append(s.levels, end-start)
		if s.violated() && !s.options.KeepGoing {
			return FoundViolation, nil
		}
		if s.options.Directory != "" {
			s.remember()
		}
		for from := start; from < end; from += blockLen {
			s.progress(end - from)
			reason, err := s.advance(ctx, min(blockLen, end-from), chunkLen, func(w *worker[S, K, A], c *chunk[S, K], lo, hi int) {
				w.expand(c, uint32(from+lo), uint32(from+hi))
			})
			if err != nil {
				return goOn, err
			}
			if s.options.Directory != "" {
				switch {
				case reason == MemoryLimit:
					return s.toDisk(ctx)
				case reason == Cancelled || reason == goOn && time.Since(s.savedAt) >= s.options.CheckpointEvery:
					if err := s.checkpoint(); err != nil {
						return goOn, err
					}
				}
			}
			if reason != goOn {
				return reason, nil
			}
			if s.id.of != nil && s.options.Directory == "" {
				s.states.release(uint32(min(from+blockLen, end)))
			}
		}
		if s.id.of != nil {
			s.states.release(uint32(end))
		}
		start = end
	}
	return Exhausted, nil
}

// violated says whether a property of Always, AlwaysSteps or Final is known to be false
// somewhere.
func (s *search[S, K, A]) violated() bool {
	for _, number := range s.tally.ended {
		if number != noState {
			return true
		}
	}
	for _, at := range s.tally.broken {
		if at != noState {
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
func (s *search[S, K, A]) bytes() int64 {
	if s.disk != nil {
		return s.disk.bytes()
	}
	total := s.bytesFor(s.size)
	for i := range s.shards {
		total += s.shards[i].bytesWith(0)
	}
	return total
}

// progress tells the caller how far the search is, if that is due. Left is
// the number of states of the current depth that are not expanded.
func (s *search[S, K, A]) progress(left int) {
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
		States:      s.size,
		Transitions: s.tally.transitions,
		Depth:       len(s.levels) - 1,
		Frontier:    s.levels[len(s.levels)-1],
		Waiting:     s.size - known + left,
		Judging:     s.judging,
		Bytes:       s.bytes(),
		Elapsed:     now.Sub(s.began),
	})
}

// awaited says of each watch what it waits for.
func (s *search[S, K, A]) awaited() (awaited []bool) {
	for _, w := range s.watches {
		awaited = append(awaited, w.awaited)
	}
	return awaited
}

// A trail is the keys on the way to a state; nil if there is no such state.
type trail[K comparable] []K

// trails gives, by property, the ways to the states that were found: those of
// Final, of AlwaysSteps, and those that are watched.
func (s *search[S, K, A]) trails() (ended, broken, watched []trail[K], err error) {
	number := func(n uint32) trail[K] {
		if n == noState {
			return nil
		}
		return s.keysTo(n)
	}
	onDisk := func(p *place) trail[K] {
		if p == nil || err != nil {
			return nil
		}
		var keys []K
		keys, err = s.disk.keysTo(*p)
		return keys
	}
	for i := range s.model.Final {
		if s.disk != nil {
			ended = append(ended, onDisk(s.disk.state.Ended[i]))
		} else {
			ended = append(ended, number(s.tally.ended[i]))
		}
	}
	for i := range s.model.AlwaysSteps {
		if s.disk != nil {
			broken = append(broken, onDisk(s.disk.state.Broken[i]))
		} else {
			broken = append(broken, number(s.tally.broken[i]))
		}
	}
	for i, w := range s.watches {
		if s.disk != nil {
			watched = append(watched, onDisk(s.disk.state.Watched[i]))
		} else {
			watched = append(watched, number(w.number))
		}
	}
	return ended, broken, watched, err
}

// fill writes what was found into the report.
func (s *search[S, K, A]) fill(r *Report[S, A]) error {
	if s.disk != nil {
		s.disk.tell()
	}
	known := 0
	for _, width := range s.levels {
		known += width
	}
	r.Levels = s.levels
	if s.size > known { // a depth that was not begun
		r.Levels = append(r.Levels, s.size-known)
	}
	r.States = s.size
	r.OnDisk = s.disk != nil
	r.Outside, r.Reduced = s.tally.outside, s.tally.reduced
	r.Bytes = s.bytes()
	r.Visited, r.Missed = s.options.Visited, s.id.missed(s.size)
	s.tally.fill(&r.Transitions, &r.Deadlocks, &r.OutDegree)
	r.Coverage = s.model.coverage(s.tally.fired)
	for i, p := range s.model.SometimesSteps {
		if !s.tally.done[i] {
			r.UnreachedSteps = append(r.UnreachedSteps, p)
		}
	}
	ended, broken, watched, err := s.trails()
	if err != nil {
		return err
	}
	for i, keys := range ended {
		if keys == nil {
			continue
		}
		path, err := s.path(keys)
		if err != nil {
			return err
		}
		r.Violations = append(r.Violations, Finding[S, A]{Property: s.model.Final[i], Path: path})
	}
	for i, keys := range broken {
		if keys == nil {
			continue
		}
		p := &s.model.AlwaysSteps[i]
		path, err := s.pathThrough(keys, p)
		if err != nil {
			return err
		}
		r.Violations = append(r.Violations, Finding[S, A]{Property: Property[S]{Name: p.Name, Doc: p.Doc, Source: p.Source}, Path: path})
	}
	for i, keys := range watched {
		w := s.watches[i]
		switch {
		case keys == nil && w.awaited:
			r.Unreached = append(r.Unreached, w.property)
			continue
		case keys == nil || w.awaited && !s.options.Witnesses:
			continue
		}
		path, err := s.path(keys)
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
