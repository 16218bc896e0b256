package modelcheck

import (
	"hash/maphash"
	"math/bits"
	"reflect"
	"unsafe"
)

// defaultHash is used for models without a Hash of their own. States made of
// uint64 alone, the packed states of most models, are hashed word by word;
// their hash, and so the shape of the visited set, is the same in every run.
func defaultHash[S comparable]() func(S) uint64 {
	switch words(reflect.TypeFor[S]()) {
	case 0:
		seed := maphash.MakeSeed()
		return func(s S) uint64 { return maphash.Comparable(seed, s) }
	case 1:
		return func(s S) uint64 { return *(*uint64)(unsafe.Pointer(&s)) * hashMultiple }
	case 2:
		return func(s S) uint64 {
			w := (*[2]uint64)(unsafe.Pointer(&s))
			return mix(w[0], w[1])
		}
	}
	return func(s S) uint64 {
		n := unsafe.Sizeof(s) / 8
		h := uint64(0)
		for _, w := range unsafe.Slice((*uint64)(unsafe.Pointer(&s)), n) {
			h = mix(h, w)
		}
		return h
	}
}

// The first bits of the fractions of pi and e: constants without a pattern.
const (
	piBits = 0x243f6a8885a308d3
	eBits  = 0xb7e151628aed2a6b
)

// mix folds the product of two words into one. The constants keep a word of
// zero from making the product vanish.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^piBits, b^eBits)
	return hi ^ lo
}

// words is the number of words of a type that is a uint64 or an array of them,
// and 0 for all others.
func words(t reflect.Type) int {
	if t.Kind() == reflect.Uint64 {
		return 1
	}
	if t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint64 {
		return t.Len()
	}
	return 0
}
