package quotient

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A Result is what a search of one instance found.
type Result struct {
	Config   Config
	Digest   string // of the rules
	Verdict  modelcheck.Verdict
	Complete bool
	Stopped  modelcheck.Reason
	Cause    error // of the context, if it ended the search

	Locals  int // the states of one process by itself
	Classes int // what is left of them when those are merged that nobody can tell apart

	States, Transitions, Depth int // Depth counts steps that others can see
	Plain                      int // of an exact search, the states of processes with names

	Unreached  []string // of what is awaited; a verdict only if Complete
	Asked      []string // the properties that were tested; none by Exact
	Violations []Counterexample
	Prepared   time.Duration // for one process by itself
	Duration   time.Duration // of the search
	Bytes      int64
	Figures    modelcheck.Figures // all that was counted; empty of Exact
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

// A model is an instance with its processes.
type model struct {
	*instance
	config   Config
	process  *process
	given    atoms // what is true from the start: Byzantine proposals
	most     uint8 // where counts of votes stop: with the Byzantine ones it is a quorum
	mostSent uint8
	layout   layout
	classes  int // of the process, in whatever order
	prepared time.Duration
}

// Check searches an instance. The error, of the kind ErrConfig or ErrTooLarge
// unless ctx ended or a bug is behind it, says that it could not be searched;
// what was found is no error.
func Check(ctx context.Context, c Config, o modelcheck.Options) (Result, error) {
	return Families([]Config{c})[0].Check(ctx, c, o)
}

// exactResult is [Exact] as the result of a search. That it is not exact is an
// error.
func exactResult(ctx context.Context, c Config) (Result, error) {
	began := time.Now()
	m, err := newModel(ctx, c, false)
	if err != nil {
		return Result{Config: c}, err
	}
	x, err := m.exact(ctx)
	r := Result{
		Config: c, Digest: m.table.Digest(), Verdict: modelcheck.Holds, Complete: true, Prepared: m.prepared, Duration: time.Since(began),
		Locals: len(m.process.locals), Classes: len(m.process.moves), States: x.States, Plain: x.Plain,
	}
	switch {
	case err != nil && ctx.Err() != nil:
		r.Verdict, r.Complete, r.Stopped, r.Cause = modelcheck.Unfinished, false, modelcheck.Cancelled, context.Cause(ctx)
	case err != nil:
		return r, err
	}
	return r, nil
}

func newInstance(c *Config) (*instance, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	d, _ := consensus.DialectNamed(c.Dialect)
	n := &instance{
		table: d.Table, questions: d.Questions, rounds: c.rounds(), values: newAlphabet(c.Split),
		tallies: []int{few, mixed, letterNil, letterV0, letterV1}, claims: applicable(c), whole: wholeIDs(c),
		exclusive: 3*c.Byzantine < c.Validators, habits: c.Habits, forgets: d.Questions != nil && c.Rules == nil,
	}
	switch {
	case c.Rules != nil:
		n.table = c.Rules
	case c.WholeIDs:
		table, err := spec.Compile(consensus.WholeBlockIDs(d.Table.Rules))
		if err != nil {
			return nil, fmt.Errorf("quotient: repairing %s: %w", d.Name, err)
		}
		n.table = table
	}
	return n, nil
}

// newModel prepares an instance, with its processes; with census, what they meet is
// noted.
func newModel(ctx context.Context, c Config, census bool) (*model, error) {
	return newModelOf(ctx, c, c.roles(), census)
}

// newModelOf prepares an instance, with a process that proposes in one of some sets
// of rounds. Nothing else in it depends on who proposes, but for config and given.
func newModelOf(ctx context.Context, c Config, roles []uint8, census bool) (*model, error) {
	began := time.Now()
	m, err := newStage(c)
	if err != nil {
		return nil, err
	}
	m.counts = census
	b, err := m.behave(ctx, roles)
	if err != nil {
		return nil, err
	}
	m.process = newProcess(newAutomaton(b))
	m.classes = len(m.process.moves)
	if err := m.layOut(); err != nil {
		return nil, err
	}
	m.prepared = time.Since(began)
	return m, nil
}

// newStage prepares an instance, without processes.
func newStage(c Config) (*model, error) {
	n, err := newInstance(&c)
	if err != nil {
		return nil, err
	}
	m := &model{instance: n, config: c}
	m.most = uint8(max(0, c.quorum()-c.Byzantine))
	m.mostSent = uint8(max(0, c.some()-c.Byzantine))
	m.given = c.given()
	return m, nil
}

// given is what is true from the start: Byzantine proposers have proposed everything.
func (c *Config) given() (all atoms) {
	for r, p := range c.Proposers {
		if p != Byzantine {
			continue
		}
		for letter := letterV0; letter < valueCount; letter++ {
			for vr := -1; vr <= r; vr++ {
				all = all.with(proposedAtom(consensus.Round(r), letter, consensus.Round(vr)))
			}
		}
	}
	return all
}

// roles lists, for each correct process, the rounds whose proposer it is.
func (c Config) roles() []uint8 {
	roles := make([]uint8, c.correct())
	for r, p := range c.Proposers {
		if p != Byzantine {
			roles[p] |= 1 << r
		}
	}
	return roles
}

// check searches by levels, unless any order is asked for.
func (m *model) check(ctx context.Context, o modelcheck.Options) (Result, error) {
	m, err := m.byLevels()
	if err != nil {
		return Result{Config: m.config}, err
	}
	return m.search(ctx, o)
}

// byLevels is the model in a search by levels, unless any order is asked for.
func (m *model) byLevels() (*model, error) {
	if m.config.AnyOrder {
		return m, nil
	}
	began := time.Now()
	layered := *m
	layered.process = m.process.layered()
	if err := layered.layOut(); err != nil {
		return m, err
	}
	layered.prepared += time.Since(began)
	return &layered, nil
}

func (m *model) search(ctx context.Context, o modelcheck.Options) (Result, error) {
	switch {
	case m.layout.bits <= 128:
		return search[[2]uint64](ctx, m, o)
	case m.layout.bits <= 192:
		return search[[3]uint64](ctx, m, o)
	default:
		return search[[4]uint64](ctx, m, o)
	}
}

// An Action is a move of one process.
type Action struct {
	Process uint8
	Class   uint32
	Move    uint32 // among those of the class
	Seen    uint32
}

func search[S packed](ctx context.Context, m *model, o modelcheck.Options) (Result, error) {
	report, err := modelcheck.Check(ctx, searchable[S](m), o)
	if err != nil {
		return Result{Config: m.config}, err
	}
	r := Result{
		Config: m.config, Digest: m.table.Digest(), Verdict: report.Verdict(), Complete: report.Complete, Stopped: report.Stopped, Cause: report.Cause,
		Locals: len(m.process.locals), Classes: m.classes,
		States: report.States, Transitions: report.Transitions, Depth: report.Depth(),
		Prepared: m.prepared, Duration: report.Duration, Bytes: report.Bytes, Figures: report.Figures(), Asked: report.Asked,
	}
	for _, p := range report.UnreachedSteps {
		r.Unreached = append(r.Unreached, p.Name)
	}
	for _, f := range report.Violations {
		c, err := lift(m, f)
		if err != nil {
			return r, err
		}
		r.Violations = append(r.Violations, c)
	}
	return r, nil
}

// searchable is the instance in the form that modelcheck wants.
func searchable[S packed](m *model) modelcheck.Model[S, Action] {
	model := modelcheck.Model[S, Action]{Name: m.config.Name(), Hash: hash[S]}
	for _, w := range m.starts() {
		model.Init = append(model.Init, settled[S](m, &w))
	}
	worlds := sync.Pool{New: func() any { return new([2]world) }}
	model.Next = func(s S, emit func(Action, S)) {
		pair := worlds.Get().(*[2]world)
		m.next(&pair[0], &pair[1], func(w *world) { unpack(m, &s, w) }, func(a Action, w *world) { emit(a, settled[S](m, w)) })
		worlds.Put(pair)
	}
	classes := func(s S) []uint32 {
		var c cursor
		out := make([]uint32, 0, maxCorrect)
		for range m.config.correct() {
			out = append(out, uint32(take(&s, &c, m.layout.classBits)))
		}
		return out
	}
	for i := range always {
		if !m.claims[i] {
			continue
		}
		holds := func(s S) bool { return !m.faulty(classes(s), claimFault(i)) }
		if i == agreement {
			holds = func(s S) bool { return !m.disagree(classes(s)) }
		}
		p := &always[i]
		model.Always = append(model.Always, modelcheck.Property[S]{Name: p.name, Doc: p.doc, Source: p.source, Holds: holds})
	}
	for i := range sometimes {
		p := &sometimes[i]
		if p.applies != nil && !p.applies(&m.config) {
			continue
		}
		model.SometimesSteps = append(model.SometimesSteps, modelcheck.StepProperty[S, Action]{
			Name: p.name, Doc: p.doc, Source: p.source, Holds: func(_ S, a Action, _ S) bool { return a.Seen>>i&1 == 1 },
		})
	}
	return model
}

// starts lists the worlds in which every process has begun the height.
func (m *model) starts() []world {
	begun := world{}
	for r := range begun.proposals {
		begun.proposals[r].polRound = -1
	}
	worlds := []world{begun}
	for p, roles := range m.config.roles() {
		var grown []world
		for _, w := range worlds {
			for _, s := range m.process.starts {
				if s.roles != roles {
					continue
				}
				next := w
				next.classes[p] = s.to
				next.send(&s.sends)
				grown = append(grown, next)
			}
		}
		worlds = grown
	}
	return worlds
}

// next goes through the moves of every process. Those of one that is in the same
// class as the one before it are the same.
func (m *model) next(w, after *world, unpack func(*world), emit func(Action, *world)) {
	unpack(w)
	if slices.ContainsFunc(w.classes[:m.config.correct()], func(c uint32) bool { return m.process.fault[c] != 0 }) {
		return
	}
	all := m.truth(w)
	for p := range m.config.correct() {
		class := w.classes[p]
		if p > 0 && class == w.classes[p-1] {
			continue
		}
		moves := m.process.moves[class]
		done := -1 // the last move that was made; those with the same outcome follow it
		for i := range moves {
			mv := &moves[i]
			if done >= 0 && moves[done].to == mv.to && moves[done].raises == mv.raises && moves[done].sends == mv.sends {
				continue
			}
			if !mv.guard.within(all) || !mv.unless.empty() && mv.unless.meets(all) {
				continue
			}
			done = i
			*after = *w
			if mv.raises != 0 {
				for q := range m.config.correct() {
					after.classes[q] = m.process.raised[w.classes[q]][mv.raises]
				}
			}
			after.classes[p] = mv.to
			after.send(&mv.sends)
			emit(Action{Process: uint8(p), Class: class, Move: uint32(i), Seen: mv.sends.seen}, after)
		}
	}
}

// faulty says whether some process has broken a claim.
func (m *model) faulty(classes []uint32, f fault) bool {
	for _, c := range classes {
		if m.process.fault[c] == f {
			return true
		}
	}
	return false
}

// disagree says whether two processes have decided different values.
func (m *model) disagree(classes []uint32) bool {
	first := consensus.Nil
	for _, c := range classes {
		switch v := m.process.decision[c]; {
		case v == consensus.Nil:
		case first == consensus.Nil:
			first = v
		case v != first:
			return true
		}
	}
	return false
}

// hash mixes the words of a packed state.
func hash[S packed](s S) uint64 {
	const golden = 0x9e3779b97f4a7c15
	h := uint64(0)
	for i := range len(s) {
		h = (h ^ s[i]) * golden
		h ^= h >> 29
	}
	return h * 0xbf58476d1ce4e5b9
}
