package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/mechanical"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/conform"
)

// logsOf are bundled logs, which conform.
func logsOf(t *testing.T, elem ...string) recordedLogs {
	t.Helper()
	logs, err := conformingLogs(t.Context(), []string{sample(append([]string{"cometbft"}, elem...)...)})
	require.NoError(t, err)
	return logs
}

// alikeMutant is a trial in which no model told the mutant from the rules.
func alikeMutant(t *testing.T, d *consensus.Dialect, name string) score.Trial {
	t.Helper()
	all := mechanical.Mutants(d)
	i := slices.IndexFunc(all, func(m score.Mutant) bool { return m.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return score.Trial{Mutant: &all[i], Fate: score.Alike, By: "does the same on every instance"}
}

func dialect(t *testing.T, name string) *consensus.Dialect {
	t.Helper()
	d, ok := consensus.DialectNamed(name)
	require.True(t, ok)
	return d
}

// TestOnlyALogKills: a node logs step Commit before it decides. The models do not
// look at the log of a node that commits.
func TestOnlyALogKills(t *testing.T) {
	logs := logsOf(t, "small-m1")
	d := dialect(t, "cometbft-v1")
	trial := alikeMutant(t, d, "enterCommit.locked without LogStep")
	require.NoError(t, logs.try(t.Context(), d, &trial))
	require.Equal(t, score.Killed, trial.Fate)
	require.Equal(t, "a recorded log", trial.By)
	require.Equal(t, &score.Departure{
		Log: filepath.ToSlash(sample("cometbft", "small-m1", "node0")), Record: 14, Height: 2,
		Did: "logged step 1/0/Commit", Must: "demand the end of height 1, by rule tryFinalizeCommit",
	}, trial.Departure)

	text, c := tell([]score.Trial{trial}, nil)
	require.Contains(t, text, "\n1 mechanical mutants: 1 killed, 0 of them by the compiler, 1 by a recorded log alone, 0 equivalent,")
	c.logs, c.flags.dialect = logs, d.Name
	out, err := json.Marshal(c.json())
	require.NoError(t, err)
	got := decode(t, string(out))["mechanical"].(map[string]any)
	require.Len(t, got["logs"], 4)
	row := got["mutants"].([]any)[0].(map[string]any)
	want := documented(t, 3)
	require.Equal(t, keys(want), keys(row))
	require.Equal(t, keys(want["departure"].(map[string]any)), keys(row["departure"].(map[string]any)))
	require.InDelta(t, 1, got["score"].(map[string]any)["logged"], 0)
}

// TestNoLogKills: a log that conforms to a mutant leaves it what it was, and so does
// one that makes no observation on which the mutant differs.
func TestNoLogKills(t *testing.T) {
	logs := logsOf(t, "small-m1")
	d := dialect(t, "cometbft-v1")
	for name, like := range map[string]spec.Likeness{
		"enterNewRound.first with SetStepNewRound before SetRound": spec.Different, // and the order does not matter
		`txs.propose without "round = 0"`:                          spec.SameIfMade,
	} {
		trial := alikeMutant(t, d, name)
		before := trial
		table, err := spec.CompileMutant(trial.Mutant.Rules)
		require.NoError(t, err)
		require.Equal(t, like, spec.Compare(d.Table, table, logs[d.Name].census.Made))
		require.NoError(t, logs.try(t.Context(), d, &trial))
		require.Equal(t, before, trial)
	}
	// What is killed already is not tried, nor what is equivalent.
	for _, fate := range []score.Fate{score.Killed, score.Equivalent} {
		trial := alikeMutant(t, d, "enterCommit.locked without LogStep")
		trial.Fate = fate
		require.NoError(t, logs.try(t.Context(), d, &trial))
		require.Nil(t, trial.Departure)
	}
	// Without logs of the dialect nothing is.
	trial := alikeMutant(t, d, "enterCommit.locked without LogStep")
	require.NoError(t, logsOf(t, "small-m038").try(t.Context(), d, &trial))
	require.Nil(t, trial.Departure)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, logs.try(ctx, d, &trial), mechanical.ErrUnfinished)
}

// A log that makes the judge of a mutant fail is no departure: an observation that
// the rules call impossible.
func TestDefectKillsNothing(t *testing.T) {
	logs := logsOf(t, "small-n038", "node3")
	d := dialect(t, "cometbft-v0.38")
	trial := alikeMutant(t, d, "enterPrecommit.lock without LockHeld")
	mutant := *d
	var err error
	mutant.Table, err = spec.CompileMutant(trial.Mutant.Rules)
	require.NoError(t, err)
	_, err = conform.File(t.Context(), logs.of(d.Name)[0], conform.Options{Dialect: &mutant, TrustSignatures: true})
	require.ErrorIs(t, err, conform.ErrDefect)
	require.NoError(t, logs.try(t.Context(), d, &trial))
	require.Nil(t, trial.Departure)
}

// TestLogsAreRefused: what departs from the rules themselves says nothing of a mutant.
func TestLogsAreRefused(t *testing.T) {
	lone := copied(t, sample("cometbft", "small-m038", "node0"), "cs.wal.tar.zst")
	for _, tt := range []struct{ dialect, logs, want string }{
		{"cometbft-v0.38", broken(t), "--logs: a log that departs from the rules of cometbft-v0.38 themselves: "},
		{"cometbft-v1", sample("cometbft", "small-m038"), "--logs: none is of a node that runs cometbft-v1"},
		{"all", sample("cometbft", "small-m1"), "--logs: none is of a node that runs cometbft-v0.38"},
		{"cometbft-v1", sample("polka", "normal"), "--logs: none is of a node that runs cometbft-v1"},
		{"cometbft-v1", lone, "no genesis.json beside "},
		{"cometbft-v1", "nowhere", "--logs: stat nowhere"},
		{"paper", sample("cometbft", "small-m1"), "--logs are of nodes of CometBFT: name the rules that they run with --dialect"},
	} {
		status, stdout, stderr := run(t, t.Context(), "mutants", "--mechanical", "--dialect", tt.dialect, "--logs", tt.logs)
		require.Equal(t, exitUsage, status, stdout)
		require.Contains(t, stderr, tt.want)
		require.Empty(t, stdout)
	}
}

// TestPageSaysWhichLog: each log kills what docs/mutants-results.md says, there.
func TestPageSaysWhichLog(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "mutants-results.md"))
	require.NoError(t, err)
	for _, d := range consensus.Dialects[1:] {
		_, section, found := strings.Cut(string(text), "\n## "+d.Name+"\n")
		require.True(t, found)
		section, _, _ = strings.Cut(section, "\n## ")
		rows := departures(t, section)
		require.NotEmpty(t, rows)
		for name, want := range rows {
			logs, err := conformingLogs(t.Context(), []string{filepath.Join("..", "..", want.Log)})
			require.NoError(t, err)
			trial := alikeMutant(t, d, name)
			require.NoError(t, logs.try(t.Context(), d, &trial))
			require.NotNil(t, trial.Departure, name)
			require.Equal(t, [2]int64{int64(want.Record), want.Height}, [2]int64{int64(trial.Departure.Record), trial.Departure.Height}, name)
		}
	}
}
