package modelcheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Model is a finite transition system. S is a state and A names what was
// done to leave one.
//
// S should be a small packed value without pointers: an integer, or an array
// such as [2]uint64. Every reachable state is kept in full, so its size is
// most of what a search costs. Any comparable type works, as long as two
// states are the same exactly if == says so; [Encoded] takes all others.
//
// Every function of a model must be pure: the search calls them from several
// goroutines, and calls Next again for a state when it rebuilds a path.
type Model[S, A any] struct {
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

	// AlwaysSteps lists what every transition must do, and SometimesSteps what
	// at least one must do: claims about what shows in a step, and not in the
	// state it leads to.
	AlwaysSteps, SometimesSteps []StepProperty[S, A]

	// Eventually lists what every fair run must come to, whatever it does. A
	// run goes on as long as a transition leads to another state; where none
	// does it stays for ever.
	Eventually []Property[S]

	// LeadsTo lists what must follow what, in every fair run.
	LeadsTo []LeadsTo[S]

	// Fair lists the conditions under which Eventually and LeadsTo are
	// claimed; without them any run will do.
	Fair []Fairness[A]

	// Within is optional. A state outside of it is stored and tested, but
	// not left: TLC calls this a constraint. Report.Outside counts them.
	Within func(S) bool

	// Canonical is optional. It gives one state for all that differ only in
	// what makes no difference: the names of equal processes, or variables
	// that nothing will read. It must be idempotent, what follows from a state
	// and from its canonical one must have the same canonical states, and
	// every property must be the same for both. Only canonical states are
	// stored; paths are told with the states as they really follow.
	Canonical func(S) S

	// View is optional. It gives what tells a state apart from others, such as
	// the state without a counter that is there to be read. States with equal
	// views must allow the same, but for what the view hides. Of states with
	// the same view the first that is found is expanded.
	View func(S) S

	// Local and Actor are optional, and belong together: they are for
	// partial-order reduction. Actor says whose step an action is. Local says of a
	// state and of an actor that can take a step there that all it can do
	// is its own affair: whatever the others do until it acts, it can do the
	// same, with the same result in either order, and it is still Local; and no
	// property, nor Within, sees its steps. Where one actor is Local the search
	// puts the others off. Audit says whether all this is so.
	Local func(s S, actor int) bool
	Actor func(a A) int

	// Distance is for directed searches: how far a state seems to be from a goal.
	// Smaller is nearer.
	Distance func(S) int

	// Hash is optional. Equal states must have equal hashes; a poor hash
	// costs time, never correctness. The default suits every S and is
	// fastest for uint64 and arrays of uint64.
	Hash func(S) uint64

	// Clauses names classes of actions whose use is counted, such as the
	// rules of a protocol. Clause gives the index of an action's class, or a
	// negative number for none. Both or neither must be set.
	Clauses []string
	Clause  func(A) int

	// MayStayIdle names those of Clauses that need not fire, since the bounds are
	// too small for them or since they are there to be dead. That another one
	// never fires is an error: what it would do was not checked.
	MayStayIdle []string

	// FormatState and FormatAction are optional. The default is %v, for an action
	// after its Actor and its class, as far as there are and it does not name it.
	FormatState  func(S) string
	FormatAction func(before S, a A, after S) string

	// FormatChange is optional. It tells what differs after a step, so that a path
	// need not tell every state in full. The default lists the fields and elements
	// that differ; where there is a FormatState, since then fields may mean nothing
	// to a reader, and where FormatChange returns "", states are told in full.
	FormatChange func(before, after S) string

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

// StepProperty is a claim about single transitions.
type StepProperty[S, A any] struct {
	Name   string // unique among all properties of a model
	Doc    string
	Source string
	Holds  func(before S, a A, after S) bool

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
	for _, name := range m.MayStayIdle {
		if !slices.Contains(m.Clauses, name) {
			return m.errorf("%q may stay idle, but is none of Clauses", name)
		}
	}
	if (m.Local == nil) != (m.Actor == nil) {
		return m.errorf("Local and Actor must be set together")
	}
	named := make(map[string]bool)
	name := func(name string, complete bool) error {
		switch {
		case name == "":
			return m.errorf("a property has no name")
		case named[name]:
			return m.errorf("two properties are named %q", name)
		case !complete:
			return m.errorf("property %q has no Holds, or no To", name)
		}
		named[name] = true
		return nil
	}
	for _, p := range slices.Concat(m.Always, m.Final, m.Sometimes, m.Eventually) {
		if err := name(p.Name, p.Holds != nil); err != nil {
			return err
		}
	}
	for _, p := range slices.Concat(m.AlwaysSteps, m.SometimesSteps) {
		if err := name(p.Name, p.Holds != nil); err != nil {
			return err
		}
	}
	for _, p := range m.LeadsTo {
		if err := name(p.Name, p.To != nil); err != nil {
			return err
		}
		if p.From == nil {
			return m.errorf("property %q has no From", p.Name)
		}
	}
	return nil
}

// asked names all properties.
func (m *Model[S, A]) asked() (names []string) {
	for _, p := range slices.Concat(m.Always, m.Final, m.Sometimes, m.Eventually) {
		names = append(names, p.Name)
	}
	for _, p := range slices.Concat(m.AlwaysSteps, m.SometimesSteps) {
		names = append(names, p.Name)
	}
	for _, p := range m.LeadsTo {
		names = append(names, p.Name)
	}
	return names
}

// coverage says of each clause how often it fired.
func (m *Model[S, A]) coverage(fired []int) (all []Coverage) {
	for i, name := range m.Clauses {
		all = append(all, Coverage{Clause: name, Fired: fired[i], MayStayIdle: slices.Contains(m.MayStayIdle, name)})
	}
	return all
}

// unreduced is the model with everything off that makes it smaller.
func (m Model[S, A]) unreduced() Model[S, A] {
	m.Canonical, m.View, m.Local, m.Actor = nil, nil, nil, nil
	return m
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
	text := fmt.Sprint(a)
	if m.Clause != nil {
		if i := m.Clause(a); i >= 0 && !strings.Contains(text, m.Clauses[i]) {
			text = m.Clauses[i] + " " + text
		}
	}
	if m.Actor != nil {
		text = fmt.Sprintf("%d: %s", m.Actor(a), text)
	}
	return text
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

var errNotTheSame = errors.New("what was found after a state of the same Canonical form or View does not follow here; " +
	"one of them takes states for the same that are not, or Next depends on more than the state")
