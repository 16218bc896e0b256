package delivery

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// A claim is a property of the labels of all correct processes.
type claim struct {
	name, doc, source string
	applies           func(*Config) bool // nil: always
	holds             func(*Config, []*label) bool
}

const (
	paper      = "arXiv 1807.04938"
	algorithm1 = paper + ", Algorithm 1, "
)

// always is what must hold in every reachable state. Names, words and sources
// are those of the soup where the claims are the same; what is said of votes
// means votes that the process has received.
var always = []claim{
	{
		name: "agreement", source: paper + ", section 2, Agreement",
		doc: "for all correct p, q: if p has decided v and q has decided w then v = w",
		holds: func(_ *Config, all []*label) bool {
			first := uint8(0)
			for _, l := range all {
				if l.decision != 0 && first != 0 && l.decision != first {
					return false
				}
				first = max(first, l.decision)
			}
			return true
		},
	},
	{
		name: "validity", source: paper + ", section 2, Validity",
		doc: "for all correct p: if p has decided v then valid(v)",
		holds: func(_ *Config, all []*label) bool {
			return none(all, func(l *label) bool { return l.decision == number(Invalid) })
		},
	},
	{
		name: "commit quorum", source: algorithm1 + "line 49",
		doc:   "for all correct p: when p decides v it has received +2/3 precommits for v in one round, and the proposal of v",
		holds: without(UnbackedDecision),
	},
	{
		name: "lock justified", source: algorithm1 + "lines 38 and 39",
		doc:   "for all correct p: lockedValue = nil exactly if lockedRound = −1; otherwise p has received +2/3 prevotes for lockedValue in lockedRound",
		holds: without(UnbackedLock),
	},
	{
		name: "prevote justified", source: algorithm1 + "lines 22 and 28",
		doc: "for all correct p: when p prevotes v ≠ nil in r it has received the proposal of v in r;" +
			" or, in CometBFT, has v locked, or began in r to collect the block v",
		holds: without(StrayPrevote),
	},
	{
		name: "commit collects its block", source: "CometBFT, enterCommit; tendermint issues 1575 and 2567", applies: honest,
		doc:   "while at most a third of the validators are Byzantine, for all correct p: in step commit p holds the block that has +2/3 precommits, or collects it",
		holds: without(StrayCommit),
	},
	{
		name: "no dead end", source: "CometBFT, tryFinalizeCommit; tendermint issue 1575",
		doc:   "for all correct p: in step commit p lacks parts that it collects; once it has them it decides",
		holds: without(DeadCommit),
	},
	{
		name: "no haste", source: algorithm1 + "lines 47, 57 and 65; tendermint issues 1690 and 1745",
		doc:   "a correct CometBFT node prevotes nil only with a complete proposal or after timeoutPropose, and leaves a round only after timeoutPrecommit or for +2/3 votes of a later one",
		holds: without(HastyNil, HastyRound),
	},
	{
		name: "locks last", source: algorithm1 + "lines 38 and 39; tendermint issue 6849", applies: keepsLocks,
		doc:   "a correct process that is locked stays locked, on this value or on another one of a later round, until it decides",
		holds: without(DroppedLock),
	},
	{
		name: "timeouts take their time", source: "CometBFT, timeoutTicker; CometBFT pull request 3092", applies: ticks,
		doc:   "a timeout of a correct process fires because its own timer has run out, not that of one before",
		holds: without(StrayTick),
	},
	{
		name: "own signatures verify", source: "CometBFT, FilePV.signVote; tendermint issue 6738", applies: restarts,
		doc:   "what a correct process signs, and signs again after a crash, carries a signature over just that, timestamp included",
		holds: without(ForeignSignature),
	},
	{
		name: "votes survive a crash", source: "CometBFT, catchupReplay; tendermint issues 3089 and 8739", applies: restarts,
		doc:   "no correct process wants to sign a vote in the place of another that it has signed: after a crash its log leads it to the same votes",
		holds: without(ForgottenVote),
	},
	{
		name: "own blocks survive a crash", source: "CometBFT, receiveRoutine; CometBFT pull request 5695", applies: keepsBlocks,
		doc:   "a correct process that has shown others a block of its own still holds it after a crash, in the round for which it proposed it",
		holds: without(LostBlock),
	},
	{
		name: "no equivocation", source: paper + ", section 3, messages of correct processes",
		doc:   "no correct process signs two different proposals, prevotes or precommits in one round, whether it crashes in between or not",
		holds: without(SecondProposal, SecondPrevote, SecondPrecommit),
	},
	{
		name: "one decision", source: algorithm1 + "lines 51 to 54",
		doc:   "a correct process leaves the height in the step in which it decides, and begins the next one with nothing left of it",
		holds: without(TornDecision, StaleHeight),
	},
	{
		name: "possible observations", source: "the list Impossible of the rules",
		doc:   "no correct process makes an observation that is listed as impossible",
		holds: without(ImpossibleObservation),
	},
	{
		name: "no panic", source: "docs/divergence.md, Panics; tendermint issue 3087", applies: honest,
		doc:   "while at most a third of the validators are Byzantine, the state machine of no correct process panics",
		holds: func(_ *Config, all []*label) bool { return none(all, func(l *label) bool { return l.panicked }) },
	},
	{
		name: "comes to rest", source: "docs/adr/0004-fixed-point-after-each-input.md",
		doc:   "after each input of a correct process there comes a time when none of its rules is enabled",
		holds: without(Restless),
	},
}

