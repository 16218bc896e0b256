package modelcheck_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// Depth first, and directed, everything is found that the naive search finds.
func TestOtherOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		want := g.search()
		m := g.model
		m.Always = nil
		m.Sometimes = []modelcheck.Property[graphState]{{Name: "bad", Holds: func(s graphState) bool { return g.bad[s.node()] }}}
		m.Distance = func(s graphState) int { return len(g.edges) - int(s.node()) }
		seed := rapid.Uint64().Draw(t, "seed")
		for _, o := range []modelcheck.Options{
			{Order: modelcheck.DepthFirst},
			{Order: modelcheck.DepthFirst, Visited: modelcheck.Fingerprint64},
			{Order: modelcheck.Directed},
			{Order: modelcheck.Directed, Visited: modelcheck.Fingerprint128, Workers: 3},
		} {
			o.Seed = seed
			r, err := modelcheck.Check(context.Background(), m, o)
			require.NoError(t, err)
			require.True(t, r.Complete)
			require.Equal(t, want.states, r.States)
			require.Equal(t, want.transitions, r.Transitions)
			require.Equal(t, want.deadlocks, r.Deadlocks)
			require.Equal(t, want.fired[0], r.Coverage[0].Fired)
			require.Equal(t, len(want.path) == 0, len(r.Unreached) == 1)
			if o.Order == modelcheck.Directed {
				require.Equal(t, r.States, sum(r.Levels))
			}
		}
		for _, order := range []modelcheck.Order{modelcheck.DepthFirst, modelcheck.Directed} {
			broken := g.model
			broken.Distance = m.Distance
			r, err := modelcheck.Check(context.Background(), broken, modelcheck.Options{Order: order})
			require.NoError(t, err)
			require.Equal(t, len(want.path) > 0, len(r.Violations) > 0)
			for _, v := range r.Violations {
				replay(t, broken, v.Path)
				require.True(t, g.bad[v.Path.Last().node()])
				require.GreaterOrEqual(t, v.Path.Len()+1, len(want.path))
			}
		}
	})
}

// What is found at random is a run, the same whenever it is looked for with the same
// seed, by any number of workers.
func TestWalksAreRuns(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		want := g.search()
		for _, o := range []modelcheck.Options{
			{Order: modelcheck.Random, Walks: 20, MaxDepth: 50},
			{Order: modelcheck.DepthFirst, Visited: modelcheck.Bitstate, Walks: 4, Memory: 1 << 16},
			{Order: modelcheck.DepthFirst, MaxDepth: 7, Walks: 3},
		} {
			o.Seed = rapid.Uint64().Draw(t, "seed")
			told := ""
			for _, workers := range []int{1, 3} {
				o.Workers = workers
				r, err := modelcheck.Check(context.Background(), g.model, o)
				require.NoError(t, err)
				require.Less(t, r.Longest, len(g.edges)+51)
				if len(r.Violations) == 0 {
					require.NotEqual(t, modelcheck.Violated, r.Verdict())
					if r.Complete {
						require.Empty(t, want.path)
					}
					continue
				}
				found++
				require.Equal(t, modelcheck.Violated, r.Verdict())
				v := r.Violations[0]
				replay(t, g.model, v.Path)
				require.True(t, g.bad[v.Path.Last().node()])
				if o.MaxDepth > 0 {
					require.LessOrEqual(t, v.Path.Len(), o.MaxDepth)
				}
				if told == "" {
					told = v.Path.String()
				}
				require.Equal(t, told, v.Path.String())
			}
		}
	})
	assert.Positive(t, found)
}

