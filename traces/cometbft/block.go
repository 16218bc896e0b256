package cometbft

import (
	"errors"
	"fmt"
	"time"
)

// BlockInfo is what a judge needs to know of a block. Hashes are raw bytes.
type BlockInfo struct {
	ChainID string
	Height  int64
	Time    time.Time
	// LastBlockID is the block before; it is nil at the initial height.
	LastBlockID BlockID
	// ProposerAddress is the validator that made the block, perhaps in an
	// earlier round than the one it is proposed in.
	ProposerAddress Address
	// ValidatorsHash is the ValidatorSet.Hash of Height.
	ValidatorsHash string
	// NextValidatorsHash is the ValidatorSet.Hash of Height + 1.
	NextValidatorsHash string
	// Hash is the hash of the header, computed: it must equal BlockID.Hash.
	Hash string
	// Txs and Evidence count the transactions and the pieces of evidence.
	Txs, Evidence int
}

// DecodeBlock decodes a block put together by a PartSet. It computes the hash
// of the header but does not check that transactions, evidence and last commit
// have the hashes that the header gives.
func DecodeBlock(b []byte) (BlockInfo, error) {
	var out BlockInfo
	header := false
	s := scanner{message: "Block", rest: b}
	for s.next() {
		switch s.num {
		case 1:
			header = true
			out.header(&s)
		case 2:
			out.Txs = countFirst(&s, "Data")
		case 3:
			out.Evidence = countFirst(&s, "EvidenceList")
		}
	}
	if !header {
		s.reject("it has no header")
	}
	if s.err != nil {
		return BlockInfo{}, fmt.Errorf("cometbft: block: %w", s.err)
	}
	return out, nil
}

// countFirst counts how often field 1 occurs in the message.
func countFirst(s *scanner, message string) (n int) {
	in := s.nested(message)
	in.repeated = 1
	for in.next() {
		if in.num == 1 {
			n++
		}
	}
	s.close(&in)
	return n
}

// headerFields is how many fields of a header are hashed.
const headerFields = 14

// header decodes a header and hashes it: the Merkle root over its fields, each
// encoded on its own. Messages stand in the header just so; the others are
// wrapped, as field 1 of a message.
func (out *BlockInfo) header(s *scanner) {
	var leaves [headerFields][]byte
	d := newDecoder()
	in := s.nested("Header")
	for in.next() {
		if in.num > headerFields {
			in.fail(errors.New("it is unknown, so the block hash cannot be computed"))
			break
		}
		leaf := &leaves[in.num-1]
		switch in.num {
		case 1:
			*leaf = in.raw()
		case 3:
			out.Height = in.int64()
			*leaf = appendInt(nil, 1, out.Height)
		case 4:
			*leaf = in.raw()
			out.Time = d.timestamp(&in)
		case 5:
			*leaf = in.raw()
			d.blockID(&in, &out.LastBlockID)
		default:
			*leaf = appendString(nil, 1, in.raw())
			out.text(&in)
		}
	}
	if out.ValidatorsHash == "" {
		in.reject("it has no validators hash")
	}
	out.Hash = string(merkleRoot(leaves[:]))
	s.close(&in)
}

// text takes those bytes fields of a header that BlockInfo has.
func (out *BlockInfo) text(s *scanner) {
	switch s.num {
	case 2:
		out.ChainID = string(s.raw())
	case 8:
		out.ValidatorsHash = string(s.sized(hashSize))
	case 9:
		out.NextValidatorsHash = string(s.sized(hashSize))
	case 14:
		copy(out.ProposerAddress[:], s.sized(addressSize))
	}
}
