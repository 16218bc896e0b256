package quotient

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// A partition splits states by their labels, and then classes whose states lead to
// different ones, until none is left to split.
type partition[E comparable] struct {
	labels []uint64 // by state
	// leaving appends what a state does, to classes, in an order of its own. It is
	// called concurrently, and so is hash.
	leaving func(out []E, state int, class []uint32) []E
	hash    func(e *E, h uint64) uint64
}

// refine returns the class of each state and the first state of each class.
//
// Classes are told apart by a hash of what their states do. A collision would leave
// a class that ought to be split; that there is none is checked at the end.
func (p partition[E]) refine() (class, leaders []uint32) {
	class, next := make([]uint32, len(p.labels)), make([]uint32, len(p.labels))
	type key struct {
		class uint32
		hash  uint64
	}
	count := 0
	split := map[key]uint32{}
	number := func(k key) uint32 {
		c, ok := split[k]
		if !ok {
			c = uint32(len(split))
			split[k] = c
		}
		return c
	}
	for i, l := range p.labels {
		class[i] = number(key{0, l})
	}
	hashes := make([]uint64, len(p.labels))
	for count < len(split) {
		count = len(split)
		clear(split)
		shareOut(len(p.labels), func(begin, end int) {
			var out []E
			for i := begin; i < end; i++ {
				out = p.leaving(out[:0], i, class)
				h := uint64(len(out))
				for j := range out {
					h = p.hash(&out[j], h)
				}
				hashes[i] = h
			}
		})
		for i, h := range hashes {
			next[i] = number(key{class[i], h})
		}
		class, next = next, class
	}
	var does [][]E
	for i, c := range class {
		if int(c) == len(leaders) {
			leaders, does = append(leaders, uint32(i)), append(does, p.leaving(nil, i, class))
		}
	}
	var collides atomic.Bool
	shareOut(len(p.labels), func(begin, end int) {
		var out []E
		for i := begin; i < end; i++ {
			out = p.leaving(out[:0], i, class)
			if !slices.Equal(does[class[i]], out) {
				collides.Store(true)
			}
		}
	})
	if collides.Load() {
		panic("quotient: a class was not split: two of its states collide")
	}
	return class, leaders
}

// shareOut does something for parts of the numbers up to n, on every processor.
func shareOut(n int, do func(begin, end int)) {
	const part = 256
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+part-1)/part) {
		all.Go(func() {
			for {
				end := int(next.Add(part))
				if end-part >= n {
					return
				}
				do(end-part, min(end, n))
			}
		})
	}
	all.Wait()
}

// mix mixes words into a hash.
func mix(h uint64, words ...uint64) uint64 {
	const golden = 0x9e3779b97f4a7c15
	for _, w := range words {
		h = (h ^ w) * golden
		h ^= h >> 29
	}
	return h * 0xbf58476d1ce4e5b9
}