// Walks evaluate every kind of property.
func TestWalksAskEverything(t *testing.T) {
	base := twoPhaseModel(4)
	next := base.Next
	base.Next = func(s twoPhase, emit func(tpAction, twoPhase)) {
		next(s, func(a tpAction, to twoPhase) {
			if to != s {
				emit(a, to)
			}
		})
	}
	walks := modelcheck.Options{Order: modelcheck.Random, Seed: 7, Walks: 200, Workers: 2}
	r := check(t, base, walks)
	assert.Equal(t, modelcheck.Unfinished, r.Verdict(), "walks prove nothing")
	assert.Equal(t, modelcheck.WalksDone, r.Stopped)
	assert.Empty(t, r.Unreached)
	assert.Empty(t, r.NeverFired())
	assert.Equal(t, 200, r.Deadlocks, "each goes to its end")
	assert.Equal(t, r.Transitions, fired(r.Coverage))

	m := base
	m.Final = []modelcheck.Property[twoPhase]{{Name: "final", Holds: func(s twoPhase) bool { return !s.all(4, committed) }}}
	r = check(t, m, walks)
	require.Len(t, r.Violations, 1)
	assert.Equal(t, "final", r.Violations[0].Property.Name)
	assert.True(t, r.Violations[0].Path.Last().all(4, committed))

	m = base
	m.AlwaysSteps = []modelcheck.StepProperty[twoPhase, tpAction]{{
		Name: "steps", Holds: func(_ twoPhase, a tpAction, _ twoPhase) bool { return a.clause != tmCommit },
	}}
	m.SometimesSteps = []modelcheck.StepProperty[twoPhase, tpAction]{{Name: "never", Holds: func(twoPhase, tpAction, twoPhase) bool { return false }}}
	r = check(t, m, walks)
	require.Len(t, r.Violations, 1)
	path := r.Violations[0].Path
	assert.Equal(t, uint8(tmCommit), path.Steps[path.Len()-1].Action.clause)
	assert.Len(t, r.UnreachedSteps, 1)

	m = base
	m.Within = func(s twoPhase) bool { return s.rm(0) == working }
	r = check(t, m, walks)
	assert.Equal(t, 200, r.Outside+r.Deadlocks)
	assert.Positive(t, r.Outside)
}

// A directed search finds its goal long before a broad one.
func TestDirected(t *testing.T) {
	const n = 7
	m := twoPhaseModel(n)
	m.Always = append(m.Always, modelcheck.Property[twoPhase]{Name: "never all committed", Holds: func(s twoPhase) bool { return !s.all(n, committed) }})
	m.Distance = func(s twoPhase) int {
		far := 0
		for i := range n {
			switch s.rm(i) {
			case working:
				far += 3
			case prepared:
				far += 2 - int(s[0]>>(tmPrepared+i)&1)
			case aborted:
				far += 1000
			}
		}
		return far
	}
	directed, broad := check(t, m, modelcheck.Options{Order: modelcheck.Directed}), check(t, m, modelcheck.Options{})
	require.Len(t, directed.Violations, 1)
	assert.Less(t, directed.States*20, broad.States)
	assert.Equal(t, broad.Violations[0].Path.Len(), directed.Violations[0].Path.Len(), "this guess is a good one")
}

func TestOptionsThatDoNotFit(t *testing.T) {
	for _, row := range []struct {
		o    modelcheck.Options
		says string
	}{
		{modelcheck.Options{Visited: modelcheck.Bitstate}, "a search breadth first cannot keep bits of states"},
		{modelcheck.Options{Order: modelcheck.Random, Directory: "x"}, "a search at random cannot go to disk"},
		{modelcheck.Options{Order: 9}, "Order(9) is none of"},
		{modelcheck.Options{Order: modelcheck.Directed}, "a directed search needs a Distance"},
		{modelcheck.Options{Walks: -1}, "negative"},
	} {
		_, err := modelcheck.Check(t.Context(), twoPhaseModel(2), row.o)
		require.ErrorContains(t, err, row.says)
	}
}

func TestWalksPanicAndEnd(t *testing.T) {
	m := twoPhaseModel(3)
	m.Always = []modelcheck.Property[twoPhase]{{Name: "odd", Holds: func(s twoPhase) bool {
		if s.rm(1) == committed {
			panic("oh")
		}
		return true
	}}}
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Order: modelcheck.Random})
	var p *modelcheck.PanicError
	require.ErrorAs(t, err, &p)
	assert.Equal(t, "property odd", p.In)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := modelcheck.Check(ctx, twoPhaseModel(8), modelcheck.Options{Order: modelcheck.DepthFirst})
	require.NoError(t, err)
	assert.Equal(t, modelcheck.Cancelled, r.Stopped)
	r = check(t, twoPhaseModel(7), modelcheck.Options{Order: modelcheck.DepthFirst, MaxStates: 1000})
	assert.Equal(t, modelcheck.Unfinished, r.Verdict())
	assert.Equal(t, 1000, r.States)
}
