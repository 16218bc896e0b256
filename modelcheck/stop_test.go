package modelcheck_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

func TestMaxStates(t *testing.T) {
	const n, states = 5, 8_832
	for _, row := range []struct {
		name    string
		limit   int
		verdict modelcheck.Verdict
		stopped modelcheck.Reason
	}{
		{"one", 1, modelcheck.Unfinished, modelcheck.StateLimit},
		{"in the middle", 4_000, modelcheck.Unfinished, modelcheck.StateLimit},
		{"one too few", states - 1, modelcheck.Unfinished, modelcheck.StateLimit},
		{"exactly enough", states, modelcheck.Holds, modelcheck.Exhausted},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := check(t, twoPhaseModel(n), modelcheck.Options{MaxStates: row.limit})
			assert.Equal(t, row.verdict, r.Verdict())
			assert.Equal(t, row.stopped, r.Stopped)
			assert.Equal(t, row.limit, r.States)
			assert.Equal(t, row.limit, sum(r.Levels))
		})
	}
}

func TestMemory(t *testing.T) {
	whole := check(t, twoPhaseModel(7), modelcheck.Options{})
	for _, limit := range []int64{1, 300_000, whole.Bytes / 2, whole.Bytes - 1} {
		r := check(t, twoPhaseModel(7), modelcheck.Options{Memory: limit})
		assert.Equal(t, modelcheck.Unfinished, r.Verdict())
		assert.Equal(t, modelcheck.MemoryLimit, r.Stopped)
		assert.Less(t, r.States, whole.States)
		assert.Contains(t, r.String(), "unfinished (limit of memory reached)")
		if r.States > 0 {
			assert.LessOrEqual(t, r.Bytes, limit)
		}
	}
	r := check(t, twoPhaseModel(7), modelcheck.Options{Memory: 2 * whole.Bytes})
	assert.True(t, r.Complete)
}

// The model cancels its own search when it reaches a certain state. A
// goroutine that were left would make synctest fail.
func TestCancel(t *testing.T) {
	enough := errors.New("seen enough")
	for _, workers := range []int{1, 2, 8} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			m := tree(1<<20 - 1)
			children := m.Next
			m.Next = func(s uint32, emit func(bool, uint32)) {
				if s == 1<<16+12_345 {
					cancel(enough)
				}
				children(s, emit)
			}
			m.Sometimes = []modelcheck.Property[uint32]{{Name: "far", Holds: func(s uint32) bool { return s == 1<<19 }}}
			r, err := modelcheck.Check(ctx, m, modelcheck.Options{Workers: workers})
			require.NoError(t, err)
			assert.Equal(t, modelcheck.Unfinished, r.Verdict(), "unreached so far is no verdict")
			assert.Equal(t, modelcheck.Cancelled, r.Stopped)
			require.ErrorIs(t, r.Cause, enough)
			assert.False(t, r.Complete)
			assert.Greater(t, r.States, 1<<16)
			assert.Less(t, r.States, 1<<18)
			assert.Contains(t, r.String(), "unfinished (cancelled: seen enough)")
			assert.Contains(t, r.String(), "unreached so far: far")
		})
	}
}

func TestCancelledBeforehand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := modelcheck.Check(ctx, tree(1000), modelcheck.Options{})
	require.NoError(t, err)
	assert.Equal(t, modelcheck.Unfinished, r.Verdict())
	assert.Zero(t, r.States)
	assert.Zero(t, r.Depth())
	require.ErrorIs(t, r.Cause, context.Canceled)
}

// A violation that was found before the end of the search stays found.
func TestViolationOutlivesLimit(t *testing.T) {
	m := tree(1<<16 - 1)
	m.Always = []modelcheck.Property[uint32]{{Name: "small", Holds: func(s uint32) bool { return s < 100 }}}
	r := check(t, m, modelcheck.Options{MaxStates: 5_000, KeepGoing: true})
	assert.Equal(t, modelcheck.StateLimit, r.Stopped)
	assert.Equal(t, modelcheck.Violated, r.Verdict())
	assert.Equal(t, uint32(100), r.Violations[0].Path.Last())
}

func TestPanics(t *testing.T) {
	broken := errors.New("broken rule")
	for _, row := range []struct {
		name, in, state string
		value           any
		set             func(m *modelcheck.Model[uint32, bool], fail func())
	}{
		{"Next", "Next", "state 5000", broken, func(m *modelcheck.Model[uint32, bool], fail func()) {
			children := m.Next
			m.Next = func(s uint32, emit func(bool, uint32)) {
				if s >= 5000 {
					fail()
				}
				children(s, emit)
			}
		}},
		{"Always", `property "fine"`, "state 5000", broken, func(m *modelcheck.Model[uint32, bool], fail func()) {
			m.Always = []modelcheck.Property[uint32]{
				{Name: "true", Holds: func(uint32) bool { return true }},
				{Name: "fine", Holds: func(s uint32) bool {
					if s >= 5000 {
						fail()
					}
					return true
				}},
			}
		}},
		{"Hash", "Hash", "state 5000", broken, func(m *modelcheck.Model[uint32, bool], fail func()) {
			m.Hash = func(s uint32) uint64 {
				if s >= 5000 {
					fail()
				}
				return uint64(s)
			}
		}},
		{"Clause out of range", "Next", "state 2500", nil, func(m *modelcheck.Model[uint32, bool], _ func()) {
			m.Clauses = []string{"left"}
			m.Clause = func(right bool) int {
				if right {
					return 1
				}
				return 0
			}
			m.Init = []uint32{2500}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, workers := range []int{1, 2, 8} {
				m := tree(1<<16 - 1)
				m.FormatState = func(s uint32) string { return "state " + strconv.Itoa(int(s)) }
				row.set(&m, func() { panic(broken) })
				r, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Workers: workers})
				var failure *modelcheck.PanicError
				require.ErrorAs(t, err, &failure)
				assert.Equal(t, row.in, failure.In)
				assert.Equal(t, row.state, failure.State, "the first in order of discovery")
				assert.NotEmpty(t, failure.Stack)
				assert.ErrorContains(t, err, row.in+" panicked in state "+row.state)
				if row.value != nil {
					assert.Equal(t, row.value, failure.Value)
					require.ErrorIs(t, err, broken)
				}
				assert.Equal(t, modelcheck.Unfinished, r.Verdict())
			}
		})
	}
}

