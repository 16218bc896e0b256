package consensus

import "github.com/polka-bft/polka/spec"

// CometBFTv038Rules is what CometBFT v0.38 runs, and with it v0.34, v0.37, v0.39
// and v0.40: the locking rules from before the paper. Line is the line of
// Algorithm 1 that a clause stands for, and an effect that is a call has the line
// of what it leads to, where there is one; Place is where the code has it, all of
// it in consensus/state.go.
var CometBFTv038Rules = &spec.Rules{
	Name: "cometbft-v0.38",
	Doc:  "CometBFT v0.38, and v0.34, v0.37, v0.39 and v0.40, which decide alike",
	Bindings: []*spec.Binding{
		EnterNewRound, EnterPropose, PrevoteIfComplete, EnterPrevote, EnterPrevoteWait, EnterPrecommit,
		EnterPrecommitWait, EnterCommit, TryFinalizeCommit,
		OnPolkaUnlock, OnPolkaValid, OnPrevote, OnPrecommit, OnBlockValid, OnBlock, OnTock,
	},
	Clauses:    cometBFTv038Clauses(),
	Calls:      cometBFTCalls,
	Priority:   cometBFTPriority(),
	Impossible: cometBFTImpossible,
}

// CometBFTv038 is the compiled dialect "cometbft-v0.38".
var CometBFTv038 = mustCompile(CometBFTv038Rules)

// CometBFTQuestions says what each input of receiveRoutine makes the code ask.
var CometBFTQuestions = map[Event][]*spec.Binding{
	PrevoteAdded:     {OnPolkaUnlock, OnPolkaValid, OnPrevote},
	PrecommitAdded:   {OnPrecommit},
	BlockCompleted:   {OnBlockValid, OnBlock},
	TimeoutDelivered: {OnTock},
}

// The effects that Algorithm 1 does not have.
const (
	CallEnterNewRound      spec.Op = "CallEnterNewRound"  // of the bound round
	CallEnterNextRound     spec.Op = "CallEnterNextRound" // of the round after the bound one
	CallEnterPropose       spec.Op = "CallEnterPropose"
	CallPrevoteIfComplete  spec.Op = "CallPrevoteIfComplete"
	CallEnterPrevote       spec.Op = "CallEnterPrevote" // of the current round
	CallEnterPrevoteWait   spec.Op = "CallEnterPrevoteWait"
	CallEnterPrecommit     spec.Op = "CallEnterPrecommit"
	CallEnterPrecommitWait spec.Op = "CallEnterPrecommitWait"
	CallEnterCommit        spec.Op = "CallEnterCommit"
	CallTryFinalizeCommit  spec.Op = "CallTryFinalizeCommit"

	SetStepNewRound   spec.Op = "SetStepNewRound"
	SetStepCommit     spec.Op = "SetStepCommit"
	BeginHeight       spec.Op = "BeginHeight"
	LogStep           spec.Op = "LogStep"       // newStep(): a record in the WAL, a message to peers
	ClearProposal     spec.Op = "ClearProposal" // Proposal, ProposalBlock and its parts
	DropBlock         spec.Op = "DropBlock"     // ProposalBlock ← nil
	FetchBlock        spec.Op = "FetchBlock"    // collect the parts of v, if not already
	TakeLockedBlock   spec.Op = "TakeLockedBlock"
	UnlockOp          spec.Op = "Unlock"
	SendPrevoteLocked spec.Op = "SendPrevoteLocked"
	SendPrevoteHeld   spec.Op = "SendPrevoteHeld"
	SetCommitRound    spec.Op = "SetCommitRound"
)

var cometBFTCalls = map[spec.Op]*spec.Binding{
	CallEnterNewRound:      EnterNewRound,
	CallEnterNextRound:     EnterNewRound,
	CallEnterPropose:       EnterPropose,
	CallPrevoteIfComplete:  PrevoteIfComplete,
	CallEnterPrevote:       EnterPrevote,
	CallEnterPrevoteWait:   EnterPrevoteWait,
	CallEnterPrecommit:     EnterPrecommit,
	CallEnterPrecommitWait: EnterPrecommitWait,
	CallEnterCommit:        EnterCommit,
	CallTryFinalizeCommit:  TryFinalizeCommit,
}

