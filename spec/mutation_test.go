package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
)

// toyAlike says which effects of the toy may be taken for each other. Nobody
// does Explode.
var toyAlike = [][]spec.Op{{"Shine", "Glow", "Explode"}, {"Ring", "Silence"}}

// The whole list for one clause of the toy, and for the priority.
func TestMutationsOfOneClause(t *testing.T) {
	var got []string
	for _, m := range spec.Mutations(orderly().Rules, toyAlike) {
		if m.Clause == "L10" || m.Kind == spec.SwapPriority {
			got = append(got, fmt.Sprintf("%s: %s", m.Kind, m.Name))
		}
	}
	want := []string{
		`drop a phrase: L10 without "current flows"`,
		`drop a phrase: L10 without "the knob is left"`,
		`narrow: L10 "current flows" not for power = on`,
		`narrow: L10 "the knob is left" not for knob = left`,
		`widen: L10 "current flows" also for power = off`,
		`widen: L10 "the knob is left" also for knob = middle`,
		`widen: L10 "the knob is left" also for knob = right`,
		`drop an effect: L10 without Click`,
		`drop an effect: L10 without Shine`,
		`drop an effect: L10 without Glow`,
		`drop an effect: L10 without Count`,
		`replace an effect: L10 with Glow instead of Shine`,
		`replace an effect: L10 with Shine instead of Glow`,
		`swap branches: L10 with its branches swapped`,
		`drop the else: L10 without its else`,
		`swap priority: L10 before L20 in the priority`,
		`swap priority: L32 before L10 in the priority`,
		`swap priority: L35 before L32 in the priority`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("mutations:\ngot\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What the clause of the list above has no place for.
func TestMutationsOfOtherShapes(t *testing.T) {
	toy := orderly()
	c := toy.clause(20)
	c.Upon[1].Conds = append(c.Upon[1].Conds, toy.rung.Is(spec.NotYet))
	c.Then = append(c.Then, spec.Does(22, "count", "Count"), spec.Does(23, "Bell(1)", "CallBell"))
	var got []string
	for _, m := range spec.Mutations(toy.Rules, nil) {
		switch m.Kind {
		case spec.DropCondition, spec.DropFirstTime, spec.SwapEffects, spec.DropEffect:
			if m.Clause == "L20" {
				got = append(got, m.Name)
			}
		}
	}
	want := []string{
		`L20 "the knob is not left" without knob ∈ {middle, right}`,
		`L20 "the knob is not left" without rung = notYet`,
		`L20 without "for the first time"`,
		`L20 without CallBell`,
		`L20 without Count`,
		`L20 without CallBell (2)`,
		`L20 with Count before CallBell`,
		`L20 with CallBell before Count`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("mutations:\ngot\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Every operator makes some mutant of the toy that its tables show. The toy gets
// a phrase that means two conditions, and two effects that can change places.
func TestEveryOperatorMakesADifference(t *testing.T) {
	toy := orderly()
	c := toy.clause(10)
	c.Upon[0].Conds = append(c.Upon[0].Conds, toy.knob.In(left, right))
	c.Then = append(c.Then, spec.Does(13, "hum", "Hum"))
	table := compileMutants(t, toy.Rules)
	differs := map[spec.MutationKind]int{}
	for _, m := range spec.Mutations(toy.Rules, toyAlike) {
		if like := spec.Compare(table, compileMutants(t, m.Rules), nil); like == spec.Different || like == spec.SameButNext {
			differs[m.Kind]++
		}
	}
	for _, k := range spec.MutationKinds() {
		if differs[k] == 0 {
			t.Errorf("%s: got no mutant that differs", k)
		}
		if k.Mistake() == "" {
			t.Errorf("%s: nothing says what it is", k)
		}
	}
}

func compileMutants(t *testing.T, r *spec.Rules) *spec.Table {
	t.Helper()
	table, err := spec.CompileMutant(r)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Rules stay as they are, whatever is made of them. Each mutation has a name of
// its own, and says something else than the rules.
func TestLawMutationsLeaveTheRulesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		before := compileMutant(t, r).Digest()
		text := spec.Canonical(r)
		names := map[string]bool{}
		for _, m := range drawnMutations(r) {
			if names[m.Name] {
				t.Fatalf("two mutations are named %s", m.Name)
			}
			names[m.Name] = true
			if got := spec.Canonical(m.Rules); strings.Replace(got, "rules random mutant\n", "rules random\n", 1) == text {
				t.Fatalf("%s changes nothing", m.Name)
			}
			compileMutant(t, m.Rules)
		}
		if after := compileMutant(t, r).Digest(); after != before {
			t.Fatalf("digest of the rules: got %s, before their mutations %s", after, before)
		}
	})
}

func drawnMutations(r *spec.Rules) []spec.Mutation {
	return spec.Mutations(r, [][]spec.Op{{"then0", "then1", "else0", "else1"}, {"first0", "finally0"}})
}

// What Compare says of two tables is what their rows say, looked up one by one.
func TestLawCompareIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		m := rapid.SampledFrom(drawnMutations(r)).Draw(t, "mutation")
		rules, mutant := compileMutant(t, r), compileMutant(t, m.Rules)
		made := spec.ObservationSet{}
		var enabled, next, called, seen bool // whether some row differs
		for _, b := range r.Bindings {
			for _, p := range points(b) {
				looked := rapid.Bool().Draw(t, "made")
				if looked {
					made.Add(p.Observation)
				}
				e := !slices.Equal(told(rules, rules.Enabled(p.Observation)), told(mutant, mutant.Enabled(p.Observation)))
				n := !slices.Equal(told(rules, chosen(rules, p)), told(mutant, chosen(mutant, p)))
				enabled, next = enabled || e, next || n
				called = called || b.Function && n
				seen = seen || looked && (e || b.Function && n)
			}
		}
		like := spec.Compare(rules, mutant, nil)
		if same := like == spec.SameTable || like == spec.SameIfPossible; same && (enabled || next) {
			t.Fatalf("%s: got %s, but a row differs", m.Name, like)
		}
		if (like == spec.Different) != (enabled || called) {
			t.Fatalf("%s: got %s; Enabled differs: %t, what a call means: %t", m.Name, like, enabled, called)
		}
		if like = spec.Compare(rules, mutant, made); (like == spec.Different) != seen {
			t.Fatalf("%s: got %s; a difference was seen: %t", m.Name, like, seen)
		}
	})
}

// told lists what rules do, without their numbers. An inner condition that is
// not asked leaves the branch of Then.
func told(t *spec.Table, s spec.RuleSet) []string {
	var out []string
	for id := range s.All {
		r := t.Rule(id)
		act := fmt.Sprint(r.Clause.Key(), " else: ", r.Branch == spec.IfElse)
		for _, e := range r.Effects {
			act += " " + string(e.Do)
		}
		out = append(out, act)
	}
	return out
}

// chosen is the set of what Next names.
func chosen(t *spec.Table, p point) spec.RuleSet {
	if id := t.Next(p.Observation); id != spec.Wait && id != spec.Unreachable {
		return 1 << (id - 1)
	}
	return 0
}

// Each likeness, by small mistakes that have it.
func TestCompare(t *testing.T) {
	look := func(at ...uint8) func(*toy) spec.ObservationSet {
		return func(t *toy) spec.ObservationSet {
			made := spec.ObservationSet{}
			made.Add(t.lamp.At(at...))
			return made
		}
	}
	all := func(*toy) spec.ObservationSet { return nil }
	glow := func(t *toy) { t.clause(10).Then[0].Do = "Glow" } // when the knob is left
	tests := []struct {
		name  string
		spoil func(*toy)
		made  func(*toy) spec.ObservationSet
		want  spec.Likeness
	}{
		{"nothing", func(*toy) {}, all, spec.SameTable},
		{"other words", func(t *toy) { t.clause(10).First[0].Words = "clack" }, all, spec.SameTable},
		{"a condition that another one implies", func(t *toy) { t.clause(20).Upon = t.clause(20).Upon[:1] }, all, spec.SameTable},
		{"an inner condition without an else, as a guard", func(t *toy) {
			c := t.clause(20)
			c.While, c.If = nil, c.While
		}, all, spec.SameTable},
		{"the order of what is called", func(t *toy) { swap(t.Priority, 2, 3) }, all, spec.SameTable},
		{"more where the knob cannot be", func(t *toy) { t.clause(10).If[0].Conds[0] = t.knob.In(left, middle) }, all, spec.SameIfPossible},
		{"the light before the bell", func(t *toy) { swap(t.Priority, 0, 1) }, all, spec.SameButNext},
		{"the bell after what is called", func(t *toy) { swap(t.Priority, 0, 2) }, all, spec.SameButNext},
		{"another effect", glow, all, spec.Different},
		{"another effect, unseen", glow, look(on, right, 0), spec.SameIfMade},
		{"another effect, seen", glow, look(on, left, 0), spec.Different},
		{"what a call means", func(t *toy) { t.clause(35).While[0].Conds[0] = t.power.In(off, on) }, all, spec.Different},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			toy := orderly()
			toy.Impossible = append(toy.Impossible, spec.Impossible{Of: toy.lamp, Conds: []spec.Cond{toy.knob.Is(middle)}, Why: "it snaps"})
			before := *toy.Rules
			before.Clauses, before.Priority = slices.Clone(toy.Clauses), slices.Clone(toy.Priority)
			rules := compileMutants(t, &before)
			tt.spoil(toy)
			if got := spec.Compare(rules, compileMutants(t, toy.Rules), tt.made(toy)); got != tt.want {
				t.Errorf("Compare: got %s, want %s", got, tt.want)
			}
		})
	}
}

