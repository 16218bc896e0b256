package modelcheck

// The visited set is an open-addressed table from states to their numbers.
// The states themselves stand in the store; a slot holds 32 bits of the hash
// (the tag) and a reference of 32 bits. Equal tags are settled by comparing
// the states, so the set is exact.
//
// The tag alone says where a state belongs: its first bits choose the shard,
// the following ones the slot. Therefore a shard grows by one pass over its
// own slots, without a look at any state.
//
// Nothing here is locked. A search alternates between phases in which shards
// are only read, and phases in which each shard has one owner.

const (
	shardBits    = 6
	shardCount   = 1 << shardBits
	minSlotBits  = 4
	slotBytes    = 8
	loadNum      = 5 // a shard is at most loadNum/loadDen full
	loadDen      = 8
	tagBits      = 32
	maxSlotBits  = tagBits - shardBits
	hashMultiple = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
)

// A slot is tag<<32 | reference; 0 is empty. A reference is the state's
// number plus one or, with the pending bit, a candidate of the block at hand.
type slot uint64

func makeSlot(tag, ref uint32) slot { return slot(tag)<<tagBits | slot(ref) }

func (s slot) tag() uint32 { return uint32(s >> tagBits) }
func (s slot) ref() uint32 { return uint32(s) }

const pending = 1 << 31

// tagOf spreads a hash, which may come from the model and be poor, over the
// bits of a tag.
func tagOf(hash uint64) uint32 {
	hash ^= hash >> 32
	return uint32(hash * hashMultiple >> 32)
}

func shardOf(tag uint32) uint32 { return tag >> (tagBits - shardBits) }

type shard struct {
	slots []slot
	shift uint8 // home = tag, less its shard bits, shifted down by this
	used  int
}

// home is where the search for a tag begins.
func (d *shard) home(tag uint32) uint32 { return tag << shardBits >> d.shift }

// slotBitsFor is the size, as a power of two, for a number of states.
func slotBitsFor(count int) uint8 {
	bits := uint8(minSlotBits)
	for bits < maxSlotBits && loadNum<<bits < count*loadDen {
		bits++
	}
	return bits
}

// bytesWith is the size of the shard once there is room for more states.
func (d *shard) bytesWith(more int) int64 {
	return max(int64(len(d.slots)), 1<<slotBitsFor(d.used+more)) * slotBytes
}

// reserve makes room for more states.
func (d *shard) reserve(more int) {
	bits := slotBitsFor(d.used + more)
	if 1<<bits <= len(d.slots) {
		return
	}
	old := d.slots
	d.slots = make([]slot, 1<<bits)
	d.shift = tagBits - bits
	mask := uint32(len(d.slots) - 1)
	for _, s := range old {
		if s == 0 {
			continue
		}
		at := d.home(s.tag()) & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = s
	}
}
