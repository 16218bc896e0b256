package consensus

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// Round is a round of a height, from 0; −1 stands for "none".
type Round = int32

// ValueID identifies a proposed value, normally by a hash. The zero ValueID is
// nil: a vote for no value.
type ValueID [32]byte

// NilID is the id of a vote for no value.
var NilID ValueID

// IsNil reports whether the id stands for no value.
func (v ValueID) IsNil() bool { return v == NilID }

// less orders ids as byte strings; nil comes first.
func (v ValueID) less(w ValueID) bool { return bytes.Compare(v[:], w[:]) < 0 }

// String is the first six bytes in hexadecimal, or "nil".
func (v ValueID) String() string {
	if v.IsNil() {
		return "nil"
	}
	return hex.EncodeToString(v[:6])
}

// VoteType is the kind of a vote.
type VoteType uint8

// The two kinds of votes.
const (
	Prevote VoteType = iota
	Precommit
)

// String is "prevote" or "precommit".
func (t VoteType) String() string {
	switch t {
	case Prevote:
		return "prevote"
	case Precommit:
		return "precommit"
	}
	return fmt.Sprintf("VoteType(%d)", uint8(t))
}

// TimeoutKind says which timeout is scheduled or has expired.
type TimeoutKind uint8

// The three timeouts of Algorithm 1, lines 57, 61 and 65.
const (
	TimeoutPropose TimeoutKind = iota
	TimeoutPrevote
	TimeoutPrecommit
)

// String is "propose", "prevote" or "precommit".
func (k TimeoutKind) String() string {
	switch k {
	case TimeoutPropose:
		return "propose"
	case TimeoutPrevote:
		return "prevote"
	case TimeoutPrecommit:
		return "precommit"
	}
	return fmt.Sprintf("TimeoutKind(%d)", uint8(k))
}

// Proposal is PROPOSAL(Height, Round, Value, POLRound). POLRound is the paper's
// validRound, −1 for a new value.
type Proposal struct {
	Height   int64
	Round    Round
	POLRound Round
	Value    ValueID
}

// Vote is PREVOTE or PRECOMMIT(Height, Round, Value) of one validator.
type Vote struct {
	Type      VoteType
	Height    int64
	Round     Round
	Value     ValueID
	Validator int // index in the validator set
}

// Timeout names a timeout by what it is for.
type Timeout struct {
	Kind   TimeoutKind
	Height int64
	Round  Round
}
