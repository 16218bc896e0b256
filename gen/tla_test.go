package gen_test

import (
	"fmt"
	"maps"
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

// allSometimes lists what must be reachable, as the modules call it: in one
// round the first two, in more all of it.
var allSometimes = []string{"EveryoneDecides", "EveryoneReachesTheLastRound", "DecisionAfterAProofOfLock", "DecisionByAnOldRound", "ALockMoves"}

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
			var violated []string
			for _, v := range want.Violations {
				violated = append(violated, tlaWord(v.Property.Name))
			}
			got := exploreTLA(t, name, tlacheck.Options{KeepGoing: on, Reach: allSometimes}, nil)
			require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth}, name)
			require.Equal(t, violated, got.Violated, name)
			reachable := allSometimes
			if len(e.Config.Proposers) == 1 {
				reachable = allSometimes[:2]
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
// modelcheck/bft, each of which has a mutant that it kills; but for the one that
// is checked when the module is generated.
func TestTLAClaims(t *testing.T) {
	cfg, err := exported("MC_one_round.cfg")
	require.NoError(t, err)
	_, list, _ := strings.Cut(cfg, "INVARIANTS\n")
	list, rest, _ := strings.Cut(list, "\n\n")
	always, sometimes := strings.Fields(list), []string{}
	for _, m := range regexp.MustCompile(`INVARIANT Never(\w+)`).FindAllStringSubmatch(rest, -1) {
		sometimes = append(sometimes, m[1])
	}
	wantAlways, wantSometimes := map[string]bool{}, map[string]bool{}
	for _, m := range bft.Mutants {
		kind, name, found := strings.Cut(m.By, ": ")
		switch {
		case m.By == "" || m.By == "one decision" || kind == "never fires":
		case found:
			wantSometimes[tlaWord(name)] = true
		default:
			wantAlways[tlaWord(m.By)] = true
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(wantAlways)), always)
	require.Subset(t, sometimes, slices.Collect(maps.Keys(wantSometimes)))
	require.Equal(t, allSometimes, sometimes)
}

// TestTLAMoreCounts: two rounds, which the evaluator can explore with few
// processes only, unequal powers, and a process that is silent. Every rule is
// followed in one of them.
func TestTLAMoreCounts(t *testing.T) {
	fired := map[string]bool{}
	for _, c := range []bft.Config{
		{Validators: 2, Proposers: []int{0, 1}},
		{Validators: 3, Byzantine: 1, Proposers: []int{0}, Powers: []int64{3, 2, 1}},
		{Validators: 4, Byzantine: 2, Proposers: []int{bft.Byzantine, 0, bft.Byzantine}, Silent: []int{1}},
		{Validators: 4, Byzantine: 2, Proposers: []int{0, bft.Byzantine, 1}, Silent: []int{1}},
	} {
		want, err := bft.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
		require.NoError(t, err)
		in := gen.TLAInstance{Name: "x", Doc: "some instance", Powers: c.Powers, Byzantine: c.Byzantine, Proposers: c.Proposers, Silent: c.Silent}
		if in.Powers == nil {
			in.Powers = slices.Repeat([]int64{1}, c.Validators)
		}
		module, config := gen.TLAInstanceTexts(in)
		got := exploreTLA(t, "x", tlacheck.Options{KeepGoing: true, Reach: allSometimes}, map[string]string{"MC_x.tla": module, "MC_x.cfg": config})
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

// TestTLASeesTheClauses: a clause that is wrong makes a module that is wrong in
// the same way. The mutants are those of modelcheck/bft with a small model.
func TestTLASeesTheClauses(t *testing.T) {
	right, err := exported("Paper.tla")
	require.NoError(t, err)
	tried := 0
	for _, m := range bft.Mutants {
		i := slices.IndexFunc(plainModels(), func(e bft.Entry) bool {
			return slices.Contains(small, e.Name) && slices.Equal(e.Config.Proposers, m.On.Proposers) &&
				e.Config.Byzantine == m.On.Byzantine && len(m.On.Silent) == 0
		})
		if i < 0 || m.Less != nil {
			continue
		}
		rules := *consensus.PaperRules
		rules.Clauses = edited(t, rules.Clauses, m.Edits)
		table, err := spec.CompileMutant(&rules)
		require.NoError(t, err)
		paper, err := gen.TLAModule(table)
		if m.By == "one decision" {
			require.ErrorContains(t, err, "L49If", m.Name)
			continue
		}
		require.NoError(t, err)
		require.NotEqual(t, right, string(paper), m.Name)
		c := m.On
		c.Mutant = m.Name
		want, err := bft.Check(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		var violated []string
		for _, v := range want.Violations {
			violated = append(violated, tlaWord(v.Property.Name))
		}
		got := exploreTLA(t, plainModels()[i].Name, tlacheck.Options{}, map[string]string{"Paper.tla": string(paper)})
		tried++
		switch {
		case slices.Contains(violated, "PossibleObservations"):
			// There it is a step to make the observation, here it is a state in
			// which it can be made.
			require.Equal(t, want.Depth-1, got.Depth, m.Name)
			require.Equal(t, violated, got.Violated, m.Name)
			continue
		case slices.Contains(violated, "NoEquivocation"):
			// There the first of two precommits stands against the lock.
			require.Contains(t, got.Violated, "NoEquivocation", m.Name)
			require.Subset(t, violated, got.Violated, m.Name)
		default:
			require.Equal(t, violated, got.Violated, m.Name)
		}
		require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth}, m.Name)
	}
	require.Greater(t, tried, 15)
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
