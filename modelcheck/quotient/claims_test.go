package quotient_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Each claim is broken by a small mistake in the rules, after so many steps.
func TestClaimsCanFail(t *testing.T) {
	const paper, v038, v1 = "paper", "cometbft-v0.38", "cometbft-v1"
	b := quotient.Byzantine
	for _, tt := range []struct {
		claim, dialect string
		proposers      []int
		mutant         string
		steps          int
	}{
		{"agreement", paper, []int{0, 1}, `L22 without "(lockedRound = −1 or lockedValue = v)"`, 13},
		{"agreement", v1, []int{0, 1}, `enterPrevote.new without "lockedRound = −1"`, 22},
		{"commit quorum", v1, []int{0}, `tryFinalizeCommit without "hash(proposalBlock) = hash(v), header(proposalBlockParts) = header(v)"`, 9},
		{"precommit justified", paper, []int{0}, `L36 without "+2/3 PREVOTE(h, round, id(v))"`, 2},
		{"lock justified", v1, []int{0}, `enterPrecommit.relock without "hash(lockedBlock) = hash(v)"`, 6},
		{"valid value justified", v1, []int{0}, `addVote.valid without "hash(proposalBlock) = hash(v)"`, 6},
		{"valid value justified", v1, []int{b}, `block.valid without "hash(proposalBlock) = hash(v)"`, 6},
		{"own proposal", v1, []int{0}, `enterPropose.self without "proposer(h, round) is this process"`, 1},
		{"valid votes", paper, []int{b}, `L22 without "valid(v)"`, 1},
		{"no equivocation", v1, []int{0}, `enterNewRound.later without "r > round"`, 7},
		{"rounds justified", v1, []int{0, 1}, `addVote.skip without "+2/3 PREVOTE(h, r, any)"`, 1},
		{"lock kept", v1, []int{0}, `enterPrecommit.lock without SendPrecommit`, 13},
		{"a lock gives way to a later polka", v038, []int{0, b}, `addVote.unlock without "lockedRound < r"`, 16},
		{"lock respected", paper, []int{0, 1}, `L22 without "(lockedRound = −1 or lockedValue = v)"`, 9},
		{"nil justified", v1, []int{0}, `addVote.nil without "+2/3 PREVOTE(h, round, nil)"`, 3},
		{"prevote justified", v1, []int{0, 1}, `enterNewRound.later without ClearProposal`, 12},
		{"timeouts justified", v1, []int{0}, `addVote.polka without "+2/3 PREVOTE(h, round, id(v))"`, 3},
		{"a vote for each step", v1, []int{0}, `enterPrevote without CallDoPrevote`, 2},
		{"rounds grow", v1, []int{0, 1}, `enterNewRound.later without "r > round"`, 9},
		{"one decision", paper, []int{0}, `L14 without SetStepPropose`, 5},
		{"possible observations", v1, []int{0}, `enterNewRound.later without SetRound`, 8},
		{"no panic", v1, []int{0}, `tryFinalizeCommit.header without "hash(proposalBlock) = hash(v), header(proposalBlockParts) ≠ header(v)"`, 8},
		{"no panic for an invalid block", v1, []int{b}, `tryFinalizeCommit.invalid without "hash(proposalBlock) = hash(v), header(proposalBlockParts) = header(v)"`, 7},
	} {
		t.Run(tt.claim+"/"+tt.mutant, func(t *testing.T) {
			if !quotient.Large && len(tt.proposers) > 1 {
				t.Skip("too large for the race detector")
			}
			r := withMutant(t, quotient.Config{Dialect: tt.dialect, Proposers: tt.proposers}, tt.mutant)
			require.Equal(t, tt.steps, stepsTo(&r, tt.claim))
		})
	}
}

