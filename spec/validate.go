package spec

import (
	"errors"
	"fmt"
)

// checkForm refuses rules that cannot be compiled at all.
func checkForm(r *Rules) error {
	known := map[*Binding]bool{}
	for _, b := range r.Bindings {
		known[b] = true
	}
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("spec: %s: "+format, append([]any{r.Name}, args...)...))
	}
	for _, b := range r.Bindings {
		for i, v := range b.Vars {
			if b.Position(v) != i {
				fail("binding %s observes %s twice", b.Name, v.Name)
			}
		}
	}
	keys := map[string]bool{}
	for i := range r.Clauses {
		c := &r.Clauses[i]
		if keys[c.Key()] {
			fail("two clauses are named %s", c.Key())
		}
		keys[c.Key()] = true
		if c.Of == nil || !known[c.Of] {
			fail("clause %s has no binding of these rules", c.Key())
			continue
		}
		for _, cond := range append(c.guard(), c.If.conds()...) {
			if c.Of.Position(cond.Var) < 0 {
				fail("clause %s asks about %s, which binding %s does not observe", c.Key(), cond.Var.Name, c.Of.Name)
			}
		}
	}
	for _, im := range r.Impossible {
		if !known[im.Of] {
			fail("impossible (%s) has no binding of these rules", im.Why)
			continue
		}
		for _, cond := range im.Conds {
			if im.Of.Position(cond.Var) < 0 {
				fail("impossible (%s) asks about %s, which binding %s does not observe", im.Why, cond.Var.Name, im.Of.Name)
			}
		}
	}
	for op, b := range r.Calls {
		if !known[b] || !b.Function {
			fail("effect %s calls something that is no function of these rules", op)
		}
	}
	return errors.Join(errs...)
}

// Validate checks the laws that make the tables worth trusting, and returns all
// that are broken:
//
//   - every phrase has words and a condition, every effect words and an
//     operation, and no clause has an Else without an If;
//   - the branches of one clause are disjoint;
//   - every rule is reachable: some possible observation enables it;
//   - no rule is shadowed: some observation has it as Next;
//   - a function has at most one rule per observation, so that a call means one thing;
//   - Next is total: in Enabled, or Wait exactly where Enabled is empty, or
//     Unreachable exactly where the observation is listed as impossible;
//   - the priority names every clause once, each with a reason.
//
// The first and the last are about the text; the others are decided by going
// through every observation, or exactly on cubes.
func (t *Table) Validate() error {
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("spec: %s: "+format, append([]any{t.Rules.Name}, args...)...))
	}
	t.validateText(fail)
	t.validatePriority(fail)
	t.validateBranches(fail)
	reached, chosen := map[RuleID]bool{}, map[RuleID]bool{}
	for _, b := range t.Rules.Bindings {
		for i := range t.enabled[b] {
			o := Observation{b, i}
			en, next := t.Enabled(o), t.Next(o)
			for id := range en.All {
				reached[id] = true
			}
			chosen[next] = true
			switch {
			case (next == Unreachable) != t.impossible(o),
				next == Unreachable && en != 0,
				next == Wait && en != 0,
				next != Wait && next != Unreachable && !en.Has(next):
				fail("%v: Next is %d but Enabled is %v", o, next, t.names(en))
			}
			if b.Function && en.Len() > 1 {
				fail("function %s is ambiguous at %v: %v", b.Name, o, t.names(en))
			}
		}
	}
	for i := range t.All {
		r := &t.All[i]
		switch {
		case !reached[r.ID]:
			fail("rule %s is not reachable: no possible observation enables it", r.Name)
		case !chosen[r.ID]:
			fail("rule %s is shadowed: wherever it holds, a rule of higher priority does too", r.Name)
		}
	}
	return errors.Join(errs...)
}

func (t *Table) validateText(fail func(string, ...any)) {
	for i := range t.Rules.Clauses {
		c := &t.Rules.Clauses[i]
		for _, p := range append(append(append(Phrases{}, c.Upon...), c.While...), c.If...) {
			if p.Words == "" || len(p.Conds) == 0 {
				fail("clause %s has a phrase %q without words or without a condition", c.Key(), p.Words)
			}
		}
		if len(c.If) == 0 && len(c.Else) > 0 {
			fail("clause %s has an Else but no If", c.Key())
		}
		if c.FirstTime != nil && c.FirstTime.Mark == "" {
			fail("clause %s does not remember its first time: %s has no operation", c.Key(), c.FirstTime.Variable().Name)
		}
		for _, e := range c.body() {
			if e.Words == "" || e.Do == "" {
				fail("clause %s has an effect %q without words or without an operation", c.Key(), e.Words)
			}
		}
	}
}

func (t *Table) validatePriority(fail func(string, ...any)) {
	clause := map[string]bool{}
	for i := range t.Rules.Clauses {
		clause[t.Rules.Clauses[i].Key()] = true
	}
	seen := map[string]bool{}
	for _, p := range t.Rules.Priority {
		if seen[p.Key] {
			fail("the priority names %s twice", p.Key)
		}
		seen[p.Key] = true
		if !clause[p.Key] {
			fail("the priority names %s, which is no clause", p.Key)
		}
		if p.Reason == "" {
			fail("the priority gives no reason for %s", p.Key)
		}
	}
	for i := range t.Rules.Clauses {
		if key := t.Rules.Clauses[i].Key(); !seen[key] {
			fail("the priority does not name %s", key)
		}
	}
}

func (t *Table) validateBranches(fail func(string, ...any)) {
	for i := range t.All {
		for j := i + 1; j < len(t.All) && t.All[j].Clause == t.All[i].Clause; j++ {
			if Overlap(&t.All[i], &t.All[j]) {
				fail("branches %s and %s overlap", t.All[i].Name, t.All[j].Name)
			}
		}
	}
}

// Overlap reports whether some observation is admitted by both rules. It is
// decided on the cubes, without going through the observations.
func Overlap(a, b *Rule) bool {
	if a.Clause.Of != b.Clause.Of {
		return false
	}
	for _, c := range a.Guard {
		for _, d := range b.Guard {
			if !c.Meet(d).Empty() {
				return true
			}
		}
	}
	return false
}

func (t *Table) names(s RuleSet) []string {
	var ns []string
	for id := range s.All {
		ns = append(ns, t.Rule(id).Name)
	}
	return ns
}
