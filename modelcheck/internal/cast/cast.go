// Package cast says who takes part in an instance of consensus, which values they
// speak of, and what all of these are called in a run that is told. The models
// modelcheck/bft and modelcheck/delivery share it.
package cast

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec/consensus"
)

// The values that can be proposed. A vote is for one of them, or for nil.
const (
	V0      consensus.Value = 1 // valid
	V1      consensus.Value = 2 // valid
	Invalid consensus.Value = 3 // valid(v) is false; only Byzantine validators speak of it
)

// Byzantine stands among the proposers for a Byzantine validator.
const Byzantine = -1

// A Cast is who takes part. Correct validators are numbered from 0; the Byzantine
// ones come after them.
type Cast struct {
	Validators int
	Byzantine  int
	Proposers  []int // by round: a correct validator or Byzantine
	Silent     []int // correct validators that never take a step
}

// Validate says what is wrong with the cast of a model that has room for so many
// correct validators and rounds.
func (c Cast) Validate(correct, rounds int) error {
	n := c.Validators - c.Byzantine
	switch {
	case c.Validators < 1:
		return fmt.Errorf("%d validators, want at least 1", c.Validators)
	case c.Byzantine < 0 || n < 1:
		return fmt.Errorf("%d of %d validators are Byzantine; at least one must be correct", c.Byzantine, c.Validators)
	case n > correct:
		return fmt.Errorf("%d correct validators, at most %d fit a state", n, correct)
	case len(c.Proposers) < 1 || len(c.Proposers) > rounds:
		return fmt.Errorf("%d rounds, want 1 to %d", len(c.Proposers), rounds)
	case c.Byzantine == 0 && slices.Contains(c.Proposers, Byzantine):
		return fmt.Errorf("a Byzantine validator proposes, but there is none")
	}
	for _, p := range slices.Concat(c.Proposers, c.Silent) {
		if p != Byzantine && (p < 0 || p >= n) {
			return fmt.Errorf("%d is none of the %d correct validators", p, n)
		}
	}
	return nil
}

// Rotation is the proposers by round, for instance "[0 B 1]".
func (c Cast) Rotation() string {
	names := make([]string, len(c.Proposers))
	for r, p := range c.Proposers {
		names[r] = fmt.Sprint(p)
		if p == Byzantine {
			names[r] = "B"
		}
	}
	return "[" + strings.Join(names, " ") + "]"
}

// Rotations lists the proposer lists of the given number of rounds that differ
// in more than the names of validators of equal power: every placement of the
// Byzantine validators in a round-robin rotation.
func Rotations(validators, byzantine, rounds int) [][]int {
	var out [][]int
	var place func(prefix []int, correct, faulty int)
	place = func(prefix []int, correct, faulty int) {
		if len(prefix) == min(validators, rounds) {
			rotation := make([]int, rounds)
			for r := range rotation {
				rotation[r] = prefix[r%len(prefix)]
			}
			out = append(out, rotation)
			return
		}
		if correct < validators-byzantine {
			place(append(slices.Clip(prefix), correct), correct+1, faulty)
		}
		if faulty < byzantine {
			place(append(slices.Clip(prefix), Byzantine), correct, faulty+1)
		}
	}
	if rounds > 0 {
		place(nil, 0, 0)
	}
	return out
}

// Process names a correct validator: "p0" and so on.
func Process(p int) string { return fmt.Sprintf("p%d", p) }

// Value names a value: "nil", "v0", "v1" or "invalid", and "v0/1" for v0 under
// the second of its part-set headers.
func Value(v consensus.Value) string {
	name := [...]string{consensus.Nil: "nil", V0: "v0", V1: "v1", Invalid: "invalid"}[v.Block()]
	if v.Header() > 0 {
		return fmt.Sprintf("%s/%d", name, v.Header())
	}
	return name
}

// Round writes −1, which stands for no round, with the minus of the paper.
func Round(r consensus.Round) string {
	if r < 0 {
		return "−1"
	}
	return fmt.Sprint(r)
}
