package bft

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A dialect is a rule table that the model can explore. Every binding of its
// table needs an entry in observers.
type dialect struct {
	rules *spec.Rules
	table *spec.Table
	steps int // how many values of consensus.Step its processes take
}

// dialects lists what can be explored; the first is the default.
var dialects = []dialect{
	{rules: consensus.PaperRules, table: consensus.Paper, steps: int(consensus.Precommit) + 1},
}

// Dialects lists the names of the dialects that can be explored.
func Dialects() []string {
	names := make([]string, len(dialects))
	for i, d := range dialects {
		names[i] = d.rules.Name
	}
	return names
}

// Explorable says why the rules with this name cannot be explored; nil if they
// can be.
func Explorable(name string) error {
	_, err := findDialect(name)
	return err
}

func findDialect(name string) (dialect, error) {
	for _, d := range dialects {
		if d.rules.Name == name {
			return d, nil
		}
	}
	can := strings.Join(Dialects(), ", ")
	if _, ok := consensus.DialectNamed(name); ok {
		return dialect{}, fmt.Errorf("%w: dialect %q cannot be explored yet; these can: %s", ErrConfig, name, can)
	}
	return dialect{}, fmt.Errorf("%w: there is no dialect %q; these can be explored: %s", ErrConfig, name, can)
}
