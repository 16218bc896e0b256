package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus"
)

// TestCheckResults: a section for each command, with the verdict of each model,
// which only the same command writes again; none of a run that did not come to its
// end.
func TestCheckResults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results.md")
	checked := func(args ...string) string {
		status, _, stderr := run(t, t.Context(), append([]string{"check", "--results", file}, args...)...)
		require.Equal(t, exitHolds, status, stderr)
		page, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(page)
	}
	page := checked("--rounds", "1", "--exact", "--workers", "2")
	require.True(t, strings.HasPrefix(page, resultsIntro))
	require.Contains(t, page, "\n## `polka check --validators 4 --byzantine 1 --rounds 1 --exact`\n\nRules: digest "+consensus.Paper.Digest()+". 2 workers.\n\n")
	require.Regexp(t, `(?m)^\| .*, plain \| 4 \| 1 \| \[B\] \| 3430 \| 16236 \| 12 \| \d+\.\d \| \d+ \| exact: 39 counted states \|$`, page)

	page = checked("--model", "one-round")
	require.Regexp(t, `(?m)^\| one-round, plain \| 4 \| 1 \| \[0\] \| 1500 \| 6796 \|`, page)
	page = checked("--rounds", "1", "--exact", "--workers", "1")
	require.Contains(t, page, ". 1 workers.\n")
	require.NotContains(t, page, ". 2 workers.\n"+"\n| model | validators | Byzantine | proposers | states | transitions | depth | seconds | bytes per state | verdict |\n|---|--:|--:|---|--:|--:|--:|--:|--:|---|\n| n4")
	require.Equal(t, 2, strings.Count(page, "\n## "))
	require.Equal(t, 1, strings.Count(page, "| one-round, plain |"))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := filepath.Join(t.TempDir(), "none.md")
	status, _, stderr := run(t, ctx, "check", "--rounds", "2", "--results", other)
	require.Equal(t, exitInterrupted, status)
	require.Contains(t, stderr, "not complete")
	require.NoFileExists(t, other)
}

// TestCheckResultsRefuses: what cannot be written is said before the search, and
// what is no page of results is left alone.
func TestCheckResultsRefuses(t *testing.T) {
	notes := filepath.Join(t.TempDir(), "notes.md")
	require.NoError(t, os.WriteFile(notes, []byte("# Notes\n\n## `of mine`\n"), 0o600))
	for file, says := range map[string]string{
		notes:               "notes.md is there and is no page of results",
		t.TempDir():         "reading the results that are there: ",
		"/nowhere/at/all":   "writing /nowhere/at/all: ",
		notes + "/under.md": "notes.md/under.md",
	} {
		status, stdout, stderr := run(t, t.Context(), "check", "--model", "one-round", "--results", file)
		require.Equal(t, exitUsage, status)
		require.Contains(t, stderr, says)
		require.Empty(t, stdout)
	}
	page, err := os.ReadFile(notes)
	require.NoError(t, err)
	require.Equal(t, "# Notes\n\n## `of mine`\n", string(page))
}

// TestResultsAreFresh: the page in docs is of the rules that there are, has all
// models and none besides, and each of them came out as expected. If not: make
// check-deep.
func TestResultsAreFresh(t *testing.T) {
	sections, err := readSections(filepath.Join("..", "..", "docs", "results.md"))
	require.NoError(t, err)
	of := map[string]string{}
	for _, s := range sections {
		of[commandOf(s)] = s
	}
	for _, d := range consensus.Dialects {
		for _, deep := range []bool{false, true} {
			f := checkFlags{deep: deep}
			command := f.command(d.Name)
			section := of[command]
			delete(of, command)
			require.Contains(t, section, "Rules: digest "+d.Table.Digest()+".", command)
			var names []string
			for _, row := range regexp.MustCompile(`(?m)^\| ([^,|]+), .* \| (.+) \|$`).FindAllStringSubmatch(section, -1) {
				names = append(names, row[1])
				require.Regexp(t, "^(holds|exact: .*|violates .* as expected)$", row[2], row[1])
			}
			var want []string
			for _, m := range models(d.Name, deep) {
				want = append(want, m.about().name)
			}
			require.Equal(t, want, names, command)
		}
	}
	require.Empty(t, of, "sections of other commands")
}
