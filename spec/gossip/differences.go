package gossip

// A Difference is one way in which polka departs from CometBFT.
type Difference struct {
	Name     string   // short, used in reports
	Node     string   // what CometBFT does
	Polka    string   // what polka does instead
	Place    string   // where CometBFT has it: file, function, and issue where there is one
	Property string   // what it is for
	Keys     []string // the clauses that say it, in either dialect
}

// PolkaDifferences lists how polka departs from CometBFT. Every clause that is not
// the same in both belongs to one.
var PolkaDifferences = []Difference{
	{
		Name:     "parts-when-named",
		Node:     "a peer of an earlier height that has named no part-set header is believed to collect the stored block: it gets parts before its commit, drops them, and they count as had",
		Polka:    "parts go to a peer that names their header, by an announcement or a proposal; one row for what is collected and what is stored",
		Place:    "consensus/reactor.go gossipDataRoutine, pickPartToSend, InitProposalBlockParts; tendermint issues 3721 and 8195",
		Property: "parts go to whoever collects them, and a peer in step commit gets every one",
		Keys:     []string{"D1", "D2", "D3"},
	},
	{
		Name:     "commit-announced",
		Node:     "entering step commit announces the parts only where collecting begins with it, and before the step is taken, so that it never says IsCommit; announcements may overtake each other",
		Polka:    "entering step commit always announces the parts, as those of a commit; announcements of a node arrive in the order in which they were made",
		Place:    "consensus/reactor.go broadcastNewValidBlockMessage, consensus/state.go enterCommit",
		Property: "whoever is in step commit and lacks parts is known to collect them: what replaces D2",
		Keys:     []string{"announce.block", "announce.commit"},
	},
	{
		Name:     "greeting",
		Node:     "a new connection is told the step, and not which parts are collected",
		Polka:    "it is told both",
		Place:    "consensus/reactor.go AddPeer",
		Property: "whoever is in step commit and lacks parts gets them after a reconnection too: what replaces D2",
		Keys:     []string{"greet", "greet.collecting"},
	},
	{
		Name:     "pol-round-taken",
		Node:     "a proposal that comes after its header was named leaves prs.ProposalPOLRound at −1",
		Polka:    "a proposal always tells its POLRound",
		Place:    "consensus/reactor.go SetHasProposal",
		Property: "a locked peer with the proposal gets its proof of lock (line 28)",
		Keys:     []string{"hasProposal.named"},
	},
	{
		Name:     "pol-not-hidden",
		Node:     "+2/3 precommits of a round, for nil too, make it prs.CatchupCommitRound, and prevotes of that round are then neither marked nor sent as the proof of lock of a later one",
		Polka:    "prevotes of prs.ProposalPOLRound are looked up whatever the catch-up round is: that is about precommits",
		Place:    "consensus/reactor.go getVoteBitArray, ensureCatchupCommitRound",
		Property: "a locked peer with the proposal gets its proof of lock (line 28)",
		Keys:     []string{"lookup.pol"},
	},
	{
		Name:     "pol-after-proposal",
		Node:     "ProposalPOL is sent whether or not the proposal went out",
		Polka:    "ProposalPOL follows a proposal that was sent: to be of use it must come after it",
		Place:    "consensus/reactor.go SendProposalSetHasProposal",
		Property: "nothing is sent that its receiver cannot use",
		Keys:     []string{"D4", "sent.proposal"},
	},
	{
		Name:     "pol-added",
		Node:     "ProposalPOL replaces the marks of the POL round, and what was sent meanwhile is sent again",
		Polka:    "ProposalPOL adds to them",
		Place:    "consensus/reactor.go ApplyProposalPOLMessage, its TODO",
		Property: "no vote is sent twice",
		Keys:     []string{"proposalPOL"},
	},
	{
		Name:     "later-rounds",
		Node:     "a peer of an earlier round gets votes of its round only, and is walked round by round",
		Polka:    "it gets votes of our round too, after what its own round needs; they are marked apart",
		Place:    "consensus/reactor.go pickVoteCurrentHeight; tendermint issues 152 and 7452",
		Property: "+1/3 of a later round reaches whoever is behind, which skips to it (line 55); it must keep those votes, since they count as had when it gets there",
		Keys: []string{
			"V6.prevotes", "V6.precommits", "newRoundStep.round", "newRoundStep.later", "newRoundStep.next", "newRoundStep.jump",
			"lookup.laterPrevotes", "lookup.laterPrecommits",
		},
	},
	{
		Name:     "asked-once",
		Node:     "majorities are asked about in turn, a query every two seconds or a few more, for ever",
		Polka:    "each is asked about once: again when it, or the height or round of the peer, changes, or on a new connection",
		Place:    "consensus/reactor.go queryMaj23Routine",
		Property: "a network at rest is silent",
		Keys:     []string{"Q1", "Q2", "Q3", "Q4", "sent.query"},
	},
	{
		Name:     "bits-since",
		Node:     "VoteSetBits unmarks all votes that we have for the block and the peer does not name, those too that it was sent after it was asked; it may come unasked; and where we have no vote for the block it replaces all marks",
		Polka:    "only the answer to a query unmarks, once, and only what was marked before the query; otherwise it adds",
		Place:    "consensus/reactor.go ApplyVoteSetBitsMessage; tendermint issue 1553",
		Property: "no vote is sent twice to a peer that did not drop it; a peer cannot ask for votes again and again",
		Keys: []string{
			"voteSetBits.merge", "voteSetBits.overwrite", "voteSetBits.answer", "voteSetBits.unasked",
			"hasVote", "vote.here", "vote.previous", "vote.next", "vote.far", "sent.vote",
		},
	},
}
