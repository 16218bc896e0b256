package delivery

import (
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// The values that can be proposed.
const (
	V0      = cast.V0      // valid
	V1      = cast.V1      // valid
	Invalid = cast.Invalid // valid(v) is false; only Byzantine validators speak of it
)

// V0Split is the block V0 under another part-set header, with [Config.Split].
var V0Split = V0.Under(1)

// values lists nil and the values above. Where a state keeps a value in a few
// bits it is the place in this list.
var values = [...]consensus.Value{consensus.Nil, V0, V1, Invalid, V0Split}

// valueCount is how many values there are, nil included.
const valueCount = len(values)

// number is the place of a value in values.
func number(v consensus.Value) uint8 {
	if v == V0Split {
		return uint8(valueCount - 1)
	}
	return uint8(v)
}

// valid lists the valid values that getValue may return.
func (c Config) valid() []consensus.Value {
	if c.Values == 1 {
		return []consensus.Value{V0}
	}
	return []consensus.Value{V0, V1}
}

// offers lists the values that getValue may return to a process.
func (c Config) offers(p int) []consensus.Value {
	if c.Offers != nil {
		return c.Offers[p : p+1]
	}
	return c.valid()
}

// inPlay reports whether anybody may speak of a value.
func (c Config) inPlay(v consensus.Value) bool {
	switch v {
	case V1:
		return c.Values != 1
	case Invalid:
		return !c.AllValid
	case V0Split:
		return c.Split
	}
	return true
}
