package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

func sample(elem ...string) string {
	return filepath.Join(append([]string{"..", "..", "traces", "testdata"}, elem...)...)
}

func traceCheck(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return run(t, t.Context(), append([]string{"trace", "check"}, args...)...)
}

// copied puts the files of a folder of samples into a new one.
func copied(t *testing.T, from string, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		to := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o700))
		require.NoError(t, os.WriteFile(to, b, 0o600))
	}
	return dir
}

// broken writes the log of a node with one own precommit for another block, and
// the genesis beside it.
func broken(t *testing.T) string {
	t.Helper()
	dir := copied(t, sample("cometbft", "small-m038"), "genesis.json")
	l, err := cometbft.Open(sample("cometbft", "small-m038", "node0"))
	require.NoError(t, err)
	defer l.Close()
	var file []byte
	for {
		r, err := l.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if r.IsOwn() && r.Vote.Height == 5 && r.Vote.Type == cometbft.Precommit {
			r.Vote.BlockID = cometbft.BlockID{}
		}
		payload, err := cometbft.AppendPayload(nil, &r)
		require.NoError(t, err)
		file = cometbft.AppendFrame(file, payload)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "wal"), file, 0o600))
	return dir
}

// debugLog writes lines of a debug log.
func debugLog(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "node.log")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return path
}

func emptyLog(t *testing.T) string {
	t.Helper()
	return debugLog(t, `{"_msg":"Started node","level":"info","module":"main","ts":"2026-11-22T17:32:21Z"}`)
}

func plainLog(t *testing.T) string {
	t.Helper()
	return debugLog(t, "I[2026-11-22|17:32:21.864] Started node    module=main")
}

// badLog is a node that sent a prevote which it believed the peer to have.
func badLog(t *testing.T) string {
	t.Helper()
	const vote = "Vote{0:350B5C295791 1/00/SIGNED_MSG_TYPE_PREVOTE(Prevote) 23EE47D550F4 4181869CAEFF 000000000000 @ 2026-11-22T17:32:21.5Z}"
	return debugLog(t,
		`{"_msg":"entering new round","height":1,"module":"consensus","previous":"1/0/RoundStepNewHeight","round":0,"ts":"2026-11-22T17:32:21Z"}`,
		`{"_msg":"adding vote","cs_height":1,"module":"consensus","ts":"2026-11-22T17:32:22Z","val_index":0,"vote_height":1,"vote_type":"SIGNED_MSG_TYPE_PREVOTE"}`,
		`{"_msg":"added vote to prevote","module":"consensus","prevotes":"VoteSet{H:1 R:0 T:SIGNED_MSG_TYPE_PREVOTE +2/3:<nil>(0.25) BA{4:x___} map[]}","ts":"2026-11-22T17:32:22.1Z","vote":"`+vote+`"}`,
		`{"_msg":"Sending vote message","module":"consensus","ps":{"round_state":{"height":"1","round":0,"step":4,"start_time":"2026-11-22T17:32:21.9Z","proposal":false,"proposal_block_part_set_header":{"total":0,"hash":""},"proposal_block_parts":null,"proposal_pol_round":-1,"proposal_pol":"____","prevotes":"x___","precommits":"____","last_commit_round":-1,"last_commit":null,"catchup_commit_round":-1,"catchup_commit":"____"}},"ts":"2026-11-22T17:32:23Z","vote":"`+vote+`"}`)
}

