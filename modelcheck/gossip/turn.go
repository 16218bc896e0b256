package gossip

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
)

// A turn is a step that is being carried out.
type turn struct {
	*model
	State
	blocked bool // an announcement finds no room: the step has to wait

	tracing bool
	rows    []string // that fired
	notes   []string // what became of the message
}

func (t *turn) note(words string) {
	if t.tracing {
		t.notes = append(t.notes, words)
	}
}

// run asks the rules of a node about the other one. What is to be sent is returned;
// what is announced is under way.
func (t *turn) run(n int, bindings []*spec.Binding, m gossip.Message) []gossip.Output {
	v := t.view(&t.Nodes[n])
	return t.runAt(n, &v, bindings, m)
}

func (t *turn) runAt(n int, v *gossip.View, bindings []*spec.Binding, m gossip.Message) []gossip.Output {
	belief := &t.Beliefs[n]
	var sends []gossip.Output
	for i := range bindings {
		if t.tracing {
			t.rows = append(t.rows, t.row(bindings[i], v, belief, m)...)
		}
		for _, o := range t.rules.Run(bindings[i:i+1], v, belief, m) {
			switch o.Kind {
			case gossip.SendOutput:
				sends = append(sends, o)
			case gossip.AnnounceOutput:
				t.announced(n, o.AnyOf[0])
			case gossip.StopOutput:
				t.note("ends the connection")
				t.connect()
			}
		}
	}
	return sends
}

// row is the rule that answers, if one does.
func (t *turn) row(b *spec.Binding, v *gossip.View, p *gossip.Peer, m gossip.Message) []string {
	table := t.rules.Updates
	if t.rules.Picks.NextRow(b) != nil {
		table = t.rules.Picks
	}
	id := table.Next(t.rules.Observe(b, v, p, m))
	if id == spec.Wait || id == spec.Unreachable {
		return nil
	}
	return []string{table.Rule(id).Name}
}

// announce tells the other node what happened to this one.
func (t *turn) announce(n int, e gossip.EventValue, m gossip.Message) {
	m.Event = e
	t.run(n, t.rules.Announce, m)
}

func (t *turn) announced(n int, m gossip.Message) {
	if !t.Wires[n][stateLane].put(stateLane, m) && !(t.config.lossy() && mayBeLost(m.Kind)) {
		t.blocked = true
	}
}

// mayBeLost says what CometBFT announces by TryBroadcast.
func mayBeLost(k gossip.Kind) bool { return k == gossip.HasVote || k == gossip.HasProposalBlockPart }

// send puts a message on its way, and what follows when that went well.
func (t *turn) send(n int, m gossip.Message) {
	if l := t.config.laneOf(m.Kind); !t.Wires[n][l].put(l, m) {
		t.blocked = true
		return
	}
	if t.config.Counted {
		t.Sent[n].enter(m)
	}
	m.Sent = gossip.Sent
	for _, o := range t.run(n, t.rules.Sent, m) {
		if l := t.config.laneOf(o.AnyOf[0].Kind); !t.Wires[n][l].put(l, o.AnyOf[0]) {
			t.blocked = true
		}
	}
}

// connect begins a connection: nothing is under way, nothing is believed, and both
// tell what they tell a new peer (AddPeer).
func (t *turn) connect() {
	t.Wires = [nodes]wire{}
	t.Sent = [nodes]ledger{}
	for n := range nodes {
		t.Beliefs[n] = gossip.NewPeer()
	}
	for n := range nodes {
		event := gossip.PeerAdded
		if t.Nodes[n].Header != (gossip.Header{}) {
			event = gossip.PeerAddedCollecting
		}
		for _, o := range t.run(n, t.rules.Announce, gossip.Message{Event: event}) {
			t.announced(n, o.AnyOf[0])
		}
	}
}
