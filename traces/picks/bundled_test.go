package picks_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/picks"
)

func bundled(log string) string {
	return filepath.Join("..", "testdata", "cometbft", filepath.FromSlash(log), "node.log.zst")
}

// rows is what is pinned of a log: how many were sent by each row, and how many
// beliefs were printed; how often no vote was found to send.
type rows struct {
	votes, data map[string]int
	beliefs     int
	quiet       int
}

func rowsOf(rep *picks.Report) rows {
	data := map[string]int{}
	for _, c := range []picks.Counts{rep.Parts, rep.Proposals} {
		for row, n := range c.Rows {
			data[row] += n
		}
	}
	return rows{rep.Votes.Rows, data, rep.Beliefs.Printed, rep.Quiet.Sent}
}

// explained requires that everything is explained, and that every belief is what the
// rules lead to.
func explained(t *testing.T, rep *picks.Report) {
	t.Helper()
	for i := range rep.Odd {
		t.Error(rep.Odd[i].Text())
	}
	for _, d := range rep.Beliefs.Different {
		require.True(t, d.Doubtful, d.Text())
	}
	require.Equal(t, rep.Beliefs.Printed, rep.Beliefs.Same+len(rep.Beliefs.Different))
	for _, c := range []picks.Counts{rep.Votes, rep.Parts, rep.Proposals, rep.POLs, rep.Quiet} {
		require.Equal(t, c.Sent, c.Verdicts[picks.Explained])
	}
}

// TestBundledLogs: what nodes of CometBFT sent is what the rows say, and what they
// believed is what the updates say.
func TestBundledLogs(t *testing.T) {
	for log, want := range map[string]rows{
		"double-sign/node0":  {map[string]int{"V1": 30, "V2": 16, "V3": 171, "V4": 129, "V5": 11, "V7": 27}, map[string]int{"D1": 60, "D3": 1, "D4": 55}, 384, 263},
		"kill-restart/node1": {map[string]int{"V1": 7, "V3": 128, "V4": 98, "V5": 3, "V7": 30, "V8": 12}, map[string]int{"D1": 36, "D3": 8, "D4": 36}, 278, 203},
		"v1-normal/node0":    {map[string]int{"V1": 10, "V3": 105, "V4": 82, "V5": 9, "V7": 24}, map[string]int{"D1": 32, "D4": 32}, 230, 162},
	} {
		t.Run(log, func(t *testing.T) {
			rep, err := picks.File(t.Context(), bundled(log), picks.Options{})
			require.NoError(t, err)
			explained(t, rep)
			require.Equal(t, want, rowsOf(rep))
		})
	}
}
