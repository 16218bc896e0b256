package spec_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
)

// A change is one thing about rules that the digest must depend on.
type change struct {
	name     string
	do, undo func()
}

// set changes *p, and back.
func set[T any](name string, p *T, to T) change {
	was := *p
	return change{name, func() { *p = to }, func() { *p = was }}
}

// changes lists everything that can be changed about rules, one at a time.
func changes(r *spec.Rules) []change {
	cs := []change{set("name of the rules", &r.Name, r.Name+"'")}
	for _, b := range r.Bindings {
		cs = append(
			cs,
			set("name of binding "+b.Name, &b.Name, b.Name+"'"),
			set("free variables of "+b.Name, &b.Free, b.Free+"'"),
			set("function "+b.Name, &b.Function, !b.Function),
			set("variables of "+b.Name, &b.Vars, b.Vars[1:]),
		)
		for _, v := range b.Vars {
			cs = append(
				cs,
				set("name of "+v.Name, &v.Name, v.Name+"'"),
				set("value of "+v.Name, &v.Values[0], v.Values[0]+"'"),
				set("values of "+v.Name, &v.Values, append(v.Values[:len(v.Values):len(v.Values)], "more")),
			)
		}
	}
	for i := range r.Clauses {
		cs = append(cs, clauseChanges(&r.Clauses[i])...)
	}
	cs = append(cs, set("clauses", &r.Clauses, r.Clauses[1:]), set("priority", &r.Priority, r.Priority[1:]))
	for i := range r.Priority[1:] {
		a, b := r.Priority[i], r.Priority[i+1]
		swap := func(x, y spec.Precedence) func() { return func() { r.Priority[i], r.Priority[i+1] = x, y } }
		cs = append(cs, change{fmt.Sprintf("order of %s and %s", a.Key, b.Key), swap(b, a), swap(a, b)})
	}
	for i := range r.Impossible {
		im := &r.Impossible[i]
		cs = append(cs, set("impossible", &im.Conds[0].Set, im.Conds[0].Set^1))
	}
	for op, was := range r.Calls {
		if !does(r, op) {
			continue // a call that no effect makes is not part of the rules
		}
		cs = append(cs, change{"call " + string(op), func() { delete(r.Calls, op) }, func() { r.Calls[op] = was }})
	}
	return cs
}

func does(r *spec.Rules, op spec.Op) bool {
	for _, c := range r.Clauses {
		for _, e := range slices.Concat(c.First, c.Then, c.Else, c.Finally) {
			if e.Do == op {
				return true
			}
		}
	}
	return false
}

func clauseChanges(c *spec.Clause) []change {
	key := c.Key()
	cs := []change{set("line of "+key, &c.Line, c.Line+50), set("name of "+key, &c.Name, key+"'")}
	for _, part := range []struct {
		name    string
		phrases *spec.Phrases
	}{{"upon", &c.Upon}, {"while", &c.While}, {"if", &c.If}} {
		name := key + " " + part.name
		for i := range *part.phrases {
			p := &(*part.phrases)[i]
			cs = append(cs, set("words of "+name, &p.Words, p.Words+"'"))
			for j := range p.Conds {
				cs = append(cs, set("condition of "+name, &p.Conds[j].Set, p.Conds[j].Set^1))
			}
			if len(p.Conds) > 0 {
				cs = append(cs, set("number of conditions of "+name, &p.Conds, p.Conds[1:]))
			}
		}
		if len(*part.phrases) > 0 {
			cs = append(cs, set("phrases of "+name, part.phrases, (*part.phrases)[1:]))
		}
	}
	for _, part := range []struct {
		name    string
		effects *spec.Effects
	}{{"first", &c.First}, {"then", &c.Then}, {"else", &c.Else}, {"finally", &c.Finally}} {
		name := key + " " + part.name
		for i := range *part.effects {
			e := &(*part.effects)[i]
			cs = append(
				cs,
				set("line of effect in "+name, &e.Line, e.Line+1),
				set("words of effect in "+name, &e.Words, e.Words+"'"),
				set("operation in "+name, &e.Do, e.Do+"'"),
			)
		}
		if len(*part.effects) > 0 {
			cs = append(cs, set("effects of "+name, part.effects, (*part.effects)[1:]))
		}
	}
	if len(c.If) > 0 {
		cs = append(cs, set("line of the if of "+key, &c.IfLine, c.IfLine+1))
	}
	if len(c.Else) > 0 {
		cs = append(cs, set("line of the else of "+key, &c.ElseLine, c.ElseLine+1))
	}
	if c.FirstTime != nil {
		cs = append(cs, set("first time of "+key, &c.FirstTime, nil), set("mark of "+key, &c.FirstTime.Mark, "Other"))
	}
	return cs
}

// Every change gives a text of its own, and undoing it the text from before.
func TestLawDigestSeesEveryChange(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, r *spec.Rules) {
		before := spec.Canonical(r)
		for _, c := range changes(r) {
			c.do()
			if spec.Canonical(r) == before {
				t.Fatalf("the digest does not depend on: %s", c.name)
			}
			c.undo()
			if after := spec.Canonical(r); after != before {
				t.Fatalf("after undoing %q:\ngot  %s\nwant %s", c.name, after, before)
			}
		}
	}
	check(t, newToy().Rules)
	rapid.Check(t, func(t *rapid.T) { check(t, drawRules(t)) })
}

// A condition that moves from the guard into the inner condition changes what
// the rules say while every word stays.
func TestLawDigestSeesWhereAConditionStands(t *testing.T) {
	toy := orderly()
	before := compileToy(t).Digest()
	c := toy.clause(10)
	c.Upon[0].Conds, c.If[0].Conds = []spec.Cond{}, []spec.Cond{toy.power.Is(on), toy.knob.Is(left)}
	moved, err := spec.CompileMutant(toy.Rules)
	if err != nil {
		t.Fatal(err)
	}
	if got := moved.Digest(); got == before {
		t.Errorf("digest: got %s for both, want two", got)
	}
}

func TestDigestIsStable(t *testing.T) {
	a, b := compileToy(t).Digest(), compileToy(t).Digest()
	if a != b {
		t.Errorf("digest of the same rules, made twice: got %s and %s", a, b)
	}
	toy := orderly()
	toy.Priority[0].Reason += ", said otherwise"
	toy.Impossible[0].Why += ", said otherwise"
	toy.Doc = "said otherwise"
	toy.clause(10).Place = "moved"
	c, err := spec.Compile(toy.Rules)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Digest(); got != a {
		t.Errorf("digest after changing reasons only: got %s, want %s", got, a)
	}
	if len(a) != 64 {
		t.Errorf("digest: got %d characters, want 64", len(a))
	}
}
