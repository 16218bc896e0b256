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
		"v038-three-rounds-01b": {12316, 273, 193206, 4385197, 18, 0},
		"v038-disagreement":     {6164, 147, 2836, 25259, 8, 0},
		"v038-two-ids":          {3187, 159, 944, 2956, 7, 0},
		"v038-two-ids-compared": {3482, 95, 8106, 101069, 13, 0},
		"v038-exact-0":          {1144, 31, 209, 0, 0, 147184},
		"v1-three-rounds-01b":   {13812, 257, 134778, 2378962, 18, 0},
		"v1-disagreement":       {6684, 153, 2713, 23725, 8, 0},
		"v1-two-ids":            {3263, 95, 7107, 76047, 13, 0},
		"v1-two-ids-compared":   {3790, 89, 5926, 65934, 13, 0},
		"v1-exact-0":            {1144, 29, 196, 0, 0, 128104},
	}
	for _, e := range quotient.Standard {
		if _, pinned := want[e.Name]; !pinned {
			continue // make model searches them all
		}
		t.Run(e.Name, func(t *testing.T) {
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
			one, err := quotient.Check(t.Context(), c, modelcheck.Options{})
			require.NoError(t, err)
			two, err := bft.Check(t.Context(), bft.Config{Validators: c.Validators, Byzantine: c.Byzantine, Proposers: c.Proposers, Counted: true}, modelcheck.Options{})
			require.NoError(t, err)
			require.Equal(t, two.Violates("agreement"), one.Violates("agreement"))
			require.Len(t, one.Violations, len(two.Violations))
		})
	}
}
