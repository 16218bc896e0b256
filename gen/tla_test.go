package gen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/gen/internal/tlacheck"
	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// small lists the instances that the evaluator of the tests explores.
var small = []string{"one-round", "one-round-byzantine", "too-many-one-proposal", "too-many", "too-many-correct-proposers"}

// exported reads a file of docs/tla. That these are what is generated now is
// tested with the command.
func exported(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join("..", "docs", "tla", name))
	return string(b), err
}

// exploreTLA explores an exported instance. Instead of a file of docs/tla it
// reads the text that is given under the file's name, if there is one.
func exploreTLA(t *testing.T, instance string, o tlacheck.Options, texts map[string]string) *tlacheck.Report {
	t.Helper()
	read := func(file string) (string, error) {
		if text, ok := texts[file]; ok {
			return text, nil
		}
		return exported(file)
	}
	name := "MC_" + strings.ReplaceAll(instance, "-", "_")
	cfg, err := read(name + ".cfg")
	require.NoError(t, err)
	r, err := tlacheck.Check(name, func(module string) (string, error) { return read(module + ".tla") }, cfg, o)
	require.NoError(t, err)
	return r
}

// tlaWord is the name that a property of modelcheck/bft has in the modules.
func tlaWord(property string) string {
	var b strings.Builder
	for _, word := range strings.Fields(property) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// allSometimes lists what must be reachable, as the modules call it.
var allSometimes = []string{
	"EveryoneDecides", "EveryoneReachesTheLastRound", "DecisionAfterAProofOfLock", "DecisionByAnOldRound", "AnOlderLockGivesWay", "ALockMoves",
}

// notOfStates says why a property of modelcheck/bft is no property of the
// modules.
var notOfStates = map[string]string{
	"one decision": "it is checked when the module is generated",
	"own proposal": "which validValue and validRound a process had when it proposed, a state does not tell",
	"the locked value proposed anew is prevoted": "which of several proposals a prevote answers, a state does not tell",
	"a round is skipped":                         "where a process was before, a state does not tell",
}

// TestTLACounts: the exported modules have the states, the depth and the verdict
// of modelcheck/bft; with the violations, and without stopping at them.
func TestTLACounts(t *testing.T) {
	for _, name := range small {
		for _, on := range []bool{false, true} {
			e, err := bft.Find(name)
			require.NoError(t, err)
			want, err := bft.Check(t.Context(), e.Config, modelcheck.Options{KeepGoing: on})
			require.NoError(t, err)
			if on && (len(want.Violations) == 0 || want.States > 10_000) || !large && want.States > 1_000 {
				continue // it would not have stopped, or is too large
			}
			got := exploreTLA(t, name, tlacheck.Options{KeepGoing: on, Reach: allSometimes}, nil)
			require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth}, name)
			require.Equal(t, violatedBy(&want), got.Violated, name)
			reachable := allSometimes[:2]
			if len(e.Config.Proposers) == 2 {
				// An older lock gives way to a proof of lock of another round
				// before: that takes three, where proposers are correct.
				reachable = without(allSometimes, "AnOlderLockGivesWay")
			}
			require.ElementsMatch(t, reachable, got.Reached, name)
		}
	}
}

