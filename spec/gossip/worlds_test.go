package gossip_test

import (
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec/gossip"
)

// A chooser draws numbers below n: rapid's, which shrinks, or a seeded one.
type chooser func(n int) int

func drawn(t *rapid.T) chooser {
	return func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
}

func seeded(seed uint64) chooser { return rand.New(rand.NewPCG(seed, 0)).IntN }

const validators = 4

func (c chooser) bool() bool { return c(2) == 1 }

func (c chooser) round() gossip.Round { return gossip.Round(c(gossip.Rounds)) }

// roundOrNone is −1 as often as another round.
func (c chooser) roundOrNone() gossip.Round {
	if c.bool() {
		return -1
	}
	return c.round()
}

func (c chooser) kind() gossip.VoteKind { return gossip.VoteKind(c(2)) }

func (c chooser) set() gossip.Set { return gossip.Set(c(1 << validators)) }

var headers = []gossip.Header{{Total: 2, Root: 1}, {Total: 2, Root: 2}, {Total: 3, Root: 1}}

func (c chooser) header() gossip.Header { return headers[c(len(headers))] }

// marks is nil as often as not.
func (c chooser) marks() gossip.Marks {
	if c.bool() {
		return gossip.Marks{}
	}
	return gossip.Marks{Size: validators, Bits: c.set()}
}

// everything is marked.
var everything = gossip.Marks{Size: validators, Bits: 1<<validators - 1}

// votes is a vote set; each validator has voted once or not. Whether it has a
// majority is drawn apart: the rules do not count.
func (c chooser) votes() gossip.VoteSet {
	s := gossip.VoteSet{Size: validators}
	for i := range validators {
		if b := c(gossip.Blocks + 1); b > 0 {
			s.For[b-1] |= 1 << i
		}
	}
	if c.bool() {
		s.Majority = gossip.Block(1 + c(gossip.Blocks))
	}
	return s
}

func (c chooser) decision() gossip.Decision {
	d := gossip.Decision{Round: c.round(), Votes: c.votes()}
	d.Votes.Majority = gossip.BlockA
	return d
}

// view draws what a node holds.
func (c chooser) view() gossip.View {
	v := gossip.View{
		Height: gossip.Height(1 + c(gossip.Heights)), Round: c.round(), Step: gossip.Step(1 + c(int(gossip.Commit))), Validators: validators,
	}
	if c.bool() {
		v.Proposal = gossip.Proposal{Held: true, Header: c.header(), POLRound: -1}
		if v.Round > 0 && c.bool() {
			v.Proposal.POLRound = gossip.Round(c(int(v.Round)))
		}
	}
	if c.bool() {
		v.Header = c.header()
		v.Parts = gossip.Set(c(1 << v.Header.Total))
	}
	for r := range gossip.Round(gossip.Rounds) {
		if r <= v.Round+1 || c.bool() {
			v.Prevotes[r], v.Precommits[r] = c.votes(), c.votes()
		}
	}
	if v.Height > 1 {
		v.LastCommit = c.decision()
		if c.bool() {
			v.Base = gossip.Height(1 + c(int(v.Height)-1))
			v.Top = v.Height - 1 + gossip.Height(c(2))
		}
	}
	for h := range v.Store {
		if gossip.Height(h) < v.Height && c(4) > 0 {
			v.Store[h].Header = c.header()
			if c(4) > 0 {
				v.Store[h].Decision = c.decision()
			}
		}
	}
	return v
}

// peer draws what a node may believe.
func (c chooser) peer(v *gossip.View) gossip.Peer {
	p := gossip.NewPeer()
	if c(8) == 0 {
		return p
	}
	switch c(8) {
	case 0:
		p.Height = max(v.Height-1, 1)
	case 1, 2, 3:
		p.Height = v.Height
	default:
		p.Height = min(max(v.Height-3+gossip.Height(c(6)), 1), gossip.Heights)
	}
	p.Round, p.Step = c.round(), gossip.Step(1+c(int(gossip.Commit)))
	p.Proposal = c.bool()
	if c(4) > 0 {
		p.Header = c.header()
		p.Parts = gossip.Marks{Size: p.Header.Total, Bits: gossip.Set(c(1 << p.Header.Total))}
	}
	p.POLRound, p.POL = c.roundOrNone(), c.marks()
	p.Prevotes, p.Precommits = c.marks(), c.marks()
	p.LastCommitRound, p.LastCommit = c.roundOrNone(), c.marks()
	if c.bool() {
		p.LastCommitRound = v.LastCommit.Round
	}
	p.CatchupCommitRound, p.CatchupCommit = c.roundOrNone(), c.marks()
	if c(4) == 0 { // it has all of its own round: what comes after that in the order is sent
		p.POL, p.Prevotes = everything, everything
		if c.bool() {
			p.Precommits = everything
		}
	}
	if p.CatchupCommitRound == p.Round && p.Precommits.Size > 0 && c.bool() {
		p.CatchupCommit, p.Shared = p.Precommits, true
	}
	if c.bool() {
		p.ClaimsHeight = v.Height
		for r := range p.Claims {
			for k := range p.Claims[r] {
				p.Claims[r][k] = gossip.Block(c(gossip.Blocks + 1))
			}
		}
	}
	return p
}

