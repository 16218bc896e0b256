package bft

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/polka-bft/polka/modelcheck"
)

// exactness is the property that Exact checks in every plain state.
const exactness = "the counted model does the same"

// Exact goes through every state of the plain model of an instance and holds
// the counted model against it: that the projection of states is a bisimulation
// in which steps that the projection does not show are silent.
//
//   - The projection of a start is a start of the counted model, and of every
//     one of them.
//   - A step leads to a state with the same projection, or to one whose
//     projection is a successor of the projection of where it began.
//   - Whatever follows in the counted model, follows in the plain one, after
//     silent steps perhaps. Silent steps cannot go on for ever: the rules that
//     start timeouts fire once.
//   - The claims about states say the same of a state and of its projection,
//     and a fault is projected to itself.
//
// So whatever the counted model reaches can be reached, and what it does not
// cannot. The result is that of the plain search, with the number of counted
// states that were met; a violation of exactness is reported as any other.
func Exact(ctx context.Context, c Config, o modelcheck.Options) (Result, error) {
	c.Counted, c.Merged = false, false
	plain, err := newRules(c)
	if err != nil {
		return Result{Config: c}, err
	}
	c.Counted = true
	counted, err := newRules(c)
	if err != nil {
		return Result{Config: c}, err
	}
	return exact(ctx, plain, counted, o)
}

func exact(ctx context.Context, plain, counted *rules, o modelcheck.Options) (Result, error) {
	switch {
	case plain.layout.bits <= 128:
		return hold[[2]uint64](ctx, plain, counted, o)
	case plain.layout.bits <= 192:
		return hold[[3]uint64](ctx, plain, counted, o)
	default:
		return hold[[4]uint64](ctx, plain, counted, o)
	}
}

// A comparison holds counted states against plain ones of type S. The counted
// ones are as large as can be, which spares a second type parameter.
type comparison[S packed] struct {
	plain   machine[S]
	counted machine[[4]uint64]
	met     sync.Map // from counted states that were met to the others that they lead to
	size    atomic.Int64
}

func hold[S packed](ctx context.Context, plain, counted *rules, o modelcheck.Options) (Result, error) {
	x := &comparison[S]{plain: newMachine[S](plain), counted: newMachine[[4]uint64](counted)}
	model := x.plain.model()
	var starts, images [][4]uint64
	for _, w := range counted.starts() {
		starts = appendNew(starts, x.counted.pack(&w))
	}
	for _, s := range model.Init {
		images = appendNew(images, x.image(s))
	}
	same := len(starts) == len(images)
	for _, s := range starts {
		same = same && slices.Contains(images, s)
	}
	model.Always = []modelcheck.Property[S]{{
		Name: exactness, Source: "modelcheck/bft, Exact",
		Doc:   "what a plain state can do and what its projection can do is the same, but for silent steps",
		Holds: func(s S) bool { return same && x.holds(s) },
	}}
	model.Final, model.Sometimes, model.SometimesSteps = nil, nil, nil
	r, err := x.plain.search(ctx, model, o)
	r.Counted = int(x.size.Load())
	return r, err
}

// image is the counted state of a plain one.
func (x *comparison[S]) image(s S) [4]uint64 {
	v := x.plain.views.Get().(*view[S])
	defer x.plain.views.Put(v)
	x.plain.unpack(&s, &v.world, &v.tallies)
	v.shown = false
	return x.counted.pack(&v.world)
}

func (x *comparison[S]) holds(s S) bool {
	here := x.image(s)
	follows := x.follows(here)
	shown := make([]bool, len(follows))
	ok := true
	var silent []S
	look := func(_ Action, t S) {
		q := x.image(t)
		switch i := slices.Index(follows, q); {
		case i >= 0:
			shown[i] = true
		case q == here:
			silent = appendNew(silent, t)
		default:
			ok = false
		}
	}
	x.plain.next(s, look)
	for i := 0; ok && i < len(silent) && slices.Contains(shown, false); i++ {
		x.plain.next(silent[i], look)
	}
	return ok && !slices.Contains(shown, false) && x.agrees(s, here)
}

// follows lists the other states to which a counted one leads.
func (x *comparison[S]) follows(here [4]uint64) [][4]uint64 {
	if known, ok := x.met.Load(here); ok {
		return known.([][4]uint64)
	}
	var all [][4]uint64
	x.counted.next(here, func(_ Action, q [4]uint64) {
		if q != here {
			all = appendNew(all, q)
		}
	})
	if _, known := x.met.LoadOrStore(here, all); !known {
		x.size.Add(1)
	}
	return all
}

// agrees says whether the claims about states and the fault are the same.
func (x *comparison[S]) agrees(s S, q [4]uint64) bool {
	v, u := x.plain.views.Get().(*view[S]), x.counted.views.Get().(*view[[4]uint64])
	defer x.plain.views.Put(v)
	defer x.counted.views.Put(u)
	v.shown, u.shown = false, false
	x.plain.unpack(&s, &v.world, &v.tallies)
	x.counted.unpack(&q, &u.world, &u.tallies)
	if v.world.fault != u.world.fault || v.world.fault != NoFault {
		return v.world.fault == u.world.fault
	}
	for _, claims := range [...][]claim{always, sometimes} {
		for i := range claims {
			if says := claims[i].state; says != nil && says(x.plain.rules, &v.world) != says(x.counted.rules, &u.world) {
				return false
			}
		}
	}
	return true
}

func appendNew[T comparable](list []T, one T) []T {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}
