package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
)

func TestCheckWrongUsage(t *testing.T) {
	tests := []struct{ args, want string }{
		{"--modle x", `flag provided but not defined: -modle; run "polka check -h" for its flags`},
		{"everything", `unexpected argument "everything"`},
		{"--model none", "polka check: there is no model \"none\"; polka check --list names them\n"},
		{"--dialect dutch", "polka check: there is no dialect \"dutch\"; name one of paper, cometbft-v0.38, cometbft-v1\n"},
		{"--validators four", "invalid value"},
		{"--validators 0", "polka check: 0 validators, want at least 1\n"},
		{"--validators 12", "at most 10 fit a state"},
		{"--validators 4 --byzantine 3", "a quorum by themselves"},
		{"--byzantine -1", "-1 of 4 validators"},
		{"--rounds 0", "--rounds 0, want at least 1"},
		{"--rounds 99", "99 rounds, want 1 to 6"},
		{"--workers -1", "--workers -1 is negative"},
		{"--mem lots", "want a size such as 512MiB"},
		{"--mem -1", "want a size such as 512MiB"},
		{"--mem 1KKB", "want a size such as 512MiB"},
		{"--model too-many --go-test run.go", "--go-test run.go: the name of a test ends in _test.go"},
		{"--model too-many --go-test /nowhere/at/all_test.go", "/nowhere/at/all_test.go"},
		{"--model too-many --rounds 1", "has its own size"},
		{"--model too-many --deep", "--model names one model, of --deep or not: leave out --deep"},
		{"--model v1-exact-0 --dialect paper", "model v1-exact-0 is of dialect cometbft-v1, not paper"},
		{"--list --dialect dutch", `there is no dialect "dutch"`},
		{"--deep --rounds 1", "--deep has its own sizes"},
		{"--plain", "want a size"},
		{"--rotation B", "--rotation wants a size"},
		{"--rounds 2 --rotation B", `--rotation "B" is none of "0 1", "0 B", "B 0"`},
		{"--rounds 1 --plain --exact", "leave out --plain"},
		{"--validators 13 --byzantine 4 --plain", "bits, at most 256 are packed; the counted model takes fewer"},
		{"--dialect cometbft-v1 --rounds 1 --plain", "is searched by --exact alone"},
		{"--dialect cometbft-v1 --rounds 9", "9 rounds, want 1 to 5"},
		{"--dialect cometbft-v1 --rounds 0", "--rounds 0, want at least 1"},
		{"--dialect all --rounds 1", "--dialect all is for the standard sets"},
		{"--model too-many --json /nowhere/at/all", "/nowhere/at/all"},
		{"--model too-many --counterexample /nowhere/at/all", "/nowhere/at/all"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			status, _, stderr := run(t, t.Context(), append([]string{"check"}, strings.Fields(tt.args)...)...)
			require.Equal(t, exitUsage, status)
			require.Contains(t, stderr, tt.want)
		})
	}
}

func TestCheckList(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "check", "--list")
	require.Equal(t, exitHolds, status)
	for _, e := range delivery.Standard {
		require.Contains(t, stdout, "  "+e.Name+" ")
		require.Contains(t, stdout, e.Config.Name())
		require.Contains(t, stdout, e.Why)
	}
	for _, e := range bft.Standard {
		require.Contains(t, stdout, e.Name)
		require.Contains(t, stdout, e.Config.Name())
		require.Contains(t, stdout, e.Why)
	}
	for _, p := range slices.Concat(bft.Always(), bft.Sometimes(), quotient.Always(), quotient.Sometimes(), delivery.Always(), delivery.Sometimes()) {
		require.Contains(t, stdout, p.Name)
		require.Contains(t, stdout, p.Doc)
	}
}

