// Package picks judges what a CometBFT node sent to its peers: it reads the node's
// debug log (package debuglog) and asks, for each vote, part and proposal, whether a
// row of the gossip rules (spec/gossip) sends it.
//
// A vote is logged with what is believed of the peer. What the node itself held is
// known from the lines that tell where it is and which votes it added, and only as
// far as the times of lines tell: a vote that is being added may be held or not. A
// pick is explained if some completion of what is known makes a row send it. It
// contradicts the rules if none does; then the rows that fire instead are named, and
// the smallest set of facts without which it would have been sent. It cannot be
// known if only what no line tells of would decide it.
//
// That the node found no vote to send is judged in the same way.
//
// Beliefs are judged too. Messages, and what was sent, are replayed by the updates of
// spec/gossip, and every belief that is printed must be one that they lead to. Three
// goroutines for each peer change a belief, and the log tells when each began: all
// ways in which it may have come about are followed. The line of a vote does not name
// the peer; it is told from the time at which the peer's step began, and where two
// peers are too close, a belief that differs is marked as doubtful.
//
// What the log does not tell is not judged: queries (Q1 to Q4) and announcements have
// no lines. Rounds above 3 and sets of more than 64 cannot be judged, and a store is
// taken to hold every height from 1.
package picks
