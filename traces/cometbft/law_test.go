package cometbft_test

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/traces/cometbft"
)

func drawTime(t *rapid.T, label string) time.Time {
	seconds := rapid.Int64Range(-62135596800, 253402300799).Draw(t, label)
	return time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, label+" nanos")).UTC()
}

func drawBytes(t *rapid.T, label string) []byte {
	b := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, label)
	if len(b) == 0 {
		return nil
	}
	return b
}

func drawHash(t *rapid.T, label string) string {
	n := rapid.SampledFrom([]int{0, 32}).Draw(t, label+" size")
	return string(rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, label))
}

func drawBlockID(t *rapid.T) cometbft.BlockID {
	return cometbft.BlockID{
		Hash:       drawHash(t, "hash"),
		PartsTotal: rapid.Uint32().Draw(t, "parts"),
		PartsHash:  drawHash(t, "parts hash"),
	}
}

// drawRecord gives any record that can be encoded, of any kind.
func drawRecord(t *rapid.T) cometbft.Record {
	height, round := rapid.Int64().Draw(t, "height"), rapid.Int32().Draw(t, "round")
	r := cometbft.Record{Time: drawTime(t, "time"), Kind: cometbft.Kind(rapid.IntRange(1, 6).Draw(t, "kind"))}
	if r.IsMessage() {
		r.Peer = rapid.SampledFrom([]string{"", "f9b10e7455697300cd534853c0ee22bfcd4674c8"}).Draw(t, "peer")
		if rapid.Bool().Draw(t, "received") {
			r.ReceiveTime = drawTime(t, "receive time").Add(1) // not the zero
		}
	}
	switch r.Kind {
	case cometbft.KindStep:
		r.Step = cometbft.Step{Height: height, Round: round, Step: rapid.String().Draw(t, "step")}
	case cometbft.KindProposal:
		r.Proposal = cometbft.Proposal{
			Height: height, Round: round, POLRound: rapid.Int32().Draw(t, "pol"), BlockID: drawBlockID(t),
			Timestamp: drawTime(t, "timestamp"), Signature: drawBytes(t, "signature"),
		}
	case cometbft.KindBlockPart:
		r.BlockPart = cometbft.BlockPart{
			Height: height, Round: round, Index: rapid.Uint32().Draw(t, "index"), Bytes: drawBytes(t, "bytes"),
			Proof: cometbft.Proof{Total: rapid.Int64().Draw(t, "total"), Index: height, LeafHash: drawBytes(t, "leaf")},
		}
		for range rapid.IntRange(0, 3).Draw(t, "aunts") {
			r.BlockPart.Proof.Aunts = append(r.BlockPart.Proof.Aunts, drawBytes(t, "aunt"))
		}
	case cometbft.KindVote:
		r.Vote = cometbft.Vote{
			Type:   rapid.SampledFrom([]cometbft.VoteType{cometbft.Prevote, cometbft.Precommit}).Draw(t, "type"),
			Height: height, Round: round, BlockID: drawBlockID(t), Timestamp: drawTime(t, "timestamp"),
			ValidatorAddress: cometbft.Address(rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "address")),
			ValidatorIndex:   rapid.Int32().Draw(t, "validator"), Signature: drawBytes(t, "signature"),
			Extension: drawBytes(t, "extension"), ExtensionSignature: drawBytes(t, "extension signature"),
		}
	case cometbft.KindTimeout:
		r.Timeout = cometbft.Timeout{
			Duration: time.Duration(rapid.Int64Range(math.MinInt64, math.MaxInt64).Draw(t, "duration")),
			Height:   height, Round: round, Step: rapid.Uint8().Draw(t, "step"),
		}
	case cometbft.KindEndHeight:
		r.EndHeight = height
	}
	return r
}

// decodeEncodes is the law that decoding undoes encoding.
func decodeEncodes(t *rapid.T) {
	want := drawRecord(t)
	payload, err := cometbft.AppendPayload(nil, &want)
	require.NoError(t, err)
	got, err := cometbft.DecodePayload(payload)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NotEmpty(t, got.String())
	for cut := range payload { // whatever is cut off, it must not panic
		_, _ = cometbft.DecodePayload(payload[:cut])
	}
}

