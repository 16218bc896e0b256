package consensus

import (
	"maps"
	"slices"

	"github.com/polka-bft/polka/spec"
)

// CometBFTv1Rules is what CometBFT v1 runs (v1.0.1, internal/consensus/state.go):
// the locking rules of the paper, and proposer-based timestamps (PBTS), which a
// chain may switch on. v2 differs in that a proposal is held against time and
// ValidateBlock only where enterPrevote.new stands: a block that is proposed
// again, or to a locked node, is not looked at again.
var CometBFTv1Rules = &spec.Rules{
	Name: "cometbft-v1",
	Doc:  "CometBFT v1, with the locks of the paper and proposer-based timestamps",
	Bindings: []*spec.Binding{
		EnterNewRound, AwaitTime, EnterPropose, PrevoteIfComplete, EnterPrevote, DoPrevoteV1, EnterPrevoteWait, EnterPrecommit,
		DoPrecommit, EnterPrecommitWait, EnterCommit, TryFinalizeCommit,
		OnPolkaValid, OnPrevote, OnPrecommit, OnLastPrecommit, OnTransactions, OnBlockValid, OnBlock, OnTock,
	},
	Clauses:    cometBFTv1Clauses,
	Calls:      cometBFTv1Calls,
	Priority:   inOrder(cometBFTv1Clauses),
	Impossible: slices.Concat(cometBFTImpossible, cometBFTv1Impossible),
}

// CometBFTv1 is the compiled dialect "cometbft-v1".
var CometBFTv1 = mustCompile(CometBFTv1Rules)

// CometBFTv1Questions says what each input of receiveRoutine makes the code ask.
var CometBFTv1Questions = map[Event][]*spec.Binding{
	PrevoteAdded:     {OnPolkaValid, OnPrevote},
	PrecommitAdded:   {OnPrecommit},
	LatePrecommit:    {OnLastPrecommit},
	TransactionsCame: {OnTransactions},
	BlockCompleted:   {OnBlockValid, OnBlock},
	TimeoutDelivered: {OnTock},
}

// The effect that only v1 has.
const (
	CallPropose spec.Op = "CallPropose" // the rest of enterPropose
)

// Both enterPropose and doPrevote are others than in v0.38.
var cometBFTv1Calls = func() map[spec.Op]*spec.Binding {
	calls := maps.Clone(cometBFTCalls)
	calls[CallEnterPropose] = AwaitTime
	calls[CallEnterFirstPropose] = AwaitTime
	calls[CallPropose] = EnterPropose
	calls[CallDoPrevote] = DoPrevoteV1
	return calls
}()

// OfferValue is a value of [Offer].
type OfferValue uint8

// What a v1 node has of a proposal.
const (
	NoOffer      OfferValue = iota // no proposal, or not its block
	InvalidOffer                   // both, and ValidateBlock refuses the block
	ValidOffer                     // both, and ValidateBlock accepts it
)

// BackingValue is a value of [Backing].
type BackingValue uint8

// How a proposal's POLRound speaks for its block.
const (
	NewBlock    BackingValue = iota // POLRound = −1, or there is no proposal
	NotBacked                       // no +2/3 prevotes for the block at POLRound
	BackedBlock                     // with them
	BackedAlias                     // +2/3 prevotes there are for the block under another part-set header
)

// TimingValue is a value of [Timing].
type TimingValue uint8

// What proposer-based timestamps say of a proposal.
const (
	GoodTime TimingValue = iota // nothing against it, or PBTS is off
	Misdated                    // it does not carry the time of its block
	Untimely                    // a new one that came too early or too late for its timestamp
)

// LockOnValue is a value of [LockOn].
type LockOnValue uint8

// How the lock relates to the block and the POLRound of a proposal.
const (
	LockOpen  LockOnValue = iota // lockedRound = −1
	LockSame                     // the block is locked, under this part-set header
	LockOlder                    // lockedRound ≤ POLRound, on another value
	LockNewer                    // lockedRound > POLRound, on another block
	LockAlias                    // lockedRound > POLRound, on the block under another part-set header
)

// ApprovalValue is a value of [Approval].
type ApprovalValue uint8

