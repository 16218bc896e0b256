package consensus

import "github.com/polka-bft/polka/spec"

// The clauses that the CometBFT dialects share, in the order of the functions of
// state.go. A dialect puts its own prevote and precommit between them.

// Conditions and effects that several clauses share.
var (
	thisRound       = says("r = round", RoundIs.Is(Current))
	beforePropose   = says("step < propose", NodeStep.In(NodeNewHeight, NodeNewRound))
	beforePrevote   = says("step < prevote", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose))
	beforePrecommit = says("step < precommit", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote))
	fromPrevote     = says("step ≥ prevote", NodeStep.In(NodePrevote, NodePrecommit, NodeCommit))
	lockIsV         = says("hash(lockedBlock) = hash(v)", LockIs.In(That, Alias))
	lockIsNotV      = says("hash(lockedBlock) ≠ hash(v)", LockIs.In(Nothing, Another))
	blockIsV        = says("hash(proposalBlock) = hash(v)", BlockIs.In(That, Alias))
	blockIsNotV     = says("hash(proposalBlock) ≠ hash(v)", BlockIs.In(Nothing, Another))
	polka           = says("+2/3 PREVOTE(h, r, id(v))", PrevoteTally.Is(ForValue))
	logStep         = does(0, "log the step", LogStep)
	timeoutPropose  = does(21, "schedule timeoutPropose(h, round)", SchedulePropose)
	toPropose       = Effects{does(13, "step ← propose", SetStepPropose), logStep, does(22, "prevoteIfComplete()", CallPrevoteIfComplete)}
	toPrevote       = Effects{does(27, "step ← prevote", SetStepPrevote), logStep}
	toPrecommit     = Effects{does(41, "step ← precommit", SetStepPrecommit), logStep}
)

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
		First: Effects{
			does(12, "round ← r", SetRound),
			does(12, "step ← newRound", SetStepNewRound),
		},
		If:   Phrases{says("no transactions are waited for", AwaitTxs.Is(No))},
		Then: Effects{does(13, "enterPropose(r)", CallEnterPropose)},
		Else: Effects{does(0, "schedule timeout newRound(h, r), if empty blocks are made at all", ScheduleNewRound)},
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

var enterPrevote = spec.Clause{
	Line: 27, Name: "enterPrevote", Of: EnterPrevote, Place: "enterPrevote",
	While: Phrases{thisRound, beforePrevote},
	Then:  append(Effects{does(22, "doPrevote()", CallDoPrevote)}, toPrevote...),
}

var enterPrevoteWait = spec.Clause{
	Line: 34, Name: "enterPrevoteWait", Of: EnterPrevoteWait, Place: "enterPrevoteWait",
	While:     Phrases{thisRound, says("step ≤ prevote", NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote))},
	FirstTime: Once34,
	Then:      Effects{does(35, "schedule timeoutPrevote(h, round)", SchedulePrevote), does(0, "log the step, which is prevoteWait now", LogStep)},
}

var enterPrecommit = spec.Clause{
	Line: 41, Name: "enterPrecommit", Of: EnterPrecommit, Place: "enterPrecommit",
	While: Phrases{thisRound, beforePrecommit},
	Then:  append(Effects{does(36, "doPrecommit(r), all but the step", CallDoPrecommit)}, toPrecommit...),
}

// The cases of enterPrecommit that are alike in all dialects. The step is a
// deferred call in the code, so it is taken and logged even on a panic.
var cometBFTPrecommitClauses = []spec.Clause{
	{
		Line: 63, Name: "enterPrecommit.noPolka", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{says("no +2/3 PREVOTE(h, r, one value or nil)", PrevoteTally.In(Few, Mixed))},
		Then:  Effects{does(63, "sign and queue PRECOMMIT(h, r, nil)", SendPrecommitNil)},
	},
	{
		Line: 39, Name: "enterPrecommit.relock", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{polka, lockIsV},
		Then: Effects{
			does(39, "lockedRound ← round", LockRoundOp),
			does(40, "sign and queue PRECOMMIT(h, r, id(v))", SendPrecommit),
		},
	},
	{
		Line: 38, Name: "enterPrecommit.lock", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{polka, lockIsNotV, blockIsV, says("ValidateBlock accepts proposalBlock", BlockValid.Is(Yes))},
		Then: Effects{
			does(38, "lockedBlock ← proposalBlock, with the parts", LockHeld),
			does(39, "lockedRound ← round", LockRoundOp),
			does(40, "sign and queue PRECOMMIT(h, r, id(v))", SendPrecommit),
		},
	},
	{
		Line: 36, Name: "enterPrecommit.invalid", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{polka, lockIsNotV, blockIsV, says("ValidateBlock refuses proposalBlock", BlockValid.Is(No))},
		Then:  append(append(Effects{}, toPrecommit...), does(0, "panic: +2/3 prevoted for an invalid block", Panic)),
	},
}

