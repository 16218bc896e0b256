package gossip

import (
	"slices"

	"github.com/polka-bft/polka/spec"
)

// Phrases and Effects are the lists that clauses are made of.
type (
	Phrases = spec.Phrases
	Effects = spec.Effects
)

var says = spec.Says

// does makes an effect; gossip has no lines of a paper.
func does(words string, do spec.Op) spec.Effect { return spec.Does(0, words, do) }

// Conditions and effects that several clauses share. rs is what we hold, prs what
// we believe of the peer, as in CometBFT's code.
var (
	sameHeight      = says("rs.Height = prs.Height", PeerHeight.Is(Here))
	sameRound       = says("rs.Height = prs.Height and rs.Round = prs.Round", PeerRound.Is(OurRound))
	atOurHeight     = says("rs.Height = prs.Height", PeerRound.In(EarlierRound, OurRound, LaterRound))
	lowerHeight     = says("0 < prs.Height < rs.Height", LowerHeight.Is(Yes))
	metaStored      = says("the store has the block of prs.Height", StoredHeader.Is(Yes))
	reached         = says("rs.Height = prs.Height, prs.Round ≤ rs.Round", PeerRound.In(EarlierRound, OurRound))
	toPropose       = says("prs.Step ≤ propose", PeerStep.In(InNewHeight, InPropose))
	toPrevote       = says("prs.Step ≤ prevoteWait", PeerStep.In(InNewHeight, InPropose, InPrevote))
	toPrecommit     = says("prs.Step ≤ precommitWait", PeerStep.In(InNewHeight, InPropose, InPrevote, InPrecommit))
	lacksPOL        = says("it lacks one of our prevotes of prs.ProposalPOLRound", OurPOL.Is(Lacking))
	lacksPrevote    = says("it lacks one of our prevotes of prs.Round", OurPrevotes.Is(Yes))
	lacksPrecommit  = says("it lacks one of our precommits of prs.Round", OurPrecommits.Is(Yes))
	decided         = says("+2/3 of our precommits of prs.Round are for one value or nil", IsCommit.Is(Yes))
	allocate        = does("make the arrays about votes, where they are nil", AllocateVotes)
	keepDecided     = does("prs.CatchupCommitRound ← prs.Round", KeepDecided)
	tryRound        = does("tryRound(), the rows above in vain", CallTryRound)
	sendPOLPrevote  = does("send a prevote of prs.ProposalPOLRound", SendPOLPrevote)
	sendPrevote     = does("send a prevote of prs.Round", SendPrevote)
	setCatchupRound = does("prs.CatchupCommitRound ← the round of the commit", KeepCatchup)
)

// The data lane: a part, or the proposal, or nothing.
var cometBFTData = []spec.Clause{
	{
		// A failed send is tried again at once. v0.38 labels the part with rs.Height
		// and rs.Round, later versions with those of the peer.
		Name: "D1", Of: PickData, Place: "pickPartToSend; gossipDataRoutine in v0.38",
		While: Phrases{says("it lacks a part that we collect under prs.ProposalBlockPartSetHeader", OurParts.Is(Lacking))},
		Then:  Effects{does("send such a part", SendPart)},
	},
	{
		Name: "D2", Of: PickData, Place: "pickPartToSend, InitProposalBlockParts; gossipDataRoutine in v0.38",
		While: Phrases{lowerHeight, metaStored, says("prs.ProposalBlockParts = nil", PartsNamed.Is(No))},
		Then:  Effects{does("believe that it collects the parts of the stored block, and has none", NamePart)},
	},
	{
		Name: "D3", Of: PickData, Place: "pickPartForCatchup; gossipDataForCatchup in v0.38; tendermint issues 3721 and 8195",
		While: Phrases{
			lowerHeight, says("prs.ProposalBlockParts ≠ nil", PartsNamed.Is(Yes)),
			says("it lacks a part of the stored block under that header", StoredParts.Is(Lacking)),
		},
		Then: Effects{does("send such a part", SendStoredPart)},
	},
	{
		// ProposalPOL is sent even if the proposal could not be.
		Name: "D4", Of: PickData, Place: "gossipDataRoutine, SendProposalSetHasProposal",
		While: Phrases{
			sameRound,
			says("rs.Proposal ≠ nil and not prs.Proposal", OurProposal.Is(Lacking)),
		},
		First: Effects{does("send the proposal", SendProposal)},
		If:    Phrases{says("rs.Proposal.POLRound ≥ 0", WithPOL.Is(Yes))},
		Then:  Effects{does("send which prevotes of that round we have", SendPOL)},
	},
}