// Conditions and effects that several clauses share.
var (
	thisRound       = says("r = round", RoundIs.Is(Current))
	beforePropose   = says("step < propose", NodeStep.In(NodeNewHeight, NodeNewRound))
	beforePrevote   = says("step < prevote", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose))
	beforePrecommit = says("step < precommit", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote))
	fromPrevote     = says("step ≥ prevote", NodeStep.In(NodePrevote, NodePrecommit, NodeCommit))
	logStep         = does(0, "log the step", LogStep)
	timeoutPropose  = does(21, "schedule timeoutPropose(h, round)", SchedulePropose)
	toPropose       = Effects{does(13, "step ← propose", SetStepPropose), logStep, does(22, "prevoteIfComplete()", CallPrevoteIfComplete)}
	toPrevote       = Effects{does(27, "step ← prevote", SetStepPrevote), logStep}
	toPrecommit     = Effects{does(41, "step ← precommit", SetStepPrecommit), logStep}
)

func cometBFTv038Clauses() []spec.Clause {
	var cs []spec.Clause
	cs = append(cs, cometBFTRoundClauses...)
	cs = append(cs, cometBFTPrevoteClauses...)
	cs = append(cs, cometBFTPrecommitClauses...)
	cs = append(cs, cometBFTCommitClauses...)
	return append(cs, cometBFTInputClauses...)
}

var cometBFTRoundClauses = []spec.Clause{
	{
		Line: 12, Name: "enterNewRound.later", Of: EnterNewRound, Place: "enterNewRound",
		While: Phrases{says("r > round", RoundIs.Is(Future))},
		Then: Effects{
			does(12, "round ← r", SetRound),
			does(12, "step ← newRound", SetStepNewRound),
			does(12, "forget the proposal and its block", ClearProposal),
			does(13, "enterPropose(r)", CallEnterPropose),
		},
	},
	{
		Line: 12, Name: "enterNewRound.first", Of: EnterNewRound, Place: "enterNewRound",
		While: Phrases{thisRound, says("step = newHeight", NodeStep.Is(NodeNewHeight))},
		Then: Effects{
			does(12, "round ← r", SetRound),
			does(12, "step ← newRound", SetStepNewRound),
			does(13, "enterPropose(r)", CallEnterPropose),
		},
	},
	{
		Line: 14, Name: "enterPropose.self", Of: EnterPropose, Place: "enterPropose, defaultDecideProposal",
		While:    Phrases{thisRound, beforePropose, says("proposer(h, round) is this process", Proposer.Is(Yes))},
		IfLine:   15,
		If:       Phrases{says("validBlock ≠ nil", ValidValue.Is(Yes))},
		Then:     Effects{timeoutPropose, does(16, "proposal ← validBlock", TakeValidValue)},
		ElseLine: 17,
		Else:     Effects{timeoutPropose, does(18, "proposal ← PrepareProposal()", TakeNewValue)},
		Finally:  append(Effects{does(19, "sign and queue PROPOSAL(h, round, proposal, validRound) and its parts", SendProposal)}, toPropose...),
	},
	{
		Line: 20, Name: "enterPropose.other", Of: EnterPropose, Place: "enterPropose",
		While: Phrases{thisRound, beforePropose, says("proposer(h, round) is another process", Proposer.Is(No))},
		Then:  append(Effects{timeoutPropose}, toPropose...),
	},
	{
		Line: 22, Name: "enterPropose.complete", Of: PrevoteIfComplete, Place: "enterPropose, isProposalComplete",
		While: Phrases{says("the proposal is complete", Complete.Is(Yes))},
		Then:  Effects{does(22, "enterPrevote(round)", CallEnterPrevote)},
	},
}

