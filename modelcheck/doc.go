// Package modelcheck searches finite transition systems exhaustively: it
// visits every state a [Model] can reach, says whether the model's properties
// hold in them, and gives a shortest path to a state that breaks one.
//
// # Writing a model
//
// A model consists of initial states and a function Next, which emits the
// transitions that leave a state. The example of [Check] is a complete one.
//
//   - Pack the state into an array of uint64, or a small struct without
//     pointers. Every state is kept in full, and compared with ==.
//   - Leave out of the state what no later transition and no property depends
//     on; bring what is equivalent into one form. That is worth more than any
//     speed of a search.
//   - Next must depend on the state alone, and emit in a fixed order. Emitting
//     the same state twice, or the state itself, is allowed.
//   - Give every Always property a Sometimes property at its side, which says
//     that the situation it is about does occur. A model in which nothing
//     happens keeps every promise.
//   - Name the rules of the protocol in Clauses. A rule that never fires in a
//     complete search is dead, or the bounds are too small for it.
//
// # What a report promises
//
// The [Verdict] is [Holds] only if every reachable state was visited. A search
// that was cut short, by a limit or a context, is [Unfinished] unless it had
// found a violation. States are told apart by their value, never by a hash of
// it, so that no state is missed by coincidence.
//
// Counterexamples are as short as any. States are numbered in the order in
// which a search with one worker discovers them, however many work, so a
// repeated search gives the same counts and the same paths. A search that
// Options.MaxStates cuts short ends at the same state, too.
//
// Counts compare with those of TLC as follows. Report.States is its number of
// distinct states; Report.Transitions plus the initial states is its number of
// generated states; Report.Depth plus one is its depth.
//
// # What it does not do
//
// All states are kept in memory: the size of a state, and 17
// to 30 bytes more for its parent and its place in the visited set. Liveness
// under fairness is not checked. Deadlocks are counted, and are violations
// only if a property says so.
package modelcheck
