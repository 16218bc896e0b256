package quotient

import (
	"math/bits"

	"github.com/polka-bft/polka/spec/consensus"
)

// Moves of different processes commute: what was sent stays, and nobody is kept from
// anything by it. (A claim may be broken for want of a message; then what the step
// depends on is a run by itself, in which even less was sent.) So it is enough to
// search the runs of which each move is of the level of the one before it, or of a
// higher one, where the level of a move is the greatest of
//
//   - the rank of what it asks for and of what it sends,
//   - the level of the move before it of the same process,
//   - the levels of the moves that sent what it asks for.
//
// Every run can be sorted like that, and leads to the same state. The level of a
// search is that of its last move. Who has not moved in it lags: nothing is left to
// it of what it could have done before.

// levelCount is how many levels there are. Nothing depends on a move that sends
// nothing: it is of the last one.
const (
	lastLevel  = 2*maxRounds + 1
	levelCount = lastLevel + 1
)

// voteRank is the rank of the votes of a type and round. Any ranks would do; these
// were found to leave the fewest states.
func voteRank(t consensus.VoteType, r consensus.Round) int { return 2*int(r) + 1 + int(t) }

// proposalRank is the rank of the proposal of r, and of what was first sent in r.
// It is that of the precommits of the round before.
func proposalRank(r consensus.Round) int { return 2 * int(r) }

// ranked is the atoms by their rank.
var ranked = func() (by [levelCount]atoms) {
	put := func(rank int, a atom) { by[rank] = by[rank].with(a) }
	for r := range consensus.Round(maxRounds) {
		for t := consensus.PrevoteType; t <= consensus.PrecommitType; t++ {
			for tally := range tallyKind {
				put(voteRank(t, r), heardAtom(t, r, tally))
			}
		}
		for letter := letterV0; letter < valueCount; letter++ {
			for vr := consensus.Round(-1); vr <= r; vr++ {
				put(proposalRank(r), proposedAtom(r, letter, vr))
			}
		}
		put(proposalRank(r), laterAtom(r))
	}
	return by
}()

// rank is the greatest of what a move asks for and sends, whatever it should not
// find.
func (m *move) rank() uint8 {
	if m.sends.nothing() {
		return lastLevel
	}
	rank := 0
	for r, of := range ranked {
		if of.meets(m.guard) {
			rank = r
		}
	}
	for left := m.sends.votes; left != 0; left &= left - 1 {
		t, r, _ := voteOf(left)
		rank = max(rank, voteRank(t, r))
	}
	if m.sends.proposed {
		rank = max(rank, proposalRank(consensus.Round(m.sends.round)))
	}
	return uint8(rank)
}

// supports is the atoms that what is sent may help to become true.
func (s *sending) supports() (all atoms) {
	for left := s.votes; left != 0; left &= left - 1 {
		t, r, letter := voteOf(left)
		all = all.with(heardAtom(t, r, letter)).with(heardAtom(t, r, mixed))
	}
	for first := s.first; first != 0; first &= first - 1 {
		all = all.with(laterAtom(consensus.Round(bits.TrailingZeros8(first))))
	}
	if s.proposed {
		all = all.with(proposedAtom(consensus.Round(s.round), int(s.letter), consensus.Round(s.polRound)))
	}
	return all
}

// A standing is the class of a process, and where it is in a search by levels.
type standing struct {
	class uint32
	level uint8
	lags  bool // it has not moved in the level
}

// A layering is what a process does in a search by levels, by standing.
type layering struct {
	*process
	// late are the atoms, by level, that moves of the level may support although
	// their rank is less: a node that has heard of later things may speak of earlier
	// ones. Who lags can still find those.
	late      [levelCount]atoms
	standings []standing
	number    map[standing]uint32
	does      [][]move             // to standings
	raised    [][levelCount]uint32 // by the level to which somebody else has raised the search
}

// newLayering explores the standings until nothing more is found to be late.
func newLayering(p *process) *layering {
	l := &layering{process: p}
	for l.explore() {
	}
	return l
}

