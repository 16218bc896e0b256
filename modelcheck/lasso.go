package modelcheck

import (
	"fmt"
	"strings"
)

// A Lasso is a run that breaks a property of Eventually or LeadsTo: a path, and
// after it a loop for ever. The path to the loop is as short as any to a fair
// loop that breaks the property. The loop is short, but not always a shortest one.
type Lasso[S comparable, A any] struct {
	Property Property[S] // of LeadsTo: Holds is its To
	Path     Path[S, A]  // to the first state of the loop
	Due      int         // the state of Path, from 0, from which on the property does not hold
	// Loop leads back to the last state of Path. It is empty if the run stays
	// there because nothing leads to another state.
	Loop []Step[S, A]
	Fair []WhyFair // one for each of Model.Fair
}

// WhyFair says why a loop is fair to a condition. States and steps of the loop
// are counted from 1; its first state is the last of the path.
type WhyFair struct {
	Condition string
	Strong    bool
	Taken     int  // the first step of the condition; 0 if there is none
	Disabled  int  // if none is taken: the first state in which none is enabled
	Never     bool // if none is taken: none is enabled in any state of the loop
}

// String tells the run as a path, goes on with the loop, and says why it is fair.
// States are numbered from the first of the path.
func (l Lasso[S, A]) String() string {
	var b strings.Builder
	b.WriteString(l.Path.String())
	first := l.Path.Len()
	rest := Path[S, A]{Init: l.Path.Last(), Steps: l.Loop, model: l.Path.model}
	if len(l.Loop) == 0 {
		b.WriteString("      nothing leads from there to another state\n")
	} else {
		b.WriteString(rest.lines(first, first))
	}
	for _, why := range l.Fair {
		strength := "weakly"
		if why.Strong {
			strength = "strongly"
		}
		fmt.Fprintf(&b, "%s fair to %s: %s\n", strength, why.Condition, why.in(first, len(l.Loop)))
	}
	return b.String()
}

// shape says how the run goes on for ever.
func (l Lasso[S, A]) shape() string {
	if len(l.Loop) == 0 {
		return fmt.Sprintf("an end after %d steps", l.Path.Len())
	}
	return fmt.Sprintf("a loop of %d steps after %d", len(l.Loop), l.Path.Len())
}

// in says why in words, for a loop of some steps that begins in a state of the run.
func (w WhyFair) in(first, steps int) string {
	switch {
	case w.Taken == steps && w.Taken > 0:
		return fmt.Sprintf("taken by the step from %d back to %d", first+steps-1, first)
	case w.Taken > 0:
		return fmt.Sprintf("taken by the step from %d to %d", first+w.Taken-1, first+w.Taken)
	case w.Never && steps > 1:
		return "never enabled in the loop"
	}
	return fmt.Sprintf("not enabled in %d", first+w.Disabled-1)
}

// lasso tells a run that waits for ever, once a hunt has found that there is one.
func (s *search[S, K, A]) lasso(h *hunt, property Property[S]) (l Lasso[S, A], err error) {
	way := h.approach(s.levels)
	entry := way[len(way)-1]
	loop := h.loop(entry)
	l = Lasso[S, A]{Property: property, Fair: s.explain(h.graph, entry, loop)}
	l.Path, err = s.path(s.keysTo(way[0]))
	if err != nil {
		return l, err
	}
	l.Due = l.Path.Len()
	at := way[0]
	defer func() {
		if value := recover(); value != nil {
			err = s.model.newPanicError("Next or Fair", *s.state(at), value, nil)
		}
	}()
	for _, next := range way[1:] {
		step, found := s.step(at, next, func(A) bool { return true })
		if !found {
			return l, s.astray(*s.state(at))
		}
		l.Path.Steps = append(l.Path.Steps, step)
		at = next
	}
	for _, e := range loop {
		step, found := s.step(at, e.to, func(a A) bool { return e.to == at || s.model.conditions(a) == e.set })
		if !found && e.to == at {
			break // nothing is done here
		}
		if !found {
			return l, s.astray(*s.state(at))
		}
		l.Loop = append(l.Loop, step)
		at = e.to
	}
	return l, nil
}

// step is the first transition between two states whose action is as wanted.
func (s *search[S, K, A]) step(from, to uint32, wanted func(A) bool) (step Step[S, A], found bool) {
	target := *s.state(to)
	s.model.Next(*s.state(from), func(a A, next S) {
		if !found && next == target && wanted(a) {
			step, found = Step[S, A]{Action: a, State: next}, true
		}
	})
	return step, found
}

// explain says why a loop is fair.
func (s *search[S, K, A]) explain(g *graph, entry uint32, loop []edge) (whys []WhyFair) {
	for i, f := range s.model.Fair {
		why := WhyFair{Condition: f.Name, Strong: f.Strong, Never: true}
		at := entry
		for step, e := range loop {
			switch enabled := g.enabled(at)>>i&1 == 1; {
			case enabled:
				why.Never = false
			case why.Disabled == 0:
				why.Disabled = step + 1
			}
			if why.Taken == 0 && e.set>>i&1 == 1 {
				why.Taken = step + 1
			}
			at = e.to
		}
		if why.Taken > 0 {
			why.Disabled, why.Never = 0, false
		}
		whys = append(whys, why)
	}
	return whys
}
