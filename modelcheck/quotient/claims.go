package quotient

import (
	"slices"

	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/spec/consensus"
)

// Property is what a counterexample violates.
type Property = counterexample.Property

// The claims, by their place in always.
const (
	agreement = iota
	commitQuorum
	precommitJustified
	lockJustified
	validValueJustified
	ownProposal
	validVotes
	noEquivocation
	roundsJustified
	lockKept
	lockGivesWay
	validKept
	lockRespected
	nilJustified
	prevoteJustified
	timeoutsJustified
	votesOfSteps
	roundsGrow
	oneDecision
	possibleObservations
	noPanic
	noInvalidPanic

	// Habits.
	stepsTold
	votesBeforeCommit
	prevotesFirst
	precommitsLock
	nilUnlocks
	polkaUnlocks
	noHaste
	votesInTime
	proposalAnswered
	timeoutsStarted
	timeoutsInPlace
	timeoutsObeyed
	votesAnswered
	roundsFollowed
	polkaFollowed
	polkaValid
	polkaPrecommitted
	commitCollects
	locksCommitted
	noDeadEnd
	blockOfItsParts
	proposalKept
	claimCount
)

const (
	paper      = "arXiv 1807.04938"
	algorithm1 = paper + ", Algorithm 1, "
)

// A claim is a property, and which instances are held to it.
type claim struct {
	name, doc, source string
	applies           func(*Config) bool // nil: all
}

func (c *claim) property() Property { return Property{Name: c.name, Doc: c.doc, Source: c.source} }

