package quotient

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// packed is a state as it is stored.
type packed interface {
	[2]uint64 | [3]uint64 | [4]uint64
}

const maxBits = 256

// A world is a state of all processes together: of each correct process its class,
// and of what they have sent what the processes may still ask about.
type world struct {
	classes   [maxCorrect]uint32
	votes     [2]counts           // by type
	sent      [maxRounds]uint8    // how many have sent something in the round
	proposals [maxRounds]proposal // of correct proposers
}

// A proposal is what the correct proposer of a round has sent; its letter is 0
// until it has.
type proposal struct{ letter, polRound int8 }

// layout says where things stand in a packed state.
type layout struct {
	classBits, countBits uint
	bits                 uint
	may                  [][2]counts // by class: 1 for what it may still vote
}

func (m *model) layOut() error {
	l := &m.layout
	l.classBits = uint(bits.Len(uint(len(m.process.moves) - 1)))
	l.countBits = uint(bits.Len(uint(max(m.most, m.mostSent))))
	if m.config.Byzantine == 0 { // counts do not stop: see clear
		l.countBits = uint(bits.Len(uint(m.config.correct())))
	}
	l.bits = l.classBits * uint(m.config.correct())
	for r := range m.config.rounds() {
		l.bits += l.countBits*(2*tallyKind+1) + proposalBits(r)
	}
	if l.bits > maxBits {
		return fmt.Errorf("%w: %d correct validators and %d rounds need %d bits, at most %d are packed",
			ErrConfig, m.config.correct(), m.config.rounds(), l.bits, maxBits)
	}
	l.may = make([][2]counts, len(m.process.moves))
	for c, votes := range m.process.mayVote {
		for t := range 2 {
			for r := range maxRounds {
				may := votes >> ((t*maxRounds + r) * valueCount) & group
				if may != 0 {
					l.may[c][t].add(r, mixed)
				}
				for ; may != 0; may &= may - 1 {
					l.may[c][t].add(r, bits.TrailingZeros64(may))
				}
			}
		}
	}
	return nil
}

// proposalBits is what a proposal of round r needs, which has a vr before r.
func proposalBits(r int) uint { return uint(bits.Len(uint(3 * (r + 1)))) }

func (p proposal) number(r int) uint64 {
	if p.letter == 0 {
		return 0
	}
	return uint64((int(p.letter)-1)*(r+1) + int(p.polRound) + 2)
}

func proposalOf(n uint64, r int) proposal {
	if n == 0 {
		return proposal{polRound: -1}
	}
	return proposal{int8((int(n)-1)/(r+1)) + 1, int8((int(n)-1)%(r+1)) - 1}
}

// A cursor reads or writes the fields of a packed state one after the other.
type cursor struct{ at uint }

func put[S packed](s *S, c *cursor, width uint, v uint64) {
	if v>>width != 0 {
		panic("quotient: a field of a state is too small")
	}
	word, shift := c.at/64, c.at%64
	(*s)[word] |= v << shift
	if shift+width > 64 {
		(*s)[word+1] |= v >> (64 - shift)
	}
	c.at += width
}

func take[S packed](s *S, c *cursor, width uint) uint64 {
	word, shift := c.at/64, c.at%64
	v := (*s)[word] >> shift
	if shift+width > 64 {
		v |= (*s)[word+1] << (64 - shift)
	}
	c.at += width
	return v & (1<<width - 1)
}

func pack[S packed](m *model, w *world) (s S) {
	var c cursor
	for p := range m.config.correct() {
		put(&s, &c, m.layout.classBits, uint64(w.classes[p]))
	}
	each, rounds := m.layout.countBits, m.config.rounds()
	for t := range w.votes {
		for i, left := 0, uint(rounds*tallyKind); left > 0; i++ {
			n := min(left, 8)
			put(&s, &c, n*each, narrow(w.votes[t][i], each))
			left -= n
		}
	}
	for r := range rounds {
		put(&s, &c, each, uint64(w.sent[r]))
		put(&s, &c, proposalBits(r), w.proposals[r].number(r))
	}
	return s
}

func unpack[S packed](m *model, s *S, w *world) {
	var c cursor
	for p := range m.config.correct() {
		w.classes[p] = uint32(take(s, &c, m.layout.classBits))
	}
	each, rounds := m.layout.countBits, m.config.rounds()
	for t := range w.votes {
		for i, left := 0, uint(rounds*tallyKind); left > 0; i++ {
			n := min(left, 8)
			w.votes[t][i] = wide(take(s, &c, n*each), each)
			left -= n
		}
	}
	for r := range rounds {
		w.sent[r] = uint8(take(s, &c, each))
		w.proposals[r] = proposalOf(take(s, &c, proposalBits(r)), r)
	}
}

