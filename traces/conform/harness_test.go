package conform_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

// bundled gives a path inside the folder of recorded logs of CometBFT.
func bundled(elem ...string) string {
	return filepath.Join(append([]string{"..", "testdata", "cometbft"}, elem...)...)
}

// A recording is a log, decoded, and what it is judged against.
type recording struct {
	records []cometbft.Record
	opt     conform.Options
}

var (
	recordings   = map[string]recording{}
	recordingsMu sync.Mutex
)

// load decodes a bundled log, "scenario/node"; callers share the records.
func load(t testing.TB, log string) recording {
	t.Helper()
	recordingsMu.Lock()
	defer recordingsMu.Unlock()
	if r, ok := recordings[log]; ok {
		return r
	}
	path := bundled(filepath.FromSlash(log))
	var rec recording
	genesis, ok := cometbft.GenesisBeside(path)
	require.True(t, ok)
	require.NoError(t, rec.opt.UseGenesis(genesis))
	l, err := cometbft.Open(path)
	require.NoError(t, err)
	defer l.Close()
	for {
		r, err := l.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		rec.records = append(rec.records, r)
	}
	recordings[log] = rec
	return rec
}

// trusting is the recording, to be judged without checks of signatures.
func (r recording) trusting() recording {
	r.opt.TrustSignatures = true
	return r
}

// upTo is the recording up to the end of a height: shorter to judge.
func (r recording) upTo(height int64) recording {
	end := index(r.records, 0, func(rec *cometbft.Record) bool { return rec.EndHeight == height })
	r.records = r.records[:end+1]
	return r
}

// encode writes records as a node would.
func encode(t require.TestingT, records []cometbft.Record) []byte {
	var file []byte
	for i := range records {
		payload, err := cometbft.AppendPayload(nil, &records[i])
		require.NoError(t, err)
		file = cometbft.AppendFrame(file, payload)
	}
	return file
}

// judge writes the records to a file and judges it. The law of the counts is
// checked on the way, whatever the verdict is.
func (r recording) judge(t testing.TB, records []cometbft.Record) (*conform.Report, error) {
	t.Helper()
	return judgeFile(t, encode(t, records), r.opt)
}

func judgeFile(t testing.TB, file []byte, opt conform.Options) (*conform.Report, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wal")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return judgePath(t, path, opt)
}

func judgePath(t testing.TB, path string, opt conform.Options) (*conform.Report, error) {
	t.Helper()
	rep, err := conform.WAL(t.Context(), path, opt)
	require.NotErrorIs(t, err, conform.ErrDefect)
	if rep != nil {
		counted(t, rep)
	}
	return rep, err
}

// counted checks that every record is counted once.
func counted(t testing.TB, rep *conform.Report) {
	t.Helper()
	c := &rep.Counts
	require.Equal(t, c.Records, c.Explained+c.Inferred+c.Skipped+c.Unexplained)
	sum := 0
	for _, n := range c.Why {
		sum += n
	}
	require.Equal(t, c.Records, sum+c.Unexplained, "by reason")
	if rep.Verdict == conform.Conforms {
		require.Zero(t, c.Unexplained)
		require.Nil(t, rep.Divergence)
	}
}

// index finds the first record from a place on; -1 when there is none.
func index(records []cometbft.Record, from int, is func(*cometbft.Record) bool) int {
	for i := max(from, 0); i < len(records); i++ {
		if is(&records[i]) {
			return i
		}
	}
	return -1
}

func insert(records []cometbft.Record, at int, r cometbft.Record) []cometbft.Record {
	return slices.Insert(slices.Clone(records), at, r)
}

func drop(records []cometbft.Record, at int) []cometbft.Record {
	return slices.Delete(slices.Clone(records), at, at+1)
}

func change(records []cometbft.Record, at int, f func(*cometbft.Record)) []cometbft.Record {
	out := slices.Clone(records)
	f(&out[at])
	return out
}

// another is the id of a block that is none.
func another(id cometbft.BlockID) cometbft.BlockID {
	if id.IsNil() {
		hash := make([]byte, 32)
		return cometbft.BlockID{Hash: string(hash), PartsTotal: 1, PartsHash: string(hash)}
	}
	hash := []byte(id.Hash)
	hash[0] ^= 0xff
	id.Hash = string(hash)
	return id
}

func isStep(height int64, step string) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindStep && r.Step.Height == height && r.Step.Step == "RoundStep"+step
	}
}

func isOwnVote(height int64, kind cometbft.VoteType) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindVote && r.IsOwn() && r.Vote.Height == height && r.Vote.Type == kind
	}
}

func isPeerVote(height int64, kind cometbft.VoteType) func(*cometbft.Record) bool {
	return func(r *cometbft.Record) bool {
		return r.Kind == cometbft.KindVote && !r.IsOwn() && r.Vote.Height == height && r.Vote.Type == kind
	}
}
