package cometbft

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Validator is one voter.
type Validator struct {
	Address Address
	PubKey  ed25519.PublicKey
	// Power is the voting power, at least 1.
	Power int64
	// Name is the name in the genesis file, often empty; a node's RPC has none.
	Name string
	// Priority is the proposer priority as a node's RPC gives it for the
	// height; it is 0 in a set that was read from a genesis file.
	Priority int64
}

// ValidatorSet is the voters of a height in CometBFT's order: by power, the
// greatest first, then by address. Vote.ValidatorIndex is the place in it.
type ValidatorSet []Validator

// AddressOf gives the address of a key.
func AddressOf(key ed25519.PublicKey) Address {
	sum := sha256.Sum256(key)
	return Address(sum[:addressSize])
}

// Find gives the place of an address in the set, -1 if it is not there.
func (s ValidatorSet) Find(a Address) int {
	return slices.IndexFunc(s, func(v Validator) bool { return v.Address == a })
}

// Hash gives the hash of the set as raw bytes, the BlockInfo.ValidatorsHash of
// its height: the Merkle root over keys and powers. Priorities do not count.
func (s ValidatorSet) Hash() string {
	leaves := make([][]byte, len(s))
	for i := range s {
		leaf := appendNested(nil, 1, func(b []byte) []byte { return appendString(b, 1, []byte(s[i].PubKey)) })
		leaves[i] = appendInt(leaf, 2, s[i].Power)
	}
	return string(merkleRoot(leaves))
}

func (s ValidatorSet) sort() {
	slices.SortFunc(s, func(a, b Validator) int {
		return cmp.Or(cmp.Compare(b.Power, a.Power), bytes.Compare(a.Address[:], b.Address[:]))
	})
}

// number is an int64 in JSON: CometBFT writes them as strings, people do not
// always. An empty string is 0.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" || text == "null" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is not a whole number of 64 bits", b)
	}
	*n = number(v)
	return nil
}

// validatorJSON is a validator in a genesis file (power, name) or in the answer
// of a node's RPC (voting_power, proposer_priority).
type validatorJSON struct {
	Address string `json:"address"`
	PubKey  struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"pub_key"`
	Power       number `json:"power"`
	VotingPower number `json:"voting_power"`
	Priority    number `json:"proposer_priority"`
	Name        string `json:"name"`
}

// validator checks j and converts it; field says where it stands.
func (j *validatorJSON) validator(path, field string) (Validator, error) {
	bad := func(name, reason string, err error) (Validator, error) {
		return Validator{}, &FileError{Path: path, Field: field + name, Reason: reason, Err: err}
	}
	if t := j.PubKey.Type; t != "tendermint/PubKeyEd25519" && t != "cometbft/PubKeyEd25519" {
		return bad(".pub_key.type", fmt.Sprintf("%q is not supported: only ed25519 keys are", t), nil)
	}
	key, err := base64.StdEncoding.DecodeString(j.PubKey.Value)
	if err != nil {
		return bad(".pub_key.value", "is not base64: copy the file from the node again", err)
	}
	if len(key) != ed25519.PublicKeySize {
		return bad(".pub_key.value", fmt.Sprintf("has %d bytes, an ed25519 key has %d: copy the file from the node again",
			len(key), ed25519.PublicKeySize), nil)
	}
	v := Validator{Address: AddressOf(key), PubKey: key, Name: j.Name, Priority: int64(j.Priority)}
	if j.Address != "" { // CometBFT computes it too if it is left out
		given, err := ParseAddress(j.Address)
		if err != nil {
			return bad(".address", "must be 40 hex digits", err)
		}
		if given != v.Address {
			return bad(".address", fmt.Sprintf("is %v, but the key's address is %v: one of them was edited", given, v.Address), nil)
		}
	}
	if v.Power = int64(cmp.Or(j.Power, j.VotingPower)); v.Power <= 0 {
		return bad(".power", fmt.Sprintf("is %d, a validator has at least 1", v.Power), nil)
	}
	return v, nil
}

// validatorSet converts and sorts a list of validators, all different.
func validatorSet(list []validatorJSON, path, field string) (ValidatorSet, error) {
	set := make(ValidatorSet, 0, len(list))
	for i := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		v, err := list[i].validator(path, at)
		if err != nil {
			return nil, err
		}
		if j := set.Find(v.Address); j >= 0 {
			return nil, &FileError{Path: path, Field: at + ".address", Reason: fmt.Sprintf("%v stands twice: take one out", v.Address)}
		}
		set = append(set, v)
	}
	set.sort()
	return set, nil
}

// jsonError says in words why a JSON file cannot be read.
func jsonError(path string, err error) error {
	return &FileError{Path: path, Reason: "is not the JSON that was expected; is it the right file, and whole?", Err: err}
}
