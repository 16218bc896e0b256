package bft

import (
	"math/bits"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// count is the counted state after a move from s, whose world is under the scan.
func (m machine[S]) count(s S, sc *scan, mv *move) S {
	k := m.counts
	if mv.fault != NoFault {
		return failed[S](k, mv.fault)
	}
	correct := m.layout.correct
	var words [maxCorrect]uint64
	var processes [maxCorrect]*local
	for p := range correct {
		words[p], processes[p] = field(&s, uint(p)*k.localBits, k.localBits), &sc.world.locals[p]
	}
	p := mv.action.Process
	t, proposals := sc.tallies, sc.world.proposals
	if mv.self.ballots != sc.self.ballots {
		sc.add(&t, mv)
	}
	if mv.proposal.value != consensus.Nil {
		proposals[mv.round] = mv.proposal
	}
	if r := mv.self.process.Round; mv.speaks && !(k.spoke && mv.self.spoke) {
		t.sent[r]++
		mv.self.spoke = true
	}
	processes[p], words[p] = &mv.self, k.packLocal(&mv.self)
	return settled[S](k, words[:correct], processes[:correct], &t, &proposals)
}

// twins says whether a process is the same as the one before it.
func (m machine[S]) twins(s *S, p int) bool {
	at, width := uint(p)*m.counts.localBits, m.counts.localBits
	return p > 0 && field(s, at, width) == field(s, at-width, width)
}

// project is the counted state of a world of the plain model.
func project[S packed](k *counts, w *world) S {
	if w.fault != NoFault {
		return failed[S](k, w.fault)
	}
	correct := k.config.correct()
	var words [maxCorrect]uint64
	var processes [maxCorrect]*local
	var t tallies
	t.count(k.config, w)
	t.number()
	for p := range correct {
		x := w.locals[p]
		r := x.process.Round
		x.spoke = x.ballots[0][r] != 0 || x.ballots[1][r] != 0 || x.roles>>r&1 == 1 && w.proposals[r].value != consensus.Nil
		words[p], processes[p] = k.packLocal(&x), &w.locals[p]
	}
	proposals := w.proposals
	return settled[S](k, words[:correct], processes[:correct], &t, &proposals)
}

// number makes numbers of sets.
func (t *tallies) number() {
	size := func(v *voters) { *v = voters(bits.OnesCount16(uint16(*v))) }
	for r := range maxRounds {
		for kind := range t.votes {
			for v := range t.votes[kind][r] {
				size(&t.votes[kind][r][v])
			}
			size(&t.any[kind][r])
		}
		size(&t.sent[r])
	}
}

// failed is the state after a fault, of which nothing else matters.
func failed[S packed](k *counts, f Fault) (s S) {
	put(&s, k.fault, faultBits, uint64(f))
	return s
}

// settled packs what is left when all that is dead is cleared: the smaller of
// the two forms that differ in the names of v0 and v1, unless these are kept.
func settled[S packed](
	k *counts, words []uint64, processes []*local, t *tallies, proposals *[maxRounds]proposal,
) S {
	k.clear(processes, t, proposals)
	var one, two S
	var swapped [maxCorrect]uint64
	for p, w := range words {
		swapped[p] = exchange(w, k.swapLocal, 1)
	}
	putSorted(&one, words, k.localBits)
	putSorted(&two, swapped[:len(words)], k.localBits)
	for r := range k.config.rounds() {
		var w bitWriter
		v0 := k.writeRound(&w, r, t, proposals[r])
		put(&one, k.at[r], k.width[r], w.v)
		put(&two, k.at[r], k.width[r], exchange(exchange(w.v, 1, 1), v0, k.counter))
	}
	for i := range len(one) {
		if one[i] != two[i] && !k.named {
			if two[i] < one[i] {
				return two
			}
			return one
		}
	}
	return one
}

// putSorted puts the words of processes in ascending order.
func putSorted[S packed](s *S, words []uint64, width uint) {
	slices.Sort(words)
	for p, w := range words {
		put(s, uint(p)*width, width, w)
	}
}

func unpackCounted[S packed](k *counts, s *S, w *world, t *tallies) {
	w.fault = Fault(field(s, k.fault, faultBits))
	for p := range k.config.correct() {
		k.unpackLocal(field(s, uint(p)*k.localBits, k.localBits), &w.locals[p])
	}
	for r := range k.config.rounds() {
		k.unpackRound(field(s, k.at[r], k.width[r]), r, t, &w.proposals[r])
	}
}
