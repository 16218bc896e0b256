package gossip

import (
	"slices"

	"github.com/polka-bft/polka/spec"
)

// The order of the rows in which something is sent. The reason says what the row
// is for, why it stands where it does, and what would go wrong without it.

var cometBFTDataPriority = []spec.Precedence{
	{Key: "D1", Reason: "a part of the block that both collect, whatever the round: parts are most of the bytes, and nobody votes without all of them; without it no block spreads"},
	{Key: "D2", Reason: "a peer of an earlier height has named no header: it is given one, so that D3 has something to send; without it only a peer that announces its commit is helped"},
	{Key: "D3", Reason: "a part of a decided block: the peer is behind, and nobody at its height may be left to send one; without it a peer that fell behind stays there"},
	{Key: "D4", Reason: "the proposal comes after parts because a peer that lacks it has named no header, unless a polka told it: then it can use parts at once; without it nobody learns of a header"},
}

var votesPriority = []spec.Precedence{
	{Key: "V1", Reason: "the rest of the last commit, while the peer waits before its first round: it proposes with what it has; without it a validator that was slow is left out of the commit"},
	{Key: "V2", Reason: "the proof of lock of the proposal that the peer has yet to prevote: it comes before prevotes of the round, which it can use only after its own; without it a locked peer refuses the proposal"},
	{Key: "V3", Reason: "prevotes of the peer's round, as long as it looks for a polka; without it no polka is seen"},
	{Key: "V4", Reason: "precommits of its round, after prevotes because a peer that has no polka yet waits for those; without it nothing is decided"},
	{Key: "V5", Reason: "prevotes once it has precommitted, where V3 no longer sends them: a polka that comes late makes the block valid; without it the next proposer misses a valid block and proposes another, which whoever is locked refuses"},
	{Key: "V6", Reason: "the proof of lock once it has prevoted, and that of a peer whose round is later than ours: it may make the block valid, which is less urgent than any vote of its round; without it V2 is the only chance"},
}

var catchupPriority = []spec.Precedence{
	{Key: "V-none", Reason: "nothing to send: what was looked for leaves its arrays behind"},
	{Key: "V7", Reason: "the peer is one height behind: our last commit decides its height; without it a peer that missed one vote of those that have gone on stays there"},
	{Key: "V8", Reason: "it is farther behind: the store has the commit; without it a peer that missed two heights stays there"},
}

// CometBFTPriority is the order of CometBFT's rows, and all other picks.
var CometBFTPriority = slices.Concat(
	cometBFTDataPriority, votesPriority, catchupPriority, alone(cometBFTPickClauses, cometBFTDataPriority, votesPriority, catchupPriority),
)

var polkaDataPriority = []spec.Precedence{
	{Key: "D1", Reason: "a part of the block whose header the peer names, now or long ago: parts are most of the bytes; without it no block spreads, and a peer that fell behind stays there"},
	{Key: "D4", Reason: "the proposal comes after parts because a peer that lacks it has named no header, unless a polka told it: then it can use parts at once; without it nobody learns of a header"},
}

var polkaLaterPriority = []spec.Precedence{
	{Key: "V6.prevotes", Reason: "all that its own round needs is sent: now what lets it leave that round, prevotes first because they come first; without it a peer r rounds behind waits for r timeouts"},
	{Key: "V6.precommits", Reason: "the same: any votes of more than 1/3 let it skip, and these may decide where it arrives; without it prevotes alone must suffice"},
}

// PolkaPriority is the order of polka's rows, and all other picks.
var PolkaPriority = slices.Concat(
	polkaDataPriority, votesPriority, polkaLaterPriority, catchupPriority,
	alone(polkaPickClauses, polkaDataPriority, votesPriority, polkaLaterPriority, catchupPriority),
)

// alone ranks the clauses that no list names: no two of them hold at once.
func alone(clauses []spec.Clause, ranked ...[]spec.Precedence) []spec.Precedence {
	named := map[string]bool{}
	for _, p := range slices.Concat(ranked...) {
		named[p.Key] = true
	}
	var rest []spec.Precedence
	for i := range clauses {
		if key := clauses[i].Key(); !named[key] {
			rest = append(rest, spec.Precedence{Key: key, Reason: "no other clause holds where it does"})
		}
	}
	return rest
}
