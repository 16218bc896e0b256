package bft

import "github.com/polka-bft/polka/spec/consensus"

// asking says what a process in some step of a round may still rely on there.
type asking struct {
	thresholds [thresholdCount]bool
	proposal   bool    // whatever its vr is
	exact      bool    // with its vr
	votes      [2]bool // correct processes may still vote
}

// askingFrom reads off the rules what a process in a step, or in a later one of
// the round, may rely on.
func (k *clockwork[S]) askingFrom(step consensus.StepValue) (a asking) {
	later := stepsFrom(k.table, step)
	for i := range k.table.All {
		rule := &k.table.All[i]
		if !admits(rule, consensus.Step.Variable(), later) {
			continue
		}
		r := &k.relies[rule.ID]
		for _, t := range r.thresholds {
			a.thresholds[t] = true
		}
		a.proposal = a.proposal || r.proposal && rule.Clause.Of == consensus.OnProposal
		a.exact = a.exact || r.exact
	}
	for kind, ops := range sends {
		a.votes[kind] = may(k.table, later, ops)
	}
	return a
}

// join asks for what either of them asks for.
func (a *asking) join(b *asking) {
	for t := range a.thresholds {
		a.thresholds[t] = a.thresholds[t] || b.thresholds[t]
	}
	a.proposal, a.exact = a.proposal || b.proposal, a.exact || b.exact
	a.votes[0], a.votes[1] = a.votes[0] || b.votes[0], a.votes[1] || b.votes[1]
}

// clear forgets messages of Byzantine validators that nobody asks for any more,
// as counts.clear does for those of correct processes.
func (k *clockwork[S]) clear(s watched[S]) watched[S] {
	if s.said == (said{}) || k.of.whole {
		return s
	}
	var w world
	var t tallies
	k.machine.unpack(&s.state, &w, &t)
	first := k.layout.rounds // of an undecided process
	var here [maxRounds]asking
	for p := range k.layout.correct {
		if x := &w.locals[p].process; w.locals[p].decision == consensus.Nil {
			first = min(first, int(x.Round))
			here[x.Round].join(&k.asks[x.Step])
		}
	}
	if first == k.layout.rounds || w.fault != NoFault {
		return watched[S]{state: s.state}
	}
	for r := range k.layout.rounds {
		if first < r {
			here[r].join(&k.asks[consensus.Propose])
		}
		if r == k.layout.rounds-1 && k.dead.last47 { // its timeout would lead out
			here[r].thresholds[AnyPrecommits] = false
		}
		s.said = k.forgetVotes(s.said, r, first >= r, &here[r], &t)
		s.said = k.forgetProposals(s.said, r, first, &here[r], &t)
	}
	return s
}

// forgetVotes is clear for the votes of a round, which all have entered or not.
func (k *clockwork[S]) forgetVotes(s said, r int, entered bool, here *asking, t *tallies) said {
	for b := range k.ledger.votes {
		if entered { // line 55 asks of later rounds only
			s = s.without(k.ledger.messages[b][r].bit)
		}
		for kind := range k.ledger.votes[b][r] {
			list := &k.ledger.votes[b][r][kind]
			whole := [...]Threshold{PolkaPower, CommitPower}[kind]
			whatever := [...]Threshold{AnyPrevotes, AnyPrecommits}[kind]
			for v := range consensus.Value(valueCount) {
				if !s.meets(list[v].bit) {
					continue
				}
				count := t.votes[kind][r][v]
				asked := v != consensus.Nil || here.thresholds[TallyPower]
				if !here.votes[kind] && count == 0 {
					asked = false // what is left of the counts is what matters
				}
				switch {
				case asked && !k.reached(whole, count, 0): // the correct ones alone are not enough
				case here.thresholds[whatever]:
					s = s.without(list[v].bit).or(list[anyValue].bit)
				default:
					s = s.without(list[v].bit)
				}
			}
			if !here.thresholds[whatever] || k.reached(whatever, t.any[kind][r], 0) || s.meets(list[anyValue].covers.without(list[anyValue].bit)) {
				s = s.without(list[anyValue].bit)
			}
		}
	}
	return s
}

// forgetProposals is clear for the proposals of a round.
func (k *clockwork[S]) forgetProposals(s said, r, first int, here *asking, t *tallies) said {
	if k.ledger.proposer[r] < 0 {
		return s
	}
	for v := V0; v < valueCount; v++ {
		whatever := &k.ledger.proposals[r][v][anyPOL]
		if here.exact || !s.meets(whatever.covers) {
			continue
		}
		s = s.without(whatever.covers)
		if v != Invalid && (here.proposal || first <= r || t.votes[consensus.PrecommitType][r][v] > 0) {
			s = s.or(whatever.bit)
		}
	}
	return s
}
