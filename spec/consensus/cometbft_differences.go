package consensus

// Where the code of the CometBFT dialects is: consensus/ of v0.38 is
// internal/consensus/ in v1.

// CometBFTv038Differences is how CometBFT v0.38 departs from Algorithm 1, in
// the order of the paper's lines. Every clause of the dialect belongs to one.
var CometBFTv038Differences = []Difference{
	askedOnce,
	newHeight,
	{
		Name: "one-proposal", Lines: "12, 22–36, 49",
		Paper: "every proposal that was received counts, whatever its round",
		Node:  "one proposal is kept, of the current round, and one block is collected; both are forgotten when a later round begins",
		Place: "consensus/state.go enterNewRound, defaultSetProposal, addProposalBlockPart",
		Keys:  []string{"enterNewRound.later", "enterPrevote", "enterPrevote.nil", "block.prevote", "enterCommit.block"},
	},
	{
		Name: "proposer-waits", Lines: "14–22",
		Paper: "only a process that is not the proposer starts timeoutPropose",
		Node:  "the proposer starts it too: its proposal comes back to it through a queue",
		Place: "consensus/state.go enterPropose",
		Keys:  []string{"enterPropose.self", "enterPropose.other", "enterPropose.complete"},
	},
	{
		Name: "prevote-the-lock", Lines: "22–33",
		Paper: "a locked process prevotes another value when the proposal carries a newer polka, and nil when it may not",
		Node:  "a locked process prevotes its locked block whatever was proposed; the proposal's POLRound is not consulted",
		Place: "consensus/state.go defaultDoPrevote; tendermint issue 6850",
		Keys:  []string{"enterPrevote.locked", "enterPrevote.block", "enterPrevote.nil"},
	},
	anyMajorityIsAPol,
	{
		Name: "unlock", Lines: "36–46",
		Paper: "a lock is only ever replaced by a newer one",
		Node:  "a lock is dropped on a polka for nil, for a block that is not here, or of a newer round for anything else",
		Place: "consensus/state.go enterPrecommit, addVote; tendermint issue 6849",
		Keys:  []string{"enterPrecommit.nil", "enterPrecommit.unknown", "addVote.unlock"},
	},
	lockOnEntry,
	validAnyStep,
	{
		Name: "hash-only", Lines: "36–43, 49–51",
		Paper: "a value is one thing, and votes are for it",
		Node:  "a vote is for a block under a part-set header, but blocks are compared by their hash: a node may lock, precommit and commit a block whose parts it holds under another header, or lacks",
		Place: "consensus/state.go enterPrecommit, enterCommit, addVote, handleCompleteProposal; tendermint issue 3087",
		Keys: []string{
			"enterPrecommit.relock", "enterPrecommit.lock", "enterCommit.locked", "enterCommit.block", "addVote.valid", "block.valid",
			"tryFinalizeCommit.header", "tryFinalizeCommit.parts",
		},
	},
	panics,
	waits,
	commitFirst,
	skipOnTwoThirds,
	{
		Name: "prevote-on-timeout", Lines: "57–60",
		Paper: "timeoutPropose prevotes nil",
		Node:  "it leads to enterPrevote, which looks at what is there: a valid block whose proposal or proof of lock is missing is prevoted",
		Place: "consensus/state.go handleTimeout, defaultDoPrevote",
		Keys:  []string{"timeout.propose", "enterPrevote.block"},
	},
	precommitBeforeLeaving,
}

