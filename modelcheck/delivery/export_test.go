package delivery

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Claim asks a claim about processes that have decided these values, Nil for one
// that has not.
func Claim(name string, decisions ...consensus.Value) bool {
	var labels []*label
	for _, v := range decisions {
		labels = append(labels, &label{decision: number(v)})
	}
	all := slices.Concat(always, sometimes)
	i := slices.IndexFunc(all, func(c claim) bool { return c.name == name })
	return all[i].holds(&Config{}, labels)
}

// MergedAndApart counts the reachable states of an instance three times: with
// the processes merged; with every state of a process apart; and the latter by
// the classes that merging puts them in. It reports whether a merged state is
// reachable exactly if a state in its classes is.
func MergedAndApart(ctx context.Context, c Config) (merged, apart, image int, same bool, err error) {
	c = Whole(c)
	m, err := newModel(ctx, c, false)
	if err != nil {
		return 0, 0, 0, false, err
	}
	a, err := newModel(ctx, c, true)
	if err != nil {
		return 0, 0, 0, false, err
	}
	mergedStates, apartStates := m.reachable(), a.reachable()
	images := map[state]bool{}
	for s := range apartStates {
		var t state
		for p := range m.parts {
			t = t.with(p, m.parts[p].class[s.class(p)])
		}
		images[t] = true
	}
	same = len(images) == len(mergedStates)
	for s := range images {
		same = same && mergedStates[s]
	}
	return len(mergedStates), len(apartStates), len(images), same, nil
}

func (m *model) reachable() map[state]bool {
	seen := map[state]bool{}
	var queue []state
	add := func(_ Action, s state) {
		if !seen[s] {
			seen[s] = true
			queue = append(queue, s)
		}
	}
	for _, s := range m.init() {
		add(Action{}, s)
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		m.next(s, add)
	}
	return seen
}

// SymmetricAndNot counts the reachable states of an instance with and without
// Config.Symmetric, and reports whether the former are the latter up to names.
func SymmetricAndNot(ctx context.Context, c Config) (symmetric, whole int, same bool, err error) {
	c.Symmetric = true
	m, err := newModel(ctx, c, false)
	if err != nil {
		return 0, 0, false, err
	}
	all, images := m.reachable(), map[state]bool{}
	for s := range all {
		images[m.canonical(s)] = true
	}
	found := map[state]bool{}
	var queue []state
	model := m.model()
	add := func(_ Action, s state) {
		if !found[s] {
			found[s] = true
			queue = append(queue, s)
		}
	}
	for _, s := range model.Init {
		add(Action{}, s)
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		model.Next(s, add)
	}
	return len(found), len(all), maps.Equal(found, images), nil
}

// SoupSteps takes every step of every process of an instance of the paper once
// more, and asks the soup whether each rule that fires may: whether the table
// enables it for the messages that the process has received, which are a part of
// all that were sent, in a [consensus.Log]. It returns how many rules fired, and
// describes those that the soup does not allow.
func SoupSteps(ctx context.Context, c Config, table *spec.Table) (fired int, refused []string, err error) {
	n, err := newInstance(Whole(c))
	if err != nil {
		return 0, nil, err
	}
	all, _, err := n.automata(ctx)
	if err != nil {
		return 0, nil, err
	}
	for p, a := range all {
		s := &step{instance: n, self: p, walls: a.walls}
		s.watch = func(x *local, f consensus.Fired) {
			if f.Rule.Clause.Of.Function {
				return // its caller has changed the state already
			}
			fired++
			o := x.process.Observe(f.Choice, n.log(x), &s.env)
			if !table.Enabled(o).Has(f.Rule.ID) && len(refused) < 3 {
				refused = append(refused, fmt.Sprintf("p%d fires %s on %v", p, f.Rule.Name, o))
			}
		}
		for state := range a.states {
			x := a.states[state]
			for i := range a.inputs {
				if n.admits(&x, &a.inputs[i]) {
					s.take(&x, &a.inputs[i])
				}
			}
		}
	}
	return fired, refused, nil
}

// log is what a process has received, as the specification's own log has it.
func (n *instance) log(x *local) *consensus.Log {
	powers := make([]int64, n.config.Validators)
	for i := range powers {
		powers[i] = 1
	}
	log := consensus.NewLog(powers, func(v consensus.Value) bool { return v != Invalid })
	for r := range consensus.Round(n.config.rounds()) {
		h := &x.heard[r]
		for v := V0; v <= Invalid; v++ {
			for vr := consensus.Round(-1); vr < r; vr++ {
				if h.proposals>>(4*int(v)+int(vr)+1)&1 == 1 {
					log.AddProposal(n.config.proposer(r), r, v, vr)
				}
			}
		}
		for t := range h.votes {
			for i, mask := range h.votes[t] {
				for v := consensus.Nil; v <= Invalid; v++ {
					if mask>>v&1 == 1 {
						log.AddVote(consensus.VoteType(t), r, v, i)
					}
				}
			}
		}
	}
	return log
}

// Options for a search that goes on after a violation.
var Options = modelcheck.Options{KeepGoing: true}

// LockedStates counts the states of the processes of an instance that are locked,
// and those among them in which the lock is validValue.
func LockedStates(ctx context.Context, c Config) (locked, same int, err error) {
	n, err := newInstance(c)
	if err != nil {
		return 0, 0, err
	}
	all, _, err := n.automata(ctx)
	for _, a := range all {
		for i := range a.states {
			switch p := &a.states[i].process; {
			case p.LockedValue == consensus.Nil:
			case p.LockedValue == p.ValidValue:
				same++
				fallthrough
			default:
				locked++
			}
		}
	}
	return locked, same, err
}

// Whole is the instance whose processes forget nothing.
func Whole(c Config) Config {
	c.forgets = forgetsNothing
	return c
}

// Oblivious is the instance whose processes forget all votes of past rounds.
func Oblivious(c Config) Config {
	c.forgets = forgetsPast
	return c
}

// Classes counts the classes of each process of an instance.
func Classes(ctx context.Context, c Config) ([]int, error) {
	m, err := newModel(ctx, c, false)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, p := range m.parts {
		out = append(out, len(p.labels))
	}
	return out, nil
}

// LostEdges lists the classes that do not lead where their leaders do, and counts
// those whose first edge is the last one of the class before.
func LostEdges(ctx context.Context, c Config, apart bool) (lost []uint32, alike int, err error) {
	m, err := newModel(ctx, c, apart)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range m.parts {
		var before []edge
		for class, leader := range p.leaders {
			want := p.leaving(nil, leader)
			if !slices.Equal(want, p.of(uint32(class))) {
				lost = append(lost, uint32(class))
			}
			if len(before) > 0 && len(want) > 0 && before[len(before)-1] == want[0] {
				alike++
			}
			before = want
		}
	}
	return lost, alike, nil
}
