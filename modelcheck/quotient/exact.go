package quotient

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// An Exactness is what [Exact] has compared.
type Exactness struct {
	Config Config
	Plain  int // states of processes with names, nothing merged or put off
	States int // of the quotient
}

// ErrInexact is the kind of an error that says that the quotient is not what it
// claims to be: a defect of this package.
var ErrInexact = errors.New("quotient: not exact")

// Exact goes through every run of an instance step by step, with named processes
// that keep what local.forget leaves them, and holds the quotient against it:
//
//   - Beside each process goes its shadow, which puts silent steps off. When the
//     process shows something, its shadow has a move that shows the same, asks for
//     nothing that is not true, and leads to where the process can be found after
//     silent steps.
//   - The class of the shadows with what was sent is a state of the quotient.
//   - No step that was left out as impossible can be taken.
//   - Every state of the quotient is one in which processes are their own shadows.
//
// So the quotient, searched in any order, shows nothing that cannot be, and nothing is missing. Claims
// are faults of steps, and decisions, both of which show.
func Exact(ctx context.Context, c Config) (Exactness, error) {
	m, err := newModel(ctx, c, false)
	if err != nil {
		return Exactness{Config: c}, err
	}
	return m.exact(ctx)
}

func (m *model) exact(ctx context.Context) (Exactness, error) {
	x := &exactness{model: m, met: map[[4]uint64]bool{}, pairs: map[pair]bool{}, plain: map[pair]bool{}}
	x.explore()
	if err := x.start(); err != nil {
		return x.result(), err
	}
	for i := 0; i < len(x.queue); i++ {
		if i&1023 == 0 && ctx.Err() != nil {
			return x.result(), ctx.Err()
		}
		if err := x.step(x.queue[i]); err != nil {
			return x.result(), err
		}
	}
	for s, met := range x.met {
		if !met {
			var w world
			unpack(m, &s, &w)
			return x.result(), fmt.Errorf("%w: classes %v are reached by no run, on %s", ErrInexact, w.classes[:m.config.correct()], m.config.Name())
		}
	}
	return x.result(), nil
}

// A pair is a state of named processes, and of their shadows.
type pair struct {
	locals  [maxCorrect]uint32 // of the behaviour
	shadows [maxCorrect]uint32 // of the automaton
	sent    world              // but for the classes
}

type exactness struct {
	*model
	met   map[[4]uint64]bool // states of the quotient, and whether a run of shadows is there
	pairs map[pair]bool
	plain map[pair]bool // without shadows
	queue []pair
}

func (x *exactness) result() Exactness {
	return Exactness{Config: x.config, Plain: len(x.plain), States: len(x.met)}
}

// explore finds the states of the quotient.
func (x *exactness) explore() {
	model := searchable[[4]uint64](x.model)
	queue := slices.Clone(model.Init)
	for i := 0; i < len(queue); i++ {
		if _, ok := x.met[queue[i]]; ok {
			continue
		}
		x.met[queue[i]] = false
		model.Next(queue[i], func(_ Action, s [4]uint64) { queue = append(queue, s) })
	}
}

func (x *exactness) start() error {
	begun := []pair{{}}
	for r := range begun[0].sent.proposals {
		begun[0].sent.proposals[r].polRound = -1
	}
	for p, roles := range x.config.roles() {
		var grown []pair
		for _, b := range begun {
			for _, s := range x.process.begins {
				if s.roles == roles {
					next := b
					next.locals[p], next.shadows[p] = s.to, x.process.number[x.process.behaviour.class[s.to]]
					next.sent.send(&s.sends)
					grown = append(grown, next)
				}
			}
		}
		begun = grown
	}
	for _, b := range begun {
		if err := x.add(b); err != nil {
			return err
		}
	}
	return nil
}

// add notes a pair, and holds its shadows against the quotient.
func (x *exactness) add(b pair) error {
	if x.pairs[b] {
		return nil
	}
	x.pairs[b] = true
	x.queue = append(x.queue, b)
	alone := b
	alone.shadows = [maxCorrect]uint32{}
	x.plain[alone] = true
	w := b.sent
	own := true
	for p := range x.config.correct() {
		w.classes[p] = x.process.class[b.shadows[p]]
		own = own && x.process.behaviour.class[b.locals[p]] == x.process.states[b.shadows[p]]
	}
	s := settled[[4]uint64](x.model, &w)
	met, ok := x.met[s]
	if !ok {
		return fmt.Errorf("%w: a run leads to the classes %v, which the quotient does not reach, on %s", ErrInexact, w.classes[:x.config.correct()], x.config.Name())
	}
	x.met[s] = met || own
	return nil
}

