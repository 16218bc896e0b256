package cometbft

import (
	"bytes"
	"fmt"
)

// PartsHash gives the hash of the set of parts that p belongs to: the PartsHash
// of its block's BlockID. A part names no block, so this is how to tell which
// block it is of. It is an error if the proof and the bytes do not agree.
func (p *BlockPart) PartsHash() (string, error) {
	if int64(p.Index) != p.Proof.Index {
		return "", fmt.Errorf("cometbft: part %d has the proof of part %d", p.Index, p.Proof.Index)
	}
	leaf := leafHash(p.Bytes)
	if !bytes.Equal(leaf, p.Proof.LeafHash) {
		return "", fmt.Errorf("cometbft: part %d: its bytes hash to %X, but its proof is about %X", p.Index, leaf, p.Proof.LeafHash)
	}
	root, ok := proofRoot(p.Proof.Index, p.Proof.Total, leaf, p.Proof.Aunts)
	if !ok {
		return "", fmt.Errorf("cometbft: part %d: %d aunts cannot prove its place among %d parts",
			p.Index, len(p.Proof.Aunts), p.Proof.Total)
	}
	return string(root), nil
}

// PartSet puts the parts of one block together. It is not safe for concurrent
// use.
type PartSet struct {
	total uint32
	hash  string
	parts map[uint32][]byte
}

// NewPartSet gives an empty set for the parts of id's block.
func NewPartSet(id BlockID) *PartSet {
	return &PartSet{total: id.PartsTotal, hash: id.PartsHash, parts: map[uint32][]byte{}}
}

// Add takes a part; added is false if the set has it already. It is an error,
// and the part is not taken, if the part is of another block. The set keeps
// p.Bytes: do not change them.
func (s *PartSet) Add(p *BlockPart) (added bool, err error) {
	hash, err := p.PartsHash()
	if err != nil {
		return false, err
	}
	if hash != s.hash || p.Proof.Total != int64(s.total) {
		return false, fmt.Errorf("cometbft: part %d is of a set of %d parts with hash %X, not of the %d with %X",
			p.Index, p.Proof.Total, hash, s.total, s.hash)
	}
	if _, ok := s.parts[p.Index]; ok {
		return false, nil
	}
	s.parts[p.Index] = p.Bytes
	return true, nil
}

// Complete reports whether all parts are there.
func (s *PartSet) Complete() bool { return s.total > 0 && uint32(len(s.parts)) == s.total }

// Bytes gives the encoded block, or nil while parts are missing.
func (s *PartSet) Bytes() []byte {
	if !s.Complete() {
		return nil
	}
	var b []byte
	for i := range s.total {
		b = append(b, s.parts[i]...)
	}
	return b
}