func swap(ps []spec.Precedence, i, j int) { ps[i], ps[j] = ps[j], ps[i] }

func TestObservationSet(t *testing.T) {
	toy := orderly()
	made := spec.ObservationSet{}
	o := toy.lamp.At(on, right, 0)
	if made.Has(o) || made.Len(toy.lamp) != 0 {
		t.Errorf("empty set: has %v: %t, length %d", o, made.Has(o), made.Len(toy.lamp))
	}
	made.Add(o)
	made.Add(o)
	for _, p := range append(points(toy.lamp), points(toy.bell)...) {
		if got, want := made.Has(p.Observation), p.Observation == o; got != want {
			t.Errorf("Has(%v): got %t, want %t", p.Observation, got, want)
		}
	}
	if got := made.Len(toy.lamp); got != 1 {
		t.Errorf("Len: got %d, want 1", got)
	}
	other := spec.ObservationSet{}
	left := toy.lamp.At(on, right, 1)
	for _, x := range []spec.Observation{o, left} {
		other.Add(x)
	}
	rest := other.Without(made)
	if rest.Has(o) || !rest.Has(left) || rest.Len(toy.lamp) != 1 || other.Len(toy.lamp) != 2 {
		t.Errorf("Without: got %v of %v", rest, other)
	}
}
