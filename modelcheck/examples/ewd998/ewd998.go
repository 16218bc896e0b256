// Package ewd998 detects that a distributed computation has terminated, where
// messages take time: Shmuel Safra's algorithm, in Edsger Dijkstra's EWD 998
// (https://www.cs.utexas.edu/users/EWD/ewd09xx/EWD998.PDF).
//
// Nodes count what they send less what they receive, and a token adds the
// counts up on its way round the ring. Package ewd840 is the older algorithm
// for messages that arrive at once.
//
// Nothing bounds the number of messages, so that there are endless states. The
// model sets the bounds by Within, as TLC's constraints do: what is outside is
// tested and not left.
//
// It follows the specification of Markus Kuppe and Stephan Merz in the TLA+
// Examples, which give for three nodes and their PlusCal form 321,370 distinct
// and 2,808,396 generated states, depth 47
// (https://github.com/tlaplus/Examples/blob/master/specifications/ewd998/manifest.json).
// For the form in TLA+ their page has rounded figures; TLC counts 1,520,618
// distinct and 11,238,019 generated states, depth 59. Config chooses the form.
// TLC counts a step once for every true disjunct of its guard; so do the tests.
package ewd998

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// Nodes is how many nodes there are.
const Nodes = 3

// State is the ring.
type State struct {
	Nodes [Nodes]Node
	Token Token
}

// Node is one of them.
type Node struct {
	Active  bool
	Black   bool // it has received a message since the token was here
	Counter int8 // messages sent, less those received
	Pending int8 // messages on their way to it
}

// Token goes from node 0 to the last node, and down again.
type Token struct {
	At    int8
	Sum   int8 // of the counters of the nodes that it has visited
	Black bool
}

// Action is a step of a node; a message has a receiver.
type Action struct {
	Step           Step
	Node, Receiver int8
}

// Step is what happens.
type Step uint8

// The steps: two of the detection, and three of the computation that it watches.
const (
	InitiateProbe Step = iota
	PassToken
	SendMsg
	RecvMsg
	Deactivate
)

var steps = []string{"InitiateProbe", "PassToken", "SendMsg", "RecvMsg", "Deactivate"}

// String names the step and the nodes.
func (a Action) String() string {
	if a.Step == SendMsg {
		return fmt.Sprintf("SendMsg(%d to %d)", a.Node, a.Receiver)
	}
	return fmt.Sprintf("%s(%d)", steps[a.Step], a.Node)
}

// Config chooses where the computation begins and how far it may go.
type Config struct {
	// AnyStart begins with the token anywhere and nodes of any colour, instead
	// of with the token at node 0 and all nodes black. Nodes may be active or
	// not in any case.
	AnyStart bool

	// The most that a node may count, that may be on the way to it, and that
	// the token may have counted.
	Counter, Pending, Sum int8
}

// The two forms that were counted.
var (
	PlusCal = Config{Counter: 2, Pending: unbounded, Sum: unbounded}
	TLA     = Config{AnyStart: true, Counter: 3, Pending: 3, Sum: 9}
)

// unbounded is more than ever is on the way where counters are bounded.
const unbounded = 100

// Model is the ring.
func Model(c Config) modelcheck.Model[State, Action] {
	return modelcheck.Model[State, Action]{
		Name: "EWD 998",
		Init: c.initial(),
		Next: func(s State, emit func(Action, State)) {
			detection(s, emit)
			computation(s, emit)
		},
		Within: c.within,
		Always: []modelcheck.Property[State]{
			{
				Name:  "TerminationDetection",
				Doc:   "if node 0 concludes that all is over, no node is active and no message on its way",
				Holds: func(s State) bool { return !s.detected() || s.over() },
			},
			{
				Name:   "Invariant",
				Doc:    "counters add up to the messages on their way, and the token's sum is right, or something tells that it is not",
				Source: "EWD 998, P0 and (P1 or P2 or P3 or P4)",
				Holds:  State.invariant,
			},
		},
		Sometimes: []modelcheck.Property[State]{{
			Name:  "Detected",
			Doc:   "node 0 can conclude that all is over, after a message",
			Holds: func(s State) bool { return s.detected() && s.Nodes[0].Counter != 0 },
		}},
		Canonical: State.canonical,
		Clauses:   steps,
		Clause:    func(a Action) int { return int(a.Step) },
	}
}

