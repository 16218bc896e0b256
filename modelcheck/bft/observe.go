package bft

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// An observer goes through the choices of a binding's free variables for the
// process under the scan, and looks at what can be observed of each.
type observer func(*scan, *space)

// observers holds one for every binding that is not a function.
var observers = map[*spec.Binding]observer{
	consensus.OnProposal:   (*scan).observeProposals,
	consensus.OnVotes:      (*scan).observeVotes,
	consensus.OnDecision:   (*scan).observeDecisions,
	consensus.OnLaterRound: (*scan).observeLaterRounds,
	consensus.OnTimeout:    (*scan).observeTimeouts,
}

// The weights of the variables of Algorithm 1's bindings, in the order in
// which the observers below name them.
var (
	proposalWeights = [6]int(weights(consensus.OnProposal, consensus.Step.Variable(), consensus.Proposal.Variable(),
		consensus.POL.Variable(), consensus.Lock.Variable(), consensus.Polka.Variable(), consensus.Once36.Variable()))
	votesWeights = [5]int(weights(consensus.OnVotes, consensus.Step.Variable(), consensus.Prevotes.Variable(),
		consensus.Precommits.Variable(), consensus.Once34.Variable(), consensus.Once47.Variable()))
	decisionWeights = [3]int(weights(consensus.OnDecision, consensus.Decided.Variable(), consensus.Proposal.Variable(),
		consensus.CommitQuorum.Variable()))
	timeoutWeights = [3]int(weights(consensus.OnTimeout, consensus.Expired.Variable(), consensus.At.Variable(),
		consensus.Step.Variable()))
)

// observeProposals looks at every proposal of the current round and, because a
// polka may be there before the proposal, at every value without one.
func (sc *scan) observeProposals(s *space) {
	x := &sc.self.process
	for v := V0; v < valueCount; v++ {
		sc.observeProposal(s, v, -1, consensus.NoProposal)
	}
	proposer := sc.config.Proposers[x.Round]
	if proposer != Byzantine {
		if sent := sc.world.proposals[x.Round]; sent.value != consensus.Nil {
			sc.observeProposal(s, sent.value, sent.polRound, validity(sent.value))
		}
		return
	}
	for v := V0; v < valueCount; v++ {
		// One vr that is not before the round stands for all of them.
		for vr := consensus.Round(-1); vr <= x.Round; vr++ {
			sc.observeProposal(s, v, vr, validity(v))
		}
	}
}

func (sc *scan) observeProposal(s *space, v consensus.Value, vr consensus.Round, known consensus.ProposalValue) {
	x := &sc.self.process
	pol := consensus.Fresh
	switch {
	case vr < 0:
	case vr >= x.Round:
		pol = consensus.Misplaced
	case sc.enough[POLPower][sc.tallies.votes[consensus.PrevoteType][vr][v]]:
		pol = consensus.Backed
	default:
		pol = consensus.Unbacked
	}
	lock := consensus.Newer
	switch {
	case x.LockedRound == -1:
		lock = consensus.Open
	case x.LockedValue == v:
		lock = consensus.Same
	case x.LockedRound < vr || x.LockedRound == vr && !sc.strict:
		lock = consensus.Older
	}
	w := &proposalWeights
	index := int(x.Step)*w[0] + int(known)*w[1] + int(pol)*w[2] + int(lock)*w[3]
	if sc.enough[PolkaPower][sc.tallies.votes[consensus.PrevoteType][x.Round][v]] {
		index += w[4]
	}
	if x.Once36 {
		index += w[5]
	}
	if g := &s.glimpses[index]; g.rules != 0 || g.impossible >= 0 {
		sc.look(s, index, consensus.Choice{Of: s.binding, Value: v, POLRound: vr})
	}
}

