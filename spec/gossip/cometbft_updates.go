package gossip

import "github.com/polka-bft/polka/spec"

// Conditions and effects that several clauses share.
var (
	itsHeight     = says("height = prs.Height", PeerAt.Is(Yes))
	itsRound      = says("round = prs.Round", SameRound.Is(Yes))
	after         = says("(height, round, step) > those of prs", Newer.Is(Yes))
	takeStep      = does("prs.Height, prs.Round, prs.Step ← height, round, step", TakeStep)
	forget        = does("forget its proposal, parts and POL", ForgetProposal)
	forgetVotes   = does("forget its prevotes and precommits", ForgetVotes)
	forgetCatchup = does("prs.CatchupCommitRound ← −1, its commit ← nil", ForgetCatchup)
	lookup        = does("getVoteBitArray(height, round, type)", CallLookup)
	markVote      = does("mark the vote there", MarkVote)
	hasProposal   = does("prs.Proposal ← true", TakeProposal)
	takePOLRound  = does("prs.ProposalPOLRound ← POLRound, prs.ProposalPOL ← nil", TakePOLRound)
)

var cometBFTNewRoundStep = []spec.Clause{
	{
		Name: "newRoundStep.step", Of: OnNewRoundStep, Place: "ApplyNewRoundStepMessage",
		Upon: Phrases{after, says("of the same height and round", ToHeight.Is(SameHeight), SameRound.Is(Yes))},
		Then: Effects{takeStep},
	},
	{
		Name: "newRoundStep.round", Of: OnNewRoundStep, Place: "ApplyNewRoundStepMessage",
		Upon:  Phrases{after, says("of the same height, another round", ToHeight.Is(SameHeight), SameRound.Is(No))},
		First: Effects{takeStep, forget, forgetVotes},
		If:    Phrases{says("round = prs.CatchupCommitRound", ToCatchup.Is(Yes))},
		Then:  Effects{does("prs.Precommits ← prs.CatchupCommit", TakeCatchup)},
	},
	{
		Name: "newRoundStep.next", Of: OnNewRoundStep, Place: "ApplyNewRoundStepMessage",
		Upon:    Phrases{after, says("height = prs.Height + 1", ToHeight.Is(NextHeight))},
		If:      Phrases{says("its last commit is of prs.Round", DecidedIn.Is(Yes))},
		Then:    Effects{does("prs.LastCommit ← prs.Precommits, with its round", KeepAsLastCommit)},
		Else:    Effects{does("prs.LastCommit ← nil, with its round", ForgetLastCommit)},
		Finally: Effects{takeStep, forget, forgetVotes, forgetCatchup},
	},
	{
		Name: "newRoundStep.jump", Of: OnNewRoundStep, Place: "ApplyNewRoundStepMessage",
		Upon: Phrases{after, says("height > prs.Height + 1", ToHeight.Is(OtherHeight))},
		Then: Effects{does("prs.LastCommit ← nil, with its round", ForgetLastCommit), takeStep, forget, forgetVotes, forgetCatchup},
	},
}

var gossipNewValidBlock = []spec.Clause{
	{
		Name: "newValidBlock.round", Of: OnNewValidBlock, Place: "ApplyNewValidBlockMessage",
		Upon: Phrases{itsHeight, itsRound},
		Then: Effects{does("prs.ProposalBlockPartSetHeader and its parts ← those of the message", TakeHeader)},
	},
	{
		Name: "newValidBlock.commit", Of: OnNewValidBlock, Place: "ApplyNewValidBlockMessage",
		Upon: Phrases{itsHeight, says("round ≠ prs.Round", SameRound.Is(No)), says("about a commit", ForCommit.Is(Yes))},
		Then: Effects{does("prs.ProposalBlockPartSetHeader and its parts ← those of the message", TakeHeader)},
	},
}

var gossipHasPart = spec.Clause{
	Name: "hasPart", Of: HasPart, Place: "setHasProposalBlockPart",
	Upon:  Phrases{itsHeight, itsRound},
	While: Phrases{says("prs.ProposalBlockParts ≠ nil", PartsNamed.Is(Yes))},
	Then:  Effects{does("mark the part there", MarkPart)},
}

