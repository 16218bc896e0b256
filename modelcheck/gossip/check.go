package gossip

import (
	"context"
	"time"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/spec/gossip"
)

// A model is an instance that is ready to be searched.
type model struct {
	config Config
	rules  *gossip.Dialect
	plans  []plan
	quorum int
}

// A Result is what a search of one instance found.
type Result struct {
	Config   Config
	Verdict  modelcheck.Verdict
	Complete bool
	Stopped  modelcheck.Reason

	States, Transitions, Depth int

	Unreached  []string // of what is awaited; a verdict only if Complete
	Violations []Counterexample
	Duration   time.Duration
}

// Violates says whether a property was found to be violated.
func (r *Result) Violates(property string) bool {
	for i := range r.Violations {
		if r.Violations[i].Property.Name == property {
			return true
		}
	}
	return false
}

// Check searches an instance. The error, of the kind ErrConfig unless ctx ended or a
// bug is behind it, says that it could not be searched; what was found is no error.
func Check(ctx context.Context, c Config, o modelcheck.Options) (Result, error) {
	m, err := newModel(c)
	if err != nil {
		return Result{Config: c}, err
	}
	report, err := modelcheck.Check(ctx, m.searchable(), o)
	if err != nil {
		return Result{Config: c}, err
	}
	r := Result{
		Config: c, Verdict: report.Verdict(), Complete: report.Complete, Stopped: report.Stopped,
		States: report.States, Transitions: report.Transitions, Depth: report.Depth(), Duration: report.Duration,
	}
	for _, p := range report.Unreached {
		r.Unreached = append(r.Unreached, p.Name)
	}
	for _, p := range report.UnreachedSteps {
		r.Unreached = append(r.Unreached, p.Name)
	}
	for _, f := range report.Violations {
		r.Violations = append(r.Violations, m.tell(counterexample.Violated(f.Property), f.Path))
	}
	return r, nil
}

// searchable is the instance in the form that modelcheck wants.
func (m *model) searchable() modelcheck.Model[State, Action] {
	searched := modelcheck.Model[State, Action]{
		Name: m.config.Name(), Init: []State{m.begin()},
		Next: func(s State, emit func(Action, State)) {
			m.next(&s, func(a Action, after *State) { emit(a, *after) })
		},
		FormatState: func(s State) string { return m.describe(&s) },
	}
	for _, p := range always {
		searched.Always = append(searched.Always, modelcheck.Property[State]{
			Name: p.name, Doc: p.doc, Source: p.source, Holds: func(s State) bool { return p.holds(m, &s) },
		})
	}
	for _, p := range alwaysSteps {
		searched.AlwaysSteps = append(searched.AlwaysSteps, modelcheck.StepProperty[State, Action]{
			Name: p.name, Doc: p.doc, Source: p.source,
			Holds: func(before State, a Action, after State) bool { return p.holds(m, &before, &a, &after) },
		})
	}
	return searched
}

// begin is the state in which the nodes have just connected.
func (m *model) begin() State {
	t := turn{model: m}
	t.Nodes = m.config.Nodes
	t.Reconnects, t.Restarts, t.Gifts = m.config.Reconnects, m.config.Restarts, m.config.Gifts
	t.connect()
	return t.State
}
