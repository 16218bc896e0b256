package conform

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// catchupRounds is how many rounds beyond the next one a peer may make a node
// keep votes of, per height (consensus/types/height_vote_set.go).
const catchupRounds = 2

// none marks a validator that has not voted.
const none consensus.Value = -1

// A voteSet is CometBFT's VoteSet: the votes of one kind in one round. The first
// vote of a validator is the one that counts; a conflicting one does not, unless
// a peer claimed a majority for it, which no log records.
type voteSet struct {
	powers  []int64
	total   int64
	first   []consensus.Value
	sum     int64 // power of the validators that voted
	behind  map[consensus.Value]int64
	leader  consensus.Value           // with the most power, the smallest of equals
	decided bool                      // the leader got more than two thirds: it stays
	second  map[int][]consensus.Value // conflicting votes that count, by validator
}

func newVoteSet(powers []int64, total int64) *voteSet {
	s := &voteSet{powers: powers, total: total, first: make([]consensus.Value, len(powers)), behind: map[consensus.Value]int64{}}
	for i := range s.first {
		s.first[i] = none
	}
	return s
}

// addResult says what became of a vote.
type addResult uint8

const (
	added addResult = iota
	repeated
	conflicting
	unwanted // of a round that the node does not track
)

// add takes a vote. claimed says that a peer claimed a majority for the value:
// then a conflicting vote counts for it, though not a second time for "any".
func (s *voteSet) add(validator int, v consensus.Value, claimed bool) addResult {
	switch first := s.first[validator]; {
	case first == none:
		s.first[validator] = v
		s.sum += s.powers[validator]
	case first == v || slices.Contains(s.second[validator], v):
		return repeated
	case !claimed:
		return conflicting
	default:
		if s.second == nil {
			s.second = map[int][]consensus.Value{}
		}
		s.second[validator] = append(s.second[validator], v)
	}
	s.behind[v] += s.powers[validator]
	if s.decided {
		return added
	}
	if most := s.behind[s.leader]; s.behind[v] > most || s.behind[v] == most && v < s.leader {
		s.leader = v
	}
	s.decided = consensus.TwoThirds(s.behind[s.leader], s.total)
	return added
}

// voteKey names a vote set of a height.
type voteKey struct {
	kind  consensus.VoteType
	round consensus.Round
}

// heightVotes is CometBFT's HeightVoteSet, and what a node's rules ask of the
// messages it has: it implements [consensus.Messages].
type heightVotes struct {
	powers    []int64
	total     int64
	tracked   consensus.Round // rounds up to this one are kept for everybody
	sets      map[voteKey]*voteSet
	catchup   map[string][]consensus.Round                    // rounds beyond it, by peer
	proposals map[consensus.Round][]consensus.ProposalMessage // accepted by the node or not, as the paper keeps them
	proposed  map[consensus.ProposalMessage]bool              // the same, as a set
	blocks    map[consensus.Value]bool                        // that were complete at some time
	claims    map[claim]int                                   // assumed: a peer claimed a majority for the value, before this record
}

// claim is a VoteSetMaj23 message of some peer. No log records them, and they
// matter only for votes that conflict with another of the same validator.
type claim struct {
	voteKey
	id cometbft.BlockID
}

func newHeightVotes(powers []int64) *heightVotes {
	h := &heightVotes{
		powers:    powers,
		sets:      map[voteKey]*voteSet{},
		catchup:   map[string][]consensus.Round{},
		claims:    map[claim]int{},
		proposals: map[consensus.Round][]consensus.ProposalMessage{},
		proposed:  map[consensus.ProposalMessage]bool{},
		blocks:    map[consensus.Value]bool{},
	}
	for _, p := range powers {
		h.total += p
	}
	return h
}

func (h *heightVotes) set(t consensus.VoteType, r consensus.Round) *voteSet {
	return h.sets[voteKey{t, r}]
}

func (h *heightVotes) add(rec *cometbft.Record, v consensus.Value) addResult {
	t, r, peer := kindOf(rec.Vote.Type), rec.Vote.Round, rec.Peer
	k := voteKey{t, r}
	if h.sets[k] == nil {
		if r > h.tracked && !h.allowCatchup(peer, t, r) {
			return unwanted
		}
		h.sets[k] = newVoteSet(h.powers, h.total)
	}
	since, claimed := h.claims[claim{k, rec.Vote.BlockID}]
	return h.sets[k].add(int(rec.Vote.ValidatorIndex), v, claimed && rec.Index >= since)
}

