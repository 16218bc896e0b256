package consensus_test

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// referenceNode is CometBFT's state machine a second time, written from
// consensus/state.go as what it is there: functions that look at the state, and
// return early when they were called in vain. It knows nothing of observations
// and clauses, counts its own votes, keeps PrevoteWait as a step, and has its
// blocks and part sets where the code has pointers to them. It panics as the code
// does, with its deferred functions.
type referenceNode struct {
	v1                      bool
	height, round, step     int
	proposal                bool
	polRound                int // of the proposal
	block                   int // 0 is none
	parts                   *refParts
	lockedRound, validRound int
	lockedBlock, validBlock int
	lockedParts, validParts *refParts
	commitRound             int
	waitedPrecommit         bool // TriggeredTimeoutPrecommit
	dead                    bool

	powers []int64
	votes  map[refBallot]map[int]int // by validator: ids of blocks
	world  nodePlay                  // answers for the application, the clock and the settings
	said   []string
}

// refParts is a part set: the id that its header belongs to, and whether it is
// complete.
type refParts struct {
	id    int
	whole bool
}

// hasHeader compares the header of a part set, which may be nil.
func (p *refParts) hasHeader(id int) bool { return p != nil && p.id == id }

// hashOf is the block of an id.
func hashOf(id int) int { return int(consensus.Value(id).Block()) }

// refPanic is a panic of the reference.
type refPanic string

type refBallot struct{ kind, round int }

const (
	refPrevote = iota
	refPrecommit
)

func newReferenceNode(w nodePlay, v1 bool) *referenceNode {
	n := &referenceNode{v1: v1, powers: w.powers, world: w}
	n.beginHeight(1)
	return n
}

func (n *referenceNode) beginHeight(h int) {
	n.height, n.round, n.step = h, 0, csNewHeight
	n.forgetProposal()
	n.lockedRound, n.lockedBlock, n.lockedParts = -1, 0, nil
	n.validRound, n.validBlock, n.validParts = -1, 0, nil
	n.commitRound = -1
	n.waitedPrecommit = false
	n.votes = map[refBallot]map[int]int{}
}

func (n *referenceNode) forgetProposal() {
	n.proposal, n.polRound, n.block, n.parts = false, -1, 0, nil
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

func (n *referenceNode) sign(kind string, id int) {
	extension := ""
	if kind == "PRECOMMIT" && id != 0 && n.world.extends {
		extension = ", extended"
	}
	n.say("%s(%d, %d, %s%s)", kind, n.height, n.round, idName(id), extension)
}

// idName spells an id: a number after the letter is another part-set header.
func idName(id int) string {
	name := []string{"nil", "A", "B", "bad", "fresh"}[hashOf(id)]
	if header := consensus.Value(id).Header(); header > 0 {
		name += fmt.Sprint(header + 1)
	}
	return name
}

// validateBlock is what the code of that name says.
func (n *referenceNode) validateBlock(block int) bool { return block != int(bad) }

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
	if n.world.awaits && round == 0 {
		n.say("timeoutNewRound(%d, %d)", n.height, round)
		return
	}
	n.enterPropose(round)
}

