package quotient

import (
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// The values that can be proposed.
const (
	V0      = cast.V0
	V1      = cast.V1
	Invalid = cast.Invalid
)

// V0Split is the block V0 under another part-set header, with [Config.Split].
var V0Split = V0.Under(1)

// An alphabet lists the values of an instance, nil first. Where something is kept
// by value, it is by the place in this list, which is called its letter.
type alphabet [valueCount]consensus.Value

const valueCount = 4

// The letters.
const (
	letterNil = iota
	letterV0
	letterV1 // or V0Split
	letterInvalid
)

func newAlphabet(split bool) alphabet {
	a := alphabet{consensus.Nil, V0, V1, Invalid}
	if split {
		a[letterV1] = V0Split
	}
	return a
}

// letter is the place of a value.
func (a *alphabet) letter(v consensus.Value) int {
	for i, w := range a {
		if v == w {
			return i
		}
	}
	panic("quotient: a value that nobody can speak of")
}
