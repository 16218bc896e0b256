package bft_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
)

// TestHistory: each mistake is noticed by what it names, in as many steps as it
// says. That nothing is wrong without it is in TestTerminationMutants and TestStandard.
func TestHistory(t *testing.T) {
	for _, p := range bft.History {
		t.Run(p.Story, func(t *testing.T) {
			m, q := p.Tried()
			if m != nil {
				k, err := m.Try(t.Context(), modelcheck.Options{})
				require.NoError(t, err)
				require.True(t, k.Killed)
				require.Equal(t, [2]any{p.By, p.Steps}, [2]any{m.By, k.Depth})
				return
			}
			o, err := q.Check(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			require.Len(t, o.Result.Violations, 1)
			v := &o.Result.Violations[0]
			require.Equal(t, [2]any{p.By, p.Steps}, [2]any{v.Property.Name, v.Len()})
		})
	}
}
