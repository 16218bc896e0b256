package modelcheck

import (
	"errors"
	"fmt"
	"slices"
)

// Model is a finite transition system. S is a state and A names what was
// done to leave one.
//
// S should be a small packed value without pointers: an integer, or an array
// such as [2]uint64. Every reachable state is kept in full, so its size is
// most of what a search costs. Any comparable type works, as long as two
// states are the same exactly if == says so.
//
// Every function of a model must be pure: the search calls them from several
// goroutines, and calls Next again for a state when it rebuilds a path.
type Model[S comparable, A any] struct {
	Name string

	// Init holds the initial states; at least one. Repeats are harmless.
	Init []S

	// Next calls emit once for every transition that leaves s. It must emit
	// the same transitions in the same order each time, and may call emit
	// only before it returns and only on its own goroutine. A state for
	// which nothing is emitted is terminal.
	Next func(s S, emit func(a A, next S))

	// Always lists what must hold in every reachable state.
	Always []Property[S]

	// Final lists what must hold in every state in which nothing more happens:
	// from which no transition leads to another state.
	Final []Property[S]

	// Sometimes lists what must hold in at least one reachable state. It is
	// the guard against a model in which nothing happens, where everything
	// in Always is true for the wrong reason.
	Sometimes []Property[S]

	// SometimesSteps lists what at least one transition must do: the same
	// guard for what shows in a step and not in the state it leads to.
	SometimesSteps []StepProperty[A]

	// Hash is optional. Equal states must have equal hashes; a poor hash
	// costs time, never correctness. The default suits every S and is
	// fastest for uint64 and arrays of uint64.
	Hash func(S) uint64

	// Clauses names classes of actions whose use is counted, such as the
	// rules of a protocol. Clause gives the index of an action's class, or a
	// negative number for none. Both or neither must be set.
	Clauses []string
	Clause  func(A) int

	// FormatState and FormatAction are optional; the default is %v.
	FormatState  func(S) string
	FormatAction func(before S, a A, after S) string

	_ struct{} // fields by name only
}

// Property is a claim about single states.
type Property[S any] struct {
	Name   string // unique among the properties of a model
	Doc    string // what is claimed, in a sentence
	Source string // where the claim comes from, such as a paper's section
	Holds  func(S) bool

	_ struct{} // fields by name only
}

// StepProperty is a claim about single transitions, told from the action alone.
type StepProperty[A any] struct {
	Name   string // unique among all properties of a model
	Doc    string
	Source string
	Holds  func(A) bool

	_ struct{} // fields by name only
}

// validate says why the model cannot be checked at all.
func (m *Model[S, A]) validate() error {
	if len(m.Init) == 0 {
		return m.errorf("no initial state")
	}
	if m.Next == nil {
		return m.errorf("Next is nil")
	}
	if (m.Clause == nil) != (len(m.Clauses) == 0) {
		return m.errorf("Clauses and Clause must be set together")
	}
	named := make(map[string]bool)
	name := func(name string, complete bool) error {
		switch {
		case name == "":
			return m.errorf("a property has no name")
		case named[name]:
			return m.errorf("two properties are named %q", name)
		case !complete:
			return m.errorf("property %q has no Holds", name)
		}
		named[name] = true
		return nil
	}
	for _, p := range slices.Concat(m.Always, m.Final, m.Sometimes) {
		if err := name(p.Name, p.Holds != nil); err != nil {
			return err
		}
	}
	for _, p := range m.SometimesSteps {
		if err := name(p.Name, p.Holds != nil); err != nil {
			return err
		}
	}
	return nil
}

func (m *Model[S, A]) errorf(format string, args ...any) error {
	return fmt.Errorf("modelcheck: model %q: %w", m.Name, fmt.Errorf(format, args...))
}

func (m *Model[S, A]) formatState(s S) string {
	if m.FormatState != nil {
		return m.FormatState(s)
	}
	return fmt.Sprint(s)
}

func (m *Model[S, A]) formatAction(before S, a A, after S) string {
	if m.FormatAction != nil {
		return m.FormatAction(before, a, after)
	}
	return fmt.Sprint(a)
}

// PanicError says that a function of the model panicked, or left its goroutine.
type PanicError struct {
	Model string
	In    string // "Next", or the property that was evaluated
	State string // the state it was called with, formatted by the model
	Value any    // what was passed to panic
	Stack string
}

// Error names the function, the state and the value, but not the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("modelcheck: model %q: %s panicked in state %s: %v", e.Model, e.In, e.State, e.Value)
}

// Unwrap gives the value passed to panic, if that was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// newPanicError tolerates a FormatState that panics as well, because the
// state at hand is one the model's author did not expect.
func (m *Model[S, A]) newPanicError(in string, s S, value any, stack []byte) (e *PanicError) {
	if value == nil { // not even panic(nil) has no value
		value = errGoexit
	}
	e = &PanicError{Model: m.Name, In: in, Value: value, Stack: string(stack)}
	defer func() {
		if recover() != nil {
			e.State = fmt.Sprintf("%#v", s)
		}
	}()
	e.State = m.formatState(s)
	return e
}

var errGoexit = errors.New("it called runtime.Goexit")

var errNotDeterministic = errors.New("two calls of Next did not emit the same transitions; " +
	"it must not depend on anything but the state (ranging over a map is the usual cause)")
