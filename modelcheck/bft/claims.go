package bft

import "github.com/polka-bft/polka/spec/consensus"

// A claim is a property of single states, independent of how they are packed.
type claim struct {
	name, doc, source string
	only              scope
	applies           func(*Config) bool // nil: always
	holds             func(*rules, *world, *tallies) bool
}

// A scope says in which states a claim can be false, or for claims that are
// awaited, true: the others need not be unpacked.
type scope uint8

const (
	everywhere scope = iota
	decided          // where some process has decided
	faulty           // where the last step had a fault
)

const (
	paper      = "arXiv 1807.04938"
	algorithm1 = paper + ", Algorithm 1, "
)

// always is what must hold in every reachable state.
//
// Where a claim speaks of votes or messages, it means those that correct
// processes have sent and those of the Byzantine validators, who have sent
// everything. "+2/3" is more than two thirds of the power, even in mutants
// that count otherwise.
var always = []claim{
	{
		name: "agreement", source: paper + ", section 2, Agreement", only: decided,
		doc:   "for all correct p, q: if p has decided v and q has decided w then v = w",
		holds: agreement,
	},
	{
		name: "validity", source: paper + ", section 2, Validity", only: decided,
		doc: "for all correct p: if p has decided v then valid(v)",
		holds: func(rs *rules, w *world, _ *tallies) bool {
			return rs.everyone(w, func(x *local) bool { return x.decision != Invalid })
		},
	},
	{
		name: "commit quorum", source: algorithm1 + "line 49", only: decided,
		doc:   "for all correct p: if p has decided v then for some round r there are the proposal of v and +2/3 precommits for v",
		holds: commitQuorum,
	},
	{
		name: "precommit justified", source: algorithm1 + "line 36; section 4, Lemma 4",
		doc:   "for all correct p and rounds r: if p has precommitted v ≠ nil in r then there are +2/3 prevotes for v in r",
		holds: precommitJustified,
	},
	{
		name: "lock justified", source: algorithm1 + "lines 38 and 39",
		doc: "for all correct p: lockedValue = nil exactly if lockedRound = −1; otherwise there are +2/3 prevotes for lockedValue in lockedRound",
		holds: func(rs *rules, w *world, t *tallies) bool {
			return rs.everyone(w, func(x *local) bool { return rs.backed(t, x.process.LockedValue, x.process.LockedRound) })
		},
	},
	{
		name: "lock kept", source: algorithm1 + "lines 38 to 40",
		doc:   "for all correct p that have not decided: lockedValue and lockedRound are those of the latest precommit of p that is not nil, and unset if there is none",
		holds: lockKept,
	},
	{
		name: "valid value justified", source: algorithm1 + "lines 16, 19, 42 and 43",
		doc: "for all correct p: validValue = nil exactly if validRound = −1, otherwise there are +2/3 prevotes for validValue in validRound," +
			" which is not before lockedRound; and the same is true of (v, vr) in each proposal of p with vr ≥ 0",
		holds: validValueJustified,
	},
	{
		name: "valid votes", source: algorithm1 + "lines 18, 23, 29 and 36",
		doc:   "no correct process proposes, prevotes or precommits a value v ≠ nil without valid(v)",
		holds: validVotes,
	},
	{
		name: "lock respected", source: algorithm1 + "lines 23 and 29; section 4, Lemma 5",
		doc: "for all correct p and rounds r: if p prevotes w ≠ nil in r and its latest precommit before r that is not nil is of v ≠ w in r′," +
			" then there are +2/3 prevotes for w in some round from r′ to r − 1",
		holds: lockRespected,
	},
	{
		name: "no equivocation", source: paper + ", section 3, messages of correct processes", only: faulty,
		doc:   "no correct process sends two different proposals, prevotes or precommits in one round, nor a proposal in a round of another proposer",
		holds: without(SecondProposal, SecondPrevote, SecondPrecommit, NotProposer),
	},
	{
		name: "one decision", source: algorithm1 + "lines 51 to 54", only: faulty,
		doc:   "a correct process leaves the height in the step in which it decides, and begins the next one with nothing left of it",
		holds: without(TornDecision, StaleHeight),
	},
	{
		name: "possible observations", source: "the list Impossible of the rules", only: faulty,
		doc:   "no correct process makes an observation that is listed as impossible",
		holds: without(ImpossibleObservation),
	},
}

// everyone says whether all correct processes have a property.
func (rs *rules) everyone(w *world, has func(*local) bool) bool {
	for p := range rs.layout.correct {
		if !has(&w.locals[p]) {
			return false
		}
	}
	return true
}

