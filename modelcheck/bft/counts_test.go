package bft

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/modelcheck"
)

// TestExact: the counted model does what the plain one does, state by state. The
// numbers are those of plain and of counted states. TestStandard has further
// instances.
func TestExact(t *testing.T) {
	for _, tt := range []struct {
		config         Config
		plain, counted int
	}{
		{Config{Validators: 4, Byzantine: 1, Proposers: []int{0}}, 1_500, 45},
		{Config{Validators: 5, Byzantine: 1, Proposers: []int{Byzantine}}, 23_678, 61},
		{Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}}, 526, 28},
		{Config{Validators: 4, Byzantine: 2, Proposers: []int{0, 1}}, 19_786, 416},
		{Config{Validators: 3, Proposers: []int{0}}, 454, 25},
		{Config{Validators: 4, Proposers: []int{0}}, 9_212, 91},
		{Config{Validators: 2, Proposers: []int{0, 1, 0}}, 15_846, 506},
		{Config{Validators: 7, Byzantine: 2, Proposers: []int{0}}, 194_892, 147},
		{Config{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine, 0}}, 1_294_378, 1_381},
		{Config{Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}}, 1_210_986, 956},
	} {
		t.Run(tt.config.Name(), func(t *testing.T) {
			if tt.plain > 20_000 && (!Large || testing.Short()) {
				t.Skip("too large")
			}
			r, err := Exact(t.Context(), tt.config, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Complete)
			require.Empty(t, r.Violations)
			require.Equal(t, [2]int{tt.plain, tt.counted}, [2]int{r.States, r.Counted})
			tt.config.Counted = true
			alone, err := Check(t.Context(), tt.config, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.Equal(t, tt.counted, alone.States, "the search meets the states that are projected to")
		})
	}
}

// TestExactnessCanFail spoils the counted model in each of its parts.
func TestExactnessCanFail(t *testing.T) {
	c := Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}}
	tests := map[string]func(*rules){
		"counting stops too early":         func(rs *rules) { rs.counts.caps.vote--; rs.counts.tabulate() },
		"precommits are counted too short": func(rs *rules) { rs.counts.caps.precommit--; rs.counts.tabulate() },
		"the lock is forgotten":            func(rs *rules) { clear(rs.counts.lock) },
		"prevotes are forgotten":           func(rs *rules) { rs.counts.prevotes = 0 },
		"any precommits are forgotten":     func(rs *rules) { rs.counts.precommits = 0 },
		"later precommits are forgotten":   func(rs *rules) { rs.counts.casts[1] = 0 },
		"the proposal is forgotten":        func(rs *rules) { rs.counts.proposal = 0 },
		"who proposes is forgotten":        func(rs *rules) { rs.counts.roleBits = 0 },
		"every timeout can be started":     func(rs *rules) { rs.counts.starts[ruleNamed(rs, "L22If")] = true },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			if !Large {
				t.Skip("too large for the race detector")
			}
			plain, err := newRules(c)
			require.NoError(t, err)
			spoilt := c
			spoilt.Counted = true
			counted, err := newRules(spoilt)
			require.NoError(t, err)
			spoil(counted)
			r, err := exact(t.Context(), plain, counted, modelcheck.Options{})
			require.NoError(t, err)
			require.True(t, r.Violates(exactness))
		})
	}
}

// TestLaterRoundsAreHeard spoils what makes no difference in two rounds, which is
// as far as all plain states are visited: in three a round can be skipped.
func TestLaterRoundsAreHeard(t *testing.T) {
	rs, err := newRules(three)
	require.NoError(t, err)
	sound, err := rs.check(t.Context(), modelcheck.Options{})
	require.NoError(t, err)
	require.Empty(t, sound.Unreached)
	rs.counts.caps.sent = 0
	deaf, err := rs.check(t.Context(), modelcheck.Options{})
	require.NoError(t, err)
	require.Contains(t, deaf.Unreached, "a round is skipped")
}

func ruleNamed(rs *rules, name string) int {
	r, _ := rs.table.Named(name)
	return int(r.ID)
}

// TestExactAlongRandomRuns goes where the plain states are too many to visit all.
func TestExactAlongRandomRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]Config{
			{Validators: 4, Byzantine: 1, Proposers: []int{0, 1, Byzantine}},
			{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine, 0, 1}},
			{Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine, 1, 2}},
			{Validators: 5, Byzantine: 1, Proposers: []int{0, 1, 2}},
			{Validators: 7, Byzantine: 1, Proposers: []int{0, 1}},
			{Validators: 7, Byzantine: 2, Proposers: []int{Byzantine, 0, 1}},
		}).Draw(t, "config")
		plain, err := newRules(c)
		require.NoError(t, err)
		c.Counted = true
		counted, err := newRules(c)
		require.NoError(t, err)
		x := &comparison[[4]uint64]{plain: newMachine[[4]uint64](plain), counted: newMachine[[4]uint64](counted)}
		s := rapid.SampledFrom(x.plain.model().Init).Draw(t, "start")
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			require.True(t, x.holds(s))
			var next [][4]uint64
			x.plain.next(s, func(_ Action, to [4]uint64) { next = append(next, to) })
			if len(next) == 0 {
				return
			}
			s = rapid.SampledFrom(next).Draw(t, "next")
		}
	})
}

