package modelcheck

import (
	"fmt"
	"slices"
	"strings"
)

// Path is a run of a model from an initial state.
type Path[S comparable, A any] struct {
	Init  S
	Steps []Step[S, A]

	model *Model[S, A] // for String
}

// Step is one transition of a path and the state it leads to.
type Step[S comparable, A any] struct {
	Action A
	State  S
}

// Len is the number of transitions.
func (p Path[S, A]) Len() int { return len(p.Steps) }

// Last is the state the path ends in.
func (p Path[S, A]) Last() S {
	if len(p.Steps) == 0 {
		return p.Init
	}
	return p.Steps[len(p.Steps)-1].State
}

// String writes a line per state and a line per action between.
func (p Path[S, A]) String() string {
	model := p.model
	if model == nil {
		model = &Model[S, A]{}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%4d  %s\n", 0, model.formatState(p.Init))
	before := p.Init
	for i, step := range p.Steps {
		fmt.Fprintf(&b, "      %s\n", model.formatAction(before, step.Action, step.State))
		fmt.Fprintf(&b, "%4d  %s\n", i+1, model.formatState(step.State))
		before = step.State
	}
	return b.String()
}

// path rebuilds the path to a stored state from the parents. Actions are not
// stored: they are found again by asking Next.
func (s *search[S, A]) path(number uint32) (p Path[S, A], err error) {
	var numbers []uint32
	for n := number; n != noParent; n = s.store.parent(n) {
		numbers = append(numbers, n)
	}
	slices.Reverse(numbers)
	p = Path[S, A]{Init: *s.store.at(numbers[0]), model: &s.model}
	current := p.Init
	defer func() {
		if value := recover(); value != nil {
			err = s.model.newPanicError("Next", current, value, nil)
		}
	}()
	for _, n := range numbers[1:] {
		next, found := *s.store.at(n), false
		s.model.Next(current, func(a A, to S) {
			if !found && to == next {
				p.Steps = append(p.Steps, Step[S, A]{Action: a, State: to})
				found = true
			}
		})
		if !found {
			return p, s.model.errorf("state %s: %w", s.model.formatState(current), errNotDeterministic)
		}
		current = next
	}
	return p, nil
}
