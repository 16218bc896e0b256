package modelcheck_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// check fails the test if the model cannot be searched.
func check[S comparable, A any](t testing.TB, m modelcheck.Model[S, A], o modelcheck.Options) modelcheck.Report[S, A] {
	t.Helper()
	r, err := modelcheck.Check(context.Background(), m, o)
	require.NoError(t, err)
	return r
}

// replay fails the test unless the path is a run of the model.
func replay[S comparable, A comparable](t require.TestingT, m modelcheck.Model[S, A], p modelcheck.Path[S, A]) {
	require.Contains(t, m.Init, p.Init)
	at := p.Init
	for i, step := range p.Steps {
		taken := false
		m.Next(at, func(a A, next S) { taken = taken || a == step.Action && next == step.State })
		require.True(t, taken, "step %d is not a transition of the model", i+1)
		at = step.State
	}
	require.Equal(t, p.Last(), at)
}

// The numbers are TLC's for the same specification: it reports generated
// states, which are transitions and initial states, and counts depth in states.
func TestTwoPhaseCounts(t *testing.T) {
	for _, row := range []struct {
		n, states, generated, depth int
		long                        bool
	}{
		{n: 3, states: 288, generated: 1_146, depth: 11},
		{n: 5, states: 8_832, generated: 58_146, depth: 17},
		{n: 7, states: 296_448, generated: 2_744_706, depth: 23},
		{n: 8, states: 1_745_408, generated: 18_507_778, depth: 26, long: true},
	} {
		for _, workers := range []int{1, 2, 3} {
			t.Run(fmt.Sprintf("N=%d/workers=%d", row.n, workers), func(t *testing.T) {
				if row.long && (testing.Short() || workers != 2) {
					t.Skip("long")
				}
				r := check(t, twoPhaseModel(row.n), modelcheck.Options{Workers: workers})
				assert.Equal(t, modelcheck.Holds, r.Verdict(), r.String())
				assert.Equal(t, modelcheck.Exhausted, r.Stopped)
				assert.Equal(t, row.states, r.States)
				assert.Equal(t, row.generated, r.Transitions+1)
				assert.Equal(t, row.depth, r.Depth()+1)
				assert.Zero(t, r.Deadlocks, "after a decision its message can be received again")
				assert.Equal(t, modelcheck.OutDegree{Min: 1, Max: 3 * row.n, Mean: float64(r.Transitions) / float64(r.States)}, r.OutDegree)
				assert.Equal(t, r.Transitions, fired(r.Coverage))
				assert.Empty(t, r.NeverFired())
				assert.Equal(t, row.states, sum(r.Levels))
			})
		}
	}
}