// TestTLAReadme: what docs/tla/README.md tells people to expect of TLC is what
// modelcheck/bft finds, for every instance.
func TestTLAReadme(t *testing.T) {
	page, err := exported("README.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| MC_(\w+) \| (\[[^]]+\]) \| (\d+) \| (\d+) \| (.+) \|$`).FindAllStringSubmatch(page, -1)
	models := plainModels()
	require.Len(t, rows, len(models))
	for i, row := range rows {
		e := models[i]
		require.Equal(t, strings.ReplaceAll(e.Name, "-", "_"), row[1])
		require.Equal(t, e.Config.Rotation(), row[2])
		if !large && len(row[3]) > 4 {
			continue
		}
		r, err := bft.Check(t.Context(), e.Config, modelcheck.Options{KeepGoing: true})
		require.NoError(t, err)
		verdict := "holds"
		for _, v := range r.Violations {
			verdict = tlaWord(v.Property.Name) + " is violated"
		}
		require.Equal(t, []string{fmt.Sprint(r.States), fmt.Sprint(r.Depth + 1), verdict}, row[3:], e.Name)
	}
	var first []any // depths of the first violation
	for _, e := range models {
		if e.Violates == "" {
			continue
		}
		r, err := bft.Check(t.Context(), e.Config, modelcheck.Options{})
		require.NoError(t, err)
		first = append(first, r.Depth+1)
	}
	require.Contains(t, page, fmt.Sprintf("which is in depth %d and %d.", first...))
}

// plainModels are the standard models that are exported: TLC counts nothing.
func plainModels() []bft.Entry {
	return slices.DeleteFunc(slices.Clone(bft.Standard), func(e bft.Entry) bool { return e.Config.Counted || e.Exact })
}

// TestTLAClaims: the properties of the configurations are those of
// modelcheck/bft: of what must hold, each of which has a mutant that it kills,
// and of what is awaited in three rounds. It lacks those of notOfStates, which
// the README names, and no others.
func TestTLAClaims(t *testing.T) {
	cfg, err := exported("MC_one_round.cfg")
	require.NoError(t, err)
	page, err := exported("README.md")
	require.NoError(t, err)
	_, list, _ := strings.Cut(cfg, "INVARIANTS\n")
	list, rest, _ := strings.Cut(list, "\n\n")
	var sometimes []string
	for _, m := range regexp.MustCompile(`INVARIANT Never(\w+)`).FindAllStringSubmatch(rest, -1) {
		sometimes = append(sometimes, m[1])
	}
	require.Equal(t, allSometimes, sometimes)

	names := map[string]bool{}
	for _, m := range bft.Mutants {
		if m.By != "" && !strings.Contains(m.By, ": ") {
			names[m.By] = true
		}
	}
	require.Greater(t, len(names), 15)
	c := bft.Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1, bft.Byzantine}}
	begun, err := bft.Check(t.Context(), c, modelcheck.Options{MaxStates: 3})
	require.NoError(t, err)
	require.Greater(t, len(begun.Unreached), 5)
	for _, name := range begun.Unreached {
		names[name] = true
	}
	for name := range notOfStates {
		require.Contains(t, names, name)
		require.Contains(t, strings.Join(strings.Fields(page), " "), "\""+name+"\"")
		delete(names, name)
	}
	var want []string
	for name := range names {
		want = append(want, tlaWord(name))
	}
	require.ElementsMatch(t, want, append(strings.Fields(list), sometimes...))
}

// exploreConfig explores an instance of which nothing is exported.
func exploreConfig(t *testing.T, c bft.Config, paper string, o tlacheck.Options) *tlacheck.Report {
	t.Helper()
	in := gen.TLAInstance{Name: "x", Doc: "some instance", Powers: c.Powers, Byzantine: c.Byzantine, Proposers: c.Proposers, Silent: c.Silent}
	if in.Powers == nil {
		in.Powers = slices.Repeat([]int64{1}, c.Validators)
	}
	module, config := gen.TLAInstanceTexts(in)
	return exploreTLA(t, "x", o, map[string]string{"MC_x.tla": module, "MC_x.cfg": config, "Paper.tla": paper})
}

// without is a list of names without some.
func without(names []string, some ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(some, name) })
}

// violatedBy lists what a search found violated, as the modules call it.
func violatedBy(r *bft.Result) []string {
	var names []string
	for _, v := range r.Violations {
		names = append(names, tlaWord(v.Property.Name))
	}
	return names
}

