package bft

import "github.com/polka-bft/polka/spec/consensus"

// A ballot is what a process voted in a round: 0 for nothing yet, otherwise 1
// plus the value, so that a vote for nil is 1.
type ballot uint8

func ballotFor(v consensus.Value) ballot { return ballot(v) + 1 }

// value is what the vote is for; the ballot must not be 0.
func (b ballot) value() consensus.Value { return consensus.Value(b) - 1 }

// local is what the model keeps of one correct process: its variables and the
// votes it has sent.
type local struct {
	process  consensus.Process
	timers   uint8           // timeouts scheduled in the current round; bit k is TimeoutKind k
	decision consensus.Value // Nil until it decides; then it has stopped
	ballots  [2][maxRounds]ballot
}

// A proposal is what the correct proposer of a round has sent; value is Nil
// until it has.
type proposal struct {
	value    consensus.Value
	polRound consensus.Round
}

// world is an unpacked state.
type world struct {
	locals    [maxCorrect]local
	proposals [maxRounds]proposal // of correct proposers
	fault     Fault
}

// Fault says what the last step did wrong, for wrongs that the rest of a state
// does not show. A state with a fault has no successors.
type Fault uint8

// The faults. Which property each one breaks is in properties.go.
const (
	NoFault               Fault = iota
	SecondProposal              // two different proposals of one process in one round
	SecondPrevote               // two different prevotes
	SecondPrecommit             // two different precommits
	ImpossibleObservation       // an observation that the rules list as impossible
	TornDecision                // decided without leaving the height, or left it without deciding
	StaleHeight                 // began the next height with something left of this one
	NotProposer                 // a proposal of a process that is not the proposer of the round
)

// String says what happened.
func (f Fault) String() string {
	names := [...]string{
		"none", "second proposal", "second prevote", "second precommit",
		"impossible observation", "torn decision", "stale height",
		"proposal of another than the proposer",
	}
	return names[f]
}

// mask is a set of correct processes.
type mask uint8

// tallies says who of the correct processes has sent what.
type tallies struct {
	votes [2][maxRounds][valueCount]mask // by type, round and value
	any   [2][maxRounds]mask             // by type and round
	sent  [maxRounds]mask                // a message of any kind
}

// count fills the tallies from the world.
func (t *tallies) count(c *Config, w *world) {
	*t = tallies{}
	rounds := c.rounds()
	for p := range c.correct() {
		bit := mask(1) << p
		for kind := range w.locals[p].ballots {
			for r, b := range w.locals[p].ballots[kind][:rounds] {
				if b != 0 {
					t.votes[kind][r][b.value()] |= bit
					t.any[kind][r] |= bit
				}
			}
		}
	}
	for r, p := range c.Proposers {
		t.sent[r] = t.any[0][r] | t.any[1][r]
		if p != Byzantine && w.proposals[r].value != consensus.Nil {
			t.sent[r] |= 1 << p
		}
	}
}
