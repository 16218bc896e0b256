package delivery

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/polka-bft/polka/modelcheck"
)

// A Result is what a search of one instance found.
type Result struct {
	Config   Config
	Digest   string // of the rules
	Verdict  modelcheck.Verdict
	Complete bool
	Stopped  modelcheck.Reason
	Cause    error // of the context, if it ended the search

	Locals  []int // by process: its states, if the others could send anything in any order
	Classes []int // by process: what is left of them when those are merged that nobody can tell apart

	States, Transitions, Depth, Deadlocks int // of all processes together, on merged states

	Coverage   []modelcheck.Coverage // by kind of input
	Unreached  []string              // of what is awaited; a verdict only if Complete
	Asked      []string              // the properties that were tested
	Violations []Counterexample
	Duration   time.Duration // of the search; the processes by themselves come before
	Prepared   time.Duration // for the processes by themselves
	Bytes      int64
	Figures    modelcheck.Figures // all that was counted
}

// Violates says whether a property was found to be violated.
func (r *Result) Violates(property string) bool {
	for i := range r.Violations {
		if r.Violations[i].Property.Name == property {
			return true
		}
	}
	return false
}

// Check searches an instance. The error, of the kind ErrConfig or ErrTooLarge
// unless ctx ended or a bug is behind it, says that it could not be searched;
// what was found is no error.
func Check(ctx context.Context, c Config, o modelcheck.Options) (Result, error) {
	m, err := newModel(ctx, c, false)
	if err != nil {
		return Result{Config: c}, err
	}
	return m.check(ctx, o)
}

// state is a class number for each process, two to a word.
type state [maxCorrect / 2]uint64

func (s state) class(p int) uint32 { return uint32(s[p/2] >> (p % 2 * 32)) }

func (s state) with(p int, class uint32) state {
	shift := p % 2 * 32
	s[p/2] = s[p/2]&^((1<<32-1)<<shift) | uint64(class)<<shift
	return s
}

// An Action is an input of one process.
type Action struct {
	Process uint8
	Input   uint16
	class   uint8
}

// A model is an instance whose processes have been explored.
type model struct {
	*instance
	parts      []*part
	symmetries renamings // none without Config.Symmetric
	prepared   time.Duration
	views      sync.Pool // of *[maxCorrect]*label
}

func newModel(ctx context.Context, c Config, apart bool) (*model, error) {
	n, err := newInstance(c)
	if err != nil {
		return nil, err
	}
	return n.model(ctx, apart)
}

// model explores and merges the processes.
func (n *instance) model(ctx context.Context, apart bool) (*model, error) {
	began := time.Now()
	automata, _, err := n.automata(ctx)
	if err != nil {
		return nil, err
	}
	m := &model{instance: n, views: sync.Pool{New: func() any { return new([maxCorrect]*label) }}}
	for _, a := range automata {
		m.parts = append(m.parts, n.merge(a, apart))
	}
	if n.config.Symmetric {
		m.symmetries = m.renamings()
	}
	m.prepared = time.Since(began)
	return m, nil
}

func (m *model) check(ctx context.Context, o modelcheck.Options) (Result, error) {
	report, err := modelcheck.Check(ctx, m.model(), o)
	if err != nil {
		return Result{Config: m.config}, err
	}
	r := Result{
		Config: m.config, Digest: m.table.Digest(), Verdict: report.Verdict(), Complete: report.Complete, Stopped: report.Stopped, Cause: report.Cause,
		States: report.States, Transitions: report.Transitions, Depth: report.Depth(), Deadlocks: report.Deadlocks,
		Coverage: report.Coverage, Duration: report.Duration, Prepared: m.prepared, Bytes: report.Bytes, Figures: report.Figures(), Asked: report.Asked,
	}
	for _, p := range m.parts {
		r.Locals, r.Classes = append(r.Locals, len(p.states)), append(r.Classes, len(p.labels))
	}
	for _, p := range report.Unreached {
		r.Unreached = append(r.Unreached, p.Name)
	}
	for _, f := range report.Violations {
		r.Violations = append(r.Violations, m.counterexample(f))
	}
	return r, nil
}

// model is the instance in the form that modelcheck wants.
func (m *model) model() modelcheck.Model[state, Action] {
	model := modelcheck.Model[state, Action]{
		Name: m.config.Name(), Next: func(s state, emit func(Action, state)) {
			m.next(s, func(a Action, to state) { emit(a, m.canonical(to)) })
		},
		Clauses: kindNames[:], Clause: func(a Action) int { return int(a.class) },
		MayStayIdle: kindNames[:], // most configurations rule some of them out
	}
	for _, s := range m.init() {
		model.Init = append(model.Init, m.canonical(s))
	}
	model.Always = slices.Concat(m.properties(everywhere), m.properties(m.config.demands()))
	if m.config.asksFor(&halting) {
		p := m.property(&halting)
		p.Holds = func(s state) bool { return !m.halts(s) }
		model.Always = append(model.Always, p)
	}
	model.Sometimes = m.properties(sometimes)
	return model
}

// properties are the claims that apply to the instance.
func (m *model) properties(claims []claim) []modelcheck.Property[state] {
	var out []modelcheck.Property[state]
	for i := range claims {
		if c := &claims[i]; m.config.asksFor(c) {
			out = append(out, m.property(c))
		}
	}
	return out
}

// init lists the states in which every process has begun.
func (m *model) init() []state {
	all := []state{{}}
	for p := range m.parts {
		var grown []state
		for _, s := range all {
			for _, c := range m.parts[p].init {
				grown = append(grown, s.with(p, c))
			}
		}
		all = grown
	}
	return all
}

func (m *model) property(c *claim) modelcheck.Property[state] {
	return modelcheck.Property[state]{Name: c.name, Doc: c.doc, Source: c.source, Holds: func(s state) bool {
		all := m.views.Get().(*[maxCorrect]*label)
		defer m.views.Put(all)
		return c.holds(&m.config, m.look(s, all))
	}}
}

// look lists the labels of all processes.
func (m *model) look(s state, all *[maxCorrect]*label) []*label {
	for p, part := range m.parts {
		all[p] = &part.labels[s.class(p)]
	}
	return all[:len(m.parts)]
}

// next emits what can happen in a state: each process, each input that it can
// have now.
func (m *model) next(s state, emit func(Action, state)) {
	var labels [maxCorrect]*label
	for _, l := range m.look(s, &labels) {
		if l.fault != NoFault {
			return
		}
	}
	for p, part := range m.parts {
		for _, e := range part.of(s.class(p)) {
			in := &part.inputs[e.input]
			if from := part.from[e.input]; from >= 0 && !labels[from].said.has(in.message) {
				continue
			}
			emit(Action{uint8(p), e.input, uint8(in.class())}, s.with(p, e.to))
		}
	}
}
