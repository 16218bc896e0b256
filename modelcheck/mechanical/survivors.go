package mechanical

import (
	"slices"

	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

// Survivors lists the mutants that survive, by dialect.
var Survivors = map[string]score.Survivors{
	consensus.CometBFTv038Rules.Name: slices.Concat(ofBoth, ofV038),
	consensus.CometBFTv1Rules.Name:   slices.Concat(ofBoth, ofV1),
}

var ofBoth = score.Survivors{
	{
		Names: []string{"enterPropose.self without CallPrevoteIfComplete"},
		Why: "a proposer has no proposal of its round when it enters it: its own is in its queue, and the one before is forgotten;" +
			" the models let it look for one all the same",
	},
	{
		Names: []string{
			`enterCommit.locked without "step < commit"`,
			`enterCommit.locked "step < commit" also for step = commit`,
		},
		Why: "a node that commits does so once more, by another precommit or round, and for the same value: it takes the same block and tells the same step",
	},
	{
		Names: []string{
			`addVote.valid without "validRound < r"`,
			`addVote.valid "validRound < r" also for validRound = notBefore`,
			`block.valid without "validRound < round"`,
			`block.valid "validRound < round" also for validRound = notBefore`,
		},
		Why: "the second time it stores the same values, since a round has one polka at most",
	},
	{
		Names: []string{
			`addVote.pol without "a proposal with POLRound = r"`,
			`addVote.pol "a proposal with POLRound = r" also for polRound = another`,
		},
		Why: "any prevote of an earlier round makes the node prevote a complete proposal, which may happen a little sooner then;" +
			" that it is complete asks for the prevotes of its POLRound",
	},
	{
		Names: []string{
			`enterCommit.block "hash(proposalBlock) ≠ hash(v)" also for block = alias`,
			`block.valid "hash(proposalBlock) = hash(v)" not for block = alias`,
		},
		Why: "it does not take a block under another part-set header for the one that was voted for, where the code does: a part of the repair of tendermint issue 3087," +
			" and other runs to a panic remain",
	},
	{
		Names:   []string{"tryFinalizeCommit.header without Panic", "tryFinalizeCommit.parts without Panic"},
		Why:     "\"no panic\" is violated all the same where one block has two ids, by the other panics",
		Missing: "each panic of the code is reached",
	},
	{
		Names: []string{`block.prevote "step < prevote" also for step = prevote`},
		Why:   "a node that has prevoted, and gets the block of a polka, precommits at once instead of with the next prevote or timeout",
	},
}

var ofV038 = score.Survivors{
	{
		Names: []string{
			"addVote.unlock without Unlock",
			`addVote.unlock without "lockedRound < r"`,
			`addVote.unlock "lockedRound < r" also for lockedRound = notBefore`,
			`addVote.unlock without "r ≤ round"`,
			`addVote.unlock "+2/3 PREVOTE(h, r, one value v or nil)" not for prevotes = value`,
			`addVote.unlock "lockedBlock ≠ nil, hash(lockedBlock) ≠ hash(v)" also for lock = alias`,
		},
		Why: "a lock that is kept, or given up for an older polka, endangers nobody within two rounds; it would show in who waits for whom," +
			" and no property speaks of when v0.38 gives a lock up",
		Missing: "a lock gives way to a later polka, and to nothing else",
	},
	{
		Names: []string{`addVote.unlock "r ≤ round" also for r = future`},
		Why:   "the node enters that round in the same step, and the same polka unlocks it there with the next prevote",
	},
}

var ofV1 = score.Survivors{}
