package bft

import (
	"context"
	"sync"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Properties names the properties that always hold, in order.
func Properties() []string {
	names := make([]string, len(always))
	for i := range always {
		names[i] = always[i].name
	}
	return names
}

// ProbeStates counts the states that are left of an instance when the variables
// are merged which a coarser model does not have: the memory of lines 34, 36
// and 47 and the timers. What has decided keeps its variables.
func ProbeStates(ctx context.Context, c Config) (int, error) {
	rs, err := newRules(c)
	if err != nil {
		return 0, err
	}
	rs.dead.stays = true
	var lock sync.Mutex
	merged := map[[2]uint64]bool{}
	model := newMachine[[2]uint64](rs).model()
	model.Final, model.Sometimes, model.SometimesSteps = nil, nil, nil
	model.Always = []modelcheck.Property[[2]uint64]{{Name: "merged", Holds: func(s [2]uint64) bool {
		var w world
		unpack(&rs.layout, &s, &w)
		for p := range w.locals {
			x := &w.locals[p]
			x.timers = 0
			x.process.Once34, x.process.Once36, x.process.Once47 = false, false, false
		}
		image := pack[[2]uint64](&rs.layout, &w)
		lock.Lock()
		defer lock.Unlock()
		merged[image] = true
		return true
	}}}
	_, err = modelcheck.Check(ctx, model, modelcheck.Options{})
	return len(merged), err
}

// Losses counts the observations of a dialect from which the loss of messages
// leads to a rule that is not enabled with them, or to an impossible one.
func Losses(dialect string) (int, error) {
	rs, err := newRules(Config{Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: []int{0}})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, s := range rs.spaces {
		for i, g := range s.glimpses {
			if rs.table.NextRow(s.binding)[i] == spec.Unreachable {
				continue
			}
			if g.rules != s.enabled[i] || g.impossible >= 0 {
				n++
			}
		}
	}
	return n, nil
}

// gaze returns rules that take every observation for an impossible one, so that
// each that is looked at becomes a move.
func gaze(c Config) (*rules, error) {
	rs, err := newRules(c)
	if err != nil {
		return nil, err
	}
	blind := &rules{
		config: rs.config, table: rs.table, layout: rs.layout, dead: rs.dead, enough: rs.enough,
		quorum: rs.quorum, alone: rs.alone, silent: rs.silent, surroundings: rs.surroundings,
	}
	for _, s := range rs.spaces {
		all := *s
		all.glimpses = make([]glimpse, len(s.glimpses))
		for i := range all.glimpses {
			all.glimpses[i].impossible = int32(i)
		}
		blind.spaces = append(blind.spaces, &all)
	}
	return blind, nil
}

// soup is everything there is in a world, as the interpreter wants it; without
// the proposals if so asked. Junk is a value that nobody proposed.
func soup(rs *rules, w *world, proposals bool) *consensus.Log {
	c := &rs.config
	powers := make([]int64, c.Validators)
	for i := range powers {
		powers[i] = c.power(i)
	}
	log := consensus.NewLog(powers, func(v consensus.Value) bool { return v != Invalid })
	for r, proposer := range c.Proposers {
		round := consensus.Round(r)
		for p := range c.correct() {
			for kind, ballots := range w.locals[p].ballots {
				if b := ballots[r]; b != 0 {
					log.AddVote(consensus.VoteType(kind), round, b.value(), p)
				}
			}
		}
		for p := c.correct(); p < c.Validators; p++ {
			for v := consensus.Nil; v <= junk; v++ {
				log.AddVote(consensus.PrevoteType, round, v, p)
				log.AddVote(consensus.PrecommitType, round, v, p)
			}
		}
		switch sent := w.proposals[r]; {
		case !proposals:
		case proposer == Byzantine:
			for v := V0; v < valueCount; v++ {
				for vr := consensus.Round(-1); vr <= round; vr++ {
					log.AddProposal(c.correct(), round, v, vr)
				}
			}
		case sent.value != consensus.Nil:
			log.AddProposal(proposer, round, sent.value, sent.polRound)
		}
	}
	return log
}

const junk consensus.Value = valueCount

// Apply is Edit.apply.
func Apply(e Edit, clauses []spec.Clause) ([]spec.Clause, error) { return e.apply(clauses) }

// TerminatesPlain is Terminates on the plain model, with a ledger that forgets
// nothing.
func TerminatesPlain(ctx context.Context, t Termination, o modelcheck.Options) (Result, error) {
	t.Config.Counted, t.whole = false, true
	return t.search(ctx, o)
}

// TerminationImages goes through the plain model of an instance, with a ledger
// that forgets nothing, and counts the states of the counted model that its
// states are projected to.
func TerminationImages(t Termination) (int, error) {
	t.Config.Counted = true
	w, wrong, err := newTermination(t.Config, t.Wrong)
	if err != nil {
		return 0, err
	}
	counted := newClockwork[[4]uint64](t, w, wrong)
	t.Config.Counted, t.whole = false, true
	if w, wrong, err = newTermination(t.Config, t.Wrong); err != nil {
		return 0, err
	}
	plain := newClockwork[[2]uint64](t, w, wrong)
	seen, images := map[watched[[2]uint64]]bool{}, map[watched[[4]uint64]]bool{}
	queue := plain.model().Init
	add := func(_ Action, s watched[[2]uint64]) {
		if !seen[s] {
			seen[s] = true
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		var at world
		unpack(&plain.layout, &s.state, &at)
		images[counted.canonical(counted.clear(watched[[4]uint64]{counted.machine.pack(&at), s.said}))] = true
		plain.next(s, add)
	}
	return len(images), nil
}