// The vote lane.
var gossipVotes = []spec.Clause{
	{
		Name: "V7", Of: PickVote, Place: "pickVoteToSend; gossipVotesRoutine in v0.38",
		While: Phrases{
			says("rs.Height = prs.Height + 1", PeerHeight.Is(Previous)),
			says("rs.LastCommit ≠ nil", OurCommit.In(Had, Lacking)),
		},
		First: Effects{setCatchupRound, allocate},
		If:    Phrases{says("it lacks a precommit of rs.LastCommit", OurCommit.Is(Lacking))},
		Then:  Effects{does("send such a precommit", SendCommit)},
	},
	{
		// Without a stored commit v0.38 begins again at once, and does not sleep.
		Name: "V8", Of: PickVote, Place: "pickVoteToSend; gossipVotesRoutine in v0.38",
		While: Phrases{
			says("0 < prs.Height ≤ rs.Height − 2", PeerHeight.Is(Behind)),
			says("the store has the commit of prs.Height", OurCommit.In(Had, Lacking)),
		},
		First: Effects{setCatchupRound, allocate},
		If:    Phrases{says("it lacks a precommit of that commit", OurCommit.Is(Lacking))},
		Then:  Effects{does("send such a precommit", SendCommit)},
	},
	{
		Name: "tryLastCommit", Of: TryLastCommit, Place: "PickVoteToSend, ensureVoteBitArrays",
		While: Phrases{
			atOurHeight, says("prs.Step = newHeight", PeerStep.Is(InNewHeight)),
			says("rs.LastCommit ≠ nil", OurLastCommit.In(Had, Lacking)),
		},
		Then: Effects{does("make the array about the last commit, where it is nil", AllocateLastCommit)},
	},
	{
		Name: "try.early", Of: TryRound, Place: "PickVoteToSend, ensureVoteBitArrays, ensureCatchupCommitRound",
		While: Phrases{reached, toPrevote},
		First: Effects{allocate},
		If:    Phrases{decided},
		Then:  Effects{keepDecided},
	},
	{
		// Its prevotes are not tried before its precommits, so nothing is allocated
		// when the commit is first kept: the two arrays are not one then.
		Name: "try.late", Of: TryRound, Place: "PickVoteToSend, ensureCatchupCommitRound, ensureVoteBitArrays",
		While:   Phrases{reached, says("prs.Step is precommit or precommitWait", PeerStep.Is(InPrecommit))},
		If:      Phrases{decided},
		Then:    Effects{keepDecided},
		Finally: Effects{allocate},
	},
	{
		Name: "try.commit", Of: TryRound, Place: "PickVoteToSend, ensureVoteBitArrays",
		While: Phrases{reached, says("prs.Step = commit", PeerStep.Is(InCommit))},
		Then:  Effects{allocate},
	},
	{
		Name: "try.pol", Of: TryRound, Place: "PickVoteToSend, ensureVoteBitArrays",
		While: Phrases{
			says("rs.Height = prs.Height, prs.Round > rs.Round", PeerRound.Is(LaterRound)),
			says("we keep prevotes of prs.ProposalPOLRound", OurPOL.In(Had, Lacking)),
		},
		Then: Effects{allocate},
	},
}

