package consensus_test

import (
	"fmt"
	"slices"
)

// referenceNode is CometBFT's state machine a second time, written from
// consensus/state.go as what it is there: functions that look at the state, and
// return early when they were called in vain. It knows nothing of observations
// and clauses, counts its own votes, keeps PrevoteWait as a step, and keeps a
// block and the parts it collects apart.
type referenceNode struct {
	height, round, step      int
	proposal                 bool
	polRound                 int // of the proposal
	block, parts             int // 0 is none
	lockedRound, lockedBlock int
	validRound, validBlock   int
	commitRound              int
	waitedPrecommit          bool // TriggeredTimeoutPrecommit

	powers   []int64
	votes    map[refBallot]map[int]int // by validator
	rejected int                       // a block that is not valid
	proposes func(height, round int) bool
	made     int // the block that PrepareProposal makes
	said     []string
}

type refBallot struct{ kind, round int }

const (
	refPrevote = iota
	refPrecommit
)

func newReferenceNode(powers []int64, proposes func(height, round int) bool) *referenceNode {
	n := &referenceNode{powers: powers, proposes: proposes, rejected: int(bad), made: int(fresh)}
	n.beginHeight(1)
	return n
}

func (n *referenceNode) beginHeight(h int) {
	n.height, n.round, n.step = h, 0, csNewHeight
	n.forgetProposal()
	n.lockedRound, n.lockedBlock = -1, 0
	n.validRound, n.validBlock = -1, 0
	n.commitRound = -1
	n.waitedPrecommit = false
	n.votes = map[refBallot]map[int]int{}
}

func (n *referenceNode) forgetProposal() {
	n.proposal, n.polRound, n.block, n.parts = false, -1, 0, 0
}

func (n *referenceNode) say(format string, args ...any) {
	n.said = append(n.said, fmt.Sprintf(format, args...))
}

func (n *referenceNode) newStep() {
	name := map[int]string{
		csNewHeight: "newHeight", csNewRound: "newRound", csPropose: "propose", csPrevote: "prevote",
		csPrevoteWait: "prevoteWait", csPrecommit: "precommit", csCommit: "commit",
	}[n.step]
	n.say("step(%d, %d, %s)", n.height, n.round, name)
}

func (n *referenceNode) sign(kind string, block int) {
	n.say("%s(%d, %d, %s)", kind, n.height, n.round, blockName(block))
}

func blockName(block int) string { return []string{"nil", "A", "B", "bad", "fresh"}[block] }

// powerOf counts the votes of a ballot: all of them, and those for one block.
func (n *referenceNode) powerOf(b refBallot, block int) (all, some int64) {
	for validator, v := range n.votes[b] {
		all += n.powers[validator]
		if v == block {
			some += n.powers[validator]
		}
	}
	return all, some
}

func (n *referenceNode) isTwoThirds(power int64) bool {
	var total int64
	for _, p := range n.powers {
		total += p
	}
	return 3*power > 2*total
}

func (n *referenceNode) twoThirdsAny(b refBallot) bool {
	all, _ := n.powerOf(b, 0)
	return n.isTwoThirds(all)
}

func (n *referenceNode) twoThirdsMajority(b refBallot) (block int, ok bool) {
	for _, v := range n.votes[b] {
		if _, power := n.powerOf(b, v); n.isTwoThirds(power) {
			return v, true
		}
	}
	return 0, false
}

func (n *referenceNode) proposalComplete() bool {
	if !n.proposal || n.block == 0 {
		return false
	}
	if n.polRound < 0 {
		return true
	}
	_, ok := n.twoThirdsMajority(refBallot{refPrevote, n.polRound})
	return ok
}

func (n *referenceNode) enterNewRound(round int) {
	if round < n.round || n.round == round && n.step != csNewHeight {
		return
	}
	n.round, n.step = round, csNewRound
	if round != 0 {
		n.forgetProposal()
	}
	n.waitedPrecommit = false
	n.enterPropose(round)
}