// explore finds the standings, and reports whether more is late than was known.
func (l *layering) explore() bool {
	ranks := make([][]uint8, len(l.moves))
	var met [levelCount]bool
	for c := range l.moves {
		for i := range l.moves[c] {
			rank := l.moves[c][i].rank()
			ranks[c], met[rank] = append(ranks[c], rank), true
		}
	}
	l.standings, l.number, l.does, l.raised = nil, map[standing]uint32{}, nil, nil
	known := l.late
	for _, s := range l.starts {
		l.stand(standing{class: s.to})
	}
	for i := 0; i < len(l.standings); i++ {
		x := l.standings[i]
		var does []move
		for j, m := range l.moves[x.class] {
			rank := ranks[x.class][j]
			if x.lags && rank < x.level && !m.guard.meets(l.late[x.level]) {
				continue
			}
			level := max(rank, x.level)
			if rank > x.level {
				m.raises = rank
			}
			supports := m.sends.supports()
			for _, of := range ranked[:level] {
				l.late[level] = l.late[level].union(supports.and(of))
			}
			m.to = l.stand(standing{m.to, level, false})
			does = append(does, m)
		}
		l.does = append(l.does, does)
		var raised [levelCount]uint32
		for level := range raised {
			raised[level] = uint32(i)
			if met[level] && level > int(x.level) {
				raised[level] = l.stand(standing{x.class, uint8(level), true})
			}
		}
		l.raised = append(l.raised, raised)
		if l.swapped != nil { // of moves that come to the same, one was kept, perhaps for V0 another one than for V1
			l.stand(standing{l.swapped[x.class], x.level, x.lags})
		}
	}
	return l.late != known
}

// plain is the standing by which one is known: who does nothing more stands anywhere.
func (l *layering) plain(x standing) standing {
	if len(l.moves[x.class]) == 0 {
		return standing{class: x.class}
	}
	return x
}

// find is the number of a standing; false if nobody stands there.
func (l *layering) find(x standing) (uint32, bool) {
	n, ok := l.number[l.plain(x)]
	return n, ok
}

// stand is the number of a standing, which is a new one if need be.
func (l *layering) stand(x standing) uint32 {
	n, ok := l.find(x)
	if !ok {
		n = uint32(len(l.standings))
		x = l.plain(x)
		l.number[x] = n
		l.standings = append(l.standings, x)
	}
	return n
}

// labels tell standings apart that others can tell apart at once.
func (l *layering) labels() []uint64 {
	labels := make([]uint64, len(l.standings))
	for i, x := range l.standings {
		labels[i] = uint64(l.decision[x.class])<<8 | uint64(l.fault[x.class])
	}
	return labels
}

// merge puts standings together that nobody can tell apart. The result is a process
// whose classes are those.
func (l *layering) merge(labels []uint64) *process {
	p := &process{automaton: l.automaton, layers: l}
	class, leaders := partition[move]{
		labels: labels,
		leaving: func(out []move, i int, class []uint32) []move {
			out = movesAmong(class, l.does[i], out)
			for level, to := range l.raised[i] {
				out = append(out, move{to: class[to], raises: uint8(level)})
			}
			return out
		},
		hash: hashMove,
	}.refine()
	p.class = class
	for _, at := range leaders {
		x := l.standings[at]
		p.decision, p.fault = append(p.decision, l.decision[x.class]), append(p.fault, l.fault[x.class])
		p.moves = append(p.moves, movesAmong(class, l.does[at], nil))
		raised := l.raised[at]
		for level, to := range raised {
			raised[level] = class[to]
		}
		p.raised = append(p.raised, raised)
	}
	for _, s := range l.starts {
		s.to = class[l.stand(standing{class: s.to})]
		p.starts = append(p.starts, s)
	}
	p.foresee()
	if l.swapped != nil {
		for _, at := range leaders {
			x := l.standings[at]
			x.class = l.swapped[x.class]
			p.swapped = append(p.swapped, class[l.stand(x)])
		}
	}
	return p
}

// layered is the process in a search by levels.
func (p *process) layered() *process {
	l := newLayering(p)
	return l.merge(l.labels())
}
