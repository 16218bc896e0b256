// Package mechanical tries every small mistake about the rules of a CometBFT
// dialect, and says what notices it. docs/mutants.md explains the words; those of
// the paper are tried in modelcheck/bft.
//
// A mutant is compiled, and compared with the table of the rules. One that is left
// goes up a ladder of instances (ladder.go): some of modelcheck/quotient, with the
// habits of a node asked for, and some of modelcheck/delivery, which knows of lost
// timeouts, dropped blocks, refusals and dead ends. Where it makes a difference on
// no observation that the rules make there, the rung is left out; the last one, of
// three rounds, also where it makes none that is new there. It is killed by a
// property that the rules keep and it does not; by what they reach, or are known
// to violate, and it does not; or, when nothing else was found, by a rule that
// fires in some process by itself, whatever it hears, and with the mutant in none.
//
// One that does the same on all of them, as processes that nobody can tell apart
// from those of the rules, is alike. No more is said: on a larger instance, or with
// surroundings that are always the same here, there might be a difference; polka mutants
// --logs looks for one in what real nodes did.
// survivors.go lists what nothing kills.
package mechanical
