package consensus_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// mutantPlays is how many plays a mutant must survive to be called alive.
const mutantPlays = 1000

// A nodeMutant is the CometBFT dialect with one clause spoilt.
type nodeMutant struct {
	name  string
	key   string
	spoil func(c *spec.Clause)
}

// conditionMutants drops every condition in turn, and every "for the first time".
func conditionMutants() []nodeMutant {
	var out []nodeMutant
	for i := range consensus.CometBFTv038Rules.Clauses {
		c := &consensus.CometBFTv038Rules.Clauses[i]
		for _, part := range phraseParts {
			for j, p := range *part.of(c) {
				for k, cond := range p.Conds {
					out = append(out, nodeMutant{fmt.Sprintf("%s %s %v", c.Key(), part.name, cond), c.Key(), func(c *spec.Clause) {
						ps := slices.Clone(*part.of(c))
						ps[j].Conds = without(p.Conds, k)
						*part.of(c) = ps
					}})
				}
			}
		}
		if c.FirstTime != nil {
			out = append(out, nodeMutant{c.Key() + " for the first time", c.Key(), func(c *spec.Clause) { c.FirstTime = nil }})
		}
	}
	return out
}

// effectMutants drops every effect in turn, and swaps every two neighbours.
func effectMutants() []nodeMutant {
	var out []nodeMutant
	for i := range consensus.CometBFTv038Rules.Clauses {
		c := &consensus.CometBFTv038Rules.Clauses[i]
		for _, part := range effectParts {
			es := *part.of(c)
			for j, e := range es {
				out = append(out, nodeMutant{fmt.Sprintf("%s %s without %s", c.Key(), part.name, e.Do), c.Key(), func(c *spec.Clause) {
					*part.of(c) = without(es, j)
				}})
				if j+1 < len(es) {
					out = append(out, nodeMutant{fmt.Sprintf("%s %s %s after %s", c.Key(), part.name, e.Do, es[j+1].Do), c.Key(), func(c *spec.Clause) {
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
	rules := *consensus.CometBFTv038Rules
	rules.Clauses = slices.Clone(rules.Clauses)
	m.spoil(clauseOf(t, rules.Clauses, m.key))
	table, err := spec.CompileMutant(&rules)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	return table
}

// nodeSurvivors lists the mutants that nothing can tell from the dialect, and
// why. The code has what they lack, and so have we.
var nodeSurvivors = []struct {
	why     string
	mutants []string
}{
	{"only with a majority for a value can something be that value", []string{
		"enterPrecommit.relock while prevotes = value",
		"enterPrecommit.lock while prevotes = value",
		"block.valid upon prevotes = value",
	}},
	{"a POLRound is below the round", []string{"addVote.pol upon r = past"}},
	{"step newHeight is of round 0, and the height began with nothing marked", []string{"enterNewRound.first then without SetRound"}},
	{"enterPropose follows at once, and takes step newHeight as well", []string{"enterNewRound.first then without SetStepNewRound"}},
	{"a block that is not v comes from parts that are not v's, and collecting those of v drops it", []string{"addVote.valid else without DropBlock"}},
	{"the two change different variables", []string{
		"enterNewRound.later then SetRound after SetStepNewRound",
		"enterNewRound.later then SetStepNewRound after ClearProposal",
		"enterNewRound.first then SetRound after SetStepNewRound",
		"enterPropose.self then SchedulePropose after TakeValidValue",
		"enterPropose.self else SchedulePropose after TakeNewValue",
		"enterPrecommit.lock then LockValue after LockRound",
		"enterPrecommit.unknown then Unlock after FetchBlock",
		"enterCommit.locked then TakeLockedBlock after SetStepCommit",
		"enterCommit.locked then SetStepCommit after SetCommitRound",
		"enterCommit.block finally SetStepCommit after SetCommitRound",
		"tryFinalizeCommit then NextHeight after Reset",
		"tryFinalizeCommit then Reset after BeginHeight",
		"addVote.valid then ValidValue after ValidRound",
		"block.valid then ValidValue after ValidRound",
	}},
	{"a message or a timeout does not show the step", []string{
		"enterPropose.self finally SendProposal after SetStepPropose",
		"enterPropose.other then SchedulePropose after SetStepPropose",
		"enterPrevote.locked then SendPrevoteLocked after SetStepPrevote",
		"enterPrevote.block then SendPrevoteHeld after SetStepPrevote",
		"enterPrevote.nil then SendPrevoteNil after SetStepPrevote",
		"enterPrecommit.noPolka then SendPrecommitNil after SetStepPrecommit",
		"enterPrecommit.nil then SendPrecommitNil after SetStepPrecommit",
		"enterPrecommit.relock then SendPrecommit after SetStepPrecommit",
		"enterPrecommit.lock then SendPrecommit after SetStepPrecommit",
		"enterPrecommit.unknown then SendPrecommitNil after SetStepPrecommit",
	}},
	{"a precommit does not show the lock or what is collected", []string{
		"enterPrecommit.nil then Unlock after SendPrecommitNil",
		"enterPrecommit.relock then LockRound after SendPrecommit",
		"enterPrecommit.lock then LockRound after SendPrecommit",
		"enterPrecommit.unknown then FetchBlock after SendPrecommitNil",
	}},
	{"a logged step does not show the commit round", []string{
		"enterCommit.locked then SetCommitRound after LogStep",
		"enterCommit.block finally SetCommitRound after LogStep",
	}},
}

func TestCometBFTMutantsDie(t *testing.T) {
	var plays []nodePlay
	for seed := range mutantPlays {
		plays = append(plays, nodePlays.Example(seed))
	}
	why := map[string]string{}
	for _, group := range nodeSurvivors {
		for _, name := range group.mutants {
			why[name] = group.why
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
	for _, m := range conditionMutants() {
		try(m, "oracle", len(nodeDisagreements(m.compile(t))) > 0)
	}
	for _, m := range effectMutants() {
		table := m.compile(t)
		try(m, "reference", slices.ContainsFunc(plays, func(w nodePlay) bool { return w.perform(table, nil) != "" }))
	}
	for name := range why {
		if !survivors[name] {
			t.Errorf("mutant %q does not live, or does not exist", name)
		}
	}
	if got, want := fmt.Sprintf("%v, %d live", killed, len(survivors)), "map[oracle:99 reference:122], 37 live"; got != want {
		t.Errorf("mutants: got %s, want %s", got, want)
	}
}
