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
	roles    uint8           // the rounds whose proposer it is, by bit; those to come, in the counted model
	spoke    bool            // counted model only: has sent something in its round
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
// does not show. A state with a fault has no successors. From firstClaim on a
// fault is a claim of always about steps that the last step broke.
type Fault uint8

// The faults. Which claim each one breaks is in claims.go.
const (
	NoFault               Fault = iota
	SecondProposal              // two different proposals of one process in one round
	SecondPrevote               // two different prevotes
	SecondPrecommit             // two different precommits
	ImpossibleObservation       // an observation that the rules list as impossible
	TornDecision                // decided without leaving the height, or left it without deciding
	StaleHeight                 // began the next height with something left of this one
	NotProposer                 // a proposal of a process that is not the proposer of the round
	SecondTimeout               // a timeout started again in its round
	firstClaim
)

// String says what happened.
func (f Fault) String() string {
	names := [...]string{
		"none", "second proposal", "second prevote", "second precommit",
		"impossible observation", "torn decision", "stale height",
		"proposal of another than the proposer", "timeout started again",
	}
	if f >= firstClaim {
		return "not " + always[f-firstClaim].name
	}
	return names[f]
}

// voters says who of the correct processes has sent something: their set, bit p
// for process p, in the plain model; how many they are in the counted one.
type voters uint16

// tallies says who of the correct processes has sent what.
type tallies struct {
	votes [2][maxRounds][valueCount]voters // by type, round and value
	any   [2][maxRounds]voters             // by type and round
	sent  [maxRounds]voters                // a message of any kind
}

// count fills the tallies with the sets of a world.
func (t *tallies) count(c *Config, w *world) {
	*t = tallies{}
	rounds := c.rounds()
	for p := range c.correct() {
		for kind := range w.locals[p].ballots {
			for r, b := range w.locals[p].ballots[kind][:rounds] {
				if b != 0 {
					t.include(p, kind, r, b)
				}
			}
		}
	}
	for r, p := range c.Proposers {
		if p != Byzantine && w.proposals[r].value != consensus.Nil {
			t.sent[r] |= 1 << p
		}
	}
}

// include puts a vote of a process into the sets.
func (t *tallies) include(p, kind, r int, b ballot) {
	bit := voters(1) << p
	t.votes[kind][r][b.value()] |= bit
	t.any[kind][r] |= bit
	t.sent[r] |= bit
}
