package gen

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// TLAModule is the module of a table of spec/consensus, whatever laws it breaks.
func TLAModule(t *spec.Table) ([]byte, error) {
	return (&Generator{Source: "spec/consensus"}).tlaModule(t, &consensusTLA)
}

// TLAInstanceTexts are the module and the configuration of an instance of Paper.
func TLAInstanceTexts(in TLAInstance) (module, config string) {
	g := &Generator{Source: "spec/consensus"}
	return string(g.tlaInstance("Paper", &in)), string(g.tlaConfig(&in))
}

// NodeModule is the module of a table of a CometBFT dialect, whatever laws it breaks.
func NodeModule(t *spec.Table, questions map[consensus.Event][]*spec.Binding, claims []string) (string, error) {
	text, err := (&Generator{Source: "spec/consensus"}).nodeModule(t, questions, claims)
	return string(text), err
}

// NodeInstanceTexts are the module and the configuration of an instance of a dialect.
func NodeInstanceTexts(dialect string, in TLAInstance) (module, config string) {
	g := &Generator{Source: "spec/consensus"}
	return string(g.nodeInstance(dialect, &in)), string(g.nodeConfig(&in))
}
