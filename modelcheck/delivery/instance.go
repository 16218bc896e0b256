package delivery

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// An instance is a configuration with what the rules need.
type instance struct {
	config    Config
	table     *spec.Table
	questions map[consensus.Event][]*spec.Binding
	node      bool // rules that are asked once, by questions: a CometBFT node
}

func newInstance(c Config) (*instance, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	d, _ := consensus.DialectNamed(c.dialect())
	c.Dialect = d.Name
	n := &instance{config: c, table: d.Table, questions: d.Questions, node: d.Questions != nil}
	if c.Rules != nil {
		n.table = c.Rules
	}
	return n, nil
}

// surroundings answer what the rules ask of them: one process and one value.
type surroundings struct {
	config *Config
	self   int
	value  consensus.Value
	asked  bool // getValue() was called
}

func (e *surroundings) Proposer(_ int64, r consensus.Round) bool {
	return int(r) < e.config.rounds() && e.config.Proposers[r] == e.self
}

func (e *surroundings) GetValue() consensus.Value {
	e.asked = true
	return e.value
}
