package quotient

import (
	"errors"
	"fmt"
	"strings"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Byzantine stands in Config.Proposers for a Byzantine validator.
const Byzantine = cast.Byzantine

// The largest instance that fits a state.
const (
	maxCorrect = 10
	maxRounds  = 5
)

// Config chooses one instance: one height, rounds 0 to len(Proposers)−1, all
// validators with power 1. Correct validators are numbered from 0.
type Config struct {
	Dialect    string `json:"dialect"` // a name in consensus.Dialects
	Validators int    `json:"validators"`
	Byzantine  int    `json:"byzantine"`
	Proposers  []int  `json:"proposers"` // by round: a correct validator or Byzantine

	// Split puts V0Split, which is V0 under another part-set header, in the place
	// of V1 (tendermint issue 3087). CometBFT only.
	Split bool `json:"split,omitempty"`

	// WholeIDs repairs the rules: block ids are compared where the code compares
	// hashes (consensus.WholeBlockIDs).
	WholeIDs bool `json:"whole_ids,omitempty"`

	// Habits asks for what a node does in single steps as well, which endangers
	// nobody if it does not: for mutants (habits.go). CometBFT only.
	Habits bool `json:"habits,omitempty"`

	// AnyOrder searches steps in whatever order they can be taken, not by levels
	// alone (layers.go). It finds the same, and takes longer.
	AnyOrder bool `json:"any_order,omitempty"`

	// Rules replaces the table of the dialect: for mutants. Nil is the dialect's.
	Rules *spec.Table `json:"-"`
}

// Name says which instance it is, for instance "cometbft-v1 n4 f1 [B 0]".
func (c Config) Name() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s n%d f%d %s", c.Dialect, c.Validators, c.Byzantine, c.Rotation())
	if c.Split {
		b.WriteString(" split block")
	}
	if c.WholeIDs {
		b.WriteString(" whole ids")
	}
	if c.Habits {
		b.WriteString(" habits")
	}
	if c.AnyOrder {
		b.WriteString(" any order")
	}
	if c.Rules != nil {
		b.WriteString(" with other rules")
	}
	return b.String()
}

// Rotation is the proposers by round, for instance "[0 B 1]".
func (c Config) Rotation() string { return c.cast().Rotation() }

func (c Config) cast() cast.Cast {
	return cast.Cast{Validators: c.Validators, Byzantine: c.Byzantine, Proposers: c.Proposers}
}

func (c Config) correct() int { return c.Validators - c.Byzantine }
func (c Config) rounds() int  { return len(c.Proposers) }

// quorum is how many votes are more than two thirds.
func (c Config) quorum() int { return 2*c.Validators/3 + 1 }

// some is how many senders are more than one third.
func (c Config) some() int { return c.Validators/3 + 1 }

// ErrConfig is the kind of every error about a Config that cannot be used.
var ErrConfig = errors.New("quotient: unusable configuration")

// Validate says why the configuration cannot be used.
func (c Config) Validate() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %w", ErrConfig, fmt.Errorf(format, args...))
	}
	if err := c.cast().Validate(maxCorrect, maxRounds); err != nil {
		return fail("%w", err)
	}
	if c.Byzantine >= c.quorum() {
		return fail("the Byzantine validators are a quorum by themselves: nothing is left to check")
	}
	switch d, ok := consensus.DialectNamed(c.Dialect); {
	case !ok:
		return fail("there is no dialect %q", c.Dialect)
	case d.Questions == nil && (c.Split || c.WholeIDs || c.Habits):
		return fail("a split block, whole ids and habits are of CometBFT, not of %s", d.Name)
	case c.WholeIDs && c.Rules != nil:
		return fail("whole ids repair the rules of the dialect, and there are others")
	}
	return nil
}
