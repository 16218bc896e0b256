package bft

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A process forgets what nothing will ever ask about, so that states which
// differ in nothing else are one:
//
//   - a process that has decided takes no more steps: of its variables the
//     round is kept, for the reader and for properties;
//   - "for the first time" is forgotten in a step from which on no rule of the
//     round asks (line 34 asks in step prevote only);
//   - so is a timeout in a step from which on its expiry does nothing (lines 58
//     and 62);
//   - in the last round so are timeoutPrecommit, which would lead out of the
//     model, and that line 47 has fired, if starting that timeout is all it does.
//
// None of this is assumed of the rules: all of it is computed from the table,
// so that a mutant which asks more also remembers more.
type forgetting struct {
	once   [][3]bool // by step: Once34, Once36, Once47
	timers []uint8   // by step: a mask of those that are kept
	last47 bool      // whether line 47 can be forgotten in the last round
	stays  bool      // for a test: what has decided keeps its variables
	off    bool      // for a test: nothing is forgotten
}

var onces = [3]*spec.Once{consensus.Once34, consensus.Once36, consensus.Once47}

func newForgetting(t *spec.Table, steps int) forgetting {
	f := forgetting{once: make([][3]bool, steps), timers: make([]uint8, steps)}
	for step := range steps {
		later := stepsFrom(t, consensus.StepValue(step))
		for i, once := range onces {
			f.once[step][i] = !asks(t, once.Variable(), later)
		}
		for kind := consensus.TimeoutPropose; kind <= consensus.TimeoutPrecommit; kind++ {
			if expires(t, kind, later) {
				f.timers[step] |= 1 << kind
			}
		}
	}
	f.last47 = onlySchedules(t)
	return f
}

// forget clears the variables of a process that are dead.
func (f *forgetting) forget(x *local, last bool) {
	if f.off {
		return
	}
	p := &x.process
	if x.decision != consensus.Nil && !f.stays {
		*p = consensus.Process{Height: p.Height, Round: p.Round, LockedRound: -1, ValidRound: -1}
		x.timers = 0
		return
	}
	dead := &f.once[p.Step]
	p.Once34 = p.Once34 && !dead[0]
	p.Once36 = p.Once36 && !dead[1]
	p.Once47 = p.Once47 && !dead[2]
	x.timers &= f.timers[p.Step]
	if last {
		x.timers &^= 1 << consensus.TimeoutPrecommit
		p.Once47 = p.Once47 && !f.last47
	}
}

// stepsFrom is the set of steps that follow a step, itself included, without a
// new round.
func stepsFrom(t *spec.Table, from consensus.StepValue) uint16 {
	set := uint16(1) << from
	sets := map[spec.Op]consensus.StepValue{
		consensus.SetStepPropose: consensus.Propose, consensus.SetStepPrevote: consensus.Prevote,
		consensus.SetStepPrecommit: consensus.Precommit,
	}
	for range 1 << 4 { // more often than there are steps
		for i := range t.All {
			r := &t.All[i]
			if r.Clause.Of.Function || !admits(r, consensus.Step.Variable(), set) {
				continue
			}
			for _, e := range r.Effects {
				if to, ok := sets[e.Do]; ok {
					set |= 1 << to
				}
			}
		}
	}
	return set
}

// admits says whether a rule holds for some observation in which the variable
// has a value of the set.
func admits(r *spec.Rule, v *spec.Variable, set uint16) bool {
	if r.Clause.Of.Position(v) < 0 {
		return true
	}
	for _, c := range r.Guard {
		if !c.And(spec.Cond{Var: v, Set: set}).Empty() {
			return true
		}
	}
	return false
}

// asks says whether some rule depends on the variable in one of the steps.
func asks(t *spec.Table, v *spec.Variable, steps uint16) bool {
	for i := range t.All {
		r := &t.All[i]
		at := r.Clause.Of.Position(v)
		if at < 0 || !admits(r, consensus.Step.Variable(), steps) {
			continue
		}
		for _, c := range r.Guard {
			if int(c.Sets[at]) != 1<<len(v.Values)-1 {
				return true
			}
		}
	}
	return false
}

// expires says whether the expiry of a timeout of the current round does
// something in one of the steps.
func expires(t *spec.Table, kind consensus.TimeoutKind, steps uint16) bool {
	here := spec.FullCube(consensus.OnTimeout).And(consensus.Expired.Is(kind), consensus.At.Is(consensus.Here),
		spec.Cond{Var: consensus.Step.Variable(), Set: steps})
	for i := range t.All {
		if t.All[i].Clause.Of != consensus.OnTimeout {
			continue
		}
		for _, c := range t.All[i].Guard {
			if !c.Meet(here).Empty() {
				return true
			}
		}
	}
	return false
}

// onlySchedules says whether the rules that ask about once47 do nothing but
// schedule timeoutPrecommit.
func onlySchedules(t *spec.Table) bool {
	for i := range t.All {
		r := &t.All[i]
		if r.Clause.FirstTime != consensus.Once47 {
			continue
		}
		for _, e := range r.Effects {
			if e.Do != consensus.MarkOnce47 && e.Do != consensus.SchedulePrecommit {
				return false
			}
		}
	}
	return true
}
