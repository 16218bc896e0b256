package picks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/picks"
)

// sent is a line that a precommit of height h was sent to a peer in h, 0 and a step,
// with an array of so many validators.
func sent(h, step, validators int) string {
	bits := strings.Repeat("_", validators)
	return fmt.Sprintf(`{"_msg":"Sending vote message","module":"consensus","ps":{"round_state":{"height":"%d","round":0,"step":%d,"start_time":"2026-11-22T17:32:21.9Z","proposal":false,"proposal_block_part_set_header":{"total":0,"hash":""},"proposal_block_parts":null,"proposal_pol_round":-1,"proposal_pol":"%s","prevotes":"%s","precommits":"%s","last_commit_round":-1,"last_commit":null,"catchup_commit_round":0,"catchup_commit":"%s"}},"ts":"2026-11-22T17:32:23Z","vote":"Vote{1:350B5C295791 %d/00/SIGNED_MSG_TYPE_PRECOMMIT(Precommit) 23EE47D550F4 4181869CAEFF 000000000000 @ 2026-11-22T17:32:21.5Z}"}`+"\n",
		h, step, bits, bits, bits, bits, h)
}

// at is a line that puts the node at a height and round 0.
func at(h int) string {
	return fmt.Sprintf(`{"_msg":"entering new round","height":%d,"module":"consensus","previous":"%d/0/RoundStepNewHeight","round":0,"ts":"2026-11-22T17:32:20Z"}`+"\n", h, h)
}

// added is a line that a precommit of validator 1 was added.
func added(h int) string {
	return fmt.Sprintf(`{"_msg":"adding vote","cs_height":%d,"module":"consensus","ts":"2026-11-22T17:32:22Z","val_index":1,"vote_height":%d,"vote_type":"SIGNED_MSG_TYPE_PRECOMMIT"}
{"_msg":"added vote to precommit","data":"Votes:1/4(0.250)","height":%d,"module":"consensus","round":0,"ts":"2026-11-22T17:32:22.1Z","validator":"350B5C295791F99EA73AA39C5A4F58A75013226F","vote_timestamp":"2026-11-22T17:32:21.5Z"}
`, h, h, h)
}

// decided is a line that a block was committed, with the commit of the height before.
func decided(h int) string {
	return fmt.Sprintf(`{"_msg":"committed block","block":"Block{\n  Header{\n    Height:         %d\n  }\n  Commit{\n    Height:     %d\n    Round:      0\n    BlockID:    23EE:1:307917A3A280\n    Signatures:\n      CommitSig{658C by 350B on 1 @ 2026-11-22T17:32:21Z}\n      CommitSig{658C by 350B on 2 @ 2026-11-22T17:32:21Z}\n  }#781D\n}#C70B","module":"consensus","ts":"2026-11-22T17:32:20Z"}`+"\n", h, h-1)
}

// TestVerdicts: what the log does not tell is not taken for an explanation, nor for a
// contradiction.
func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		lines      string
		verdict    picks.Verdict
		row, about string
	}{
		"held":                    {at(7) + added(7) + sent(7, 6, 4), picks.Explained, "V4", ""},
		"not held":                {at(7) + sent(7, 6, 4), picks.Contradicts, "V4", "no line tells that the node held it"},
		"where the node is":       {added(7) + sent(7, 6, 4), picks.Unknown, "", "the height and round of the node"},
		"too many validators":     {at(7) + added(7) + sent(7, 6, 65), picks.Unknown, "", "more than 64 validators"},
		"64 validators":           {at(7) + added(7) + sent(7, 6, 64), picks.Explained, "V4", ""},
		"the last commit":         {at(8) + sent(7, 6, 4), picks.Unknown, "", "the precommits of height 7"},
		"a stored commit":         {at(9) + sent(7, 6, 4), picks.Unknown, "", "the precommits of height 7"},
		"a stored commit is told": {decided(8) + at(9) + sent(7, 6, 4), picks.Explained, "V8", ""},
		"a peer that is ahead":    {at(6) + added(7) + sent(7, 6, 4), picks.Contradicts, "", "no row sends such a vote to a peer that is believed there"},
		"after its own round":     {at(7) + added(7) + sent(7, 8, 4), picks.Contradicts, "V4", "the peer is in step 8"},
	} {
		t.Run(name, func(t *testing.T) {
			rep := judge(t, []string{c.lines}, picks.Options{})
			require.Equal(t, map[picks.Verdict]int{c.verdict: 1}, rep.Votes.Verdicts)
			if c.verdict == picks.Explained {
				require.Equal(t, map[string]int{c.row: 1}, rep.Votes.Rows)
				return
			}
			require.Contains(t, rep.Odd[0].Text(), c.about)
			require.Equal(t, c.row, rep.Odd[0].Row)
		})
	}
}
