package delivery

import "github.com/polka-bft/polka/spec/consensus"

// A hearing is what a process has received of one round.
type hearing struct {
	proposals uint32                  // the paper, and Config.Strict: received in the height; bit 4·number of the value + vr + 1
	votes     [2][maxValidators]uint8 // by type and validator: bit number of the value
	// How often messages were delivered which leave no other trace, two bits each,
	// counted when Config.Copies bounds it: proposals as above, and blocks.
	proposalCopies uint64
	blockCopies    uint16
}

// queueLen is how many own messages can wait at a time: a proposal, its block
// and two votes a round.
const queueLen = 4 * maxRounds

// core is what a process rebuilds when it reads its log again.
type core struct {
	process consensus.Process
	ticker  consensus.Ticker
	heard   [maxRounds]hearing
	blocks  uint8             // CometBFT with Config.Strict: the blocks received, kept or not, bit number of the value
	since   int8              // CometBFT: the round in which it began to collect what Held.Parts says; 0 for nothing
	queue   [queueLen]message // own messages not handled yet, oldest first
	queued  uint8             // how many there are
}

// A local is the state of one process. Equal states are ==.
type local struct {
	core
	said     messageSet       // what it has ever signed
	lost     messageSet       // what of it was in the own queue when a crash or the decision ended that
	signer   consensus.Signer // tracked when there are crashes
	decision consensus.Value  // Nil until it decides; then it has stopped
	left     bool             // it has left the last round, and stopped
	panicked bool             // its state machine is dead
	last     bool             // it decided in the last round
	skipped  bool             // it has entered a round because of messages
	old      bool             // it has decided by a round before its own
	departed departures       // Config.Strict: of strict.go, what it has done that Algorithm 1 does not do
	crashes  uint8
	wal      uint32 // number of the core that its log leads to; 0 when it cannot crash any more
	fault    Fault
	synced   bool // within a step: the log is on the disk when it ends
}

// stopped reports whether the process takes no more steps.
func (x *local) stopped() bool {
	return x.decision != consensus.Nil || x.left || x.panicked || x.fault != NoFault
}

// rest clears what nothing asks about once a process has stopped. What waits in
// the own queue of a node that has decided is of an earlier height by the time
// that it is looked at: precommits of it are still passed on (LastCommit), and
// nothing else. One that has left the last round will look at its queue, and one
// that has panicked will not.
func (x *local) rest() {
	if !x.stopped() {
		return
	}
	for _, m := range x.queue[:x.queued] {
		if x.panicked || x.decision != consensus.Nil && m.kind != precommitMessage {
			x.lost = x.lost.with(m)
		}
	}
	x.core, x.signer, x.wal, x.crashes = core{}, consensus.Signer{}, 0, 0
}

// push puts an own message into the queue.
func (x *core) push(m message) {
	x.queue[x.queued] = m
	x.queued++
}

// take removes an own message from the queue.
func (x *core) take(i int) message {
	m := x.queue[i]
	copy(x.queue[i:], x.queue[i+1:])
	x.queued--
	x.queue[x.queued] = message{}
	return m
}

// Fault says what a step did wrong. A state with a fault has no successors.
type Fault uint8

// The faults. Which property each one breaks is in claims.go.
const (
	NoFault               Fault = iota
	SecondProposal              // two different proposals of one process in one round
	SecondPrevote               // two different prevotes
	SecondPrecommit             // two different precommits
	ImpossibleObservation       // an observation that the rules list as impossible
	TornDecision                // decided without leaving the height, or left it without deciding
	StaleHeight                 // began the next height with something left of this one
	UnbackedDecision            // decided without a quorum for the value among the messages received
	UnbackedLock                // a lock without a polka among the messages received
	Restless                    // the rules do not come to rest
	StrayPrevote                // a prevote for a value that nobody proposed in the round
	StrayCommit                 // in step commit, and collecting another block
	DeadCommit                  // in step commit with all parts that it collects, and not decided
	HastyNil                    // prevoted nil without a timeout and without a proposal
	HastyRound                  // left a round without a timeout and without +2/3 votes of the next
	DroppedLock                 // unlocked, and not by deciding
	StrangeProposal             // proposed something else than validValue with validRound
	IgnoredPolka                // neither validValue nor collected, though +2/3 prevoted it
	IdleNil                     // precommitted nil against a polka for a block that is here
	UnofferedPrevote            // v1: prevoted a value without a proposal
	LostTimeout                 // in step propose without timeoutPropose
	LaggingRound                // in a round before one in which +1/3 have spoken
	StrayTick                   // a timeout fires because the timer of another one has run out
	ForeignSignature            // a message with a signature that is not over it
	ForgottenVote               // wants to sign another vote in the place of one that it has signed
	LostBlock                   // after a crash without the block that it had shown to others
	faultCount            = iota
)

// String says what happened.
func (f Fault) String() string {
	return [...]string{
		"none", "second proposal", "second prevote", "second precommit", "impossible observation",
		"torn decision", "stale height", "decision without a quorum received", "lock without a polka received",
		"rules that do not come to rest", "prevote of another round's proposal", "commit of one block, parts of another",
		"commit with nothing left to wait for", "prevote for nil ahead of the timeout", "a round left ahead of the timeout", "lock dropped",
		"proposal of something else than validValue", "polka ignored", "precommit for nil against a polka", "prevote without a proposal",
		"timeout lost", "later round not followed",
		"timeout by the timer of another one", "signature over another message", "another vote than before the crash", "own block lost in the crash",
	}[f]
}
