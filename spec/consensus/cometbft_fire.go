package consensus

import "github.com/polka-bft/polka/spec"

// applyNode carries out the effects that only the CometBFT dialects have.
func (p *Process) applyNode(op spec.Op, c Choice, out []Output) ([]Output, bool) {
	switch op {
	case SetStepNewRound:
		p.Step = NewRound
	case SetStepCommit:
		p.Step = Commit
	case BeginHeight:
		p.Step, p.Round = NewHeight, 0
	case LogStep:
		return append(out, Output{Kind: StepOutput, Height: p.Height, Round: p.Round, Step: p.Step, Waiting: p.Once34}), true
	case ClearProposal:
		p.Held.Proposal, p.Held.POLRound, p.Held.Block = false, -1, Nil
		p.collect(Nil)
	case DropBlock:
		p.Held.Block = Nil
	case CollectParts:
		if p.Held.Parts != c.Value {
			p.collect(c.Value)
		}
	case FetchBlock:
		if p.Held.Parts != c.Value {
			p.Held.Block = Nil
			p.collect(c.Value)
		}
	case LockHeld:
		p.LockedValue = p.Held.Parts
		p.Held.LockedParts = LockWhole
		if !p.Held.Whole {
			p.Held.LockedParts = LockFilling
		}
	case ValidHeld:
		p.ValidValue = p.Held.Parts
	case TakeLockedBlock:
		p.Held.Block, p.Held.Parts = p.LockedValue.Block(), p.LockedValue
		p.Held.Whole = p.Held.LockedParts == LockWhole
		if !p.Held.Whole {
			p.Held.LockedParts = LockFilling // the same set again
		}
	case UnlockOp:
		p.LockedValue, p.LockedRound, p.Held.LockedParts = Nil, -1, LockWhole
	case SendPrevoteLocked:
		return append(out, Output{Kind: VoteOutput, Height: p.Height, Round: p.Round, Vote: PrevoteType, Value: p.LockedValue}), true
	case SendPrevoteHeld:
		return append(out, Output{Kind: VoteOutput, Height: p.Height, Round: p.Round, Vote: PrevoteType, Value: p.Held.Parts}), true
	case ScheduleNewRound:
		return append(out, Output{Kind: TimeoutOutput, Height: p.Height, Round: p.Round, Timeout: TimeoutNewRound}), true
	case SetCommitRound:
		p.Held.CommitRound = c.Round
	default:
		return out, false
	}
	return out, true
}

// collect begins a new part set under the header of v, or has none for Nil.
func (p *Process) collect(v Value) {
	p.Held.Parts, p.Held.Whole = v, false
	if p.Held.LockedParts == LockFilling {
		p.Held.LockedParts = LockLacking
	}
}

// TakeProposal gives a CometBFT node a proposal of its current height and round,
// whose signature is right, and reports whether it is kept (defaultSetProposal).
// No question follows.
func (p *Process) TakeProposal(v Value, polRound Round) bool {
	h := &p.Held
	if h.Proposal || polRound < -1 || polRound >= 0 && polRound >= p.Round {
		return false
	}
	h.Proposal, h.POLRound = true, polRound
	if h.Parts == Nil {
		p.collect(v)
	}
	return true
}

// TakeBlock gives a CometBFT node the last part that is missing under the header
// that it collects, and reports whether one was; then [BlockCompleted] is what
// happened. A block that does not decode leaves its whole part set behind
// (addProposalBlockPart).
func (p *Process) TakeBlock(decodes bool) bool {
	h := &p.Held
	if h.Parts == Nil || h.Whole {
		return false
	}
	h.Whole = true
	if h.LockedParts == LockFilling {
		h.LockedParts = LockWhole
	}
	if decodes {
		h.Block = h.Parts.Block()
	}
	return true
}
