package delivery_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
)

// TestHistory: without the bug everything holds, and with it the property that is
// named is violated, after as many steps as it says, or not reached any more.
func TestHistory(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes a minute")
	}
	holds := map[string]bool{} // instances that have been looked at
	for _, b := range delivery.History {
		t.Run(b.Story, func(t *testing.T) {
			if name := b.Config.Name() + fmt.Sprint(b.Config.Asks); !holds[name] {
				whole, err := delivery.Check(t.Context(), b.Config, delivery.Options)
				require.NoError(t, err)
				require.True(t, whole.Complete)
				require.Empty(t, whole.Violations)
				require.Empty(t, whole.Unreached)
				holds[name] = true
			}

			c, err := b.Bugged()
			require.NoError(t, err)
			r, err := delivery.Check(t.Context(), c, delivery.Options)
			require.NoError(t, err)
			if b.Steps == 0 {
				require.True(t, r.Complete)
				require.Contains(t, r.Unreached, b.By)
				return
			}
			i := slices.IndexFunc(r.Violations, func(v delivery.Counterexample) bool { return v.Property.Name == b.By })
			require.GreaterOrEqual(t, i, 0, "violated: %v", r.Violations)
			require.Equal(t, b.Steps, r.Violations[i].Len(), "%v", r.Violations[i])
		})
	}
}
