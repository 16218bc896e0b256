package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
)

// A law is a way to break rules that were in order, and what the refusal says.
type law struct {
	name  string
	spoil func(t *toy)
	want  string
}

func TestTableToyIsInOrder(t *testing.T) {
	toy := newToy()
	// L32 has an inner condition that cannot fail; it is there for the next test.
	_, err := spec.Compile(toy.Rules)
	if err == nil || !strings.Contains(err.Error(), "rule L32Else is not reachable") || strings.Count(err.Error(), "\n") > 0 {
		t.Fatalf("Compile: got %v, want only L32Else to be unreachable", err)
	}
	if _, err := spec.Compile(orderly().Rules); err != nil {
		t.Fatalf("Compile: got %v, want no error", err)
	}
}

// orderly is the toy without its one flaw.
func orderly() *toy {
	t := newToy()
	c := t.clause(32)
	c.IfLine, c.If = 0, nil
	return t
}

// Rules that cannot have a table at all are refused even as a mutant.
func TestTableForm(t *testing.T) {
	tests := []law{
		{"two clauses of one name", func(t *toy) { t.clause(20).Name = "L10" }, "two clauses are named L10"},
		{"a clause named as a branch of another", func(t *toy) { t.clause(20).Name = "L10If" }, "two rules have one name"},
		{"clause without a binding", func(t *toy) { t.clause(20).Of = nil }, "clause L20 has no binding of these rules"},
		{"clause of an unknown binding", func(t *toy) { t.clause(20).Of = &spec.Binding{Name: "stranger"} }, "clause L20 has no binding of these rules"},
		{
			"guard about a variable that is not observed",
			func(t *toy) {
				t.clause(35).Upon = spec.Phrases{spec.Says("the knob is left", t.knob.Is(left))}
			},
			"clause L35 asks about knob, which binding Bell does not observe",
		},
		{
			"inner condition about a variable that is not observed",
			func(t *toy) { t.clause(35).If = spec.Phrases{spec.Says("the knob is left", t.knob.Is(left))} },
			"clause L35 asks about knob, which binding Bell does not observe",
		},
		{
			"first time of a variable that is not observed",
			func(t *toy) { t.clause(35).FirstTime = t.rung },
			"clause L35 asks about rung, which binding Bell does not observe",
		},
		{
			"impossible about a variable that is not observed",
			func(t *toy) {
				t.Impossible = append(t.Impossible, spec.Impossible{Of: t.bell, Conds: []spec.Cond{t.knob.Is(left)}, Why: "who knows"})
			},
			"impossible (who knows) asks about knob, which binding Bell does not observe",
		},
		{
			"impossible of an unknown binding",
			func(t *toy) {
				t.Impossible = append(t.Impossible, spec.Impossible{Of: &spec.Binding{Name: "stranger"}, Why: "who knows"})
			},
			"impossible (who knows) has no binding of these rules",
		},
		{"impossible without a binding", func(t *toy) { t.Impossible[0].Of = nil }, "impossible (it rings with current only) has no binding"},
		{"call of what is no function", func(t *toy) { t.Calls["CallBell"] = t.lamp }, "effect CallBell calls something that is no function"},
		{"call of an unknown function", func(t *toy) { t.Calls["CallBell"] = &spec.Binding{Function: true} }, "effect CallBell calls something that is no function"},
		{
			"variable observed twice",
			func(t *toy) { t.bell.Vars = append(t.bell.Vars, t.power.Variable()) },
			"binding Bell observes power twice",
		},
		{
			"too many rules",
			func(t *toy) {
				for i := range 60 {
					c := *t.clause(35)
					c.Line = 100 + i
					t.Clauses = append(t.Clauses, c)
				}
			},
			"toy has 65 rules, at most 64 fit a set",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			toy := orderly()
			tt.spoil(toy)
			_, err := spec.CompileMutant(toy.Rules)
			wantError(t, "CompileMutant", err, tt.want)
			_, err = spec.Compile(toy.Rules)
			wantError(t, "Compile", err, tt.want)
		})
	}
}