var enterPrecommitWait = spec.Clause{
	Line: 47, Name: "enterPrecommitWait", Of: EnterPrecommitWait, Place: "enterPrecommitWait",
	While:     Phrases{thisRound},
	FirstTime: Once47,
	Then:      Effects{does(48, "schedule timeoutPrecommit(h, round)", SchedulePrecommit), does(0, "log the step again", LogStep)},
}

var cometBFTCommitClauses = []spec.Clause{
	{
		Line: 49, Name: "enterCommit.locked", Of: EnterCommit, Place: "enterCommit",
		While: Phrases{says("step < commit", notCommitted), lockIsV},
		Then:  append(Effects{does(0, "proposalBlock ← lockedBlock, with the parts", TakeLockedBlock)}, toCommit...),
	},
	{
		Line: 49, Name: "enterCommit.block", Of: EnterCommit, Place: "enterCommit",
		While:   Phrases{says("step < commit", notCommitted), lockIsNotV},
		If:      Phrases{blockIsNotV},
		Then:    Effects{does(0, "collect the parts of v", FetchBlock)},
		Finally: toCommit,
	},
	{
		Line: 51, Name: "tryFinalizeCommit", Of: TryFinalizeCommit, Place: "tryFinalizeCommit, finalizeCommit, updateToState",
		While: Phrases{
			inCommit, blockIsWholeV, says("ValidateBlock accepts proposalBlock", BlockValid.Is(Yes)),
			says("all parts are here", PartsWhole.Is(Yes)),
		},
		Then: Effects{
			does(51, "decision[h] ← v; end of height in the WAL", Decide),
			does(52, "h ← h + 1", NextHeight),
			does(53, "reset locked, valid and proposal", Reset),
			does(54, "round ← 0, step ← newHeight", BeginHeight),
			logStep,
		},
	},
	{
		Line: 49, Name: "tryFinalizeCommit.header", Of: TryFinalizeCommit, Place: "finalizeCommit; tendermint issue 3087",
		While: Phrases{inCommit, says("hash(proposalBlock) = hash(v), header(proposalBlockParts) ≠ header(v)", BlockIs.Is(Alias))},
		Then:  Effects{does(0, "panic: expected ProposalBlockParts header to be commit header", Panic)},
	},
	{
		Line: 50, Name: "tryFinalizeCommit.invalid", Of: TryFinalizeCommit, Place: "finalizeCommit",
		While: Phrases{inCommit, blockIsWholeV, says("ValidateBlock refuses proposalBlock", BlockValid.Is(No))},
		Then:  Effects{does(0, "panic: +2/3 committed an invalid block", Panic)},
	},
	{
		Line: 51, Name: "tryFinalizeCommit.parts", Of: TryFinalizeCommit, Place: "finalizeCommit; tendermint issue 3087; store/store.go SaveBlock",
		While: Phrases{
			inCommit, blockIsWholeV, says("ValidateBlock accepts proposalBlock", BlockValid.Is(Yes)),
			says("parts are missing", PartsWhole.Is(No)),
		},
		Then: Effects{does(0, "panic: BlockStore can only save complete block part sets", Panic)},
	},
}

var (
	inCommit      = says("step = commit", NodeStep.Is(NodeCommit))
	blockIsWholeV = says("hash(proposalBlock) = hash(v), header(proposalBlockParts) = header(v)", BlockIs.Is(That))
	notCommitted  = NodeStep.In(NodeNewHeight, NodeNewRound, NodePropose, NodePrevote, NodePrecommit)
	toCommit      = Effects{
		does(49, "step ← commit", SetStepCommit),
		does(49, "commitRound ← r", SetCommitRound),
		logStep,
		does(50, "tryFinalizeCommit()", CallTryFinalizeCommit),
	}
)

