package gossip

import "github.com/polka-bft/polka/spec/gossip"

// A claim is what must hold in every state.
type claim struct {
	name, doc, source string
	holds             func(m *model, s *State) bool
}

// A stepClaim is what every step must do.
type stepClaim struct {
	name, doc, source string
	holds             func(m *model, before *State, a *Action, after *State) bool
}

const progressSource = "what the reactor is for: tendermint issues 3721 and 8195"

var always = []claim{
	{
		name: "parts are had", source: "tendermint issue 3721; the names of reactor.go, SetHasProposalBlockPart",
		doc:   "a part that is marked about the round that the peer is in is held by it, or under way",
		holds: sound((*State).soundParts),
	},
	{
		name: "votes are had", source: "the names of reactor.go, SetHasVote",
		doc:   "a vote that is marked about the round that the peer is in is held by it, or under way",
		holds: sound((*State).soundVotes),
	},
	{
		name: "proposals are had", source: "the names of reactor.go, SetHasProposal",
		doc:   "a proposal that is marked about the round that the peer is in is held by it, or under way",
		holds: sound((*State).soundProposal),
	},
	{
		name: "heights arrive", source: progressSource,
		doc:   "nothing ends with a node that is behind the other",
		holds: progress(needHeight),
	},
	{
		name: "parts arrive", source: progressSource,
		doc:   "nothing ends with a node that collects a part which the other holds, at the same height",
		holds: progress(needPart),
	},
	{
		name: "proposals arrive", source: progressSource,
		doc:   "nothing ends with a node without the proposal that the other has, in the same round before commit",
		holds: progress(needProposal),
	},
	{
		name: "votes arrive", source: progressSource,
		doc:   "nothing ends with a node that lacks a vote of its round which the other has, who is not in an earlier one",
		holds: progress(needVote),
	},
	{
		name: "proofs of lock arrive", source: "arXiv:1807.04938, line 28",
		doc:   "nothing ends with a node whose proposal has a POL round of which it lacks a prevote that the other has",
		holds: progress(needPOL),
	},
	{
		name: "later votes arrive", source: "arXiv:1807.04938, line 55; tendermint issues 152 and 7452",
		doc:   "nothing ends with a node that lacks a vote of the round of the other, who is in a later one",
		holds: progress(needLater),
	},
	{
		name: "no part is sent twice", source: "ADR 22",
		doc:   "no part is sent twice on one connection, unless the peer enters a round or announces its parts",
		holds: func(_ *model, s *State) bool { return (s.Sent[nodeA].again|s.Sent[nodeB].again)&partAgain == 0 },
	},
	{
		name: "no vote is sent twice", source: "ADR 22; tendermint issue 1553",
		doc:   "no vote is sent twice on one connection, unless the peer enters a round",
		holds: func(_ *model, s *State) bool { return (s.Sent[nodeA].again|s.Sent[nodeB].again)&voteAgain == 0 },
	},
}

var alwaysSteps = []stepClaim{
	{
		name: "nothing believed is sent", source: "the names of reactor.go, pickVoteToSend, pickPartToSend",
		doc: "what is sent, the peer was not believed to have",
		holds: func(_ *model, before *State, a *Action, _ *State) bool {
			return a.Do != pick || !believed(&before.Beliefs[a.Actor], a.Message)
		},
	},
}

// sound claims the same of what either node believes.
func sound(holds func(s *State, of int) bool) func(*model, *State) bool {
	return func(_ *model, s *State) bool { return holds(s, nodeA) && holds(s, nodeB) }
}

// abreast says that the belief of a node is about the height and round that the
// other is in. What is marked about others is of no use any more.
func (s *State) abreast(of int) bool {
	p, n := &s.Beliefs[of], &s.Nodes[other(of)]
	return p.Height == n.Height && p.Round == n.Round
}

// underway is the indexes of the messages from a node that are like m.
func (s *State) underway(from int, m gossip.Message) (all gossip.Set) {
	q := &s.Wires[from][laneOf(m.Kind)]
	for _, w := range q.all() {
		if w.Kind == m.Kind && w.Height == m.Height && w.Header == m.Header && (m.Kind == gossip.BlockPart || w.Round == m.Round && w.Vote == m.Vote) {
			all |= 1 << w.Index
		}
	}
	return all
}

func (s *State) soundParts(of int) bool {
	p, n := &s.Beliefs[of], &s.Nodes[other(of)]
	if !s.abreast(of) {
		return true
	}
	had := s.underway(of, gossip.Message{Kind: gossip.BlockPart, Height: p.Height, Header: p.Header})
	if n.Header == p.Header {
		had |= gossip.Set(n.Parts)
	}
	return p.Parts.Bits&^had == 0
}

func (s *State) soundProposal(of int) bool {
	p, n := &s.Beliefs[of], &s.Nodes[other(of)]
	if !s.abreast(of) || !p.Proposal || n.Proposal {
		return true
	}
	for _, w := range s.Wires[of][dataLane].all() {
		if w.Kind == gossip.ProposalMessage && w.Height == p.Height && w.Round == p.Round {
			return true
		}
	}
	return false
}

