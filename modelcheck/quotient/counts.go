package quotient

// counts are how many votes of one type there are, by round and tally: of each
// letter, and mixed for those of all letters together. Each is a byte, and the
// bytes are in the order of the atoms, so that eight are dealt with at once.
type counts [4]uint64

var _ [32 - maxRounds*tallyKind]struct{} // they fit

// typeAtoms is how many atoms there are about the votes of a type.
const typeAtoms = maxRounds * tallyKind

// mixedAtoms are those of a type that are about no one letter.
const mixedAtoms = 1<<mixed | 1<<(mixed+tallyKind) | 1<<(mixed+2*tallyKind) | 1<<(mixed+3*tallyKind) | 1<<(mixed+4*tallyKind)

func (c *counts) of(round, tally int) uint8 {
	at := round*tallyKind + tally
	return uint8(c[at/8] >> (at % 8 * 8))
}

func (c *counts) add(round, tally int) {
	at := round*tallyKind + tally
	c[at/8] += 1 << (at % 8 * 8)
}

// everyByte times a byte is eight of them.
const everyByte = 0x0101010101010101

// atLeast has the highest bit of each byte that is n or more; all are less than 128.
func atLeast(x uint64, n uint8) uint64 { return (x + everyByte*uint64(128-n)) & (everyByte << 7) }

// whole fills the bytes whose highest bit is set, of others that are 0.
func whole(high uint64) uint64 { return high >> 7 * 0xff }

// gather is the highest bits of the bytes, one after the other.
func gather(high uint64) uint64 { return high >> 7 * 0x0102040810204080 >> 56 }

// spread fills a byte for each bit.
var spread = func() (all [256]uint64) {
	for bits := range all {
		for i := range 8 {
			if bits>>i&1 == 1 {
				all[bits] |= 0xff << (8 * i)
			}
		}
	}
	return all
}()

// exchanged lets the letters V0 and V1 change places. No pair of them is in two words.
func (c *counts) exchanged() counts {
	var out counts
	for i, x := range c {
		one := lettersV0[i]
		out[i] = x&^(one|one<<8) | x&one<<8 | x>>8&one
	}
	return out
}

// lettersV0 fills the bytes of V0.
var lettersV0 = func() (all counts) {
	for r := range maxRounds {
		at := r*tallyKind + letterV0
		if at%8 == 7 {
			panic("quotient: V0 and V1 are counted in two words")
		}
		all[at/8] |= 0xff << (at % 8 * 8)
	}
	return all
}()

// narrow moves eight numbers of so many bits each together; wide moves them apart.
func narrow(x uint64, bits uint) uint64 {
	if x&^((1<<bits-1)*everyByte) != 0 {
		panic("quotient: a count is too large for its field")
	}
	x = (x | x>>(8-bits)) & ((1<<(2*bits) - 1) * 0x0001000100010001)
	x = (x | x>>(16-2*bits)) & ((1<<(4*bits) - 1) * 0x0000000100000001)
	return (x | x>>(32-4*bits)) & (1<<(8*bits) - 1)
}

func wide(x uint64, bits uint) uint64 {
	x = (x | x<<(32-4*bits)) & ((1<<(4*bits) - 1) * 0x0000000100000001)
	x = (x | x<<(16-2*bits)) & ((1<<(2*bits) - 1) * 0x0001000100010001)
	return (x | x<<(8-bits)) & ((1<<bits - 1) * everyByte)
}
