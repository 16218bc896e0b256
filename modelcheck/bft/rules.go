package bft

import (
	"fmt"
	"slices"
	"sync"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// rules is an instance with everything computed that does not depend on the
// size of a packed state. It does not change while a search runs.
type rules struct {
	config Config
	table  *spec.Table
	layout layout
	steps  int                 // how many values of consensus.Step there are
	less   map[Threshold]int64 // power that thresholds ask for less
	dead   forgetting
	live   *liveness // nil where starting a timeout is a step
	counts *counts   // nil in the plain model

	spaces       []*space // of the bindings that are no functions
	enough       *thresholds
	quorum       *[1 << maxCorrect]bool // +2/3 with the Byzantine validators, never weakened
	alone        [1 << maxCorrect]bool  // +2/3 without them
	silent       [maxCorrect]bool
	surroundings [1 << maxRounds][2]consensus.Environment // by roles, and by the value that getValue returns

	applies []bool   // by claim of always: whether the instance is held to it
	asked   []string // the only properties of always to check; nil: all
	strict  bool     // a mutant: a lock of round vr is newer than vr
	every   bool     // moves that do the same are all kept: they rely on different messages

	scans sync.Pool // of *scan
}

// newRules prepares an instance.
func newRules(c Config) (*rules, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	d, err := findDialect(c.dialect())
	if err != nil {
		return nil, err
	}
	c.Dialect = d.rules.Name
	table, less := d.table, map[Threshold]int64(nil)
	if c.Mutant != "" {
		m, err := findMutant(c.Mutant)
		if err != nil {
			return nil, err
		}
		if table, err = m.compile(d.rules); err != nil {
			return nil, err
		}
		less = m.Less
	}
	return assemble(c, table, d.steps, less)
}

// assemble puts a checked configuration and a table together.
func assemble(c Config, table *spec.Table, steps int, less map[Threshold]int64) (*rules, error) {
	rs := &rules{config: c, table: table, layout: newLayout(c, steps), applies: applicable(&c), steps: steps, less: less, enough: newThresholds(c, less), dead: newForgetting(table, steps)}
	rs.quorum = &newThresholds(c, nil)[CommitPower]
	total, _ := c.totals()
	for v := range c.senders() {
		rs.alone[v] = consensus.TwoThirds(c.sum(v), total)
	}
	for _, p := range c.Silent {
		rs.silent[p] = true
	}
	if c.Counted || c.Merged { // the votes of a round are looked at before its timeouts
		if bs := table.Rules.Bindings; slices.Index(bs, consensus.OnVotes) > slices.Index(bs, consensus.OnTimeout) {
			return nil, fmt.Errorf("%w: the bindings of %s have timeouts before votes", ErrConfig, table.Rules.Name)
		}
		rs.live = newLiveness(table, c, steps)
	}
	if c.Counted {
		var err error
		if rs.counts, err = newCounts(rs, c.Mutant != ""); err != nil {
			return nil, err
		}
	}
	for i, b := range table.Rules.Bindings {
		if b.Function {
			continue
		}
		o := observers[b]
		if o == nil {
			return nil, fmt.Errorf("%w: the model cannot observe binding %s of %s", ErrConfig, b.Name, table.Rules.Name)
		}
		rs.spaces = append(rs.spaces, newSpace(table, i, b, o))
	}
	for roles := range rs.surroundings {
		for i, v := range []consensus.Value{V0, V1} {
			rs.surroundings[roles][i] = &surroundings{uint8(roles), v}
		}
	}
	rs.scans.New = func() any { return &scan{rules: rs} }
	return rs, nil
}

// starts lists the worlds in which every process has begun round 0: one for
// each value that getValue may have returned to its proposer.
func (rs *rules) starts() []world {
	var worlds []world
	begun := world{}
	for r := range begun.proposals {
		begun.proposals[r].polRound = -1
	}
	worlds = append(worlds, begun)
	for p := range rs.config.correct() {
		var grown []world
		for _, w := range worlds {
			for i, env := range rs.surroundings[rs.layout.roles[p]] {
				next := rs.start(w, p, env)
				if i == 0 || next != grown[len(grown)-1] {
					grown = append(grown, next)
				}
			}
		}
		worlds = grown
	}
	return worlds
}

func (rs *rules) start(w world, p int, env consensus.Environment) world {
	m := move{}
	m.self.process = consensus.NewProcess(0)
	m.self.roles = rs.layout.roles[p]
	before := m.self
	outputs := m.self.process.Start(rs.table, env, nil)
	m.settle(&before, &w, env, outputs)
	if m.fault == NoFault {
		d := deed{rs: rs, world: &w, before: &before, after: &m.self, sent: m.proposal, tallies: &tallies{}}
		m.fault = d.judge()
	}
	rs.dead.forget(&m.self, rs.config.rounds() == 1)
	w.locals[p] = m.self
	w.fault = max(w.fault, m.fault)
	if m.proposal.value != consensus.Nil {
		w.proposals[m.round] = m.proposal
	}
	return w
}

// A machine is an instance on packed states.
type machine[S packed] struct {
	*rules
	views *sync.Pool // of *view[S]
}

func newMachine[S packed](rs *rules) machine[S] {
	return machine[S]{rs, &sync.Pool{New: func() any { return new(view[S]) }}}
}

// next is the Next of the model.
func (m machine[S]) next(s S, emit func(Action, S)) {
	sc := m.scans.Get().(*scan)
	m.unpack(&s, &sc.world, &sc.tallies)
	if sc.world.fault == NoFault {
		for p := range m.layout.correct {
			if m.counts != nil && m.twins(&s, p) {
				continue // what its twin does is done
			}
			sc.explore(p)
			for i := range sc.moves {
				emit(sc.moves[i].action, m.after(s, sc, &sc.moves[i]))
			}
		}
	}
	m.scans.Put(sc)
}

// after is the state after a move.
func (m machine[S]) after(s S, sc *scan, mv *move) S {
	if m.counts != nil {
		return m.count(s, sc, mv)
	}
	l := &m.layout
	put(&s, uint(mv.action.Process)*l.localBits, l.localBits, l.packLocal(&mv.self))
	if mv.proposal.value != consensus.Nil {
		putProposal(&s, l.proposals[mv.round], int(mv.round), mv.proposal)
	}
	if mv.fault != NoFault {
		put(&s, l.fault, faultBits, uint64(mv.fault))
	}
	return s
}

// pack makes a state of a world of the plain model.
func (m machine[S]) pack(w *world) S {
	if m.counts != nil {
		return project[S](m.counts, w)
	}
	return pack[S](&m.layout, w)
}

// unpack makes a world of a state, and the tallies of its messages.
func (m machine[S]) unpack(s *S, w *world, t *tallies) {
	if m.counts != nil {
		unpackCounted(m.counts, s, w, t)
		return
	}
	unpack(&m.layout, s, w)
	t.count(&m.config, w)
}

func (m machine[S]) faultOf(s *S) Fault {
	if m.counts != nil {
		return Fault(field(s, m.counts.fault, faultBits))
	}
	return Fault(field(s, m.layout.fault, faultBits))
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

// clauses names the rules whose use is counted: those that a step may follow.
// The rules of functions fire within these, and in the counted model those that
// only start timeouts, too.
func (rs *rules) clauses() []string {
	var names []string
	for i := range rs.table.All {
		r := &rs.table.All[i]
		if !r.Clause.Of.Function && (rs.live == nil || !rs.live.starts[r.ID]) {
			names = append(names, rs.table.All[i].Name)
		}
	}
	return names
}

// clause is the number of an action's rule among the clauses, or -1.
func (rs *rules) clause() func(Action) int {
	at := map[string]int{}
	for i, name := range rs.clauses() {
		at[name] = i
	}
	var table [256]int
	for i := range table {
		table[i] = -1
	}
	for i := range rs.table.All {
		if n, ok := at[rs.table.All[i].Name]; ok {
			table[rs.table.All[i].ID] = n
		}
	}
	return func(a Action) int { return table[a.Rule] }
}
