package quotient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

// A behaviour is everything that one correct process may do by itself, whatever
// the others send: where it can be, and its steps from there.
type behaviour struct {
	*instance
	locals   []local
	numbers  map[local]uint32
	steps    [][]edge  // by local
	excluded [][]atoms // by local: the guards of steps that were left out, because not all of them can be true
	musts    [][]must  // those of edges, by number; 0 is none
	begins   []begin

	census score.Census // of the process, if it was counted

	class   []uint32 // by local: locals that nobody can tell apart are of one class
	leaders []uint32 // by class: its first local
}

// A begin is a way in which a process that proposes in some rounds begins.
type begin struct {
	roles uint8
	sends sending
	to    uint32
}

// An edge is a step as it is kept.
type edge struct {
	guard atoms
	sends sending
	musts uint32
	to    uint32 // a local, or a class
}

// maxLocals bounds in how many places one process may be.
const maxLocals = 4 << 20

// ErrTooLarge is the kind of an error that says that a process has too many states
// by itself.
var ErrTooLarge = errors.New("quotient: too large")

// behave explores a process that proposes in one of some sets of rounds, and merges
// what nobody can tell apart.
func (n *instance) behave(ctx context.Context, roles []uint8) (*behaviour, error) {
	b, err := n.explore(ctx, roles)
	if err != nil {
		return nil, err
	}
	b.merge()
	return b, nil
}

// explore finds everything that the process may do; nothing is merged.
func (n *instance) explore(ctx context.Context, roles []uint8) (*behaviour, error) {
	b := &behaviour{instance: n, numbers: map[local]uint32{}, musts: [][]must{nil}}
	slices.Sort(roles)
	for _, r := range slices.Compact(roles) {
		for _, st := range newStepper(n).begin(r) {
			b.begins = append(b.begins, begin{r, st.sends, b.number(&st.to)})
		}
	}
	steppers := make([]*stepper, runtime.GOMAXPROCS(0))
	for w := range steppers {
		steppers[w] = newStepper(n)
	}
	for done := 0; done < len(b.locals); {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(b.locals) > maxLocals {
			return nil, fmt.Errorf("%w: a process has more than %d states", ErrTooLarge, maxLocals)
		}
		wave := b.locals[done:min(len(b.locals), done+4096)]
		found := make([][]step, len(wave))
		var all sync.WaitGroup
		for w, s := range steppers {
			all.Go(func() {
				for i := w; i < len(wave); i += len(steppers) {
					found[i] = slices.Clone(s.of(&wave[i]))
				}
			})
		}
		all.Wait()
		for i, steps := range found {
			edges, excluded := b.edges(&b.locals[done+i], steps)
			b.steps, b.excluded = append(b.steps, edges), append(b.excluded, excluded)
		}
		done += len(wave)
	}
	for _, s := range steppers {
		b.census.Add(&s.census)
	}
	return b, nil
}

func (b *behaviour) number(x *local) uint32 {
	n, ok := b.numbers[*x]
	if !ok {
		n = uint32(len(b.locals))
		b.numbers[*x] = n
		b.locals = append(b.locals, *x)
	}
	return n
}

// edges keeps the steps of a local, without those that cannot be, and of these what
// they ask for.
func (b *behaviour) edges(x *local, steps []step) (out []edge, excluded []atoms) {
	for i := range steps {
		st := &steps[i]
		if b.impossible(x, st) {
			excluded = append(excluded, st.guard)
			continue
		}
		out = append(out, edge{st.guard, st.sends, b.mustsNumber(st.musts), b.number(&st.to)})
	}
	return lightest(out), excluded
}

// mustsNumber is the number of a list of musts.
func (b *behaviour) mustsNumber(ms []must) uint32 {
	i := slices.IndexFunc(b.musts, func(other []must) bool { return slices.Equal(ms, other) })
	if i < 0 {
		i = len(b.musts)
		b.musts = append(b.musts, ms)
	}
	return uint32(i)
}

