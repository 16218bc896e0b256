// Package gossip states as rules what a node sends to a peer, and what it then
// believes that the peer has: CometBFT's gossip of proposals, parts and votes as
// it is, and as polka would have it.
//
//   - cometbft_picks.go is the place to begin: what is sent next, row by row, the
//     first that applies; cometbft_updates.go says what a message or a send that
//     went well changes in the belief. polka_picks.go and polka_updates.go hold
//     what differs.
//   - observables.go says what a guard may ask, bindings.go of what, effects.go
//     what a body may do, priority.go which row comes first and why.
//   - [View] is what the node holds, [Peer] what it believes of one peer, CometBFT's
//     PeerRoundState. Both are plain comparable values, so that a model checker can
//     take them for states.
//   - dialect.go puts a dialect together, observe.go takes observations, fire.go
//     carries out effects. differences.go lists how polka departs from CometBFT.
//
// There is no chance in here: where CometBFT sends a random vote of a set, the
// whole set is returned ([Output.AnyOf]). There is no time either: that two
// announcements may overtake each other is for whoever delivers messages.
//
// The package exports every observable, value, effect and binding, because
// checker, generator and tests speak of them.
package gossip
