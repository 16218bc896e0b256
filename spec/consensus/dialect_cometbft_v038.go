package consensus

import "github.com/polka-bft/polka/spec"

// CometBFTv038Rules is what CometBFT v0.38 runs, and with it v0.34, v0.37, v0.39
// and v0.40: the locking rules from before the paper. Line is the line of
// Algorithm 1 that a clause stands for; Place is where the code has it, all of
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
	thisRound     = says("r = round", RoundIs.Is(Current))
	beforePropose = says("step < propose", NodeStep.In(NodeNewHeight, NodeNewRound))
	beforePrevote = says("step < prevote", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose))
	beforeCommit  = says("step < precommit", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote))
	logStep       = does(0, "log the step", LogStep)
	toPropose     = Effects{does(13, "step ← propose", SetStepPropose), logStep, does(22, "prevoteIfComplete()", CallPrevoteIfComplete)}
	toPrevote     = Effects{does(27, "step ← prevote", SetStepPrevote), logStep}
	toPrecommit   = Effects{does(41, "step ← precommit", SetStepPrecommit), logStep}
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
		While:  Phrases{says("r > round", RoundIs.Is(Future))},
		IfLine: 12,
		If:     Phrases{says("r ≠ 0", FirstRound.Is(No))},
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
		First:  Effects{does(21, "schedule timeoutPropose(h, round)", SchedulePropose)},
		While:  Phrases{thisRound, beforePropose, says("proposer(h, round) is this process", Proposer.Is(Yes))},
		IfLine: 15,
		If:     Phrases{says("validBlock ≠ nil", ValidValue.Is(Yes))},
		Then:   append(Effects{does(16, "proposal ← validBlock", TakeValidValue), does(19, "sign and queue PROPOSAL(h, round, proposal, validRound) and its parts", SendProposal)}, toPropose...),
		Else:   append(Effects{does(18, "proposal ← PrepareProposal()", TakeNewValue), does(19, "sign and queue PROPOSAL(h, round, proposal, validRound) and its parts", SendProposal)}, toPropose...),
	},
	{
		Line: 20, Name: "enterPropose.other", Of: EnterPropose, Place: "enterPropose",
		While: Phrases{thisRound, beforePropose, says("proposer(h, round) is another process", Proposer.Is(No))},
		Then:  append(Effects{does(21, "schedule timeoutPropose(h, round)", SchedulePropose)}, toPropose...),
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
		Then:      Effects{does(35, "schedule timeoutPrevote(h, round)", SchedulePrevote), logStep},
	},
}

var cometBFTPrecommitClauses = []spec.Clause{
	{
		Line: 63, Name: "enterPrecommit.noPolka", Of: EnterPrecommit, Place: "enterPrecommit",
		While: Phrases{thisRound, beforeCommit, says("no +2/3 PREVOTE(h, round, one value or nil)", PrevoteTally.In(Few, Mixed))},
		Then:  append(Effects{does(63, "sign and queue PRECOMMIT(h, round, nil)", SendPrecommitNil)}, toPrecommit...),
	},
	{
		Line: 45, Name: "enterPrecommit.nil", Of: EnterPrecommit, Place: "enterPrecommit; tendermint issue 6849",
		While: Phrases{thisRound, beforeCommit, says("+2/3 PREVOTE(h, round, nil)", PrevoteTally.Is(ForNil))},
		Then: append(Effects{
			does(45, "lockedBlock ← nil, lockedRound ← −1", UnlockOp),
			does(45, "sign and queue PRECOMMIT(h, round, nil)", SendPrecommitNil),
		}, toPrecommit...),
	},
	{
		Line: 39, Name: "enterPrecommit.relock", Of: EnterPrecommit, Place: "enterPrecommit",
		While: Phrases{
			thisRound, beforeCommit, says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)),
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
			thisRound, beforeCommit, says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)),
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
			thisRound, beforeCommit, says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)),
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
		Then:      Effects{does(48, "schedule timeoutPrecommit(h, round)", SchedulePrecommit), logStep},
	},
}

