package quotient_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec/consensus"
)

// An instance of a family is what it is alone, whichever of them is searched first,
// and however often.
func TestFamiliesAreTheirInstances(t *testing.T) {
	if !quotient.Large {
		t.Skip("too large for the race detector")
	}
	for _, dialect := range []string{consensus.PaperRules.Name, consensus.CometBFTv038Rules.Name, consensus.CometBFTv1Rules.Name} {
		var instances []quotient.Config
		for _, proposers := range cast.Rotations(4, 1, 2) {
			instances = append(instances, quotient.Config{Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: proposers})
		}
		families := quotient.Families(instances)
		for i, c := range append(instances, instances[1], instances[0]) {
			family := families[i%len(instances)]
			require.Same(t, families[0], family)
			together, err := family.Check(t.Context(), c, modelcheck.Options{})
			require.NoError(t, err)
			alone, err := quotient.Check(t.Context(), c, modelcheck.Options{})
			require.NoError(t, err)
			require.Equal(t, c, together.Config)
			require.Equal(t, alone.States, together.States, c.Name())
			require.Equal(t, alone.Depth, together.Depth, c.Name())
			require.Equal(t, alone.Unreached, together.Unreached, c.Name())
			require.GreaterOrEqual(t, together.Transitions, alone.Transitions, c.Name())
			require.Empty(t, together.Violations)
		}
	}
}

// Instances that differ in something else are of different families.
func TestFamiliesAreApart(t *testing.T) {
	one := quotient.Config{Dialect: consensus.CometBFTv1Rules.Name, Validators: 4, Byzantine: 1, Proposers: []int{0}}
	other, split, larger := one, one, one
	other.Proposers = []int{0, 1}
	split.Split = true
	larger.Validators = 7
	instances := []quotient.Config{one, other, split, larger}
	families := quotient.Families(instances)
	for i, f := range families {
		for j, c := range instances {
			if i != j {
				_, err := f.Check(t.Context(), c, modelcheck.Options{})
				require.ErrorIs(t, err, quotient.ErrConfig)
			}
		}
	}
}
