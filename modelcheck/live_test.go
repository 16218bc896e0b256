package modelcheck_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// requireLasso fails the test unless a lasso is a run of the model that breaks the
// property of its name and is fair, all by definition, and what it says of its
// fairness is true.
func requireLasso[S, A comparable](t require.TestingT, m modelcheck.Model[S, A], l modelcheck.Lasso[S, A]) {
	replay(t, m, l.Path)
	loop := modelcheck.Path[S, A]{Init: l.Path.Last(), Steps: l.Loop}
	again := m
	again.Init = []S{loop.Init}
	replay(t, again, loop)
	require.Equal(t, loop.Init, loop.Last(), "the loop closes")

	run := append([]S{l.Path.Init}, states(l.Path.Steps)...)
	requireBroken(t, m, l.Property.Name, run[:l.Due+1])
	for _, s := range append(run[l.Due:], states(l.Loop)...) {
		require.False(t, l.Property.Holds(s))
	}

	around := []S{loop.Init}
	if len(l.Loop) > 0 {
		around = append(around, states(l.Loop[:len(l.Loop)-1])...)
	} else {
		m.Next(loop.Init, func(_ A, next S) { require.Equal(t, loop.Init, next, "the run ends where nothing leads on") })
	}
	require.Len(t, l.Fair, len(m.Fair))
	for i, f := range m.Fair {
		var taken, disabled []int
		for j, s := range around {
			enabled := false
			m.Next(s, func(a A, next S) { enabled = enabled || next != s && f.Of(a) })
			if !enabled {
				disabled = append(disabled, j+1)
			}
			if len(l.Loop) > 0 && l.Loop[j].State != s && f.Of(l.Loop[j].Action) {
				taken = append(taken, j+1)
			}
		}
		fair := len(taken) > 0 || len(disabled) == len(around) || !f.Strong && len(disabled) > 0
		require.True(t, fair, "%s: taken %v, disabled %v", f.Name, taken, disabled)
		want := modelcheck.WhyFair{Condition: f.Name, Strong: f.Strong}
		if len(taken) > 0 {
			want.Taken = taken[0]
		} else {
			want.Disabled, want.Never = disabled[0], len(disabled) == len(around)
		}
		require.Equal(t, want, l.Fair[i])
	}
}

func states[S, A comparable](steps []modelcheck.Step[S, A]) (list []S) {
	for _, step := range steps {
		list = append(list, step.State)
	}
	return list
}

// requireBroken fails unless a property is due at the end of a path.
func requireBroken[S, A comparable](t require.TestingT, m modelcheck.Model[S, A], name string, path []S) {
	for _, p := range m.Eventually {
		if p.Name == name {
			require.Len(t, path, 1, "it is due in the initial state")
			return
		}
	}
	for _, p := range m.LeadsTo {
		if p.Name == name {
			require.True(t, p.From(path[len(path)-1]))
			return
		}
	}
	require.Fail(t, "no property "+name)
}

// judged checks a model with several numbers of workers, and every lasso.
func judged[S, A comparable](t *testing.T, m modelcheck.Model[S, A]) modelcheck.Report[S, A] {
	t.Helper()
	r := check(t, m, modelcheck.Options{Workers: 1})
	for _, l := range r.Lassos {
		requireLasso(t, m, l)
	}
	for _, workers := range []int{2, 3} {
		again := check(t, m, modelcheck.Options{Workers: workers})
		require.Equal(t, r.String(), again.String())
	}
	return r
}

// A sketch is a small graph with everything that liveness depends on. Actions are
// the places of edges; a state is in a set if its bit is.
type sketch struct {
	states   int
	init     uint8
	edges    []sketchEdge
	strong   []bool // by condition
	goal     uint8  // of Eventually
	from, to uint8  // of LeadsTo
	within   uint8
	limiting bool // whether there is a Within
}

type sketchEdge struct {
	from, to   uint8
	conditions int
}

func in(set, s uint8) bool { return set>>s&1 == 1 }

