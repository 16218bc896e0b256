package delivery

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// messageKind says what a message is. The votes have the numbers of VoteType.
type messageKind uint8

const (
	prevoteMessage messageKind = iota
	precommitMessage
	proposalMessage
	blockMessage // CometBFT: all parts of a block, as one
)

// A message is what a validator says, without the sender.
type message struct {
	kind  messageKind
	round int8
	value uint8 // number of a value
	pol   int8  // vr of a proposal, −1 in others
}

func voteOf(t consensus.VoteType, r consensus.Round, v consensus.Value) message {
	return message{kind: messageKind(t), round: int8(r), value: number(v), pol: -1}
}

func proposalOf(r consensus.Round, v consensus.Value, vr consensus.Round) message {
	return message{kind: proposalMessage, round: int8(r), value: number(v), pol: int8(vr)}
}

func (m message) at() consensus.Round          { return consensus.Round(m.round) }
func (m message) of() consensus.Value          { return values[m.value] }
func (m message) polRound() consensus.Round    { return consensus.Round(m.pol) }
func (m message) voteType() consensus.VoteType { return consensus.VoteType(m.kind) }

// block is what belongs to a proposal: the parts of the block that it names.
func (m message) block() message {
	return message{kind: blockMessage, round: m.round, value: m.value, pol: -1}
}

// String writes the message as in a counterexample.
func (m message) String() string {
	switch m.kind {
	case proposalMessage:
		return fmt.Sprintf("PROPOSAL(round %d, %s, vr %s)", m.round, cast.Value(m.of()), cast.Round(m.polRound()))
	case blockMessage:
		return fmt.Sprintf("block %s of round %d", cast.Value(m.of()), m.round)
	case prevoteMessage, precommitMessage:
	}
	return fmt.Sprintf("%s(round %d, %s)", m.voteType(), m.round, cast.Value(m.of()))
}

// A messageSet is a set of messages of one sender.
type messageSet struct {
	votes     uint32 // bit 10·round + 5·type + number of the value
	blocks    uint16 // bit 5·round + number of the value
	proposals uint64 // bit 20·round + 4·number of the value + vr + 1
}

func (m message) bit() messageSet {
	switch m.kind {
	case proposalMessage:
		return messageSet{proposals: 1 << (4*valueCount*int(m.round) + 4*int(m.value) + int(m.pol) + 1)}
	case blockMessage:
		return messageSet{blocks: 1 << (valueCount*int(m.round) + int(m.value))}
	case prevoteMessage, precommitMessage:
	}
	return messageSet{votes: 1 << (valueCount*(2*int(m.round)+int(m.kind)) + int(m.value))}
}

func (s messageSet) has(m message) bool {
	b := m.bit()
	return s.votes&b.votes|uint32(s.blocks&b.blocks) != 0 || s.proposals&b.proposals != 0
}

func (s messageSet) with(m message) messageSet {
	b := m.bit()
	return messageSet{s.votes | b.votes, s.blocks | b.blocks, s.proposals | b.proposals}
}

func (s messageSet) without(m message) messageSet { return s.minus(m.bit()) }

func (s messageSet) minus(t messageSet) messageSet {
	return messageSet{s.votes &^ t.votes, s.blocks &^ t.blocks, s.proposals &^ t.proposals}
}

func (s messageSet) union(t messageSet) messageSet {
	return messageSet{s.votes | t.votes, s.blocks | t.blocks, s.proposals | t.proposals}
}

// same is the set of messages of s that take the place of m: of one validator
// there should be one. A block has no place of its own.
func (s messageSet) same(m message) messageSet {
	switch m.kind {
	case proposalMessage:
		return messageSet{proposals: s.proposals >> (4 * valueCount * int(m.round)) & (1<<(4*valueCount) - 1)}
	case prevoteMessage, precommitMessage:
		return messageSet{votes: s.votes >> (valueCount * (2*int(m.round) + int(m.kind))) & (1<<valueCount - 1)}
	case blockMessage:
	}
	return messageSet{}
}

// other reports whether s has another message in the place of m.
func (s messageSet) other(m message) bool {
	return s.without(m).same(m) != messageSet{}
}

// precommitted is the value that the sender precommitted in a round, Nil if it
// was nil or none.
func (s messageSet) precommitted(r int) consensus.Value {
	for _, v := range values[1:] {
		if s.has(voteOf(consensus.PrecommitType, consensus.Round(r), v)) {
			return v
		}
	}
	return consensus.Nil
}
