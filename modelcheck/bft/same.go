package bft

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// wide is a packed state that every instance fits.
type wide = [4]uint64

// observe adds to the set every observation that some process makes in an
// instance of the rules. Functions are called, not observed.
//
// It is a search whose steps are those of the rules and, beside them, looks: an
// onlooker takes every observation for an impossible one, which makes an action
// of it, and changes nothing. Each observation is a class of actions, so that
// the coverage says which were made. Nothing is forgotten, since a mutant may
// ask for what the rules do not.
func (d *dialect) observe(ctx context.Context, c Config, made spec.ObservationSet, o modelcheck.Options) error {
	walker, err := assemble(c, d.table, d.steps, nil)
	if err != nil {
		return err
	}
	onlooker, err := assemble(c, d.table, d.steps, nil)
	if err != nil {
		return err
	}
	walker.dead = keeping(d.steps)
	var all []spec.Observation
	first := map[uint8]int{} // where the observations of a binding begin
	for _, s := range onlooker.spaces {
		first[s.number] = len(all)
		for i := range s.glimpses {
			s.glimpses[i] = glimpse{impossible: int32(i)}
			all = append(all, spec.Observation{Of: s.binding, Index: i})
		}
	}
	steps, looks := newMachine[wide](walker), newMachine[wide](onlooker)
	model := steps.model()
	model.Always, model.Sometimes, model.Clauses, model.MayStayIdle = nil, nil, make([]string, len(all)), nil
	model.Next = func(s wide, emit func(Action, wide)) {
		steps.next(s, emit)
		looks.next(s, func(a Action, _ wide) { emit(a, s) })
	}
	model.Clause = func(a Action) int {
		if a.Rule != spec.Unreachable {
			return -1
		}
		return first[a.Binding] + int(a.Index)
	}
	report, err := modelcheck.Check(ctx, model, o)
	if err != nil {
		return err
	}
	if !report.Complete {
		return fmt.Errorf("observations on %s: %w: %s", c.Name(), ErrUnfinished, report.Stopped)
	}
	for i, coverage := range report.Coverage {
		if coverage.Fired == 0 {
			continue
		}
		for _, s := range onlooker.spaces {
			if s.binding != all[i].Of {
				continue
			}
			for _, index := range s.below(all[i].Index) {
				made.Add(spec.Observation{Of: s.binding, Index: index})
			}
		}
	}
	return nil
}

// sameSteps searches an instance of a mutant, and says whether in every state
// the rules would take the same steps. If they do, both reach the same states,
// and no property of states can tell them apart. Steps that change nothing do
// not count. The coverage is that of the mutant; a step may have another rule.
func (d *dialect) sameSteps(ctx context.Context, c Config, m *Mechanical, table *spec.Table, o modelcheck.Options) (bool, []modelcheck.Coverage, error) {
	mutant, err := assemble(c, table, d.steps, m.less)
	if err != nil {
		return false, nil, err
	}
	rules, err := assemble(c, d.table, d.steps, nil)
	if err != nil {
		return false, nil, err
	}
	mutant.dead = mutant.dead.and(&rules.dead)
	rules.dead = mutant.dead
	model, other := newMachine[wide](mutant).model(), newMachine[wide](rules).model()
	if !slices.Equal(model.Init, other.Init) {
		return false, nil, nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var differ atomic.Bool
	next := model.Next
	model.Always, model.Sometimes = nil, nil
	model.Next = func(s wide, emit func(Action, wide)) {
		var room [2][16]wide
		mine, theirs := room[0][:0], room[1][:0]
		next(s, func(a Action, to wide) {
			emit(a, to)
			if to != s {
				mine = append(mine, to)
			}
		})
		other.Next(s, func(_ Action, to wide) {
			if to != s {
				theirs = append(theirs, to)
			}
		})
		if !slices.Equal(mine, theirs) && !slices.Equal(inOrder(mine), inOrder(theirs)) {
			differ.Store(true)
			stop()
		}
	}
	report, err := modelcheck.Check(ctx, model, o)
	if err != nil {
		return false, nil, err
	}
	return report.Complete && !differ.Load(), report.Coverage, nil
}

// inOrder sorts states, and leaves out those that are there already.
func inOrder(states []wide) []wide {
	slices.SortFunc(states, func(a, b wide) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(states)
}

// keeping forgets nothing of a process that has not decided, apart from the
// timeout that would lead out of the last round.
func keeping(steps int) forgetting {
	f := forgetting{once: make([][3]bool, steps), timers: make([]uint8, steps)}
	for step := range f.timers {
		f.timers[step] = 1<<(consensus.TimeoutPrecommit+1) - 1
	}
	return f
}

// and forgets what both forget.
func (f *forgetting) and(g *forgetting) forgetting {
	both := keeping(len(f.once))
	both.last47 = f.last47 && g.last47
	for step := range both.once {
		both.timers[step] = f.timers[step] | g.timers[step]
		for i := range both.once[step] {
			both.once[step][i] = f.once[step][i] && g.once[step][i]
		}
	}
	return both
}