func (k sketch) model() modelcheck.Model[uint8, int] {
	m := modelcheck.Model[uint8, int]{
		Name: "sketch",
		Next: func(s uint8, emit func(int, uint8)) {
			for i, e := range k.edges {
				if e.from == s {
					emit(i, e.to)
				}
			}
		},
		Eventually: []modelcheck.Property[uint8]{{Name: "eventually", Holds: func(s uint8) bool { return in(k.goal, s) }}},
		LeadsTo: []modelcheck.LeadsTo[uint8]{{
			Name: "leads to",
			From: func(s uint8) bool { return in(k.from, s) },
			To:   func(s uint8) bool { return in(k.to, s) },
		}},
	}
	for i, strong := range k.strong {
		m.Fair = append(m.Fair, modelcheck.Fairness[int]{
			Name:   fmt.Sprint("condition ", i),
			Of:     func(a int) bool { return k.edges[a].conditions>>i&1 == 1 },
			Strong: strong,
		})
	}
	if k.limiting {
		m.Within = func(s uint8) bool { return in(k.within, s) }
	}
	for s := range uint8(k.states) {
		if in(k.init, s) {
			m.Init = append(m.Init, s)
		}
	}
	return m
}

// goes lists the edges that a run can use: none leaves a state outside of Within.
func (k sketch) goes() (list []sketchEdge) {
	for _, e := range k.edges {
		if !k.limiting || in(k.within, e.from) {
			list = append(list, e)
		}
	}
	return list
}

// distances gives the steps to all states that can be reached inside a region from
// states at given distances; -1 for the others. It relaxes until nothing changes.
func (k sketch) distances(start []int, region uint8) []int {
	d := append([]int(nil), start...)
	for changed := true; changed; {
		changed = false
		for _, e := range k.goes() {
			if d[e.from] >= 0 && in(region, e.to) && (d[e.to] < 0 || d[e.to] > d[e.from]+1) {
				d[e.to], changed = d[e.from]+1, true
			}
		}
	}
	return d
}

// only keeps the distances of the states in a set.
func only(d []int, set uint8) []int {
	kept := append([]int(nil), d...)
	for s := range kept {
		if !in(set, uint8(s)) {
			kept[s] = -1
		}
	}
	return kept
}

// recurrent is the states of all sets of edges that a fair run inside a region can
// take for ever: every set of edges is tried, and fairness is looked up in its
// definition. A run that ends takes none.
func (k sketch) recurrent(region uint8) (all uint8) {
	goes := k.goes()
	enabled := make([]int, k.states)
	leaves := uint8(0)
	for _, e := range k.edges {
		if e.from != e.to {
			enabled[e.from] |= e.conditions
			leaves |= 1 << e.from
		}
	}
	for s := range uint8(k.states) {
		if in(region&^leaves, s) && (!k.limiting || in(k.within, s)) {
			all |= 1 << s
		}
	}
	for set := 1; set < 1<<len(goes); set++ {
		visited, taken := uint8(0), 0
		var reach [8]uint8
		for i, e := range goes {
			if set>>i&1 == 0 {
				continue
			}
			visited |= 1<<e.from | 1<<e.to
			reach[e.from] |= 1 << e.to
			if e.from != e.to {
				taken |= e.conditions
			}
		}
		if visited&^region == 0 && connected(reach, visited) && k.fair(enabled, visited, taken) {
			all |= visited
		}
	}
	return all
}

// connected says whether every state of a set reaches all of it, by at least a step.
func connected(reach [8]uint8, set uint8) bool {
	for via := range uint8(8) {
		for s := range reach {
			if in(reach[s], via) {
				reach[s] |= reach[via]
			}
		}
	}
	for s := range uint8(8) {
		if in(set, s) && reach[s] != set {
			return false
		}
	}
	return true
}

func (k sketch) fair(enabled []int, visited uint8, taken int) bool {
	for i, strong := range k.strong {
		somewhere, everywhere := false, true
		for s := range uint8(k.states) {
			if in(visited, s) {
				is := enabled[s]>>i&1 == 1
				somewhere, everywhere = somewhere || is, everywhere && is
			}
		}
		if taken>>i&1 == 0 && (strong && somewhere || everywhere) {
			return false
		}
	}
	return true
}

