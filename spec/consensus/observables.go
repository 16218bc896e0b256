package consensus

import "github.com/polka-bft/polka/spec"

// StepValue is a value of [Step].
type StepValue uint8

// The steps. Algorithm 1 has the first three; CometBFT adds steps in which a
// height is decided but not yet left, or a height or round not yet begun.
const (
	Propose   StepValue = iota // waiting for the proposal of the round
	Prevote                    // has prevoted in the round
	Precommit                  // has precommitted in the round
	Commit                     // CometBFT: +2/3 precommits seen, the block still missing
	NewHeight                  // CometBFT: the last height is decided, round 0 not entered
	NewRound                   // CometBFT: the round is entered, Propose not yet
)

// ProposalValue is a value of [Proposal].
type ProposalValue uint8

// What is known of a proposal for the bound value.
const (
	NoProposal ProposalValue = iota // none from the proposer of that round
	Invalid                         // one, and valid(v) is false
	Valid                           // one, and valid(v) is true
)

// POLValue is a value of [POL].
type POLValue uint8

// How the validRound vr that a proposal carries relates to the round.
const (
	Fresh     POLValue = iota // vr = −1: the value is claimed to be new
	Unbacked                  // 0 ≤ vr < round, without +2/3 prevotes for v at vr
	Backed                    // 0 ≤ vr < round, with them: a proof of lock
	Misplaced                 // vr ≥ round or vr < −1: no correct proposer says so
)

// LockValue is a value of [Lock].
type LockValue uint8

// How the lock relates to the bound value v and its validRound vr.
const (
	Open  LockValue = iota // lockedRound = −1
	Same                   // lockedValue = v
	Older                  // lockedRound ≤ vr, on another value
	Newer                  // lockedRound > vr, on another value
)

// TallyValue is a value of [Prevotes].
type TallyValue uint8

// What the votes of one kind in one round add up to.
const (
	Few      TallyValue = iota // not more than 2/3 of the power
	Mixed                      // more than 2/3, for no single value
	ForNil                     // more than 2/3 for nil
	ForValue                   // more than 2/3 for one value
)

// YesNo is the value of observables that are a plain fact.
type YesNo uint8

// The two values of a plain fact.
const (
	No YesNo = iota
	Yes
)

// TimeoutKind says which timeout expired.
type TimeoutKind uint8

// The three timeouts, lines 57, 61 and 65, and one that only an output is about.
const (
	TimeoutPropose TimeoutKind = iota
	TimeoutPrevote
	TimeoutPrecommit
	TimeoutNewRound // CometBFT: round entered, but no proposal wanted yet
)

// PlaceValue is a value of [At].
type PlaceValue uint8

// Where a height and round stand relative to the process.
const (
	Here      PlaceValue = iota // the current height and round
	Elsewhere                   // any other
)

// The observables: everything that a guard of Algorithm 1 asks about. Each
// disjunction of the paper is one set of one observable.
var (
	Step = spec.NewObservable[StepValue]("step", "the step of the current round",
		"propose", "prevote", "precommit")
	Proposal = spec.NewObservable[ProposalValue]("proposal", "whether a proposal of the proposer for v is there, and valid(v)",
		"none", "invalid", "valid")
	POL = spec.NewObservable[POLValue]("pol", "the proposal's validRound vr, and whether +2/3 prevotes for v at vr are there",
		"fresh", "unbacked", "backed", "misplaced")
	Lock = spec.NewObservable[LockValue]("lock", "how lockedValue and lockedRound relate to v and vr",
		"open", "same", "older", "newer")
	Polka = spec.NewObservable[YesNo]("polka", "whether +2/3 prevotes for v in the current round are there",
		"no", "yes")
	Prevotes = spec.NewObservable[TallyValue]("prevotes", "what the prevotes of the current round add up to",
		"few", "mixed", "nil", "value")
	Precommits = spec.NewObservable[YesNo]("precommits", "whether +2/3 precommits, for whatever values, of the current round are there",
		"few", "enough")
	CommitQuorum = spec.NewObservable[YesNo]("commitQuorum", "whether +2/3 precommits for v in round r are there",
		"no", "yes")
	Decided = spec.NewObservable[YesNo]("decided", "whether the current height has a decision",
		"no", "yes")
	LaterRound = spec.NewObservable[YesNo]("laterRound", "whether messages of more than 1/3 of the power are there for round r > round",
		"no", "yes")
	Expired = spec.NewObservable[TimeoutKind]("expired", "which timeout expired",
		"propose", "prevote", "precommit")
	At = spec.NewObservable[PlaceValue]("at", "whether the timeout is of the current height and round",
		"here", "elsewhere")
	Proposer = spec.NewObservable[YesNo]("proposer", "whether this process is the proposer of the round",
		"other", "self")
	ValidValue = spec.NewObservable[YesNo]("validValue", "whether validValue is set",
		"unset", "set")

	Once34 = spec.NewOnce("once34", "line 34 in this round", MarkOnce34)
	Once36 = spec.NewOnce("once36", "line 36 in this round", MarkOnce36)
	Once47 = spec.NewOnce("once47", "line 47 in this round", MarkOnce47)
)

func vars(vs ...interface{ Variable() *spec.Variable }) []*spec.Variable {
	out := make([]*spec.Variable, len(vs))
	for i, v := range vs {
		out[i] = v.Variable()
	}
	return out
}

// The bindings: what one observation of Algorithm 1 is about.
var (
	StartRound = &spec.Binding{
		Name: "StartRound", Free: "r", Function: true, Line: 11, Doc: "a round that is begun by line 54, 56 or 67",
		Vars: vars(Proposer, ValidValue),
	}
	OnProposal = &spec.Binding{
		Name: "proposal", Free: "v, vr", Doc: "a proposal of the current round, or a value with a polka in it",
		Vars: vars(Step, Proposal, POL, Lock, Polka, Once36),
	}
	OnVotes = &spec.Binding{
		Name: "votes", Doc: "the votes of the current round, whatever they are for",
		Vars: vars(Step, Prevotes, Precommits, Once34, Once47),
	}
	OnDecision = &spec.Binding{
		Name: "decision", Free: "r, v", Doc: "a round r of this height and a value v that may be decided in it",
		Vars: vars(Decided, Proposal, CommitQuorum),
	}
	OnLaterRound = &spec.Binding{
		Name: "laterRound", Free: "r", Doc: "a round after the current one",
		Vars: vars(LaterRound),
	}
	OnTimeout = &spec.Binding{
		Name: "timeout", Free: "height, r", Doc: "a timeout that has just expired",
		Vars: vars(Expired, At, Step),
	}
)
