package modelcheck

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A disk is a search that has outgrown its memory and goes on in files.
//
// It goes depth by depth. States of the depth at hand are read in order and
// expanded. What follows is not looked up but collected, sorted and, when the memory
// is full, written as a run. When the depth is done all runs are merged with each
// other and with what was visited before, and what is new is the next depth: sorted
// as well, so that it becomes a run of the visited ones. Every file is written and
// read from its beginning to its end. A cache of states that were met lately drops
// most of those that come back at once.
//
// Everything is cut by the first bits of the tag into slices, which the workers
// share out.
type disk[S, K comparable, A any] struct {
	search *search[S, K, A]
	files  *directory
	keys   plain[K]
	states plain[S]
	n      recordSize

	slices [sliceCount]slice
	state  saved // what a checkpoint says
	next   int64 // the place of the next state to be expanded, in the last of state.Levels
	last   time.Time
}

const (
	sliceBits  = 3
	sliceCount = 1 << sliceBits

	leastMemory = 64 << 10 // bytes; a search on disk does not go below
)

// A slice holds the candidates of some tags.
type slice struct {
	records []byte // unsorted
	limit   int    // bytes of records that are kept in memory
	cache   []byte // names of records, by hash, each after a byte that says that one is there
	err     error
}

// counts is how many states there are by slice.
type counts [sliceCount]int64

func (c *counts) sum() (n int64) {
	for _, k := range c {
		n += k
	}
	return n
}

// A place is where a state stands: its depth, and its number there.
type place struct {
	Depth int
	Index int64
}

// A visitedRun is sorted names of states, in one file for each slice.
type visitedRun struct {
	Number int
	Counts counts
}

// A candidateRun is a file of sorted candidates of one slice.
type candidateRun struct {
	Number, Slice int
	Count         int64
}

func newDisk[S, K comparable, A any](s *search[S, K, A], files *directory) (*disk[S, K, A], error) {
	d := &disk[S, K, A]{search: s, files: files, last: time.Now()}
	keys, ok := plainOf[K]()
	states, plainly := plainOf[S]()
	if !ok || !plainly {
		return nil, s.model.errorf("its states hold more than numbers and cannot go to disk; pack them")
	}
	d.keys, d.states = keys, states
	d.n = recordSize{key: keys.size}
	if s.id.of != nil {
		d.n.state = states.size
	}
	return d, nil
}

// reserve takes the memory that the search on disk has.
func (d *disk[S, K, A]) reserve() {
	memory := int(max(leastMemory, d.search.options.Memory))
	for i := range d.slices {
		// Sorting needs as much again, and 16 bytes by record.
		d.slices[i].limit = memory / sliceCount / 3 / (2*d.n.whole() + 16) * d.n.whole()
		d.slices[i].cache = make([]byte, memory/sliceCount/3/(1+d.n.name())*(1+d.n.name()))
	}
}

// run searches on, to the end of what can be reached.
func (d *disk[S, K, A]) run(ctx context.Context) (Reason, error) {
	s := d.search
	for {
		if d.state.violated(s.awaited()) && !s.options.KeepGoing {
			return FoundViolation, nil
		}
		depth := len(d.state.Levels) - 1
		if d.state.Levels[depth].sum() == 0 {
			d.state.Levels = d.state.Levels[:depth]
			return Exhausted, nil
		}
		d.tell()
		reason, err := d.expand(ctx)
		if reason != goOn || err != nil {
			return reason, err
		}
		found, err := d.settle()
		if err != nil {
			return goOn, err
		}
		d.state.Levels = append(d.state.Levels, found)
		d.next = 0
		if err := d.compact(); err != nil {
			return goOn, err
		}
		if time.Since(d.last) >= s.options.CheckpointEvery || d.files.wasted > 4*s.options.Memory {
			if err := d.checkpoint(); err != nil {
				return goOn, err
			}
		}
		if s.options.MaxStates < MaxStatesLimit && d.size() > int64(s.options.MaxStates) {
			return StateLimit, nil
		}
	}
}

// size is how many states were found.
func (d *disk[S, K, A]) size() (n int64) {
	for i := range d.state.Levels {
		n += d.state.Levels[i].sum()
	}
	return n
}

// tell lets the search know how many states there are.
func (d *disk[S, K, A]) tell() {
	s := d.search
	s.levels, s.size = s.levels[:0], int(d.size())
	for i := range d.state.Levels {
		s.levels = append(s.levels, int(d.state.Levels[i].sum()))
	}
}

