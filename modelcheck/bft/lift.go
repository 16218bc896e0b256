package bft

import (
	"errors"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// ErrLift is the kind of an error that says that the counted model found
// something that the plain model does not do: a defect of this package.
var ErrLift = errors.New("bft: a run of the counted model cannot be lifted")

// lift tells a run of the counted model as one of the plain model, in which
// processes and values have names. Silent steps are inserted where a timeout
// must be started before it can expire.
func (m machine[S]) lift(f modelcheck.Finding[S, Action]) (Counterexample, error) {
	plain, err := m.plain()
	if err != nil {
		return Counterexample{}, err
	}
	l := lifting[S]{machine: m, plain: plain, failed: map[waypoint]bool{}, path: []S{f.Path.Init}}
	for _, step := range f.Path.Steps {
		l.path = append(l.path, step.State)
	}
	c := Counterexample{
		Config: plain.config, Digest: m.table.Digest(),
		Property: counterexample.Violated(f.Property),
	}
	for _, w := range plain.starts() {
		if m.pack(&w) != l.path[0] {
			continue
		}
		c.Steps = []Step{plain.describeStart(&w)}
		if run, ok := l.from(0, w); ok {
			before := w
			for i, s := range run {
				c.Steps = append(c.Steps, plain.describe(i+1, s.action, &before, &s.world))
				before = s.world
			}
			if always[claimNamed(f.Property.Name)].holds(plain, &before) {
				return c, fmt.Errorf("%w: %q holds at its end, on %s", ErrLift, f.Property.Name, m.config.Name())
			}
			return c, nil
		}
	}
	return c, fmt.Errorf("%w: it violates %q after %d steps, on %s", ErrLift, f.Property.Name, len(l.path)-1, m.config.Name())
}

// plain is the plain model of the same instance.
func (rs *rules) plain() (*rules, error) {
	c := rs.config
	c.Counted, c.Merged = false, false
	plain, err := assemble(c, rs.table, rs.steps, rs.less)
	if err == nil {
		plain.asked = rs.asked
	}
	return plain, err
}

// A lifting looks for plain states, one for each counted state of a path.
type lifting[S packed] struct {
	machine[S]
	plain  *rules
	path   []S
	failed map[waypoint]bool
	tried  int
}

// patience is how many plain states are tried at most. One for each place of
// the path and some silent ones suffice if the counted model is exact.
const patience = 100_000

// A waypoint is a plain state for a place of the path.
type waypoint struct {
	at    int
	world world
}

type plainStep struct {
	action Action
	world  world
}

// from continues a run after the plain state at a place of the path.
func (l *lifting[S]) from(at int, w world) ([]plainStep, bool) {
	if at == len(l.path)-1 {
		return nil, true
	}
	if l.tried++; l.tried > patience || l.failed[waypoint{at, w}] {
		return nil, false
	}
	seen := map[world]bool{w: true}
	for silent := [][]plainStep{nil}; len(silent) > 0; silent = silent[1:] {
		here, before := w, silent[0]
		if len(before) > 0 {
			here = before[len(before)-1].world
		}
		for _, s := range l.plain.successors(&here) {
			run := slices.Concat(before, []plainStep{s})
			switch l.pack(&s.world) {
			case l.path[at+1]:
				if rest, ok := l.from(at+1, s.world); ok {
					return append(run, rest...), true
				}
			case l.path[at]:
				if !seen[s.world] {
					seen[s.world] = true
					silent = append(silent, run)
				}
			}
		}
	}
	l.failed[waypoint{at, w}] = true
	return nil, false
}

// successors lists what can follow a plain state.
func (rs *rules) successors(w *world) []plainStep {
	sc := rs.scans.Get().(*scan)
	defer rs.scans.Put(sc)
	sc.world = *w
	if w.fault != NoFault {
		return nil
	}
	sc.tallies.count(&rs.config, &sc.world)
	var steps []plainStep
	for p := range rs.layout.correct {
		sc.explore(p)
		for i := range sc.moves {
			steps = append(steps, plainStep{sc.moves[i].action, sc.moves[i].world(w)})
		}
	}
	return steps
}