// step takes every step of every process.
func (x *exactness) step(b pair) error {
	proc := x.process
	truth := x.config.heard(x.given, &b.sent)
	for p := range x.config.correct() {
		if proc.locals[b.locals[p]].fault != 0 {
			return nil // nothing is claimed beyond
		}
	}
	if x.excludes(truth) {
		return fmt.Errorf("%w: there are +2/3 votes for two values, which was excluded, on %s", ErrInexact, x.config.Name())
	}
	for p := range x.config.correct() {
		for _, guard := range proc.excluded[b.locals[p]] {
			if guard.within(truth) {
				return fmt.Errorf("%w: a step can be taken that was excluded, on %s", ErrInexact, x.config.Name())
			}
		}
		for i := range proc.steps[b.locals[p]] {
			e := &proc.steps[b.locals[p]][i]
			if !e.guard.within(truth) || proc.locals[e.to].left && e.sends.nothing() {
				continue
			}
			next := b
			next.locals[p] = e.to
			next.sent.send(&e.sends)
			for _, m := range proc.musts[e.musts] {
				if !m.any.meets(truth) {
					return fmt.Errorf("quotient: %s breaks a claim, where exactness means nothing: %v", x.config.Name(), m.claim)
				}
			}
			if proc.shows(e) {
				to, ok := x.shadow(b.shadows[p], e, truth, x.config.heard(x.given, &next.sent))
				if !ok {
					return fmt.Errorf("%w: a process does what its class cannot, on %s", ErrInexact, x.config.Name())
				}
				next.shadows[p] = to
			}
			if err := x.add(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// heard is what can be found in the messages of a world in which all votes are
// counted, besides what is given.
func (c *Config) heard(given atoms, sent *world) atoms {
	all := given
	for r := range consensus.Round(c.rounds()) {
		for t := range sent.votes {
			total, best := int(sent.votes[t].of(int(r), mixed))+c.Byzantine, 0
			for letter := range valueCount {
				n := sent.votes[t].of(int(r), letter)
				if int(n)+c.Byzantine >= c.quorum() {
					all = all.with(heardAtom(consensus.VoteType(t), r, letter))
					best = int(n)
				}
			}
			if total >= c.quorum() && total > best {
				all = all.with(heardAtom(consensus.VoteType(t), r, mixed))
			}
		}
		if p := sent.proposals[r]; p.letter != 0 {
			all = all.with(proposedAtom(r, int(p.letter), consensus.Round(p.polRound)))
		}
		if int(sent.sent[r])+c.Byzantine >= c.some() {
			all = all.with(laterAtom(r))
		}
	}
	return all
}

// shadow finds the move that a shadow makes when its process shows something.
func (x *exactness) shadow(from uint32, e *edge, before, after atoms) (uint32, bool) {
	proc := x.process
	class := proc.behaviour.class[e.to]
	for i := range proc.automaton.moves[from] {
		m := &proc.automaton.moves[from][i]
		if !m.guard.within(before) || m.unless.meets(before) || m.sends != e.sends {
			continue
		}
		to := &proc.locals[e.to]
		z := proc.local(int(m.to))
		if proc.states[m.to] == class || to.decision == z.decision && to.fault == z.fault && proc.finds(proc.states[m.to], class, after) {
			return m.to, true
		}
	}
	return 0, false
}

// finds says whether silent steps lead from one class of the behaviour to another
// when some atoms are true. It looks at the steps themselves.
func (p *process) finds(from, to uint32, truth atoms) bool {
	seen := map[uint32]bool{from: true}
	for queue := []uint32{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, e := range p.of(queue[0]) {
			if x := &p.locals[p.leaders[e.to]]; e.sends.nothing() && !x.stopped() && e.guard.within(truth) && !seen[e.to] {
				seen[e.to] = true
				queue = append(queue, e.to)
			}
		}
	}
	return false
}
