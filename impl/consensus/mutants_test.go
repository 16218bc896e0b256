package consensus

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus/scenario"
)

// scriptsFail reports whether the machine does something else than some script
// expects. A panic counts: the table is broken then.
func scriptsFail(scripts []*scenario.Script) (failed bool) {
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	return slices.ContainsFunc(scripts, func(s *scenario.Script) bool {
		said, _ := playScript(s)
		return len(s.Differences("paper", said)) > 0
	})
}

// same is the mutant that does the same by other rules, which the twin tells apart:
// L36Else follows at once, sets what is set already, and marks the first time.
const same = "L36If without MarkOnce36"

// TestScriptsKillMutants: a table that forgets a rule, or one effect of a rule,
// does not get past the scripts.
func TestScriptsKillMutants(t *testing.T) {
	scripts := load(t, scenarios, "paper")
	require.False(t, scriptsFail(scripts), "the scripts hold without a mutation")
	mutants := 0
	for r := L14If; int(r) < len(ruleNames); r++ {
		t.Run(r.String(), func(t *testing.T) {
			savedNext, body := next, effects[r]
			defer func() { next, effects[r] = savedNext, body }()
			killed := func(name string) {
				t.Helper()
				mutants++
				if scriptsFail(scripts) == (name == same) {
					t.Errorf("%s: killed is %t", name, name == same)
				}
			}
			for i := range next {
				if next[i] == r {
					next[i] = Wait
				}
			}
			killed(fmt.Sprintf("a table without %v", r))
			next = savedNext
			for i := range body {
				effects[r] = append(append([]op{}, body[:i]...), body[i+1:]...)
				killed(fmt.Sprintf("%v without %v", r, body[i]))
			}
		})
	}
	require.False(t, scriptsFail(scripts), "the table is whole again")
	require.Equal(t, 62, mutants)
}