// facts is what must have been heard for a process to be where it is, as far as
// claims that are checked say so.
func (n *instance) facts(x *local) (facts atoms) {
	p := &x.process
	if x.stopped() || !n.claims[lockJustified] || !n.claims[validValueJustified] {
		return facts
	}
	for _, kept := range [...]struct {
		claim int
		v     consensus.Value
		r     consensus.Round
	}{{lockJustified, p.LockedValue, p.LockedRound}, {validValueJustified, p.ValidValue, p.ValidRound}} {
		if n.claims[kept.claim] && kept.v != consensus.Nil && kept.r >= 0 {
			facts = facts.with(heardAtom(consensus.PrevoteType, kept.r, n.values.letter(kept.v)))
		}
	}
	return facts
}

// impossible says that a step cannot be, because of what it asks for and of what
// was heard before, not of what it leads to: a claim may be broken there.
func (n *instance) impossible(x *local, st *step) bool {
	return n.excludes(st.guard.union(n.facts(x)))
}

// excludes says that not all of some atoms can be true: where two quorums meet in
// a correct process, which votes once, there are not +2/3 votes for two letters.
func (n *instance) excludes(all atoms) bool { return n.exclusive && all.twice() }

// shows says whether others can see something of a step, or need to.
func (b *behaviour) shows(e *edge) bool {
	to := &b.locals[e.to]
	return !e.sends.nothing() || to.fault != 0 || to.decision != consensus.Nil
}

// merge puts locals together that nobody can tell apart, now or later.
func (b *behaviour) merge() {
	labels := make([]uint64, len(b.locals))
	for i := range b.locals {
		x := &b.locals[i]
		labels[i] = uint64(x.decision)<<16 | uint64(x.fault)<<8
		if x.left {
			labels[i] |= 1
		}
	}
	p := partition[edge]{
		labels: labels,
		leaving: func(out []edge, i int, class []uint32) []edge {
			for _, e := range b.steps[i] {
				if to := class[e.to]; to != class[i] || b.shows(&e) || e.musts != 0 {
					e.to = to
					out = append(out, e)
				}
			}
			return lightest(out)
		},
		hash: func(e *edge, h uint64) uint64 {
			return mix(h, e.guard[0], e.guard[1], e.sends.votes, e.sends.rest(), uint64(e.musts)<<32|uint64(e.to))
		},
	}
	b.class, b.leaders = p.refine()
}

// of lists the steps of a class, to classes.
func (b *behaviour) of(class uint32) []edge {
	var out []edge
	for _, e := range b.steps[b.leaders[class]] {
		if to := b.class[e.to]; to != class || b.shows(&e) || e.musts != 0 {
			e.to = to
			out = append(out, e)
		}
	}
	return lightest(out)
}

// lightest sorts steps, and drops those that ask for more than another with the
// same outcome.
func lightest(edges []edge) []edge {
	slices.SortFunc(edges, compareEdges)
	out := edges[:0]
	same := 0
	for _, e := range edges {
		if len(out) > same && compareOutcomes(&out[same], &e) != 0 {
			same = len(out)
		}
		if !slices.ContainsFunc(out[same:], func(f edge) bool { return f.guard.within(e.guard) }) {
			out = append(out, e)
		}
	}
	return out
}

// compareEdges puts steps with the same outcome together, and of these one that
// asks for less before one that asks for more.
func compareEdges(a, b edge) int {
	if c := compareOutcomes(&a, &b); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.guard.size(), b.guard.size()), cmp.Compare(a.guard[0], b.guard[0]), cmp.Compare(a.guard[1], b.guard[1]))
}

func compareOutcomes(a, b *edge) int {
	switch {
	case a.to != b.to:
		return cmp.Compare(a.to, b.to)
	case a.sends.votes != b.sends.votes:
		return cmp.Compare(a.sends.votes, b.sends.votes)
	case a.musts != b.musts:
		return cmp.Compare(a.musts, b.musts)
	}
	return cmp.Compare(a.sends.rest(), b.sends.rest())
}