// Whether the application takes a block.
const (
	Rejected   ApprovalValue = iota // ProcessProposal rejects it, or there is none
	Approved                        // ProcessProposal accepts it
	KnownValid                      // it is validBlock, and ProcessProposal is not asked
)

// What only v1 asks about.
var (
	MustWait = spec.NewObservable[YesNo]("mustWait", "whether this process is the proposer of round r, and its clock behind the time of the last block",
		"no", "yes")
	Offer = spec.NewObservable[OfferValue]("offer", "cs.Proposal and cs.ProposalBlock, and whether ValidateBlock accepts it",
		"none", "invalid", "valid")
	Backing = spec.NewObservable[BackingValue]("backing", "the proposal's POLRound, and whether +2/3 prevotes for its block are there",
		"new", "unbacked", "backed", "backedAlias")
	Timing = spec.NewObservable[TimingValue]("timing", "what proposer-based timestamps say of the proposal",
		"good", "misdated", "untimely")
	LockOn = spec.NewObservable[LockOnValue]("lockOn", "how cs.LockedBlock and cs.LockedRound relate to cs.ProposalBlock and POLRound",
		"open", "same", "older", "newer", "alias")
	Approval = spec.NewObservable[ApprovalValue]("approval", "whether ProcessProposal accepts cs.ProposalBlock, and whether it is cs.ValidBlock",
		"rejected", "accepted", "known")
)

var (
	// AwaitTime is how v1's enterPropose begins.
	AwaitTime = &spec.Binding{
		Name: "enterPropose.begin", Free: "r", Function: true, Doc: "propose in round r, unless the clock is behind the time of the last block",
		Vars: vars(RoundIs, NodeStep, MustWait),
	}
	// DoPrevoteV1 is v1's defaultDoPrevote.
	DoPrevoteV1 = &spec.Binding{
		Name: "doPrevote", Function: true, Doc: "sign a prevote of the current round",
		Vars: vars(Offer, Backing, Timing, LockOn, Approval),
	}
)

var cometBFTv1Clauses = slices.Concat(
	cometBFTv1Propose, cometBFTRoundClauses,
	[]spec.Clause{enterPrevote}, cometBFTv1Prevote, []spec.Clause{enterPrevoteWait, enterPrecommit},
	cometBFTv1Precommit, cometBFTPrecommitClauses, []spec.Clause{enterPrecommitWait},
	cometBFTCommitClauses, cometBFTInputClauses,
)

// A proposer whose clock is behind the last block waits, in step newRound.
var cometBFTv1Propose = []spec.Clause{
	{
		Line: 14, Name: "enterPropose.wait", Of: AwaitTime, Place: "enterPropose, proposerWaitTime",
		While: Phrases{thisRound, beforePropose, says("proposer(h, r) is this process, and its clock is behind the last block", MustWait.Is(Yes))},
		Then:  Effects{does(0, "schedule timeout newRound(h, r)", ScheduleNewRound)},
	},
	{
		Line: 14, Name: "enterPropose.now", Of: AwaitTime, Place: "enterPropose",
		While: Phrases{thisRound, beforePropose, says("there is nothing to wait for", MustWait.Is(No))},
		Then:  Effects{does(14, "propose(r)", CallPropose)},
	},
}

var (
	goodTime     = says("PBTS has nothing against the proposal", Timing.Is(GoodTime))
	validOffer   = says("ValidateBlock accepts proposalBlock", Offer.Is(ValidOffer))
	anyOffer     = says("proposal ≠ nil, proposalBlock ≠ nil", Offer.In(InvalidOffer, ValidOffer))
	newBlock     = says("POLRound = −1", Backing.Is(NewBlock))
	prevoteBlock = Effects{does(24, "sign and queue PREVOTE(h, round, id(proposalBlock))", SendPrevoteHeld)}
	prevoteNil   = Effects{does(26, "sign and queue PREVOTE(h, round, nil)", SendPrevoteNil)}
)

