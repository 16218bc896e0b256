package bft

import (
	"fmt"
	"math/bits"

	"github.com/polka-bft/polka/spec/consensus"
)

// packed is a state as it is stored: every variable in as many bits as its
// values need, without loss. The size is chosen by the instance.
type packed interface {
	[2]uint64 | [3]uint64 | [4]uint64
}

const (
	valueBits  = 2
	ballotBits = 3
	flagBits   = 6 // three once-flags and three timers
	faultBits  = 5
	maxBits    = 256
)

// layout says where things stand in a packed state: the locals one after the
// other, the proposals of correct proposers, the fault.
type layout struct {
	correct, rounds int
	roles           [maxCorrect]uint8 // by process, the rounds whose proposer it is
	roundBits       uint
	storedBits      uint // of a round that may be −1, stored plus one
	stepBits        uint
	localBits       uint
	proposals       [maxRounds]uint // where they stand, 0 for a Byzantine proposer
	fault           uint
	bits            uint
}

func newLayout(c Config, steps int) layout {
	l := layout{
		correct: c.correct(), rounds: c.rounds(),
		roundBits:  uint(bits.Len(uint(c.rounds() - 1))),
		storedBits: uint(bits.Len(uint(c.rounds()))),
		stepBits:   uint(bits.Len(uint(steps - 1))),
	}
	l.localBits = l.roundBits + l.stepBits + valueBits + 2*(valueBits+l.storedBits) + flagBits + 2*ballotBits*uint(l.rounds)
	at := l.localBits * uint(l.correct)
	for r, p := range c.Proposers {
		if p != Byzantine {
			l.roles[p] |= 1 << r
			l.proposals[r] = at
			at += valueBits + polBits(r)
		}
	}
	l.fault = at
	l.bits = at + faultBits
	return l
}

// fits says why states cannot be packed.
func (l *layout) fits() error {
	switch {
	case l.localBits > 64:
		return fmt.Errorf("%w: a process with %d rounds needs %d bits, at most 64 are packed", ErrConfig, l.rounds, l.localBits)
	case l.bits > maxBits:
		return fmt.Errorf("%w: %d correct validators and %d rounds need %d bits, at most %d are packed; the counted model takes fewer",
			ErrConfig, l.correct, l.rounds, l.bits, maxBits)
	}
	return nil
}

// polBits is what a validRound from −1 to r−1 needs.
func polBits(r int) uint { return uint(bits.Len(uint(r))) }

// field reads width bits, at most 64, that begin at bit at.
func field[S packed](s *S, at, width uint) uint64 {
	word, shift := at/64, at%64
	v := (*s)[word] >> shift
	if shift+width > 64 {
		v |= (*s)[word+1] << (64 - shift)
	}
	return v & (1<<width - 1)
}

// put replaces width bits, at most 64, that begin at bit at.
func put[S packed](s *S, at, width uint, v uint64) {
	word, shift := at/64, at%64
	ones := uint64(1)<<width - 1
	(*s)[word] = (*s)[word]&^(ones<<shift) | v<<shift
	if shift+width > 64 {
		(*s)[word+1] = (*s)[word+1]&^(ones>>(64-shift)) | v>>(64-shift)
	}
}

// bitWriter collects fields from the lowest bit upwards.
type bitWriter struct {
	v  uint64
	at uint
}

func (w *bitWriter) add(v uint64, width uint) {
	w.v |= v << w.at
	w.at += width
}

// bitReader takes them out again in the same order.
type bitReader uint64

func (r *bitReader) take(width uint) uint64 {
	v := uint64(*r) & (1<<width - 1)
	*r >>= width
	return v
}

func (l *layout) packLocal(x *local) uint64 {
	var w bitWriter
	p := &x.process
	w.add(uint64(p.Round), l.roundBits)
	w.add(uint64(p.Step), l.stepBits)
	w.add(uint64(x.decision), valueBits)
	w.add(uint64(p.LockedValue), valueBits)
	w.add(uint64(p.LockedRound+1), l.storedBits)
	w.add(uint64(p.ValidValue), valueBits)
	w.add(uint64(p.ValidRound+1), l.storedBits)
	w.add(flags(p)|uint64(x.timers)<<3, flagBits)
	for r := range l.rounds {
		w.add(uint64(x.ballots[0][r])|uint64(x.ballots[1][r])<<ballotBits, 2*ballotBits)
	}
	return w.v
}

func (l *layout) unpackLocal(v uint64, x *local) {
	r := bitReader(v)
	p := &x.process
	p.Round = consensus.Round(r.take(l.roundBits))
	p.Step = consensus.StepValue(r.take(l.stepBits))
	x.decision = consensus.Value(r.take(valueBits))
	p.LockedValue = consensus.Value(r.take(valueBits))
	p.LockedRound = consensus.Round(r.take(l.storedBits)) - 1
	p.ValidValue = consensus.Value(r.take(valueBits))
	p.ValidRound = consensus.Round(r.take(l.storedBits)) - 1
	f := r.take(flagBits)
	p.Once34, p.Once36, p.Once47 = f&1 != 0, f&2 != 0, f&4 != 0
	x.timers = uint8(f >> 3)
	for i := range l.rounds {
		x.ballots[0][i] = ballot(r.take(ballotBits))
		x.ballots[1][i] = ballot(r.take(ballotBits))
	}
}

func flags(p *consensus.Process) uint64 {
	var f uint64
	if p.Once34 {
		f |= 1
	}
	if p.Once36 {
		f |= 2
	}
	if p.Once47 {
		f |= 4
	}
	return f
}

func pack[S packed](l *layout, w *world) S {
	var s S
	for p := range l.correct {
		put(&s, uint(p)*l.localBits, l.localBits, l.packLocal(&w.locals[p]))
	}
	for r, at := range l.proposals[:l.rounds] {
		if at != 0 {
			putProposal(&s, at, r, w.proposals[r])
		}
	}
	put(&s, l.fault, faultBits, uint64(w.fault))
	return s
}

func putProposal[S packed](s *S, at uint, r int, p proposal) {
	stored := uint64(0) // what polRound is before there is a proposal
	if p.value != consensus.Nil {
		stored = uint64(p.polRound + 1)
	}
	if stored > uint64(r) {
		panic(fmt.Sprintf("bft: a correct process proposed with validRound %d in round %d", p.polRound, r))
	}
	put(s, at, valueBits, uint64(p.value))
	put(s, at+valueBits, polBits(r), stored)
}

// unpack leaves alone what the layout has no room for.
func unpack[S packed](l *layout, s *S, w *world) {
	for p := range l.correct {
		w.locals[p].roles = l.roles[p]
		l.unpackLocal(field(s, uint(p)*l.localBits, l.localBits), &w.locals[p])
	}
	for r, at := range l.proposals[:l.rounds] {
		w.proposals[r] = proposal{polRound: -1}
		if at != 0 {
			w.proposals[r].value = consensus.Value(field(s, at, valueBits))
			w.proposals[r].polRound = consensus.Round(field(s, at+valueBits, polBits(r))) - 1
		}
	}
	w.fault = Fault(field(s, l.fault, faultBits))
}
