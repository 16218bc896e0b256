package debuglog

import "time"

// Kind says what a [Record] tells.
type Kind uint8

// The lines that are read. What each fills in of a Record stands beside it.
const (
	NodeStarted    Kind = iota + 1 // a process begins; what was believed and held before is gone
	Switched                       // consensus begins, block sync is over
	PeerStarted                    // Peer
	PeerStopped                    // Peer
	Received                       // Peer, Message
	VoteSent                       // Belief, Vote: a vote is about to be sent; whether it was is not told
	Picked                         // Peer, From, Height and Round where known
	NothingToSend                  // Peer, Height, PeerHeight, Ours and Theirs
	VoteMarked                     // Peer's Height and Round in PeerHeight, PeerRound; Height, Round, Type, Index
	PartMarked                     // the same without Type
	PartSent                       // Peer (v0.38), Height, Round, Index (v1, −1 in v0.38)
	StoredPartSent                 // Peer, Height, Round, Index; v0.38
	ProposalSent                   // Peer, Height, Round
	POLSent                        // Peer, Height, Round

	VoteComes         // Height of the node, VoteHeight, Type, Index
	VoteAdded         // Set of prevotes, Vote
	PrecommitAdded    // Height, Round, Address, Fraction, VoteTime
	LastCommitAdded   // Set of precommits
	RoundEntered      // Height, Round, Step and Round before in Before
	StepEntered       // Height, Round, Before
	CommitEntered     // Height, Round of the commit, Before
	ProposalTaken     // Proposal
	BlockComplete     // Height, Hash
	Finalizing        // Height, Hash
	BlockCommitted    // Block
	StateCommitted    // Height
	TimeoutTaken      // Height, Round, Before.Step: a timeout of the node's present height and round, or an old one
	TimeoutScheduled  // Height, Round, Before.Step
	ProposalForgotten // Height, Round: a round begins without the proposal of the one before
	BlockForgotten    // the parts collected until now are dropped for those of another block
	PartComes         // Height, Round, Index, Total: v1
)

// Type is the type of a vote, in CometBFT's numbers.
type Type uint8

// The types of votes.
const (
	Prevote   Type = 1
	Precommit Type = 2
)

// String is the type in a word.
func (t Type) String() string {
	if t == Prevote {
		return "prevote"
	}
	return "precommit"
}

// Bits is a bit array as CometBFT prints it, x for one and _ for zero; "" is the
// array that is not there.
type Bits string

// Has reports whether a bit is set.
func (b Bits) Has(i int) bool { return i >= 0 && i < len(b) && b[i] == 'x' }

// Place is height, round and step of a node.
type Place struct {
	Height int64
	Round  int32
	Step   uint8
}

// Header is a part-set header; the hash is in upper-case hexadecimal, and may be
// its beginning.
type Header struct {
	Total int
	Hash  string
}

// Vote is a vote as it is printed: of address, block and signature only the
// beginnings, in upper-case hexadecimal.
type Vote struct {
	Index     int
	Address   string
	Height    int64
	Round     int32
	Type      Type
	Block     string // "000000000000" for nil
	Signature string
	Time      time.Time
}

// VoteSet is the votes of one type and round, as they are printed.
type VoteSet struct {
	Height   int64
	Round    int32
	Type     Type
	Majority string // what has +2/3, as it is printed; "<nil>" for none
	Votes    Bits
}

// Proposal is a proposal as it is printed.
type Proposal struct {
	Height   int64
	Round    int32
	POLRound int32
	Hash     string
	Header   Header
}

// Belief is a PeerRoundState, and what is counted beside it.
type Belief struct {
	Height             int64
	Round              int32
	Step               uint8
	StartTime          time.Time
	Proposal           bool
	Header             Header
	Parts              Bits
	POLRound           int32
	POL                Bits
	Prevotes           Bits
	Precommits         Bits
	LastCommitRound    int32
	LastCommit         Bits
	CatchupCommitRound int32
	CatchupCommit      Bits
}

// Block is what is read of a committed block: its height, and the commit of the
// height before that is in it.
type Block struct {
	Height      int64
	CommitRound int32
	Header      Header // of the block of the height before
	Commit      Bits   // whose precommits are in the commit
}

// Lane is what a vote was picked from, as the line "Picked … to send" says.
type Lane uint8

// The sources of votes.
const (
	FromLastCommit Lane = iota + 1
	FromStore
	FromPrevotes
	FromPrecommits
	FromPOL
)

// String is the source as CometBFT names it.
func (l Lane) String() string {
	return [...]string{"", "rs.LastCommit", "the stored commit", "rs.Prevotes(prs.Round)", "rs.Precommits(prs.Round)", "rs.Prevotes(prs.ProposalPOLRound)"}[l]
}

// Record is what a line tells; what its Kind does not use is zero.
type Record struct {
	Line   int   // from 1
	Offset int64 // of the line in the unpacked file, in bytes
	Time   time.Time
	Kind   Kind
	// Capital says that the text begins with a capital letter: all do in v1, in v0.38
	// those of the reactor.
	Capital bool

	Peer       string // the connection, as it is printed
	Message    Message
	Belief     Belief
	Vote       Vote
	Set        VoteSet
	Proposal   Proposal
	Block      Block
	From       Lane
	Height     int64
	Round      int32
	Before     Place
	PeerHeight int64
	PeerRound  int32
	VoteHeight int64
	Type       Type
	Index      int
	Total      int
	Address    string
	Hash       string
	Fraction   float64
	VoteTime   time.Time
	Ours       [2]Bits // the node's votes of its round: prevotes, precommits
	Theirs     [2]Bits // the peer's, as it is believed
}

// MessageKind says what a [Message] is.
type MessageKind uint8

// The messages of the consensus reactor.
const (
	NewRoundStep MessageKind = iota + 1
	NewValidBlock
	HasVote
	HasProposalBlockPart
	VoteSetMaj23
	VoteSetBits
	ProposalMessage
	ProposalPOL
	BlockPart
	VoteMessage
)

// Message is a received message as it is printed; what its kind does not use is
// zero.
type Message struct {
	Kind            MessageKind
	Height          int64
	Round           int32 // the POL round of a ProposalPOL
	Step            uint8
	LastCommitRound int32
	Header          Header
	Bits            Bits
	IsCommit        bool
	Index           int
	Type            Type
	Block           string // beginning of the hash that a claim is about; "" for nil
	Vote            Vote
	Proposal        Proposal
}
