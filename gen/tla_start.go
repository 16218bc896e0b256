package gen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// starts writes the initial states: every process has begun, by the rules of the
// function that it begins with.
func (m *tlaModule) starts() error {
	l := m.language
	start := tlaScope{tlaProposal: "Nil"}
	for _, v := range l.variables {
		start[v.name] = v.start
	}
	maps.Copy(start, l.start.argument)
	var guards []string
	var runs []*tlaRun
	for _, r := range m.rulesOf(l.start.function) {
		x, err := m.run(r, start)
		if err != nil {
			return err
		}
		guard, possible, err := m.startGuard(r, start)
		if err != nil {
			return err
		}
		if possible {
			guards, runs = append(guards, guard), append(runs, x)
		}
	}
	m.printf("\n\\* Every process has begun with %s(%s).\nInit ==\n", l.start.function.Name, l.start.argument["r"])
	w := &tlaWriter{tlaModule: m, indent: "    "}
	if i := slices.IndexFunc(runs, func(x *tlaRun) bool { return x.some != "" }); i >= 0 {
		w.line(`\E ` + tlaProposal + ` \in ` + runs[i].some + " :")
		w.indent += "    "
	}
	for _, v := range l.variables {
		values := make([]string, len(runs))
		for i, x := range runs {
			values[i] = m.kept(v, x.scope)
		}
		all := m.cases(guards, values)
		switch {
		case !v.message:
			w.conjunct(fmt.Sprintf(`%s = [p \in Correct |-> %s]`, v.name, all))
		case all == v.start:
			w.conjunct(v.name + " = " + all)
		default:
			w.conjunct(fmt.Sprintf(`%s = UNION {%s : p \in Correct}`, v.name, all))
		}
	}
	return nil
}

// startGuard is the guard of a rule in a state in which much is known, in one
// line.
func (m *tlaModule) startGuard(r *spec.Rule, scope tlaScope) (guard string, possible bool, err error) {
	if len(r.Guard) != 1 {
		return "", false, fmt.Errorf("gen: %s: %s has a guard of %d parts, for which no TLA+ is known at the start", m.table.Rules.Name, r.Name, len(r.Guard))
	}
	conds, err := m.conditions(spec.FullCube(r.Clause.Of), r.Guard[0], scope)
	if err != nil {
		return "", false, err
	}
	var open []string
	for _, c := range conds {
		value, constant := tlaConstant(c)
		if constant && !value {
			return "", false, nil
		}
		if !constant {
			open = append(open, c)
		}
	}
	return strings.Join(open, ` /\ `), true, nil
}

// cases chooses among values by guards that exclude each other.
func (m *tlaModule) cases(guards, values []string) string {
	same := !slices.ContainsFunc(values, func(v string) bool { return v != values[0] })
	if same {
		return values[0]
	}
	parts := make([]string, len(guards))
	for i, g := range guards {
		if g == "" {
			g = "TRUE"
		}
		parts[i] = g + " -> " + values[i]
	}
	return "CASE " + strings.Join(parts, " [] ")
}