// always is what must hold always. All but agreement are about single steps, of
// one process. Validity (section 2 of the paper) is not among them: an invalid value
// gets no vote of a correct process, which is checked, and without one no quorum;
// so nobody can hear one. "There are" speaks of what has been sent, Byzantine messages
// included, when the step is taken.
var always = [claimCount]claim{
	agreement: {
		name: "agreement", source: paper + ", section 2, Agreement",
		doc: "for all correct p, q: if p has decided v and q has decided w then v = w",
	},
	commitQuorum: {
		name: "commit quorum", source: algorithm1 + "line 49",
		doc: "for all correct p: if p decides v by round r then there are +2/3 precommits for v in r",
	},
	precommitJustified: {
		name: "precommit justified", applies: wholeIDs, source: algorithm1 + "line 36",
		doc: "for all correct p and rounds r: if p precommits v ≠ nil in r then there are +2/3 prevotes for v in r",
	},
	lockJustified: {
		name: "lock justified", applies: wholeIDs, source: algorithm1 + "lines 38 and 39",
		doc: "for all correct p: lockedValue = nil exactly if lockedRound = −1; otherwise there are +2/3 prevotes for lockedValue in lockedRound",
	},
	validValueJustified: {
		name: "valid value justified", applies: wholeIDs, source: algorithm1 + "lines 42 and 43",
		doc: "for all correct p: validValue = nil exactly if validRound = −1; otherwise there are +2/3 prevotes for validValue in validRound",
	},
	ownProposal: {
		name: "own proposal", source: algorithm1 + "lines 14 to 19",
		doc: "for all correct p: p proposes in its own rounds only, validValue with validRound if there is one, and else a new value with −1",
	},
	validVotes: {
		name: "valid votes", source: algorithm1 + "lines 18, 23, 29 and 36",
		doc: "no correct process proposes, prevotes or precommits a value v ≠ nil without valid(v)",
	},
	noEquivocation: {
		name: "no equivocation", source: paper + ", section 3",
		doc: "no correct process sends two proposals, prevotes or precommits in one round",
	},
	roundsJustified: {
		name: "rounds justified", source: "CometBFT, consensus/state.go addVote and handleTimeout; " + algorithm1 + "lines 47 and 65", applies: isNode,
		doc: "for all correct p: when p enters a round r > 0 there are +2/3 precommits in r − 1 or +2/3 votes of a type in r",
	},
	lockKept: {
		name: "lock kept", source: algorithm1 + "lines 38 to 40", applies: keepsLocks,
		doc: "for all correct p that have not decided: lockedValue and lockedRound are those of the latest precommit of p that is not nil",
	},
	lockGivesWay: {
		name: "a lock gives way to a later polka", applies: dropsLocks, source: "CometBFT v0.38, consensus/state.go addVote, \"Unlock if cs.LockedRound < vote.Round <= cs.Round\", and enterPrecommit",
		doc: "for all correct p that have not decided: if p gives up a lock on v, for another one or none," +
			" then there are +2/3 prevotes for nil or one w ≠ v in a round after lockedRound, up to its own; while p keeps v, lockedRound never falls",
	},
	validKept: {
		name: "a valid value stays", source: algorithm1 + "lines 36 (for the first time), 42 and 43; CometBFT, addVote and handleCompleteProposal, which ask validRound < round",
		doc: "for all correct p that have not decided: validRound never falls, and validValue changes only when it grows",
	},
	lockRespected: {
		name: "lock respected", source: algorithm1 + "lines 23 and 29", applies: keepsLocks,
		doc: "for all correct p and rounds r: if p prevotes w ≠ nil in r and its latest precommit before r that is not nil is of v ≠ w in r′," +
			" then there are +2/3 prevotes for w in some round from r′ to r − 1",
	},
	nilJustified: {
		name: "nil justified", source: algorithm1 + "lines 34, 44 and 61; CometBFT, consensus/state.go enterPrecommit",
		doc: "for all correct p and rounds r: if p precommits nil in r then there are +2/3 prevotes in r, for whatever values; or, in CometBFT, precommits",
	},
	prevoteJustified: {
		name: "prevote justified", source: algorithm1 + "lines 22 and 28; CometBFT, consensus/state.go defaultDoPrevote",
		doc: "for all correct p and rounds r: if p prevotes v ≠ nil in r then v is proposed in r; or, in CometBFT, it is locked, or there are +2/3 prevotes for v in r",
	},
	timeoutsJustified: {
		name: "timeouts justified", source: algorithm1 + "lines 34 and 47",
		doc: "for all correct p: when p starts timeoutPrevote or timeoutPrecommit there are +2/3 prevotes or precommits in its round",
	},
	votesOfSteps: {
		name: "a vote for each step", source: algorithm1 + "lines 24 to 33, 40 to 46, 59 to 64",
		doc: "for all correct p: in step prevote p has prevoted in its round, and in step precommit it has precommitted",
	},
	roundsGrow: {
		name: "rounds grow", source: algorithm1 + "lines 11, 55 and 65",
		doc: "for all correct p: within a height p enters no round before its own",
	},
	oneDecision: {
		name: "one decision", source: algorithm1 + "lines 51 to 54",
		doc: "a correct process leaves the height in the step in which it decides, and begins the next one with nothing left of it",
	},
	possibleObservations: {
		name: "possible observations", source: "the list Impossible of the rules",
		doc: "no correct process makes an observation that is listed as impossible",
	},
	noPanic: {
		name: "no panic", source: "the panic calls of CometBFT's consensus/state.go, as clauses", applies: isNode,
		doc: "no correct process panics",
	},
	noInvalidPanic: {
		name: "no panic for an invalid block", source: "CometBFT, enterPrecommit and finalizeCommit, where ValidateBlock fails", applies: isNode,
		doc: "no correct process panics because +2/3 have prevoted or precommitted an invalid block: no correct process votes for one," +
			" and the Byzantine ones are no quorum; it takes a ValidateBlock that says different things to different nodes",
	},
	stepsTold: {
		name: "steps are told", applies: habitual, source: "CometBFT, newStep, and the reactor, which tells peers NewRoundStep",
		doc: "a correct node tells peers and log of each new round in step propose, and of where it is after each input that leads it elsewhere",
	},
	votesBeforeCommit: {
		name: "votes before a commit", applies: habitual, source: "CometBFT, addVote: enterPrecommit comes before enterCommit",
		doc: "a correct node in step commit by its own round has precommitted in it",
	},
	prevotesFirst: {
		name: "prevotes first", applies: habitual, source: algorithm1 + "lines 36, 44 and 61; CometBFT, addVote",
		doc: "a correct node that precommits in r has prevoted in r, or there are +2/3 precommits in r",
	},
	precommitsLock: {
		name: "precommits lock", applies: habitualAndWhole, source: algorithm1 + "lines 38 to 40",
		doc: "a correct node that precommits v ≠ nil in r has v as lockedValue, and r as lockedRound",
	},
	nilUnlocks: {
		name: "nil unlocks", applies: habitualAndOld, source: "CometBFT v0.38, enterPrecommit: \"+2/3 prevoted nil. Unlock and precommit nil\", and its last case; tendermint issue 6849",
		doc: "a correct node of v0.38 that precommits nil in r, and finds +2/3 prevotes of r for one value or nil, is not locked then",
	},
	polkaUnlocks: {
		name: "a later polka unlocks", applies: habitualAndOld, source: "CometBFT v0.38, addVote: \"Unlock if cs.LockedRound < vote.Round <= cs.Round\"",
		doc: "a correct node of v0.38 that adds a prevote of r, with lockedRound < r ≤ round, and finds +2/3 for nil or another block than its lock, gives the lock up",
	},
	noHaste: {
		name: "no haste", applies: habitual, source: algorithm1 + "line 57; tendermint issue 1745",
		doc: "a correct node prevotes nil only with a proposal and its block, or because timeoutPropose of the round expires",
	},
	votesInTime: {
		name: "votes in their time", applies: habitual, source: "CometBFT, addVote: 0 <= POLRound == vote.Round; handleCompleteProposal: enterPrecommit after enterPrevote",
		doc: "a correct node prevotes because of a prevote only if that is of the vr of its proposal, and precommits because of a block only if it prevotes with it",
	},
	proposalAnswered: {
		name: "a proposal is answered", applies: habitual, source: algorithm1 + "lines 22 to 24 and 28 to 30; CometBFT, defaultDoPrevote, which compares hashes of blocks",
		doc: "a correct node does not prevote nil with a proposal of a valid block, if it is not locked on another block since its vr, and finds +2/3 prevotes for the block in vr ≥ 0",
	},
	timeoutsStarted: {
		name: "timeouts are started", applies: habitual, source: algorithm1 + "lines 21, 35 and 48",
		doc: "a correct node that enters a round starts timeoutPropose, and one that begins to wait for votes timeoutPrevote or timeoutPrecommit",
	},
	timeoutsInPlace: {
		name: "timeouts in their place", applies: habitual, source: algorithm1 + "lines 21, 34 and 47",
		doc: "a correct node starts timeoutPropose once in a round, timeoutPrevote with +2/3 prevotes and before its precommit, timeoutPrecommit with +2/3 precommits, and no others",
	},
	timeoutsObeyed: {
		name: "timeouts are obeyed", applies: habitual, source: algorithm1 + "lines 57 to 67; CometBFT, handleTimeout",
		doc: "after timeoutPropose of its round a correct node has prevoted, after timeoutPrevote precommitted, after timeoutPrecommit precommitted and left the round, unless it has gone on before; other timeouts change nothing",
	},
	votesAnswered: {
		name: "votes are answered", applies: habitual, source: algorithm1 + "lines 34, 36, 44, 47 and 49",
		doc: "when a correct node adds a vote of r and finds +2/3: in step prevote, for a value it precommits that value or, if it lacks the proposal, starts to wait, for nil it precommits, for neither it starts to wait;" +
			" with precommits for a value it commits, with others of its round or a later one it starts to wait",
	},
	roundsFollowed: {
		name: "rounds are followed", applies: habitual, source: algorithm1 + "lines 55 and 56; tendermint issues 1496 and 7452",
		doc: "when a correct node adds a vote of a later round r and finds +2/3 of its type it enters r; whoever leaves the last round has +2/3 precommits of it",
	},
	polkaFollowed: {
		name: "a polka is followed", applies: habitualAndWhole, source: algorithm1 + "lines 36, 42 and 43; tendermint issue 2583",
		doc: "when a correct node adds a prevote of its round, and +2/3 are for v ≠ nil, it has v as validValue of the round or collects v; and one that precommits nil then collects v",
	},
	polkaValid: {
		name: "a polka makes a valid value", applies: habitual, source: algorithm1 + "lines 36, 42 and 43; CometBFT, addVote and handleCompleteProposal, which compare hashes of blocks",
		doc: "when a correct node adds a prevote of its round or the last part of a block, and finds +2/3 prevotes of the round for the hash of the block that it holds, then validRound is the round",
	},
	polkaPrecommitted: {
		name: "a polka is precommitted", applies: habitual, source: algorithm1 + "lines 36 to 40; CometBFT issue 2119",
		doc: "a correct node does not precommit nil when it finds +2/3 prevotes of the round for a value whose block it holds",
	},
	commitCollects: {
		name: "commit collects its block", applies: habitualAndHonest, source: "CometBFT, enterCommit; tendermint issues 1575 and 2567",
		doc: "while at most a third of the validators are Byzantine, a correct node in step commit holds or collects the value with +2/3 precommits in its commit round",
	},
	locksCommitted: {
		name: "a lock is committed at once", applies: habitual, source: "CometBFT, enterCommit: \"The Locked* fields no longer matter. Move them over to ProposalBlock\"",
		doc: "a correct node in step commit finds no +2/3 precommits for the block that it is locked on: it would have decided in that step",
	},
	noDeadEnd: {
		name: "no dead end", applies: habitualAndHonest, source: "CometBFT, tryFinalizeCommit; tendermint issue 1575",
		doc: "while at most a third of the validators are Byzantine, a correct node in step commit that holds the block and finds +2/3 precommits for it decides, and looks for them when the block comes",
	},
	blockOfItsParts: {
		name: "a block of its parts", applies: habitual, source: "CometBFT, ProposalBlock and ProposalBlockParts",
		doc: "the block that a correct node holds is the one whose parts it has",
	},
	proposalKept: {
		name: "a proposal is kept", applies: habitual, source: "CometBFT, Proposal and ProposalBlock; tendermint issue 2583",
		doc: "a correct node keeps the proposal of its round, and gives up a block only to collect another one",
	},
}

