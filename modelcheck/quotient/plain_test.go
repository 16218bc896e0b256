package quotient_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The sizes of the small instances are pinned, with the violations and without
// stopping at them; and the quotient says the same.
func TestPlain(t *testing.T) {
	type size struct{ states, depth, at int } // at: the depth of the first violation
	want := map[string]size{
		"v1-one-round":              {4875, 21, 0},
		"v1-one-round-byzantine":    {1167, 14, 0},
		"v1-byzantine-proposer":     {2441, 14, 0},
		"v1-two-rounds":             {3059, 25, 0},
		"v1-two-rounds-byzantine":   {584, 13, 0},
		"v1-two-rounds-pair":        {33087, 27, 0},
		"v1-four":                   {181701, 20, 0},
		"v1-too-many":               {39215, 17, 8},
		"v1-two-ids":                {24871, 14, 5},
		"v1-two-ids-later":          {674, 14, 10},
		"v038-one-round":            {4875, 21, 0},
		"v038-one-round-byzantine":  {1167, 14, 0},
		"v038-byzantine-proposer":   {2441, 14, 0},
		"v038-two-rounds":           {3059, 25, 0},
		"v038-two-rounds-byzantine": {678, 13, 0},
		"v038-two-rounds-pair":      {44715, 27, 0},
		"v038-four":                 {204381, 20, 0},
		"v038-too-many":             {40359, 17, 8},
		"v038-two-ids":              {26015, 14, 5},
		"v038-two-ids-later":        {700, 14, 0},
	}
	for _, e := range quotient.Small {
		t.Run(e.Name, func(t *testing.T) {
			if !quotient.Large && (want[e.Name].states > 5_000 || len(e.Config.Proposers) > 1) {
				t.Skip("too large for the race detector")
			}
			r, err := quotient.Plain(t.Context(), e.Config, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Complete)
			require.ElementsMatch(t, e.Violates, r.Violated)
			got := size{r.States, r.Depth, 0}
			if len(e.Violates) > 0 {
				first, err := quotient.Plain(t.Context(), e.Config, modelcheck.Options{})
				require.NoError(t, err)
				got.at = first.Depth
			}
			require.Equal(t, want[e.Name], got, "%q: {%d, %d, %d},", e.Name, r.States, r.Depth, got.at)

			if len(e.Config.Proposers) > 1 && len(e.Violates) == 0 {
				return // TestStandard searches more rounds
			}
			small, err := quotient.Check(t.Context(), e.Config, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			for _, name := range e.Violates {
				require.True(t, small.Violates(name), name)
			}
			require.Len(t, small.Violations, len(e.Violates))
		})
	}
}

// The plain search of the paper says what modelcheck/bft says, which forgets more.
func TestPlainPaper(t *testing.T) {
	for _, c := range []quotient.Config{
		{Validators: 4, Byzantine: 1, Proposers: []int{0}},
		{Validators: 4, Byzantine: 2, Proposers: []int{quotient.Byzantine}},
	} {
		c.Dialect = consensus.PaperRules.Name
		r, err := quotient.Plain(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		other, err := bft.Check(t.Context(), bft.Config{Validators: c.Validators, Byzantine: c.Byzantine, Proposers: c.Proposers}, modelcheck.Options{})
		require.NoError(t, err)
		require.Equal(t, other.Violates("agreement"), len(r.Violated) > 0)
	}
}

// Rules that are wrong are found to be, and what a claim asks of the messages too.
func TestPlainMutants(t *testing.T) {
	c := quotient.Config{Dialect: consensus.CometBFTv1Rules.Name, Validators: 3, Byzantine: 1, Proposers: []int{0}}
	found := map[string]bool{}
	for _, m := range spec.Mutations(consensus.CometBFTv1Rules, nil) {
		if m.Clause != "enterPrecommit.lock" && m.Clause != "enterPrevote" || m.Kind != spec.DropEffect && m.Kind != spec.DropPhrase {
			continue
		}
		table, err := spec.CompileMutant(m.Rules)
		require.NoError(t, err)
		c.Rules = table
		r, err := quotient.Plain(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		for _, name := range r.Violated {
			found[name] = true
		}
	}
	require.Equal(t, map[string]bool{"a vote for each step": true, "lock justified": true, "no equivocation": true}, found)
}
