package quotient

import (
	"io"
	"slices"

	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// Model is what a saved counterexample of this package says that it is of.
const Model = "quotient"

// Save writes the run as a file that Replay can read.
func (c *Counterexample) Save(w io.Writer) error {
	return counterexample.Save(w, counterexample.Header[Config]{
		Model: Model, Instance: c.Config.Name(), Dialect: c.Config.Dialect, Digest: c.Digest,
		Config: c.Config, Property: c.Property,
	}, c.Steps)
}

// Replay reads a saved counterexample and takes its steps through the rules, with
// named processes and every message: each must be one that the process can take
// then, in the same words, and the property must be false at the end. No classes
// are made for it. A run that fails this gives a *counterexample.Refutation, a file
// that cannot be read another error.
func Replay(r io.Reader) (c Counterexample, err error) {
	err = counterexample.Replay(r, Model, func(h counterexample.Header[Config], steps []Step) (counterexample.Stage, error) {
		c = Counterexample{Config: h.Config, Digest: h.Digest, Property: h.Property, Steps: steps}
		m, err := newStage(c.Config)
		if err != nil {
			return nil, err
		}
		t := newTeller(m)
		run := counterexample.Run[named]{
			Digest: m.table.Digest(), Start: t.starts(),
			Begins: func(n named) bool { start := t.describeStart(&n); return start.same(&steps[0]) },
			Take:   func(n named, i int) []named { return t.take(&n, &steps[i]) },
		}
		claim := slices.IndexFunc(always[:], func(p claim) bool { return p.name == c.Property.Name })
		if claim >= 0 {
			run.Violated = func(n named) bool { return t.violates(&n, claim) }
		}
		return run, nil
	})
	return c, err
}

// take lists where a step leads as it is told.
func (t *teller) take(n *named, told *Step) []named {
	var out []named
	for p := range t.config.correct() {
		if cast.Process(p) != told.Actor {
			continue
		}
		for _, s := range t.after(n, p) {
			s.told.Number = told.Number
			if s.told.same(told) {
				out = append(out, s.to)
			}
		}
	}
	return out
}

// violates says whether a claim of always is broken.
func (t *teller) violates(n *named, claim int) bool {
	locals := n.locals[:t.config.correct()]
	if claim != agreement {
		return slices.ContainsFunc(locals, func(x local) bool { return x.fault == claimFault(claim) })
	}
	first := consensus.Nil
	return slices.ContainsFunc(locals, func(x local) bool {
		if first == consensus.Nil {
			first = x.decision
		}
		return x.decision != consensus.Nil && x.decision != first
	})
}

// same says whether two steps are the same in every word.
func (s *Step) same(o *Step) bool {
	return s.Number == o.Number && s.Actor == o.Actor && s.Input == o.Input && slices.Equal(s.Heard, o.Heard) &&
		slices.Equal(s.Rules, o.Rules) && slices.Equal(s.Changes, o.Changes)
}