// TestTLAMoreCounts: two rounds, which the evaluator can explore with few
// processes only, unequal powers, and a process that is silent. Every rule is
// followed in one of them.
func TestTLAMoreCounts(t *testing.T) {
	paper, err := exported("Paper.tla")
	require.NoError(t, err)
	fired := map[string]bool{}
	for _, c := range []bft.Config{
		{Validators: 2, Proposers: []int{0, 1}},
		{Validators: 3, Byzantine: 1, Proposers: []int{0}, Powers: []int64{3, 2, 1}},
		{Validators: 4, Byzantine: 2, Proposers: []int{bft.Byzantine, 0, bft.Byzantine}, Silent: []int{1}},
		{Validators: 4, Byzantine: 2, Proposers: []int{0, bft.Byzantine, 1}, Silent: []int{1}},
	} {
		want, err := bft.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
		require.NoError(t, err)
		got := exploreConfig(t, c, paper, tlacheck.Options{KeepGoing: true, Reach: allSometimes})
		for _, rule := range want.Coverage {
			fired[rule.Clause] = fired[rule.Clause] || rule.Fired > 0
		}
		require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth}, c.Name())
		require.Len(t, got.Violated, len(want.Violations), c.Name())
		for _, name := range want.Unreached {
			require.NotContains(t, got.Reached, tlaWord(name), c.Name())
		}
	}
	for rule, yes := range fired {
		require.True(t, yes, rule)
	}
}

// TestTLAOlderLock: with too many Byzantine validators an older lock gives way
// before anybody disagrees.
func TestTLAOlderLock(t *testing.T) {
	if !large {
		t.Skip("thousands of states, and no goroutines")
	}
	paper, err := exported("Paper.tla")
	require.NoError(t, err)
	c := bft.Config{Validators: 3, Byzantine: 1, Powers: []int64{1, 1, 2}, Proposers: []int{bft.Byzantine, bft.Byzantine}}
	want, err := bft.Check(t.Context(), c, modelcheck.Options{})
	require.NoError(t, err)
	got := exploreConfig(t, c, paper, tlacheck.Options{Reach: allSometimes})
	require.Equal(t, []string{"Agreement"}, got.Violated)
	require.Equal(t, violatedBy(&want), got.Violated)
	require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth})
	require.Contains(t, got.Reached, "AnOlderLockGivesWay")
}

// TestTLASeesTheText: without one guard, effect or forgetting of the text the
// module has other states.
func TestTLASeesTheText(t *testing.T) {
	text, err := exported("Paper.tla")
	require.NoError(t, err)
	for _, tt := range []struct{ instance, operator, drop string }{
		{"one-round", "L22If(", `/\ step[p] = "propose"`},
		{"one-round", "L34(", `/\ step[p] = "prevote"`},
		{"one-round-byzantine", "L22If(", `/\ "valid" \in Proposal(p, v, vr)`},
		{"too-many-one-proposal", "L36If(", `/\ Polka(p, v)`},
		{"too-many-one-proposal", "L44(", `/\ "nil" \in Prevotes(p)`},
		{"too-many-one-proposal", "L49If(", `/\ PrecommitQuorum(r, v)`},
		{"too-many-one-proposal", "Awaited(", `s \in AwaitedIn(t) /\ `},
		{"too-many-one-proposal", "Awaited(", ` /\ ~(t = "precommit" /\ r = LastRound)`},
		{"too-many-one-proposal", "Asked(", `s \in AskedIn(n) /\ `},
		{"too-many-one-proposal", "Quorums ==", " + ByzantinePower"},
	} {
		if !large && strings.HasPrefix(tt.instance, "one-round") {
			continue
		}
		before, rest, ok := strings.Cut(text, "\n"+tt.operator)
		require.True(t, ok, tt)
		head, tail, ok := strings.Cut(rest, tt.drop)
		require.True(t, ok, tt)
		require.NotContains(t, head, "\n\n", "it is in another operator")
		e, err := bft.Find(tt.instance)
		require.NoError(t, err)
		want, err := bft.Check(t.Context(), e.Config, modelcheck.Options{})
		require.NoError(t, err)
		got := exploreTLA(t, tt.instance, tlacheck.Options{}, map[string]string{"Paper.tla": before + "\n" + tt.operator + head + tail})
		require.NotEqual(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth}, tt)
	}
}