func TestPanicInFormatStateToo(t *testing.T) {
	m := countTo(3)
	m.Next = func(uint32, func(struct{}, uint32)) { panic("first") }
	m.FormatState = func(uint32) string { panic("second") }
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
	assert.ErrorContains(t, err, "first")
	assert.ErrorContains(t, err, "0x0")
}

// A Next that ends its goroutine must not leave its states out unnoticed. If
// that was the goroutine of the caller, Check does not return at all.
func TestGoexitIsNoPass(t *testing.T) {
	for range 10 {
		passed, done := false, make(chan struct{})
		go func() {
			defer close(done)
			m := tree(1<<14 - 1)
			children := m.Next
			m.Next = func(s uint32, emit func(bool, uint32)) {
				children(s, emit)
				if s == 5000 {
					runtime.Goexit()
				}
			}
			_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Workers: 2})
			passed = err == nil
			assert.ErrorContains(t, err, "Next panicked in state 5000: it called runtime.Goexit")
		}()
		<-done
		assert.False(t, passed)
	}
}

func TestUnusableModels(t *testing.T) {
	holds := func(uint32) bool { return true }
	for _, row := range []struct {
		name, want string
		change     func(m *modelcheck.Model[uint32, struct{}])
	}{
		{"no Init", "no initial state", func(m *modelcheck.Model[uint32, struct{}]) { m.Init = nil }},
		{"no Next", "Next is nil", func(m *modelcheck.Model[uint32, struct{}]) { m.Next = nil }},
		{"Clauses alone", "must be set together", func(m *modelcheck.Model[uint32, struct{}]) { m.Clauses = []string{"a"} }},
		{"nameless", "no name", func(m *modelcheck.Model[uint32, struct{}]) {
			m.Always = []modelcheck.Property[uint32]{{Holds: holds}}
		}},
		{"no Holds", `"p" has no Holds`, func(m *modelcheck.Model[uint32, struct{}]) {
			m.Always = []modelcheck.Property[uint32]{{Name: "p"}}
		}},
		{"twice", `two properties are named "p"`, func(m *modelcheck.Model[uint32, struct{}]) {
			m.Always = []modelcheck.Property[uint32]{{Name: "p", Holds: holds}}
			m.Sometimes = m.Always
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := countTo(3)
			row.change(&m)
			r, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
			assert.ErrorContains(t, err, `modelcheck: model "count": `)
			assert.ErrorContains(t, err, row.want)
			assert.Equal(t, modelcheck.Unfinished, r.Verdict())
			assert.Equal(t, modelcheck.NotSearched, r.Stopped)
		})
	}
	_, err := modelcheck.Check(t.Context(), countTo(3), modelcheck.Options{Workers: -1})
	assert.ErrorContains(t, err, "negative")
}

// A Next that emits something else when it is asked again is found out when
// the path is rebuilt.
func TestNotDeterministic(t *testing.T) {
	m := countTo(10)
	m.Always = []modelcheck.Property[uint32]{{Name: "small", Holds: func(s uint32) bool { return s < 5 }}}
	calls := uint32(0)
	m.Next = func(_ uint32, emit func(struct{}, uint32)) {
		calls++
		emit(struct{}{}, calls)
	}
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Workers: 1})
	assert.ErrorContains(t, err, "two calls of Next did not emit the same transitions")
}

func TestProgress(t *testing.T) {
	var seen []modelcheck.Progress
	r := check(t, twoPhaseModel(5), modelcheck.Options{
		Progress:      func(p modelcheck.Progress) { seen = append(seen, p) },
		ProgressEvery: 1,
	})
	require.Len(t, seen, len(r.Levels), "one by block, and no depth has more than one")
	states := 0
	for depth, p := range seen {
		states += r.Levels[depth]
		assert.Equal(t, depth, p.Depth)
		assert.Equal(t, r.Levels[depth], p.Frontier)
		assert.Equal(t, r.Levels[depth], p.Waiting)
		assert.Equal(t, states, p.States)
		assert.Positive(t, p.Bytes)
	}
	assert.Less(t, seen[len(seen)-1].Transitions, r.Transitions)
	check(t, twoPhaseModel(3), modelcheck.Options{
		Progress:      func(modelcheck.Progress) { t.Error("not due") },
		ProgressEvery: time.Hour,
	})
}
