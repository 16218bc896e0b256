package quotient

import "slices"

// A partition splits states by their labels, and then classes whose states lead to
// different ones, until none is left to split.
type partition[E comparable] struct {
	labels []uint64 // by state
	// leaving appends what a state does, to classes, in an order of its own.
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
	var out []E
	for count < len(split) {
		count = len(split)
		clear(split)
		for i := range p.labels {
			out = p.leaving(out[:0], i, class)
			h := uint64(len(out))
			for j := range out {
				h = p.hash(&out[j], h)
			}
			next[i] = number(key{class[i], h})
		}
		class, next = next, class
	}
	var does [][]E
	for i, c := range class {
		out = p.leaving(out[:0], i, class)
		switch {
		case int(c) == len(leaders):
			leaders, does = append(leaders, uint32(i)), append(does, slices.Clone(out))
		case !slices.Equal(does[c], out):
			panic("quotient: a class was not split: two of its states collide")
		}
	}
	return class, leaders
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
