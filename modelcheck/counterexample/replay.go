package counterexample

import (
	"fmt"
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

// A Run is what a model knows of a run that was told. Words may fit several
// states of type W; each of them is followed.
type Run[W comparable] struct {
	Steps    int                     // after the start
	Start    []W                     // the states that begin as the start is told
	Take     func(w W, step int) []W // the states to which the step leads as it is told
	Property string
	Violated func(W) bool // whether the property is false in a state
}

// Replay takes the run through the model. The error is a *Refutation.
func (r Run[W]) Replay() error {
	now := r.Start
	if len(now) == 0 {
		return &Refutation{0, "the model does not start like this"}
	}
	for i := 1; i <= r.Steps; i++ {
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
		return &Refutation{r.Steps, fmt.Sprintf("%q holds at the end", r.Property)}
	}
	return nil
}
