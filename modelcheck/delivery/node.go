package delivery

import "github.com/polka-bft/polka/spec/consensus"

// hearNode gives a message to a CometBFT node: handleMsg, setProposal,
// addProposalBlockPart and addVote of consensus/state.go, as far as no rule of
// the dialect says it.
func (s *step) hearNode(x *local, sender int, m message) {
	round := x.process.Round
	switch m.kind {
	case proposalMessage:
		if m.at() != round {
			break
		}
		before := x.process.Held
		if s.config.Overwrite && !before.Proposal {
			x.process.Held.Parts = consensus.Nil
		}
		x.process.TakeProposal(m.of(), m.polRound())
		x.collect(before.Parts)
		s.inspectCommit(x)
	case blockMessage:
		if s.takesBlock(x, sender, m) {
			s.ask(x, consensus.BlockCompleted, consensus.Choice{Round: round})
		}
	case prevoteMessage, precommitMessage:
		mask := &x.heard[m.round].votes[m.kind][sender]
		if *mask != 0 {
			break // a vote again, or one that conflicts and that nobody claimed
		}
		*mask = 1 << m.value
		e := consensus.PrevoteAdded
		if m.kind == precommitMessage {
			e = consensus.PrecommitAdded
		}
		s.ask(x, e, consensus.Choice{Round: m.at()})
	}
	s.inspectHaste(x, round)
	s.inspectPolka(x, m)
	x.skipped = x.skipped || x.process.Round > round && x.decision == consensus.Nil && !x.left
	s.onward(x)
}

// collect notes in which round the node began to collect another block than it
// did before.
func (x *local) collect(before consensus.Value) {
	switch {
	case x.process.Held.Parts == consensus.Nil:
		x.since = 0
	case x.process.Held.Parts != before:
		x.since = int8(x.process.Round)
	}
}

// inspectHaste looks for a node that has left a round for no reason that votes
// can give.
func (s *step) inspectHaste(x *local, before consensus.Round) {
	r, h := x.process.Round, received{&s.config, &x.core}
	if x.decision == consensus.Nil && r > before &&
		!consensus.TwoThirds(h.AnyPower(consensus.PrevoteType, r), h.Total()) &&
		!consensus.TwoThirds(h.AnyPower(consensus.PrecommitType, r), h.Total()) {
		s.blame(x, HastyRound)
	}
}

// inspectCommit looks for a node that commits one block and collects another, or
// that has all parts of it and still waits.
func (s *step) inspectCommit(x *local) {
	p := &x.process
	if x.stopped() || p.Step != consensus.Commit {
		return
	}
	if v, _ := (received{&s.config, &x.core}).Leader(consensus.PrecommitType, p.Held.CommitRound); p.Held.Parts != v {
		s.blame(x, StrayCommit)
	} else if p.Held.Whole {
		s.blame(x, DeadCommit)
	}
}
