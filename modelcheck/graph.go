package modelcheck

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// A graph holds what runs can do while they wait for a promise to be kept: the
// transitions of a finished search between states in which the same promise is
// not kept. It is found by asking Next again. Where nothing leads from a state
// to another one, it has an edge to itself.
type graph struct {
	parts []part // by segment of states
	size  int    // number of states
	inits int    // states below this number are initial
	bytes int64  // of the parts, and of what a hunt needs
}

// A part of a graph is about the states of one segment.
type part struct {
	waits   sets     // by state: the promises that it does not keep
	due     sets     // by state: those of them that are due from it on
	enabled sets     // by state that waits: the conditions enabled in it
	outside []bool   // by state: whether Within excludes it; nil without Within
	starts  []uint32 // by state: its first edge; one more for the end
	targets []uint32 // by edge: where it leads
	taken   sets     // by edge: the conditions of its action
}

// An edge is one transition of a graph.
type edge struct {
	to  uint32
	set uint64 // the conditions it takes
}

// sets keeps sets of a few things, in as many bytes each as that takes.
type sets struct {
	width int
	bytes []byte
}

func newSets(things, count int) sets {
	width := (things + 7) / 8
	return sets{width: width, bytes: make([]byte, width*count)}
}

func (s sets) at(i int) (set uint64) {
	for b := s.width - 1; b >= 0; b-- {
		set = set<<8 | uint64(s.bytes[i*s.width+b])
	}
	return set
}

func (s sets) put(i int, set uint64) {
	for b := range s.width {
		s.bytes[i*s.width+b] = byte(set >> (8 * b))
	}
}

func (s *sets) add(set uint64) {
	for b := range s.width {
		s.bytes = append(s.bytes, byte(set>>(8*b)))
	}
}

func (g *graph) part(number uint32) (*part, int) {
	return &g.parts[number>>segmentBits], int(number % segmentLen)
}

func (g *graph) waits(number uint32) uint64 {
	p, i := g.part(number)
	return p.waits.at(i)
}

func (g *graph) due(number uint32) uint64 {
	p, i := g.part(number)
	return p.due.at(i)
}

func (g *graph) enabled(number uint32) uint64 {
	p, i := g.part(number)
	return p.enabled.at(i)
}

func (g *graph) outside(number uint32) bool {
	p, i := g.part(number)
	return p.outside != nil && p.outside[i]
}

// edges gives the part in which the edges of a state stand, and which they are.
func (g *graph) edges(number uint32) (p *part, from, to uint32) {
	p, i := g.part(number)
	return p, p.starts[i], p.starts[i+1]
}

// survey builds the graph of a finished search. The reason is goOn, or why there is none.
func (s *search[S, K, A]) survey(ctx context.Context, promises []promise[S]) (*graph, Reason, error) {
	g := &graph{
		parts: make([]part, (s.size+segmentLen-1)/segmentLen),
		size:  s.size,
		inits: s.levels[0],
		bytes: int64(s.size) * huntBytes,
	}
	v := surveyor[S, K, A]{search: s, graph: g, promises: promises}
	v.room.Store(s.options.Memory - s.bytes() - g.bytes)
	errs := make([]error, len(g.parts))
	for _, phase := range []func(*worker[S, K, A], int) error{v.test, v.link} {
		const batch = 64 // segments between two looks at the clock
		for first := 0; first < len(g.parts); first += batch {
			s.progress(0)
			count := min(batch, len(g.parts)-first)
			s.share(count, count*segmentLen, func(w *worker[S, K, A], i int) {
				if ctx.Err() == nil && v.fits() {
					errs[first+i] = phase(w, first+i)
				}
			})
			for _, err := range errs[first : first+count] {
				if err != nil {
					return g, goOn, err
				}
			}
			switch {
			case ctx.Err() != nil:
				return g, Cancelled, nil
			case !v.fits():
				return g, MemoryLimit, nil
			}
		}
	}
	g.bytes = s.options.Memory - s.bytes() - v.room.Load()
	return g, goOn, nil
}

// A surveyor builds a graph.
type surveyor[S, K comparable, A any] struct {
	search   *search[S, K, A]
	graph    *graph
	promises []promise[S]
	room     atomic.Int64 // bytes left, if there is a limit
}

func (v *surveyor[S, K, A]) fits() bool { return v.search.options.Memory == 0 || v.room.Load() >= 0 }

// numbers gives the states of a part: from, and to below.
func (v *surveyor[S, K, A]) numbers(i int) (from, to uint32) {
	return uint32(i * segmentLen), uint32(min((i+1)*segmentLen, v.graph.size))
}

