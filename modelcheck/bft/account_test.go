package bft_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// twoOfFour has two Byzantine validators among four.
func twoOfFour(proposers ...int) bft.Config {
	return bft.Config{Validators: 4, Byzantine: 2, Proposers: proposers}
}

// TestAccountable pins the sizes, and how many disagreements take amnesia.
func TestAccountable(t *testing.T) {
	tests := []struct {
		config                                     bft.Config
		states, transitions, depth                 int
		disagreements, byEquivocation, takeAmnesia int
	}{
		{twoOfFour(0), 454, 1294, 8, 0, 0, 0},
		{twoOfFour(bft.Byzantine), 1207, 3652, 8, 8, 8, 0},
		{twoOfFour(0, 1), 81098, 258056, 17, 440, 116, 324},
		// A quorum of three is everybody, so one Byzantine validator is not enough.
		{bft.Config{Validators: 3, Byzantine: 1, Proposers: []int{bft.Byzantine, 0}}, 2827, 6130, 18, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			a, err := bft.Accountable(t.Context(), tt.config, modelcheck.Options{})
			require.NoError(t, err)
			require.Equal(t, modelcheck.Holds, a.Verdict)
			require.Equal(t, [3]int{tt.states, tt.transitions, tt.depth}, [3]int{a.States, a.Transitions, a.Depth})
			require.Equal(t, [3]int{tt.disagreements, tt.byEquivocation, tt.takeAmnesia},
				[3]int{a.Disagreements, a.ByEquivocation, a.ByAmnesia})
		})
	}
}

// TestWithoutEvidence: which evidence is needed. Two precommits for different
// values take two polkas in the round, and two proposals are the fault of one.
// Without two prevotes, an excuse for amnesia costs nothing.
func TestWithoutEvidence(t *testing.T) {
	tests := []struct {
		without  string
		config   bft.Config
		culprits int    // that are named by the rest, in the violation; −1 if there is none
		further  string // what else is sent as an excuse

		disagreements [3]int // if there is no violation: all, by equivocation, by amnesia
	}{
		{"amnesia", twoOfFour(0, 1), 0, "", [3]int{}},
		{"amnesia", twoOfFour(bft.Byzantine, 0), 0, "", [3]int{}},
		{"amnesia", twoOfFour(bft.Byzantine), -1, "", [3]int{8, 8, 0}},
		{"two prevotes", twoOfFour(bft.Byzantine, 0), 1, "PREVOTE(round 0, v0) of b0, PREVOTE(round 0, v0) of b1", [3]int{}},
		{"two precommits, two proposals", twoOfFour(bft.Byzantine, 0), -1, "", [3]int{2100, 1416, 684}},
	}
	for _, tt := range tests {
		t.Run(tt.without+" "+tt.config.Rotation(), func(t *testing.T) {
			rest := slices.DeleteFunc(slices.Clone(bft.AllEvidence), func(e bft.Evidence) bool { return strings.Contains(tt.without, e.Name) })
			require.Less(t, len(rest), len(bft.AllEvidence))
			a, err := bft.AccountableBy(t.Context(), tt.config, rest, modelcheck.Options{})
			require.NoError(t, err)
			if tt.culprits < 0 {
				require.Equal(t, modelcheck.Holds, a.Verdict)
				require.Equal(t, tt.disagreements, [3]int{a.Disagreements, a.ByEquivocation, a.ByAmnesia})
				return
			}
			require.Len(t, a.Accounts, 1)
			require.Equal(t, "accountable", a.Accounts[0].Property.Name)
			require.Len(t, a.Accounts[0].Culprits, tt.culprits)
			require.Equal(t, tt.further, strings.Join(a.Accounts[0].Further, ", "))
		})
	}
}

