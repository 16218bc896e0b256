package cometbft_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
)

// voters gives the validator set of a height of a recorded scenario.
func voters(t testing.TB, scenario string) (g *cometbft.Genesis, at func(height int64) cometbft.ValidatorSet) {
	t.Helper()
	g, err := cometbft.LoadGenesis(filepath.Join(scenario, "genesis.json"))
	require.NoError(t, err)
	heights := filepath.Join(scenario, "heights.jsonl.zst")
	if _, err := os.Stat(heights); err != nil {
		return g, func(int64) cometbft.ValidatorSet { return g.Validators }
	}
	sets, err := cometbft.LoadValidators(heights)
	require.NoError(t, err)
	return g, func(height int64) cometbft.ValidatorSet {
		for ; height > 1 && sets[height] == nil; height-- { // the last heights were not asked for
		}
		return sets[height]
	}
}

func TestEveryRecordedSignatureVerifies(t *testing.T) {
	if !large {
		t.Skip("too many for the race detector")
	}
	seen := map[string]bool{} // nodes log the same vote again and again
	for _, node := range recordedNodes(t) {
		g, at := voters(t, filepath.Dir(node))
		eachRecord(t, node, func(_ *cometbft.Log, r *cometbft.Record) {
			switch r.Kind {
			case cometbft.KindVote:
				v := &r.Vote
				if seen[string(v.Signature)] {
					return
				}
				seen[string(v.Signature)] = true
				set := at(v.Height)
				require.Less(t, int(v.ValidatorIndex), len(set), r)
				require.True(t, cometbft.VerifyVote(g.ChainID, set[v.ValidatorIndex].PubKey, v), "%s %v", node, r)
			case cometbft.KindProposal:
				if seen[string(r.Proposal.Signature)] {
					return
				}
				seen[string(r.Proposal.Signature)] = true
				signers := 0
				for _, v := range at(r.Proposal.Height) {
					if cometbft.VerifyProposal(g.ChainID, v.PubKey, &r.Proposal) {
						signers++
					}
				}
				require.Equal(t, 1, signers, "%s %v", node, r)
			}
		})
	}
}

func TestChangedVoteDoesNotVerify(t *testing.T) {
	g, at := voters(t, recorded("small-n1"))
	changes := map[string]func(*cometbft.Vote){
		"type":      func(v *cometbft.Vote) { v.Type = 3 - v.Type },
		"height":    func(v *cometbft.Vote) { v.Height++ },
		"round":     func(v *cometbft.Vote) { v.Round++ },
		"block":     func(v *cometbft.Vote) { v.BlockID = cometbft.BlockID{} },
		"timestamp": func(v *cometbft.Vote) { v.Timestamp = v.Timestamp.Add(1) },
		"address":   func(v *cometbft.Vote) { v.ValidatorAddress[0]++ },
		"signature": func(v *cometbft.Vote) { v.Signature[5] ^= 1 },
		"no key":    func(v *cometbft.Vote) { v.Signature = nil },
	}
	var vote cometbft.Vote
	eachRecord(t, recorded("small-n1", "node0"), func(_ *cometbft.Log, r *cometbft.Record) {
		if r.Kind == cometbft.KindVote && !r.Vote.BlockID.IsNil() {
			vote = r.Vote
		}
	})
	key := at(vote.Height)[vote.ValidatorIndex].PubKey
	require.True(t, cometbft.VerifyVote(g.ChainID, key, &vote))
	assert.False(t, cometbft.VerifyVote("another chain", key, &vote))
	assert.False(t, cometbft.VerifyVote(g.ChainID, key[:5], &vote), "a short key")
	for name, change := range changes {
		changed := vote
		changed.Signature = append([]byte(nil), vote.Signature...)
		change(&changed)
		assert.False(t, cometbft.VerifyVote(g.ChainID, key, &changed), name)
	}
}

// A node keeps the bytes it signed last. Its timestamp may be of an earlier
// try to sign the same thing, so it is compared as part of the bytes.
func TestSignBytesAreThoseOfTheSigner(t *testing.T) {
	compared := 0
	for _, node := range recordedNodes(t) {
		var last struct {
			Height    string `json:"height"`
			Round     int32  `json:"round"`
			Step      int8   `json:"step"`
			SignBytes string `json:"signbytes"`
		}
		b, err := os.ReadFile(filepath.Join(node, "priv_validator_state.json"))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &last))
		g, _ := voters(t, filepath.Dir(node))
		logged := map[string]bool{}
		eachRecord(t, node, func(_ *cometbft.Log, r *cometbft.Record) {
			switch {
			case !r.IsOwn():
			case r.Kind == cometbft.KindVote:
				logged[strings.ToUpper(hex.EncodeToString(r.Vote.SignBytes(g.ChainID)))] = true
			case r.Kind == cometbft.KindProposal:
				logged[strings.ToUpper(hex.EncodeToString(r.Proposal.SignBytes(g.ChainID)))] = true
			}
		})
		assert.True(t, logged[last.SignBytes], "%s: no own message was signed as %+v", node, last)
		compared++
	}
	assert.Positive(t, compared)
}

// In the double-sign scenario one key runs twice: its votes contradict.
func TestRecordedEquivocation(t *testing.T) {
	type place struct {
		height int64
		round  int32
		typ    cometbft.VoteType
		index  int32
	}
	first := map[place]cometbft.BlockID{}
	twice := map[place]bool{}
	eachRecord(t, recorded("double-sign", "node0"), func(_ *cometbft.Log, r *cometbft.Record) {
		if r.Kind != cometbft.KindVote {
			return
		}
		p := place{r.Vote.Height, r.Vote.Round, r.Vote.Type, r.Vote.ValidatorIndex}
		if id, ok := first[p]; ok && id != r.Vote.BlockID {
			twice[p] = true
		} else {
			first[p] = r.Vote.BlockID
		}
	})
	indexes := map[int32]bool{}
	for p := range twice {
		indexes[p.index] = true
	}
	assert.NotEmpty(t, twice)
	assert.Len(t, indexes, 1, "one validator only: %v", twice)
}