var hasProposalFirst = spec.Clause{
	Name: "hasProposal.first", Of: HasProposal, Place: "SetHasProposal",
	Upon: Phrases{itsHeight, itsRound},
	While: Phrases{
		says("not prs.Proposal", KnowsProposal.Is(No)),
		says("prs.ProposalBlockParts = nil", PartsNamed.Is(No)),
	},
	Then: Effects{hasProposal, does("prs.ProposalBlockPartSetHeader ← its header, no parts", NameProposed), takePOLRound},
}

var hasProposalNamed = spec.Clause{
	Name: "hasProposal.named", Of: HasProposal, Place: "SetHasProposal",
	Upon: Phrases{itsHeight, itsRound},
	While: Phrases{
		says("not prs.Proposal", KnowsProposal.Is(No)),
		says("prs.ProposalBlockParts ≠ nil", PartsNamed.Is(Yes)),
	},
	Then: Effects{hasProposal},
}

// What a vote from the peer makes room for, before it is marked.
var gossipVote = []spec.Clause{
	{
		Name: "vote.here", Of: OnVote, Place: "SetHasVoteFromPeer; Receive in v0.38",
		Upon: Phrases{sameHeight},
		Then: Effects{
			allocate, does("make the array about the last commit, where it is nil", AllocateLastCommit),
			lookup, markVote,
		},
	},
	{
		Name: "vote.previous", Of: OnVote, Place: "SetHasVoteFromPeer; Receive in v0.38",
		Upon: Phrases{says("rs.Height = prs.Height + 1", PeerHeight.Is(Previous))},
		Then: Effects{allocate, lookup, markVote},
	},
	{
		Name: "vote.next", Of: OnVote, Place: "SetHasVoteFromPeer; Receive in v0.38",
		Upon: Phrases{says("prs.Height = rs.Height + 1", PeerHeight.Is(Next))},
		Then: Effects{does("make the array about the last commit, where it is nil", AllocateLastCommit), lookup, markVote},
	},
	{
		Name: "vote.far", Of: OnVote, Place: "SetHasVoteFromPeer; Receive in v0.38",
		Upon: Phrases{says("the heights are farther apart", PeerHeight.In(Untold, Behind, Ahead))},
		Then: Effects{lookup, markVote},
	},
}

var gossipMaj23 = []spec.Clause{
	{
		Name: "voteSetMaj23.first", Of: OnMaj23, Place: "Receive, SetPeerMaj23",
		Upon:  Phrases{says("height = rs.Height", AtOurHeight.Is(Yes))},
		While: Phrases{says("its first claim for the votes of that round", Claim.Is(FirstClaim))},
		Then:  Effects{does("remember the claim", RecordClaim), does("answer with our votes for the block", SendAnswer)},
	},
	{
		Name: "voteSetMaj23.again", Of: OnMaj23, Place: "Receive, SetPeerMaj23",
		Upon:  Phrases{says("height = rs.Height", AtOurHeight.Is(Yes))},
		While: Phrases{says("it claimed the same, or we keep no votes of that round", Claim.In(SameClaim, Unkept))},
		Then:  Effects{does("answer with our votes for the block", SendAnswer)},
	},
	{
		Name: "voteSetMaj23.conflict", Of: OnMaj23, Place: "Receive, SetPeerMaj23",
		Upon:  Phrases{says("height = rs.Height", AtOurHeight.Is(Yes))},
		While: Phrases{says("it claimed another block", Claim.Is(OtherClaim))},
		Then:  Effects{does("end the connection", StopPeer)},
	},
}

