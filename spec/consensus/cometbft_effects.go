package consensus

import "github.com/polka-bft/polka/spec"

// The effects that Algorithm 1 does not have.
const (
	CallEnterNewRound      spec.Op = "CallEnterNewRound"     // of the bound round
	CallEnterNextRound     spec.Op = "CallEnterNextRound"    // of the round after the bound one
	CallEnterFirstRound    spec.Op = "CallEnterFirstRound"   // of round 0
	CallEnterFirstPropose  spec.Op = "CallEnterFirstPropose" // of round 0
	CallEnterPropose       spec.Op = "CallEnterPropose"
	CallPrevoteIfComplete  spec.Op = "CallPrevoteIfComplete"
	CallEnterPrevote       spec.Op = "CallEnterPrevote" // of the current round
	CallDoPrevote          spec.Op = "CallDoPrevote"
	CallEnterPrevoteWait   spec.Op = "CallEnterPrevoteWait"
	CallEnterPrecommit     spec.Op = "CallEnterPrecommit"
	CallDoPrecommit        spec.Op = "CallDoPrecommit"
	CallEnterPrecommitWait spec.Op = "CallEnterPrecommitWait"
	CallEnterCommit        spec.Op = "CallEnterCommit"
	CallTryFinalizeCommit  spec.Op = "CallTryFinalizeCommit"

	SetStepNewRound   spec.Op = "SetStepNewRound"
	SetStepCommit     spec.Op = "SetStepCommit"
	BeginHeight       spec.Op = "BeginHeight"
	LogStep           spec.Op = "LogStep"         // newStep(): a record in the WAL, a message to peers
	ClearProposal     spec.Op = "ClearProposal"   // Proposal, ProposalBlock and its parts
	DropBlock         spec.Op = "DropBlock"       // ProposalBlock ← nil
	CollectParts      spec.Op = "CollectParts"    // of v, unless its header is the one collected under
	FetchBlock        spec.Op = "FetchBlock"      // the same, and ProposalBlock ← nil where it is not
	LockHeld          spec.Op = "LockHeld"        // LockedBlock and its parts ← ProposalBlock and its parts
	ValidHeld         spec.Op = "ValidHeld"       // ValidBlock and its parts ← ProposalBlock and its parts
	TakeLockedBlock   spec.Op = "TakeLockedBlock" // ProposalBlock and its parts ← LockedBlock and its parts
	UnlockOp          spec.Op = "Unlock"
	SendPrevoteLocked spec.Op = "SendPrevoteLocked"
	SendPrevoteHeld   spec.Op = "SendPrevoteHeld"
	SetCommitRound    spec.Op = "SetCommitRound"

	ScheduleNewRound spec.Op = "ScheduleNewRound" // timeout newRound: enterPropose then

	Panic spec.Op = "Panic" // the state machine is dead; the words are its message
)

var cometBFTCalls = map[spec.Op]*spec.Binding{
	CallEnterNewRound:      EnterNewRound,
	CallEnterNextRound:     EnterNewRound,
	CallEnterFirstRound:    EnterNewRound,
	CallEnterFirstPropose:  EnterPropose,
	CallEnterPropose:       EnterPropose,
	CallPrevoteIfComplete:  PrevoteIfComplete,
	CallEnterPrevote:       EnterPrevote,
	CallDoPrevote:          DoPrevote,
	CallEnterPrevoteWait:   EnterPrevoteWait,
	CallEnterPrecommit:     EnterPrecommit,
	CallDoPrecommit:        DoPrecommit,
	CallEnterPrecommitWait: EnterPrecommitWait,
	CallEnterCommit:        EnterCommit,
	CallTryFinalizeCommit:  TryFinalizeCommit,
}
