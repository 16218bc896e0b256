package consensus

// choice binds the free variables of a clause: the effects of a rule speak of
// them. What a binding does not bind is zero.
type choice struct {
	round    Round // r: of a decision, a later round, a call
	value    ValueID
	polRound Round // vr
}

// candidate is a rule that may fire now, and for which choice.
type candidate struct {
	rule        Rule
	observation Observation
	choice      choice
}

// mostUrgent asks every binding and returns the enabled rule that comes first in
// the written priority; when that rule holds for several choices, the one of the
// message that arrived first. ok is false when no rule is enabled.
//
// Of the rounds other than the current one it asks only touched, the round of
// the last message: in the others nothing has changed since no rule was enabled
// there, because what is asked of them does not depend on step, lock or the
// first times.
func (m *Machine) mostUrgent(touched Round) (best candidate, ok bool) {
	consider := func(o Observation, c choice) {
		rule := lookUp(o)
		if rule != Wait && (!ok || ranks[rule] < ranks[best.rule]) {
			best, ok = candidate{rule, o, c}, true
		}
	}
	m.considerDecisions(touched, consider)
	if touched > m.state.Round {
		later := m.log.validators.SomeCorrect(m.log.messagePower(touched))
		consider(observeLaterRound(fact[laterRoundFact](later)), choice{round: touched})
	}
	m.considerProposals(consider)
	consider(m.observeVotes(), choice{})
	return best, ok
}

// considerDecisions asks about every value of a round that may be decided: those
// proposed, and the one that most precommits are for.
func (m *Machine) considerDecisions(r Round, consider func(Observation, choice)) {
	rl := m.log.round(r)
	ask := func(v ValueID, known proposalFact) {
		quorum := m.log.validators.Quorum(rl.votes[Precommit].power(v))
		consider(observeDecision(decidedNo, known, fact[commitQuorumFact](quorum)), choice{round: r, value: v})
	}
	for _, p := range rl.proposals {
		ask(p.value, validity(p.valid))
	}
	if v, _ := rl.votes[Precommit].lead(); !v.IsNil() && !rl.proposed(v) {
		ask(v, proposalNone)
	}
}

// considerProposals asks about every proposal of the current round, and about
// the value that most prevotes are for.
func (m *Machine) considerProposals(consider func(Observation, choice)) {
	rl := m.log.round(m.state.Round)
	ask := func(p storedProposal, known proposalFact) {
		polka := m.log.validators.Quorum(rl.votes[Prevote].power(p.value))
		o := observeProposal(m.state.Step, known, m.pol(p), m.lock(p), fact[polkaFact](polka), fact[once36Fact](m.state.Once36))
		consider(o, choice{value: p.value, polRound: p.polRound})
	}
	for _, p := range rl.proposals {
		ask(p, validity(p.valid))
	}
	if v, _ := rl.votes[Prevote].lead(); !v.IsNil() && !rl.proposed(v) {
		ask(storedProposal{value: v, polRound: -1}, proposalNone)
	}
}

// proposed reports whether some proposal of the round is for the value.
func (rl *roundLog) proposed(v ValueID) bool {
	for _, p := range rl.proposals {
		if p.value == v {
			return true
		}
	}
	return false
}

// pol observes how the validRound of a proposal relates to the current round.
func (m *Machine) pol(p storedProposal) polFact {
	switch {
	case p.polRound < 0:
		return polFresh
	case p.polRound >= m.state.Round:
		return polMisplaced
	case m.log.validators.Quorum(m.log.round(p.polRound).votes[Prevote].power(p.value)):
		return polBacked
	}
	return polUnbacked
}

// lock observes how the lock relates to a proposal.
func (m *Machine) lock(p storedProposal) lockFact {
	switch {
	case m.state.LockedRound == -1:
		return lockOpen
	case m.state.LockedValue == p.value:
		return lockSame
	case m.state.LockedRound <= p.polRound:
		return lockOlder
	}
	return lockNewer
}

// observeVotes observes the votes of the current round.
func (m *Machine) observeVotes() Observation {
	rl := m.log.round(m.state.Round)
	enough := m.log.validators.Quorum(rl.votes[Precommit].anyPower)
	return observeVotes(m.state.Step, m.tally(&rl.votes[Prevote]), fact[precommitsFact](enough),
		fact[once34Fact](m.state.Once34), fact[once47Fact](m.state.Once47))
}

// tally observes what votes add up to. When more than a third of the power votes
// twice there can be a quorum for nil and one for a value: then it is the one for
// nil, and the other is observed as polka.
func (m *Machine) tally(s *voteSet) prevotesFact {
	_, power := s.lead()
	switch {
	case m.log.validators.Quorum(s.nilPower):
		return prevotesNil
	case m.log.validators.Quorum(power):
		return prevotesValue
	case m.log.validators.Quorum(s.anyPower):
		return prevotesMixed
	}
	return prevotesFew
}

// observeExpired observes a timeout that has just expired.
func (m *Machine) observeExpired(t Timeout) Observation {
	at := atElsewhere
	if t.Height == m.state.Height && t.Round == m.state.Round {
		at = atHere
	}
	return observeTimeout(expiredFact(t.Kind), at, m.state.Step)
}

func validity(valid bool) proposalFact {
	if valid {
		return proposalValid
	}
	return proposalInvalid
}

// fact is the second value of an observable with two, when b is true, and the
// first otherwise.
func fact[F ~uint8](b bool) F {
	if b {
		return 1
	}
	return 0
}
