// Package pin holds examples against what is known of them.
package pin

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// T is a test or a benchmark.
type T interface {
	require.TestingT
	Helper()
	Context() context.Context
}

// Long skips a test that takes a second or more when tests shall be short, and
// under the race detector.
func Long(t *testing.T) {
	t.Helper()
	if race || testing.Short() {
		t.Skip("long")
	}
}

// Counts are the figures of a complete search as TLC prints them: distinct
// and generated states, and the depth of the graph counted in states.
type Counts struct{ Distinct, Generated, Depth int }

// Complete requires that a search of all states, none of them left out by what the
// model declares, finds nothing wrong, uses every clause, and gives these counts.
func Complete[S comparable, A any](t T, want Counts, m modelcheck.Model[S, A]) {
	t.Helper()
	r := search(t, m, modelcheck.Options{Unreduced: true})
	require.Equal(t, modelcheck.Holds, r.Verdict(), r.String())
	require.Empty(t, r.NeverFired())
	require.Equal(t, want, CountsOf(m, r))
}

// CountsOf gives the counts of a report. States outside of Within are none of
// TLC's.
func CountsOf[S comparable, A any](m modelcheck.Model[S, A], r modelcheck.Report[S, A]) Counts {
	return Counts{Distinct: r.States - r.Outside, Generated: len(m.Init) + r.Transitions, Depth: r.Depth() + 1}
}

// Violation requires that the model breaks just this property, and that the
// shortest way there has so many steps, whether the search is reduced or not.
func Violation[S comparable, A any](t T, property string, steps int, m modelcheck.Model[S, A]) {
	t.Helper()
	for _, unreduced := range []bool{true, false} {
		r := search(t, m, modelcheck.Options{Unreduced: unreduced})
		require.Len(t, r.Violations, 1, r.String())
		require.Equal(t, property, r.Violations[0].Property.Name)
		require.Equal(t, steps, r.Violations[0].Path.Len(), r.String())
	}
}

func search[S comparable, A any](t T, m modelcheck.Model[S, A], o modelcheck.Options) modelcheck.Report[S, A] {
	t.Helper()
	r, err := modelcheck.Check(t.Context(), m, o)
	require.NoError(t, err)
	return r
}