func TestTraceCheck(t *testing.T) {
	doubleSign := copied(t, sample("cometbft", "double-sign"), "genesis.json", "node0/cs.wal.tar.zst")
	lone := copied(t, sample("cometbft", "small-m038", "node0"), "cs.wal.tar.zst")
	genesis := sample("cometbft", "small-m038", "genesis.json")
	empty := t.TempDir()
	for _, c := range []struct {
		name   string
		args   []string
		status int
		stdout string
		stderr string
	}{
		{"a node", []string{sample("cometbft", "small-m038", "node0")}, exitHolds, "CONFORMS under cometbft-v0.38\n", ""},
		{"a node of v1", []string{sample("cometbft", "small-m1", "node0")}, exitHolds, "CONFORMS under cometbft-v1\n", ""},
		{"a node of v0.38 under v1", []string{"--dialect", "cometbft-v1", "--trust-signatures", sample("cometbft", "stop-resume", "node2")}, exitFails, "by rule enterPrevote.lockedElse", ""},
		{"a folder of nodes", []string{sample("cometbft", "small-m038")}, exitHolds, "node3: CONFORMS", ""},
		{"a trace of ours", []string{sample("polka", "normal", "node0.ndjson.zst")}, exitHolds, "CONFORMS under paper\n", ""},
		{"a folder of traces", []string{sample("polka", "normal")}, exitHolds, "node2.ndjson.zst: CONFORMS", ""},
		{"several", []string{sample("polka", "normal"), sample("cometbft", "small-m1", "node0")}, exitHolds, "CONFORMS under cometbft-v1\n", ""},
		{"reasons", []string{"-v", sample("cometbft", "small-m1", "node0")}, exitHolds, "fired addVote.commit", ""},
		{"restarts", []string{sample("cometbft", "small-m038", "node0")}, exitHolds, "  assumed once: restart, with a replay of the height's inputs\n", ""},
		{"a divergence", []string{broken(t)}, exitFails, "fails  no +2/3 PREVOTE(h, r, one value or nil)\n", ""},
		{"a divergence and a missing path", []string{broken(t), "/nowhere"}, exitFails, "DIVERGES", "/nowhere"},
		{"the paper", []string{"--dialect", "paper", sample("cometbft", "stop-resume", "node2")}, exitFails, "departs from the paper once: unlock; first here\n", ""},
		{"an unknown dialect", []string{"--dialect", "latin", lone}, exitUsage, "", `there is no dialect "latin"; there are: auto, paper, cometbft-v0.38, cometbft-v1`},
		{"ours under another dialect", []string{"--dialect", "cometbft-v0.38", sample("polka", "normal")}, exitUsage, "", "is judged against the paper, not against cometbft-v0.38"},
		{"no genesis", []string{lone}, exitUsage, "", "give it with --genesis"},
		{"genesis given", []string{"--genesis", genesis, "--trust-signatures", lone}, exitHolds, "CONFORMS", ""},
		{"genesis missing", []string{"--genesis", "/nowhere", lone}, exitUsage, "", "/nowhere"},
		{"changing validators", []string{doubleSign}, exitUsage, "UNFINISHED", "give the sets by height with --validators"},
		{"validators given", []string{"--validators", sample("cometbft", "double-sign", "heights.jsonl.zst"), doubleSign}, exitHolds, "CONFORMS", ""},
		{"validators beside the genesis", []string{"--genesis", sample("cometbft", "double-sign", "genesis.json"), doubleSign}, exitHolds, "CONFORMS", ""},
		{"validators that are none", []string{"--validators", genesis, lone}, exitUsage, "", "genesis.json"},
		{"a wrong flag", []string{"--speed", lone}, exitUsage, "", `run "polka trace check -h" for its flags`},
		{"no path", nil, exitUsage, "", "name at least one log"},
		{"a path that is not there", []string{"/nowhere"}, exitUsage, "", "/nowhere"},
		{"an empty folder", []string{empty}, exitUsage, "", "no log is in it"},
		{"a debug log", []string{sample("cometbft", "v1-normal", "node0", "node.log.zst")}, exitHolds, "EXPLAINED by the rows of gossip\n", ""},
		{"a debug log and a node", []string{"-q", sample("cometbft", "v1-normal", "node0", "node.log.zst"), sample("cometbft", "small-m1", "node0")}, exitHolds, "1 debug logs: 294 sent, 294 explained by rows\n1 logs: 1 conforms", ""},
		{"a debug log of a node that sent what no row sends", []string{badLog(t)}, exitFails, "      the peer is believed to have it: ", ""},
		{"a debug log with nothing in it", []string{emptyLog(t)}, exitUsage, "NOTHING by the rows of gossip\n", ""},
		{"a debug log under a dialect", []string{"--dialect", "paper", emptyLog(t)}, exitUsage, "", "--dialect does not apply to it"},
		{"a plain debug log", []string{plainLog(t)}, exitUsage, "", "only log_format = \"json\" is read"},
		{"a foreign file", []string{genesis}, exitUsage, "", "not a CometBFT write-ahead log"},
		{"help", []string{"-h"}, exitHolds, "usage: polka trace check", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := traceCheck(t, c.args...)
			require.Equal(t, c.status, status, "%s%s", stdout, stderr)
			require.Contains(t, stdout, c.stdout)
			require.Contains(t, stderr, c.stderr)
			require.Equal(t, c.stderr == "", stderr == "", stderr)
		})
	}
}

func TestTraceCommand(t *testing.T) {
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{[]string{"trace"}, exitUsage, "", "say what to do with the trace: check"},
		{[]string{"trace", "-h"}, exitHolds, "usage: polka trace check", ""},
		{[]string{"trace", "judge"}, exitUsage, "", `there is nothing called "judge" to do with a trace`},
	} {
		status, stdout, stderr := run(t, t.Context(), c.args...)
		require.Equal(t, c.status, status)
		require.Contains(t, stdout, c.stdout)
		require.Contains(t, stderr, c.stderr)
	}
}

