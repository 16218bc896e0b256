// Package transport moves frames between nodes: a [Conn] is one peer, blocking
// and in order. What a frame means is the business of package wire and of the
// engine; a transport sees bytes.
//
// [Memory] joins nodes of one process. A transport over TCP is another way to
// make Conns and changes nothing else.
package transport
