package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec/consensus"
)

// A model is one thing that polka check can search, with what is expected of it:
// an instance of the soup, of its quotient or of delivery.
type model interface {
	about() about
	check(context.Context, modelcheck.Options) (finding, error)
}

// about is what is known of a model before it is searched.
type about struct {
	name     string // short, for the command line
	instance string
	why      string   // "" for a size that was asked for, of which nothing is expected
	violates []string // the properties that must be found violated
}

// expected is a list of one property, or of none for "".
func expected(property string) []string {
	if property == "" {
		return nil
	}
	return []string{property}
}

// A finding is what a search of a model found.
type finding struct {
	about
	config any // for JSON
	digest string
	row    resultRow

	verdict  modelcheck.Verdict
	complete bool
	stopped  modelcheck.Reason
	cause    error

	states, transitions, depth, deadlocks int
	counted                               int    // of an exact search, the states that stand for all
	countedAs                             string // what these are
	exact                                 bool

	coverage   []modelcheck.Coverage // by rule, or by kind of input
	never      []string              // what the coverage says of nothing
	asked      []string              // names of properties
	unreached  []string
	wrong      []string
	violations []violation
	duration   time.Duration
	bytes      int64
	figures    modelcheck.Figures
}

// resultRow is what the table of results says of an instance.
type resultRow struct {
	dialect, kind         string
	validators, byzantine int
	rotation              string
}

// A violation is a counterexample of either kind of model.
type violation struct {
	property bft.Property
	steps    any // for JSON
	length   int
	run      printedRun
}

// A run can be told, and some can be saved as a trace.
type printedRun interface{ Print(io.Writer) error }

type savedRun interface{ Save(io.Writer) error }

// standard says whether the model is listed, so that everything is expected in
// advance.
func (a *about) standard() bool { return a.why != "" }

// finished says whether the search could decide what is expected.
func (o *finding) finished() bool { return o.complete || len(o.violations) > 0 }

// fails says whether something is wrong. An instance of a size that was asked
// for has no expectations: there only violated properties are wrong, and what
// is not reached is told.
func (o *finding) fails() bool {
	if o.standard() {
		return len(o.wrong) > 0
	}
	return len(o.violations) > 0
}

// soup is an instance of modelcheck/bft.
type soup struct{ bft.Entry }

func (m soup) about() about {
	return about{name: m.Name, instance: m.Config.Name(), why: m.Why, violates: expected(m.Violates)}
}

func (m soup) check(ctx context.Context, o modelcheck.Options) (finding, error) {
	found, err := m.Check(ctx, o)
	if err != nil {
		return finding{}, err
	}
	kind := "plain"
	switch {
	case m.Config.Counted:
		kind = "counted"
	case m.Config.Merged:
		kind = "merged"
	}
	out := findingOf(m.about(), &found, kind)
	out.exact, out.countedAs = m.Exact, "counted states"
	return out, nil
}

// findingOf is what a search of modelcheck/bft found.
func findingOf(a about, found *bft.Outcome, kind string) finding {
	r := &found.Result
	out := finding{
		about: a, config: r.Config, digest: r.Digest, wrong: found.Wrong, counted: r.Counted,
		row:     resultRow{r.Config.Dialect, kind, r.Config.Validators, r.Config.Byzantine, r.Config.Rotation()},
		verdict: r.Verdict, complete: r.Complete, stopped: r.Stopped, cause: r.Cause,
		states: r.States, transitions: r.Transitions, depth: r.Depth, deadlocks: r.Deadlocks,
		coverage: r.Coverage, never: r.NeverFired(), unreached: r.Unreached, duration: r.Duration, bytes: r.Bytes, figures: r.Figures, asked: r.Asked,
	}
	for i := range r.Violations {
		v := &r.Violations[i]
		out.violations = append(out.violations, violation{v.Property, v.Steps, v.Len(), v})
	}
	return out
}

// inquired is an instance of modelcheck/bft that is asked for culprits, or
// whether everybody decides.
type inquired struct{ bft.Inquiry }

func (m inquired) about() about {
	return about{name: m.Name, instance: m.Config.Name(), why: m.Why, violates: expected(m.Violates)}
}

func (m inquired) check(ctx context.Context, o modelcheck.Options) (finding, error) {
	found, err := m.Check(ctx, o)
	if err != nil {
		return finding{}, err
	}
	kind := "accountability"
	if m.Termination != nil {
		kind = "termination"
	}
	out := findingOf(m.about(), &found, kind)
	for i := range out.violations {
		if m.Termination == nil {
			out.violations[i].run = &found.Accounts[i]
		}
	}
	return out, nil
}

