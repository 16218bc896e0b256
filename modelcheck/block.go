package modelcheck

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A search advances by blocks of states of equal depth. A block is cut into
// chunks, and goes through three phases, each shared out among the workers:
//
//	expand  by chunk: ask Next, and keep as candidates the successors that
//	        are not in the visited set, which nobody changes meanwhile;
//	insert  by shard: put the candidates into the visited set, in order of
//	        chunk and place, so that of equal ones the first wins;
//	settle  by chunk: number the winners in order, store them, test them.
//
// Thus states are numbered exactly as by a search with one worker and no
// blocks, whoever did what, and no phase needs a lock.
const (
	chunkBits  = 6
	chunkCount = 1 << chunkBits
	chunkLen   = 64 // states
	blockLen   = chunkCount * chunkLen

	placeBits = 31 - chunkBits // what a pending reference has left
	placeMask = 1<<placeBits - 1
)

// goOn is the reason of a block that ended nothing.
const goOn = NotSearched

// A candidate is a successor that was not in the visited set when it was met.
type candidate[K comparable] struct {
	key    K
	parent uint32
	tag    uint32
	slot   uint32 // in its shard, or loser
}

// loser is the slot of a candidate that equals an earlier one.
const loser = ^uint32(0)

// A chunk is a part of a block with its candidates, and with what came of it.
type chunk[S, K comparable] struct {
	fresh []candidate[K]
	// states are those of fresh, unless they are their own keys.
	states []S
	// order lists the places in fresh by shard: those of shard d stand in
	// order[lanes[d]:lanes[d+1]].
	order []uint32
	lanes [shardCount + 1]uint32
	// won counts the winners by shard; first is the number of the first.
	won   [shardCount]uint32
	first uint32
	hits  []hit[S]
	err   error
}

// A hit is the first state of a chunk a watch waits for.
type hit[S comparable] struct {
	watch  *watch[S]
	number uint32
}

// advance takes a block through its phases. The block has count entries, cut
// into chunks of size; expand does the first phase for some of them.
func (s *search[S, K, A]) advance(
	ctx context.Context, count, size int,
	expand func(w *worker[S, K, A], c *chunk[S, K], from, to int),
) (Reason, error) {
	var cancelled atomic.Bool
	chunks := s.chunks[:(count+size-1)/size]
	s.share(len(chunks), count, func(w *worker[S, K, A], i int) {
		if ctx.Err() != nil {
			cancelled.Store(true)
			return
		}
		chunks[i].err = nil
		expand(w, &chunks[i], i*size, min((i+1)*size, count))
	})
	if cancelled.Load() {
		return Cancelled, nil
	}
	if err := firstError(chunks); err != nil {
		return goOn, err
	}
	more, fits := s.plan(chunks)
	if !fits {
		return MemoryLimit, nil
	}
	for _, w := range s.workers {
		s.tally.take(&w.tally)
	}
	s.share(shardCount, more, func(_ *worker[S, K, A], d int) { s.insert(chunks, uint32(d)) })

	size0 := s.size
	full := s.number(chunks)
	s.open = s.open[:0]
	for _, w := range s.watches {
		if w.number == noState {
			s.open = append(s.open, w)
		}
	}
	s.share(len(chunks), s.size-size0, func(_ *worker[S, K, A], i int) { s.settle(&chunks[i]) })
	for i := range chunks {
		for _, h := range chunks[i].hits {
			h.watch.number = min(h.watch.number, h.number)
		}
	}
	if err := firstError(chunks); err != nil {
		return goOn, err
	}
	if full {
		return StateLimit, nil
	}
	return goOn, nil
}

// share calls do for the numbers below n, with as many workers as the amount
// of work is worth.
func (s *search[S, K, A]) share(n, work int, do func(w *worker[S, K, A], i int)) {
	const worth = 256 // work by worker that outweighs waking it
	var next atomic.Int64
	run := func(w *worker[S, K, A]) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(w, i)
		}
	}
	var others sync.WaitGroup
	for _, w := range s.workers[1:max(1, min(len(s.workers), n, work/worth))] {
		others.Go(func() { run(w) })
	}
	run(s.workers[0])
	others.Wait()
}

