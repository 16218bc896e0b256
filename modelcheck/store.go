package modelcheck

import "unsafe"

// A store keeps the states in order of discovery, each with the state it was
// first reached from. A state's place in it is its number. It grows by whole
// segments, so that no state ever moves.
type store[S comparable] struct {
	segments []*segment[S]
	size     int
}

const (
	segmentBits = 12
	segmentLen  = 1 << segmentBits
)

type segment[S comparable] struct {
	states  [segmentLen]S
	parents [segmentLen]uint32
}

// noParent is the parent of an initial state.
const noParent = ^uint32(0)

func (t *store[S]) at(number uint32) *S {
	return &t.segments[number>>segmentBits].states[number%segmentLen]
}

func (t *store[S]) parent(number uint32) uint32 {
	return t.segments[number>>segmentBits].parents[number%segmentLen]
}

func (t *store[S]) put(number uint32, s *S, parent uint32) {
	seg := t.segments[number>>segmentBits]
	seg.states[number%segmentLen] = *s
	seg.parents[number%segmentLen] = parent
}

// extend makes room for the numbers below size.
func (t *store[S]) extend(size int) {
	for len(t.segments)*segmentLen < size {
		t.segments = append(t.segments, new(segment[S]))
	}
	t.size = size
}

// bytesFor is the memory needed for a number of states.
func (t *store[S]) bytesFor(size int) int64 {
	return int64((size+segmentLen-1)/segmentLen) * int64(unsafe.Sizeof(segment[S]{}))
}
