// Package gossip decides what a node sends to a peer, and keeps what it believes
// that the peer has, by the rules of the dialect polka of spec/gossip: table_gen.go is
// generated from them.
package gossip
