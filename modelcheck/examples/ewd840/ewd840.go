// Package ewd840 detects that a distributed computation has terminated: Edsger
// Dijkstra, with W.H.J. Feijen and A.J.M. van Gasteren, EWD 840
// (https://www.cs.utexas.edu/users/EWD/ewd08xx/EWD840.PDF).
//
// Nodes in a ring are active or not; an active one can activate others. A token
// goes round, from node 0 to the last one and down again. Its colour tells node
// 0 whether somebody may have been activated behind its back.
//
// It follows the specification of Stephan Merz in the TLA+ Examples, which give
// for three nodes 302 distinct and 2,001 generated states, depth 10, and for
// four 1,566, 15,986 and 12
// (https://github.com/tlaplus/Examples/blob/master/specifications/ewd840/manifest.json).
// TLC counts a step once for every true disjunct of its guard; so do the tests.
package ewd840

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// Most is the largest number of nodes.
const Most = 8

// State is the ring with its token.
type State struct {
	Nodes      [Most]Node
	Token      uint8 // the node that has it
	TokenBlack bool
}

// Node is black if it has activated a node that the token visits before it.
type Node struct{ Active, Black bool }

// Action is a step of a node; a message has a receiver.
type Action struct {
	Step           Step
	Node, Receiver uint8
}

// Step is what happens.
type Step uint8

// The steps: two of the detection, and two of the computation that it watches.
const (
	InitiateProbe Step = iota
	PassToken
	SendMsg
	Deactivate
)

var steps = []string{"InitiateProbe", "PassToken", "SendMsg", "Deactivate"}

// String names the step and the nodes.
func (a Action) String() string {
	if a.Step == SendMsg {
		return fmt.Sprintf("SendMsg(%d to %d)", a.Node, a.Receiver)
	}
	return fmt.Sprintf("%s(%d)", steps[a.Step], a.Node)
}

// Model is a ring of so many nodes, at most Most.
func Model(nodes int) modelcheck.Model[State, Action] {
	return modelcheck.Model[State, Action]{
		Name: fmt.Sprintf("EWD 840 with %d nodes", nodes),
		Init: initial(nodes),
		Next: func(s State, emit func(Action, State)) {
			detection(s, nodes, emit)
			computation(s, nodes, emit)
		},
		Always: []modelcheck.Property[State]{
			{
				Name:  "TerminationDetection",
				Doc:   "if node 0 concludes that all is over, no node is active",
				Holds: func(s State) bool { return !s.detected() || !s.active(0, nodes) },
			},
			{
				Name:   "Invariant",
				Doc:    "all nodes that the token has passed are passive, or one that it has yet to pass is black, or the token is",
				Source: "EWD 840, P0 or P1 or P2",
				Holds:  func(s State) bool { return s.invariant(nodes) },
			},
		},
		Sometimes: []modelcheck.Property[State]{{
			Name:  "Detected",
			Doc:   "node 0 can conclude that all is over",
			Holds: State.detected,
		}},
		Canonical:   State.canonical,
		Clauses:     steps,
		Clause:      func(a Action) int { return int(a.Step) },
		FormatState: func(s State) string { return s.format(nodes) },
	}
}

// initial is every state in which the token is black.
func initial(nodes int) (states []State) {
	for token := range nodes {
		for bits := range 1 << (2 * nodes) {
			s := State{Token: uint8(token), TokenBlack: true}
			for i := range nodes {
				s.Nodes[i] = Node{Active: bits>>i&1 == 1, Black: bits>>(nodes+i)&1 == 1}
			}
			states = append(states, s)
		}
	}
	return states
}

// detection passes the token. A node keeps it while it is active, unless the
// round is in vain anyway.
func detection(s State, nodes int, emit func(Action, State)) {
	i := s.Token
	holder := s.Nodes[i]
	next := s
	next.Nodes[i].Black = false
	switch {
	case i == 0 && (s.TokenBlack || holder.Black):
		next.Token, next.TokenBlack = uint8(nodes-1), false
		emit(Action{Step: InitiateProbe}, next)
	case i > 0 && (!holder.Active || holder.Black || s.TokenBlack):
		next.Token, next.TokenBlack = i-1, s.TokenBlack || holder.Black
		emit(Action{Step: PassToken, Node: i}, next)
	}
}

// computation is what goes on in the nodes: a message activates its receiver.
func computation(s State, nodes int, emit func(Action, State)) {
	for i, node := range s.Nodes[:nodes] {
		if !node.Active {
			continue
		}
		for to := range nodes {
			if to == i {
				continue
			}
			next := s
			next.Nodes[to].Active = true
			next.Nodes[i].Black = node.Black || to > i
			emit(Action{SendMsg, uint8(i), uint8(to)}, next)
		}
		next := s
		next.Nodes[i].Active = false
		emit(Action{Step: Deactivate, Node: uint8(i)}, next)
	}
}

// canonical forgets the colours of the nodes that a black token has yet to pass: the
// round is in vain whatever they are, and the token leaves them white.
func (s State) canonical() State {
	if s.TokenBlack {
		for i := range s.Nodes[:s.Token+1] {
			s.Nodes[i].Black = false
		}
	}
	return s
}

// active says whether a node from one to below another is.
func (s State) active(from, to int) bool {
	for _, node := range s.Nodes[from:to] {
		if node.Active {
			return true
		}
	}
	return false
}

func (s State) detected() bool {
	return s.Token == 0 && !s.TokenBlack && s.Nodes[0] == Node{}
}

func (s State) invariant(nodes int) bool {
	for _, node := range s.Nodes[:s.Token+1] {
		if node.Black {
			return true
		}
	}
	return s.TokenBlack || !s.active(int(s.Token)+1, nodes)
}

// format marks what is black with a star.
func (s State) format(nodes int) string {
	star := map[bool]string{true: "*"}
	text := ""
	for i, node := range s.Nodes[:nodes] {
		text += map[bool]string{true: "active", false: "passive"}[node.Active] + star[node.Black]
		if int(s.Token) == i {
			text += " (token" + star[s.TokenBlack] + ")"
		}
		text += "  "
	}
	return text[:len(text)-2]
}
