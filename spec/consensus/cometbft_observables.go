package consensus

import "github.com/polka-bft/polka/spec"

// NodeStepValue is a value of [NodeStep]: the steps in CometBFT's own order.
type NodeStepValue uint8

// CometBFT's steps (consensus/types/round_state.go). PrevoteWait and
// PrecommitWait are Once34 and Once47 here, as CometBFT itself does for the
// second one.
const (
	NodeNewHeight NodeStepValue = iota
	NodeNewRound
	NodePropose
	NodePrevote
	NodePrecommit
	NodeCommit
)

// NodeStepOf translates a step of the process.
func NodeStepOf(s StepValue) NodeStepValue {
	switch s {
	case NewHeight:
		return NodeNewHeight
	case NewRound:
		return NodeNewRound
	case Propose:
		return NodePropose
	case Prevote:
		return NodePrevote
	case Precommit:
		return NodePrecommit
	case Commit:
		return NodeCommit
	}
	panic("consensus: unknown step")
}

// RelationValue is a value of [RoundIs].
type RelationValue uint8

// How the round of a vote, a timeout or a call relates to the current one.
const (
	Past RelationValue = iota
	Current
	Future
)

// HoldsValue is a value of [BlockIs] and [LockIs].
type HoldsValue uint8

// What is held, compared with the value that the votes are for.
const (
	Nothing HoldsValue = iota // no block
	That                      // the block voted for, and the part-set header voted for
	Another                   // a different block
	Alias                     // the block voted for, under another part-set header
)

// LastCommitValue is a value of [LastCommit].
type LastCommitValue uint8

// What is there of the precommits that decided the last height.
const (
	LastNone LastCommitValue = iota // nothing: this is the first height
	LastSome                        // more than two thirds, not all
	LastAll                         // those of every validator
)

// TockKind is a value of [Tock]: the five timeouts of CometBFT's ticker.
type TockKind uint8

// The timeouts (consensus/ticker.go), by the step they are for.
const (
	TockNewHeight TockKind = iota
	TockNewRound
	TockPropose
	TockPrevoteWait
	TockPrecommitWait
)

// What CometBFT's code asks about, beyond what Algorithm 1 does.
var (
	NodeStep = spec.NewObservable[NodeStepValue]("step", "cs.Step, with the waits as once34 and once47",
		"newHeight", "newRound", "propose", "prevote", "precommit", "commit")
	RoundIs = spec.NewObservable[RelationValue]("r", "how r relates to cs.Round",
		"past", "current", "future")
	PrecommitTally = spec.NewObservable[TallyValue]("precommits", "what the precommits of round r add up to",
		"few", "mixed", "nil", "value")
	PrevoteTally = spec.NewObservable[TallyValue]("prevotes", "what the prevotes of round r add up to",
		"few", "mixed", "nil", "value")
	LockIs = spec.NewObservable[HoldsValue]("lock", "cs.LockedBlock and its parts' header, compared with the value that the votes are for",
		"nothing", "that", "another", "alias")
	Locked = spec.NewObservable[YesNo]("locked", "whether cs.LockedBlock ≠ nil",
		"no", "yes")
	LockBefore = spec.NewObservable[YesNo]("lockedRound", "whether cs.LockedRound < r",
		"notBefore", "before")
	ValidBefore = spec.NewObservable[YesNo]("validRound", "whether cs.ValidRound < r",
		"notBefore", "before")
	BlockIs = spec.NewObservable[HoldsValue]("block", "cs.ProposalBlock and the header of cs.ProposalBlockParts, compared with the value that the votes are for",
		"nothing", "that", "another", "alias")
	BlockValid = spec.NewObservable[YesNo]("blockValid", "whether ValidateBlock accepts cs.ProposalBlock",
		"no", "yes")
	PartsWhole = spec.NewObservable[YesNo]("parts", "whether cs.ProposalBlockParts is complete",
		"missing", "whole")
	HeldBlock = spec.NewObservable[ProposalValue]("heldBlock", "cs.ProposalBlock, and whether ValidateBlock and ProcessProposal accept it",
		"none", "invalid", "valid")
	Complete = spec.NewObservable[YesNo]("complete", "isProposalComplete(): proposal, block, and a majority of the POL round's prevotes",
		"no", "yes")
	POLRoundIs = spec.NewObservable[YesNo]("polRound", "whether the proposal's POLRound is r",
		"another", "r")
	AwaitTxs = spec.NewObservable[YesNo]("awaitTxs", "whether round 0 of the height waits for transactions",
		"no", "yes")
	SkipCommit = spec.NewObservable[YesNo]("skipCommit", "whether timeoutCommit may be skipped, and every validator's precommit of round r is here",
		"no", "yes")
	SkipAllowed = spec.NewObservable[YesNo]("skipAllowed", "whether timeoutCommit may be skipped",
		"no", "yes")
	LastCommit = spec.NewObservable[LastCommitValue]("lastCommit", "cs.LastCommit, the precommits that decided the last height",
		"none", "some", "all")
	Tock = spec.NewObservable[TockKind]("timeout", "which timeout the ticker delivered",
		"newHeight", "newRound", "propose", "prevoteWait", "precommitWait")
)

