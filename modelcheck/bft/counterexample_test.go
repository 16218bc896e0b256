package bft_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// counterexamples finds one for some entries and for mutants of every kind.
func counterexamples(t *testing.T) map[string]bft.Counterexample {
	t.Helper()
	found := map[string]bft.Counterexample{}
	for _, name := range []string{"too-many", "too-many-correct-proposers"} {
		e, err := bft.Find(name)
		require.NoError(t, err)
		o, err := e.Check(t.Context(), modelcheck.Options{})
		require.NoError(t, err)
		require.Len(t, o.Result.Violations, 1)
		found[name] = o.Result.Violations[0]
	}
	for i := range bft.Mutants {
		m := &bft.Mutants[i]
		switch m.Name {
		case "everybody proposes", "an old proof of lock overrides the lock", "2f prevotes are a proof of lock",
			"timeoutPrevote is scheduled without prevotes", "the next height is not begun":
			k, err := m.Try(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			found[m.Name] = k.Result.Violations[0]
		}
	}
	require.Len(t, found, 7)
	return found
}

// TestPrintedCounterexample compares with testdata/disagreement.txt, which is a
// run for people to read, and looks at the width of every line.
func TestPrintedCounterexample(t *testing.T) {
	for name, c := range counterexamples(t) {
		var b strings.Builder
		require.NoError(t, c.Print(&b))
		for line := range strings.Lines(b.String()) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, "%s: %s", name, line)
			require.Equal(t, strings.TrimRight(line, " \n")+"\n", line)
		}
		if name == "too-many-correct-proposers" {
			want, err := os.ReadFile(filepath.Join("testdata", "disagreement.txt"))
			require.NoError(t, err)
			require.Equal(t, string(want), b.String())
		}
	}
}

func TestReplayConfirms(t *testing.T) {
	for name, c := range counterexamples(t) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, c.Save(&b))
			got, err := bft.Replay(&b)
			require.NoError(t, err)
			require.Equal(t, c.Property, got.Property)
			require.Equal(t, c.Len(), got.Len())
		})
	}
}

// TestReplayRefutes: a trace with one word changed is rejected at that step.
func TestReplayRefutes(t *testing.T) {
	for name, c := range counterexamples(t) {
		var b bytes.Buffer
		require.NoError(t, c.Save(&b))
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		for n := 1; n <= c.Len(); n++ {
			for _, field := range []string{"actor", "rule", "line", "choice", "observation", "effects", "changes", "forgotten"} {
				broken := append([]string(nil), lines...)
				broken[n+1] = spoil(t, broken[n+1], field)
				_, err := bft.Replay(strings.NewReader(strings.Join(broken, "\n")))
				var refuted *counterexample.Refutation
				require.ErrorAs(t, err, &refuted, "%s: step %d, %s", name, n, field)
				require.Equal(t, n, refuted.Step)
			}
		}
	}
}

// spoil changes one field of a step.
func spoil(t *testing.T, line, field string) string {
	t.Helper()
	var step map[string]any
	require.NoError(t, json.Unmarshal([]byte(line), &step))
	switch v := step[field].(type) {
	case float64:
		step[field] = v + 1
	case []any:
		step[field] = append(v, "something else")
	case nil:
		step[field] = map[bool]any{true: []string{"something"}, false: "something"}[field == "effects" || field == "changes" || field == "forgotten"]
		if field == "line" {
			step[field] = 99
		}
	default:
		step[field] = "something else"
	}
	out, err := json.Marshal(step)
	require.NoError(t, err)
	return string(out)
}

func TestReplayRefusesOtherFiles(t *testing.T) {
	c := counterexamples(t)["too-many"]
	var b bytes.Buffer
	require.NoError(t, c.Save(&b))
	saved := b.String()
	lines := strings.SplitAfter(saved, "\n")
	tests := []struct {
		name, file, want string
	}{
		{"empty", "", "header"},
		{"other format", strings.Replace(saved, "counterexample 2", "counterexample 9", 1), "format is"},
		{"unknown field", strings.Replace(saved, `"rule"`, `"ruler"`, 1), "unknown field"},
		{"other rules", strings.Replace(saved, c.Digest, "0123", 1), "digest 0123"},
		{"unknown property", strings.ReplaceAll(saved, `"name":"agreement"`, `"name":"harmony"`), `no property "harmony"`},
		{"property that holds", strings.ReplaceAll(saved, `"name":"agreement"`, `"name":"validity"`), `step 6: "validity" holds at the end`},
		{"cut short", strings.Join(lines[:5], ""), "4 lines for its start and steps, the header says 1 and 6"},
		{"cut within a step", saved[:len(saved)-9], "cut short within step 6 of 6"},
		{"no steps", strings.Replace(lines[0], `"steps":6`, `"steps":-1`, 1), "0 lines for its start and steps"},
		{"other model", strings.Replace(saved, `"model":"soup"`, `"model":"broth"`, 1), `of the model "broth", not of "soup"`},
		{"unknown start", strings.Replace(saved, `"step":0`, `"step":9`, 1), "step 0: the model does not start like this"},
		{"unusable configuration", strings.Replace(saved, `"validators":4`, `"validators":0`, 1), "unusable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := bft.Replay(strings.NewReader(tt.file))
			require.ErrorContains(t, err, tt.want)
		})
	}
}
