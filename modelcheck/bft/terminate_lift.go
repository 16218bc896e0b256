package bft

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// counterexample tells a run as one of the plain model, in which it must happen in
// time as well.
func (k *clockwork[S]) counterexample(f modelcheck.Finding[watched[S], Action]) (Counterexample, error) {
	plain, err := plainClockwork(k.of)
	if err != nil {
		return Counterexample{}, err
	}
	l := timedLifting[S]{counted: k, plain: plain, failed: map[timedWaypoint]bool{}, path: []watched[S]{f.Path.Init}}
	for _, step := range f.Path.Steps {
		if !step.State.said.meets(stuck) {
			l.path = append(l.path, step.State)
		}
	}
	c := Counterexample{
		Config: plain.config, Digest: k.table.Digest(), Property: counterexample.Violated(f.Property),
		timed: &timed{plain.config, k.of.From, k.of.Wrong},
	}
	for _, s := range plain.model().Init {
		if l.image(s) != l.path[0] {
			continue
		}
		c.Steps = []Step{plain.describeStart(plain.world(s))}
		if run, ok := l.from(0, s); ok {
			for i, t := range run {
				c.Steps = append(c.Steps, plain.tell(i+1, t.action, s, t.next))
				s = t.next
			}
			return c, nil
		}
	}
	return c, fmt.Errorf("%w: it violates %q after %d steps, on %s", ErrLift, f.Property.Name, len(l.path)-1, k.config.Name())
}

// A timedLifting is a lifting in which what is relied on is followed, too.
type timedLifting[S packed] struct {
	counted *clockwork[S]
	plain   *clockwork[wide]
	path    []watched[S]
	failed  map[timedWaypoint]bool
	tried   int
}

// A timedWaypoint is a plain state for a place of the path.
type timedWaypoint struct {
	at    int
	state watched[wide]
}

// image is the state of the path that a plain one would be.
func (l *timedLifting[S]) image(s watched[wide]) watched[S] {
	return l.counted.canonical(l.counted.clear(watched[S]{l.counted.machine.pack(l.plain.world(s)), s.said}))
}

// from continues a run after the plain state at a place of the path, to one in which
// the plain model stops.
func (l *timedLifting[S]) from(at int, s watched[wide]) ([]turn[wide], bool) {
	if l.tried++; l.tried > patience || l.failed[timedWaypoint{at, s}] {
		return nil, false
	}
	last := at == len(l.path)-1
	seen := map[watched[wide]]bool{s: true}
	for silent := [][]turn[wide]{nil}; len(silent) > 0; silent = silent[1:] {
		here, before := s, silent[0]
		if len(before) > 0 {
			here = before[len(before)-1].next
		}
		if last && l.plain.stops(here) {
			return before, true
		}
		turns, _ := l.plain.possible(here)
		for _, t := range turns {
			run := slices.Concat(before, []turn[wide]{t})
			switch image := l.image(t.next); {
			case !last && image == l.path[at+1]:
				if rest, ok := l.from(at+1, t.next); ok {
					return append(run, rest...), true
				}
			case image == l.path[at] && !seen[t.next]:
				seen[t.next] = true
				silent = append(silent, run)
			}
		}
	}
	l.failed[timedWaypoint{at, s}] = true
	return nil, false
}