func TestDecodeUndoesEncode(t *testing.T) { rapid.Check(t, decodeEncodes) }

func FuzzDecodeUndoesEncode(f *testing.F) { f.Fuzz(rapid.MakeFuzz(decodeEncodes)) }

// drawLog gives a file of a few records and where each ends in it.
func drawLog(t *rapid.T) (file []byte, stops []int) {
	for range rapid.IntRange(1, 4).Draw(t, "records") {
		r := drawRecord(t)
		payload, err := cometbft.AppendPayload(nil, &r)
		require.NoError(t, err)
		file = cometbft.AppendFrame(file, payload)
		stops = append(stops, len(file))
	}
	return file, stops
}

// A log cut at any byte gives all whole records and then either ends or is torn.
func TestCutAnywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wal")
	rapid.Check(t, func(rt *rapid.T) {
		file, stops := drawLog(rt)
		cut := rapid.IntRange(1, len(file)).Draw(rt, "cut")
		require.NoError(rt, os.WriteFile(path, file[:cut], 0o644))
		whole, end := 0, 0
		for _, stop := range stops {
			if stop <= cut {
				whole, end = whole+1, stop
			}
		}
		o := read(t, path)
		assert.Equal(rt, io.EOF, o.err)
		assert.Equal(rt, whole, o.records)
		assert.Equal(rt, end != cut, o.isTorn)
		if o.isTorn {
			assert.Equal(rt, int64(end), o.torn.Offset)
			assert.Equal(rt, cut-end, o.torn.Bytes)
		}
	})
}

// A flipped bit, wherever it is, is found in the record it is in: it is never
// passed over and never taken for a torn tail. A log of one record may be
// refused as a whole.
func TestFlippedBit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wal")
	rapid.Check(t, func(rt *rapid.T) {
		file, stops := drawLog(rt)
		bit := rapid.IntRange(0, 8*len(file)-1).Draw(rt, "bit")
		file[bit/8] ^= 1 << (bit % 8)
		require.NoError(rt, os.WriteFile(path, file, 0o644))
		index := 0
		for stops[index] <= bit/8 {
			index++
		}
		o := read(t, path)
		assert.False(rt, o.isTorn)
		assert.Equal(rt, index, o.records)
		var corrupt *cometbft.CorruptError
		if errors.As(o.err, &corrupt) {
			assert.Equal(rt, index, corrupt.Index)
			return
		}
		assert.ErrorIs(rt, o.err, cometbft.ErrNotWAL)
		assert.Len(rt, stops, 1)
	})
}

// FuzzLog reads any bytes as a log: it must end, in one of the ways that are
// documented, and give no record that cannot be written again.
func FuzzLog(f *testing.F) {
	f.Add(ends(f, 0, 1, 2))
	f.Add(ends(f, 0, 1, 2)[:50])
	f.Add([]byte(`{"chain_id":"x"}`))
	f.Add(archive(f, true, []string{"wal", "wal.000"}, map[string][]byte{"wal": ends(f, 3), "wal.000": ends(f, 2)}))
	f.Fuzz(func(t *testing.T, file []byte) {
		l, err := cometbft.Open(write(t, file, t.TempDir(), "wal"))
		if err != nil {
			return
		}
		defer func() { assert.NoError(t, l.Close()) }()
		for {
			r, err := l.Next()
			if err != nil {
				return
			}
			if r.Unknown > 0 {
				continue
			}
			payload, err := cometbft.AppendPayload(nil, &r)
			require.NoError(t, err)
			_, err = cometbft.DecodePayload(payload)
			require.NoError(t, err)
		}
	})
}

// FuzzDecodeBlock decodes any bytes as a block: it must not panic.
func FuzzDecodeBlock(f *testing.F) {
	f.Add([]byte{0x0a, 0x00})
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = cometbft.DecodeBlock(b) })
}