var cometBFTCommitClauses = []spec.Clause{
	{
		Line: 49, Name: "enterCommit.locked", Of: EnterCommit, Place: "enterCommit",
		While: Phrases{says("step < commit", notCommitted), says("lockedBlock = v", LockIs.Is(That))},
		Then:  append(Effects{does(49, "proposalBlock ← lockedBlock", TakeLockedBlock)}, toCommit...),
	},
	{
		Line: 49, Name: "enterCommit.block", Of: EnterCommit, Place: "enterCommit",
		While:  Phrases{says("step < commit", notCommitted), says("lockedBlock ≠ v", LockIs.In(Nothing, Another))},
		IfLine: 49,
		If:     Phrases{says("proposalBlock = v", BlockIs.Is(That))},
		Then:   toCommit,
		Else:   append(Effects{does(49, "collect the parts of v", FetchBlock)}, toCommit...),
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
			does(0, "collect the parts of v", FetchBlock),
		},
		Else: Effects{
			does(0, "proposalBlock ← nil", DropBlock),
			does(0, "collect the parts of v", FetchBlock),
		},
	},
	{
		Line: 55, Name: "addVote.skip", Of: OnPrevote, Place: "addVote; tendermint issues 1496 and 7452",
		Upon: Phrases{says("+2/3 PREVOTE(h, r, any)", PrevoteTally.In(Mixed, ForNil, ForValue)), says("r > round", RoundIs.Is(Future))},
		Then: Effects{does(56, "enterNewRound(r)", CallEnterNewRound)},
	},
	{
		Line: 36, Name: "addVote.polka", Of: OnPrevote, Place: "addVote",
		Upon: Phrases{says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)), thisRound},
		While: Phrases{
			says("step ≥ prevote", NodeStep.In(NodePrevote, NodePrecommit, NodeCommit)),
			says("the proposal is complete", Complete.Is(Yes)),
		},
		Then: Effects{does(36, "enterPrecommit(round)", CallEnterPrecommit)},
	},
	{
		Line: 44, Name: "addVote.nil", Of: OnPrevote, Place: "addVote",
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, nil)", PrevoteTally.Is(ForNil)), thisRound},
		While: Phrases{says("step ≥ prevote", NodeStep.In(NodePrevote, NodePrecommit, NodeCommit))},
		Then:  Effects{does(44, "enterPrecommit(round)", CallEnterPrecommit)},
	},
	{
		Line: 34, Name: "addVote.wait", Of: OnPrevote, Place: "addVote",
		Upon: Phrases{says("+2/3 PREVOTE(h, round, any)", PrevoteTally.In(Mixed, ForValue)), thisRound},
		While: Phrases{
			says("step ≥ prevote", NodeStep.In(NodePrevote, NodePrecommit, NodeCommit)),
		},
		Then: Effects{does(34, "enterPrevoteWait(round)", CallEnterPrevoteWait)},
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
			does(55, "enterNewRound(r)", CallEnterNewRound),
			does(61, "enterPrecommit(r)", CallEnterPrecommit),
			does(49, "enterCommit(r)", CallEnterCommit),
		},
	},
	{
		Line: 47, Name: "addVote.precommitNil", Of: OnPrecommit, Place: "addVote; tendermint issue 1690",
		Upon: Phrases{says("+2/3 PRECOMMIT(h, r, nil)", PrecommitTally.Is(ForNil))},
		Then: Effects{
			does(55, "enterNewRound(r)", CallEnterNewRound),
			does(61, "enterPrecommit(r)", CallEnterPrecommit),
			does(47, "enterPrecommitWait(r)", CallEnterPrecommitWait),
		},
	},
	{
		Line: 47, Name: "addVote.precommitAny", Of: OnPrecommit, Place: "addVote",
		Upon:  Phrases{says("+2/3 PRECOMMIT(h, r, any)", PrecommitTally.Is(Mixed))},
		While: Phrases{says("r ≥ round", RoundIs.In(Current, Future))},
		Then: Effects{
			does(55, "enterNewRound(r)", CallEnterNewRound),
			does(47, "enterPrecommitWait(r)", CallEnterPrecommitWait),
		},
	},
	{
		Line: 42, Name: "block.valid", Of: OnBlockValid, Place: "handleCompleteProposal",
		Upon:  Phrases{says("the block is complete, and is v", BlockIs.Is(That)), says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue))},
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
		Then:   Effects{does(36, "enterPrecommit(round)", CallEnterPrecommit)},
	},
	{
		Line: 49, Name: "block.commit", Of: OnBlock, Place: "handleCompleteProposal",
		Upon: Phrases{says("a block is complete, step = commit", NodeStep.Is(NodeCommit))},
		Then: Effects{does(50, "tryFinalizeCommit()", CallTryFinalizeCommit)},
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
		Then:  Effects{does(58, "enterPrevote(r)", CallEnterPrevote)},
	},
	{
		Line: 61, Name: "timeout.prevote", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("timeoutPrevote(h, r) expires", Tock.Is(TockPrevoteWait))},
		While: Phrases{thisRound, beforeCommit},
		Then:  Effects{does(62, "enterPrecommit(r)", CallEnterPrecommit)},
	},
	{
		Line: 65, Name: "timeout.precommit", Of: OnTock, Place: "handleTimeout",
		Upon:  Phrases{says("timeoutPrecommit(h, r) expires", Tock.Is(TockPrecommitWait))},
		While: Phrases{thisRound, says("step < commit", notCommitted)},
		Then: Effects{
			does(61, "enterPrecommit(r)", CallEnterPrecommit),
			does(67, "enterNewRound(r + 1)", CallEnterNextRound),
		},
	},
}

// cometBFTPriority: functions answer with one rule, and questions are asked in
// the order of the code, so only clauses of one question compete.
func cometBFTPriority() []spec.Precedence {
	reasons := map[string]string{
		"addVote.skip":  "first case of the switch in addVote",
		"addVote.polka": "second case: a majority with a complete proposal precommits",
		"addVote.nil":   "second case: a majority for nil needs no proposal",
		"addVote.wait":  "second case, otherwise: wait for more prevotes",
		"addVote.pol":   "third case: the proof of lock of the proposal is complete",
	}
	var ps []spec.Precedence
	for _, c := range cometBFTv038Clauses() {
		reason := reasons[c.Key()]
		if reason == "" {
			reason = "the only clause that can hold where it does, as the code has it"
		}
		ps = append(ps, spec.Precedence{Key: c.Key(), Reason: reason})
	}
	return ps
}

var cometBFTImpossible = []spec.Impossible{
	{Of: EnterNewRound, Conds: []spec.Cond{RoundIs.Is(Future), FirstRound.Is(Yes)}, Why: "no round comes before round 0"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), RoundIs.In(Current, Future)}, Why: "setProposal refuses a POLRound that is not below the round"},
	{Of: OnPolkaUnlock, Conds: []spec.Cond{PrevoteTally.Is(ForNil), LockIs.Is(That)}, Why: "nil is never locked"},
	{Of: EnterPrecommit, Conds: []spec.Cond{PrevoteTally.Is(ForNil), LockIs.Is(That)}, Why: "nil is never locked"},
	{Of: EnterPrecommit, Conds: []spec.Cond{PrevoteTally.Is(ForNil), BlockIs.Is(That)}, Why: "nil is no block"},
	{Of: EnterPrevote, Conds: []spec.Cond{LockIs.Is(That)}, Why: "a prevote compares the lock with nothing"},
}
