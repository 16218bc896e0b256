package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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

// TestReplayOfDelivery: the same for messages that are delivered one by one.
func TestReplayOfDelivery(t *testing.T) {
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
