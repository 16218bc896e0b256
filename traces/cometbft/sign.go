package cometbft

import (
	"crypto/ed25519"
	"encoding/binary"
)

// SignBytes gives the bytes that a validator signs for a vote: a CanonicalVote
// with its length before it. Address, index and extension are not in it.
func (v *Vote) SignBytes(chainID string) []byte {
	var b []byte
	b = appendInt(b, 1, int64(v.Type))
	b = appendFixed(b, 2, v.Height)
	b = appendFixed(b, 3, int64(v.Round))
	if !v.BlockID.IsNil() {
		b = appendNested(b, 4, v.BlockID.append)
	}
	b = appendTime(b, 5, v.Timestamp)
	return delimited(appendString(b, 6, chainID))
}

// SignBytes gives the bytes that a validator signs for a proposal: a
// CanonicalProposal with its length before it.
func (p *Proposal) SignBytes(chainID string) []byte {
	var b []byte
	b = appendInt(b, 1, proposalType)
	b = appendFixed(b, 2, p.Height)
	b = appendFixed(b, 3, int64(p.Round))
	b = appendInt(b, 4, int64(p.POLRound))
	if !p.BlockID.IsNil() {
		b = appendNested(b, 5, p.BlockID.append)
	}
	b = appendTime(b, 6, p.Timestamp)
	return delimited(appendString(b, 7, chainID))
}

func delimited(b []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

// VerifyVote reports whether v names the owner of key as its validator and is
// signed with key. Extensions are not looked at.
//
// CometBFT verifies by the rules of ZIP 215, which accept some signatures that
// crypto/ed25519 refuses. An honest signer makes none of those.
func VerifyVote(chainID string, key ed25519.PublicKey, v *Vote) bool {
	return len(key) == ed25519.PublicKeySize && AddressOf(key) == v.ValidatorAddress &&
		ed25519.Verify(key, v.SignBytes(chainID), v.Signature)
}

// VerifyProposal reports whether p is signed with key; see VerifyVote. A
// proposal does not name its proposer.
func VerifyProposal(chainID string, key ed25519.PublicKey, p *Proposal) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, p.SignBytes(chainID), p.Signature)
}
