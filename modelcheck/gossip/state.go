package gossip

import "github.com/polka-bft/polka/spec/gossip"

// The nodes.
const (
	nodeA = iota
	nodeB
	nodes
)

// environment is who acts when no node does.
const environment = nodes

var actorNames = [...]string{"A", "B", "environment"}

// State is both nodes, what each believes of the other, and what is under way.
type State struct {
	Nodes   [nodes]Node
	Beliefs [nodes]gossip.Peer // of each about the other
	Wires   [nodes]wire        // from each to the other
	Sent    [nodes]ledger      // by each on this connection; kept if Config.Counted

	Reconnects, Restarts, Gifts uint8 // how many there may be yet
}

// other is the other node.
func other(n int) int { return 1 - n }

// quiet says that nothing is under way.
func (s *State) quiet() bool { return s.Wires[nodeA].empty() && s.Wires[nodeB].empty() }
