package bft

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// A claim is a property, independent of how states are packed: of single
// states, or of single steps. Where one can be said about steps it is: what no
// step breaks holds in every state, and a step is seen whole, with what the
// state that it leads to need not remember.
type claim struct {
	name, doc, source string
	applies           func(*Config) bool // nil: always

	state func(*rules, *world) bool // of states; nil if it is about steps
	only  scope                     // the states in which it is not trivial

	step   func(*deed) bool // of steps; nil if it is about states or faults
	faults []Fault          // faults of a step that break it besides

	// plain says that only the plain model can tell: the counted one forgets
	// what the claim is about, because no rule asks for it.
	plain bool
	// final says that a claim about states is about those in which nothing more
	// happens.
	final bool
}

// A scope says in which states a claim can be false, or for claims that are
// awaited, true: the others need not be unpacked.
type scope uint8

const (
	everywhere scope = iota
	decided          // where some process has decided
)

const (
	paper      = "arXiv 1807.04938"
	algorithm1 = paper + ", Algorithm 1, "
)

// always is what must hold always.
//
// Where a claim speaks of votes or messages, it means those that correct
// processes have sent and those of the Byzantine validators, who have sent
// everything. "+2/3" is more than two thirds of the power, even in mutants
// that count otherwise.
var always = []claim{
	{
		name: "agreement", source: paper + ", section 2, Agreement", only: decided,
		doc:   "for all correct p, q: if p has decided v and q has decided w then v = w",
		state: agreement,
	},
	{
		name: "validity", source: paper + ", section 2, Validity", only: decided,
		doc: "for all correct p: if p has decided v then valid(v)",
		state: func(rs *rules, w *world) bool {
			return rs.everyone(w, func(x *local) bool { return x.decision != Invalid })
		},
	},
	{
		name: "commit quorum", source: algorithm1 + "line 49",
		doc: "for all correct p: if p decides v then for some round r there are the proposal of v and +2/3 precommits for v",
		step: func(d *deed) bool {
			for r := range d.rs.layout.rounds {
				if d.commits(r, d.after.decision) {
					return true
				}
			}
			return !d.decides()
		},
	},
	{
		name: "precommit justified", source: algorithm1 + "line 36; section 4, Lemma 4",
		doc: "for all correct p and rounds r: if p precommits v ≠ nil in r then there are +2/3 prevotes for v in r",
		step: func(d *deed) bool {
			v, r := d.casts(consensus.PrecommitType)
			return v == consensus.Nil || d.polka(r, v)
		},
	},
	{
		name: "nil justified", source: algorithm1 + "lines 34, 44 and 61",
		doc: "for all correct p and rounds r: if p precommits nil in r then there are +2/3 prevotes in r, for nil unless p has started timeoutPrevote",
		step: func(d *deed) bool {
			v, r := d.casts(consensus.PrecommitType)
			if r < 0 || v != consensus.Nil || d.polka(r, consensus.Nil) {
				return true
			}
			started := d.before.timers>>consensus.TimeoutPrevote&1 == 1 || d.rs.live != nil // which does not remember
			return started && d.enough(consensus.PrevoteType, r)
		},
	},
	{
		name: "timeouts justified", source: algorithm1 + "lines 34 and 47",
		doc: "for all correct p: when p starts timeoutPrevote it is in step prevote and there are +2/3 prevotes in its round;" +
			" when it starts timeoutPrecommit there are +2/3 precommits; and it starts each once in a round",
		step: func(d *deed) bool {
			r := d.after.process.Round
			return !(d.starts(consensus.TimeoutPrevote) && (d.before.process.Step != consensus.Prevote || !d.enough(consensus.PrevoteType, r))) &&
				!(d.starts(consensus.TimeoutPrecommit) && !d.enough(consensus.PrecommitType, r))
		},
		faults: []Fault{SecondTimeout},
	},
	{
		name: "rounds justified", source: algorithm1 + "lines 47, 55 and 65", plain: true, applies: withinBound,
		doc: "for all correct p: when p enters a round r > 0 there are +2/3 precommits in r − 1, for whatever values",
		step: func(d *deed) bool {
			r := d.after.process.Round
			return r == d.before.process.Round || r == 0 || d.enough(consensus.PrecommitType, r-1)
		},
	},
	{
		name: "lock justified", source: algorithm1 + "lines 38 and 39",
		doc: "for all correct p: lockedValue = nil exactly if lockedRound = −1; otherwise there are +2/3 prevotes for lockedValue in lockedRound",
		step: func(d *deed) bool {
			x := &d.after.process
			return !d.relocks() || d.backed(x.LockedValue, x.LockedRound)
		},
	},
	{
		name: "lock kept", source: algorithm1 + "lines 38 to 40",
		doc: "for all correct p that have not decided: lockedValue and lockedRound are those of the latest precommit of p that is not nil, and unset if there is none",
		step: func(d *deed) bool {
			v, r := d.after.latestPrecommit(d.rs.layout.rounds)
			return d.decides() || d.after.process.LockedValue == v && int(d.after.process.LockedRound) == r
		},
	},
	{
		name: "valid value justified", source: algorithm1 + "lines 16, 19, 42 and 43",
		doc: "for all correct p: validValue = nil exactly if validRound = −1, otherwise there are +2/3 prevotes for validValue in validRound," +
			" which is not before lockedRound; and the same is true of (v, vr) in each proposal of p with vr ≥ 0",
		step: validValueJustified,
	},
	{
		name: "own proposal", source: algorithm1 + "lines 15 to 19",
		doc: "for all correct p: a proposal of p carries validValue and validRound; validRound is −1 if validValue is not set",
		step: func(d *deed) bool {
			x := &d.before.process
			return d.sent.value == consensus.Nil ||
				d.sent.polRound == x.ValidRound && (x.ValidValue == d.sent.value || x.ValidValue == consensus.Nil && x.ValidRound == -1)
		},
	},
	{
		name: "own vote", source: algorithm1 + "lines 14 to 30", plain: true,
		doc: "for all correct p and rounds r: if p is the proposer of r then it prevotes in r what it has proposed, or nothing",
		step: func(d *deed) bool {
			v, r := d.casts(consensus.PrevoteType)
			return r < 0 || d.before.roles>>r&1 == 0 || v == d.world.proposals[r].value
		},
	},
	{
		name: "a vote for each step", source: algorithm1 + "lines 24 to 33, 40 to 46, 59 to 64",
		doc: "for all correct p: p prevotes when it leaves step propose in its round, and precommits when it then leaves step prevote",
		step: func(d *deed) bool {
			was, is := &d.before.process, &d.after.process
			if was.Round != is.Round || was.Step == is.Step || d.decides() {
				return true
			}
			_, prevote := d.casts(consensus.PrevoteType)
			_, precommit := d.casts(consensus.PrecommitType)
			return is.Step == consensus.Prevote && prevote == is.Round || was.Step == consensus.Prevote && precommit == is.Round
		},
	},
	{
		name: "valid votes", source: algorithm1 + "lines 18, 23, 29 and 36",
		doc: "no correct process proposes, prevotes or precommits a value v ≠ nil without valid(v)",
		step: func(d *deed) bool {
			prevote, _ := d.casts(consensus.PrevoteType)
			precommit, _ := d.casts(consensus.PrecommitType)
			return prevote != Invalid && precommit != Invalid && d.sent.value != Invalid
		},
	},
	{
		name: "lock respected", source: algorithm1 + "lines 23 and 29; section 4, Lemma 5",
		doc: "for all correct p and rounds r: if p prevotes w ≠ nil in r and its latest precommit before r that is not nil is of v ≠ w in r′," +
			" then there are +2/3 prevotes for w in some round from r′ to r − 1",
		step: lockRespected,
	},
	{
		name: "no equivocation", source: paper + ", section 3, messages of correct processes",
		doc:    "no correct process sends two different proposals, prevotes or precommits in one round, nor a proposal in a round of another proposer",
		faults: []Fault{SecondProposal, SecondPrevote, SecondPrecommit, NotProposer},
	},
	{
		name: "one decision", source: algorithm1 + "lines 51 to 54",
		doc:    "a correct process leaves the height in the step in which it decides, and begins the next one with nothing left of it",
		faults: []Fault{TornDecision, StaleHeight},
	},
	{
		name: "no dead end", source: algorithm1 + "lines 34, 47, 57, 61 and 65", final: true, applies: canGoOn,
		doc: "when nothing more happens, every correct process that takes steps has decided or is in the last round",
		state: func(rs *rules, w *world) bool {
			for p := range rs.layout.correct {
				x := &w.locals[p]
				if !rs.silent[p] && x.decision == consensus.Nil && int(x.process.Round) < rs.layout.rounds-1 {
					return false
				}
			}
			return true
		},
	},
	{
		name: "possible observations", source: "the list Impossible of the rules",
		doc:    "no correct process makes an observation that is listed as impossible",
		faults: []Fault{ImpossibleObservation},
	},
}

