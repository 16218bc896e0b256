package modelcheck

import (
	"reflect"
	"unsafe"
)

// A column keeps one value for each number. It grows by whole segments, so that
// no value ever moves.
type column[T any] struct {
	segments []*[segmentLen]T
	released int     // segments that are gone
	memory   *memory // for values without pointers; nil for others
}

const (
	segmentBits = 12
	segmentLen  = 1 << segmentBits

	segmentsOnHeap = 16
)

// noParent is the parent of an initial state.
const noParent = ^uint32(0)

func (c *column[T]) at(number uint32) *T {
	return &c.segments[number>>segmentBits][number%segmentLen]
}

// use lets a column take its segments from a memory, if its values can stand there.
func (c *column[T]) use(m *memory) {
	if !hasPointers(reflect.TypeFor[T]()) {
		c.memory = m
	}
}

// extend makes room for the numbers below size.
func (c *column[T]) extend(size int) {
	for len(c.segments)*segmentLen < size {
		c.segments = append(c.segments, c.segment())
	}
}

func (c *column[T]) segment() *[segmentLen]T {
	if c.memory != nil && len(c.segments) >= segmentsOnHeap {
		if p := c.memory.take(int(unsafe.Sizeof([segmentLen]T{}))); p != nil {
			return (*[segmentLen]T)(p)
		}
	}
	return new([segmentLen]T)
}

// release drops what has a number below one, by whole segments.
func (c *column[T]) release(below uint32) {
	for ; c.released < int(below>>segmentBits); c.released++ {
		if c.memory != nil && c.released >= segmentsOnHeap {
			c.memory.giveBack(unsafe.Pointer(c.segments[c.released]), int(unsafe.Sizeof([segmentLen]T{})))
		}
		c.segments[c.released] = nil
	}
}

// bytesFor is the memory needed for the numbers below size.
func (c *column[T]) bytesFor(size int) int64 {
	segments := (size+segmentLen-1)/segmentLen - c.released
	return int64(segments) * int64(unsafe.Sizeof([segmentLen]T{}))
}
