package consensus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// mutantPlays is how many plays a mutant must survive to be called alive.
const mutantPlays = 2500

// A nodeMutant is a CometBFT dialect with one clause spoilt.
type nodeMutant struct {
	rules *spec.Rules
	name  string
	key   string
	spoil func(c *spec.Clause)
}

// conditionMutants drops every condition in turn, and every "for the first time".
func conditionMutants(rules *spec.Rules) []nodeMutant {
	var out []nodeMutant
	for i := range rules.Clauses {
		c := &rules.Clauses[i]
		for _, part := range phraseParts {
			for j, p := range *part.of(c) {
				for k, cond := range p.Conds {
					out = append(out, nodeMutant{rules, fmt.Sprintf("%s %s %v", c.Key(), part.name, cond), c.Key(), func(c *spec.Clause) {
						ps := slices.Clone(*part.of(c))
						ps[j].Conds = without(p.Conds, k)
						*part.of(c) = ps
					}})
				}
			}
		}
		if c.FirstTime != nil {
			out = append(out, nodeMutant{rules, c.Key() + " for the first time", c.Key(), func(c *spec.Clause) { c.FirstTime = nil }})
		}
	}
	return out
}

// effectMutants drops every effect in turn, and swaps every two neighbours.
func effectMutants(rules *spec.Rules) []nodeMutant {
	var out []nodeMutant
	for i := range rules.Clauses {
		c := &rules.Clauses[i]
		for _, part := range effectParts {
			es := *part.of(c)
			for j, e := range es {
				out = append(out, nodeMutant{rules, fmt.Sprintf("%s %s without %s", c.Key(), part.name, e.Do), c.Key(), func(c *spec.Clause) {
					*part.of(c) = without(es, j)
				}})
				if j+1 < len(es) {
					out = append(out, nodeMutant{rules, fmt.Sprintf("%s %s %s after %s", c.Key(), part.name, e.Do, es[j+1].Do), c.Key(), func(c *spec.Clause) {
						swapped := slices.Clone(es)
						swapped[j], swapped[j+1] = swapped[j+1], swapped[j]
						*part.of(c) = swapped
					}})
				}
			}
		}
	}
	return out
}

func (m nodeMutant) compile(t *testing.T) *spec.Table {
	t.Helper()
	rules := *m.rules
	rules.Clauses = slices.Clone(rules.Clauses)
	m.spoil(clauseOf(t, rules.Clauses, m.key))
	table, err := spec.CompileMutant(&rules)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	return table
}

// survivors are mutants that live for one reason; only, when it is not empty,
// names the dialect that they are of.
type survivors struct {
	why     string
	mutants []string
	only    string
}

func (s survivors) in(dialect string) bool { return s.only == "" || s.only == dialect }