// TestCounted pins what the plain model is too large for, with all placements of
// the Byzantine validators; four rounds and seven validators are in TestStandard.
func TestCounted(t *testing.T) {
	for _, tt := range []struct {
		validators, byzantine int
		proposers             []int
		states, depth         int
	}{
		{4, 1, []int{0, 1, 2}, 26_806, 23},
		{4, 1, []int{0, 1, Byzantine}, 16_233, 22},
		{4, 1, []int{0, Byzantine, 1}, 24_736, 23},
		{4, 1, []int{Byzantine, 0, 1}, 26_884, 23},
		{7, 1, []int{0, 1}, 48_653, 30},
		{10, 3, []int{Byzantine}, 287, 15},
		{13, 4, []int{0}, 638, 19},
	} {
		c := Config{Validators: tt.validators, Byzantine: tt.byzantine, Proposers: tt.proposers, Counted: true}
		t.Run(c.Name(), func(t *testing.T) {
			if tt.states > 20_000 && (!Large || testing.Short()) {
				t.Skip("too large")
			}
			r, err := Check(t.Context(), c, modelcheck.Options{})
			require.NoError(t, err)
			require.True(t, r.Complete)
			require.Empty(t, r.Violations)
			require.Empty(t, r.Unreached)
			require.Equal(t, [2]int{tt.states, tt.depth}, [2]int{r.States, r.Depth})
		})
	}
}

// beyondCounting lists the mutants for which the counted model is not made.
// Some enter a round that they have left, whose messages have been cleared:
// what is found then cannot be lifted, and the search says so. Others show in
// what the counted model does not remember: that timeouts were started, that
// something was done "for the first time", who proposed, what a round that was
// left was left with. And the lock is forgotten
// in the last round, where no prevote is left that it could matter for: what
// goes wrong with it shows with a round more.
var beyondCounting = map[string]string{
	"a polka for nil takes the lock away":              "a round more",
	"2f prevotes start timeoutPrevote":                 "remembers",
	"timeoutPrevote is scheduled again and again":      "remembers",
	"timeoutPrecommit is scheduled again and again":    "remembers",
	"timeoutPrecommit of another round counts":         "remembers",
	"any later round is entered at once":               "remembers",
	"timeoutPropose of another round counts":           "remembers",
	"the round is not entered":                         "reenters",
	"a later round sends back to round 0":              "reenters",
	"timeoutPrecommit begins the same round again":     "reenters",
	"timeoutPrevote is scheduled without prevotes":     "remembers",
	"a polka is acted on before the prevote":           "remembers",
	"timeoutPrecommit is scheduled without precommits": "remembers",
}

// TestMutantsInTheCountedModel: what kills a mutant in the plain model kills it
// in the counted one; what is found there is told as a run of the plain model,
// which can be replayed.
func TestMutantsInTheCountedModel(t *testing.T) {
	for i := range Mutants {
		m := Mutants[i]
		if m.On.Silent != nil {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			if !Large {
				t.Skip("too large for the race detector")
			}
			m.On.Counted = true
			if beyondCounting[m.Name] == "a round more" {
				m.On.Proposers = append(slices.Clip(m.On.Proposers), 0)
			}
			k, err := m.Try(t.Context(), modelcheck.Options{})
			switch beyondCounting[m.Name] {
			case "reenters":
				require.ErrorIs(t, err, ErrLift)
				return
			case "remembers":
				require.ErrorContains(t, err, "is not killed by")
				return
			}
			require.NoError(t, err)
			for _, v := range k.Result.Violations {
				require.False(t, v.Config.Counted)
				var saved bytes.Buffer
				require.NoError(t, v.Save(&saved))
				_, err := Replay(&saved)
				require.NoError(t, err)
			}
		})
	}
}

// TestSurvivorsAreCountedExactly: that the counted model finds nothing wrong
// with a mutant says as much as that the plain one does not.
func TestSurvivorsAreCountedExactly(t *testing.T) {
	for i := range Mutants {
		m := &Mutants[i]
		if m.Survives == "" {
			continue
		}
		for _, c := range []Config{
			{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Mutant: m.Name},
			{Validators: 2, Proposers: []int{0, 1, 0}, Mutant: m.Name},
		} {
			t.Run(c.Name(), func(t *testing.T) {
				if !Large {
					t.Skip("too large for the race detector")
				}
				r, err := Exact(t.Context(), c, modelcheck.Options{})
				require.NoError(t, err)
				require.True(t, r.Complete)
				require.Empty(t, r.Violations)
			})
		}
	}
}

func TestCountedStatesSurvivePacking(t *testing.T) {
	for _, proposers := range [][]int{{0, 1, Byzantine}, {Byzantine, 0, 1}} {
		rs, err := newRules(Config{Validators: 4, Byzantine: 1, Proposers: proposers, Counted: true})
		require.NoError(t, err)
		m := newMachine[[2]uint64](rs)
		seen := map[[2]uint64]bool{}
		queue := m.model().Init
		for len(queue) > 0 && len(seen) < 5_000 {
			s := queue[0]
			queue = queue[1:]
			if seen[s] {
				continue
			}
			seen[s] = true
			var w world
			var tl tallies
			m.unpack(&s, &w, &tl)
			var words []uint64
			var processes []*local
			for p := range rs.config.correct() {
				words = append(words, rs.counts.packLocal(&w.locals[p]))
				processes = append(processes, &w.locals[p])
			}
			require.True(t, slices.IsSorted(words))
			require.Equal(t, s, settled[[2]uint64](rs.counts, words, processes, &tl, &w.proposals), "a state is its own smallest form")
			m.next(s, func(_ Action, next [2]uint64) { queue = append(queue, next) })
		}
	}
}
