package consensus

import "fmt"

// Input is what [Machine.Step] takes. Kind says which of the other fields mean
// something; the caller has checked signatures and that the sender of a proposal
// is the proposer of its round.
type Input struct {
	Kind     InputKind
	Proposal Proposal
	Valid    bool // of a proposal: valid(v), judged by the application; ignored with a NewValue
	Vote     Vote
	Timeout  Timeout
	Value    ValueID // of NewValue
	Height   int64   // of NewValue: the height that asked; 0 stands for the current one
	Round    Round   // of NewValue: the round that asked
}

// InputKind says what an input is.
type InputKind uint8

// The inputs.
const (
	Start         InputKind = iota // line 10: begin the height with StartRound(0)
	ProposalInput                  // a proposal arrived, our own included
	VoteInput                      // a vote arrived, our own included
	TimeoutInput                   // a scheduled timeout expired
	NewValue                       // the answer to a ValueWanted
)

// Output is what [Machine.Step] asks its surroundings to do, in order.
type Output struct {
	Kind        OutputKind
	Proposal    Proposal
	Vote        Vote
	Timeout     Timeout
	Value       ValueID // of Decision
	Height      int64   // of ValueWanted and Decision
	Round       Round   // of ValueWanted and Decision
	Rule        Rule    // of RuleFired
	Observation Observation
	Reason      Reason // of Refused
}

// OutputKind says what an output is.
type OutputKind uint8

// The outputs.
const (
	// RuleFired reports which rule the outputs after it come from, and on what
	// observation. It asks for nothing; traces are made of it.
	RuleFired OutputKind = iota
	// SendProposal: sign and send the proposal to everyone, ourselves included.
	SendProposal
	// SendVote: sign and send the vote to everyone, ourselves included.
	SendVote
	// ScheduleTimeout: give the timeout back as an input after its time.
	ScheduleTimeout
	// ValueWanted: getValue() of line 18; answer with a NewValue input. Until it
	// is answered the proposer waits: Algorithm 1 gives it no timeoutPropose.
	ValueWanted
	// Decision: the height is decided on Value by precommits of Round. The
	// machine is already at the next height.
	Decision
	// Refused: the input was not taken up, for Reason. It comes first, and other
	// outputs follow only for [RoundTooFar]. It asks for nothing; whoever passes
	// messages on may learn from it which to offer again.
	Refused
)

// Reason says why an input was refused. Nothing else has happened then, except
// where a Reason says so.
type Reason uint8

// The reasons.
const (
	NotRefused Reason = iota
	// NotStarted: no input is taken before Start.
	NotStarted
	// AlreadyStarted: Start is taken once.
	AlreadyStarted
	// UnknownKind: the kind of the input, vote or timeout is none of those listed.
	UnknownKind
	// UnknownValidator: the index is not in the validator set.
	UnknownValidator
	// BadRound: a round below 0 or above MaxRound, or a POLRound below −1.
	BadRound
	// NoValue: a proposal, or a new value, that is nil.
	NoValue
	// EarlierHeight: the message is of a height that is decided.
	EarlierHeight
	// LaterHeight: the message is of a height to come. The machine keeps nothing
	// for later heights; offer it again after the Decision.
	LaterHeight
	// RoundTooFar: the message is of a round beyond Lookahead. That its sender is
	// in that round was noted when it is a vote, the message was not kept: offer
	// it again when the machine is nearer.
	RoundTooFar
	// TooManyValues: the sender named too many values in this round. Offer the
	// message again when others support its value.
	TooManyValues
	// Duplicate: the message is held already.
	Duplicate
	// NotWanted: a new value that was not asked for, or that comes too late.
	NotWanted
)

var reasonNames = [...]string{
	NotRefused:       "not refused",
	NotStarted:       "not started",
	AlreadyStarted:   "already started",
	UnknownKind:      "unknown kind",
	UnknownValidator: "unknown validator",
	BadRound:         "bad round",
	NoValue:          "no value",
	EarlierHeight:    "earlier height",
	LaterHeight:      "later height",
	RoundTooFar:      "round too far",
	TooManyValues:    "too many values",
	Duplicate:        "duplicate",
	NotWanted:        "not wanted",
}

// String says the reason in words.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}