// Laws that Compile demands and CompileMutant does not: a mutant may break them.
func TestTableLaws(t *testing.T) {
	for _, tt := range append(textLaws, append(priorityLaws, ruleLaws...)...) {
		t.Run(tt.name, func(t *testing.T) {
			toy := orderly()
			tt.spoil(toy)
			mutant, err := spec.CompileMutant(toy.Rules)
			if err != nil {
				t.Fatalf("CompileMutant: got error %v, want a table", err)
			}
			wantError(t, "Validate", mutant.Validate(), tt.want)
			_, err = spec.Compile(toy.Rules)
			wantError(t, "Compile", err, tt.want)
		})
	}
}

var textLaws = []law{
	{"upon-phrase without words", func(t *toy) { t.clause(20).Upon[1].Words = "" }, `clause L20 has a phrase "" without words`},
	{"while-phrase without a condition", func(t *toy) { t.clause(20).While[0].Conds = nil }, `clause L20 has a phrase "the knob is right" without`},
	{"if-phrase without a condition", func(t *toy) { t.clause(10).If[0].Conds = nil }, `clause L10 has a phrase "the knob is left" without`},
	{"first effect without words", func(t *toy) { t.clause(10).First[0].Words = "" }, `clause L10 has an effect "" without words`},
	{"then effect without operation", func(t *toy) { t.clause(10).Then[0].Do = "" }, `clause L10 has an effect "shine" without`},
	{"else effect without operation", func(t *toy) { t.clause(10).Else[0].Do = "" }, `clause L10 has an effect "glow" without`},
	{"last effect without operation", func(t *toy) { t.clause(10).Finally[0].Do = "" }, `clause L10 has an effect "count" without`},
	{"else without an if", func(t *toy) { t.clause(35).Else = t.clause(10).Else }, "clause L35 has an Else but no If"},
	{"first time that nothing remembers", func(t *toy) { t.rung.Mark = "" }, "clause L20 does not remember its first time: rung"},
}

var priorityLaws = []law{
	{"clause missing from the priority", func(t *toy) { t.Priority = t.Priority[1:] }, "the priority does not name L20"},
	{"clause twice in the priority", func(t *toy) { t.Priority = append(t.Priority, t.Priority[0]) }, "the priority names L20 twice"},
	{"priority without a reason", func(t *toy) { t.Priority[1].Reason = "" }, "the priority gives no reason for L10"},
	{"priority of no clause", func(t *toy) { t.Priority[3].Key = "L99" }, "the priority names L99, which is no clause"},
}

var ruleLaws = []law{
	{
		"guard that contradicts itself",
		func(t *toy) { t.clause(20).While[0].Conds = []spec.Cond{t.knob.Is(left)} },
		"rule L20 is not reachable",
	},
	{"condition that nothing meets", func(t *toy) { t.clause(20).While[0].Conds = []spec.Cond{t.knob.In()} }, "rule L20 is not reachable"},
	{
		"rule that holds on impossible observations only",
		func(t *toy) {
			t.Impossible = append(t.Impossible, spec.Impossible{Of: t.lamp, Conds: []spec.Cond{t.knob.Is(right)}, Why: "stuck"})
		},
		"rule L20 is not reachable",
	},
	{
		"inner condition that cannot fail",
		func(t *toy) { t.clause(10).If[0].Conds = []spec.Cond{t.power.Is(on)} },
		"rule L10Else is not reachable",
	},
	{
		"inner condition that cannot hold",
		func(t *toy) { t.clause(10).If[0].Conds = []spec.Cond{t.power.Is(off)} },
		"rule L10If is not reachable",
	},
	{
		"rule that a more urgent one covers",
		func(t *toy) { t.Priority[0], t.Priority[1] = t.Priority[1], t.Priority[0] },
		"rule L20 is shadowed",
	},
	{
		"function with two answers",
		func(t *toy) { t.clause(35).While[0].Conds = []spec.Cond{t.power.In(off, on)} },
		"function Bell is ambiguous at Bell(power=on): [L32 L35]",
	},
}

