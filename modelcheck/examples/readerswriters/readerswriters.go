// Package readerswriters lets actors read and write a resource: many may read
// it at once, and nobody while one writes. A queue serves them in order.
//
// The state has sets and a queue, as one would write it first: maps and a
// slice. modelcheck.Encoded makes that searchable.
//
// It follows the specification of Isaac DeFrain in the TLA+ Examples, which
// give for three actors 21,527 distinct and 59,674 generated states, depth 13
// (https://github.com/tlaplus/Examples/blob/master/specifications/ReadersWriters/manifest.json).
package readerswriters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
)

// State is who does what.
type State struct {
	Readers, Writers map[int]bool // sets: absent actors do not
	Waiting          []Request    // first come, first served
}

// Request is an actor that waits.
type Request struct {
	Actor int
	Write bool
}

// Action is what an actor does.
type Action struct {
	Step  Step
	Actor int
}

// Step is what can be done.
type Step int

// The steps.
const (
	TryRead Step = iota
	TryWrite
	Read
	Write
	Stop
)

var steps = []string{"tries to read", "tries to write", "reads", "writes", "stops"}

// String says it in words.
func (a Action) String() string { return fmt.Sprintf("actor %d %s", a.Actor, steps[a.Step]) }

// Plain is the model for so many actors, with states as they are written.
func Plain(actors int) modelcheck.Model[State, Action] {
	return modelcheck.Model[State, Action]{
		Name: fmt.Sprintf("%d readers and writers", actors),
		Init: []State{{}},
		Next: func(s State, emit func(Action, State)) {
			for actor := range actors {
				ask(s, actor, emit)
			}
			serve(s, emit)
			for actor := range actors {
				stop(s, actor, emit)
			}
		},
		Always: []modelcheck.Property[State]{
			{
				Name:  "NoReadWhileWriting",
				Doc:   "nobody reads while somebody writes",
				Holds: func(s State) bool { return len(s.Readers) == 0 || len(s.Writers) == 0 },
			},
			{
				Name:  "OneWriter",
				Doc:   "at most one actor writes",
				Holds: func(s State) bool { return len(s.Writers) <= 1 },
			},
		},
		Sometimes: []modelcheck.Property[State]{
			{Name: "AllRead", Doc: "all can read at once", Holds: func(s State) bool { return len(s.Readers) == actors }},
			{Name: "Written", Doc: "somebody can write", Holds: func(s State) bool { return len(s.Writers) == 1 }},
		},
		Canonical: func(s State) State { return s.canonical(actors) },
		Clauses:   steps,
		Clause:    func(a Action) int { return int(a.Step) },
	}
}

// Model is the model that can be searched.
func Model(actors int) (modelcheck.Model[modelcheck.Code[State], Action], error) {
	return modelcheck.Encoded(Plain(actors))
}

// ask lets an actor join the queue once to read and once to write.
func ask(s State, actor int, emit func(Action, State)) {
	for step, request := range []Request{TryRead: {actor, false}, TryWrite: {actor, true}} {
		if !s.waits(request) {
			next := modelcheck.Clone(s)
			next.Waiting = append(next.Waiting, request)
			emit(Action{Step(step), actor}, next)
		}
	}
}

func (s State) waits(request Request) bool {
	for _, other := range s.Waiting {
		if other == request {
			return true
		}
	}
	return false
}

// serve takes the first request when nobody writes, and a write only when
// nobody reads.
func serve(s State, emit func(Action, State)) {
	if len(s.Waiting) == 0 || len(s.Writers) > 0 {
		return
	}
	first := s.Waiting[0]
	next := modelcheck.Clone(s)
	next.Waiting = next.Waiting[1:]
	switch {
	case !first.Write:
		next.Readers[first.Actor] = true
		emit(Action{Read, first.Actor}, next)
	case len(s.Readers) == 0:
		next.Writers[first.Actor] = true
		emit(Action{Write, first.Actor}, next)
	}
}

// stop ends what an actor does.
func stop(s State, actor int, emit func(Action, State)) {
	if s.Readers[actor] || s.Writers[actor] {
		next := modelcheck.Clone(s)
		delete(next.Readers, actor)
		delete(next.Writers, actor)
		emit(Action{Stop, actor}, next)
	}
}

// canonical numbers the actors by what can be known of each: they differ in nothing
// else.
func (s State) canonical(actors int) State {
	known := make([]string, actors)
	old := make([]int, actors) // by new number
	for actor := range actors {
		old[actor] = actor
		known[actor] = fmt.Sprint(s.Readers[actor], s.Writers[actor],
			slices.Index(s.Waiting, Request{actor, false}), slices.Index(s.Waiting, Request{actor, true}))
	}
	slices.SortFunc(old, func(a, b int) int { return strings.Compare(known[a], known[b]) })
	named := State{Readers: map[int]bool{}, Writers: map[int]bool{}}
	for actor, was := range old {
		if s.Readers[was] {
			named.Readers[actor] = true
		}
		if s.Writers[was] {
			named.Writers[actor] = true
		}
	}
	for _, request := range s.Waiting {
		named.Waiting = append(named.Waiting, Request{slices.Index(old, request.Actor), request.Write})
	}
	return named
}
