package modelcheck_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// steps is a model of three states with two clauses, of which one is dead.
func steps() modelcheck.Model[int, string] {
	m := through(1, 2, 3)
	m.Always = nil
	m.Clauses = []string{"go on", "go back"}
	m.Clause = func(string) int { return 0 }
	return m
}

// A model of which a part never happens is not checked, unless it says so.
func TestIdleClauses(t *testing.T) {
	m := steps()
	for _, row := range []struct {
		name    string
		idle    []string
		options modelcheck.Options
		verdict modelcheck.Verdict
		said    string
	}{
		{"not declared", nil, modelcheck.Options{}, modelcheck.Violated, "\nnever fired: go back\n"},
		{"declared", []string{"go back"}, modelcheck.Options{}, modelcheck.Holds, "depth 2, 1 deadlocks\n"},
		{"declared, and fires", []string{"go on", "go back"}, modelcheck.Options{}, modelcheck.Holds, "\nfired, though declared to be idle: go on\n"},
		{"cut short", nil, modelcheck.Options{MaxStates: 2}, modelcheck.Unfinished, "\nnever fired so far: go back\n"},
		{"in depth", nil, modelcheck.Options{Order: modelcheck.DepthFirst}, modelcheck.Violated, "\nnever fired: go back\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m.MayStayIdle = row.idle
			r := check(t, m, row.options)
			assert.Equal(t, row.verdict, r.Verdict())
			assert.Contains(t, r.String(), row.said)
			assert.Equal(t, []string{"go back"}, r.NeverFired())
			assert.Equal(t, row.idle == nil, len(r.Idle()) == 1)
		})
	}
	m.MayStayIdle = []string{"go away"}
	_, err := modelcheck.Check(t.Context(), m, modelcheck.Options{})
	require.ErrorContains(t, err, `"go away" may stay idle, but is none of Clauses`)
}

// A report names all properties that were tested, of every kind.
func TestAsked(t *testing.T) {
	p := func(name string) []modelcheck.Property[int] {
		return []modelcheck.Property[int]{{Name: name, Holds: func(int) bool { return true }}}
	}
	step := func(name string) []modelcheck.StepProperty[int, string] {
		return []modelcheck.StepProperty[int, string]{{Name: name, Holds: func(int, string, int) bool { return true }}}
	}
	m := steps()
	m.Always, m.Final, m.Sometimes, m.AlwaysSteps, m.SometimesSteps = p("a"), p("b"), p("c"), step("e"), step("f")
	walked := check(t, m, modelcheck.Options{Order: modelcheck.Random, Walks: 1})
	assert.Equal(t, []string{"a", "b", "c", "e", "f"}, walked.Asked)
	m.Eventually = p("d")
	m.LeadsTo = []modelcheck.LeadsTo[int]{{Name: "g", From: func(s int) bool { return s == 1 }, To: func(s int) bool { return s == 1 }}}
	searched := check(t, m, modelcheck.Options{})
	assert.Equal(t, []string{"a", "b", "c", "d", "e", "f", "g"}, searched.Asked)
}

func TestFiguresString(t *testing.T) {
	r := check(t, steps(), modelcheck.Options{})
	f := r.Figures()
	assert.Equal(t, r.Bytes, f.Bytes)
	assert.Equal(t, r.Duration, f.Duration)
	f.Bytes, f.Duration = 60, 2*time.Second
	assert.Equal(t, `out-degree 0 to 1, 0.7 on average; 1 states without any transition
transitions by clause:
  go on             2
  go back           0  never fired
states by depth:
    0           1
    1           1
    2           1
60 bytes, 20.0 by state; 2.000 seconds, 2 states a second
`, f.String())
	assert.Equal(t, "out-degree 0 to 0, 0.0 on average; 0 states without any transition\n0 bytes; 0.000 seconds\n", modelcheck.Figures{}.String())
}