// The cases of defaultDoPrevote: what speaks against the proposal, and then lines
// 22 to 33.
var cometBFTv1Prevote = []spec.Clause{
	{
		Line: 59, Name: "enterPrevote.missing", Of: DoPrevoteV1, Place: "defaultDoPrevote",
		While: Phrases{says("proposal = nil or proposalBlock = nil", Offer.Is(NoOffer))},
		Then:  Effects{does(59, "sign and queue PREVOTE(h, round, nil)", SendPrevoteNil)},
	},
	{
		Line: 26, Name: "enterPrevote.misdated", Of: DoPrevoteV1, Place: "defaultDoPrevote",
		While: Phrases{anyOffer, says("the proposal's timestamp is not the time of proposalBlock", Timing.Is(Misdated))},
		Then:  prevoteNil,
	},
	{
		Line: 26, Name: "enterPrevote.untimely", Of: DoPrevoteV1, Place: "defaultDoPrevote, proposalIsTimely",
		While: Phrases{anyOffer, newBlock, says("the proposal came too early or too late", Timing.Is(Untimely))},
		Then:  prevoteNil,
	},
	{
		Line: 26, Name: "enterPrevote.invalid", Of: DoPrevoteV1, Place: "defaultDoPrevote",
		While: Phrases{goodTime, says("ValidateBlock refuses proposalBlock", Offer.Is(InvalidOffer))},
		Then:  prevoteNil,
	},
	{
		Line: 22, Name: "enterPrevote.new", Of: DoPrevoteV1, Place: "defaultDoPrevote",
		While:    Phrases{goodTime, validOffer, newBlock, says("lockedRound = −1", LockOn.Is(LockOpen))},
		IfLine:   23,
		If:       Phrases{says("proposalBlock = validBlock, or ProcessProposal accepts it", Approval.In(Approved, KnownValid))},
		Then:     prevoteBlock,
		ElseLine: 25,
		Else:     prevoteNil,
	},
	{
		Line: 22, Name: "enterPrevote.locked", Of: DoPrevoteV1, Place: "defaultDoPrevote",
		While:    Phrases{goodTime, validOffer, newBlock, says("lockedRound ≠ −1", LockOn.In(LockSame, LockNewer, LockAlias))},
		IfLine:   23,
		If:       Phrases{says("hash(lockedBlock) = hash(proposalBlock)", LockOn.In(LockSame, LockAlias))},
		Then:     prevoteBlock,
		ElseLine: 25,
		Else:     prevoteNil,
	},
	{
		Line: 28, Name: "enterPrevote.pol", Of: DoPrevoteV1, Place: "defaultDoPrevote; issue 1309",
		While:  Phrases{goodTime, validOffer, says("0 ≤ POLRound < round", Backing.In(NotBacked, BackedBlock, BackedAlias))},
		IfLine: 29,
		If: Phrases{
			says("+2/3 PREVOTE(h, POLRound, v) with hash(v) = hash(proposalBlock)", Backing.In(BackedBlock, BackedAlias)),
			says("(lockedRound ≤ POLRound or hash(lockedBlock) = hash(proposalBlock))", LockOn.In(LockOpen, LockSame, LockOlder, LockAlias)),
		},
		Then:     Effects{does(30, "sign and queue PREVOTE(h, round, id(proposalBlock))", SendPrevoteHeld)},
		ElseLine: 31,
		Else:     Effects{does(32, "sign and queue PREVOTE(h, round, nil)", SendPrevoteNil)},
	},
}

// A lock is dropped by nothing but a newer one.
var cometBFTv1Precommit = []spec.Clause{
	{
		Line: 45, Name: "enterPrecommit.nil", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{says("+2/3 PREVOTE(h, r, nil)", PrevoteTally.Is(ForNil))},
		Then:  Effects{does(45, "sign and queue PRECOMMIT(h, r, nil)", SendPrecommitNil)},
	},
	{
		Line: 63, Name: "enterPrecommit.unknown", Of: DoPrecommit, Place: "enterPrecommit",
		While: Phrases{polka, lockIsNotV, blockIsNotV},
		Then: Effects{
			does(0, "collect the parts of v, if not already", FetchBlock),
			does(63, "sign and queue PRECOMMIT(h, r, nil)", SendPrecommitNil),
		},
	},
}

