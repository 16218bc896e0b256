package conform_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

// TestOldestFilesDeleted: CometBFT deletes its oldest files, so that a log begins
// anywhere. What is left conforms from the first whole height on, and what comes
// before is skipped.
func TestOldestFilesDeleted(t *testing.T) {
	for _, name := range []string{"small-n038/node3", "small-m1/node0", "normal/node1", "short-timeouts/node0", "kill-restart/node3"} {
		t.Run(name, func(t *testing.T) {
			log, err := cometbft.Open(bundled(filepath.FromSlash(name)))
			require.NoError(t, err)
			defer log.Close()
			var frames [][]byte
			for {
				if _, err := log.Next(); err != nil {
					break
				}
				frames = append(frames, cometbft.AppendFrame(nil, log.Payload()))
			}
			genesis, ok := cometbft.GenesisBeside(bundled(filepath.FromSlash(name)))
			require.True(t, ok)
			var opt conform.Options
			require.NoError(t, opt.UseGenesis(genesis))
			opt.TrustSignatures = true
			for cut := 1; cut < len(frames)-200; cut += 1 + len(frames)/60 {
				path := filepath.Join(t.TempDir(), "wal.001")
				var rest []byte
				for _, f := range frames[cut:] {
					rest = append(rest, f...)
				}
				require.NoError(t, os.WriteFile(path, rest, 0o600))
				rep, err := conform.WAL(t.Context(), path, opt)
				require.NoError(t, err, "cut before record %d", cut)
				require.Equal(t, conform.Conforms, rep.Verdict, "cut before record %d: %v", cut, rep.Divergence)
				require.Positive(t, rep.Counts.Skipped)
				require.Less(t, rep.Counts.Skipped, 400, "cut before record %d", cut)
			}
		})
	}
}

// TestGenesisOfAnotherChain: a wrong genesis is the fault of who gave it, not of
// the node.
func TestGenesisOfAnotherChain(t *testing.T) {
	var opt conform.Options
	require.NoError(t, opt.UseGenesis(bundled("small-n1", "genesis.json")))
	rep, err := conform.WAL(t.Context(), bundled("small-n038", "node3"), opt)
	require.ErrorContains(t, err, "give the right one with --genesis")
	require.Nil(t, rep.Divergence)
	require.Equal(t, conform.Unfinished, rep.Verdict)
}

// TestLateOwnVote: a node may take a vote of its own from its queue some heights
// late. It is compared all the same, and one of a height that is not judged is
// counted as inferred.
func TestLateOwnVote(t *testing.T) {
	rec := load(t, "small-n038/node0").trusting()
	late := func(height int64, id func(cometbft.BlockID) cometbft.BlockID) ([]cometbft.Record, int) {
		at := index(rec.records, 0, isOwnVote(4, cometbft.Precommit))
		vote := rec.records[at]
		vote.Vote.BlockID = id(vote.Vote.BlockID)
		after := index(rec.records, at, isStep(height, "Propose")) + 1
		return insert(rec.records, after, vote), after
	}
	same := func(id cometbft.BlockID) cometbft.BlockID { return id }

	records, _ := late(8, same)
	rep, err := rec.judge(t, records)
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, rep.Verdict)

	records, at := late(8, another)
	rep, err = rec.judge(t, records)
	require.NoError(t, err)
	require.Equal(t, conform.Diverges, rep.Verdict)
	require.Equal(t, at, rep.Divergence.Record)
	require.Contains(t, rep.Divergence.Must, "a double sign")

	records, _ = late(30, same)
	rep, err = rec.judge(t, records)
	require.NoError(t, err)
	require.Equal(t, conform.Conforms, rep.Verdict)
	require.Equal(t, 1, rep.Counts.Inferred)
}