func TestCheckHolds(t *testing.T) {
	status, stdout, stderr := run(t, t.Context(), "check", "--model", "one-round", "--workers", "1")
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^one-round +1500 +6796 +12 +\d+  holds$`, stdout)
	require.Empty(t, stderr, "progress is for terminals")
}

// TestCheckVerbose: all that was counted, what never fired included.
func TestCheckVerbose(t *testing.T) {
	for _, flag := range []string{"-v", "--verbose"} {
		status, stdout, _ := run(t, t.Context(), "check", "--model", "too-many", flag)
		require.Equal(t, exitHolds, status)
		require.Contains(t, stdout, "\n  out-degree 0 to 8, 4.4 on average; 24 states without any transition\n")
		require.Contains(t, stdout, "\n    L22If            64\n")
		require.Contains(t, stdout, "\n    L28If             0  never fired\n")
		require.Contains(t, stdout, "\n      6         106\n")
		require.Regexp(t, `(?m)^  \d+ bytes, \d+\.\d by state; \d\.\d{3} seconds, \d+ states a second$`, stdout)
	}
	_, stdout, _ := run(t, t.Context(), "check", "--model", "v038-disagreement", "-v")
	require.Contains(t, stdout, "\n  states by depth:\n")
}

// TestCheckExpectedViolation: it is printed and saved, and the check passes.
func TestCheckExpectedViolation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.ndjson")
	status, stdout, _ := run(t, t.Context(), "check", "--model", "too-many", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	require.Contains(t, stdout, "violates agreement in 6 steps, as expected")
	require.Contains(t, stdout, "\n  6  p1  L49If     for r = 0, v = v1; decides v1\n")

	saved, err := os.Open(file)
	require.NoError(t, err)
	defer saved.Close()
	c, err := bft.Replay(saved)
	require.NoError(t, err)
	require.Equal(t, "agreement", c.Property.Name)
}

// TestCheckLarge: the counted model takes what the plain one cannot pack.
func TestCheckLarge(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "check", "--validators", "13", "--byzantine", "4", "--rounds", "1")
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^paper n13 f4 \[0\] counted +638 .* holds$`, stdout)
}

// TestCheckDelivered: instances of delivery are models like the others, by name
// and by dialect; a counterexample of theirs is told and saved.
func TestCheckDelivered(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes seconds")
	}
	file := filepath.Join(t.TempDir(), "check.json")
	saved := filepath.Join(t.TempDir(), "run.ndjson")
	status, stdout, _ := run(t, t.Context(), "check", "--model", "v038-split", "--json", file, "--counterexample", saved)
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^v038-split +305696 +2075935 +13 +\d+  violates no panic in 13 steps, as expected$`, stdout)
	require.Contains(t, stdout, "tryFinalizeCommit.header]: signs PRECOMMIT(round 0, nil); panic:")
	require.FileExists(t, saved)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	row := decode(t, string(content))["models"].([]any)[0].(map[string]any)
	require.Equal(t, keys(documented(t, 0)["models"].([]any)[0].(map[string]any)), keys(row))
	require.Equal(t, true, row["as_expected"])
	steps := row["violations"].([]any)[0].(map[string]any)["steps"].([]any)
	require.Len(t, steps, 14)
	require.Equal(t, "p2", steps[13].(map[string]any)["actor"])

	for _, m := range models("cometbft-v1", false) {
		require.Contains(t, m.about().instance, "cometbft-v1 n")
	}
	for _, deep := range []bool{false, true} {
		for _, dialect := range dialectNames() {
			require.NotEmpty(t, models(dialect, deep))
		}
	}
}

// TestCheckDivided: the CometBFT dialects take a size too, and their instances of
// the quotient are models like the others.
func TestCheckDivided(t *testing.T) {
	file := filepath.Join(t.TempDir(), "check.json")
	status, stdout, _ := run(t, t.Context(), "check", "--dialect", "cometbft-v1", "--rounds", "1", "--json", file)
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^cometbft-v1 n4 f1 \[0\] +181 +\d+ +9 +\d+  holds$`, stdout)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	row := decode(t, string(content))["models"].([]any)[0].(map[string]any)
	require.Equal(t, "cometbft-v1", row["config"].(map[string]any)["dialect"])

	status, stdout, _ = run(t, t.Context(), "check", "--dialect", "cometbft-v0.38", "--validators", "3", "--byzantine", "0", "--rounds", "1", "--exact")
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^cometbft-v0.38 n3 f0 \[0\] .* exact: \d+ states of the quotient$`, stdout)

	status, stdout, _ = run(t, t.Context(), "check", "--model", "v1-two-ids")
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^v1-two-ids +4906 +32355 +13 +\d+  violates agreement in 21 steps, no panic in 15 steps, as expected$`, stdout)
	require.Contains(t, stdout, "panic: expected ProposalBlockParts header to be commit header")
	require.Contains(t, stdout, "decides v0/1 by round 1")
}