// everywhere is what must hold in every reachable state of the instances that it
// applies to, beside what Config.Asks names.
var everywhere = slices.Concat(always, learned, strict)

// sometimes is what must be reachable, so that what always holds does not hold
// because nothing happens.
var sometimes = []claim{
	{
		name: "everyone decides", source: paper + ", section 2, Termination", applies: canDecide,
		doc:   "all correct processes have decided",
		holds: func(_ *Config, all []*label) bool { return none(all, func(l *label) bool { return l.decision == 0 }) },
	},
	{
		name: "everyone reaches the last round", source: algorithm1 + "lines 47, 61 and 65", applies: waits,
		doc:   "all correct processes are in the last round or have left it",
		holds: func(_ *Config, all []*label) bool { return none(all, func(l *label) bool { return !l.last }) },
	},
	{
		name: "a round is entered because of messages", source: algorithm1 + "line 55",
		doc:     "a process has entered a round without the timeout of the one before",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 1 && c.spares() && c.Calm == nil },
		holds:   func(_ *Config, all []*label) bool { return !none(all, func(l *label) bool { return l.skipped }) },
	},
	{
		name: "decision by an old round", source: algorithm1 + "line 49, which asks of any round",
		doc:     "a process has decided by precommits of a round before its own",
		applies: func(c *Config) bool { return canDecide(c) && c.rounds() > 1 && c.spares() },
		holds:   func(_ *Config, all []*label) bool { return !none(all, func(l *label) bool { return l.old }) },
	},
	{
		name: "a lock moves", source: algorithm1 + "lines 36 to 39",
		doc: "a process has precommitted one value and, in a later round, another",
		applies: func(c *Config) bool {
			return canDecide(c) && c.rounds() > 1 && len(c.valid()) > 1 && c.spares() && c.Calm == nil
		},
		holds: func(c *Config, all []*label) bool {
			return !none(all, func(l *label) bool { return moved(c, l.said) })
		},
	},
}

// moved reports whether two values are precommitted in different rounds.
func moved(c *Config, said messageSet) bool {
	first := consensus.Nil
	for r := range c.rounds() {
		v := said.precommitted(r)
		if v != consensus.Nil && first != consensus.Nil && v != first {
			return true
		}
		first = max(first, v)
	}
	return false
}

// asksFor says whether a claim is about the instance, and not known to fail there.
func (c *Config) asksFor(p *claim) bool {
	return (p.applies == nil || p.applies(c)) && !slices.Contains(c.Known, p.name)
}

// keepsLocks says whether the rules never unlock: those of the paper and of v1.
func keepsLocks(c *Config) bool { return c.dialect() != "cometbft-v0.38" }

// honest says whether the faulty power is what the algorithm stands.
func honest(c *Config) bool {
	return !consensus.OneThird(int64(c.Byzantine), int64(c.Validators))
}

// ticks says whether timers run out before the ticker notices.
func ticks(c *Config) bool { return c.LateTicks }

// restarts says whether a process may crash, and asks its signer again.
func restarts(c *Config) bool { return c.Crashes > 0 }

// keepsBlocks says whether a process brings its messages to the disk before it
// shows them.
func keepsBlocks(c *Config) bool { return restarts(c) && !c.LazyLog }

// canDecide says whether all correct validators take part.
func canDecide(c *Config) bool { return len(c.Silent) == 0 }

// waits says whether a height is not over in its first step, as it is for a
// single validator that handles its own messages at once, and everybody can come to
// the last round: a process of the paper that stays for less never leaves its own.
func waits(c *Config) bool {
	return canDecide(c) && c.Calm == nil && (c.Validators > 1 || c.Queue != Immediate) && (c.Stays == nil || isNode(c))
}

// spares says whether all but one validator are a quorum: a process can have
// heard enough to go on, and not from the one whose vote decides.
func (c *Config) spares() bool {
	return c.Stays == nil && consensus.TwoThirds(int64(c.Validators-1), int64(c.Validators))
}

// none reports whether no process has a property.
func none(all []*label, has func(*label) bool) bool {
	for _, l := range all {
		if has(l) {
			return false
		}
	}
	return true
}

// without claims that no process has one of the faults.
func without(faults ...Fault) func(*Config, []*label) bool {
	return func(_ *Config, all []*label) bool {
		return none(all, func(l *label) bool {
			for _, f := range faults {
				if l.fault == f {
					return true
				}
			}
			return false
		})
	}
}

// Always lists the properties that must hold always, each in the instances that it
// is about.
func Always() []Property { return properties(everywhere) }

// OnRequest lists the properties that are asked of instances made for them, such as
// those of the bugs of the past.
func OnRequest() []Property { return properties(append(slices.Clone(onRequest), halting)) }

// Sometimes lists the properties that must be reached somewhere.
func Sometimes() []Property { return properties(sometimes) }

func properties(claims []claim) []Property {
	out := make([]Property, len(claims))
	for i := range claims {
		out[i] = Property{Name: claims[i].name, Doc: claims[i].doc, Source: claims[i].source}
	}
	return out
}
