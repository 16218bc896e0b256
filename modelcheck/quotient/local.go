package quotient

import (
	"math/bits"

	"github.com/polka-bft/polka/spec/consensus"
)

// A local is what is kept of one correct process. Equal locals are ==.
type local struct {
	process  consensus.Process
	roles    uint8           // the rounds whose proposer it is, by bit, from its own round on
	timers   uint8           // the paper, or with Config.Habits: timeouts scheduled in the round, by bit
	voted    [2]uint8        // by type: the rounds from its own on in which it has voted, by bit
	offered  bool            // it has proposed in its round
	latest   consensus.Value // of its latest precommit that was not nil, where a claim asks
	since    consensus.Round // the round of that precommit, −1 for none
	decision consensus.Value // Nil until it decides; then it has stopped
	left     bool            // it has left the last round, and stopped
	fault    fault
}

// A fault says which claim the last step broke: 1 plus its place in always.
type fault uint8

func (x *local) stopped() bool { return x.decision != consensus.Nil || x.left || x.fault != 0 }

// spoke says whether it has sent something in its round.
func (x *local) spoke() bool {
	r := x.process.Round
	return x.offered || (x.voted[0]|x.voted[1])>>r&1 == 1
}

// A sending is what a step sends, and what else of it others can see.
type sending struct {
	votes    uint64 // by bit: type, round, letter
	first    uint8  // the rounds in which it is the first message, by bit
	proposed bool
	round    int8 // of the proposal
	letter   int8
	polRound int8
	seen     uint32 // what of sometimes the step is, by bit
}

func (s *sending) nothing() bool { return s.votes == 0 && !s.proposed }

// rest is what is sent besides votes, and seen, as a number.
func (s *sending) rest() uint64 {
	n := uint64(s.seen)<<41 | uint64(s.first)<<8
	if s.proposed {
		n |= 1<<40 | uint64(s.round)<<32 | uint64(s.letter)<<24 | uint64(s.polRound+1)<<16
	}
	return n
}

var _ [64 - 41 - seenCount]struct{} // what is seen fits a rest

func voteBit(t consensus.VoteType, r consensus.Round, letter int) uint64 {
	return 1 << ((int(t)*maxRounds+int(r))*valueCount + letter)
}

// voteOf is the first of some votes.
func voteOf(votes uint64) (t consensus.VoteType, r consensus.Round, letter int) {
	at := bits.TrailingZeros64(votes)
	return consensus.VoteType(at / (maxRounds * valueCount)), consensus.Round(at / valueCount % maxRounds), at % valueCount
}

// A step is one input of one process, carried out.
type step struct {
	guard atoms
	sends sending
	to    local
	// Of each of these something must be true, or a claim is broken.
	musts []must
	trace *trace // nil unless asked for
}

// A must is a claim about what was sent before a step: one of the atoms at least.
type must struct {
	claim fault
	any   atoms
}

// A trace is what a step did, for people.
type trace struct {
	what    string
	rules   []string
	outputs []consensus.Output
}
