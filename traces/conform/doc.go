// Package conform judges recorded runs: it replays a log against the rules of a
// dialect and says which record no rule explains, and why.
//
// A log of CometBFT (cs.wal) is followed input by input: every message and
// timeout is given to an interpreter of the dialect, which tells what steps,
// votes and commits must follow; the log must show them, in that order and with
// those contents. What a log does not record is inferred where it can be — a
// restart, an application's verdict, a vote that was never signed — and each
// inference is counted. A log of polka's own engine is replayed the same way,
// and there the rules that fired are in the log too.
//
// Judging streams. Memory is bounded by the records of one height.
package conform
