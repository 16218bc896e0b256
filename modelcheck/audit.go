package modelcheck

import (
	"context"
	"fmt"
	"reflect"
	"slices"
)

// Audit says whether what a model declares about itself to be searched in less
// than all of its states is true: Canonical, View, Local and Actor. It searches the
// model in full, with all of them ignored, and then holds each against every state
// that was found. What is not so is a violation, with the path to a state where it
// shows and a sentence that says how. The properties of the model are checked as
// well.
//
// A model that is too large can be audited in a smaller instance.
func Audit[S comparable, A any](ctx context.Context, m Model[S, A], o Options) (Report[S, A], error) {
	report := Report[S, A]{Model: m.Name}
	if err := m.validate(); err != nil {
		return report, err
	}
	o.Visited, o.KeepGoing = Exact, true
	o, err := o.withDefaults()
	if err != nil {
		return report, err
	}
	full := m.unreduced()
	s := newSearch(full, o, plainly(&full))
	s.auditor = &auditor[S, A]{declared: m, ctx: ctx}
	if err := s.report(ctx, &report); err != nil {
		return Report[S, A]{Model: m.Name}, err
	}
	return report, nil
}

// An auditor compares what is declared of single states with what is so.
type auditor[S comparable, A any] struct {
	declared Model[S, A]
	ctx      context.Context
	first    map[S]S // by view: the first state that has it
}

// The declarations, as properties.
const (
	auditCanonical = "Canonical is right"
	auditView      = "View is right"
	auditLocal     = "Local is right"
)

// audit holds the declarations against every state, in order of discovery, until
// each was found to be wrong.
func (s *search[S, K, A]) audit(r *Report[S, A]) (err error) {
	x := s.auditor
	x.first = map[S]S{}
	open := []struct {
		name, doc string
		declared  bool
		wrong     func(S) string
	}{
		{auditCanonical, "what follows from a state and from its canonical one has the same canonical states, and the same properties hold", x.declared.Canonical != nil, x.canonical},
		{auditView, "states with the same view are followed by states with the same views, and the same properties hold", x.declared.View != nil, x.view},
		{auditLocal, "a local step commutes with those of others, which neither add nor remove it, and no property sees it", x.declared.Local != nil, x.local},
	}
	var state S
	defer func() {
		if value := recover(); value != nil {
			err = s.model.newPanicError("Canonical, View, Local or Actor", state, value, nil)
		}
	}()
	for number := range uint32(s.size) {
		if number%1024 == 0 && x.ctx.Err() != nil {
			r.Complete, r.Stopped, r.Cause = false, Cancelled, context.Cause(x.ctx)
			return nil
		}
		state = *s.state(number)
		for i := range open {
			d := &open[i]
			if !d.declared {
				continue
			}
			why := d.wrong(state)
			if why == "" {
				continue
			}
			d.declared = false // one is enough
			path, err := s.path(s.keysTo(number))
			if err != nil {
				return err
			}
			r.Violations = append(r.Violations, Finding[S, A]{Property: Property[S]{Name: d.name, Doc: d.doc}, Path: path, Why: why})
		}
	}
	return nil
}

// canonical says what is wrong with the canonical state of one.
func (x *auditor[S, A]) canonical(s S) string {
	m := &x.declared
	c := m.Canonical(s)
	if again := m.Canonical(c); again != c {
		return fmt.Sprintf("its canonical state %s has another canonical state, %s", m.formatState(c), m.formatState(again))
	}
	return x.same(s, c, "its canonical state", m.Canonical)
}

// view says what is wrong with the view of a state.
func (x *auditor[S, A]) view(s S) string {
	m := &x.declared
	v := m.View(s)
	other, known := x.first[v]
	if !known {
		x.first[v] = s
		return ""
	}
	return x.same(s, other, "a state with the same view", m.View)
}

