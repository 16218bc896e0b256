package debuglog_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/debuglog"
)

const (
	sendLine = `{"_msg":"Sending vote message","level":"debug","module":"consensus","ps":{"round_state":{"height":"15","round":0,"step":3,"start_time":"2026-11-22T17:32:23.884417543Z","proposal":true,"proposal_block_part_set_header":{"total":1,"hash":"5A0C"},"proposal_block_parts":"x","proposal_pol_round":-1,"proposal_pol":"____","prevotes":"__x_","precommits":null,"last_commit_round":0,"last_commit":"xxxx","catchup_commit_round":2,"catchup_commit":"_xx_"},"stats":{"votes":"2","block_parts":"0"}},"ts":"2026-11-22T17:32:23.89734201Z","vote":"Vote{2:841196D4283D 15/00/SIGNED_MSG_TYPE_PREVOTE(Prevote) 1E3BE5F6656E A76696775B6F 000000000000 @ 2026-11-22T17:32:23.881590804Z}"}`
	partLine = `{"_msg":"Receive","chId":33,"level":"debug","module":"consensus","msg":"[BlockPart H:1 R:0 P:Part{#3\n  Bytes: 0AB2020A0408...\n  Proof: Proof{\n    Aunts: []\n  }\n}]","src":"Peer{MConn{127.0.0.1:1} aa in}","ts":"2026-11-22T17:32:21Z"}`
	noLine   = `{"_msg":"service start","impl":"P2P Switch","level":"info","module":"p2p","msg":"Starting P2P Switch service","ts":"2026-11-22T17:33:57Z"}`
)

func read(t *testing.T, text string) (*debuglog.Log, []debuglog.Record, []*debuglog.LineError) {
	t.Helper()
	l := debuglog.NewLog("node.log", strings.NewReader(text))
	var records []debuglog.Record
	var bad []*debuglog.LineError
	for {
		r, err := l.Next()
		var line *debuglog.LineError
		switch {
		case errors.Is(err, io.EOF):
			return l, records, bad
		case errors.As(err, &line):
			bad = append(bad, line)
		default:
			require.NoError(t, err)
			records = append(records, r)
		}
	}
}

func TestVoteIsRead(t *testing.T) {
	l, records, bad := read(t, noLine+"\n"+sendLine+"\n"+partLine)
	require.Empty(t, bad)
	require.Len(t, records, 2)
	require.Equal(t, 3, l.Lines())
	require.Equal(t, map[string]int{"p2p: service start": 1}, l.Others())

	r := records[0]
	require.Equal(t, debuglog.VoteSent, r.Kind)
	require.Equal(t, 2, r.Line)
	require.Equal(t, int64(len(noLine)+1), r.Offset)
	require.Equal(t, debuglog.Belief{
		Height: 15, Step: 3, StartTime: time.Date(2026, 11, 22, 17, 32, 23, 884417543, time.UTC), Proposal: true,
		Header: debuglog.Header{Total: 1, Hash: "5A0C"}, Parts: "x", POLRound: -1, POL: "____", Prevotes: "__x_",
		LastCommit: "xxxx", CatchupCommitRound: 2, CatchupCommit: "_xx_",
	}, r.Belief)
	require.Equal(t, debuglog.Vote{
		Index: 2, Address: "841196D4283D", Height: 15, Type: debuglog.Prevote, Block: "1E3BE5F6656E", Signature: "A76696775B6F",
		Time: time.Date(2026, 11, 22, 17, 32, 23, 881590804, time.UTC),
	}, r.Vote)
	require.Equal(t, 3, records[1].Message.Index)
}

