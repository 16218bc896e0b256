package spec_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
)

func compileMutant(t *rapid.T, r *spec.Rules) *spec.Table {
	table, err := spec.CompileMutant(r)
	if err != nil {
		t.Fatalf("CompileMutant: %v", err)
	}
	return table
}

// The dense tables say what the clauses say, evaluated one by one.
func TestLawTablesEqualClauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		table := compileMutant(t, r)
		for _, b := range r.Bindings {
			for _, p := range points(b) {
				enabled, next := naive(p, r)
				var names []string
				for id := range table.Enabled(p.Observation).All {
					names = append(names, table.Rule(id).Name)
				}
				if !slices.Equal(names, enabled) {
					t.Fatalf("Enabled at %v: got %v, want %v", p, names, enabled)
				}
				if got := nextName(table, p.Observation); got != next {
					t.Fatalf("Next at %v: got %s, want %s", p, got, next)
				}
			}
		}
	})
}

func nextName(table *spec.Table, o spec.Observation) string {
	switch id := table.Next(o); id {
	case spec.Wait:
		return "Wait"
	case spec.Unreachable:
		return "Unreachable"
	default:
		return table.Rule(id).Name
	}
}

// naive evaluates clauses at a point: the names of the enabled rules in the
// order of the clauses, and of the one that comes first in the priority.
func naive(p point, r *spec.Rules) (enabled []string, next string) {
	if p.impossible(r) {
		return nil, "Unreachable"
	}
	byKey := map[string]string{}
	for i := range r.Clauses {
		c := &r.Clauses[i]
		if !p.guard(c) {
			continue
		}
		name := c.Key()
		switch {
		case len(c.If) == 0:
		case p.says(c.If):
			name += "If"
		case len(c.First)+len(c.Else)+len(c.Finally) == 0:
			continue
		default:
			name += "Else"
		}
		enabled = append(enabled, name)
		byKey[c.Key()] = name
	}
	for _, entry := range r.Priority {
		if name, ok := byKey[entry.Key]; ok {
			return enabled, name
		}
	}
	return enabled, "Wait"
}

// The branches of a clause share no observation and leave none of its guard out.
func TestLawBranchesPartitionTheGuard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		table := compileMutant(t, r)
		for i := range r.Clauses {
			c := &r.Clauses[i]
			oneRule := len(c.If) > 0 && len(c.First)+len(c.Else)+len(c.Finally) == 0
			for _, p := range points(c.Of) {
				var held, cubes int
				for j := range table.All {
					rule := &table.All[j]
					if rule.Clause != c || !rule.Holds(p.Observation) {
						continue
					}
					held++
					for _, cube := range rule.Guard {
						if cube.Has(p.Observation) {
							cubes++
						}
					}
				}
				want := 0
				if p.guard(c) && (!oneRule || p.says(c.If)) {
					want = 1
				}
				if held != want || cubes != want {
					t.Fatalf("%s at %v: got %d branches in %d cubes, want %d in %d", c.Key(), p, held, cubes, want, want)
				}
			}
		}
	})
}

func drawBinding(t *rapid.T) *spec.Binding {
	return rapid.SampledFrom(drawRules(t).Bindings).Draw(t, "binding")
}

func TestLawWithoutIsAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBinding(t)
		base, conds := drawConds(t, b, 3), drawConds(t, b, 4)
		parts := spec.FullCube(b).And(base...).Without(conds)
		for _, part := range parts {
			if part.Empty() {
				t.Fatalf("without %v: got an empty part %v", conds, part.Sets)
			}
		}
		for _, p := range points(b) {
			got, want := 0, 0
			for _, part := range parts {
				if part.Has(p.Observation) {
					got++
				}
			}
			if p.meets(base...) && !p.meets(conds...) {
				want = 1
			}
			if got != want {
				t.Fatalf("%v without %v: %v is in %d parts, want %d", base, conds, p, got, want)
			}
		}
	})
}

func TestLawCubes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBinding(t)
		some, others := drawConds(t, b, 3), drawConds(t, b, 3)
		c, d := spec.FullCube(b).And(some...), spec.FullCube(b).And(others...)
		meet := c.Meet(d)
		empty := true
		for _, p := range points(b) {
			if got, want := c.Has(p.Observation), p.meets(some...); got != want {
				t.Fatalf("Has(%v) of %v: got %t, want %t", p, some, got, want)
			}
			both := p.meets(some...) && p.meets(others...)
			if got := meet.Has(p.Observation); got != both {
				t.Fatalf("Meet of %v and %v has %v: got %t, want %t", some, others, p, got, both)
			}
			empty = empty && !both
		}
		if got := meet.Empty(); got != empty {
			t.Fatalf("Empty of %v and %v: got %t, want %t", some, others, got, empty)
		}
	})
}

func TestLawOverlapIsACommonObservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := compileMutant(t, drawRules(t))
		for i := range table.All {
			for j := range table.All {
				a, b := &table.All[i], &table.All[j]
				want := false
				for _, p := range points(a.Clause.Of) {
					want = want || a.Holds(p.Observation) && b.Holds(p.Observation)
				}
				if got := spec.Overlap(a, b); got != want {
					t.Fatalf("Overlap(%s, %s): got %t, want %t", a.Name, b.Name, got, want)
				}
			}
		}
	})
}

// Explain finds every phrase true exactly where the rule holds, and names the
// conditions that fail.
func TestLawExplainAgreesWithHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := compileMutant(t, drawRules(t))
		for i := range table.All {
			r := &table.All[i]
			for _, p := range points(r.Clause.Of) {
				all := true
				for _, f := range table.Explain(r.ID, p.Observation) {
					all = all && f.Holds
					for _, c := range f.Fails {
						if p.meets(c) {
							t.Fatalf("Explain(%s, %v): %q fails by %v, which is true", r.Name, p, f.Phrase.Words, c)
						}
					}
					if len(f.Phrase.Conds) > 0 && f.Holds != (len(f.Fails) == 0) {
						t.Fatalf("Explain(%s, %v): %q holds is %t with failing %v", r.Name, p, f.Phrase.Words, f.Holds, f.Fails)
					}
				}
				if got := r.Holds(p.Observation); got != all {
					t.Fatalf("%s at %v: Holds %t, findings %t", r.Name, p, got, all)
				}
			}
		}
	})
}

func TestLawObservationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBinding(t)
		all := points(b)
		if got, want := b.Size(), len(all); got != want {
			t.Fatalf("Size: got %d, want %d", got, want)
		}
		for i, p := range all {
			if p.Index != i {
				t.Fatalf("At: got index %d, want %d: the last variable varies fastest", p.Index, i)
			}
			if again := b.At(p.Values()...); again != p.Observation {
				t.Fatalf("At(Values): got %v, want %v", again, p.Observation)
			}
			for j, v := range b.Vars {
				if b.Position(v) != j || p.Value(v) != p.values[v] || p.Values()[j] != p.values[v] {
					t.Fatalf("%v: position %d and value %d of %s, want %d and %d", p, b.Position(v), p.Value(v), v.Name, j, p.values[v])
				}
			}
		}
	})
}
