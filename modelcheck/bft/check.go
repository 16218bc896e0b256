package bft

import (
	"context"
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
	Counted                               int // of Exact: the counted states that the plain ones are projected to

	Coverage   []modelcheck.Coverage // by rule
	Unreached  []string              // of what is awaited; a verdict only if Complete
	Asked      []string              // the properties that were tested; none by Exact
	Violations []Counterexample
	Duration   time.Duration
	Bytes      int64
	Figures    modelcheck.Figures // all that was counted
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
	size := rs.layout.bits
	if rs.counts != nil {
		size = rs.counts.bits
	}
	switch {
	case size <= 128:
		return search[[2]uint64](ctx, rs, o)
	case size <= 192:
		return search[[3]uint64](ctx, rs, o)
	default:
		return search[[4]uint64](ctx, rs, o)
	}
}

func search[S packed](ctx context.Context, rs *rules, o modelcheck.Options) (Result, error) {
	m := newMachine[S](rs)
	return m.search(ctx, m.model(), o)
}

// search searches a model of the instance.
func (m machine[S]) search(ctx context.Context, model modelcheck.Model[S, Action], o modelcheck.Options) (Result, error) {
	report, err := modelcheck.Check(ctx, model, o)
	if err != nil {
		return Result{Config: m.config}, err
	}
	r := summary(m.rules, report)
	for _, f := range report.Violations {
		c, err := m.counterexample(f)
		if err != nil {
			return r, err
		}
		r.Violations = append(r.Violations, c)
	}
	return r, nil
}

// summary is a report without its counterexamples.
func summary[S comparable](rs *rules, report modelcheck.Report[S, Action]) Result {
	r := Result{
		Config: rs.config, Digest: rs.table.Digest(),
		Verdict: report.Verdict(), Complete: report.Complete, Stopped: report.Stopped, Cause: report.Cause,
		States: report.States, Transitions: report.Transitions, Depth: report.Depth(), Deadlocks: report.Deadlocks,
		Coverage: report.Coverage, Duration: report.Duration, Bytes: report.Bytes, Figures: report.Figures(), Asked: report.Asked,
	}
	for _, p := range report.Unreached {
		r.Unreached = append(r.Unreached, p.Name)
	}
	for _, p := range report.UnreachedSteps {
		r.Unreached = append(r.Unreached, p.Name)
	}
	return r
}

// model is the instance in the form that modelcheck wants.
func (m machine[S]) model() modelcheck.Model[S, Action] {
	model := modelcheck.Model[S, Action]{
		Name: m.config.Name(), Next: m.next, Hash: hash[S],
		Clauses: m.clauses(), Clause: m.clause(), MayStayIdle: m.clauses(), // entries say which of them must fire
	}
	for _, w := range m.starts() {
		model.Init = append(model.Init, m.pack(&w))
	}
	for i := range always {
		c := &always[i]
		switch {
		case !m.checks(i):
		case c.final:
			holds := m.show(c, false)
			model.Final = append(model.Final, m.property(c, func(s S) bool { return m.faultOf(&s) != NoFault || holds(s) }))
		default:
			model.Always = append(model.Always, m.always(c))
		}
	}
	for i := range sometimes {
		c := &sometimes[i]
		switch {
		case c.applies != nil && !c.applies(&m.config):
		case c.step != nil:
			model.SometimesSteps = append(model.SometimesSteps, modelcheck.StepProperty[S, Action]{
				Name: c.name, Doc: c.doc, Source: c.source, Holds: func(_ S, a Action, _ S) bool { return a.Seen>>i&1 == 1 },
			})
		default:
			model.Sometimes = append(model.Sometimes, m.property(c, m.show(c, false)))
		}
	}
	return model
}

func (m machine[S]) property(c *claim, holds func(S) bool) modelcheck.Property[S] {
	return modelcheck.Property[S]{Name: c.name, Doc: c.doc, Source: c.source, Holds: holds}
}

// always turns a claim of always into a property of packed states.
func (m machine[S]) always(c *claim) modelcheck.Property[S] {
	holds := func(S) bool { return true }
	if c.state != nil {
		holds = m.show(c, true)
	}
	if c.step == nil && c.faults == nil {
		return m.property(c, holds)
	}
	return m.property(c, func(s S) bool {
		f := m.faultOf(&s)
		return (f == NoFault || !c.broken(f)) && holds(s)
	})
}

// show turns a claim about states into a function of packed states. Elsewhere
// is what it says outside its scope.
func (m machine[S]) show(c *claim, elsewhere bool) func(S) bool {
	in := m.decisionMask()
	return func(s S) bool {
		var overlap uint64
		for i := range len(s) {
			overlap |= s[i] & in[i]
		}
		if overlap == 0 && c.only == decided {
			return elsewhere
		}
		v := m.views.Get().(*view[S])
		if !v.shown || v.state != s {
			m.unpack(&s, &v.world, &v.tallies)
			v.state, v.shown = s, true
		}
		holds := c.state(m.rules, &v.world)
		m.views.Put(v)
		return holds
	}
}

// A view is an unpacked state. The properties are asked about one state after
// the other, so a view remembers which one it shows.
type view[S packed] struct {
	state   S
	shown   bool
	world   world
	tallies tallies
}

// decisionMask has the bits one of which is set where some process has decided.
func (m machine[S]) decisionMask() S {
	var s S
	for p := range m.layout.correct {
		if m.counts != nil {
			put(&s, uint(p)*m.counts.localBits, valueBits, 1<<valueBits-1)
		} else {
			put(&s, uint(p)*m.layout.localBits+m.layout.roundBits+m.layout.stepBits, valueBits, 1<<valueBits-1)
		}
	}
	return s
}
