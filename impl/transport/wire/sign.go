package wire

import (
	"encoding/binary"

	"github.com/polka-bft/polka/impl/consensus"
)

// The domains keep signatures of one kind from ever being good for another.
const (
	proposalDomain = "polka/v1/proposal"
	voteDomain     = "polka/v1/vote"
)

// AppendProposalSignBytes appends what the signature of a proposal is over: the
// domain and the chain id, each after its length in four bytes, then height,
// round, POL round and value, each of fixed size.
func AppendProposalSignBytes(b []byte, chainID string, p consensus.Proposal) []byte {
	b = appendText(appendText(b, proposalDomain), chainID)
	b = appendPlace(b, p.Height, p.Round)
	b = binary.BigEndian.AppendUint32(b, uint32(p.POLRound))
	return append(b, p.Value[:]...)
}

// AppendVoteSignBytes appends what the signature of a vote is over: the domain
// and the chain id, each after its length in four bytes, then type, height,
// round and value, each of fixed size. The key says which validator it is.
func AppendVoteSignBytes(b []byte, chainID string, v consensus.Vote) []byte {
	b = appendText(appendText(b, voteDomain), chainID)
	b = append(b, byte(v.Type))
	b = appendPlace(b, v.Height, v.Round)
	return append(b, v.Value[:]...)
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}