// test finds out which promises the states of a part do not keep.
func (v *surveyor[S, K, A]) test(_ *worker[S, K, A], i int) (err error) {
	s, p := v.search, &v.graph.parts[i]
	from, to := v.numbers(i)
	number, at, done := from, 0, false
	defer func() {
		if value := recover(); !done {
			in := "Within"
			if at < len(v.promises) {
				in = fmt.Sprintf("property %q", v.promises[at].property.Name)
			}
			err = s.model.newPanicError(in, *s.state(number), value, debug.Stack())
		}
	}()
	count := int(to - from)
	p.waits, p.due = newSets(len(v.promises), count), newSets(len(v.promises), count)
	p.enabled = newSets(len(s.model.Fair), count)
	p.starts = make([]uint32, count+1)
	if s.model.Within != nil {
		p.outside = make([]bool, count)
	}
	v.room.Add(-int64(len(p.waits.bytes) + len(p.due.bytes) + len(p.enabled.bytes) + 4*len(p.starts) + len(p.outside)))
	for ; number < to; number++ {
		state, waits, due := *s.state(number), uint64(0), uint64(0)
		for at = range v.promises {
			promise := &v.promises[at]
			if promise.property.Holds(state) {
				continue
			}
			waits |= 1 << at
			if promise.from == nil && int(number) < v.graph.inits || promise.from != nil && promise.from(state) {
				due |= 1 << at
			}
		}
		p.waits.put(int(number-from), waits)
		p.due.put(int(number-from), due)
		if at = len(v.promises); p.outside != nil {
			p.outside[number-from] = !s.model.Within(state)
		}
	}
	done = true
	return nil
}

// link finds the edges of the states of a part.
func (v *surveyor[S, K, A]) link(w *worker[S, K, A], i int) error {
	p := &v.graph.parts[i]
	p.taken = newSets(len(v.search.model.Fair), 0)
	from, to := v.numbers(i)
	l := linker[S, K, A]{surveyor: v, worker: w, part: p}
	for first := from; first < to; first += chunkLen {
		if err := l.link(first, min(first+chunkLen, to)); err != nil {
			return err
		}
	}
	p.targets, p.taken.bytes = exactly(p.targets), exactly(p.taken.bytes)
	v.room.Add(-int64(4*len(p.targets) + len(p.taken.bytes)))
	return nil
}

// exactly copies a slice to memory of its size: what append left over would be
// a good part of a graph.
func exactly[T any](from []T) []T {
	to := make([]T, len(from))
	copy(to, from)
	return to
}

// A linker finds the edges of a part, a few states at a time, with the buffers
// of a worker.
type linker[S, K comparable, A any] struct {
	*surveyor[S, K, A]
	worker *worker[S, K, A]
	part   *part
	taken  []uint64 // by successor: the conditions of the action
	at     uint32   // the state at hand
	asking bool     // whether Fair was asked last, and not Next
}

func (l *linker[S, K, A]) link(from, to uint32) error {
	w, c := l.worker, chunk[S, K]{}
	if err := l.expand(from, to); err != nil {
		return err
	}
	if !w.identify(&c) {
		return c.err
	}
	w.fetch()
	i := 0
	for at := from; at < to; at++ {
		first := i
		i = int(w.ends[at-from])
		if l.graph.waits(at) != 0 {
			if err := l.edges(at, first, i); err != nil {
				return err
			}
		}
		l.part.starts[at%segmentLen+1] = uint32(len(l.part.targets))
	}
	return nil
}

// expand asks Next about the states that wait for something.
func (l *linker[S, K, A]) expand(from, to uint32) (err error) {
	w, s, done := l.worker, l.search, false
	defer func() {
		if value := recover(); !done {
			in := "Next"
			if l.asking {
				in = "Fair"
			}
			err = s.model.newPanicError(in, *s.state(l.at), value, debug.Stack())
		}
	}()
	emit := func(a A, next S) {
		l.asking = true
		l.taken = append(l.taken, s.model.conditions(a))
		l.asking = false
		w.out = append(w.out, next)
	}
	w.out, w.ends, l.taken = w.out[:0], w.ends[:0], l.taken[:0]
	for l.at = from; l.at < to; l.at++ {
		if l.graph.waits(l.at) != 0 && !l.graph.outside(l.at) {
			s.model.Next(*s.state(l.at), emit)
		}
		w.ends = append(w.ends, uint32(len(w.out)))
	}
	done = true
	return nil
}

// edges adds those of a state to the part, given which successors it has.
func (l *linker[S, K, A]) edges(at uint32, from, to int) error {
	w, p, g := l.worker, l.part, l.graph
	waits, enabled := g.waits(at), uint64(0)
	stays, leaves := false, g.outside(at)
	for i := from; i < to; i++ {
		next := l.search.find(w.tags[i], &w.keys[i], w.seen[i])
		switch {
		case next == noState:
			return l.search.astray(*l.search.state(at))
		case next == at:
			stays = true
			continue
		}
		leaves = true
		enabled |= l.taken[i]
		if waits&g.waits(next) != 0 {
			p.targets = append(p.targets, next)
			p.taken.add(l.taken[i])
		}
	}
	if stays || !leaves {
		p.targets = append(p.targets, at)
		p.taken.add(0)
	}
	p.enabled.put(int(at%segmentLen), enabled)
	return nil
}