// pickCurrent is pickVoteCurrentHeight, gossipVotesForHeight in v0.38. A dialect
// says of which binding, and may put rows before the last one.
var pickCurrent = []spec.Clause{
	{
		Name: "V1", Of: PickCurrent, Place: "pickVoteCurrentHeight",
		While: Phrases{
			atOurHeight, says("prs.Step = newHeight", PeerStep.Is(InNewHeight)),
			says("it lacks a precommit of rs.LastCommit", OurLastCommit.Is(Lacking)),
		},
		Then: Effects{does("send such a precommit", SendLastCommit)},
	},
	{
		Name: "V2", Of: PickCurrent, Place: "pickVoteCurrentHeight",
		While: Phrases{toPropose, reached, lacksPOL},
		Then:  Effects{allocate, sendPOLPrevote},
	},
	{
		Name: "V3", Of: PickCurrent, Place: "pickVoteCurrentHeight",
		While: Phrases{toPrevote, reached, lacksPrevote},
		Then:  Effects{allocate, sendPrevote},
	},
	{
		Name: "V4", Of: PickCurrent, Place: "pickVoteCurrentHeight",
		While: Phrases{toPrecommit, reached, lacksPrecommit},
		Then:  Effects{tryRound, does("send a precommit of prs.Round", SendPrecommit)},
	},
	{
		Name: "V5", Of: PickCurrent, Place: "pickVoteCurrentHeight, \"needed because of validBlock\"",
		While: Phrases{reached, lacksPrevote},
		Then:  Effects{tryRound, sendPrevote},
	},
	{
		Name: "V6", Of: PickCurrent, Place: "pickVoteCurrentHeight",
		While: Phrases{atOurHeight, lacksPOL},
		Then:  Effects{tryRound, sendPOLPrevote},
	},
	{
		Name: "V-none", Of: PickCurrent, Place: "pickVoteCurrentHeight, at its end",
		While: Phrases{atOurHeight},
		Then:  Effects{tryRound},
	},
}

// The lane of queries: each in turn, for ever, with a pause of two seconds after each
// that is sent and after the turn.
var cometBFTQueries = []spec.Clause{
	{
		Name: "Q1", Of: AskMajority, Place: "queryMaj23Routine",
		While: Phrases{
			says("about the prevotes of prs.Round", About.Is(AboutPrevotes)),
			says("rs.Height = prs.Height", AtOurHeight.Is(Yes)), says("we have +2/3 of them for one value or nil", HasMajority.Is(Yes)),
		},
		Then: Effects{does("ask for those", SendQuery)},
	},
	{
		Name: "Q2", Of: AskMajority, Place: "queryMaj23Routine",
		While: Phrases{
			says("about the precommits of prs.Round", About.Is(AboutPrecommits)),
			says("rs.Height = prs.Height", AtOurHeight.Is(Yes)), says("we have +2/3 of them for one value or nil", HasMajority.Is(Yes)),
		},
		Then: Effects{does("ask for those", SendQuery)},
	},
	{
		Name: "Q3", Of: AskMajority, Place: "queryMaj23Routine",
		While: Phrases{
			says("about the prevotes of prs.ProposalPOLRound ≥ 0", About.Is(AboutPOL), RoundKnown.Is(Yes)),
			says("rs.Height = prs.Height", AtOurHeight.Is(Yes)), says("we have +2/3 of them for one value or nil", HasMajority.Is(Yes)),
		},
		Then: Effects{does("ask for those", SendQuery)},
	},
	{
		Name: "Q4", Of: AskMajority, Place: "queryMaj23Routine",
		While: Phrases{
			says("prs.CatchupCommitRound ≥ 0", About.Is(AboutCatchup), RoundKnown.Is(Yes)),
			says("the store has the commit of prs.Height", HasMajority.Is(Yes)),
		},
		Then: Effects{does("ask for its precommits", SendQuery)},
	},
}

var announceStep, announceVote, announcePart = spec.Clause{
	Name: "announce.step", Of: Announce, Place: "broadcastNewRoundStepMessage",
	Upon: Phrases{says("a step was taken", Event.Is(StepTaken))},
	Then: Effects{does("NewRoundStep", AnnounceStep)},
}, spec.Clause{
	Name: "announce.vote", Of: Announce, Place: "broadcastHasVoteMessage",
	Upon: Phrases{says("a vote was added", Event.Is(VoteAdded))},
	Then: Effects{does("HasVote", AnnounceVote)},
}, spec.Clause{
	// v0.38 has no such message.
	Name: "announce.part", Of: Announce, Place: "broadcastHasProposalBlockPartMessage; absent from v0.38",
	Upon: Phrases{says("a part was added", Event.Is(PartAdded))},
	Then: Effects{does("HasProposalBlockPart", AnnouncePart)},
}

// What peers are told. Entering step commit tells of the block before the step is
// taken, and so never says that it is about a commit; only a polka that comes later
// does. A new peer hears nothing of parts.
var cometBFTAnnouncements = []spec.Clause{
	announceStep,
	{
		Name: "announce.block", Of: Announce, Place: "enterCommit, addVote, broadcastNewValidBlockMessage",
		Upon: Phrases{says("a polka of this round, or a commit whose parts are collected from now on", Event.In(PolkaSeen, CommitBegins))},
		Then: Effects{does("NewValidBlock, of a commit if rs.Step = commit", AnnounceBlock)},
	},
	announceVote, announcePart,
	{
		Name: "greet", Of: Announce, Place: "AddPeer, sendNewRoundStepMessage",
		Upon: Phrases{says("a connection to a peer began", Event.In(PeerAdded, PeerAddedCollecting))},
		Then: Effects{does("NewRoundStep, to that peer", SendStep)},
	},
}

