package consensus

// Lookahead is how many rounds after its own a machine keeps whole. Of a round
// beyond that it keeps only who has voted there, for the highest such round of
// each validator: enough for line 55, which follows others to a later round.
const Lookahead Round = 16

// MaxRound is the last round that a message may be of. No height gets that far;
// the limit bounds the cost of finding a round's proposer.
const MaxRound Round = 1 << 20

// freeProposals is how many proposals of a round are kept without support. A
// correct proposer makes one.
const freeProposals = 2

// storedProposal is a proposal of some round, and whether its value is valid.
type storedProposal struct {
	value    ValueID
	polRound Round
	valid    bool
}

// roundLog is the messages of one round.
type roundLog struct {
	proposals []storedProposal // in order of arrival
	votes     [2]voteSet       // by VoteType
	senders   bitset           // of messages of any kind
	power     int64            // of the senders
}

// log is the messages of one height, bounded. With v validators and current
// round r it holds, for each of the rounds 0 to r + Lookahead:
//
//   - votes: see [voteSet];
//   - of the proposals the first freeProposals, and beyond them one for each
//     value that more than a third of the power has voted for in that round: at
//     most ten, see voteSet;
//
// and one round number per validator for rounds beyond. What is not held is
// refused with a Reason. The protocol stays safe, since to refuse a message is
// the same as not to have received it yet. It stays live when refused messages
// are offered again: a value that matters gets its support from correct
// validators, and a round that matters is reached.
type log struct {
	validators *Validators
	current    Round
	rounds     map[Round]*roundLog
	far        []Round         // per validator: highest round beyond Lookahead with a vote, or −1
	farPower   map[Round]int64 // power per round in far
	free       []*roundLog     // memory of earlier heights
}

func newLog(v *Validators) *log {
	l := &log{
		validators: v,
		rounds:     map[Round]*roundLog{},
		far:        make([]Round, v.Len()),
		farPower:   map[Round]int64{},
	}
	l.reset()
	return l
}

// reset forgets everything, for a new height.
func (l *log) reset() {
	for r, rl := range l.rounds {
		delete(l.rounds, r)
		if len(l.free) < int(Lookahead) {
			rl.reset()
			l.free = append(l.free, rl)
		}
	}
	for i := range l.far {
		l.far[i] = -1
	}
	clear(l.farPower)
	l.current = 0
}

func (rl *roundLog) reset() {
	rl.proposals = rl.proposals[:0]
	rl.votes[Prevote].reset()
	rl.votes[Precommit].reset()
	clear(rl.senders)
	rl.power = 0
}

// empty is what a round without messages looks like; it is never written.
var empty = roundLog{votes: [2]voteSet{{leader: -1}, {leader: -1}}}

// round returns the messages of a round, for reading.
func (l *log) round(r Round) *roundLog {
	if rl := l.rounds[r]; rl != nil {
		return rl
	}
	return &empty
}

// open returns the messages of a round, for writing.
func (l *log) open(r Round) *roundLog {
	if rl := l.rounds[r]; rl != nil {
		return rl
	}
	var rl *roundLog
	if n := len(l.free); n > 0 {
		rl, l.free = l.free[n-1], l.free[:n-1]
	} else {
		n := l.validators.Len()
		rl = &roundLog{senders: newBitset(n)}
		for i := range rl.votes {
			rl.votes[i] = voteSet{voters: newBitset(n), leader: -1}
		}
	}
	l.rounds[r] = rl
	return rl
}

// heard counts a validator as the sender of some message of the round.
func (rl *roundLog) heard(validator int, power int64) {
	if !rl.senders.has(validator) {
		rl.senders.add(validator)
		rl.power += power
	}
}

// enter says which round is the current one. Votes that were too far ahead to
// be kept, and are not any more, count as heard of.
func (l *log) enter(r Round) {
	l.current = r
	if len(l.farPower) == 0 {
		return
	}
	for v, f := range l.far {
		if f < 0 || f > r+Lookahead {
			continue
		}
		power := l.validators.Power(v)
		if f > r {
			l.open(f).heard(v, power)
		}
		l.forgetFar(v, power)
	}
}

func (l *log) forgetFar(validator int, power int64) {
	f := l.far[validator]
	if l.farPower[f] -= power; l.farPower[f] == 0 {
		delete(l.farPower, f)
	}
	l.far[validator] = -1
}

// messagePower is the power of the senders of messages of the round.
func (l *log) messagePower(r Round) int64 { return l.round(r).power + l.farPower[r] }

// addVote counts a vote, or returns the reason why it does not. The validator,
// the type and the round must be valid.
func (l *log) addVote(v *Vote) Reason {
	power := l.validators.Power(v.Validator)
	if v.Round > l.current+Lookahead {
		if v.Round > l.far[v.Validator] {
			if l.far[v.Validator] >= 0 {
				l.forgetFar(v.Validator, power)
			}
			l.far[v.Validator] = v.Round
			l.farPower[v.Round] += power
		}
		return RoundTooFar
	}
	rl := l.open(v.Round)
	reason := rl.votes[v.Type].add(v.Validator, v.Value, l.validators)
	if reason == NotRefused {
		rl.heard(v.Validator, power)
	}
	return reason
}

// addProposal keeps a proposal, or returns the reason why it does not.
func (l *log) addProposal(p *Proposal, valid bool, proposer func(Round) int) Reason {
	if p.Round > l.current+Lookahead {
		return RoundTooFar
	}
	rl := l.open(p.Round)
	known := false
	for _, q := range rl.proposals {
		if q.value != p.Value {
			continue
		}
		if q.polRound == p.POLRound {
			return Duplicate
		}
		known = true
	}
	if len(rl.proposals) >= freeProposals && (known || !l.supported(rl, p.Value)) {
		return TooManyValues
	}
	if len(rl.proposals) == 0 {
		sender := proposer(p.Round)
		rl.heard(sender, l.validators.Power(sender))
	}
	rl.proposals = append(rl.proposals, storedProposal{p.Value, p.POLRound, valid})
	return NotRefused
}

// supported reports whether more than a third of the power has voted for the
// value in the round, with one type of vote.
func (l *log) supported(rl *roundLog, value ValueID) bool {
	return l.validators.SomeCorrect(rl.votes[Prevote].power(value)) ||
		l.validators.SomeCorrect(rl.votes[Precommit].power(value))
}