// anyone says whether some correct process has a property.
func (rs *rules) anyone(w *world, has func(*local) bool) bool {
	return !rs.everyone(w, func(x *local) bool { return !has(x) })
}

// polka says whether there are +2/3 prevotes for v in r.
func (rs *rules) polka(t *tallies, r consensus.Round, v consensus.Value) bool {
	return rs.quorum[t.votes[consensus.PrevoteType][r][v]]
}

// backed says whether v and r are both unset, or set with a polka.
func (rs *rules) backed(t *tallies, v consensus.Value, r consensus.Round) bool {
	if v == consensus.Nil || r < 0 {
		return v == consensus.Nil && r < 0
	}
	return rs.polka(t, r, v)
}

// proposed says whether the proposer of the round has proposed v.
func (rs *rules) proposed(w *world, r int, v consensus.Value) bool {
	return rs.config.Proposers[r] == Byzantine || w.proposals[r].value == v
}

// commits says whether the round has what line 49 asks to decide v.
func (rs *rules) commits(w *world, t *tallies, r int, v consensus.Value) bool {
	return rs.proposed(w, r, v) && rs.quorum[t.votes[consensus.PrecommitType][r][v]]
}

// latestPrecommit is the latest precommit of a process before a round that is
// not nil.
func (x *local) latestPrecommit(before int) (v consensus.Value, r int) {
	for r = before - 1; r >= 0; r-- {
		if b := x.ballots[consensus.PrecommitType][r]; b > ballotFor(consensus.Nil) {
			return b.value(), r
		}
	}
	return consensus.Nil, -1
}

func agreement(rs *rules, w *world, _ *tallies) bool {
	first := consensus.Nil
	return rs.everyone(w, func(x *local) bool {
		if first == consensus.Nil {
			first = x.decision
		}
		return x.decision == consensus.Nil || x.decision == first
	})
}

func commitQuorum(rs *rules, w *world, t *tallies) bool {
	return rs.everyone(w, func(x *local) bool {
		for r := range rs.layout.rounds {
			if rs.commits(w, t, r, x.decision) {
				return true
			}
		}
		return x.decision == consensus.Nil
	})
}

func precommitJustified(rs *rules, _ *world, t *tallies) bool {
	for r := range rs.layout.rounds {
		for v := V0; v < valueCount; v++ {
			if t.votes[consensus.PrecommitType][r][v] != 0 && !rs.polka(t, consensus.Round(r), v) {
				return false
			}
		}
	}
	return true
}

func lockKept(rs *rules, w *world, _ *tallies) bool {
	return rs.everyone(w, func(x *local) bool {
		v, r := x.latestPrecommit(rs.layout.rounds)
		return x.decision != consensus.Nil || x.process.LockedValue == v && int(x.process.LockedRound) == r
	})
}

func validValueJustified(rs *rules, w *world, t *tallies) bool {
	for r, p := range rs.config.Proposers {
		if sent := w.proposals[r]; p != Byzantine && sent.value != consensus.Nil && sent.polRound >= 0 &&
			!rs.polka(t, sent.polRound, sent.value) {
			return false
		}
	}
	return rs.everyone(w, func(x *local) bool {
		p := &x.process
		return rs.backed(t, p.ValidValue, p.ValidRound) && p.LockedRound <= p.ValidRound
	})
}

func validVotes(rs *rules, w *world, t *tallies) bool {
	for r, p := range rs.config.Proposers {
		if t.votes[0][r][Invalid]|t.votes[1][r][Invalid] != 0 || p != Byzantine && w.proposals[r].value == Invalid {
			return false
		}
	}
	return true
}

func lockRespected(rs *rules, w *world, t *tallies) bool {
	return rs.everyone(w, func(x *local) bool {
		for r := 1; r < rs.layout.rounds; r++ {
			b := x.ballots[consensus.PrevoteType][r]
			if b <= ballotFor(consensus.Nil) {
				continue
			}
			v, locked := x.latestPrecommit(r)
			ok := locked < 0 || v == b.value()
			for earlier := locked; !ok && earlier < r; earlier++ {
				ok = rs.polka(t, consensus.Round(earlier), b.value())
			}
			if !ok {
				return false
			}
		}
		return true
	})
}

// without claims that the last step had none of the faults.
func without(faults ...Fault) func(*rules, *world, *tallies) bool {
	return func(_ *rules, w *world, _ *tallies) bool {
		for _, f := range faults {
			if w.fault == f {
				return false
			}
		}
		return true
	}
}