// An outcome of a property: the steps to a fair loop that breaks it, or -1, and then
// whether Within cuts some run.
type outcome struct {
	steps int
	cut   bool
}

// outcomes gives those of Eventually and of LeadsTo.
func (k sketch) outcomes() [2]outcome {
	everything := uint8(1<<k.states - 1)
	zero := make([]int, k.states)
	reached := k.distances(only(zero, k.init), everything)
	var out [2]outcome
	for i, waits := range []uint8{everything &^ k.goal, everything &^ k.to} {
		start := [][]int{only(zero, k.init&waits), only(reached, k.from&waits)}[i]
		loops := k.recurrent(waits)
		out[i].steps = -1
		for s, d := range k.distances(start, waits) {
			if d >= 0 && in(loops, uint8(s)) && (out[i].steps < 0 || d < out[i].steps) {
				out[i].steps = d
			}
			if d >= 0 && k.limiting && !in(k.within, uint8(s)) {
				out[i].cut = true
			}
		}
		out[i].cut = out[i].cut && out[i].steps < 0
	}
	return out
}

func drawSketch(t *rapid.T) sketch {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	k := sketch{states: 1 + r.IntN(6)}
	k.init = 1 << r.IntN(k.states)
	if r.IntN(3) == 0 {
		k.init |= 1 << r.IntN(k.states)
	}
	k.strong = make([]bool, r.IntN(4))
	for i := range k.strong {
		k.strong[i] = r.IntN(2) == 0
	}
	for range r.IntN(11) {
		e := sketchEdge{from: uint8(r.IntN(k.states)), to: uint8(r.IntN(k.states))}
		e.conditions = r.IntN(1<<len(k.strong)) & r.IntN(1<<len(k.strong))
		k.edges = append(k.edges, e)
	}
	k.goal = few(r)
	k.from = uint8(r.UintN(256))
	k.to = few(r)
	k.limiting = r.IntN(4) == 0
	k.within = ^few(r) | k.init
	return k
}

// few is a set of one state in eight, on average.
func few(r *rand.Rand) uint8 {
	set := uint8(255)
	for range 3 {
		set &= uint8(r.UintN(256))
	}
	return set
}

func checkAgainstDefinition(t *rapid.T) {
	for range 20 { // sketches are cheaper than draws
		k := drawSketch(t)
		m := k.model()
		told := ""
		for _, workers := range []int{1, 2} {
			r, err := modelcheck.Check(context.Background(), m, modelcheck.Options{Workers: workers})
			require.NoError(t, err)
			require.True(t, r.Complete)
			if told == "" {
				told = r.String()
			}
			require.Equal(t, told, r.String())
			var got [2]outcome
			for i, name := range []string{"eventually", "leads to"} {
				got[i].steps = -1
				for _, l := range r.Lassos {
					if l.Property.Name == name {
						requireLasso(t, m, l)
						got[i].steps = l.Path.Len()
					}
				}
				for _, u := range r.Unjudged {
					got[i].cut = got[i].cut || u.Name == name
				}
			}
			require.Equal(t, k.outcomes(), got, "%+v\n%s", k, told)
			require.Equal(t, len(r.Lassos) > 0, r.Verdict() == modelcheck.Violated)
			require.Equal(t, len(r.Lassos)+len(r.Unjudged) == 0, r.Verdict() == modelcheck.Holds)
		}
	}
}

func TestRunsAgainstDefinition(t *testing.T) { rapid.Check(t, checkAgainstDefinition) }

func FuzzRunsAgainstDefinition(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkAgainstDefinition)) }

// The draws must reach what they are there for, or the test above says little.
func TestSketchesAreVaried(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 200 {
			k := drawSketch(t)
			both := k.outcomes()
			for _, o := range both {
				switch {
				case o.cut:
					seen["cut"]++
				case o.steps < 0:
					seen["holds"]++
				case o.steps > 1:
					seen["violated after some steps"]++
				}
			}
			weak := k
			weak.strong = make([]bool, len(k.strong))
			if weak.outcomes() != both {
				seen["strength matters"]++
			}
			weak.strong = nil
			if weak.outcomes() != both {
				seen["fairness matters"]++
			}
		}
	})
	for _, what := range []string{"cut", "holds", "violated after some steps", "strength matters", "fairness matters"} {
		assert.Greater(t, seen[what], 10, what)
	}
}

