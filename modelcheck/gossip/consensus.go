package gossip

import "github.com/polka-bft/polka/spec/gossip"

// A move is a step of a node's consensus, as far as gossip shows it. What a node
// votes is up to the chain; only when it may is asked here.
type move uint8

const (
	start          move = iota // of round 0
	prevote                    // the proposal and its block are here
	precommit                  // +2/3 prevotes for nil, or for the block that is here
	skip                       // +2/3 votes of a later round
	commit                     // +2/3 precommits of some round
	finalize                   // the whole block of the commit is here
	timeoutPropose             // prevote without
	timeoutPrevote             // precommit with +2/3 prevotes of any kind
	timeoutRound               // the next round, with +2/3 precommits of any kind
	moves
)

var moveNames = [moves]string{
	"enters round 0", "has the proposal and its block: prevotes", "sees +2/3 prevotes: precommits", "sees +2/3 of a later round: enters it",
	"sees +2/3 precommits: enters commit", "has the block: commits it", "times out: prevotes", "times out: precommits", "times out: next round",
}

// isTimeout says that the move waits for a timer.
func (mv move) isTimeout() bool { return mv >= timeoutPropose }

// goal is the round that a move leads to or is about, and whether the move can be
// made.
func (m *model) goal(n *Node, mv move) (gossip.Round, bool) {
	if int(n.Height) > len(m.plans) {
		return 0, false
	}
	last := m.rounds(n.Height) - 1
	switch mv {
	case start:
		return 0, n.Step == gossip.NewHeight
	case prevote:
		return n.Round, n.Step == gossip.Propose && n.Proposal && n.complete()
	case timeoutPropose:
		return n.Round, n.Step == gossip.Propose
	case precommit:
		most := m.majority(n, n.Round, gossip.Prevotes)
		return n.Round, n.Step == gossip.Prevote && (most == gossip.NilBlock || most == gossip.BlockA && n.Proposal && n.complete())
	case timeoutPrevote:
		return n.Round, n.Step == gossip.Prevote && m.any(n, n.Round, gossip.Prevotes)
	case timeoutRound:
		return n.Round + 1, n.Step == gossip.Precommit && n.Round < last && m.any(n, n.Round, gossip.Precommits)
	case skip:
		if n.Step == gossip.Commit {
			return 0, false
		}
		for r := last; r > n.Round; r-- {
			if m.any(n, r, gossip.Prevotes) || m.any(n, r, gossip.Precommits) {
				return r, true
			}
		}
	case commit:
		if n.Step == gossip.Commit {
			return 0, false
		}
		for r := n.Round; r >= 0; r-- {
			if m.majority(n, r, gossip.Precommits) == gossip.BlockA {
				return r, true
			}
		}
	case finalize:
		return n.Round, n.Step == gossip.Commit && n.complete()
	}
	return 0, false
}

// make makes a move that can be made.
func (t *turn) make(i int, mv move, r gossip.Round) {
	n := &t.Nodes[i]
	switch mv {
	case start, skip, timeoutRound:
		t.enter(i, r)
	case prevote, timeoutPropose:
		n.Step = gossip.Prevote
		t.announce(i, gossip.StepTaken, gossip.Message{})
		t.cast(i, gossip.Prevotes)
	case precommit, timeoutPrevote:
		// Of a polka whose block is not here the parts are collected from now on
		// (enterPrecommit).
		if t.majority(n, r, gossip.Prevotes) == gossip.BlockA && t.collect(n) && !t.config.silent() {
			t.announce(i, gossip.PolkaSeen, gossip.Message{})
		}
		n.Step = gossip.Precommit
		t.announce(i, gossip.StepTaken, gossip.Message{})
		t.cast(i, gossip.Precommits)
	case commit:
		event := gossip.CommitCollect
		if t.collect(n) {
			event = gossip.CommitBegins
		}
		t.announce(i, event, gossip.Message{})
		n.Step = gossip.Commit
		t.announce(i, gossip.StepTaken, gossip.Message{})
	case finalize:
		decided := t.plan(n.Height).decided
		*n = Node{Height: n.Height + 1, Step: gossip.NewHeight, LastCommit: n.Votes[decided][gossip.Precommits]}
		t.announce(i, gossip.StepTaken, gossip.Message{})
	}
}

// enter begins a round; its proposer has the proposal and the block.
func (t *turn) enter(i int, r gossip.Round) {
	n := &t.Nodes[i]
	if r > 0 {
		n.Proposal, n.Header, n.Parts = false, gossip.Header{}, 0
	}
	n.Round, n.Step = r, gossip.Propose
	if self := t.config.Self[i]; self >= 0 && t.voting(n.Height, r).proposer == self {
		t.collect(n)
		n.Proposal, n.Parts = true, full(n.Header.Total)
	}
	t.announce(i, gossip.StepTaken, gossip.Message{})
}

// collect begins to collect the parts of the block of the height, unless that goes
// on already.
func (t *turn) collect(n *Node) bool {
	h := t.plan(n.Height).header
	if n.Header == h {
		return false
	}
	n.Header, n.Parts = h, 0
	return true
}

// cast adds the node's own vote of its round, if the chain has one.
func (t *turn) cast(i int, k gossip.VoteKind) {
	n := &t.Nodes[i]
	self := t.config.Self[i]
	if self < 0 || t.voting(n.Height, n.Round).all(k)>>self&1 == 0 {
		return
	}
	t.add(i, gossip.Message{Kind: gossip.Vote, Height: n.Height, Round: n.Round, Vote: k, Index: uint8(self)})
}

// add adds a vote of the node's height, and tells that it has it. With a polka of
// its round the node collects the parts of that block.
func (t *turn) add(i int, m gossip.Message) {
	n := &t.Nodes[i]
	had := t.majority(n, m.Round, m.Vote)
	n.Votes[m.Round][m.Vote] |= 1 << m.Index
	t.announce(i, gossip.VoteAdded, m)
	if m.Vote != gossip.Prevotes || m.Round != n.Round || t.majority(n, m.Round, m.Vote) != gossip.BlockA {
		return
	}
	// Once the block is here and valid, more prevotes tell nothing.
	if began := t.collect(n); began || had == gossip.NoBlock || !n.complete() {
		t.announce(i, gossip.PolkaSeen, gossip.Message{})
	}
}
