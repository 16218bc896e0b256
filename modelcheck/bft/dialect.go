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

func findDialect(name string) (dialect, error) {
	for _, d := range dialects {
		if d.rules.Name == name {
			return d, nil
		}
	}
	return dialect{}, fmt.Errorf("%w: unknown dialect %q; known: %s", ErrConfig, name, strings.Join(Dialects(), ", "))
}
