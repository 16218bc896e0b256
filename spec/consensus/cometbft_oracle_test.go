package consensus_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The oracle of the CometBFT dialect: its functions once more as plain ifs over
// the numbers that the code compares, with CometBFT's own step numbers. An
// observation is decoded into such numbers first; where they contradict each
// other, it is impossible.

// CometBFT's steps (consensus/types/round_state.go). There is no step 7 but in
// timeouts: TriggeredTimeoutPrecommit stands for it.
const (
	csNewHeight = 1 + iota
	csNewRound
	csPropose
	csPrevote
	csPrevoteWait
	csPrecommit
	csPrecommitWait
	csCommit
)

var csSteps = map[consensus.NodeStepValue]int{
	consensus.NodeNewHeight: csNewHeight,
	consensus.NodeNewRound:  csNewRound,
	consensus.NodePropose:   csPropose,
	consensus.NodePrevote:   csPrevote,
	consensus.NodePrecommit: csPrecommit,
	consensus.NodeCommit:    csCommit,
}

// csRound is the node's round in the decoded observations, where it is not in
// step newHeight and thereby in round 0.
const csRound = 4

// csFacts is what the code compares. Blocks are numbers, and 0 is none; majority
// is what +2/3 of the votes in question are for, 0 being nil. Part-set headers are
// numbers too; that of the majority is 0.
type csFacts struct {
	round, r, step         int
	waitedPrecommit        bool // cs.TriggeredTimeoutPrecommit
	proposer               bool
	lockedBlock            int
	lockedRound            int
	validBlock, validRound int
	block, header          int  // of ProposalBlock and ProposalBlockParts
	partsWhole             bool // ProposalBlockParts.IsComplete()
	validated, accepted    bool // by ValidateBlock, by ProcessProposal
	dated, timely, early   bool
	polMajority            int  // at the proposal's POLRound
	skip                   bool // skipTimeoutCommit
	awaits                 bool // waitForTxs, or what needs no proof block
	allPrecommits          bool
	lastCommit             *struct{ all bool }
	complete               bool // isProposalComplete()
	proposal               bool
	polRound               int
	anyVotes, hasMajority  bool // HasTwoThirdsAny, TwoThirdsMajority
	majority               int
	timeout                int // a step
	possible               bool
}

const (
	blockOne = 1 // what a majority that is not nil is for
	blockTwo = 2
)

func decodeNode(o spec.Observation) csFacts {
	f := csFacts{round: csRound, r: csRound, step: csPropose, lockedRound: -1, validRound: -1, polRound: -1, possible: true}
	has := func(v *spec.Variable) bool { return o.Of.Position(v) >= 0 }
	if has(consensus.NodeStep.Variable()) {
		f.step = csSteps[value(o, consensus.NodeStep)]
	}
	if f.step == csNewHeight {
		f.round = 0
	}
	if has(consensus.RoundIs.Variable()) {
		f.r = f.round + int(value(o, consensus.RoundIs)) - int(consensus.Current)
		// Functions are called for rounds that the node has entered.
		f.possible = !(o.Of.Function && o.Of != consensus.EnterNewRound && f.r > f.round)
	}
	if has(consensus.Once34.Variable()) && value(o, consensus.Once34.Observable) == spec.Done {
		switch f.step {
		case csNewHeight, csNewRound, csPropose:
			f.possible = false // the wait comes after the prevote
		case csPrevote:
			f.step = csPrevoteWait
		}
	}
	f.waitedPrecommit = has(consensus.Once47.Variable()) && value(o, consensus.Once47.Observable) == spec.Done
	f.proposer = has(consensus.Proposer.Variable()) && yes(o, consensus.Proposer)
	if has(consensus.ValidValue.Variable()) && yes(o, consensus.ValidValue) {
		f.validBlock = blockOne
	}
	if o.Of == consensus.OnTransactions {
		f.possible = f.r <= f.round && !(f.step == csNewHeight && f.r < f.round)
		f.round, f.r = f.round-f.r, 0
	}
	f.decodeVotes(o, has)
	f.decodeBlocks(o, has)
	f.decodeRounds(o, has)
	f.decodeSettings(o, has)
	if o.Of == consensus.DoPrevoteV1 {
		f.decodeOffer(o)
	}
	return f
}

