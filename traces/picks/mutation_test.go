package picks_test

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/debuglog"
	"github.com/polka-bft/polka/traces/picks"
)

// linesOf is the lines of a bundled log.
func linesOf(t *testing.T, log string) []string {
	t.Helper()
	f, err := os.Open(bundled(log))
	require.NoError(t, err)
	defer f.Close()
	z, err := zstd.NewReader(f)
	require.NoError(t, err)
	defer z.Close()
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	return strings.SplitAfter(string(text), "\n")
}

func judge(t *testing.T, lines []string, opt picks.Options) *picks.Report {
	t.Helper()
	rep, err := picks.New(opt).Run(t.Context(), debuglog.NewLog("node.log", bytes.NewReader([]byte(strings.Join(lines, "")))))
	require.NoError(t, err)
	return rep
}

// noticed reports whether a judgement finds what that of the log itself does not:
// something sent that no row explains, or a belief that no update leads to.
func noticed(rep, itself *picks.Report) bool {
	return len(rep.Odd) > 0 || len(rep.Beliefs.Different) > len(itself.Beliefs.Different)
}

var (
	sentRE  = regexp.MustCompile(`"_msg":"Sending vote message".*"prevotes":"([x_]+)".*Vote\{(\d):\w+ \d+/00/SIGNED_MSG_TYPE_(PREVOTE|PRECOMMIT)`)
	bitsRE  = regexp.MustCompile(`"prevotes":"[x_]`)
	stepRE  = regexp.MustCompile(`"round":0,"step":(\d)`)
	voteRE  = regexp.MustCompile(`"vote":"Vote\{\d`)
	roundRE = regexp.MustCompile(`("vote":"Vote\{\d:\w+ \d+)/00/`)
)

// spoils are ways to change a line; ok is false where one does not apply.
var spoils = map[string]func(line string) (spoilt string, ok bool){
	"a vote that is marked already": func(line string) (string, bool) {
		m := sentRE.FindStringSubmatch(line)
		if m == nil || m[3] != "PREVOTE" || !strings.Contains(m[1], "x") {
			return "", false
		}
		return voteRE.ReplaceAllString(line, `"vote":"Vote{`+string(rune('0'+strings.Index(m[1], "x")))), true
	},
	"another round": func(line string) (string, bool) {
		return roundRE.ReplaceAllString(line, "$1/01/"), sentRE.MatchString(line)
	},
	"another type": func(line string) (string, bool) {
		m := sentRE.FindStringSubmatch(line)
		if m == nil {
			return "", false
		}
		if m[3] == "PREVOTE" {
			return strings.Replace(line, "PREVOTE(Prevote)", "PRECOMMIT(Precommit)", 1), true
		}
		return strings.Replace(line, "PRECOMMIT(Precommit)", "PREVOTE(Prevote)", 1), true
	},
	"a bit of the belief": func(line string) (string, bool) {
		at := bitsRE.FindStringIndex(line)
		if at == nil || !sentRE.MatchString(line) {
			return "", false
		}
		bit := map[byte]string{'x': "_", '_': "x"}[line[at[1]-1]]
		return line[:at[1]-1] + bit + line[at[1]:], true
	},
	"the step of the belief": func(line string) (string, bool) {
		if !sentRE.MatchString(line) {
			return "", false
		}
		if strings.Contains(line, `"round":0,"step":6`) {
			return stepRE.ReplaceAllString(line, `"round":0,"step":4`), true
		}
		return stepRE.ReplaceAllString(line, `"round":0,"step":6`), true
	},
	"where it was picked from": func(line string) (string, bool) {
		if strings.Contains(line, "Picked rs.Prevotes(prs.Round)") {
			return strings.Replace(line, "Picked rs.Prevotes(prs.Round)", "Picked rs.Prevotes(prs.ProposalPOLRound)", 1), true
		}
		return strings.Replace(line, "Picked rs.Precommits(prs.Round) to send", "Picked rs.LastCommit to send", 1), strings.Contains(line, "Picked rs.Precommits")
	},
	"no HasVote":         drop(`[HasVote`),
	"no vote received":   drop(`[Vote Vote`),
	"no NewRoundStep":    drop(`[NewRoundStep`),
	"no NewValidBlock":   drop(`[ValidBlock`),
	"no proposal heard":  drop(`[Proposal Proposal`),
	"no part heard":      drop(`[BlockPart`),
	"no vote that comes": drop(`"_msg":"adding vote"`),
	"no prevote added":   drop(`"_msg":"added vote to prevote"`),
	"no precommit added": drop(`"_msg":"added vote to precommit"`),
	"no new round":       drop(`"_msg":"entering new round",`),
	"no state committed": drop(`"_msg":"committed state"`),
	"no vote sent":       drop(`"_msg":"Sending vote message"`),
	"no line of a pick":  drop(`"_msg":"Picked`),
	"no part sent":       drop(`"_msg":"Sending block part"`),
	"no proposal sent":   drop(`"_msg":"Sending proposal"`),
	"no proposal taken":  drop(`"_msg":"received proposal"`),
	"no block complete":  drop(`"_msg":"received complete proposal block"`),
	"no mark":            drop(`"_msg":"setHasVote"`),
	"no sleep":           drop(`"_msg":"No votes to send`),
}

