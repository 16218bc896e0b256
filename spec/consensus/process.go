package consensus

import "github.com/polka-bft/polka/spec"

// Round is a round of a height, from 0; −1 stands for "none".
type Round = int32

// Value stands for a proposed value, or for its id: CometBFT's BlockID, a block
// hash and a part-set header. 0 is nil. The low bits are the block, the high bits
// which of its headers: the numbers below 1 << 16 are blocks under their first
// header. The rules of the paper compare whole values and never look inside. The
// caller keeps the table of what the numbers stand for.
type Value int32

// Nil is the value of a vote for no value.
const Nil Value = 0

// headerShift is where in a Value the number of the part-set header begins.
const headerShift = 16

// MaxBlocks and MaxHeaders are how many blocks there can be, nil included, and
// how many part-set headers of one block.
const (
	MaxBlocks  = 1 << headerShift
	MaxHeaders = 1 << 15
)

// Block is the hash component of the value: all values of one block have the
// same, which is also the block under its first header.
func (v Value) Block() Value { return v & (MaxBlocks - 1) }

// Header says which of the block's part-set headers the value has, from 0.
func (v Value) Header() int { return int(v >> headerShift) }

// Under is the same block under another of its part-set headers, from 0. Nil has
// only the one. A header is the Merkle root of a block's parts, so no two blocks
// have the same; it panics when n is no number of a header.
func (v Value) Under(n int) Value {
	if n < 0 || n >= MaxHeaders || v.Block() == Nil && n != 0 {
		panic("consensus: a value has no such part-set header")
	}
	return v.Block() | Value(n)<<headerShift
}

// VoteType is the kind of a vote.
type VoteType uint8

// The two kinds of votes.
const (
	PrevoteType VoteType = iota
	PrecommitType
)

// String is the name of the message: PREVOTE or PRECOMMIT.
func (t VoteType) String() string {
	if t == PrecommitType {
		return "PRECOMMIT"
	}
	return "PREVOTE"
}

// Process is what one validator keeps: lines 1 to 9 of Algorithm 1, and which
// rules have fired "for the first time" in the round. It is a value; copying it
// copies the state.
type Process struct {
	Height      int64
	Round       Round
	Step        StepValue
	LockedValue Value
	LockedRound Round
	ValidValue  Value
	ValidRound  Round
	Proposed    Value // the variable "proposal" of lines 16 to 19
	Once34      bool
	Once36      bool
	Once47      bool
	Panicked    bool // CometBFT only: the state machine is dead, and no rule fires any more

	Held Held // CometBFT only; the rules of the paper never look at it
}

// Held is what CometBFT keeps of the proposal of the current round instead of a
// log of all proposals (consensus/types/round_state.go). Where there is a block,
// Parts is a value of it, but not always the one that it was made of.
type Held struct {
	Proposal    bool      // cs.Proposal ≠ nil
	POLRound    Round     // its POLRound
	Block       Value     // cs.ProposalBlock by its hash, Nil when there is none
	Parts       Value     // the header of cs.ProposalBlockParts, Nil when there are none
	Whole       bool      // all parts under that header are here
	LockedParts LockParts // what cs.LockedBlockParts lacks
	CommitRound Round     // cs.CommitRound, −1 when nothing is committed
}

// LockParts says what is missing of cs.LockedBlockParts, whose header is that of
// LockedValue. A block can be locked together with a part set of another header,
// just begun: then the two fields share the set for as long as both hold it.
type LockParts uint8

// What is missing of the locked block's parts.
const (
	LockWhole   LockParts = iota // nothing, or nothing is locked
	LockFilling                  // some; the set is the one that Held collects
	LockLacking                  // some, and nobody collects them
)

// NewProcess is the state before StartRound(0) of the height.
func NewProcess(height int64) Process {
	return Process{Height: height, LockedRound: -1, ValidRound: -1, Held: Held{POLRound: -1, CommitRound: -1}}
}

// A ProposalMessage is PROPOSAL(h, Round, Value, POLRound) of the proposer of
// Round, as far as a rule asks. POLRound is the paper's vr.
type ProposalMessage struct {
	Round    Round
	Value    Value
	POLRound Round
}

