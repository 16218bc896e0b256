package modelcheck

import (
	"bytes"
	"reflect"
	"unsafe"
)

// A plain says how values that are nothing but memory are written: the bytes on
// which == depends, one after the other.
type plain[T any] struct {
	spans []span
	size  int
}

// plainOf reports false for types that hold more than memory, such as strings, or
// whose == compares something else than bytes.
func plainOf[T any]() (plain[T], bool) {
	spans, ok := memoryOf(reflect.TypeFor[T]())
	p := plain[T]{spans: spans}
	for _, s := range spans {
		p.size += int(s.size)
	}
	return p, ok
}

// put writes a value over the first size bytes.
func (p *plain[T]) put(to []byte, v *T) {
	for _, s := range p.spans {
		to = to[copy(to, unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(v), s.at)), s.size)):]
	}
}

// take reads a value from the first size bytes.
func (p *plain[T]) take(from []byte, v *T) {
	for _, s := range p.spans {
		from = from[copy(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(v), s.at)), s.size), from):]
	}
}

// compare orders values by their bytes.
func (p *plain[T]) compare(a, b *T) int {
	for _, s := range p.spans {
		x := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(a), s.at)), s.size)
		y := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(b), s.at)), s.size)
		if c := bytes.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}
