package gossip

import "github.com/polka-bft/polka/spec"

type variable interface{ Variable() *spec.Variable }

// vars lists the variables of observables.
func vars(os ...variable) []*spec.Variable {
	vs := make([]*spec.Variable, len(os))
	for i, o := range os {
		vs[i] = o.Variable()
	}
	return vs
}

// What is sent to a peer. The names are CometBFT's functions.
var (
	PickData = &spec.Binding{
		Name: "pickData", Doc: "what to send on the data lane: a part or the proposal",
		Vars: vars(LowerHeight, PeerRound, OurParts, PartsNamed, StoredHeader, StoredParts, OurProposal, WithPOL),
	}
	PickNamed = &spec.Binding{
		Name: "pickData", Doc: "what to send on the data lane: a part or the proposal",
		Vars: vars(PeerRound, NamedParts, OurProposal),
	}
	PickVote = &spec.Binding{
		Name: "pickVoteToSend", Doc: "which vote to send to a peer of an earlier height",
		Vars: vars(PeerHeight, OurCommit),
	}
	TryLastCommit = &spec.Binding{
		Name: "tryLastCommit", Doc: "what looking for a vote of rs.LastCommit leaves behind",
		Vars: vars(PeerRound, PeerStep, OurLastCommit),
	}
	PickCurrent = &spec.Binding{
		Name: "pickVoteCurrentHeight", Doc: "which vote to send to a peer of our height",
		Vars: vars(PeerRound, PeerStep, OurLastCommit, OurPOL, OurPrevotes, OurPrecommits),
	}
	PickCurrentOrLater = &spec.Binding{
		Name: "pickVoteCurrentHeight", Doc: "which vote to send to a peer of our height",
		Vars: append(PickCurrent.Vars[:len(PickCurrent.Vars):len(PickCurrent.Vars)], vars(LaterPrevotes, LaterPrecommits)...),
	}
	TryRound = &spec.Binding{
		Name: "tryRound", Function: true, Doc: "what looking for votes of the peer's round leaves behind",
		Vars: vars(PeerRound, PeerStep, OurPOL, IsCommit),
	}
	AskMajority = &spec.Binding{
		Name: "queryMaj23", Free: "about", Doc: "whether to ask the peer about a majority; asked for each in turn",
		Vars: vars(About, AtOurHeight, RoundKnown, HasMajority),
	}
	AskMajorityOnce = &spec.Binding{
		Name: "queryMaj23", Free: "about", Doc: "whether to ask the peer about a majority; asked for each in turn",
		Vars: vars(About, AtOurHeight, RoundKnown, HasMajority, AskedBefore),
	}
	Announce = &spec.Binding{
		Name: "announce", Free: "event", Doc: "what to tell every peer, or a new one",
		Vars: vars(Event),
	}
)

// Which array about a peer a vote is marked in.
var (
	Lookup = &spec.Binding{
		Name: "getVoteBitArray", Free: "h, r, type", Function: true, Doc: "the array that votes of (h, r, type) are marked in",
		Vars: vars(Where, VoteIs, InCurrent, InCatchup, InPOL, InLast),
	}
	LookupOrLater = &spec.Binding{
		Name: "getVoteBitArray", Free: "h, r, type", Function: true, Doc: "the array that votes of (h, r, type) are marked in",
		Vars: vars(Where, VoteIs, InCurrent, InCatchup, InPOL, InLast, InLater),
	}
)

// What a message from the peer, or one that was sent to it, changes.
var (
	OnNewRoundStep = &spec.Binding{
		Name: "newRoundStep", Doc: "the peer announced its step",
		Vars: vars(Newer, ToHeight, SameRound, ToCatchup, DecidedIn),
	}
	OnNewRoundStepOrLater = &spec.Binding{
		Name: "newRoundStep", Doc: "the peer announced its step",
		Vars: vars(Newer, ToHeight, SameRound, ToCatchup, DecidedIn, ToLater),
	}
	OnNewValidBlock = &spec.Binding{
		Name: "newValidBlock", Doc: "the peer announced which parts it collects, and has",
		Vars: vars(PeerAt, SameRound, ForCommit),
	}
	OnHasVote = &spec.Binding{
		Name: "hasVote", Doc: "the peer announced a vote that it has",
		Vars: vars(PeerAt),
	}
	HasPart = &spec.Binding{
		Name: "hasProposalBlockPart", Function: true, Doc: "the peer has a part: it said so, or it was sent by either side",
		Vars: vars(PeerAt, SameRound, PartsNamed),
	}
	HasProposal = &spec.Binding{
		Name: "hasProposal", Function: true, Doc: "the peer has a proposal: it was sent by either side",
		Vars: vars(PeerAt, SameRound, KnowsProposal, PartsNamed),
	}
	OnProposalPOL = &spec.Binding{
		Name: "proposalPOL", Doc: "the peer told which prevotes of the POL round it has",
		Vars: vars(PeerAt, SamePOLRound),
	}
	OnVote = &spec.Binding{
		Name: "vote", Doc: "the peer sent a vote",
		Vars: vars(PeerHeight),
	}
	OnMaj23 = &spec.Binding{
		Name: "voteSetMaj23", Doc: "the peer claims +2/3 for a block, and asks for our votes",
		Vars: vars(AtOurHeight, Claim),
	}
	OnBits = &spec.Binding{
		Name: "voteSetBits", Doc: "the peer told which votes for a block it has",
		Vars: vars(OursForBlock),
	}
	OnBitsOnce = &spec.Binding{
		Name: "voteSetBits", Doc: "the peer told which votes for a block it has",
		Vars: vars(QueryOpen),
	}
	OnSent = &spec.Binding{
		Name: "sent", Doc: "something was sent to the peer, or could not be",
		Vars: vars(Item, Result),
	}
	OnSentWithPOL = &spec.Binding{
		Name: "sent", Doc: "something was sent to the peer, or could not be",
		Vars: vars(Item, Result, WithPOL),
	}
)
