package delivery_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
)

// TestStoryOfTheLateProposer: the steps that docs/stories/1575.md tells are those
// of the run that is found, and what it says of the turning points is so.
func TestStoryOfTheLateProposer(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	i := slices.IndexFunc(delivery.History, func(b delivery.Bug) bool { return b.Story == "the late proposer" })
	require.GreaterOrEqual(t, i, 0)
	c, err := delivery.History[i].Bugged()
	require.NoError(t, err)
	r, err := delivery.Check(t.Context(), c, modelcheck.Options{})
	require.NoError(t, err)
	require.Len(t, r.Violations, 1)
	run := &r.Violations[0]
	var b strings.Builder
	require.NoError(t, run.Print(&b))
	t.Log("\n" + b.String())

	var found []string
	for _, s := range run.Steps[1:] {
		found = append(found, fmt.Sprintf("| %d | %s | %s |", s.Number, s.Actor, s.Input))
	}
	text, err := os.ReadFile("../../docs/stories/1575.md")
	require.NoError(t, err)
	told := regexp.MustCompile(`(?m)^\| \d+ \| [^|]* \| [^|]* \|`).FindAllString(string(text), -1)
	require.Equal(t, found, told)

	for step, change := range map[int]string{
		2:  "signs PREVOTE(round 0, nil)",
		14: "signs PRECOMMIT(round 0, nil)",
		21: "signs PRECOMMIT(round 0, v0)",
		22: "signs PRECOMMIT(round 0, v0)",
		25: "signs PRECOMMIT(round 0, v0)",
		28: "signs PROPOSAL(round 1, v1, vr −1)",
		29: "holds proposal true, block nil, parts of v1",
		31: "holds proposal true, block nil, parts of v0",
		32: "fault: commit with nothing left to wait for",
	} {
		require.Contains(t, run.Steps[step].Changes, change)
	}
}
