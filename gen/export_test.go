package gen

import "github.com/polka-bft/polka/spec"

// TLAModule is the module of a table of spec/consensus, whatever laws it breaks.
func TLAModule(t *spec.Table) ([]byte, error) {
	return (&Generator{Source: "spec/consensus"}).tlaModule(t, &consensusTLA)
}

// TLAInstanceTexts are the module and the configuration of an instance of Paper.
func TLAInstanceTexts(in TLAInstance) (module, config string) {
	g := &Generator{Source: "spec/consensus"}
	return string(g.tlaInstance("Paper", &in)), string(g.tlaConfig(&in))
}
