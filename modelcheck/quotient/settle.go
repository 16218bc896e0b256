package quotient

import "github.com/polka-bft/polka/spec/consensus"

// settle brings what rules made a process do into a step from x: what it sends,
// what is kept, and which claims it breaks.
func (s *stepper) settle(x *local, st *step, outputs []consensus.Output) {
	y := &st.to
	if y.process.Round != x.process.Round {
		y.timers, y.offered = 0, false
	}
	spoken := uint8(0)
	if x.spoke() {
		spoken = 1 << x.process.Round
	}
	j := judge{stepper: s, before: x, step: st}
	j.finds()
	for _, o := range outputs {
		switch {
		case o.Height != x.process.Height:
			if o.Kind == consensus.ProposalOutput && (o.Value != s.oracle.GetValue() || o.POLRound != -1) {
				j.breaks(oneDecision)
			}
		case o.Kind == consensus.DecisionOutput:
			y.decision = o.Value
			j.decides(o)
		case o.Kind == consensus.PanicOutput:
			j.panics(o.Message)
		case int(o.Round) >= s.rounds: // a round that is not in the instance
		case o.Kind == consensus.VoteOutput:
			s.vote(&j, o)
		case o.Kind == consensus.ProposalOutput:
			j.proposes(o)
			y.offered = true
			st.sends.proposed, st.sends.round = true, int8(o.Round)
			st.sends.letter, st.sends.polRound = int8(s.values.letter(o.Value)), int8(o.POLRound)
		case o.Kind == consensus.TimeoutOutput:
			if (s.questions == nil || s.habits) && o.Round == y.process.Round {
				y.timers |= 1 << o.Timeout
			}
		}
		if !st.sends.nothing() && o.Height == x.process.Height && int(o.Round) < s.rounds &&
			(o.Kind == consensus.VoteOutput || o.Kind == consensus.ProposalOutput) && spoken>>o.Round&1 == 0 {
			spoken |= 1 << o.Round
			st.sends.first |= 1 << o.Round
		}
	}
	j.state()
	if s.habits {
		j.habits(outputs)
	}
	switch {
	case y.fault != 0:
		*y = local{fault: y.fault}
	case y.decision != consensus.Nil:
		*y = local{decision: y.decision}
	case int(y.process.Round) >= s.rounds:
		*y = local{left: true}
	default:
		y.forget(s.forgets)
	}
}

// vote notes a vote.
func (s *stepper) vote(j *judge, o consensus.Output) {
	letter := s.values.letter(o.Value)
	y := &j.step.to
	if y.voted[o.Vote]>>o.Round&1 == 1 {
		j.breaks(noEquivocation)
		return
	}
	j.votes(o)
	y.voted[o.Vote] |= 1 << o.Round
	j.step.sends.votes |= voteBit(o.Vote, o.Round, letter)
	if o.Vote == consensus.PrecommitType && o.Value != consensus.Nil && s.checks(lockKept, lockRespected) {
		y.latest, y.since = o.Value, o.Round
	}
}

// forget clears what nothing asks about any more. Votes of rounds that were left
// are never asked about. The rest holds for the rules as they are, and perhaps not
// for others, which keep everything: validValue is for proposers, so that others
// need only know whether it was set in the round; and the POLRound of a proposal
// is for the prevote.
func (x *local) forget(rules bool) {
	p := &x.process
	r := p.Round
	x.roles = x.roles >> r << r
	for t := range x.voted {
		x.voted[t] = x.voted[t] >> r << r
	}
	p.Proposed = consensus.Nil
	if !rules {
		return
	}
	if x.roles>>r>>1 == 0 && (x.roles == 0 || p.Step != consensus.NewHeight) {
		p.ValidValue = consensus.Nil
		if p.ValidRound < r {
			p.ValidRound = -1
		}
	}
	if p.Step == consensus.Precommit || p.Step == consensus.Commit {
		p.Held.POLRound = -1
	}
}
