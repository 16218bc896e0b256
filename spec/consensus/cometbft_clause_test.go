package consensus_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A nodeScene is a moment in the life of a CometBFT node of height 1, one
// question that its code asks then, and what follows. There are four validators
// of power 1.
type nodeScene struct {
	clause, name string
	state        consensus.Process
	received     []message
	r            consensus.Round    // of the vote, the timeout or the call
	tock         consensus.TockKind // of the timeout
	self         bool               // whether the node proposes
	skips        bool               // whether it may skip timeoutCommit
	last         consensus.LastCommitValue
	env          *nodePlay // answers instead of self, skips and last
	fired        string    // the rules, that of the clause first
	out          string
	after        consensus.Process
}

const (
	newHeight = consensus.NewHeight
	newRound  = consensus.NewRound
	commit    = consensus.Commit
)

// holding is a proposal of the current round, and a complete block.
func holding(v consensus.Value, polRound consensus.Round) func(*consensus.Process) {
	return func(p *consensus.Process) {
		p.Held.Proposal, p.Held.POLRound, p.Held.Block, p.Held.Parts, p.Held.Whole = true, polRound, v.Block(), v, true
	}
}

// block is a complete block without a proposal.
func block(v consensus.Value) func(*consensus.Process) {
	return func(p *consensus.Process) { p.Held.Block, p.Held.Parts, p.Held.Whole = v.Block(), v, true }
}

// missing makes the parts that are collected incomplete.
func missing(p *consensus.Process) { p.Held.Whole = false }

// dead is what a panic leaves.
func dead(p *consensus.Process) { p.Panicked = true }

// under collects the parts of the block that is held, under another header.
func under(v consensus.Value) func(*consensus.Process) {
	return func(p *consensus.Process) { p.Held.Parts, p.Held.Whole = v, false }
}

// lacking says what the locked parts lack.
func lacking(l consensus.LockParts) func(*consensus.Process) {
	return func(p *consensus.Process) { p.Held.LockedParts = l }
}

// collecting is a block of which parts are missing.
func collecting(v consensus.Value) func(*consensus.Process) {
	return func(p *consensus.Process) { p.Held.Block, p.Held.Parts, p.Held.Whole = null, v, false }
}

// promised is a proposal whose block is not complete.
func promised(v consensus.Value, polRound consensus.Round) func(*consensus.Process) {
	return func(p *consensus.Process) {
		p.Held.Proposal, p.Held.POLRound, p.Held.Parts = true, polRound, v
	}
}

func committing(r consensus.Round) func(*consensus.Process) {
	return func(p *consensus.Process) { p.Held.CommitRound = r }
}

