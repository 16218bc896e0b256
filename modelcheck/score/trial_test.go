package score_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/score"
)

// TestTrialWrong: neither a survivor without a reason nor a reason without a
// survivor is let pass.
func TestTrialWrong(t *testing.T) {
	m := &score.Mutant{Name: "a slip"}
	known := &score.Survivor{Names: []string{"a slip"}, Why: "so it is said"}
	require.Empty(t, (&score.Trial{Mutant: m, Fate: score.Survived, Survivor: known}).Wrong())
	require.Empty(t, (&score.Trial{Mutant: m, Fate: score.Killed, By: "agreement"}).Wrong())
	require.Equal(t, `mutant "a slip" survives, and nothing says why it should`, (&score.Trial{Mutant: m}).Wrong())
	require.Equal(t, `mutant "a slip" is said to survive, but is killed: agreement`,
		(&score.Trial{Mutant: m, Fate: score.Killed, By: "agreement", Survivor: known}).Wrong())
}

func TestScoreRate(t *testing.T) {
	require.InDelta(t, 1, score.Score{}.Rate(), 0)
	s := score.Score{Total: 11, Killed: 6, Equivalent: 1, Alike: 2, Survived: 2}
	require.InDelta(t, 0.75, s.Rate(), 0)
	require.InDelta(t, 0.6, s.Least(), 0)
	require.InDelta(t, 0, score.Score{Total: 1, Alike: 1}.Least(), 0)
	require.InDelta(t, 1, score.Score{}.Least(), 0)
}
