package gossip_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/gossip"
)

// size is how large a search is, and how long the shortest run to each violation.
type size struct {
	states, transitions, depth int
	runs                       string
}

// Instances violate what they are expected to and nothing else, and their sizes are
// pinned.
func TestStandard(t *testing.T) {
	want := map[string]size{
		"cometbft-one-behind":     {698, 2683, 17, "parts are had 4. "},
		"polka-one-behind":        {74, 121, 16, ""},
		"cometbft-two-behind":     {6356, 28629, 29, "parts are had 4. "},
		"polka-two-behind":        {158, 286, 27, ""},
		"cometbft-two-parts":      {3941, 18675, 20, "parts are had 4. "},
		"polka-two-parts":         {154, 290, 19, ""},
		"cometbft-round-behind":   {3206, 14623, 21, "parts are had 4. "},
		"polka-round-behind":      {125, 253, 18, ""},
		"cometbft-gift":           {1253, 4774, 18, "parts are had 4. heights arrive 11. "},
		"polka-gift":              {148, 254, 17, ""},
		"cometbft-reconnect":      {2666, 11039, 19, "parts are had 4. "},
		"polka-reconnect":         {340, 755, 17, ""},
		"cometbft-restart":        {2305, 9511, 19, "parts are had 4. "},
		"polka-restart":           {228, 463, 17, ""},
		"cometbft-split-prevotes": {80214, 581530, 20, ""},
		"polka-split-validators":  {27221, 111520, 52, ""},
		"polka-split-prevotes":    {40160, 205030, 22, ""},
		"cometbft-pol":            {2159, 8825, 20, "no vote is sent twice 10. "},
		"polka-pol":               {2677, 9699, 20, ""},
		"cometbft-pol-announced":  {22826, 118214, 24, "proofs of lock arrive 14. no vote is sent twice 10. "},
		"polka-pol-announced":     {16947, 64772, 25, ""},
		"cometbft-pol-hidden":     {39385, 221809, 27, "proofs of lock arrive 16. "},
		"polka-pol-hidden":        {14212, 60894, 26, ""},
		"cometbft-header-only":    {1072, 4308, 15, ""},
		"polka-header-only":       {4676, 21026, 18, ""},
		"cometbft-no-proposal":    {16, 24, 5, "parts arrive 4. "},
		"polka-no-proposal":       {112, 289, 10, ""},
		"cometbft-late-polka":     {18, 33, 5, "later votes arrive 3. "},
		"polka-late-polka":        {661, 2043, 20, ""},
		"cometbft-gift-in-round":  {2335, 10764, 17, ""},
		"polka-gift-in-round":     {2415, 8949, 18, ""},
		"cometbft-earlier-round":  {30, 65, 8, "later votes arrive 8. "},
		"polka-earlier-round":     {220, 440, 20, ""},
		"cometbft-asked":          {9943, 59379, 27, "no vote is sent twice 7. "},
		"polka-asked":             {311, 725, 14, "no vote is sent twice 8. "},
		"cometbft-asked-behind":   {1617, 6734, 20, "no vote is sent twice 7. "},
		"polka-asked-behind":      {357, 895, 14, ""},
		"cometbft-silent":         {18, 33, 5, "later votes arrive 3. "},
		"polka-silent":            {334, 1025, 16, "parts arrive 13. "},
		"cometbft-too-far":        {42, 97, 7, "later votes arrive 3. "},
		"polka-too-far":           {12385, 42413, 24, "votes are had 6. later votes arrive 9. "},
	}
	for _, e := range gossip.Standard {
		if e.Deep {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			if !large && want[e.Name].states > 5_000 {
				t.Skip("too large for the race detector")
			}
			r, err := gossip.Check(t.Context(), e.Config, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Complete)
			got := size{r.States, r.Transitions, r.Depth, ""}
			var violated []string
			for i := range r.Violations {
				v := &r.Violations[i]
				violated = append(violated, v.Property.Name)
				got.runs += fmt.Sprintf("%s %d. ", v.Property.Name, v.Len())
			}
			require.ElementsMatch(t, e.Violates, violated)
			require.Equal(t, want[e.Name], got, "%q: {%d, %d, %d, %q},", e.Name, got.states, got.transitions, got.depth, got.runs)
		})
	}
}
