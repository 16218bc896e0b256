package delivery

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// An instance is a configuration with what the rules need.
type instance struct {
	config    Config
	table     *spec.Table
	questions map[consensus.Event][]*spec.Binding
	node      bool          // rules that are asked once, by questions: a CometBFT node
	census    *score.Census // what processes meet; nil: it is not noted

	forgetting forgetting
	known      [faultCount]bool // the faults that break properties of Config.Known
}

func newInstance(c Config) (*instance, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	d, _ := consensus.DialectNamed(c.dialect())
	c.Dialect = d.Name
	n := &instance{config: c, table: d.Table, questions: d.Questions, node: d.Questions != nil}
	switch {
	case c.Rules != nil:
		n.table = c.Rules
	case c.WholeIDs:
		table, err := spec.Compile(consensus.WholeBlockIDs(d.Table.Rules))
		if err != nil {
			return nil, fmt.Errorf("delivery: repairing %s: %w", d.Name, err)
		}
		n.table = table
	}
	n.forgetting = newForgetting(n)
	for i := range everywhere {
		for f := range n.known {
			if slices.Contains(c.Known, everywhere[i].name) && !everywhere[i].holds(&c, []*label{{fault: Fault(f)}}) {
				n.known[f] = true
			}
		}
	}
	return n, nil
}

// surroundings answer what the rules ask of them, in one way: the process, what
// getValue returns, and whether a new block is refused.
type surroundings struct {
	config  *Config
	self    int
	value   consensus.Value
	refuses bool
	ready   bool // the wait for the time of the last block is over

	asked  bool // getValue() was called
	judged bool // a block or a proposal could have been refused
}

func (e *surroundings) Proposer(_ int64, r consensus.Round) bool {
	return int(r) < e.config.rounds() && e.config.Proposers[r] == e.self
}

func (e *surroundings) GetValue() consensus.Value {
	e.asked = true
	return e.value
}

// Accepted is what the application says of a block. It may change its mind: each
// prevote asks it again.
func (e *surroundings) Accepted(consensus.Value) bool { return e.accepts() }

// Timely is what the clock says of a proposal. It is asked once, for the prevote.
func (e *surroundings) Timely(r consensus.Round, _ consensus.Value) bool {
	if e.config.Clock != nil {
		return e.config.Clock.timely(r, e.config.Mistake)
	}
	return e.accepts()
}

// Early is what the clock says of the last block.
func (e *surroundings) Early(int64, consensus.Round) bool { return e.config.SlowClocks && !e.ready }

func (e *surroundings) accepts() bool {
	e.judged = e.judged || e.config.Refusals
	return !e.refuses
}

// What follows is as it usually is, and the same for every instance.

// Dated implements [consensus.NodeEnvironment].
func (e *surroundings) Dated(consensus.Round, consensus.Value) bool { return true }

// AwaitsTransactions implements [consensus.NodeEnvironment].
func (e *surroundings) AwaitsTransactions(int64) bool { return false }

// SkipsTimeoutCommit implements [consensus.NodeEnvironment].
func (e *surroundings) SkipsTimeoutCommit() bool { return false }

// LastCommit implements [consensus.NodeEnvironment].
func (e *surroundings) LastCommit(int64) consensus.LastCommitValue { return consensus.LastSome }

// Extends implements [consensus.NodeEnvironment].
func (e *surroundings) Extends(int64) bool { return false }
