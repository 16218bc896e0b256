package gossip

import (
	"slices"

	"github.com/polka-bft/polka/spec"
)

// Parts are sent to a peer that has named their header, and to no other: it is
// collecting them.
var polkaData = []spec.Clause{
	{
		Name: "D1", Of: PickNamed, Place: "pickPartToSend, pickPartForCatchup",
		While: Phrases{says("it lacks a part that we hold, now or in the store, under prs.ProposalBlockPartSetHeader", NamedParts.Is(Lacking))},
		Then:  Effects{does("send such a part", SendNamedPart)},
	},
	{
		Name: "D4", Of: PickNamed, Place: "gossipDataRoutine",
		While: Phrases{
			sameRound,
			says("rs.Proposal ≠ nil and not prs.Proposal", OurProposal.Is(Lacking)),
		},
		Then: Effects{does("send the proposal", SendProposal)},
	},
}

// Votes of our round to a peer that is in an earlier one, so that +1/3 of them lets
// it skip to it (line 55).
var polkaLater = []spec.Clause{
	{
		Name: "V6.prevotes", Of: PickCurrentOrLater, Place: "absent from CometBFT; tendermint issues 152 and 7452",
		While: Phrases{
			says("rs.Height = prs.Height, prs.Round < rs.Round", PeerRound.Is(EarlierRound)),
			says("it lacks one of our prevotes of rs.Round", LaterPrevotes.Is(Yes)),
		},
		Then: Effects{tryRound, does("mark the votes of rs.Round", KeepLater), does("send a prevote of rs.Round", SendLaterPrevote)},
	},
	{
		Name: "V6.precommits", Of: PickCurrentOrLater, Place: "absent from CometBFT; tendermint issues 152 and 7452",
		While: Phrases{
			says("rs.Height = prs.Height, prs.Round < rs.Round", PeerRound.Is(EarlierRound)),
			says("it lacks one of our precommits of rs.Round", LaterPrecommits.Is(Yes)),
		},
		Then: Effects{tryRound, does("mark the votes of rs.Round", KeepLater), does("send a precommit of rs.Round", SendLaterPrecommit)},
	},
}

// A query is sent once for what it is about.
var polkaQueries = once(cometBFTQueries)

func once(cs []spec.Clause) []spec.Clause {
	out := of(AskMajorityOnce, cs)
	for i := range out {
		out[i].While = append(slices.Clone(out[i].While), says("it was not asked so in this round", AskedBefore.Is(No)))
	}
	return out
}

// A peer that enters step commit says which parts it collects, whether it began
// before or not.
var polkaAnnouncements = []spec.Clause{
	announceStep,
	{
		Name: "announce.block", Of: Announce, Place: "addVote, broadcastNewValidBlockMessage",
		Upon: Phrases{says("a polka of this round", Event.Is(PolkaSeen))},
		Then: Effects{does("NewValidBlock, of a commit if rs.Step = commit", AnnounceBlock)},
	},
	{
		Name: "announce.commit", Of: Announce, Place: "enterCommit, broadcastNewValidBlockMessage",
		Upon: Phrases{says("step commit was entered", Event.In(CommitBegins, CommitCollect))},
		Then: Effects{does("NewValidBlock of a commit", AnnounceCommitBlock)},
	},
	announceVote, announcePart,
	{
		Name: "greet", Of: Announce, Place: "AddPeer, sendNewRoundStepMessage",
		Upon: Phrases{says("a connection to a peer began", Event.Is(PeerAdded))},
		Then: Effects{does("NewRoundStep, to that peer", SendStep)},
	},
	{
		Name: "greet.collecting", Of: Announce, Place: "AddPeer, sendNewRoundStepMessage",
		Upon: Phrases{says("a connection to a peer began, and parts are collected", Event.Is(PeerAddedCollecting))},
		Then: Effects{
			does("NewRoundStep, to that peer", SendStep),
			does("NewValidBlock, to that peer, of a commit if rs.Step = commit", SendBlock),
		},
	},
}

var polkaImpossible = slices.Concat([]spec.Impossible{
	{Of: PickCurrentOrLater, Conds: []spec.Cond{PeerRound.Is(NoRound), LaterPrevotes.Is(Yes)}, Why: elsewhere},
	{Of: PickCurrentOrLater, Conds: []spec.Cond{PeerRound.Is(NoRound), LaterPrecommits.Is(Yes)}, Why: elsewhere},
	{Of: AskMajorityOnce, Conds: []spec.Cond{HasMajority.Is(No), AskedBefore.Is(Yes)}, Why: "a query names its majority"},
}, votesImpossible(PickCurrentOrLater), queriesImpossible(AskMajorityOnce))