// drop leaves a line out.
func drop(text string) func(string) (string, bool) {
	return func(line string) (string, bool) { return "", strings.Contains(line, text) }
}

// noticedOf is how often each is noticed, of how many times that it was tried.
var noticedOf = map[string][2]int{
	"a vote that is marked already": {6, 6},
	"another round":                 {6, 6},
	"another type":                  {6, 6},
	"a bit of the belief":           {5, 6}, // the sixth is told by a message that had just come, and may not have been applied yet
	"the step of the belief":        {6, 6},
	"where it was picked from":      {6, 6},

	// What else tells the same, the rest is noticed by.
	"no HasVote":         {0, 6}, // the vote itself comes as well, or was sent to the peer
	"no vote received":   {0, 6}, // its HasVote comes as well
	"no NewRoundStep":    {0, 6}, // the next one comes before a vote is sent
	"no NewValidBlock":   {0, 6}, // names the header that the proposal named
	"no proposal heard":  {2, 6},
	"no part heard":      {2, 6},
	"no prevote added":   {4, 6}, // the next line has the whole set
	"no precommit added": {5, 6},
	"no vote sent":       {4, 6},
	"no line of a pick":  {5, 6},
	"no part sent":       {4, 6},
	"no proposal sent":   {6, 6},
	"no proposal taken":  {5, 6},
	"no block complete":  {5, 6},

	// Not noticeable.
	"no vote that comes": {0, 6}, // that it was added tells it, a little later
	"no new round":       {0, 6}, // round 0 begins with the height
	"no state committed": {0, 6}, // the timeout that is scheduled tells the height
	"no mark":            {0, 6}, // names no peer, and is not looked at
	"no sleep":           {0, 6}, // nothing is sent
}

// TestSpoiltLogs: each way to spoil a log is tried on lines spread over it, and is
// noticed as often as is pinned: first how often, then of how many.
func TestSpoiltLogs(t *testing.T) {
	lines := linesOf(t, "double-sign/node0")[:2000]
	itself := judge(t, lines, picks.Options{})
	explained(t, itself)
	want := noticedOf
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var at []int
			for i, line := range lines {
				if _, ok := spoil(line); ok {
					at = append(at, i)
				}
			}
			const tries = 6
			every := max(1, len(at)/tries)
			got := [2]int{}
			for i := 0; i < len(at) && got[1] < tries; i += every {
				spoilt, _ := spoil(lines[at[i]])
				copied := append([]string(nil), lines...)
				copied[at[i]] = spoilt
				got[1]++
				if noticed(judge(t, copied, picks.Options{}), itself) {
					got[0]++
				}
			}
			require.Equal(t, want[name], got)
		})
	}
}