// A valid value that is stored twice in a round is another one only if one block has
// two ids.
func TestValidValueMayChange(t *testing.T) {
	c := quotient.Config{Dialect: consensus.CometBFTv1Rules.Name, Proposers: []int{quotient.Byzantine}, Split: true}
	for mutant, steps := range map[string]int{
		`addVote.valid without "validRound < r"`:   8,
		`block.valid without "validRound < round"`: 10,
	} {
		r := withMutant(t, c, mutant)
		require.Equal(t, steps, stepsTo(&r, "a valid value stays"), mutant)
	}
}

// Each panic that is awaited is reached by the rules, and not if it is left out.
func TestPanicsAreReached(t *testing.T) {
	for _, dialect := range []string{consensus.CometBFTv038Rules.Name, consensus.CometBFTv1Rules.Name} {
		c := quotient.Config{Dialect: dialect, Proposers: []int{quotient.Byzantine}, Split: true}
		r := withMutant(t, c, "")
		require.True(t, r.Complete)
		require.Empty(t, r.Unreached, dialect)
		require.Equal(t, 8, stepsTo(&r, "no panic"))
		r = withMutant(t, c, "tryFinalizeCommit.header without Panic")
		require.Equal(t, []string{"panics for the header of a proposal", "panics for the header of a lock"}, r.Unreached)
		r = withMutant(t, c, `enterCommit.locked "hash(lockedBlock) = hash(v)" not for lock = alias`)
		require.Equal(t, []string{"panics for the header of a lock"}, r.Unreached)
		r = withMutant(t, c, "tryFinalizeCommit.parts without Panic")
		require.Equal(t, []string{"panics for missing parts"}, r.Unreached)
	}
}

// That +2/3 are for an invalid block takes +2/3 of faulty power: half of it, with which
// there is disagreement, is not enough.
func TestNobodyVotesForAnInvalidBlock(t *testing.T) {
	for _, dialect := range []string{consensus.CometBFTv038Rules.Name, consensus.CometBFTv1Rules.Name} {
		r, err := quotient.Check(t.Context(), quotient.Config{
			Dialect: dialect, Validators: 4, Byzantine: 2, Proposers: []int{quotient.Byzantine, 0},
		}, modelcheck.Options{KeepGoing: true})
		require.NoError(t, err)
		require.True(t, r.Complete)
		require.Positive(t, stepsTo(&r, "agreement"))
		require.Equal(t, -1, stepsTo(&r, "no panic for an invalid block"))
	}
}

// withMutant searches an instance of four validators, one of them Byzantine, with
// one small mistake in the rules, "" for none, and goes on after a violation.
func withMutant(t *testing.T, c quotient.Config, mutant string) quotient.Result {
	t.Helper()
	c.Validators, c.Byzantine = 4, 1
	if mutant != "" {
		d, _ := consensus.DialectNamed(c.Dialect)
		all := spec.Mutations(d.Table.Rules, nil)
		at := slices.IndexFunc(all, func(m spec.Mutation) bool { return m.Name == mutant })
		require.GreaterOrEqual(t, at, 0, mutant)
		table, err := spec.CompileMutant(all[at].Rules)
		require.NoError(t, err)
		c.Rules = table
	}
	r, err := quotient.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
	require.NoError(t, err)
	return r
}

// stepsTo is how many steps a shortest run to a violation has, −1 for none.
func stepsTo(r *quotient.Result, claim string) int {
	for i := range r.Violations {
		if r.Violations[i].Property.Name == claim {
			return r.Violations[i].Len()
		}
	}
	return -1
}

// Who decides by a round in which it is the proposer once more, having proposed in
// the round that it comes from, has not proposed twice in a round.
func TestProposerOfTwoRounds(t *testing.T) {
	if !quotient.Large {
		t.Skip("too large for the race detector")
	}
	r := withMutant(t, quotient.Config{Dialect: consensus.CometBFTv038Rules.Name, Proposers: []int{0, 1, 0}}, "")
	require.Equal(t, 88_134, r.States)
	require.Empty(t, r.Violations)
}