// isNode says whether the dialect is one of CometBFT.
func isNode(c *Config) bool {
	d, _ := consensus.DialectNamed(c.Dialect)
	return d.Questions != nil
}

// wholeIDs says whether no block has two ids, or the rules compare them wholly.
// Where they compare hashes, a node keeps an id that nobody voted for.
func wholeIDs(c *Config) bool { return !c.Split || c.WholeIDs }

// keepsLocks says whether a lock is dropped by nothing but a newer one: not in
// CometBFT before v1, and not where one block has two ids, of which the code
// compares the hash.
func keepsLocks(c *Config) bool {
	return c.Dialect != consensus.CometBFTv038Rules.Name && wholeIDs(c)
}

// dropsLocks: elsewhere "lock kept" says more.
func dropsLocks(c *Config) bool { return isNode(c) && !keepsLocks(c) }

// applicable says which claims an instance is held to.
func applicable(c *Config) []bool {
	out := make([]bool, claimCount)
	for i := range always {
		out[i] = always[i].applies == nil || always[i].applies(c)
	}
	return out
}

// Always lists the properties that must hold always, each in the instances that it
// is about.
func Always() []Property {
	var out []Property
	for i := range always {
		out = append(out, always[i].property())
	}
	return out
}

// AlwaysOf lists those that an instance is held to.
func AlwaysOf(c Config) []Property {
	var out []Property
	for i, applies := range applicable(&c) {
		if applies {
			out = append(out, always[i].property())
		}
	}
	return out
}

