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
	const paper, v1 = "paper", "cometbft-v1"
	b := quotient.Byzantine
	for _, tt := range []struct {
		claim, dialect string
		proposers      []int
		mutant         string
		steps          int
	}{
		{"agreement", paper, []int{0, 1}, `L22 without "(lockedRound = −1 or lockedValue = v)"`, 14},
		{"agreement", v1, []int{0, 1}, `enterPrevote.new without "lockedRound = −1"`, 20},
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
		{"lock respected", paper, []int{0, 1}, `L22 without "(lockedRound = −1 or lockedValue = v)"`, 9},
		{"nil justified", v1, []int{0}, `addVote.nil without "+2/3 PREVOTE(h, round, nil)"`, 3},
		{"prevote justified", v1, []int{0, 1}, `enterNewRound.later without ClearProposal`, 13},
		{"timeouts justified", v1, []int{0}, `addVote.polka without "+2/3 PREVOTE(h, round, id(v))"`, 3},
		{"a vote for each step", v1, []int{0}, `enterPrevote without CallDoPrevote`, 2},
		{"rounds grow", v1, []int{0, 1}, `enterNewRound.later without "r > round"`, 9},
		{"one decision", paper, []int{0}, `L14 without SetStepPropose`, 5},
		{"possible observations", v1, []int{0}, `enterNewRound.later without SetRound`, 8},
		{"no panic", v1, []int{0}, `tryFinalizeCommit.header without "hash(proposalBlock) = hash(v), header(proposalBlockParts) ≠ header(v)"`, 8},
	} {
		t.Run(tt.claim+"/"+tt.mutant, func(t *testing.T) {
			d, _ := consensus.DialectNamed(tt.dialect)
			all := spec.Mutations(d.Table.Rules, nil)
			at := slices.IndexFunc(all, func(m spec.Mutation) bool { return m.Name == tt.mutant })
			require.GreaterOrEqual(t, at, 0)
			table, err := spec.CompileMutant(all[at].Rules)
			require.NoError(t, err)
			steps := -1
			for _, v := range violations(t, quotient.Config{Dialect: d.Name, Validators: 4, Byzantine: 1, Proposers: tt.proposers, Rules: table}) {
				if v.Property.Name == tt.claim {
					steps = v.Len()
				}
			}
			require.Equal(t, tt.steps, steps)
		})
	}
}

func violations(t *testing.T, c quotient.Config) []quotient.Counterexample {
	r, err := quotient.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
	require.NoError(t, err)
	return r.Violations
}