// TestModelNames: no two models have one name.
func TestModelNames(t *testing.T) {
	seen := map[string]bool{}
	for _, dialect := range dialectNames() {
		for _, m := range slices.Concat(models(dialect, false), models(dialect, true)) {
			require.False(t, seen[m.about().name], m.about().name)
			seen[m.about().name] = true
		}
	}
}

// TestCheckSized: a size that was asked for comes without expectations.
func TestCheckSized(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "check", "--byzantine", "2", "--rounds", "1")
	require.Equal(t, exitFails, status)
	require.Regexp(t, `(?m)^paper n4 f2 \[0\] .* holds$`, stdout)
	require.Contains(t, stdout, "never fired: L22Else, L28If, L28Else, L55, L65If\n")
	require.Regexp(t, `(?m)^paper n4 f2 \[B\] .* VIOLATES agreement in 6 steps$`, stdout)
	require.Contains(t, stdout, "agreement is violated after 6 steps")

	status, stdout, stderr := run(t, t.Context(), "check", "--validators", "3", "--byzantine", "0", "--rounds", "1", "--counterexample", "none")
	require.Equal(t, exitHolds, status)
	require.Contains(t, stdout, "paper n3 f0 [0]")
	require.Contains(t, stderr, "there is no counterexample to write to none")
	require.NoFileExists(t, "none")
}

// when does something when a line is written that matches.
type when struct {
	line *regexp.Regexp
	do   func()
}

func (w when) Write(b []byte) (int, error) {
	if w.line.Match(b) {
		w.do()
	}
	return len(b), nil
}

// TestCheckCancelled stops a search in its middle.
func TestCheckCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	c := checker{stdout: &out, stderr: io.Discard, teller: &teller{every: 1, out: when{regexp.MustCompile(`^correct-correct.*: [1-9]\d{3,} states`), cancel}}}
	var entries []model
	for _, name := range []string{"one-round", "correct-correct", "too-many"} {
		m, ok := modelNamed(name)
		require.True(t, ok)
		entries = append(entries, m)
	}
	require.Equal(t, exitInterrupted, c.run(ctx, entries))
	require.Contains(t, out.String(), "  holds\n")
	require.Regexp(t, `(?m)^correct-correct +[1-9]\d{3,} .* stopped, cancelled; no violation among these states$`, out.String())
	require.Contains(t, out.String(), "stopped: 1 of 3 models were not begun\n")
}

func TestCheckStoppedByMemory(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "check", "--model", "correct-correct", "--mem", "1MiB")
	require.Equal(t, exitInterrupted, status)
	require.Regexp(t, `(?m)^correct-correct +[1-9]\d+ .* stopped, limit of memory reached; no violation among these states$`, stdout)
}

// TestCheckJSON: the output has the fields that docs/json.md shows, and no
// others; likewise the document shows no field that is not written.
func TestCheckJSON(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "check", "--model", "too-many", "--json", "-")
	require.Equal(t, exitHolds, status)
	got := decode(t, stdout)
	want := documented(t, 0)
	require.Equal(t, keys(want), keys(got))
	model := func(m map[string]any) map[string]any { return m["models"].([]any)[0].(map[string]any) }
	require.Equal(t, keys(model(want)), keys(model(got)))
	for _, field := range []string{"name", "config", "digest", "verdict", "as_expected", "expected_violation", "complete", "stopped", "states", "transitions", "depth", "deadlocks", "unreached", "wrong"} {
		require.Equal(t, model(want)[field], model(got)[field], field)
	}
	violation := func(m map[string]any) map[string]any { return model(m)["violations"].([]any)[0].(map[string]any) }
	require.Equal(t, keys(violation(want)), keys(violation(got)))
	for i, step := range violation(want)["steps"].([]any) {
		require.Equal(t, step, violation(got)["steps"].([]any)[i])
	}
}

func TestCheckJSONFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "check.json")
	status, stdout, _ := run(t, t.Context(), "check", "--byzantine", "2", "--rounds", "1", "--json", file)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "VIOLATES")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	got := decode(t, string(content))
	require.EqualValues(t, exitFails, got["exit"])
	require.Len(t, got["models"], 2)
}

// documented is the example with the given number in the section of docs/json.md.
func documented(t *testing.T, number int) map[string]any {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(doc), "## polka check --json\n")
	require.True(t, found)
	example, _, _ := strings.Cut(strings.Split(section, "```json\n")[number+1], "```")
	return decode(t, example)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &m))
	return m
}

func keys(m map[string]any) map[string]bool {
	ks := map[string]bool{}
	for k := range m {
		ks[k] = true
	}
	return ks
}

// TestCheckMutantsStopped: the first mutants are quick, the rest is cancelled.
func TestCheckMutantsStopped(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "mutants", "--mem", "300KiB")
	require.Equal(t, exitInterrupted, status)
	require.Contains(t, stdout, "L14              2      0  everybody proposes: no equivocation\n")
	require.Contains(t, stdout, "stopped at mutant")

	status, stdout, _ = run(t, t.Context(), "mutants", "--mem", "300KiB", "--json", "-")
	require.Equal(t, exitInterrupted, status)
	got := decode(t, stdout)["mutants"].([]any)[0].(map[string]any)
	require.Equal(t, keys(documented(t, 1)["mutants"].([]any)[0].(map[string]any)), keys(got))
	require.Equal(t, "everybody proposes", got["name"])
	all := decode(t, stdout)["mutants"].([]any)
	last := all[len(all)-1].(map[string]any)
	require.Contains(t, last["wrong"], ": search not finished: limit of memory reached")
	require.Equal(t, false, last["killed"])
}

// TestCheckMutantsThatEndOtherwise: each is told in the table and in the JSON,
// and what should have come of it is not said to have come.
func TestCheckMutantsThatEndOtherwise(t *testing.T) {
	mutants := slices.Clone(bft.Mutants[:1])
	require.Equal(t, "no equivocation", mutants[0].By)
	try := func(ms []bft.Mutant) (string, map[string]any, *checker) {
		var out bytes.Buffer
		c := &checker{stdout: &out, stderr: io.Discard}
		c.runMutants(t.Context(), ms)
		text, err := json.Marshal(c.json())
		require.NoError(t, err)
		return out.String(), decode(t, string(text))["mutants"].([]any)[0].(map[string]any), c
	}
	text, row, c := try(mutants)
	require.Equal(t, exitHolds, c.status)
	require.Contains(t, text, "\n1 mutants: 1 killed, 0 survive, each for its reason\n")
	require.Equal(t, "no equivocation", row["by"])
	require.NotContains(t, row, "wrong")

	mutants[0].By, mutants[0].Survives = "", "so it is said"
	text, row, c = try(mutants)
	require.Equal(t, exitFails, c.status)
	require.Contains(t, text, "\n1 mutants: 0 killed, 0 survive, each for its reason, 1 does not end as it says\n")
	require.Contains(t, row["wrong"], `mutant "everybody proposes" is said to survive, but is killed`)
	require.NotContains(t, row, "by")
	require.NotContains(t, row, "survives")

	text, _, _ = try(append(mutants, mutants[0]))
	require.Contains(t, text, ", 2 do not end as they say\n")
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "17": 17, "17B": 17, "2K": 2048, "2kB": 2048, "3MiB": 3 << 20, "4g": 4 << 30, "1TiB": 1 << 40,
	} {
		var b byteSize
		require.NoError(t, b.Set(text), text)
		require.EqualValues(t, want, b, text)
	}
	for _, text := range []string{"", "G", "1.5G", "-1", "1X", "9999999T", "1BB"} {
		var b byteSize
		require.Error(t, b.Set(text), text)
	}
}
