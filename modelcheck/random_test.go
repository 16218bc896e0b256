package modelcheck_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// A graph is a random transition system. Its states are node numbers in two
// words; actions are the places of edges.
type (
	graph struct {
		edges [][]uint32
		bad   map[uint32]bool
		model modelcheck.Model[graphState, int]
	}
	graphState [2]uint64
)

func node(i uint32) graphState { return graphState{uint64(i) << 40, uint64(i) * 3} }

func (s graphState) node() uint32 { return uint32(s[0] >> 40) }

func drawGraph(t *rapid.T) *graph {
	size := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(41, 12_000)).Draw(t, "nodes")
	degree := rapid.IntRange(0, 6).Draw(t, "degree")
	reach := rapid.IntRange(1, size).Draw(t, "reach") // short edges make deep graphs
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	g := &graph{edges: make([][]uint32, size), bad: map[uint32]bool{}}
	for i := range g.edges {
		for range r.IntN(degree + 1) {
			g.edges[i] = append(g.edges[i], uint32((i+r.IntN(reach+1))%size))
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "bad") {
		g.bad[uint32(r.IntN(size))] = true
	}
	g.model = modelcheck.Model[graphState, int]{
		Name: "graph",
		Next: func(s graphState, emit func(int, graphState)) {
			for i, to := range g.edges[s.node()] {
				emit(i, node(to))
			}
		},
		Always: []modelcheck.Property[graphState]{
			{Name: "good", Holds: func(s graphState) bool { return !g.bad[s.node()] }},
		},
		Clauses:     []string{"first", "second"},
		MayStayIdle: []string{"first", "second"},
		Clause: func(i int) int {
			if i < 2 {
				return i
			}
			return -1
		},
	}
	for range rapid.IntRange(1, 4).Draw(t, "init") {
		g.model.Init = append(g.model.Init, node(uint32(r.IntN(size))))
	}
	switch rapid.IntRange(0, 3).Draw(t, "hash") {
	case 0:
		g.model.Hash = func(s graphState) uint64 { return s[0] } // poor
	case 1:
		g.model.Hash = func(s graphState) uint64 { return uint64(s.node() % 512) } // very poor
	}
	return g
}

// naive is the outcome of the simplest search that could work.
type naive struct {
	states, transitions, deadlocks int
	levels, fired                  []int
	path                           []uint32 // to the first bad node, if any
}

func (g *graph) search() naive {
	out := naive{fired: make([]int, 2)}
	parent := map[uint32]int64{}
	var queue []uint32
	visit := func(n uint32, from int64) {
		if _, known := parent[n]; known {
			return
		}
		parent[n] = from
		queue = append(queue, n)
		if g.bad[n] && out.path == nil {
			for at := int64(n); at >= 0; at = parent[uint32(at)] {
				out.path = append([]uint32{uint32(at)}, out.path...)
			}
		}
	}
	for _, s := range g.model.Init {
		visit(s.node(), -1)
	}
	for len(queue) > 0 {
		level := queue
		queue = nil
		out.levels = append(out.levels, len(level))
		for _, n := range level {
			if len(g.edges[n]) == 0 {
				out.deadlocks++
			}
			for i, to := range g.edges[n] {
				if i < 2 {
					out.fired[i]++
				}
				out.transitions++
				visit(to, int64(n))
			}
		}
	}
	out.states = len(parent)
	return out
}

func checkAgainstNaive(t *rapid.T) {
	g := drawGraph(t)
	want := g.search()
	for _, workers := range []int{1, 2, 3, 8} {
		r, err := modelcheck.Check(context.Background(), g.model, modelcheck.Options{Workers: workers, KeepGoing: true})
		require.NoError(t, err)
		require.True(t, r.Complete)
		got := naive{states: r.States, transitions: r.Transitions, deadlocks: r.Deadlocks, levels: r.Levels}
		for _, c := range r.Coverage {
			got.fired = append(got.fired, c.Fired)
		}
		for _, v := range r.Violations {
			replay(t, g.model, v.Path)
			got.path = append(got.path, v.Path.Init.node())
			for _, step := range v.Path.Steps {
				got.path = append(got.path, step.State.node())
			}
		}
		require.Equal(t, want, got, "%d workers", workers)

		early, err := modelcheck.Check(context.Background(), g.model, modelcheck.Options{Workers: workers})
		require.NoError(t, err)
		require.Equal(t, len(r.Violations), len(early.Violations))
		for i, v := range r.Violations {
			require.Equal(t, v.Path.String(), early.Violations[i].Path.String())
			require.Equal(t, r.Levels[:v.Path.Len()+1], early.Levels)
		}
	}
}

func TestAgainstNaive(t *testing.T) { rapid.Check(t, checkAgainstNaive) }

func FuzzAgainstNaive(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkAgainstNaive)) }

// A limit ends the search at the same place for any number of workers.
func TestLimitsAreDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		limit := rapid.IntRange(1, len(g.edges)).Draw(t, "limit")
		want := ""
		for _, workers := range []int{1, 2, 5} {
			r, err := modelcheck.Check(context.Background(), g.model, modelcheck.Options{Workers: workers, MaxStates: limit})
			require.NoError(t, err)
			require.LessOrEqual(t, r.States, limit)
			require.Equal(t, r.States, sum(r.Levels))
			if !r.Complete && len(r.Violations) == 0 {
				require.Equal(t, modelcheck.Unfinished, r.Verdict())
				require.Equal(t, modelcheck.StateLimit, r.Stopped)
				require.Equal(t, limit, r.States)
			}
			if want == "" {
				want = r.String()
			}
			require.Equal(t, want, r.String())
		}
	})
}
