package bft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// The values that can be proposed. A vote is for one of them, or for nil.
const (
	V0      = cast.V0      // valid
	V1      = cast.V1      // valid
	Invalid = cast.Invalid // valid(v) is false; only Byzantine proposers propose it
)

// valueCount counts nil and the values above.
const valueCount = 4

// Byzantine stands in Config.Proposers for any Byzantine validator: which one
// it is makes no difference.
const Byzantine = cast.Byzantine

const (
	maxCorrect = 10
	maxRounds  = 6
)

// Config chooses one instance of the model: one height, rounds 0 to
// len(Proposers)−1.
//
// Correct validators are numbered from 0; the Byzantine ones come after them.
// Byzantine may be a third of the power or more, as long as it is no quorum:
// then a disagreement is what should be found.
type Config struct {
	Dialect    string  `json:"dialect"` // one of Dialects; "" means "paper"
	Validators int     `json:"validators"`
	Byzantine  int     `json:"byzantine"`
	Powers     []int64 `json:"powers,omitempty"` // of all validators, the correct ones first; nil: 1 each
	Proposers  []int   `json:"proposers"`        // by round: a correct validator or Byzantine

	// Counted searches the counted model, in which states of the plain one that
	// differ in nothing that matters are one state; see counts.go.
	Counted bool `json:"counted,omitempty"`

	// Merged searches the plain model without the steps that only start a
	// timeout: lines 34 and 61 are one step, and lines 47 and 65. The counted
	// model is always so.
	Merged bool `json:"merged,omitempty"`

	// Silent lists correct validators that never take a step. The states
	// without their steps are a part of all states, so that a violation that
	// is found is real; that none is found says nothing about the whole.
	Silent []int `json:"silent,omitempty"`

	// Mutant names the entry of Mutants whose edit is applied to the rules.
	Mutant string `json:"mutant,omitempty"`
}

// Name says which instance it is, for instance "paper n4 f1 [B 0]".
func (c Config) Name() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s n%d f%d %s", c.dialect(), c.Validators, c.Byzantine, c.Rotation())
	if c.Counted {
		b.WriteString(" counted")
	}
	if c.Merged {
		b.WriteString(" merged")
	}
	if c.Powers != nil {
		fmt.Fprintf(&b, " powers %v", c.Powers)
	}
	if c.Silent != nil {
		fmt.Fprintf(&b, " silent %v", c.Silent)
	}
	if c.Mutant != "" {
		fmt.Fprintf(&b, " mutant %q", c.Mutant)
	}
	return b.String()
}

// Rotation is the proposers by round, for instance "[0 B 1]".
func (c Config) Rotation() string { return c.cast().Rotation() }

func (c Config) cast() cast.Cast {
	return cast.Cast{Validators: c.Validators, Byzantine: c.Byzantine, Proposers: c.Proposers, Silent: c.Silent}
}

func (c Config) dialect() string {
	if c.Dialect == "" {
		return "paper"
	}
	return c.Dialect
}

func (c Config) correct() int { return c.Validators - c.Byzantine }
func (c Config) rounds() int  { return len(c.Proposers) }

// power is the voting power of a validator.
func (c Config) power(i int) int64 {
	if c.Powers == nil {
		return 1
	}
	return c.Powers[i]
}

// ErrConfig is the kind of every error about a Config that cannot be used.
var ErrConfig = errors.New("bft: unusable configuration")

// Validate says why the configuration cannot be used. That it packs into a
// state is part of it.
func (c Config) Validate() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
	if err := c.cast().Validate(maxCorrect, maxRounds); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	switch {
	case c.Powers != nil && len(c.Powers) != c.Validators:
		return fail("%d powers for %d validators", len(c.Powers), c.Validators)
	case c.Counted && (c.Powers != nil || c.Silent != nil):
		return fail("the counted model takes correct validators for interchangeable: no powers and none silent")
	case slices.ContainsFunc(c.Powers, func(w int64) bool { return w < 1 || w > 1<<32 }):
		return fail("a power is not within 1 to 2³²: %v", c.Powers)
	}
	if total, faulty := c.totals(); consensus.TwoThirds(faulty, total) {
		return fail("the Byzantine validators are a quorum by themselves: nothing is left to check")
	}
	d, err := findDialect(c.dialect())
	if err != nil {
		return err
	}
	if c.Counted {
		return nil // its own layout says whether it fits
	}
	l := newLayout(c, d.steps)
	return l.fits()
}

// Rotations lists the proposer lists of the given number of rounds that differ
// in more than the names of validators of equal power: every placement of the
// Byzantine validators in a round-robin rotation.
func Rotations(validators, byzantine, rounds int) [][]int {
	return cast.Rotations(validators, byzantine, rounds)
}
