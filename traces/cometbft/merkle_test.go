package cometbft

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// The leaves and roots are the reference values of Certificate Transparency,
// whose trees these are.
func TestMerkleRootReference(t *testing.T) {
	leaves := [][]byte{{}, {0x00}, {0x10}, {0x20, 0x21}, {0x30, 0x31}, {0x40, 0x41, 0x42, 0x43}}
	for n, want := range map[int]string{
		0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	} {
		assert.Equal(t, want, hex.EncodeToString(merkleRoot(leaves[:n])), n)
	}
}

// aunts gives the proof of leaf i, from the definition: the roots of the
// subtrees beside its path, the leaf's own sibling first.
func aunts(leaves [][]byte, i int) [][]byte {
	if len(leaves) == 1 {
		return nil
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	if i < k {
		return append(aunts(leaves[:k], i), merkleRoot(leaves[k:]))
	}
	return append(aunts(leaves[k:], i-k), merkleRoot(leaves[:k]))
}

// The recorded blocks have one part each, so blocks of many parts are made up.
func TestPartSetOfManyParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chunks := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 8), 1, 20).Draw(t, "chunks")
		id := BlockID{Hash: "h", PartsTotal: uint32(len(chunks)), PartsHash: string(merkleRoot(chunks))}
		places := make([]int, len(chunks))
		var block []byte
		for i := range chunks {
			places[i] = i
			block = append(block, chunks[i]...)
		}
		set := NewPartSet(id)
		for n, i := range rapid.Permutation(places).Draw(t, "order") {
			p := BlockPart{Index: uint32(i), Bytes: chunks[i], Proof: Proof{
				Total: int64(len(chunks)), Index: int64(i), LeafHash: leafHash(chunks[i]), Aunts: aunts(chunks, i),
			}}
			assert.Equal(t, n == len(chunks), set.Complete())
			added, err := set.Add(&p)
			assert.NoError(t, err)
			assert.True(t, added)
			p.Proof.Aunts = append(p.Proof.Aunts, leafHash(nil))
			_, err = p.PartsHash()
			assert.Error(t, err, "an aunt too many")
		}
		assert.Equal(t, block, set.Bytes())
	})
}
