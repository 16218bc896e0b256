package gossip_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
)

// The laws hold, and the sizes of the tables are what they were.
func TestLawsOfTheTables(t *testing.T) {
	tests := []struct {
		of                                      *spec.Table
		bindings, clauses, rules, obs, possible int
	}{
		{gossip.CometBFT.Picks, 7, 27, 32, 2686, 1074},
		{gossip.CometBFT.Updates, 11, 28, 30, 208, 197},
		{gossip.Polka.Picks, 7, 29, 33, 3186, 2390},
		{gossip.Polka.Updates, 11, 32, 36, 362, 335},
	}
	for _, tt := range tests {
		t.Run(tt.of.Rules.Name, func(t *testing.T) {
			require.NoError(t, tt.of.Validate())
			rules := tt.of.Rules
			obs, possible := 0, 0
			for _, b := range rules.Bindings {
				obs += b.Size()
				for _, id := range tt.of.NextRow(b) {
					if id != spec.Unreachable {
						possible++
					}
				}
			}
			require.Equal(t, []int{tt.bindings, tt.clauses, tt.rules, tt.obs, tt.possible},
				[]int{len(rules.Bindings), len(rules.Clauses), len(tt.of.All), obs, possible},
				"bindings, clauses, rules, observations, possible ones")
		})
	}
}

// First match: a row fires only where no row above it holds. Next is compiled from
// ranks; here each guard is asked again, row by row, in the order of the priority.
func TestFirstMatch(t *testing.T) {
	for _, table := range tables() {
		t.Run(table.Rules.Name, func(t *testing.T) {
			overlaps := 0
			for _, b := range table.Rules.Bindings {
				for i, next := range table.NextRow(b) {
					o := spec.Observation{Of: b, Index: i}
					if next == spec.Unreachable {
						continue
					}
					first := spec.Wait
					for _, entry := range table.Rules.Priority {
						for id := range holding(table, o, entry.Key) {
							if first == spec.Wait {
								first = id
							} else {
								overlaps++
							}
						}
					}
					require.Equal(t, first, next, "%v", o)
				}
			}
			picks := table == gossip.CometBFT.Picks || table == gossip.Polka.Picks
			require.Equal(t, picks, overlaps > 0, "the order of rows says something of picks, and of nothing else")
		})
	}
}

func tables() []*spec.Table {
	return slices.Concat(gossip.CometBFT.Tables(), gossip.Polka.Tables())
}

func rulesOf(d *gossip.Dialect) []spec.Rule { return slices.Concat(d.Picks.All, d.Updates.All) }

func holding(t *spec.Table, o spec.Observation, key string) func(func(spec.RuleID) bool) {
	return func(yield func(spec.RuleID) bool) {
		for i := range t.All {
			if r := &t.All[i]; r.Clause.Key() == key && r.Holds(o) && !yield(r.ID) {
				return
			}
		}
	}
}

// Clauses that no priority ranks against others say that no other holds where they
// do: that is so.
func TestOthersHoldAlone(t *testing.T) {
	ranked := []string{
		"D1", "D2", "D3", "D4", "V1", "V2", "V3", "V4", "V5", "V6", "V6.prevotes", "V6.precommits", "V-none", "V7", "V8",
	}
	for _, table := range tables() {
		for _, b := range table.Rules.Bindings {
			for i, enabled := range table.EnabledRow(b) {
				if enabled.Len() < 2 {
					continue
				}
				for id := range enabled.All {
					require.True(t, slices.Contains(ranked, table.Rule(id).Clause.Key()),
						"%s: %s at %v is not alone", table.Rules.Name, table.Rule(id).Name, spec.Observation{Of: b, Index: i})
				}
			}
		}
	}
}

// Every clause has its place in CometBFT.
func TestEveryClauseHasAPlace(t *testing.T) {
	for _, table := range tables() {
		for _, c := range table.Rules.Clauses {
			require.NotEmpty(t, c.Place, "%s: %s", table.Rules.Name, c.Key())
		}
	}
}

// The list of differences is exactly the clauses that are not the same in both.
func TestDifferencesAreComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, diff := range gossip.PolkaDifferences {
		for _, text := range []string{diff.Name, diff.Node, diff.Polka, diff.Place, diff.Property} {
			require.NotEmpty(t, text, diff.Name)
		}
		for _, key := range diff.Keys {
			require.False(t, listed[key], "%s is listed twice", key)
			listed[key] = true
		}
	}
	require.Equal(t, differing(gossip.CometBFT, gossip.Polka), listed)
	require.Empty(t, differing(gossip.Polka, gossip.Polka))
	require.Len(t, gossip.PolkaDifferences, 10)
}

// differing lists the clauses that are in one of both dialects only, or differ in
// what they ask or do.
func differing(a, b *gossip.Dialect) map[string]bool {
	said := func(d *gossip.Dialect) map[string]string {
		out := map[string]string{}
		for _, r := range rulesOf(d) {
			text := ""
			for _, p := range r.Phrases() {
				for _, c := range p.Conds {
					text += c.String() + "; "
				}
			}
			for _, e := range r.Effects {
				text += string(e.Do) + "; "
			}
			out[r.Clause.Key()] += r.Name + ": " + text
		}
		return out
	}
	left, right, out := said(a), said(b), map[string]bool{}
	for key, text := range left {
		if right[key] != text {
			out[key] = true
		}
	}
	for key, text := range right {
		if left[key] != text {
			out[key] = true
		}
	}
	return out
}
