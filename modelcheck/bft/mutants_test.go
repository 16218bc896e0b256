package bft_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/spec/consensus"
)

// depths is where each mutant is killed, or how deep the search for a survivor
// goes.
var depths = map[string]int{
	"everybody proposes":                                               0,
	"nothing is proposed":                                              12,
	"a new value with an old validRound":                               6,
	"validValue is passed over":                                        6,
	"the round is not entered":                                         7,
	"timeoutPropose is not scheduled":                                  26,
	"an invalid value is prevoted":                                     1,
	"a new value is prevoted against the lock":                         8,
	"a new value is prevoted against the lock, up to the disagreement": 13,
	"a proposal is prevoted in every step":                             2,
	"a prevote does not end step propose":                              2,
	"a proof of lock is believed unseen":                               7,
	"2f prevotes are a proof of lock":                                  16,
	"an old proof of lock overrides the lock":                          16,
	"a proof of lock is prevoted in every step":                        9,
	"an invalid value with a proof of lock is prevoted":                25,
	"timeoutPrevote is scheduled without prevotes":                     3,
	"2f prevotes start timeoutPrevote":                                 2,
	"nobody prevotes nil for an invalid value":                         3,
	"a prevote is left out":                                            7,
	"timeoutPrevote is not scheduled":                                  19,
	"timeoutPrevote is scheduled again and again":                      4,
	"a lock without a polka":                                           2,
	"2f prevotes are a polka":                                          2,
	"2f prevotes are a polka, up to the disagreement":                  13,
	"a polka is acted on before the prevote":                           4,
	"a late polka is precommitted":                                     5,
	"a precommit without a lock on its value":                          3,
	"a lock keeps its old round":                                       3,
	"a lock without a precommit":                                       3,
	"a precommit does not end step prevote":                            5,
	"validValue is not kept":                                           3,
	"validRound is not kept":                                           3,
	"an invalid polka is precommitted":                                 25,
	"a polka is acted on again and again":                              26,
	"a polka for nil takes the lock away":                              10,
	"a polka for nil is acted on in every step":                        4,
	"nil is precommitted without ending step prevote":                  4,
	"nil is precommitted without a polka for nil":                      2,
	"timeoutPrecommit is scheduled without precommits":                 2,
	"timeoutPrecommit is not scheduled":                                15,
	"timeoutPrecommit is scheduled again and again":                    6,
	"a decision without precommits":                                    1,
	"2f precommits decide":                                             4,
	"2f precommits decide, up to the disagreement":                     13,
	"nobody asks for valid(v)":                                         5,
	"an invalid value is decided":                                      25,
	"the height is left without a decision":                            5,
	"a decision does not end the height":                               5,
	"the next height inherits the lock":                                5,
	"the next height is not begun":                                     5,
	"a later round sends back to round 0":                              7,
	"any later round is entered at once":                               1,
	"timeoutPropose speaks in every step":                              2,
	"timeoutPropose does not end step propose":                         2,
	"timeoutPropose of another round counts":                           7,
	"timeoutPrevote speaks in every step":                              5,
	"timeoutPrevote does not end step prevote":                         5,
	"timeoutPrevote of another round counts":                           8,
	"timeoutPrecommit begins the same round again":                     6,
	"timeoutPrecommit does nothing":                                    15,
	"timeoutPrecommit of another round counts":                         7,
}

// TestMutants pins what becomes of every mutant, and how deep.
func TestMutants(t *testing.T) {
	require.Len(t, depths, len(bft.Mutants))
	for i := range bft.Mutants {
		m := &bft.Mutants[i]
		t.Run(m.Clause+" "+m.Name, func(t *testing.T) {
			whole := m.Survives != "" || strings.Contains(m.By, ": ")
			if !bft.Large && (whole || depths[m.Name] > 10) {
				t.Skip("too large for the race detector")
			}
			k, err := m.Try(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			require.Equal(t, m.Survives == "", k.Killed)
			require.Equal(t, depths[m.Name], k.Depth)
			if k.Killed && !whole {
				require.Len(t, k.Result.Violations, 1)
				require.Equal(t, m.By, k.Result.Violations[0].Property.Name)
				require.Equal(t, k.Depth, k.Result.Violations[0].Len())
			}
		})
	}
}

// TestEveryPropertyAndClauseHasAKilledMutant is about the list alone; that its
// entries are true is TestMutants.
func TestEveryPropertyAndClauseHasAKilledMutant(t *testing.T) {
	var killers, clauses, names []string
	for i := range bft.Mutants {
		m := &bft.Mutants[i]
		require.NotContains(t, names, m.Name)
		names = append(names, m.Name)
		require.NotEqual(t, m.By == "", m.Survives == "", "%s: killed or explained", m.Name)
		require.NotEmpty(t, m.Changes(), m.Name)
		if m.By != "" {
			killers, clauses = append(killers, m.By), append(clauses, m.Clause)
		}
	}
	require.Subset(t, killers, bft.Properties())
	for i := range consensus.Algorithm {
		require.Contains(t, clauses, consensus.Algorithm[i].Key())
	}
	require.True(t, slices.ContainsFunc(killers, func(by string) bool { return strings.HasPrefix(by, "unreached: ") }))
	require.True(t, slices.ContainsFunc(killers, func(by string) bool { return strings.HasPrefix(by, "never fires: ") }))
}

// TestAMutantThatEndsOtherwiseIsAnError: neither a survivor that is killed nor
// a mutant that survives is let pass.
func TestAMutantThatEndsOtherwiseIsAnError(t *testing.T) {
	find := func(name string) bft.Mutant {
		i := slices.IndexFunc(bft.Mutants, func(m bft.Mutant) bool { return m.Name == name })
		return bft.Mutants[i]
	}
	m := find("a lock without a precommit")
	m.By, m.Survives = "", "so it is said"
	_, err := m.Try(t.Context(), modelcheck.Options{})
	require.ErrorContains(t, err, "is said to survive, but is killed")

	m = find("a lock without a precommit")
	m.By = "agreement"
	_, err = m.Try(t.Context(), modelcheck.Options{})
	require.ErrorContains(t, err, `is not killed by "agreement"`)

	m = find("timeoutPropose is not scheduled")
	_, err = m.Try(t.Context(), modelcheck.Options{MaxStates: 100})
	require.ErrorIs(t, err, bft.ErrUnfinished)
}

func TestEdits(t *testing.T) {
	tests := []struct {
		edit bft.Edit
		want string // of the error; "" for none
	}{
		{bft.Edit{Clause: "L22", Drop: "step = propose"}, ""},
		{bft.Edit{Clause: "L34", Once: true}, ""},
		{bft.Edit{Clause: "L49", Remove: consensus.Decide}, ""},
		{bft.Edit{Clause: "L23", Drop: "x"}, "there is no clause L23"},
		{bft.Edit{Clause: "L22", Drop: "proposer of nothing"}, "changes 0 places"},
		{bft.Edit{Clause: "L36", Drop: "step"}, "changes 2 places"},
		{bft.Edit{Clause: "L22", Once: true}, "changes 0 places"},
		{bft.Edit{Clause: "L49", Remove: consensus.SetRound}, "changes 0 places"},
		{bft.Edit{Clause: "L49", Replace: consensus.SetRound, By: consensus.Decide}, "changes 0 places"},
	}
	for _, tt := range tests {
		t.Run(tt.edit.String(), func(t *testing.T) {
			before := consensus.Paper.Digest()
			_, err := bft.Apply(tt.edit, consensus.Algorithm)
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.want)
			}
			require.Equal(t, before, consensus.Paper.Digest())
		})
	}
}
