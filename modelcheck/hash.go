package modelcheck

import (
	"hash/maphash"
	"math/bits"
	"reflect"
	"unsafe"
)

// defaultHash is used for models without a Hash of their own. The hash of states
// that are plain memory, and so the shape of the visited set, is the same in every
// run.
func defaultHash[S comparable]() func(S) uint64 {
	if t := reflect.TypeFor[S](); t.Kind() == reflect.Uint64 || t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint64 {
		switch t.Size() / 8 {
		case 1:
			return func(s S) uint64 { return *(*uint64)(unsafe.Pointer(&s)) * hashMultiple }
		case 2:
			return func(s S) uint64 {
				w := (*[2]uint64)(unsafe.Pointer(&s))
				return mix(w[0], w[1])
			}
		}
	}
	if spans, ok := memoryOf(reflect.TypeFor[S]()); ok {
		if len(spans) == 1 && spans[0].at == 0 && spans[0].size%8 == 0 {
			words := spans[0].size / 8
			return func(s S) uint64 {
				h := uint64(0)
				for _, w := range unsafe.Slice((*uint64)(unsafe.Pointer(&s)), words) {
					h = mix(h, w)
				}
				return h
			}
		}
		return func(s S) uint64 { return hashMemory(unsafe.Pointer(&s), spans, 0) }
	}
	seed := maphash.MakeSeed()
	return func(s S) uint64 { return maphash.Comparable(seed, s) }
}

// fingerprint gives 128 bits of hash, of which each half can be used alone.
func fingerprint[S comparable]() func(S) (uint64, uint64) {
	if spans, ok := memoryOf(reflect.TypeFor[S]()); ok {
		return func(s S) (uint64, uint64) {
			p := unsafe.Pointer(&s)
			h, g := hashMemory(p, spans, 0), hashMemory(p, spans, goldenBits)
			return mix(h, goldenBits), mix(g, piBits)
		}
	}
	one, other := maphash.MakeSeed(), maphash.MakeSeed()
	return func(s S) (uint64, uint64) { return maphash.Comparable(one, s), maphash.Comparable(other, s) }
}

// The first bits of the fractions of pi, e and the golden ratio: constants
// without a pattern.
const (
	piBits     = 0x243f6a8885a308d3
	eBits      = 0xb7e151628aed2a6b
	goldenBits = hashMultiple
)

// mix folds the product of two words into one. The constants keep a word of
// zero from making the product vanish.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^piBits, b^eBits)
	return hi ^ lo
}

// A span is some bytes of a value.
type span struct{ at, size uintptr }

// memoryOf lists the bytes on which == depends. It reports false for types whose
// == compares something else than bytes.
func memoryOf(t reflect.Type) (spans []span, ok bool) {
	add := func(s span) {
		if n := len(spans); n > 0 && spans[n-1].at+spans[n-1].size == s.at {
			spans[n-1].size += s.size
			return
		}
		spans = append(spans, s)
	}
	var walk func(t reflect.Type, at uintptr) bool
	walk = func(t reflect.Type, at uintptr) bool {
		switch t.Kind() {
		case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
			add(span{at, t.Size()})
		case reflect.Array:
			for i := range t.Len() {
				if !walk(t.Elem(), at+uintptr(i)*t.Elem().Size()) {
					return false
				}
			}
		case reflect.Struct:
			for i := range t.NumField() {
				if f := t.Field(i); f.Name != "_" && !walk(f.Type, at+f.Offset) {
					return false
				}
			}
		default: // floats, whose zeros are equal, and what points elsewhere
			return false
		}
		return true
	}
	if !walk(t, 0) {
		return nil, false
	}
	return spans, true
}

// hashMemory hashes some bytes of a value.
func hashMemory(p unsafe.Pointer, spans []span, seed uint64) uint64 {
	h := seed
	for _, s := range spans {
		at := unsafe.Add(p, s.at)
		for ; s.size >= 8; s.size -= 8 {
			h = mix(h, *(*uint64)(at))
			at = unsafe.Add(at, 8)
		}
		if s.size > 0 {
			w := uint64(s.size) << 56
			for i := range s.size {
				w |= uint64(*(*byte)(unsafe.Add(at, i))) << (8 * i)
			}
			h = mix(h, w)
		}
	}
	return h
}