func fired(coverage []modelcheck.Coverage) (n int) {
	for _, c := range coverage {
		n += c.Fired
	}
	return n
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

func TestTwoPhaseWitnesses(t *testing.T) {
	m := twoPhaseModel(5)
	r := check(t, m, modelcheck.Options{Witnesses: true})
	require.Len(t, r.Witnesses, 2)
	for i, steps := range []int{16, 5} { // prepare, receive, receive; or everyone's own choice
		w := r.Witnesses[i]
		assert.Equal(t, m.Sometimes[i].Name, w.Property.Name)
		assert.Equal(t, steps, w.Path.Len())
		assert.True(t, w.Property.Holds(w.Path.Last()))
		replay(t, m, w.Path)
	}
	assert.Contains(t, r.String(), "reached: AllAbort, after 5 steps")
	assert.Contains(t, r.String(), "RMChooseToAbort(4)")
}

// A broken rule is found by the property it breaks, by the same shortest path
// for any number of workers.
func TestTwoPhaseMutant(t *testing.T) {
	const n = 7
	m := twoPhaseModel(n)
	m.Next = func(s twoPhase, emit func(tpAction, twoPhase)) {
		twoPhaseNext(s, n, 1<<(n-1)-1, emit) // commits without waiting for the last
	}
	first := check(t, m, modelcheck.Options{Workers: 1})
	require.Len(t, first.Violations, 1)
	path := first.Violations[0].Path
	assert.Equal(t, modelcheck.Violated, first.Verdict())
	assert.Equal(t, modelcheck.FoundViolation, first.Stopped)
	assert.False(t, first.Complete)
	assert.Equal(t, 2*(n-1)+3, path.Len(), path)
	assert.False(t, m.Always[0].Holds(path.Last()))
	replay(t, m, path)
	for _, workers := range []int{2, 3, 8} {
		again := check(t, m, modelcheck.Options{Workers: workers})
		require.Len(t, again.Violations, 1)
		assert.Equal(t, path.String(), again.Violations[0].Path.String())
		assert.Equal(t, first.States, again.States)
		assert.Equal(t, first.Transitions, again.Transitions)
	}
	on := check(t, m, modelcheck.Options{KeepGoing: true})
	assert.Equal(t, modelcheck.Violated, on.Verdict())
	assert.True(t, on.Complete)
	assert.Greater(t, on.States, first.States)
	assert.Equal(t, path.String(), on.Violations[0].Path.String())
}

func TestUnreachedAndNeverFired(t *testing.T) {
	const n = 3
	m := twoPhaseModel(n)
	m.Next = func(s twoPhase, emit func(tpAction, twoPhase)) {
		twoPhaseNext(s, n, 1<<n-1, func(a tpAction, next twoPhase) {
			if a.clause != tmCommit {
				emit(a, next)
			}
		})
	}
	r := check(t, m, modelcheck.Options{Witnesses: true})
	assert.True(t, r.Complete)
	assert.Equal(t, modelcheck.Violated, r.Verdict(), "a model in which nothing commits must not pass")
	require.Len(t, r.Unreached, 1)
	assert.Equal(t, "AllCommit", r.Unreached[0].Name)
	assert.Equal(t, []string{"TMCommit", "RMRcvCommitMsg"}, r.NeverFired())
	assert.Contains(t, r.String(), "unreached: AllCommit\nnever fired: TMCommit\n")
	assert.Len(t, r.Witnesses, 1)
}

func TestStepsThatMustBeTaken(t *testing.T) {
	commits := modelcheck.StepProperty[twoPhase, tpAction]{Name: "a commit", Holds: func(_ twoPhase, a tpAction, _ twoPhase) bool { return a.clause == tmCommit }}
	never := modelcheck.StepProperty[twoPhase, tpAction]{Name: "a miracle", Holds: func(twoPhase, tpAction, twoPhase) bool { return false }}
	m := twoPhaseModel(3)
	m.SometimesSteps = []modelcheck.StepProperty[twoPhase, tpAction]{commits}
	for workers := range 3 {
		r := check(t, m, modelcheck.Options{Workers: workers + 1})
		assert.Equal(t, modelcheck.Holds, r.Verdict())
		assert.Empty(t, r.UnreachedSteps)
	}
	m.SometimesSteps = append(m.SometimesSteps, never)
	r := check(t, m, modelcheck.Options{})
	assert.Equal(t, modelcheck.Violated, r.Verdict())
	require.Len(t, r.UnreachedSteps, 1)
	assert.Equal(t, "a miracle", r.UnreachedSteps[0].Name)
	assert.Contains(t, r.String(), "unreached: a miracle\n")

	m.SometimesSteps[1].Name = "a commit"
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
	require.ErrorContains(t, err, `two properties are named "a commit"`)
	m.SometimesSteps[1] = modelcheck.StepProperty[twoPhase, tpAction]{Name: "empty"}
	_, err = modelcheck.Check(t.Context(), m, modelcheck.Options{})
	require.ErrorContains(t, err, `property "empty" has no Holds`)
}

func TestHowItMayEnd(t *testing.T) {
	m := countTo(9)
	m.Final = []modelcheck.Property[uint32]{{Name: "at nine", Holds: func(s uint32) bool { return s == 9 }}}
	r := check(t, m, modelcheck.Options{})
	assert.Equal(t, modelcheck.Holds, r.Verdict())

	m.Final[0].Holds = func(s uint32) bool { return s != 9 }
	r = check(t, m, modelcheck.Options{})
	assert.Equal(t, modelcheck.Violated, r.Verdict())
	require.Len(t, r.Violations, 1)
	assert.Equal(t, "at nine", r.Violations[0].Property.Name)
	assert.Equal(t, uint32(9), r.Violations[0].Path.Last())

	next := m.Next
	m.Next = func(s uint32, emit func(struct{}, uint32)) {
		next(s, emit)
		if s == 9 {
			emit(struct{}{}, s) // what changes nothing is no way on
		}
	}
	r = check(t, m, modelcheck.Options{Workers: 2})
	require.Len(t, r.Violations, 1)
}

func TestDeadlocksAreCounted(t *testing.T) {
	r := check(t, countTo(9), modelcheck.Options{})
	assert.Equal(t, 1, r.Deadlocks)
	assert.Equal(t, modelcheck.OutDegree{Min: 0, Max: 1, Mean: 0.9}, r.OutDegree)
	assert.Equal(t, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, r.Levels)
}

// countTo counts from 0 by one.
func countTo(last uint32) modelcheck.Model[uint32, struct{}] {
	return modelcheck.Model[uint32, struct{}]{
		Name: "count",
		Init: []uint32{0},
		Next: func(s uint32, emit func(struct{}, uint32)) {
			if s < last {
				emit(struct{}{}, s+1)
			}
		},
	}
}

// tree has a binary tree of states, the children of s being 2s and 2s+1.
func tree(last uint32) modelcheck.Model[uint32, bool] {
	return modelcheck.Model[uint32, bool]{
		Name: "tree",
		Init: []uint32{1},
		Next: func(s uint32, emit func(bool, uint32)) {
			if 2*s+1 <= last {
				emit(false, 2*s)
				emit(true, 2*s+1)
			}
		},
	}
}

func TestEveryPropertyKeepsItsOwnShortestViolation(t *testing.T) {
	m := tree(1<<12 - 1)
	m.Always = []modelcheck.Property[uint32]{
		{Name: "late", Holds: func(s uint32) bool { return s < 1000 }},
		{Name: "never", Holds: func(uint32) bool { return true }},
		{Name: "soon", Holds: func(s uint32) bool { return s%5 != 0 }},
		{Name: "as soon", Holds: func(s uint32) bool { return s != 5 }},
		{Name: "wide", Holds: func(s uint32) bool { return s < 520 }}, // in several chunks of a block
	}
	r := check(t, m, modelcheck.Options{})
	require.Len(t, r.Violations, 2, "both of depth 2, and not the later one")
	assert.Equal(t, "soon", r.Violations[0].Property.Name)
	assert.Equal(t, uint32(5), r.Violations[0].Path.Last())
	assert.Equal(t, "as soon", r.Violations[1].Property.Name)
	assert.Equal(t, uint32(5), r.Violations[1].Path.Last(), "a state may break two properties")
	assert.Equal(t, 7, r.States, "the depth of the violation is finished")

	r = check(t, m, modelcheck.Options{KeepGoing: true})
	require.Len(t, r.Violations, 4)
	assert.Equal(t, uint32(520), r.Violations[3].Path.Last())
	assert.Equal(t, "late", r.Violations[0].Property.Name)
	assert.Equal(t, uint32(1000), r.Violations[0].Path.Last(), "the first of its depth")
	assert.Equal(t, 9, r.Violations[0].Path.Len())
}

func TestInitialStates(t *testing.T) {
	const count = 300_000 // more than a block
	m := modelcheck.Model[uint32, int]{
		Name: "init",
		Next: func(uint32, func(int, uint32)) {},
		Always: []modelcheck.Property[uint32]{
			{Name: "small", Holds: func(s uint32) bool { return s < count-5 }},
		},
	}
	for i := range uint32(count) {
		m.Init = append(m.Init, i, i/2)
	}
	r := check(t, m, modelcheck.Options{Workers: 2})
	assert.Equal(t, count, r.States)
	assert.Equal(t, 0, r.Transitions)
	assert.Equal(t, []int{count}, r.Levels)
	require.Len(t, r.Violations, 1)
	assert.Equal(t, 0, r.Violations[0].Path.Len())
	assert.Equal(t, uint32(count-5), r.Violations[0].Path.Last())
}
