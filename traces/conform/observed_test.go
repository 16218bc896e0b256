package conform_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/conform"
)

// TestObserved: the rules that fired are those that follow from what was observed,
// a restart included.
func TestObserved(t *testing.T) {
	made := spec.ObservationSet{}
	rep, err := conform.File(t.Context(), bundled("small-m1", "node0"), conform.Options{TrustSignatures: true, Observed: made.Add})
	require.NoError(t, err)
	require.Equal(t, 1, rep.Restarts)
	table, fired := consensus.CometBFTv1, map[string]bool{}
	for b := range made {
		for i := range b.Size() {
			if o := (spec.Observation{Of: b, Index: i}); made.Has(o) && table.Next(o) != spec.Wait {
				fired[table.Rule(table.Next(o)).Name] = true
			}
		}
	}
	got := map[string]bool{}
	for name := range rep.Rules {
		got[name] = true
	}
	require.Equal(t, got, fired)
	require.Greater(t, made.Len(consensus.OnTock), 1)
}
