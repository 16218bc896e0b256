package cometbft_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
)

func TestLoadGenesis(t *testing.T) {
	g, err := cometbft.LoadGenesis(recorded("normal", "genesis.json"))
	require.NoError(t, err)
	assert.Equal(t, "trace-s1", g.ChainID)
	assert.Equal(t, int64(1), g.InitialHeight, "0 means 1")
	assert.Equal(t, int64(4), power(g.Validators))
	var names, addresses []string
	for i, v := range g.Validators {
		names = append(names, v.Name)
		addresses = append(addresses, v.Address.String())
		assert.Equal(t, i, g.Validators.Find(v.Address))
	}
	assert.Equal(t, []string{"node3", "node0", "node2", "node1"}, names, "equal powers: by address")
	assert.Equal(t, "350B5C295791F99EA73AA39C5A4F58A75013226F", addresses[0])
	assert.Equal(t, -1, g.Validators.Find(cometbft.Address{}))
}

// genesisOf gives a genesis file with two validators, changed by replacement.
func genesisOf(t *testing.T, old, replacement string) string {
	t.Helper()
	const file = `{"chain_id":"c","initial_height":"7","validators":[
		{"address":"7A538816D75F4FB49EC24C6BB63F63AC5745A5F4","pub_key":{"type":"tendermint/PubKeyEd25519",
		 "value":"nwcjuuqOuF8R+5qjoppW+vxVX2Uj0F+uLPupsKx9iqA="},"power":"3","name":"a"},
		{"address":"","pub_key":{"type":"tendermint/PubKeyEd25519",
		 "value":"weiifXrIfZ+z97eAQZ7ZmnnuNjtByrEg6UqDpEUEZqQ="},"power":10,"name":"b"}],"app_state":{}}`
	require.True(t, strings.Contains(file, old))
	return write(t, []byte(strings.Replace(file, old, replacement, 1)), t.TempDir(), "genesis.json")
}

func TestLoadGenesisVariants(t *testing.T) {
	g, err := cometbft.LoadGenesis(genesisOf(t, "", ""))
	require.NoError(t, err)
	assert.Equal(t, int64(7), g.InitialHeight)
	assert.Equal(t, "b", g.Validators[0].Name, "the greater power first")
	assert.Equal(t, "89D6C9A0D5187F588076EBF03A96CB61BF8904E9", g.Validators[0].Address.String(), "it is computed")
	g, err = cometbft.LoadGenesis(genesisOf(t, `"initial_height":"7"`, `"initial_height":""`))
	require.NoError(t, err)
	assert.Equal(t, int64(1), g.InitialHeight)
	assert.False(t, g.PBTS(1))
	g, err = cometbft.LoadGenesis(genesisOf(t, `"app_state":{}`,
		`"consensus_params":{"synchrony":{"precision":"505","message_delay":"7"},"feature":{"pbts_enable_height":"9"}}`))
	require.NoError(t, err)
	assert.Equal(t, []time.Duration{505, 7}, []time.Duration{g.Precision, g.MessageDelay})
	assert.Equal(t, []bool{false, true}, []bool{g.PBTS(8), g.PBTS(9)})
}

func TestLoadGenesisRefuses(t *testing.T) {
	for _, c := range []struct{ old, replacement, field string }{
		{`"c"`, `""`, "chain_id"},
		{`"7"`, `"-7"`, "initial_height"},
		{`"7"`, `"seven"`, ""},
		{`"app_state":{}}`, ``, ""},
		{`"app_state":{}`, `"consensus_params":{"feature":{"pbts_enable_height":"9"}}`, "consensus_params.synchrony"},
		{"7A53", "7A54", "validators[0].address"},
		{"7A53", "53", "validators[0].address"},
		{`"3"`, `"0"`, "validators[0].power"},
		{`:10`, `:-10`, "validators[1].power"},
		{"tendermint/PubKeyEd25519", "tendermint/PubKeySecp256k1", "validators[0].pub_key.type"},
		{"nwcj", "nw", "validators[0].pub_key.value"},
		{"nwcj", "!", "validators[0].pub_key.value"},
		{"weiifXrIfZ+z97eAQZ7ZmnnuNjtByrEg6UqDpEUEZqQ=", "nwcjuuqOuF8R+5qjoppW+vxVX2Uj0F+uLPupsKx9iqA=", "validators[1].address"},
	} {
		path := genesisOf(t, c.old, c.replacement)
		_, err := cometbft.LoadGenesis(path)
		var bad *cometbft.FileError
		require.ErrorAs(t, err, &bad, c.replacement)
		assert.Equal(t, c.field, bad.Field, c.replacement)
		assert.Contains(t, err.Error(), path, c.replacement)
	}
	_, err := cometbft.LoadGenesis(filepath.Join(t.TempDir(), "genesis.json"))
	assert.Error(t, err)
}

