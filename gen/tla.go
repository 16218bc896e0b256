package gen

import (
	"fmt"
	"path"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// TLA says which tables are written as TLA+ modules, and for which instances
// TLC gets a configuration. The model is that of modelcheck/bft, and of a dialect
// of CometBFT the plain one of modelcheck/quotient: the same states, the same number
// of them, the same verdicts.
type TLA struct {
	Folder   string // of the modules
	Dialects []TLADialect
}

// TLADialect is a table with the instances of its model. Each instance becomes
// a module and a configuration, both called MC_ and its name.
type TLADialect struct {
	Table     string // its name
	Instances []TLAInstance
	// Questions are those of a dialect of CometBFT: see consensus.Dialect.
	Questions map[consensus.Event][]*spec.Binding
}

// TLAInstance fixes the validators, the rounds and their proposers. Correct
// validators are numbered from 0; the Byzantine ones come after them.
type TLAInstance struct {
	Name      string // for instance "one-round"
	Doc       string
	Powers    []int64 // of all validators
	Byzantine int     // how many there are
	Proposers []int   // by round; a negative number: a Byzantine one
	Silent    []int   // correct validators that take no step

	// Of a dialect of CometBFT, whose validators all have power 1 and take steps:
	Split  bool     // one block has two part-set headers
	Claims []string // the properties of modelcheck/quotient that it is held to
}

// tlaFiles are the modules and configurations.
func (g *Generator) tlaFiles() ([]File, error) {
	var files []File
	for _, d := range g.TLA.Dialects {
		i := slices.IndexFunc(g.Tables, func(t *spec.Table) bool { return t.Rules.Name == d.Table })
		if i < 0 {
			return nil, fmt.Errorf("gen: no table is named %s, of which a TLA+ module was asked for", d.Table)
		}
		module, err := g.dialectModule(g.Tables[i], &d)
		if err != nil {
			return nil, err
		}
		name := Identifier(d.Table)
		files = append(files, File{path.Join(g.TLA.Folder, name+".tla"), module})
		for _, in := range d.Instances {
			base := path.Join(g.TLA.Folder, in.module())
			text, cfg := g.tlaInstance(name, &in), g.tlaConfig(&in)
			if d.Questions != nil {
				text, cfg = g.nodeInstance(name, &in), g.nodeConfig(&in)
			}
			files = append(files, File{base + ".tla", text}, File{base + ".cfg", cfg})
		}
	}
	return files, nil
}

// dialectModule is the module of a dialect.
func (g *Generator) dialectModule(t *spec.Table, d *TLADialect) ([]byte, error) {
	if d.Questions == nil {
		return g.tlaModule(t, &consensusTLA)
	}
	var claims []string
	for _, in := range d.Instances {
		claims = append(claims, in.Claims...)
	}
	return g.nodeModule(t, d.Questions, claims)
}
