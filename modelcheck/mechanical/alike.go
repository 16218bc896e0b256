package mechanical

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// alike groups the effects that may be taken for each other.
var alike = [][]spec.Op{
	{consensus.SetStepNewRound, consensus.SetStepPropose, consensus.SetStepPrevote, consensus.SetStepPrecommit, consensus.SetStepCommit},
	{consensus.TakeValidValue, consensus.TakeNewValue},
	{consensus.SendPrevoteLocked, consensus.SendPrevoteHeld, consensus.SendPrevoteNil, consensus.SendPrecommit, consensus.SendPrecommitNil},
	{consensus.SchedulePropose, consensus.SchedulePrevote, consensus.SchedulePrecommit, consensus.ScheduleNewRound},
	{consensus.LockHeld, consensus.ValidHeld},
	{consensus.LockRoundOp, consensus.ValidRoundOp},
	{consensus.ClearProposal, consensus.DropBlock, consensus.CollectParts, consensus.FetchBlock},
	{consensus.CallEnterNewRound, consensus.CallEnterNextRound, consensus.CallEnterFirstRound},
	{consensus.CallEnterPrevote, consensus.CallEnterPrevoteWait, consensus.CallEnterPrecommit, consensus.CallEnterPrecommitWait, consensus.CallEnterCommit},
}