var cometBFTPrevoteClauses = []spec.Clause{
	{
		Line: 24, Name: "enterPrevote.locked", Of: EnterPrevote, Place: "defaultDoPrevote; tendermint issue 6850",
		While: Phrases{thisRound, beforePrevote, says("lockedBlock ≠ nil", LockIs.In(That, Another))},
		Then:  append(Effects{does(24, "sign and queue PREVOTE(h, round, id(lockedBlock))", SendPrevoteLocked)}, toPrevote...),
	},
	{
		Line: 24, Name: "enterPrevote.block", Of: EnterPrevote, Place: "defaultDoPrevote",
		While: Phrases{
			thisRound, beforePrevote, says("lockedBlock = nil", LockIs.Is(Nothing)),
			says("valid(proposalBlock)", HeldBlock.Is(Valid)),
		},
		Then: append(Effects{does(24, "sign and queue PREVOTE(h, round, id(proposalBlock))", SendPrevoteHeld)}, toPrevote...),
	},
	{
		Line: 26, Name: "enterPrevote.nil", Of: EnterPrevote, Place: "defaultDoPrevote",
		While: Phrases{
			thisRound, beforePrevote, says("lockedBlock = nil", LockIs.Is(Nothing)),
			says("proposalBlock = nil or not valid(proposalBlock)", HeldBlock.In(NoProposal, Invalid)),
		},
		Then: append(Effects{does(26, "sign and queue PREVOTE(h, round, nil)", SendPrevoteNil)}, toPrevote...),
	},
	{
		Line: 34, Name: "enterPrevoteWait", Of: EnterPrevoteWait, Place: "enterPrevoteWait",
		While:     Phrases{thisRound, says("step ≤ prevote", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote))},
		FirstTime: Once34,
		Then:      Effects{does(35, "schedule timeoutPrevote(h, round)", SchedulePrevote), does(0, "log the step, which is prevoteWait now", LogStep)},
	},
}

var cometBFTPrecommitClauses = []spec.Clause{
	{
		Line: 63, Name: "enterPrecommit.noPolka", Of: EnterPrecommit, Place: "enterPrecommit",
		While: Phrases{thisRound, beforePrecommit, says("no +2/3 PREVOTE(h, round, one value or nil)", PrevoteTally.In(Few, Mixed))},
		Then:  append(Effects{does(63, "sign and queue PRECOMMIT(h, round, nil)", SendPrecommitNil)}, toPrecommit...),
	},
	{
		Line: 45, Name: "enterPrecommit.nil", Of: EnterPrecommit, Place: "enterPrecommit; tendermint issue 6849",
		While: Phrases{thisRound, beforePrecommit, says("+2/3 PREVOTE(h, round, nil)", PrevoteTally.Is(ForNil))},
		Then: append(Effects{
			does(0, "lockedBlock ← nil, lockedRound ← −1", UnlockOp),
			does(45, "sign and queue PRECOMMIT(h, round, nil)", SendPrecommitNil),
		}, toPrecommit...),
	},
	{
		Line: 39, Name: "enterPrecommit.relock", Of: EnterPrecommit, Place: "enterPrecommit",
		While: Phrases{
			thisRound, beforePrecommit, says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)),
			says("lockedBlock = v", LockIs.Is(That)),
		},
		Then: append(Effects{
			does(39, "lockedRound ← round", LockRoundOp),
			does(40, "sign and queue PRECOMMIT(h, round, id(v))", SendPrecommit),
		}, toPrecommit...),
	},
	{
		Line: 38, Name: "enterPrecommit.lock", Of: EnterPrecommit, Place: "enterPrecommit",
		While: Phrases{
			thisRound, beforePrecommit, says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)),
			says("lockedBlock ≠ v", LockIs.In(Nothing, Another)), says("proposalBlock = v", BlockIs.Is(That)),
		},
		Then: append(Effects{
			does(38, "lockedBlock ← v", LockValueOp),
			does(39, "lockedRound ← round", LockRoundOp),
			does(40, "sign and queue PRECOMMIT(h, round, id(v))", SendPrecommit),
		}, toPrecommit...),
	},
	{
		Line: 63, Name: "enterPrecommit.unknown", Of: EnterPrecommit, Place: "enterPrecommit",
		While: Phrases{
			thisRound, beforePrecommit, says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)),
			says("lockedBlock ≠ v", LockIs.In(Nothing, Another)), says("proposalBlock ≠ v", BlockIs.In(Nothing, Another)),
		},
		Then: append(Effects{
			does(0, "lockedBlock ← nil, lockedRound ← −1", UnlockOp),
			does(0, "collect the parts of v", FetchBlock),
			does(63, "sign and queue PRECOMMIT(h, round, nil)", SendPrecommitNil),
		}, toPrecommit...),
	},
	{
		Line: 47, Name: "enterPrecommitWait", Of: EnterPrecommitWait, Place: "enterPrecommitWait",
		While:     Phrases{thisRound},
		FirstTime: Once47,
		Then:      Effects{does(48, "schedule timeoutPrecommit(h, round)", SchedulePrecommit), does(0, "log the step again", LogStep)},
	},
}

