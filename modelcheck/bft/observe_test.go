package bft

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/consensus"
)

// TestObservations compares what the observers see with what the interpreter of
// the specification observes of the same messages, along random runs.
func TestObservations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		rs, err := newRules(c)
		require.NoError(t, err)
		eyes, err := gaze(c)
		require.NoError(t, err)
		w := rapid.SampledFrom(rs.starts()).Draw(t, "start")
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			for p := range c.correct() {
				compareObservations(t, eyes, &w, p)
			}
			moves := allMoves(rs, &w)
			if len(moves) == 0 {
				return
			}
			m := rapid.SampledFrom(moves).Draw(t, "move")
			w = m.world(&w)
		}
	})
}

// drawConfig draws an instance, with unequal powers or too many Byzantine
// validators now and then.
func drawConfig(t *rapid.T) Config {
	c := Config{Validators: rapid.IntRange(2, 6).Draw(t, "validators")}
	c.Byzantine = rapid.IntRange(0, min(2, c.Validators-1)).Draw(t, "byzantine")
	rotations := Rotations(c.Validators, c.Byzantine, rapid.IntRange(1, 3).Draw(t, "rounds"))
	c.Proposers = rapid.SampledFrom(rotations).Draw(t, "proposers")
	if rapid.Bool().Draw(t, "weighted") {
		c.Powers = rapid.SliceOfN(rapid.Int64Range(1, 9), c.Validators, c.Validators).Draw(t, "powers")
	}
	if c.Validate() != nil {
		t.Skip("the Byzantine validators are a quorum")
	}
	return c
}

func allMoves(rs *rules, w *world) []move {
	var all []move
	sc := &scan{rules: rs, world: *w}
	if w.fault != NoFault {
		return nil
	}
	sc.tallies.count(&rs.config, &sc.world)
	for p := range rs.config.correct() {
		sc.explore(p)
		all = append(all, slices.Clone(sc.moves)...)
	}
	return all
}

func compareObservations(t *rapid.T, eyes *rules, w *world, p int) {
	sc := &scan{rules: eyes, world: *w}
	sc.tallies.count(&eyes.config, &sc.world)
	sc.explore(p)
	x := &w.locals[p]
	if x.decision != consensus.Nil {
		require.Empty(t, sc.moves)
		return
	}
	everything, votesOnly := soup(eyes, w, true), soup(eyes, w, false)
	env := eyes.surroundings[x.roles][0]
	tallies := map[consensus.TallyValue]bool{}
	choices := 0
	for _, m := range sc.moves {
		a := m.action
		b := eyes.table.Rules.Bindings[a.Binding]
		choice := consensus.Choice{
			Of: b, Round: consensus.Round(a.Round), Value: consensus.Value(a.Value),
			POLRound: consensus.Round(a.POL), Timeout: a.Timeout,
		}
		want := x.process.Observe(choice, everything, env)
		switch b {
		case consensus.OnVotes:
			seen := b.At(uint8(0), 0, 0, 0, 0)
			seen.Index = int(a.Index)
			tallies[consensus.TallyValue(seen.Value(consensus.Prevotes.Variable()))] = true
			values := want.Values()
			values[b.Position(consensus.Prevotes.Variable())] = seen.Value(consensus.Prevotes.Variable())
			want = b.At(values...)
		case consensus.OnProposal:
			choices++
			seen := b.At(make([]uint8, len(b.Vars))...)
			seen.Index = int(a.Index)
			if seen.Value(consensus.Proposal.Variable()) == uint8(consensus.NoProposal) {
				want = x.process.Observe(choice, votesOnly, env)
			}
		}
		require.Equal(t, want.Index, int(a.Index), "%s in %v, choice %+v", b.Name, x, choice)
	}
	require.Equal(t, heardByForce(eyes, w, x), tallies)
	require.Equal(t, countProposals(eyes, w, x.process.Round)+valueCount-1, choices)
}

// countProposals counts the (v, vr) of the round that have been proposed.
func countProposals(rs *rules, w *world, r consensus.Round) int {
	log, n := soup(rs, w, true), 0
	for v := V0; v < valueCount; v++ {
		for vr := consensus.Round(-1); vr <= r; vr++ {
			if log.Proposed(r, v, vr) {
				n++
			}
		}
	}
	return n
}

