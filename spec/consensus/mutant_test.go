package consensus_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// mutantOf compiles the paper's rules with one clause changed. It may break the
// laws of a table: a mutant is wrong on purpose.
func mutantOf(t *testing.T, key string, spoil func(c *spec.Clause)) *spec.Table {
	t.Helper()
	rules := *consensus.PaperRules
	rules.Clauses = slices.Clone(rules.Clauses)
	spoil(clauseOf(t, rules.Clauses, key))
	table, err := spec.CompileMutant(&rules)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// A first line 22 spelled the paper perfectly and was wrong: its first phrase
// means two conditions, and one had been given.
func TestOracleCatchesHalfAPhrase(t *testing.T) {
	mutant := mutantOf(t, "L22", func(c *spec.Clause) {
		first := c.Upon[0]
		first.Conds = without(first.Conds, 1) // there is a proposal, whatever its vr
		c.Upon = spec.Phrases{first}
	})
	if got := compareWithPaper(mutant.Rules.Clauses, readPaper(t)); len(got) > 0 {
		t.Fatalf("words of the mutant: got %q, want those of the paper", got)
	}
	got := disagreements(mutant)
	if want := 48; len(got) != want {
		t.Errorf("observations on which the oracle disagrees: got %d, want %d", len(got), want)
	}
}

// libtm's line 28 again: this time by what it does instead of how it reads.
func TestOracleCatchesLibtm(t *testing.T) {
	mutant := mutantOf(t, "L28", func(c *spec.Clause) { c.Upon = c.Upon[:1] })
	if got, want := len(disagreements(mutant)), 16; got != want {
		t.Errorf("observations on which the oracle disagrees: got %d, want %d", got, want)
	}
}

// redundant lists the conditions that another one implies, so that dropping them
// alone changes nothing. The paper has them, and so do we.
var redundant = map[string]string{
	"L28 upon proposal ∈ {invalid, valid}": "without a proposal there is no vr, and pol = backed speaks of one",
	"L28 while pol ∈ {unbacked, backed}":   "the prevotes of vr are counted only where 0 ≤ vr < round",
	"L36 upon proposal ∈ {invalid, valid}": "valid(v) is asked of proposed values only",
	"L49 upon proposal ∈ {invalid, valid}": "valid(v) is asked of proposed values only",
	"L49 while decided = no":               "a decided height is left in the same moment",
}

// droppedConditions says on how many observations the oracle disagrees when the
// condition is dropped from its phrase.
var droppedConditions = map[string]int{
	"L14 while proposer = self":               2,
	"L14 if validValue = set":                 1,
	"L20 while proposer = other":              2,
	"L22 upon pol = fresh":                    48,
	"L22 upon proposal ∈ {invalid, valid}":    6,
	"L22 while step = propose":                48,
	"L22 if lock ∈ {open, same}":              2,
	"L22 if proposal = valid":                 4,
	"L28 upon pol = backed":                   16,
	"L28 upon proposal ∈ {invalid, valid}":    0,
	"L28 while pol ∈ {unbacked, backed}":      0,
	"L28 while step = propose":                64,
	"L28 if lock ∈ {open, same, older}":       2,
	"L28 if proposal = valid":                 6,
	"L34 upon prevotes ∈ {mixed, nil, value}": 3,
	"L34 while step = prevote":                18,
	"L34 for the first time":                  9,
	"L36 upon polka = yes":                    30,
	"L36 upon proposal ∈ {invalid, valid}":    0,
	"L36 while proposal = valid":              30,
	"L36 while step ∈ {prevote, precommit}":   15,
	"L36 for the first time":                  30,
	"L36 if step = prevote":                   15,
	"L44 upon prevotes = nil":                 15,
	"L44 while step = prevote":                9,
	"L47 upon precommits = enough":            18,
	"L47 for the first time":                  18,
	"L49 upon commitQuorum = yes":             1,
	"L49 upon proposal ∈ {invalid, valid}":    0,
	"L49 while decided = no":                  0,
	"L49 if proposal = valid":                 1,
	"L55 upon laterRound = yes":               1,
	"L57 upon expired = propose":              2,
	"L57 if at = here":                        1,
	"L57 if step = propose":                   2,
	"L61 upon expired = prevote":              2,
	"L61 if at = here":                        1,
	"L61 if step = prevote":                   2,
	"L65 upon expired = precommit":            6,
	"L65 if at = here":                        3,
}

// TestOracleCatchesDroppedConditions drops every condition in turn, and every
// "for the first time".
func TestOracleCatchesDroppedConditions(t *testing.T) {
	got := map[string]int{}
	for i := range consensus.Algorithm {
		c := &consensus.Algorithm[i]
		for _, part := range phraseParts {
			for j, p := range *part.of(c) {
				for k, cond := range p.Conds {
					mutant := mutantOf(t, c.Key(), func(c *spec.Clause) {
						ps := slices.Clone(*part.of(c))
						ps[j].Conds = without(p.Conds, k)
						*part.of(c) = ps
					})
					got[fmt.Sprintf("%s %s %v", c.Key(), part.name, cond)] = len(disagreements(mutant))
				}
			}
		}
		if c.FirstTime != nil {
			mutant := mutantOf(t, c.Key(), func(c *spec.Clause) { c.FirstTime = nil })
			got[c.Key()+" for the first time"] = len(disagreements(mutant))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if got[name] != droppedConditions[name] {
			t.Errorf("without %q: the oracle disagrees on %d observations, want %d", name, got[name], droppedConditions[name])
		}
		if reason := redundant[name]; (got[name] == 0) != (reason != "") {
			t.Errorf("without %q: the oracle disagrees on %d observations, and the reason why it may be dropped is %q", name, got[name], reason)
		}
	}
	if len(got) != len(droppedConditions) {
		t.Errorf("conditions: got %d, want %d", len(got), len(droppedConditions))
	}
}
