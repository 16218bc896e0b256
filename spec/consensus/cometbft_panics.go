package consensus

// A PanicSite is a place where CometBFT's state machine panics, by itself or
// because something that it calls does. A panic in receiveRoutine is caught
// there, logged as "CONSENSUS FAILURE!!!", and ends the routine: the process runs
// on without consensus. Lines are those of v0.38 (commit 330d3bb1), v1 has the
// same sites unless Message says otherwise.
type PanicSite struct {
	Place   string // function, and the file where it is not consensus/state.go
	Line    int
	Message string
	Keys    []string // the clauses that panic there; none where no rule leads there
	Why     string   // why there is none, or what it takes
}

// CometBFTPanics lists the sites that a rule, an input or an answer of the
// surroundings could lead to.
var CometBFTPanics = []PanicSite{
	{
		Place: "enterPrecommit", Line: 1522, Message: "precommit step; +2/3 prevoted for an invalid block",
		Keys: []string{"enterPrecommit.invalid"},
		Why:  "it takes more than two thirds of faulty power, or a ValidateBlock that says different things to different nodes",
	},
	{
		Place: "finalizeCommit", Line: 1702, Message: "expected ProposalBlockParts header to be commit header",
		Keys: []string{"tryFinalizeCommit.header"},
		Why:  "it takes one faulty proposer that splits a block in two ways; tendermint issue 3087",
	},
	{
		Place: "finalizeCommit", Line: 1709, Message: "+2/3 committed an invalid block",
		Keys: []string{"tryFinalizeCommit.invalid"},
		Why:  "it takes more than two thirds of faulty power, or a ValidateBlock that says different things to different nodes",
	},
	{
		Place: "SaveBlock, saveBlockToBatch of store/store.go", Line: 458, Message: "BlockStore can only save complete block part sets",
		Keys: []string{"tryFinalizeCommit.parts"},
		Why:  "it takes one faulty proposer that splits a block in two ways; tendermint issue 3087",
	},
	{
		Place: "addVote, AddVote of types/vote_set.go", Line: 159, Message: "AddVote() on nil VoteSet",
		Keys: []string{"addVote.lastNone"},
		Why:  "it takes one peer and a chain whose initial height is not 1: the vote is for the height before it, and its signature is not looked at before",
	},
	{Place: "tryFinalizeCommit", Line: 1658, Message: "tryFinalizeCommit() cs.Height", Why: "it is called with the current height"},
	{Place: "finalizeCommit", Line: 1699, Message: "cannot finalize commit; commit does not have 2/3 majority", Why: "tryFinalizeCommit has just looked, and a majority stays"},
	{Place: "finalizeCommit", Line: 1705, Message: "cannot finalize commit; proposal block does not hash to commit hash", Why: "tryFinalizeCommit has just looked"},
	{Place: "enterCommit", Line: 1618, Message: "RunActionCommit() expects +2/3 precommits", Why: "addVote has just looked, and a majority stays"},
	{Place: "enterPrevoteWait", Line: 1413, Message: "entering prevote wait step, but prevotes does not have any +2/3 votes", Why: "addVote has just looked"},
	{Place: "enterPrecommitWait", Line: 1572, Message: "entering precommit wait step, but precommits does not have any +2/3 votes", Why: "addVote has just looked"},
	{Place: "enterPrecommit", Line: 1479, Message: "this POLRound should be %v but got %v", Why: "the round has a majority, and is among the tracked ones, of which POLInfo takes the last that has one"},
	{Place: "handleTimeout", Line: 1007, Message: "invalid timeout step", Why: "the ticker delivers what was scheduled, and every scheduled step is handled"},
	{Place: "addVote", Line: 2352, Message: "unexpected vote type", Why: "ValidateBasic has refused such a message"},
	{Place: "updateToState", Line: 649, Message: "updateToState() expected state height", Why: "finalizeCommit gives it the state after the block of this height"},
	{Place: "updateToState", Line: 659, Message: "inconsistent cs.state.LastBlockHeight+1", Why: "nobody else changes the state"},
	{Place: "updateToState", Line: 665, Message: "inconsistent cs.state.LastBlockHeight, expected 0 for initial height", Why: "nobody else changes the state"},
	{Place: "updateToState", Line: 695, Message: "wanted to form a commit, but precommits didn't have 2/3+", Why: "they are those of the commit round, whose majority was looked at"},
	{Place: "updateToState", Line: 706, Message: "last commit cannot be empty after initial block", Why: "only at a start: finalizeCommit has votes"},
	{Place: "recordMetrics", Line: 1827, Message: "commit size doesn't match valset length", Why: "ValidateBlock has looked"},
	{Place: "defaultDecideProposal", Line: 1215, Message: "Method createProposalBlock should not provide a nil block without errors", Why: "it does not"},
	{Place: "receiveRoutine, after defaultDecideProposal", Line: 841, Message: "failed to write msg to consensus WAL, for a nil part of the node's own proposal", Why: "validBlock's parts are always whole: they are set once a round, when proposalBlock is made of them"},
	{Place: "SetRound, addRound of consensus/types/height_vote_set.go", Line: 102, Message: "SetRound() must increment hvs.round", Why: "enterNewRound never goes back"},
	{Place: "AddVote of consensus/types/height_vote_set.go", Line: 137, Message: "extensions enabled general param does not match the one in HeightVoteSet", Why: "both are of the parameters of the height"},
	{Place: "AddVote of types/vote_set.go", Line: 239, Message: "Expected to add non-conflicting vote", Why: "addVerifiedVote leaves out a vote only for a conflict"},
	{Place: "addVerifiedVote of types/vote_set.go", Line: 267, Message: "addVerifiedVote does not expect duplicate votes", Why: "addVote has just looked"},
	{Place: "GetReader of types/part_set.go", Line: 345, Message: "Cannot GetReader() on incomplete PartSet", Why: "addProposalBlockPart has just looked"},
	{Place: "ExtendVote of state/execution.go", Line: 363, Message: "vote's hash does not match the block it is referring to", Why: "enterPrecommit gives it the block whose hash it has compared"},
	{Place: "MakeExtendedCommit of types/vote_set.go", Line: 645, Message: "Cannot MakeExtendCommit() unless a blockhash has +2/3", Why: "it is called with the precommits of the commit round, and with LastCommit"},
	{Place: "defaultDoPrevote", Line: 1379, Message: "state machine returned an error when calling ProcessProposal", Why: "the application answers, and does not fail: rules ask it for yes or no"},
	{Place: "createProposalBlock", Line: 1305, Message: "the error of CreateProposalBlock", Why: "the application answers, and does not fail"},
	{Place: "ExtendVote, VerifyVoteExtension of state/execution.go", Line: 382, Message: "ExtendVote call failed", Why: "the application answers, and does not fail"},
	{Place: "signAddVote", Line: 2462, Message: "vote extension absence/presence does not match extensions enabled", Why: "the application extends where that is enabled"},
	{Place: "signVote", Line: 2403, Message: "non-recoverable error when signing vote", Why: "signing either works or yields no vote"},
	{Place: "receiveRoutine", Line: 841, Message: "failed to write msg to consensus WAL", Why: "the disk works"},
	{Place: "finalizeCommit", Line: 1756, Message: "failed to write EndHeightMessage to consensus WAL", Why: "the disk works"},
	{Place: "finalizeCommit", Line: 1779, Message: "failed to apply block", Why: "the application answers, and does not fail"},
	{Place: "reconstructSeenCommit, reconstructLastCommit", Line: 588, Message: "failed to reconstruct last commit", Why: "only at a start, before there are inputs"},
}
