package delivery_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// TestCosts: costs.json is of these rules and of these instances, and those that
// take no time are searched again.
func TestCosts(t *testing.T) {
	measured := delivery.MeasuredCosts()
	require.Len(t, measured, len(consensus.Dialects))
	for i, d := range consensus.Dialects {
		m := measured[i]
		require.Equal(t, d.Name, m.Dialect)
		require.Equal(t, d.Table.Digest(), m.Digest, "stale: run polka check --costs modelcheck/delivery/costs.json, and polka generate")
		var names []string
		for _, c := range delivery.Costings {
			if _, ok := c.In(d.Name); ok {
				names = append(names, c.Name)
			}
		}
		require.Len(t, m.Instances, len(names))
		for j, kept := range m.Instances {
			require.Equal(t, names[j], kept.Name)
			at := slices.IndexFunc(delivery.Costings, func(c delivery.Costing) bool { return c.Name == kept.Name })
			c := &delivery.Costings[at]
			if c.Seconds > 0 {
				continue
			}
			t.Run(d.Name+" "+c.Name, func(t *testing.T) {
				found, err := c.Measure(t.Context(), d.Name, modelcheck.Options{})
				require.NoError(t, err)
				if kept.Fails == nil {
					kept.Fails = map[string]int{}
				}
				require.Equal(t, kept, found)
			})
		}
	}
}

// TestCostsFile: the file is what the command writes.
func TestCostsFile(t *testing.T) {
	kept, err := os.ReadFile("costs.json")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, delivery.MeasuredCosts().Write(&b))
	require.Equal(t, string(kept), b.String())
}

// TestEveryCostHasItsDifference: the paper breaks nothing; whatever a dialect
// breaks is the cost of one of its differences; and what is asked is broken by
// some dialect, or by a mutant of TestLinesLeftUndone and TestLocksLastCanFail.
func TestEveryCostHasItsDifference(t *testing.T) {
	broken := map[string]bool{"locks last": true}
	for _, line := range []string{"28", "34", "44", "49"} {
		broken["line "+line+" is not idle"] = true
	}
	for i, m := range delivery.MeasuredCosts() {
		for _, found := range m.Instances {
			for property := range found.Fails {
				broken[property] = true
				require.True(t, slices.ContainsFunc(consensus.Dialects[i].Differences, func(d consensus.Difference) bool {
					return delivery.Prices(d.Name, property)
				}), "%s: %s fails on %s, and is the cost of nothing", m.Dialect, property, found.Name)
			}
		}
		for _, name := range delivery.StrictClaims(m.Dialect) {
			require.True(t, slices.ContainsFunc(consensus.CometBFTv038Differences, func(d consensus.Difference) bool {
				return delivery.Prices(d.Name, name)
			}), "%s is the cost of nothing", name)
		}
	}
	for _, name := range delivery.StrictClaims(node) {
		require.True(t, broken[name], "nothing breaks %q", name)
	}
}

// TestCostsInWords: what the page says, of costs that are made up.
func TestCostsInWords(t *testing.T) {
	c := delivery.Costs{
		{Dialect: "paper", Instances: []delivery.InstanceCosts{{Name: "a", Decides: &delivery.Way{Steps: 5}}}},
		{Dialect: node, Instances: []delivery.InstanceCosts{
			{Name: "a", Fails: map[string]int{"line 57 will come": 9}, Decides: &delivery.Way{Steps: 7, Blocks: 1, NewHeights: 1}},
			{Name: "b", Fails: map[string]int{"line 57 will come": 8, "line 61 will come": 3}},
		}},
	}
	require.Equal(t, []string{"“line 57 will come” fails after 9 steps on a", "“line 61 will come” fails after 3 steps on b"}, c.Of(node, "waits"))
	require.Equal(t, []string{"none found: “locks last” holds on all instances"}, c.Of(node, "unlock"))
	require.Equal(t, []string{"no property asks about it"}, c.Of(node, "timestamps"))
	require.Equal(t, []string{
		"everyone decides after 7 steps on a, and after 5 by Algorithm 1 (timeouts of step newHeight: 1; blocks after their proposals: 1)",
	}, c.Of(node, "new-height"))
}
