package bft

import (
	"io"
	"slices"

	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// Soup is what a saved counterexample of Check says that it is of.
const Soup = "soup"

// Save writes the run as a file that Replay can read, or ReplayTermination if it is
// one of Terminates.
func (c *Counterexample) Save(w io.Writer) error {
	if c.timed != nil {
		return counterexample.Save(w, counterexample.Header[timed]{
			Model: Terminating, Instance: c.Config.Name(), Dialect: c.Config.dialect(), Digest: c.Digest,
			Config: *c.timed, Property: c.Property,
		}, c.Steps)
	}
	return counterexample.Save(w, counterexample.Header[Config]{
		Model: Soup, Instance: c.Config.Name(), Dialect: c.Config.dialect(), Digest: c.Digest,
		Config: c.Config, Property: c.Property,
	}, c.Steps)
}

// Replay reads a saved counterexample and takes it through the model: each step
// must be one that the rules allow, with the effects that the file names, and the
// property must be false at the end. A run that fails this gives a
// *counterexample.Refutation, a file that cannot be read another error.
func Replay(r io.Reader) (c Counterexample, err error) {
	err = counterexample.Replay(r, Soup, func(h counterexample.Header[Config], steps []Step) (counterexample.Stage, error) {
		c = Counterexample{Config: h.Config, Digest: h.Digest, Property: h.Property, Steps: steps}
		rs, err := newRules(c.Config)
		if err != nil {
			return nil, err
		}
		rs.asked = []string{c.Property.Name}
		return rs.stage(&c), nil
	})
	return c, err
}

func (rs *rules) stage(c *Counterexample) counterexample.Stage {
	run := counterexample.Run[world]{
		Digest: rs.table.Digest(), Start: rs.starts(),
		Begins: func(w world) bool { s := rs.describeStart(&w); return s.same(&c.Steps[0]) },
		Take:   func(w world, i int) []world { return rs.take(&w, i, &c.Steps[i]) },
	}
	if at := claimNamed(c.Property.Name); at >= 0 {
		run.Violated = func(w world) bool { return !always[at].holds(rs, &w) }
	}
	return run
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