func (f *csFacts) decodeSettings(o spec.Observation, has func(*spec.Variable) bool) {
	if has(consensus.SkipCommit.Variable()) && yes(o, consensus.SkipCommit) {
		f.skip, f.allPrecommits = true, true
		f.possible = f.possible && f.anyVotes // all votes are more than two thirds
	}
	if has(consensus.SkipAllowed.Variable()) {
		f.skip = yes(o, consensus.SkipAllowed)
	}
	if has(consensus.LastCommit.Variable()) {
		switch value(o, consensus.LastCommit) {
		case consensus.LastNone:
		case consensus.LastSome:
			f.lastCommit = &struct{ all bool }{}
		case consensus.LastAll:
			f.lastCommit = &struct{ all bool }{true}
		}
	}
	f.awaits = has(consensus.AwaitTxs.Variable()) && yes(o, consensus.AwaitTxs)
	if has(consensus.MustWait.Variable()) {
		f.early = yes(o, consensus.MustWait)
	}
}

// decodeOffer makes up a proposal of csRound, whose POLRound is −1 or 2, and a
// lock of round 1 or 3.
func (f *csFacts) decodeOffer(o spec.Observation) {
	f.round, f.r, f.dated, f.timely = csRound, csRound, true, true
	offer, backing, timing := value(o, consensus.Offer), value(o, consensus.Backing), value(o, consensus.Timing)
	lock, approval := value(o, consensus.LockOn), value(o, consensus.Approval)
	if offer == consensus.NoOffer {
		// The rest of the observation is what it is by default.
		f.possible = backing == consensus.NewBlock && timing == consensus.GoodTime && approval == consensus.Rejected &&
			(lock == consensus.LockOpen || lock == consensus.LockNewer)
		return
	}
	f.proposal, f.block, f.validated = true, blockOne, offer == consensus.ValidOffer
	switch backing {
	case consensus.NewBlock:
		f.polRound = -1
	case consensus.NotBacked:
		f.polRound, f.polMajority = 2, blockTwo
	case consensus.BackedBlock, consensus.BackedAlias: // only the hash is compared
		f.polRound, f.polMajority = 2, blockOne
	}
	f.dated = timing != consensus.Misdated
	f.timely = timing != consensus.Untimely
	f.possible = f.timely || f.polRound == -1
	switch lock {
	case consensus.LockOpen:
	case consensus.LockSame, consensus.LockAlias:
		f.lockedBlock, f.lockedRound = blockOne, 3
	case consensus.LockOlder:
		f.lockedBlock, f.lockedRound = blockTwo, 1
		f.possible = f.possible && f.polRound != -1
	case consensus.LockNewer:
		f.lockedBlock, f.lockedRound = blockTwo, 3
	}
	switch approval {
	case consensus.Rejected:
	case consensus.Approved:
		f.accepted = true
	case consensus.KnownValid:
		f.validBlock, f.validRound = blockOne, 1
	}
}

func (f *csFacts) decodeVotes(o spec.Observation, has func(*spec.Variable) bool) {
	tally := consensus.ForValue // commits are for a block
	switch {
	case has(consensus.PrevoteTally.Variable()):
		tally = value(o, consensus.PrevoteTally)
	case has(consensus.PrecommitTally.Variable()):
		tally = value(o, consensus.PrecommitTally)
	}
	f.anyVotes = tally != consensus.Few
	f.hasMajority = tally == consensus.ForNil || tally == consensus.ForValue
	if tally == consensus.ForValue {
		f.majority = blockOne
	}
}

func (f *csFacts) decodeBlocks(o spec.Observation, has func(*spec.Variable) bool) {
	held := func(h consensus.HoldsValue) (block, header int) {
		switch h {
		case consensus.Nothing:
			return 0, 0
		case consensus.That, consensus.Alias:
			f.possible = f.possible && f.majority != 0 // nil is no block
			return f.majority, int(h - consensus.That)
		default:
			return blockTwo, 0
		}
	}
	if has(consensus.LockIs.Variable()) {
		f.lockedBlock, _ = held(value(o, consensus.LockIs))
	}
	if has(consensus.Locked.Variable()) && yes(o, consensus.Locked) {
		f.lockedBlock = blockTwo
	}
	if has(consensus.BlockIs.Variable()) {
		f.block, f.header = held(value(o, consensus.BlockIs))
	}
	if has(consensus.BlockValid.Variable()) {
		f.validated = yes(o, consensus.BlockValid)
		f.possible = f.possible && !(f.validated && f.block == 0)
	}
	f.partsWhole = has(consensus.PartsWhole.Variable()) && yes(o, consensus.PartsWhole)
	if has(consensus.HeldBlock.Variable()) && value(o, consensus.HeldBlock) != consensus.NoProposal {
		f.block = blockOne
		f.validated = value(o, consensus.HeldBlock) == consensus.Valid
		f.accepted = f.validated
	}
}

