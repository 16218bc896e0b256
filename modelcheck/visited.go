package modelcheck

import "unsafe"

// The visited set is an open-addressed table from the keys of states to their
// numbers. The keys themselves stand in a column; a slot holds 32 bits of the hash
// (the tag) and a reference of 32 bits. Equal tags are settled by comparing
// the keys, so the set is as exact as they are.
//
// The tag alone says where a state belongs: its first bits choose the shard,
// the following ones the slot. Slots are in the order of their tags, but for what
// had to move on from a full one. Therefore a shard grows by one pass from its
// first slot to its last, without a look at any state.
//
// Nothing here is locked. A search alternates between phases in which shards
// are only read, and phases in which each shard has one owner.

const (
	shardBits    = 6
	shardCount   = 1 << shardBits
	minSlots     = 16
	slotBytes    = 8
	loadNum      = 7 // a shard is at most loadNum/loadDen full
	loadDen      = 10
	growNum      = 3 // and grows to growNum/growDen of its size
	growDen      = 2
	tagBits      = 32
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
	slots  []slot
	used   int
	memory *memory // where slots are taken from; nil for the heap
}

// home is where the search for a tag begins: what is left of it without its shard,
// as a fraction of the slots.
func (d *shard) home(tag uint32) uint32 {
	return uint32(uint64(tag<<shardBits) * uint64(len(d.slots)) >> tagBits)
}

// after is the slot that follows another.
func (d *shard) after(at uint32) uint32 {
	if at++; at == uint32(len(d.slots)) {
		return 0
	}
	return at
}

// slotsFor is how many slots a shard with so many needs for a number of states.
func slotsFor(slots, count int) int {
	for slots = max(slots, minSlots); slots*loadNum < count*loadDen; {
		slots = slots * growNum / growDen
	}
	return slots
}

// bytesWith is the size of the shard once there is room for more states.
func (d *shard) bytesWith(more int) int64 {
	return int64(slotsFor(len(d.slots), d.used+more)) * slotBytes
}

// reserve makes room for more states.
func (d *shard) reserve(more int) {
	count := slotsFor(len(d.slots), d.used+more)
	if count == len(d.slots) {
		return
	}
	old := d.slots
	d.slots = d.take(count)
	for _, s := range old {
		if s == 0 {
			continue
		}
		at := d.home(s.tag())
		for d.slots[at] != 0 {
			at = d.after(at)
		}
		d.slots[at] = s
	}
	if d.memory != nil && len(old)*slotBytes >= worthMap {
		d.memory.giveBack(unsafe.Pointer(unsafe.SliceData(old)), len(old)*slotBytes)
	}
}

// add puts in a state that is not there.
func (d *shard) add(tag, number uint32) {
	d.reserve(1)
	at := d.home(tag)
	for d.slots[at] != 0 {
		at = d.after(at)
	}
	d.slots[at] = makeSlot(tag, number+1)
	d.used++
}

// take gives empty slots.
func (d *shard) take(count int) []slot {
	if d.memory != nil {
		if p := d.memory.take(count * slotBytes); p != nil {
			return unsafe.Slice((*slot)(p), count)
		}
	}
	return make([]slot, count)
}
