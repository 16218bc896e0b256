package modelcheck

import (
	"reflect"
	"sync"
	"unsafe"
)

// A memory gives room for values without pointers outside of the heap, in large
// pages where the system has them. A search at the limit of what it may use can
// not leave it to the garbage collector when an old table is given back, nor
// does it want to wait for a page table at every look into a large one.
//
// What is small comes from the heap all the same, so that a small search costs
// nothing.
type memory struct {
	mutex  sync.Mutex
	mapped [][]byte // all that must be unmapped
	rest   []byte   // of the last one mapped
}

const (
	mapLen      = 64 << 20 // bytes that are mapped at a time
	worthMap    = 64 << 10 // smaller pieces are taken from the heap
	cacheLine   = 64
	worthReturn = 256 << 10 // smaller pieces are not given back
)

// take gives zeroed memory, or nil if it should come from the heap.
func (m *memory) take(size int) unsafe.Pointer {
	if size < worthMap {
		return nil
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	size = (size + cacheLine - 1) &^ (cacheLine - 1)
	if size > len(m.rest) {
		room, err := mapMemory(max(size, mapLen))
		if err != nil {
			return nil
		}
		m.mapped = append(m.mapped, room)
		m.rest = room
	}
	piece := m.rest[:size]
	m.rest = m.rest[size:]
	return unsafe.Pointer(unsafe.SliceData(piece))
}

// giveBack lets the system use the pages of a piece that was taken for something
// else.
func (m *memory) giveBack(p unsafe.Pointer, size int) {
	if size >= worthReturn {
		returnMemory(unsafe.Slice((*byte)(p), size))
	}
}

// close gives everything back. Nothing that was taken may be used afterwards.
func (m *memory) close() {
	for _, room := range m.mapped {
		unmapMemory(room)
	}
	m.mapped, m.rest = nil, nil
}

// hasPointers says whether values of a type point to others.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return false
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return true
	}
}
