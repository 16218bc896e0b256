package modelcheck_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

func BenchmarkTwoPhase(b *testing.B) {
	for _, n := range []int{7, 8} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("N=%d/workers=%d", n, workers), func(b *testing.B) {
				benchmark(b, twoPhaseModel(n), workers)
			})
		}
	}
}

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

// BenchmarkScaling gives the fastest search with one worker over the fastest
// with two; the searches alternate, so that other load falls on both.
func BenchmarkScaling(b *testing.B) {
	m := twoPhaseModel(8)
	best := [2]time.Duration{time.Hour, time.Hour}
	for b.Loop() {
		for i := range best {
			r := check(b, m, modelcheck.Options{Workers: i + 1})
			require.True(b, r.Complete)
			best[i] = min(best[i], r.Duration)
		}
	}
	b.ReportMetric(best[0].Seconds()*1000, "ms-1-worker")
	b.ReportMetric(best[1].Seconds()*1000, "ms-2-workers")
	b.ReportMetric(float64(best[0])/float64(best[1]), "speedup")
}
