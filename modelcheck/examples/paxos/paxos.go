// Package paxos is single-decree Paxos, with clients that write a value and
// read it again, and the claim that what they see is linearizable.
//
// It has the same states as the example of stateright that it follows, which
// gives 16,668 of them for two clients and three servers
// (https://github.com/stateright/stateright/blob/master/examples/paxos.rs):
// a network that delivers in any order and loses nothing, messages that mean
// nothing to their receiver left lying, and the history of the clients in the
// state. The algorithm is Leslie Lamport's, Paxos Made Simple
// (https://lamport.azurewebsites.net/pubs/paxos-simple.pdf).
//
// The state has maps and slices: modelcheck.Encoded makes that searchable.
package paxos

import (
	"cmp"
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// State is everything: servers, then clients, what is on its way between them,
// and what the clients have seen.
type State struct {
	Servers []Server
	Clients []Client
	Network map[Message]int // how often each message is on its way
	History History
}

// Server is proposer and acceptor in one.
type Server struct {
	Ballot   Ballot // the highest that it has promised to
	Accepted Vote
	Decided  bool // Accepted is what was decided

	// As the leader of its own ballot: what it proposes, the promises that it
	// has with the votes they tell of, and who has accepted.
	Proposal Proposal
	Promises map[int]Vote
	Accepts  map[int]bool
}

// Ballot is a round with the server that leads it; zero is none.
type Ballot struct{ Round, Leader int }

func (b Ballot) compare(c Ballot) int {
	return cmp.Or(cmp.Compare(b.Round, c.Round), cmp.Compare(b.Leader, c.Leader))
}

// Proposal is a client's request to write a value; zero is none.
type Proposal struct {
	Request, Client int
	Value           string
}

// Vote is a proposal accepted in a ballot; zero is none.
type Vote struct {
	Ballot   Ballot
	Proposal Proposal
}

// Client writes its value, and reads when that is done.
type Client struct {
	Awaiting int // the request, or 0
	Done     int // requests that were answered
}

// Message is a message on its way; what a kind has no use for is zero.
type Message struct {
	Kind     Kind
	From, To int
	Ballot   Ballot
	Vote     Vote     // of Prepared
	Proposal Proposal // of Accept and Decided
	Request  int      // of a client
	Value    string
}

// Kind is what a message says. It is also what a step of the model is: that
// such a message arrives.
type Kind int

// The kinds: between servers, then between a client and a server.
const (
	Prepare Kind = iota
	Prepared
	Accept
	Accepted
	Decided
	Put
	Get
	PutOk
	GetOk
)

var kinds = []string{"Prepare", "Prepared", "Accept", "Accepted", "Decided", "Put", "Get", "PutOk", "GetOk"}

// String names the kind.
func (k Kind) String() string { return kinds[k] }

// String says what arrives where.
func (m Message) String() string {
	text := fmt.Sprintf("%v from %d to %d", m.Kind, m.From, m.To)
	if m.Ballot != (Ballot{}) {
		text += fmt.Sprintf(", ballot %d.%d", m.Ballot.Round, m.Ballot.Leader)
	}
	if value := m.Value + m.Proposal.Value; value != "" {
		text += ": " + value
	}
	return text
}

// Config is the size of a model.
type Config struct {
	Clients, Servers int

	// IgnoreVotes is a mistake to be made on purpose: a leader proposes its own
	// value, whatever has been accepted before.
	IgnoreVotes bool
}

// quorum is a majority: two of them have a server in common.
func (c Config) quorum() int { return c.Servers/2 + 1 }

// Model is the model that can be searched. Its actions are messages that
// arrive.
func Model(c Config) (modelcheck.Model[modelcheck.Code[State], Message], error) {
	return modelcheck.Encoded(modelcheck.Model[State, Message]{
		Name: fmt.Sprintf("Paxos with %d clients and %d servers", c.Clients, c.Servers),
		Init: []State{c.start()},
		Next: func(s State, emit func(Message, State)) {
			next := modelcheck.Clone(s)
			for _, m := range modelcheck.SortedKeys(s.Network) {
				if c.deliver(&next, m) {
					emit(m, next)
					next = modelcheck.Clone(s)
				}
			}
		},
		Always: []modelcheck.Property[State]{{
			Name:  "Linearizable",
			Doc:   "what the clients see could come from one register that does one thing at a time",
			Holds: func(s State) bool { return s.History.Linearizable() },
		}},
		Sometimes: []modelcheck.Property[State]{{
			Name: "Chosen",
			Doc:  "a client can read a value that was written",
			Holds: func(s State) bool {
				for m := range s.Network {
					if m.Kind == GetOk && m.Value != "" {
						return true
					}
				}
				return false
			},
		}},
		Canonical: c.canonical,
		Clauses:   kinds,
		Clause:    func(m Message) int { return int(m.Kind) },
	})
}

// start has every client's request to write on its way.
func (c Config) start() State {
	s := State{
		Servers: make([]Server, c.Servers),
		Clients: make([]Client, c.Clients),
		Network: map[Message]int{},
		History: make(History, c.Clients),
	}
	for i := range s.Clients {
		s.request(c, i, Put, string(rune('A'+i)))
	}
	return s
}

// deliver changes the state as the arrival of a message does, and says whether
// it means anything to its receiver. If not, nothing changes.
func (c Config) deliver(s *State, m Message) bool {
	handled := false
	if m.To < c.Servers {
		handled = c.serve(s, &s.Servers[m.To], m)
	} else {
		handled = c.answer(s, m.To-c.Servers, m)
	}
	if handled {
		if s.Network[m]--; s.Network[m] == 0 {
			delete(s.Network, m)
		}
	}
	return handled
}

// canonical forgets what nobody will read. A message that means nothing to its receiver
// never will, but for a Get that came early: ballots only grow, and what is decided
// stays so. A server that knows what is decided needs nothing else.
func (c Config) canonical(s State) State {
	for _, m := range modelcheck.SortedKeys(s.Network) {
		if after := modelcheck.Clone(s); m.Kind != Get && !c.deliver(&after, m) {
			delete(s.Network, m)
		}
	}
	for i, server := range s.Servers {
		if server.Decided {
			value := Proposal{Value: server.Accepted.Proposal.Value}
			s.Servers[i] = Server{Decided: true, Accepted: Vote{Proposal: value}}
		}
	}
	return s
}

// serve is what a server does.
func (c Config) serve(s *State, server *Server, m Message) bool {
	self := m.To
	send := func(to int, m Message) {
		m.From, m.To = self, to
		s.Network[m]++
	}
	broadcast := func(m Message) {
		for to := range c.Servers {
			if to != self {
				send(to, m)
			}
		}
	}
	if server.Decided {
		if m.Kind != Get {
			return false
		}
		send(m.From, Message{Kind: GetOk, Request: m.Request, Value: server.Accepted.Proposal.Value})
		return true
	}
	switch {
	case m.Kind == Put && server.Proposal == Proposal{}:
		server.Proposal = Proposal{Request: m.Request, Client: m.From, Value: m.Value}
		server.Ballot = Ballot{Round: server.Ballot.Round + 1, Leader: self}
		server.Promises = map[int]Vote{self: server.Accepted}
		server.Accepts = map[int]bool{}
		broadcast(Message{Kind: Prepare, Ballot: server.Ballot})

	case m.Kind == Prepare && server.Ballot.compare(m.Ballot) < 0:
		server.Ballot = m.Ballot
		send(m.From, Message{Kind: Prepared, Ballot: m.Ballot, Vote: server.Accepted})

	case m.Kind == Prepared && m.Ballot == server.Ballot:
		server.Promises[m.From] = m.Vote
		if len(server.Promises) != c.quorum() {
			break
		}
		if vote := latest(server.Promises); vote != (Vote{}) && !c.IgnoreVotes {
			server.Proposal = vote.Proposal
		}
		server.Accepted = Vote{m.Ballot, server.Proposal}
		server.Accepts[self] = true
		broadcast(Message{Kind: Accept, Ballot: m.Ballot, Proposal: server.Proposal})

	case m.Kind == Accept && server.Ballot.compare(m.Ballot) <= 0:
		server.Ballot = m.Ballot
		server.Accepted = Vote{m.Ballot, m.Proposal}
		send(m.From, Message{Kind: Accepted, Ballot: m.Ballot})

	case m.Kind == Accepted && m.Ballot == server.Ballot:
		server.Accepts[m.From] = true
		if len(server.Accepts) != c.quorum() {
			break
		}
		server.Decided = true
		broadcast(Message{Kind: Decided, Ballot: m.Ballot, Proposal: server.Proposal})
		send(server.Proposal.Client, Message{Kind: PutOk, Request: server.Proposal.Request})

	case m.Kind == Decided:
		server.Ballot = m.Ballot
		server.Accepted = Vote{m.Ballot, m.Proposal}
		server.Decided = true

	default:
		return false
	}
	return true
}

// latest is the vote of the highest ballot: the only one that can have been
// decided, or that agrees with what was.
func latest(promises map[int]Vote) (vote Vote) {
	for _, other := range promises {
		if vote.Ballot.compare(other.Ballot) < 0 {
			vote = other
		}
	}
	return vote
}

// answer is what a client does when its request is answered.
func (c Config) answer(s *State, i int, m Message) bool {
	client := &s.Clients[i]
	if m.Request != client.Awaiting || m.Kind != PutOk && m.Kind != GetOk {
		return false
	}
	client.Awaiting = 0
	client.Done++
	s.History.returned(i, m.Value)
	if m.Kind == PutOk {
		s.request(c, i, Get, "")
	}
	return true
}

// request sends the next request of a client, each to another server.
func (s *State) request(c Config, i int, kind Kind, value string) {
	client, id := &s.Clients[i], c.Servers+i
	client.Awaiting = id * (client.Done + 1)
	to := (id + client.Done) % c.Servers
	s.Network[Message{Kind: kind, From: id, To: to, Request: client.Awaiting, Value: value}]++
	s.History.invoked(i, kind == Put, value)
}