// heardByForce goes through every part of the prevotes of the round: each
// sender's vote arrives or not, and a Byzantine one sends any one value.
func heardByForce(rs *rules, w *world, x *local) map[consensus.TallyValue]bool {
	c := &rs.config
	powers := make([]int64, c.Validators)
	for i := range powers {
		powers[i] = c.power(i)
	}
	r := x.process.Round
	heard := map[consensus.TallyValue]bool{}
	var try func(i int, votes []consensus.Value)
	try = func(i int, votes []consensus.Value) {
		if i < c.Validators {
			try(i+1, append(slices.Clip(votes), -1))
			if i >= c.correct() {
				for v := consensus.Nil; v <= junk; v++ {
					try(i+1, append(slices.Clip(votes), v))
				}
			} else if b := w.locals[i].ballots[consensus.PrevoteType][r]; b != 0 {
				try(i+1, append(slices.Clip(votes), b.value()))
			}
			return
		}
		log := consensus.NewLog(powers, nil)
		for i, v := range votes {
			if v >= 0 {
				log.AddVote(consensus.PrevoteType, r, v, i)
			}
		}
		heard[consensus.Tally(log, consensus.PrevoteType, r)] = true
	}
	try(0, nil)
	if x.process.Once34 {
		delete(heard, consensus.Few)
	}
	return heard
}

// TestPackedIsExact: what is unpacked is what was packed, at every size.
func TestPackedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := newLayout(c, 3)
		w := drawWorld(t, c)
		var got world
		for r := range got.proposals {
			got.proposals[r].polRound = -1
		}
		for p := range w.locals {
			w.locals[p].roles = l.roles[p]
			got.locals[p].roles = l.roles[p]
		}
		if l.bits <= 128 {
			s := pack[[2]uint64](&l, &w)
			unpack(&l, &s, &got)
			require.Equal(t, w, got)
		}
		s := pack[[4]uint64](&l, &w)
		unpack(&l, &s, &got)
		require.Equal(t, w, got)
	})
}

func drawWorld(t *rapid.T, c Config) world {
	var w world
	value := rapid.Custom(func(t *rapid.T) consensus.Value {
		return consensus.Value(rapid.IntRange(0, valueCount-1).Draw(t, "value"))
	})
	stored := rapid.Custom(func(t *rapid.T) consensus.Round {
		return consensus.Round(rapid.IntRange(-1, c.rounds()-1).Draw(t, "round"))
	})
	for p := range c.correct() {
		w.locals[p] = local{
			process: consensus.Process{
				Round: max(0, stored.Draw(t, "at")), Step: consensus.StepValue(rapid.IntRange(0, 2).Draw(t, "step")),
				LockedValue: value.Draw(t, "locked"), LockedRound: stored.Draw(t, "lockedRound"),
				ValidValue: value.Draw(t, "valid"), ValidRound: stored.Draw(t, "validRound"),
				Once34: rapid.Bool().Draw(t, "34"), Once36: rapid.Bool().Draw(t, "36"), Once47: rapid.Bool().Draw(t, "47"),
			},
			timers: uint8(rapid.IntRange(0, 7).Draw(t, "timers")), decision: value.Draw(t, "decision"),
		}
		for r := range c.rounds() {
			w.locals[p].ballots[0][r] = ballot(rapid.IntRange(0, valueCount).Draw(t, "prevote"))
			w.locals[p].ballots[1][r] = ballot(rapid.IntRange(0, valueCount).Draw(t, "precommit"))
		}
	}
	for r := range w.proposals {
		w.proposals[r].polRound = -1
		if r < c.rounds() && c.Proposers[r] != Byzantine {
			if v := value.Draw(t, "proposal"); v != consensus.Nil {
				w.proposals[r] = proposal{v, consensus.Round(rapid.IntRange(-1, r-1).Draw(t, "vr"))}
			}
		}
	}
	w.fault = Fault(rapid.IntRange(0, int(NotProposer)).Draw(t, "fault"))
	return w
}
