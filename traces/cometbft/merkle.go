package cometbft

import "crypto/sha256"

// The Merkle trees of CometBFT are those of RFC 6962: leaves and inner nodes
// are hashed with different prefixes, and a tree of n leaves splits at the
// largest power of two below n.

func leafHash(leaf []byte) []byte {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	return h.Sum(nil)
}

func innerHash(left, right []byte) []byte {
	h := sha256.New()
	h.Write([]byte{1})
	h.Write(left)
	h.Write(right)
	return h.Sum(nil)
}

// merkleRoot gives the root over leaves: the hash of nothing if there are none.
func merkleRoot(leaves [][]byte) []byte {
	switch len(leaves) {
	case 0:
		h := sha256.Sum256(nil)
		return h[:]
	case 1:
		return leafHash(leaves[0])
	}
	k := split(int64(len(leaves)))
	return innerHash(merkleRoot(leaves[:k]), merkleRoot(leaves[k:]))
}

// split gives the largest power of two below n, which is at least 2.
func split(n int64) int64 {
	k := int64(1)
	for k < n-k { // the same as 2k < n, without overflow
		k *= 2
	}
	return k
}

// proofRoot gives the root that a leaf hash and its aunts lead to; ok is false
// if there are too few aunts or too many for that place in that tree.
func proofRoot(index, total int64, leaf []byte, aunts [][]byte) (root []byte, ok bool) {
	if index < 0 || index >= total {
		return nil, false
	}
	if total == 1 {
		return leaf, len(aunts) == 0
	}
	if len(aunts) == 0 {
		return nil, false
	}
	k, last := split(total), len(aunts)-1
	if index < k {
		left, ok := proofRoot(index, k, leaf, aunts[:last])
		return innerHash(left, aunts[last]), ok
	}
	right, ok := proofRoot(index-k, total-k, leaf, aunts[:last])
	return innerHash(aunts[last], right), ok
}
