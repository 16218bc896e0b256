package delivery_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// edited compiles rules with some clauses changed.
func edited(t *testing.T, of *spec.Rules, edit func(*spec.Clause), keys ...string) *spec.Table {
	t.Helper()
	rules := *of
	rules.Clauses = slices.Clone(of.Clauses)
	changed := 0
	for i := range rules.Clauses {
		if slices.Contains(keys, rules.Clauses[i].Key()) {
			edit(&rules.Clauses[i])
			changed++
		}
	}
	require.Equal(t, len(keys), changed)
	table, err := spec.CompileMutant(&rules)
	require.NoError(t, err)
	return table
}

func notOnce(c *spec.Clause) { c.FirstTime = nil }
func noUpon(c *spec.Clause)  { c.Upon = nil }

// without leaves an effect out.
func without(op spec.Op) func(*spec.Clause) {
	return func(c *spec.Clause) {
		for _, es := range []*spec.Effects{&c.First, &c.Then, &c.Else, &c.Finally} {
			*es = slices.DeleteFunc(slices.Clone(*es), func(e spec.Effect) bool { return e.Do == op })
		}
	}
}

// stepAlso lets a clause hold in one more step: ≤ where the code has <.
func stepAlso(step consensus.NodeStepValue) func(*spec.Clause) {
	return func(c *spec.Clause) {
		c.While = slices.Clone(c.While)
		for i, p := range c.While {
			p.Conds = slices.Clone(p.Conds)
			for j := range p.Conds {
				if p.Conds[j].Var == consensus.NodeStep.Variable() {
					p.Conds[j].Set |= 1 << step
				}
			}
			c.While[i] = p
		}
	}
}

// Rules that are wrong, and what notices. The soup of modelcheck/bft says of the
// mutants of the paper that it cannot tell them from the rules; the dialect it
// does not explore at all.
func TestMutants(t *testing.T) {
	paper := delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1}
	cometbft := delivery.Config{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer}
	faulty := cometbft
	faulty.Validators, faulty.Byzantine = 4, 2
	later := cometbft
	later.Validators, later.Proposers = 2, []int{0, 1}
	tests := []struct {
		name      string
		config    delivery.Config
		rules     *spec.Rules
		edit      func(*spec.Clause)
		keys      []string
		by        string
		unreached bool
	}{
		{name: "timeoutPrevote is scheduled again and again", config: paper, rules: consensus.PaperRules, edit: notOnce, keys: []string{"L34"}, by: "comes to rest"},
		{name: "a polka is acted on again and again", config: paper, rules: consensus.PaperRules, edit: notOnce, keys: []string{"L36"}, by: "comes to rest"},
		{name: "timeoutPrecommit is scheduled again and again", config: paper, rules: consensus.PaperRules, edit: notOnce, keys: []string{"L47"}, by: "comes to rest"},
		{name: "nil is precommitted without a polka for nil", config: paper, rules: consensus.PaperRules, edit: noUpon, keys: []string{"L44"}, by: "everyone decides", unreached: true},
		{name: "the next height inherits the proposal", config: cometbft, rules: consensus.CometBFTv038Rules, edit: without(consensus.Reset), keys: []string{"tryFinalizeCommit"}, by: "one decision"},
		{name: "a late block is prevoted, ≤ for <", config: cometbft, rules: consensus.CometBFTv038Rules, edit: stepAlso(consensus.NodePrevote), keys: []string{"block.prevote", "enterPrevote"}, by: "no equivocation"},
		{name: "a late polka is precommitted, ≤ for <", config: faulty, rules: consensus.CometBFTv038Rules, edit: stepAlso(consensus.NodePrecommit), keys: []string{"enterPrecommit"}, by: "no equivocation"},
		{name: "a lock without its round", config: cometbft, rules: consensus.CometBFTv038Rules, edit: without(consensus.LockRoundOp), keys: []string{"enterPrecommit.lock"}, by: "lock justified"},
		{name: "a new round keeps the proposal", config: later, rules: consensus.CometBFTv038Rules, edit: without(consensus.ClearProposal), keys: []string{"enterNewRound.later"}, by: "prevote justified"},
		{name: "a commit is not finalized", config: cometbft, rules: consensus.CometBFTv038Rules, edit: without(consensus.CallTryFinalizeCommit), keys: []string{"enterCommit.locked"}, by: "no dead end"},
		{name: "the new round is not entered", config: later, rules: consensus.CometBFTv038Rules, edit: without(consensus.SetRound), keys: []string{"enterNewRound.later"}, by: "possible observations"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.config
			whole, err := delivery.Check(t.Context(), c, delivery.Options)
			require.NoError(t, err)
			require.Empty(t, whole.Violations)
			c.Rules = edited(t, tt.rules, tt.edit, tt.keys...)
			r, err := delivery.Check(t.Context(), c, delivery.Options)
			require.NoError(t, err)
			switch {
			case tt.unreached:
				require.True(t, r.Complete)
				require.Contains(t, r.Unreached, tt.by)
			default:
				require.True(t, r.Violates(tt.by), "violated: %v, unreached %v", r.Violations, r.Unreached)
			}
		})
	}
}

// A wrong in what surrounds the rules: a late proposal takes the place of the
// block that a node collects because it is to be committed.
func TestProposalsDoNotOverwrite(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	c := delivery.Config{
		Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{delivery.Byzantine}, Values: 1,
		Timers: consensus.SingleTimer, Backs: []consensus.Value{delivery.V0}, Symmetric: true,
	}
	c.Overwrite = true
	r, err := delivery.Check(t.Context(), c, delivery.Options)
	require.NoError(t, err)
	require.True(t, r.Violates("commit collects its block"))
}
