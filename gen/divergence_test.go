package gen_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/spec"
)

// brightGenerator makes pages of two dialects with the given differences of the
// second.
func brightGenerator(t *testing.T, ds ...gen.Difference) *gen.Generator {
	t.Helper()
	bright := lampRules()
	bright.Name, bright.Clauses[2].Name, bright.Priority[0].Key = "bright", "too.hot", "too.hot"
	g := lampGenerator(t, []*spec.Rules{lampRules(), bright}...)
	g.Divergence = &gen.Divergence{Path: "docs/divergence.md", Differences: map[string][]gen.Difference{"bright": ds}}
	return g
}

func TestDivergence(t *testing.T) {
	fs, err := brightGenerator(t, gen.Difference{
		Name: "heat", Lines: "3", Paper: "stays on", Node: "goes out", Place: "lamp.go", Keys: []string{"too.hot"},
	}).Files()
	require.NoError(t, err)
	page := content(t, fs, "docs/divergence.md")
	require.Contains(t, page, "## bright")
	require.Contains(t, page, "### heat")
	require.Contains(t, page, "| instead | goes out |")
	require.Contains(t, page, "[too.hot](rules/lamp-bright.md#toohot)")
}

func TestDivergenceRefuses(t *testing.T) {
	_, err := brightGenerator(t, gen.Difference{Name: "heat", Keys: []string{"cold"}}).Files()
	require.ErrorContains(t, err, "difference heat of bright names clause cold, which is not there")
	_, err = brightGenerator(t, gen.Difference{Name: "heat"}).Files()
	require.ErrorContains(t, err, "names no clause")
}

func TestDivergenceListsPanics(t *testing.T) {
	g := brightGenerator(t, gen.Difference{Name: "heat", Keys: []string{"too.hot"}})
	g.Divergence.Panics = []gen.PanicSite{
		{Place: "glow", Line: 7, Message: "it melts", Keys: []string{"too.hot"}, Why: "a hot day"},
		{Place: "fade", Line: 9, Message: "it freezes", Why: "lamps are warm"},
	}
	fs, err := g.Files()
	require.NoError(t, err)
	page := content(t, fs, "docs/divergence.md")
	require.Contains(t, page, "| glow | 7 | it melts | [too.hot](rules/lamp-bright.md#toohot) | a hot day |\n\nSites that no clause leads to.")
	require.Contains(t, page, "| fade | 9 | it freezes | lamps are warm |")

	g.Divergence.Panics[0].Keys = []string{"cold"}
	_, err = g.Files()
	require.ErrorContains(t, err, "difference panic of bright names clause cold, which is not there")
}

func TestDivergenceTellsCosts(t *testing.T) {
	g := brightGenerator(t, gen.Difference{Name: "heat", Keys: []string{"too.hot"}})
	g.Divergence.Costs = &gen.Costs{
		Rules: "What it costs.", Instances: []gen.Instance{{Name: "noon", Size: "1 lamp", Why: "it is hot"}},
		Properties: []gen.Property{{Name: "bright", Doc: "it is never dark"}},
		Found:      map[string]map[string][]string{"bright": {"heat": {"dark after 3 steps", "cold after 5"}}},
	}
	fs, err := g.Files()
	require.NoError(t, err)
	page := content(t, fs, "docs/divergence.md")
	require.Contains(t, page, "\n## Costs\n\nWhat it costs.\n\n| instance | size | what it adds |\n|---|---|---|\n| noon | 1 lamp | it is hot |\n\n| property | what it says |\n|---|---|\n| bright | it is never dark |\n")
	require.Contains(t, page, "| [cost](#costs) | dark after 3 steps; cold after 5 |\n")

	delete(g.Divergence.Costs.Found["bright"], "heat")
	_, err = g.Files()
	require.ErrorContains(t, err, "nothing is said of what difference heat of bright costs")
}