// nodeSurvivors lists the mutants that nothing can tell from the dialect, and
// why. The code has what they lack, and so have we.
var nodeSurvivors = []survivors{
	{why: "only with a majority for a value can something be that value", mutants: []string{
		"enterPrecommit.relock while prevotes = value",
		"enterPrecommit.lock while prevotes = value",
		"enterPrecommit.invalid while prevotes = value",
		"block.valid upon prevotes = value",
	}},
	{why: "without a proposal its time is good, and so is that of a proposal of an old block", mutants: []string{
		"enterPrevote.misdated while offer ∈ {invalid, valid}",
		"enterPrevote.untimely while offer ∈ {invalid, valid}",
		"enterPrevote.untimely while backing = new",
	}},
	{why: "a POLRound is below the round", mutants: []string{"addVote.pol upon r = past"}},
	{why: "step newHeight is of round 0, and the height began with nothing marked", mutants: []string{"enterNewRound.first first without SetRound"}},
	{why: "step newHeight is of round 0", mutants: []string{"txs.early while r = current"}},
	{why: "the two change different variables", mutants: []string{
		"enterNewRound.later then SetRound after SetStepNewRound",
		"enterNewRound.later then SetStepNewRound after ClearProposal",
		"enterNewRound.first first SetRound after SetStepNewRound",
		"enterPropose.self then SchedulePropose after TakeValidValue",
		"enterPropose.self else SchedulePropose after TakeNewValue",
		"enterPrecommit.lock then LockHeld after LockRound",
		"enterCommit.locked then TakeLockedBlock after SetStepCommit",
		"enterCommit.locked then SetStepCommit after SetCommitRound",
		"enterCommit.block finally SetStepCommit after SetCommitRound",
		"tryFinalizeCommit then NextHeight after Reset",
		"tryFinalizeCommit then Reset after BeginHeight",
		"addVote.valid then ValidHeld after ValidRound",
		"block.valid then ValidHeld after ValidRound",
	}},
	{why: "the two change different variables", only: "cometbft-v0.38", mutants: []string{
		"enterPrecommit.unknown then Unlock after FetchBlock",
	}},
	{why: "a message or a timeout does not show the step", mutants: []string{
		"enterPropose.self finally SendProposal after SetStepPropose",
		"enterPropose.other then SchedulePropose after SetStepPropose",
		"enterPrevote then CallDoPrevote after SetStepPrevote",
		"enterPrecommit then CallDoPrecommit after SetStepPrecommit",
	}},
	{why: "a precommit does not show the lock or what is collected", mutants: []string{
		"enterPrecommit.relock then LockRound after SendPrecommit",
		"enterPrecommit.lock then LockRound after SendPrecommit",
		"enterPrecommit.unknown then FetchBlock after SendPrecommitNil",
	}},
	{why: "a precommit does not show the lock", only: "cometbft-v0.38", mutants: []string{
		"enterPrecommit.nil then Unlock after SendPrecommitNil",
	}},
	{why: "a logged step does not show the commit round", mutants: []string{
		"enterCommit.locked then SetCommitRound after LogStep",
		"enterCommit.block finally SetCommitRound after LogStep",
	}},
}

func TestCometBFTMutantsDie(t *testing.T) {
	if !large {
		t.Skip("too many for the race detector")
	}
	var plays []nodePlay
	for seed := range mutantPlays {
		plays = append(plays, nodePlays.Example(seed))
	}
	for _, tt := range []struct{ dialect, figures string }{
		{"cometbft-v0.38", "map[oracle:113 reference:121], 31 live"},
		{"cometbft-v1", "map[oracle:130 reference:127], 32 live"},
	} {
		t.Run(tt.dialect, func(t *testing.T) {
			d, _ := consensus.DialectNamed(tt.dialect)
			if got := mutantsDie(t, d.Table.Rules, plays); got != tt.figures {
				t.Errorf("mutants: got %s, want %s", got, tt.figures)
			}
		})
	}
}

// mutantsDie tries every mutant of the rules, and gives the figures.
func mutantsDie(t *testing.T, rules *spec.Rules, plays []nodePlay) string {
	t.Helper()
	why := map[string]string{}
	for _, group := range nodeSurvivors {
		for _, name := range group.mutants {
			if key, _, _ := strings.Cut(name, " "); hasClause(rules, key) && group.in(rules.Name) {
				why[name] = group.why
			}
		}
	}
	killed := map[string]int{}
	survivors := map[string]bool{}
	try := func(m nodeMutant, by string, dies bool) {
		if dies {
			killed[by]++
			return
		}
		survivors[m.name] = true
		if why[m.name] == "" {
			t.Errorf("mutant %q lives", m.name)
		}
	}
	for _, m := range conditionMutants(rules) {
		try(m, "oracle", len(nodeDisagreements(m.compile(t))) > 0)
	}
	for _, m := range effectMutants(rules) {
		table := m.compile(t)
		try(m, "reference", slices.ContainsFunc(plays, func(w nodePlay) bool { return w.perform(table, nil) != "" }))
	}
	for name := range why {
		if !survivors[name] {
			t.Errorf("mutant %q does not live, or does not exist", name)
		}
	}
	return fmt.Sprintf("%v, %d live", killed, len(survivors))
}

func hasClause(rules *spec.Rules, key string) bool {
	return slices.ContainsFunc(rules.Clauses, func(c spec.Clause) bool { return c.Key() == key })
}
