package modelcheck_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var allMutants = flag.Bool("mutants", false, "try every mutant of the judgement of runs (some minutes), not only a few")

// Each way to get the judgement of runs wrong is noticed by the tests whose names
// begin with TestRuns. They are run again with one line of the package replaced.
func TestMutantsOfTheHunt(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package once for each mutant")
	}
	few := []string{
		"no change, which nothing notices", "ends are forgotten", "steps to the same state are forgotten", "nothing is decomposed again",
	}
	for _, row := range []struct{ name, file, line, instead string }{
		{name: "no change, which nothing notices", file: "fair.go"},
		{"ends are forgotten", "graph.go", "if stays || !leaves {", "if stays || leaves && false {"},
		{"steps to the same state are forgotten", "graph.go", "if stays || !leaves {", "if stays && false || !leaves {"},
		{"such steps count as enabled", "graph.go", "stays = true\n", "stays = true\nenabled |= l.taken[i]\n"},
		{"such steps count as taken", "graph.go", "p.taken.add(0)", "p.taken.add(1)"},
		{"only steps that wait count as enabled", "graph.go", "enabled |= l.taken[i]", "if waits&g.waits(next) != 0 { enabled |= l.taken[i] }"},
		{"states outside of Within are ends", "graph.go", "stays, leaves := false, g.outside(at)", "stays, leaves := false, false"},
		{"Eventually is due everywhere", "graph.go", "promise.from == nil && int(number) < v.graph.inits", "promise.from == nil"},
		{"weak fairness is forgotten", "fair.go", "case every&h.weak&^taken != 0:", "case every&h.weak&^taken&0 != 0:"},
		{"weak fairness is strong", "fair.go", "case every&h.weak&^taken != 0:", "case (some|every)&h.weak&^taken != 0:"},
		{"strong fairness is weak", "fair.go", "missing := some & h.strong &^ taken", "missing := some & every & h.strong &^ taken"},
		{"nothing is decomposed again", "fair.go", "if len(rest) > 0 {", "if false {"},
		{"all is left out where a strong condition fails", "fair.go", "if h.graph.enabled(state)&missing != 0 {", "if missing != 0 {"},
		{"a single state is no component", "fair.go", "if len(states) == 1 && !h.stays(states[0]) {", "if len(states) == 1 {"},
		{"components do not join", "fair.go", "h.mark[f.state] = min(h.mark[f.state], h.mark[to])", ""},
		{"a child tells its parent nothing", "fair.go", "enter(to) // and look at this edge again after that", "f.edge++\nenter(to)"},
		{"runs may break off waiting", "fair.go", "h.mark[next] == 0 && h.graph.waits(next)&h.promise != 0", "h.mark[next] == 0"},
		{"a way is not the shortest", "fair.go", "if depth < len(levels) {", "if head > 0 || depth < 1 {"},
		{"a loop owes nothing strongly", "fair.go", "every&h.weak&^taken, some&h.strong&^taken", "every&h.weak&^taken, some&0"},
		{"a loop owes nothing weakly", "fair.go", "every&h.weak&^taken, some&h.strong&^taken", "every&0, some&h.strong&^taken"},
		{"a reason is the wrong one", "lasso.go", "case why.Disabled == 0:", "default:"},
		{"what Within cuts is forgotten", "live.go", "case cut:", "case cut && false:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if !*allMutants && !slices.Contains(few, row.name) {
				t.Skip("only with -mutants")
			}
			source, err := os.ReadFile(row.file)
			require.NoError(t, err)
			if row.line == "" {
				row.line, row.instead = string(source), string(source)
			}
			require.Equal(t, 1, strings.Count(string(source), row.line), "the line is there once")
			dir := t.TempDir()
			mutant, overlay := filepath.Join(dir, row.file), filepath.Join(dir, "overlay.json")
			require.NoError(t, os.WriteFile(mutant, []byte(strings.Replace(string(source), row.line, row.instead, 1)), 0o600))
			here, err := filepath.Abs(row.file)
			require.NoError(t, err)
			text, err := json.Marshal(map[string]any{"Replace": map[string]string{here: mutant}})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(overlay, text, 0o600))

			args := []string{"test", "-vet=off", "-count=1", "-timeout=20s", "-run=^TestRuns", "-overlay=" + overlay, ".", "-rapid.seed=1", "-rapid.checks=50", "-rapid.shrinktime=0s", "-rapid.nofailfile"}
			out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
			assert.NotContains(t, string(out), "[build failed]")
			if row.line == row.instead {
				assert.NoError(t, err, string(out))
			} else {
				assert.Error(t, err, "nobody notices")
			}
		})
	}
}