// observeVotes looks at each tally that the votes of the round can be heard as.
func (sc *scan) observeVotes(s *space) {
	x := &sc.self.process
	w := &votesWeights
	index := int(x.Step) * w[0]
	if sc.enough[AnyPrecommits][sc.tallies.any[consensus.PrecommitType][x.Round]] {
		index += w[2]
	}
	if x.Once34 {
		index += w[3]
	}
	if x.Once47 {
		index += w[4]
	}
	var done spec.RuleSet // a rule needs to be followed for one tally only
	heard := sc.hearPrevotes(x)
	for tally := consensus.ForValue + 1; tally > 0; {
		tally--
		if heard>>tally&1 == 0 {
			continue
		}
		at := index + int(tally)*w[1]
		g := &s.glimpses[at]
		if g.impossible >= 0 {
			sc.impossible(s, g.impossible, consensus.Choice{Of: s.binding})
		}
		for id := range (g.rules &^ done).All {
			sc.follow(s, at, id, consensus.Choice{Of: s.binding})
		}
		done |= g.rules
	}
}

// hearPrevotes is the set of tallies that some part of the prevotes gives.
func (sc *scan) hearPrevotes(x *consensus.Process) (heard uint8) {
	votes := &sc.tallies.votes[consensus.PrevoteType][x.Round]
	anyone := sc.tallies.any[consensus.PrevoteType][x.Round]
	enough := sc.enough[AnyPrevotes][anyone]
	if !x.Once34 || !enough {
		heard |= 1 << consensus.Few // what line 34 has seen is not forgotten
	}
	mixed := enough
	for v, voters := range votes {
		if !sc.enough[TallyPower][voters] {
			continue
		}
		if v == int(consensus.Nil) {
			heard |= 1 << consensus.ForNil
		} else {
			heard |= 1 << consensus.ForValue
		}
		if sc.alone[voters] && !sc.config.splits(voters, anyone) {
			mixed = false
		}
	}
	if mixed {
		heard |= 1 << consensus.Mixed
	}
	return heard
}

// observeDecisions looks at every round and value that may be decided.
func (sc *scan) observeDecisions(s *space) {
	w := &decisionWeights
	for r, proposer := range sc.config.Proposers {
		for v := V0; v < valueCount; v++ {
			index := 0
			if proposer == Byzantine || sc.world.proposals[r].value == v {
				index += int(validity(v)) * w[1]
			}
			if sc.enough[CommitPower][sc.tallies.votes[consensus.PrecommitType][r][v]] {
				index += w[2]
			}
			if g := &s.glimpses[index]; g.rules != 0 || g.impossible >= 0 {
				sc.look(s, index, consensus.Choice{Of: s.binding, Round: consensus.Round(r), Value: v})
			}
		}
	}
}

// observeLaterRounds looks at the rounds after the current one.
func (sc *scan) observeLaterRounds(s *space) {
	for r := int(sc.self.process.Round) + 1; r < sc.config.rounds(); r++ {
		index := 0
		if sc.enough[LaterPower][sc.tallies.sent[r]] {
			index = 1
		}
		sc.look(s, index, consensus.Choice{Of: s.binding, Round: consensus.Round(r)})
	}
}

// observeTimeouts looks at the timeouts that are scheduled. One that has
// expired may expire again: for it to matter, the rule that it led to would
// have to be enabled still.
//
// Which timeouts of earlier rounds are still running is not kept: where the
// rules do something about them, all of them are assumed to be.
func (sc *scan) observeTimeouts(s *space) {
	x := &sc.self.process
	w := &timeoutWeights
	for kind := consensus.TimeoutPropose; kind <= consensus.TimeoutPrecommit; kind++ {
		index := int(kind)*w[0] + int(x.Step)*w[2]
		if sc.started>>kind&1 == 1 {
			sc.look(s, index, consensus.Choice{Of: s.binding, Round: x.Round, Timeout: kind})
		}
		if x.Round > 0 {
			sc.look(s, index+w[1], consensus.Choice{Of: s.binding, Round: x.Round - 1, Timeout: kind})
		}
	}
}

func validity(v consensus.Value) consensus.ProposalValue {
	if v == Invalid {
		return consensus.Invalid
	}
	return consensus.Valid
}