func (s *State) soundVotes(of int) bool {
	p, n := &s.Beliefs[of], &s.Nodes[other(of)]
	if !s.abreast(of) {
		return true
	}
	had := func(r gossip.Round, k gossip.VoteKind, marked gossip.Marks) bool {
		if marked.Bits == 0 || r < 0 {
			return true
		}
		way := s.underway(of, gossip.Message{Kind: gossip.Vote, Height: p.Height, Round: r, Vote: k})
		return marked.Bits&^(way|gossip.Set(n.Votes[r][k])) == 0
	}
	return had(p.Round, gossip.Prevotes, p.Prevotes) && had(p.Round, gossip.Precommits, p.Precommits) &&
		had(p.POLRound, gossip.Prevotes, p.POL) && had(p.CatchupCommitRound, gossip.Precommits, p.CatchupCommit) &&
		had(p.Later.Round, gossip.Prevotes, p.Later.Prevotes) && had(p.Later.Round, gossip.Precommits, p.Later.Precommits)
}

// progress claims that no end of everything leaves a node in need of what the other
// has.
func progress(need func(m *model, of, from *Node) bool) func(*model, *State) bool {
	return func(m *model, s *State) bool {
		needs := func(of int) bool {
			return need(m, &s.Nodes[of], &s.Nodes[other(of)])
		}
		return !needs(nodeA) && !needs(nodeB) || !m.ended(s)
	}
}

// ended says that nothing is under way, and that nothing happens but by timers and
// by the environment. Questions that are asked again and again are nothing, if they
// and their answers change nothing.
func (m *model) ended(s *State) bool {
	if !s.quiet() {
		return false
	}
	ended := true
	m.next(s, func(a Action, _ *State) {
		if a.forced() && !(a.Do == pick && a.Lane == stateLane) {
			ended = false
		}
	})
	return ended && (!m.config.Queries || m.askedInVain(s))
}

// askedInVain says that every query, its delivery and its answer leave both nodes
// and beliefs as they were.
func (m *model) askedInVain(s *State) bool {
	for i := range nodes {
		for q := gossip.AboutPrevotes; q <= gossip.AboutCatchup; q++ {
			t := turn{model: m, State: *s}
			t.do(&Action{Actor: uint8(i), Do: pick, Lane: stateLane, Query: q})
			for _, to := range [...]int{other(i), i} {
				for l := range lanes {
					for t.Wires[other(to)][l].len > 0 {
						t.do(&Action{Actor: uint8(to), Do: deliver, Lane: l})
					}
				}
			}
			if t.Nodes != s.Nodes || t.Beliefs != s.Beliefs {
				return false
			}
		}
	}
	return true
}

// needHeight says so of a node below the other, which has stored its height.
func needHeight(_ *model, of, from *Node) bool { return of.Height < from.Height }

func needPart(_ *model, of, from *Node) bool {
	return of.Height == from.Height && of.Header == from.Header && from.Parts&^of.Parts != 0
}

func needProposal(_ *model, of, from *Node) bool {
	return votes(of, from) && of.Round == from.Round && from.Proposal && !of.Proposal
}

func needVote(_ *model, of, from *Node) bool {
	return votes(of, from) && of.Round <= from.Round && lacks(of, from, of.Round)
}

func needPOL(m *model, of, from *Node) bool {
	if !votes(of, from) || !of.Proposal {
		return false
	}
	r := m.voting(of.Height, of.Round).polRound
	return r >= 0 && from.Votes[r][gossip.Prevotes]&^of.Votes[r][gossip.Prevotes] != 0
}

func needLater(_ *model, of, from *Node) bool {
	return votes(of, from) && of.Round < from.Round && lacks(of, from, from.Round)
}

// votes says that both are at one height, which the first has not decided.
func votes(of, from *Node) bool { return of.Height == from.Height && of.Step != gossip.Commit }

func lacks(of, from *Node, r gossip.Round) bool {
	return from.Votes[r][gossip.Prevotes]&^of.Votes[r][gossip.Prevotes] != 0 ||
		from.Votes[r][gossip.Precommits]&^of.Votes[r][gossip.Precommits] != 0
}

// believed says that the peer is believed to have what the message brings.
func believed(p *gossip.Peer, m gossip.Message) bool {
	switch m.Kind {
	case gossip.ProposalMessage:
		return p.Height == m.Height && p.Round == m.Round && p.Proposal
	case gossip.BlockPart:
		return p.Height == m.Height && p.Header == m.Header && p.Parts.Bits.Has(m.Index)
	case gossip.Vote:
		return believedVote(p, m)
	default:
		return false
	}
}

func believedVote(p *gossip.Peer, m gossip.Message) bool {
	prevote := m.Vote == gossip.Prevotes
	switch {
	case m.Height == p.Height-1:
		return !prevote && m.Round == p.LastCommitRound && p.LastCommit.Bits.Has(m.Index)
	case m.Height != p.Height:
		return false
	case m.Round == p.Round && prevote:
		return p.Prevotes.Bits.Has(m.Index)
	case m.Round == p.Round:
		return p.Precommits.Bits.Has(m.Index)
	case m.Round == p.CatchupCommitRound && !prevote:
		return p.CatchupCommit.Bits.Has(m.Index)
	case m.Round == p.POLRound && prevote:
		return p.POL.Bits.Has(m.Index)
	case m.Round == p.Later.Round && prevote:
		return p.Later.Prevotes.Bits.Has(m.Index)
	default:
		return m.Round == p.Later.Round && p.Later.Precommits.Bits.Has(m.Index)
	}
}

// Claims names everything that is claimed.
func Claims() (names []string) {
	for _, c := range always {
		names = append(names, c.name)
	}
	for _, c := range alwaysSteps {
		names = append(names, c.name)
	}
	return names
}
