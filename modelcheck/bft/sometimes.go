package bft

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// sometimes is what must be reachable, so that what always holds does not hold
// because nothing happens. A claim is awaited only in instances in which it
// can be expected.
var sometimes = []claim{
	{
		name: "everyone decides", source: paper + ", section 2, Termination", only: decided,
		doc: "all correct processes have decided", applies: canDecide,
		state: func(rs *rules, w *world) bool {
			return rs.everyone(w, func(x *local) bool { return x.decision != consensus.Nil })
		},
	},
	{
		name: "everyone reaches the last round", source: algorithm1 + "lines 47, 61 and 65",
		doc: "all correct processes are in the last round, and none has decided", applies: canDecide,
		state: func(rs *rules, w *world) bool {
			return rs.everyone(w, func(x *local) bool {
				return int(x.process.Round) == rs.layout.rounds-1 && x.decision == consensus.Nil
			})
		},
	},
	{
		name: "decision after a proof of lock", source: algorithm1 + "lines 16, 28 to 30",
		doc:     "a process decides, in the round itself, what a correct proposer proposed with vr ≥ 0",
		applies: func(c *Config) bool { return canDecide(c) && laterProposer(c) },
		step: func(d *deed) bool {
			r := int(d.before.process.Round)
			sent := d.world.proposals[r]
			return d.decides() && d.rs.config.Proposers[r] != Byzantine && sent.polRound >= 0 &&
				sent.value == d.after.decision && d.commits(r, sent.value)
		},
	},
	{
		name: "decision by an old round", source: algorithm1 + "line 49, which asks of any round",
		doc:     "a process decides, and only rounds before its own have +2/3 precommits for the value",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 1 },
		step: func(d *deed) bool {
			for r := int(d.before.process.Round); r < d.rs.layout.rounds; r++ {
				if d.commits(r, d.after.decision) {
					return false
				}
			}
			return d.decides()
		},
	},
	{
		name: "the locked value proposed anew is prevoted", source: algorithm1 + "line 23",
		doc: "a process that is locked prevotes its value, proposed with vr = −1",
		applies: func(c *Config) bool {
			return canDecide(c) && c.rounds() > 1 && c.Byzantine > 0 && slices.Contains(c.Proposers[1:], Byzantine)
		},
		step: func(d *deed) bool {
			v, _ := d.casts(consensus.PrevoteType)
			return v != consensus.Nil && v == d.before.process.LockedValue && d.choice.POLRound == -1
		},
	},
	{
		name: "an older lock gives way", source: algorithm1 + "line 29",
		doc:     "a process that is locked prevotes another value, which has a proof of lock that is not older",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 2 && c.spares() },
		step: func(d *deed) bool {
			v, _ := d.casts(consensus.PrevoteType)
			return v != consensus.Nil && d.before.process.LockedValue != consensus.Nil && v != d.before.process.LockedValue
		},
	},
	{
		name: "a round is skipped", source: algorithm1 + "lines 55 and 56",
		doc:     "a process goes on to a round that is not the next",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 2 },
		step:    func(d *deed) bool { return d.after.process.Round > d.before.process.Round+1 },
	},
	{
		name: "a lock moves", source: algorithm1 + "lines 36 to 39",
		doc:     "a process precommits a value after it has precommitted another in an earlier round",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > c.recalls() && c.spares() },
		step: func(d *deed) bool {
			v, r := d.casts(consensus.PrecommitType)
			u, _ := d.before.latestPrecommit(int(r))
			return v != consensus.Nil && u != consensus.Nil && u != v
		},
	},
}

// sees says which claims of sometimes the step makes true, by bit.
func (d *deed) sees() (seen uint8) {
	for i := range sometimes {
		if c := &sometimes[i]; c.step != nil && c.step(d) {
			seen |= 1 << i
		}
	}
	return seen
}

// canDecide says whether all correct validators take part. With the Byzantine
// ones they are then everybody, hence a quorum.
func canDecide(c *Config) bool { return len(c.Silent) == 0 }

// laterProposer says whether a correct process proposes after round 0.
func laterProposer(c *Config) bool {
	return slices.ContainsFunc(c.Proposers[1:], func(p int) bool { return p != Byzantine })
}

// recalls is after how many rounds a lock is remembered in a round after it: in
// the last round the counted model forgets it with the prevote.
func (c *Config) recalls() int {
	if c.Counted {
		return 2
	}
	return 1
}

// spares says whether the others are a quorum without some correct process: it
// may be locked while they decide on something else.
func (c *Config) spares() bool {
	total, _ := c.totals()
	for p := range c.correct() {
		if consensus.TwoThirds(total-c.power(p), total) {
			return true
		}
	}
	return false
}
