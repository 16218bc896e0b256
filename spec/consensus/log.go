package consensus

import (
	"cmp"
	"maps"
	"slices"
)

// Log is what a process has received in one height: the plain implementation of
// [Messages]. Every sender is remembered with everything it said, so that none
// counts twice for the same thing and all of an equivocator's votes count.
//
// Log believes what it is told: signatures, and that a proposal's sender is the
// proposer of its round, are the caller's business. For the next height, which
// begins with an empty log, make a new one.
type Log struct {
	powers    []int64
	total     int64
	valid     func(Value) bool
	votes     map[ballot]map[Value]senders
	all       map[ballot]senders // of votes, whatever they are for
	messages  map[Round]senders  // of messages of any kind
	proposals map[ProposalMessage]bool
}

// ballot names the votes of one kind in one round.
type ballot struct {
	Type  VoteType
	Round Round
}

// senders is a set of validators.
type senders map[int]bool

// NewLog makes an empty log for validators with the given powers, whose sum must
// fit an int64. Validators are named by their index. A nil function valid accepts
// every value.
func NewLog(powers []int64, valid func(Value) bool) *Log {
	l := &Log{
		powers:    slices.Clone(powers),
		valid:     valid,
		votes:     map[ballot]map[Value]senders{},
		all:       map[ballot]senders{},
		messages:  map[Round]senders{},
		proposals: map[ProposalMessage]bool{},
	}
	for _, p := range powers {
		l.total += p
	}
	return l
}

// AddVote records a vote of the validator and reports whether it was new.
func (l *Log) AddVote(t VoteType, r Round, v Value, validator int) bool {
	b := ballot{t, r}
	if l.votes[b] == nil {
		l.votes[b] = map[Value]senders{}
		l.all[b] = senders{}
	}
	if l.votes[b][v] == nil {
		l.votes[b][v] = senders{}
	}
	if l.votes[b][v][validator] {
		return false
	}
	l.heard(validator, r)
	l.all[b][validator] = true
	l.votes[b][v][validator] = true
	return true
}

// AddProposal records a proposal of the validator, who is the proposer of the
// round, and reports whether it was new. There is no proposal of [Nil].
func (l *Log) AddProposal(validator int, r Round, v Value, polRound Round) bool {
	m := ProposalMessage{r, v, polRound}
	if v == Nil || l.proposals[m] {
		return false
	}
	l.heard(validator, r)
	l.proposals[m] = true
	return true
}

// heard notes that the validator sent something in the round. It panics when
// there is no such validator.
func (l *Log) heard(validator int, r Round) {
	_ = l.powers[validator]
	if l.messages[r] == nil {
		l.messages[r] = senders{}
	}
	l.messages[r][validator] = true
}

func (l *Log) power(s senders) int64 {
	var sum int64
	for i := range s {
		sum += l.powers[i]
	}
	return sum
}

// Total implements [Messages].
func (l *Log) Total() int64 { return l.total }

// Power implements [Messages].
func (l *Log) Power(t VoteType, r Round, v Value) int64 { return l.power(l.votes[ballot{t, r}][v]) }

// AnyPower implements [Messages].
func (l *Log) AnyPower(t VoteType, r Round) int64 { return l.power(l.all[ballot{t, r}]) }

// MessagePower implements [Messages].
func (l *Log) MessagePower(r Round) int64 { return l.power(l.messages[r]) }

// Proposed implements [Messages].
func (l *Log) Proposed(r Round, v Value, polRound Round) bool {
	if polRound != AnyPOLRound {
		return l.proposals[ProposalMessage{r, v, polRound}]
	}
	for m := range l.proposals {
		if m.Round == r && m.Value == v {
			return true
		}
	}
	return false
}

// Valid implements [Messages].
func (l *Log) Valid(v Value) bool { return l.valid == nil || l.valid(v) }

// Leader implements [Messages]. Of values with equal power it is the smallest.
func (l *Log) Leader(t VoteType, r Round) (Value, int64) {
	var best Value
	var most int64
	for v, s := range l.votes[ballot{t, r}] {
		if p := l.power(s); p > most || p == most && v < best {
			best, most = v, p
		}
	}
	return best, most
}

// Choices lists, in a fixed order, every choice of free variables under which a
// rule of Algorithm 1 could fire for the process on these messages: the votes of
// its round, the proposals of its round, the proposals with precommits for their
// value, and the later rounds that something came from. Timeouts are not
// messages, and functions are called; neither is among them.
func (l *Log) Choices(p *Process) []Choice {
	choices := []Choice{{Of: OnVotes, Height: p.Height, Round: p.Round}}
	decisions := map[Choice]bool{}
	for _, m := range slices.SortedFunc(maps.Keys(l.proposals), compareProposals) {
		if m.Round == p.Round {
			choices = append(choices, Choice{Of: OnProposal, Height: p.Height, Round: m.Round, Value: m.Value, POLRound: m.POLRound})
		}
		d := Choice{Of: OnDecision, Height: p.Height, Round: m.Round, Value: m.Value}
		if !decisions[d] && l.Power(PrecommitType, m.Round, m.Value) > 0 {
			decisions[d] = true
			choices = append(choices, d)
		}
	}
	for _, r := range slices.Sorted(maps.Keys(l.messages)) {
		if r > p.Round {
			choices = append(choices, Choice{Of: OnLaterRound, Height: p.Height, Round: r})
		}
	}
	return choices
}

func compareProposals(a, b ProposalMessage) int {
	return cmp.Or(cmp.Compare(a.Round, b.Round), cmp.Compare(a.Value, b.Value), cmp.Compare(a.POLRound, b.POLRound))
}
