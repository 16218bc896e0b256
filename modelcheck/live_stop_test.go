package modelcheck_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

func TestModelsWhoseRunsCannotBeChecked(t *testing.T) {
	type model = modelcheck.Model[uint64, int]
	same := func(s uint64) uint64 { return s }
	condition := func(name string) modelcheck.Fairness[int] {
		return modelcheck.Fairness[int]{Name: name, Of: func(int) bool { return true }}
	}
	for _, row := range []struct {
		want    string
		options modelcheck.Options
		set     func(m *model)
	}{
		{"together with Canonical or View", modelcheck.Options{}, func(m *model) { m.Canonical = same }},
		{"together with Canonical or View", modelcheck.Options{}, func(m *model) { m.View = same }},
		{"need exact states, not fingerprints of 64 bits", modelcheck.Options{Visited: modelcheck.Fingerprint64}, func(*model) {}},
		{"67 conditions of fairness; 64 is the limit", modelcheck.Options{}, func(m *model) {
			for i := range 65 {
				m.Fair = append(m.Fair, condition(fmt.Sprint(i)))
			}
		}},
		{"65 properties in Eventually and LeadsTo; 64 is the limit", modelcheck.Options{}, func(m *model) {
			for i := range 65 {
				m.Eventually = append(m.Eventually[:i], modelcheck.Property[uint64]{Name: fmt.Sprint(i), Holds: func(uint64) bool { return true }})
			}
		}},
		{"a condition of fairness has no name", modelcheck.Options{}, func(m *model) { m.Fair = append(m.Fair, condition("")) }},
		{`two conditions of fairness are named "a"`, modelcheck.Options{}, func(m *model) { m.Fair = append(m.Fair, condition("a"), condition("a")) }},
		{`fairness "a" has no Of`, modelcheck.Options{}, func(m *model) { m.Fair = []modelcheck.Fairness[int]{{Name: "a"}} }},
		{`two properties are named "never"`, modelcheck.Options{}, func(m *model) { m.Always = m.Eventually }},
		{`property "p" has no Holds, or no To`, modelcheck.Options{}, func(m *model) { m.LeadsTo = []modelcheck.LeadsTo[uint64]{{Name: "p"}} }},
		{`property "p" has no From`, modelcheck.Options{}, func(m *model) {
			m.LeadsTo = []modelcheck.LeadsTo[uint64]{{Name: "p", To: func(uint64) bool { return true }}}
		}},
	} {
		m := odometer(2, 3)
		row.set(&m)
		_, err := modelcheck.Check(context.Background(), m, row.options)
		require.ErrorContains(t, err, row.want)
	}
}

func TestRunsAreNotJudgedBeforeTheSearchIsOver(t *testing.T) {
	r := check(t, odometer(3, 4), modelcheck.Options{MaxStates: 63})
	assert.Equal(t, modelcheck.Unfinished, r.Verdict())
	assert.Equal(t, modelcheck.StateLimit, r.Stopped)
	require.Len(t, r.Unjudged, 1)
	assert.Contains(t, r.String(), "not judged: never (not every state was visited")
	r = check(t, odometer(3, 4), modelcheck.Options{MaxStates: 64})
	assert.Equal(t, modelcheck.Violated, r.Verdict())
}

// The graph counts towards the limit of memory, and an unjudged property is no pass.
func TestMemoryOfTheGraph(t *testing.T) {
	m := odometer(4, 8)
	whole := check(t, m, modelcheck.Options{})
	require.Equal(t, modelcheck.Violated, whole.Verdict())
	m.Eventually, m.Fair = nil, nil
	search := check(t, m, modelcheck.Options{})
	require.Greater(t, whole.Bytes, search.Bytes+int64(whole.Transitions)*5, "a target and a set for each transition")

	edges := int64(whole.Transitions) * 5
	for _, limit := range []int64{whole.Bytes - 1, whole.Bytes - edges, whole.Bytes - edges - int64(whole.States)*8} {
		for _, workers := range []int{1, 2} {
			r := check(t, odometer(4, 8), modelcheck.Options{Memory: limit, Workers: workers})
			assert.Equal(t, modelcheck.Unfinished, r.Verdict())
			assert.Equal(t, modelcheck.MemoryLimit, r.Stopped)
			assert.True(t, r.Complete, "the states were all visited")
			assert.LessOrEqual(t, r.Bytes, limit)
			assert.Contains(t, r.String(), "unfinished (limit of memory reached)")
			assert.Contains(t, r.String(), "not judged: never (all states were visited, but their graph needs more than Options.Memory)")
		}
	}
	r := check(t, odometer(4, 8), modelcheck.Options{Memory: whole.Bytes})
	assert.Equal(t, modelcheck.Violated, r.Verdict())
	assert.Equal(t, whole.Bytes, r.Bytes)
}

// A cancelled context ends the building of the graph, and the hunt.
func TestCancelWhileRunsAreJudged(t *testing.T) {
	enough := errors.New("seen enough")
	for name, set := range map[string]func(m *modelcheck.Model[uint64, int], o *modelcheck.Options, cancel func()){
		"graph": func(m *modelcheck.Model[uint64, int], _ *modelcheck.Options, cancel func()) {
			m.Fair[0].Of = func(int) bool { cancel(); return true }
		},
		"hunt": func(_ *modelcheck.Model[uint64, int], o *modelcheck.Options, cancel func()) {
			o.ProgressEvery = time.Nanosecond
			o.Progress = func(p modelcheck.Progress) {
				if p.Judging == "never" {
					cancel()
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			m, o := odometer(5, 8), modelcheck.Options{Workers: 2}
			set(&m, &o, func() { cancel(enough) })
			r, err := modelcheck.Check(ctx, m, o)
			require.NoError(t, err)
			assert.Equal(t, modelcheck.Unfinished, r.Verdict())
			assert.Equal(t, modelcheck.Cancelled, r.Stopped)
			require.ErrorIs(t, r.Cause, enough)
			assert.Len(t, r.Unjudged, 1)
		})
	}
}

func TestPanicsWhileRunsAreJudged(t *testing.T) {
	broken := errors.New("broken rule")
	fail := func(int) bool { panic(broken) }
	failing := func(uint64) bool { panic(broken) }
	for in, set := range map[string]func(m *modelcheck.Model[uint64, int]){
		"Fair":               func(m *modelcheck.Model[uint64, int]) { m.Fair[0].Of = fail },
		`property "never"`:   func(m *modelcheck.Model[uint64, int]) { m.Eventually[0].Holds = failing },
		`property "follows"`: func(m *modelcheck.Model[uint64, int]) { m.LeadsTo[0].From = failing },
	} {
		m := odometer(2, 3)
		m.LeadsTo = []modelcheck.LeadsTo[uint64]{{Name: "follows", From: m.Eventually[0].Holds, To: m.Eventually[0].Holds}}
		set(&m)
		_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
		var e *modelcheck.PanicError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, in, e.In)
		require.ErrorIs(t, err, broken)
	}
}

// A model whose Next changes its mind between the search and the graph is refused.
func TestNextThatChangesItsMind(t *testing.T) {
	m := odometer(2, 3)
	next, calls := m.Next, 0
	m.Next = func(s uint64, emit func(int, uint64)) {
		if calls++; calls > 9 {
			s |= 1 << 40
		}
		next(s, emit)
	}
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Workers: 1})
	require.ErrorContains(t, err, "two calls of Next did not emit the same transitions")
}