var roundScenes = []nodeScene{
	{
		clause: "enterNewRound.later", name: "the proposal is forgotten, the lock and the valid block are not",
		state: in(1, precommit, holding(A, -1), locked(A, 1), validValue(A, 1), fired34, fired47), r: 3,
		fired: "enterNewRound.later enterPropose.other", out: "timeoutPropose(1, 3); step(1, 3, propose)",
		after: in(3, propose, locked(A, 1), validValue(A, 1)),
	},
	{
		clause: "enterNewRound.later", name: "even in step commit",
		state: in(0, commit, collecting(A), committing(0)), r: 1,
		fired: "enterNewRound.later enterPropose.other", out: "timeoutPropose(1, 1); step(1, 1, propose)",
		after: in(1, propose, committing(0)),
	},
	{
		clause: "enterNewRound.first", name: "a proposal that came early is kept, and prevoted",
		state: in(0, newHeight, holding(A, -1)), r: 0,
		fired: "enterNewRound.firstIf enterPropose.other enterPropose.complete enterPrevote enterPrevote.block",
		out:   "timeoutPropose(1, 0); step(1, 0, propose); PREVOTE(1, 0, A); step(1, 0, prevote)",
		after: in(0, prevote, holding(A, -1)),
	},
	{
		clause: "enterNewRound.first", name: "Else: there are no transactions",
		state: in(0, newHeight), r: 0, env: &nodePlay{awaits: true},
		fired: "enterNewRound.firstElse", out: "timeoutNewRound(1, 0)", after: in(0, newRound),
	},
	{
		clause: "txs.propose", name: "the round goes on",
		state: in(0, newRound), env: &nodePlay{awaits: true},
		fired: "txs.propose enterPropose.other", out: "timeoutPropose(1, 0); step(1, 0, propose)", after: in(0, propose),
	},
	{
		clause: "txs.propose", name: "not in a later round",
		state: in(1, newRound), env: &nodePlay{awaits: true}, after: in(1, newRound),
	},
	{
		clause: "txs.early", name: "before the height has begun",
		state: in(0, newHeight), env: &nodePlay{awaits: true},
		fired: "txs.early", out: "timeoutNewRound(1, 0)", after: in(0, newHeight),
	},
	{
		clause: "txs.early", name: "a block is due anyway",
		state: in(0, newHeight), after: in(0, newHeight),
	},
	{
		clause: "enterPropose.self", name: "If: the valid block again, with validRound",
		state: in(2, newRound, validValue(B, 0), locked(A, 1)), r: 2, self: true,
		fired: "enterPropose.selfIf", out: "timeoutPropose(1, 2); PROPOSAL(1, 2, B, 0); step(1, 2, propose)",
		after: in(2, propose, validValue(B, 0), locked(A, 1)),
	},
	{
		clause: "enterPropose.self", name: "Else: a new block; its parts come back through the queue",
		state: in(2, newRound, locked(A, 1)), r: 2, self: true,
		fired: "enterPropose.selfElse", out: "timeoutPropose(1, 2); PROPOSAL(1, 2, fresh, -1); step(1, 2, propose)",
		after: in(2, propose, locked(A, 1)),
	},
	{
		clause: "enterPropose.other", name: "wait for the proposal",
		state: in(2, newRound), r: 2,
		fired: "enterPropose.other", out: "timeoutPropose(1, 2); step(1, 2, propose)", after: in(2, propose),
	},
	{
		clause: "enterPropose.other", name: "not twice",
		state: in(2, propose), r: 2, after: in(2, propose),
	},
	{
		clause: "enterPropose.complete", name: "the proposal is here already",
		state: in(0, propose, holding(A, -1)),
		fired: "enterPropose.complete enterPrevote enterPrevote.block", out: "PREVOTE(1, 0, A); step(1, 0, prevote)", after: in(0, prevote, holding(A, -1)),
	},
	{
		clause: "enterPropose.complete", name: "a majority for anything in the POLRound will do",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(0, null, 0, 1, 2)},
		fired: "enterPropose.complete enterPrevote enterPrevote.block", out: "PREVOTE(1, 1, A); step(1, 1, prevote)", after: in(1, prevote, holding(A, 0)),
	},
}

var prevoteScenes = []nodeScene{
	{
		clause: "enterPrevote.locked", name: "against the proposal",
		state: in(1, propose, holding(B, -1), locked(A, 0)), r: 1,
		fired: "enterPrevote.locked", out: "PREVOTE(1, 1, A)", after: in(1, propose, holding(B, -1), locked(A, 0)),
	},
	{
		clause: "enterPrevote.locked", name: "without a proposal",
		state: in(1, propose, locked(A, 0)), r: 1,
		fired: "enterPrevote.locked", out: "PREVOTE(1, 1, A)", after: in(1, propose, locked(A, 0)),
	},
	{
		clause: "enterPrevote.block", name: "a block is enough, its proposal is not asked for",
		state: in(1, propose, block(A)), r: 1,
		fired: "enterPrevote.block", out: "PREVOTE(1, 1, A)", after: in(1, propose, block(A)),
	},
	{
		clause: "enterPrevote.nil", name: "no block",
		state: in(1, propose, promised(A, -1)), r: 1,
		fired: "enterPrevote.nil", out: "PREVOTE(1, 1, nil)", after: in(1, propose, promised(A, -1)),
	},
	{
		clause: "enterPrevote.nil", name: "a block that is not valid",
		state: in(1, propose, holding(bad, -1)), r: 1,
		fired: "enterPrevote.nil", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(bad, -1)),
	},
	{
		clause: "enterPrevote", name: "not twice",
		state: in(1, prevote), r: 1, after: in(1, prevote),
	},
	{
		clause: "enterPrevote", name: "the vote comes before the step",
		state: in(1, newRound), r: 1,
		fired: "enterPrevote enterPrevote.nil", out: "PREVOTE(1, 1, nil); step(1, 1, prevote)", after: in(1, prevote),
	},
	{
		clause: "enterPrevoteWait", name: "the step that is logged is prevoteWait",
		state: in(1, prevote), r: 1,
		fired: "enterPrevoteWait", out: "timeoutPrevote(1, 1); step(1, 1, prevoteWait)", after: in(1, prevote, fired34),
	},
	{
		clause: "enterPrevoteWait", name: "not twice",
		state: in(1, prevote, fired34), r: 1, after: in(1, prevote, fired34),
	},
	{
		clause: "enterPrevoteWait", name: "not after the precommit",
		state: in(1, precommit), r: 1, after: in(1, precommit),
	},
}

