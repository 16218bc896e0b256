package bft_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// TestScore tries every mechanical mutant. Each survivor must be listed, and
// each that is listed survive; what kills the others is pinned by number.
func TestScore(t *testing.T) {
	if !bft.Large {
		t.Skip("too large for the race detector")
	}
	if testing.Short() {
		t.Skip("a minute")
	}
	scorer, err := bft.NewScorer(t.Context(), "paper", modelcheck.Options{})
	require.NoError(t, err)
	var counted score.Score
	ends := map[string]int{}
	mutants := scorer.Mutants()
	for i := range mutants {
		trial, err := scorer.Try(t.Context(), &mutants[i])
		require.NoError(t, err)
		require.Empty(t, trial.Wrong())
		require.Empty(t, trial.Unfinished, trial.Mutant.Name)
		counted.Add(&trial)
		end, _, _ := strings.Cut(trial.By, ": ")
		ends[end]++
	}
	require.Equal(t, score.Score{Total: 290, Killed: 228, Refused: 46, Equivalent: 34, Alike: 27, Survived: 1}, counted)
	require.Equal(t, map[string]int{
		"": 1, // survived

		"refused": 46, "unreached": 11, "never fires": 15,
		"a vote for each step": 35, "no equivocation": 21, "nil justified": 16, "timeouts justified": 16, "own vote": 14,
		"one decision": 9, "lock respected": 8, "precommit justified": 7, "no dead end": 5, "rounds justified": 5,
		"valid value justified": 5, "lock justified": 4, "commit quorum": 3, "possible observations": 3, "valid votes": 3,
		"lock kept": 2,

		"same table": 19, "differs only on impossible observations": 5, "only the choice of the implementation differs": 10,
		"differs only on observations that are never made": 9, "takes the same steps in every state": 18,
	}, ends)
}

// TestSurvivorsAreMutants: the list names mutants that there are, once each,
// with a reason.
func TestSurvivorsAreMutants(t *testing.T) {
	var names, mutants []string
	for _, m := range scorerOn(t).Mutants() {
		require.NotContains(t, mutants, m.Name)
		require.Contains(t, score.Kinds(), m.Kind)
		mutants = append(mutants, m.Name)
	}
	require.Len(t, mutants, 290)
	for _, s := range bft.Survivors {
		require.NotEmpty(t, s.Why, s.Names)
		names = append(names, s.Names...)
	}
	require.Subset(t, mutants, names)
	slices.Sort(names)
	require.Equal(t, len(names), len(slices.Compact(slices.Clone(names))), "a survivor is listed twice")
}

// scorerOn makes a scorer for the given instances only.
func scorerOn(t *testing.T, ladder ...bft.Config) *bft.Scorer {
	t.Helper()
	s, err := bft.NewScorerOn(t.Context(), ladder, modelcheck.Options{})
	require.NoError(t, err)
	return s
}

