package delivery

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// ofRules lists bugs in the clauses, in what a height begins with, and in the
// state machine's look at a proposal and its parts.
var ofRules = []Bug{
	{
		Issues: "tendermint 304", Story: "a round mixed up with another",
		Wrong: "what is proposed in a node's round and the block of an earlier round that it commits are mixed up." +
			" The report ends there; here the proposal takes the place of the parts that the node collects",
		Today: "a proposal never takes the place of parts that are being collected",
		By:    "commit collects its block", Steps: 31, Config: lateProposer("cometbft-v0.38"),
		Option: func(c *Config) { c.Overwrite = true },
	},
	{
		Issues: "tendermint 1575, 861 and 1562, pull request 1586", Story: "the late proposer",
		Wrong: "the parts of a node's own block are added to whatever part set it collects, unchecked",
		Today: "every part is checked",
		By:    "no dead end", Steps: 32, Config: lateProposer("cometbft-v0.38"),
		Option: func(c *Config) { c.Mistake = UncheckedParts },
	},
	{
		Issues: "tendermint 2583, pull request 2652", Story: "a polka passed over",
		Wrong: "a polka for a block that a node does not have makes no difference to what it collects",
		Today: "the node collects the block of the polka",
		By:    "a polka is followed", Steps: 7, Config: twoFaced("cometbft-v0.38"),
		Clauses: []spec.Clause{{
			Line: 42, Name: "addVote.valid", Of: consensus.OnPolkaValid,
			Upon: spec.Phrases{
				spec.Says("+2/3 PREVOTE(h, r, id(v))", consensus.PrevoteTally.Is(consensus.ForValue)),
				spec.Says("hash(proposalBlock) = hash(v)", consensus.BlockIs.In(consensus.That, consensus.Alias)),
			},
			While: spec.Phrases{
				spec.Says("r = round", consensus.RoundIs.Is(consensus.Current)),
				spec.Says("validRound < r", consensus.ValidBefore.Is(consensus.Yes)),
			},
			Then: spec.Effects{
				spec.Does(42, "validBlock ← proposalBlock, with the parts", consensus.ValidHeld),
				spec.Does(43, "validRound ← round", consensus.ValidRoundOp),
			},
		}},
	},
	{
		Issues: "tendermint 2642", Story: "rounds from 0",
		Wrong: "lockedRound and validRound begin at 0: a polka of round 0 is no later than that, and forgotten. Today's code would also propose with a validRound of 0",
		Today: "they begin at −1",
		By:    "own proposal", Steps: 1, Config: threeNodes("cometbft-v0.38"),
		Option: func(c *Config) { c.Mistake = ZeroRounds },
	},
	{
		Issues: "tendermint 3003", Story: "a nil polka, and no end of the round",
		Wrong: "the block is refused, and nobody leaves the round. The report names no cause; here it is that of issue 3199:" +
			" TriggeredTimeoutPrecommit is still set from the last height",
		Today: "the flag is reset when a height ends",
		By:    "no halt", Steps: 8, Config: refusing("cometbft-v0.38"),
		Option: func(c *Config) { c.Mistake = StaleWait },
	},
	{
		Issues: "tendermint 3087, sei-chain 3845", Story: "one block in two splits",
		Wrong: "hashes of blocks are compared where block ids should be. Whole ids is the repair",
		Today: "open, in every version: docs/findings.md",
		By:    "no panic", Steps: 13, Config: wholeIDs("cometbft-v0.38"),
		Option: func(c *Config) { c.WholeIDs = false },
	},
	{
		Issues: "tendermint 3199 and 3302, pull requests 3197 and 3310", Story: "a wait that was triggered before",
		Wrong: "TriggeredTimeoutPrecommit is reset in enterNewRound alone; a node that goes on without it, because transactions or a block came early, never starts timeoutPrecommit",
		Today: "the flag is reset when a height ends too",
		By:    "no halt", Steps: 23, Config: thenAnother("cometbft-v0.38"),
		Option: func(c *Config) { c.Mistake = StaleWait },
	},
	{
		Issues: "tendermint 6850, CometBFT 1171", Story: "the lock is prevoted, whatever was proposed",
		Wrong: "a locked node prevotes its lock without a proposal, or against it, as it still does in v0.38; here v1 does it too",
		Today: "open in v0.38 and all that continues it; repaired in v1",
		By:    "a proposal is answered", Steps: 11, Config: laterNodes("cometbft-v1"),
		Clauses: []spec.Clause{
			{
				Line: 24, Name: "enterPrevote.missing", Of: consensus.DoPrevoteV1,
				While: spec.Phrases{spec.Says("lockedBlock ≠ nil", consensus.LockOn.In(consensus.LockSame, consensus.LockOlder, consensus.LockNewer, consensus.LockAlias))},
				Then:  spec.Effects{spec.Does(24, "sign and queue PREVOTE(h, round, id(lockedBlock))", consensus.SendPrevoteLocked)},
			},
			{
				Line: 59, Name: "enterPrevote.none", Of: consensus.DoPrevoteV1,
				While: spec.Phrases{
					spec.Says("lockedBlock = nil", consensus.LockOn.Is(consensus.LockOpen)),
					spec.Says("proposal = nil or proposalBlock = nil", consensus.Offer.Is(consensus.NoOffer)),
				},
				Then: spec.Effects{spec.Does(59, "sign and queue PREVOTE(h, round, nil)", consensus.SendPrevoteNil)},
			},
		},
	},
	{
		Issues: "tendermint 7452, 1496 and 152, CometBFT 1431", Story: "nobody skips to a later round for +1/3",
		Wrong: "CometBFT has no line 55: +1/3 of a later round do not bring a node there, +2/3 votes of one kind do",
		Today: "open, in every version; docs/divergence.md, skip-on-two-thirds",
		By:    "a later round is followed", Steps: 10,
		Config: Config{Dialect: "paper", Validators: 2, Proposers: []int{0, 1}, Values: 1, Asks: []string{"a later round is followed"}},
		Option: func(c *Config) { c.Dialect, c.Timers = "cometbft-v0.38", consensus.SingleTimer },
	},
	{
		Issues: "tendermint 9252", Story: "the wait of another round",
		Wrong: "timeout newRound proposes in round 0, whatever round it is of: a later proposer whose clock was behind never proposes, and has no timer",
		Today: "it proposes in its own round",
		By:    "no halt", Steps: 11, Config: slowClocks("cometbft-v1"),
		Clauses: []spec.Clause{{
			Line: 13, Name: "timeout.newRound", Of: consensus.OnTock,
			Upon: spec.Phrases{spec.Says("the wait expires", consensus.Tock.Is(consensus.TockNewRound))},
			While: spec.Phrases{
				spec.Says("r = round", consensus.RoundIs.Is(consensus.Current)),
				spec.Says("step < propose", consensus.NodeStep.In(consensus.NodeNewHeight, consensus.NodeNewRound)),
			},
			Then: spec.Effects{spec.Does(13, "enterPropose(0)", consensus.CallEnterFirstPropose)},
		}},
	},
	{
		Issues: "CometBFT 2119, pull request 2221", Story: "no precommit without a proposal",
		Wrong: "at a timeout, a node of v1 that has the polka and the block, and not the proposal, precommits nil",
		Today: "the polka and the block are enough; the mistake was in no release",
		By:    "a polka is precommitted", Steps: 12, Config: fourNodes("cometbft-v1"),
		Option: func(c *Config) { c.Mistake = ProposalAsked },
	},
	{
		Issues: "CometBFT 2218", Story: "a look at a proposal that is not there",
		Wrong: "a node of v1 that has collected the block of a polka, and not the proposal, looks into the proposal when it prevotes, and panics",
		Today: "it prevotes nil; v1.0.0-alpha.1 alone has the mistake",
		By:    "no panic", Steps: 11, Config: fourNodes("cometbft-v1"),
		Option: func(c *Config) { c.Mistake = ProposalUnseen },
	},
	{
		Issues: "CometBFT, ticker.go", Story: "one timer for all",
		Wrong: "timeoutPrecommit takes the timer from timeoutPropose: a node in step propose waits on, and does not prevote in the round. Where all holds, timers are independent",
		Today: "open, in every version",
		By:    "no timeout is lost", Steps: 10,
		Config: Config{
			Dialect: "cometbft-v0.38", Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, AllValid: true, Symmetric: true,
			Asks: []string{"no timeout is lost"},
		},
		Option: func(c *Config) { c.Timers = consensus.SingleTimer },
	},
}