var precommitScenes = []nodeScene{
	{
		clause: "enterPrecommit.noPolka", name: "the lock stays",
		state: in(1, prevote, holding(A, -1), locked(B, 0)), received: []message{prevotes(1, A, 0, 1), prevotes(1, null, 2)}, r: 1,
		fired: "enterPrecommit.noPolka", out: "PRECOMMIT(1, 1, nil)", after: in(1, prevote, holding(A, -1), locked(B, 0)),
	},
	{
		clause: "enterPrecommit.nil", name: "unlocks, and keeps the valid block",
		state: in(1, prevote, locked(A, 0), validValue(A, 0)), received: []message{prevotes(1, null, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.nil", out: "PRECOMMIT(1, 1, nil)", after: in(1, prevote, validValue(A, 0)),
	},
	{
		clause: "enterPrecommit.relock", name: "the block need not be proposed again",
		state: in(1, prevote, locked(A, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.relock", out: "PRECOMMIT(1, 1, A)", after: in(1, prevote, locked(A, 1)),
	},
	{
		clause: "enterPrecommit.lock", name: "in the place of an older lock",
		state: in(1, prevote, holding(A, -1), locked(B, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.lock", out: "PRECOMMIT(1, 1, A)", after: in(1, prevote, holding(A, -1), locked(A, 1)),
	},
	{
		clause: "enterPrecommit", name: "not twice",
		state: in(1, precommit, holding(A, -1)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1, after: in(1, precommit, holding(A, -1)),
	},
	{
		clause: "enterPrecommit.unknown", name: "unlocks and fetches",
		state: in(1, prevote, holding(B, -1), locked(B, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.unknown", out: "PRECOMMIT(1, 1, nil)",
		after: in(1, prevote, holding(B, -1), collecting(A)),
	},
	{
		clause: "enterPrecommit.relock", name: "under the header that it was locked under, whatever the polka is for",
		state: in(1, prevote, locked(A, 0)), received: []message{prevotes(1, A2, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.relock", out: "PRECOMMIT(1, 1, A2)", after: in(1, prevote, locked(A, 1)),
	},
	{
		clause: "enterPrecommit.lock", name: "with the parts that are being collected",
		state: in(1, prevote, block(A), missing), received: []message{prevotes(1, A2, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.lock", out: "PRECOMMIT(1, 1, A2)", after: in(1, prevote, block(A), missing, locked(A, 1), lacking(consensus.LockFilling)),
	},
	{
		clause: "enterPrecommit.invalid", name: "the deferred step is still taken",
		state: in(1, prevote, block(bad)), received: []message{prevotes(1, bad, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.invalid", out: "step(1, 1, precommit); panic: +2/3 prevoted for an invalid block",
		after: in(1, precommit, block(bad), dead),
	},
	{
		clause: "enterPrecommit", name: "the vote comes before the step",
		state: in(1, newRound), r: 1,
		fired: "enterPrecommit enterPrecommit.noPolka", out: "PRECOMMIT(1, 1, nil); step(1, 1, precommit)", after: in(1, precommit),
	},
	{
		clause: "enterPrecommitWait", name: "in any step: even before the prevote",
		state: in(1, propose), r: 1,
		fired: "enterPrecommitWait", out: "timeoutPrecommit(1, 1); step(1, 1, propose)", after: in(1, propose, fired47),
	},
	{
		clause: "enterPrecommitWait", name: "the step is logged as it was",
		state: in(1, prevote, fired34), r: 1,
		fired: "enterPrecommitWait", out: "timeoutPrecommit(1, 1); step(1, 1, prevoteWait)", after: in(1, prevote, fired34, fired47),
	},
	{
		clause: "enterPrecommitWait", name: "not twice",
		state: in(1, propose, fired47), r: 1, after: in(1, propose, fired47),
	},
}

var commitScenes = []nodeScene{
	{
		clause: "enterCommit.locked", name: "the locked block is decided",
		state: in(2, precommit, holding(B, -1), locked(A, 1)), received: []message{precommits(1, A, 0, 1, 2)}, r: 1,
		fired: "enterCommit.locked tryFinalizeCommit", out: "step(1, 2, commit); decision[1] = A by round 1; step(2, 0, newHeight)",
		after: in(0, newHeight, height(2)),
	},
	{
		clause: "enterCommit.block", name: "Else: the block is here",
		state: in(1, precommit, holding(A, -1)), received: []message{precommits(1, A, 0, 1, 2)}, r: 1,
		fired: "enterCommit.blockElse tryFinalizeCommit", out: "step(1, 1, commit); decision[1] = A by round 1; step(2, 0, newHeight)",
		after: in(0, newHeight, height(2)),
	},
	{
		clause: "enterCommit.block", name: "If: another block is here",
		state: in(1, precommit, holding(B, -1), locked(B, 1)), received: []message{precommits(0, A, 0, 1, 2)}, r: 0,
		fired: "enterCommit.blockIf", out: "step(1, 1, commit)",
		after: in(1, commit, holding(B, -1), collecting(A), locked(B, 1), committing(0)),
	},
	{
		clause: "enterCommit.locked", name: "with the parts that it was locked with, which may lack some",
		state: in(2, precommit, locked(A, 1), lacking(consensus.LockLacking)), received: []message{precommits(1, A, 0, 1, 2)}, r: 1,
		fired: "enterCommit.locked tryFinalizeCommit.parts", out: "step(1, 2, commit); panic: BlockStore can only save complete block part sets",
		after: in(2, commit, block(A), missing, locked(A, 1), lacking(consensus.LockFilling), committing(1), dead),
	},
	{
		clause: "tryFinalizeCommit.header", name: "the decided block under another header",
		state: in(1, commit, block(A), committing(1)), received: []message{precommits(1, A2, 0, 1, 2)},
		fired: "tryFinalizeCommit.header", out: "panic: expected ProposalBlockParts header to be commit header",
		after: in(1, commit, block(A), committing(1), dead),
	},
	{
		clause: "tryFinalizeCommit.invalid", name: "even with parts missing",
		state: in(1, commit, block(bad), missing, committing(1)), received: []message{precommits(1, bad, 0, 1, 2)},
		fired: "tryFinalizeCommit.invalid", out: "panic: +2/3 committed an invalid block",
		after: in(1, commit, block(bad), missing, committing(1), dead),
	},
	{
		clause: "tryFinalizeCommit.parts", name: "the block is here, its parts are not",
		state: in(1, commit, block(A), missing, committing(1)), received: []message{precommits(1, A, 0, 1, 2)},
		fired: "tryFinalizeCommit.parts", out: "panic: BlockStore can only save complete block part sets",
		after: in(1, commit, block(A), missing, committing(1), dead),
	},
	{
		clause: "tryFinalizeCommit", name: "everything of the height is forgotten",
		state:    in(3, commit, holding(A, 1), locked(B, 2), validValue(B, 2), committing(1), fired34, fired47),
		received: []message{precommits(1, A, 0, 1, 2)},
		fired:    "tryFinalizeCommit", out: "decision[1] = A by round 1; step(2, 0, newHeight)",
		after: in(0, newHeight, height(2)),
	},
	{
		clause: "tryFinalizeCommit", name: "the block is not here yet",
		state: in(1, commit, collecting(A), committing(1)), received: []message{precommits(1, A, 0, 1, 2)},
		after: in(1, commit, collecting(A), committing(1)),
	},
}

var voteScenes = []nodeScene{
	{
		clause: "addVote.unlock", name: "a polka for another block, of a round between",
		state: in(3, propose, locked(A, 0), validValue(A, 0)), received: []message{prevotes(2, B, 0, 1, 2)}, r: 2,
		fired: "addVote.unlock", after: in(3, propose, validValue(A, 0)),
	},
	{
		clause: "addVote.unlock", name: "a polka for nil",
		state: in(1, prevote, locked(A, 0)), received: []message{prevotes(1, null, 0, 1, 2)}, r: 1,
		fired: "addVote.unlock", after: in(1, prevote),
	},
	{
		clause: "addVote.unlock", name: "not by an older one",
		state: in(3, propose, locked(A, 2)), received: []message{prevotes(1, B, 0, 1, 2)}, r: 1, after: in(3, propose, locked(A, 2)),
	},
	{
		clause: "addVote.unlock", name: "not by a later one",
		state: in(1, propose, locked(A, 0)), received: []message{prevotes(2, B, 0, 1, 2)}, r: 2, after: in(1, propose, locked(A, 0)),
	},
	{
		clause: "addVote.unlock", name: "not by one for the locked block",
		state: in(1, propose, locked(A, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1, after: in(1, propose, locked(A, 0)),
	},
	{
		clause: "addVote.valid", name: "If: in any step, without a proposal",
		state: in(1, propose, block(A), validValue(B, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "addVote.validIf", after: in(1, propose, block(A), validValue(A, 1)),
	},
	{
		clause: "addVote.valid", name: "Else: another block is dropped for the one that has the polka",
		state: in(1, prevote, holding(B, -1)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "addVote.validElse", after: in(1, prevote, holding(B, -1), collecting(A)),
	},
	{
		clause: "addVote.valid", name: "not for nil",
		state: in(1, prevote, holding(A, -1)), received: []message{prevotes(1, null, 0, 1, 2)}, r: 1, after: in(1, prevote, holding(A, -1)),
	},
	{
		clause: "addVote.valid", name: "If: under another header: that one is collected, the block stays",
		state: in(1, propose, block(A)), received: []message{prevotes(1, A2, 0, 1, 2)}, r: 1,
		fired: "addVote.validIf", after: in(1, propose, block(A), validValue(A, 1), under(A2)),
	},
	{
		clause: "addVote.skip", name: "to where +2/3 are",
		state: in(0, prevote), received: []message{prevotes(2, A, 0, 1), prevotes(2, null, 2)}, r: 2,
		fired: "addVote.skip enterNewRound.later enterPropose.other", out: "timeoutPropose(1, 2); step(1, 2, propose)", after: in(2, propose),
	},
	{
		clause: "addVote.polka", name: "If: the proposal is complete: precommit",
		state: in(1, prevote, holding(A, -1), fired34), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "addVote.polkaIf enterPrecommit enterPrecommit.lock", out: "PRECOMMIT(1, 1, A); step(1, 1, precommit)",
		after: in(1, precommit, holding(A, -1), locked(A, 1), fired34),
	},
	{
		clause: "addVote.polka", name: "Else: the block is not here: wait",
		state: in(1, prevote, promised(A, -1)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "addVote.polkaElse enterPrevoteWait", out: "timeoutPrevote(1, 1); step(1, 1, prevoteWait)", after: in(1, prevote, promised(A, -1), fired34),
	},
	{
		clause: "addVote.polka", name: "not before the prevote",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1, after: in(1, propose, holding(A, 0)),
	},
	{
		clause: "addVote.nil", name: "no proposal is needed",
		state: in(1, prevote), received: []message{prevotes(1, null, 0, 1, 2)}, r: 1,
		fired: "addVote.nil enterPrecommit enterPrecommit.nil", out: "PRECOMMIT(1, 1, nil); step(1, 1, precommit)", after: in(1, precommit),
	},
	{
		clause: "addVote.wait", name: "prevotes for this and that",
		state: in(1, prevote, holding(A, -1)), received: []message{prevotes(1, A, 0, 1), prevotes(1, null, 2)}, r: 1,
		fired: "addVote.wait enterPrevoteWait", out: "timeoutPrevote(1, 1); step(1, 1, prevoteWait)", after: in(1, prevote, holding(A, -1), fired34),
	},
	{
		clause: "addVote.pol", name: "the last prevote of the POLRound",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(0, A, 0, 1, 2)}, r: 0,
		fired: "addVote.pol enterPrevote enterPrevote.block", out: "PREVOTE(1, 1, A); step(1, 1, prevote)", after: in(1, prevote, holding(A, 0)),
	},
	{
		clause: "addVote.pol", name: "another round than the POLRound",
		state: in(2, propose, holding(A, 0)), received: []message{prevotes(0, A, 0, 1, 2), prevotes(1, A, 0)}, r: 1, after: in(2, propose, holding(A, 0)),
	},
	{
		clause: "addVote.commit", name: "of this round, with the block",
		state: in(1, precommit, holding(A, -1), locked(A, 1)), received: []message{precommits(1, A, 0, 1, 2)}, r: 1,
		fired: "addVote.commitElse enterCommit.locked tryFinalizeCommit", out: "step(1, 1, commit); decision[1] = A by round 1; step(2, 0, newHeight)",
		after: in(0, newHeight, height(2)),
	},
	{
		clause: "addVote.commit", name: "If: the next height begins at once", skips: true,
		state: in(1, precommit, holding(A, -1), locked(A, 1)), received: []message{precommits(1, A, 0, 1, 2, 3)}, r: 1,
		fired: "addVote.commitIf enterCommit.locked tryFinalizeCommit enterNewRound.firstIf enterPropose.other",
		out:   "step(1, 1, commit); decision[1] = A by round 1; step(2, 0, newHeight); timeoutPropose(2, 0); step(2, 0, propose)",
		after: in(0, propose, height(2)),
	},
	{
		clause: "addVote.commit", name: "If: not without the block", skips: true,
		state: in(0, precommit), received: []message{precommits(0, A, 0, 1, 2, 3)}, r: 0,
		fired: "addVote.commitIf enterCommit.blockIf", out: "step(1, 0, commit)", after: in(0, commit, collecting(A), committing(0)),
	},
	{
		clause: "addVote.commit", name: "a panic ends it", skips: true,
		state: in(0, prevote, block(bad)), received: []message{prevotes(0, bad, 0, 1, 2), precommits(0, bad, 0, 1, 2, 3)}, r: 0,
		fired: "addVote.commitIf enterPrecommit enterPrecommit.invalid", out: "step(1, 0, precommit); panic: +2/3 prevoted for an invalid block",
		after: in(0, precommit, block(bad), dead),
	},
	{
		clause: "addVote.lastSkip", name: "the last precommit of the last height",
		state: in(0, newHeight), last: consensus.LastAll, skips: true,
		fired: "addVote.lastSkip enterNewRound.firstIf enterPropose.other", out: "timeoutPropose(1, 0); step(1, 0, propose)", after: in(0, propose),
	},
	{
		clause: "addVote.lastSkip", name: "not unless the setting says so",
		state: in(0, newHeight), last: consensus.LastAll, after: in(0, newHeight),
	},
	{
		clause: "addVote.lastSkip", name: "not with one missing",
		state: in(0, newHeight), last: consensus.LastSome, skips: true, after: in(0, newHeight),
	},
	{
		clause: "addVote.lastNone", name: "before the first height",
		state: in(0, newHeight), last: consensus.LastNone,
		fired: "addVote.lastNone", out: "panic: AddVote() on nil VoteSet", after: in(0, newHeight, dead),
	},
	{
		clause: "addVote.lastNone", name: "not once the height has begun",
		state: in(0, newRound), last: consensus.LastNone, after: in(0, newRound),
	},
	{
		clause: "addVote.precommitNil", name: "no new round before timeoutPrecommit",
		state: in(1, precommit), received: []message{precommits(1, null, 0, 1, 2)}, r: 1,
		fired: "addVote.precommitNil enterPrecommitWait", out: "timeoutPrecommit(1, 1); step(1, 1, precommit)", after: in(1, precommit, fired47),
	},
	{
		clause: "addVote.precommitNil", name: "of a round that is over",
		state: in(1, prevote), received: []message{precommits(0, null, 0, 1, 2)}, r: 0,
		fired: "addVote.precommitNil", after: in(1, prevote),
	},
	{
		clause: "addVote.precommitAny", name: "of a later round: go there",
		state: in(0, prevote), received: []message{precommits(1, A, 0, 1), precommits(1, null, 2)}, r: 1,
		fired: "addVote.precommitAny enterNewRound.later enterPropose.other enterPrecommitWait",
		out:   "timeoutPropose(1, 1); step(1, 1, propose); timeoutPrecommit(1, 1); step(1, 1, propose)", after: in(1, propose, fired47),
	},
	{
		clause: "addVote.precommitAny", name: "not for a round that is over",
		state: in(1, prevote), received: []message{precommits(0, A, 0, 1), precommits(0, null, 2)}, r: 0, after: in(1, prevote),
	},
}

var inputScenes = []nodeScene{
	{
		clause: "block.valid", name: "the block that has a polka arrives",
		state: in(1, prevote, block(A), validValue(B, 0)), received: []message{prevotes(1, A, 0, 1, 2)},
		fired: "block.valid", after: in(1, prevote, block(A), validValue(A, 1)),
	},
	{
		clause: "block.prevote", name: "Else: prevote",
		state: in(1, propose, holding(A, -1)), r: 1,
		fired: "block.prevoteElse enterPrevote enterPrevote.block", out: "PREVOTE(1, 1, A); step(1, 1, prevote)", after: in(1, prevote, holding(A, -1)),
	},
	{
		clause: "block.prevote", name: "If: prevote and precommit at once",
		state: in(1, propose, holding(A, -1)), received: []message{prevotes(1, A, 0, 1, 2)},
		fired: "block.prevoteIf enterPrevote enterPrevote.block enterPrecommit enterPrecommit.lock",
		out:   "PREVOTE(1, 1, A); step(1, 1, prevote); PRECOMMIT(1, 1, A); step(1, 1, precommit)",
		after: in(1, precommit, holding(A, -1), locked(A, 1)),
	},
	{
		clause: "block.prevote", name: "not without the proposal",
		state: in(1, propose, block(A)), received: []message{prevotes(1, A, 0, 1, 2)}, after: in(1, propose, block(A)),
	},
	{
		clause: "block.commit", name: "the decided block arrives",
		state: in(1, commit, block(A), committing(0)), received: []message{precommits(0, A, 0, 1, 2)},
		fired: "block.commit tryFinalizeCommit", out: "decision[1] = A by round 0; step(2, 0, newHeight)", after: in(0, newHeight, height(2)),
	},
	{
		clause: "timeout.newHeight", name: "round 0 begins",
		state: in(0, newHeight), tock: consensus.TockNewHeight,
		fired: "timeout.newHeight enterNewRound.firstIf enterPropose.other", out: "timeoutPropose(1, 0); step(1, 0, propose)", after: in(0, propose),
	},
	{
		clause: "timeout.newRound", name: "there were no transactions to wait for",
		state: in(0, newRound), tock: consensus.TockNewRound,
		fired: "timeout.newRound enterPropose.other", out: "timeoutPropose(1, 0); step(1, 0, propose)", after: in(0, propose),
	},
	{
		clause: "timeout.propose", name: "prevote what is there",
		state: in(1, propose, block(A)), r: 1, tock: consensus.TockPropose,
		fired: "timeout.propose enterPrevote enterPrevote.block", out: "PREVOTE(1, 1, A); step(1, 1, prevote)", after: in(1, prevote, block(A)),
	},
	{
		clause: "timeout.propose", name: "of a round that is over",
		state: in(1, propose), r: 0, tock: consensus.TockPropose, after: in(1, propose),
	},
	{
		clause: "timeout.prevote", name: "the prevotes are looked at once more",
		state: in(1, prevote, block(A), fired34), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1, tock: consensus.TockPrevoteWait,
		fired: "timeout.prevote enterPrecommit enterPrecommit.lock", out: "PRECOMMIT(1, 1, A); step(1, 1, precommit)",
		after: in(1, precommit, block(A), locked(A, 1), fired34),
	},
	{
		clause: "timeout.precommit", name: "the next round",
		state: in(1, precommit, fired47), r: 1, tock: consensus.TockPrecommitWait,
		fired: "timeout.precommit enterNewRound.later enterPropose.other", out: "timeoutPropose(1, 2); step(1, 2, propose)", after: in(2, propose),
	},
	{
		clause: "timeout.precommit", name: "not while a block is decided",
		state: in(1, commit, collecting(A), committing(1)), r: 1, tock: consensus.TockPrecommitWait,
		after: in(1, commit, collecting(A), committing(1)),
	},
}

func TestCometBFTRoundClauses(t *testing.T)     { playNode(t, roundScenes) }
func TestCometBFTPrevoteClauses(t *testing.T)   { playNode(t, prevoteScenes) }
func TestCometBFTPrecommitClauses(t *testing.T) { playNode(t, precommitScenes) }
func TestCometBFTCommitClauses(t *testing.T)    { playNode(t, commitScenes) }
func TestCometBFTVoteClauses(t *testing.T)      { playNode(t, voteScenes) }
func TestCometBFTInputClauses(t *testing.T)     { playNode(t, inputScenes) }

// playNode plays scenes under v0.38, and under v1 where it has every rule of the
// scene.
func playNode(t *testing.T, scenes []nodeScene) {
	t.Helper()
	for _, s := range scenes {
		t.Run(s.clause+"/"+s.name, func(t *testing.T) {
			s.play(t, consensus.CometBFTv038)
			if shared(s) {
				s.play(t, consensus.CometBFTv1)
			}
		})
	}
}

// shared reports whether all that a scene is about is alike in v1.
func shared(s nodeScene) bool {
	own := []string{
		"enterPrevote.locked", "enterPrevote.block", "enterPrevote.nil", "enterPrecommit.nil", "enterPrecommit.unknown", "addVote.unlock",
	}
	return !slices.ContainsFunc(append(strings.Fields(s.fired), s.clause), func(name string) bool { return slices.Contains(own, name) })
}

// surroundings of the scene.
func (s nodeScene) surroundings() consensus.Environment {
	if s.env != nil {
		return s.env
	}
	w := nodePlay{skips: s.skips, last: s.last}
	for i := range w.ours {
		w.ours[i] = s.self
	}
	return w
}

func (s nodeScene) play(t *testing.T, table *spec.Table) {
	t.Helper()
	c := clauseOf(t, table.Rules.Clauses, s.clause)
	st := newStage(table, []int64{1, 1, 1, 1}, s.surroundings())
	st.p = s.state
	for _, m := range s.received {
		m(st.log)
	}
	out := st.ask(consensus.Choice{Height: s.state.Height, Round: s.r, Tock: s.tock}, c.Of)
	got := strings.ReplaceAll(st.rules(), "enterPropose.now enterPropose", "enterPropose") // v1's, before each
	if got != s.fired {
		t.Errorf("%s fired: got %q, want %q", table.Rules.Name, got, s.fired)
	}
	if got := strings.Join(out, "; "); got != s.out {
		t.Errorf("%s says: got %q, want %q", table.Rules.Name, got, s.out)
	}
	if st.p != s.after {
		t.Errorf("%s state:\ngot  %+v\nwant %+v", table.Rules.Name, st.p, s.after)
	}
}

// Every rule of the dialect fires in a scene of its clause.
func TestEveryCometBFTClauseHasScenes(t *testing.T) {
	fired := map[string]bool{}
	for _, scenes := range [][]nodeScene{roundScenes, prevoteScenes, precommitScenes, commitScenes, voteScenes, inputScenes} {
		for _, s := range scenes {
			first, _, _ := strings.Cut(s.fired, " ")
			fired[first] = true
			if first != "" && !strings.HasPrefix(first, s.clause) {
				t.Errorf("%s/%s is a scene of %s", s.clause, s.name, first)
			}
		}
	}
	for i := range consensus.CometBFTv038.All {
		if name := consensus.CometBFTv038.All[i].Name; !fired[name] {
			t.Errorf("rule %s has no scene", name)
		}
	}
}
