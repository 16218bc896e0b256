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
		p.Held.Proposal, p.Held.POLRound, p.Held.Block, p.Held.Parts = false, -1, Nil, Nil
	case DropBlock:
		p.Held.Block = Nil
	case FetchBlock:
		if p.Held.Parts != c.Value {
			p.Held.Block, p.Held.Parts = Nil, c.Value
		}
	case TakeLockedBlock:
		p.Held.Block, p.Held.Parts = p.LockedValue, p.LockedValue
	case UnlockOp:
		p.LockedValue, p.LockedRound = Nil, -1
	case SendPrevoteLocked:
		return append(out, Output{Kind: VoteOutput, Height: p.Height, Round: p.Round, Vote: PrevoteType, Value: p.LockedValue}), true
	case SendPrevoteHeld:
		return append(out, Output{Kind: VoteOutput, Height: p.Height, Round: p.Round, Vote: PrevoteType, Value: p.Held.Block}), true
	case SetCommitRound:
		p.Held.CommitRound = c.Round
	default:
		return out, false
	}
	return out, true
}