// bytes is the memory that is used.
func (d *disk[S, K, A]) bytes() (n int64) {
	for i := range d.slices {
		l := &d.slices[i]
		n += int64(len(l.cache) + (2*l.limit/d.n.whole())*d.n.whole() + 16*l.limit/d.n.whole())
	}
	return n
}

// expand finds the candidates that follow the states of the last depth.
func (d *disk[S, K, A]) expand(ctx context.Context) (Reason, error) {
	s := d.search
	depth := len(d.state.Levels) - 1
	level := &d.state.Levels[depth]
	left := level.sum() - d.next
	begin := int64(0)
	for i := range sliceCount {
		if d.next >= begin+level[i] {
			begin += level[i]
			continue
		}
		from, err := inFile(d.files.level(depth, i), d.n.whole(), level[i])
		if err != nil {
			return goOn, err
		}
		err = d.skip(from, d.next-begin)
		for err == nil && d.next < begin+level[i] {
			s.progress(int(left))
			if ctx.Err() != nil {
				closeAll([]*source{from})
				return Cancelled, d.checkpoint()
			}
			count := int(min(blockLen, begin+level[i]-d.next))
			err = d.block(from, count)
			left -= int64(count)
			d.next += int64(count)
			if every := s.options.CheckpointEvery; err == nil && time.Since(d.last) >= every {
				err = d.checkpoint()
			}
		}
		closeAll([]*source{from})
		if err != nil {
			return goOn, err
		}
		begin += level[i]
	}
	return goOn, nil
}

// skip passes over records that were expanded before a checkpoint.
func (d *disk[S, K, A]) skip(from *source, count int64) error {
	for range count {
		if err := from.next(); err != nil {
			return err
		}
	}
	return nil
}

