package quotient

import (
	"math/bits"

	"github.com/polka-bft/polka/spec/consensus"
)

// An atom is one thing that a process can find in the messages that were sent.
// Messages are never unsent, so an atom that is true stays true.
type atom uint8

// How the votes of a type and round can be heard: as few whenever somebody wishes
// so, which is no atom, as +2/3 for a letter, or as +2/3 for no one value.
const (
	few       = -1
	mixed     = valueCount
	tallyKind = valueCount + 1
)

const (
	tallyAtoms    = 2 * maxRounds * tallyKind
	proposalAtoms = 3 * maxRounds * (maxRounds + 3) / 2
	atomCount     = tallyAtoms + proposalAtoms + maxRounds
)

// heardAtom: the votes of the type in r can be heard as the tally, a letter or mixed.
func heardAtom(t consensus.VoteType, r consensus.Round, tally int) atom {
	return atom((int(t)*maxRounds+int(r))*tallyKind + tally)
}

// proposedAtom: the proposer of r has proposed the value of the letter with vr. One
// vr that is not before r stands for all of them.
func proposedAtom(r consensus.Round, letter int, vr consensus.Round) atom {
	before := int(r) * (int(r) + 3) / 2 // vr and letters of the rounds before, by letter
	return atom(tallyAtoms + 3*before + (letter-1)*(int(r)+2) + int(vr) + 1)
}

// laterAtom: +1/3 of the validators have sent something in r.
func laterAtom(r consensus.Round) atom { return atom(tallyAtoms + proposalAtoms + int(r)) }

// atoms is a set of atoms.
type atoms [2]uint64

var _ [128 - atomCount]struct{} // they fit

func (s atoms) with(a atom) atoms {
	s[a>>6] |= 1 << (a & 63)
	return s
}

func (s atoms) has(a atom) bool { return s[a>>6]>>(a&63)&1 == 1 }

func (s atoms) union(t atoms) atoms { return atoms{s[0] | t[0], s[1] | t[1]} }

func (s atoms) and(t atoms) atoms { return atoms{s[0] & t[0], s[1] & t[1]} }

// within says whether all of s are in t.
func (s atoms) within(t atoms) bool { return s[0]&^t[0]|s[1]&^t[1] == 0 }

// meets says whether some atom is in both.
func (s atoms) meets(t atoms) bool { return s[0]&t[0]|s[1]&t[1] != 0 }

// group is the atoms of one type and round that are about a letter.
const group = 1<<valueCount - 1

// twice says whether two of some atoms are about letters of one type and round.
func (s atoms) twice() bool {
	for at := 0; at < tallyAtoms; at += tallyKind {
		if w := s.from(at) & group; w&(w-1) != 0 {
			return true
		}
	}
	return false
}

// from is the atoms from one on, by bit.
func (s atoms) from(at int) uint64 {
	if at >= 64 {
		return s[1] >> (at - 64)
	}
	return s[0]>>at | s[1]<<(64-at)
}

// proposals is the part of the atoms that are about proposals.
func (s atoms) proposals() atoms { return s.and(offers) }

// offers is all atoms about proposals.
var offers = func() (s atoms) {
	for a := atom(tallyAtoms); a < tallyAtoms+proposalAtoms; a++ {
		s = s.with(a)
	}
	return s
}()

func (s atoms) size() int { return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) }

func (s atoms) empty() bool { return s == atoms{} }
