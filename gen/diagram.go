package gen

import (
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// An edge of a state diagram: the rules that lead from one value to another.
type edge struct {
	from, to string
	rules    []string
}

// diagram writes a Mermaid state diagram: which rules lead from which state to
// which. A rule that does not ask for the state leads from every state that is
// possible. A function with a rule for everything is part of its callers; the
// rules of any other stand for themselves, since a call may find none of them. It
// writes nothing when no diagram was asked for, or when the rules have no such
// observable.
func (p *page) diagram() {
	if p.Diagram == nil {
		return
	}
	i := slices.IndexFunc(variablesOf(p.table), func(v *spec.Variable) bool { return v.Name == p.Diagram.Variable })
	if i < 0 {
		return
	}
	v := variablesOf(p.table)[i]
	p.printf("## The diagram of %s\n\n", v.Name)
	p.printf("A rule that leaves %s as it is leads back to where it began. A rule that does no more than call functions\n", v.Name)
	p.printf("which may find nothing to do is left out: the rules of those functions are here.\n\n")
	p.line("```mermaid\nstateDiagram-v2")
	for _, e := range p.edges(v) {
		p.printf("    %s --> %s : %s\n", e.from, e.to, strings.Join(e.rules, ", "))
	}
	p.line("```\n")
}

// edges lists the edges of the diagram, in the order of states and rules.
func (p *page) edges(v *spec.Variable) []edge {
	var es []edge
	add := func(from, to, rule string) {
		for i := range es {
			if es[i].from == from && es[i].to == to {
				es[i].rules = append(es[i].rules, rule)
				return
			}
		}
		es = append(es, edge{from, to, []string{rule}})
	}
	for i := range p.table.All {
		if r := &p.table.All[i]; r.Clause.Of.Name == p.Diagram.Start {
			for _, to := range p.targets(v, r) {
				add("[*]", to, r.Name)
			}
		}
	}
	possible := p.possible(v)
	for i, from := range v.Values {
		for j := range p.table.All {
			r := &p.table.All[j]
			if p.folded(r.Clause.Of) || !possible[i] || !p.holdsAt(r, v, i) {
				continue
			}
			for _, to := range p.targets(v, r) {
				if to == unchanged {
					to = from
				}
				add(from, to, r.Name)
			}
		}
	}
	return es
}

// possible says which values of v occur in an observation that is not listed as
// impossible.
func (p *page) possible(v *spec.Variable) []bool {
	ok := make([]bool, len(v.Values))
	for _, b := range p.table.Rules.Bindings {
		if b.Position(v) < 0 {
			continue
		}
		for i, set := range p.table.EnabledRow(b) {
			if set != 0 {
				ok[spec.Observation{Of: b, Index: i}.Value(v)] = true
			}
		}
	}
	return ok
}

// holdsAt reports whether the rule is enabled on some observation where v has
// value number n; a rule whose binding does not observe v holds everywhere.
func (p *page) holdsAt(r *spec.Rule, v *spec.Variable, n int) bool {
	b := r.Clause.Of
	if b.Position(v) < 0 {
		return true
	}
	for i, set := range p.table.EnabledRow(b) {
		o := spec.Observation{Of: b, Index: i}
		if set.Has(r.ID) && int(o.Value(v)) == n {
			return true
		}
	}
	return false
}

// unchanged stands for the value that the variable had before a rule.
const unchanged = ""

// folded reports whether the binding is a function that has a rule for every
// observation: what it does is then part of what its callers do.
func (p *page) folded(b *spec.Binding) bool {
	return b.Function && !slices.Contains(p.table.NextRow(b), spec.Wait)
}

// targets lists what v may be after the rule has fired, each value once: by the
// last of its effects that says so. It is empty for a rule that only calls
// functions which are not folded.
func (p *page) targets(v *spec.Variable, r *spec.Rule) []string {
	var to []string
	calls := false
	for _, e := range r.Effects {
		if callee := p.table.Rules.Calls[e.Do]; callee != nil {
			calls = true
			if !p.folded(callee) {
				continue
			}
			if after := p.calleeTargets(v, callee); len(after) > 0 {
				to = after
			}
			continue
		}
		for _, name := range v.Values {
			if string(e.Do) == p.Diagram.Prefix+upper(name) {
				to = []string{name}
			}
		}
	}
	if len(to) == 0 && !calls {
		return []string{unchanged}
	}
	return to
}

// calleeTargets lists what v may be after a folded function. A function that
// comes to call itself adds nothing by that.
func (p *page) calleeTargets(v *spec.Variable, callee *spec.Binding) []string {
	if slices.Contains(p.calling, callee) {
		return nil
	}
	p.calling = append(p.calling, callee)
	defer func() { p.calling = p.calling[:len(p.calling)-1] }()
	var to []string
	for i := range p.table.All {
		r := &p.table.All[i]
		if r.Clause.Of != callee {
			continue
		}
		for _, name := range p.targets(v, r) {
			if !slices.Contains(to, name) {
				to = append(to, name)
			}
		}
	}
	return to
}