func (f *csFacts) decodeRounds(o spec.Observation, has func(*spec.Variable) bool) {
	if has(consensus.LockBefore.Variable()) {
		f.lockedRound = f.r - 1
		switch {
		case yes(o, consensus.LockBefore):
		case f.lockedBlock == 0 && f.r < f.round:
			f.r, f.lockedRound = -1, -1 // only a vote of no round at all is not after no lock
		default:
			f.lockedRound = f.r
			f.possible = f.possible && f.lockedBlock != 0 && f.lockedRound <= f.round // a lock is of a round that was entered
		}
	}
	if has(consensus.ValidBefore.Variable()) {
		f.validRound = f.r - 1
		if !yes(o, consensus.ValidBefore) {
			f.validRound = f.r
			f.possible = f.possible && f.validRound <= f.round
		}
	}
	f.complete = has(consensus.Complete.Variable()) && yes(o, consensus.Complete)
	f.proposal = f.complete
	if has(consensus.POLRoundIs.Variable()) && yes(o, consensus.POLRoundIs) {
		f.proposal, f.polRound = true, f.r
		// A proposal's POLRound is at least 0 and below its round; its prevotes
		// are those of r.
		f.possible = f.possible && f.polRound < f.round && f.step != csNewHeight && !(f.complete && !f.hasMajority)
	}
	if has(consensus.Tock.Variable()) {
		f.timeout = map[consensus.TockKind]int{
			consensus.TockNewHeight: csNewHeight, consensus.TockNewRound: csNewRound, consensus.TockPropose: csPropose,
			consensus.TockPrevoteWait: csPrevoteWait, consensus.TockPrecommitWait: csPrecommitWait,
		}[value(o, consensus.Tock)]
	}
}

// csRule names the rule that says what the code does: "" when it does nothing.
func csRule(of *spec.Binding, f csFacts) string {
	return map[*spec.Binding]func(csFacts) string{
		consensus.EnterNewRound:      csFacts.enterNewRound,
		consensus.EnterPropose:       csFacts.enterPropose,
		consensus.PrevoteIfComplete:  csFacts.endOfEnterPropose,
		consensus.EnterPrevote:       csFacts.enterPrevote,
		consensus.DoPrevote:          csFacts.doPrevote,
		consensus.DoPrevoteV1:        csFacts.doPrevoteV1,
		consensus.AwaitTime:          csFacts.beginPropose,
		consensus.EnterPrevoteWait:   csFacts.enterPrevoteWait,
		consensus.EnterPrecommit:     csFacts.enterPrecommit,
		consensus.DoPrecommit:        csFacts.doPrecommit,
		consensus.OnLastPrecommit:    csFacts.addLastPrecommit,
		consensus.OnTransactions:     csFacts.handleTxsAvailable,
		consensus.EnterPrecommitWait: csFacts.enterPrecommitWait,
		consensus.EnterCommit:        csFacts.enterCommit,
		consensus.TryFinalizeCommit:  csFacts.tryFinalizeCommit,
		consensus.OnPolkaUnlock:      csFacts.addPrevoteUnlock,
		consensus.OnPolkaValid:       csFacts.addPrevoteValid,
		consensus.OnPrevote:          csFacts.addPrevote,
		consensus.OnPrecommit:        csFacts.addPrecommit,
		consensus.OnBlockValid:       csFacts.completeProposalValid,
		consensus.OnBlock:            csFacts.completeProposal,
		consensus.OnTock:             csFacts.handleTimeout,
	}[of](f)
}

func (f csFacts) enterNewRound() string {
	if f.r < f.round {
		return ""
	}
	if f.round == f.r && f.step != csNewHeight {
		return ""
	}
	if f.r != 0 {
		return "enterNewRound.later" // and the proposal is forgotten
	}
	if f.awaits {
		return "enterNewRound.firstElse"
	}
	return "enterNewRound.firstIf"
}