var cometBFTInputClauses = []spec.Clause{
	{
		Line: 42, Name: "addVote.valid", Of: OnPolkaValid, Place: "addVote",
		Upon:   Phrases{says("+2/3 PREVOTE(h, r, id(v))", PrevoteTally.Is(ForValue))},
		While:  Phrases{thisRound, says("validRound < r", ValidBefore.Is(Yes))},
		IfLine: 36,
		If:     Phrases{blockIsV},
		Then: Effects{
			does(42, "validBlock ← proposalBlock, with the parts", ValidHeld),
			does(43, "validRound ← round", ValidRoundOp),
		},
		Else:    Effects{does(0, "proposalBlock ← nil", DropBlock)},
		Finally: Effects{does(0, "collect the parts of v, if not already", CollectParts)},
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
		First: Effects{
			does(56, "enterNewRound(r)", CallEnterNewRound),
			does(0, "enterPrecommit(r)", CallEnterPrecommit),
			does(49, "enterCommit(r)", CallEnterCommit),
		},
		If:   Phrases{says("timeoutCommit may be skipped, and every precommit of r is here", SkipCommit.Is(Yes))},
		Then: Effects{does(54, "enterNewRound(0), of the next height", CallEnterFirstRound)},
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
		Line: 54, Name: "addVote.lastSkip", Of: OnLastPrecommit, Place: "addVote",
		Upon:  Phrases{says("every precommit of the last height is here", LastCommit.Is(LastAll))},
		While: Phrases{says("step = newHeight", NodeStep.Is(NodeNewHeight)), says("timeoutCommit may be skipped", SkipAllowed.Is(Yes))},
		Then:  Effects{does(54, "enterNewRound(0)", CallEnterFirstRound)},
	},
	{
		Name: "addVote.lastNone", Of: OnLastPrecommit, Place: "addVote; types/vote_set.go AddVote",
		Upon:  Phrases{says("no height was decided before this one", LastCommit.Is(LastNone))},
		While: Phrases{says("step = newHeight", NodeStep.Is(NodeNewHeight))},
		Then:  Effects{does(0, "panic: AddVote() on nil VoteSet", Panic)},
	},
	{
		Line: 13, Name: "txs.propose", Of: OnTransactions, Place: "handleTxsAvailable",
		While: Phrases{says("round = 0", RoundIs.Is(Current)), says("step = newRound", NodeStep.Is(NodeNewRound))},
		Then:  Effects{does(13, "enterPropose(0)", CallEnterFirstPropose)},
	},
	{
		Name: "txs.early", Of: OnTransactions, Place: "handleTxsAvailable",
		While: Phrases{
			says("round = 0", RoundIs.Is(Current)), says("step = newHeight", NodeStep.Is(NodeNewHeight)),
			says("transactions are waited for", AwaitTxs.Is(Yes)),
		},
		Then: Effects{does(0, "schedule timeout newRound(h, 0), just after timeoutCommit", ScheduleNewRound)},
	},
	{
		Line: 42, Name: "block.valid", Of: OnBlockValid, Place: "handleCompleteProposal",
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, id(v))", PrevoteTally.Is(ForValue)), blockIsV},
		While: Phrases{says("validRound < round", ValidBefore.Is(Yes))},
		Then: Effects{
			does(42, "validBlock ← proposalBlock, with the parts", ValidHeld),
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

// inOrder gives clauses a written priority that decides nothing: at most one rule
// is enabled wherever the code asks, as a switch has at most one case.
func inOrder(clauses []spec.Clause) []spec.Precedence {
	ps := make([]spec.Precedence, len(clauses))
	for i := range clauses {
		ps[i] = spec.Precedence{Key: clauses[i].Key(), Reason: "the only clause that can hold where it does, as the code has it"}
	}
	return ps
}

var cometBFTImpossible = []spec.Impossible{
	{Of: EnterPropose, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: EnterPrevote, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "called for the current round only"},
	{Of: EnterPrevoteWait, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "called for the current round only"},
	{Of: EnterPrevoteWait, Conds: []spec.Cond{beforePrevote.Conds[0], Once34.Is(spec.Done)}, Why: "timeoutPrevote is started after the prevote, and a new round forgets it"},
	{Of: EnterPrecommit, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: DoPrecommit, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), LockIs.In(That, Alias)}, Why: "no value has a majority, so none is locked"},
	{Of: DoPrecommit, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), BlockIs.In(That, Alias)}, Why: "no value has a majority, so none is here"},
	{Of: DoPrecommit, Conds: []spec.Cond{BlockIs.Is(Nothing), BlockValid.Is(Yes)}, Why: "there is no block to be valid"},
	{Of: EnterPrecommitWait, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: TryFinalizeCommit, Conds: []spec.Cond{BlockIs.Is(Nothing), BlockValid.Is(Yes)}, Why: "there is no block to be valid"},
	{Of: OnPolkaValid, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), BlockIs.In(That, Alias)}, Why: "no value has a majority, so none is here"},
	{Of: OnPolkaValid, Conds: []spec.Cond{RoundIs.Is(Future), ValidBefore.Is(No)}, Why: "validRound is no round that was not entered"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), RoundIs.In(Current, Future)}, Why: "setProposal refuses a POLRound that is not below the round"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), NodeStep.Is(NodeNewHeight)}, Why: "step newHeight is of round 0, and no POLRound is below it"},
	{Of: OnPrevote, Conds: []spec.Cond{POLRoundIs.Is(Yes), PrevoteTally.In(Few, Mixed), Complete.Is(Yes)}, Why: "without a majority in its POLRound the proposal is not complete"},
	{Of: OnPrecommit, Conds: []spec.Cond{PrecommitTally.Is(Few), SkipCommit.Is(Yes)}, Why: "all precommits are more than two thirds"},
	{Of: OnTransactions, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "no round is before round 0"},
	{Of: OnTransactions, Conds: []spec.Cond{RoundIs.Is(Past), NodeStep.Is(NodeNewHeight)}, Why: "step newHeight is of round 0"},
	{Of: OnBlockValid, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), BlockIs.In(That, Alias)}, Why: "no value has a majority, so none is here"},
}
