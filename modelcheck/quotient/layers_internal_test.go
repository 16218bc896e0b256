package quotient

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A reach is what a search has come to. Where somebody has broken a claim, it does
// not go on, and the states are not compared.
type reach struct {
	states    map[[4]uint64]bool // as of a search in any order
	decisions map[string]bool    // by everybody
	faults    map[fault]bool
	seen      uint32
}

// reached goes through the states of a model, which are known in another as of.
func reached(m *model, of func(*world) [4]uint64) reach {
	r := reach{map[[4]uint64]bool{}, map[string]bool{}, map[fault]bool{}, 0}
	s := searchable[[4]uint64](m)
	met := map[[4]uint64]bool{}
	for queue := s.Init; len(queue) > 0; queue = queue[1:] {
		if met[queue[0]] {
			continue
		}
		met[queue[0]] = true
		s.Next(queue[0], func(a Action, s [4]uint64) {
			r.seen |= a.Seen
			queue = append(queue, s)
		})
		var w world
		unpack(m, &queue[0], &w)
		faulty := false
		for _, c := range w.classes[:m.config.correct()] {
			if f := m.process.fault[c]; f != 0 {
				r.faults[f], faulty = true, true
			}
		}
		if !faulty {
			r.decisions[m.decided(&w)] = true
			r.states[of(&w)] = true
		}
	}
	return r
}

// decided is what everybody has decided, whatever V0 and V1 are called.
func (m *model) decided(w *world) string {
	of := func(w *world) string {
		var all []consensus.Value
		for _, c := range w.classes[:m.config.correct()] {
			all = append(all, m.process.decision[c])
		}
		slices.Sort(all)
		return fmt.Sprint(all)
	}
	if m.process.swapped == nil {
		return of(w)
	}
	other := m.swap(w)
	return min(of(w), of(&other))
}

// inAnyOrder is what a search in any order comes to.
func inAnyOrder(m *model) reach {
	return reached(m, func(w *world) [4]uint64 { return least[[4]uint64](m, w) })
}

// byLevels is what a search by levels comes to that merges no standings, and forgets
// what a search in any order does: nothing but the order is restricted.
func byLevels(m *model, l *layering) reach {
	labels := make([]uint64, len(l.standings))
	for i := range labels {
		labels[i] = uint64(i)
	}
	p := l.merge(labels)
	for i, x := range l.standings { // which are the classes
		p.asks[i], p.mayVote[i], p.mayOffer[i] = m.process.asks[x.class], m.process.mayVote[x.class], m.process.mayOffer[x.class]
	}
	layered := *m
	layered.process = p
	if err := layered.layOut(); err != nil {
		panic(err)
	}
	return reached(&layered, func(w *world) [4]uint64 {
		plain := *w
		for i, c := range w.classes[:m.config.correct()] {
			plain.classes[i] = l.standings[c].class
		}
		slices.Sort(plain.classes[:m.config.correct()])
		return least[[4]uint64](m, &plain)
	})
}

// merged is what the search comes to as it is; its states are its own.
func merged(m *model) reach {
	layered := *m
	layered.process = m.process.layered()
	if err := layered.layOut(); err != nil {
		panic(err)
	}
	r := reached(&layered, func(w *world) [4]uint64 { return least[[4]uint64](&layered, w) })
	r.states = nil
	return r
}

func modelOf(t *testing.T, c Config) *model {
	m, err := newModel(t.Context(), c, false)
	require.NoError(t, err)
	return m
}

// losesNothing compares searches of an instance.
func losesNothing(t *testing.T, m *model) {
	want := inAnyOrder(m)
	require.True(t, want.same(byLevels(m, newLayering(m.process))), "by levels, %s", m.config.Name())
	want.states = nil
	require.Equal(t, want, merged(m), "merged, %s", m.config.Name())
}

func (r reach) same(o reach) bool {
	if len(r.states) != len(o.states) || r.seen != o.seen || len(r.faults) != len(o.faults) || len(r.decisions) != len(o.decisions) {
		return false
	}
	for s := range r.states {
		if !o.states[s] {
			return false
		}
	}
	for f := range r.faults {
		if !o.faults[f] {
			return false
		}
	}
	for d := range r.decisions {
		if !o.decisions[d] {
			return false
		}
	}
	return true
}

var dialects = []string{consensus.PaperRules.Name, consensus.CometBFTv038Rules.Name, consensus.CometBFTv1Rules.Name}

// A search by levels comes to every state that one in any order comes to, to every
// step that is awaited and to every claim that is broken.
func TestLayersLoseNothing(t *testing.T) {
	for _, dialect := range dialects {
		for _, size := range []struct{ validators, byzantine, rounds int }{
			{4, 1, 2}, {4, 2, 1}, {3, 0, 2}, {3, 1, 2}, {3, 1, 3}, {5, 1, 1}, {7, 2, 1},
		} {
			rotations := cast.Rotations(size.validators, size.byzantine, size.rounds)
			if size.rounds > 2 && dialect != consensus.PaperRules.Name { // each takes seconds
				if !Large {
					continue
				}
				rotations = rotations[:1]
			}
			for _, proposers := range rotations {
				c := Config{Dialect: dialect, Validators: size.validators, Byzantine: size.byzantine, Proposers: proposers}
				t.Run(c.Name(), func(t *testing.T) { losesNothing(t, modelOf(t, c)) })
			}
		}
		if dialect == consensus.PaperRules.Name {
			continue
		}
		c := Config{Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}, Split: true}
		t.Run(c.Name(), func(t *testing.T) { losesNothing(t, modelOf(t, c)) })
		c.Proposers, c.WholeIDs = []int{Byzantine, Byzantine}, true
		t.Run(c.Name(), func(t *testing.T) { losesNothing(t, modelOf(t, c)) })
	}
}

