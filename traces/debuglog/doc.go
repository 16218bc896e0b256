// Package debuglog reads the debug log of a CometBFT node: the lines of module
// consensus that tell what it received, what it holds, what it believes of its
// peers and what it sent them.
//
// [Open] gives a [Log], of a file as it is or packed with zstd; [Log.Next] gives a
// [Record] for each line that says something of this, until io.EOF. All other lines
// are counted by their text ([Log.Others]). A line that is not what CometBFT writes
// is a [*LineError], with its file, line and field; the next call goes on after it.
//
// The format is CometBFT's log_format = "json", of v0.38 and v1; the texts of v1
// begin with a capital letter, which is not looked at. log_format = "plain" is not
// read: [ErrPlain] says so.
//
// # Order
//
// Lines of one goroutine are in its order. Those of several are not: the time of a
// line is taken before its values are printed, and its place when they are. What a
// line tells has happened before its time where CometBFT logs what it did ("added
// vote"), and after it where it logs what it is about to do ("Receive", "setHasVote").
package debuglog
