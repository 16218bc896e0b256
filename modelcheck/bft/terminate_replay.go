package bft

import (
	"io"

	"github.com/polka-bft/polka/modelcheck/counterexample"
)

// Terminating is what a saved counterexample of Terminates says that it is of.
const Terminating = "termination"

// timed is what such a counterexample is of.
type timed struct {
	Instance Config `json:"instance"`
	From     int    `json:"from"` // the first timely round
	Wrong    string `json:"wrong,omitempty"`
}

// ReplayTermination is Replay for a run of Terminates: each step must rely on what
// the file says, too, and happen in time; and after the last one nothing must happen,
// though somebody has not decided.
func ReplayTermination(r io.Reader) (c Counterexample, err error) {
	err = counterexample.Replay(r, Terminating, func(h counterexample.Header[timed], steps []Step) (counterexample.Stage, error) {
		c = Counterexample{Config: h.Config.Instance, Digest: h.Digest, Property: h.Property, Steps: steps, timed: &h.Config}
		k, err := plainClockwork(Termination{Config: h.Config.Instance, From: h.Config.From, Wrong: h.Config.Wrong})
		if err != nil {
			return nil, err
		}
		run := counterexample.Run[watched[wide]]{
			Digest: k.table.Digest(), Start: k.model().Init,
			Begins: func(s watched[wide]) bool { start := k.describeStart(k.world(s)); return start.same(&steps[0]) },
			Take: func(s watched[wide], i int) (to []watched[wide]) {
				turns, _ := k.possible(s)
				for _, t := range turns {
					if does := k.tell(i, t.action, s, t.next); does.same(&steps[i]) {
						to = append(to, t.next)
					}
				}
				return to
			},
		}
		if h.Property.Name == decidesInTime {
			run.Violated = func(s watched[wide]) bool { return k.stops(s) }
		}
		return run, nil
	})
	return c, err
}

// plainClockwork is the plain model of an instance, with a ledger that forgets
// nothing.
func plainClockwork(t Termination) (*clockwork[wide], error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	t.Config.Counted, t.whole = false, true
	w, wrong, err := newTermination(t.Config, t.Wrong)
	if err != nil {
		return nil, err
	}
	return newClockwork[wide](t, w, wrong), nil
}

// stops says whether nothing must happen, though somebody has not decided.
func (k *clockwork[S]) stops(s watched[S]) bool {
	_, due := k.possible(s)
	return !due && !k.decided(s)
}

// world is a state of the plain model.
func (k *clockwork[S]) world(s watched[S]) *world {
	var w world
	unpack(&k.layout, &s.state, &w)
	return &w
}

// tell puts a step of the plain model into words, with what was relied on.
func (k *clockwork[S]) tell(number int, a Action, before, after watched[S]) Step {
	s := k.describe(number, a, k.world(before), k.world(after))
	for _, name := range k.ledger.names(after.said.without(before.said)) {
		s.Changes = append(s.Changes, "relies on "+name)
	}
	return s
}
