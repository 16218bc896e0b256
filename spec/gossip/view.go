package gossip

import "math/bits"

// Bounds of the arrays of a [View].
const (
	Rounds  = 4 // rounds 0 to 3
	Heights = 5 // heights 1 to 5
	Blocks  = 3 // nil and two others
)

// Height is the height of a block; 0 is that of a peer which has told nothing.
type Height int8

// Round is a round of a height; −1 stands for none.
type Round int8

// Step is a step in CometBFT's numbers (consensus/types/round_state.go); 0 is
// that of a peer which has told nothing.
type Step uint8

// The steps of CometBFT.
const (
	NewHeight Step = iota + 1
	NewRound
	Propose
	Prevote
	PrevoteWait
	Precommit
	PrecommitWait
	Commit
)

// Set is a set of validators or of parts, by index.
type Set uint64

// Has reports whether the index is in the set.
func (s Set) Has(i uint8) bool { return s>>i&1 == 1 }

// Len counts the indexes in the set.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// All yields the indexes in the set in ascending order.
func (s Set) All(yield func(uint8) bool) {
	for ; s != 0; s &= s - 1 {
		if !yield(uint8(bits.TrailingZeros64(uint64(s)))) {
			return
		}
	}
}

// upTo is the set of the indexes below n.
func upTo(n uint8) Set { return 1<<n - 1 }

// Header is a part-set header; the zero value is none.
type Header struct {
	Total uint8 // how many parts
	Root  uint8 // stands for the Merkle root
}

// Block is what a vote is for; the zero value is no answer: that there is no
// majority.
type Block uint8

// The blocks that are spoken of.
const (
	NoBlock  Block = iota
	NilBlock       // the vote for nil
	BlockA
	BlockB
)

// VoteKind is the type of a vote.
type VoteKind uint8

// The two types of votes.
const (
	Prevotes VoteKind = iota
	Precommits
)

// VoteSet is the votes of one type and round that a node holds; the zero value is
// one that it does not keep (CometBFT's nil VoteSet).
type VoteSet struct {
	Size     uint8       // validators
	For      [Blocks]Set // whose votes are held, for each block from NilBlock on
	Majority Block       // what has +2/3, nil included
}

// Of is whose votes for the block are held.
func (s VoteSet) Of(b Block) Set {
	if b < NilBlock || b > BlockB {
		return 0
	}
	return s.For[b-NilBlock]
}

// All is whose votes are held.
func (s VoteSet) All() Set {
	var all Set
	for _, b := range s.For {
		all |= b
	}
	return all
}

// A Decision is the commit of a height: its precommits, and the round they are of.
// The zero value is none.
type Decision struct {
	Round Round
	Votes VoteSet
}

// Stored is what the block store has of a height. A block in the store is whole.
type Stored struct {
	Header Header
	// Decision is what is loaded for a peer that catches up: the extended commit
	// where vote extensions were enabled, the commit where not. To ask about it (Q4)
	// CometBFT loads the commit without extensions, at the top the one that was seen,
	// which may be of another round: here they are one.
	Decision Decision
}

// A Proposal is a proposal of the node's height and round, if there is one.
type Proposal struct {
	Held     bool
	Header   Header
	POLRound Round
}

// View is what a node holds of consensus: the part of CometBFT's RoundState and of
// its block store that gossip looks at. The rounds from 0 to Round have vote sets.
type View struct {
	Height     Height
	Round      Round
	Step       Step
	Validators uint8 // how many, at Height
	Proposal   Proposal
	Header     Header // of the parts that are collected; CometBFT's ProposalBlockParts
	Parts      Set
	Prevotes   [Rounds]VoteSet
	Precommits [Rounds]VoteSet
	LastCommit Decision // of Height − 1; none at the first height
	Base       Height   // of the store, the lowest height in it; 0 when it is empty
	Top        Height   // of the store, the highest
	Store      [Heights]Stored
}

// Votes is the set of one type and round; the zero set when none is kept.
func (v *View) Votes(k VoteKind, r Round) VoteSet {
	switch {
	case r < 0 || r >= Rounds:
		return VoteSet{}
	case k == Prevotes:
		return v.Prevotes[r]
	default:
		return v.Precommits[r]
	}
}

// Stored is what the store has of a height, the zero value when nothing.
func (v *View) Stored(h Height) Stored {
	if h < 1 || h > Heights || v.Base == 0 || h < v.Base || h > v.Top {
		return Stored{}
	}
	return v.Store[h-1]
}

// validators is how many there are at a height, as far as the node can say.
func (v *View) validators(h Height) uint8 {
	switch h {
	case v.Height:
		return v.Validators
	case v.Height - 1:
		return v.LastCommit.Votes.Size
	default:
		return v.Stored(h).Decision.Votes.Size
	}
}
