package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// interrupted carries out a check, and stops it when its progress matches.
func interrupted(t *testing.T, progress string, args ...string) (status int, stderr string, c *checker) {
	t.Helper()
	f := checkFlags{given: map[string]bool{}}
	fs := newFlags("check", "")
	f.register(fs)
	require.NoError(t, fs.Parse(args))
	for _, name := range []string{"validators", "byzantine", "rounds"} {
		f.given[name] = strings.Contains(strings.Join(args, " "), "--"+name)
	}
	entries, err := f.entries()
	require.NoError(t, err)
	require.NoError(t, f.checkDirectory(entries))
	require.NoError(t, f.openDirectory())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs strings.Builder
	c = &checker{flags: f, stdout: io.Discard, stderr: &errs, teller: &teller{every: 1, out: when{regexp.MustCompile(progress), cancel}}}
	status = c.run(ctx, entries)
	return status, errs.String(), c
}

// TestResume stops a search of each kind of model in its middle, in memory and on
// disk: it goes on to the same counts.
func TestResume(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes seconds")
	}
	for _, row := range []struct{ name, middle, args, memory string }{
		{"soup", `2 of 2.*depth 6,`, "--rounds 1 --plain", ""},
		{"soup on disk", `depth 20,`, "--model correct-correct", "2MiB"},
		{"soup with fingerprints", `depth 6,`, "--model one-round --fingerprints 128", ""},
		{"counted, by size", `3 of 4.*depth 12,`, "--validators 7 --byzantine 2", ""},
		{"quotient", `depth 5,`, "--model v038-disagreement", ""},
		{"quotient, by size", `2 of \d+.*depth 6,`, "--dialect cometbft-v1 --rounds 2", ""},
		{"delivery", `depth 8,`, "--model delivery-one-round", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			args := strings.Fields(row.args)
			_, _, whole := interrupted(t, "never", args...)
			dir := filepath.Join(t.TempDir(), "saved")
			args = append(args, "--dir", dir)
			if row.memory != "" {
				args = append(args, "--mem", row.memory)
			}
			status, stderr, half := interrupted(t, row.middle, args...)
			require.Equal(t, exitInterrupted, status, "it has to be in the middle")
			require.Contains(t, stderr, "saved in "+dir+"; give the same flags and --resume to go on\n")
			if row.memory != "" {
				files, err := filepath.Glob(filepath.Join(dir, "1", "depth-*"))
				require.NoError(t, err)
				require.NotEmpty(t, files, "it went on there")
			}
			last := half.outcomes[len(half.outcomes)-1]
			full := whole.outcomes[len(half.outcomes)-1]
			require.Less(t, last.states, full.states)
			require.Positive(t, last.states)

			status, _, rest := interrupted(t, "never", append(args, "--resume")...)
			require.Equal(t, exitHolds, status)
			require.Len(t, rest.outcomes, len(whole.outcomes))
			for i := range whole.outcomes {
				want, got := whole.outcomes[i], rest.outcomes[i]
				require.Equal(t, want.figures.Levels, got.figures.Levels, want.name)
				require.Equal(t, want.figures.Coverage, got.figures.Coverage, want.name)
				require.Equal(t, want.transitions, got.transitions, want.name)
				require.Equal(t, want.says(), got.says())
			}
			require.NoDirExists(t, dir, "it is finished")
		})
	}
}

const killedDirectory = "POLKA_TEST_KILLED"

// TestKilled kills polka check several times in its middle, with no warning, and goes on
// with --resume: it ends with the counts of a search in memory. The command is this
// test in another process.
func TestKilled(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes seconds")
	}
	args := []string{"check", "--model", "correct-correct", "--json", "-"}
	if dir := os.Getenv(killedDirectory); dir != "" {
		args = append(args, "--mem", "4MiB", "--dir", dir, "--save-every", "200ms")
		if _, err := os.Stat(filepath.Join(dir, recordName)); err == nil {
			args = append(args, "--resume")
		}
		os.Exit(dispatch(t.Context(), commands(), args, os.Stdout, os.Stderr))
	}
	status, whole, _ := run(t, t.Context(), args...)
	require.Equal(t, exitHolds, status)
	dir := filepath.Join(t.TempDir(), "saved")
	killed, onDisk := 0, false
	for limit := time.Second; ; limit += time.Second {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
		c.Env = append(os.Environ(), killedDirectory+"="+dir)
		rest, err := c.Output()
		cancel()
		if err == nil {
			require.Equal(t, counted(t, whole), counted(t, string(rest)))
			break
		}
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, -1, exit.ExitCode(), "it was killed: %s", exit.Stderr)
		killed++
		files, err := filepath.Glob(filepath.Join(dir, "1", "depth-*"))
		require.NoError(t, err)
		onDisk = onDisk || len(files) > 0
	}
	require.Positive(t, killed)
	t.Logf("killed %d times", killed)
	require.True(t, onDisk, "it was killed after it had gone to disk")
	require.NoDirExists(t, dir, "it is finished")
}

