package modelcheck

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// A walk follows one run and keeps it as a stack. A walk in depth goes back from
// where there is nothing new, and on with what is left; a random one goes to the end
// of the run and stops. A search makes a number of walks, each with a seed of its
// own, and tells of the first of them that finds a violation: the result does not
// depend on who made which.
type walk[S comparable, A any] struct {
	model   *Model[S, A]
	options *Options
	number  int
	random  *rand.Rand // nil: successors are taken as they come
	visited visits[S]  // nil: nothing is remembered
	stack   []stage[S, A]
	tally   tally
	seen    []bool // by property of Sometimes
	states  int
	levels  int // states of the longest run
	cut     bool
	broken  *Finding[S, A]
	err     error
}

// A stage is a state of the run, and the steps from there that are left.
type stage[S comparable, A any] struct {
	state S
	step  A // that led there
	left  []Step[S, A]
}

// visits remembers states.
type visits[S comparable] interface {
	// visit reports whether a state was not there, and adds it. Full says that
	// there was no room.
	visit(s S) (fresh, full bool)
	bytes() int64
	close()
}

// walks searches by walks.
func walks[S, K comparable, A any](ctx context.Context, m Model[S, A], o Options, id identity[S, K]) (Report[S, A], error) {
	began := time.Now()
	count := max(1, o.Walks)
	var next, done atomic.Int64
	done.Store(math.MaxInt64) // the first walk that found a violation
	var mutex sync.Mutex
	total := &walk[S, A]{model: &m, options: &o, tally: newTally(&m), seen: make([]bool, len(m.Sometimes))}
	var best *walk[S, A]
	report := Report[S, A]{Model: m.Name, Asked: m.asked(), Visited: o.Visited}
	var workers sync.WaitGroup
	for range min(o.Workers, count) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= count || int64(i) > done.Load() || ctx.Err() != nil {
					return
				}
				w := newWalk(&m, &o, i, id)
				w.run(ctx, func() bool { return int64(i) > done.Load() })
				mutex.Lock()
				total.add(w)
				if (w.broken != nil || w.err != nil) && (best == nil || i < best.number) {
					best = w
					done.Store(int64(i))
				}
				if w.visited != nil {
					report.Bytes = max(report.Bytes, w.visited.bytes())
					w.visited.close()
				}
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	if best != nil && best.err != nil {
		return Report[S, A]{Model: m.Name}, best.err
	}
	total.fill(&report)
	switch {
	case best != nil:
		report.Stopped = FoundViolation
		report.Violations = append(report.Violations, *best.broken)
	case ctx.Err() != nil:
		report.Stopped, report.Cause = Cancelled, context.Cause(ctx)
	case o.Order == DepthFirst && !total.cut && o.Visited != Bitstate:
		report.Stopped, report.Complete = Exhausted, true
		report.Missed = id.missed(report.States)
	default:
		report.Stopped = WalksDone
	}
	report.Duration = time.Since(began)
	return report, nil
}

func newWalk[S, K comparable, A any](m *Model[S, A], o *Options, number int, id identity[S, K]) *walk[S, A] {
	w := &walk[S, A]{model: m, options: o, number: number, tally: newTally(m), seen: make([]bool, len(m.Sometimes))}
	if o.Order == Random || o.Walks > 1 {
		w.random = rand.New(rand.NewPCG(o.Seed, uint64(number)))
	}
	switch {
	case o.Order == Random:
	case o.Visited == Bitstate:
		w.visited = newBits(m, *o)
	default:
		w.visited = newSearch(*m, *o, id)
	}
	return w
}

// run makes the walk. It ends early when stop says so.
func (w *walk[S, A]) run(ctx context.Context, stop func() bool) {
	in, at, done := "Next", w.model.Init[0], false
	defer func() {
		if value := recover(); !done {
			w.err = w.model.newPanicError(in, at, value, debug.Stack())
		}
	}()
	init := w.model.Init
	if w.random != nil {
		order := w.random.Perm(len(init))
		shuffled := make([]S, len(init))
		for i, k := range order {
			shuffled[i] = init[k]
		}
		init = shuffled
		if w.options.Order == Random {
			init = init[:1]
		}
	}
	const patience = 1024 // steps between looks at the context
	steps := 0
	var none A
	for _, s := range init {
		at = s
		if !w.enter(none, s, &in) {
			continue
		}
		for len(w.stack) > 0 && w.broken == nil {
			if steps++; steps%patience == 0 && (ctx.Err() != nil || stop()) {
				done = true
				return
			}
			top := &w.stack[len(w.stack)-1]
			if len(top.left) == 0 || w.options.Order == Random && w.cut {
				w.stack = w.stack[:len(w.stack)-1]
				continue
			}
			step := top.left[0]
			top.left = top.left[1:]
			if w.options.Order == Random {
				top.left = nil
			}
			at = top.state
			w.step(top.state, step, &in)
			if w.broken != nil {
				break
			}
			if w.options.MaxDepth > 0 && len(w.stack) > w.options.MaxDepth {
				w.cut = true
				continue
			}
			at = step.State
			w.enter(step.Action, step.State, &in)
		}
		if w.broken != nil {
			break
		}
	}
	done = true
}

// step evaluates the properties of a step.
func (w *walk[S, A]) step(before S, step Step[S, A], in *string) {
	for i := range w.model.SometimesSteps {
		p := &w.model.SometimesSteps[i]
		*in = p.Name
		w.tally.done[i] = w.tally.done[i] || p.Holds(before, step.Action, step.State)
	}
	for i := range w.model.AlwaysSteps {
		p := &w.model.AlwaysSteps[i]
		*in = p.Name
		if !p.Holds(before, step.Action, step.State) {
			path := w.path()
			path.Steps = append(path.Steps, step)
			w.broken = &Finding[S, A]{Property: Property[S]{Name: p.Name, Doc: p.Doc, Source: p.Source}, Path: path}
			return
		}
	}
	*in = "Next"
}