// Branches are disjoint by construction: an else-branch is what without leaves.
// So no rules can break this law, and what decides it is tested by itself.
func TestTableOverlap(t *testing.T) {
	toy := orderly()
	c := toy.clause(10)
	rule := func(conds ...spec.Cond) *spec.Rule {
		return &spec.Rule{Clause: c, Guard: []spec.Cube{spec.FullCube(toy.lamp).And(conds...)}}
	}
	tests := []struct {
		name string
		a, b *spec.Rule
		want bool
	}{
		{"one inside the other", rule(toy.power.Is(on)), rule(toy.power.Is(on), toy.knob.Is(left)), true},
		{"sets that meet", rule(toy.knob.In(left, middle)), rule(toy.knob.In(middle, right)), true},
		{"about different variables", rule(toy.knob.Is(left)), rule(toy.power.Is(on)), true},
		{"sets that do not meet", rule(toy.knob.Is(left)), rule(toy.knob.In(middle, right)), false},
		{"one is empty", rule(toy.knob.In()), rule(), false},
		{"second cube meets", &spec.Rule{Clause: c, Guard: append(rule(toy.knob.Is(left)).Guard, rule(toy.knob.Is(right)).Guard...)}, rule(toy.knob.Is(right)), true},
		{"different bindings", rule(), &spec.Rule{Clause: toy.clause(35), Guard: []spec.Cube{spec.FullCube(toy.bell)}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spec.Overlap(tt.a, tt.b); got != tt.want {
				t.Errorf("Overlap(a, b): got %t, want %t", got, tt.want)
			}
			if got := spec.Overlap(tt.b, tt.a); got != tt.want {
				t.Errorf("Overlap(b, a): got %t, want %t", got, tt.want)
			}
		})
	}
}

// The branches of a table whose guards are spoilt do overlap, and it is noticed.
func TestTableOverlappingBranches(t *testing.T) {
	table := compileToy(t)
	then, _ := table.Named("L10If")
	otherwise, _ := table.Named("L10Else")
	otherwise.Guard = append(otherwise.Guard, then.Guard...)
	wantError(t, "Validate", table.Validate(), "branches L10If and L10Else overlap")
}

// Next is computed from Enabled, so only a spoilt table can break this law.
func TestTableNext(t *testing.T) {
	toy := orderly()
	lit := toy.lamp.At(on, left, 0)
	dark := toy.lamp.At(off, left, 0)
	never := toy.lamp.At(off, left, 1)
	tests := []struct {
		name  string
		spoil func(t *spec.Table)
		want  string
	}{
		{"next is not enabled", func(t *spec.Table) { t.SetNext(lit, 2) }, "lamp(power=on knob=left rung=notYet): Next is 2 but Enabled is [L10If]"},
		{"next is no rule", func(t *spec.Table) { t.SetNext(lit, 200) }, "Next is 200 but"},
		{"waits though a rule is enabled", func(t *spec.Table) { t.SetNext(lit, spec.Wait) }, "lamp(power=on knob=left rung=notYet): Next is 0"},
		{"acts though none is enabled", func(t *spec.Table) { t.SetNext(dark, 1) }, "lamp(power=off knob=left rung=notYet): Next is 1"},
		{"calls a possible observation impossible", func(t *spec.Table) { t.SetNext(dark, spec.Unreachable) }, "lamp(power=off knob=left rung=notYet): Next is 255"},
		{"waits for the impossible", func(t *spec.Table) { t.SetNext(never, spec.Wait) }, "lamp(power=off knob=left rung=done): Next is 0"},
		{"enables a rule at the impossible", func(t *spec.Table) { t.SetEnabled(never, 1) }, "lamp(power=off knob=left rung=done): Next is 255 but Enabled is [L10If]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table, err := spec.Compile(toy.Rules)
			if err != nil {
				t.Fatal(err)
			}
			tt.spoil(table)
			wantError(t, "Validate", table.Validate(), tt.want)
		})
	}
}