// draw is a sketch whose edges are pairs of digits, without fairness.
func drawRuns(goal uint8, edges ...string) sketch {
	k := sketch{init: 1, goal: goal}
	for _, e := range edges {
		from, to := e[0]-'0', e[1]-'0'
		k.edges = append(k.edges, sketchEdge{from: from, to: to})
		k.states = max(k.states, int(from)+1, int(to)+1)
	}
	return k
}

// A checker that remembers with each state what was promised on the way there
// first, as stateright does, loses runs: those that come to a state on another way,
// and those that come round.
func TestRunsThatMeetVisitedStates(t *testing.T) {
	const one, four = 1 << 1, 1 << 4
	for _, row := range []struct {
		name   string
		sketch sketch
		want   modelcheck.Verdict
		run    string
	}{
		{"a cycle back to the start", drawRuns(four, "01", "10", "14"), modelcheck.Violated, "0 (1 0)"},
		{"a cycle with no way out", drawRuns(four, "01", "12", "21"), modelcheck.Violated, "0 1 (2 1)"},
		{"a join with a way that keeps the promise", drawRuns(one, "01", "13", "02", "23"), modelcheck.Violated, "0 2 3 ()"},
		{"a cycle behind such a join", drawRuns(one, "01", "13", "02", "23", "34", "43"), modelcheck.Violated, "0 2 3 (4 3)"},
		{"a cycle through visited states only", drawRuns(1<<5, "01", "02", "13", "23", "35", "31"), modelcheck.Violated, "0 1 (3 1)"},
		{"the promise kept before the cycle", drawRuns(one, "01", "13", "34", "43"), modelcheck.Holds, ""},
		{"the promise kept on the cycle", drawRuns(1<<3, "01", "13", "34", "41"), modelcheck.Holds, ""},
		{"the promise kept in the initial state", drawRuns(1, "01", "10"), modelcheck.Holds, ""},
		{"an end", drawRuns(four, "01", "04"), modelcheck.Violated, "0 1 ()"},
		{"an end at once", drawRuns(0b10, "11"), modelcheck.Violated, "0 ()"},
		{"a step that changes nothing", drawRuns(one, "00", "01"), modelcheck.Violated, "0 (0)"},
		{"an end with a step that changes nothing", drawRuns(four, "01", "11", "04"), modelcheck.Violated, "0 1 (1)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := row.sketch.model()
			m.LeadsTo = nil
			r := judged(t, m)
			require.Equal(t, row.want, r.Verdict(), r.String())
			run := ""
			for _, l := range r.Lassos {
				run = fmt.Sprint(l.Path.Init)
				for _, s := range states(l.Path.Steps) {
					run += fmt.Sprintf(" %d", s)
				}
				loop := fmt.Sprint(states(l.Loop))
				run += " (" + loop[1:len(loop)-1] + ")"
			}
			assert.Equal(t, row.run, run)
		})
	}
}

// Strong fairness takes the search apart again and again: on this ladder each
// condition leaves a smaller component in which the next one is not fulfilled.
func TestRunsUnderStrongFairness(t *testing.T) {
	const rungs = 60
	type rung = uint8
	m := modelcheck.Model[rung, int]{
		Name: "ladder",
		Init: []rung{0},
		Next: func(s rung, emit func(int, rung)) {
			if s < rungs {
				emit(-1, s+1)
				emit(int(s), rungs+1) // the condition of this rung leads away
			}
			if s > 0 && s <= rungs {
				emit(-1, s-1)
			}
			if s == rungs {
				emit(-1, s)
			}
		},
		Eventually: []modelcheck.Property[rung]{{Name: "away", Holds: func(s rung) bool { return s == rungs+1 }}},
	}
	for i := range rungs {
		m.Fair = append(m.Fair, modelcheck.Fairness[int]{Name: fmt.Sprint(i), Of: func(a int) bool { return a == i }, Strong: true})
	}
	r := judged(t, m)
	require.Len(t, r.Lassos, 1)
	assert.Equal(t, rungs, r.Lassos[0].Path.Len(), "only the last rung has no condition")
	assert.Len(t, r.Lassos[0].Loop, 1)

	for i := range m.Fair {
		m.Fair[i].Strong = false
	}
	r = judged(t, m)
	require.Len(t, r.Lassos, 1)
	assert.Equal(t, 0, r.Lassos[0].Path.Len(), "up and down is weakly fair")
	assert.Len(t, r.Lassos[0].Loop, 2)

	m.Fair = append(m.Fair, modelcheck.Fairness[int]{Name: "nowhere", Of: func(int) bool { return false }, Strong: true})
	for i := range m.Fair {
		m.Fair[i].Strong = true
	}
	r = judged(t, m)
	assert.Len(t, r.Lassos, 1, "what is never enabled owes nothing")
}