// The functions of CometBFT's state machine (consensus/state.go), in the order
// of the file.
var (
	EnterNewRound = &spec.Binding{
		Name: "enterNewRound", Free: "r", Function: true, Doc: "begin round r",
		Vars: vars(RoundIs, NodeStep, AwaitTxs),
	}
	EnterPropose = &spec.Binding{
		Name: "enterPropose", Free: "r", Function: true, Doc: "propose, or wait for the proposal of round r",
		Vars: vars(RoundIs, NodeStep, Proposer, ValidValue),
	}
	PrevoteIfComplete = &spec.Binding{
		Name: "prevoteIfComplete", Function: true, Doc: "the end of enterPropose: a proposal that is already here",
		Vars: vars(Complete),
	}
	EnterPrevote = &spec.Binding{
		Name: "enterPrevote", Free: "r", Function: true, Doc: "prevote in round r",
		Vars: vars(RoundIs, NodeStep),
	}
	DoPrevote = &spec.Binding{
		Name: "doPrevote", Function: true, Doc: "sign a prevote of the current round",
		Vars: vars(Locked, HeldBlock),
	}
	EnterPrevoteWait = &spec.Binding{
		Name: "enterPrevoteWait", Free: "r", Function: true, Doc: "start timeoutPrevote of round r",
		Vars: vars(RoundIs, NodeStep, Once34),
	}
	EnterPrecommit = &spec.Binding{
		Name: "enterPrecommit", Free: "r", Function: true, Doc: "precommit in round r",
		Vars: vars(RoundIs, NodeStep),
	}
	DoPrecommit = &spec.Binding{
		Name: "doPrecommit", Free: "r, v", Function: true, Doc: "the body of enterPrecommit: sign a precommit of the current round r; v is what its prevotes are for",
		Vars: vars(PrevoteTally, LockIs, BlockIs, BlockValid),
	}
	EnterPrecommitWait = &spec.Binding{
		Name: "enterPrecommitWait", Free: "r", Function: true, Doc: "start timeoutPrecommit of round r",
		Vars: vars(RoundIs, Once47),
	}
	EnterCommit = &spec.Binding{
		Name: "enterCommit", Free: "r", Function: true, Doc: "commit v, for which round r has +2/3 precommits",
		Vars: vars(NodeStep, LockIs, BlockIs),
	}
	TryFinalizeCommit = &spec.Binding{
		Name: "tryFinalizeCommit", Function: true, Doc: "finalize v, for which the commit round has +2/3 precommits, if its block is here",
		Vars: vars(NodeStep, BlockIs, BlockValid, PartsWhole),
	}
)

// The questions that an input raises. Each is asked once per input, in the
// order of [CometBFTQuestions].
var (
	OnPolkaUnlock = &spec.Binding{
		Name: "addVote.unlock", Free: "r, v", Doc: "a prevote of round r was added; v is what they are for",
		Vars: vars(RoundIs, PrevoteTally, LockIs, LockBefore),
	}
	OnPolkaValid = &spec.Binding{
		Name: "addVote.valid", Free: "r, v", Doc: "a prevote of round r was added; v is what they are for",
		Vars: vars(RoundIs, PrevoteTally, ValidBefore, BlockIs),
	}
	OnPrevote = &spec.Binding{
		Name: "addVote.prevote", Free: "r", Doc: "a prevote of round r was added",
		Vars: vars(RoundIs, NodeStep, PrevoteTally, Complete, POLRoundIs),
	}
	OnPrecommit = &spec.Binding{
		Name: "addVote.precommit", Free: "r", Doc: "a precommit of round r was added",
		Vars: vars(RoundIs, PrecommitTally, SkipCommit),
	}
	OnLastPrecommit = &spec.Binding{
		Name: "addVote.lastPrecommit", Doc: "a precommit of the last height came: late, for its commit",
		Vars: vars(NodeStep, LastCommit, SkipAllowed),
	}
	OnTransactions = &spec.Binding{
		Name: "handleTxsAvailable", Free: "r", Doc: "the mempool has transactions, the first since the last height; r is 0",
		Vars: vars(RoundIs, NodeStep, AwaitTxs),
	}
	OnBlockValid = &spec.Binding{
		Name: "handleCompleteProposal.valid", Free: "v", Doc: "the last part of a block arrived; v is what the round's prevotes are for",
		Vars: vars(PrevoteTally, ValidBefore, BlockIs),
	}
	OnBlock = &spec.Binding{
		Name: "handleCompleteProposal", Doc: "the last part of a block arrived",
		Vars: vars(NodeStep, Complete, PrevoteTally),
	}
	OnTock = &spec.Binding{
		Name: "handleTimeout", Free: "r", Doc: "the ticker delivered a timeout of this height",
		Vars: vars(Tock, RoundIs, NodeStep),
	}
)