// TestFraming: a correct process is named when it forgets its lock, and when a
// newer polka is no excuse.
func TestFraming(t *testing.T) {
	forgets := twoOfFour(0, 1)
	forgets.Mutant = "a new value is prevoted against the lock"
	unexcused := slices.Clone(bft.AllEvidence)
	unexcused[3].Unless = bft.NoExcuse
	tests := []struct {
		name     string
		config   bft.Config
		evidence []bft.Evidence
		culprit  string
	}{
		{"forgotten lock", forgets, bft.AllEvidence, "p0, amnesia: PRECOMMIT(round 0, v0) and PREVOTE(round 1, v1)"},
		{"no excuse", twoOfFour(bft.Byzantine, 0), unexcused, "p1, amnesia: PRECOMMIT(round 0, v1) and PREVOTE(round 1, v0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := bft.AccountableBy(t.Context(), tt.config, tt.evidence, modelcheck.Options{})
			require.NoError(t, err)
			require.Len(t, a.Accounts, 1)
			require.Equal(t, "no framing", a.Accounts[0].Property.Name)
			require.Equal(t, tt.culprit, a.Accounts[0].Culprits[0].String())
		})
	}
}

// TestDisagree: the printed account names both culprits with their messages.
func TestDisagree(t *testing.T) {
	a, err := bft.Disagree(t.Context(), twoOfFour(0, 1), modelcheck.Options{})
	require.NoError(t, err)
	require.Equal(t, 7, a.Len())
	var b strings.Builder
	require.NoError(t, a.Print(&b))
	require.True(t, strings.HasSuffix(b.String(), ""+
		"  culprit b0, amnesia: PRECOMMIT(round 0, v0) and PREVOTE(round 1, v1)\n"+
		"  culprit b1, amnesia: PRECOMMIT(round 0, v0) and PREVOTE(round 1, v1)\n"), b.String())

	_, err = bft.Disagree(t.Context(), twoOfFour(0), modelcheck.Options{})
	require.ErrorContains(t, err, "no disagreement was found")
}

// TestReplayAccount: what was found stands, and its culprits are found again. What
// a step relies on is part of it: with another word it is refuted in that step, and
// with other evidence at the end.
func TestReplayAccount(t *testing.T) {
	forgets := twoOfFour(0, 1)
	forgets.Mutant = "a new value is prevoted against the lock"
	framed, err := bft.Accountable(t.Context(), forgets, modelcheck.Options{})
	require.NoError(t, err)
	free, err := bft.AccountableBy(t.Context(), twoOfFour(bft.Byzantine, 0), bft.AllEvidence[:2], modelcheck.Options{})
	require.NoError(t, err)
	disagreement, err := bft.Disagree(t.Context(), twoOfFour(0, 1), modelcheck.Options{})
	require.NoError(t, err)
	for _, a := range []bft.Account{framed.Accounts[0], free.Accounts[0], disagreement} {
		var b strings.Builder
		require.NoError(t, a.Save(&b))
		got, err := bft.ReplayAccount(strings.NewReader(b.String()))
		require.NoError(t, err)
		require.Equal(t, a, got)

		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		for n := 1; n <= a.Len(); n++ {
			broken := slices.Clone(lines)
			broken[n+1] = spoil(t, broken[n+1], "changes")
			_, err := bft.ReplayAccount(strings.NewReader(strings.Join(broken, "\n")))
			var refuted *counterexample.Refutation
			require.ErrorAs(t, err, &refuted)
			require.Equal(t, n, refuted.Step)
		}
	}
	var b strings.Builder
	require.NoError(t, framed.Accounts[0].Save(&b))
	_, err = bft.ReplayAccount(strings.NewReader(strings.Replace(b.String(), `"Later":true`, `"Later":false`, 1)))
	require.ErrorContains(t, err, `"no framing" holds at the end`)
	_, err = bft.ReplayAccount(strings.NewReader(strings.Replace(b.String(), `"name":"no framing"`, `"name":"harmony"`, 1)))
	require.ErrorContains(t, err, `no property "harmony"`)
	_, err = bft.Replay(strings.NewReader(b.String()))
	require.ErrorContains(t, err, `of the model "accountability", not of "soup"`)
}
