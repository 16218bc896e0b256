package consensus

import (
	"slices"

	"github.com/polka-bft/polka/spec"
)

// CometBFTv038Rules is what CometBFT v0.38 runs, and with it v0.34, v0.37, v0.39
// and v0.40: the locking rules from before the paper. Line is the line of
// Algorithm 1 that a clause stands for, and an effect that is a call has the line
// of what it leads to, where there is one; Place is where the code has it, in
// consensus/state.go unless it says otherwise.
var CometBFTv038Rules = &spec.Rules{
	Name: "cometbft-v0.38",
	Doc:  "CometBFT v0.38, and v0.34, v0.37, v0.39 and v0.40, which decide alike",
	Bindings: []*spec.Binding{
		EnterNewRound, EnterPropose, PrevoteIfComplete, EnterPrevote, DoPrevote, EnterPrevoteWait, EnterPrecommit,
		DoPrecommit, EnterPrecommitWait, EnterCommit, TryFinalizeCommit,
		OnPolkaUnlock, OnPolkaValid, OnPrevote, OnPrecommit, OnLastPrecommit, OnTransactions, OnBlockValid, OnBlock, OnTock,
	},
	Clauses:    cometBFTv038Clauses,
	Calls:      cometBFTCalls,
	Priority:   inOrder(cometBFTv038Clauses),
	Impossible: slices.Concat(cometBFTImpossible, cometBFTv038Impossible),
}

// CometBFTv038 is the compiled dialect "cometbft-v0.38".
var CometBFTv038 = mustCompile(CometBFTv038Rules)

// CometBFTv038Questions says what each input of receiveRoutine makes the code ask.
var CometBFTv038Questions = map[Event][]*spec.Binding{
	PrevoteAdded:     {OnPolkaUnlock, OnPolkaValid, OnPrevote},
	PrecommitAdded:   {OnPrecommit},
	LatePrecommit:    {OnLastPrecommit},
	TransactionsCame: {OnTransactions},
	BlockCompleted:   {OnBlockValid, OnBlock},
	TimeoutDelivered: {OnTock},
}

var cometBFTv038Clauses = slices.Concat(
	cometBFTRoundClauses,
	[]spec.Clause{enterPrevote}, cometBFTv038Prevote, []spec.Clause{enterPrevoteWait, enterPrecommit},
	cometBFTv038Precommit, cometBFTPrecommitClauses, []spec.Clause{enterPrecommitWait},
	cometBFTCommitClauses, cometBFTv038Unlock, cometBFTInputClauses,
)

// A locked node prevotes its lock, whatever was proposed.
var cometBFTv038Prevote = []spec.Clause{
	{
		Line: 24, Name: "enterPrevote.locked", Of: DoPrevote, Place: "defaultDoPrevote; tendermint issue 6850",
		While: Phrases{says("lockedBlock ≠ nil", Locked.Is(Yes))},
		Then:  Effects{does(24, "sign and queue PREVOTE(h, round, id(lockedBlock))", SendPrevoteLocked)},
	},
	{
		Line: 24, Name: "enterPrevote.block", Of: DoPrevote, Place: "defaultDoPrevote",
		While: Phrases{says("lockedBlock = nil", Locked.Is(No)), says("valid(proposalBlock)", HeldBlock.Is(Valid))},
		Then:  Effects{does(24, "sign and queue PREVOTE(h, round, id(proposalBlock))", SendPrevoteHeld)},
	},
	{
		Line: 26, Name: "enterPrevote.nil", Of: DoPrevote, Place: "defaultDoPrevote",
		While: Phrases{
			says("lockedBlock = nil", Locked.Is(No)),
			says("proposalBlock = nil or not valid(proposalBlock)", HeldBlock.In(NoProposal, Invalid)),
		},
		Then: Effects{does(26, "sign and queue PREVOTE(h, round, nil)", SendPrevoteNil)},
	},
}

// A polka for nil, or for a block that is not here, unlocks.
var cometBFTv038Precommit = []spec.Clause{
	{
		Line: 45, Name: "enterPrecommit.nil", Of: DoPrecommit, Place: "enterPrecommit; tendermint issue 6849",
		While: Phrases{says("+2/3 PREVOTE(h, r, nil)", PrevoteTally.Is(ForNil))},
		Then: Effects{
			does(0, "lockedBlock ← nil, lockedRound ← −1", UnlockOp),
			does(45, "sign and queue PRECOMMIT(h, r, nil)", SendPrecommitNil),
		},
	},
	{
		Line: 63, Name: "enterPrecommit.unknown", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{polka, lockIsNotV, blockIsNotV},
		Then: Effects{
			does(0, "lockedBlock ← nil, lockedRound ← −1", UnlockOp),
			does(0, "collect the parts of v, if not already", FetchBlock),
			does(63, "sign and queue PRECOMMIT(h, r, nil)", SendPrecommitNil),
		},
	},
}

// A polka of a later round than the lock's, for anything else, unlocks.
var cometBFTv038Unlock = []spec.Clause{
	{
		Name: "addVote.unlock", Of: OnPolkaUnlock, Place: "addVote; absent from Algorithm 1",
		Upon: Phrases{says("+2/3 PREVOTE(h, r, one value v or nil)", PrevoteTally.In(ForNil, ForValue))},
		While: Phrases{
			says("lockedBlock ≠ nil, hash(lockedBlock) ≠ hash(v)", LockIs.Is(Another)),
			says("lockedRound < r", LockBefore.Is(Yes)), says("r ≤ round", RoundIs.In(Past, Current)),
		},
		Then: Effects{does(0, "lockedBlock ← nil, lockedRound ← −1", UnlockOp)},
	},
}

var cometBFTv038Impossible = []spec.Impossible{
	{Of: OnPolkaUnlock, Conds: []spec.Cond{PrevoteTally.In(Few, Mixed, ForNil), LockIs.In(That, Alias)}, Why: "no value has a majority, so none is locked"},
	{Of: OnPolkaUnlock, Conds: []spec.Cond{RoundIs.Is(Future), LockBefore.Is(No)}, Why: "no lock is of a round that was not entered"},
	{Of: OnPolkaUnlock, Conds: []spec.Cond{RoundIs.Is(Current), LockIs.Is(Nothing), LockBefore.Is(No)}, Why: "without a lock lockedRound is −1"},
}
