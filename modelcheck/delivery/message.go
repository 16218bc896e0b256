package delivery

import (
	"fmt"
	"strconv"

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
	value uint8
	pol   int8 // vr of a proposal, −1 in others
}

func voteOf(t consensus.VoteType, r consensus.Round, v consensus.Value) message {
	return message{kind: messageKind(t), round: int8(r), value: uint8(v), pol: -1}
}

func proposalOf(r consensus.Round, v consensus.Value, vr consensus.Round) message {
	return message{kind: proposalMessage, round: int8(r), value: uint8(v), pol: int8(vr)}
}

func (m message) at() consensus.Round          { return consensus.Round(m.round) }
func (m message) of() consensus.Value          { return consensus.Value(m.value) }
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
		return fmt.Sprintf("PROPOSAL(round %d, %s, vr %s)", m.round, valueName(m.of()), roundName(m.polRound()))
	case blockMessage:
		return fmt.Sprintf("block %s of round %d", valueName(m.of()), m.round)
	case prevoteMessage, precommitMessage:
	}
	return fmt.Sprintf("%s(round %d, %s)", m.voteType(), m.round, valueName(m.of()))
}

// A messageSet is a set of messages of one sender.
type messageSet struct {
	votes     uint32 // bit 8·round + 4·type + value
	blocks    uint16 // bit 4·round + value
	proposals uint64 // bit 16·round + 4·value + vr + 1
}

func (m message) bit() messageSet {
	switch m.kind {
	case proposalMessage:
		return messageSet{proposals: 1 << (16*int(m.round) + 4*int(m.value) + int(m.pol) + 1)}
	case blockMessage:
		return messageSet{blocks: 1 << (4*int(m.round) + int(m.value))}
	case prevoteMessage, precommitMessage:
	}
	return messageSet{votes: 1 << (8*int(m.round) + 4*int(m.kind) + int(m.value))}
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
		return messageSet{proposals: s.proposals >> (16 * int(m.round)) & 0xffff}
	case prevoteMessage, precommitMessage:
		return messageSet{votes: s.votes >> (8*int(m.round) + 4*int(m.kind)) & 0xf}
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
	for v := V0; v < valueCount; v++ {
		if s.has(voteOf(consensus.PrecommitType, consensus.Round(r), v)) {
			return v
		}
	}
	return consensus.Nil
}

func valueName(v consensus.Value) string {
	switch v {
	case consensus.Nil:
		return "nil"
	case V0:
		return "v0"
	case V1:
		return "v1"
	}
	return "invalid"
}

// roundName writes −1, which stands for no round, with the minus of the paper.
func roundName(r consensus.Round) string {
	if r < 0 {
		return "−1"
	}
	return strconv.Itoa(int(r))
}