// The double-sign scenario adds a validator and changes powers.
func TestLoadValidators(t *testing.T) {
	sets, err := cometbft.LoadValidators(recorded("double-sign", "heights.jsonl.zst"))
	require.NoError(t, err)
	assert.Len(t, sets, 294)
	g, err := cometbft.LoadGenesis(recorded("double-sign", "genesis.json"))
	require.NoError(t, err)
	assert.Equal(t, g.Validators.Hash(), sets[1].Hash())
	assert.NotEqual(t, sets[1].Hash(), sets[294].Hash())
	assert.Equal(t, int64(-30), sets[1][0].Priority)
}

func TestLoadValidatorsRefuses(t *testing.T) {
	const head, tail = `{"q":"validators","height":5,"r":{"validators":[`, `],"total":"2"}}` + "\n"
	const a = `{"address":"7A538816D75F4FB49EC24C6BB63F63AC5745A5F4","pub_key":{"type":"tendermint/PubKeyEd25519",
		"value":"nwcjuuqOuF8R+5qjoppW+vxVX2Uj0F+uLPupsKx9iqA="},"voting_power":"3"}`
	const b = `{"pub_key":{"type":"tendermint/PubKeyEd25519",
		"value":"weiifXrIfZ+z97eAQZ7ZmnnuNjtByrEg6UqDpEUEZqQ="},"voting_power":"4"}`
	for name, c := range map[string]struct {
		file string
		ok   bool
	}{
		"a set":          {head + a + "," + b + tail, true},
		"pages":          {head + a + tail + head + b + tail, true},
		"a missing page": {head + a + tail, false},
		"a page twice":   {head + a + tail + head + a + tail, false},
		"no set":         {`{"q":"block","height":5,"r":7}`, false},
		"no json":        {"height 5", false},
		"a list":         {"[1]", false},
		"nothing":        {"", false},
	} {
		sets, err := cometbft.LoadValidators(write(t, []byte(c.file), t.TempDir(), "heights.jsonl"))
		if c.ok {
			require.NoError(t, err, name)
			assert.Equal(t, int64(7), power(sets[5]), name)
			continue
		}
		var bad *cometbft.FileError
		assert.ErrorAs(t, err, &bad, name)
	}
	_, err := cometbft.LoadValidators(filepath.Join(t.TempDir(), "nothing"))
	assert.Error(t, err)
}

func TestGenesisBeside(t *testing.T) {
	dir := t.TempDir()
	wal := write(t, nil, dir, "a", "b", "home", "data", "cs.wal", "wal")
	_, found := cometbft.GenesisBeside(wal)
	assert.False(t, found)
	for _, near := range [][]string{ // each nearer than the one before
		{dir, "a", "b", "genesis.json"},
		{dir, "a", "b", "home", "config", "genesis.json"},
		{dir, "a", "b", "home", "genesis.json"},
		{dir, "a", "b", "home", "data", "cs.wal", "genesis.json"},
	} {
		want := write(t, nil, near...)
		got, found := cometbft.GenesisBeside(wal)
		assert.True(t, found)
		assert.Equal(t, want, got)
	}
	got, found := cometbft.GenesisBeside(filepath.Join(dir, "a", "b", "home"))
	assert.True(t, found)
	assert.Equal(t, filepath.Join(dir, "a", "b", "home", "genesis.json"), got, "a folder")
	far := write(t, nil, dir, "1", "2", "3", "4", "wal")
	write(t, nil, dir, "genesis.json")
	_, found = cometbft.GenesisBeside(far)
	assert.False(t, found, "four folders above")
}

// power is the sum of the powers of a set.
func power(set cometbft.ValidatorSet) (sum int64) {
	for i := range set {
		sum += set[i].Power
	}
	return sum
}
