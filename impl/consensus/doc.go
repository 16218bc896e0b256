// Package consensus is the pure consensus machine: [Machine.Step] takes one
// input and returns the outputs that the generated rules call for. It has no
// I/O, clock, randomness, goroutine, logger or lock, and it imports nothing of
// the specification: what it knows of the rules is table_gen.go.
//
//   - machine.go is the driver: an input comes in, rules fire until none is
//     enabled, each by carrying out its list of effects.
//   - observe.go says what is true of each choice of free variables; the
//     generated table turns that into a rule, and the written priority picks one
//     rule among those of all choices.
//   - log.go and votes.go hold the messages of the height, counted by power and
//     bounded. What is not held is refused with a [Reason].
//   - validators.go knows powers, quorums and the proposer of each round.
//   - table_gen.go is generated from spec/consensus by "polka generate".
//
// # What the caller must do
//
// Start the machine once. Verify signatures, and that a proposal comes from
// [Validators.Proposer] of its round, before the message becomes an input. Give
// back our own proposals and votes as inputs once they are signed and sent, each
// timeout after its time, and a value for each [ValueWanted]. Keep messages of
// later heights until the [Decision] of the height before; a machine holds
// messages of its current height alone.
//
// The rules, the steps and the reasons for refusing are most of its exported
// names: traces are written in them.
package consensus
