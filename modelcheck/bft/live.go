package bft

import (
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// liveness says which variables something may still ask about, as far as the
// table alone can say. As with forgetting, it is computed and not assumed.
type liveness struct {
	starters [256]uint8 // by rule: the timeouts it starts, if that is all it does
	starts   [256]bool  // by rule: whether that is all it does
	timers   uint8      // timeouts that other rules start: these are remembered
	once     [3]bool    // whether it must be remembered that a rule has fired
	valid    bool       // whether others than proposers ask for validValue
	lock     []bool     // by step: whether lockedValue or lockedRound is asked for in the round
	again    [2][]bool  // by type of vote and step: whether a vote may follow in the round

	// What processes in a round ask of its messages, as sets of standings.
	prevotes, precommits, proposal, pol standings
	casts                               [2]standings // where a vote of the type may follow

	fired [3]standings // where it is asked whether a rule has fired
}

// A standing is a step, and whether the process will still ask for validValue.
type standings uint16

func standing(step consensus.StepValue, valid bool) standings {
	if valid {
		return 1 << (2*step + 1)
	}
	return 1 << (2 * step)
}

var (
	sends = [2][]spec.Op{
		{consensus.SendPrevote, consensus.SendPrevoteNil},
		{consensus.SendPrecommit, consensus.SendPrecommitNil},
	}
	schedules = map[spec.Op]consensus.TimeoutKind{
		consensus.SchedulePropose: consensus.TimeoutPropose, consensus.SchedulePrevote: consensus.TimeoutPrevote,
		consensus.SchedulePrecommit: consensus.TimeoutPrecommit,
	}
	marks     = []spec.Op{consensus.MarkOnce34, consensus.MarkOnce36, consensus.MarkOnce47}
	setsValid = []spec.Op{consensus.ValidValueOp, consensus.ValidRoundOp}
	setsSteps = []spec.Op{consensus.SetStepPropose, consensus.SetStepPrevote, consensus.SetStepPrecommit}
	usesValid = []spec.Op{consensus.TakeValidValue, consensus.SendProposal}
	stepOfOp  = map[spec.Op]consensus.StepValue{setsSteps[0]: consensus.Propose, setsSteps[1]: consensus.Prevote, setsSteps[2]: consensus.Precommit}
)

// newLiveness analyses the table of an instance. Where two quorums need not
// meet in a correct process, a round may have two polkas, and acting twice on
// "a polka" is not the same as acting once.
func newLiveness(t *spec.Table, c Config, steps int) *liveness {
	l := &liveness{valid: !proposersOnly(t)}
	for i := range t.All {
		r := &t.All[i]
		kinds, only := startsOnly(r)
		only = only && staysStartable(t, r, kinds, steps)
		if l.starts[r.ID] = only; only {
			l.starters[r.ID] = kinds
			continue
		}
		for _, e := range r.Effects {
			if kind, ok := schedules[e.Do]; ok {
				l.timers |= 1 << kind
			}
		}
	}
	total, faulty := c.totals()
	for i, once := range onces {
		l.once[i] = !l.repeatable(t, once, !consensus.OneThird(faulty, total))
	}
	for step := range consensus.StepValue(steps) {
		later := stepsFrom(t, step)
		l.lock = append(l.lock, asks(t, consensus.Lock.Variable(), later))
		for kind, ops := range sends {
			l.again[kind] = append(l.again[kind], may(t, later, ops))
		}
		for _, valid := range []bool{false, true} {
			s := standing(step, valid)
			in := func(set *standings, asked bool) {
				if asked {
					*set |= s
				}
			}
			in(&l.prevotes, visiblyAsks(t, consensus.Polka.Variable(), later, valid) ||
				visiblyAsks(t, consensus.Prevotes.Variable(), later, valid))
			in(&l.precommits, asks(t, consensus.Precommits.Variable(), later))
			in(&l.proposal, asksForProposal(t, later, valid))
			in(&l.pol, asks(t, consensus.POL.Variable(), later))
			for i, once := range onces {
				in(&l.fired[i], visiblyAsks(t, once.Variable(), later, valid))
			}
			for kind, ops := range sends {
				in(&l.casts[kind], may(t, later, ops))
			}
		}
	}
	return l
}

// does says whether a rule has one of the effects.
func does(r *spec.Rule, ops []spec.Op) bool {
	return slices.ContainsFunc(r.Effects, func(e spec.Effect) bool { return slices.Contains(ops, e.Do) })
}

// onlyDoes says whether a rule has no other effects.
func onlyDoes(r *spec.Rule, ops ...[]spec.Op) bool {
	return !slices.ContainsFunc(r.Effects, func(e spec.Effect) bool { return !slices.Contains(slices.Concat(ops...), e.Do) })
}

// startsOnly says whether a rule of a round's votes does nothing but start
// timeouts, and which.
func startsOnly(r *spec.Rule) (kinds uint8, only bool) {
	for _, e := range r.Effects {
		if kind, ok := schedules[e.Do]; ok {
			kinds |= 1 << kind
		} else if !slices.Contains(marks, e.Do) {
			return 0, false
		}
	}
	return kinds, r.Clause.Of == consensus.OnVotes
}

// staysStartable says whether a rule that starts timeouts is admitted in every
// step in which the expiry of one of them does something. Then whoever has
// started one could start it where it expires.
func staysStartable(t *spec.Table, r *spec.Rule, kinds uint8, steps int) bool {
	for kind := consensus.TimeoutPropose; kind <= consensus.TimeoutPrecommit; kind++ {
		for step := range steps {
			if kinds>>kind&1 == 1 && expires(t, kind, 1<<step) && !admits(r, consensus.Step.Variable(), 1<<step) {
				return false
			}
		}
	}
	return true
}

// repeatable says whether following a rule "for the first time" once more, in
// the same round, would change nothing: it starts a timeout, assigns the same
// values, or moves on to a step that does not ask for it. Only where a round has
// one polka at most are they the same values.
func (l *liveness) repeatable(t *spec.Table, once *spec.Once, onePolka bool) bool {
	for i := range t.All {
		r := &t.All[i]
		if r.Clause.FirstTime != once || l.starts[r.ID] || onePolka && onlyDoes(r, marks, setsValid) {
			continue
		}
		left := false
		for _, e := range r.Effects {
			if to, ok := stepOfOp[e.Do]; ok {
				left = onePolka && !admits(r, consensus.Step.Variable(), 1<<to)
			}
		}
		if !left {
			return false
		}
	}
	return true
}

// proposersOnly says whether only rules of a round's proposer use validValue.
func proposersOnly(t *spec.Table) bool {
	for i := range t.All {
		r := &t.All[i]
		if !does(r, usesValid) && !depends(r, consensus.ValidValue.Variable()) {
			continue
		}
		at := r.Clause.Of.Position(consensus.Proposer.Variable())
		if at < 0 {
			return false
		}
		for _, c := range r.Guard {
			if c.Sets[at] != 1<<consensus.Yes {
				return false
			}
		}
	}
	return true
}

// depends says whether a rule holds for some values of a variable only.
func depends(r *spec.Rule, v *spec.Variable) bool {
	at := r.Clause.Of.Position(v)
	return at >= 0 && slices.ContainsFunc(r.Guard, func(c spec.Cube) bool { return int(c.Sets[at]) != 1<<len(v.Values)-1 })
}

// may says whether some rule with one of the effects is admitted in one of the
// steps.
func may(t *spec.Table, steps uint16, ops []spec.Op) bool {
	return slices.ContainsFunc(t.All, func(r spec.Rule) bool {
		return does(&r, ops) && admits(&r, consensus.Step.Variable(), steps)
	})
}

// visiblyAsks is asks, but for rules that only set validValue and validRound
// where nobody will ask for these.
func visiblyAsks(t *spec.Table, v *spec.Variable, steps uint16, valid bool) bool {
	return slices.ContainsFunc(t.All, func(r spec.Rule) bool {
		return depends(&r, v) && admits(&r, consensus.Step.Variable(), steps) && (valid || !onlyDoes(&r, marks, setsValid))
	})
}

// asksForProposal is visiblyAsks for the proposal of the round.
func asksForProposal(t *spec.Table, steps uint16, valid bool) bool {
	return slices.ContainsFunc(t.All, func(r spec.Rule) bool {
		return r.Clause.Of == consensus.OnProposal && depends(&r, consensus.Proposal.Variable()) &&
			admits(&r, consensus.Step.Variable(), steps) && (valid || !onlyDoes(&r, marks, setsValid))
	})
}
