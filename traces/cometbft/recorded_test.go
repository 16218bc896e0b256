package cometbft_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
)

// recorded gives a path inside the folder of recorded logs.
func recorded(elem ...string) string {
	return filepath.Join(append([]string{"..", "testdata", "cometbft"}, elem...)...)
}

// recordedNodes gives the folders of all recorded nodes.
func recordedNodes(t *testing.T) []string {
	t.Helper()
	nodes, err := filepath.Glob(recorded("*", "node*"))
	require.NoError(t, err)
	require.NotEmpty(t, nodes)
	return nodes
}

// eachRecord opens the log at path and calls f for its records up to io.EOF.
func eachRecord(t testing.TB, path string, f func(l *cometbft.Log, r *cometbft.Record)) cometbft.Stats {
	t.Helper()
	l, err := cometbft.Open(path)
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	for {
		r, err := l.Next()
		if errors.Is(err, io.EOF) {
			_, torn := l.Torn()
			assert.False(t, torn, path)
			assert.Empty(t, l.Irregularities(), path)
			return l.Stats()
		}
		require.NoError(t, err, path)
		f(l, &r)
	}
}

// oracleKind names a record as stats.json does.
func oracleKind(r *cometbft.Record) string {
	from := "peer"
	if r.IsOwn() {
		from = "own"
	}
	switch r.Kind {
	case cometbft.KindStep:
		return "RoundState"
	case cometbft.KindTimeout:
		return fmt.Sprintf("Timeout(step=%d)", r.Timeout.Step)
	case cometbft.KindEndHeight:
		return "EndHeight"
	case cometbft.KindBlockPart:
		return "BlockPart:" + from
	case cometbft.KindProposal:
		return "Proposal:" + from
	case cometbft.KindVote:
		if r.Vote.BlockID.IsNil() {
			return r.Vote.Type.String() + "(nil):" + from
		}
		return r.Vote.Type.String() + ":" + from
	}
	return r.Kind.String()
}

// The oracle was counted with CometBFT's own decoder over all nodes of a
// scenario, so it serves where all nodes are here.
func TestCountsAgreeWithCometBFT(t *testing.T) {
	for _, scenario := range []string{"normal", "v1-normal", "kill-restart"} {
		t.Run(scenario, func(t *testing.T) {
			var stats struct {
				Kinds map[string]int `json:"wal_kinds"`
			}
			b, err := os.ReadFile(recorded(scenario, "stats.json"))
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(b, &stats))

			got := map[string]int{}
			for n := range 4 {
				eachRecord(t, recorded(scenario, fmt.Sprintf("node%d", n)), func(_ *cometbft.Log, r *cometbft.Record) {
					got[oracleKind(r)]++
					got["total"]++
				})
			}
			assert.Equal(t, stats.Kinds, got)
		})
	}
}

// pinned are the counts of recorded logs: steps, proposals, parts, votes,
// timeouts, ends of heights. For whole scenarios CometBFT agreed with them.
var pinned = map[string][6]int64{
	"double-sign/node0":    {1504, 850, 856, 5062, 302, 301},
	"kill-restart/node3":   {875, 312, 410, 2359, 158, 178},
	"normal/node0":         {374, 166, 167, 1145, 76, 75},
	"short-timeouts/node0": {2538, 1072, 1090, 7980, 1399, 93},
	"small-m038/node0":     {202, 97, 97, 689, 42, 41},
	"small-m038/node1":     {202, 96, 96, 683, 42, 41},
	"small-m038/node2":     {199, 93, 92, 683, 40, 41},
	"small-m038/node3":     {199, 92, 94, 670, 40, 41},
	"small-m1/node0":       {238, 99, 89, 509, 50, 49},
	"small-m1/node1":       {240, 103, 86, 488, 50, 49},
	"small-m1/node2":       {236, 101, 92, 517, 48, 49},
	"small-m1/node3":       {236, 110, 104, 572, 48, 49},
	"small-n038/node0":     {242, 113, 112, 813, 51, 48},
	"small-n038/node1":     {242, 107, 106, 771, 51, 48},
	"small-n038/node2":     {241, 113, 113, 767, 50, 48},
	"small-n038/node3":     {234, 103, 115, 770, 45, 48},
	"small-n1/node0":       {293, 122, 108, 599, 62, 58},
	"small-n1/node1":       {288, 120, 115, 609, 62, 58},
	"small-n1/node2":       {292, 108, 101, 632, 61, 58},
	"small-n1/node3":       {280, 111, 115, 597, 54, 58},
	"stop-resume/node0":    {841, 359, 366, 2561, 186, 163},
	"stop-resume/node2":    {837, 377, 400, 2612, 177, 163},
	"v1-normal/node0":      {378, 168, 166, 1177, 76, 77},
	"v1-stop-resume/node0": {901, 386, 394, 2738, 196, 173},
}

func TestCountsArePinned(t *testing.T) {
	for node, want := range pinned {
		stats := eachRecord(t, recorded(filepath.FromSlash(node)), func(*cometbft.Log, *cometbft.Record) {})
		assert.Equal(t, want, [6]int64(stats.Kinds[cometbft.KindStep:cometbft.KindOther]), node)
		assert.Zero(t, stats.Kinds[cometbft.KindOther], node)
		assert.Empty(t, stats.Unknown, node)
	}
}

func TestRecordedPayloadsEncodeToTheSameBytes(t *testing.T) {
	for _, node := range recordedNodes(t) {
		next, offset := 0, int64(0)
		eachRecord(t, node, func(l *cometbft.Log, r *cometbft.Record) {
			got, err := cometbft.AppendPayload(nil, r)
			require.NoError(t, err, r)
			if !bytes.Equal(l.Payload(), got) {
				require.Equal(t, l.Payload(), got, r.String())
			}
			if next != r.Index || offset != r.Offset {
				require.Fail(t, "the place is wrong", "%s %v: index %d, offset %d expected", node, r, next, offset)
			}
			next, offset = next+1, offset+int64(r.Size)
		})
	}
}

// Only v1 logs when a message arrived, and only for proposals.
func TestReceiveTimeOfV1(t *testing.T) {
	for scenario, logged := range map[string]bool{"small-m1": true, "small-m038": false} {
		eachRecord(t, recorded(scenario, "node0"), func(_ *cometbft.Log, r *cometbft.Record) {
			want := logged && r.Kind == cometbft.KindProposal
			assert.Equal(t, want, !r.ReceiveTime.IsZero(), r)
			assert.False(t, r.ReceiveTime.After(r.Time), r)
		})
	}
}