// A loop that owes many steps takes them all.
func TestLoopTakesWhatItOwes(t *testing.T) {
	const digits = 5
	m := odometer(digits, 3)
	r := judged(t, m)
	require.Len(t, r.Lassos, 1)
	l := r.Lassos[0]
	for i, why := range l.Fair {
		assert.Positive(t, why.Taken, i)
	}
	assert.Len(t, l.Loop, 3*digits, "each digit comes round once")
}

// odometer has some digits, each of which may be turned. It is one big cycle.
func odometer(digits, base int) modelcheck.Model[uint64, int] {
	const width = 4
	m := modelcheck.Model[uint64, int]{
		Name: "odometer",
		Init: []uint64{0},
		Next: func(s uint64, emit func(int, uint64)) {
			for i := range digits {
				digit := s >> (width * i) & (1<<width - 1)
				next := (digit + 1) % uint64(base)
				emit(i, s&^((1<<width-1)<<(width*i))|next<<(width*i))
			}
		},
		Eventually: []modelcheck.Property[uint64]{{Name: "never", Holds: func(uint64) bool { return false }}},
	}
	for i := range digits {
		m.Fair = append(m.Fair, modelcheck.Fairness[int]{Name: fmt.Sprint("digit ", i), Of: func(a int) bool { return a == i }, Strong: i%2 == 0})
	}
	return m
}

// A graph as deep as it has states is no problem.
func TestDeepGraph(t *testing.T) {
	const last = 1 << 19
	m := countTo(last)
	m.Eventually = []modelcheck.Property[uint32]{
		{Name: "end", Holds: func(s uint32) bool { return s == last }},
		{Name: "beyond", Holds: func(s uint32) bool { return s > last }},
	}
	r := check(t, m, modelcheck.Options{})
	require.Len(t, r.Lassos, 1)
	assert.Equal(t, "beyond", r.Lassos[0].Property.Name)
	assert.Equal(t, last, r.Lassos[0].Path.Len())
	assert.Empty(t, r.Lassos[0].Loop)
}

// Only the bits of a set that are used are kept.
func TestManyConditionsAndPromises(t *testing.T) {
	for _, n := range []int{1, 8, 9, 63, 64} {
		m := modelcheck.Model[uint8, int]{
			Name: "ring",
			Init: []uint8{0},
			Next: func(s uint8, emit func(int, uint8)) {
				emit(int(s), (s+1)%uint8(n))
				emit(-1, (s+uint8(n)-1)%uint8(n))
			},
		}
		for i := range n {
			m.Fair = append(m.Fair, modelcheck.Fairness[int]{Name: fmt.Sprint(i), Of: func(a int) bool { return a == i }, Strong: true})
			m.Eventually = append(m.Eventually, modelcheck.Property[uint8]{Name: fmt.Sprint(i), Holds: func(s uint8) bool { return int(s) == n }})
		}
		r := judged(t, m)
		if n == 1 {
			require.Len(t, r.Lassos, 1)
			assert.True(t, r.Lassos[0].Fair[0].Never, "a step that changes nothing is none of a condition")
			continue
		}
		require.Len(t, r.Lassos, n)
		assert.Len(t, r.Lassos[n-1].Loop, n, "round once, with all conditions taken")
	}
}
