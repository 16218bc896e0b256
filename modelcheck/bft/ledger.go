package bft

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// In the soup, Byzantine validators have sent everything from the start, and
// what of it is used is not kept. Where it matters, a state has beside it what
// correct processes have relied on: the messages that Byzantine validators have
// sent for certain, and that others can be shown.
//
// A process relies on as few of them as it needs: on all votes of correct
// processes first, and on a smallest set of Byzantine senders, each of them in
// turn. A vote that may be for whatever is kept as such, and so is a proposal of
// v whose vr does not matter: when the sender is later known to have sent one
// that fits, it is taken to have been this one. More can always be sent than is
// relied on; who asks about the ledger says what that would change.

// said is a set of messages of Byzantine validators, as a ledger lays it out.
type said [2]uint64

func (s said) or(t said) said      { return said{s[0] | t[0], s[1] | t[1]} }
func (s said) without(t said) said { return said{s[0] &^ t[0], s[1] &^ t[1]} }
func (s said) meets(t said) bool   { return s[0]&t[0] != 0 || s[1]&t[1] != 0 }

// bitAt is the set with one message.
func bitAt(at int) (s said) {
	s[at/64] = 1 << (at % 64)
	return s
}

// An item is a message, as definite as it is asked for.
type item struct {
	name   string
	bit    said
	covers said // the messages that are one of these, itself among them
	vague  said // less definite ones, which this one is taken for
}

// add is the set with an item.
func (s said) add(i *item) said { return s.without(i.vague).or(i.bit) }

// A ledger lays the messages of the Byzantine validators of an instance out.
type ledger struct {
	votes     [][maxRounds][2][valueCount + 1]item // by sender, round, kind and value
	messages  [][maxRounds]item                    // of any kind, by sender and round
	proposals [maxRounds][valueCount][maxRounds + 2]item
	proposer  [maxRounds]int // which Byzantine validator proposes, −1 if none
	rounds    []said         // everything about a round
}

// anyPOL is the place, in ledger.proposals, of a proposal with whatever vr; that
// with vr is at vr + 1.
const anyPOL = maxRounds + 1

// newLedger lays out what the Byzantine validators can say. They take turns as
// proposers.
func newLedger(c *Config) (*ledger, error) {
	l := &ledger{
		votes: make([][maxRounds][2][valueCount + 1]item, c.Byzantine), messages: make([][maxRounds]item, c.Byzantine),
		rounds: make([]said, c.rounds()),
	}
	at, turns := 0, 0
	next := func() said {
		at++
		return bitAt((at - 1) % 128)
	}
	for r := range c.rounds() {
		l.proposer[r] = -1
		if c.Proposers[r] == Byzantine {
			l.proposer[r] = turns % c.Byzantine
			turns++
		}
		for b := range c.Byzantine {
			l.layVotes(b, r, next)
		}
		if l.proposer[r] >= 0 {
			l.layProposals(r, next)
		}
		for b := range c.Byzantine {
			l.rounds[r] = l.rounds[r].or(l.messages[b][r].covers)
		}
	}
	if at > 127 { // the last one is left to others
		return nil, fmt.Errorf("%w: %d Byzantine validators and %d rounds have %d messages, at most 127 are kept", ErrConfig, c.Byzantine, c.rounds(), at)
	}
	return l, nil
}

func (l *ledger) layVotes(b, r int, next func() said) {
	some := &l.messages[b][r]
	*some = item{name: fmt.Sprintf("a message of b%d in round %d", b, r), bit: next()}
	some.covers = some.bit
	for kind := range l.votes[b][r] {
		list := &l.votes[b][r][kind]
		whatever := &list[anyValue]
		*whatever = item{name: fmt.Sprintf("%s(round %d, whatever) of b%d", consensus.VoteType(kind), r, b), bit: next(), vague: some.bit}
		whatever.covers = whatever.bit
		for v := range consensus.Value(valueCount) {
			bit := next()
			list[v] = item{
				name: fmt.Sprintf("%s(round %d, %s) of b%d", consensus.VoteType(kind), r, cast.Value(v), b),
				bit:  bit, covers: bit, vague: whatever.bit.or(some.bit),
			}
			whatever.covers = whatever.covers.or(bit)
		}
		some.covers = some.covers.or(whatever.covers)
	}
}

func (l *ledger) layProposals(r int, next func() said) {
	b := l.proposer[r]
	some := &l.messages[b][r]
	for v := V0; v < valueCount; v++ {
		list := &l.proposals[r][v]
		whatever := &list[anyPOL]
		*whatever = item{name: fmt.Sprintf("PROPOSAL(round %d, %s, whatever vr) of b%d", r, cast.Value(v), b), bit: next(), vague: some.bit}
		whatever.covers = whatever.bit
		for vr := range consensus.Round(r + 1) {
			bit := next()
			list[vr] = item{
				name: fmt.Sprintf("PROPOSAL(round %d, %s, vr %s) of b%d", r, cast.Value(v), cast.Round(vr-1), b),
				bit:  bit, covers: bit, vague: whatever.bit.or(some.bit),
			}
			whatever.covers = whatever.covers.or(bit)
		}
		some.covers = some.covers.or(whatever.covers)
	}
}

