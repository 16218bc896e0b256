package gen

import (
	"fmt"
	"maps"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// A tlaRun carries out the effects of a rule on expressions instead of values:
// afterwards the scope says, for every variable, what it is then.
type tlaRun struct {
	before, scope tlaScope
	writer        map[string]int // by variable: the last effect that sets it
	some          string         // the set that a new proposal is chosen from
	someAt        int            // by which effect
	call          string         // of a function, with its arguments
	left          bool           // the process has left the height
	decided       bool
}

// run carries out the effects of a rule.
func (m *tlaModule) run(r *spec.Rule, scope tlaScope) (*tlaRun, error) {
	x := &tlaRun{before: scope, scope: maps.Clone(scope), writer: map[string]int{}}
	fail := func(format string, args ...any) (*tlaRun, error) {
		return nil, fmt.Errorf("gen: %s: %s %s", m.table.Rules.Name, r.Name, fmt.Sprintf(format, args...))
	}
	for i, e := range r.Effects {
		effect := m.language.effects[e.Do]
		callee := m.table.Rules.Calls[e.Do]
		switch {
		case effect.leaves:
			x.left = true
		case callee != nil && x.left:
			if err := m.callAfter(x, callee, effect); err != nil {
				return nil, err
			}
		case callee != nil && len(r.Effects) > 1:
			return fail("does something besides calling %s, for which no TLA+ is known", callee.Name)
		case callee != nil:
			args := []string{"p"}
			for _, set := range effect.sets {
				args = append(args, x.scope.expand(set.value))
			}
			x.call = callee.Name + "(" + strings.Join(args, ", ") + ")"
		default:
			x.do(i, effect)
		}
	}
	_, x.decided = x.writer[tlaDecision]
	if x.decided != x.left {
		return fail("decides without leaving the height, or leaves it without a decision")
	}
	for _, v := range m.language.variables {
		if x.left && !v.message && !v.outside && x.scope[v.name] != v.start {
			return fail("begins the next height with %s = %s", v.name, x.scope[v.name])
		}
	}
	return x, nil
}

// do carries out effect number i.
func (x *tlaRun) do(i int, effect tlaEffect) {
	if effect.some != "" {
		x.some, x.someAt = effect.some, i
	}
	for _, set := range effect.sets {
		x.scope[set.variable] = x.scope.expand(set.value)
		x.writer[set.variable] = i
	}
}

// callAfter calls a function in the next height: every rule that the call may
// lead to must leave the same behind.
func (m *tlaModule) callAfter(x *tlaRun, callee *spec.Binding, call tlaEffect) error {
	arguments := maps.Clone(x.scope)
	for _, set := range call.sets {
		arguments[set.variable] = x.scope.expand(set.value)
	}
	var after tlaScope
	for _, r := range m.rulesOf(callee) {
		y, err := m.run(r, arguments)
		if err != nil {
			return err
		}
		for _, v := range m.language.variables {
			if v.message || v.outside { // of the next height: not in the model
				y.scope[v.name] = x.scope[v.name]
			}
		}
		y.scope[tlaProposal] = "Nil"
		if after != nil && !maps.Equal(after, y.scope) {
			return fmt.Errorf("gen: %s: what %s leaves behind in the next height depends on the proposer", m.table.Rules.Name, callee.Name)
		}
		after = y.scope
	}
	if after != nil {
		x.scope = after
	}
	return nil
}

// kept is the value of a variable after a step, without what is forgotten.
func (m *tlaModule) kept(v tlaVariable, scope tlaScope) string {
	if value := scope[v.name]; v.keep == "" || value == "{}" {
		return value
	}
	return scope.expand(v.keep + "($" + v.name + ", $step, $round)")
}

// action writes a rule.
func (m *tlaModule) action(r *spec.Rule) error {
	x, err := m.run(r, m.scope(r.Clause.Of))
	if err != nil {
		return err
	}
	w := &tlaWriter{tlaModule: m, indent: "    "}
	m.printf("\n%s ==\n", m.head(r.Name, r.Clause.Of))
	guard, err := m.guard(r, x.before)
	if err != nil {
		return err
	}
	if _, enters := x.writer["round"]; enters && !x.left {
		w.comment("(the model ends with the last round)")
		w.conjunct(x.scope["round"] + ` \in Rounds`)
	}
	for _, line := range guard {
		w.line(line)
	}
	if x.left {
		w.leave(r, x)
		return nil
	}
	for i, e := range r.Effects {
		w.comment(lineWords(e.Line, e.Words))
		if x.some != "" && x.someAt == i {
			w.conjunct(`\E ` + tlaProposal + ` \in ` + x.some + " :")
			w.indent += "   "
		}
		for _, v := range m.language.variables {
			if at, ok := x.writer[v.name]; ok && at == i {
				w.assign(v, m.kept(v, x.scope))
			}
		}
	}
	if x.call != "" {
		w.conjunct(x.call)
		return nil
	}
	w.rest(x)
	return nil
}

// A tlaWriter writes the lines of an action.
type tlaWriter struct {
	*tlaModule
	indent string
}

func (w *tlaWriter) line(s string) { w.printf("%s%s\n", w.indent, s) }

func (w *tlaWriter) comment(s string) { w.line(`\* ` + s) }

func (w *tlaWriter) conjunct(s string) { w.line(`/\ ` + s) }

func (w *tlaWriter) assign(v tlaVariable, value string) {
	if v.message {
		w.conjunct(v.name + "' = " + value)
		return
	}
	w.conjunct(fmt.Sprintf("%s' = [%s EXCEPT ![p] = %s]", v.name, v.name, value))
}

// rest writes what is forgotten, and what does not change.
func (w *tlaWriter) rest(x *tlaRun) {
	moves := x.scope["step"] != x.before["step"] || x.scope["round"] != x.before["round"]
	var same []tlaVariable
	said := false
	for _, v := range w.language.variables {
		_, written := x.writer[v.name]
		switch {
		case written:
		case v.keep != "" && moves:
			if !said {
				w.comment("(what no rule will ask for in this round is forgotten)")
			}
			said = true
			w.assign(v, w.kept(v, x.scope))
		default:
			same = append(same, v)
		}
	}
	if len(same) > 0 {
		w.conjunct("UNCHANGED " + tlaTuple(same))
	}
}

// leave writes a rule that decides.
func (w *tlaWriter) leave(r *spec.Rule, x *tlaRun) {
	for i, e := range r.Effects {
		w.comment(lineWords(e.Line, e.Words))
		if at, ok := x.writer[tlaDecision]; ok && at == i {
			w.assign(tlaVariable{name: tlaDecision}, x.scope[tlaDecision])
		}
	}
	w.conjunct("Stop(p)")
}
