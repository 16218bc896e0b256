package counterexample

import (
	"fmt"
	"io"
	"slices"
)

// A Refutation says that a counterexample does not show what it claims. Step is
// the first one that the model cannot take, or the last if all can be taken but
// the property holds at the end.
type Refutation struct {
	Step int
	Why  string
}

// Error names the step and the reason.
func (e *Refutation) Error() string { return fmt.Sprintf("refuted in step %d: %s", e.Step, e.Why) }

// Replay reads a saved counterexample of a model and takes it through the rules:
// stage prepares the model for what was read. A run that the rules do not allow, or
// that does not violate its property, gives a *Refutation; a file that cannot be
// read, or is of other rules, another error.
func Replay[C, S any](r io.Reader, model string, stage func(Header[C], []S) (Stage, error)) error {
	h, steps, err := Load[C, S](r, model)
	if err != nil {
		return err
	}
	s, err := stage(h, steps)
	if err != nil {
		return err
	}
	if d := s.digest(); d != h.Digest {
		return fmt.Errorf("the counterexample is of rules with digest %s, these have %s", h.Digest, d)
	}
	return s.replay(h.Steps, h.Property.Name)
}

// A Stage is a Run, whatever its states are.
type Stage interface {
	digest() string
	replay(steps int, property string) error
}

// A Run is what a model knows of a run that was told. Words may fit several
// states of type W; each of them is followed.
type Run[W comparable] struct {
	Digest   string                  // of the rules
	Start    []W                     // the states in which the model begins
	Begins   func(W) bool            // whether one of these is as the start is told
	Take     func(w W, step int) []W // the states to which the step leads as it is told
	Violated func(W) bool            // whether the property is false in a state; nil: there is no such property
}

func (r Run[W]) digest() string { return r.Digest }

func (r Run[W]) replay(steps int, property string) error {
	if r.Violated == nil {
		return fmt.Errorf("there is no property %q", property)
	}
	var now []W
	for _, w := range r.Start {
		if r.Begins(w) {
			now = append(now, w)
		}
	}
	if len(now) == 0 {
		return &Refutation{0, "the model does not start like this"}
	}
	for i := 1; i <= steps; i++ {
		var next []W
		seen := map[W]bool{}
		for _, w := range now {
			for _, to := range r.Take(w, i) {
				if !seen[to] {
					seen[to] = true
					next = append(next, to)
				}
			}
		}
		if len(next) == 0 {
			return &Refutation{i, "the rules allow no such step here"}
		}
		now = next
	}
	if !slices.ContainsFunc(now, r.Violated) {
		return &Refutation{steps, fmt.Sprintf("%q holds at the end", property)}
	}
	return nil
}
