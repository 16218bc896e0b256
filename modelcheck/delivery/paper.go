package delivery

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A candidate is a rule that may fire, on what, and for which choice.
type candidate struct {
	rule        spec.RuleID
	observation spec.Observation
	choice      consensus.Choice
}

// settle fires the most urgent rule until none is enabled. Where it holds for
// several choices, every order is followed: the written priority does not say
// which is first.
func (s *step) settle(x local, left int) {
	if x.stopped() {
		s.end(&x)
		return
	}
	best := s.mostUrgent(&x)
	if len(best) == 0 {
		s.onward(&x)
		return
	}
	if left == 0 {
		x.fault = Restless
		s.end(&x)
		return
	}
	before := s.trace
	for _, c := range best {
		y := x
		if s.tracing {
			s.trace = before.clone()
		}
		s.fire(&y, c.rule, c.observation, c.choice)
		if y.process.Round > x.process.Round && c.choice.Of == consensus.OnLaterRound {
			y.skipped = true
		}
		s.settle(y, left-1)
	}
}

// onward goes on to the own messages, if they are handled at once.
func (s *step) onward(x *local) {
	if s.config.Queue == Immediate && x.queued > 0 && !x.stopped() {
		s.handleOwn(x, 0)
		return
	}
	s.end(x)
}

// mostUrgent lists the choices whose rule comes first in the priority.
func (s *step) mostUrgent(x *local) []candidate {
	var best []candidate
	rank := len(s.table.Rules.Priority)
	h := received{&s.config, &x.core}
	for _, c := range s.choices(x, h) {
		o := x.process.Observe(c, h, &s.env)
		id := s.table.Next(o)
		at := 0
		switch id {
		case spec.Wait:
			continue
		case spec.Unreachable: // most urgent of all
		default:
			at = s.table.Rule(id).Rank
		}
		if at < rank {
			best, rank = best[:0], at
		}
		if at == rank {
			best = append(best, candidate{id, o, c})
		}
	}
	return best
}

// choices lists every choice of free variables that a rule could hold for: those
// of [consensus.Log.Choices], and values that are voted for and not proposed.
func (s *step) choices(x *local, h received) []consensus.Choice {
	cs := []consensus.Choice{{Of: consensus.OnVotes}}
	for r := range consensus.Round(s.config.rounds()) {
		here := r == x.process.Round
		for _, v := range values[1:] {
			known := x.heard[r].proposals >> (4 * number(v)) & 0xf
			if known != 0 || h.Power(consensus.PrecommitType, r, v) > 0 {
				cs = append(cs, consensus.Choice{Of: consensus.OnDecision, Round: r, Value: v})
			}
			if !here {
				continue
			}
			if known == 0 && h.Power(consensus.PrevoteType, r, v) > 0 {
				known = 1 // asked as the machine asks, with vr = −1
			}
			for vr := consensus.Round(-1); known != 0; vr, known = vr+1, known>>1 {
				if known&1 == 1 {
					cs = append(cs, consensus.Choice{Of: consensus.OnProposal, Round: r, Value: v, POLRound: vr})
				}
			}
		}
		if r > x.process.Round && h.MessagePower(r) > 0 {
			cs = append(cs, consensus.Choice{Of: consensus.OnLaterRound, Round: r})
		}
	}
	return cs
}