// CometBFTv1Differences is how CometBFT v1 departs from Algorithm 1.
var CometBFTv1Differences = []Difference{
	askedOnce,
	newHeight,
	{
		Name: "one-proposal", Lines: "12, 22–36, 49",
		Paper: "every proposal that was received counts, whatever its round",
		Node:  "one proposal is kept, of the current round, and one block is collected; both are forgotten when a later round begins",
		Place: "consensus/state.go enterNewRound, defaultSetProposal, addProposalBlockPart",
		Keys:  []string{"enterNewRound.later", "enterPrevote", "enterPrevote.missing", "block.prevote", "enterCommit.block"},
	},
	{
		Name: "proposer-waits", Lines: "14–22",
		Paper: "only a process that is not the proposer starts timeoutPropose",
		Node:  "the proposer starts it too: its proposal comes back to it through a queue",
		Place: "consensus/state.go enterPropose",
		Keys:  []string{"enterPropose.now", "enterPropose.self", "enterPropose.other", "enterPropose.complete"},
	},
	{
		Name: "timestamps", Lines: "14, 22–33",
		Paper: "values carry no time",
		Node:  "where proposer-based timestamps are on, a proposer waits until its clock has passed the last block, and a proposal whose time is not that of its block, or a new one that comes too early or too late, gets a prevote for nil",
		Place: "consensus/state.go enterPropose, defaultDoPrevote, proposalIsTimely",
		Keys:  []string{"enterPropose.wait", "enterPropose.now", "enterPrevote.misdated", "enterPrevote.untimely"},
	},
	{
		Name: "valid-by-two", Lines: "22–33",
		Paper: "valid(v) is asked of every proposal",
		Node:  "it is two questions: ValidateBlock is asked of every proposal, ProcessProposal only of a new block that is not validBlock, and only while nothing is locked",
		Place: "consensus/state.go defaultDoPrevote",
		Keys:  []string{"enterPrevote.invalid", "enterPrevote.new", "enterPrevote.locked", "enterPrevote.pol"},
	},
	anyMajorityIsAPol,
	lockOnEntry,
	validAnyStep,
	{
		Name: "hash-only", Lines: "22–33, 36–43, 49–51",
		Paper: "a value is one thing, and votes are for it",
		Node:  "a vote is for a block under a part-set header, but blocks are compared by their hash: a node may prevote, lock, precommit and commit a block whose parts it holds under another header, or lacks",
		Place: "consensus/state.go defaultDoPrevote, enterPrecommit, enterCommit, addVote, handleCompleteProposal; tendermint issue 3087",
		Keys: []string{
			"enterPrevote.locked", "enterPrevote.pol", "enterPrecommit.relock", "enterPrecommit.lock", "enterCommit.locked", "enterCommit.block", "addVote.valid", "block.valid",
			"tryFinalizeCommit.header", "tryFinalizeCommit.parts",
		},
	},
	panics,
	waits,
	commitFirst,
	skipOnTwoThirds,
	{
		Name: "prevote-on-timeout", Lines: "57–60",
		Paper: "timeoutPropose prevotes nil",
		Node:  "it leads to enterPrevote, which looks at what is there: a proposal that came after its block, which no input asked about, is prevoted then",
		Place: "consensus/state.go handleTimeout, defaultDoPrevote",
		Keys:  []string{"timeout.propose", "enterPrevote.missing"},
	},
	precommitBeforeLeaving,
}