var cometBFTCommitClauses = []spec.Clause{
	{
		Line: 49, Name: "enterCommit.locked", Of: EnterCommit, Place: "enterCommit",
		While: Phrases{says("step < commit", notCommitted), says("lockedBlock = v", LockIs.Is(That))},
		Then:  append(Effects{does(0, "proposalBlock ← lockedBlock", TakeLockedBlock)}, toCommit...),
	},
	{
		Line: 49, Name: "enterCommit.block", Of: EnterCommit, Place: "enterCommit",
		While:   Phrases{says("step < commit", notCommitted), says("lockedBlock ≠ v", LockIs.In(Nothing, Another))},
		If:      Phrases{says("proposalBlock ≠ v", BlockIs.In(Nothing, Another))},
		Then:    Effects{does(0, "collect the parts of v", FetchBlock)},
		Finally: toCommit,
	},
	{
		Line: 51, Name: "tryFinalizeCommit", Of: TryFinalizeCommit, Place: "tryFinalizeCommit, finalizeCommit, updateToState",
		While: Phrases{says("step = commit", NodeStep.Is(NodeCommit)), says("proposalBlock = v", BlockIs.Is(That))},
		Then: Effects{
			does(51, "decision[h] ← v; end of height in the WAL", Decide),
			does(52, "h ← h + 1", NextHeight),
			does(53, "reset locked, valid and proposal", Reset),
			does(54, "round ← 0, step ← newHeight", BeginHeight),
			logStep,
		},
	},
}

var (
	notCommitted = NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote, NodePrecommit)
	toCommit     = Effects{
		does(49, "step ← commit", SetStepCommit),
		does(49, "commitRound ← r", SetCommitRound),
		logStep,
		does(50, "tryFinalizeCommit()", CallTryFinalizeCommit),
	}
)

