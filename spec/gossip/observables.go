package gossip

import "github.com/polka-bft/polka/spec"

// YesNo is a value of observables with two answers.
type YesNo uint8

// The two answers.
const (
	No YesNo = iota
	Yes
)

// HeldValue says what we hold of a set of parts or votes, set against what the
// peer is believed to have.
type HeldValue uint8

// What we hold.
const (
	Unheld  HeldValue = iota // we keep no such set
	Had                      // nothing in it that the peer is not believed to have
	Lacking                  // something in it that it is not believed to have
)

// PeerHeightValue is a value of [PeerHeight].
type PeerHeightValue uint8

// The height of the peer beside ours.
const (
	Untold   PeerHeightValue = iota // the peer has told none
	Behind                          // it is earlier than ours by more than one
	Previous                        // it is the one before ours
	Here                            // it is ours
	Next                            // it is the one after ours
	Ahead                           // it is later than ours by more than one
)

// PeerRoundValue is a value of [PeerRound].
type PeerRoundValue uint8

// The round of a peer beside ours.
const (
	NoRound      PeerRoundValue = iota // it is at another height
	EarlierRound                       // it is at our height, as with those that follow
	OurRound
	LaterRound
)

// PeerStepValue is a value of [PeerStep].
type PeerStepValue uint8

// The steps of a peer as far as picks tell them apart.
const (
	InNewHeight PeerStepValue = iota
	InPropose                 // newRound or propose
	InPrevote                 // prevote or prevoteWait
	InPrecommit               // precommit or precommitWait
	InCommit
)

// AboutValue is a value of [About]: the four things to ask a peer about.
type AboutValue uint8

// The queries of queryMaj23Routine, in its order.
const (
	AboutPrevotes AboutValue = iota // of the peer's round
	AboutPrecommits
	AboutPOL     // prevotes of the peer's POLRound
	AboutCatchup // precommits of the stored commit of the peer's height
)

// NextHeightValue is a value of [ToHeight].
type NextHeightValue uint8

// The height of a NewRoundStep beside the one that the peer had.
const (
	SameHeight NextHeightValue = iota
	NextHeight
	OtherHeight
)

// WhereValue is a value of [Where].
type WhereValue uint8

// The height of a vote beside the peer's.
const (
	AtPeer     WhereValue = iota // the same
	BeforePeer                   // the one before
	Elsewhere
)

// ClaimValue is a value of [Claim].
type ClaimValue uint8

// A claim of +2/3 beside what the peer claimed before.
const (
	Unkept     ClaimValue = iota // of a round that we keep no votes of
	FirstClaim                   // the first for its type and round
	SameClaim                    // what it claimed before
	OtherClaim                   // it claimed another block
)

// ItemValue is a value of [Item].
type ItemValue uint8

// What was sent.
const (
	PartItem ItemValue = iota
	ProposalItem
	VoteItem
	QueryItem
	OtherItem // ProposalPOL, an answer, an announcement
)

// ResultValue is a value of [Result].
type ResultValue uint8

// What became of a send: in a queue to the peer, or not.
const (
	Failed ResultValue = iota
	Sent
)

// EventValue is a value of [Event].
type EventValue uint8

// What a node may announce.
const (
	StepTaken     EventValue = iota
	PolkaSeen                // a polka of this round: the block is valid, or its parts are collected from now on
	CommitBegins             // step commit is entered, and the parts of the block are collected from now on
	CommitCollect            // step commit is entered; its parts are here or were collected already
	VoteAdded
	PartAdded
	PeerAdded           // a connection began, while no parts are collected
	PeerAddedCollecting // a connection began, while the parts of a block are collected
)

