package transport

import (
	"bytes"
	"context"
	"fmt"
	"sync"
)

// DefaultCapacity is how many frames one direction of a connection in memory
// holds, before Send blocks, if nothing else is said.
const DefaultCapacity = 64

// Memory joins the nodes of one process, each with each. It can hold back what
// is between two nodes and let it go later; nothing is ever lost.
type Memory struct {
	names []string
	conns [][]Conn // conns[i][j] is what i holds towards j
	gates [][]*gate
}

// NewMemory connects the named nodes. Each direction holds capacity frames; 0
// means [DefaultCapacity].
func NewMemory(names []string, capacity int) *Memory {
	if capacity <= 0 {
		capacity = DefaultCapacity
	}
	m := &Memory{names: names, conns: make([][]Conn, len(names)), gates: make([][]*gate, len(names))}
	for i := range names {
		m.conns[i] = make([]Conn, len(names))
		m.gates[i] = make([]*gate, len(names))
	}
	for i := range names {
		for j := range i {
			g := newGate()
			m.gates[i][j], m.gates[j][i] = g, g
			m.conns[i][j], m.conns[j][i] = newPipe(names[i], names[j], capacity, g)
		}
	}
	return m
}

// Conns returns the connections of node i, in the order of its peers.
func (m *Memory) Conns(i int) []Conn {
	var out []Conn
	for _, c := range m.conns[i] {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

// Conn returns what node i holds towards node j. It panics if they are the same.
func (m *Memory) Conn(i, j int) Conn {
	if i == j {
		panic(fmt.Sprintf("transport: node %d has no connection to itself", i))
	}
	return m.conns[i][j]
}

// Partition holds back everything between nodes of different groups and lets
// everything within a group go. A node in no group is cut off from all.
func (m *Memory) Partition(groups ...[]int) {
	of := make([]int, len(m.names))
	for g, members := range groups {
		for _, i := range members {
			of[i] = g + 1
		}
	}
	for i := range m.names {
		for j := range i {
			m.gates[i][j].set(of[i] == of[j] && of[i] != 0)
		}
	}
}

// Heal lets everything go, what was held back first.
func (m *Memory) Heal() {
	for i := range m.names {
		for j := range i {
			m.gates[i][j].set(true)
		}
	}
}

// pipe is one side of a connection in memory.
type pipe struct {
	peer    string
	in, out chan []byte
	gate    *gate
	line    *line
}

// line is what the two sides share: whether it is closed.
type line struct {
	once   sync.Once
	closed chan struct{}
}

func newPipe(a, b string, capacity int, g *gate) (atA, atB Conn) {
	ab, ba := make(chan []byte, capacity), make(chan []byte, capacity)
	l := &line{closed: make(chan struct{})}
	return &pipe{peer: b, in: ba, out: ab, gate: g, line: l}, &pipe{peer: a, in: ab, out: ba, gate: g, line: l}
}

func (p *pipe) Peer() string { return p.peer }

func (p *pipe) Send(ctx context.Context, frame []byte) error {
	select {
	case <-p.line.closed:
		return ErrClosed
	default:
	}
	select {
	case p.out <- bytes.Clone(frame):
		return nil
	case <-p.line.closed:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *pipe) Receive(ctx context.Context) ([]byte, error) {
	var frame []byte
	select {
	case frame = <-p.in:
	case <-p.line.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case <-p.gate.opened():
		return frame, nil
	case <-p.line.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pipe) Close() error {
	p.line.once.Do(func() { close(p.line.closed) })
	return nil
}

// gate is what Memory holds frames back with.
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while the gate is open
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) opened() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
		if !open {
			g.open = make(chan struct{})
		}
	default:
		if open {
			close(g.open)
		}
	}
}
