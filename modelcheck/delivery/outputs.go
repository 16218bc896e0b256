package delivery

import "github.com/polka-bft/polka/spec/consensus"

// emit carries out what rules made the process do towards the outside, and looks
// at what they made of its state.
func (s *step) emit(x, before *local, outs []consensus.Output) {
	if s.tracing {
		s.trace.outputs = append(s.trace.outputs, outs...)
	}
	last := consensus.Round(s.config.stays(s.self) - 1)
	for _, o := range outs {
		if o.Height != before.process.Height || o.Round > last {
			continue // of the next height, or of a round that is not in the model
		}
		switch o.Kind {
		case consensus.VoteOutput:
			if s.unseen(&before.process, o) {
				x.panicked = true
				continue
			}
			s.noteVote(x, before, o)
			if o.Vote == consensus.PrevoteType && o.Value != consensus.Nil && !s.justified(x, before, o) {
				s.blame(x, StrayPrevote)
			}
			if s.node && !s.timed && o.Vote == consensus.PrevoteType && o.Value == consensus.Nil && !offered(&before.process) {
				s.blame(x, HastyNil)
			}
			s.inspectVote(x, before, o)
			s.sign(x, voteOf(o.Vote, o.Round, o.Value))
		case consensus.ProposalOutput:
			s.inspectProposal(x, before, o)
			s.sign(x, proposalOf(o.Round, o.Value, o.POLRound))
		case consensus.TimeoutOutput:
			if s.node || o.Timeout != consensus.TimeoutPrecommit || o.Round < last {
				s.schedule(x, consensus.Timeout{Round: o.Round, Tock: o.Timeout.Tock()})
			}
		case consensus.DecisionOutput:
			s.decide(x, before, o)
		case consensus.PanicOutput:
			x.panicked = true
		case consensus.StepOutput: // only logged
		}
	}
	s.inspect(x, before)
}

// sign signs a message of the process and queues it, a CometBFT proposal with its
// block. Nothing happens if the signer refuses.
func (s *step) sign(x *local, m message) {
	s.sync(x)
	if s.config.Crashes > 0 && !s.signature(x, m) {
		return
	}
	if x.said.other(m) {
		s.blame(x, [...]Fault{SecondPrevote, SecondPrecommit, SecondProposal}[m.kind])
	}
	x.queueOwn(m)
	if s.node && m.kind == proposalMessage {
		x.queueOwn(m.block())
	}
}

// queueOwn notes that a message is signed, and puts it into the own queue.
func (x *local) queueOwn(m message) {
	x.said, x.lost = x.said.with(m), x.lost.without(m)
	x.push(m)
}

func signingOf(m message) consensus.Signing {
	q := consensus.Signing{Round: m.at(), Value: m.of()}
	switch m.kind {
	case proposalMessage:
		q.Step, q.POLRound = consensus.SignProposal, m.polRound()
	case prevoteMessage:
		q.Step = consensus.SignPrevote
	case precommitMessage:
		q.Step = consensus.SignPrecommit
	case blockMessage:
		panic("delivery: blocks are not signed")
	}
	return q
}

// justified reports whether the process may prevote a value: see the claim.
func (s *step) justified(x, before *local, o consensus.Output) bool {
	if !s.node {
		return received{&s.config, &x.core}.Proposed(o.Round, o.Value, consensus.AnyPOLRound)
	}
	if x.process.Height != before.process.Height {
		x = before // the decision in the same step has forgotten the block, which was there before
	}
	return before.process.LockedValue == o.Value || x.process.Held.Parts == o.Value && consensus.Round(x.since) == o.Round
}

// offered reports whether a node has a proposal and its block.
func offered(p *consensus.Process) bool { return p.Held.Proposal && p.Held.Block != consensus.Nil }

// decide notes a decision, and whether what was received allows it.
func (s *step) decide(x, before *local, o consensus.Output) {
	x.decision = o.Value
	x.old = o.Round < before.process.Round
	x.last = int(before.process.Round) == s.config.rounds()-1
	h := received{&s.config, &x.core}
	known := h.Proposed(o.Round, o.Value, consensus.AnyPOLRound)
	if s.node {
		known = true // the rules decide what they hold: Held.Block
	}
	if !known || !h.quorum(consensus.PrecommitType, o.Round, o.Value) {
		s.blame(x, UnbackedDecision)
	}
}

// blame notes a fault, unless the property that it breaks is known not to hold.
func (s *step) blame(x *local, f Fault) {
	if !s.known[f] {
		x.fault = f
	}
}

// inspect looks for what is wrong with a process after rules have fired.
func (s *step) inspect(x, before *local) {
	p := &x.process
	decided := x.decision != consensus.Nil
	if s.config.Strict && !decided && before.process.LockedRound > p.LockedRound {
		x.departed |= unlocks
	}
	switch {
	case x.fault != NoFault || x.panicked:
	case decided != (p.Height != before.process.Height):
		s.blame(x, TornDecision)
	case decided && (p.Round != 0 || p.LockedRound != -1 || p.LockedValue != consensus.Nil || p.ValidRound != -1 || p.ValidValue != consensus.Nil):
		s.blame(x, StaleHeight)
	case decided:
	case p.Round > before.process.Round && int(p.Round) >= s.config.stays(s.self):
		x.left = true
	case before.process.LockedRound > p.LockedRound && keepsLocks(&s.config):
		s.blame(x, DroppedLock)
	case !s.lockBacked(x):
		s.blame(x, UnbackedLock)
	}
}

// lockBacked reports whether the lock is unset, or has its polka among the
// messages received.
func (s *step) lockBacked(x *local) bool {
	p := &x.process
	if p.LockedValue == consensus.Nil || p.LockedRound < 0 {
		return p.LockedValue == consensus.Nil && p.LockedRound < 0
	}
	return received{&s.config, &x.core}.quorum(consensus.PrevoteType, p.LockedRound, p.LockedValue)
}

// available is what others can receive of a process. A peer of a CometBFT node
// gets what the node has taken from its own queue, since gossip reads the round
// state.
func (n *instance) available(x *local) messageSet {
	if !n.node {
		return x.said
	}
	sent := x.said.minus(x.lost)
	for _, m := range x.queue[:x.queued] {
		sent = sent.without(m)
	}
	return sent
}