// block expands some states and collects what follows.
func (d *disk[S, K, A]) block(from *source, count int) error {
	s := d.search
	for i := range uint32(count) {
		if err := from.next(); err != nil {
			return err
		}
		d.read(from.record, s.state(i))
	}
	chunks := s.chunks[:(count+chunkLen-1)/chunkLen]
	s.share(len(chunks), count, func(w *worker[S, K, A], i int) {
		chunks[i].err = nil
		w.expand(&chunks[i], uint32(i*chunkLen), uint32(min((i+1)*chunkLen, count)))
	})
	if err := firstError(chunks); err != nil {
		return err
	}
	for _, w := range s.workers {
		s.tally.take(&w.tally)
	}
	d.state.note(&s.tally, place{len(d.state.Levels) - 1, d.next})
	s.share(sliceCount, count, func(_ *worker[S, K, A], i int) { d.slices[i].err = d.collect(i, chunks) })
	for i := range d.slices {
		if err := d.slices[i].err; err != nil {
			return err
		}
	}
	for i := range d.slices {
		if len(d.slices[i].records) >= d.slices[i].limit {
			if err := d.flush(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// read takes the state from a record.
func (d *disk[S, K, A]) read(record []byte, to *S) {
	from := record[tagBytes:]
	if d.n.state > 0 {
		from = record[d.n.ranked():]
	}
	d.states.take(from, to)
}

// collect adds the candidates of a slice, but for those that were met lately.
func (d *disk[S, K, A]) collect(i int, chunks []chunk[S, K]) error {
	l := &d.slices[i]
	name, entry := d.n.name(), 1+d.n.name()
	record := make([]byte, d.n.whole())
	for c := range chunks {
		c := &chunks[c]
		const lanes = shardCount / sliceCount
		for _, at := range c.order[c.lanes[i*lanes]:c.lanes[(i+1)*lanes]] {
			mine := &c.fresh[at]
			binary.BigEndian.PutUint32(record, mine.tag)
			d.keys.put(record[tagBytes:], &mine.key)
			home := int(uint64(mine.tag<<sliceBits)*uint64(len(l.cache)/entry)>>tagBits) * entry
			known := l.cache[home : home+entry]
			if known[0] == 1 && bytes.Equal(known[1:], record[:name]) {
				continue
			}
			known[0] = 1
			copy(known[1:], record[:name])
			parent := uint64(noParent64)
			if mine.parent != noParent {
				parent = uint64(d.next) + uint64(mine.parent)
			}
			binary.BigEndian.PutUint64(record[name:], parent)
			if d.n.state > 0 {
				d.states.put(record[d.n.ranked():], &c.states[at])
			}
			l.records = append(l.records, record...)
		}
	}
	return nil
}

const noParent64 = 1<<64 - 1

// flush sorts the candidates of a slice, and writes them if that made room for few.
func (d *disk[S, K, A]) flush(i int) error {
	l := &d.slices[i]
	l.records = sortRecords(l.records, d.n)
	if len(l.records) < l.limit/2 {
		return nil
	}
	return d.write(i)
}

// write writes the sorted candidates of a slice as a run.
func (d *disk[S, K, A]) write(i int) error {
	l := &d.slices[i]
	if len(l.records) == 0 {
		return nil
	}
	run := candidateRun{Number: d.state.number(), Slice: i, Count: int64(len(l.records) / d.n.whole())}
	err := writeRecords(d.files.candidates(run.Number), func(emit func(...[]byte) error) error { return emit(l.records) })
	if err != nil {
		return err
	}
	d.state.Candidates = append(d.state.Candidates, run)
	l.records = l.records[:0]
	return nil
}

// settle merges the candidates with what was visited, and makes what is new the
// next depth.
func (d *disk[S, K, A]) settle() (found counts, err error) {
	s := d.search
	number := d.state.number()
	s.open = s.open[:0]
	for i, w := range s.watches {
		if d.state.Watched[i] == nil {
			s.open = append(s.open, w)
		}
	}
	hits := make([][]*int64, sliceCount)
	s.share(sliceCount, 1<<20, func(_ *worker[S, K, A], i int) {
		found[i], hits[i], d.slices[i].err = d.settleSlice(i, number)
	})
	for i := range d.slices {
		if err := d.slices[i].err; err != nil {
			return found, err
		}
	}
	begin := int64(0)
	for i := range sliceCount {
		for k, w := range s.open {
			if at := hits[i][k]; at != nil {
				if of := slices.Index(s.watches, w); d.state.Watched[of] == nil {
					d.state.Watched[of] = &place{len(d.state.Levels), begin + *at}
				}
			}
		}
		begin += found[i]
	}
	if found.sum() > 0 {
		d.state.Visited = append(d.state.Visited, visitedRun{number, found})
	}
	for _, c := range d.state.Candidates {
		d.files.drop(d.files.candidates(c.Number), c.Count*int64(d.n.whole()))
	}
	d.state.Candidates = nil
	for i := range d.slices {
		d.slices[i].records = d.slices[i].records[:0]
	}
	return found, nil
}

// settleSlice writes the new states of a slice. Hits are, by open watch, the first
// one that it waits for.
func (d *disk[S, K, A]) settleSlice(i, number int) (found int64, hits []*int64, err error) {
	s, l := d.search, &d.slices[i]
	hits = make([]*int64, len(s.open))
	l.records = sortRecords(l.records, d.n)
	candidates := []*source{inMemory(l.records, d.n.whole())}
	var visited []*source
	defer func() { closeAll(candidates); closeAll(visited) }()
	for _, c := range d.state.Candidates {
		if c.Slice == i {
			from, err := inFile(d.files.candidates(c.Number), d.n.whole(), c.Count)
			if err != nil {
				return 0, nil, err
			}
			candidates = append(candidates, from)
		}
	}
	for _, r := range d.state.Visited {
		from, err := inFile(d.files.visited(r.Number, i), d.n.name(), r.Counts[i])
		if err != nil {
			return 0, nil, err
		}
		visited = append(visited, from)
	}
	fresh, err := newMerge(candidates, d.n.ranked())
	if err != nil {
		return 0, nil, err
	}
	known, err := newMerge(visited, d.n.name())
	if err != nil {
		return 0, nil, err
	}
	name := d.n.name()
	var state S
	last := make([]byte, 0, name)
	one := make([][]byte, 1) // made once, not for every call
	err = writeRecords(d.files.level(len(d.state.Levels), i), func(level func(...[]byte) error) error {
		return writeRecords(d.files.visited(number, i), func(visit func(...[]byte) error) error {
			for r := fresh.least(); r != nil; r = fresh.least() {
				for k := known.least(); k != nil && bytes.Compare(k, r[:name]) < 0; k = known.least() {
					if err := known.next(); err != nil {
						return err
					}
				}
				if !bytes.Equal(last, r[:name]) && !bytes.Equal(known.least(), r[:name]) {
					d.read(r, &state)
					if err := d.test(&state, found, hits); err != nil {
						return err
					}
					one[0] = r
					if err := level(one...); err != nil {
						return err
					}
					one[0] = r[:name]
					if err := visit(one...); err != nil {
						return err
					}
					found++
				}
				last = append(last[:0], r[:name]...)
				if err := fresh.next(); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return found, hits, err
}

// test evaluates the open properties in a new state.
func (d *disk[S, K, A]) test(state *S, index int64, hits []*int64) (err error) {
	current := 0
	defer func() {
		if value := recover(); value != nil {
			name := fmt.Sprintf("property %q", d.search.open[current].property.Name)
			err = d.search.model.newPanicError(name, *state, value, nil)
		}
	}()
	for k, w := range d.search.open {
		current = k
		if hits[k] == nil && w.property.Holds(*state) == w.awaited {
			hits[k] = &index
		}
	}
	return nil
}

// compact merges runs of visited states until each is twice as long as the next, so
// that there are few of them.
func (d *disk[S, K, A]) compact() error {
	for {
		runs := d.state.Visited
		n := len(runs)
		if n < 2 || runs[n-2].Counts.sum() >= 2*runs[n-1].Counts.sum() {
			return nil
		}
		number := d.state.number()
		merged := visitedRun{Number: number}
		errs := make([]error, sliceCount)
		d.search.share(sliceCount, 1<<20, func(_ *worker[S, K, A], i int) {
			errs[i] = d.join(runs[n-2:], number, i)
		})
		for i, err := range errs {
			if err != nil {
				return err
			}
			merged.Counts[i] = runs[n-2].Counts[i] + runs[n-1].Counts[i]
			for _, r := range runs[n-2:] {
				d.files.drop(d.files.visited(r.Number, i), r.Counts[i]*int64(d.n.name()))
			}
		}
		d.state.Visited = append(slices.Clone(runs[:n-2]), merged)
	}
}

// join merges a slice of runs of visited states.
func (d *disk[S, K, A]) join(runs []visitedRun, number, i int) error {
	var sources []*source
	defer func() { closeAll(sources) }()
	for _, r := range runs {
		from, err := inFile(d.files.visited(r.Number, i), d.n.name(), r.Counts[i])
		if err != nil {
			return err
		}
		sources = append(sources, from)
	}
	m, err := newMerge(sources, d.n.name())
	if err != nil {
		return err
	}
	return writeRecords(d.files.visited(number, i), func(emit func(...[]byte) error) error {
		for r := m.least(); r != nil; r = m.least() {
			if err := emit(r); err != nil {
				return err
			}
			if err := m.next(); err != nil {
				return err
			}
		}
		return nil
	})
}

// keysTo lists the keys of a state and of its ancestors, the first one first.
func (d *disk[S, K, A]) keysTo(p place) (keys []K, err error) {
	record := make([]byte, d.n.whole())
	for {
		i, at := 0, p.Index
		for ; at >= d.state.Levels[p.Depth][i]; i++ {
			at -= d.state.Levels[p.Depth][i]
		}
		if err := readAt(d.files.level(p.Depth, i), at*int64(len(record)), record); err != nil {
			return nil, err
		}
		var key K
		d.keys.take(record[tagBytes:], &key)
		keys = append(keys, key)
		if p.Depth == 0 {
			slices.Reverse(keys)
			return keys, nil
		}
		p = place{p.Depth - 1, int64(binary.BigEndian.Uint64(record[d.n.name():]))}
	}
}

func readAt(name string, offset int64, to []byte) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("modelcheck: %w", err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.ReadAt(to, offset); err != nil {
		return fmt.Errorf("modelcheck: reading %s at byte %d: %w", name, offset, err)
	}
	return nil
}

// A directory holds the files of one search.
type directory struct {
	path    string
	garbage []string        // files that the next checkpoint makes superfluous
	wasted  int64           // bytes in them
	synced  map[string]bool // files that are on the disk
}

func (d *directory) name(format string, args ...any) string {
	return filepath.Join(d.path, fmt.Sprintf(format, args...))
}

func (d *directory) level(depth, slice int) string { return d.name("depth-%04d.%d", depth, slice) }
func (d *directory) visited(run, slice int) string { return d.name("visited-%06d.%d", run, slice) }
func (d *directory) candidates(run int) string     { return d.name("candidates-%06d", run) }
func (d *directory) memory() string                { return d.name("memory") }
func (d *directory) checkpointName() string        { return d.name("checkpoint.json") }

// drop removes a file, of so many bytes, once a checkpoint was written that does not
// need it.
func (d *directory) drop(name string, bytes int64) {
	d.garbage = append(d.garbage, name)
	d.wasted += bytes
}
