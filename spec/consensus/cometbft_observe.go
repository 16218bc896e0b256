package consensus

import "github.com/polka-bft/polka/spec"

// Bind completes a choice: where a clause speaks of "the value v that the votes
// are for", v is what more than two thirds of them are for, and Nil when there
// is no such value.
func (p *Process) Bind(c Choice, m Messages) Choice {
	switch c.Of {
	case OnPolkaUnlock, OnPolkaValid, DoPrecommit:
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
		return c.Of.At(round, step, fact(asNode(env).AwaitsTransactions(p.Height))), true
	case OnTransactions:
		return c.Of.At(uint8(p.relation(0)), step, fact(asNode(env).AwaitsTransactions(p.Height))), true
	case EnterPropose:
		return c.Of.At(round, step, fact(env.Proposer(p.Height, c.Round)), fact(p.ValidValue != Nil)), true
	case PrevoteIfComplete:
		return c.Of.At(fact(p.complete(m))), true
	case EnterPrevote:
		return c.Of.At(round, step), true
	case DoPrevote:
		return c.Of.At(fact(p.LockedValue != Nil), uint8(p.heldBlock(m, env))), true
	case EnterPrevoteWait:
		return c.Of.At(round, step, fact(p.Once34)), true
	case EnterPrecommit:
		return c.Of.At(round, step), true
	case DoPrecommit:
		return c.Of.At(uint8(Tally(m, PrevoteType, c.Round)),
			uint8(p.lockIs(c.Value)), uint8(p.blockIs(c.Value)), fact(p.blockValid(m))), true
	case EnterPrecommitWait:
		return c.Of.At(round, fact(p.Once47)), true
	case EnterCommit:
		return c.Of.At(step, uint8(p.lockIs(c.Value)), uint8(p.blockIs(c.Value))), true
	case TryFinalizeCommit:
		return c.Of.At(step, uint8(p.blockIs(c.Value)), fact(p.blockValid(m)), fact(p.Held.Whole)), true
	case OnPolkaUnlock:
		return c.Of.At(round, uint8(Tally(m, PrevoteType, c.Round)),
			uint8(p.lockIs(c.Value)), fact(p.LockedRound < c.Round)), true
	case OnPolkaValid:
		return c.Of.At(round, uint8(Tally(m, PrevoteType, c.Round)),
			fact(p.ValidRound < c.Round), uint8(p.blockIs(c.Value))), true
	case OnPrevote:
		polRound := p.Held.Proposal && p.Held.POLRound >= 0 && p.Held.POLRound == c.Round
		return c.Of.At(round, step, uint8(Tally(m, PrevoteType, c.Round)), fact(p.complete(m)), fact(polRound)), true
	case OnPrecommit:
		all := m.AnyPower(PrecommitType, c.Round) == m.Total()
		return c.Of.At(round, uint8(Tally(m, PrecommitType, c.Round)), fact(all && asNode(env).SkipsTimeoutCommit())), true
	case OnLastPrecommit:
		node := asNode(env)
		return c.Of.At(step, uint8(node.LastCommit(p.Height)), fact(node.SkipsTimeoutCommit())), true
	case OnBlockValid:
		return c.Of.At(uint8(Tally(m, PrevoteType, p.Round)),
			fact(p.ValidRound < p.Round), uint8(p.blockIs(c.Value))), true
	case OnBlock:
		return c.Of.At(step, fact(p.complete(m)), uint8(Tally(m, PrevoteType, p.Round))), true
	case OnTock:
		return c.Of.At(uint8(c.Tock), round, step), true
	}
	return p.observeV1(c, m, asNode(env))
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

// lockIs compares the locked block and its parts' header with v.
func (p *Process) lockIs(v Value) HoldsValue { return holds(p.LockedValue, p.LockedValue, v) }

// blockIs compares the block that is held and the header of its parts with v.
func (p *Process) blockIs(v Value) HoldsValue { return holds(p.Held.Block, p.Held.Parts, v) }

// holds compares a block, by its hash, and the header of its parts with v: what
// HashesTo and HasHeader say.
func holds(block, parts, v Value) HoldsValue {
	switch {
	case block == Nil:
		return Nothing
	case block.Block() != v.Block():
		return Another
	case parts != v:
		return Alias
	default:
		return That
	}
}

// blockValid is ValidateBlock of the block that is held, if there is one.
func (p *Process) blockValid(m Messages) bool { return p.Held.Block != Nil && m.Valid(p.Held.Block) }

// heldBlock is what ValidateBlock and ProcessProposal say to the block that is
// held.
func (p *Process) heldBlock(m Messages, env Environment) ProposalValue {
	switch {
	case p.Held.Block == Nil:
		return NoProposal
	case m.Valid(p.Held.Block) && asNode(env).Accepted(p.Held.Block):
		return Valid
	default:
		return Invalid
	}
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
