package modelcheck

import "math"

// An identity says how states are told apart: by their keys. A key is the state
// itself, its view, or a fingerprint of either.
type identity[S, K comparable] struct {
	// hash is that of states which are their own keys.
	hash func(S) uint64
	// of gives the tag and the key of a state. It is nil if states are their
	// own keys.
	of func(S) (uint32, K)
	// calls names the functions of the model that are called for it.
	calls string
	// bits of a hash are all that is kept of a state; 0 if states are kept.
	bits int
}

// Keys of fingerprints leave out the 32 bits that the tag holds.
type (
	key64  [1]uint32
	key128 [3]uint32
)

// plainly tells states apart by what they are.
func plainly[S comparable, A any](m *Model[S, A]) identity[S, S] {
	hash := m.Hash
	if hash == nil {
		hash = defaultHash[S]()
	}
	id := identity[S, S]{hash: hash, calls: "Hash"}
	if view := m.View; view != nil {
		id.calls = "View or Hash"
		id.of = func(s S) (uint32, S) {
			s = view(s)
			return tagOf(hash(s)), s
		}
	}
	return id
}

// by64 and by128 tell states apart by their fingerprints. The model's own hash
// is not used: here a poor hash would not only cost time.
func by64[S comparable, A any](m *Model[S, A]) identity[S, key64] {
	print, view := fingerprint[S](), m.View
	return identity[S, key64]{bits: 64, calls: "View", of: func(s S) (uint32, key64) {
		if view != nil {
			s = view(s)
		}
		h, _ := print(s)
		return uint32(h >> 32), key64{uint32(h)}
	}}
}

func by128[S comparable, A any](m *Model[S, A]) identity[S, key128] {
	print, view := fingerprint[S](), m.View
	return identity[S, key128]{bits: 128, calls: "View", of: func(s S) (uint32, key128) {
		if view != nil {
			s = view(s)
		}
		h, g := print(s)
		return uint32(h >> 32), key128{uint32(h), uint32(g >> 32), uint32(g)}
	}}
}

// missed bounds the probability that two of a number of states have the same
// fingerprint.
func (id *identity[S, K]) missed(states int) float64 {
	if id.bits == 0 {
		return 0
	}
	n := float64(states)
	return min(1, n*(n-1)/2*math.Exp2(-float64(id.bits)))
}