// near is a height that a message may be of: the peer's, ours, or one beside.
func (c chooser) near(v *gossip.View, p *gossip.Peer) gossip.Height {
	switch c(4) {
	case 0:
		return v.Height
	case 1:
		return max(p.Height-1+gossip.Height(c(2)*c(4)), 1)
	default:
		return max(p.Height, 1)
	}
}

// message draws one that a peer may send and that ValidateBasic accepts.
func (c chooser) message(v *gossip.View, p *gossip.Peer) gossip.Message {
	m := gossip.Message{Kind: gossip.NewRoundStep + gossip.Kind(c(int(gossip.Vote))), Height: c.near(v, p), Round: c.round()}
	if r := []gossip.Round{p.Round, p.Round, p.CatchupCommitRound, p.Later.Round, -1, -1}[c(6)]; r >= 0 {
		m.Round = r
	}
	switch m.Kind {
	case gossip.NewRoundStep:
		m.Step, m.LastCommitRound = gossip.Step(1+c(int(gossip.Commit))), c.roundOrNone()
	case gossip.NewValidBlock:
		m.Header, m.IsCommit = c.header(), c.bool()
		m.Bits = gossip.Marks{Size: m.Header.Total, Bits: gossip.Set(c(1 << m.Header.Total))}
	case gossip.HasVote, gossip.Vote:
		m.Vote, m.Index, m.Block = c.kind(), uint8(c(validators)), gossip.NilBlock
	case gossip.HasProposalBlockPart, gossip.BlockPart:
		m.Index = uint8(c(4))
	case gossip.VoteSetMaj23, gossip.VoteSetBits:
		m.Vote, m.Block = c.kind(), gossip.Block(1+c(gossip.Blocks))
		if m.Kind == gossip.VoteSetBits {
			m.Bits = c.marks()
			if q := p.Asked[c(len(p.Asked))]; q.Height > 0 && c.bool() { // it answers
				m.Height, m.Round, m.Vote, m.Block = q.Height, q.Round, q.Kind, q.Block
			}
		}
	case gossip.ProposalMessage:
		m.Header, m.POLRound = c.header(), c.roundOrNone()
	case gossip.ProposalPOL:
		m.Bits = gossip.Marks{Size: validators, Bits: c.set()}
	}
	return m
}

// polkaPeer draws what a node of polka may believe.
func (c chooser) polkaPeer(v *gossip.View) gossip.Peer {
	p := c.peer(v)
	if p.Height == v.Height {
		p.CatchupCommitRound = min(p.CatchupCommitRound, p.Round) // TestLawOnlyReachedRoundsAreCaughtUp
	}
	if (p.Height == v.Height || p.Height == v.Height-1) && c.bool() {
		p.Later = gossip.Later{
			Round:      c.round(),
			Prevotes:   gossip.Marks{Size: validators, Bits: c.set()},
			Precommits: gossip.Marks{Size: validators, Bits: c.set()},
		}
		if c.bool() {
			p.Later.Prevotes = everything
		}
		if p.Height < v.Height && c.bool() { // we decided in the round that was later
			p.Later.Round = p.CatchupCommitRound
		}
	}
	for about := range p.Asked {
		if q := &p.Asked[about]; c.bool() {
			*q = gossip.Query{Height: p.Height, At: p.Round, Round: c.round(), Block: gossip.Block(1 + c(gossip.Blocks))}
			if about == int(gossip.AboutPrecommits) || about == int(gossip.AboutCatchup) {
				q.Kind = gossip.Precommits
			}
			if q.Open = c.bool(); q.Open {
				q.Since = c.set()
			}
			if c.bool() {
				q.Round = p.Round
			}
		}
	}
	return p
}