// What is awaited: steps of which each must be reached in some instance.
const (
	seesOldQuorum = iota
	seesOldPolka
	seesReproposal
	seesNilPolka
	seesMove
	seesLater
	seesHeaderPanic
	seesLockPanic
	seesPartsPanic

	// Habits.
	seesEarly
	seesAhead
	seesPrompt
	seesLastPart
	seesBlockLock
	seesBlockNil
	seesFollow
	seesProof
	seenCount
)

var sometimes = [seenCount]claim{
	seesOldQuorum:  {applies: severalRounds, name: "decides by an old round", source: algorithm1 + "line 49", doc: "some process decides by precommits of a round before its own"},
	seesOldPolka:   {applies: severalRounds, name: "prevotes by an old polka", source: algorithm1 + "lines 28 to 30", doc: "some process prevotes a proposal for its vr ≥ 0"},
	seesReproposal: {applies: proposesLater, name: "proposes its valid value", source: algorithm1 + "lines 15 and 16", doc: "some process proposes a value with vr ≥ 0"},
	seesNilPolka:   {name: "precommits nil by a nil polka", source: algorithm1 + "lines 44 and 45", doc: "some process precommits nil because of +2/3 prevotes for nil"},
	seesMove:       {applies: severalRounds, name: "a lock moves", source: algorithm1 + "lines 36 to 40", doc: "some process that is locked on a value precommits another one"},
	seesLater:      {applies: severalRounds, name: "decides in a later round", source: algorithm1 + "line 49", doc: "some process decides in a round after 0"},

	seesHeaderPanic: {applies: splits, name: "panics for the header of a proposal", source: "CometBFT, finalizeCommit; tendermint issue 3087", doc: "some node that is not locked holds a block with +2/3 precommits, under another part-set header, and panics"},
	seesLockPanic:   {applies: splits, name: "panics for the header of a lock", source: "CometBFT, finalizeCommit; tendermint issue 3087", doc: "some node is locked on a block with +2/3 precommits, under another part-set header, and panics"},
	seesPartsPanic:  {applies: splits, name: "panics for missing parts", source: "CometBFT, SaveBlock of store/store.go; tendermint issue 3087", doc: "some node has a block with +2/3 precommits, but not the parts under their header, and panics"},

	seesEarly:     {applies: habitual, name: "prevotes as the height begins", source: "CometBFT, enterPropose", doc: "some node prevotes a proposal that came before the height began"},
	seesAhead:     {applies: habitual, name: "prevotes before the height begins", source: "CometBFT, handleCompleteProposal", doc: "some node in step newHeight prevotes a block that has just come"},
	seesPrompt:    {applies: habitual, name: "prevotes with the last part", source: "CometBFT, handleCompleteProposal", doc: "some node in step propose prevotes a block that has just come"},
	seesLastPart:  {applies: habitual, name: "decides with the last part", source: "CometBFT, handleCompleteProposal", doc: "some node decides a block that has just come"},
	seesBlockLock: {applies: habitual, name: "precommits with the last part", source: "CometBFT, handleCompleteProposal", doc: "some node precommits a block that has just come"},
	seesBlockNil:  {applies: habitual, name: "precommits nil with the last part", source: "CometBFT, handleCompleteProposal", doc: "some node precommits nil when a block has just come"},
	seesProof:     {applies: habitual, name: "prevotes when its polka comes", source: algorithm1 + "line 28; CometBFT, addVote", doc: "some node prevotes because of a prevote of the vr of its proposal"},
	seesFollow:    {applies: habitual, name: "precommits because of precommits", source: "CometBFT, addVote; tendermint issue 1690", doc: "some node precommits because +2/3 have precommitted nil"},
}

