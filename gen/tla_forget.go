package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// A tlaForgetting says what the model forgets because no rule will ask: that a
// line has fired, and that a timeout is scheduled. In which steps that is so is
// computed from the table; modelcheck/bft does the same for itself.
type tlaForgetting struct {
	step    *spec.Variable
	onces   []tlaOnce
	timeout *spec.Binding  // of a timeout that expires
	expired *spec.Variable // which one it is
	here    spec.Cond      // it is of the current round

	leads int       // the value of expired that would lead out of the last round
	by    tlaOnce   // remembers that it was scheduled
	does  []spec.Op // all that is done when it is: then this too is forgotten in the last round
}

// A tlaOnce is a once-observable and what stands for it in the set once.
type tlaOnce struct {
	*spec.Once
	member string
}

// forgetting writes the operators that leave of once and timers what may still
// be asked for.
func (m *tlaModule) forgetting() {
	f := &m.language.forgetting
	m.title("What is forgotten, because nothing will ask for it in the round: computed from the clauses.")
	m.printf("\n\\* The steps in which some rule of this step or a later one asks whether a line has fired.\n")
	cases := make([]string, len(f.onces))
	for i, o := range f.onces {
		cases[i] = fmt.Sprintf("n = %s -> %s", o.member, m.steps(func(later uint16) bool { return m.asks(o.Variable(), later) }))
	}
	m.printf("AskedIn(n) ==\n    CASE %s\n", strings.Join(cases, "\n      [] "))

	m.printf("\n\\* The steps in which the expiry of a timeout does something, or will in a later one.\n")
	cases = nil
	for i, name := range f.expired.Values {
		cases = append(cases, fmt.Sprintf("t = \"%s\" -> %s", name, m.steps(func(later uint16) bool { return m.expires(i, later) })))
	}
	m.printf("AwaitedIn(t) ==\n    CASE %s\n", strings.Join(cases, "\n      [] "))

	last := ""
	if m.onlySchedules() {
		last = fmt.Sprintf(" /\\ ~(n = %s /\\ r = LastRound)", f.by.member)
	}
	m.printf("\n\\* What is kept in step s of round r. The last round is never left.\n")
	m.printf("Asked(lines, s, r) == {n \\in lines : s \\in AskedIn(n)%s}\n", last)
	m.printf("Awaited(ts, s, r) == {t \\in ts : s \\in AwaitedIn(t) /\\ ~(t = \"%s\" /\\ r = LastRound)}\n", f.expired.Values[f.leads])
}

// steps writes the set of steps for which something holds of the steps from
// there on.
func (m *tlaModule) steps(holds func(later uint16) bool) string {
	var names []string
	for i, name := range m.language.forgetting.step.Values {
		if m.reached[i] && holds(m.later(i)) {
			names = append(names, `"`+name+`"`)
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// takes finds which steps the rules ever lead to.
func (m *tlaModule) takes() []bool {
	reached := make([]bool, len(m.language.forgetting.step.Values))
	for i := range m.table.All {
		for _, e := range m.table.All[i].Effects {
			if to := m.leadsTo(e.Do); to >= 0 {
				reached[to] = true
			}
		}
	}
	return reached
}

// leadsTo is the number of the step that an effect sets, or -1.
func (m *tlaModule) leadsTo(op spec.Op) int {
	for _, set := range m.language.effects[op].sets {
		if set.variable == "step" {
			return slices.Index(m.language.forgetting.step.Values, strings.Trim(set.value, `"`))
		}
	}
	return -1
}

// later is the set of steps that follow a step, itself included, without a new
// round.
func (m *tlaModule) later(from int) uint16 {
	set := uint16(1) << from
	for before := uint16(0); before != set; {
		before = set
		for i := range m.table.All {
			r := &m.table.All[i]
			if r.Clause.Of.Function || !m.admits(r, set) {
				continue
			}
			for _, e := range r.Effects {
				if to := m.leadsTo(e.Do); to >= 0 {
					set |= 1 << to
				}
			}
		}
	}
	return set
}

// admits says whether a rule holds for some observation in one of the steps.
func (m *tlaModule) admits(r *spec.Rule, steps uint16) bool {
	step := m.language.forgetting.step
	return r.Clause.Of.Position(step) < 0 || slices.ContainsFunc(r.Guard, func(c spec.Cube) bool {
		return !c.And(spec.Cond{Var: step, Set: steps}).Empty()
	})
}

// asks says whether some rule depends on the variable in one of the steps.
func (m *tlaModule) asks(v *spec.Variable, steps uint16) bool {
	return slices.ContainsFunc(m.table.All, func(r spec.Rule) bool {
		at := r.Clause.Of.Position(v)
		return at >= 0 && m.admits(&r, steps) && slices.ContainsFunc(r.Guard, func(c spec.Cube) bool {
			return int(c.Sets[at]) != 1<<len(v.Values)-1
		})
	})
}

// expires says whether the expiry of a timeout of the current round does
// something in one of the steps.
func (m *tlaModule) expires(timeout int, steps uint16) bool {
	f := &m.language.forgetting
	here := spec.FullCube(f.timeout).And(f.here, spec.Cond{Var: f.expired, Set: 1 << timeout}, spec.Cond{Var: f.step, Set: steps})
	return slices.ContainsFunc(m.table.All, func(r spec.Rule) bool {
		return r.Clause.Of == f.timeout && slices.ContainsFunc(r.Guard, func(c spec.Cube) bool { return !c.Meet(here).Empty() })
	})
}

// onlySchedules says whether the rules that remember that the timeout out of
// the last round was scheduled do nothing else.
func (m *tlaModule) onlySchedules() bool {
	f := &m.language.forgetting
	return !slices.ContainsFunc(m.table.All, func(r spec.Rule) bool {
		return r.Clause.FirstTime == f.by.Once && slices.ContainsFunc(r.Effects, func(e spec.Effect) bool {
			return !slices.Contains(f.does, e.Do)
		})
	})
}
