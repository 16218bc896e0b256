package conform_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/conform"
)

type pin struct {
	records, explained, inferred, skipped int
	commits, restarts                     int
	maxRound                              int32
	ends                                  string
}

// pinned is what judging each bundled log finds. A changed figure is explained in
// the commit that changes it.
var pinned = map[string]pin{
	"double-sign/node0":    {8875, 8874, 1, 0, 300, 0, 1, "301/0/NewHeight"},
	"kill-restart/node0":   {4596, 4596, 0, 0, 177, 0, 1, "178/0/Propose"},
	"kill-restart/node1":   {4387, 4387, 0, 0, 177, 2, 1, "178/0/Propose"},
	"kill-restart/node2":   {4554, 4554, 0, 0, 177, 0, 1, "178/0/Prevote"},
	"kill-restart/node3":   {4292, 4292, 0, 0, 177, 3, 1, "178/0/Propose"},
	"normal/node0":         {2003, 2003, 0, 0, 74, 0, 0, "75/0/Precommit"},
	"normal/node1":         {2015, 2015, 0, 0, 74, 0, 0, "75/0/Precommit"},
	"normal/node2":         {2058, 2058, 0, 0, 74, 0, 0, "75/0/Precommit"},
	"normal/node3":         {2004, 2004, 0, 0, 74, 0, 0, "75/0/Precommit"},
	"short-timeouts/node0": {14172, 14172, 0, 0, 92, 0, 11, "93/1/PrevoteWait"},
	"small-m038/node0":     {1168, 1167, 1, 0, 40, 1, 0, "41/0/NewHeight"},
	"small-m038/node1":     {1160, 1159, 1, 0, 40, 1, 0, "41/0/NewHeight"},
	"small-m038/node2":     {1148, 1148, 0, 0, 40, 1, 0, "41/0/NewHeight"},
	"small-m038/node3":     {1136, 1136, 0, 0, 40, 1, 0, "41/0/NewHeight"},
	"small-m1/node0":       {1034, 1033, 1, 0, 48, 1, 0, "49/0/NewHeight"},
	"small-m1/node1":       {1016, 1015, 1, 0, 48, 1, 0, "49/0/NewHeight"},
	"small-m1/node2":       {1043, 1043, 0, 0, 48, 1, 0, "49/0/NewHeight"},
	"small-m1/node3":       {1119, 1119, 0, 0, 48, 1, 0, "49/0/NewHeight"},
	"small-n038/node0":     {1379, 1379, 0, 0, 47, 0, 1, "48/0/Precommit"},
	"small-n038/node1":     {1325, 1325, 0, 0, 47, 0, 1, "48/0/Precommit"},
	"small-n038/node2":     {1332, 1332, 0, 0, 47, 1, 1, "48/0/Precommit"},
	"small-n038/node3":     {1315, 1315, 0, 0, 47, 2, 1, "48/0/Precommit"},
	"small-n1/node0":       {1242, 1242, 0, 0, 57, 0, 1, "58/0/NewHeight"},
	"small-n1/node1":       {1252, 1252, 0, 0, 57, 0, 1, "58/0/NewHeight"},
	"small-n1/node2":       {1252, 1252, 0, 0, 57, 1, 1, "58/0/NewHeight"},
	"small-n1/node3":       {1215, 1215, 0, 0, 57, 2, 1, "58/0/NewHeight"},
	"stop-resume/node0":    {4476, 4476, 0, 0, 162, 0, 2, "163/0/NewHeight"},
	"stop-resume/node2":    {4566, 4566, 0, 0, 162, 0, 2, "163/0/NewHeight"},
	"v1-normal/node0":      {2042, 2042, 0, 0, 76, 0, 0, "77/0/NewHeight"},
	"v1-normal/node1":      {2051, 2051, 0, 0, 76, 0, 0, "77/0/NewHeight"},
	"v1-normal/node2":      {2035, 2035, 0, 0, 76, 0, 0, "77/0/NewHeight"},
	"v1-normal/node3":      {2045, 2045, 0, 0, 76, 0, 0, "77/0/NewHeight"},
	"v1-stop-resume/node0": {4788, 4788, 0, 0, 172, 0, 1, "173/0/NewHeight"},
}

func pinOf(rep *conform.Report) pin {
	c := &rep.Counts
	return pin{c.Records, c.Explained, c.Inferred, c.Skipped, rep.Commits, rep.Restarts, rep.MaxRound, rep.Ends}
}

// TestBundledLogsConform: what nodes of CometBFT did is what the rules say.
func TestBundledLogsConform(t *testing.T) {
	logs, err := filepath.Glob(bundled("*", "node*"))
	require.NoError(t, err)
	require.Len(t, logs, len(pinned))
	for _, path := range logs {
		name := filepath.ToSlash(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rep, err := conform.File(t.Context(), path, conform.Options{})
			require.NoError(t, err)
			counted(t, rep)
			require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
			want := consensus.CometBFTv038
			if ofV1(name) {
				want = consensus.CometBFTv1
			}
			require.Equal(t, want.Rules.Name, rep.Dialect)
			require.Equal(t, want.Digest(), rep.Digest)
			require.NotEmpty(t, rep.Node)
			require.Empty(t, rep.Notes)
			require.Equal(t, pinned[name], pinOf(rep))
		})
	}
}

