package bft

import (
	"fmt"
	"io"
	"slices"

	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// Soup is what a saved counterexample of Check says that it is of.
const Soup = "soup"

// Save writes the run as a file that Replay can read.
func (c *Counterexample) Save(w io.Writer) error {
	return counterexample.Save(w, counterexample.Header[Config]{
		Model: Soup, Instance: c.Config.Name(), Dialect: c.Config.dialect(), Digest: c.Digest,
		Config: c.Config, Property: c.Property,
	}, c.Steps)
}

// Replay reads a saved counterexample and takes it through the model: each step
// must be one that the rules allow, with the effects that the file names, and the
// property must be false at the end. A run that fails this gives a
// *counterexample.Refutation, a file that cannot be read another error.
func Replay(r io.Reader) (Counterexample, error) {
	h, steps, err := counterexample.Load[Config, Step](r, Soup)
	if err != nil {
		return Counterexample{}, fmt.Errorf("bft: %w", err)
	}
	c := Counterexample{Config: h.Config, Digest: h.Digest, Property: h.Property, Steps: steps}
	rs, err := newRules(c.Config)
	if err != nil {
		return c, err
	}
	rs.asked = []string{c.Property.Name}
	if d := rs.table.Digest(); d != c.Digest {
		return c, fmt.Errorf("bft: the counterexample is of rules with digest %s, these have %s", c.Digest, d)
	}
	return c, rs.replay(&c)
}

func (rs *rules) replay(c *Counterexample) error {
	at := claimNamed(c.Property.Name)
	if at < 0 {
		return fmt.Errorf("bft: there is no property %q", c.Property.Name)
	}
	run := counterexample.Run[world]{
		Steps: c.Len(), Property: c.Property.Name,
		Take:     func(w world, i int) []world { return rs.take(&w, i, &c.Steps[i]) },
		Violated: func(w world) bool { return !always[at].holds(rs, &w) },
	}
	for _, w := range rs.starts() {
		if s := rs.describeStart(&w); s.same(&c.Steps[0]) {
			run.Start = append(run.Start, w)
		}
	}
	return run.Replay()
}

// take finds the successors that a step describes.
func (rs *rules) take(now *world, number int, want *Step) (next []world) {
	for _, to := range rs.successors(now) {
		if s := rs.describe(number, to.action, now, &to.world); s.same(want) {
			next = append(next, to.world)
		}
	}
	return next
}

// world is what a move makes of a world.
func (m *move) world(before *world) world {
	w := *before
	w.locals[m.action.Process] = m.self
	if m.proposal.value != 0 {
		w.proposals[m.round] = m.proposal
	}
	w.fault = m.fault
	return w
}

// same says whether two steps are the same in every word.
func (s *Step) same(o *Step) bool {
	return s.Number == o.Number && s.Actor == o.Actor && s.Rule == o.Rule && s.Line == o.Line &&
		s.Choice == o.Choice && s.Observation == o.Observation && slices.Equal(s.Effects, o.Effects) &&
		slices.Equal(s.Changes, o.Changes) && slices.Equal(s.Forgotten, o.Forgotten)
}