// Always lists the properties that must hold always.
func Always() []Property { return properties(always) }

// Sometimes lists the properties that must be reached somewhere.
func Sometimes() []Property { return properties(sometimes) }

func properties(claims []claim) []Property {
	out := make([]Property, len(claims))
	for i := range claims {
		out[i] = Property{Name: claims[i].name, Doc: claims[i].doc, Source: claims[i].source}
	}
	return out
}

// claimNamed is the place of a claim in always, or -1.
func claimNamed(name string) int {
	return slices.IndexFunc(always, func(c claim) bool { return c.name == name })
}

// canGoOn says whether the validators that take part are a quorum.
func canGoOn(c *Config) bool {
	total, _ := c.totals()
	heard := total
	for _, p := range c.Silent {
		heard -= c.power(p)
	}
	return consensus.TwoThirds(heard, total)
}

// A deed is a step of a correct process as the claims see it, before anything
// is forgotten.
type deed struct {
	rs            *rules
	world         *world // before the step
	before, after *local
	tallies       *tallies // the votes of the step among them
	choice        consensus.Choice
	sent          proposal // by the step, if its value is not Nil
}

// judge says what a step did wrong that its outputs alone do not show. A claim
// that only the plain model can tell is left to that.
func (d *deed) judge() Fault {
	for i := range always {
		c := &always[i]
		if c.step != nil && d.rs.checks(i) && !c.step(d) {
			return firstClaim + Fault(i)
		}
	}
	return NoFault
}

