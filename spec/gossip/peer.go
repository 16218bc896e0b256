package gossip

// Marks is a bit array about a peer, CometBFT's BitArray. Size 0 is the array that
// is not there: nothing can be marked in it.
type Marks struct {
	Size uint8
	Bits Set
}

// marks is an empty array.
func marks(size uint8) Marks { return Marks{Size: size} }

func (m *Marks) mark(i uint8) {
	if i < m.Size {
		m.Bits |= 1 << i
	}
}

// Peer is what a node believes of one peer: CometBFT's PeerRoundState
// (consensus/types/peer_round_state.go), and what polka keeps beside it. What is
// believed has been announced, or sent by either side.
//
// A peer with a height has a round: NewRoundStep carries both. Its header is set
// exactly when its parts are.
type Peer struct {
	Height   Height
	Round    Round
	Step     Step
	Proposal bool   // it has the proposal of its round
	Header   Header // of the parts that it collects
	Parts    Marks
	POLRound Round // of its proposal
	POL      Marks // prevotes of POLRound

	Prevotes   Marks // of Round
	Precommits Marks

	LastCommitRound    Round
	LastCommit         Marks
	CatchupCommitRound Round // a round that the node has +2/3 precommits of
	CatchupCommit      Marks
	// Shared says that CatchupCommit and Precommits are one array: then the rounds
	// are the same too. In CometBFT they are two pointers to it.
	Shared bool

	// Claims is what the peer has claimed +2/3 for, at ClaimsHeight, by round and
	// type. CometBFT keeps it in its vote sets.
	ClaimsHeight Height
	Claims       [Rounds][2]Block

	Later Later    // polka only
	Asked [4]Query // polka only: the last query of each kind, by [AboutValue]
}

// Later is marks about a round that the peer has not reached.
type Later struct {
	Round      Round // −1: none
	Prevotes   Marks
	Precommits Marks
}

// A Query is one that the peer was sent, a VoteSetMaj23.
type Query struct {
	Height Height // 0: none
	At     Round  // of the peer, when it was asked
	Round  Round
	Kind   VoteKind
	Block  Block
	Open   bool // it has not been answered
	Since  Set  // whose votes were marked since
}

// NewPeer is the belief at the beginning of a connection: nothing. A connection
// that ends takes its belief with it.
func NewPeer() Peer {
	return Peer{Round: -1, POLRound: -1, LastCommitRound: -1, CatchupCommitRound: -1, Later: Later{Round: -1}}
}

// Slot names an array of marks about votes.
type Slot uint8

// The arrays; NoSlot is what nothing is kept about.
const (
	NoSlot Slot = iota
	PrevotesSlot
	PrecommitsSlot
	CatchupCommitSlot
	POLSlot
	LastCommitSlot
	LaterPrevotesSlot
	LaterPrecommitsSlot
)

// slot is the array, nil for NoSlot.
func (p *Peer) slot(s Slot) *Marks {
	switch s {
	case PrevotesSlot:
		return &p.Prevotes
	case PrecommitsSlot:
		return &p.Precommits
	case CatchupCommitSlot:
		return &p.CatchupCommit
	case POLSlot:
		return &p.POL
	case LastCommitSlot:
		return &p.LastCommit
	case LaterPrevotesSlot:
		return &p.Later.Prevotes
	case LaterPrecommitsSlot:
		return &p.Later.Precommits
	default:
		return nil
	}
}

// put writes an array of votes, and its twin where two are one.
func (p *Peer) put(s Slot, m Marks) {
	if a := p.slot(s); a != nil {
		*a = m
	}
	if p.Shared && s == PrecommitsSlot {
		p.CatchupCommit = m
	}
}

// allocate makes the arrays about votes of the peer's height, where they are not
// there (ensureVoteBitArrays).
func (p *Peer) allocate(size uint8) {
	for _, a := range []*Marks{&p.Prevotes, &p.Precommits, &p.CatchupCommit, &p.POL} {
		if a.Size == 0 {
			*a = marks(size)
		}
	}
}

// allocateLast makes the array about votes of the height before.
func (p *Peer) allocateLast(size uint8) {
	if p.LastCommit.Size == 0 {
		p.LastCommit = marks(size)
	}
}

// keepCatchup begins to mark the precommits of a round with +2/3, unless they
// are marked already (ensureCatchupCommitRound).
func (p *Peer) keepCatchup(r Round, size uint8) {
	switch {
	case p.CatchupCommitRound == r:
		return
	case r == p.Round:
		p.CatchupCommit, p.Shared = p.Precommits, p.Precommits.Size > 0
	default:
		p.CatchupCommit, p.Shared = marks(size), false
	}
	p.CatchupCommitRound = r
}

// keepLater begins to mark the votes of a later round, unless they are marked
// already.
func (p *Peer) keepLater(r Round, size uint8) {
	if p.Later.Round != r {
		p.Later = Later{Round: r, Prevotes: marks(size), Precommits: marks(size)}
	}
}

// claim is what the peer has claimed for a type and round of a height.
func (p *Peer) claim(h Height, r Round, k VoteKind) Block {
	if p.ClaimsHeight != h || r < 0 || r >= Rounds {
		return NoBlock
	}
	return p.Claims[r][k]
}
