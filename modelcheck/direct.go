package modelcheck

import (
	"context"
	"runtime/debug"
	"slices"
)

// A directed search expands in each block the states that are nearest to the goal,
// of all that are not expanded.

// directLen is how many states are expanded before the next look at distances: few,
// or the search is a broad one.
const directLen = 256

// direct searches until nothing is left or something says stop.
func (s *search[S, K, A]) direct(ctx context.Context) (Reason, error) {
	waiting := map[int][]uint32{} // by distance
	var distances []int           // in order; those of waiting
	known := 0
	for {
		if err := s.sort(known, waiting, &distances); err != nil {
			return goOn, err
		}
		known = s.size
		s.levels = append(s.levels[:0], s.size)
		switch {
		case s.violated() && !s.options.KeepGoing:
			s.measure()
			return FoundViolation, nil
		case len(distances) == 0:
			s.measure()
			return Exhausted, nil
		}
		least := distances[0]
		s.order = append(s.order[:0], waiting[least][:min(directLen, len(waiting[least]))]...)
		waiting[least] = waiting[least][len(s.order):]
		if len(waiting[least]) == 0 {
			delete(waiting, least)
			distances = distances[1:]
		}
		left := 0
		for _, numbers := range waiting {
			left += len(numbers)
		}
		s.progress(left)
		reason, err := s.advance(ctx, len(s.order), chunkLen, func(w *worker[S, K, A], c *chunk[S, K], lo, hi int) {
			w.expand(c, uint32(lo), uint32(hi))
		})
		if reason != goOn || err != nil {
			s.measure()
			return reason, err
		}
	}
}

// sort puts the states from a number on where they belong by their distance.
func (s *search[S, K, A]) sort(from int, waiting map[int][]uint32, distances *[]int) (err error) {
	number, done := uint32(from), false
	defer func() {
		if value := recover(); !done {
			err = s.model.newPanicError("Distance", *s.state(number), value, debug.Stack())
		}
	}()
	for ; number < uint32(s.size); number++ {
		d := s.model.Distance(*s.state(number))
		if len(waiting[d]) == 0 {
			at, _ := slices.BinarySearch(*distances, d)
			*distances = slices.Insert(*distances, at, d)
		}
		waiting[d] = append(waiting[d], number)
	}
	done = true
	return nil
}

// measure counts the states by the length of the runs that led to them.
func (s *search[S, K, A]) measure() {
	depths := make([]uint32, s.size)
	s.levels = s.levels[:0]
	for n := range uint32(s.size) {
		if p := *s.parents.at(n); p != noParent {
			depths[n] = depths[p] + 1
		}
		for len(s.levels) <= int(depths[n]) {
			s.levels = append(s.levels, 0)
		}
		s.levels[depths[n]]++
	}
}
