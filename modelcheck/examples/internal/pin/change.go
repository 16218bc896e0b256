package pin

import "github.com/polka-bft/polka/modelcheck"

// Altered is a model in which every step leads to what alter makes of the state.
func Altered[S, A any](m modelcheck.Model[S, A], alter func(before S, a A, after S) S) modelcheck.Model[S, A] {
	next := m.Next
	m.Next = func(s S, emit func(A, S)) {
		next(s, func(a A, after S) { emit(a, alter(s, a, after)) })
	}
	return m
}

// Extended is a model with more steps, which come last.
func Extended[S, A any](m modelcheck.Model[S, A], more func(s S, emit func(A, S))) modelcheck.Model[S, A] {
	next := m.Next
	m.Next = func(s S, emit func(A, S)) {
		next(s, emit)
		more(s, emit)
	}
	return m
}

// Repeated is a model that takes each step so many times: TLC takes it once for each
// way to see that it can be taken.
func Repeated[S, A any](m modelcheck.Model[S, A], times func(before S, a A) int) modelcheck.Model[S, A] {
	next := m.Next
	m.Next = func(s S, emit func(A, S)) {
		next(s, func(a A, after S) {
			for range times(s, a) {
				emit(a, after)
			}
		})
	}
	return m
}

// True counts the disjuncts that are.
func True(disjuncts ...bool) (n int) {
	for _, d := range disjuncts {
		if d {
			n++
		}
	}
	return n
}
