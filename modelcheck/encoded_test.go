package modelcheck_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// unpacked is the state of twoPhase as a newcomer may write it down first.
type unpacked struct {
	managers []string
	heard    map[int]bool
	messages map[string]bool
	done     bool
}

// unpackedTwoPhase writes twoPhaseModel once more, over slices and maps.
func unpackedTwoPhase(n int) modelcheck.Model[unpacked, tpAction] {
	names := []string{working: "working", prepared: "prepared", committed: "committed", aborted: "aborted"}
	init := unpacked{heard: map[int]bool{}, messages: map[string]bool{}}
	for range n {
		init.managers = append(init.managers, names[working])
	}
	next := func(s unpacked, emit func(tpAction, unpacked)) {
		step := func(clause, rm int, change func(*unpacked)) {
			after := modelcheck.Clone(s)
			change(&after)
			emit(tpAction{uint8(clause), uint8(rm)}, after)
		}
		become := func(clause, rm, to int) {
			step(clause, rm, func(s *unpacked) { s.managers[rm] = names[to] })
		}
		if !s.done && len(s.heard) == n {
			step(tmCommit, 0, func(s *unpacked) { s.done, s.messages["commit"] = true, true })
		}
		if !s.done {
			step(tmAbort, 0, func(s *unpacked) { s.done, s.messages["abort"] = true, true })
		}
		for rm := range n {
			vote := fmt.Sprint("prepared ", rm)
			if !s.done && s.messages[vote] {
				step(tmRcvPrepared, rm, func(s *unpacked) { s.heard[rm] = true })
			}
			if s.managers[rm] == "working" {
				step(rmPrepare, rm, func(s *unpacked) { s.managers[rm], s.messages[vote] = "prepared", true })
				become(rmChooseToAbort, rm, aborted)
			}
			if s.messages["commit"] {
				become(rmRcvCommit, rm, committed)
			}
			if s.messages["abort"] {
				become(rmRcvAbort, rm, aborted)
			}
		}
	}
	all := func(want string) func(unpacked) bool {
		return func(s unpacked) bool {
			for _, manager := range s.managers {
				if manager != want {
					return false
				}
			}
			return true
		}
	}
	packed := twoPhaseModel(n)
	return modelcheck.Model[unpacked, tpAction]{
		Name:    packed.Name,
		Init:    []unpacked{init},
		Next:    next,
		Clauses: packed.Clauses,
		Clause:  packed.Clause,
		Always: []modelcheck.Property[unpacked]{{Name: "Consistent", Holds: func(s unpacked) bool {
			is := map[string]bool{}
			for _, manager := range s.managers {
				is[manager] = true
			}
			return !is["committed"] || !is["aborted"]
		}}},
		Sometimes: []modelcheck.Property[unpacked]{
			{Name: "AllCommit", Holds: all("committed")},
			{Name: "AllAbort", Holds: all("aborted")},
		},
		FormatState: func(s unpacked) string { return fmt.Sprint(s.managers) },
		FormatAction: func(before unpacked, a tpAction, after unpacked) string {
			return fmt.Sprint(tpClauses[a.clause], len(before.messages), len(after.messages))
		},
	}
}

func TestEncodedTwoPhase(t *testing.T) {
	m, err := modelcheck.Encoded(unpackedTwoPhase(4))
	require.NoError(t, err)
	want := check(t, twoPhaseModel(4), modelcheck.Options{Witnesses: true})
	r := check(t, m, modelcheck.Options{Witnesses: true})
	assert.Equal(t, modelcheck.Holds, r.Verdict(), r.String())
	assert.Equal(t, want.Levels, r.Levels)
	assert.Equal(t, want.Coverage, r.Coverage)
	assert.Equal(t, want.OutDegree, r.OutDegree)
	require.Len(t, r.Witnesses, 2)
	for i := range want.Witnesses {
		assert.Equal(t, want.Witnesses[i].Path.Len(), r.Witnesses[i].Path.Len())
		replay(t, m, r.Witnesses[i].Path)
	}
	last := r.Witnesses[0].Path.Last().Decode()
	assert.Equal(t, []string{"committed", "committed", "committed", "committed"}, last.managers)
	assert.Contains(t, r.String(), "RMRcvCommitMsg5 5\n  13  [committed committed committed committed]\n")
}

