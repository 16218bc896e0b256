package bft

import (
	"fmt"
	"io"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// Property is what a counterexample violates.
type Property = counterexample.Property

// A Counterexample is a shortest run that ends in a state in which a property
// is false. Step 0 is the start.
type Counterexample struct {
	Config   Config
	Digest   string // of the rules
	Property Property
	Steps    []Step

	timed *timed // of a run of Terminates
}

// Len is the number of steps after the start.
func (c *Counterexample) Len() int { return len(c.Steps) - 1 }

func (m machine[S]) counterexample(f modelcheck.Finding[S, Action]) (Counterexample, error) {
	if m.counts != nil {
		return m.lift(f)
	}
	c := Counterexample{
		Config: m.config, Digest: m.table.Digest(),
		Property: counterexample.Violated(f.Property),
	}
	var before world
	unpack(&m.layout, &f.Path.Init, &before)
	c.Steps = append(c.Steps, m.describeStart(&before))
	for i, step := range f.Path.Steps {
		var after world
		unpack(&m.layout, &step.State, &after)
		c.Steps = append(c.Steps, m.describe(i+1, step.Action, &before, &after))
		before = after
	}
	return c, nil
}

// Print writes the run for people: each step with who, which rule and line, for
// which choice, and what changed, in lines of at most 80 columns.
func (c *Counterexample) Print(w io.Writer) error {
	var b strings.Builder
	c.Property.Begin(&b, c.Len(), c.Config.Name())
	counterexample.Wrap(&b, "  ", "  ", c.cast())
	for _, s := range c.Steps {
		head := fmt.Sprintf("%3d  %-3s %-9s ", s.Number, s.Actor, s.Rule)
		what := append([]string(nil), s.Changes...)
		if s.Number == 0 && len(what) == 0 {
			what = []string{"nobody has sent anything"}
		}
		if s.Choice != "" {
			what = append([]string{"for " + s.Choice}, what...)
		}
		if s.Rule == "impossible" {
			what = append(what, s.Observation)
		}
		counterexample.Wrap(&b, head, "", strings.Join(what, "; "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cast says who takes part.
func (c *Counterexample) cast() string {
	n := c.Config.correct()
	s := fmt.Sprintf("p0 to p%d are correct", n-1)
	switch n {
	case 1:
		s = "p0 is correct"
	case 2:
		s = "p0 and p1 are correct"
	}
	return fmt.Sprintf("%s, %d Byzantine; proposers by round: %s", s, c.Config.Byzantine, c.Config.Rotation())
}
