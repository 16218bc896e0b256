package bft

import (
	"context"
	"slices"
	"time"

	"github.com/polka-bft/polka/modelcheck"
)

// A Result is what a search of one instance found.
type Result struct {
	Config   Config
	Digest   string // of the rules
	Verdict  modelcheck.Verdict
	Complete bool
	Stopped  modelcheck.Reason
	Cause    error // of the context, if it ended the search

	States, Transitions, Depth, Deadlocks int

	Coverage   []modelcheck.Coverage // by rule
	Unreached  []string              // of what is awaited; a verdict only if Complete
	Violations []Counterexample
	Duration   time.Duration
	Bytes      int64
}

// NeverFired lists the rules that no step followed. It is a verdict only if
// the result is complete.
func (r *Result) NeverFired() []string {
	var names []string
	for _, c := range r.Coverage {
		if c.Fired == 0 {
			names = append(names, c.Clause)
		}
	}
	return names
}

// Violates says whether a property was found to be violated.
func (r *Result) Violates(property string) bool {
	for _, v := range r.Violations {
		if v.Property.Name == property {
			return true
		}
	}
	return false
}

// Check searches an instance. The error, of the kind ErrConfig unless a bug is
// behind it, says that it could not be searched; what was found is no error.
func Check(ctx context.Context, c Config, o modelcheck.Options) (Result, error) {
	rs, err := newRules(c)
	if err != nil {
		return Result{Config: c}, err
	}
	return rs.check(ctx, o)
}

// check chooses the size of a packed state.
func (rs *rules) check(ctx context.Context, o modelcheck.Options) (Result, error) {
	switch {
	case rs.layout.bits <= 128:
		return search[[2]uint64](ctx, rs, o)
	case rs.layout.bits <= 192:
		return search[[3]uint64](ctx, rs, o)
	default:
		return search[[4]uint64](ctx, rs, o)
	}
}

func search[S packed](ctx context.Context, rs *rules, o modelcheck.Options) (Result, error) {
	m := newMachine[S](rs)
	report, err := modelcheck.Check(ctx, m.model(), o)
	if err != nil {
		return Result{Config: rs.config}, err
	}
	r := Result{
		Config: rs.config, Digest: rs.table.Digest(),
		Verdict: report.Verdict(), Complete: report.Complete, Stopped: report.Stopped, Cause: report.Cause,
		States: report.States, Transitions: report.Transitions, Depth: report.Depth(), Deadlocks: report.Deadlocks,
		Coverage: report.Coverage, Duration: report.Duration, Bytes: report.Bytes,
	}
	for _, p := range report.Unreached {
		r.Unreached = append(r.Unreached, p.Name)
	}
	for _, f := range report.Violations {
		r.Violations = append(r.Violations, m.counterexample(f))
	}
	return r, nil
}

// model is the instance in the form that modelcheck wants.
func (m machine[S]) model() modelcheck.Model[S, Action] {
	model := modelcheck.Model[S, Action]{
		Name: m.config.Name(), Next: m.next, Hash: hash[S],
		Clauses: m.clauses(), Clause: m.clause(),
	}
	for _, w := range m.starts() {
		model.Init = append(model.Init, pack[S](&m.layout, &w))
	}
	for i := range always {
		if m.asked != nil && !slices.Contains(m.asked, always[i].name) {
			continue
		}
		model.Always = append(model.Always, m.property(&always[i], true))
	}
	for i := range sometimes {
		if c := &sometimes[i]; c.applies == nil || c.applies(&m.config) {
			model.Sometimes = append(model.Sometimes, m.property(c, false))
		}
	}
	return model
}

// property turns a claim into a property of packed states. Elsewhere is what
// it says outside the scope of the claim.
func (m machine[S]) property(c *claim, elsewhere bool) modelcheck.Property[S] {
	p := modelcheck.Property[S]{Name: c.name, Doc: c.doc, Source: c.source}
	in := m.scopeMask(c.only)
	p.Holds = func(s S) bool {
		var overlap uint64
		for i := range len(s) {
			overlap |= s[i] & in[i]
		}
		if overlap == 0 && c.only != everywhere {
			return elsewhere
		}
		v := m.views.Get().(*view[S])
		v.show(&m.layout, &m.config, s)
		ok := c.holds(m.rules, &v.world, &v.tallies)
		m.views.Put(v)
		return ok
	}
	return p
}

// A view is an unpacked state. The properties are asked about one state after
// the other, so a view remembers which one it shows.
type view[S packed] struct {
	state   S
	shown   bool
	world   world
	tallies tallies
}

func (v *view[S]) show(l *layout, c *Config, s S) {
	if v.shown && v.state == s {
		return
	}
	unpack(l, &s, &v.world)
	v.tallies.count(c, &v.world)
	v.state, v.shown = s, true
}

// scopeMask has the bits one of which is set in every state of the scope.
func (m machine[S]) scopeMask(only scope) S {
	var w world
	switch only {
	case decided:
		for p := range m.layout.correct {
			w.locals[p].decision = valueCount - 1
			w.locals[p].process.LockedRound, w.locals[p].process.ValidRound = -1, -1
		}
		return pack[S](&m.layout, &w)
	case faulty:
		w.fault = 1<<faultBits - 1
		return pack[S](&m.layout, &w)
	case everywhere:
	}
	var all S
	for i := range len(all) {
		all[i] = ^uint64(0)
	}
	return all
}
