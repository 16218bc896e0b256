package consensus

import "github.com/polka-bft/polka/spec"

// Observe takes the observation of one choice of the free variables: what is
// true of it for this process and the messages it has.
func (p *Process) Observe(c Choice, m Messages, env Environment) spec.Observation {
	switch c.Of {
	case StartRound:
		return c.Of.At(fact(env.Proposer(p.Height, c.Round)), fact(p.ValidValue != Nil))
	case OnProposal:
		known, pol := p.proposal(c, m)
		if known == NoProposal {
			c.POLRound = -1 // there is no vr to compare the lock with
		}
		polka := TwoThirds(m.Power(PrevoteType, p.Round, c.Value), m.Total())
		return c.Of.At(uint8(p.Step), uint8(known), uint8(pol), uint8(p.lock(c)), fact(polka), fact(p.Once36))
	case OnVotes:
		precommits := TwoThirds(m.AnyPower(PrecommitType, p.Round), m.Total())
		return c.Of.At(uint8(p.Step), uint8(p.prevotes(m)), fact(precommits), fact(p.Once34), fact(p.Once47))
	case OnDecision:
		known := NoProposal
		if m.Proposed(c.Round, c.Value, AnyPOLRound) {
			known = validity(m, c.Value)
		}
		quorum := TwoThirds(m.Power(PrecommitType, c.Round, c.Value), m.Total())
		return c.Of.At(uint8(No), uint8(known), fact(quorum))
	case OnLaterRound:
		return c.Of.At(fact(c.Round > p.Round && OneThird(m.MessagePower(c.Round), m.Total())))
	case OnTimeout:
		at := Elsewhere
		if c.Height == p.Height && c.Round == p.Round {
			at = Here
		}
		return c.Of.At(uint8(c.Timeout), uint8(at), uint8(p.Step))
	}
	if o, ok := p.observeNode(c, m, env); ok {
		return o
	}
	panic("consensus: no observation is defined for binding " + c.Of.Name)
}

// proposal observes what is known of a proposal for the bound value in the
// current round, and how its vr relates to the round.
func (p *Process) proposal(c Choice, m Messages) (ProposalValue, POLValue) {
	if !m.Proposed(p.Round, c.Value, c.POLRound) {
		return NoProposal, Fresh
	}
	known := validity(m, c.Value)
	switch {
	case c.POLRound == -1:
		return known, Fresh
	case c.POLRound < -1 || c.POLRound >= p.Round:
		return known, Misplaced
	case TwoThirds(m.Power(PrevoteType, c.POLRound, c.Value), m.Total()):
		return known, Backed
	default:
		return known, Unbacked
	}
}

// lock observes how the lock relates to the bound value and vr.
func (p *Process) lock(c Choice) LockValue {
	switch {
	case p.LockedRound == -1:
		return Open
	case p.LockedValue == c.Value:
		return Same
	case p.LockedRound <= c.POLRound:
		return Older
	default:
		return Newer
	}
}

// prevotes observes the prevotes of the current round as Algorithm 1 asks about
// them. When more than a third of the power votes twice there can be a quorum for
// nil and one for a value; line 44 asks for the one, and the other is observed as
// [Polka], so here it is nil, whichever has more power.
func (p *Process) prevotes(m Messages) TallyValue {
	if TwoThirds(m.Power(PrevoteType, p.Round, Nil), m.Total()) {
		return ForNil
	}
	return Tally(m, PrevoteType, p.Round)
}

// Tally observes what the votes of one kind in a round add up to.
func Tally(m Messages, t VoteType, r Round) TallyValue {
	v, power := m.Leader(t, r)
	switch {
	case TwoThirds(power, m.Total()) && v == Nil:
		return ForNil
	case TwoThirds(power, m.Total()):
		return ForValue
	case TwoThirds(m.AnyPower(t, r), m.Total()):
		return Mixed
	default:
		return Few
	}
}

func validity(m Messages, v Value) ProposalValue {
	if m.Valid(v) {
		return Valid
	}
	return Invalid
}

func fact(b bool) uint8 {
	if b {
		return uint8(Yes)
	}
	return uint8(No)
}
