package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// TestForgettingLosesNothing: the classes, what can be reached together and what is
// found are the same when processes forget what makes no difference; only the
// states of a process by itself are fewer. Mutants of the rules are among them.
func TestForgettingLosesNothing(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	for _, c := range forgetful(t) {
		t.Run(c.Name(), func(t *testing.T) {
			r, err := delivery.Check(t.Context(), c, delivery.Options)
			require.NoError(t, err)
			whole, err := delivery.Check(t.Context(), delivery.Whole(c), delivery.Options)
			require.NoError(t, err)
			require.True(t, whole.Complete)
			require.Equal(t, whole.Classes, r.Classes)
			require.Equal(t, sizeOf(whole), sizeOf(r))
			require.Equal(t, whole.Unreached, r.Unreached)
			require.Equal(t, violated(whole), violated(r))
			for p := range r.Locals {
				require.LessOrEqual(t, r.Locals[p], whole.Locals[p])
			}
		})
	}
}

// A process that forgets more is told from one that does not: without all votes of
// past rounds nobody decides by an old one.
func TestForgettingTooMuchShows(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	for _, dialect := range []string{"paper", node, "cometbft-v1"} {
		c := delivery.Config{
			Dialect: dialect, Validators: 4, Byzantine: 2, Proposers: []int{0, 1}, Stays: []int{1, 2}, Values: 1, AllValid: true,
			Backs: []consensus.Value{delivery.V0, delivery.V0}, Equivocation: 1,
		}
		if dialect != "paper" {
			c.Timers = one
		}
		rightly, err := delivery.Classes(t.Context(), c)
		require.NoError(t, err)
		less, err := delivery.Classes(t.Context(), delivery.Oblivious(c))
		require.NoError(t, err)
		require.NotEqual(t, rightly, less)
	}
}

func violated(r delivery.Result) map[string]int {
	found := map[string]int{}
	for i := range r.Violations {
		found[r.Violations[i].Property.Name] = r.Violations[i].Len()
	}
	return found
}

// forgetful are instances with every option that the votes which a process keeps
// have to do with, and bugs of the past.
func forgetful(t *testing.T) []delivery.Config {
	t.Helper()
	both := func(c delivery.Config) []delivery.Config {
		c.Timers = one
		d := c
		c.Dialect, d.Dialect = node, "cometbft-v1"
		return []delivery.Config{c, d}
	}
	var all []delivery.Config
	for _, c := range []delivery.Config{
		{Validators: 4, Byzantine: 1, Proposers: []int{0, byz}, Values: 1, Silent: []int{2}, AllValid: true},
		{Validators: 4, Byzantine: 1, Proposers: []int{0, byz}, Values: 1, Stays: []int{1, 2, 2}, AllValid: true, Backs: []consensus.Value{delivery.V0, delivery.V0}, Symmetric: true, Silent: []int{0}},
		{Validators: 4, Byzantine: 1, Proposers: []int{byz}, Values: 1, AllValid: true, Split: true, Backs: []consensus.Value{delivery.V0}, Silent: []int{2}, Symmetric: true},
		{Validators: 3, Proposers: []int{0}, Copies: 1, LateTocks: true},
		{Validators: 2, Proposers: []int{0, 1}, Values: 1, Copies: 1, Queue: delivery.InOrder},
		{Validators: 2, Proposers: []int{0, 1, 0}, Values: 1},
		{Validators: 3, Proposers: []int{0}, Values: 1, Queue: delivery.InOrder, Crashes: 1},
		{Validators: 4, Byzantine: 2, Proposers: []int{0}, Values: 1},
	} {
		all = append(all, both(c)...)
	}
	for _, b := range delivery.History {
		if b.Config.Validators > 3 {
			continue // too large for those that forget nothing
		}
		bugged, err := b.Bugged()
		require.NoError(t, err)
		all = append(all, bugged)
	}
	return append(all,
		delivery.Config{Validators: 2, Proposers: []int{0, 1}, Values: 1, AllValid: true},
		delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{byz}, Values: 1, Silent: []int{2}, Equivocation: 2},
		delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1, Rules: edited(t, consensus.PaperRules, noUpon, "L44")},
		delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1, Rules: edited(t, consensus.PaperRules, func(c *spec.Clause) { c.Upon = c.Upon[:1] }, "L49")},
		delivery.Config{Validators: 2, Proposers: []int{0, 1}, Values: 1, Rules: edited(t, consensus.PaperRules, func(c *spec.Clause) { c.Upon = c.Upon[:1] }, "L36")},
		delivery.Config{Dialect: node, Validators: 4, Byzantine: 2, Proposers: []int{0}, Values: 1, Timers: one, AllValid: true, Rules: edited(t, consensus.CometBFTv038Rules, stepAlso(consensus.NodePrecommit), "enterPrecommit")},
	)
}