func (c Config) initial() (states []State) {
	for active := range 1 << Nodes {
		s := State{Token: Token{Black: true}}
		for i := range s.Nodes {
			s.Nodes[i] = Node{Active: active>>i&1 == 1, Black: true}
		}
		if !c.AnyStart {
			states = append(states, s)
			continue
		}
		for black := range 1 << Nodes {
			for i := range s.Nodes {
				s.Nodes[i].Black = black>>i&1 == 1
			}
			for at := range s.Nodes {
				s.Token.At = int8(at)
				states = append(states, s)
			}
		}
	}
	return states
}

func (c Config) within(s State) bool {
	for _, node := range s.Nodes {
		if node.Counter > c.Counter || node.Pending > c.Pending {
			return false
		}
	}
	return s.Token.Sum <= c.Sum
}

// detection passes the token, which waits for active nodes.
func detection(s State, emit func(Action, State)) {
	holder := s.Nodes[s.Token.At]
	next := s
	next.Nodes[s.Token.At].Black = false
	switch {
	case s.Token.At == 0 && (s.Token.Black || holder.Black || holder.Counter+s.Token.Sum > 0):
		next.Token = Token{At: Nodes - 1}
		emit(Action{Step: InitiateProbe}, next)
	case s.Token.At > 0 && !holder.Active:
		next.Token = Token{
			At:    s.Token.At - 1,
			Sum:   s.Token.Sum + holder.Counter,
			Black: s.Token.Black || holder.Black,
		}
		emit(Action{Step: PassToken, Node: s.Token.At}, next)
	}
}

// computation is what goes on in the nodes. A message activates its receiver.
func computation(s State, emit func(Action, State)) {
	for i, node := range s.Nodes {
		self := int8(i)
		if node.Active {
			for to := range s.Nodes {
				if to == i {
					continue
				}
				next := s
				next.Nodes[i].Counter++
				next.Nodes[to].Pending++
				emit(Action{SendMsg, self, int8(to)}, next)
			}
			next := s
			next.Nodes[i].Active = false
			emit(Action{Step: Deactivate, Node: self}, next)
		}
		if node.Pending > 0 {
			next := s
			next.Nodes[i] = Node{Active: true, Black: true, Counter: node.Counter - 1, Pending: node.Pending - 1}
			emit(Action{Step: RecvMsg, Node: self}, next)
		}
	}
}

// canonical forgets the colours of the nodes that a black token has yet to pass: the
// round is in vain whatever they are, and the token leaves them white.
func (s State) canonical() State {
	if s.Token.Black {
		for i := range s.Nodes[:s.Token.At+1] {
			s.Nodes[i].Black = false
		}
	}
	return s
}

// detected says whether node 0 concludes that the computation is over.
func (s State) detected() bool {
	first := s.Nodes[0]
	return s.Token.At == 0 && !s.Token.Black && !first.Black && !first.Active && s.Token.Sum+first.Counter == 0
}

// over says whether it is.
func (s State) over() bool {
	for _, node := range s.Nodes {
		if node.Active || node.Pending > 0 {
			return false
		}
	}
	return true
}

func (s State) invariant() bool {
	var counted, pending, visited, ahead int8
	passive, black := true, s.Token.Black
	for i, node := range s.Nodes {
		counted += node.Counter
		pending += node.Pending
		if int8(i) > s.Token.At {
			visited += node.Counter
			passive = passive && !node.Active
		} else {
			ahead += node.Counter
			black = black || node.Black
		}
	}
	return counted == pending && (passive && s.Token.Sum == visited || ahead+s.Token.Sum > 0 || black)
}
