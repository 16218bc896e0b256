package consensus

import "github.com/polka-bft/polka/spec"

// The effects of Algorithm 1. Process.apply in fire.go says what each one does.
const (
	SetRound         spec.Op = "SetRound" // round ← r, and no rule has fired in it yet
	SetStepPropose   spec.Op = "SetStepPropose"
	SetStepPrevote   spec.Op = "SetStepPrevote"
	SetStepPrecommit spec.Op = "SetStepPrecommit"

	TakeValidValue   spec.Op = "TakeValidValue" // proposal ← validValue
	TakeNewValue     spec.Op = "TakeNewValue"   // proposal ← getValue()
	SendProposal     spec.Op = "SendProposal"   // with validRound
	SendPrevote      spec.Op = "SendPrevote"    // for the bound value
	SendPrevoteNil   spec.Op = "SendPrevoteNil"
	SendPrecommit    spec.Op = "SendPrecommit" // for the bound value
	SendPrecommitNil spec.Op = "SendPrecommitNil"

	SchedulePropose   spec.Op = "SchedulePropose"
	SchedulePrevote   spec.Op = "SchedulePrevote"
	SchedulePrecommit spec.Op = "SchedulePrecommit"

	LockValueOp  spec.Op = "LockValue"  // lockedValue ← v
	LockRoundOp  spec.Op = "LockRound"  // lockedRound ← round
	ValidValueOp spec.Op = "ValidValue" // validValue ← v
	ValidRoundOp spec.Op = "ValidRound" // validRound ← round

	Decide     spec.Op = "Decide"     // decision[h] ← v
	NextHeight spec.Op = "NextHeight" // h ← h + 1
	Reset      spec.Op = "Reset"      // lock, valid value and message log

	StartFirstRound spec.Op = "StartFirstRound" // call StartRound(0)
	StartBoundRound spec.Op = "StartBoundRound" // call StartRound(r)
	StartNextRound  spec.Op = "StartNextRound"  // call StartRound(round + 1)

	MarkOnce34 spec.Op = "MarkOnce34"
	MarkOnce36 spec.Op = "MarkOnce36"
	MarkOnce47 spec.Op = "MarkOnce47"
)

// calls says which effects call a function, and which.
var calls = map[spec.Op]*spec.Binding{
	StartFirstRound: StartRound,
	StartBoundRound: StartRound,
	StartNextRound:  StartRound,
}