// Sometimes lists what is awaited.
func Sometimes() []Property {
	var out []Property
	for i := range sometimes {
		out = append(out, sometimes[i].property())
	}
	return out
}

func severalRounds(c *Config) bool { return c.rounds() > 1 }

// splits says whether a Byzantine validator proposes a block under two part-set
// headers at once, and the rules compare its hash.
func splits(c *Config) bool {
	return c.Split && !c.WholeIDs && 3*c.Byzantine < c.Validators && c.Proposers[0] == Byzantine
}

// proposesLater says whether a correct process proposes in a later round.
func proposesLater(c *Config) bool {
	return severalRounds(c) && slices.ContainsFunc(c.Proposers[1:], func(p int) bool { return p != Byzantine })
}

func claimFault(claim int) fault { return fault(claim + 1) }

// String names the claim that was broken.
func (f fault) String() string {
	if f == 0 {
		return "none"
	}
	return "not " + always[f-1].name
}

// checks says whether one of the claims is checked.
func (n *instance) checks(claims ...int) bool {
	return slices.ContainsFunc(claims, func(c int) bool { return n.claims[c] })
}

// A judge looks at one step with the eyes of the claims.
type judge struct {
	*stepper
	before *local
	step   *step
}

// breaks notes that a claim is broken, if it is checked.
func (j *judge) breaks(claim int) {
	if j.claims[claim] && j.step.to.fault == 0 {
		j.step.to.fault = claimFault(claim)
	}
}

