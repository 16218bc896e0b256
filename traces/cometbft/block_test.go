package cometbft_test

import (
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
)

// Every block of every recorded log is put together from its parts, hashes to
// the id that was voted for, and names the validators of its height.
func TestRecordedBlocks(t *testing.T) {
	blocks, evidence := 0, map[string]int{}
	for _, node := range recordedNodes(t) {
		scenario := filepath.Dir(node)
		g, at := voters(t, scenario)
		ids := map[string]cometbft.BlockID{} // by hash of the parts
		var parts []cometbft.BlockPart
		eachRecord(t, node, func(_ *cometbft.Log, r *cometbft.Record) {
			switch r.Kind {
			case cometbft.KindVote:
				ids[r.Vote.BlockID.PartsHash] = r.Vote.BlockID
			case cometbft.KindProposal: // of a block that got no vote
				ids[r.Proposal.BlockID.PartsHash] = r.Proposal.BlockID
			case cometbft.KindBlockPart:
				parts = append(parts, r.BlockPart)
			}
		})
		done := map[string]bool{}
		for i := range parts {
			hash, err := parts[i].PartsHash()
			require.NoError(t, err)
			if done[hash] {
				continue
			}
			done[hash] = true
			require.False(t, ids[hash].IsNil(), "%s: a part of an unknown block, height %d", node, parts[i].Height)
			info := decodeWhole(t, ids[hash], parts[i:i+1])
			assert.Equal(t, g.ChainID, info.ChainID)
			assert.Equal(t, parts[i].Height, info.Height)
			assert.Equal(t, at(info.Height).Hash(), info.ValidatorsHash, "%s height %d", node, info.Height)
			assert.Equal(t, at(info.Height+1).Hash(), info.NextValidatorsHash, "%s height %d", node, info.Height)
			assert.GreaterOrEqual(t, at(info.Height).Find(info.ProposerAddress), 0)
			blocks++
			evidence[filepath.Base(scenario)] += info.Evidence
		}
	}
	assert.Greater(t, blocks, 2000)
	for scenario, n := range evidence {
		assert.Equal(t, scenario == "double-sign", n > 0, scenario)
	}
}

// decodeWhole puts parts together as the block id and decodes it.
func decodeWhole(t *testing.T, id cometbft.BlockID, parts []cometbft.BlockPart) cometbft.BlockInfo {
	t.Helper()
	set := cometbft.NewPartSet(id)
	for i := range parts {
		assert.Nil(t, set.Bytes())
		added, err := set.Add(&parts[i])
		require.NoError(t, err)
		require.True(t, added)
	}
	added, err := set.Add(&parts[0])
	require.NoError(t, err)
	require.False(t, added, "the same part again")
	require.True(t, set.Complete())
	info, err := cometbft.DecodeBlock(set.Bytes())
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString([]byte(id.Hash)), hex.EncodeToString([]byte(info.Hash)))
	return info
}

func TestPartsThatDoNotBelong(t *testing.T) {
	var part cometbft.BlockPart
	var id cometbft.BlockID
	eachRecord(t, recorded("small-n1", "node0"), func(_ *cometbft.Log, r *cometbft.Record) {
		switch {
		case r.Kind == cometbft.KindBlockPart && id.IsNil():
			part = r.BlockPart
		case r.Kind == cometbft.KindVote && r.Vote.Height == part.Height && id.IsNil():
			id = r.Vote.BlockID
		}
	})
	other := id
	other.PartsTotal++
	changes := map[string]struct {
		id     cometbft.BlockID
		change func(*cometbft.BlockPart)
	}{
		"bytes":     {id, func(p *cometbft.BlockPart) { p.Bytes = p.Bytes[1:] }},
		"index":     {id, func(p *cometbft.BlockPart) { p.Index++ }},
		"place":     {id, func(p *cometbft.BlockPart) { p.Index++; p.Proof.Index++ }},
		"total":     {id, func(p *cometbft.BlockPart) { p.Proof.Total++ }},
		"aunt":      {id, func(p *cometbft.BlockPart) { p.Proof.Aunts = [][]byte{p.Proof.LeafHash} }},
		"leaf":      {id, func(p *cometbft.BlockPart) { p.Proof.LeafHash = nil }},
		"header":    {other, func(*cometbft.BlockPart) {}},
		"nil block": {cometbft.BlockID{}, func(*cometbft.BlockPart) {}},
	}
	for name, c := range changes {
		p := part
		c.change(&p)
		added, err := cometbft.NewPartSet(c.id).Add(&p)
		assert.Error(t, err, name)
		assert.False(t, added, name)
	}
	added, err := cometbft.NewPartSet(id).Add(&part)
	assert.NoError(t, err)
	assert.True(t, added)
}

func TestDecodeBlockRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"no header":       {0x12, 0x00},
		"empty header":    {0x0a, 0x00},
		"cut":             {0x0a, 0x05, 0x01},
		"a newer header":  {0x0a, 0x02, 0x78, 0x01},
		"header is a int": {0x08, 0x01},
	} {
		_, err := cometbft.DecodeBlock(b)
		assert.Error(t, err, name)
	}
}