// same says what differs between two states that should be the same up to form.
func (x *auditor[S, A]) same(s, other S, called string, form func(S) S) string {
	m := &x.declared
	if s == other {
		return ""
	}
	if p := x.seen(s, other); p != "" {
		return fmt.Sprintf("%s is not the same for it and for %s, %s", p, called, m.formatState(other))
	}
	if m.Within != nil && !m.Within(s) {
		return ""
	}
	// A step is what it leads to, up to form, and which properties of steps it has.
	type step struct {
		to  S
		has string
	}
	of := func(from S, a A, to S) step { return step{form(to), x.has(from, a, to)} }
	ours, theirs := map[step]bool{}, map[step]bool{}
	m.Next(s, func(a A, to S) { ours[of(s, a, to)] = true })
	m.Next(other, func(a A, to S) { theirs[of(other, a, to)] = true })
	why := ""
	lacks := func(from S, has map[step]bool) {
		m.Next(from, func(a A, to S) {
			if why == "" && !has[of(from, a, to)] {
				why = fmt.Sprintf("%s leads from %s to %s, and nothing leads to its like from %s",
					m.formatAction(from, a, to), m.formatState(from), m.formatState(to), called)
				if from == other {
					why = fmt.Sprintf("%s leads from %s, %s, to %s, and nothing leads to its like from here",
						m.formatAction(from, a, to), called, m.formatState(from), m.formatState(to))
				}
			}
		})
	}
	lacks(s, theirs)
	lacks(other, ours)
	return why
}

// has tells which properties of steps a step has.
func (x *auditor[S, A]) has(before S, a A, after S) string {
	m := &x.declared
	if len(m.AlwaysSteps)+len(m.SometimesSteps) == 0 {
		return ""
	}
	var has []bool
	for _, p := range slices.Concat(m.AlwaysSteps, m.SometimesSteps) {
		has = append(has, p.Holds(before, a, after))
	}
	return fmt.Sprint(has)
}

// seen names a property that is not the same in two states.
func (x *auditor[S, A]) seen(s, other S) string {
	m := &x.declared
	for _, p := range slices.Concat(m.Always, m.Final, m.Sometimes) {
		if p.Holds(s) != p.Holds(other) {
			return "property " + fmt.Sprintf("%q", p.Name)
		}
	}
	if m.Within != nil && m.Within(s) != m.Within(other) {
		return "Within"
	}
	return ""
}

// local says what is wrong with the actors that are local in a state.
func (x *auditor[S, A]) local(s S) string {
	m := &x.declared
	if m.Within != nil && !m.Within(s) {
		return ""
	}
	steps := x.steps(s)
	for _, mine := range steps {
		p := m.Actor(mine.Action)
		if !m.Local(s, p) {
			continue
		}
		if seen := x.seen(s, mine.State); seen != "" {
			return fmt.Sprintf("%s sees the local step %s", seen, m.formatAction(s, mine.Action, mine.State))
		}
		for _, theirs := range steps {
			q := m.Actor(theirs.Action)
			if q == p {
				continue
			}
			if why := x.commute(s, mine, theirs, p, q); why != "" {
				return why
			}
		}
	}
	return ""
}

// commute says why a local step of p and one of q, from s, cannot change places.
func (x *auditor[S, A]) commute(s S, mine, theirs Step[S, A], p, q int) string {
	m := &x.declared
	does, did := m.formatAction(s, mine.Action, mine.State), m.formatAction(s, theirs.Action, theirs.State)
	if !m.Local(theirs.State, p) {
		return fmt.Sprintf("%s is local, and not any more after %s", does, did)
	}
	later := x.of(p, theirs.State)
	if len(later) != len(x.of(p, s)) {
		return fmt.Sprintf("actor %d, who is local, can do something else after %s", p, did)
	}
	for _, last := range later {
		if !sameAction(mine.Action, last.Action) {
			continue
		}
		for _, then := range x.of(q, mine.State) {
			if !sameAction(theirs.Action, then.Action) || then.State != last.State {
				continue
			}
			for _, c := range slices.Concat(m.AlwaysSteps, m.SometimesSteps) {
				if c.Holds(s, mine.Action, mine.State) != c.Holds(theirs.State, last.Action, last.State) ||
					c.Holds(s, theirs.Action, theirs.State) != c.Holds(mine.State, then.Action, then.State) {
					return fmt.Sprintf("property %q sees whether %s or %s, which is local, comes first", c.Name, did, does)
				}
			}
			return ""
		}
	}
	return fmt.Sprintf("%s is local, but does not lead to the same state before and after %s", does, did)
}

func (x *auditor[S, A]) steps(s S) (out []Step[S, A]) {
	x.declared.Next(s, func(a A, to S) { out = append(out, Step[S, A]{Action: a, State: to}) })
	return out
}

// of lists the steps of an actor.
func (x *auditor[S, A]) of(actor int, s S) []Step[S, A] {
	return slices.DeleteFunc(x.steps(s), func(t Step[S, A]) bool { return x.declared.Actor(t.Action) != actor })
}

// sameAction compares actions if that is possible, and tolerates all others.
func sameAction[A any](a, b A) bool {
	return !reflect.TypeFor[A]().Comparable() || any(a) == any(b)
}