// delivered is an instance of modelcheck/delivery.
type delivered struct{ delivery.Entry }

func (m delivered) about() about {
	return about{name: m.Name, instance: m.Config.Name(), why: m.Why, violates: expected(m.Violates)}
}

func (m delivered) check(ctx context.Context, o modelcheck.Options) (finding, error) {
	r, err := delivery.Check(ctx, m.Config, o)
	if err != nil {
		return finding{}, fmt.Errorf("model %s: %w", m.Name, err)
	}
	out := finding{
		about: m.about(), config: r.Config, digest: r.Digest, wrong: m.Wrong(&r),
		row:     resultRow{r.Config.Dialect, "delivery", r.Config.Validators, r.Config.Byzantine, r.Config.Rotation()},
		verdict: r.Verdict, complete: r.Complete, stopped: r.Stopped, cause: r.Cause,
		states: r.States, transitions: r.Transitions, depth: r.Depth, deadlocks: r.Deadlocks,
		coverage: r.Coverage, unreached: r.Unreached, duration: r.Duration, bytes: r.Bytes, figures: r.Figures, asked: r.Asked,
	}
	for i := range r.Violations {
		v := &r.Violations[i]
		out.violations = append(out.violations, violation{v.Property, v.Steps, v.Len(), v})
	}
	return out, nil
}

// divided is an instance of modelcheck/quotient, with the family that it is of.
type divided struct {
	quotient.Entry
	family *quotient.Family
}

// dividedInto is instances of modelcheck/quotient, in families.
func dividedInto(entries []quotient.Entry) []model {
	var configs []quotient.Config
	for i := range entries {
		configs = append(configs, entries[i].Config)
	}
	var out []model
	for i, f := range quotient.Families(configs) {
		out = append(out, divided{entries[i], f})
	}
	return out
}

func (m divided) about() about {
	return about{name: m.Name, instance: m.Config.Name(), why: m.Why, violates: m.Violates}
}

func (m divided) check(ctx context.Context, o modelcheck.Options) (finding, error) {
	r, err := m.CheckIn(ctx, m.family, o)
	if err != nil {
		return finding{}, fmt.Errorf("model %s: %w", m.Name, err)
	}
	out := finding{
		about: m.about(), config: r.Config, digest: r.Digest, wrong: m.Wrong(&r), exact: m.Exact,
		row:     resultRow{r.Config.Dialect, "quotient", r.Config.Validators, r.Config.Byzantine, r.Config.Rotation()},
		verdict: r.Verdict, complete: r.Complete, stopped: r.Stopped, cause: r.Cause,
		states: r.States, transitions: r.Transitions, depth: r.Depth, unreached: r.Unreached, duration: r.Duration, bytes: r.Bytes, figures: r.Figures, asked: r.Asked,
	}
	if m.Exact {
		out.states, out.counted, out.countedAs = r.Plain, r.States, "states of the quotient"
	}
	for i := range r.Violations {
		v := &r.Violations[i]
		out.violations = append(out.violations, violation{v.Property, v.Steps, v.Len(), v})
	}
	return out, nil
}

// models is the standard set of a dialect: what takes seconds, or with deep what
// takes longer.
func models(dialect string, deep bool) []model {
	var out []model
	set := bft.Standard
	if deep {
		set = bft.Deep
	}
	for _, e := range set {
		if e.Config.Dialect == dialect {
			out = append(out, soup{e})
		}
	}
	for _, q := range bft.Inquiries {
		if dialect == consensus.PaperRules.Name && !deep {
			out = append(out, inquired{q})
		}
	}
	var nodes []quotient.Entry
	for _, e := range quotient.Standard {
		if e.Config.Dialect == dialect && e.Deep == deep {
			nodes = append(nodes, e)
		}
	}
	out = append(out, dividedInto(nodes)...)
	for _, e := range delivery.Standard {
		if e.Config.Dialect == dialect && (e.Seconds > 0) == deep {
			out = append(out, delivered{e})
		}
	}
	return out
}

// modelNamed is the model of a standard set with the name.
func modelNamed(name string) (model, bool) {
	for _, d := range consensus.Dialects {
		for _, deep := range []bool{false, true} {
			for _, m := range models(d.Name, deep) {
				if m.about().name == name {
					return m, true
				}
			}
		}
	}
	return nil, false
}
