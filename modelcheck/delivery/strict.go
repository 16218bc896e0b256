package delivery

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// What Algorithm 1 promises of a process and a CometBFT dialect is known not to
// keep, asked with [Config.Strict]: beside the lines that are left undone, what
// the claims below say.

// More departures, after those of idle.go.
const (
	unlocks         departures = 1 << (iota + 2*len(askedLines) + len(dueLines)) // was locked and then was not, before it decided
	prevotesLocked                                                               // prevoted what it had locked, and nobody had proposed in the round
	prevotesUnasked                                                              // prevoted something else that nobody had proposed in the round
	prevotesEarly                                                                // prevoted, not for a timeout, and no proposal of the round was new or had its proof of lock
	skipsToCommit                                                                // precommitted on the way to step commit, and had not prevoted in the round
	skipsPrevote                                                                 // precommitted otherwise, and had not prevoted in the round
	refusesOwn                                                                   // prevoted nil in a round in which it proposed
	locksUnasked                                                                 // has locked what nobody proposed in that round
	validUnasked                                                                 // has for valid what nobody proposed in that round, or before it prevotes
)

// strict is what must hold with Config.Strict.
var strict = slices.Concat(linesTaken, []claim{
	{
		name: "locks last", source: algorithm1 + "lines 38 and 39; tendermint issue 6849",
		applies: func(c *Config) bool { return c.Strict && !keepsLocks(c) },
		doc:     "a correct process that is locked stays locked, on this value or on another one of a later round, until it decides",
		holds:   noneDeparts(unlocks),
	},
	{
		name: "no prevote for an old lock", source: algorithm1 + "lines 24 and 30", applies: strictly,
		doc:   "for all correct p: when p prevotes v ≠ nil in r and is locked on v, it has received a proposal of v in r",
		holds: noneDeparts(prevotesLocked),
	},
	{
		name: "no prevote without a proposal", source: algorithm1 + "lines 24, 30 and 59", applies: strictly,
		doc:   "for all correct p: when p prevotes v ≠ nil in r and is not locked on v, it has received a proposal of v in r",
		holds: noneDeparts(prevotesUnasked),
	},
	{
		name: "no prevote ahead of its proof of lock", source: algorithm1 + "lines 22 and 28", applies: strictly,
		doc: "for all correct p: when p prevotes in r, and not because of a timeout, it has received a proposal of r whose vr is −1," +
			" or with +2/3 prevotes for its value in vr",
		holds: noneDeparts(prevotesEarly),
	},
	{
		name: "no lock without a proposal", source: algorithm1 + "lines 36 to 39", applies: strictly,
		doc:   "for all correct p at rest: if lockedValue ≠ nil, p has received a proposal of it in lockedRound",
		holds: noneDeparts(locksUnasked),
	},
	{
		name: "valid by a proposal", source: algorithm1 + "lines 36, 42 and 43", applies: strictly,
		doc:   "for all correct p at rest: if validValue ≠ nil, p has received a proposal of it in validRound, and is not in step propose of that round",
		holds: noneDeparts(validUnasked),
	},
	{
		name: "prevote before precommit", source: algorithm1 + "lines 37, 44 and 62", applies: strictly,
		doc:   "for all correct p: when p precommits in r, and not because of +2/3 precommits for one value, it has prevoted in r",
		holds: noneDeparts(skipsPrevote),
	},
	{
		name: "prevote before commit", source: algorithm1 + "lines 37, 44 and 62", applies: strictly,
		doc:   "for all correct p: when p precommits in r because of +2/3 precommits for one value, it has prevoted in r",
		holds: noneDeparts(skipsToCommit),
	},
	{
		name: "a proposer stands by its proposal", source: algorithm1 + "lines 19, 22 and 28", applies: strictly,
		doc:   "for all correct p: if p has proposed in r it has not prevoted nil in r",
		holds: noneDeparts(refusesOwn),
	},
})

// noteVote notes what is wrong with a vote that a process is about to sign.
func (s *step) noteVote(x, before *local, o consensus.Output) {
	if !s.config.Strict {
		return
	}
	add := func(so bool, d departures) {
		if so {
			x.departed |= d
		}
	}
	if o.Vote == consensus.PrecommitType {
		commits := x.process.Step == consensus.Commit || x.process.Height != before.process.Height
		skips := !x.signed(voteOf(consensus.PrevoteType, o.Round, consensus.Nil))
		add(skips && commits, skipsToCommit)
		add(skips && !commits, skipsPrevote)
		return
	}
	locked := before.process.LockedValue == o.Value
	add(!s.proposed(x, o.Round, o.Value) && locked, prevotesLocked)
	add(!s.proposed(x, o.Round, o.Value) && !locked, prevotesUnasked)
	add(!s.timed && !s.backed(x, o.Round), prevotesEarly)
}

// backed reports whether a process has received a proposal of r that is new or
// has its proof of lock.
func (n *instance) backed(x *local, r consensus.Round) bool {
	h := received{&n.config, &x.core}
	for _, v := range values[1:] {
		for vr := consensus.Round(-1); vr < r; vr++ {
			if h.Proposed(r, v, vr) && (vr < 0 || h.quorum(consensus.PrevoteType, vr, v)) {
				return true
			}
		}
	}
	return false
}

// signed reports whether a process has signed m, or another message in its place.
func (x *local) signed(m message) bool { return x.said.same(m) != messageSet{} }

// proposed reports whether a process has received a proposal of v in r, with the
// block or without; so it is for nil, which nobody proposes.
func (n *instance) proposed(x *local, r consensus.Round, v consensus.Value) bool {
	return v == consensus.Nil || received{&n.config, &x.core}.Proposed(r, v, consensus.AnyPOLRound)
}

// departs says in which ways a process departs from Algorithm 1: what it has
// done, and, if it is at rest, how it stands.
func (n *instance) departs(self int, x *local) departures {
	if !n.config.Strict {
		return 0
	}
	out := x.departed
	add := func(so bool, d departures) {
		if so {
			out |= d
		}
	}
	for r := range consensus.Round(n.config.rounds()) {
		add(x.signed(proposalOf(r, V0, -1)) && x.said.has(voteOf(consensus.PrevoteType, r, consensus.Nil)), refusesOwn)
	}
	if x.stopped() || x.queued > 0 {
		return out
	}
	p := &x.process
	add(!n.proposed(x, p.LockedRound, p.LockedValue), locksUnasked)
	add(!n.proposed(x, p.ValidRound, p.ValidValue), validUnasked)
	add(p.ValidRound == p.Round && reading(p).Step == consensus.Propose, validUnasked)
	return out | n.leftUndone(self, x)
}
