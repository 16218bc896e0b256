package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/spec/consensus"
)

// run runs a command line as main would.
func run(t *testing.T, ctx context.Context, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = dispatch(ctx, commands(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestDispatch(t *testing.T) {
	tests := []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{nil, exitHolds, "usage: polka COMMAND", ""},
		{[]string{"help"}, exitHolds, "  version ", ""},
		{[]string{"--help"}, exitHolds, "  generate ", ""},
		{[]string{"help", "generate"}, exitHolds, "usage: polka generate [--check]", ""},
		{[]string{"generate", "-h"}, exitHolds, "\n  --check\n", ""},
		{[]string{"generate", "-h"}, exitHolds, "only the TLA+ modules in docs/tla", ""},
		{[]string{"check", "-h"}, exitHolds, "\n  --byzantine int\n", ""},
		{[]string{"trace", "check", "-h"}, exitHolds, "\n  -q\t", ""},
		{[]string{"testnet", "-h"}, exitHolds, "how much longer timeoutPrevote is in each later round (default 500ms)", ""},
		{[]string{"version"}, exitHolds, consensus.Paper.Digest(), ""},
		{[]string{"conquer"}, exitUsage, "", `there is no command "conquer"; run "polka help"`},
		{[]string{"help", "conquer"}, exitUsage, "", `there is no command "conquer"`},
		{[]string{"generate", "--chekc"}, exitUsage, "", `polka generate: flag provided but not defined: -chekc; run "polka generate -h"`},
		{[]string{"generate", "now"}, exitUsage, "", `it takes no argument, got "now"`},
		{[]string{"version", "now"}, exitUsage, "", `it takes no argument, got "now"`},
		{[]string{"version", "-x"}, exitUsage, "", "polka version: flag provided"},
		{[]string{"generate", "--dir", "/nowhere"}, exitUsage, "", "/nowhere is not the root of a module"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			status, stdout, stderr := run(t, t.Context(), tt.args...)
			require.Equal(t, tt.status, status)
			require.Contains(t, stdout, tt.stdout)
			require.Contains(t, stderr, tt.stderr)
			require.Equal(t, tt.stderr == "", stderr == "", "what is on standard error: %s", stderr)
		})
	}
}

// TestPlain: packages are left out wherever they stand, and nothing else is.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"bft: search not finished":                       "search not finished",
		"bft: unusable configuration: 0 rounds":          "0 rounds",
		"conform: cometbft: open x: no such file":        "open x: no such file",
		"log: conform: cut\ncometbft: it: event: closed": "log: cut\nit: closed",
		"record 7: gendarme: the engine: stopped":        "record 7: gendarme: the engine: stopped",
	} {
		require.Equal(t, want, plain(errors.New(text)))
	}
}

// TestVersionNamesEveryDialect: one digest each.
func TestVersionNamesEveryDialect(t *testing.T) {
	_, stdout, _ := run(t, t.Context(), "version")
	for _, d := range consensus.Dialects {
		require.Regexp(t, `(?m)^  `+d.Name+` +`+d.Table.Digest()+`$`, stdout)
	}
}

// module makes an empty module.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module m\n"), 0o644))
	return dir
}

func TestGenerate(t *testing.T) {
	dir := module(t)
	check := func(status int, want string) {
		t.Helper()
		got, stdout, _ := run(t, t.Context(), "generate", "--check", "--dir", dir)
		require.Equal(t, status, got)
		require.Contains(t, stdout, want)
	}
	check(exitFails, "missing  impl/consensus/table_gen.go\n")
	status, stdout, _ := run(t, t.Context(), "generate", "--dir", dir)
	require.Equal(t, exitHolds, status)
	require.Contains(t, stdout, "wrote docs/rules/consensus.md\n")
	check(exitHolds, "generated files are up to date\n")

	page := filepath.Join(dir, "docs", "rules", "consensus.md")
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(page, append(text, ' '), 0o644))
	check(exitFails, "stale    docs/rules/consensus.md\n")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.go"), []byte("// "+gen.Marker+" from x; DO NOT EDIT.\n"), 0o644))
	check(exitFails, "orphan   old.go\n")
	status, stdout, stderr := run(t, t.Context(), "generate", "--dir", dir)
	require.Equal(t, exitFails, status, "an orphan is left for a person to remove")
	require.Contains(t, stdout, "wrote docs/rules/consensus.md\norphan   old.go\n")
	require.Contains(t, stderr, "remove orphans by hand")
}

// TestGenerateTLA: with --tla nothing else is written, compared or complained
// about.
func TestGenerateTLA(t *testing.T) {
	dir := module(t)
	generate := func(status int, want string, flags ...string) {
		t.Helper()
		got, stdout, _ := run(t, t.Context(), append([]string{"generate", "--tla", "--dir", dir}, flags...)...)
		require.Equal(t, status, got, stdout)
		require.Contains(t, stdout, want)
		require.NotContains(t, stdout, "table_gen.go")
	}
	generate(exitFails, "missing  docs/tla/Paper.tla\n", "--check")
	generate(exitHolds, "wrote docs/tla/MC_too_many.cfg\n")
	generate(exitHolds, "63 generated files are up to date\n", "--check")
	require.NoDirExists(t, filepath.Join(dir, "docs", "rules"))

	old := filepath.Join(dir, "docs", "tla", "Old.tla")
	for _, path := range []string{filepath.Join(dir, "old.go"), old} {
		require.NoError(t, os.WriteFile(path, []byte("\\* "+gen.Marker+" from x; DO NOT EDIT.\n"), 0o644))
	}
	generate(exitFails, "orphan   docs/tla/Old.tla\n", "--check")
	require.NoError(t, os.Remove(old))
	generate(exitHolds, "63 generated files are up to date\n", "--check")
}

func TestGenerateInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := module(t)
	status, stdout, stderr := run(t, ctx, "generate", "--dir", dir)
	require.Equal(t, exitInterrupted, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "interrupted")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// TestGeneratedUpToDate: what is checked in is what the rules generate now, to
// the byte, and nothing that was generated once is left over.
func TestGeneratedUpToDate(t *testing.T) {
	files, err := generated()
	require.NoError(t, err)
	c, err := gen.Compare(filepath.Join("..", ".."), files)
	require.NoError(t, err)
	require.True(t, c.UpToDate(), "run \"polka generate\": %+v", c)
}
