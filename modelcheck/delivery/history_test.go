package delivery_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
)

// TestHistory: without the bug everything holds, and with it the property that is
// named is violated, after as many steps as it says.
func TestHistory(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes ten seconds and more")
	}
	for _, b := range delivery.History {
		t.Run(b.Issues, func(t *testing.T) {
			whole, err := delivery.Check(t.Context(), b.Config, delivery.Options)
			require.NoError(t, err)
			require.True(t, whole.Complete)
			require.Empty(t, whole.Violations)

			c, err := b.Bugged()
			require.NoError(t, err)
			r, err := delivery.Check(t.Context(), c, delivery.Options)
			require.NoError(t, err)
			i := slices.IndexFunc(r.Violations, func(v delivery.Counterexample) bool { return v.Property.Name == b.By })
			require.GreaterOrEqual(t, i, 0, "violated: %v", r.Violations)
			require.Equal(t, b.Steps, r.Violations[i].Len(), "%v", r.Violations[i])
		})
	}
}