// So it is with other rules, whatever is wrong with them.
func TestLayersLoseNothingOfMutants(t *testing.T) {
	const every = 20
	for _, dialect := range dialects {
		d, _ := consensus.DialectNamed(dialect)
		for i, mutation := range spec.Mutations(d.Table.Rules, nil) {
			if i%every != 0 {
				continue
			}
			table, err := spec.CompileMutant(mutation.Rules)
			require.NoError(t, err)
			c := Config{Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: []int{0}, Rules: table, Habits: d.Questions != nil}
			if dialect == consensus.PaperRules.Name {
				c.Validators, c.Proposers = 3, []int{0, 1}
			}
			t.Run(dialect+"/"+mutation.Name, func(t *testing.T) { losesNothing(t, modelOf(t, c)) })
		}
	}
}

// mutantOf is an instance of cometbft-v1 with a mistake in the rules.
func mutantOf(t *testing.T, name string) Config {
	all := spec.Mutations(consensus.CometBFTv1Rules, nil)
	at := slices.IndexFunc(all, func(m spec.Mutation) bool { return m.Name == name })
	require.GreaterOrEqual(t, at, 0)
	table, err := spec.CompileMutant(all[at].Rules)
	require.NoError(t, err)
	return Config{Dialect: consensus.CometBFTv1Rules.Name, Validators: 4, Byzantine: 1, Proposers: []int{0}, Rules: table}
}

// Layers that are spoilt, in one way each, lose something. The rules as they are do
// nothing of an earlier level after a later one, and say nothing late that anybody
// waits for: the first two instances are of mutants that do.
func TestLayersCanFail(t *testing.T) {
	for name, spoil := range map[string]struct {
		noticed int // on so many instances
		by      func(*layering)
	}{
		"nothing is late": {1, func(l *layering) {
			for i, x := range l.standings {
				l.does[i] = slices.DeleteFunc(l.does[i], func(m move) bool { return x.lags && m.rank() < x.level })
			}
		}},
		"who lags does nothing": {4, func(l *layering) {
			for i, x := range l.standings {
				if x.lags {
					l.does[i] = nil
				}
			}
		}},
		"who lags hears of nothing new": {4, func(l *layering) {
			for i, x := range l.standings {
				l.does[i] = slices.DeleteFunc(l.does[i], func(m move) bool {
					asks := move{guard: m.guard, sends: sending{votes: 1}}
					return x.lags && asks.rank() >= x.level
				})
			}
		}},
		"who lags says nothing new": {4, func(l *layering) {
			for i, x := range l.standings {
				l.does[i] = slices.DeleteFunc(l.does[i], func(m move) bool {
					asks := move{guard: m.guard, sends: sending{votes: 1}}
					return x.lags && asks.rank() < x.level
				})
			}
		}},
		"who has moved does nothing of before": {1, func(l *layering) {
			for i, x := range l.standings {
				l.does[i] = slices.DeleteFunc(l.does[i], func(m move) bool { return !x.lags && m.rank() < x.level })
			}
		}},
		"everybody is raised too far": {4, func(l *layering) {
			for i := range l.raised {
				copy(l.raised[i][1:], l.raised[i][2:])
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			noticed := 0
			for _, m := range []*model{
				modelOf(t, mutantOf(t, `enterNewRound.later without "r > round"`)),
				modelOf(t, mutantOf(t, `block.prevote "+2/3 PREVOTE(h, round, one value or nil)" also for prevotes = few`)),
				modelOf(t, Config{Dialect: consensus.CometBFTv1Rules.Name, Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}}),
				modelOf(t, Config{Dialect: consensus.PaperRules.Name, Validators: 4, Byzantine: 1, Proposers: []int{0, 1}}),
			} {
				l := newLayering(m.process)
				spoil.by(l)
				if want := inAnyOrder(m); !want.same(byLevels(m, l)) {
					noticed++
				}
			}
			require.Equal(t, spoil.noticed, noticed)
		})
	}
}

// Levels that are spoilt for who looks two rounds back lose something only where
// there are three.
func TestLayersCanFailInTheThirdRound(t *testing.T) {
	if !Large {
		t.Skip("too large for the race detector")
	}
	for _, dialect := range []string{consensus.CometBFTv038Rules.Name, consensus.CometBFTv1Rules.Name} {
		for _, proposers := range [][]int{{0, 1}, {0, Byzantine}, {0, 1, Byzantine}} {
			m := modelOf(t, Config{Dialect: dialect, Validators: 3, Byzantine: 1, Proposers: proposers})
			l := newLayering(m.process)
			for i, x := range l.standings { // who lags hears nothing of votes of two rounds ago
				l.does[i] = slices.DeleteFunc(l.does[i], func(m move) bool {
					return x.lags && x.level < lastLevel && x.level > 4 && slices.ContainsFunc(ranked[1:x.level-3], m.guard.meets)
				})
			}
			want := inAnyOrder(m)
			require.Equal(t, len(proposers) == 3, !want.same(byLevels(m, l)), m.config.Name())
		}
	}
}
