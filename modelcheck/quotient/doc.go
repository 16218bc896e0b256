// Package quotient checks one height of Tendermint consensus, whatever the dialect,
// in states that stand for all that nothing can tell apart.
// docs/adr/0019-the-quotient-of-any-dialect.md says why.
//
// # The model
//
// N validators of which F are Byzantine, all with power 1, rounds 0 to R−1. What
// was sent stays: a process may find any part of it at any time, in any order, and
// may find less than before, but not less than what it remembers to have heard.
// Byzantine validators have said everything from the start. A process of the paper
// follows any rule that is enabled; a CometBFT node asks the questions of one event
// after the other, each once, and what it finds in the votes of one type and round
// is the same throughout the event. Every timeout that a process has started in its
// round may expire at any time: each dialect has the timers of the paper here. The
// own queue has any delay, a block arrives whenever its node collects it, and nobody
// crashes. For CometBFT's one timer, dropped messages, first votes and crashes there
// is modelcheck/delivery.
//
// So more can happen here than in a network. What holds here holds there; a
// violation may need that a node hears less than before.
//
// # How it becomes small
//
// Nothing below is written for a dialect or its rules: it is computed from what a
// process does, so that it is right for mutants too.
//
//   - One process by itself is explored, with whatever it may hear (steps.go,
//     behaviour.go), and its locals are merged when nobody can tell them apart, now
//     or later (partition.go).
//   - Steps that send nothing are put off (automaton.go). What can be heard stays so,
//     and nobody sees such a step: a process can take it just before it sends
//     something. A move is such steps and one that sends, and asks for the least
//     that must be true. What is left is merged again (process.go).
//   - Moves of different processes commute, so runs are searched in one order, from
//     what is of earlier rounds to what is of later ones; who lags behind has few
//     moves left, and its classes are merged by those (layers.go).
//   - A state of everybody is the classes of the processes, sorted, and how many
//     votes of each kind there are (state.go). Counts stop where nothing more
//     depends on them, what no class will ask about is dropped, and V0 and V1 may
//     change places.
//
// The depth of a search counts steps that somebody else can see.
//
// # Why it can be believed
//
// Exact goes through every run of an instance, of named processes that take every
// step as it comes, and holds the quotient against it
// (exact.go). TestExactnessCanFail spoils what makes it small, one thing at a time.
// The order is held against searches in any order, which [Config].AnyOrder asks for:
// TestLayersLoseNothing and TestLayersLoseNothingOfMutants compare the states that
// they come to, and TestLayersCanFail spoils the levels.
// [Plain] counts the same kind of states with nothing beside them; those of the CometBFT
// dialects stand in TLA+ in docs/tla, and TLC counts as many. A violation is told
// as a run of named processes, each step of which the rules took again
// (counterexample.go).
//
// # Mutants
//
// [Original] holds other rules against those of a dialect: whether a process does
// the same, and if not, what a search finds. [Config].Habits asks for more then,
// of single steps (habits.go): the quotient lets everybody wait, so that what it is
// asked otherwise has little to say of a node that forgets a timeout. With habits a
// node has the timeouts that it has started, and not those that it should have.
//
// [Config] without Rules clears, by local.forget, two things that the rules as they
// are do not ask about; with other rules everything is kept until the merging.
// TestForgettingLosesNothing shows that merging would have done the same.
package quotient
