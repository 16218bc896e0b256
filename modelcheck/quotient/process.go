package quotient

import (
	"cmp"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// A process is an automaton whose states are merged: a class for those that nobody
// can tell apart, now or later. Classes are numbered.
type process struct {
	*automaton
	layers *layering            // nil in a search in any order
	class  []uint32             // by state, or by standing
	moves  [][]move             // by class, to classes
	starts []begin              // to classes
	raised [][levelCount]uint32 // by class: what it is when somebody else raises the level

	swapped  []uint32     // by class: what it is when V0 and V1 change places; nil if they cannot
	asks     [][]question // by class: what its moves, and all that follow, ask for
	mayVote  []uint64     // by class: the votes that may follow, by bit
	mayOffer []atoms      // by class: the proposals that may follow
	decision []consensus.Value
	fault    []fault
}

func newProcess(a *automaton) *process {
	p := &process{automaton: a}
	labels := make([]uint64, len(a.states))
	for i := range a.states {
		x := p.local(i)
		labels[i] = uint64(x.decision)<<8 | uint64(x.fault)
	}
	var leaders []uint32
	p.class, leaders = partition[move]{
		labels:  labels,
		leaving: func(out []move, i int, class []uint32) []move { return movesAmong(class, a.moves[i], out) },
		hash:    hashMove,
	}.refine()
	for _, l := range leaders {
		x := p.local(int(l))
		p.decision, p.fault = append(p.decision, x.decision), append(p.fault, x.fault)
		p.moves = append(p.moves, movesAmong(p.class, a.moves[l], nil))
	}
	for _, s := range a.starts {
		s.to = p.class[s.to]
		p.starts = append(p.starts, s)
	}
	p.foresee()
	p.exchange(leaders)
	return p
}

// local is one that stands for a state.
func (p *process) local(state int) *local { return &p.locals[p.leaders[p.states[state]]] }

// classOf is the class of a process that has just sent something; false if no move
// leads there.
func (p *process) classOf(x *local) (uint32, bool) {
	at, ok := p.numbers[*x]
	if !ok {
		return 0, false
	}
	state, ok := p.number[p.behaviour.class[at]]
	if !ok {
		return 0, false
	}
	return p.class[state], true
}

// classAt is classOf in a search that is at a level.
func (p *process) classAt(x *local, level uint8, lags bool) (uint32, bool) {
	if p.layers == nil {
		return p.classOf(x)
	}
	class, ok := p.layers.classOf(x)
	if !ok {
		return 0, false
	}
	at, ok := p.layers.find(standing{class, level, lags})
	if !ok {
		return 0, false
	}
	return p.class[at], true
}

// movesAmong appends the moves of a state, as they lead to classes, to out, which is
// empty.
func movesAmong(class []uint32, moves, out []move) []move {
	for _, m := range moves {
		m.to = class[m.to]
		out = append(out, m)
	}
	return leastMoves(out)
}

// leastMoves sorts moves, and drops those that ask for more than another with the
// same outcome.
func leastMoves(moves []move) []move {
	slices.SortFunc(moves, compareMoves)
	out := moves[:0]
	same := 0
	for _, m := range moves {
		if len(out) > same && compareResults(&out[same], &m) != 0 {
			same = len(out)
		}
		if !slices.ContainsFunc(out[same:], func(t move) bool { return t.guard.within(m.guard) }) {
			out = append(out, m)
		}
	}
	return out
}

func hashMove(m *move, h uint64) uint64 {
	return mix(h, m.guard[0], m.guard[1], m.unless[0], m.unless[1], m.sends.votes, m.sends.rest(), uint64(m.raises)<<32|uint64(m.to))
}

func compareMoves(a, b move) int {
	if c := compareResults(&a, &b); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.guard.size(), b.guard.size()), cmp.Compare(a.guard[0], b.guard[0]), cmp.Compare(a.guard[1], b.guard[1]))
}

