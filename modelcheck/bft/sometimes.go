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
		holds: func(rs *rules, w *world, _ *tallies) bool {
			return rs.everyone(w, func(x *local) bool { return x.decision != consensus.Nil })
		},
	},
	{
		name: "everyone reaches the last round", source: algorithm1 + "lines 47, 61 and 65",
		doc: "all correct processes are in the last round", applies: canDecide,
		holds: func(rs *rules, w *world, _ *tallies) bool {
			return rs.everyone(w, func(x *local) bool { return int(x.process.Round) == rs.layout.rounds-1 })
		},
	},
	{
		name: "decision after a proof of lock", source: algorithm1 + "lines 16, 28 to 30", only: decided,
		doc:     "a process has decided what a correct proposer proposed with vr ≥ 0",
		applies: func(c *Config) bool { return canDecide(c) && laterProposer(c) },
		holds: func(rs *rules, w *world, t *tallies) bool {
			for r := range rs.layout.rounds {
				sent := w.proposals[r]
				if rs.config.Proposers[r] == Byzantine || sent.value == consensus.Nil || sent.polRound < 0 || !rs.commits(w, t, r, sent.value) {
					continue
				}
				if rs.anyone(w, func(x *local) bool { return x.decision == sent.value && int(x.process.Round) == r }) {
					return true
				}
			}
			return false
		},
	},
	{
		name: "decision by an old round", source: algorithm1 + "line 49, which asks of any round", only: decided,
		doc:     "a process has decided, and only rounds before its own have +2/3 precommits for the value",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 1 },
		holds: func(rs *rules, w *world, t *tallies) bool {
			return rs.anyone(w, func(x *local) bool {
				if x.decision == consensus.Nil {
					return false
				}
				for r := int(x.process.Round); r < rs.layout.rounds; r++ {
					if rs.commits(w, t, r, x.decision) {
						return false
					}
				}
				return true
			})
		},
	},
	{
		name: "a lock moves", source: algorithm1 + "lines 36 to 39",
		doc:     "a process has precommitted one value and, in a later round, another",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 1 && c.spares() },
		holds: func(rs *rules, w *world, _ *tallies) bool {
			return rs.anyone(w, func(x *local) bool {
				v, r := x.latestPrecommit(rs.layout.rounds)
				u, _ := x.latestPrecommit(max(r, 0))
				return u != consensus.Nil && u != v
			})
		},
	},
}

// canDecide says whether all correct validators take part. With the Byzantine
// ones they are then everybody, hence a quorum.
func canDecide(c *Config) bool { return len(c.Silent) == 0 }

// laterProposer says whether a correct process proposes after round 0.
func laterProposer(c *Config) bool {
	return slices.ContainsFunc(c.Proposers[1:], func(p int) bool { return p != Byzantine })
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