// What guards ask. Observables about what is lacking are relations between what we
// hold and what we believe of the peer; those about votes are of a peer of our
// height, and of another it lacks none.
var (
	PeerHeight = spec.NewObservable[PeerHeightValue]("peerHeight", "prs.Height beside rs.Height",
		"untold", "behind", "previous", "here", "next", "ahead")
	PeerRound = spec.NewObservable[PeerRoundValue]("peerRound", "prs.Round beside rs.Round, if the heights are the same",
		"elsewhere", "earlier", "ours", "later")
	PeerStep = spec.NewObservable[PeerStepValue]("peerStep", "prs.Step, where the waits belong to the step before them",
		"newHeight", "propose", "prevote", "precommit", "commit")

	LowerHeight = spec.NewObservable[YesNo]("lower", "whether 0 < prs.Height < rs.Height",
		"no", "yes")
	OurParts = spec.NewObservable[HeldValue]("parts", "the parts that we collect, if under the header that the peer names",
		"unheld", "had", "lacking")
	PartsNamed = spec.NewObservable[YesNo]("peerParts", "whether prs.ProposalBlockParts ≠ nil: the peer is believed to collect parts",
		"none", "named")
	StoredHeader = spec.NewObservable[YesNo]("meta", "whether the store has the block of the peer's height",
		"missing", "stored")
	StoredParts = spec.NewObservable[HeldValue]("stored", "the stored parts of the peer's height, if under the header that the peer names",
		"unheld", "had", "lacking")
	NamedParts = spec.NewObservable[HeldValue]("named", "the parts that we hold, now or in the store, under the header that the peer names",
		"unheld", "had", "lacking")
	OurProposal = spec.NewObservable[HeldValue]("proposal", "rs.Proposal, beside prs.Proposal",
		"unheld", "had", "lacking")
	WithPOL = spec.NewObservable[YesNo]("withPOL", "whether rs.Proposal.POLRound ≥ 0",
		"no", "yes")

	OurCommit = spec.NewObservable[HeldValue]("commit", "the commit of the peer's height: rs.LastCommit, or the stored one if it is not the last",
		"unheld", "had", "lacking")
	OurLastCommit = spec.NewObservable[HeldValue]("lastCommit", "rs.LastCommit, for a peer of our height",
		"unheld", "had", "lacking")
	OurPOL = spec.NewObservable[HeldValue]("pol", "rs.Votes.Prevotes(prs.ProposalPOLRound), for a peer of our height",
		"unheld", "had", "lacking")
	OurPrevotes = spec.NewObservable[YesNo]("prevotes", "whether rs.Votes.Prevotes(prs.Round) has one that the peer is not believed to have",
		"had", "lacking")
	OurPrecommits = spec.NewObservable[YesNo]("precommits", "whether rs.Votes.Precommits(prs.Round) has one that the peer is not believed to have",
		"had", "lacking")
	IsCommit = spec.NewObservable[YesNo]("decided", "whether rs.Votes.Precommits(prs.Round) has +2/3 for one value or nil",
		"no", "yes")
	LaterPrevotes = spec.NewObservable[YesNo]("laterPrevotes", "whether rs.Votes.Prevotes(rs.Round) has one that the peer is not believed to have",
		"had", "lacking")
	LaterPrecommits = spec.NewObservable[YesNo]("laterPrecommits", "whether rs.Votes.Precommits(rs.Round) has one that the peer is not believed to have",
		"had", "lacking")

	About = spec.NewObservable[AboutValue]("about", "which majority the peer may be asked about",
		"prevotes", "precommits", "pol", "catchup")
	AtOurHeight = spec.NewObservable[YesNo]("ourHeight", "whether the height is rs.Height",
		"no", "yes")
	RoundKnown = spec.NewObservable[YesNo]("roundKnown", "whether prs.ProposalPOLRound ≥ 0, prs.CatchupCommitRound ≥ 0 for catchup",
		"no", "yes")
	HasMajority = spec.NewObservable[YesNo]("majority", "whether we have +2/3 of those votes; for catchup, the stored commit",
		"no", "yes")
	AskedBefore = spec.NewObservable[YesNo]("asked", "whether the peer was sent the same query, in the round that it is in",
		"no", "yes")

	Newer = spec.NewObservable[YesNo]("newer", "whether height, round and step of the message come after the peer's",
		"no", "yes")
	ToHeight = spec.NewObservable[NextHeightValue]("toHeight", "the height of the message beside prs.Height",
		"same", "next", "other")
	SameRound = spec.NewObservable[YesNo]("sameRound", "whether the round of the message is prs.Round",
		"no", "yes")
	ToCatchup = spec.NewObservable[YesNo]("toCatchup", "whether the round of the message is prs.CatchupCommitRound",
		"no", "yes")
	ToLater = spec.NewObservable[YesNo]("toLater", "whether votes of the round of the message are marked as those of a later round",
		"no", "yes")
	DecidedIn = spec.NewObservable[YesNo]("decidedIn", "whether the last commit of the message is of the round that the peer was in",
		"another", "itsRound")

	PeerAt = spec.NewObservable[YesNo]("samePeerHeight", "whether the height of the message is prs.Height",
		"no", "yes")
	ForCommit = spec.NewObservable[YesNo]("isCommit", "whether the message says that it is about a commit",
		"no", "yes")
	KnowsProposal = spec.NewObservable[YesNo]("prsProposal", "prs.Proposal",
		"no", "yes")
	SamePOLRound = spec.NewObservable[YesNo]("samePOLRound", "whether the round of the message is prs.ProposalPOLRound",
		"no", "yes")
	Claim = spec.NewObservable[ClaimValue]("claim", "the claim of +2/3 beside earlier ones of the peer",
		"unkept", "first", "same", "other")
	OursForBlock = spec.NewObservable[YesNo]("ours", "whether we keep votes for that block, or the peer's claim of it",
		"none", "some")
	QueryOpen = spec.NewObservable[YesNo]("open", "whether the peer was asked about those votes and has not answered",
		"no", "yes")

	Where = spec.NewObservable[WhereValue]("where", "the height of the vote beside prs.Height",
		"same", "before", "elsewhere")
	VoteIs = spec.NewObservable[VoteKind]("type", "the type of the vote",
		"prevote", "precommit")
	InCurrent = spec.NewObservable[YesNo]("inRound", "whether the vote is of prs.Round",
		"no", "yes")
	InCatchup = spec.NewObservable[YesNo]("inCatchup", "whether it is of prs.CatchupCommitRound",
		"no", "yes")
	InPOL = spec.NewObservable[YesNo]("inPOL", "whether it is of prs.ProposalPOLRound",
		"no", "yes")
	InLast = spec.NewObservable[YesNo]("inLast", "whether it is of prs.LastCommitRound",
		"no", "yes")
	InLater = spec.NewObservable[YesNo]("inLater", "whether it is of the later round that is marked",
		"no", "yes")

	Item = spec.NewObservable[ItemValue]("item", "what was sent",
		"part", "proposal", "vote", "query", "other")
	Result = spec.NewObservable[ResultValue]("result", "whether it went into the queue to the peer",
		"failed", "sent")
	Event = spec.NewObservable[EventValue]("event", "what happened to the node",
		"step", "polka", "commitBegins", "commitCollects", "vote", "part", "peer", "peerCollecting")
)