// ofV1 reports whether a bundled log was written by CometBFT v1.
func ofV1(name string) bool {
	return strings.HasPrefix(name, "v1-") || strings.HasSuffix(filepath.Dir(name), "1")
}

// underV1 is every log of v0.38 in which its older locks show: a locked node
// prevoted what v1 does not allow, and the rule of v1 that says otherwise.
var underV1 = map[string]struct {
	record int
	must   string
}{
	"short-timeouts/node0": {9291, "by rule enterPrevote.missing on doPrevote(offer=none backing=new timing=good lockOn=newer"},
	"stop-resume/node2":    {2192, "by rule enterPrevote.lockedElse on doPrevote(offer=valid backing=new timing=good lockOn=newer"},
}

// TestBundledLogsUnderTheOtherDialect: v0.38 and v1 differ in their locks, which
// seldom matter. No bundled log of v1 shows a difference.
func TestBundledLogsUnderTheOtherDialect(t *testing.T) {
	for name := range pinned {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := consensus.CometBFTv1.Rules.Name
			if ofV1(name) {
				other = consensus.CometBFTv038.Rules.Name
			}
			d, ok := consensus.DialectNamed(other)
			require.True(t, ok)
			rep, err := conform.File(t.Context(), bundled(filepath.FromSlash(name)), conform.Options{Dialect: d, TrustSignatures: true})
			require.NoError(t, err)
			counted(t, rep)
			require.Equal(t, other, rep.Dialect)
			if ofV1(name) {
				require.Equal(t, []string{"written by CometBFT v1; it is judged by the rules of cometbft-v0.38, whose locking differs"}, rep.Notes)
			}
			want, shows := underV1[name]
			if !shows {
				require.Equal(t, conform.Conforms, rep.Verdict, "%v", rep.Divergence)
				return
			}
			require.Equal(t, conform.Diverges, rep.Verdict)
			require.Equal(t, want.record, rep.Divergence.Record)
			require.Contains(t, rep.Divergence.Must, want.must)
		})
	}
}

// departures is how often a node did each thing that the paper has no rule for,
// and the record of the first time.
type departures map[string][2]int

// underPaper is every bundled log that departs from Algorithm 1.
var underPaper = map[string]departures{
	"kill-restart/node1":   {"commit-first": {36, 2648}, "unlock": {1, 2765}},
	"kill-restart/node3":   {"commit-first": {68, 392}},
	"short-timeouts/node0": {"commit-first": {4, 4249}, "precommit-before-leaving": {5, 447}, "prevote-the-lock": {3, 9289}},
	"small-m1/node2":       {"commit-first": {2, 360}},
	"small-n038/node3":     {"commit-first": {8, 480}},
	"small-n1/node1":       {"commit-first": {2, 6}},
	"small-n1/node3":       {"commit-first": {13, 426}},
	"stop-resume/node0":    {"commit-first": {2, 1947}},
	"stop-resume/node2":    {"commit-first": {12, 2127}, "precommit-before-leaving": {1, 2077}, "prevote-the-lock": {1, 2190}, "unlock": {1, 2197}},
	"v1-stop-resume/node0": {"commit-first": {8, 2206}},
}

// TestBundledLogsUnderThePaper: CometBFT v0.38 departs from Algorithm 1 where its
// locking rules are older, and nowhere else; a log in which that never mattered
// conforms to the paper.
func TestBundledLogsUnderThePaper(t *testing.T) {
	paper, ok := consensus.DialectNamed("paper")
	require.True(t, ok)
	for name := range pinned {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rep, err := conform.File(t.Context(), bundled(filepath.FromSlash(name)), conform.Options{Dialect: paper, TrustSignatures: true})
			require.NoError(t, err)
			counted(t, rep)
			require.Equal(t, pinned[name], pinOf(rep), "the log is followed as under the dialect that the node runs")
			require.Equal(t, "paper", rep.Dialect)
			got := departures{}
			for _, d := range rep.Departures {
				got[d.Difference] = [2]int{d.Count, d.First.Record}
				require.NotEmpty(t, d.First.Did)
			}
			if len(got) == 0 {
				got = nil
				require.Equal(t, conform.Conforms, rep.Verdict)
				require.Nil(t, rep.Divergence)
			} else {
				require.Equal(t, conform.Diverges, rep.Verdict)
				require.Equal(t, rep.Departures[0].First, rep.Divergence)
			}
			require.Equal(t, underPaper[name], got)
		})
	}
}
