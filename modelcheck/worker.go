package modelcheck

import "runtime/debug"

// A worker expands chunks. Its buffers are used again for every chunk.
type worker[S comparable, A any] struct {
	search *search[S, A]
	tally  tally
	emit   func(A, S) // passed to Next

	out  []S      // successors of the chunk's states, in order
	ends []uint32 // where those of each state end in out
	tags []uint32 // of out
	seen []slot   // at the home of each tag
}

func newWorker[S comparable, A any](s *search[S, A]) *worker[S, A] {
	w := &worker[S, A]{search: s, tally: newTally(len(s.model.Clauses), len(s.model.SometimesSteps), len(s.model.Final))}
	clause, steps := s.model.Clause, s.model.SometimesSteps
	w.emit = func(a A, next S) {
		if clause != nil {
			if i := clause(a); i >= 0 {
				w.tally.fired[i]++
			}
		}
		for i := range steps {
			if !w.tally.done[i] {
				w.tally.done[i] = steps[i].Holds(a)
			}
		}
		w.out = append(w.out, next)
	}
	return w
}

// begin fills a chunk with initial states.
func (w *worker[S, A]) begin(c *chunk[S], init []S) {
	w.out = append(w.out[:0], init...)
	w.ends = append(w.ends[:0], uint32(len(init)))
	w.tags = w.tags[:0]
	w.sieve(c, noParent)
}

// expand fills a chunk with the successors of stored states.
func (w *worker[S, A]) expand(c *chunk[S], from, to uint32) {
	w.out, w.ends, w.tags = w.out[:0], w.ends[:0], w.tags[:0]
	number, done := from, false
	defer func() {
		// A function that leaves by runtime.Goexit has no value to recover.
		if value := recover(); !done {
			c.err = w.search.model.newPanicError("Next", *w.search.store.at(number), value, debug.Stack())
		}
	}()
	next, store := w.search.model.Next, &w.search.store
	before := 0
	for ; number < to; number++ {
		next(*store.at(number), w.emit)
		w.ends = append(w.ends, uint32(len(w.out)))
		w.tally.state(len(w.out) - before)
		if len(w.search.model.Final) > 0 {
			w.end(number, w.out[before:])
		}
		before = len(w.out)
	}
	done = true
	w.sieve(c, from)
}

// end evaluates the final properties of a state with these successors.
func (w *worker[S, A]) end(number uint32, successors []S) {
	state := *w.search.store.at(number)
	for i := range successors {
		if successors[i] != state {
			return
		}
	}
	for i := range w.search.model.Final {
		if p := &w.search.model.Final[i]; number < w.tally.ended[i] && !p.Holds(state) {
			w.tally.ended[i] = number
		}
	}
}

// sieve keeps as candidates of a chunk the successors that are not in the
// visited set. Parent is the number of the first of the states they come from.
//
// The loops are apart so that the processor can wait for many memory accesses
// at once: the slots of all successors are fetched before one is looked at.
func (w *worker[S, A]) sieve(c *chunk[S], parent uint32) {
	defer func() {
		if value := recover(); len(w.tags) < len(w.out) {
			c.err = w.search.model.newPanicError("Hash", w.out[len(w.tags)], value, debug.Stack())
		}
	}()
	shards, hash := &w.search.shards, w.search.hash
	for i := range w.out {
		w.tags = append(w.tags, tagOf(hash(w.out[i])))
	}
	w.seen = w.seen[:0]
	for _, tag := range w.tags {
		d := &shards[shardOf(tag)]
		w.seen = append(w.seen, d.slots[d.home(tag)&uint32(len(d.slots)-1)])
	}
	c.fresh = c.fresh[:0]
	var counts [shardCount]uint32
	i := uint32(0)
	for _, end := range w.ends {
		for ; i < end; i++ {
			tag := w.tags[i]
			if w.search.visited(tag, &w.out[i], w.seen[i]) {
				continue
			}
			c.fresh = append(c.fresh, candidate[S]{state: w.out[i], parent: parent, tag: tag})
			counts[shardOf(tag)]++
		}
		parent++
	}
	if len(c.fresh) > placeMask {
		c.err = w.search.model.errorf("more than %d new successors of %d states", placeMask, len(w.ends))
		return
	}
	c.sort(&counts)
}

// visited looks for a state, given what is at the home of its tag.
func (s *search[S, A]) visited(tag uint32, state *S, at slot) bool {
	if at == 0 {
		return false
	}
	if at.tag() == tag && *s.store.at(at.ref() - 1) == *state {
		return true
	}
	d := &s.shards[shardOf(tag)]
	mask := uint32(len(d.slots) - 1)
	for i := (d.home(tag) + 1) & mask; d.slots[i] != 0; i = (i + 1) & mask {
		if d.slots[i].tag() == tag && *s.store.at(d.slots[i].ref() - 1) == *state {
			return true
		}
	}
	return false
}

// sort lists the candidates by shard, given how many each shard has.
func (c *chunk[S]) sort(counts *[shardCount]uint32) {
	sum := uint32(0)
	var at [shardCount]uint32
	for d, n := range counts {
		c.lanes[d], at[d] = sum, sum
		sum += n
	}
	c.lanes[shardCount] = sum
	if cap(c.order) < len(c.fresh) {
		c.order = make([]uint32, len(c.fresh)+len(c.fresh)/2)
	}
	c.order = c.order[:len(c.fresh)]
	for i := range c.fresh {
		d := shardOf(c.fresh[i].tag)
		c.order[at[d]] = uint32(i)
		at[d]++
	}
}