var cometBFTInputClauses = []spec.Clause{
	{
		Name: "addVote.unlock", Of: OnPolkaUnlock, Place: "addVote; absent from Algorithm 1",
		Upon: Phrases{says("+2/3 PREVOTE(h, r, one value v or nil)", PrevoteTally.In(ForNil, ForValue))},
		While: Phrases{
			says("lockedBlock ≠ nil, lockedBlock ≠ v", LockIs.Is(Another)),
			says("lockedRound < r", LockBefore.Is(Yes)), says("r ≤ round", RoundIs.In(Past, Current)),
		},
		Then: Effects{does(0, "lockedBlock ← nil, lockedRound ← −1", UnlockOp)},
	},
	{
		Line: 42, Name: "addVote.valid", Of: OnPolkaValid, Place: "addVote",
		Upon:   Phrases{says("+2/3 PREVOTE(h, r, id(v))", PrevoteTally.Is(ForValue))},
		While:  Phrases{thisRound, says("validRound < r", ValidBefore.Is(Yes))},
		IfLine: 36,
		If:     Phrases{says("proposalBlock = v", BlockIs.Is(That))},
		Then: Effects{
			does(42, "validBlock ← v", ValidValueOp),
			does(43, "validRound ← round", ValidRoundOp),
		},
		Else:    Effects{does(0, "proposalBlock ← nil", DropBlock)},
		Finally: Effects{does(0, "collect the parts of v", FetchBlock)},
	},
	{
		Line: 55, Name: "addVote.skip", Of: OnPrevote, Place: "addVote; tendermint issues 1496 and 7452",
		Upon: Phrases{says("+2/3 PREVOTE(h, r, any)", PrevoteTally.In(Mixed, ForNil, ForValue)), says("r > round", RoundIs.Is(Future))},
		Then: Effects{does(56, "enterNewRound(r)", CallEnterNewRound)},
	},
	{
		Line: 36, Name: "addVote.polka", Of: OnPrevote, Place: "addVote",
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)), thisRound},
		While: Phrases{fromPrevote},
		If:    Phrases{says("the proposal is complete", Complete.Is(Yes))},
		Then:  Effects{does(40, "enterPrecommit(round)", CallEnterPrecommit)},
		Else:  Effects{does(35, "enterPrevoteWait(round)", CallEnterPrevoteWait)},
	},
	{
		Line: 44, Name: "addVote.nil", Of: OnPrevote, Place: "addVote",
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, nil)", PrevoteTally.Is(ForNil)), thisRound},
		While: Phrases{fromPrevote},
		Then:  Effects{does(45, "enterPrecommit(round)", CallEnterPrecommit)},
	},
	{
		Line: 34, Name: "addVote.wait", Of: OnPrevote, Place: "addVote",
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, any), but not for one value or nil", PrevoteTally.Is(Mixed)), thisRound},
		While: Phrases{fromPrevote},
		Then:  Effects{does(35, "enterPrevoteWait(round)", CallEnterPrevoteWait)},
	},
	{
		Line: 28, Name: "addVote.pol", Of: OnPrevote, Place: "addVote",
		Upon:  Phrases{says("a proposal with POLRound = r", POLRoundIs.Is(Yes)), says("r < round", RoundIs.Is(Past))},
		While: Phrases{says("the proposal is complete", Complete.Is(Yes))},
		Then:  Effects{does(28, "enterPrevote(round)", CallEnterPrevote)},
	},
	{
		Line: 49, Name: "addVote.commit", Of: OnPrecommit, Place: "addVote",
		Upon: Phrases{says("+2/3 PRECOMMIT(h, r, id(v))", PrecommitTally.Is(ForValue))},
		Then: Effects{
			does(56, "enterNewRound(r)", CallEnterNewRound),
			does(0, "enterPrecommit(r)", CallEnterPrecommit),
			does(49, "enterCommit(r)", CallEnterCommit),
		},
	},
	{
		Line: 47, Name: "addVote.precommitNil", Of: OnPrecommit, Place: "addVote; tendermint issue 1690",
		Upon: Phrases{says("+2/3 PRECOMMIT(h, r, nil)", PrecommitTally.Is(ForNil))},
		Then: Effects{
			does(56, "enterNewRound(r)", CallEnterNewRound),
			does(0, "enterPrecommit(r)", CallEnterPrecommit),
			does(48, "enterPrecommitWait(r)", CallEnterPrecommitWait),
		},
	},
	{
		Line: 47, Name: "addVote.precommitAny", Of: OnPrecommit, Place: "addVote",
		Upon:  Phrases{says("+2/3 PRECOMMIT(h, r, any), but not for one value or nil", PrecommitTally.Is(Mixed))},
		While: Phrases{says("r ≥ round", RoundIs.In(Current, Future))},
		Then: Effects{
			does(56, "enterNewRound(r)", CallEnterNewRound),
			does(48, "enterPrecommitWait(r)", CallEnterPrecommitWait),
		},
	},
	{
		Line: 42, Name: "block.valid", Of: OnBlockValid, Place: "handleCompleteProposal",
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)), says("proposalBlock = v", BlockIs.Is(That))},
		While: Phrases{says("validRound < round", ValidBefore.Is(Yes))},
		Then: Effects{
			does(42, "validBlock ← v", ValidValueOp),
			does(43, "validRound ← round", ValidRoundOp),
		},
	},
	{
		Line: 22, Name: "block.prevote", Of: OnBlock, Place: "handleCompleteProposal",
		Upon:   Phrases{says("the proposal is complete", Complete.Is(Yes))},
		While:  Phrases{beforePrevote},
		First:  Effects{does(22, "enterPrevote(round)", CallEnterPrevote)},
		IfLine: 36,
		If:     Phrases{says("+2/3 PREVOTE(h, round, one value or nil)", PrevoteTally.In(ForNil, ForValue))},
		Then:   Effects{does(40, "enterPrecommit(round)", CallEnterPrecommit)},
	},
	{
		Line: 49, Name: "block.commit", Of: OnBlock, Place: "handleCompleteProposal",
		While: Phrases{says("step = commit", NodeStep.Is(NodeCommit))},
		Then:  Effects{does(50, "tryFinalizeCommit()", CallTryFinalizeCommit)},
	},
	{
		Line: 54, Name: "timeout.newHeight", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("timeoutCommit expires", Tock.Is(TockNewHeight))},
		While: Phrases{thisRound, says("step = newHeight", NodeStep.Is(NodeNewHeight))},
		Then:  Effects{does(54, "enterNewRound(0)", CallEnterNewRound)},
	},
	{
		Line: 13, Name: "timeout.newRound", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("the wait for transactions expires", Tock.Is(TockNewRound))},
		While: Phrases{thisRound, beforePropose},
		Then:  Effects{does(13, "enterPropose(r)", CallEnterPropose)},
	},
	{
		Line: 57, Name: "timeout.propose", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("timeoutPropose(h, r) expires", Tock.Is(TockPropose))},
		While: Phrases{thisRound, beforePrevote},
		Then:  Effects{does(59, "enterPrevote(r)", CallEnterPrevote)},
	},
	{
		Line: 61, Name: "timeout.prevote", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("timeoutPrevote(h, r) expires", Tock.Is(TockPrevoteWait))},
		While: Phrases{thisRound, beforePrecommit},
		Then:  Effects{does(63, "enterPrecommit(r)", CallEnterPrecommit)},
	},
	{
		Line: 65, Name: "timeout.precommit", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("timeoutPrecommit(h, r) expires", Tock.Is(TockPrecommitWait))},
		While: Phrases{thisRound, says("step < commit", notCommitted)},
		Then: Effects{
			does(0, "enterPrecommit(r)", CallEnterPrecommit),
			does(67, "enterNewRound(r + 1)", CallEnterNextRound),
		},
	},
}