// of gives clauses another binding, and leaves those given alone.
func of(b *spec.Binding, cs []spec.Clause) []spec.Clause {
	out := make([]spec.Clause, len(cs))
	for i, c := range cs {
		c.Of = b
		out[i] = c
	}
	return out
}

const (
	elsewhere = "these are of a peer of our height"
	hasRound  = "a peer with a height has a round"
)

var cometBFTImpossible = slices.Concat([]spec.Impossible{
	{Of: PickData, Conds: []spec.Cond{PartsNamed.Is(No), OurParts.In(Had, Lacking)}, Why: "it names no header"},
	{Of: PickData, Conds: []spec.Cond{PartsNamed.Is(No), StoredParts.In(Had, Lacking)}, Why: "it names no header"},
	{Of: PickData, Conds: []spec.Cond{StoredHeader.Is(No), StoredParts.In(Had, Lacking)}, Why: "the parts are stored with their block"},
	{Of: PickData, Conds: []spec.Cond{OurProposal.Is(Unheld), WithPOL.Is(Yes)}, Why: "it is the proposal that has a POLRound"},
	{Of: PickData, Conds: []spec.Cond{LowerHeight.Is(Yes), PeerRound.In(EarlierRound, OurRound, LaterRound)}, Why: "the rounds are of two heights"},
}, votesImpossible(PickCurrent), queriesImpossible(AskMajority))

// What both dialects cannot observe when they pick.
var gossipImpossible = []spec.Impossible{
	{Of: PickVote, Conds: []spec.Cond{PeerHeight.In(Untold, Here, Next, Ahead), OurCommit.In(Had, Lacking)}, Why: "it is of a height before ours"},
	{Of: PickVote, Conds: []spec.Cond{PeerHeight.Is(Previous), OurCommit.Is(Unheld)}, Why: "only the first height has no last commit"},
	{Of: TryLastCommit, Conds: []spec.Cond{PeerRound.Is(NoRound), OurLastCommit.In(Had, Lacking)}, Why: elsewhere},
	{Of: TryRound, Conds: []spec.Cond{PeerRound.Is(NoRound)}, Why: "it is called for a peer of our height"},
}

func votesImpossible(b *spec.Binding) []spec.Impossible {
	return []spec.Impossible{
		{Of: b, Conds: []spec.Cond{PeerRound.Is(NoRound), OurLastCommit.In(Had, Lacking)}, Why: elsewhere},
		{Of: b, Conds: []spec.Cond{PeerRound.Is(NoRound), OurPOL.In(Had, Lacking)}, Why: elsewhere},
		{Of: b, Conds: []spec.Cond{PeerRound.Is(NoRound), OurPrevotes.Is(Yes)}, Why: elsewhere},
		{Of: b, Conds: []spec.Cond{PeerRound.Is(NoRound), OurPrecommits.Is(Yes)}, Why: elsewhere},
	}
}

func queriesImpossible(b *spec.Binding) []spec.Impossible {
	return []spec.Impossible{
		{Of: b, Conds: []spec.Cond{About.In(AboutPrevotes, AboutPrecommits), RoundKnown.Is(No)}, Why: hasRound},
		{Of: b, Conds: []spec.Cond{About.Is(AboutPOL), RoundKnown.Is(No), HasMajority.Is(Yes)}, Why: "no votes are of no round"},
	}
}

// What both dialects cannot observe of messages.
var updatesImpossible = []spec.Impossible{
	{Of: OnMaj23, Conds: []spec.Cond{AtOurHeight.Is(No), Claim.In(FirstClaim, SameClaim, OtherClaim)}, Why: "claims are kept with the votes of our height"},
}

func stepsImpossible(b *spec.Binding) []spec.Impossible {
	return []spec.Impossible{
		{Of: b, Conds: []spec.Cond{ToHeight.Is(NextHeight), Newer.Is(No)}, Why: "the next height comes after"},
	}
}
