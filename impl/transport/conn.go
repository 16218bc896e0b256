package transport

import (
	"context"
	"errors"
)

// ErrClosed is what Send and Receive return once either side has closed the
// connection.
var ErrClosed = errors.New("transport: the connection is closed")

// Conn is a connection to one peer. Frames arrive whole, once, and in the order
// they were sent, until the connection is closed; Send and Receive may then lose
// what was under way. One goroutine may send while another receives.
type Conn interface {
	// Peer is the name of the other side, for logs and for people.
	Peer() string
	// Send blocks until the frame is on its way, which may be until the peer has
	// received earlier ones. The frame may be reused afterwards.
	Send(ctx context.Context, frame []byte) error
	// Receive blocks until a frame is there. The frame belongs to the caller.
	Receive(ctx context.Context) ([]byte, error)
	// Close ends the connection for both sides. It may be called more than once.
	Close() error
}
