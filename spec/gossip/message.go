package gossip

// Kind says what a [Message] is.
type Kind uint8

// The messages of CometBFT's consensus reactor (consensus/msgs.go). The zero
// value is none.
const (
	NoMessage Kind = iota
	NewRoundStep
	NewValidBlock
	HasVote
	HasProposalBlockPart
	VoteSetMaj23
	VoteSetBits
	ProposalMessage
	ProposalPOL
	BlockPart
	Vote
)

// Message is a message, sent or received; what its kind does not use is zero. It
// is also the argument of what is asked without one: About for the lane of
// queries, Event for announcements, Sent for the result of a send.
type Message struct {
	Kind            Kind
	Height          Height
	Round           Round // POLRound of a ProposalPOL
	Step            Step
	LastCommitRound Round
	POLRound        Round
	Header          Header
	IsCommit        bool
	Vote            VoteKind
	Index           uint8 // of the validator or the part
	Block           Block
	Bits            Marks

	About AboutValue // which query
	Event EventValue // what is announced
	Sent  ResultValue
}

// OutputKind says what an [Output] is.
type OutputKind uint8

// The outputs of a fired rule.
const (
	SendOutput     OutputKind = iota // one message to the peer, any of AnyOf
	AnnounceOutput                   // the one message of AnyOf to every peer
	StopOutput                       // the connection to the peer ends
)

// Output is one thing that a rule made the node do.
type Output struct {
	Kind  OutputKind
	AnyOf []Message
}
