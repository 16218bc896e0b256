package bft

import (
	"context"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A clockwork searches counted states with what was relied on.
type clockwork[S packed] struct {
	*witness
	machine machine[S]
	of      Termination
	wrong   TerminationMutant
	starts  []spec.RuleID // that do nothing but start timeouts
	asks    []asking      // by step
}

// stuck is put into the ledger when the Byzantine validators stop and nothing
// must happen though somebody has not decided.
var stuck = bitAt(127)

func newClockwork[S packed](t Termination, w *witness, wrong TerminationMutant) *clockwork[S] {
	k := &clockwork[S]{witness: w, machine: newMachine[S](w.rules), of: t, wrong: wrong}
	for i := range w.table.All {
		if id := w.table.All[i].ID; w.counts != nil && w.counts.starts[id] {
			k.starts = append(k.starts, id)
		}
	}
	for step := range w.rules.steps {
		k.asks = append(k.asks, k.askingFrom(consensus.StepValue(step)))
	}
	return k
}

func terminates[S packed](ctx context.Context, k *clockwork[S], o modelcheck.Options) (Result, error) {
	report, err := modelcheck.Check(ctx, k.model(), o)
	if err != nil {
		return Result{Config: k.config}, err
	}
	r := summary(k.rules, report)
	for _, f := range report.Violations {
		c, err := k.counterexample(f)
		if err != nil {
			return r, err
		}
		r.Violations = append(r.Violations, c)
	}
	return r, nil
}

func (k *clockwork[S]) model() modelcheck.Model[watched[S], Action] {
	m := modelcheck.Model[watched[S], Action]{
		Name: fmt.Sprintf("%s timely from round %d", k.config.Name(), k.of.From),
		Next: k.next, Clauses: k.clauses(), Clause: k.clause(), MayStayIdle: k.clauses(),
		Hash: func(s watched[S]) uint64 { return hash(s.state) ^ hash([2]uint64(s.said)) },
		Always: []modelcheck.Property[watched[S]]{{
			Name: inTime.Name, Source: inTime.Source, Doc: inTime.Doc,
			Holds: func(s watched[S]) bool { return !s.said.meets(stuck) },
		}},
	}
	for _, c := range sometimes {
		if c.name == "everyone decides" {
			m.Sometimes = append(m.Sometimes, modelcheck.Property[watched[S]]{
				Name: c.name, Doc: c.doc, Source: c.source, Holds: k.decided,
			})
		}
	}
	for _, w := range k.rules.starts() {
		m.Init = append(m.Init, k.canonical(watched[S]{state: k.machine.pack(&w)}))
	}
	return m
}

// A pending timeout is one that runs.
type pending struct {
	round consensus.Round
	kind  consensus.TimeoutKind
}

func (p pending) before(q pending) bool {
	return p.round < q.round || p.round == q.round && p.kind < q.kind
}

// A turn is a step that a state has.
type turn[S packed] struct {
	action  Action
	next    watched[S]
	due     bool
	expires bool
	timeout pending
}

// turns lists the steps of a state that lead to another, those of timeouts that
// cannot expire yet among them.
func (k *clockwork[S]) turns(s watched[S]) []turn[S] {
	sc := k.scans.Get().(*scan)
	defer k.scans.Put(sc)
	k.machine.unpack(&s.state, &sc.world, &sc.tallies)
	if sc.world.fault != NoFault {
		return nil
	}
	var out []turn[S]
	for p := range k.layout.correct {
		if k.counts != nil && k.machine.twins(&s.state, p) {
			continue
		}
		sc.explore(p)
		if sc.self.decision != consensus.Nil {
			continue
		}
		begun := k.begin(sc, s, &out)
		for i := range sc.moves {
			mv := &sc.moves[i]
			a := mv.action
			t := turn[S]{action: a}
			if k.table.Rule(a.Rule).Clause.Of == consensus.OnTimeout {
				if k.startable()>>a.Timeout&1 == 1 && begun>>a.Timeout&1 == 0 {
					continue
				}
				t.expires, t.timeout = true, pending{consensus.Round(a.Round), a.Timeout}
			}
			after := k.machine.after(s.state, sc, mv)
			for _, grown := range k.after(sc, a, s.said) {
				t.due = k.isDue(sc, a, s.said, grown)
				t.next = k.clear(watched[S]{after, grown})
				if t.next != s {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// isDue says whether a step relies on messages only that reach everybody.
func (k *clockwork[S]) isDue(sc *scan, a Action, before, after said) bool {
	if k.wrong.Ungossiped {
		return slices.Contains(k.after(sc, a, said{}), said{})
	}
	return before == after
}

// startable is the set of timeouts that are not kept, since they can be started
// whenever they can expire.
func (k *clockwork[S]) startable() (kinds uint8) {
	for _, id := range k.starts {
		kinds |= k.counts.starters[id]
	}
	return kinds
}

// begin finds the timeouts that the process under the scan has started if all
// that is due has happened. Starting one because of other messages is a step of
// its own, in which these become known.
func (k *clockwork[S]) begin(sc *scan, s watched[S], out *[]turn[S]) (begun uint8) {
	for _, id := range k.starts {
		rule := k.table.Rule(id)
		if !admits(rule, consensus.Step.Variable(), 1<<sc.self.process.Step) {
			continue
		}
		a := Action{Process: uint8(sc.process), Rule: id}
		for _, grown := range k.after(sc, a, s.said) {
			if grown == s.said {
				begun |= k.counts.starters[id]
				continue
			}
			if next := k.clear(watched[S]{s.state, grown}); next != s {
				*out = append(*out, turn[S]{action: a, next: next})
			}
		}
	}
	return begun
}

func (k *clockwork[S]) next(s watched[S], emit func(Action, watched[S])) {
	if s.said.meets(stuck) {
		return
	}
	turns, due := k.possible(s)
	for i := range turns {
		emit(turns[i].action, k.canonical(turns[i].next))
	}
	if !due && !k.decided(s) {
		emit(Action{Rule: spec.Unreachable}, watched[S]{s.state, s.said.or(stuck)})
	}
}

// possible lists the steps that may happen now, and says whether one must: if
// nothing but timeouts are due, the earliest of them expires.
func (k *clockwork[S]) possible(s watched[S]) (now []turn[S], due bool) {
	turns := k.turns(s)
	busy := slices.ContainsFunc(turns, func(t turn[S]) bool { return t.due && !t.expires })
	for i := range turns {
		due = due || turns[i].due
		if k.inTime(&turns[i], turns, busy) {
			now = append(now, turns[i])
		}
	}
	return now, due
}

// inTime says whether a step may happen now. Busy says that messages make some
// step due.
func (k *clockwork[S]) inTime(t *turn[S], turns []turn[S], busy bool) bool {
	if !t.expires || int(t.timeout.round) < k.of.From {
		return true
	}
	first := !slices.ContainsFunc(turns, func(u turn[S]) bool { return u.expires && u.timeout.before(t.timeout) })
	return (!busy || k.wrong.Hasty) && (first || k.wrong.Unordered)
}

// canonical is the smaller of the two forms of a state that differ in the names
// of v0 and v1. The plain model keeps the names.
func (k *clockwork[S]) canonical(s watched[S]) watched[S] {
	if k.counts == nil {
		return s
	}
	t := watched[S]{exchangeValues(k.counts, s.state), k.ledger.exchangeValues(s.said)}
	for i := range len(s.state) {
		if s.state[i] != t.state[i] {
			if t.state[i] < s.state[i] {
				return t
			}
			return s
		}
	}
	if t.said[0] < s.said[0] || t.said[0] == s.said[0] && t.said[1] < s.said[1] {
		return t
	}
	return s
}

// exchangeValues is a counted state with v0 and v1 in each other's place.
func exchangeValues[S packed](k *counts, s S) S {
	t := s
	var words [maxCorrect]uint64
	for p := range k.config.correct() {
		words[p] = exchange(field(&s, uint(p)*k.localBits, k.localBits), k.swapLocal, 1)
	}
	putSorted(&t, words[:k.config.correct()], k.localBits)
	for r := range k.config.rounds() {
		w := field(&s, k.at[r], k.width[r])
		put(&t, k.at[r], k.width[r], exchange(exchange(w, 1, 1), k.swapCounts, k.counter))
	}
	return t
}

func (k *clockwork[S]) decided(s watched[S]) bool {
	at, width := k.layout.roundBits+k.layout.stepBits, k.layout.localBits
	if k.counts != nil {
		at, width = 0, k.counts.localBits
	}
	for p := range uint(k.layout.correct) {
		if field(&s.state, p*width+at, valueBits) == 0 {
			return false
		}
	}
	return true
}