// The differences that are the same in all of them.
var (
	askedOnce = Difference{
		Name: "asked-once", Lines: "22–67",
		Paper: "a rule fires as soon as its guard holds",
		Node:  "a guard is looked at when an input arrives that concerns it, once; a rule that became true in another way waits for the next such input or a timeout",
		Place: "consensus/state.go handleMsg, handleTimeout",
		Keys:  []string{"block.prevote", "block.valid", "timeout.propose"},
	}
	newHeight = Difference{
		Name: "new-height", Lines: "10–13, 54",
		Paper: "the decision is followed by StartRound(0) at once",
		Node:  "the node waits in step newHeight for timeoutCommit, collecting late precommits, and may wait in step newRound for transactions",
		Place: "consensus/state.go updateToState, scheduleRound0, handleTimeout, addVote",
		Keys:  []string{"enterNewRound.first", "timeout.newHeight", "timeout.newRound", "addVote.lastSkip", "txs.propose", "txs.early"},
	}
	anyMajorityIsAPol = Difference{
		Name: "any-majority-is-a-pol", Lines: "28",
		Paper: "the prevotes of vr must be for the proposed value",
		Node:  "the proposal counts as complete when the prevotes of its POLRound have a majority for anything",
		Place: "consensus/state.go isProposalComplete, addVote",
		Keys:  []string{"addVote.pol"},
	}
	lockOnEntry = Difference{
		Name: "lock-on-entry", Lines: "36–41, 44–46, 61–64",
		Paper: "line 36 locks and precommits on a polka and its proposal; timeoutPrevote precommits nil",
		Node:  "both lead to enterPrecommit, which looks at the prevotes again: a timeout may lock, and a proposal message is not needed",
		Place: "consensus/state.go enterPrecommit",
		Keys: []string{
			"addVote.polka", "addVote.nil", "enterPrecommit", "enterPrecommit.lock", "enterPrecommit.relock",
			"enterPrecommit.noPolka", "enterPrecommit.nil", "enterPrecommit.unknown", "timeout.prevote",
		},
	}
	validAnyStep = Difference{
		Name: "valid-any-step", Lines: "36, 42–43",
		Paper: "validValue changes from step prevote on, with a valid proposal of the round",
		Node:  "it changes in any step, without a proposal; a polka for another block makes the node forget its own and fetch that one",
		Place: "consensus/state.go addVote, handleCompleteProposal",
		Keys:  []string{"addVote.valid", "block.valid"},
	}
	panics = Difference{
		Name: "panics", Lines: "36–41, 49–53",
		Paper: "a value that is not valid is neither locked nor decided, and messages of other heights are of no account",
		Node:  "where the code finds what it thinks impossible the state machine stops for good; a node that has stopped says nothing more until it is restarted",
		Place: "consensus/state.go enterPrecommit, finalizeCommit, addVote",
		Keys: []string{
			"enterPrecommit.invalid", "tryFinalizeCommit.header", "tryFinalizeCommit.invalid", "tryFinalizeCommit.parts", "addVote.lastNone",
		},
	}
	waits = Difference{
		Name: "waits", Lines: "34, 47",
		Paper: "each timeout has a timer of its own",
		Node:  "one ticker serves all: scheduling a later timeout cancels the earlier one",
		Place: "consensus/ticker.go; consensus/state.go enterPrevoteWait, enterPrecommitWait",
		Keys:  []string{"addVote.polka", "addVote.wait", "enterPrevoteWait", "addVote.precommitAny", "addVote.precommitNil", "enterPrecommitWait"},
	}
	commitFirst = Difference{
		Name: "commit-first", Lines: "49–54",
		Paper: "a decision needs the proposal and the precommits at once",
		Node:  "the precommits alone move the node to their round, make it precommit if it has not, and put it in step commit, where it waits for the block",
		Place: "consensus/state.go addVote, enterCommit, tryFinalizeCommit",
		Keys:  []string{"addVote.commit", "enterCommit.locked", "enterCommit.block", "tryFinalizeCommit", "block.commit", "enterPrecommit.noPolka"},
	}
	skipOnTwoThirds = Difference{
		Name: "skip-on-two-thirds", Lines: "55–56",
		Paper: "+1/3 messages of a later round, of any kind, start that round",
		Node:  "+2/3 prevotes, or +2/3 precommits, of a later round do",
		Place: "consensus/state.go addVote; tendermint issues 1496 and 7452",
		Keys:  []string{"addVote.skip", "addVote.precommitAny", "addVote.precommitNil", "addVote.commit", "enterNewRound.later"},
	}
	precommitBeforeLeaving = Difference{
		Name: "precommit-before-leaving", Lines: "47–48, 65–67",
		Paper: "+2/3 precommits start timeoutPrecommit, and timeoutPrecommit the next round",
		Node:  "+2/3 precommits for nil, and timeoutPrecommit, first make the node precommit, normally nil, if it has not in this round",
		Place: "consensus/state.go addVote, handleTimeout",
		Keys:  []string{"addVote.precommitNil", "timeout.precommit", "enterPrecommit.noPolka"},
	}
)