func (n *referenceNode) enterPropose(round int) {
	if round < n.round || n.round == round && csPropose <= n.step {
		return
	}
	if n.v1 && n.world.proposes(n.height, round) && n.world.early {
		n.say("timeoutNewRound(%d, %d)", n.height, round)
		return
	}
	n.say("timeoutPropose(%d, %d)", n.height, round)
	if n.world.proposes(n.height, round) {
		id := int(fresh)
		if n.validBlock != 0 {
			id = n.validParts.id
		}
		n.say("PROPOSAL(%d, %d, %s, %d)", n.height, round, idName(id), n.validRound)
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
	if n.v1 {
		n.sign("PREVOTE", n.prevoteV1())
	} else {
		n.sign("PREVOTE", n.prevoteV038())
	}
	n.round, n.step = round, csPrevote
	n.newStep()
}

// prevoteV038 is defaultDoPrevote of v0.38: what the prevote is for.
func (n *referenceNode) prevoteV038() int {
	switch {
	case n.lockedBlock != 0:
		return n.lockedParts.id
	case n.block == 0 || !n.validateBlock(n.block) || n.world.rejects == n.block:
		return 0
	default:
		return n.parts.id
	}
}

// prevoteV1 is defaultDoPrevote of v1.
func (n *referenceNode) prevoteV1() int {
	if !n.proposal {
		return 0
	}
	if n.block == 0 {
		return 0
	}
	if n.world.misdated == n.block {
		return 0
	}
	if n.polRound == -1 && n.world.untimely == n.block {
		return 0
	}
	if !n.validateBlock(n.block) {
		return 0
	}
	if n.polRound == -1 {
		if n.lockedRound == -1 {
			if n.validRound != -1 && n.block == n.validBlock {
				return n.parts.id
			}
			if n.world.rejects == n.block {
				return 0
			}
			return n.parts.id
		}
		if n.block == n.lockedBlock {
			return n.parts.id
		}
		return 0
	}
	id, ok := n.twoThirdsMajority(refBallot{refPrevote, n.polRound})
	ok = ok && id != 0
	if ok && n.block == hashOf(id) && n.polRound < n.round {
		if n.lockedRound < n.polRound {
			return n.parts.id
		}
		if n.block == n.lockedBlock {
			return n.parts.id
		}
		if n.lockedRound == n.polRound {
			return n.parts.id
		}
	}
	return 0
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
	defer func() {
		n.round, n.step = round, csPrecommit
		n.newStep()
	}()
	id, ok := n.twoThirdsMajority(refBallot{refPrevote, round})
	if !ok {
		n.sign("PRECOMMIT", 0)
		return
	}
	if id == 0 {
		if !n.v1 {
			n.lockedRound, n.lockedBlock, n.lockedParts = -1, 0, nil
		}
		n.sign("PRECOMMIT", 0)
		return
	}
	if n.lockedBlock == hashOf(id) {
		n.lockedRound = round
		n.sign("PRECOMMIT", id)
		return
	}
	if n.block == hashOf(id) {
		if !n.validateBlock(n.block) {
			panic(refPanic("+2/3 prevoted for an invalid block"))
		}
		n.lockedRound, n.lockedBlock, n.lockedParts = round, n.block, n.parts
		n.sign("PRECOMMIT", id)
		return
	}
	if !n.v1 {
		n.lockedRound, n.lockedBlock, n.lockedParts = -1, 0, nil
	}
	if !n.parts.hasHeader(id) {
		n.block, n.parts = 0, &refParts{id: id}
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
	id, ok := n.twoThirdsMajority(refBallot{refPrecommit, round})
	if !ok {
		panic("entering commit without +2/3 precommits")
	}
	if n.lockedBlock == hashOf(id) {
		n.block, n.parts = n.lockedBlock, n.lockedParts
	}
	if n.block != hashOf(id) && !n.parts.hasHeader(id) {
		n.block, n.parts = 0, &refParts{id: id}
	}
	n.step = csCommit
	n.commitRound = round
	n.newStep()
	n.tryFinalizeCommit()
}

func (n *referenceNode) tryFinalizeCommit() {
	id, ok := n.twoThirdsMajority(refBallot{refPrecommit, n.commitRound})
	if !ok || id == 0 {
		return
	}
	if n.block != hashOf(id) || n.step != csCommit {
		return
	}
	if !n.parts.hasHeader(id) {
		panic(refPanic("expected ProposalBlockParts header to be commit header"))
	}
	if !n.validateBlock(n.block) {
		panic(refPanic("+2/3 committed an invalid block"))
	}
	if !n.parts.whole {
		panic(refPanic("BlockStore can only save complete block part sets"))
	}
	n.say("decision[%d] = %s by round %d", n.height, idName(id), n.commitRound)
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
	id, ok := n.twoThirdsMajority(b)
	if ok {
		if !n.v1 && n.lockedBlock != 0 && n.lockedRound < b.round && b.round <= n.round && n.lockedBlock != hashOf(id) {
			n.lockedRound, n.lockedBlock, n.lockedParts = -1, 0, nil
		}
		if id != 0 && n.validRound < b.round && b.round == n.round {
			if n.block == hashOf(id) {
				n.validRound, n.validBlock, n.validParts = b.round, n.block, n.parts
			} else {
				n.block = 0
			}
			if !n.parts.hasHeader(id) {
				n.parts = &refParts{id: id}
			}
		}
	}
	switch {
	case n.round < b.round && n.twoThirdsAny(b):
		n.enterNewRound(b.round)
	case n.round == b.round && csPrevote <= n.step:
		if ok && (n.proposalComplete() || id == 0) {
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
	all := len(n.votes[b]) == len(n.powers)
	if ok {
		n.enterNewRound(b.round)
		n.enterPrecommit(b.round)
		if block != 0 {
			n.enterCommit(b.round)
			if n.world.skips && all {
				n.enterNewRound(0)
			}
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

// addLatePrecommit takes a precommit of the last height.
func (n *referenceNode) addLatePrecommit() {
	if n.step != csNewHeight {
		return
	}
	if n.world.last == consensus.LastNone {
		panic(refPanic("AddVote() on nil VoteSet"))
	}
	if n.world.skips && n.world.last == consensus.LastAll {
		n.enterNewRound(0)
	}
}

// handleTxsAvailable hears of transactions.
func (n *referenceNode) handleTxsAvailable() {
	if n.round != 0 {
		return
	}
	switch n.step {
	case csNewHeight:
		if n.world.awaits {
			n.say("timeoutNewRound(%d, 0)", n.height)
		}
	case csNewRound:
		n.enterPropose(0)
	}
}

// setProposal takes a proposal of the current round.
func (n *referenceNode) setProposal(id, polRound int) {
	if n.proposal || polRound < -1 || polRound >= 0 && polRound >= n.round {
		return
	}
	n.proposal, n.polRound = true, polRound
	if n.parts == nil {
		n.parts = &refParts{id: id}
	}
}

// completeBlock takes the last part of the block that is being collected, which
// does not decode when spoilt.
func (n *referenceNode) completeBlock(spoilt bool) {
	if n.parts == nil || n.parts.whole {
		return
	}
	n.parts.whole = true
	if !spoilt {
		n.block = hashOf(n.parts.id)
	}
	n.handleCompleteProposal()
}

func (n *referenceNode) handleCompleteProposal() {
	id, ok := n.twoThirdsMajority(refBallot{refPrevote, n.round})
	if ok && id != 0 && n.validRound < n.round && n.block == hashOf(id) {
		n.validRound, n.validBlock, n.validParts = n.round, n.block, n.parts
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
	height, round, step int
	proposal            bool
	polRound            int
	held                refHeld
	lockedRound         int
	locked              refHeld
	lockFills           bool // the locked parts are missing some, and are those that are collected
	validRound          int
	valid               refHeld
	commitRound         int
	waitedPrecommit     bool
	dead                bool
}

// refHeld is a block, the id that its part set's header belongs to, and whether
// the set is complete.
type refHeld struct {
	block, id int
	whole     bool
}

func heldOf(block int, parts *refParts) refHeld {
	if parts == nil {
		return refHeld{block: block}
	}
	return refHeld{block, parts.id, parts.whole}
}

func (n *referenceNode) state() refState {
	fills := n.lockedParts != nil && n.lockedParts == n.parts && !n.parts.whole
	return refState{
		n.height, n.round, n.step, n.proposal, n.polRound, heldOf(n.block, n.parts),
		n.lockedRound, heldOf(n.lockedBlock, n.lockedParts), fills,
		n.validRound, heldOf(n.validBlock, n.validParts), n.commitRound, n.waitedPrecommit, n.dead,
	}
}

// hear carries out an input; when the code panics the node is dead.
func (n *referenceNode) hear(input func()) {
	defer func() {
		switch why := recover().(type) {
		case nil:
		case refPanic:
			n.say("panic: %s", string(why))
			n.dead = true
		default:
			panic(why)
		}
	}()
	input()
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
