package modelcheck_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// colours is how many states stand for a node in a coloured graph.
const colours = 5

func (s graphState) colour() uint64              { return s[0] % colours }
func (s graphState) in(colour uint64) graphState { return graphState{s[0]&^7 | colour, s[1]} }

func plainly(s graphState) graphState { return s.in(0) }

// coloured is a graph whose states have colours, which change with each step and
// make no difference.
func (g *graph) coloured() modelcheck.Model[graphState, int] {
	m := g.model
	m.Hash = nil
	m.Next = func(s graphState, emit func(int, graphState)) {
		for i, to := range g.edges[s.node()] {
			emit(i, node(to).in((s.colour()*3+uint64(i)+1)%colours))
		}
	}
	return m
}

func summarize(r *modelcheck.Report[graphState, int]) naive {
	n := naive{states: r.States, transitions: r.Transitions, deadlocks: r.Deadlocks, levels: r.Levels}
	for _, c := range r.Coverage {
		n.fired = append(n.fired, c.Fired)
	}
	return n
}

// However states are told apart, a search finds what the naive one does, and tells
// real runs.
func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		want := g.search()
		path := want.path
		want.path = nil
		for _, visited := range []modelcheck.Visited{modelcheck.Exact, modelcheck.Fingerprint64, modelcheck.Fingerprint128} {
			canonical, view, both := g.coloured(), g.coloured(), g.coloured()
			canonical.Canonical, view.View = plainly, plainly
			both.Canonical, both.View = plainly, plainly
			for name, m := range map[string]modelcheck.Model[graphState, int]{"plain": g.model, "canonical": canonical, "view": view, "both": both} {
				r, err := modelcheck.Check(context.Background(), m, modelcheck.Options{Workers: 2, KeepGoing: true, Visited: visited})
				require.NoError(t, err)
				require.Equal(t, want, summarize(&r), "%s, %v", name, visited)
				require.Equal(t, visited == modelcheck.Exact || r.States < 2, r.Missed == 0)
				require.Equal(t, len(path) > 0, len(r.Violations) > 0)
				for _, v := range r.Violations {
					replay(t, m, v.Path)
					require.Len(t, path, v.Path.Len()+1)
					require.True(t, g.bad[v.Path.Last().node()])
				}
			}
		}
	})
}

// Of what a search keeps of its states, little is left when they are forgotten.
func TestFingerprintsNeedLess(t *testing.T) {
	type large [12]uint64
	m := modelcheck.Model[large, int]{
		Name: "wide",
		Init: []large{{}},
		Next: func(s large, emit func(int, large)) {
			for i := range s {
				if s[i] < 2 {
					next := s
					next[i]++
					emit(i, next)
				}
			}
		},
	}
	bytes := map[modelcheck.Visited]float64{}
	for _, visited := range []modelcheck.Visited{modelcheck.Exact, modelcheck.Fingerprint64, modelcheck.Fingerprint128} {
		r := check(t, m, modelcheck.Options{Visited: visited})
		assert.Equal(t, 531_441, r.States, "3 to the 12th")
		bytes[visited] = r.BytesPerState()
	}
	assert.Greater(t, bytes[modelcheck.Exact], 96.0)
	assert.Less(t, bytes[modelcheck.Fingerprint64], 30.0)
	assert.InDelta(t, bytes[modelcheck.Fingerprint64]+8, bytes[modelcheck.Fingerprint128], 0.5)
}

// A constraint keeps the search from leaving a state, and from nothing else.
func TestWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		limit := uint32(rapid.IntRange(0, len(g.edges)).Draw(t, "limit"))
		edges := g.edges
		outside := func(n uint32) bool { return n >= limit }
		g.edges = append([][]uint32(nil), edges...)
		for n := range g.edges {
			if outside(uint32(n)) {
				g.edges[n] = nil
			}
		}
		want := g.search()
		g.edges = edges
		m := g.model
		m.Within = func(s graphState) bool { return !outside(s.node()) }
		r, err := modelcheck.Check(context.Background(), m, modelcheck.Options{Workers: 2, KeepGoing: true})
		require.NoError(t, err)
		require.Equal(t, want.states, r.States)
		require.Equal(t, want.transitions, r.Transitions)
		require.Equal(t, want.levels, r.Levels)
		require.Equal(t, want.deadlocks, r.Deadlocks+r.Outside, "a state that is not left is no deadlock")
		require.Equal(t, len(want.path) > 0, len(r.Violations) > 0, "properties are asked outside, too")
	})
}

// A property of steps is violated by a shortest run to such a step.
func TestAlwaysSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		m := g.model
		m.Always = nil
		ok := func(before graphState, i int, after graphState) bool {
			return i == 0 || !g.bad[after.node()] || before.node() < after.node()
		}
		m.AlwaysSteps = []modelcheck.StepProperty[graphState, int]{{Name: "steps", Doc: "no other step to a bad node", Holds: ok}}
		want := g.stepsTo(ok)
		told := ""
		for _, workers := range []int{1, 2, 5} {
			r, err := modelcheck.Check(context.Background(), m, modelcheck.Options{Workers: workers})
			require.NoError(t, err)
			if want == 0 {
				require.Equal(t, modelcheck.Holds, r.Verdict())
				continue
			}
			require.Equal(t, modelcheck.Violated, r.Verdict())
			require.Len(t, r.Violations, 1)
			v := r.Violations[0]
			require.Equal(t, "steps", v.Property.Name)
			require.Equal(t, want, v.Path.Len())
			replay(t, m, v.Path)
			last, before := v.Path.Steps[want-1], v.Path.Init
			if want > 1 {
				before = v.Path.Steps[want-2].State
			}
			require.False(t, ok(before, last.Action, last.State))
			if told == "" {
				told = v.Path.String()
			}
			require.Equal(t, told, v.Path.String())
		}
	})
}

// stepsTo is the least number of steps to one that is not ok, and 0 if none can be
// taken.
func (g *graph) stepsTo(ok func(graphState, int, graphState) bool) int {
	known := map[uint32]bool{}
	var level []uint32
	for _, s := range g.model.Init {
		level = append(level, s.node())
	}
	for steps := 1; len(level) > 0; steps++ {
		var next []uint32
		for _, n := range level {
			if known[n] {
				continue
			}
			known[n] = true
			for i, to := range g.edges[n] {
				if !ok(node(n), i, node(to)) {
					return steps
				}
				next = append(next, to)
			}
		}
		level = next
	}
	return 0
}

// What is declared to be the same and is not may show when a run is told.
func TestNotTheSame(t *testing.T) {
	m := modelcheck.Model[uint64, int]{
		Name: "liar",
		Init: []uint64{0},
		Next: func(s uint64, emit func(int, uint64)) {
			switch s {
			case 0:
				emit(0, 11) // canonical 10, which goes on; 11 itself does not
			case 10:
				emit(0, 20)
			}
		},
		Canonical: func(s uint64) uint64 { return s / 10 * 10 },
		Always:    []modelcheck.Property[uint64]{{Name: "low", Holds: func(s uint64) bool { return s < 20 }}},
	}
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
	require.ErrorContains(t, err, `model "liar": state 11: what was found after a state of the same Canonical form`)
}

func TestUnknownVisited(t *testing.T) {
	_, err := modelcheck.Check(t.Context(), twoPhaseModel(2), modelcheck.Options{Visited: 9})
	require.ErrorContains(t, err, "Visited(9) is none of")
}
