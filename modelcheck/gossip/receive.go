package gossip

import "github.com/polka-bft/polka/spec/gossip"

// catchupRounds is how many rounds beyond the next a peer may send votes of
// (consensus/types/height_vote_set.go).
const catchupRounds = 2

// receive is what a node does with a message: first the rules about its belief, then
// its consensus, which drops what it cannot use (consensus/state.go).
func (t *turn) receive(i int, m gossip.Message) {
	was := t.Beliefs[i]
	for _, o := range t.run(i, t.rules.Received[m.Kind], m) {
		t.send(i, o.AnyOf[0])
	}
	if t.config.Counted {
		t.Sent[i].forget(m, &was, &t.Beliefs[i])
	}
	n := &t.Nodes[i]
	switch m.Kind {
	case gossip.ProposalMessage:
		t.receiveProposal(n, m)
	case gossip.BlockPart:
		t.receivePart(i, m)
	case gossip.Vote:
		t.receiveVote(i, m)
	}
}

// receiveProposal is defaultSetProposal.
func (t *turn) receiveProposal(n *Node, m gossip.Message) {
	switch {
	case n.Proposal:
		t.note("dropped: it has one")
	case m.Height != n.Height || m.Round != n.Round:
		t.note("dropped: of another height or round")
	default:
		n.Proposal = true
		if n.Header == (gossip.Header{}) {
			n.Header = m.Header
		}
	}
}

// receivePart is addProposalBlockPart.
func (t *turn) receivePart(i int, m gossip.Message) {
	n := &t.Nodes[i]
	switch {
	case m.Height != n.Height:
		t.note("dropped: of another height")
	case n.Header == (gossip.Header{}):
		t.note("dropped: it collects none")
	case m.Header != n.Header:
		t.note("dropped: of another block")
	case n.Parts>>m.Index&1 == 1:
		t.note("it has it")
	default:
		n.Parts |= 1 << m.Index
		t.announce(i, gossip.PartAdded, m)
	}
}

// receiveVote is addVote.
func (t *turn) receiveVote(i int, m gossip.Message) {
	n := &t.Nodes[i]
	switch {
	case m.Height == n.Height-1 && m.Vote == gossip.Precommits && n.Step == gossip.NewHeight:
		t.receiveLast(i, m)
	case m.Height != n.Height:
		t.note("dropped: of another height")
	case !t.admit(n, m.Round):
		t.note("dropped: of a round too far")
	case n.Votes[m.Round][m.Vote]>>m.Index&1 == 1:
		t.note("it has it")
	default:
		t.add(i, m)
	}
}

// receiveLast takes a late precommit of the height before.
func (t *turn) receiveLast(i int, m gossip.Message) {
	n := &t.Nodes[i]
	switch {
	case m.Round != t.plan(m.Height).decided:
		t.note("dropped: not of the round that decided")
	case n.LastCommit>>m.Index&1 == 1:
		t.note("it has it")
	default:
		n.LastCommit |= 1 << m.Index
		t.announce(i, gossip.VoteAdded, m)
	}
}

// admit says whether the node takes votes of a round, and makes room for them.
func (t *turn) admit(n *Node, r gossip.Round) bool {
	if n.keeps(r) {
		return true
	}
	if gossip.Set(n.Catchup).Len() >= t.config.catchupRounds() {
		return false
	}
	n.Catchup |= 1 << r
	return true
}
