package gossip

import (
	"errors"
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec/gossip"
)

// Config chooses one instance: two nodes with a new connection between them.
type Config struct {
	Dialect string // a name in gossip.Dialects
	Chain   Chain
	Nodes   [nodes]Node
	Self    [nodes]int8 // which validator each is; −1 for none
	Static  [nodes]bool // it gossips, and takes no step

	Timeouts   bool  // timers may expire
	Queries    bool  // majorities are asked about
	Reconnects uint8 // how often the connection may end and begin anew
	Restarts   uint8 // how often a node may begin its height anew
	Gifts      uint8 // how often a node may get the proposal of its round from somebody else
	Counted    bool  // what is sent is counted

	// AskBehind sends queries through the lane of votes, behind them, so that a vote
	// which is marked when a query is sent is not under way any more when it arrives.
	// Both dialects send them through the lane of announcements.
	AskBehind bool

	// Silent says that nobody is told of parts that are collected from step precommit
	// on. That is so in CometBFT (enterPrecommit); polka tells.
	Silent bool

	// Catchup is how many rounds beyond the next a node takes votes of from the
	// other; 0 stands for CometBFT's two.
	Catchup int

	// Rules replaces those of the dialect: for mutants. Nil is the dialect's.
	Rules *gossip.Dialect
}

// Name says which instance it is, for instance "polka A 3/0 newHeight static, B 1/0 propose".
func (c Config) Name() string {
	var b strings.Builder
	b.WriteString(c.Dialect)
	for i := range nodes {
		n := &c.Nodes[i]
		fmt.Fprintf(&b, "%s %s %d/%d %s", [...]string{"", ","}[i], actorNames[i], n.Height, n.Round, stepNames[n.Step])
		if c.Static[i] {
			b.WriteString(" static")
		}
	}
	for _, with := range []struct {
		on   bool
		name string
	}{
		{c.Timeouts, "timeouts"},
		{c.Queries, "queries"},
		{c.Reconnects > 0, fmt.Sprintf("%d reconnects", c.Reconnects)},
		{c.Restarts > 0, fmt.Sprintf("%d restarts", c.Restarts)},
		{c.Gifts > 0, fmt.Sprintf("%d gifts", c.Gifts)},
		{c.AskBehind, "behind votes"},
		{c.Silent, "silent"},
		{c.Counted, "counted"},
		{c.Catchup > 0, fmt.Sprintf("%d catch-up rounds", c.Catchup)},
		{c.Rules != nil, "other rules"},
	} {
		if with.on {
			b.WriteString(", " + with.name)
		}
	}
	return b.String()
}

// lossy says that announcements may overtake each other and some be lost, which is
// so in CometBFT: it broadcasts them by goroutines of their own.
func (c *Config) lossy() bool { return c.Dialect == gossip.CometBFT.Name }

// silent says that nobody is told of parts that are collected from step precommit on.
func (c *Config) silent() bool { return c.Silent || c.Dialect == gossip.CometBFT.Name }

func (c *Config) catchupRounds() int {
	if c.Catchup == 0 {
		return catchupRounds
	}
	return c.Catchup
}

// ErrConfig is the kind of every error about a Config that cannot be used.
var ErrConfig = errors.New("gossip: unusable configuration")

// Validate says why the configuration cannot be used.
func (c Config) Validate() error {
	_, err := newModel(c)
	return err
}

// newModel prepares an instance.
func newModel(c Config) (*model, error) {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %w", ErrConfig, fmt.Errorf(format, args...))
	}
	m := &model{config: c, quorum: c.Chain.quorum(), rules: c.Rules}
	for _, d := range gossip.Dialects {
		if d.Name == c.Dialect && m.rules == nil {
			m.rules = d
		}
	}
	if m.rules == nil {
		return nil, fail("there is no dialect %q", c.Dialect)
	}
	var err error
	if m.plans, err = c.Chain.plans(); err != nil {
		return nil, fail("%w", err)
	}
	for i := range nodes {
		n := &c.Nodes[i]
		switch h := n.Height; {
		case h < 1 || int(h) > len(m.plans)+1 || h > gossip.Heights:
			return nil, fail("node %s is at height %d, of %d", actorNames[i], h, len(m.plans))
		case n.Round < 0 || n.Round > 0 && n.Round >= m.rounds(h):
			return nil, fail("node %s is in round %d, of %d", actorNames[i], n.Round, m.rounds(h))
		case h > 1 && m.plan(h-1).decided < 0:
			return nil, fail("node %s is at height %d, and the one before is not decided", actorNames[i], h)
		case c.Self[i] >= int8(c.Chain.Validators):
			return nil, fail("node %s is validator %d, of %d", actorNames[i], c.Self[i], c.Chain.Validators)
		}
	}
	return m, nil
}

var stepNames = [...]string{
	gossip.NewHeight: "newHeight", gossip.NewRound: "newRound", gossip.Propose: "propose", gossip.Prevote: "prevote",
	gossip.PrevoteWait: "prevoteWait", gossip.Precommit: "precommit", gossip.PrecommitWait: "precommitWait", gossip.Commit: "commit",
}
