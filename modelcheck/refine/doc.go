// Package refine compares the generated machine, impl/consensus, with the rules
// that it was generated from: in every state that a process of modelcheck/delivery
// can be in, after every order of inputs that leads there, each input must make
// both do the same.
//
// A state of the search is a position of the process and everything that the
// machine remembers. Both are given the same event; then the rules that fired,
// what was sent, which timeouts were scheduled, the decision and all variables
// must be equal. Where the rules leave open which of two equally urgent choices
// comes first, the machine must do what one of them leads to.
//
// The machine asks for a value and goes on; here it is answered at once. What it
// would have proposed in a round that it has left by then is not missed.
//
// What a machine refuses because it keeps a bounded part of the messages does not
// occur here: a Byzantine validator would have to send it three values where it
// may send one, and [Check] refuses a configuration that has that.
//
// # Counts
//
// Pairs of a position and a machine's memory, and inputs given to both, of all
// processes; equal in all of them. The first is pinned by a test, with smaller
// ones; the last takes minutes.
//
//	instance                                             pairs      inputs
//	n4 f1 [0] one value, equivocation 1                 69,031     255,266
//	n4 f1 [B] one value, equivocation 1                399,837   1,733,064
//	n2 f0 [0 1]                                         97,220     268,800
//	n4 f0 [0 1] one value, one silent                1,415,838   6,659,462
//	n4 f1 [0 1] one value, one silent, equivocation 1 3,768,992  14,117,301
package refine