// counted is the result of a check, in JSON, without what it took.
func counted(t *testing.T, result string) (models []map[string]any) {
	t.Helper()
	var all struct{ Models []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(result), &all))
	require.NotEmpty(t, all.Models)
	for _, m := range all.Models {
		delete(m, "seconds")
		delete(m, "bytes")
	}
	return all.Models
}

func TestResumeRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "saved")
	for _, row := range []struct{ args, want string }{
		{"--model one-round --resume", "--resume wants the --dir"},
		{"--model one-round --save-every 1s", "--save-every wants the --dir"},
		{"--model one-round --save-every 0s --dir DIR", "--save-every 0s, want a time such as 10m"},
		{"--model one-round --resume --dir DIR", "there is nothing to resume in "},
		{"--dir DIR", "--dir is for one --model or for a size"},
		{"--deep --dir DIR", "--dir is for one --model or for a size"},
		{"--dialect all --dir DIR", "--dir is for one --model or for a size"},
		{"--rounds 1 --exact --dir DIR", "--dir does not go with --exact"},
		{"--model exact-01 --dir DIR", "--dir does not go with exact-01: it holds two models against each other"},
		{"--model framed-01 --dir DIR", "--dir does not go with framed-01: an inquiry keeps more than its states"},
		{"--model one-round --fingerprints 32", "--fingerprints 32, want 64 or 128"},
		{"--rounds 1 --exact --fingerprints 64", "what is exact keeps its states in full"},
		{"--model one-round --dir /dev/null/x", "/dev/null"},
	} {
		status, _, stderr := run(t, t.Context(), append([]string{"check"}, strings.Fields(strings.ReplaceAll(row.args, "DIR", dir))...)...)
		require.Equal(t, exitUsage, status, row.args)
		require.Contains(t, stderr, row.want)
		require.NoDirExists(t, dir, row.args)
	}
	saved := []string{"--model", "correct-correct", "--dir", dir}
	status, _, _ := interrupted(t, `depth 5,`, saved...)
	require.Equal(t, exitInterrupted, status)
	status, _, stderr := run(t, t.Context(), append([]string{"check"}, saved...)...)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "has a check that was not finished: go on with --resume, or remove it")
	status, _, stderr = run(t, t.Context(), "check", "--model", "one-round", "--dir", dir, "--resume")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "is of another check, or of other rules: it was\nmodel \"correct-correct\"")

	record := filepath.Join(dir, recordName)
	text, err := os.ReadFile(record)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(record, []byte(strings.Replace(string(text), "paper ", "paper 0", 1)), 0o600))
	status, _, stderr = run(t, t.Context(), append([]string{"check", "--resume"}, saved...)...)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "or of other rules")
}

// TestRotation: one placement of a size, and it goes on as that one only.
func TestRotation(t *testing.T) {
	f := checkFlags{validators: 4, byzantine: 1, rounds: 2, dialect: "paper", rotation: "B 0", given: map[string]bool{"rounds": true}}
	for _, f.dialect = range []string{"paper", "cometbft-v1"} {
		entries, err := f.entries()
		require.NoError(t, err)
		require.Len(t, entries, 1)
		require.Contains(t, entries[0].about().instance, "[B 0]")
	}
	other := f
	other.rotation = "0 B"
	require.NotEqual(t, string(f.record()), string(other.record()))
}

// TestResumeAfterAViolation: the first model of two fails, and the second one is
// saved all the same.
func TestResumeAfterAViolation(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "saved")
	args := []string{"--byzantine", "2", "--rounds", "2", "--dir", dir}
	status, stderr, half := interrupted(t, `2 of \d+.*depth 1,`, args...)
	require.Equal(t, exitFails, status)
	require.Len(t, half.outcomes, 2)
	require.Contains(t, stderr, "saved in ")
	status, _, rest := interrupted(t, "never", append(args, "--resume")...)
	require.Equal(t, exitFails, status)
	require.Len(t, rest.outcomes, len(rest.entries))
	require.NoDirExists(t, dir)
}

// TestFingerprints: the counts are the same, and the verdict says what it rests on.
func TestFingerprints(t *testing.T) {
	status, stdout, _ := run(t, t.Context(), "check", "--model", "one-round", "--fingerprints", "64", "-v")
	require.Equal(t, exitHolds, status)
	require.Regexp(t, `(?m)^one-round +1500 +6796 +12 +\d+  holds, if no state was missed: probability 6\.1e-14 at most$`, stdout)
	require.Contains(t, stdout, "\n  fingerprints of 64 bits: a state was missed with probability 6.1e-14 at most\n")
}
