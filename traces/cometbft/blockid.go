package cometbft

import (
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	hashSize    = 32 // of SHA-256
	addressSize = 20 // CometBFT keeps the first 20 bytes of a key's SHA-256
)

// BlockID names a block and its set of parts. It is comparable, so it can be a
// map key. Hashes are raw bytes, 32 of them or none.
type BlockID struct {
	Hash       string
	PartsTotal uint32
	PartsHash  string
}

// IsNil reports whether the id names no block: a vote for nil has such an id.
func (id BlockID) IsNil() bool { return id == BlockID{} }

// String is the first eight hex digits of the hash, or "nil".
func (id BlockID) String() string {
	if id.IsNil() {
		return "nil"
	}
	return strings.ToUpper(hex.EncodeToString([]byte(id.Hash[:min(4, len(id.Hash))])))
}

// Address is a validator's address: the first 20 bytes of the SHA-256 of its
// public key.
type Address [addressSize]byte

// String is the address in upper-case hex, as CometBFT prints it.
func (a Address) String() string { return strings.ToUpper(hex.EncodeToString(a[:])) }

// ParseAddress reads an address from 40 hex digits of either case.
func ParseAddress(s string) (Address, error) {
	var a Address
	b, err := hex.DecodeString(s)
	if err != nil {
		return a, fmt.Errorf("cometbft: address %q: %w", s, err)
	}
	if len(b) != addressSize {
		return a, fmt.Errorf("cometbft: address %q has %d bytes, not %d", s, len(b), addressSize)
	}
	return Address(b), nil
}
