package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/event"
)

// readLog reads a whole log and returns its header and events.
func readLog(t *testing.T, path string) (event.Header, []*event.Event) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r, err := event.NewReader(f, path)
	require.NoError(t, err)
	var events []*event.Event
	for e, err := range r.Events() {
		require.NoError(t, err)
		events = append(events, e)
	}
	return r.Header(), events
}

func testnetCommand(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = runTestnet(ctx, args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestTestnetDecides(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "logs")
	status, stdout, stderr := testnetCommand(t.Context(), "--validators", "4", "--heights", "5", "--trace", dir, "--seed", "7")
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, "all 4 nodes decided the same values in 5 heights")
	require.Empty(t, stderr)
	for i := range 4 {
		h, events := readLog(t, filepath.Join(dir, "node"+strconv.Itoa(i)+".ndjson"))
		require.Equal(t, i, h.Node.Index)
		require.Equal(t, "polka-testnet-7", h.ChainID)
		require.Len(t, h.Validators, 4)
		decided := 0
		for _, e := range events {
			if e.Kind == event.Decide {
				decided++
			}
		}
		require.Equal(t, 5, decided)
	}
}

func TestTestnetKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	notes := filepath.Join(dir, "notes.txt")
	require.NoError(t, os.WriteFile(notes, []byte("mine"), 0o600))
	old := filepath.Join(dir, "node7.ndjson")
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o600))
	status, _, stderr := testnetCommand(t.Context(), "--heights", "2", "--trace", dir)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "is not empty; give another one, or --force")
	require.NoFileExists(t, filepath.Join(dir, "node0.ndjson"))

	status, _, stderr = testnetCommand(t.Context(), "--heights", "2", "--trace", dir, "--force")
	require.Equal(t, exitHolds, status, stderr)
	require.FileExists(t, notes)
	require.NoFileExists(t, old)
	readLog(t, filepath.Join(dir, "node3.ndjson"))
}

func TestTestnetWithPowersAndWithoutLogs(t *testing.T) {
	status, stdout, stderr := testnetCommand(t.Context(), "--powers", "1,2,30", "--heights", "3")
	require.Equal(t, exitHolds, status, stderr)
	require.Contains(t, stdout, "all 3 nodes decided the same values in 3 heights")
}

func TestTestnetRefusesWrongFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"unknown flag", []string{"--nodes", "4"}, `flag provided but not defined: -nodes; run "polka testnet -h" for its flags`},
		{"no validators", []string{"--validators", "0"}, "give 1 to 100"},
		{"too many validators", []string{"--validators", "101"}, "give 1 to 100"},
		{"no heights", []string{"--heights", "0"}, "give at least 1"},
		{"argument", []string{"here"}, `it takes no argument, got "here"`},
		{"powers and validators differ", []string{"--validators", "3", "--powers", "1,2"}, "--powers has 2 numbers for 3 validators"},
		{"power of nothing", []string{"--powers", "1,0"}, `--powers has "0"`},
		{"powers that overflow", []string{"--powers", "9223372036854775807,1"}, "power"},
		{"force without trace", []string{"--force"}, "give --trace DIR with it"},
		{"no time", []string{"--timeout-propose", "0s"}, "polka testnet: the timeouts of round 0 must be positive\n"},
		{"trace is a file", []string{"--trace", file}, "the folder for the logs cannot be made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := testnetCommand(t.Context(), c.args...)
			require.Equal(t, exitUsage, status)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.says)
			require.True(t, strings.HasPrefix(stderr, "polka testnet: "), stderr)
		})
	}
}

func TestTestnetStopsCleanly(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log := filepath.Join(dir, "node0.ndjson")
	go func() {
		for ctx.Err() == nil {
			if info, err := os.Stat(log); err == nil && info.Size() > 1<<17 {
				cancel()
			}
			runtime.Gosched()
		}
	}()
	status, stdout, stderr := testnetCommand(ctx, "--heights", "1000000", "--trace", dir)
	require.Equal(t, exitInterrupted, status, stderr)
	require.Contains(t, stderr, "stopped before all nodes had decided 1000000 heights")
	require.Contains(t, stdout, "heights")
	for i := range 4 {
		_, events := readLog(t, filepath.Join(dir, "node"+strconv.Itoa(i)+".ndjson"))
		require.NotEmpty(t, events)
	}
}
