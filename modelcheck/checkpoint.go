package modelcheck

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"
)

// saved is what a checkpoint says of a search, beside its other files. Of a search
// that is still in memory it is the beginning of a depth: what is saved is whole
// depths, and the last one is expanded again.
type saved struct {
	Format   int
	Model    string
	State    string // its type
	Key      int    // bytes of a key
	Told     string // how states are told apart
	Claims   []string
	Elapsed  time.Duration
	InMemory bool

	Levels     []counts // by depth; in memory all in the first slice
	Visited    []visitedRun
	Candidates []candidateRun
	Numbers    int // of runs that were written
	Next       int64

	Tally   savedTally
	Ended   []*place // by property of Final: the first state that breaks it
	Broken  []*place // by property of AlwaysSteps: the first state with a step that breaks it
	Watched []*place // by property of Always, then of Sometimes
}

// savedTally is a tally in a checkpoint.
type savedTally struct {
	Expanded, Transitions, Deadlocks, Least, Most, Reduced, Outside int
	Fired                                                           []int
	Done                                                            []bool
}

const (
	checkpointFormat = 1
	checkpointEvery  = 10 * time.Minute
)

// number is a new one for a run.
func (c *saved) number() int { c.Numbers++; return c.Numbers }

// violated says whether a property is known to be false somewhere.
func (c *saved) violated(watches []bool) bool {
	known := func(p *place) bool { return p != nil }
	if slices.ContainsFunc(c.Ended, known) || slices.ContainsFunc(c.Broken, known) {
		return true
	}
	for i, awaited := range watches {
		if !awaited && c.Watched[i] != nil {
			return true
		}
	}
	return false
}

// note keeps the first states that break properties, which a tally has by their
// number in a block that begins at some place.
func (c *saved) note(t *tally, begin place) {
	keep := func(places []*place, numbers []uint32) {
		for i, number := range numbers {
			if number != noState && places[i] == nil {
				places[i] = &place{begin.Depth, begin.Index + int64(number)}
			}
			numbers[i] = noState
		}
	}
	keep(c.Ended, t.ended)
	keep(c.Broken, t.broken)
}

func saveTally(t *tally) savedTally {
	return savedTally{
		t.expanded, t.transitions, t.deadlocks, t.least, t.most, t.reduced, t.outside,
		slices.Clone(t.fired), slices.Clone(t.done),
	}
}

func (t *tally) load(c *savedTally) {
	t.expanded, t.transitions, t.deadlocks, t.least, t.most = c.Expanded, c.Transitions, c.Deadlocks, c.Least, c.Most
	t.reduced, t.outside = c.Reduced, c.Outside
	copy(t.fired, c.Fired)
	copy(t.done, c.Done)
}

// A mark is where a search in memory can be taken up again: at the beginning of a
// depth.
type mark struct {
	levels []int
	size   int
	tally  savedTally
	ended  []uint32
	broken []uint32
}

// mark remembers the beginning of a depth.
func (s *search[S, K, A]) remember() {
	s.marked = mark{slices.Clone(s.levels), s.size, saveTally(&s.tally), slices.Clone(s.tally.ended), slices.Clone(s.tally.broken)}
}

// claims names what a search finds out, to compare it with a checkpoint.
func (s *search[S, K, A]) claims() (names []string) {
	names = append(names, s.model.Clauses...)
	for _, w := range s.watches {
		names = append(names, w.property.Name)
	}
	for _, p := range s.model.Final {
		names = append(names, p.Name)
	}
	for _, p := range slices.Concat(s.model.AlwaysSteps, s.model.SometimesSteps) {
		names = append(names, p.Name)
	}
	return names
}

