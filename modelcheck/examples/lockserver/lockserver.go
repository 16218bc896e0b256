// Package lockserver grants a lock to one client at a time, over a network
// that loses nothing, delivers in any order, and may hold the same message
// more than once.
//
// The protocol is the usual first exercise: the server keeps a queue, and its
// first entry has the lock. The state is a queue and a multiset of messages, a
// slice and a map; modelcheck.Encoded makes that searchable.
//
// How many states there are is not published, but known: a client that does
// not have the lock is idle, or its request is under way, or it is in the
// queue; whoever has it is being told so, or works, or has given it back and
// the server does not know yet. With
//
//	q(n) = Σ n!/(n−k)! · 2^(n−k)   for k from 0 to n
//
// ways of n clients to wait or not, there are 2^n + n·(2·q(n−1) + q(n)) states.
package lockserver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
)

// State is the server, the clients and what is on the way between them.
type State struct {
	Queue   []int // the first has the lock
	Clients []Phase
	Network map[Message]int // how often each message is on its way
}

// Phase is what a client does.
type Phase string

// The phases.
const (
	Idle    Phase = "idle"
	Waiting Phase = "waiting"
	Working Phase = "working"
)

// Message goes from a client to the server, or the other way.
type Message struct {
	Kind   Kind
	Client int
}

// Kind is what a message says.
type Kind string

// The kinds.
const (
	Request Kind = "request" // to the server
	Release Kind = "release" // to the server
	Grant   Kind = "grant"   // to the client
)

var kinds = []Kind{Request, Release, Grant}

// Action is what happens.
type Action struct {
	Step   string // one of Steps
	Client int    // whose step, or whose message
}

// String says it in words.
func (a Action) String() string { return fmt.Sprintf("client %d: %s", a.Client, a.Step) }

// Steps are what can happen: a client asks and gives back, and each kind of
// message arrives.
var Steps = []string{"ask", "give back", "request arrives", "release arrives", "grant arrives"}

// server is the actor that is no client.
const server = -1

// actor is who does it: the server if a message arrives there.
func (a Action) actor() int {
	if a.Step == "request arrives" || a.Step == "release arrives" {
		return server
	}
	return a.Client
}

// Network says what the network does to messages.
type Network int

const (
	// Reliable delivers every message once.
	Reliable Network = iota
	// Duplicating delivers messages any number of times, and breaks the protocol.
	Duplicating
)

// Plain is the model for so many clients, with states as they are written.
func Plain(clients int, network Network) modelcheck.Model[State, Action] {
	start := State{Clients: slices.Repeat([]Phase{Idle}, clients)}
	working := func(s State) (n int) {
		for _, phase := range s.Clients {
			if phase == Working {
				n++
			}
		}
		return n
	}
	return modelcheck.Model[State, Action]{
		Name: fmt.Sprintf("lock server with %d clients", clients),
		Init: []State{start},
		Next: func(s State, emit func(Action, State)) {
			for client := range clients {
				move(s, client, emit)
			}
			for _, m := range modelcheck.SortedKeys(s.Network) {
				deliver(s, m, network, emit)
			}
		},
		Always: []modelcheck.Property[State]{{
			Name:  "Exclusion",
			Doc:   "at most one client has the lock",
			Holds: func(s State) bool { return working(s) <= 1 },
		}},
		Sometimes: []modelcheck.Property[State]{
			{Name: "Use", Doc: "a client can have the lock", Holds: func(s State) bool { return working(s) == 1 }},
			{Name: "Crowd", Doc: "all can wait at once", Holds: func(s State) bool { return len(s.Queue) == clients }},
		},
		Canonical: State.canonical,
		// To ask is a client's own affair, as long as nothing but its own requests
		// makes the server grant it anything.
		Local: func(s State, actor int) bool {
			return actor != server && s.Clients[actor] == Idle && network == Reliable
		},
		Actor:        Action.actor,
		Clauses:      Steps,
		Clause:       func(a Action) int { return slices.Index(Steps, a.Step) },
		FormatAction: func(_ State, a Action, _ State) string { return a.String() },
	}
}

// Model is the model that can be searched.
func Model(clients int, network Network) (modelcheck.Model[modelcheck.Code[State], Action], error) {
	return modelcheck.Encoded(Plain(clients, network))
}

// move is what a client does on its own.
func move(s State, client int, emit func(Action, State)) {
	next := modelcheck.Clone(s)
	switch s.Clients[client] {
	case Idle:
		next.Clients[client] = Waiting
		next.Network[Message{Request, client}]++
		emit(Action{"ask", client}, next)
	case Working:
		next.Clients[client] = Idle
		next.Network[Message{Release, client}]++
		emit(Action{"give back", client}, next)
	case Waiting:
	}
}

// deliver is what a message does where it arrives.
func deliver(s State, m Message, network Network, emit func(Action, State)) {
	next := modelcheck.Clone(s)
	if network == Reliable {
		next.take(m)
	}
	switch m.Kind {
	case Request:
		next.Queue = append(next.Queue, m.Client)
		if len(next.Queue) == 1 {
			next.Network[Message{Grant, m.Client}]++
		}
	case Release:
		if len(next.Queue) == 0 || next.Queue[0] != m.Client {
			break // it does not have the lock
		}
		next.Queue = next.Queue[1:]
		if len(next.Queue) > 0 {
			next.Network[Message{Grant, next.Queue[0]}]++
		}
	case Grant:
		next.Clients[m.Client] = Working
	}
	emit(Action{string(m.Kind) + " arrives", m.Client}, next)
}

// canonical numbers the clients by what can be known of each: they differ in nothing
// else.
func (s State) canonical() State {
	known := make([]string, len(s.Clients))
	old := make([]int, len(s.Clients)) // by new number
	for client, phase := range s.Clients {
		old[client] = client
		known[client] = string(phase)
		for _, kind := range kinds {
			known[client] += fmt.Sprint(" ", s.Network[Message{kind, client}])
		}
		for place, other := range s.Queue {
			if other == client {
				known[client] += fmt.Sprint(" at ", place)
			}
		}
	}
	slices.SortFunc(old, func(a, b int) int { return strings.Compare(known[a], known[b]) })
	named := State{Network: map[Message]int{}}
	for client, was := range old {
		named.Clients = append(named.Clients, s.Clients[was])
		for _, kind := range kinds {
			if n := s.Network[Message{kind, was}]; n > 0 {
				named.Network[Message{kind, client}] = n
			}
		}
	}
	for _, was := range s.Queue {
		named.Queue = append(named.Queue, slices.Index(old, was))
	}
	return named
}

// take removes a message once.
func (s State) take(m Message) {
	if s.Network[m]--; s.Network[m] == 0 {
		delete(s.Network, m)
	}
}