var cometBFTv1Impossible = []spec.Impossible{
	{Of: AwaitTime, Conds: []spec.Cond{RoundIs.Is(Future)}, Why: "enterNewRound comes first"},
	{Of: DoPrevoteV1, Conds: []spec.Cond{Offer.Is(NoOffer), Backing.In(NotBacked, BackedBlock, BackedAlias)}, Why: "without a proposal there is no POLRound; it is observed as new"},
	{Of: DoPrevoteV1, Conds: []spec.Cond{Offer.Is(NoOffer), Timing.In(Misdated, Untimely)}, Why: "without a proposal there is no time"},
	{Of: DoPrevoteV1, Conds: []spec.Cond{Offer.Is(NoOffer), LockOn.In(LockSame, LockOlder, LockAlias)}, Why: "without a proposal there is nothing to compare the lock with"},
	{Of: DoPrevoteV1, Conds: []spec.Cond{Offer.Is(NoOffer), Approval.In(Approved, KnownValid)}, Why: "without a proposal nobody is asked"},
	{Of: DoPrevoteV1, Conds: []spec.Cond{Backing.In(NotBacked, BackedBlock, BackedAlias), Timing.Is(Untimely)}, Why: "only a new block has to be timely"},
	{Of: DoPrevoteV1, Conds: []spec.Cond{Backing.Is(NewBlock), LockOn.Is(LockOlder)}, Why: "a lock is never of a round ≤ −1"},
}

// observeV1 takes the observations that only v1 has.
func (p *Process) observeV1(c Choice, m Messages, env NodeEnvironment) (spec.Observation, bool) {
	switch c.Of {
	case AwaitTime:
		wait := env.Proposer(p.Height, c.Round) && env.Early(p.Height, c.Round)
		return c.Of.At(uint8(p.relation(c.Round)), uint8(NodeStepOf(p.Step)), fact(wait)), true
	case DoPrevoteV1:
		if !p.Held.Proposal || p.Held.Block == Nil {
			lock := LockOpen
			if p.LockedRound != -1 {
				lock = LockNewer
			}
			return c.Of.At(uint8(NoOffer), uint8(NewBlock), uint8(GoodTime), uint8(lock), uint8(Rejected)), true
		}
		offer := InvalidOffer
		if m.Valid(p.Held.Block) {
			offer = ValidOffer
		}
		return c.Of.At(uint8(offer), uint8(p.backing(m)), uint8(p.timing(env)), uint8(p.lockOn()), uint8(p.approval(env))), true
	}
	return spec.Observation{}, false
}

// backing observes what the prevotes of the proposal's POLRound say of its block.
func (p *Process) backing(m Messages) BackingValue {
	if p.Held.POLRound == -1 {
		return NewBlock
	}
	switch v := majority(m, PrevoteType, p.Held.POLRound); {
	case v.Block() != p.Held.Block:
		return NotBacked
	case v != p.Held.Parts:
		return BackedAlias
	default:
		return BackedBlock
	}
}

// timing observes what PBTS says of the proposal. Only a new block must be timely.
func (p *Process) timing(env NodeEnvironment) TimingValue {
	switch {
	case !env.Dated(p.Round, p.Held.Block):
		return Misdated
	case p.Held.POLRound == -1 && !env.Timely(p.Round, p.Held.Block):
		return Untimely
	default:
		return GoodTime
	}
}

// lockOn observes how the lock relates to the proposal.
func (p *Process) lockOn() LockOnValue {
	switch {
	case p.LockedRound == -1:
		return LockOpen
	case p.LockedValue == p.Held.Parts:
		return LockSame
	case p.LockedRound <= p.Held.POLRound:
		return LockOlder
	case p.LockedValue.Block() == p.Held.Block:
		return LockAlias
	default:
		return LockNewer
	}
}

// approval observes whether the application takes the block that is held.
func (p *Process) approval(env NodeEnvironment) ApprovalValue {
	switch {
	case p.ValidRound != -1 && p.ValidValue.Block() == p.Held.Block:
		return KnownValid
	case env.Accepted(p.Held.Block):
		return Approved
	default:
		return Rejected
	}
}
