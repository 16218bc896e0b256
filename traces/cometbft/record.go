package cometbft

import (
	"fmt"
	"time"
)

//go:generate go tool stringer -type=Kind,VoteType -output=record_string.go

// Kind says which payload of a Record is set. The zero Kind is invalid.
type Kind uint8

const (
	// KindStep: the node entered a step (Record.Step).
	KindStep Kind = iota + 1
	// KindProposal: a proposal was taken from a queue (Record.Proposal).
	KindProposal
	// KindBlockPart: a part of a block was taken from a queue (Record.BlockPart).
	KindBlockPart
	// KindVote: a vote was taken from a queue (Record.Vote).
	KindVote
	// KindTimeout: a timeout fired, maybe one that is stale (Record.Timeout).
	KindTimeout
	// KindEndHeight: the block of a height was stored (Record.EndHeight).
	KindEndHeight
	// KindOther: the record is whole but of a kind this package does not know;
	// Record.Unknown is at least 1 and Log.Payload has the bytes.
	KindOther
)

// VoteType tells a prevote from a precommit. The zero VoteType is invalid.
type VoteType uint8

const (
	// Prevote is a vote of the first voting step; its number is CometBFT's.
	Prevote VoteType = 1
	// Precommit is a vote of the second voting step; its number is CometBFT's.
	Precommit VoteType = 2
)

// Record is one entry of a log. Exactly one payload, the one Kind names, is
// meaningful; the others are zero. A Record shares no memory with the Log it
// came from.
type Record struct {
	// Index counts records from 0 over all files of the log.
	Index int
	// File is the base name of the file, "wal" or "wal.007".
	File string
	// Offset is where the record begins in File, in bytes, after unpacking.
	Offset int64
	// Size is the length on disk in bytes, with checksum and length field.
	Size int
	// Time is when the node wrote the record, by its own clock, in UTC.
	Time time.Time
	// Kind names the payload.
	Kind Kind
	// Unknown counts protobuf fields that were skipped: a newer CometBFT wrote
	// something this package cannot show. Log.Stats names them.
	Unknown int

	// Peer is the id of the peer that a proposal, part or vote came from; it is
	// empty for the node's own messages and for other kinds.
	Peer string
	// ReceiveTime is when the message arrived, which v1 logs for some messages;
	// otherwise zero.
	ReceiveTime time.Time

	Step      Step
	Proposal  Proposal
	BlockPart BlockPart
	Vote      Vote
	Timeout   Timeout
	// EndHeight is the height whose block was stored; 0 marks the beginning of
	// a log, or of a new file that was empty when the node started.
	EndHeight int64
}

// Step is a transition of the node: it is logged at the end of the transition.
type Step struct {
	Height int64
	Round  int32
	// Step is CometBFT's name of the step as it is logged: "RoundStepPropose".
	Step string
}

// Proposal is a signed proposal of a block.
type Proposal struct {
	Height int64
	Round  int32
	// POLRound is the round of the polka the proposer shows, or -1.
	POLRound  int32
	BlockID   BlockID
	Timestamp time.Time
	Signature []byte
}

// BlockPart is one part of a proposed block, with the proof that it belongs.
type BlockPart struct {
	Height int64
	Round  int32
	// Index is the place of the part in its block, from 0.
	Index uint32
	Bytes []byte
	Proof Proof
}

// Proof is a Merkle path from a part to BlockID.PartsHash.
type Proof struct {
	Total    int64
	Index    int64
	LeafHash []byte
	// Aunts are the sibling hashes, the leaf's own sibling first.
	Aunts [][]byte
}

// Vote is a signed prevote or precommit.
type Vote struct {
	Type   VoteType
	Height int64
	Round  int32
	// BlockID is the block voted for; nil (BlockID.IsNil) is a vote for none.
	BlockID          BlockID
	Timestamp        time.Time
	ValidatorAddress Address
	// ValidatorIndex is the place in the ValidatorSet of Height.
	ValidatorIndex     int32
	Signature          []byte
	Extension          []byte
	ExtensionSignature []byte
}

// Timeout is a timer that fired. Stale ones are logged too, and then ignored
// by the node.
type Timeout struct {
	// Duration is what the timer was set to; it may be zero or negative after
	// a restart.
	Duration time.Duration
	Height   int64
	Round    int32
	// Step is CometBFT's number: 1 NewHeight, 2 NewRound, 3 Propose,
	// 5 PrevoteWait, 7 PrecommitWait.
	Step uint8
}

// IsMessage reports whether the record is a proposal, a part or a vote.
func (r *Record) IsMessage() bool {
	return r.Kind == KindProposal || r.Kind == KindBlockPart || r.Kind == KindVote
}

// IsOwn reports whether the record is a message of the node itself.
func (r *Record) IsOwn() bool { return r.IsMessage() && r.Peer == "" }

// String is one line for reports: place, kind and content, without signatures.
func (r *Record) String() string {
	return fmt.Sprintf("#%d %s:%d %s%s", r.Index, r.File, r.Offset, r.content(), r.from())
}

func (r *Record) content() string {
	switch r.Kind {
	case KindStep:
		return fmt.Sprintf("step %d/%d %s", r.Step.Height, r.Step.Round, r.Step.Step)
	case KindProposal:
		p := &r.Proposal
		return fmt.Sprintf("proposal %d/%d POL %d block %v", p.Height, p.Round, p.POLRound, p.BlockID)
	case KindBlockPart:
		p := &r.BlockPart
		return fmt.Sprintf("part %d/%d %d of %d, %d bytes", p.Height, p.Round, p.Index, p.Proof.Total, len(p.Bytes))
	case KindVote:
		v := &r.Vote
		return fmt.Sprintf("%v %d/%d block %v by validator %d", v.Type, v.Height, v.Round, v.BlockID, v.ValidatorIndex)
	case KindTimeout:
		t := &r.Timeout
		return fmt.Sprintf("timeout %d/%d step %d after %v", t.Height, t.Round, t.Step, t.Duration)
	case KindEndHeight:
		return fmt.Sprintf("end of height %d", r.EndHeight)
	case KindOther:
		return fmt.Sprintf("a record of an unknown kind, %d bytes", r.Size)
	}
	return r.Kind.String()
}

func (r *Record) from() string {
	switch {
	case !r.IsMessage():
		return ""
	case r.Peer == "":
		return ", own"
	}
	return ", from " + r.Peer[:min(8, len(r.Peer))]
}