// save describes the search at its mark.
func (s *search[S, K, A]) save(keySize int) saved {
	c := saved{
		Format: checkpointFormat, Model: s.model.Name, State: reflect.TypeFor[S]().String(), Key: keySize,
		Told: s.options.Visited.String(), Claims: s.claims(), Elapsed: time.Since(s.began), InMemory: true,
		Tally: s.marked.tally,
	}
	for _, n := range s.marked.levels {
		c.Levels = append(c.Levels, counts{int64(n)})
	}
	at := func(number uint32) *place {
		if number == noState || int(number) >= s.marked.size {
			return nil
		}
		depth, n := 0, int(number)
		for ; n >= s.marked.levels[depth]; depth++ {
			n -= s.marked.levels[depth]
		}
		return &place{depth, int64(n)}
	}
	for _, number := range s.marked.ended {
		c.Ended = append(c.Ended, at(number))
	}
	for _, number := range s.marked.broken {
		c.Broken = append(c.Broken, at(number))
	}
	for _, w := range s.watches {
		c.Watched = append(c.Watched, at(w.number))
	}
	return c
}

// tags lists the tags of the states that were found up to the mark.
func (s *search[S, K, A]) tags() []uint32 {
	tags := make([]uint32, s.marked.size)
	for i := range s.shards {
		for _, x := range s.shards[i].slots {
			if n := x.ref() - 1; x != 0 && n < uint32(len(tags)) {
				tags[n] = x.tag()
			}
		}
	}
	return tags
}