// broken says whether a fault breaks a claim.
func (c *claim) broken(f Fault) bool {
	return slices.Contains(c.faults, f) || f >= firstClaim && always[f-firstClaim].name == c.name
}

// holds says whether a claim of always is true of the state and of the step
// that led to it.
func (c *claim) holds(rs *rules, w *world) bool {
	return !c.broken(w.fault) && (c.state == nil || c.state(rs, w) || c.final && rs.goesOn(w))
}

// goesOn says whether a state of the plain model leads to another.
func (rs *rules) goesOn(w *world) bool {
	return slices.ContainsFunc(rs.successors(w), func(s plainStep) bool { return s.world != *w })
}

// checks says whether a claim of always is checked.
func (rs *rules) checks(i int) bool {
	return rs.applies[i] && (rs.asked == nil || slices.Contains(rs.asked, always[i].name))
}

// applicable says which claims of always an instance is held to.
func applicable(c *Config) []bool {
	out := make([]bool, len(always))
	for i := range always {
		out[i] = !(always[i].plain && c.Counted) && (always[i].applies == nil || always[i].applies(c))
	}
	return out
}

// withinBound says whether the Byzantine validators have no more than a third
// of the power.
func withinBound(c *Config) bool {
	total, faulty := c.totals()
	return !consensus.OneThird(faulty, total)
}

// quiet says whether the step neither says, decides nor remembers anything. What
// held before it then holds after it.
func (d *deed) quiet() bool {
	x, y := d.before, d.after
	return d.sent.value == consensus.Nil && x.ballots == y.ballots && x.decision == y.decision &&
		x.timers == y.timers && x.process == y.process
}

// casts is the vote of the kind that the step sends: Nil and −1 if there is
// none, Nil and a round if it is for nil.
func (d *deed) casts(t consensus.VoteType) (consensus.Value, consensus.Round) {
	now, was := &d.after.ballots[t], &d.before.ballots[t]
	for r := range d.rs.layout.rounds {
		if now[r] != was[r] {
			return now[r].value(), consensus.Round(r)
		}
	}
	return consensus.Nil, -1
}

// starts says whether the step starts a timeout.
func (d *deed) starts(kind consensus.TimeoutKind) bool {
	return d.after.timers>>kind&1 == 1 && (d.before.timers>>kind&1 == 0 || d.after.process.Round != d.before.process.Round)
}

// enough says whether there are +2/3 votes of the kind in r.
func (d *deed) enough(t consensus.VoteType, r consensus.Round) bool {
	return d.rs.quorum[d.tallies.any[t][r]]
}

// decides says whether the step decides.
func (d *deed) decides() bool { return d.after.decision != d.before.decision }

// relocks says whether the step changes the lock.
func (d *deed) relocks() bool {
	x, y := &d.before.process, &d.after.process
	return x.LockedValue != y.LockedValue || x.LockedRound != y.LockedRound
}

// polka says whether there are +2/3 prevotes for v in r.
func (d *deed) polka(r consensus.Round, v consensus.Value) bool {
	return d.rs.quorum[d.tallies.votes[consensus.PrevoteType][r][v]]
}

// backed says whether v and r are both unset, or set with a polka.
func (d *deed) backed(v consensus.Value, r consensus.Round) bool {
	if v == consensus.Nil || r < 0 {
		return v == consensus.Nil && r < 0
	}
	return d.polka(r, v)
}

// commits says whether the round has what line 49 asks to decide v.
func (d *deed) commits(r int, v consensus.Value) bool {
	proposed := d.rs.config.Proposers[r] == Byzantine || d.world.proposals[r].value == v
	return proposed && d.rs.quorum[d.tallies.votes[consensus.PrecommitType][r][v]]
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

func agreement(rs *rules, w *world) bool {
	first := consensus.Nil
	return rs.everyone(w, func(x *local) bool {
		if first == consensus.Nil {
			first = x.decision
		}
		return x.decision == consensus.Nil || x.decision == first
	})
}

func validValueJustified(d *deed) bool {
	if d.sent.value != consensus.Nil && d.sent.polRound >= 0 && !d.polka(d.sent.polRound, d.sent.value) {
		return false
	}
	x, y := &d.before.process, &d.after.process
	if x.ValidValue == y.ValidValue && x.ValidRound == y.ValidRound && !d.relocks() {
		return true
	}
	return d.backed(y.ValidValue, y.ValidRound) && y.LockedRound <= y.ValidRound
}

func lockRespected(d *deed) bool {
	w, r := d.casts(consensus.PrevoteType)
	if w == consensus.Nil {
		return true
	}
	v, locked := d.before.latestPrecommit(int(r))
	if locked < 0 || v == w {
		return true
	}
	for earlier := locked; earlier < int(r); earlier++ {
		if d.polka(consensus.Round(earlier), w) {
			return true
		}
	}
	return false
}
