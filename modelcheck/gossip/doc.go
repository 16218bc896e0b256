// Package gossip checks what two nodes of Tendermint consensus send each other: by
// the rules of spec/gossip, in either dialect.
//
// # The model
//
// Two nodes, A and B, and one connection between them. What is proposed and voted in
// the rest of the network is a [Chain]: the same for everybody. So a node ([Node]) is
// its height, round and step and masks of what it holds; the rules see it as a
// gossip.View, which is built when they are asked (node.go). A [State] is both nodes,
// what each believes of the other, and what is under way in the four channels of the
// reactor (wire.go): first in, first out, with room for a few messages. In CometBFT
// announcements may overtake each other, and those that it only tries to send may
// be lost.
//
// What can happen is in step.go. A node picks what its rules say (pick), gets a
// message (receive.go: first its belief changes, then its consensus takes or drops
// what came, as CometBFT does), or takes a step of its consensus (consensus.go), which
// is CometBFT's without locks: what is voted is up to the chain. Timers expire only
// where [Config].Timeouts says so; the connection may begin anew, and nodes restart,
// as often as it says.
//
// # What is claimed
//
// claims.go lists it. Beliefs are sound: what is marked about the round that the
// peer is in is held by it or under way. And everything arrives: when nothing is
// under way and no rule sends anything, neither node lacks what it needs and the
// other holds. A claim of soundness that is violated is the cause, one of arrival
// the wedge that may come of it; often CometBFT breaks the first and not the second,
// since a later announcement mends it. Nothing is sent twice without a reason, where
// [Config].Counted keeps what was sent.
//
// # What came of it
//
// [Standard] lists the instances and what each dialect violates in them. Under
// CometBFT's rules: parts that were sent before the commit are marked and were
// dropped (one-behind), for ever if the proposal comes from elsewhere (gift, tendermint
// issue 3721); the proof of lock is never sent where its proposal came after the
// header (pol-announced), or where its round is the catch-up round (pol-hidden); a
// later round is never told (earlier-round); a new peer is not told of parts that are
// collected (no-proposal); answers to queries unmark votes that are under way (asked).
// polka holds in these, but for the last. What it needs beside its rules is shown by
// instances in which it does not hold: whoever begins to collect parts in step
// precommit must tell (silent), queries must go behind votes (asked, asked-behind), and
// votes of a later round must not be of more rounds than the peer makes room for
// (too-far; there it has room for one, since rounds 0 to 3 are too few to run out of
// CometBFT's two).
package gossip