// Messages as v0.38 and v1 print them.
func TestMessagesAreRead(t *testing.T) {
	const prevote, precommit = "SIGNED_MSG_TYPE_PREVOTE", "SIGNED_MSG_TYPE_PRECOMMIT"
	for text, want := range map[string]debuglog.Message{
		"[NewRoundStep H:7 R:2 S:RoundStepPrecommitWait LCR:-1]":              {Kind: debuglog.NewRoundStep, Height: 7, Round: 2, Step: 7, LastCommitRound: -1},
		"[ValidBlockMessage H:7 R:1 BP:2:05116DEE BA:BA{2:x_} IsCommit:true]": {Kind: debuglog.NewValidBlock, Height: 7, Round: 1, Header: debuglog.Header{Total: 2, Hash: "05116DEE"}, Bits: "x_", IsCommit: true},
		"[HasVote VI:3 V:{7/10/" + prevote + "}]":                             {Kind: debuglog.HasVote, Index: 3, Height: 7, Round: 10, Type: debuglog.Prevote},
		"[HasProposalBlockPart PI:1 HR:{7/00}]":                               {Kind: debuglog.HasProposalBlockPart, Index: 1, Height: 7},
		"[VSM23 7/00/" + prevote + " :0:000000000000]":                        {Kind: debuglog.VoteSetMaj23, Height: 7, Type: debuglog.Prevote},
		"[VSB 7/01/" + precommit + " 564E:1:FCE6 BA{4:x_xx}]":                 {Kind: debuglog.VoteSetBits, Height: 7, Round: 1, Type: debuglog.Precommit, Block: "564E", Bits: "x_xx"},
		"[VSB 7/01/" + precommit + " 564E:1:FCE6 nil-BitArray]":               {Kind: debuglog.VoteSetBits, Height: 7, Round: 1, Type: debuglog.Precommit, Block: "564E"},
		"[ProposalPOL H:20 POLR:1 POL:BA{4:xxx_}]":                            {Kind: debuglog.ProposalPOL, Height: 20, Round: 1, Bits: "xxx_"},
	} {
		_, records, bad := read(t, strings.Replace(partLine, `[BlockPart H:1 R:0 P:Part{#3\n  Bytes: 0AB2020A0408...\n  Proof: Proof{\n    Aunts: []\n  }\n}]`, text, 1))
		require.Empty(t, bad, text)
		require.Equal(t, want, records[0].Message)
	}
}

// What cannot be read is said with its place, and reading goes on after it.
func TestBadLines(t *testing.T) {
	for what, broken := range map[string]string{
		`not a JSON object`:                             sendLine[:200],
		`field vote: "Vote{x`:                           strings.Replace(sendLine, "Vote{2", "Vote{x", 1),
		`field ps: field prevotes: "__y_" is not a bit`: strings.Replace(sendLine, "__x_", "__y_", 1),
		`field ps: field round: json`:                   strings.Replace(sendLine, `"round":0`, `"round":"0"`, 1),
		`field ps: is missing`:                          strings.Replace(sendLine, `"ps":`, `"sp":`, 1),
		`is not the type of a vote`:                     strings.Replace(sendLine, "_PREVOTE", "_VOTE", 1),
		`field step: is negative`:                       strings.Replace(sendLine, `"step":3`, `"step":-3`, 1),
		`field ts`:                                      strings.Replace(sendLine, `"ts":"2026`, `"ts":"26`, 1),
		`is not a message of consensus`:                 strings.Replace(partLine, "[BlockPart", "[Part", 1),
		`is not a message BlockPart`:                    strings.Replace(partLine, "#3", "#", 1),
	} {
		_, records, bad := read(t, noLine+"\n"+broken+"\n"+sendLine+"\n")
		require.Len(t, records, 1, what)
		require.Len(t, bad, 1, what)
		require.ErrorContains(t, bad[0], what)
		require.Equal(t, [2]int64{2, int64(len(noLine) + 1)}, [2]int64{int64(bad[0].Line), bad[0].Offset})
		require.ErrorContains(t, bad[0], "node.log: line 2 at offset")
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	for _, path := range []string{file("a.log", []byte(sendLine)), file("a.log.zst", w.EncodeAll([]byte(sendLine), nil))} {
		l, err := debuglog.Open(path)
		require.NoError(t, err)
		r, err := l.Next()
		require.NoError(t, err)
		require.Equal(t, debuglog.VoteSent, r.Kind)
		require.NoError(t, l.Close())
	}
	plain := file("plain", []byte("D[2026-11-22|17:32:21.864] Receive   module=consensus src=…\n"))
	_, err = debuglog.Open(plain)
	require.ErrorIs(t, err, debuglog.ErrPlain)
	require.True(t, debuglog.Is(plain))
	for _, other := range []string{"", "{}", `{"polkaTrace":1}`, "wal", "D[wal", "E["} {
		_, err = debuglog.Open(file("other", []byte(other)))
		require.ErrorIs(t, err, debuglog.ErrNotLog, other)
		require.False(t, debuglog.Is(file("other", []byte(other))))
	}
}