// needs notes that one of some atoms must be true.
func (j *judge) needs(claim int, any atoms) {
	if j.claims[claim] && !any.meets(j.step.guard) {
		j.step.musts = append(j.step.musts, must{claimFault(claim), any})
	}
}

// backed is the atom that there are +2/3 votes of the type for v in r.
func (j *judge) backed(t consensus.VoteType, r consensus.Round, v consensus.Value) atoms {
	return atoms{}.with(heardAtom(t, r, j.values.letter(v)))
}

// sees notes something that is awaited, unless a claim is broken: then nothing of
// the step counts any more.
func (j *judge) sees(what int) {
	if j.step.to.fault == 0 {
		j.step.sends.seen |= 1 << what
	}
}

func (j *judge) votes(o consensus.Output) {
	x := j.before
	if o.Value == Invalid {
		j.breaks(validVotes)
	}
	switch {
	case o.Vote == consensus.PrecommitType && o.Value != consensus.Nil:
		j.needs(precommitJustified, j.backed(consensus.PrevoteType, o.Round, o.Value))
		if x.process.LockedValue != consensus.Nil && x.process.LockedValue != o.Value {
			j.sees(seesMove)
		}
	case o.Vote == consensus.PrecommitType:
		j.needs(nilJustified, j.enough(consensus.PrevoteType, o.Round).union(j.committing(o.Round)))
		if j.step.guard.has(heardAtom(consensus.PrevoteType, o.Round, letterNil)) {
			j.sees(seesNilPolka)
		}
	case o.Value != consensus.Nil:
		j.prevotes(o)
	}
}

// enough is the atoms that there are +2/3 votes of the type in r.
func (j *judge) enough(t consensus.VoteType, r consensus.Round) (any atoms) {
	for tally := range tallyKind {
		any = any.with(heardAtom(t, r, tally))
	}
	return any
}

// committing is the atoms for which a CometBFT node precommits without prevotes.
func (j *judge) committing(r consensus.Round) atoms {
	if j.questions == nil {
		return atoms{}
	}
	return j.enough(consensus.PrecommitType, r)
}

func (j *judge) prevotes(o consensus.Output) {
	x := j.before
	if j.questions == nil || x.process.LockedValue != o.Value {
		any := atoms{}
		for vr := consensus.Round(-1); vr <= o.Round; vr++ {
			any = any.with(proposedAtom(o.Round, j.values.letter(o.Value), vr))
		}
		if j.questions != nil {
			any = any.union(j.backed(consensus.PrevoteType, o.Round, o.Value))
		}
		j.needs(prevoteJustified, any)
	}
	if x.since >= 0 && x.since < o.Round && x.latest != o.Value {
		var polkas atoms
		for r := x.since; r < o.Round; r++ {
			polkas = polkas.union(j.backed(consensus.PrevoteType, r, o.Value))
		}
		j.needs(lockRespected, polkas)
	}
	for r := range o.Round {
		if j.step.guard.has(heardAtom(consensus.PrevoteType, r, j.values.letter(o.Value))) {
			j.sees(seesOldPolka)
		}
	}
}

func (j *judge) proposes(o consensus.Output) {
	p := &j.before.process // a decision in the same step has forgotten it
	switch {
	case o.Value == Invalid:
		j.breaks(validVotes)
	case j.step.to.roles>>o.Round&1 == 0, o.POLRound != p.ValidRound, p.ValidValue != consensus.Nil && p.ValidValue != o.Value:
		j.breaks(ownProposal)
	case j.before.offered && o.Round == p.Round, j.step.sends.proposed && o.Round == consensus.Round(j.step.sends.round):
		j.breaks(noEquivocation)
	}
	if o.POLRound >= 0 {
		j.sees(seesReproposal)
	}
}