// allowCatchup lets a peer open a round beyond the tracked ones, twice a height.
// CometBFT makes both vote sets of the round at once.
func (h *heightVotes) allowCatchup(peer string, t consensus.VoteType, r consensus.Round) bool {
	other := consensus.PrecommitType
	if t == consensus.PrecommitType {
		other = consensus.PrevoteType
	}
	if h.sets[voteKey{other, r}] != nil {
		return true
	}
	if len(h.catchup[peer]) >= catchupRounds {
		return false
	}
	h.catchup[peer] = append(h.catchup[peer], r)
	return true
}

// Total is the voting power of the height.
func (h *heightVotes) Total() int64 { return h.total }

// Power is the power behind a value in a round.
func (h *heightVotes) Power(t consensus.VoteType, r consensus.Round, v consensus.Value) int64 {
	if s := h.set(t, r); s != nil {
		return s.behind[v]
	}
	return 0
}

// AnyPower is the power that voted in a round.
func (h *heightVotes) AnyPower(t consensus.VoteType, r consensus.Round) int64 {
	if s := h.set(t, r); s != nil {
		return s.sum
	}
	return 0
}

// MessagePower is the power of the senders of votes of a round; the sender of a
// proposal is not known without the rotation and is left out.
func (h *heightVotes) MessagePower(r consensus.Round) int64 {
	var power int64
	pv, pc := h.set(consensus.PrevoteType, r), h.set(consensus.PrecommitType, r)
	for i, p := range h.powers {
		if pv != nil && pv.first[i] != none || pc != nil && pc.first[i] != none {
			power += p
		}
	}
	return power
}

// Leader is the value with the most power: the fixed majority once there is one.
func (h *heightVotes) Leader(t consensus.VoteType, r consensus.Round) (consensus.Value, int64) {
	s := h.set(t, r)
	if s == nil {
		return consensus.Nil, 0
	}
	return s.leader, s.behind[s.leader]
}

// propose keeps a proposal, for the paper.
func (h *heightVotes) propose(r consensus.Round, v consensus.Value, polRound consensus.Round) {
	m := consensus.ProposalMessage{Round: r, Value: v, POLRound: polRound}
	if !h.proposed[m] {
		h.proposed[m] = true
		h.proposals[r] = append(h.proposals[r], m)
	}
}

// Proposed reports whether a proposal was received and its block was complete at
// some time. The CometBFT dialects do not ask: they hold one proposal.
func (h *heightVotes) Proposed(r consensus.Round, v consensus.Value, polRound consensus.Round) bool {
	if polRound != consensus.AnyPOLRound {
		return h.blocks[v] && h.proposed[consensus.ProposalMessage{Round: r, Value: v, POLRound: polRound}]
	}
	return h.blocks[v] && slices.ContainsFunc(h.proposals[r], func(p consensus.ProposalMessage) bool { return p.Value == v })
}

// Valid is true: a log does not record verdicts of the application. A node that
// prevoted nil where the rules say otherwise is assumed to have had one.
func (h *heightVotes) Valid(consensus.Value) bool { return true }

// maxDescribed is how many values a description lists.
const maxDescribed = 5

// describe lists the power behind each value, the greatest first, for instance
// "PREVOTE of round 0: 3F2A0C11: 60, nil: 10; 70 of 100 voted, more than 66 needed".
func (h *heightVotes) describe(t consensus.VoteType, r consensus.Round, name func(consensus.Value) string) string {
	s := h.set(t, r)
	need := fmt.Sprintf("more than %d of %d needed", 2*h.total/3, h.total)
	if s == nil || s.sum == 0 {
		return fmt.Sprintf("no %s of round %d; %s", t, r, need)
	}
	values := make([]consensus.Value, 0, len(s.behind))
	for v := range s.behind {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b consensus.Value) int {
		return cmp.Or(cmp.Compare(s.behind[b], s.behind[a]), cmp.Compare(a, b))
	})
	var parts []string
	for i, v := range values {
		if i == maxDescribed {
			parts = append(parts, fmt.Sprintf("and %d more values", len(values)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %d", name(v), s.behind[v]))
	}
	return fmt.Sprintf("%s of round %d: %s; %d of %d voted, %s", t, r, strings.Join(parts, ", "), s.sum, h.total, need)
}
