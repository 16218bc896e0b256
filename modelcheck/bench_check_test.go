package modelcheck_test

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/examples/twophase"
)

// BenchmarkCheck is what `make bench-check` runs, each row in a process of its own:
// whole searches, with the figures that other checkers give. Distinct and generated
// states and the depth are counted as TLC counts them.
func BenchmarkCheck(b *testing.B) {
	for _, workers := range []int{1, 2} {
		for n := 7; n <= 11; n++ {
			b.Run(fmt.Sprintf("TwoPhase-packed/N=%d/workers=%d", n, workers), func(b *testing.B) {
				whole(b, twoPhaseModel(n), modelcheck.Options{Workers: workers})
			})
		}
		for n := 7; n <= twophase.Most; n++ {
			b.Run(fmt.Sprintf("TwoPhase-readable/N=%d/workers=%d", n, workers), func(b *testing.B) {
				whole(b, twophase.Model(n), modelcheck.Options{Workers: workers, Unreduced: true})
			})
		}
		b.Run(fmt.Sprintf("TwoPhase-fingerprints/N=9/workers=%d", workers), func(b *testing.B) {
			whole(b, twoPhaseModel(9), modelcheck.Options{Workers: workers, Visited: modelcheck.Fingerprint64})
		})
		b.Run(fmt.Sprintf("TwoPhase-on-disk/N=8/workers=%d", workers), func(b *testing.B) {
			whole(b, twoPhaseModel(8), modelcheck.Options{Workers: workers, Memory: 4 << 20, Directory: b.TempDir()})
		})
		b.Run(fmt.Sprintf("soup-0B/N=4/workers=%d", workers), func(b *testing.B) {
			c := bft.Config{Proposers: []int{0, bft.Byzantine}, Validators: 4, Byzantine: 1}
			var r bft.Result
			for b.Loop() {
				var err error
				r, err = bft.Check(context.Background(), c, modelcheck.Options{Workers: workers})
				require.NoError(b, err)
				require.True(b, r.Complete)
			}
			measured(b, r.States, r.Transitions+1, r.Depth+1, float64(r.Bytes)/float64(r.States))
		})
	}
}

func whole[S comparable, A any](b *testing.B, m modelcheck.Model[S, A], o modelcheck.Options) {
	var r modelcheck.Report[S, A]
	for b.Loop() {
		r = check(b, m, o)
		require.True(b, r.Complete)
	}
	measured(b, r.States, r.Transitions+len(m.Init), r.Depth()+1, r.BytesPerState())
}

func measured(b *testing.B, distinct, generated, depth int, perState float64) {
	seconds := b.Elapsed().Seconds() / float64(b.N)
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	b.ReportMetric(float64(distinct), "distinct")
	b.ReportMetric(float64(generated), "generated")
	b.ReportMetric(float64(depth), "depth")
	b.ReportMetric(seconds, "s")
	b.ReportMetric(float64(distinct)/seconds, "distinct/s")
	b.ReportMetric(float64(generated)/seconds, "generated/s")
	b.ReportMetric(perState, "B/state")
	b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MB")
}

// BenchmarkScaling tells how many times as fast two workers are as one, and how many
// times as fast a machine is with two separate searches as with one after the
// other: no search can scale better than that.
func BenchmarkScaling(b *testing.B) {
	m := twoPhaseModel(8)
	one, two, apart := 0.0, 0.0, 0.0
	fastest := func(best *float64, seconds float64) {
		if *best == 0 || seconds < *best {
			*best = seconds
		}
	}
	for b.Loop() {
		for i, best := range []*float64{&one, &two} {
			r := check(b, m, modelcheck.Options{Workers: i + 1})
			require.True(b, r.Complete)
			fastest(best, r.Duration.Seconds())
		}
		slower, both := 0.0, sync.WaitGroup{}
		var seconds [2]float64
		for i := range seconds {
			both.Go(func() {
				r := check(b, m, modelcheck.Options{Workers: 1})
				seconds[i] = r.Duration.Seconds()
			})
		}
		both.Wait()
		slower = max(seconds[0], seconds[1])
		fastest(&apart, slower)
		debug.FreeOSMemory()
	}
	b.ReportMetric(one, "s-1-worker")
	b.ReportMetric(two, "s-2-workers")
	b.ReportMetric(one/two, "speedup")
	b.ReportMetric(2*one/apart, "speedup-apart")
}