// plan says how many candidates there are, and whether memory suffices.
func (s *search[S, K, A]) plan(chunks []chunk[S, K]) (more int, fits bool) {
	var need int64
	for d := range s.shards {
		in := waiting(chunks, uint32(d))
		more += in
		need += s.shards[d].bytesWith(in)
	}
	need += s.bytesFor(min(s.size+more, s.options.MaxStates))
	limit := s.options.Memory
	if s.options.Directory != "" {
		limit -= limit / 4 // which going there takes
	}
	return more, limit == 0 || need <= limit
}

// waiting is the number of candidates for a shard.
func waiting[S, K comparable](chunks []chunk[S, K], shard uint32) int {
	n := 0
	for i := range chunks {
		n += int(chunks[i].lanes[shard+1] - chunks[i].lanes[shard])
	}
	return n
}

// insert puts the candidates for a shard into it. None of them was in the
// visited set before this block, so they are compared among themselves only.
func (s *search[S, K, A]) insert(chunks []chunk[S, K], shard uint32) {
	d := &s.shards[shard]
	d.reserve(waiting(chunks, shard))
	slots := d.slots
	for i := range chunks {
		c := &chunks[i]
		won := uint32(0)
	candidates:
		for _, place := range c.order[c.lanes[shard]:c.lanes[shard+1]] {
			mine := &c.fresh[place]
			at := d.home(mine.tag)
			for ; slots[at] != 0; at = d.after(at) {
				ref := slots[at].ref()
				if slots[at].tag() != mine.tag || ref&pending == 0 {
					continue
				}
				other := &chunks[ref>>placeBits%chunkCount].fresh[ref&placeMask]
				if other.key == mine.key {
					mine.slot = loser
					continue candidates
				}
			}
			slots[at] = makeSlot(mine.tag, pending|uint32(i)<<placeBits|place)
			mine.slot = at
			won++
		}
		d.used += int(won)
		c.won[shard] = won
	}
}

// number gives each chunk the number of its first winner and makes room in
// the store. It says whether there are more winners than may be stored.
func (s *search[S, K, A]) number(chunks []chunk[S, K]) (full bool) {
	size := s.size
	for i := range chunks {
		chunks[i].first = uint32(size)
		for _, won := range chunks[i].won {
			size += int(won)
		}
	}
	s.extend(min(size, s.options.MaxStates))
	return size > s.options.MaxStates
}

// settle stores the winners of a chunk and tests them. Winners for which no
// number is left stay pending in the visited set, which is not used again.
func (s *search[S, K, A]) settle(c *chunk[S, K]) {
	c.hits = c.hits[:0]
	number := c.first
	for i := range c.fresh {
		winner := &c.fresh[i]
		if winner.slot == loser {
			continue
		}
		if int(number) >= s.size {
			break
		}
		*s.known.at(number), *s.parents.at(number) = winner.key, winner.parent
		if s.id.of != nil {
			*s.states.at(number) = c.states[i]
		}
		s.shards[shardOf(winner.tag)].slots[winner.slot] = makeSlot(winner.tag, number+1)
		number++
	}
	if len(s.open) > 0 {
		s.test(c, number)
	}
}

// test evaluates the open properties in the states of a chunk, which have the
// numbers from c.first to below end.
func (s *search[S, K, A]) test(c *chunk[S, K], end uint32) {
	number, current, done := c.first, 0, false
	open := append([]*watch[S](nil), s.open...)
	defer func() {
		if value := recover(); !done {
			name := fmt.Sprintf("property %q", open[current].property.Name)
			c.err = s.model.newPanicError(name, *s.state(number), value, debug.Stack())
		}
	}()
	for ; number < end; number++ {
		state := s.state(number)
		for current = 0; current < len(open); current++ {
			w := open[current]
			if w.property.Holds(*state) != w.awaited {
				continue
			}
			c.hits = append(c.hits, hit[S]{watch: w, number: number})
			open = append(open[:current], open[current+1:]...)
			current--
		}
	}
	done = true
}

// firstError gives the error of the first chunk that has one.
func firstError[S, K comparable](chunks []chunk[S, K]) error {
	for i := range chunks {
		if chunks[i].err != nil {
			return chunks[i].err
		}
	}
	return nil
}
