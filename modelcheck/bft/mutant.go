package bft

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec"
)

// A Mutant is a way to get the rules wrong on purpose, and what is expected to
// come of it. Either By or Survives is set.
type Mutant struct {
	Name   string // unique
	Clause string // the clause that is wrong
	Edits  []Edit
	Less   map[Threshold]int64 // power that a threshold asks for less
	On     Config              // where it is killed or shown to survive

	// By is what kills it: a property of Always that is violated, or the
	// words "unreached: " before a property that is awaited, or "never
	// fires: " before a rule.
	By string

	// Survives says why nothing in the model can tell the mutant from the
	// rules.
	Survives string
}

// Changes says what is changed, in words.
func (m *Mutant) Changes() []string {
	var out []string
	for _, e := range m.Edits {
		out = append(out, e.String())
	}
	for t := range Threshold(thresholdCount) {
		if n := m.Less[t]; n != 0 {
			out = append(out, fmt.Sprintf("%s asks for %d less power", t, n))
		}
	}
	return out
}

// compile applies the edits to the rules.
func (m *Mutant) compile(of *spec.Rules) (*spec.Table, error) {
	rules := *of
	rules.Name = of.Name + " mutant"
	for _, e := range m.Edits {
		var err error
		if rules.Clauses, err = e.apply(rules.Clauses); err != nil {
			return nil, err
		}
	}
	return spec.CompileMutant(&rules)
}

// config is the instance on which the mutant is tried.
func (m *Mutant) config() Config {
	c := m.On
	c.Mutant = m.Name
	return c
}

func findMutant(name string) (*Mutant, error) {
	i := slices.IndexFunc(Mutants, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: unknown mutant %q", ErrConfig, name)
	}
	return &Mutants[i], nil
}
