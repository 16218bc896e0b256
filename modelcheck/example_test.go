package modelcheck_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
)

// A situation says what either of two processes is doing. It is comparable,
// small and has no pointers of its own; an array of uint64 would be faster.
type situation [2]string

const idle, sawFree, using = "idle", "saw it free", "using it"

// A deed is what a process did.
type deed struct {
	process int
	what    string
}

// lookThenTake lets each process look whether the resource is free before it
// takes it, in two separate actions.
func lookThenTake(s situation, emit func(deed, situation)) {
	for i := range s {
		next := s // a copy
		switch other := s[1-i]; {
		case s[i] == idle && other != using:
			next[i] = sawFree
			emit(deed{i, "look"}, next)
		case s[i] == sawFree:
			next[i] = using
			emit(deed{i, "take"}, next)
		case s[i] == using:
			next[i] = idle
			emit(deed{i, "release"}, next)
		}
	}
}

// lookAndTake does both in one action.
func lookAndTake(s situation, emit func(deed, situation)) {
	for i := range s {
		next := s
		switch other := s[1-i]; {
		case s[i] == idle && other == idle:
			next[i] = using
			emit(deed{i, "take"}, next)
		case s[i] == using:
			next[i] = idle
			emit(deed{i, "release"}, next)
		}
	}
}

// Two processes share a resource. The first protocol is broken, and the report
// shows how; the second one holds.
func ExampleCheck() {
	model := modelcheck.Model[situation, deed]{
		Name: "shared resource",
		Init: []situation{{idle, idle}},
		Always: []modelcheck.Property[situation]{{
			Name:  "Exclusion",
			Doc:   "at most one process uses the resource",
			Holds: func(s situation) bool { return s[0] != using || s[1] != using },
		}},
		Sometimes: []modelcheck.Property[situation]{{
			Name:  "Use",
			Doc:   "the resource can be used at all",
			Holds: func(s situation) bool { return s[0] == using },
		}},
		FormatAction: func(_ situation, d deed, _ situation) string {
			return fmt.Sprintf("process %d: %s", d.process, d.what)
		},
	}
	for _, model.Next = range []func(situation, func(deed, situation)){lookThenTake, lookAndTake} {
		report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(report.String())
	}
	// Output:
	// shared resource: violated (violation found)
	// 9 states, 14 transitions, depth 4, 0 deadlocks
	// violated: Exclusion, after 4 steps
	//    0  [idle idle]
	//       process 0: look
	//    1  [0]: idle → saw it free
	//       process 1: look
	//    2  [1]: idle → saw it free
	//       process 0: take
	//    3  [0]: saw it free → using it
	//       process 1: take
	//    4  [1]: saw it free → using it
	//    =  [using it using it]
	// shared resource: holds (every reachable state visited)
	// 3 states, 4 transitions, depth 1, 0 deadlocks
}

// A model in which nothing happens keeps every promise. Sometimes and Clauses
// notice: here the bridge over which one cart may go at a time is never opened.
func Example_vacuity() {
	type bridge struct {
		Open bool
		On   int8
	}
	const enter, leave = "enter", "leave"
	clauses := []string{enter, leave}
	model := modelcheck.Model[bridge, string]{
		Name: "bridge",
		Init: []bridge{{Open: false}},
		Next: func(b bridge, emit func(string, bridge)) {
			if b.Open && b.On == 0 {
				emit(enter, bridge{b.Open, b.On + 1})
			}
			if b.On > 0 {
				emit(leave, bridge{b.Open, b.On - 1})
			}
		},
		Always: []modelcheck.Property[bridge]{{
			Name:  "Safe",
			Doc:   "one cart at most is on the bridge",
			Holds: func(b bridge) bool { return b.On <= 1 },
		}},
		Sometimes: []modelcheck.Property[bridge]{{
			Name:  "Used",
			Doc:   "a cart can be on the bridge",
			Holds: func(b bridge) bool { return b.On == 1 },
		}},
		Clauses: clauses,
		Clause:  func(action string) int { return slices.Index(clauses, action) },
	}
	for _, open := range []bool{false, true} {
		model.Init = []bridge{{Open: open}}
		report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{Witnesses: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(report.String())
	}
	// Output:
	// bridge: violated (every reachable state visited)
	// 1 states, 0 transitions, depth 0, 1 deadlocks
	// unreached: Used
	// never fired: enter
	// never fired: leave
	// bridge: holds (every reachable state visited)
	// 2 states, 2 transitions, depth 1, 0 deadlocks
	// reached: Used, after 1 steps
	//    0  {true 0}
	//       enter
	//    1  On: 0 → 1
	//    =  {true 1}
}

// A mailbox in any order: what was sent is a map, what was read a slice. The
// claim that letters are read in order is false, and the path says why.
func ExampleEncoded() {
	type mail struct {
		sent map[string]bool
		read []string
	}
	model, err := modelcheck.Encoded(modelcheck.Model[mail, string]{
		Name: "mailbox",
		Init: []mail{{sent: map[string]bool{"first": true, "second": true}}},
		Next: func(m mail, emit func(string, mail)) {
			for _, letter := range modelcheck.SortedKeys(m.sent) { // a loop over the map would have no order
				next := modelcheck.Clone(m)
				delete(next.sent, letter)
				next.read = append(next.read, letter)
				emit("read the "+letter, next)
			}
		},
		Always: []modelcheck.Property[mail]{{
			Name:  "InOrder",
			Doc:   "letters are read in the order in which they were sent",
			Holds: func(m mail) bool { return slices.IsSorted(m.read) },
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report.String())
	fmt.Println("read:", report.Violations[0].Path.Last().Decode().read)
	// Output:
	// mailbox: violated (violation found)
	// 5 states, 4 transitions, depth 2, 0 deadlocks
	// violated: InOrder, after 2 steps
	//    0  {map[first:true second:true] []}
	//       read the second
	//    1  sent[second]: true → nothing, read: [] → [second]
	//       read the first
	//    2  sent[first]: true → nothing, read: [second] → [second first]
	//    =  {map[] [second first]}
	// read: [second first]
}

// A rule that is broken on purpose shows that a property can fail, and that
// the search finds it.
func Example_mutant() {
	model := modelcheck.Model[situation, deed]{
		Name: "shared resource",
		Init: []situation{{idle, idle}},
		Next: func(s situation, emit func(deed, situation)) {
			lookAndTake(s, emit)
			if s[1] == idle {
				emit(deed{1, "take without a look"}, situation{s[0], using})
			}
		},
		Always: []modelcheck.Property[situation]{{
			Name:  "Exclusion",
			Holds: func(s situation) bool { return s[0] != using || s[1] != using },
		}},
	}
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, violation := range report.Violations {
		fmt.Println(violation.Property.Name, "is broken after", violation.Path.Len(), "steps, the last:", violation.Path.Steps[1].Action.what)
	}
	// Output:
	// Exclusion is broken after 2 steps, the last: take without a look
}