// of is the item that a Byzantine validator contributes to a quorum.
func (l *ledger) of(q quorum, b int) *item {
	if q.kind == anyKind {
		return &l.messages[b][q.round]
	}
	return &l.votes[b][q.round][q.kind][q.value]
}

// proposal is the item of a Byzantine proposer.
func (l *ledger) proposal(r consensus.Round, v consensus.Value, vr consensus.Round, exact bool) *item {
	if exact {
		return &l.proposals[r][v][vr+1]
	}
	return &l.proposals[r][v][anyPOL]
}

// exchangeValues is the set with v0 and v1 in each other's place.
func (l *ledger) exchangeValues(s said) said {
	if s == (said{}) {
		return s
	}
	exchange := func(a, b *item) {
		if s.meets(a.bit) != s.meets(b.bit) {
			both := a.bit.or(b.bit)
			s = said{s[0] ^ both[0], s[1] ^ both[1]}
		}
	}
	for r := range l.rounds {
		for b := range l.votes {
			for kind := range l.votes[b][r] {
				exchange(&l.votes[b][r][kind][V0], &l.votes[b][r][kind][V1])
			}
		}
		for vr := range l.proposals[r][V0] {
			exchange(&l.proposals[r][V0][vr], &l.proposals[r][V1][vr])
		}
	}
	return s
}

// names lists the messages of a set.
func (l *ledger) names(s said) []string {
	var out []string
	name := func(i *item) {
		if i.name != "" && s.meets(i.bit) {
			out = append(out, i.name)
		}
	}
	for r := range l.rounds {
		for v := range l.proposals[r] {
			for vr := range l.proposals[r][v] {
				name(&l.proposals[r][v][vr])
			}
		}
		for b := range l.votes {
			name(&l.messages[b][r])
			for kind := range l.votes[b][r] {
				for v := range l.votes[b][r][kind] {
					name(&l.votes[b][r][kind][v])
				}
			}
		}
	}
	return out
}

// watched is a state of a model with what was relied on to reach it.
type watched[S packed] struct {
	state S
	said  said
}

// A witness finds what the actions of an instance rely on.
type witness struct {
	*rules
	ledger *ledger
	relies []reliance
	vague  bool // votes that may be for whatever are kept, too
}

func newWitness(rs *rules, vague bool) (*witness, error) {
	l, err := newLedger(&rs.config)
	if err != nil {
		return nil, err
	}
	return &witness{rules: rs, ledger: l, relies: newReliances(rs.table), vague: vague}, nil
}

// after lists what may have been said after an action of the process under a
// scan: one set for each choice of messages to rely on.
func (w *witness) after(sc *scan, a Action, before said) []said {
	r := &w.relies[a.Rule]
	round := sc.self.process.Round
	sets := []said{before}
	at := round
	if w.table.Rule(a.Rule).Clause.Of == consensus.OnDecision {
		at = consensus.Round(a.Round)
	}
	if r.proposal && w.ledger.proposer[at] >= 0 {
		i := w.ledger.proposal(at, consensus.Value(a.Value), consensus.Round(a.POL), r.exact)
		if !before.meets(i.covers) {
			sets[0] = before.add(i)
		}
	}
	for _, t := range r.thresholds {
		q := quorumOf(t, a, round)
		if q.value == anyValue && !w.vague {
			continue
		}
		var grown []said
		for _, s := range sets {
			grown = append(grown, w.choices(q, q.voters(&sc.tallies), s)...)
		}
		sets = grown
	}
	return sets
}

// choices lists the sets that grow from one by as few senders as bring some
// correct voters to a quorum.
func (w *witness) choices(q quorum, correct voters, s said) []said {
	var power int64
	var missing []int
	for b := range w.config.Byzantine {
		if s.meets(w.ledger.of(q, b).covers) {
			power += w.config.power(w.config.correct() + b)
		} else {
			missing = append(missing, b)
		}
	}
	if w.reached(q.of, correct, power) {
		return []said{s}
	}
	var out []said
	for set := 1; set < 1<<len(missing); set++ {
		joined, least, grown := power, int64(1)<<62, s
		for i, b := range missing {
			if set>>i&1 == 1 {
				p := w.config.power(w.config.correct() + b)
				joined, least = joined+p, min(least, p)
				grown = grown.add(w.ledger.of(q, b))
			}
		}
		if w.reached(q.of, correct, joined) && !w.reached(q.of, correct, joined-least) {
			out = append(out, grown)
		}
	}
	return out
}