func TestTableReportsEveryBrokenLaw(t *testing.T) {
	toy := orderly()
	toy.clause(20).Upon[0].Words = ""
	toy.clause(10).Then[0].Do = ""
	toy.Priority[2].Reason = ""
	_, err := spec.Compile(toy.Rules)
	wantError(t, "Compile", err, `clause L20 has a phrase ""`)
	wantError(t, "Compile", err, `clause L10 has an effect "shine"`)
	wantError(t, "Compile", err, "no reason for L32")
}

func TestTableLookups(t *testing.T) {
	table := compileToy(t)
	var names []string
	for i := range table.All {
		r := &table.All[i]
		names = append(names, r.Name)
		if got := table.Rule(r.ID); got != r {
			t.Errorf("Rule(%d): got %s, want %s", r.ID, got.Name, r.Name)
		}
		if got, ok := table.Named(r.Name); !ok || got != r {
			t.Errorf("Named(%s): got %v, %t", r.Name, got, ok)
		}
	}
	if got, want := fmt.Sprint(names), "[L10If L10Else L20 L32 L35]"; got != want {
		t.Errorf("rules: got %s, want %s", got, want)
	}
	if r, ok := table.Named("L99"); ok {
		t.Errorf("Named(L99): got %s, want none", r.Name)
	}
	lit := table.Rules.Bindings[0].At(on, right, 0)
	en := table.Enabled(lit)
	var ids []spec.RuleID
	for id := range en.All {
		ids = append(ids, id)
	}
	if got, want := fmt.Sprint(ids, en.Len(), table.Next(lit)), "[2 3] 2 3"; got != want {
		t.Errorf("enabled, count, next at %v: got %s, want %s", lit, got, want)
	}
	for id := range en.All {
		if id == 2 {
			break // a caller may stop early
		}
		t.Errorf("All went on to rule %d first", id)
	}
	for _, id := range []spec.RuleID{spec.Wait, 1, 4, 65, spec.Unreachable} {
		if en.Has(id) {
			t.Errorf("Has(%d): got true, want false", id)
		}
	}
	if got, want := len(table.EnabledRow(lit.Of)), lit.Of.Size(); got != want {
		t.Errorf("EnabledRow: got %d entries, want %d", got, want)
	}
	if got := table.NextRow(lit.Of)[lit.Index]; got != 3 {
		t.Errorf("NextRow at %v: got %d, want 3", lit, got)
	}
}

func TestTableRuleEffects(t *testing.T) {
	table := compileToy(t)
	want := map[string]string{
		"L10If":   "[Click Shine Count]",
		"L10Else": "[Click Glow Count]",
		"L20":     "[MarkRung CallBell]",
		"L32":     "[WindUp Ring]",
		"L35":     "[Silence]",
	}
	for i := range table.All {
		r := &table.All[i]
		var ops []spec.Op
		for _, e := range r.Effects {
			ops = append(ops, e.Do)
		}
		if got := fmt.Sprint(ops); got != want[r.Name] {
			t.Errorf("effects of %s: got %s, want %s", r.Name, got, want[r.Name])
		}
	}
}

// An if without anything to do when it fails makes one rule, and then the
// clause waits instead of firing without effect.
func TestTableIfWithoutElse(t *testing.T) {
	toy := orderly()
	c := toy.clause(10)
	c.First, c.Else, c.Finally = nil, nil, nil
	table, err := spec.Compile(toy.Rules)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := table.Named("L10Else"); ok {
		t.Errorf("L10Else: got %v, want no such rule", r)
	}
	if got := table.Next(toy.lamp.At(on, middle, 0)); got != spec.Wait {
		t.Errorf("Next: got %d, want Wait", got)
	}
}

func compileToy(t *testing.T) *spec.Table {
	t.Helper()
	table, err := spec.Compile(orderly().Rules)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got error %v, want one that says %q", what, err, want)
	}
}