func compareResults(a, b *move) int {
	switch {
	case a.to != b.to:
		return cmp.Compare(a.to, b.to)
	case a.sends.votes != b.sends.votes:
		return cmp.Compare(a.sends.votes, b.sends.votes)
	case a.sends.rest() != b.sends.rest():
		return cmp.Compare(a.sends.rest(), b.sends.rest())
	case a.raises != b.raises:
		return cmp.Compare(a.raises, b.raises)
	case a.unless[0] != b.unless[0]:
		return cmp.Compare(a.unless[0], b.unless[0])
	}
	return cmp.Compare(a.unless[1], b.unless[1])
}

// A question is what some moves ask for when certain proposals have been made. If
// they can never be, nobody asks.
type question struct{ proposals, all atoms }

// foresee computes what may still follow from the classes.
func (p *process) foresee() {
	n := len(p.moves)
	p.asks, p.mayVote, p.mayOffer = make([][]question, n), make([]uint64, n), make([]atoms, n)
	asked := make([]map[atoms]atoms, n) // by proposals
	for c := range asked {
		asked[c] = map[atoms]atoms{}
	}
	for changed := true; changed; {
		changed = false
		for c := n - 1; c >= 0; c-- {
			ask := func(proposals, all atoms) {
				if was, ok := asked[c][proposals]; !ok || was.union(all) != was {
					asked[c][proposals], changed = was.union(all), true
				}
			}
			votes, offers := p.mayVote[c], p.mayOffer[c]
			for i := range p.moves[c] {
				m := &p.moves[c][i]
				ask(m.guard.proposals(), m.guard.union(m.unless))
				for proposals, all := range asked[m.to] {
					ask(proposals, all)
				}
				votes |= m.sends.votes | p.mayVote[m.to]
				offers = offers.union(p.mayOffer[m.to])
				if s := &m.sends; s.proposed {
					offers = offers.with(proposedAtom(consensus.Round(s.round), int(s.letter), consensus.Round(s.polRound)))
				}
			}
			for _, to := range p.raises(c) {
				for proposals, all := range asked[to] {
					ask(proposals, all)
				}
				votes, offers = votes|p.mayVote[to], offers.union(p.mayOffer[to])
			}
			if votes != p.mayVote[c] || offers != p.mayOffer[c] {
				p.mayVote[c], p.mayOffer[c], changed = votes, offers, true
			}
		}
	}
	for c := range asked {
		for proposals, all := range asked[c] {
			if !covered(asked[c], proposals, all) {
				p.asks[c] = append(p.asks[c], question{proposals, all})
			}
		}
	}
}

// covered says whether some question but that of some proposals asks for all that it asks
// for, with fewer of them.
func covered(asked map[atoms]atoms, proposals, all atoms) bool {
	for fewer, more := range asked {
		if fewer != proposals && fewer.within(proposals) && all.within(more) {
			return true
		}
	}
	return false
}

// raises lists what a class can be when somebody else raises the level.
func (p *process) raises(c int) (to []uint32) {
	if p.layers == nil {
		return nil
	}
	for _, at := range p.raised[c] {
		if at != uint32(c) && !slices.Contains(to, at) {
			to = append(to, at)
		}
	}
	return to
}

// exchange finds out what classes are when V0 and V1 change places.
func (p *process) exchange(leaders []uint32) {
	if p.values[letterV1] != V1 {
		return
	}
	swapped := make([]uint32, len(leaders))
	for c, l := range leaders {
		x := p.local(int(l)).swap()
		class, ok := p.classOf(&x)
		if !ok {
			return // the rules of a mutant need not treat them alike
		}
		swapped[c] = class
	}
	p.swapped = swapped
}

// swap lets V0 and V1 change places.
func (x *local) swap() local {
	y := *x
	for _, v := range [...]*consensus.Value{
		&y.process.LockedValue, &y.process.ValidValue, &y.process.Held.Block, &y.process.Held.Parts, &y.latest, &y.decision,
	} {
		switch *v {
		case V0:
			*v = V1
		case V1:
			*v = V0
		}
	}
	return y
}
