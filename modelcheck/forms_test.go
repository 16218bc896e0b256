package modelcheck_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/twophase"
)

// Two-phase commit packed into a word, as the example writes it for a reader,
// and with slices and maps: the same graph, level by level and clause by clause.
func TestFormsOfTwoPhase(t *testing.T) {
	for n := range 5 {
		encoded, err := modelcheck.Encoded(unpackedTwoPhase(n + 1))
		require.NoError(t, err)
		packed := figures(t, twoPhaseModel(n+1))
		assert.Equal(t, packed, figures(t, twophase.Model(n+1)))
		assert.Equal(t, packed, figures(t, encoded))
	}
}

// figures are what does not depend on how states are written down.
func figures[S comparable, A any](t *testing.T, m modelcheck.Model[S, A]) string {
	r := check(t, m, modelcheck.Options{Witnesses: true, Unreduced: true})
	require.Equal(t, modelcheck.Holds, r.Verdict(), r.String())
	text := fmt.Sprintln(r.Levels, r.Transitions, r.OutDegree, r.Coverage)
	for _, w := range r.Witnesses {
		text += fmt.Sprintln(w.Property.Name, w.Path.Len())
	}
	return text
}
