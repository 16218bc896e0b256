package bft

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A rule relies on messages: on those without which it would not be enabled.
// Which they are is read off its guard, so that a mutant which asks for less
// also relies on less.

// anyValue stands for the value of votes that may be for whatever.
const anyValue consensus.Value = valueCount

// reliances says for each threshold what an observation has with it and what it
// has without. A rule that admits the one and not the other relies on it.
var reliances = [thresholdCount]struct{ with, without spec.Cond }{
	POLPower:      {consensus.POL.Is(consensus.Backed), consensus.POL.Is(consensus.Unbacked)},
	PolkaPower:    {consensus.Polka.Is(consensus.Yes), consensus.Polka.Is(consensus.No)},
	TallyPower:    {consensus.Prevotes.Is(consensus.ForNil), consensus.Prevotes.In(consensus.Few, consensus.Mixed)},
	AnyPrevotes:   {consensus.Prevotes.Is(consensus.Mixed), consensus.Prevotes.Is(consensus.Few)},
	AnyPrecommits: {consensus.Precommits.Is(consensus.Yes), consensus.Precommits.Is(consensus.No)},
	CommitPower:   {consensus.CommitQuorum.Is(consensus.Yes), consensus.CommitQuorum.Is(consensus.No)},
	LaterPower:    {consensus.LaterRound.Is(consensus.Yes), consensus.LaterRound.Is(consensus.No)},
}

// A reliance is what a rule relies on, whatever the values of its variables.
type reliance struct {
	thresholds []Threshold
	proposal   bool
	exact      bool // the proposal must have the vr that the rule is followed for
}

// newReliances reads what the rules of a table rely on, by rule.
func newReliances(t *spec.Table) []reliance {
	out := make([]reliance, len(t.All)+1)
	for i := range t.All {
		rule := &t.All[i]
		r := &out[rule.ID]
		for threshold, c := range reliances {
			if relies(rule, c.with, c.without) {
				r.thresholds = append(r.thresholds, Threshold(threshold))
			}
		}
		r.proposal = relies(rule, consensus.Proposal.In(consensus.Invalid, consensus.Valid), consensus.Proposal.Is(consensus.NoProposal))
		r.exact = r.proposal && depends(rule, consensus.POL.Variable())
	}
	return out
}

func relies(r *spec.Rule, with, without spec.Cond) bool {
	return r.Clause.Of.Position(with.Var) >= 0 && admits(r, with.Var, with.Set) && !admits(r, without.Var, without.Set)
}

// A quorum is the votes that a threshold asks for: those of a kind in a round for
// a value, or for anyValue. Where kind is anyKind, it is messages of any kind.
type quorum struct {
	of    Threshold
	kind  int
	round consensus.Round
	value consensus.Value
}

// anyKind stands for messages of all kinds.
const anyKind = 2

// quorumOf is what a threshold is about in an action of a process in a round.
func quorumOf(t Threshold, a Action, round consensus.Round) quorum {
	chosen, v := consensus.Round(a.Round), consensus.Value(a.Value)
	const prevote, precommit = int(consensus.PrevoteType), int(consensus.PrecommitType)
	switch t {
	case POLPower:
		return quorum{t, prevote, consensus.Round(a.POL), v}
	case PolkaPower:
		return quorum{t, prevote, round, v}
	case TallyPower:
		return quorum{t, prevote, round, consensus.Nil}
	case AnyPrevotes:
		return quorum{t, prevote, round, anyValue}
	case AnyPrecommits:
		return quorum{t, precommit, round, anyValue}
	case CommitPower:
		return quorum{t, precommit, chosen, v}
	default:
		return quorum{t, anyKind, chosen, anyValue}
	}
}

// voters says which correct processes have sent something of the quorum.
func (q quorum) voters(t *tallies) voters {
	switch {
	case q.kind == anyKind:
		return t.sent[q.round]
	case q.value == anyValue:
		return t.any[q.kind][q.round]
	default:
		return t.votes[q.kind][q.round][q.value]
	}
}

// reached says whether some correct voters and further power are enough for a
// threshold.
func (rs *rules) reached(t Threshold, v voters, faulty int64) bool {
	total, _ := rs.config.totals()
	if t == LaterPower {
		return consensus.OneThird(rs.config.sum(v)+faulty+rs.less[t], total)
	}
	return consensus.TwoThirds(rs.config.sum(v)+faulty+rs.less[t], total)
}