func (f csFacts) handleTxsAvailable() string {
	if f.round != 0 {
		return ""
	}
	if f.step == csNewHeight && f.awaits {
		return "txs.early"
	}
	if f.step == csNewRound {
		return "txs.propose"
	}
	return ""
}

func (f csFacts) enterPropose() string {
	if f.r < f.round || f.round == f.r && csPropose <= f.step {
		return ""
	}
	if !f.proposer {
		return "enterPropose.other"
	}
	if f.validBlock != 0 {
		return "enterPropose.selfIf"
	}
	return "enterPropose.selfElse"
}

func (f csFacts) endOfEnterPropose() string {
	if f.complete {
		return "enterPropose.complete"
	}
	return ""
}

func (f csFacts) beginPropose() string {
	if f.r < f.round || f.round == f.r && csPropose <= f.step {
		return ""
	}
	if f.early {
		return "enterPropose.wait"
	}
	return "enterPropose.now"
}

func (f csFacts) enterPrevote() string {
	if f.r < f.round || f.round == f.r && csPrevote <= f.step {
		return ""
	}
	return "enterPrevote"
}

func (f csFacts) doPrevote() string {
	if f.lockedBlock != 0 {
		return "enterPrevote.locked"
	}
	if f.block == 0 {
		return "enterPrevote.nil"
	}
	if !f.validated || !f.accepted {
		return "enterPrevote.nil"
	}
	return "enterPrevote.block"
}

func (f csFacts) doPrevoteV1() string {
	if !f.proposal || f.block == 0 {
		return "enterPrevote.missing"
	}
	if !f.dated {
		return "enterPrevote.misdated"
	}
	if f.polRound == -1 && !f.timely {
		return "enterPrevote.untimely"
	}
	if !f.validated {
		return "enterPrevote.invalid"
	}
	if f.polRound == -1 {
		if f.lockedRound == -1 {
			if f.validRound != -1 && f.block == f.validBlock || f.accepted {
				return "enterPrevote.newIf"
			}
			return "enterPrevote.newElse"
		}
		if f.block == f.lockedBlock {
			return "enterPrevote.lockedIf"
		}
		return "enterPrevote.lockedElse"
	}
	if f.polMajority == f.block && f.polRound < f.round && (f.lockedRound <= f.polRound || f.block == f.lockedBlock) {
		return "enterPrevote.polIf"
	}
	return "enterPrevote.polElse"
}

func (f csFacts) enterPrevoteWait() string {
	if f.r < f.round || f.round == f.r && csPrevoteWait <= f.step {
		return ""
	}
	return "enterPrevoteWait"
}

func (f csFacts) enterPrecommit() string {
	if f.r < f.round || f.round == f.r && csPrecommit <= f.step {
		return ""
	}
	return "enterPrecommit"
}

func (f csFacts) doPrecommit() string {
	if !f.hasMajority {
		return "enterPrecommit.noPolka"
	}
	if f.majority == 0 {
		return "enterPrecommit.nil"
	}
	if f.lockedBlock == f.majority {
		return "enterPrecommit.relock"
	}
	if f.block == f.majority && !f.validated {
		return "enterPrecommit.invalid"
	}
	if f.block == f.majority {
		return "enterPrecommit.lock"
	}
	return "enterPrecommit.unknown"
}

func (f csFacts) enterPrecommitWait() string {
	if f.r < f.round || f.round == f.r && f.waitedPrecommit {
		return ""
	}
	return "enterPrecommitWait"
}

func (f csFacts) enterCommit() string {
	if csCommit <= f.step {
		return ""
	}
	if f.lockedBlock == f.majority {
		return "enterCommit.locked"
	}
	if f.block != f.majority {
		return "enterCommit.blockIf"
	}
	return "enterCommit.blockElse"
}

func (f csFacts) tryFinalizeCommit() string {
	if !f.hasMajority || f.majority == 0 {
		return ""
	}
	if f.block != f.majority {
		return ""
	}
	if f.step != csCommit {
		return "" // finalizeCommit looks
	}
	if f.header != 0 {
		return "tryFinalizeCommit.header"
	}
	if !f.validated {
		return "tryFinalizeCommit.invalid"
	}
	if !f.partsWhole {
		return "tryFinalizeCommit.parts"
	}
	return "tryFinalizeCommit"
}