// checkpoint saves a search in memory.
func (s *search[S, K, A]) checkpoint() error {
	keys, ok := plainOf[K]()
	states, plainly := plainOf[S]()
	if !ok || !plainly {
		return s.model.errorf("its states hold more than numbers and cannot go to disk; pack them")
	}
	tags, begin := s.tags(), s.marked.size-s.marked.levels[len(s.marked.levels)-1]
	n := recordSize{key: keys.size}
	err := writeRecords(s.files.memory()+".new", func(emit func(...[]byte) error) error {
		record, state := make([]byte, n.whole()), make([]byte, states.size)
		for number := range uint32(s.marked.size) {
			binary.BigEndian.PutUint32(record, tags[number])
			keys.put(record[tagBytes:], s.known.at(number))
			binary.BigEndian.PutUint64(record[n.name():], uint64(*s.parents.at(number)))
			if err := emit(record); err != nil {
				return err
			}
		}
		if s.id.of == nil {
			return nil
		}
		for number := uint32(begin); number < uint32(s.marked.size); number++ {
			states.put(state, s.state(number))
			if err := emit(state); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := os.Rename(s.files.memory()+".new", s.files.memory()); err != nil {
		return fmt.Errorf("modelcheck: %w", err)
	}
	delete(s.files.synced, s.files.memory())
	c := s.save(keys.size)
	s.savedAt = time.Now()
	return s.files.write(&c)
}

// load takes up a search that was saved in memory.
func (s *search[S, K, A]) load(c *saved) error {
	keys, _ := plainOf[K]()
	states, _ := plainOf[S]()
	total := 0
	for i := range c.Levels {
		s.levels = append(s.levels, int(c.Levels[i][0]))
		total += s.levels[i]
	}
	begin := total - s.levels[len(s.levels)-1]
	n := recordSize{key: keys.size}
	size := int64(total) * int64(n.whole())
	if s.id.of != nil {
		size += int64(total-begin) * int64(states.size)
	}
	from, err := inFile(s.files.memory(), 1, size)
	if err != nil {
		return err
	}
	defer closeAll([]*source{from})
	s.extend(total)
	from.size, from.record = n.whole(), nil
	for number := range uint32(total) {
		if err := from.next(); err != nil {
			return err
		}
		tag := binary.BigEndian.Uint32(from.record)
		keys.take(from.record[tagBytes:], s.known.at(number))
		*s.parents.at(number) = uint32(binary.BigEndian.Uint64(from.record[n.name():]))
		s.shards[shardOf(tag)].add(tag, number)
	}
	if s.id.of != nil {
		from.size, from.record = states.size, nil
		for number := uint32(begin); number < uint32(total); number++ {
			if err := from.next(); err != nil {
				return err
			}
			states.take(from.record, s.states.at(number))
		}
		s.states.release(uint32(begin))
	}
	s.tally.load(&c.Tally)
	number := func(p *place) uint32 {
		if p == nil {
			return noState
		}
		n := int(p.Index)
		for _, width := range s.levels[:p.Depth] {
			n += width
		}
		return uint32(n)
	}
	for i, p := range c.Ended {
		s.tally.ended[i] = number(p)
	}
	for i, p := range c.Broken {
		s.tally.broken[i] = number(p)
	}
	for i, p := range c.Watched {
		s.watches[i].number = number(p)
	}
	return nil
}

// toDisk lets a search that has outgrown its memory go on in files, from the
// beginning of the depth at hand.
func (s *search[S, K, A]) toDisk(ctx context.Context) (Reason, error) {
	d, err := newDisk(s, s.files)
	if err != nil {
		return goOn, err
	}
	d.state = s.save(d.keys.size)
	d.state.InMemory = false
	tags := s.tags()
	for i := range s.shards { // they are not needed any more, and their memory is
		s.shards[i] = shard{}
		s.shards[i].reserve(0)
	}
	// All depths share these: what a search on disk must not have is more memory.
	widest := slices.Max(s.marked.levels)
	ordered, ranked, spare := make([]uint32, widest), make([]uint32, widest), make([]uint32, widest)
	var ranks []uint32 // of the states of the depth before, in their order
	begin := 0
	d.state.Levels = nil
	for depth, width := range s.marked.levels {
		order, next := ordered[:width], ranked[:width]
		for i := range order {
			order[i] = uint32(begin + i)
		}
		slices.SortFunc(order, func(a, b uint32) int {
			if tags[a] != tags[b] {
				if tags[a] < tags[b] {
					return -1
				}
				return 1
			}
			return d.keys.compare(s.known.at(a), s.known.at(b))
		})
		found, err := d.place(depth, begin, order, tags, ranks)
		if err != nil {
			return goOn, err
		}
		for rank, number := range order {
			next[int(number)-begin] = uint32(rank)
		}
		// Places were numbers by order of discovery.
		for _, p := range slices.Concat(d.state.Ended, d.state.Broken, d.state.Watched) {
			if p != nil && p.Depth == depth {
				p.Index = int64(next[p.Index])
			}
		}
		ranks, begin = next, begin+width
		ranked, spare = spare, ranked
		d.state.Levels = append(d.state.Levels, found)
	}
	d.forget()
	if err := d.checkpoint(); err != nil {
		return goOn, err
	}
	return d.run(ctx)
}

// place writes the states of a depth, which are in order, as a level and as a run
// of visited ones.
func (d *disk[S, K, A]) place(depth, begin int, order, tags, ranks []uint32) (found counts, err error) {
	s, number := d.search, d.state.number()
	record := make([]byte, d.n.whole())
	whole, name := [][]byte{record}, [][]byte{record[:d.n.name()]} // made once, not for every call
	separate := d.n.state > 0 && depth == len(s.marked.levels)-1
	rest := order
	for i := range sliceCount {
		end := 0
		for end < len(rest) && tags[rest[end]]>>(tagBits-sliceBits) == uint32(i) {
			end++
		}
		mine := rest[:end]
		rest = rest[end:]
		found[i] = int64(len(mine))
		err = writeRecords(d.files.level(depth, i), func(level func(...[]byte) error) error {
			return writeRecords(d.files.visited(number, i), func(visit func(...[]byte) error) error {
				for _, n := range mine {
					binary.BigEndian.PutUint32(record, tags[n])
					d.keys.put(record[tagBytes:], s.known.at(n))
					parent := uint64(noParent64)
					if p := *s.parents.at(n); p != noParent {
						parent = uint64(ranks[int(p)-(begin-len(ranks))])
					}
					binary.BigEndian.PutUint64(record[d.n.name():], parent)
					if separate {
						d.states.put(record[d.n.ranked():], s.state(n))
					}
					if err := level(whole...); err != nil {
						return err
					}
					if err := visit(name...); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return found, err
		}
	}
	d.state.Visited = append(d.state.Visited, visitedRun{number, found})
	return found, nil
}

// forget drops what the search had in memory, and takes what the files need: both
// together would be more than it may have. A block of states is all that it holds
// from now on.
func (d *disk[S, K, A]) forget() {
	s := d.search
	s.disk = d
	s.memory.close()
	s.known, s.parents = column[K]{}, column[uint32]{}
	if s.id.of != nil {
		s.states = new(column[S])
	}
	s.states.extend(blockLen)
	s.model.Local, s.model.Actor = nil, nil // what is visited cannot be looked up
	s.workers = s.workers[:0]
	for range s.options.Workers {
		s.workers = append(s.workers, newWorker(s))
	}
	for i := range s.tally.ended {
		s.tally.ended[i] = noState
	}
	for i := range s.tally.broken {
		s.tally.broken[i] = noState
	}
	s.tally.load(&d.state.Tally)
	d.reserve()
}

// resume takes a search on disk up again.
func (s *search[S, K, A]) resume(ctx context.Context, c *saved) (Reason, error) {
	d, err := newDisk(s, s.files)
	if err != nil {
		return goOn, err
	}
	d.state, d.next = *c, c.Next
	if err := d.verify(); err != nil {
		return goOn, err
	}
	depth := len(c.Levels) - 1
	keys, err := d.keysTo(place{depth, c.Levels[depth].sum() - 1})
	if err == nil {
		err = s.recognize(keys)
	}
	if err != nil {
		return goOn, err
	}
	d.forget()
	return d.run(ctx)
}

// recognize takes the way to a state that was saved again, which should be there.
func (s *search[S, K, A]) recognize(keys []K) error {
	known := slices.ContainsFunc(s.model.Init, func(init S) bool { return s.key(init) == keys[0] })
	err := errNotDeterministic
	if known {
		_, err = s.path(keys)
	}
	if err != nil {
		return fmt.Errorf("modelcheck: %s is a search of other rules: the way to a state that it found is not there any more", s.files.checkpointName())
	}
	return nil
}

// checkpoint saves a search on disk.
func (d *disk[S, K, A]) checkpoint() error {
	for i := range d.slices {
		d.slices[i].records = sortRecords(d.slices[i].records, d.n)
		if err := d.write(i); err != nil {
			return err
		}
	}
	d.state.Next = d.next
	d.state.Tally = saveTally(&d.search.tally)
	d.state.Elapsed = time.Since(d.search.began)
	d.last = time.Now()
	return d.files.write(&d.state)
}

// write makes a checkpoint that which counts, and removes what only the one before
// needed.
func (d *directory) write(c *saved) error {
	text, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		return fmt.Errorf("modelcheck: %w", err)
	}
	name := d.checkpointName()
	err = writeRecords(name+".new", func(emit func(...[]byte) error) error { return emit(text, []byte("\n")) })
	for _, file := range c.files(d) {
		if err == nil && !d.synced[file] {
			err = syncFile(file)
			d.synced[file] = true
		}
	}
	if err == nil {
		err = syncFile(name + ".new")
	}
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err == nil {
		err = syncFile(d.path)
	}
	if err != nil {
		return fmt.Errorf("modelcheck: checkpoint: %w", err)
	}
	for _, old := range d.garbage {
		_ = os.Remove(old)
		delete(d.synced, old)
	}
	d.garbage, d.wasted = nil, 0
	return nil
}

// files lists those that a checkpoint needs.
func (c *saved) files(d *directory) (names []string) {
	if c.InMemory {
		return []string{d.memory()}
	}
	for depth := range c.Levels {
		for i := range sliceCount {
			names = append(names, d.level(depth, i))
		}
	}
	for _, r := range c.Visited {
		for i := range sliceCount {
			names = append(names, d.visited(r.Number, i))
		}
	}
	for _, r := range c.Candidates {
		names = append(names, d.candidates(r.Number))
	}
	return names
}

// verify says whether all files of a checkpoint on disk have the right length.
func (d *disk[S, K, A]) verify() error {
	length := func(name string, size int, count int64) error {
		from, err := inFile(name, size, count)
		if err == nil {
			closeAll([]*source{from})
		}
		return err
	}
	for depth := range d.state.Levels {
		for i, count := range d.state.Levels[depth] {
			if err := length(d.files.level(depth, i), d.n.whole(), count); err != nil {
				return err
			}
		}
	}
	for _, r := range d.state.Visited {
		for i, count := range r.Counts {
			if err := length(d.files.visited(r.Number, i), d.n.name(), count); err != nil {
				return err
			}
		}
	}
	for _, r := range d.state.Candidates {
		if err := length(d.files.candidates(r.Number), d.n.whole(), r.Count); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the directory of a search and reads its checkpoint, if it is to be
// resumed.
func (s *search[S, K, A]) prepare() (*saved, error) {
	s.files = &directory{path: s.options.Directory, synced: map[string]bool{}}
	if err := os.MkdirAll(s.files.path, 0o777); err != nil {
		return nil, fmt.Errorf("modelcheck: %w", err)
	}
	keys, ok := plainOf[K]()
	if _, plainly := plainOf[S](); !ok || !plainly {
		return nil, s.model.errorf("its states, %s, hold more than numbers and cannot go to disk: pack them, or leave Directory empty", reflect.TypeFor[S]())
	}
	name := s.files.checkpointName()
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.options.Resume:
		return nil, fmt.Errorf("modelcheck: nothing to resume: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("modelcheck: %w", err)
	case !s.options.Resume:
		return nil, fmt.Errorf("modelcheck: %s is a search that was not finished: resume it, or remove the directory", name)
	}
	var c saved
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("modelcheck: %s: %w", name, err)
	}
	mine := saved{
		Format: checkpointFormat, Model: s.model.Name, State: reflect.TypeFor[S]().String(), Key: keys.size,
		Told: s.options.Visited.String(), Claims: s.claims(),
	}
	for _, row := range []struct {
		what         string
		theirs, ours any
	}{
		{"format", c.Format, mine.Format},
		{"model", c.Model, mine.Model},
		{"type of states", c.State, mine.State},
		{"bytes of a key", c.Key, mine.Key},
		{"way to tell states apart", c.Told, mine.Told},
		{"list of clauses and properties", c.Claims, mine.Claims},
	} {
		if !reflect.DeepEqual(row.theirs, row.ours) {
			return nil, fmt.Errorf("modelcheck: %s is another search: its %s is %v, not %v", name, row.what, row.theirs, row.ours)
		}
	}
	if len(c.Levels) == 0 || len(c.Watched) != len(s.watches) || len(c.Ended) != len(s.model.Final) || len(c.Broken) != len(s.model.AlwaysSteps) {
		return nil, fmt.Errorf("modelcheck: %s is damaged", name)
	}
	s.began = s.began.Add(-c.Elapsed)
	return &c, nil
}

// remove deletes the files of a search that is done, the checkpoint that needs the
// others first.
func (d *directory) remove() {
	for _, pattern := range []string{"checkpoint.json", "checkpoint.json.new", "depth-*", "visited-*", "candidates-*", "memory", "memory.new"} {
		names, _ := filepath.Glob(filepath.Join(d.path, pattern))
		for _, name := range names {
			_ = os.Remove(name)
		}
	}
	_ = os.Remove(d.path) // if nothing else is in it
}