// Every field of a model is carried over, those that a model gets in the future as well.
func TestEncodedCarriesEverything(t *testing.T) {
	m := unpackedTwoPhase(2)
	m.Final = m.Always
	grows := func(before unpacked, _ tpAction, after unpacked) bool {
		return len(before.messages) <= len(after.messages)
	}
	same := func(s unpacked) unpacked { return s }
	m.AlwaysSteps = []modelcheck.StepProperty[unpacked, tpAction]{{Name: "grows", Holds: grows}}
	m.SometimesSteps = []modelcheck.StepProperty[unpacked, tpAction]{{Name: "may grow", Holds: grows}}
	m.Within = func(unpacked) bool { return true }
	m.Canonical, m.View = same, same
	m.Local = func(unpacked, int) bool { return false }
	m.Actor = func(tpAction) int { return 0 }
	m.Hash = func(s unpacked) uint64 { return uint64(len(s.messages)) }
	m.Eventually = []modelcheck.Property[unpacked]{{Name: "over", Holds: func(unpacked) bool { return true }}}
	m.LeadsTo = []modelcheck.LeadsTo[unpacked]{{Name: "leads", From: m.Eventually[0].Holds, To: m.Eventually[0].Holds}}
	m.Fair = []modelcheck.Fairness[tpAction]{{Name: "fair", Of: func(tpAction) bool { return true }}}
	m.MayStayIdle = m.Clauses[:1]
	m.Distance = func(s unpacked) int { return len(s.messages) }
	m.FormatChange = func(before, after unpacked) string { return fmt.Sprint(len(before.messages), len(after.messages)) }
	given, carried := reflect.ValueOf(m), reflect.ValueOf(func() any {
		e, err := modelcheck.Encoded(m)
		require.NoError(t, err)
		return e
	}())
	for i := range given.NumField() {
		name := given.Type().Field(i).Name
		if name == "_" {
			continue
		}
		require.False(t, given.Field(i).IsZero(), "give Model.%s a value above", name)
		assert.False(t, carried.Field(i).IsZero(), "Encoded loses Model.%s", name)
	}

	change := carried.FieldByName("FormatChange").Interface().(func(_, _ modelcheck.Code[unpacked]) string)
	assert.Equal(t, "0 2", change(modelcheck.Encode(unpacked{}), modelcheck.Encode(unpacked{messages: map[string]bool{"a": true, "b": false}})))

	m.Final, m.Eventually, m.LeadsTo = nil, nil, nil
	m.Always[0] = modelcheck.Property[unpacked]{Name: "name", Doc: "doc", Source: "source", Holds: func(unpacked) bool { return false }}
	e, err := modelcheck.Encoded(m)
	require.NoError(t, err)
	p := e.Always[0]
	assert.Equal(t, []string{"name", "doc", "source"}, []string{p.Name, p.Doc, p.Source})
	r := check(t, e, modelcheck.Options{})
	require.Len(t, r.Violations, 1)
	assert.Equal(t, uint64(2), e.Hash(modelcheck.Encode(unpacked{messages: map[string]bool{"a": true, "b": false}})))
}

// Lists that grow by 0 or 1 at the end; what identifies them, what bounds them
// and what is claimed of steps is told in lists as well.
func TestEncodedIdentity(t *testing.T) {
	lists := modelcheck.Model[[]int, int]{
		Name: "lists",
		Init: [][]int{nil},
		Next: func(s []int, emit func(int, []int)) {
			for i := range 2 {
				emit(i, append(s, i))
			}
		},
		Within: func(s []int) bool { return len(s) < 3 },
	}
	sorted := func(s []int) []int { slices.Sort(s); return s }
	zeros := func(s []int) []int { return make([]int, len(s)) }
	ends := func(_ []int, i int, after []int) bool { return after[len(after)-1] == i }
	for name, row := range map[string]struct {
		change func(*modelcheck.Model[[]int, int])
		states int
		holds  bool
	}{
		"plain":        {func(*modelcheck.Model[[]int, int]) {}, 1 + 2 + 4 + 8, true},
		"canonical":    {func(m *modelcheck.Model[[]int, int]) { m.Canonical = sorted }, 1 + 2 + 3 + 4, true},
		"view":         {func(m *modelcheck.Model[[]int, int]) { m.View = zeros }, 1 + 1 + 1 + 1, true},
		"always steps": {func(m *modelcheck.Model[[]int, int]) { m.AlwaysSteps = stepProperty("ends", ends) }, 15, true},
		"broken step": {func(m *modelcheck.Model[[]int, int]) {
			m.AlwaysSteps = stepProperty("ends with 0", func(s []int, _ int, after []int) bool { return ends(s, 0, after) })
		}, 3, false},
	} {
		m := lists
		row.change(&m)
		e, err := modelcheck.Encoded(m)
		require.NoError(t, err)
		r := check(t, e, modelcheck.Options{})
		assert.Equal(t, row.states, r.States, name)
		assert.Equal(t, row.holds, r.Verdict() == modelcheck.Holds, name)
	}
}

func stepProperty(name string, holds func([]int, int, []int) bool) []modelcheck.StepProperty[[]int, int] {
	return []modelcheck.StepProperty[[]int, int]{{Name: name, Holds: holds}}
}

func TestEncodedKeepsWhatIsMissing(t *testing.T) {
	e, err := modelcheck.Encoded(modelcheck.Model[[]int, int]{Init: [][]int{{1}}})
	require.NoError(t, err)
	_, err = modelcheck.Check(t.Context(), e, modelcheck.Options{})
	require.ErrorContains(t, err, "Next is nil")

	e, err = modelcheck.Encoded(modelcheck.Model[[]int, int]{
		Init:   [][]int{{1}},
		Next:   func([]int, func(int, []int)) {},
		Always: []modelcheck.Property[[]int]{{Name: "empty"}},
	})
	require.NoError(t, err)
	_, err = modelcheck.Check(t.Context(), e, modelcheck.Options{})
	require.ErrorContains(t, err, `property "empty" has no Holds`)
}

// A state that cannot be encoded is told with the type, or with the state before it.
func TestEncodedErrors(t *testing.T) {
	_, err := modelcheck.Encoded(modelcheck.Model[[]any, int]{Name: "any", Init: [][]any{{1}}})
	require.EqualError(t, err, `modelcheck: model "any": []interface {} cannot be encoded: it[i] is an interface, `+
		`interface {}, which can hold anything; a struct with a field for its kind can be read again`)

	type list struct {
		value int
		next  *list
	}
	e, err := modelcheck.Encoded(modelcheck.Model[list, string]{
		Name: "ring",
		Init: []list{{value: 7}},
		Next: func(l list, emit func(string, list)) {
			l.next = &l
			emit("close", l)
		},
	})
	require.NoError(t, err)
	_, err = modelcheck.Check(t.Context(), e, modelcheck.Options{})
	require.ErrorContains(t, err, `model "ring": Next panicked in state {7 <nil>}`)
	require.ErrorContains(t, err, "does it contain itself?")
}

func BenchmarkEncoded(b *testing.B) {
	m, err := modelcheck.Encoded(unpackedTwoPhase(5))
	require.NoError(b, err)
	benchmark(b, m, 1)
}