// Messages is what a process has received in its current height. Powers are sums
// of the voting power of distinct senders. A sender that voted twice counts once
// for each value and once for "any".
type Messages interface {
	// Total is the voting power of the height.
	Total() int64
	// Power is the power behind votes of the kind for exactly the value.
	Power(t VoteType, r Round, v Value) int64
	// AnyPower is the power behind votes of the kind, whatever they are for.
	AnyPower(t VoteType, r Round) int64
	// MessagePower is the power of the senders of messages of any kind.
	MessagePower(r Round) int64
	// Proposed reports whether the proposer of round r proposed v with the given
	// POLRound; AnyPOLRound asks for some POLRound.
	Proposed(r Round, v Value, polRound Round) bool
	// Valid is valid(v); for CometBFT it is ValidateBlock alone, and v a block
	// under its first header.
	Valid(v Value) bool
	// Leader returns the value that the votes are for with the most power, nil
	// included, and that power.
	Leader(t VoteType, r Round) (Value, int64)
}

// AnyPOLRound asks [Messages.Proposed] for a proposal with whatever POLRound.
const AnyPOLRound Round = -2

// Environment answers what the pseudo-code asks of its surroundings.
type Environment interface {
	// Proposer reports whether this process is the proposer of the round.
	Proposer(height int64, r Round) bool
	// GetValue is getValue() of line 18: a new value to propose.
	GetValue() Value
}

// A NodeEnvironment answers what CometBFT asks of its surroundings besides. The
// rules of the paper do not ask. An [Environment] that is none answers for an
// application that accepts everything, a chain without proposer-based timestamps
// and vote extensions, past its first height, and a node that skips no timeout.
type NodeEnvironment interface {
	Environment
	// Accepted is ProcessProposal: whether the application takes the block.
	Accepted(block Value) bool
	// Dated reports whether the proposal of round r carries the time of the block;
	// true where proposer-based timestamps (PBTS) are off.
	Dated(r Round, block Value) bool
	// Timely reports whether the proposal of round r arrived neither too early nor
	// too late for its timestamp (Proposal.IsTimely); true where PBTS is off.
	Timely(r Round, block Value) bool
	// Early reports whether this process, the proposer of the round, has a clock
	// behind the time of the last block (proposerWaitTime > 0); false where PBTS
	// is off.
	Early(height int64, r Round) bool
	// AwaitsTransactions reports whether round 0 of the height waits for transactions:
	// empty blocks are not made, or only after an interval, and no block is due
	// that proves the last one's outcome (WaitForTxs, needProofBlock).
	AwaitsTransactions(height int64) bool
	// SkipsTimeoutCommit is the setting skip_timeout_commit, or a timeout_commit
	// of 0 in v1, or an application that asks for no delay in v2: a height need not
	// wait once every precommit of the last is here.
	SkipsTimeoutCommit() bool
	// LastCommit is what is there of the precommits that decided the last height.
	LastCommit(height int64) LastCommitValue
	// Extends reports whether vote extensions are enabled at the height.
	Extends(height int64) bool
}

// plain is an environment that answers nothing of what CometBFT asks.
type plain struct{ Environment }

func (plain) Accepted(Value) bool              { return true }
func (plain) Dated(Round, Value) bool          { return true }
func (plain) Timely(Round, Value) bool         { return true }
func (plain) Early(int64, Round) bool          { return false }
func (plain) AwaitsTransactions(int64) bool    { return false }
func (plain) SkipsTimeoutCommit() bool         { return false }
func (plain) LastCommit(int64) LastCommitValue { return LastSome }
func (plain) Extends(int64) bool               { return false }

// asNode completes an environment by the answers that are usual.
func asNode(env Environment) NodeEnvironment {
	if n, ok := env.(NodeEnvironment); ok {
		return n
	}
	return plain{env}
}

// TwoThirds reports whether power is more than two thirds of total: a quorum,
// the paper's 2f + 1 of 3f + 1.
func TwoThirds(power, total int64) bool {
	// total − power < ⌈total/3⌉ says the same without a product that can overflow.
	return total-power < total/3+boolToInt(total%3 != 0)
}

// OneThird reports whether power is more than one third of total: at least one
// correct process is among the senders, the paper's f + 1.
func OneThird(power, total int64) bool { return power > total/3 }

func boolToInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Choice binds the free variables of a clause, so that an observation can be
// taken and effects can name them.
type Choice struct {
	Of       *spec.Binding
	Height   int64 // of a timeout
	Round    Round // r: of a decision, a later round, a timeout, a call
	Value    Value // v
	POLRound Round // vr of the proposal
	Timeout  TimeoutKind
	Tock     TockKind
}