// A gap is what of a mutant a step shows and a state does not, or the other way
// round: the only differences that TestTLASeesTheClauses accepts.
type gap struct {
	mutant, on string // where; "" for everywhere
	hidden     string // what bft finds violated and the module does not
	also       string // what the module finds besides
	later      string // what it finds in a later depth, where nothing else is left of what bft finds
	why        string
}

const (
	firstOnly = "of the claims that a step breaks, bft records the first"
	again     = "a state does not tell how often a timeout was started in its round"
	forgotten = "after the precommit a state does not tell whether timeoutPrevote was started"
	twice     = "a state does not tell whether the vote that belongs to a step was sent in that step or earlier in its round"
)

var gaps = []gap{
	{mutant: "nothing is proposed", on: "[B 0 B]", hidden: "OneDecision", why: "the proposal that lines 16 to 19 pass on is no variable of the module"},
	{mutant: "timeoutPrevote is scheduled without prevotes", also: "PossibleObservations", why: firstOnly},
	{mutant: "timeoutPrecommit is scheduled without precommits", also: "PossibleObservations", why: firstOnly},
	{mutant: "a lock without a polka", also: "LockJustified ValidValueJustified", why: firstOnly},
	{mutant: "a precommit without a lock on its value", also: "LockKept", why: firstOnly},
	{mutant: "a lock keeps its old round", also: "LockKept", why: firstOnly},
	{mutant: "a lock without a precommit", also: "AVoteForEachStep", why: firstOnly},
	{mutant: "timeoutPrevote is scheduled again and again", hidden: "TimeoutsJustified", why: again},
	{mutant: "timeoutPrecommit is scheduled again and again", hidden: "TimeoutsJustified", why: again},
	{mutant: "a later round sends back to round 0", on: "[B 0 B]", hidden: "TimeoutsJustified", later: "NoEquivocation", why: again},
	{mutant: "a polka for nil takes the lock away", on: "[B 0 B]", hidden: "TimeoutsJustified AVoteForEachStep", later: "LockKept", why: again + "; " + twice},
	{mutant: "nil is precommitted without a polka for nil", on: "[B 0 B]", hidden: "NilJustified", why: forgotten},
	{mutant: "timeoutPrevote of another round counts", on: "[B 0 B]", hidden: "NilJustified", why: forgotten},
	{mutant: "a prevote does not end step propose", on: "[B 0 B]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "timeoutPropose does not end step propose", on: "[B 0 B]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "timeoutPrevote does not end step prevote", on: "[0]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "timeoutPrevote does not end step prevote", on: "[B 0 B]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "nil is precommitted without ending step prevote", on: "[0]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "nil is precommitted without ending step prevote", on: "[B 0 B]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "timeoutPrecommit begins the same round again", on: "[0 1]", hidden: "AVoteForEachStep", why: twice},
	{mutant: "timeoutPrecommit begins the same round again", on: "[B 0 B]", hidden: "AVoteForEachStep", later: "NoEquivocation", why: twice},
}

// refused says of which mutants no module is made, and why.
var refused = map[string]string{
	"everybody proposes":                    "L14If and L20 hold together",
	"the round is not entered":              "what StartRound leaves behind in the next height depends on the proposer",
	"the height is left without a decision": "L49If decides without leaving the height",
	"a decision does not end the height":    "L49If does something besides calling StartRound",
	"the next height inherits the lock":     "L49If begins the next height with lockedValue",
	"the next height is not begun":          "L49If begins the next height with round",
}

