package gossip

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
)

// A deed is what an action does.
type deed uint8

const (
	deliver deed = iota // the actor gets a message of the other node
	lose                // a message to the actor is lost
	step                // of the actor's consensus
	pick                // the actor sends what its rules say, in a lane
	reconnect
	restart // the actor begins its height anew
	gift    // the actor gets the proposal of its round from somebody else
)

// An Action is one step of the system.
type Action struct {
	Actor   uint8
	Do      deed
	Move    move
	Lane    lane
	Query   gossip.AboutValue // of a pick in the state lane
	At      uint8             // the place of the message in its lane, or the choice among what is picked
	Round   gossip.Round      // that a move leads to
	Message gossip.Message    // that was delivered, lost or sent; none if the rules picked nothing
}

// forced says that an action happens sooner or later: it is neither the environment's
// nor one of a timer.
func (a *Action) forced() bool {
	switch a.Do {
	case deliver, pick:
		return true
	case step:
		return !a.Move.isTimeout()
	default:
		return false
	}
}

// next goes through all that can happen in a state, and changes it.
func (m *model) next(s *State, emit func(Action, *State)) {
	t := &turn{model: m}
	try := func(a Action) (choices int) {
		t.State, t.blocked = *s, false
		a.Message, choices = t.do(&a)
		if !t.blocked && t.State != *s {
			emit(a, &t.State)
		}
		return choices
	}
	for i := range uint8(nodes) {
		for l := range lanes {
			q := &s.Wires[other(int(i))][l]
			for at := range q.len {
				if at == 0 || l == stateLane && m.config.lossy() {
					try(Action{Actor: i, Do: deliver, Lane: l, At: at})
				}
				if l == stateLane && m.config.lossy() && mayBeLost(q.held[at].Kind) {
					try(Action{Actor: i, Do: lose, Lane: l, At: at})
				}
			}
		}
		for mv := range moves {
			if m.config.Static[i] || mv.isTimeout() && !m.config.Timeouts {
				continue
			}
			if r, ok := m.goal(&s.Nodes[i], mv); ok {
				try(Action{Actor: i, Do: step, Move: mv, Round: r})
			}
		}
		for _, l := range [...]lane{dataLane, voteLane} {
			for at := uint8(0); ; at++ {
				if choices := try(Action{Actor: i, Do: pick, Lane: l, At: at}); int(at)+1 >= choices {
					break
				}
			}
		}
		if m.config.Queries {
			for q := gossip.AboutPrevotes; q <= gossip.AboutCatchup; q++ {
				try(Action{Actor: i, Do: pick, Lane: stateLane, Query: q})
			}
		}
		if s.Restarts > 0 && !m.config.Static[i] {
			try(Action{Actor: i, Do: restart})
		}
		if s.Gifts > 0 && !m.config.Static[i] && m.gives(&s.Nodes[i]) {
			try(Action{Actor: i, Do: gift})
		}
	}
	if s.Reconnects > 0 {
		try(Action{Actor: environment, Do: reconnect})
	}
}

// gives says that somebody has a proposal for the node: it is in a round of the
// chain, and has none.
func (m *model) gives(n *Node) bool {
	return int(n.Height) <= len(m.plans) && !n.Proposal && n.Step >= gossip.Propose && n.Step < gossip.Commit
}

// do carries out an action. It returns its message, and among how many the rules let
// choose.
func (t *turn) do(a *Action) (gossip.Message, int) {
	i := int(a.Actor)
	switch a.Do {
	case deliver:
		m := t.Wires[other(i)][a.Lane].take(a.At)
		t.receive(i, m)
		return m, 1
	case lose:
		return t.Wires[other(i)][a.Lane].take(a.At), 1
	case step:
		t.make(i, a.Move, a.Round)
	case pick:
		return t.pick(i, a)
	case reconnect:
		t.Reconnects--
		t.connect()
	case gift:
		t.Gifts--
		n := &t.Nodes[i]
		t.receiveProposal(n, gossip.Message{Height: n.Height, Round: n.Round, Header: t.plan(n.Height).header})
	case restart:
		t.Restarts--
		n := &t.Nodes[i]
		*n = Node{Height: n.Height, Step: gossip.NewHeight, LastCommit: n.LastCommit}
		t.connect()
	}
	return gossip.Message{}, 1
}

// pick sends what the rules of a lane say.
func (t *turn) pick(i int, a *Action) (gossip.Message, int) {
	if a.Lane != stateLane && t.Wires[i][a.Lane].len == capacity[a.Lane] {
		t.blocked = true
		return gossip.Message{}, 1
	}
	outs := t.run(i, t.bindings(a.Lane), gossip.Message{About: a.Query})
	if len(outs) == 0 || len(outs[0].AnyOf) == 0 {
		return gossip.Message{}, 1
	}
	first := outs[0].AnyOf[a.At]
	t.send(i, first)
	for _, o := range outs[1:] {
		t.send(i, o.AnyOf[0])
	}
	return first, len(outs[0].AnyOf)
}

func (m *model) bindings(l lane) []*spec.Binding {
	switch l {
	case dataLane:
		return m.rules.Data
	case voteLane:
		return m.rules.Votes
	default:
		return m.rules.Queries
	}
}
