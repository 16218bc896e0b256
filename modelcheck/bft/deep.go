package bft

import (
	"fmt"
	"strings"
)

// Deep is what takes longer than a check before a merge may: larger bounds, all
// placements of the Byzantine validators, and the exactness of the counted model
// on all the plain states that fit.
var Deep = deep()

func deep() []Entry {
	var entries []Entry
	sized := func(validators, byzantine, rounds int, why string, never ...string) {
		for _, rotation := range Rotations(validators, byzantine, rounds) {
			name := fmt.Sprintf("deep-n%d-%s", validators, placement(rotation))
			entries = append(entries, counted(name, why, validators, byzantine, rotation...).never(never...))
		}
	}
	sized(4, 1, 5, "four validators, rounds 0 to 4")
	sized(7, 2, 3, "seven validators, rounds 0 to 2")
	sized(10, 3, 2, "ten validators, rounds 0 and 1", "L28Else")
	sized(13, 4, 2, "thirteen validators, rounds 0 and 1", "L28Else")
	exact := func(validators, byzantine int, proposers ...int) {
		entries = append(entries, exactly(fmt.Sprintf("deep-exact-n%d-%s", validators, placement(proposers)), validators, byzantine, proposers...))
	}
	exact(4, 1, 0, 1)
	exact(4, 1, Byzantine, 0)
	exact(4, 1, 0, Byzantine)
	exact(7, 2, 0)
	exact(7, 2, Byzantine)
	for _, rotation := range Rotations(4, 1, 3) {
		entries = append(entries, Entry{
			Name: "deep-merged-n4-" + placement(rotation), Why: "the plain model of rounds 0 to 2 with merged timers, to compare the counted one with",
			Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: rotation, Merged: true},
		})
	}
	return entries
}

// placement is a rotation as a part of a name, such as "01b".
func placement(proposers []int) string {
	var b strings.Builder
	for _, p := range proposers {
		if p == Byzantine {
			b.WriteByte('b')
		} else {
			fmt.Fprint(&b, p)
		}
	}
	return b.String()
}