func (j *judge) decides(o consensus.Output) {
	if int(o.Round) < j.rounds && o.Round >= 0 {
		j.needs(commitQuorum, j.backed(consensus.PrecommitType, o.Round, o.Value))
	}
	if o.Round < j.before.process.Round {
		j.sees(seesOldQuorum)
	}
	if j.before.process.Round > 0 {
		j.sees(seesLater)
	}
}

// state looks at what the step makes of the process.
func (j *judge) state() {
	x, y := &j.before.process, &j.step.to.process
	if decided, left := j.step.to.decision != consensus.Nil, y.Height != x.Height; decided || left {
		fresh := consensus.NewProcess(x.Height + 1)
		if j.questions != nil {
			fresh.Step = consensus.NewHeight
		}
		if decided != left || *y != fresh {
			j.breaks(oneDecision)
		}
		return
	}
	j.inRound(x, y)
	if x.LockedValue != y.LockedValue || x.LockedRound != y.LockedRound {
		j.pair(lockJustified, y.LockedValue, y.LockedRound)
	}
	if x.ValidValue != y.ValidValue || x.ValidRound != y.ValidRound {
		j.pair(validValueJustified, y.ValidValue, y.ValidRound)
	}
	j.keeps(x, y)
	if to := &j.step.to; to.latest != y.LockedValue || to.since != y.LockedRound {
		j.breaks(lockKept)
	}
	if r := y.Round; r > x.Round && int(r) < j.rounds {
		j.needs(roundsJustified, j.enough(consensus.PrecommitType, r-1).
			union(j.enough(consensus.PrecommitType, r)).union(j.enough(consensus.PrevoteType, r)))
	}
}

// inRound looks at where a step leads within the height.
func (j *judge) inRound(x, y *consensus.Process) {
	r := y.Round
	if r < x.Round {
		j.breaks(roundsGrow)
		return
	}
	if int(r) >= j.rounds {
		return
	}
	if y.Step == consensus.Prevote && j.step.to.voted[consensus.PrevoteType]>>r&1 == 0 ||
		y.Step == consensus.Precommit && j.step.to.voted[consensus.PrecommitType]>>r&1 == 0 {
		j.breaks(votesOfSteps)
	}
	if y.Once34 && (!x.Once34 || r > x.Round) {
		j.needs(timeoutsJustified, j.enough(consensus.PrevoteType, r))
	}
	if y.Once47 && (!x.Once47 || r > x.Round) {
		j.needs(timeoutsJustified, j.enough(consensus.PrecommitType, r))
	}
}

// keeps looks at what a step takes from the lock and the valid value.
func (j *judge) keeps(x, y *consensus.Process) {
	switch {
	case x.LockedValue == consensus.Nil:
	case j.other(y.LockedValue, x.LockedValue):
		until := x.Round
		if j.happened(consensus.PrecommitAdded) {
			until = y.Round // it enters the round, and then looks
		}
		j.needs(lockGivesWay, j.polkasAgainst(x.LockedValue, x.LockedRound+1, until))
	case y.LockedRound < x.LockedRound:
		j.breaks(lockGivesWay)
	}
	if y.ValidRound < x.ValidRound || y.ValidRound == x.ValidRound && y.ValidValue != x.ValidValue {
		j.breaks(validKept)
	}
}

// other says whether two values differ for the rules.
func (j *judge) other(v, w consensus.Value) bool {
	if j.whole {
		return v != w
	}
	return v.Block() != w.Block()
}

// polkasAgainst is the atoms that there are +2/3 prevotes for nil or another value
// in one of some rounds.
func (j *judge) polkasAgainst(v consensus.Value, from, until consensus.Round) (any atoms) {
	for r := from; r <= until && int(r) < j.rounds; r++ {
		for letter, w := range j.values {
			if j.other(w, v) {
				any = any.with(heardAtom(consensus.PrevoteType, r, letter))
			}
		}
	}
	return any
}

// pair looks at a value that is kept with the round of its polka.
func (j *judge) pair(claim int, v consensus.Value, r consensus.Round) {
	switch {
	case (v == consensus.Nil) != (r < 0):
		j.breaks(claim)
	case r >= 0 && int(r) < j.rounds:
		j.needs(claim, j.backed(consensus.PrevoteType, r, v))
	}
}
