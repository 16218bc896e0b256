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

// String writes a line per action, and after it one for what it changed: see
// Model.FormatChange. The first and the last state are written in full.
func (p Path[S, A]) String() string {
	return fmt.Sprintf("%4d  %s\n", 0, p.formatter().formatState(p.Init)) + p.lines(0, -1)
}

// lines writes two lines per step, given the number of the first state. If the path
// leads back to the state with some number, which is not negative, it says so.
func (p Path[S, A]) lines(number, back int) string {
	model := p.formatter()
	var b strings.Builder
	before := p.Init
	for i, step := range p.Steps {
		fmt.Fprintf(&b, "      %s\n", model.formatAction(before, step.Action, step.State))
		if back >= 0 && i == len(p.Steps)-1 {
			fmt.Fprintf(&b, "      back to %d\n", back)
			break
		}
		change := model.formatChange(before, step.State)
		switch {
		case change == "":
			fmt.Fprintf(&b, "%4d  %s\n", number+i+1, model.formatState(step.State))
		case i == len(p.Steps)-1:
			fmt.Fprintf(&b, "%4d  %s\n   =  %s\n", number+i+1, change, model.formatState(step.State))
		default:
			fmt.Fprintf(&b, "%4d  %s\n", number+i+1, change)
		}
		before = step.State
	}
	return b.String()
}

func (p Path[S, A]) formatter() *Model[S, A] {
	if p.model == nil {
		return &Model[S, A]{}
	}
	return p.model
}

// keysTo lists the keys of a state and of its ancestors, the first one first.
func (s *search[S, K, A]) keysTo(number uint32) (keys []K) {
	for n := number; n != noParent; n = *s.parents.at(n) {
		keys = append(keys, *s.known.at(n))
	}
	slices.Reverse(keys)
	return keys
}

// path rebuilds a path from the keys of its states: each is followed by the first
// successor with the next key. The states of the path are as they really follow each
// other, whatever Canonical makes of them.
func (s *search[S, K, A]) path(keys []K) (p Path[S, A], err error) {
	p.model = &s.model
	current := s.model.Init[0]
	defer func() {
		if value := recover(); value != nil {
			err = s.model.newPanicError("Next", current, value, nil)
		}
	}()
	p.Init = s.model.Init[slices.IndexFunc(s.model.Init, func(init S) bool { return s.key(init) == keys[0] })]
	current = p.Init
	for _, key := range keys[1:] {
		found := false
		s.model.Next(current, func(a A, to S) {
			if !found && s.key(to) == key {
				p.Steps = append(p.Steps, Step[S, A]{Action: a, State: to})
				found = true
			}
		})
		if !found {
			return p, s.astray(current)
		}
		current = p.Last()
	}
	return p, nil
}

// pathThrough rebuilds a path, and goes on with the first step from there
// that breaks a property. Places of transitions are no help: where states are
// canonical, Next was asked for another one.
func (s *search[S, K, A]) pathThrough(keys []K, broken *StepProperty[S, A]) (p Path[S, A], err error) {
	p, err = s.path(keys)
	if err != nil {
		return p, err
	}
	last, found := p.Last(), false
	defer func() {
		if value := recover(); value != nil {
			err = s.model.newPanicError("Next", last, value, nil)
		}
	}()
	s.model.Next(last, func(a A, to S) {
		if !found && !broken.Holds(last, a, to) {
			p.Steps = append(p.Steps, Step[S, A]{Action: a, State: to})
			found = true
		}
	})
	if !found {
		return p, s.astray(last)
	}
	return p, nil
}

// key is that of a state that need not be canonical.
func (s *search[S, K, A]) key(state S) K {
	if s.model.Canonical != nil {
		state = s.model.Canonical(state)
	}
	if s.id.of == nil {
		return any(state).(K)
	}
	_, key := s.id.of(state)
	return key
}

// astray says that the way to a state could not be found again.
func (s *search[S, K, A]) astray(at S) error {
	switch {
	case s.model.Canonical != nil || s.model.View != nil:
		return s.model.errorf("state %s: %w", s.model.formatState(at), errNotTheSame)
	default:
		return s.model.errorf("state %s: %w", s.model.formatState(at), errNotDeterministic)
	}
}
