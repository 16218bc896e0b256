package quotient_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec/consensus"
)

// Instances are what they are expected to be, and their sizes are pinned.
func TestStandard(t *testing.T) {
	type size struct{ locals, classes, states, transitions, depth, plain int }
	want := map[string]size{
		"v038-three-rounds-01b": {12155, 270, 68993, 885725, 18, 0},
		"v038-disagreement":     {5979, 144, 1944, 16165, 8, 0},
		"v038-two-ids":          {3050, 180, 640, 1792, 7, 0},
		"v038-two-ids-compared": {3321, 92, 5122, 44412, 13, 0},
		"v038-exact-0":          {983, 28, 209, 0, 0, 147184},
		"v1-three-rounds-01b":   {13651, 256, 45022, 435587, 18, 0},
		"v1-disagreement":       {6499, 152, 1891, 15381, 8, 0},
		"v1-two-ids":            {3126, 99, 4906, 32355, 13, 0},
		"v1-two-ids-compared":   {3629, 88, 3542, 26839, 13, 0},
		"v1-four-rounds-012b":   {39402, 690, 513303, 5531932, 23, 0},
		"v1-exact-0":            {983, 28, 196, 0, 0, 128104},
	}
	for _, e := range quotient.Standard {
		if _, pinned := want[e.Name]; !pinned {
			continue // make model searches them all
		}
		t.Run(e.Name, func(t *testing.T) {
			if !quotient.Large && max(want[e.Name].states, want[e.Name].plain) > 5_000 {
				t.Skip("too large for the race detector")
			}
			r, err := e.Check(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			require.Empty(t, e.Wrong(&r))
			got := size{r.Locals, r.Classes, r.States, r.Transitions, r.Depth, r.Plain}
			require.Equal(t, want[e.Name], got, "%q: {%d, %d, %d, %d, %d, %d},", e.Name, r.Locals, r.Classes, r.States, r.Transitions, r.Depth, r.Plain)
		})
	}
}

// Where this model and that of modelcheck/bft can search the same instances, they
// say the same.
func TestSameAsTheCountedModel(t *testing.T) {
	for _, c := range []quotient.Config{
		{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}},
		{Validators: 4, Byzantine: 1, Proposers: []int{bft.Byzantine, 0, 1}},
		{Validators: 4, Byzantine: 2, Proposers: []int{0}},
		{Validators: 4, Byzantine: 2, Proposers: []int{0, 1}},
		{Validators: 7, Byzantine: 2, Proposers: []int{bft.Byzantine, 0}},
	} {
		c.Dialect = consensus.PaperRules.Name
		t.Run(c.Name(), func(t *testing.T) {
			if !quotient.Large && len(c.Proposers) > 1 {
				t.Skip("too large for the race detector")
			}
			one, err := quotient.Check(t.Context(), c, modelcheck.Options{})
			require.NoError(t, err)
			two, err := bft.Check(t.Context(), bft.Config{Validators: c.Validators, Byzantine: c.Byzantine, Proposers: c.Proposers, Counted: true}, modelcheck.Options{})
			require.NoError(t, err)
			require.Equal(t, two.Violates("agreement"), one.Violates("agreement"))
			require.Len(t, one.Violations, len(two.Violations))
		})
	}
}
