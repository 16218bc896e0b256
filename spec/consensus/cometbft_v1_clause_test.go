package consensus_test

import (
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec/consensus"
)

// The scenes of the clauses that v1 has for itself.
var v1Scenes = []nodeScene{
	{
		clause: "enterPropose.wait", name: "the clock is behind the last block",
		state: in(2, newRound), r: 2, env: &nodePlay{ours: always, early: true},
		fired: "enterPropose.wait", out: "timeoutNewRound(1, 2)", after: in(2, newRound),
	},
	{
		clause: "enterPropose.wait", name: "not twice in a round",
		state: in(2, propose), r: 2, env: &nodePlay{ours: always, early: true}, after: in(2, propose),
	},
	{
		clause: "enterPropose.now", name: "another proposes, and nobody waits",
		state: in(2, newRound), r: 2, env: &nodePlay{early: true},
		fired: "enterPropose.now enterPropose.other", out: "timeoutPropose(1, 2); step(1, 2, propose)", after: in(2, propose),
	},
	{
		clause: "enterNewRound.first", name: "a proposal that came early is kept, and prevoted",
		state: in(0, newHeight, holding(A, -1)), r: 0,
		fired: "enterNewRound.firstIf enterPropose.other enterPropose.complete enterPrevote enterPrevote.newIf",
		out:   "timeoutPropose(1, 0); step(1, 0, propose); PREVOTE(1, 0, A); step(1, 0, prevote)",
		after: in(0, prevote, holding(A, -1)),
	},
	{
		clause: "enterPropose.complete", name: "a majority for anything in the POLRound makes it complete, and the prevote is nil",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(0, null, 0, 1, 2)},
		fired: "enterPropose.complete enterPrevote enterPrevote.polElse", out: "PREVOTE(1, 1, nil); step(1, 1, prevote)", after: in(1, prevote, holding(A, 0)),
	},
	{
		clause: "enterPrevote", name: "the vote comes before the step",
		state: in(1, newRound), r: 1,
		fired: "enterPrevote enterPrevote.missing", out: "PREVOTE(1, 1, nil); step(1, 1, prevote)", after: in(1, prevote),
	},
	{
		clause: "addVote.nil", name: "no proposal is needed",
		state: in(1, prevote, locked(A, 0)), received: []message{prevotes(1, null, 0, 1, 2)}, r: 1,
		fired: "addVote.nil enterPrecommit enterPrecommit.nil", out: "PRECOMMIT(1, 1, nil); step(1, 1, precommit)", after: in(1, precommit, locked(A, 0)),
	},
	{
		clause: "addVote.pol", name: "the last prevote of the POLRound",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(0, A, 0, 1, 2)}, r: 0,
		fired: "addVote.pol enterPrevote enterPrevote.polIf", out: "PREVOTE(1, 1, A); step(1, 1, prevote)", after: in(1, prevote, holding(A, 0)),
	},
	{
		clause: "block.prevote", name: "Else: prevote",
		state: in(1, propose, holding(A, -1)), r: 1,
		fired: "block.prevoteElse enterPrevote enterPrevote.newIf", out: "PREVOTE(1, 1, A); step(1, 1, prevote)", after: in(1, prevote, holding(A, -1)),
	},
	{
		clause: "block.prevote", name: "If: prevote and precommit at once",
		state: in(1, propose, holding(A, -1)), received: []message{prevotes(1, A, 0, 1, 2)},
		fired: "block.prevoteIf enterPrevote enterPrevote.newIf enterPrecommit enterPrecommit.lock",
		out:   "PREVOTE(1, 1, A); step(1, 1, prevote); PRECOMMIT(1, 1, A); step(1, 1, precommit)",
		after: in(1, precommit, holding(A, -1), locked(A, 1)),
	},
	{
		clause: "timeout.propose", name: "a block without its proposal is not prevoted",
		state: in(1, propose, block(A)), r: 1, tock: consensus.TockPropose,
		fired: "timeout.propose enterPrevote enterPrevote.missing", out: "PREVOTE(1, 1, nil); step(1, 1, prevote)", after: in(1, prevote, block(A)),
	},
	{
		clause: "enterPrevote.missing", name: "a block is not enough, whatever is locked",
		state: in(1, propose, block(A), locked(A, 0)),
		fired: "enterPrevote.missing", out: "PREVOTE(1, 1, nil)", after: in(1, propose, block(A), locked(A, 0)),
	},
	{
		clause: "enterPrevote.missing", name: "nor is a proposal",
		state: in(1, propose, promised(A, -1)),
		fired: "enterPrevote.missing", out: "PREVOTE(1, 1, nil)", after: in(1, propose, promised(A, -1)),
	},
	{
		clause: "enterPrevote.misdated", name: "an old block as well",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(0, A, 0, 1, 2)}, env: &nodePlay{misdated: int(A)},
		fired: "enterPrevote.misdated", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(A, 0)),
	},
	{
		clause: "enterPrevote.untimely", name: "a new block",
		state: in(1, propose, holding(A, -1)), env: &nodePlay{untimely: int(A)},
		fired: "enterPrevote.untimely", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(A, -1)),
	},
	{
		clause: "enterPrevote.untimely", name: "even the valid one",
		state: in(1, propose, holding(A, -1), validValue(A, 0), locked(A, 0)), env: &nodePlay{untimely: int(A)},
		fired: "enterPrevote.untimely", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(A, -1), validValue(A, 0), locked(A, 0)),
	},
	{
		clause: "enterPrevote.invalid", name: "ValidateBlock comes before the lock",
		state: in(1, propose, holding(bad, -1), locked(A, 0)),
		fired: "enterPrevote.invalid", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(bad, -1), locked(A, 0)),
	},
	{
		clause: "enterPrevote.new", name: "If: the application accepts it",
		state: in(1, propose, holding(A, -1)),
		fired: "enterPrevote.newIf", out: "PREVOTE(1, 1, A)", after: in(1, propose, holding(A, -1)),
	},
	{
		clause: "enterPrevote.new", name: "If: the valid block, which is not asked about again",
		state: in(1, propose, holding(A2, -1), validValue(A, 0)), env: &nodePlay{rejects: int(A)},
		fired: "enterPrevote.newIf", out: "PREVOTE(1, 1, A2)", after: in(1, propose, holding(A2, -1), validValue(A, 0)),
	},
	{
		clause: "enterPrevote.new", name: "Else: the application rejects it",
		state: in(1, propose, holding(A, -1), validValue(B, 0)), env: &nodePlay{rejects: int(A)},
		fired: "enterPrevote.newElse", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(A, -1), validValue(B, 0)),
	},
	{
		clause: "enterPrevote.locked", name: "If: the locked block, without a word of the application",
		state: in(1, propose, holding(A, -1), locked(A, 0)), env: &nodePlay{rejects: int(A)},
		fired: "enterPrevote.lockedIf", out: "PREVOTE(1, 1, A)", after: in(1, propose, holding(A, -1), locked(A, 0)),
	},
	{
		clause: "enterPrevote.locked", name: "If: the same under the header that is proposed",
		state: in(1, propose, holding(A2, -1), locked(A, 0)),
		fired: "enterPrevote.lockedIf", out: "PREVOTE(1, 1, A2)", after: in(1, propose, holding(A2, -1), locked(A, 0)),
	},
	{
		clause: "enterPrevote.locked", name: "Else: another block",
		state: in(1, propose, holding(B, -1), locked(A, 0)),
		fired: "enterPrevote.lockedElse", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(B, -1), locked(A, 0)),
	},
	{
		clause: "enterPrevote.pol", name: "If: a polka of a later round than the lock",
		state: in(2, propose, holding(B, 1), locked(A, 0)), received: []message{prevotes(1, B, 0, 1, 2)}, env: &nodePlay{rejects: int(B)},
		fired: "enterPrevote.polIf", out: "PREVOTE(1, 2, B)", after: in(2, propose, holding(B, 1), locked(A, 0)),
	},
	{
		clause: "enterPrevote.pol", name: "If: of the round of the lock, which takes double votes of a third",
		state: in(2, propose, holding(B, 1), locked(A, 1)), received: []message{prevotes(1, B, 0, 1, 2)},
		fired: "enterPrevote.polIf", out: "PREVOTE(1, 2, B)", after: in(2, propose, holding(B, 1), locked(A, 1)),
	},
	{
		clause: "enterPrevote.pol", name: "If: of a round before the lock, for the locked block",
		state: in(3, propose, holding(A, 0), locked(A, 2)), received: []message{prevotes(0, A2, 0, 1, 2)},
		fired: "enterPrevote.polIf", out: "PREVOTE(1, 3, A)", after: in(3, propose, holding(A, 0), locked(A, 2)),
	},
	{
		clause: "enterPrevote.pol", name: "Else: of a round before the lock",
		state: in(3, propose, holding(B, 1), locked(A, 2)), received: []message{prevotes(1, B, 0, 1, 2)},
		fired: "enterPrevote.polElse", out: "PREVOTE(1, 3, nil)", after: in(3, propose, holding(B, 1), locked(A, 2)),
	},
	{
		clause: "enterPrevote.pol", name: "Else: a majority for something else",
		state: in(1, propose, holding(A, 0)), received: []message{prevotes(0, null, 0, 1, 2)},
		fired: "enterPrevote.polElse", out: "PREVOTE(1, 1, nil)", after: in(1, propose, holding(A, 0)),
	},
	{
		clause: "enterPrecommit.nil", name: "the lock stays",
		state: in(1, prevote, locked(A, 0), validValue(A, 0)), received: []message{prevotes(1, null, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.nil", out: "PRECOMMIT(1, 1, nil)", after: in(1, prevote, locked(A, 0), validValue(A, 0)),
	},
	{
		clause: "enterPrecommit.unknown", name: "the lock stays, and the block is fetched",
		state: in(1, prevote, holding(B, -1), locked(B, 0)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1,
		fired: "enterPrecommit.unknown", out: "PRECOMMIT(1, 1, nil)", after: in(1, prevote, holding(B, -1), collecting(A), locked(B, 0)),
	},
	{
		clause: "enterPrecommit.lock", name: "with an extension, where they are enabled",
		state: in(1, prevote, block(A)), received: []message{prevotes(1, A, 0, 1, 2)}, r: 1, env: &nodePlay{extends: true},
		fired: "enterPrecommit.lock", out: "PRECOMMIT(1, 1, A, extended)", after: in(1, prevote, block(A), locked(A, 1)),
	},
	{
		clause: "enterPrecommit.noPolka", name: "nil has none",
		state: in(1, prevote, block(A)), r: 1, env: &nodePlay{extends: true},
		fired: "enterPrecommit.noPolka", out: "PRECOMMIT(1, 1, nil)", after: in(1, prevote, block(A)),
	},
}

var always = [8]bool{true, true, true, true, true, true, true, true}

func TestCometBFTv1Clauses(t *testing.T) {
	for _, s := range v1Scenes {
		t.Run(s.clause+"/"+s.name, func(t *testing.T) {
			want := s.fired
			s.fired = strings.Replace(want, "enterPropose.now enterPropose", "enterPropose", 1)
			s.play(t, consensus.CometBFTv1)
		})
	}
}

// Every rule of v1 fires in a scene: of its own, or in one that v0.38 shares.
func TestEveryCometBFTv1ClauseHasScenes(t *testing.T) {
	fired := map[string]bool{}
	for _, scenes := range [][]nodeScene{roundScenes, prevoteScenes, precommitScenes, commitScenes, voteScenes, inputScenes, v1Scenes} {
		for _, s := range scenes {
			if first, _, _ := strings.Cut(s.fired, " "); shared(s) || clauseIn(v1Scenes, s) {
				fired[first] = true
			}
		}
	}
	for i := range consensus.CometBFTv1.All {
		if name := consensus.CometBFTv1.All[i].Name; !fired[name] {
			t.Errorf("rule %s has no scene", name)
		}
	}
}

func clauseIn(scenes []nodeScene, s nodeScene) bool {
	for i := range scenes {
		if scenes[i].clause == s.clause && scenes[i].name == s.name {
			return true
		}
	}
	return false
}
