package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/conform"
)

// TestReplay: a counterexample that polka check wrote stands; one with a step
// changed is refuted at that step; what is none is unusable.
func TestReplay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counterexample.ndjson")
	status, _, _ := run(t, t.Context(), "check", "--model", "too-many", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	status, stdout, stderr := run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, "stands: agreement is violated after 6 steps")

	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(saved), "\n")
	const step = 2
	lines[step+1] = strings.Replace(lines[step+1], `"actor":"p0"`, `"actor":"p1"`, 1)
	require.NotEqual(t, string(saved), strings.Join(lines, ""))
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))
	status, stdout, _ = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "does not stand: step 2: the rules allow no such step here")

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(saved), `"model":"soup"`, `"model":"broth"`, 1)), 0o600))
	status, _, stderr = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, `of the model "broth"`)

	require.NoError(t, os.WriteFile(file, []byte("{}"), 0o600))
	status, _, stderr = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "format")
	status, _, stderr = run(t, t.Context(), "check", "--replay", file+"x")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "no such file")
}

// TestTraceCheckCounterexample: a counterexample is a log of a run that violates a
// property, and fails as a log that departs from the rules does, among others too.
func TestTraceCheckCounterexample(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stands.ndjson")
	status, _, _ := run(t, t.Context(), "check", "--model", "too-many", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	status, stdout, stderr := traceCheck(t, file)
	require.Equal(t, exitFails, status, stderr)
	require.Contains(t, stdout, "stands.ndjson: VIOLATES under paper\n  a counterexample to agreement, of the model soup\n")
	require.Contains(t, stdout, "  step 6 of 6 breaks agreement; the rules allow every step\n")
	require.Contains(t, stdout, "\n  6  p1  L49If     for r = 0, v = v1; decides v1\n")

	changed := filepath.Join(t.TempDir(), "changed.ndjson")
	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(saved), "\n")
	lines[1+2] = strings.Replace(lines[1+2], `"actor":"p0"`, `"actor":"p1"`, 1)
	require.NoError(t, os.WriteFile(changed, []byte(strings.Join(lines, "")), 0o600))
	status, stdout, _ = traceCheck(t, changed)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "changed.ndjson: DIVERGES under paper\n")
	require.Contains(t, stdout, "  step 2 of 6: the rules allow no such step here\n")

	status, stdout, _ = traceCheck(t, "--json", "-", file, sample("polka", "normal"), changed)
	require.Equal(t, exitFails, status)
	var out struct {
		Exit            int
		Reports         []conform.Report
		Counterexamples []replayed
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &out))
	require.Equal(t, exitFails, out.Exit)
	require.Len(t, out.Reports, 2)
	require.Len(t, out.Counterexamples, 2)
	require.Equal(t, []string{violates, diverges}, []string{out.Counterexamples[0].Verdict, out.Counterexamples[1].Verdict})
	require.Equal(t, []int{6, 2}, []int{out.Counterexamples[0].Step, out.Counterexamples[1].Step})
	require.Equal(t, "agreement", out.Counterexamples[0].Property.Name)

	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(doc), "`counterexamples` has one entry")
	require.True(t, found)
	for field := range reflect.TypeFor[replayed]().Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			require.Contains(t, section, `"`+name+`":`)
		}
	}

	status, stdout, _ = traceCheck(t, "-q", sample("polka", "normal"), file)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "2 logs: 2 conform; ")
	require.Contains(t, stdout, "1 counterexamples: 1 violate their property, 0 diverge\n")

	status, _, stderr = traceCheck(t, "--dialect", "cometbft-v1", file)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "judged against the rules that it is of, paper, not against cometbft-v1")
	require.NoError(t, os.WriteFile(changed, []byte(strings.Replace(string(saved), "counterexample 2", "counterexample 1", 1)), 0o600))
	status, _, stderr = traceCheck(t, changed)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, `its format is "polka counterexample 1"`)
}

// TestReplayOfDelivery: the same for messages that are delivered one by one.
func TestReplayOfDelivery(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	file := filepath.Join(t.TempDir(), "counterexample.ndjson")
	status, _, _ := run(t, t.Context(), "check", "--dialect", "cometbft-v0.38", "--model", "v038-split", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	status, stdout, stderr := run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, "on cometbft-v0.38 n4 f1 [B] one value")
	require.Contains(t, stdout, "stands: no panic is violated after 13 steps")

	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(saved), "\n")
	lines[1+4] = strings.Replace(lines[1+4], "receives PREVOTE(round 0, v0) of p0", "receives PREVOTE(round 0, nil) of p0", 1)
	require.NotEqual(t, string(saved), strings.Join(lines, ""))
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))
	status, stdout, _ = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "does not stand: step 4: the rules allow no such step here")
}

// TestReplayOfQuotient: the same for runs of classes, which are told with names.
func TestReplayOfQuotient(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counterexample.ndjson")
	status, _, _ := run(t, t.Context(), "check", "--model", "v038-disagreement", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	status, stdout, stderr := run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, "stands: agreement is violated after 12 steps")

	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(saved), "\n")
	lines[1+2] = strings.Replace(lines[1+2], "(round 0, v0", "(round 0, v1", 1)
	require.NotEqual(t, string(saved), strings.Join(lines, ""))
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))
	status, stdout, _ = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "does not stand: step 2: the rules allow no such step here")

	require.NoError(t, os.WriteFile(file, saved[:len(saved)/2], 0o600))
	status, _, stderr = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "cut short within step")
}

// TestReplayOfAccounts: the culprits are found again.
func TestReplayOfAccounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counterexample.ndjson")
	status, told, _ := run(t, t.Context(), "check", "--model", "framed-01", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	const culprit = "culprit p0, amnesia: PRECOMMIT(round 0, v0) and PREVOTE(round 1, v1)\n"
	require.Contains(t, told, culprit)
	status, stdout, stderr := run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, culprit)
	require.Contains(t, stdout, "stands: no framing is violated after ")
}

// TestReplayOfTermination: what must happen is known again.
func TestReplayOfTermination(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counterexample.ndjson")
	status, told, _ := run(t, t.Context(), "check", "--model", "terminates-b-from-0", "--counterexample", file)
	require.Equal(t, exitHolds, status)
	require.Contains(t, told, "violates everyone decides in time in ")
	status, stdout, stderr := run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, "stands: everyone decides in time is violated after ")

	saved, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(saved), "\n")
	lines[1+1] = strings.Replace(lines[1+1], `"rule":"L`, `"rule":"M`, 1)
	require.NotEqual(t, string(saved), strings.Join(lines, ""))
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))
	status, stdout, _ = run(t, t.Context(), "check", "--replay", file)
	require.Equal(t, exitFails, status)
	require.Contains(t, stdout, "does not stand: step 1: the rules allow no such step here")
}