// enter puts a state on the stack, unless it was visited before.
func (w *walk[S, A]) enter(a A, s S, in *string) bool {
	m := w.model
	if w.visited != nil {
		*in = "Canonical, View or Hash"
		same := s
		if m.Canonical != nil {
			same = m.Canonical(s)
		}
		fresh, full := w.visited.visit(same)
		w.cut = w.cut || full
		if !fresh {
			return false
		}
	}
	w.states++
	w.stack = append(w.stack, stage[S, A]{state: s, step: a})
	w.levels = max(w.levels, len(w.stack))
	breaks := func(p *Property[S]) bool {
		*in = "property " + p.Name
		if p.Holds(s) {
			return false
		}
		w.broken = &Finding[S, A]{Property: *p, Path: w.path()}
		return true
	}
	for i := range m.Always {
		if breaks(&m.Always[i]) {
			return true
		}
	}
	for i := range m.Sometimes {
		*in = m.Sometimes[i].Name
		w.seen[i] = w.seen[i] || m.Sometimes[i].Holds(s)
	}
	if m.Within != nil {
		*in = "Within"
		if !m.Within(s) {
			w.tally.outside++
			return true
		}
	}
	*in = "Next"
	top := &w.stack[len(w.stack)-1]
	moves := false
	m.Next(s, func(a A, to S) {
		if m.Clause != nil {
			if i := m.Clause(a); i >= 0 {
				w.tally.fired[i]++
			}
		}
		top.left = append(top.left, Step[S, A]{Action: a, State: to})
		moves = moves || to != s
	})
	w.tally.state(len(top.left))
	if !moves {
		for i := range m.Final {
			if breaks(&m.Final[i]) {
				return true
			}
		}
	}
	if w.random != nil {
		w.random.Shuffle(len(top.left), func(i, j int) { top.left[i], top.left[j] = top.left[j], top.left[i] })
	}
	return true
}

// path is the run on the stack.
func (w *walk[S, A]) path() Path[S, A] {
	p := Path[S, A]{Init: w.stack[0].state, model: w.model}
	for _, f := range w.stack[1:] {
		p.Steps = append(p.Steps, Step[S, A]{Action: f.step, State: f.state})
	}
	return p
}

// add takes the counts of another walk.
func (w *walk[S, A]) add(other *walk[S, A]) {
	w.tally.take(&other.tally)
	w.states += other.states
	w.levels = max(w.levels, other.levels)
	w.cut = w.cut || other.cut
	for i, seen := range other.seen {
		w.seen[i] = w.seen[i] || seen
	}
}

// fill writes what the walks met into a report.
func (w *walk[S, A]) fill(r *Report[S, A]) {
	r.States = w.states
	r.Longest = max(0, w.levels-1)
	r.Outside = w.tally.outside
	w.tally.fill(&r.Transitions, &r.Deadlocks, &r.OutDegree)
	r.Coverage = w.model.coverage(w.tally.fired)
	for i, p := range w.model.Sometimes {
		if !w.seen[i] {
			r.Unreached = append(r.Unreached, p)
		}
	}
	for i, p := range w.model.SometimesSteps {
		if !w.tally.done[i] {
			r.UnreachedSteps = append(r.UnreachedSteps, p)
		}
	}
}

// visit looks one state up and adds it, as the blocks do for many.
func (s *search[S, K, A]) visit(state S) (fresh, full bool) {
	if s.has(&state) {
		return false, false
	}
	const often = 1024 // states between looks at the memory
	if s.size == s.options.MaxStates || s.options.Memory > 0 && s.size%often == 0 && s.bytes() > s.options.Memory {
		s.full = true
	}
	if s.full {
		return false, true
	}
	number := uint32(s.size)
	s.extend(s.size + 1)
	tag, key := s.identify(&state)
	*s.known.at(number) = key
	s.shards[shardOf(tag)].add(tag, number)
	return true, false
}

func (s *search[S, K, A]) close() { s.memory.close() }

// A bitstate is a set of states that keeps three bits of each, at places that a hash
// says. A state whose bits are all there already is taken for one that was visited.
type bitstate[S comparable] struct {
	words []uint64
	hash  func(S) (uint64, uint64)
	view  func(S) S
}

const (
	bitsByState   = 3
	defaultBytes  = 64 << 20
	bytesByWord   = 8
	bitsByWord    = 64
	leastBitWords = 1 << 10
)

func newBits[S comparable, A any](m *Model[S, A], o Options) *bitstate[S] {
	memory := o.Memory / int64(max(1, min(o.Workers, o.Walks)))
	if o.Memory == 0 {
		memory = defaultBytes
	}
	return &bitstate[S]{words: make([]uint64, max(leastBitWords, memory/bytesByWord)), hash: fingerprint[S](), view: m.View}
}

func (b *bitstate[S]) visit(s S) (fresh, full bool) {
	if b.view != nil {
		s = b.view(s)
	}
	h, g := b.hash(s)
	for range bitsByState {
		at := h % (uint64(len(b.words)) * bitsByWord)
		bit := uint64(1) << (at % bitsByWord)
		if b.words[at/bitsByWord]&bit == 0 {
			fresh = true
			b.words[at/bitsByWord] |= bit
		}
		h += g | 1
	}
	return fresh, false
}

func (b *bitstate[S]) close() {}

func (b *bitstate[S]) bytes() int64 { return int64(len(b.words)) * bytesByWord }
