// Package engine runs a consensus machine among peers: [Engine]. All that is
// concurrent in polka happens here, and nothing is decided here.
//
//   - One goroutine owns the machine. It takes inputs from one bounded queue,
//     steps, records and carries out the outputs. What this node says comes back
//     to it as an input, before anything else in the queue.
//   - Per peer, one goroutine receives: it decodes and checks bounds, signature
//     and proposer, asks the application whether a value is valid, and puts the
//     message into the queue. It blocks when the queue is full, and so does only
//     its own peer.
//   - Per peer, one goroutine sends. There is no outbox: before each send it
//     derives from the [transcript] of what this node has said, and from where
//     the peer stands, what the peer needs next. A peer that does not read stops
//     nobody but its own sender.
//   - One goroutine keeps the timers. An expired timeout is an input; whether it
//     still matters is for the rules to say.
//
// # What is sent, and when
//
// Each node sends what it has signed itself, in the order it was signed, and a
// short status whenever it enters a round. A peer is sent messages of its own
// height only, and of rounds that a machine there keeps: so a peer that is behind
// is not flooded, and nothing that it needs now stands behind what it cannot use
// yet. This costs one message delay per height, as in CometBFT.
//
// A peer that stays at a height which this node has decided, longer than
// Config.CommitDelay, is sent the commit: the precommits and the proposal,
// whoever signed them. That is what it needs when a validator spoke to some and
// not to others before it fell silent. Votes of others in an undecided height are
// not passed on; that, and reconnecting, is the business of gossip, which is not
// here yet. Until then a Byzantine validator that shows its votes to some nodes
// only can hold up a height, but not break agreement.
//
// # Messages that come too early or too late
//
// The receiving goroutine holds a message of a later height, or of a round too
// far ahead, and with it everything its peer sent after, until this node gets
// there: nothing is lost and nothing is stored. A correct peer makes it wait only
// as long as this node's own status is on its way. Messages of heights that are
// decided are dropped before their signature is looked at.
//
// # Memory
//
// What all peers have received, or do not need any more, is forgotten. For
// peers that are behind, at most Config.MaxBacklog bytes are kept; beyond, the one
// furthest behind is disconnected. Everything else is bounded by the queue, one
// message per peer, and what the machine keeps of one height.
package engine