func mechanical(t *testing.T, s *bft.Scorer, name string) *bft.Mechanical {
	t.Helper()
	mutants := s.Mutants()
	i := slices.IndexFunc(mutants, func(m bft.Mechanical) bool { return m.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return &mutants[i]
}

// TestTry has each way in which a mutant may end, on the first two instances.
func TestTry(t *testing.T) {
	s := scorerOn(t, bft.Ladder()[:2]...)
	tests := []struct {
		name          string
		fate          score.Fate
		by, on        string
		depth, states int
	}{
		{`L22 without "step = propose"`, score.Killed, "no equivocation", "[0]", 2, 32},
		{`L22 without "valid(v)"`, score.Killed, "valid votes", "[B]", 1, 13},
		{"L14 without SendProposal", score.Killed, "unreached: everyone decides", "[0]", 4, 12},
		{"L34 without SchedulePrevote", score.Killed, "never fires: L36Else", "[0]", 9, 596},
		{"L22 without its else", score.Killed, "never fires: L22Else", "[B]", 0, 0},
		{"line 36 asks for 1 less power", score.Killed, "precommit justified", "[0]", 2, 34},
		{`L22 "step = propose" not for step = propose`, score.Killed, "refused: rule L22If is not reachable: no possible observation enables it", "", 0, 0},
		{`L28 without "0 ≤ vr < round"`, score.Equivalent, "same table", "", 0, 0},
		{`L49 without "decision[h] = nil"`, score.Equivalent, "differs only on impossible observations", "", 0, 0},
		{"L22 before L28 in the priority", score.Equivalent, "only the choice of the implementation differs", "", 0, 0},
		{`L55 without "+1/3 messages of any kind for (h, r), with r > round"`, score.Alike, "differs only on observations that are never made", "", 0, 0},
		{"L36 with LockRound before LockValue", score.Alike, "takes the same steps in every state", "", 0, 0},
		{"L49 with StartFirstRound before Reset", score.Killed, "one decision", "[0]", 5, 384},
		{`L36 without "for the first time"`, score.Survived, "", "", 12, 4930},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trial, err := s.Try(t.Context(), mechanical(t, s, tt.name))
			require.NoError(t, err)
			require.Equal(t, tt.fate, trial.Fate)
			require.Equal(t, tt.by, trial.By)
			on := ""
			if trial.On != nil {
				on = trial.On.Rotation()
			}
			require.Equal(t, tt.on, on)
			require.Equal(t, []int{tt.depth, tt.states}, []int{trial.Depth, trial.States})
		})
	}
}

func TestNewScorer(t *testing.T) {
	_, err := bft.NewScorer(t.Context(), "dutch", modelcheck.Options{})
	require.ErrorIs(t, err, bft.ErrConfig)
	_, err = bft.NewScorer(t.Context(), "paper", modelcheck.Options{Memory: 1000})
	require.ErrorIs(t, err, bft.ErrUnfinished)
	tooMany := bft.Config{Validators: 4, Byzantine: 2, Proposers: []int{bft.Byzantine}}
	_, err = bft.NewScorerOn(t.Context(), []bft.Config{tooMany}, modelcheck.Options{})
	require.ErrorContains(t, err, "the rules do not hold on paper n4 f2 [B]")
}

// TestObserved: whatever a rule is followed on has been observed; and not
// everything is.
func TestObserved(t *testing.T) {
	c := bft.Ladder()[1]
	made, err := bft.Observed(t.Context(), c)
	require.NoError(t, err)
	followed, err := bft.Followed(c)
	require.NoError(t, err)
	require.NotEmpty(t, followed)
	for o := range followed {
		require.True(t, made.Has(o), o)
	}
	counts := map[string]int{}
	for _, b := range consensus.PaperRules.Bindings {
		counts[b.Name] = made.Len(b)
	}
	require.Equal(t, map[string]int{"StartRound": 0, "proposal": 43, "votes": 54, "decision": 5, "laterRound": 0, "timeout": 5}, counts)
	timeout := func(at consensus.PlaceValue, step consensus.StepValue) spec.Observation {
		return consensus.OnTimeout.At(uint8(consensus.TimeoutPropose), uint8(at), uint8(step))
	}
	require.False(t, made.Has(timeout(consensus.Elsewhere, consensus.Propose)), "round 0 has no earlier round")
	require.True(t, made.Has(timeout(consensus.Here, consensus.Precommit)), "a timeout that does nothing is forgotten, and observed all the same")
}

// TestSameSteps: a mutant that asks about what the rules forget remembers it,
// and so differs.
func TestSameSteps(t *testing.T) {
	s := scorerOn(t)
	for name, want := range map[string]bool{
		"L36 with LockRound before LockValue":            true,
		`L22 without "step = propose"`:                   false,
		`L57 "step = propose" also for step = precommit`: false,
		"L14 without SendProposal":                       false, // differs from the start
	} {
		got, err := bft.SameSteps(t.Context(), bft.Ladder()[0], mechanical(t, s, name))
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
}
