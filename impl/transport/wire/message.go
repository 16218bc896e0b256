package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/polka-bft/polka/impl/consensus"
)

// ErrMalformed is in the error of [Decode] for bytes that are no frame.
var ErrMalformed = errors.New("wire: malformed frame")

// Kind says what a message is. It is the first byte of the frame.
type Kind byte

// The kinds of messages; 0 is none.
const (
	ProposalKind Kind = 1
	VoteKind     Kind = 2
	StatusKind   Kind = 3
)

// Signature is an ed25519 signature.
type Signature [ed25519.SignatureSize]byte

// Message is what a frame says. Exactly one of the three is meant, by Kind.
type Message struct {
	Kind     Kind
	Proposal Proposal
	Vote     Vote
	Status   Status
}

// Proposal is a signed proposal with the bytes of its value. On the wire the
// value's id is not sent: it is the hash of the payload.
type Proposal struct {
	consensus.Proposal
	Signer    int // index in the validator set
	Signature Signature
	Payload   []byte
}

// Vote is a signed vote.
type Vote struct {
	consensus.Vote
	Signature Signature
}

// Status says where its sender stands. It is not signed: it decides only what
// the receiver sends to that peer.
type Status struct {
	Height int64
	Round  consensus.Round
}

// ValueID is the id of a payload: its SHA-256.
func ValueID(payload []byte) consensus.ValueID { return sha256.Sum256(payload) }

const (
	placeSize    = 8 + 4
	proposalHead = 1 + placeSize + 4 + 4 + ed25519.SignatureSize + 4
	voteSize     = 1 + 1 + placeSize + 32 + 4 + ed25519.SignatureSize
	statusSize   = 1 + placeSize
)

// MaxFrame is the size in bytes of the largest frame, if payloads have at most
// maxPayload bytes.
func MaxFrame(maxPayload int) int { return max(proposalHead+maxPayload, voteSize) }

// AppendProposal appends the frame of a proposal.
func AppendProposal(b []byte, p *Proposal) []byte {
	b = append(b, byte(ProposalKind))
	b = appendPlace(b, p.Height, p.Round)
	b = binary.BigEndian.AppendUint32(b, uint32(p.POLRound))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Signer))
	b = append(b, p.Signature[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Payload)))
	return append(b, p.Payload...)
}

// AppendVote appends the frame of a vote.
func AppendVote(b []byte, v *Vote) []byte {
	b = append(b, byte(VoteKind), byte(v.Type))
	b = appendPlace(b, v.Height, v.Round)
	b = append(b, v.Value[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(v.Validator))
	return append(b, v.Signature[:]...)
}

// AppendStatus appends the frame of a status.
func AppendStatus(b []byte, s Status) []byte {
	return appendPlace(append(b, byte(StatusKind)), s.Height, s.Round)
}

func appendPlace(b []byte, height int64, round consensus.Round) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(height))
	return binary.BigEndian.AppendUint32(b, uint32(round))
}

// Decode reads a frame whose payload, if it has one, is of at most maxPayload
// bytes. It checks everything that can be checked without knowing the chain:
// heights from 1, rounds from 0 to
// [consensus.MaxRound], POLRound from −1, lengths. The payload of the
// message is a part of the frame. Errors have [ErrMalformed] in them.
func Decode(frame []byte, maxPayload int) (Message, error) {
	m := Message{}
	if len(frame) == 0 {
		return m, fmt.Errorf("%w: it is empty", ErrMalformed)
	}
	r := reader{rest: frame[1:]}
	m.Kind = Kind(frame[0])
	switch m.Kind {
	case ProposalKind:
		return m, m.Proposal.decode(&r, len(frame), maxPayload)
	case VoteKind:
		return m, m.Vote.decode(&r, len(frame))
	case StatusKind:
		if len(frame) != statusSize {
			return m, fmt.Errorf("%w: a status of %d bytes, not %d", ErrMalformed, len(frame), statusSize)
		}
		m.Status.Height, m.Status.Round = r.place()
		return m, checkPlace(m.Status.Height, m.Status.Round)
	default:
		return m, fmt.Errorf("%w: kind %d is not known", ErrMalformed, frame[0])
	}
}

func (p *Proposal) decode(r *reader, size, maxPayload int) error {
	if size < proposalHead {
		return fmt.Errorf("%w: a proposal of %d bytes, less than %d", ErrMalformed, size, proposalHead)
	}
	p.Height, p.Round = r.place()
	p.POLRound = consensus.Round(r.uint32())
	signer := r.uint32()
	copy(p.Signature[:], r.bytes(len(p.Signature)))
	n := r.uint32()
	switch {
	case int64(n) > int64(maxPayload):
		return fmt.Errorf("%w: a value of %d bytes, more than %d", ErrMalformed, n, maxPayload)
	case int64(n) != int64(len(r.rest)):
		return fmt.Errorf("%w: a value of %d bytes is announced and %d follow", ErrMalformed, n, len(r.rest))
	case signer > math.MaxInt32:
		return fmt.Errorf("%w: validator index %d", ErrMalformed, signer)
	case p.POLRound < -1:
		return fmt.Errorf("%w: POL round %d", ErrMalformed, p.POLRound)
	}
	p.Signer, p.Payload = int(signer), r.rest
	p.Value = ValueID(p.Payload)
	return checkPlace(p.Height, p.Round)
}

func (v *Vote) decode(r *reader, size int) error {
	if size != voteSize {
		return fmt.Errorf("%w: a vote of %d bytes, not %d", ErrMalformed, size, voteSize)
	}
	v.Type = consensus.VoteType(r.bytes(1)[0])
	v.Height, v.Round = r.place()
	copy(v.Value[:], r.bytes(len(v.Value)))
	validator := r.uint32()
	copy(v.Signature[:], r.bytes(len(v.Signature)))
	if v.Type != consensus.Prevote && v.Type != consensus.Precommit {
		return fmt.Errorf("%w: vote type %d", ErrMalformed, v.Type)
	}
	if validator > math.MaxInt32 {
		return fmt.Errorf("%w: validator index %d", ErrMalformed, validator)
	}
	v.Validator = int(validator)
	return checkPlace(v.Height, v.Round)
}

func checkPlace(height int64, round consensus.Round) error {
	if height < 1 {
		return fmt.Errorf("%w: height %d", ErrMalformed, height)
	}
	if round < 0 || round > consensus.MaxRound {
		return fmt.Errorf("%w: round %d", ErrMalformed, round)
	}
	return nil
}

// reader takes fields off the front; the caller has checked that they are there.
type reader struct{ rest []byte }

func (r *reader) bytes(n int) []byte {
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.bytes(4)) }

func (r *reader) place() (int64, consensus.Round) {
	return int64(binary.BigEndian.Uint64(r.bytes(8))), consensus.Round(r.uint32())
}
