package engine

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
)

// ErrConflict is in the error of a [Signer] that was asked for a second, different
// message of the same height, round and kind, or for one of an earlier height.
var ErrConflict = errors.New("engine: refused to sign")

// Signer signs with one key for one chain. It never signs two different messages
// of the same height, round and kind, and nothing of a height before the last one
// it signed for. What it has signed it remembers in memory only: after a restart
// it knows nothing. It belongs to one goroutine.
type Signer struct {
	key    ed25519.PrivateKey
	chain  string
	height int64
	signed map[slot]signedMessage // of height
	bytes  []byte
}

// slot is what at most one message is signed for, in a height.
type slot struct {
	round consensus.Round
	kind  string
}

type signedMessage struct {
	bytes     string // what was signed
	signature wire.Signature
}

// NewSigner makes a signer that has signed nothing yet.
func NewSigner(key ed25519.PrivateKey, chainID string) *Signer {
	return &Signer{key: key, chain: chainID, signed: map[slot]signedMessage{}}
}

// Proposal signs a proposal. The error has [ErrConflict] in it.
func (s *Signer) Proposal(p consensus.Proposal) (wire.Signature, error) {
	s.bytes = wire.AppendProposalSignBytes(s.bytes[:0], s.chain, p)
	return s.sign(p.Height, slot{p.Round, "proposal"})
}

// Vote signs a vote. The error has [ErrConflict] in it.
func (s *Signer) Vote(v consensus.Vote) (wire.Signature, error) {
	s.bytes = wire.AppendVoteSignBytes(s.bytes[:0], s.chain, v)
	return s.sign(v.Height, slot{v.Round, v.Type.String()})
}

// sign signs s.bytes.
func (s *Signer) sign(height int64, at slot) (wire.Signature, error) {
	if height < s.height {
		return wire.Signature{}, fmt.Errorf("%w a %s for height %d, having signed for height %d", ErrConflict, at.kind, height, s.height)
	}
	if height > s.height {
		clear(s.signed)
		s.height = height
	}
	if before, ok := s.signed[at]; ok {
		if before.bytes != string(s.bytes) {
			return wire.Signature{}, fmt.Errorf("%w a second, different %s for height %d, round %d", ErrConflict, at.kind, height, at.round)
		}
		return before.signature, nil
	}
	m := signedMessage{string(s.bytes), wire.Signature(ed25519.Sign(s.key, s.bytes))}
	s.signed[at] = m
	return m.signature, nil
}
