package bft

import (
	"context"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// ladder is where mechanical mutants are tried, one instance after the other
// until something kills them. The cheap ones come first and kill most: the very
// first more than all others together. The rules themselves hold on all of it.
var ladder = []Config{
	oneRound,
	byzantine,
	twoFaulty,
	{Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}, Silent: []int{2}},
	{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}, Silent: []int{2}},
	// A quorum is everybody: whoever asks for more waits forever.
	{Validators: 3, Byzantine: 0, Proposers: []int{0, 1}},
	{Validators: 4, Byzantine: 1, Proposers: []int{0, 1, Byzantine}, Silent: []int{2}},
	three,
	// One process is a quorum with the Byzantine one: the other falls behind, and
	// meets proofs of lock that are older or newer than its lock.
	{Validators: 3, Byzantine: 1, Powers: []int64{5, 1, 2}, Proposers: []int{1, 0, Byzantine}},
}

// scoreStates bounds the states of one instance of a mutant.
const scoreStates = 2_000_000

// A Scorer tries mechanical mutants.
type Scorer struct {
	dialect dialect
	options modelcheck.Options
	rungs   []rung
	made    spec.ObservationSet // on the whole ladder
}

// A rung is an instance, and what the rules themselves do there.
type rung struct {
	config    Config
	unreached []string
	fired     score.Branches
}

// NewScorer searches the ladder with the rules themselves, to have something to
// compare mutants with. Of the options those of a single search are used:
// Workers, Memory, Progress.
func NewScorer(ctx context.Context, dialect string, o modelcheck.Options) (*Scorer, error) {
	return newScorer(ctx, dialect, ladder, o)
}

func newScorer(ctx context.Context, dialect string, ladder []Config, o modelcheck.Options) (*Scorer, error) {
	d, err := findDialect(dialect)
	if err != nil {
		return nil, err
	}
	if d.rules != consensus.PaperRules {
		return nil, fmt.Errorf("%w: mechanical mutants are made of dialect paper only, not of %q", ErrConfig, d.rules.Name)
	}
	o.MaxStates, o.KeepGoing, o.Witnesses = scoreStates, false, false
	s := &Scorer{dialect: d, options: o, made: spec.ObservationSet{}}
	for _, c := range ladder {
		c.Dialect = d.rules.Name
		rs, err := assemble(c, d.table, d.steps, nil)
		if err != nil {
			return nil, err
		}
		r, err := rs.check(ctx, o)
		switch {
		case err != nil:
			return nil, err
		case !r.Complete && len(r.Violations) == 0:
			return nil, fmt.Errorf("%s: %w: %s", c.Name(), ErrUnfinished, r.Stopped)
		case r.Verdict != modelcheck.Holds:
			return nil, fmt.Errorf("%w: the rules do not hold on %s, so that nothing there speaks against a mutant", ErrConfig, c.Name())
		}
		s.rungs = append(s.rungs, rung{c, r.Unreached, branches(d.table, r.Coverage)})
		if err := d.observe(ctx, c, s.made, o); err != nil {
			return nil, err
		}
	}
	for _, b := range d.rules.Bindings {
		for i := range b.Size() {
			if b.Function {
				s.made.Add(spec.Observation{Of: b, Index: i})
			}
		}
	}
	return s, nil
}

// Mutants lists the mechanical mutants of the dialect.
func (s *Scorer) Mutants() []Mechanical { return mechanical(s.dialect.rules) }

// Try says what becomes of a mutant. The error is for searches that could not
// be made or, of the kind ErrUnfinished, were ended from outside.
func (s *Scorer) Try(ctx context.Context, m *Mechanical) (score.Trial, error) {
	t := score.Trial{Mutant: &m.Mutant, Survivor: Survivors.Find(m.Name)}
	table := s.dialect.table
	if m.less == nil {
		var err error
		if table, err = t.Compile(s.dialect.table, s.made); err != nil || table == nil {
			return t, err
		}
	}
	same := t.Survivor == nil // what is known to be hidden from the model is not alike
	for i := range s.rungs {
		r := &s.rungs[i]
		alike, by, err := s.climb(ctx, r, m, table, &t)
		if err != nil {
			return t, fmt.Errorf("mutant %q on %s: %w", m.Name, r.config.Name(), err)
		}
		if by != "" {
			t.Fate, t.By, t.On = score.Killed, by, r.config
			return t, nil
		}
		same = same && alike
	}
	if same {
		t.Fate, t.By = score.Alike, sameSteps
	}
	return t, nil
}

// sameSteps is how a mutant is like the rules that does the same on every instance.
const sameSteps = "takes the same steps in every state"

// climb tries a mutant on one instance. It says whether there the mutant takes
// the same steps as the rules, and what kills it, "" for nothing.
func (s *Scorer) climb(ctx context.Context, r *rung, m *Mechanical, table *spec.Table, t *score.Trial) (alike bool, by string, err error) {
	alike, coverage, err := s.dialect.sameSteps(ctx, r.config, m, table, s.options)
	if err != nil {
		return false, "", err
	}
	if alike {
		return true, r.starves(s.dialect.table, table, coverage), nil
	}
	rs, err := assemble(r.config, table, s.dialect.steps, m.less)
	if err != nil {
		return false, "", err
	}
	result, err := rs.check(ctx, s.options)
	if err != nil {
		return false, "", err
	}
	t.Depth, t.States = result.Depth, t.States+result.States
	switch {
	case len(result.Violations) > 0:
		return false, result.Violations[0].Property.Name, nil
	case result.Stopped == modelcheck.StateLimit:
		t.Unfinished = append(t.Unfinished, r.config.Name())
		return false, "", nil
	case !result.Complete:
		return false, "", fmt.Errorf("%w: %s", ErrUnfinished, result.Stopped)
	}
	for _, name := range result.Unreached {
		if !slices.Contains(r.unreached, name) {
			return false, unreached + name, nil
		}
	}
	return false, r.starves(s.dialect.table, table, result.Coverage), nil
}

// starves names the first rule of the table that fires with the rules and not
// with a mutant, "" for none.
func (r *rung) starves(rules, mutant *spec.Table, coverage []modelcheck.Coverage) string {
	if name := r.fired.Starved(rules, branches(mutant, coverage)); name != "" {
		return neverFires + name
	}
	return ""
}

// branches are those of the rules that fired.
func branches(t *spec.Table, coverage []modelcheck.Coverage) score.Branches {
	fired := score.Branches{}
	for _, c := range coverage {
		if rule, ok := t.Named(c.Clause); ok && c.Fired > 0 {
			fired.Add(rule)
		}
	}
	return fired
}