var cometBFTUpdates = []spec.Clause{
	{
		Name: "hasVote", Of: OnHasVote, Place: "ApplyHasVoteMessage, setHasVote",
		Upon: Phrases{itsHeight},
		Then: Effects{lookup, markVote},
	},
	{
		Name: "proposalPOL", Of: OnProposalPOL, Place: "ApplyProposalPOLMessage",
		Upon: Phrases{itsHeight, says("its round is prs.ProposalPOLRound", SamePOLRound.Is(Yes))},
		Then: Effects{does("prs.ProposalPOL ← the bits", TakePOL)},
	},
	{
		Name: "voteSetBits.merge", Of: OnBits, Place: "ApplyVoteSetBitsMessage; tendermint issue 1553",
		While: Phrases{says("we keep votes for the block", OursForBlock.Is(Yes))},
		Then:  Effects{lookup, does("unmark there the votes that we have for the block, then mark the bits", MergeBits)},
	},
	{
		// Where another peer claimed +2/3 for the block, CometBFT keeps votes for it too,
		// and merges. Only this peer's claims are seen here.
		Name: "voteSetBits.overwrite", Of: OnBits, Place: "ApplyVoteSetBitsMessage",
		While: Phrases{says("we keep no votes for the block, or the height is not ours", OursForBlock.Is(No))},
		Then:  Effects{lookup, does("mark the bits there and nothing else", OverwriteBits)},
	},
	{
		Name: "sent.part", Of: OnSent, Place: "SendPartSetHasPart; gossipDataRoutine, gossipDataForCatchup in v0.38",
		Upon: Phrases{says("a part was sent", Item.Is(PartItem), Result.Is(Sent))},
		Then: Effects{does("hasProposalBlockPart(prs.Height, prs.Round, index)", CallHasPart)},
	},
	{
		Name: "sent.proposal", Of: OnSent, Place: "SendProposalSetHasProposal",
		Upon: Phrases{says("the proposal was sent", Item.Is(ProposalItem), Result.Is(Sent))},
		Then: Effects{does("hasProposal(rs.Proposal)", CallHasProposal)},
	},
	{
		Name: "sent.vote", Of: OnSent, Place: "sendVoteSetHasVote; PickSendVote in v0.38",
		Upon: Phrases{says("a vote was sent", Item.Is(VoteItem), Result.Is(Sent))},
		Then: Effects{lookup, markVote},
	},
}

// Which array a vote is marked in. A vote for which no clause holds is not worth
// marking.
var (
	inRound       = says("round = prs.Round", InCurrent.Is(Yes))
	notInRound    = says("round ≠ prs.Round", InCurrent.Is(No))
	inCatchup     = says("round = prs.CatchupCommitRound", InCatchup.Is(Yes))
	atPeer        = says("height = prs.Height", Where.Is(AtPeer))
	isPrevote     = says("a prevote", VoteIs.Is(Prevotes))
	isPrecommit   = says("a precommit", VoteIs.Is(Precommits))
	ofPOLRound    = says("round = prs.ProposalPOLRound", InPOL.Is(Yes))
	usePrevotes   = does("in prs.Prevotes", UsePrevotes)
	usePrecommits = does("in prs.Precommits", UsePrecommits)
	useCatchup    = does("in prs.CatchupCommit", UseCatchup)
	usePOL        = does("in prs.ProposalPOL", UsePOL)
)

var gossipLookup = []spec.Clause{
	{
		Name: "lookup.prevotes", Of: Lookup, Place: "getVoteBitArray",
		While: Phrases{atPeer, inRound, isPrevote},
		Then:  Effects{usePrevotes},
	},
	{
		Name: "lookup.precommits", Of: Lookup, Place: "getVoteBitArray",
		While: Phrases{atPeer, inRound, isPrecommit},
		Then:  Effects{usePrecommits},
	},
	{
		Name: "lookup.catchup", Of: Lookup, Place: "getVoteBitArray",
		While: Phrases{atPeer, notInRound, inCatchup, isPrecommit},
		Then:  Effects{useCatchup},
	},
	{
		Name: "lookup.last", Of: Lookup, Place: "getVoteBitArray",
		While: Phrases{
			says("height = prs.Height − 1", Where.Is(BeforePeer)), says("round = prs.LastCommitRound", InLast.Is(Yes)), isPrecommit,
		},
		Then: Effects{does("in prs.LastCommit", UseLastCommit)},
	},
}

// A round that the node has +2/3 precommits of, for nil as well, hides the prevotes
// of the same round from prs.ProposalPOL.
var cometBFTLookupPOL = spec.Clause{
	Name: "lookup.pol", Of: Lookup, Place: "getVoteBitArray, which looks at prs.CatchupCommitRound first",
	While: Phrases{atPeer, notInRound, says("round ≠ prs.CatchupCommitRound", InCatchup.Is(No)), ofPOLRound, isPrevote},
	Then:  Effects{usePOL},
}