// TestTLASeesTheClauses: a clause that is wrong makes a module that is wrong in
// the same way. Each mutant of modelcheck/bft whose clauses are wrong is
// explored up to its first violation in two instances of some hundred states,
// and in its own if that is small. Every property that must hold is violated by
// one of them, but for agreement, which TestTLACounts sees violated.
func TestTLASeesTheClauses(t *testing.T) {
	if !large {
		t.Skip("the evaluator has no goroutines, and takes a minute under the race detector")
	}
	tiny := []bft.Config{
		{Validators: 2, Proposers: []int{0, 1}},
		{Validators: 4, Byzantine: 2, Proposers: []int{bft.Byzantine, 0, bft.Byzantine}, Silent: []int{1}},
	}
	right, err := exported("Paper.tla")
	require.NoError(t, err)
	tried, used, seen := 0, map[gap]bool{}, map[string]bool{}
	for _, m := range bft.Mutants {
		if m.Less != nil {
			continue
		}
		paper, err := mutantModule(t, &m)
		if refused[m.Name] != "" {
			require.ErrorContains(t, err, refused[m.Name], m.Name)
			continue
		}
		require.NoError(t, err, m.Name)
		require.NotEqual(t, right, paper, m.Name)
		instances := slices.Clone(tiny)
		if slices.ContainsFunc(plainModels(), func(e bft.Entry) bool { return slices.Contains(small, e.Name) && sameInstance(e.Config, m.On) }) {
			instances = append(instances, m.On)
		}
		for _, c := range instances {
			if !mutantMatters(t, c, m.Name) {
				continue // it has the states of the rules
			}
			c.Mutant = m.Name
			want, err := bft.Check(t.Context(), c, modelcheck.Options{})
			require.NoError(t, err)
			got := exploreConfig(t, c, paper, tlacheck.Options{})
			var g gap
			if i := slices.IndexFunc(gaps, func(g gap) bool { return g.mutant == m.Name && (g.on == "" || g.on == c.Rotation()) }); i >= 0 {
				g = gaps[i]
			}
			compareMutant(t, c.Name(), g, &want, got)
			tried++
			used[g] = true
			for _, name := range got.Violated {
				seen[name] = true
			}
		}
	}
	require.Greater(t, tried, 60)
	for _, g := range gaps {
		require.True(t, used[g], "no such difference: %+v", g)
	}

	i := slices.IndexFunc(bft.Mutants, func(m bft.Mutant) bool { return m.By == "validity" })
	paper, err := mutantModule(t, &bft.Mutants[i])
	require.NoError(t, err)
	for _, name := range exploreConfig(t, tiny[1], paper, tlacheck.Options{KeepGoing: true}).Violated {
		seen[name] = true
	}
	cfg, err := exported("MC_one_round.cfg")
	require.NoError(t, err)
	_, list, _ := strings.Cut(cfg, "INVARIANTS\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for _, name := range without(strings.Fields(list), "Agreement") {
		require.True(t, seen[name], "nothing shows that %s says anything", name)
	}
}

// compareMutant compares what both found of a mutant, but for a gap. A state
// with a fault has no successors in bft, and neither has one that violates
// something here, since both end with the depth of the first violation.
func compareMutant(t *testing.T, name string, g gap, want *bft.Result, got *tlacheck.Report) {
	t.Helper()
	all := violatedBy(want)
	hidden := strings.Fields(g.hidden)
	require.Subset(t, all, hidden, name)
	violated := append(without(all, hidden...), strings.Fields(g.also)...)
	if len(violated) == 0 && len(hidden) > 0 {
		require.Greater(t, got.Depth, want.Depth, name)
		require.ElementsMatch(t, strings.Fields(g.later), got.Violated, name)
		return
	}
	require.ElementsMatch(t, violated, got.Violated, name)
	switch {
	case len(hidden) > 0: // bft takes a state with the fault and one without it for two
		require.Equal(t, want.Depth, got.Depth, name)
		require.LessOrEqual(t, got.States, want.States, name)
	case want.States != got.States && (slices.Contains(all, "PossibleObservations") || slices.Contains(all, "NoDeadEnd")):
		// There it is a step to make the observation, or to find that there is
		// none; here it is the state before.
		require.Equal(t, want.Depth-1, got.Depth, name)
		require.Less(t, got.States, want.States, name)
	default:
		require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth}, name)
	}
}