func (n *referenceNode) enterPropose(round int) {
	if round < n.round || n.round == round && csPropose <= n.step {
		return
	}
	n.say("timeoutPropose(%d, %d)", n.height, round)
	if n.proposes(n.height, round) {
		block := n.validBlock
		if block == 0 {
			block = n.made
		}
		n.say("PROPOSAL(%d, %d, %s, %d)", n.height, round, blockName(block), n.validRound)
	}
	n.round, n.step = round, csPropose
	n.newStep()
	if n.proposalComplete() {
		n.enterPrevote(n.round)
	}
}

func (n *referenceNode) enterPrevote(round int) {
	if round < n.round || n.round == round && csPrevote <= n.step {
		return
	}
	switch {
	case n.lockedBlock != 0:
		n.sign("PREVOTE", n.lockedBlock)
	case n.block == 0 || n.block == n.rejected:
		n.sign("PREVOTE", 0)
	default:
		n.sign("PREVOTE", n.block)
	}
	n.round, n.step = round, csPrevote
	n.newStep()
}

func (n *referenceNode) enterPrevoteWait(round int) {
	if round < n.round || n.round == round && csPrevoteWait <= n.step {
		return
	}
	if !n.twoThirdsAny(refBallot{refPrevote, round}) {
		panic("entering prevote wait without +2/3 prevotes")
	}
	n.say("timeoutPrevote(%d, %d)", n.height, round)
	n.round, n.step = round, csPrevoteWait
	n.newStep()
}

func (n *referenceNode) enterPrecommit(round int) {
	if round < n.round || n.round == round && csPrecommit <= n.step {
		return
	}
	n.precommit(round)
	n.round, n.step = round, csPrecommit
	n.newStep()
}

func (n *referenceNode) precommit(round int) {
	block, ok := n.twoThirdsMajority(refBallot{refPrevote, round})
	if !ok {
		n.sign("PRECOMMIT", 0)
		return
	}
	if block == 0 {
		n.lockedRound, n.lockedBlock = -1, 0
		n.sign("PRECOMMIT", 0)
		return
	}
	if n.lockedBlock == block {
		n.lockedRound = round
		n.sign("PRECOMMIT", block)
		return
	}
	if n.block == block {
		n.lockedRound, n.lockedBlock = round, n.block
		n.sign("PRECOMMIT", block)
		return
	}
	n.lockedRound, n.lockedBlock = -1, 0
	if n.parts != block {
		n.block, n.parts = 0, block
	}
	n.sign("PRECOMMIT", 0)
}

func (n *referenceNode) enterPrecommitWait(round int) {
	if round < n.round || n.round == round && n.waitedPrecommit {
		return
	}
	if !n.twoThirdsAny(refBallot{refPrecommit, round}) {
		panic("entering precommit wait without +2/3 precommits")
	}
	n.say("timeoutPrecommit(%d, %d)", n.height, round)
	n.waitedPrecommit = true
	n.newStep()
}

func (n *referenceNode) enterCommit(round int) {
	if csCommit <= n.step {
		return
	}
	block, ok := n.twoThirdsMajority(refBallot{refPrecommit, round})
	if !ok {
		panic("entering commit without +2/3 precommits")
	}
	if n.lockedBlock == block {
		n.block, n.parts = n.lockedBlock, n.lockedBlock
	}
	if n.block != block && n.parts != block {
		n.block, n.parts = 0, block
	}
	n.step = csCommit
	n.commitRound = round
	n.newStep()
	n.tryFinalizeCommit()
}

func (n *referenceNode) tryFinalizeCommit() {
	block, ok := n.twoThirdsMajority(refBallot{refPrecommit, n.commitRound})
	if !ok || block == 0 {
		return
	}
	if n.block != block || n.step != csCommit {
		return
	}
	n.say("decision[%d] = %s by round %d", n.height, blockName(block), n.commitRound)
	n.beginHeight(n.height + 1)
	n.newStep()
}

// addVote takes a vote of a validator that has not voted in the ballot.
func (n *referenceNode) addVote(b refBallot, block, validator int) {
	if n.votes[b] == nil {
		n.votes[b] = map[int]int{}
	}
	n.votes[b][validator] = block
	if b.kind == refPrevote {
		n.addPrevote(b)
		return
	}
	n.addPrecommit(b)
}

