// Package modelcheck searches finite transition systems exhaustively: it
// visits every state a [Model] can reach, says whether the model's properties
// hold in them, and gives a shortest path to a state that breaks one.
//
// # What a model is
//
// A model says what a system can do, and not what it will do: a state, the
// states it may begin in, and for each state what can happen next. Where
// several things can happen, in any order, the search tries all of them. That
// is how it finds what a test does not: the one order in a million in which two
// processes meet.
//
// A state is a Go value that can be compared, such as a small struct of arrays,
// numbers and bools. Here are two processes that share a resource:
//
//	type situation [2]string // what each of them is doing
//
// An action is a value of any type, and names what was done. Next is given a
// state, and calls emit once for each thing that can happen in it, with the
// action and the state that it leads to. Arrays and structs are copied by =, so
// that a successor is a changed copy:
//
//	func next(s situation, emit func(deed, situation)) {
//		for i := range s {
//			if s[i] == idle && s[1-i] != using {
//				after := s
//				after[i] = sawFree
//				emit(deed{i, "look"}, after)
//			}
//			…
//		}
//	}
//
// What must not go wrong is a [Property] in Always, a function of one state:
// not both are using the resource. The example of [Check] is the complete
// model, some thirty lines, to be copied and changed.
//
//   - Next must depend on the state alone, and emit in a fixed order: no clock,
//     no random numbers, no loop over a map.
//   - Let one action be what happens at once in the real system. What is two
//     actions there, such as to look and then to take, must be two here: bugs
//     live between them.
//   - Failures are actions like others: a message that is lost, a process that
//     crashes. Emitting the same state twice, or the state itself, is allowed.
//   - Bound what grows: so many messages, so many rounds. Do so in Next, or
//     by Model.Within, and say in the model's name which bounds it has.
//
// # Reading a counterexample
//
// [Report.String] tells what was found. The first line is the [Verdict] and why
// the search ended; then come the counts, and then for each property that is
// broken the way there from the beginning: what was done, and after it what
// that changed. The first and the last state are in full:
//
//	shared resource: violated (violation found)
//	9 states, 14 transitions, depth 4, 0 deadlocks
//	violated: Exclusion, after 4 steps
//	   0  [idle idle]
//	      process 0: look
//	   1  [0]: idle → saw it free
//	      process 1: look
//	   2  [1]: idle → saw it free
//	      …
//
// No way there is shorter. Read it from its end: which action led into the bad
// state, and why was it allowed? Then backwards to the action that should have
// made a difference and did not. Here that is the second look: the first one
// left nothing behind that it could have seen.
//
// A property can be broken by the system, by the model, or by being the wrong
// claim; all three are worth knowing. Report.Violations has the same as values,
// state by state. Model.FormatState, Model.FormatAction and Model.FormatChange say
// how they are written.
//
// A deadlock, a state that nothing leaves, is often as it should be: all is
// done. A property in Final says in which states the system may end.
//
// # Making it small
//
// States multiply: one more process with four phases is four times as many. In
// the order in which it pays:
//
//   - Look for the bug in the smallest instance. Two or three processes show
//     most of what is wrong with hundreds.
//   - Leave out of the state what no later action and no property depends on:
//     counters, histories, what has been read for the last time. Clear what is
//     left over, so that two states that are alike are equal.
//   - Use a set where the order makes no difference, and write it as bits or
//     bools: a slice has an order, which is states.
//   - Make one action of what nobody can observe in between.
//   - What differs only in names is the same: see Model.Canonical.
//
// Options.MaxStates and Options.Memory end a search that is too large, and the
// verdict is then [Unfinished]. Report.Levels says how the graph grows by
// depth: levels that still double promise no end.
//
// # Making it fast
//
// Millions of states need little more than states that are small: a struct of
// bytes and bools is within a factor of two of one that is packed by hand (the
// package examples/twophase has the first, a test of this package the second).
// The memory is the size of a state, and some 20 bytes more for each. Report.StatesPerSecond and
// Report.BytesPerState tell what it came to. Most of the rest is the time that
// Next takes: it should allocate nothing.
//
// A state need not be comparable. [Encoded] takes slices, maps, strings and
// pointers, at a price of some microseconds per transition; [Clone] copies
// such a state before it is changed, and [SortedKeys] goes through a map in a
// fixed order. Begin so when it is easier to write, and rewrite the state when
// the model has become large: the counts must stay the same.
//
// # Trusting a result
//
// "Holds" is said of the model, within its bounds, and of what was claimed. Ask:
//
//   - Can anything happen? Give every property in Always one in Sometimes at its
//     side, which says that the situation it is about does occur; Options.Witnesses
//     shows how, and the example of vacuity what happens without.
//   - Is every rule used? Name them in Clauses. One that never fires in a
//     complete search is dead, or the bounds are too small for it: the verdict
//     is then Violated, unless Model.MayStayIdle names it.
//   - Can the property fail? Break a rule on purpose, and see that the property
//     notices. Wrapping Next in a test is enough, as the packages in examples do.
//   - Is it the system that was meant? Compare counts with another model of the
//     same system, or with what others have published; pin them in a test, so
//     that a change of the model is noticed.
//
// # Examples
//
// The packages under examples are well-known systems, each with the counts of
// those who published it, and with mistakes that are found: Die Hard's jugs for
// a start, philosophers, locks, two-phase commit, termination detection, Paxos
// and Paxos Commit.
//
// # What a report promises
//
// The [Verdict] is [Holds] only if every reachable state was visited. A search
// that was cut short, by a limit or a context, is [Unfinished] unless it had
// found a violation. States are told apart by their value, so that no state is
// missed by coincidence, unless Options.Visited asks for fingerprints.
//
// Counterexamples are as short as any. States are numbered in the order in
// which a search with one worker discovers them, however many work, so a
// repeated search gives the same counts and the same paths. A search that
// Options.MaxStates cuts short ends at the same state, too.
//
// Counts compare with those of TLC as follows. Report.States less
// Report.Outside is its number of distinct states; Report.Transitions plus the
// initial states is its number of generated states, if Next emits a state as
// often as TLC takes it, which is once for every true disjunct and every witness
// of an ∃ in an action; Report.Depth plus one is its depth.
//
// # What runs must come to
//
// Eventually and LeadsTo are claims about runs that have no end. Every run must
// keep them that is fair to Model.Fair. They are judged once every state was visited
// and unless a violation ended the search, on the graph of all states, cycles
// included; until then they are in Report.Unjudged, and the verdict is not Holds. The
// example of Model (Fair) has a lock that needs strong fairness.
//
//   - A run goes on as long as a transition leads to another state. Where none
//     does, it stays for ever. TLC lets a run without fairness stop anywhere;
//     say that by emitting the state itself.
//   - A transition to the same state may be taken for ever, and is a step of no
//     condition of fairness; nor does it enable one. TLA+ says the same with
//     WF_v(A) and SF_v(A).
//   - The counterexample is a [Lasso]: a path, the loop after it, and why the
//     loop is fair to each condition. For a given model it is always the same one.
//   - Where Within ends a run, nothing is known of the rest. A lasso inside is a
//     violation all the same; if there is none but such a run waits, the property
//     is unjudged.
//   - Canonical, View and fingerprints are refused: a cycle of states that
//     stand for others need not be one of the model.
//
// Next is called once more for each state in which some property is not kept. In
// the graph a transition takes 4 bytes and one for each eight conditions, a state 30
// to 50, and Options.Memory bounds it as well. Judging a property is linear in the
// graph, and once more for each time a strong condition fails. It uses one worker.
//
// # Searching less
//
// [Model.Canonical] stores one state for all that are the same by symmetry or
// by dead variables, [Model.View] leaves out what tells nothing apart, and with
// [Model.Local] the steps of one actor go first where they commute with all others.
// [Audit] searches in full and says whether what is declared is true; run it on a
// small instance in a test. [Options.Unreduced] shows what the declarations win: the
// package examples has a table of it.
//
// # Searching more than memory holds
//
// [Options.Visited] asks for fingerprints in place of states, and the report says
// with what probability one was missed. With [Options.Directory] a search that
// outgrows [Options.Memory] goes on in sorted files, some five times as slowly, and
// comes to the same counts. It is saved there in intervals and when the context
// ends; [Options.Resume] goes on. Counterexamples are as short, though perhaps not
// the same ones.
//
// # Searching otherwise
//
// [Options.Order] asks for walks: in depth, at random, or many in depth that each
// keep a few bits of a state (a swarm). They find, and prove nothing, unless one
// walk in depth came to the end. A directed search visits those states first for which
// [Model.Distance] is least.
//
// # What it does not do
//
// Exact states in memory cost their size and 17 to 30 bytes more, for the parent
// and the place in the visited set. Deadlocks are counted, and are violations only
// if a property says so. There is no temporal logic beyond Eventually and LeadsTo, and
// these are judged in memory, on all states. The computers of a network cannot share a search.
package modelcheck
