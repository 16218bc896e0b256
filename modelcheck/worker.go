package modelcheck

import "runtime/debug"

// A worker expands chunks. Its buffers are used again for every chunk.
type worker[S, K comparable, A any] struct {
	search *search[S, K, A]
	tally  tally
	emit   func(A, S) // passed to Next

	number uint32 // of the state that is expanded
	before S      // the state, if a property of steps wants it
	first  int    // where its successors begin in out

	actors []int // of the successors of the state, if Local is asked

	out  []S      // successors of the chunk's states, in order
	ends []uint32 // where those of each state end in out
	tags []uint32 // of out
	keys []K      // of out; out itself if states are their own keys
	seen []slot   // at the home of each tag
}

func newWorker[S, K comparable, A any](s *search[S, K, A]) *worker[S, K, A] {
	w := &worker[S, K, A]{search: s, tally: newTally(&s.model)}
	clause, canonical, actor := s.model.Clause, s.model.Canonical, s.model.Actor
	steps := len(s.model.AlwaysSteps)+len(s.model.SometimesSteps) > 0
	w.emit = func(a A, next S) {
		if clause != nil {
			if i := clause(a); i >= 0 {
				w.tally.fired[i]++
			}
		}
		if steps {
			w.step(a, next)
		}
		if canonical != nil {
			next = canonical(next)
		}
		if actor != nil {
			w.actors = append(w.actors, actor(a))
		}
		w.out = append(w.out, next)
	}
	return w
}

// step evaluates the properties of steps that are still open.
func (w *worker[S, K, A]) step(a A, next S) {
	m := &w.search.model
	for i := range m.SometimesSteps {
		if !w.tally.done[i] {
			w.tally.done[i] = m.SometimesSteps[i].Holds(w.before, a, next)
		}
	}
	for i := range m.AlwaysSteps {
		if w.number < w.tally.broken[i] && !m.AlwaysSteps[i].Holds(w.before, a, next) {
			w.tally.broken[i] = w.number
		}
	}
}

// begin fills a chunk with initial states.
func (w *worker[S, K, A]) begin(c *chunk[S, K], init []S) {
	w.out = append(w.out[:0], init...)
	done := 0
	defer func() {
		if value := recover(); done < len(init) {
			c.err = w.search.model.newPanicError("Canonical", init[done], value, debug.Stack())
		}
	}()
	for ; done < len(init); done++ {
		if canonical := w.search.model.Canonical; canonical != nil {
			w.out[done] = canonical(init[done])
		}
	}
	w.ends = append(w.ends[:0], uint32(len(init)))
	w.sieve(c, noParent)
}

// expand fills a chunk with the successors of stored states.
func (w *worker[S, K, A]) expand(c *chunk[S, K], from, to uint32) {
	s := w.search
	w.out, w.ends = w.out[:0], w.ends[:0]
	in, done, begin := "Next", false, from
	w.number = s.nth(from)
	defer func() {
		// A function that leaves by runtime.Goexit has no value to recover.
		if value := recover(); !done {
			c.err = s.model.newPanicError(in, *s.state(w.number), value, debug.Stack())
		}
	}()
	next, within, final := s.model.Next, s.model.Within, len(s.model.Final) > 0
	steps := len(s.model.AlwaysSteps)+len(s.model.SometimesSteps) > 0
	for w.first = 0; from < to; from++ {
		w.number = s.nth(from)
		state := s.state(w.number)
		if within != nil {
			in = "Within"
			inside := within(*state)
			in = "Next"
			if !inside {
				w.tally.outside++
				w.ends = append(w.ends, uint32(w.first))
				continue
			}
		}
		if steps {
			w.before = *state
		}
		w.actors = w.actors[:0]
		next(*state, w.emit)
		if s.model.Local != nil {
			in = "Local"
			w.putOff(state)
			in = "Next"
		}
		w.ends = append(w.ends, uint32(len(w.out)))
		w.tally.state(len(w.out) - w.first)
		if final {
			w.end(state, w.out[w.first:])
		}
		w.first = len(w.out)
	}
	done = true
	w.sieve(c, begin)
}

