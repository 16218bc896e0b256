package gossip_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/gossip"
	"github.com/polka-bft/polka/spec"
	rules "github.com/polka-bft/polka/spec/gossip"
)

// altered is polka's rules with some clauses changed.
func altered(t *testing.T, change func(*spec.Clause), keys ...string) *rules.Dialect {
	t.Helper()
	d := *rules.Polka
	found := 0
	compile := func(from *spec.Rules) *spec.Table {
		r := *from
		r.Clauses = slices.Clone(r.Clauses)
		for i := range r.Clauses {
			if slices.Contains(keys, r.Clauses[i].Key()) {
				change(&r.Clauses[i])
				found++
			}
		}
		table, err := spec.Compile(&r)
		require.NoError(t, err)
		return table
	}
	d.Picks, d.Updates = compile(rules.PolkaPicks), compile(rules.PolkaUpdates)
	require.Equal(t, len(keys), found)
	return &d
}

// Every claim is violated by some instance: by a standard one, or by
// one with rules that were spoiled for it.
func TestClaimsCanFail(t *testing.T) {
	failed := map[string]bool{}
	for _, e := range gossip.Standard {
		for _, name := range e.Violates { // TestStandard finds them so
			failed[name] = true
		}
	}
	standard := func(name string) gossip.Config {
		e, ok := gossip.EntryNamed(name)
		require.True(t, ok, name)
		return e.Config
	}
	// instead puts a condition in the place of the last one.
	instead := func(o spec.Cond) func(*spec.Clause) {
		return func(c *spec.Clause) {
			c.While = append(slices.Clone(c.While[:len(c.While)-1]), spec.Says("spoiled", o))
		}
	}
	// B leaves round 0, of which it was sent the proposal.
	left := standard("polka-pol")
	left.Chain = gossip.Chain{Validators: 1, Heights: []gossip.Height{{Parts: 1, Rounds: []gossip.Round{
		{Proposer: -1, POLRound: -1, Prevotes: "N", Precommits: "N"}, {Proposer: -1, POLRound: -1, Prevotes: ".", Precommits: "."},
	}}}}
	left.Nodes[0].Round, left.Nodes[1].Round, left.Static, left.Timeouts = 0, 0, [2]bool{true, false}, true
	left.Nodes[0].Votes[0] = [2]gossip.Mask{1, 1}
	for _, tt := range []struct {
		claim string
		in    gossip.Config
		rules *rules.Dialect
	}{
		{"votes arrive", standard("polka-split-prevotes"), altered(t, instead(rules.OurPrevotes.Is(rules.No)), "V3", "V5")},
		{"proposals arrive", standard("polka-pol"), altered(t, instead(rules.OurProposal.Is(rules.Had)), "D4")},
		{"nothing believed is sent", standard("polka-pol"), altered(t, instead(rules.OurProposal.In(rules.Had, rules.Lacking)), "D4")},
		{"proposals are had", left, altered(t, func(c *spec.Clause) { c.First = spec.Effects{c.First[0], c.First[2]} }, "newRoundStep.round")},
		{"no part is sent twice", standard("polka-two-parts"), altered(t, func(c *spec.Clause) {
			c.Upon = spec.Phrases{spec.Says("spoiled", rules.Item.Is(rules.PartItem), rules.Result.Is(rules.Failed))}
		}, "sent.part")},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			tt.in.Rules = tt.rules
			r, err := gossip.Check(t.Context(), tt.in, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Violates(tt.claim))
			failed[tt.claim] = true
		})
	}
	for _, name := range gossip.Claims() {
		require.True(t, failed[name], "nothing violates %q", name)
	}
}