func (f csFacts) addPrevoteUnlock() string {
	if !f.hasMajority {
		return ""
	}
	if f.lockedBlock != 0 && f.lockedRound < f.r && f.r <= f.round && f.lockedBlock != f.majority {
		return "addVote.unlock"
	}
	return ""
}

func (f csFacts) addPrevoteValid() string {
	if !f.hasMajority {
		return ""
	}
	if f.majority == 0 || f.validRound >= f.r || f.r != f.round {
		return ""
	}
	if f.block == f.majority {
		return "addVote.validIf"
	}
	return "addVote.validElse"
}

func (f csFacts) addPrevote() string {
	switch {
	case f.round < f.r && f.anyVotes:
		return "addVote.skip"
	case f.round == f.r && csPrevote <= f.step:
		if f.hasMajority && f.majority == 0 {
			return "addVote.nil"
		}
		if f.hasMajority && f.complete {
			return "addVote.polkaIf"
		}
		if f.hasMajority {
			return "addVote.polkaElse" // enterPrevoteWait
		}
		if f.anyVotes {
			return "addVote.wait"
		}
	case f.proposal && 0 <= f.polRound && f.polRound == f.r:
		if f.complete {
			return "addVote.pol"
		}
	}
	return ""
}

func (f csFacts) addPrecommit() string {
	if f.hasMajority {
		if f.majority != 0 && f.skip && f.allPrecommits {
			return "addVote.commitIf"
		}
		if f.majority != 0 {
			return "addVote.commitElse"
		}
		return "addVote.precommitNil"
	}
	if f.round <= f.r && f.anyVotes {
		return "addVote.precommitAny"
	}
	return ""
}

func (f csFacts) addLastPrecommit() string {
	if f.step != csNewHeight {
		return ""
	}
	if f.lastCommit == nil {
		return "addVote.lastNone"
	}
	if f.skip && f.lastCommit.all {
		return "addVote.lastSkip"
	}
	return ""
}

func (f csFacts) completeProposalValid() string {
	if f.hasMajority && f.majority != 0 && f.validRound < f.round && f.block == f.majority {
		return "block.valid"
	}
	return ""
}

func (f csFacts) completeProposal() string {
	if f.step <= csPropose && f.complete {
		if f.hasMajority {
			return "block.prevoteIf"
		}
		return "block.prevoteElse"
	}
	if f.step == csCommit {
		return "block.commit"
	}
	return ""
}

func (f csFacts) handleTimeout() string {
	if f.r < f.round || f.round == f.r && f.timeout < f.step {
		return ""
	}
	if f.round < f.r {
		// The code goes on. No ticker delivers a timeout of a round that was not
		// entered, but a log may claim so; the rules do nothing then.
		return ""
	}
	return map[int]string{
		csNewHeight: "timeout.newHeight", csNewRound: "timeout.newRound", csPropose: "timeout.propose",
		csPrevoteWait: "timeout.prevote", csPrecommitWait: "timeout.precommit",
	}[f.timeout]
}

// nodeDisagreements lists the observations on which the table says something
// else than the oracle. The code does one thing at a time, so what is enabled is
// no more than what comes next.
func nodeDisagreements(table *spec.Table) []string {
	var out []string
	for _, b := range table.Rules.Bindings {
		for i := range b.Size() {
			o := spec.Observation{Of: b, Index: i}
			f := decodeNode(o)
			if (table.Next(o) != spec.Unreachable) != f.possible {
				out = append(out, fmt.Sprintf("%v: the table calls it possible: %t, the oracle: %t", o, !f.possible, f.possible))
			}
			if !f.possible {
				continue
			}
			var want names
			if rule := csRule(b, f); rule != "" {
				want = names{rule}
			}
			var got names
			for id := range table.Enabled(o).All {
				got = append(got, table.Rule(id).Name)
			}
			if !slices.Equal(got, want) {
				out = append(out, fmt.Sprintf("%v: enabled is %v, and %v by the oracle", o, got, want))
			}
		}
	}
	return out
}

func TestCometBFTOracleAgrees(t *testing.T) {
	for _, d := range nodeDialects {
		for _, why := range nodeDisagreements(d.Table) {
			t.Errorf("%s: %s", d.Name, why)
		}
	}
}
