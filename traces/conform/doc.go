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
// Judging streams. Memory is bounded by the records of one height. What a log
// holds is not trusted: absurd rounds, heights and counts end in a divergence or
// an error that names the record.
//
// # What a log cannot tell
//
// A restart leaves no mark, so a missing step NewHeight, and a step Propose that
// is logged again before anything followed it, are taken for one; round 0 may
// begin without a timeout, and a timeout newRound says that a round waited before
// step Propose. A node that waits for transactions without such a timeout cannot be
// told from one that left out a step. An own vote that is missing was never signed, unless
// what follows needs it. A nil prevote where the rules say a block is an
// application that refused it. Where the genesis turns proposer-based timestamps
// on, whether a proposal was timely is computed from the log, with the parameters of
// the genesis; where it does not, a nil prevote of v1 may also be the clock's, since
// an application can turn them on later. A timeout that comes sooner after what
// started it than its duration says may be a clock that was set back, or a ticker that
// took one timer for another (CometBFT pull request 3092). A log that was cut between two records is a
// shorter log: [Report.Ends] says where. All of these are counted in
// [Counts.Assumed], but for the last.
package conform
