package node

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

// TestKey derives the key of one node of a test network from a seed. Anyone who
// knows the seed has the key: it is for tests and trials, never for a chain that
// is worth something.
func TestKey(seed uint64, node int) ed25519.PrivateKey {
	b := []byte("polka test network key, not secret")
	b = binary.BigEndian.AppendUint64(b, seed)
	b = binary.BigEndian.AppendUint64(b, uint64(node))
	sum := sha256.Sum256(b)
	return ed25519.NewKeyFromSeed(sum[:])
}
