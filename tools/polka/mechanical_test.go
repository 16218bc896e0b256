package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
)

// slips are trials of each fate.
func slips() []score.Trial {
	mutant := func(clause, kind, name string) *score.Mutant {
		return &score.Mutant{Name: clause + " " + name, Clause: clause, Kind: kind}
	}
	known := &score.Survivor{Names: []string{"L28 slip", "L36 slip"}, Why: "it is early", Missing: "all is late"}
	on := &bft.Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0}}
	return []score.Trial{
		{Mutant: mutant("L22", "widen", "slip"), Fate: score.Killed, By: "agreement", On: on, Depth: 3, States: 84},
		{Mutant: mutant("L22", "narrow", "slip"), Fate: score.Killed, By: "refused: a law"},
		{Mutant: mutant("L28", "widen", "slip"), Fate: score.Survived, Survivor: known, Depth: 12, States: 1500},
		{Mutant: mutant("L28", "narrow", "slip again"), Fate: score.Equivalent, By: "same table"},
		{Mutant: mutant("L44", "swap priority", "late"), Fate: score.Alike, By: "does the same"},
		{Mutant: mutant("L36", "widen", "slip"), Fate: score.Survived, Survivor: known, Depth: 12, States: 1500, Unfinished: []string{"much"}},
	}
}

// tell has a checker score the trials as if each were made now. Err ends the
// last one.
func tell(trials []score.Trial, err error) (string, *checker) {
	var out bytes.Buffer
	c := &checker{stdout: &out, stderr: io.Discard}
	c.score(context.Background(), len(trials), 1, func(_ context.Context, i int) (score.Trial, error) {
		if i == len(trials)-1 {
			return trials[i], err
		}
		return trials[i], nil
	})
	return out.String(), c
}

func TestScoreIsTold(t *testing.T) {
	text, c := tell(slips(), nil)
	require.Equal(t, exitHolds, c.status)
	require.Equal(t, `clause  total  killed  equivalent  alike  survived  at least  without alike
L22         2       2           0      0         0    100.0%         100.0%
L28         2       0           1      0         1      0.0%           0.0%
L44         1       0           0      1         0      0.0%              -
L36         1       0           0      0         1      0.0%           0.0%
kind           total  killed  equivalent  alike  survived  at least  without alike
narrow             2       1           1      0         0    100.0%         100.0%
widen              3       1           0      0         2     33.3%          33.3%
swap priority      1       0           0      1         0      0.0%              -
given up for too many states: L36 slip on much
survives: L28 slip
          L36 slip
  because it is early
  no property says: all is late
6 mechanical mutants: 2 killed, 1 of them by the compiler, 1 equivalent, 1 alike, 2 survive; score at least 40.0%, 50.0% without alike
`, text)
}

// TestScoreWrong: a survivor without a reason fails the call, and so does a
// reason for one that is killed.
func TestScoreWrong(t *testing.T) {
	trials := slips()
	trials[0].Survivor, trials[2].Survivor = trials[2].Survivor, nil
	text, c := tell(trials, nil)
	require.Equal(t, exitFails, c.status)
	require.Contains(t, text, "\nmutant \"L22 slip\" is said to survive, but is killed: agreement\n")
	require.Contains(t, text, "\nmutant \"L28 slip\" survives, and nothing says why it should\n")
	require.Contains(t, text, ", 2 survive, 2 not as listed; score at least 40.0%, 50.0% without alike\n")
	require.NotContains(t, text, "survives: L28 slip")
}

func TestScoreStopped(t *testing.T) {
	text, c := tell(slips(), fmt.Errorf("mutant: %w: cancelled", bft.ErrUnfinished))
	require.Equal(t, exitInterrupted, c.status)
	require.Equal(t, "stopped at mechanical mutant 6 of 6: mutant: search not finished: cancelled\n", text)
	require.Len(t, c.trials, 5)

	_, c = tell(slips(), bft.ErrConfig)
	require.Equal(t, exitUsage, c.status)
}

// TestScoreJSON: the fields are those that docs/json.md shows.
func TestScoreJSON(t *testing.T) {
	_, c := tell(slips(), nil)
	text, err := json.Marshal(c.json())
	require.NoError(t, err)
	got := decode(t, string(text))["mechanical"].(map[string]any)
	want := documented(t, 2)["mechanical"].(map[string]any)
	require.Equal(t, keys(want), keys(got))
	require.Equal(t, keys(want["score"].(map[string]any)), keys(got["score"].(map[string]any)))
	row := func(m map[string]any, list string, i int) map[string]any { return m[list].([]any)[i].(map[string]any) }
	for _, list := range []string{"by_clause", "by_kind"} {
		require.Equal(t, keys(row(want, list, 0)), keys(row(got, list, 0)))
	}
	for documented, trial := range []int{0, 1, 3, 2} {
		require.Equal(t, keys(row(want, "mutants", documented)), keys(row(got, "mutants", trial)), "mutant %d", documented)
	}
	last := row(got, "mutants", 5)
	require.Equal(t, []any{"much"}, last["unfinished"])
	require.Equal(t, "survived", last["fate"])
	require.NotContains(t, last, "wrong")
	require.NotContains(t, got, "logs")
}

// TestMistakesAreDocumented: docs/mutants.md has the kinds in order, in the words
// of the operators.
func TestMistakesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "mutants.md"))
	require.NoError(t, err)
	rest := string(doc)
	for _, k := range spec.MutationKinds() {
		_, after, found := strings.Cut(rest, fmt.Sprintf("\n| %s | %s", k, k.Mistake()))
		require.True(t, found, k)
		rest = after
	}
	kinds := score.Kinds()
	require.Contains(t, rest, "| "+kinds[len(kinds)-1]+" | ")
}

func TestMutantsFlags(t *testing.T) {
	status, _, stderr := run(t, t.Context(), "mutants", "--told", "--mechanical")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "--told and --mechanical exclude each other")

	status, stdout, _ := run(t, t.Context(), "mutants", "--mechanical", "--mem", "1KiB")
	require.Equal(t, exitInterrupted, status)
	require.Contains(t, stdout, "stopped before the first mechanical mutant: ")
	require.NotContains(t, stdout, "everybody proposes")
}

// TestMechanicalOfCometBFT: a few mutants of a dialect of CometBFT, and the words
// about them.
func TestMechanicalOfCometBFT(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	status, stdout, _ := run(t, t.Context(), "mutants", "--dialect", "cometbft-v1", "--sample", "200")
	require.Equal(t, exitHolds, status)
	require.True(t, strings.HasPrefix(stdout, "No recorded log is asked (--logs): what only one would notice counts as alike.\n"))
	require.Contains(t, stdout, "\n6 mechanical mutants: 3 killed, 1 of them by the compiler, 1 equivalent, 2 alike, 0 survive; score at least 60.0%, 100.0% without alike\n")

	status, _, stderr := run(t, t.Context(), "mutants", "--told", "--dialect", "cometbft-v1")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "cometbft-v1")
}
