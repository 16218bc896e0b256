package modelcheck

import (
	"context"
	"fmt"
)

// LeadsTo is a claim about runs: whenever From holds, To holds then or later.
type LeadsTo[S any] struct {
	Name     string // unique among all properties of a model
	Doc      string
	Source   string
	From, To func(S) bool

	_ struct{} // fields by name only
}

// Fairness is what a run owes to some actions, the condition's. The condition
// is enabled in a state if one of its actions leads from there to another
// state, and taken by a step of one of its actions that changes the state. That
// is TLA+'s WF_v(A) and SF_v(A), where v is the whole state.
//
// A weak condition that is enabled from some state on in all states is taken
// again and again. A strong one is taken again and again even if it is only
// enabled again and again.
type Fairness[A any] struct {
	Name   string
	Of     func(A) bool
	Strong bool

	_ struct{} // fields by name only
}

// maxConditions and maxPromises are what fits a set of 64 bits.
const (
	maxConditions = 64
	maxPromises   = 64
)

// A promise is a property of Eventually or LeadsTo: every fair run that is due
// comes to a state that keeps it. A run is due from a state of from on, or from
// its first state if from is nil.
type promise[S any] struct {
	property Property[S] // Holds says what keeps it
	from     func(S) bool
}

func (m *Model[S, A]) promises() (list []promise[S]) {
	for _, p := range m.Eventually {
		list = append(list, promise[S]{property: p})
	}
	for _, p := range m.LeadsTo {
		kept := Property[S]{Name: p.Name, Doc: p.Doc, Source: p.Source, Holds: p.To}
		list = append(list, promise[S]{property: kept, from: p.From})
	}
	return list
}

// validateRuns says why the properties of runs cannot be checked. A cycle of
// states that stand for others need not be a cycle of the model, and may be fair
// where no run is.
func (m *Model[S, A]) validateRuns(o Options) error {
	runs := len(m.Eventually) + len(m.LeadsTo)
	switch {
	case runs == 0:
		return nil
	case runs > maxPromises:
		return m.errorf("%d properties in Eventually and LeadsTo; %d is the limit", runs, maxPromises)
	case len(m.Fair) > maxConditions:
		return m.errorf("%d conditions of fairness; %d is the limit", len(m.Fair), maxConditions)
	case m.Canonical != nil || m.View != nil:
		return m.errorf("Eventually and LeadsTo cannot be checked together with Canonical or View: set Unreduced")
	case m.Local != nil:
		return m.errorf("Eventually and LeadsTo cannot be checked together with Local: set Unreduced")
	case o.Order != BreadthFirst:
		return m.errorf("Eventually and LeadsTo need a search breadth first, not %v", o.Order)
	case o.Directory != "":
		return m.errorf("Eventually and LeadsTo cannot be checked on disk: leave Directory empty")
	case o.Visited != Exact:
		return m.errorf("Eventually and LeadsTo need exact states, not %v", o.Visited)
	}
	named := make(map[string]bool)
	for _, f := range m.Fair {
		switch {
		case f.Name == "":
			return m.errorf("a condition of fairness has no name")
		case named[f.Name]:
			return m.errorf("two conditions of fairness are named %q", f.Name)
		case f.Of == nil:
			return m.errorf("fairness %q has no Of", f.Name)
		}
		named[f.Name] = true
	}
	return nil
}

// conditions is the set of the conditions an action belongs to.
func (m *Model[S, A]) conditions(a A) (set uint64) {
	for i := range m.Fair {
		if m.Fair[i].Of(a) {
			set |= 1 << i
		}
	}
	return set
}

// strong is the set of the strong conditions; the others are weak.
func (m *Model[S, A]) strong() (set uint64) {
	for i := range m.Fair {
		if m.Fair[i].Strong {
			set |= 1 << i
		}
	}
	return set
}

// Unjudged is a property of Eventually or LeadsTo that is neither known to hold
// nor known to be violated.
type Unjudged struct {
	Name string
	Why  string // in words
}

// judge decides Eventually and LeadsTo after the search ended for a reason, and
// returns why all ended.
func (s *search[S, K, A]) judge(ctx context.Context, reason Reason, r *Report[S, A]) (Reason, error) {
	promises := s.model.promises()
	leave := func(from int, why string) {
		for _, p := range promises[from:] {
			r.Unjudged = append(r.Unjudged, Unjudged{Name: p.property.Name, Why: why})
		}
	}
	switch {
	case len(promises) == 0:
		return reason, nil
	case reason != Exhausted || s.violated() && !s.options.KeepGoing:
		leave(0, "not every state was visited, or one is wrong by itself")
		return reason, nil
	}
	s.judging = "the graph"
	g, reason, err := s.survey(ctx, promises)
	if err != nil {
		return reason, err
	}
	if reason != goOn {
		leave(0, whyUnjudged(reason))
		return reason, nil
	}
	r.Bytes += g.bytes
	h := newHunt(g, len(s.model.Fair), s.model.strong())
	h.stop = func() bool { s.progress(0); return ctx.Err() != nil }
	for i, p := range promises {
		s.judging = p.property.Name
		cut, done := h.search(i)
		switch {
		case !done:
			leave(i, whyUnjudged(Cancelled))
			return Cancelled, nil
		case h.fair:
			lasso, err := s.lasso(h, p.property)
			if err != nil {
				return reason, err
			}
			r.Lassos = append(r.Lassos, lasso)
		case cut:
			r.Unjudged = append(r.Unjudged, Unjudged{Name: p.property.Name, Why: "runs that leave Within were not followed"})
		}
	}
	return Exhausted, nil
}

func whyUnjudged(reason Reason) string {
	if reason == MemoryLimit {
		return "all states were visited, but their graph needs more than Options.Memory"
	}
	return fmt.Sprintf("%v before that", reason)
}
