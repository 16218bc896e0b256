package mechanical

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// sameBehaviour is how a mutant is like the rules that does the same on every
// instance.
const sameBehaviour = "does the same on every instance"

// ErrDialect is the kind of the error about a dialect of which no mutants are made.
var ErrDialect = errors.New("mechanical: no such dialect of CometBFT")

// ErrUnfinished is the kind of an error about a search that was cut short.
var ErrUnfinished = errors.New("mechanical: search not finished")

// maxStates bounds the states of one instance of a mutant.
const maxStates = 2_000_000

// A Scorer tries mechanical mutants of a dialect. It is safe for concurrent use.
type Scorer struct {
	dialect *consensus.Dialect
	options modelcheck.Options
	rungs   []*rung
	made    spec.ObservationSet // on the whole ladder
}

// New searches the ladder with the rules themselves, to have something to compare
// mutants with. Of the options those of a single search are used: Workers, Memory.
func New(ctx context.Context, dialect string, o modelcheck.Options) (*Scorer, error) {
	return newScorer(ctx, dialect, ladder(dialect), o)
}

func newScorer(ctx context.Context, dialect string, ladder []step, o modelcheck.Options) (*Scorer, error) {
	d, ok := consensus.DialectNamed(dialect)
	if !ok || d.Questions == nil {
		return nil, fmt.Errorf("%w: %q", ErrDialect, dialect)
	}
	o.MaxStates, o.Witnesses = maxStates, false
	s := &Scorer{dialect: d, options: o}
	all := score.Census{}
	for _, c := range ladder {
		r, err := c.begin(ctx, o)
		switch {
		case err != nil:
			return nil, err
		case !r.rules.complete:
			return nil, fmt.Errorf("%s: %w: %s", c.Name(), ErrUnfinished, r.rules.stopped)
		}
		if _, is := c.(costly); is {
			r.asked = r.asked.Without(all.Made)
		}
		all.Add(&r.rules.census)
		s.rungs = append(s.rungs, r)
	}
	s.made = all.Made
	return s, nil
}

// Mutants lists the mechanical mutants of the dialect.
func (s *Scorer) Mutants() []score.Mutant { return Mutants(s.dialect) }

// Mutants lists the mechanical mutants of a dialect of CometBFT.
func Mutants(d *consensus.Dialect) []score.Mutant { return score.Mutants(d.Table.Rules, alike) }

// Try says what becomes of a mutant. The error is for searches that could not be
// made or, of the kind ErrUnfinished, were ended from outside.
func (s *Scorer) Try(ctx context.Context, m *score.Mutant) (score.Trial, error) {
	t := score.Trial{Mutant: m, Survivor: Survivors[s.dialect.Name].Find(m.Name)}
	table, err := t.Compile(s.dialect.Table, s.made)
	if err != nil || table == nil {
		return t, err
	}
	same := t.Survivor == nil // what is known to be hidden from the models is not alike
	var starved string
	var where score.Instance
	for _, r := range s.rungs {
		if spec.Compare(s.dialect.Table, table, r.asked) != spec.Different {
			continue // what is different is not observed here, or was tried
		}
		o := s.options
		o.KeepGoing = len(r.rules.violated) > 0 // what is violated anyway would end the search
		out, err := r.try(ctx, table, o)
		if err != nil {
			return t, fmt.Errorf("mutant %q on %s: %w", m.Name, r.Name(), err)
		}
		if !out.same {
			same, t.Depth, t.States = false, out.depth, t.States+out.states
		}
		if name := r.fired.Starved(s.dialect.Table, out.census.Branches(table)); name != "" && starved == "" {
			starved, where = name, r.Instance
		}
		switch by := r.differs(&out); {
		case out.same:
		case by != "":
			t.Fate, t.By, t.On = score.Killed, by, r.Instance
			return t, nil
		case out.stopped == modelcheck.StateLimit:
			t.Unfinished = append(t.Unfinished, r.Name())
		case !out.complete:
			return t, fmt.Errorf("mutant %q on %s: %w: %s", m.Name, r.Name(), ErrUnfinished, out.stopped)
		}
	}
	switch {
	case starved != "":
		t.Fate, t.By, t.On = score.Killed, score.NeverFires+starved, where
	case same:
		t.Fate, t.By = score.Alike, sameBehaviour
	}
	return t, nil
}

// differs says by what a mutant is killed, "" for nothing.
func (r *rung) differs(mutant *outcome) string {
	for _, p := range mutant.violated {
		if !slices.Contains(r.rules.violated, p) {
			return p
		}
	}
	if !mutant.complete {
		return ""
	}
	for _, p := range mutant.unreached {
		if !slices.Contains(r.rules.unreached, p) {
			return score.Unreached + p
		}
	}
	for _, p := range r.rules.violated {
		if !slices.Contains(mutant.violated, p) {
			return score.Unviolated + p
		}
	}
	return ""
}