// truth is what can be found in the messages of a world.
func (m *model) truth(w *world) atoms {
	all := m.given
	for t := range w.votes {
		for i, x := range w.votes[t] {
			all[0] |= gather(atLeast(x, m.most)) << (t*typeAtoms + 8*i)
		}
		if m.config.Byzantine > 0 {
			continue
		}
		// Without a voter more, a quorum for one letter is for no other.
		for r := range m.config.rounds() {
			for letter := range valueCount {
				if n := w.votes[t].of(r, letter); n >= m.most && n == w.votes[t].of(r, mixed) {
					all[0] &^= 1 << heardAtom(consensus.VoteType(t), consensus.Round(r), mixed)
				}
			}
		}
	}
	for r := range m.config.rounds() {
		if p := w.proposals[r]; p.letter != 0 {
			all = all.with(proposedAtom(consensus.Round(r), int(p.letter), consensus.Round(p.polRound)))
		}
		if w.sent[r] >= m.mostSent {
			all = all.with(laterAtom(consensus.Round(r)))
		}
	}
	return all
}

// send brings what a step sends into the world.
func (w *world) send(s *sending) {
	for left := s.votes; left != 0; left &= left - 1 {
		t, r, v := voteOf(left)
		w.votes[t].add(int(r), v)
		w.votes[t].add(int(r), mixed)
	}
	for first := s.first; first != 0; first &= first - 1 {
		w.sent[bits.TrailingZeros8(first)]++
	}
	if s.proposed {
		w.proposals[s.round] = proposal{s.letter, s.polRound}
	}
}

// clear drops what no process will ask about, and stops counts where nothing more
// depends on them.
func (m *model) clear(w *world) {
	var asks atoms
	offered := m.given
	for r, p := range w.proposals[:m.config.rounds()] {
		if p.letter != 0 {
			offered = offered.with(proposedAtom(consensus.Round(r), int(p.letter), consensus.Round(p.polRound)))
		}
	}
	more := w.votes // with those of processes that may still vote
	for p := range m.config.correct() {
		c := w.classes[p]
		offered = offered.union(m.process.mayOffer[c])
		may := &m.layout.may[c]
		for t := range more {
			for i := range more[t] {
				more[t][i] += may[t][i]
			}
		}
	}
	for p := range m.config.correct() {
		for _, q := range m.process.asks[w.classes[p]] {
			if q.proposals.within(offered) {
				asks = asks.union(q.all)
			}
		}
	}
	for t := range w.votes {
		asked := asks[0] >> (t * typeAtoms) & (1<<typeAtoms - 1)
		exactly := uint64(0) // who else has voted is asked with it
		if m.config.Byzantine == 0 {
			exactly = asked & mixedAtoms
			exactly |= exactly>>1 | exactly>>2 | exactly>>3 | exactly>>4
		}
		for i := range w.votes[t] {
			n := w.votes[t][i]
			here := spread[uint8(asked>>(8*i))] & whole(atLeast(more[t][i], m.most))
			high := whole(atLeast(n, m.most))
			kept := here & (n&^high | everyByte*uint64(m.most)&high)
			if exactly != 0 {
				letters := spread[uint8(exactly&^mixedAtoms>>(8*i))]
				kept = kept&^letters | n&letters
				all := spread[uint8(exactly&mixedAtoms>>(8*i))]
				kept = kept&^all | n&here&all
			}
			w.votes[t][i] = kept
		}
	}
	for r := range m.config.rounds() {
		if !asks.has(laterAtom(consensus.Round(r))) {
			w.sent[r] = 0
		}
		w.sent[r] = min(w.sent[r], m.mostSent)
		p := &w.proposals[r]
		if p.letter != 0 && !asks.has(proposedAtom(consensus.Round(r), int(p.letter), consensus.Round(p.polRound))) {
			*p = proposal{polRound: -1}
		}
	}
}

// swap lets V0 and V1 change places.
func (m *model) swap(w *world) world {
	s := *w
	for p := range m.config.correct() {
		s.classes[p] = m.process.swapped[w.classes[p]]
	}
	for t := range s.votes {
		s.votes[t] = s.votes[t].exchanged()
	}
	for r := range s.proposals {
		switch p := &s.proposals[r]; p.letter {
		case letterV0:
			p.letter = letterV1
		case letterV1:
			p.letter = letterV0
		}
	}
	return s
}

// settled is the state of a world: cleared, sorted, and the smaller of the two
// that differ in the names of V0 and V1.
func settled[S packed](m *model, w *world) S {
	m.clear(w)
	return least[S](m, w)
}

// least is the state of a world that is cleared.
func least[S packed](m *model, w *world) S {
	slices.Sort(w.classes[:m.config.correct()])
	if m.process.swapped == nil {
		return pack[S](m, w)
	}
	one := pack[S](m, w)
	other := m.swap(w)
	slices.Sort(other.classes[:m.config.correct()])
	two := pack[S](m, &other)
	for i := range len(one) {
		if one[i] != two[i] {
			if two[i] < one[i] {
				return two
			}
			break
		}
	}
	return one
}