// TestTraceCheckChangedValidators: the error names the height.
func TestTraceCheckChangedValidators(t *testing.T) {
	dir := copied(t, sample("cometbft", "double-sign"), "genesis.json", "node0/cs.wal.tar.zst")
	_, stdout, stderr := traceCheck(t, dir)
	require.Regexp(t, `record \d+: the block of height \d+ names other validators for height \d+ than those given \(the ValidatorsHash differs\)`, stderr)
	require.NotContains(t, stdout, "CONFORMS")
}

// TestTraceCheckFindsUnreadable: a node of a folder whose log cannot be read is
// not passed over.
func TestTraceCheckFindsUnreadable(t *testing.T) {
	dir := copied(t, sample("cometbft", "small-m038"), "genesis.json", "node0/cs.wal.tar.zst")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "node1", "cs.wal"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "node1", "cs.wal", "wal"), nil, 0o600))
	status, stdout, stderr := traceCheck(t, dir)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stdout, "node0: CONFORMS")
	require.Contains(t, stderr, "node1")
}

// TestTraceCheckNothing: a log without a whole height is no pass.
func TestTraceCheckNothing(t *testing.T) {
	dir := copied(t, sample("cometbft", "small-m038"), "genesis.json")
	l, err := cometbft.Open(sample("cometbft", "small-m038", "node0"))
	require.NoError(t, err)
	defer l.Close()
	_, err = l.Next()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "wal"), cometbft.AppendFrame(nil, l.Payload()), 0o600))
	status, stdout, _ := traceCheck(t, dir)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stdout, "NOTHING JUDGED")
	require.Contains(t, stdout, "not a pass")
}

// TestTraceCheckJSON: the report is JSON with the fields that docs/json.md names.
func TestTraceCheckJSON(t *testing.T) {
	status, stdout, stderr := traceCheck(t, "--json", "-", broken(t), sample("polka", "normal", "node0.ndjson.zst"))
	require.Equal(t, exitFails, status)
	require.Empty(t, stderr)
	var out struct {
		Exit    int              `json:"exit"`
		Reports []map[string]any `json:"reports"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &out))
	require.Equal(t, exitFails, out.Exit)
	require.Len(t, out.Reports, 2)
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(doc), "## polka trace check --json\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if name != "why" && name != "assumed" && name != "rules" {
					require.Regexp(t, "[\"`.]"+name+"[\"`]", section)
					walk(inner)
				}
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	for _, r := range out.Reports {
		walk(r)
	}

	file := filepath.Join(t.TempDir(), "out.json")
	_, stdout, _ = traceCheck(t, "--json", file, sample("polka", "normal", "node0.ndjson.zst"))
	require.Contains(t, stdout, "CONFORMS")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	var in struct{ Reports []conform.Report }
	require.NoError(t, json.Unmarshal(written, &in))
	require.Equal(t, conform.Conforms, in.Reports[0].Verdict)

	status, _, stderr = traceCheck(t, "--json", "/nowhere/out.json", sample("polka", "normal", "node0.ndjson.zst"))
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "/nowhere/out.json")
}

// stopping cancels a context when something is written.
type stopping struct {
	bytes.Buffer
	stop context.CancelCauseFunc
}

func (s *stopping) Write(b []byte) (int, error) {
	s.stop(errors.New("interrupt signal received"))
	return s.Buffer.Write(b)
}

// TestTraceCheckInterrupted: whoever is stopped in the middle gets exit status 3,
// and what was not judged is not called conforming; the cause of the context may
// be any error.
func TestTraceCheckInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupt signal received"))
	status, stdout, stderr := run(t, ctx, "trace", "check", sample("cometbft", "small-m038"))
	require.Equal(t, exitInterrupted, status)
	require.NotContains(t, stdout, "CONFORMS")
	require.Contains(t, stdout, "UNFINISHED")
	require.Contains(t, stderr, "interrupt signal received")

	ctx, cancel = context.WithCancelCause(t.Context())
	out := &stopping{stop: cancel}
	file := filepath.Join(t.TempDir(), "out.json")
	var complaints strings.Builder
	status = runTrace(ctx, []string{"check", "--json", file, sample("cometbft", "small-m038")}, out, &complaints)
	require.Equal(t, exitInterrupted, status)
	require.Equal(t, 1, strings.Count(out.String(), "CONFORMS"), "the first log was judged")
	require.Equal(t, 1, strings.Count(out.String(), "UNFINISHED"))
	require.Contains(t, complaints.String(), "2 of 4 logs not begun")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(written), `"exit": 3`)
}
