package gossip

import "github.com/polka-bft/polka/spec"

var (
	noteSince   = does("remember that it was marked after the queries that are open", NoteSince)
	forgetLater = does("forget the votes of a later round", ForgetLater)
	addCatchup  = does("prs.Precommits ← prs.CatchupCommit", TakeCatchup)
)

var polkaNewRoundStep = []spec.Clause{
	{
		Name: "newRoundStep.step", Of: OnNewRoundStepOrLater, Place: "ApplyNewRoundStepMessage",
		Upon: Phrases{after, says("of the same height and round", ToHeight.Is(SameHeight), SameRound.Is(Yes))},
		Then: Effects{takeStep},
	},
	{
		Name: "newRoundStep.round", Of: OnNewRoundStepOrLater, Place: "ApplyNewRoundStepMessage",
		Upon: Phrases{
			after, says("of the same height, another round", ToHeight.Is(SameHeight), SameRound.Is(No)),
			says("whose votes are not marked yet", ToLater.Is(No)),
		},
		First: Effects{takeStep, forget, forgetVotes},
		If:    Phrases{says("round = prs.CatchupCommitRound", ToCatchup.Is(Yes))},
		Then:  Effects{addCatchup},
	},
	{
		Name: "newRoundStep.later", Of: OnNewRoundStepOrLater, Place: "absent from CometBFT",
		Upon: Phrases{
			after, says("of the same height, another round", ToHeight.Is(SameHeight), SameRound.Is(No)),
			says("whose votes are marked already", ToLater.Is(Yes)),
		},
		First:   Effects{takeStep, forget, forgetVotes},
		If:      Phrases{says("round = prs.CatchupCommitRound", ToCatchup.Is(Yes))},
		Then:    Effects{addCatchup},
		Finally: Effects{does("prs.Prevotes, prs.Precommits ← what is marked", TakeLater), forgetLater},
	},
	{
		Name: "newRoundStep.next", Of: OnNewRoundStepOrLater, Place: "ApplyNewRoundStepMessage",
		Upon:    Phrases{after, says("height = prs.Height + 1", ToHeight.Is(NextHeight))},
		If:      Phrases{says("its last commit is of prs.Round", DecidedIn.Is(Yes))},
		Then:    Effects{does("prs.LastCommit ← prs.Precommits, with its round", KeepAsLastCommit)},
		Else:    Effects{does("prs.LastCommit ← nil, with its round", ForgetLastCommit)},
		Finally: Effects{takeStep, forget, forgetVotes, forgetCatchup, forgetLater},
	},
	{
		Name: "newRoundStep.jump", Of: OnNewRoundStepOrLater, Place: "ApplyNewRoundStepMessage",
		Upon: Phrases{after, says("height > prs.Height + 1", ToHeight.Is(OtherHeight))},
		Then: Effects{
			does("prs.LastCommit ← nil, with its round", ForgetLastCommit), takeStep, forget, forgetVotes, forgetCatchup, forgetLater,
		},
	},
}

var polkaProposalNamed = spec.Clause{
	Name: "hasProposal.named", Of: HasProposal, Place: "SetHasProposal",
	Upon:  hasProposalNamed.Upon,
	While: hasProposalNamed.While,
	Then:  Effects{hasProposal, takePOLRound},
}

var polkaUpdates = []spec.Clause{
	{
		Name: "hasVote", Of: OnHasVote, Place: "ApplyHasVoteMessage, setHasVote",
		Upon: Phrases{itsHeight},
		Then: Effects{lookup, markVote, noteSince},
	},
	{
		Name: "proposalPOL", Of: OnProposalPOL, Place: "ApplyProposalPOLMessage",
		Upon: Phrases{itsHeight, says("its round is prs.ProposalPOLRound", SamePOLRound.Is(Yes))},
		Then: Effects{does("prs.ProposalPOL ← prs.ProposalPOL with the bits", AddPOL)},
	},
	{
		Name: "voteSetBits.answer", Of: OnBitsOnce, Place: "ApplyVoteSetBitsMessage; tendermint issue 1553",
		While: Phrases{says("it was asked, and has not answered", QueryOpen.Is(Yes))},
		Then: Effects{
			lookup,
			does("unmark there the votes that we have for the block, if they were marked before the query; then mark the bits", MergeSince),
			does("the query is answered", NoteAnswered),
		},
	},
	{
		Name: "voteSetBits.unasked", Of: OnBitsOnce, Place: "ApplyVoteSetBitsMessage",
		While: Phrases{says("no query is open", QueryOpen.Is(No))},
		Then:  Effects{lookup, does("mark the bits there", AddBits)},
	},
	{
		Name: "sent.part", Of: OnSentWithPOL, Place: "SendPartSetHasPart",
		Upon: Phrases{says("a part was sent", Item.Is(PartItem), Result.Is(Sent))},
		Then: Effects{does("hasProposalBlockPart(prs.Height, prs.Round, index)", CallHasPart)},
	},
	{
		Name: "sent.proposal", Of: OnSentWithPOL, Place: "SendProposalSetHasProposal",
		Upon:  Phrases{says("the proposal was sent", Item.Is(ProposalItem), Result.Is(Sent))},
		First: Effects{does("hasProposal(rs.Proposal)", CallHasProposal)},
		If:    Phrases{says("its POLRound ≥ 0", WithPOL.Is(Yes))},
		Then:  Effects{does("send which prevotes of that round we have", SendPOL)},
	},
	{
		Name: "sent.vote", Of: OnSentWithPOL, Place: "sendVoteSetHasVote",
		Upon: Phrases{says("a vote was sent", Item.Is(VoteItem), Result.Is(Sent))},
		Then: Effects{lookup, markVote, noteSince},
	},
	{
		Name: "sent.query", Of: OnSentWithPOL, Place: "absent from CometBFT, which asks every two seconds",
		Upon: Phrases{says("a query was sent", Item.Is(QueryItem), Result.Is(Sent))},
		Then: Effects{does("remember it; nothing was marked since", NoteAsked)},
	},
}

var polkaLookup = []spec.Clause{
	{
		Name: "lookup.pol", Of: LookupOrLater, Place: "getVoteBitArray",
		While: Phrases{atPeer, notInRound, ofPOLRound, isPrevote},
		Then:  Effects{usePOL},
	},
	{
		Name: "lookup.laterPrevotes", Of: LookupOrLater, Place: "absent from CometBFT",
		While: Phrases{
			atPeer, notInRound, says("round ≠ prs.ProposalPOLRound", InPOL.Is(No)),
			says("of the later round", InLater.Is(Yes)), isPrevote,
		},
		Then: Effects{does("with the prevotes of a later round", UseLaterPrevotes)},
	},
	{
		Name: "lookup.laterPrecommits", Of: LookupOrLater, Place: "absent from CometBFT",
		While: Phrases{
			atPeer, notInRound, says("round ≠ prs.CatchupCommitRound", InCatchup.Is(No)),
			says("of the later round", InLater.Is(Yes)), isPrecommit,
		},
		Then: Effects{does("with the precommits of a later round", UseLaterPrecommits)},
	},
}

// polkaVote is what a vote from the peer does: CometBFT's clauses, and the open
// queries remember it.
func polkaVote() []spec.Clause {
	out := of(OnVote, gossipVote)
	for i := range out {
		out[i].Then = append(out[i].Then[:len(out[i].Then):len(out[i].Then)], noteSince)
	}
	return out
}
