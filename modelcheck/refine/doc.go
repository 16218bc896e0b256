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
package refine
