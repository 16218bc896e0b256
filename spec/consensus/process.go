package consensus

import "github.com/polka-bft/polka/spec"

// Round is a round of a height, from 0; −1 stands for "none".
type Round = int32

// Value stands for a proposed value, or for its id: the rules never look inside.
// 0 is nil. The caller keeps the table of what the other numbers stand for.
type Value int32

// Nil is the value of a vote for no value.
const Nil Value = 0

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

	Held Held // CometBFT only; the rules of the paper never look at it
}

// Held is what CometBFT keeps of the proposal of the current round instead of a
// log of all proposals (consensus/types/round_state.go).
type Held struct {
	Proposal    bool  // cs.Proposal ≠ nil
	POLRound    Round // its POLRound
	Block       Value // cs.ProposalBlock, Nil when there is none
	Parts       Value // whose parts cs.ProposalBlockParts collects, Nil when nobody's
	CommitRound Round // cs.CommitRound, −1 when nothing is committed
}

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
	// Valid is valid(v).
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
