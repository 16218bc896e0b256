package modelcheck

import (
	"math"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// find gives the references stored under a tag.
func (d *shard) find(tag uint32) (refs []uint32) {
	for at := d.home(tag); d.slots[at] != 0; at = d.after(at) {
		if d.slots[at].tag() == tag {
			refs = append(refs, d.slots[at].ref())
		}
	}
	return refs
}

// A shard that starts with its least size and grows while it is filled keeps
// every reference under its tag, equal tags included.
func TestShardGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d shard
		d.reserve(0)
		require.Len(t, d.slots, minSlots)
		tags := rapid.SliceOfN(rapid.Uint32(), 1, 400).Draw(t, "tags")
		batch := rapid.IntRange(1, 50).Draw(t, "batch")
		want := map[uint32][]uint32{}
		for i, tag := range tags {
			if i%batch == 0 {
				announced := d.bytesWith(batch)
				d.reserve(batch)
				require.Equal(t, announced, int64(len(d.slots))*slotBytes)
			}
			d.add(tag, uint32(i))
			want[tag] = append(want[tag], uint32(i+1))
			require.LessOrEqual(t, d.used*loadDen, len(d.slots)*loadNum)
		}
		for tag, refs := range want {
			require.ElementsMatch(t, refs, d.find(tag))
		}
	})
}

// The first bits of a tag are spread evenly even for the hash of a counter,
// which has all its information in the last bits.
func TestTagsSpread(t *testing.T) {
	const perShard = 1000
	var counts [shardCount]int
	for i := range uint64(shardCount * perShard) {
		counts[shardOf(tagOf(i))]++
	}
	for d, n := range counts {
		assert.InDelta(t, perShard, n, perShard/4, "shard %d", d)
	}
}

func TestDefaultHash(t *testing.T) {
	type named [4]uint64
	type mixed struct {
		a uint8
		b uint64
		s string
	}
	t.Run("uint64", func(t *testing.T) { distinct(t, func(i uint64) uint64 { return i << 7 }) })
	t.Run("one word", func(t *testing.T) { distinct(t, func(i uint64) [1]uint64 { return [1]uint64{i << 50} }) })
	t.Run("two words", func(t *testing.T) { distinct(t, func(i uint64) [2]uint64 { return [2]uint64{i, i << 40} }) })
	t.Run("first of two", func(t *testing.T) { distinct(t, func(i uint64) [2]uint64 { return [2]uint64{i << 50, 0} }) })
	t.Run("four words", func(t *testing.T) { distinct(t, func(i uint64) named { return named{0, 0, i, 1} }) })
	t.Run("last of four", func(t *testing.T) { distinct(t, func(i uint64) named { return named{0, 0, 0, i << 50} }) })
	t.Run("struct", func(t *testing.T) { distinct(t, func(i uint64) mixed { return mixed{uint8(i), i, string(rune(i))} }) })
	t.Run("bytes", func(t *testing.T) { distinct(t, func(i uint64) [3]byte { return [3]byte{byte(i), 1, byte(i >> 8)} }) })
}

// distinct fails the test if many of some thousand states share a tag.
func distinct[S comparable](t *testing.T, state func(uint64) S) {
	const count = 1 << 12
	hash, tags := defaultHash[S](), map[uint32]bool{}
	for i := range uint64(count) {
		s := state(i)
		require.Equal(t, hash(s), hash(s))
		tags[tagOf(hash(s))] = true
	}
	assert.Greater(t, len(tags), count*99/100)
}

func TestColumnKeepsPlaces(t *testing.T) {
	var kept column[uint64]
	const count = 3*segmentLen + 5
	for i := range uint32(count) {
		kept.extend(int(i) + 1)
		*kept.at(i) = uint64(i) * math.MaxUint32
	}
	for i := range uint32(count) {
		assert.Equal(t, uint64(i)*math.MaxUint32, *kept.at(i))
	}
	assert.Equal(t, kept.bytesFor(count), kept.bytesFor(4*segmentLen))
	kept.release(2*segmentLen - 1)
	assert.Equal(t, int64(3*segmentLen*8), kept.bytesFor(count), "one of four segments is gone")
	assert.Equal(t, uint64(segmentLen)*math.MaxUint32, *kept.at(segmentLen))
}

// The bytes that a hash of memory is made of are those that == compares.
func TestMemoryOf(t *testing.T) {
	type padded struct {
		a uint8
		_ uint16
		b uint64
		c [3]bool
	}
	spans, ok := memoryOf(reflect.TypeFor[padded]())
	require.True(t, ok)
	assert.Equal(t, []span{{0, 1}, {8, 11}}, spans)
	x, y := padded{a: 1, b: 2}, padded{a: 1, b: 2}
	(*[24]byte)(unsafe.Pointer(&x))[1] = 0xff  // padding
	(*[24]byte)(unsafe.Pointer(&x))[20] = 0xff // padding
	require.Equal(t, x, y)
	assert.Equal(t, defaultHash[padded]()(x), defaultHash[padded]()(y))

	spans, ok = memoryOf(reflect.TypeFor[[2][3]uint16]())
	require.True(t, ok)
	assert.Equal(t, []span{{0, 12}}, spans)
	for _, other := range []reflect.Type{
		reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[struct{ p *int }](), reflect.TypeFor[[1]any](),
	} {
		_, ok := memoryOf(other)
		assert.False(t, ok, "%v: == does not compare its bytes", other)
	}
}
