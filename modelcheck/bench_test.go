package modelcheck_test

import (
	"testing"

	"github.com/polka-bft/polka/modelcheck"
)

// BenchmarkStateSize searches the same graph with states of more words.
func BenchmarkStateSize(b *testing.B) {
	b.Run("words=1", func(b *testing.B) {
		benchmark(b, widened(func(w uint64) [1]uint64 { return [1]uint64{w} }, func(s [1]uint64) uint64 { return s[0] }), 1)
	})
	b.Run("words=2", func(b *testing.B) {
		benchmark(b, widened(func(w uint64) [2]uint64 { return [2]uint64{1, w} }, func(s [2]uint64) uint64 { return s[1] }), 1)
	})
	b.Run("words=4", func(b *testing.B) {
		benchmark(b, widened(func(w uint64) [4]uint64 { return [4]uint64{1, 2, 3, w} }, func(s [4]uint64) uint64 { return s[3] }), 1)
	})
	b.Run("struct", func(b *testing.B) {
		type state struct{ a, b uint64 }
		benchmark(b, widened(func(w uint64) state { return state{1, w} }, func(s state) uint64 { return s.b }), 1)
	})
}

// widened is the model for seven resource managers with another type of state.
func widened[S comparable](wrap func(uint64) S, unwrap func(S) uint64) modelcheck.Model[S, tpAction] {
	return modelcheck.Model[S, tpAction]{
		Name: "widened",
		Init: []S{wrap(0)},
		Next: func(s S, emit func(tpAction, S)) {
			twoPhaseNext(twoPhase{unwrap(s)}, 7, 1<<7-1, func(a tpAction, next twoPhase) { emit(a, wrap(next[0])) })
		},
	}
}

func benchmark[S comparable, A any](b *testing.B, m modelcheck.Model[S, A], workers int) {
	states, perState := 0, 0.0
	for b.Loop() {
		r := check(b, m, modelcheck.Options{Workers: workers})
		states += r.States
		perState = r.BytesPerState()
	}
	b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
	b.ReportMetric(perState, "B/state")
}

// BenchmarkRuns judges runs on 2,097,152 states in one big cycle with 14,680,064
// transitions and seven conditions: one property that is broken, one that holds
// because of a strong condition, and the search alone.
func BenchmarkRuns(b *testing.B) {
	const digits = 7
	m := odometer(digits, 8)
	b.Run("violated", func(b *testing.B) { benchmark(b, m, 2) })
	m.Eventually[0].Holds = func(s uint64) bool { return s&0xf == 7 }
	b.Run("holds", func(b *testing.B) { benchmark(b, m, 2) })
	m.Eventually, m.Fair = nil, nil
	b.Run("states only", func(b *testing.B) { benchmark(b, m, 2) })
}
