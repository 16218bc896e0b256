// Package consensus states Tendermint consensus as rules: Algorithm 1 of arXiv
// 1807.04938 with weighted votes, and the dialects that production runs.
//
//   - [Algorithm] in algorithm.go is the place to begin: the pseudo-code, clause
//     by clause, in the order of the paper.
//   - observables.go says what a guard may ask, effects.go what a body may do,
//     priority.go which rule an implementation takes when several may fire.
//   - [Process] is the state of lines 1 to 9; observe.go takes observations of it
//     and fire.go carries out effects. Together they interpret the rules: slow,
//     plain, and the reference for everything generated.
//   - dialect.go and dialect_*.go hold what other implementations do instead;
//     cometbft_*.go is what the dialects of CometBFT share, and cometbft_panics.go
//     where they panic.
//
// The interpreter has no clock, randomness or I/O: what the pseudo-code leaves
// to its surroundings comes in through [Messages], of which [Log] is the plain
// implementation, and [Environment].
//
// The package exports some three hundred names: every observable, value, effect
// and binding is one, because checker, judge, generator and tests speak of them.
package consensus
