package picks_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/picks"
)

// with is CometBFT's dialect with other rules in place of one of its tables.
func with(t *testing.T, of *spec.Table, r *spec.Rules) *gossip.Dialect {
	t.Helper()
	mutant, err := spec.CompileMutant(r)
	require.NoError(t, err)
	d := *gossip.CometBFT
	if of == d.Picks {
		d.Picks = mutant
	} else {
		d.Updates = mutant
	}
	return &d
}

// without is rules without a clause.
func without(r *spec.Rules, key string) *spec.Rules {
	m := *r
	m.Clauses = slices.DeleteFunc(slices.Clone(r.Clauses), func(c spec.Clause) bool { return c.Key() == key })
	m.Priority = slices.DeleteFunc(slices.Clone(r.Priority), func(p spec.Precedence) bool { return p.Key == key })
	return &m
}

// unseen says of clauses why their absence is not noticed on the bundled logs.
var unseen = map[string]string{
	"V2": "V6 sends the same votes, and in these logs nothing came between",
	"V6": "what it would send V2 has sent",
	"Q1": "no line tells of a query", "Q2": "no line tells of a query", "Q3": "no line tells of a query", "Q4": "no line tells of a query",
	"announce.step": "no line tells of an announcement", "announce.block": "no line tells of an announcement",
	"announce.vote": "no line tells of an announcement", "announce.part": "no line tells of an announcement",
	"greet":                "no line tells of an announcement",
	"try.commit":           "the arrays had been made before the peer was in step commit",
	"try.pol":              "no peer is in a later round with a POL round",
	"newValidBlock.commit": "none says that it is about a commit",
	"hasProposal.named":    "no proposal comes after its header was named otherwise, with a vote to the peer before its next round",
	"proposalPOL":          "the one ProposalPOL tells what was marked",
	"vote.far":             "no peer that is far away sent a vote that is marked",
	"vote.next":            "no peer of the next height sent a vote before its array was made",
	"voteSetMaj23.first":   "claims are not printed", "voteSetMaj23.again": "claims are not printed", "voteSetMaj23.conflict": "claims are not printed",
	"voteSetBits.merge":     "the answers tell what was marked",
	"voteSetBits.overwrite": "no answer is about votes that the node does not have",
}

// TestDroppedRows: without a row, or an update, the bundled logs are not explained.
func TestDroppedRows(t *testing.T) {
	for _, of := range gossip.CometBFT.Tables() {
		var want []string
		mutants := map[string]*spec.Rules{}
		for i := range of.Rules.Clauses {
			key := of.Rules.Clauses[i].Key()
			mutants[key] = without(of.Rules, key)
			if unseen[key] != "" {
				want = append(want, key)
			}
		}
		require.ElementsMatch(t, want, survivors(t, of, mutants))
	}
}

// unordered says of neighbours in the priority why their order is not noticed.
var unordered = map[string]string{
	"D2 before D1 in the priority":     "a peer that names a header has parts, and D2 asks that it has none",
	"D3 before D2 in the priority":     "the same",
	"D4 before D3 in the priority":     "D3 is about an earlier height, D4 about ours",
	"V2 before V1 in the priority":     "a peer in step newHeight has no proposal yet",
	"V3 before V2 in the priority":     "no peer lacks prevotes of its round while it has yet to prevote on a POL",
	"V6 before V5 in the priority":     "V2 has sent what V6 would",
	"V-none before V6 in the priority": "the same",
}

// TestSwappedRows: with two neighbouring rows of a lane swapped, neither are they.
func TestSwappedRows(t *testing.T) {
	of := gossip.CometBFT.Picks
	mutants := map[string]*spec.Rules{}
	for _, mu := range spec.Mutations(of.Rules, nil) {
		if mu.Kind != spec.SwapPriority {
			continue
		}
		at := slices.IndexFunc(mu.Rules.Priority, func(p spec.Precedence) bool { return p.Key == mu.Clause })
		first, second := lane(of, mu.Rules.Priority[at].Key), lane(of, mu.Rules.Priority[at-1].Key)
		if first == second && (first == gossip.PickData || first == gossip.PickCurrent) {
			mutants[mu.Name] = mu.Rules
		}
	}
	require.Len(t, mutants, 9)
	require.ElementsMatch(t, slices.Collect(maps.Keys(unordered)), survivors(t, of, mutants))
}

// lane is the binding of a row.
func lane(of *spec.Table, key string) *spec.Binding {
	for i := range of.Rules.Clauses {
		if c := &of.Rules.Clauses[i]; c.Key() == key {
			return c.Of
		}
	}
	return nil
}

// survivors lists the mutants of a table that no bundled log notices.
func survivors(t *testing.T, of *spec.Table, mutants map[string]*spec.Rules) []string {
	t.Helper()
	if !large {
		t.Skip("too slow under the race detector")
	}
	type log struct {
		lines  []string
		itself *picks.Report
	}
	var logs []log
	for _, name := range []string{"double-sign/node0", "kill-restart/node1", "v1-normal/node0"} {
		lines := linesOf(t, name)
		itself := judge(t, lines, picks.Options{})
		explained(t, itself)
		logs = append(logs, log{lines, itself})
	}
	var alive []string
	for name, rules := range mutants {
		d := with(t, of, rules)
		if !slices.ContainsFunc(logs, func(l log) bool { return noticed(judge(t, l.lines, picks.Options{Dialect: d}), l.itself) }) {
			alive = append(alive, name)
		}
	}
	return alive
}
