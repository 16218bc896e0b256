package gossip

import "github.com/polka-bft/polka/spec/gossip"

// The largest instance that fits a state.
const (
	maxValidators = 8
	maxParts      = 8
)

// Node is what a node holds, but for what the [Chain] says anyway: which votes, not
// what for. Below its height it has stored everything, from height 1 on.
type Node struct {
	Height     gossip.Height
	Round      gossip.Round
	Step       gossip.Step
	Proposal   bool          // it has that of its round
	Header     gossip.Header // of the parts that it collects
	Parts      Mask
	Votes      [gossip.Rounds][2]Mask // of its height, by round and type
	LastCommit Mask                   // precommits of the round that decided the height before
	Catchup    Mask                   // the rounds beyond the next that the other node may send votes of
}

// complete says that the node has the whole block that it collects.
func (n *Node) complete() bool {
	return n.Header != gossip.Header{} && n.Parts == full(n.Header.Total)
}

// plan is what happens at a height.
func (m *model) plan(h gossip.Height) *plan { return &m.plans[h-1] }

// voting is what is voted in a round of a height.
func (m *model) voting(h gossip.Height, r gossip.Round) *voting { return &m.plan(h).rounds[r] }

// rounds is how many rounds there are at a height; above the chain there is one,
// in which nothing happens.
func (m *model) rounds(h gossip.Height) gossip.Round {
	if int(h) > len(m.plans) {
		return 0
	}
	return gossip.Round(len(m.plan(h).rounds))
}

// votes is some votes of a round as a vote set.
func (m *model) votes(h gossip.Height, r gossip.Round, k gossip.VoteKind, held Mask) gossip.VoteSet {
	v := m.voting(h, r)
	s := gossip.VoteSet{Size: m.config.Chain.Validators}
	for i, all := range v.votes[k] {
		s.For[i] = gossip.Set(held & all)
		if s.For[i].Len() >= m.quorum {
			s.Majority = gossip.NilBlock + gossip.Block(i)
		}
	}
	return s
}

// majority is what has +2/3 of the votes that the node holds of a round.
func (m *model) majority(n *Node, r gossip.Round, k gossip.VoteKind) gossip.Block {
	if r >= m.rounds(n.Height) {
		return gossip.NoBlock
	}
	return m.votes(n.Height, r, k, n.Votes[r][k]).Majority
}

// any says that the node holds +2/3 of the votes of a round, whatever they are for.
func (m *model) any(n *Node, r gossip.Round, k gossip.VoteKind) bool {
	return gossip.Set(n.Votes[r][k]).Len() >= m.quorum
}

// keeps says that the node keeps votes of a round: of those up to the next, and of
// two more that the other node sent votes of (consensus/types/height_vote_set.go).
func (n *Node) keeps(r gossip.Round) bool { return r <= n.Round+1 || n.Catchup>>r&1 == 1 }

// view is the node as the rules see it.
func (m *model) view(n *Node) gossip.View {
	v := gossip.View{
		Height: n.Height, Round: n.Round, Step: n.Step, Validators: m.config.Chain.Validators,
		Header: n.Header, Parts: gossip.Set(n.Parts),
	}
	if n.Proposal {
		v.Proposal = gossip.Proposal{Held: true, Header: m.plan(n.Height).header, POLRound: m.voting(n.Height, n.Round).polRound}
	}
	none := gossip.VoteSet{Size: m.config.Chain.Validators}
	for r := range gossip.Round(gossip.Rounds) {
		switch {
		case !n.keeps(r):
		case r >= m.rounds(n.Height):
			v.Prevotes[r], v.Precommits[r] = none, none
		default:
			v.Prevotes[r] = m.votes(n.Height, r, gossip.Prevotes, n.Votes[r][gossip.Prevotes])
			v.Precommits[r] = m.votes(n.Height, r, gossip.Precommits, n.Votes[r][gossip.Precommits])
		}
	}
	if n.Height > 1 {
		v.Base, v.Top = 1, n.Height-1
		last := m.plan(v.Top)
		v.LastCommit = gossip.Decision{Round: last.decided, Votes: m.votes(v.Top, last.decided, gossip.Precommits, n.LastCommit)}
		for h := v.Base; h <= v.Top; h++ {
			p := m.plan(h)
			v.Store[h-1] = gossip.Stored{
				Header:   p.header,
				Decision: gossip.Decision{Round: p.decided, Votes: m.votes(h, p.decided, gossip.Precommits, p.commit)},
			}
		}
	}
	return v
}