// mutantModule is the module of a mutant.
func mutantModule(t *testing.T, m *bft.Mutant) (string, error) {
	t.Helper()
	rules := *consensus.PaperRules
	rules.Clauses = edited(t, rules.Clauses, m.Edits)
	table, err := spec.CompileMutant(&rules)
	require.NoError(t, err)
	paper, err := gen.TLAModule(table)
	return string(paper), err
}

// mutantMatters says whether a mutant does anything else than the rules.
func mutantMatters(t *testing.T, c bft.Config, mutant string) bool {
	t.Helper()
	rules, err := bft.Check(t.Context(), c, modelcheck.Options{})
	require.NoError(t, err)
	c.Mutant = mutant
	r, err := bft.Check(t.Context(), c, modelcheck.Options{})
	require.NoError(t, err)
	return r.States != rules.States || r.Depth != rules.Depth || len(r.Violations) > 0
}

// sameInstance says whether two instances of equal powers are the same.
func sameInstance(c, d bft.Config) bool {
	return c.Validators == d.Validators && c.Byzantine == d.Byzantine && slices.Equal(c.Proposers, d.Proposers) &&
		len(c.Silent) == 0 && len(d.Silent) == 0 && !d.Counted
}

// edited makes the edits of a mutant, as modelcheck/bft does for itself.
func edited(t *testing.T, clauses []spec.Clause, edits []bft.Edit) []spec.Clause {
	t.Helper()
	clauses = slices.Clone(clauses)
	for _, e := range edits {
		i := slices.IndexFunc(clauses, func(c spec.Clause) bool { return c.Key() == e.Clause })
		require.GreaterOrEqual(t, i, 0)
		c := &clauses[i]
		if e.Once {
			c.FirstTime = nil
		}
		for _, ps := range []*spec.Phrases{&c.Upon, &c.While, &c.If} {
			*ps = slices.DeleteFunc(slices.Clone(*ps), func(p spec.Phrase) bool { return e.Drop != "" && strings.Contains(p.Words, e.Drop) })
		}
		for _, es := range []*spec.Effects{&c.First, &c.Then, &c.Else, &c.Finally} {
			*es = slices.DeleteFunc(slices.Clone(*es), func(f spec.Effect) bool { return f.Do == e.Remove })
			for j, f := range *es {
				if f.Do == e.Replace {
					(*es)[j].Do = e.By
				}
			}
		}
	}
	return clauses
}

// TestTLARefuses: what the language has no words for is an error, not a module
// that says less than the rules.
func TestTLARefuses(t *testing.T) {
	_, err := gen.TLAModule(consensus.CometBFTv038)
	require.ErrorContains(t, err, "gen: cometbft-v0.38: no TLA+ is known for binding")

	change := func(c func(*spec.Rules)) error {
		rules := *consensus.PaperRules
		rules.Clauses = slices.Clone(rules.Clauses)
		c(&rules)
		table, err := spec.CompileMutant(&rules)
		require.NoError(t, err)
		_, err = gen.TLAModule(table)
		return err
	}
	require.ErrorContains(t, change(func(r *spec.Rules) {
		r.Clauses[7].Then = spec.Effects{spec.Does(48, "dance", "Dance")}
	}), "no TLA+ is known for effect Dance")
	require.ErrorContains(t, change(func(r *spec.Rules) {
		r.Clauses[9].Then = append(spec.Effects{spec.Does(56, "step ← prevote", consensus.SetStepPrevote)}, r.Clauses[9].Then...)
	}), "L55 does something besides calling StartRound")
	require.ErrorContains(t, change(func(r *spec.Rules) {
		r.Clauses[1].While = nil
	}), "L14If and L20 hold together; a call would have to choose")

	table, err := spec.CompileMutant(lampRules())
	require.NoError(t, err)
	_, err = gen.TLAModule(table)
	require.ErrorContains(t, err, "gen: lamp: no TLA+ is known for binding turn")
	g := lampGenerator(t, lampRules())
	g.TLA = &gen.TLA{Folder: "docs/tla", Dialects: []gen.TLADialect{{Table: "torch"}}}
	_, err = g.Files()
	require.ErrorContains(t, err, "gen: no table is named torch")
}