// nth is the number of a state that a block names: its place in the order of a
// directed search, and the number itself of others.
func (s *search[S, K, A]) nth(i uint32) uint32 {
	if s.order != nil {
		return s.order[i]
	}
	return i
}

// end evaluates the final properties of a state with these successors.
func (w *worker[S, K, A]) end(state *S, successors []S) {
	for i := range successors {
		if successors[i] != *state {
			return
		}
	}
	for i := range w.search.model.Final {
		if p := &w.search.model.Final[i]; w.number < w.tally.ended[i] && !p.Holds(*state) {
			w.tally.ended[i] = w.number
		}
	}
}

// sieve keeps as candidates of a chunk the successors that are not in the
// visited set. Parent is that of the first of the states they come from.
//
// The loops are apart so that the processor can wait for many memory accesses
// at once: the slots of all successors are fetched before one is looked at.
func (w *worker[S, K, A]) sieve(c *chunk[S, K], parent uint32) {
	s := w.search
	if !w.identify(c) {
		return
	}
	w.fetch()
	c.fresh, c.states = c.fresh[:0], c.states[:0]
	var counts [shardCount]uint32
	i := uint32(0)
	for _, end := range w.ends {
		of := parent
		if parent != noParent {
			of = s.nth(parent)
		}
		for ; i < end; i++ {
			tag := w.tags[i]
			if s.find(tag, &w.keys[i], w.seen[i]) != noState {
				continue
			}
			c.fresh = append(c.fresh, candidate[K]{key: w.keys[i], parent: of, tag: tag})
			if s.id.of != nil {
				c.states = append(c.states, w.out[i])
			}
			counts[shardOf(tag)]++
		}
		parent++
	}
	if len(c.fresh) > placeMask {
		c.err = s.model.errorf("more than %d new successors of %d states", placeMask, len(w.ends))
		return
	}
	c.sort(&counts)
}

// identify finds the tags and the keys of the successors. It reports false, and
// gives the chunk an error, if a function of the model panicked.
func (w *worker[S, K, A]) identify(c *chunk[S, K]) (done bool) {
	id := &w.search.id
	w.tags = w.tags[:0]
	defer func() {
		if value := recover(); !done {
			c.err = w.search.model.newPanicError(id.calls, w.out[len(w.tags)], value, debug.Stack())
		}
	}()
	if id.of == nil {
		for i := range w.out {
			w.tags = append(w.tags, tagOf(id.hash(w.out[i])))
		}
		w.keys = any(w.out).([]K)
		return true
	}
	w.keys = w.keys[:0]
	for i := range w.out {
		tag, key := id.of(w.out[i])
		w.tags, w.keys = append(w.tags, tag), append(w.keys, key)
	}
	return true
}

// has says whether a state is in the visited set.
func (s *search[S, K, A]) has(state *S) bool {
	tag, key := s.identify(state)
	d := &s.shards[shardOf(tag)]
	return s.find(tag, &key, d.slots[d.home(tag)]) != noState
}

// identify gives the tag and the key of a state.
func (s *search[S, K, A]) identify(state *S) (uint32, K) {
	if s.id.of == nil {
		return tagOf(s.id.hash(*state)), *any(state).(*K)
	}
	return s.id.of(*state)
}

// fetch looks at the homes of all tags.
func (w *worker[S, K, A]) fetch() {
	w.seen = w.seen[:0]
	for _, tag := range w.tags {
		d := &w.search.shards[shardOf(tag)]
		w.seen = append(w.seen, d.slots[d.home(tag)])
	}
}

// find gives the number of a key, or noState, given what is at the home of its tag.
func (s *search[S, K, A]) find(tag uint32, key *K, at slot) uint32 {
	if at == 0 {
		return noState
	}
	if number := at.ref() - 1; at.tag() == tag && *s.known.at(number) == *key {
		return number
	}
	d := &s.shards[shardOf(tag)]
	for i := d.after(d.home(tag)); d.slots[i] != 0; i = d.after(i) {
		if number := d.slots[i].ref() - 1; d.slots[i].tag() == tag && *s.known.at(number) == *key {
			return number
		}
	}
	return noState
}

// sort lists the candidates by shard, given how many each shard has.
func (c *chunk[S, K]) sort(counts *[shardCount]uint32) {
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