func (n *referenceNode) addPrevote(b refBallot) {
	block, ok := n.twoThirdsMajority(b)
	if ok {
		if n.lockedBlock != 0 && n.lockedRound < b.round && b.round <= n.round && n.lockedBlock != block {
			n.lockedRound, n.lockedBlock = -1, 0
		}
		if block != 0 && n.validRound < b.round && b.round == n.round {
			if n.block == block {
				n.validRound, n.validBlock = b.round, n.block
			} else {
				n.block = 0
			}
			if n.parts != block {
				n.parts = block
			}
		}
	}
	switch {
	case n.round < b.round && n.twoThirdsAny(b):
		n.enterNewRound(b.round)
	case n.round == b.round && csPrevote <= n.step:
		if ok && (n.proposalComplete() || block == 0) {
			n.enterPrecommit(b.round)
		} else if n.twoThirdsAny(b) {
			n.enterPrevoteWait(b.round)
		}
	case n.proposal && 0 <= n.polRound && n.polRound == b.round:
		if n.proposalComplete() {
			n.enterPrevote(n.round)
		}
	}
}

func (n *referenceNode) addPrecommit(b refBallot) {
	block, ok := n.twoThirdsMajority(b)
	if ok {
		n.enterNewRound(b.round)
		n.enterPrecommit(b.round)
		if block != 0 {
			n.enterCommit(b.round)
		} else {
			n.enterPrecommitWait(b.round)
		}
		return
	}
	if n.round <= b.round && n.twoThirdsAny(b) {
		n.enterNewRound(b.round)
		n.enterPrecommitWait(b.round)
	}
}

// setProposal takes a proposal of the current round.
func (n *referenceNode) setProposal(block, polRound int) {
	if n.proposal || polRound < -1 || polRound >= 0 && polRound >= n.round {
		return
	}
	n.proposal, n.polRound = true, polRound
	if n.parts == 0 {
		n.parts = block
	}
}

// completeBlock takes the last part of the block that is being collected, which
// does not decode when spoilt.
func (n *referenceNode) completeBlock(spoilt bool) {
	if n.parts == 0 || n.block != 0 {
		return
	}
	if !spoilt {
		n.block = n.parts
	}
	n.handleCompleteProposal()
}

func (n *referenceNode) handleCompleteProposal() {
	block, ok := n.twoThirdsMajority(refBallot{refPrevote, n.round})
	if ok && block != 0 && n.validRound < n.round && n.block == block {
		n.validRound, n.validBlock = n.round, n.block
	}
	if n.step <= csPropose && n.proposalComplete() {
		n.enterPrevote(n.round)
		if ok {
			n.enterPrecommit(n.round)
		}
	} else if n.step == csCommit {
		n.tryFinalizeCommit()
	}
}

func (n *referenceNode) handleTimeout(round, step int) {
	if round < n.round || n.round == round && step < n.step {
		return
	}
	switch step {
	case csNewHeight:
		n.enterNewRound(0)
	case csNewRound:
		n.enterPropose(round)
	case csPropose:
		n.enterPrevote(round)
	case csPrevoteWait:
		n.enterPrecommit(round)
	case csPrecommitWait:
		n.enterPrecommit(round)
		n.enterNewRound(round + 1)
	}
}

// refState is what the reference and the interpreted rules must agree on.
type refState struct {
	height, round, step      int
	proposal                 bool
	polRound, block, parts   int
	lockedRound, lockedBlock int
	validRound, validBlock   int
	commitRound              int
	waitedPrecommit          bool
}

func (n *referenceNode) state() refState {
	return refState{
		n.height, n.round, n.step, n.proposal, n.polRound, n.block, n.parts,
		n.lockedRound, n.lockedBlock, n.validRound, n.validBlock, n.commitRound, n.waitedPrecommit,
	}
}

// has reports whether the validator has voted in the ballot.
func (n *referenceNode) has(b refBallot, validator int) bool {
	_, ok := n.votes[b][validator]
	return ok
}

// take returns what was said since the last time.
func (n *referenceNode) take() []string {
	said := slices.Clone(n.said)
	n.said = n.said[:0]
	return said
}