// cometBFTPriority decides nothing: at most one rule is enabled wherever the
// code asks, as a switch has at most one case.
func cometBFTPriority() []spec.Precedence {
	var ps []spec.Precedence
	for _, c := range cometBFTv038Clauses() {
		ps = append(ps, spec.Precedence{Key: c.Key(), Reason: "the only clause that can hold where it does, as the code has it"})
	}
	return ps
}

var cometBFTImpossible = []spec.Impossible{
	{Of: EnterPropose, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: EnterPrevote, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "called for the current round only"},
	{Of: EnterPrevote, Conds: []spec.Cond{LockIs.Is(That)}, Why: "a prevote compares the lock with nothing"},
	{Of: EnterPrevoteWait, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "called for the current round only"},
	{Of: EnterPrevoteWait, Conds: []spec.Cond{beforePrevote.Conds[0], Once34.Is(spec.Done)}, Why: "timeoutPrevote is started after the prevote, and a new round forgets it"},
	{Of: EnterPrecommit, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: EnterPrecommit, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), LockIs.Is(That)}, Why: "no value has a majority, so none is locked"},
	{Of: EnterPrecommit, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), BlockIs.Is(That)}, Why: "no value has a majority, so none is here"},
	{Of: EnterPrecommitWait, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: OnPolkaUnlock, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), LockIs.Is(That)}, Why: "no value has a majority, so none is locked"},
	{Of: OnPolkaUnlock, Conds: []spec.Cond{RoundIs.Is(Future), LockBefore.Is(No)}, Why: "no lock is of a round that was not entered"},
	{Of: OnPolkaUnlock, Conds: []spec.Cond{RoundIs.Is(Current), LockIs.Is(Nothing), LockBefore.Is(No)}, Why: "without a lock lockedRound is −1"},
	{Of: OnPolkaValid, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), BlockIs.Is(That)}, Why: "no value has a majority, so none is here"},
	{Of: OnPolkaValid, Conds: []spec.Cond{RoundIs.Is(Future), ValidBefore.Is(No)}, Why: "validRound is no round that was not entered"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), RoundIs.In(Current, Future)}, Why: "setProposal refuses a POLRound that is not below the round"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), NodeStep.Is(NodeNewHeight)}, Why: "step newHeight is of round 0, and no POLRound is below it"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), PrevoteTally.In(Few, Mixed), Complete.Is(Yes)}, Why: "without a majority in its POLRound the proposal is not complete"},
	{Of: OnBlockValid, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), BlockIs.Is(That)}, Why: "no value has a majority, so none is here"},
}
