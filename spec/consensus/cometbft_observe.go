package consensus

import "github.com/polka-bft/polka/spec"

// Bind completes a choice: where a clause speaks of "the value v that the votes
// are for", v is what more than two thirds of them are for, and Nil when there
// is no such value.
func (p *Process) Bind(c Choice, m Messages) Choice {
	switch c.Of {
	case OnPolkaUnlock, OnPolkaValid, EnterPrecommit:
		c.Value = majority(m, PrevoteType, c.Round)
	case OnBlockValid, OnBlock:
		c.Round = p.Round
		c.Value = majority(m, PrevoteType, p.Round)
	case OnPrecommit, EnterCommit:
		c.Value = majority(m, PrecommitType, c.Round)
	case TryFinalizeCommit:
		c.Round = p.Held.CommitRound
		c.Value = majority(m, PrecommitType, c.Round)
	}
	return c
}

// majority is the value that more than two thirds of the votes are for.
func majority(m Messages, t VoteType, r Round) Value {
	if v, power := m.Leader(t, r); TwoThirds(power, m.Total()) {
		return v
	}
	return Nil
}

// observeNode takes the observations of the CometBFT dialects.
func (p *Process) observeNode(c Choice, m Messages, env Environment) (spec.Observation, bool) {
	step := uint8(NodeStepOf(p.Step))
	round := uint8(p.relation(c.Round))
	switch c.Of {
	case EnterNewRound:
		return c.Of.At(round, step), true
	case EnterPropose:
		return c.Of.At(round, step, fact(env.Proposer(p.Height, c.Round)), fact(p.ValidValue != Nil)), true
	case PrevoteIfComplete:
		return c.Of.At(fact(p.complete(m))), true
	case EnterPrevote:
		return c.Of.At(round, step, uint8(holds(p.LockedValue, Nil)), uint8(p.heldBlock(m))), true
	case EnterPrevoteWait:
		return c.Of.At(round, step, fact(p.Once34)), true
	case EnterPrecommit:
		return c.Of.At(round, step, uint8(Tally(m, PrevoteType, c.Round)),
			uint8(holds(p.LockedValue, c.Value)), uint8(holds(p.Held.Block, c.Value))), true
	case EnterPrecommitWait:
		return c.Of.At(round, fact(p.Once47)), true
	case EnterCommit:
		return c.Of.At(step, uint8(holds(p.LockedValue, c.Value)), uint8(holds(p.Held.Block, c.Value))), true
	case TryFinalizeCommit:
		return c.Of.At(step, uint8(holds(p.Held.Block, c.Value))), true
	case OnPolkaUnlock:
		return c.Of.At(round, uint8(Tally(m, PrevoteType, c.Round)),
			uint8(holds(p.LockedValue, c.Value)), fact(p.LockedRound < c.Round)), true
	case OnPolkaValid:
		return c.Of.At(round, uint8(Tally(m, PrevoteType, c.Round)),
			fact(p.ValidRound < c.Round), uint8(holds(p.Held.Block, c.Value))), true
	case OnPrevote:
		polRound := p.Held.Proposal && p.Held.POLRound >= 0 && p.Held.POLRound == c.Round
		return c.Of.At(round, step, uint8(Tally(m, PrevoteType, c.Round)), fact(p.complete(m)), fact(polRound)), true
	case OnPrecommit:
		return c.Of.At(round, uint8(Tally(m, PrecommitType, c.Round))), true
	case OnBlockValid:
		return c.Of.At(uint8(Tally(m, PrevoteType, p.Round)),
			fact(p.ValidRound < p.Round), uint8(holds(p.Held.Block, c.Value))), true
	case OnBlock:
		return c.Of.At(step, fact(p.complete(m)), uint8(Tally(m, PrevoteType, p.Round))), true
	case OnTock:
		return c.Of.At(uint8(c.Tock), round, step), true
	}
	return spec.Observation{}, false
}

// relation says how round r stands to the current one.
func (p *Process) relation(r Round) RelationValue {
	switch {
	case r < p.Round:
		return Past
	case r > p.Round:
		return Future
	default:
		return Current
	}
}

// holds compares what is held with v.
func holds(held, v Value) HoldsValue {
	switch held {
	case Nil:
		return Nothing
	case v:
		return That
	default:
		return Another
	}
}

func (p *Process) heldBlock(m Messages) ProposalValue {
	if p.Held.Block == Nil {
		return NoProposal
	}
	return validity(m, p.Held.Block)
}

// complete is isProposalComplete: the prevotes of the POL round need a majority,
// whatever it is for.
func (p *Process) complete(m Messages) bool {
	if !p.Held.Proposal || p.Held.Block == Nil {
		return false
	}
	if p.Held.POLRound < 0 {
		return true
	}
	t := Tally(m, PrevoteType, p.Held.POLRound)
	return t == ForNil || t == ForValue
}