// thenAnother is two rounds of three correct nodes, all of whom are needed.
func thenAnother(dialect string) Config {
	c := threeNodes(dialect)
	c.Proposers = []int{0, 1}
	return c
}

// refusing is two rounds of two correct nodes, with an application that may refuse
// any block.
func refusing(dialect string) Config {
	c := thenAnother(dialect)
	c.Validators, c.Refusals = 2, true
	return c
}

// slowClocks is three rounds of two correct nodes, whose clocks are behind when
// they propose.
func slowClocks(dialect string) Config {
	c := threeNodes(dialect)
	c.Validators, c.Proposers, c.SlowClocks = 2, []int{0, 1, 0}, true
	return c
}

// lateProposer is two rounds of four correct nodes, the second of which proposes
// in round 0 and the first in round 1. The first may be late in everything, its
// own messages included; the others hear of what they wait for in time.
func lateProposer(dialect string) Config {
	return Config{
		Dialect: dialect, Validators: 4, Proposers: []int{1, 0}, AllValid: true, Offers: []consensus.Value{V1, V0, V0, V0},
		Queue: InOrder, Timers: consensus.SingleTimer, Calm: []int{1, 2, 3}, Symmetric: true,
	}
}

// twoFaced is one round with a Byzantine proposer that proposes two values and
// votes for one of them.
func twoFaced(dialect string) Config {
	return Config{
		Dialect: dialect, Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, AllValid: true,
		Timers: consensus.SingleTimer, Backs: []consensus.Value{V0}, Symmetric: true,
	}
}

// wholeIDs is one round with a Byzantine proposer that splits its block in two
// ways, and nodes that compare block ids.
func wholeIDs(dialect string) Config {
	c := split([]consensus.Value{V0}, true)
	c.Dialect, c.Timers = dialect, consensus.SingleTimer
	return c
}
