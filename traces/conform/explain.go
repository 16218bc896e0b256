package conform

import (
	"fmt"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// diverge makes the divergence at a record.
func (j *walJudge) diverge(r *cometbft.Record, did, must string) *Divergence {
	n := j.node
	d := &Divergence{
		File: r.File, Offset: r.Offset, Record: r.Index, Time: stamp(r.Time),
		Node: "unknown", Height: n.p.Height, Round: n.p.Round, Step: n.stepName(),
		Did: did, Must: must,
	}
	if j.known {
		d.Node = j.addr.String()
	}
	return d
}

// divergeVote is the divergence of a vote that differs from what its rule said:
// the rules that would have led to the vote, and what of them failed when it
// was cast.
func (j *walJudge) divergeVote(r *cometbft.Record, did string, p promise) *Divergence {
	d := j.diverge(r, did, fmt.Sprintf("call for %s, by rule %s (%s)", p.id, p.by.Rule.Name, p.by.Observation))
	t := j.opt.Dialect.Table
	for i := range t.All {
		rule := &t.All[i]
		if rule.Clause.Of != p.by.Choice.Of || !votesFor(rule, r.Vote.BlockID.IsNil()) {
			continue
		}
		d.Refuted = append(d.Refuted, refute(t, rule, p.by.Observation, func(ph spec.Phrase) string { return p.saw.about(ph) }))
	}
	return d
}

// about gives the numbers behind a phrase.
func (s sight) about(p spec.Phrase) string {
	for _, c := range p.Conds {
		switch c.Var {
		case consensus.PrevoteTally.Variable(), consensus.PrecommitTally.Variable():
			return s.votes
		case consensus.LockIs.Variable(), consensus.BlockIs.Variable(), consensus.HeldBlock.Variable():
			return s.held
		case consensus.RoundIs.Variable(), consensus.NodeStep.Variable():
			return s.where
		}
	}
	return ""
}

// votesFor reports whether the rule sends a vote, for nil or for a value.
func votesFor(r *spec.Rule, isNil bool) bool {
	for _, e := range r.Effects {
		switch e.Do {
		case consensus.SendPrevoteNil, consensus.SendPrecommitNil:
			return isNil
		case consensus.SendPrevote, consensus.SendPrevoteHeld, consensus.SendPrevoteLocked, consensus.SendPrecommit:
			return !isNil
		}
	}
	return false
}

// refute says phrase by phrase why a rule does not hold on an observation.
func refute(t *spec.Table, rule *spec.Rule, o spec.Observation, numbers func(spec.Phrase) string) Refutation {
	ref := Refutation{Rule: rule.Name, Line: rule.Clause.Line, Place: rule.Clause.Place, Observed: o.String()}
	for _, f := range t.Explain(rule.ID, o) {
		ref.Phrases = append(ref.Phrases, PhraseFinding{Words: f.Phrase.Words, Holds: f.Holds, Numbers: numbers(f.Phrase)})
	}
	return ref
}

// candidates lists what would have had to be asked for the step to be logged.
func candidates(n *node, r *cometbft.Record) []consensus.Choice {
	var out []consensus.Choice
	add := func(b *spec.Binding, round consensus.Round) {
		out = append(out, consensus.Choice{Of: b, Round: round})
	}
	if r.Kind == cometbft.KindEndHeight {
		if n.p.Step == consensus.Commit {
			add(consensus.TryFinalizeCommit, n.p.Held.CommitRound)
		}
		add(consensus.OnPrecommit, n.p.Round)
		return out
	}
	round := r.Step.Round
	switch shortStep(r.Step.Step) {
	case "Propose":
		add(consensus.OnPrevote, round)
		add(consensus.OnPrecommit, round)
	case "Prevote":
		add(consensus.OnBlock, round)
	case "PrevoteWait":
		add(consensus.OnPrevote, round)
	case "Precommit":
		add(consensus.OnPrevote, round)
		add(consensus.OnPrecommit, round)
	case "Commit":
		add(consensus.OnPrecommit, round)
	}
	return out
}

// divergeFrom is the divergence of something that nothing called for: the rules
// that could have, asked on the state as it is. forNil says which votes count,
// where the rules of a choice vote.
func (j *walJudge) divergeFrom(r *cometbft.Record, did, must string, cs []consensus.Choice, forNil ...bool) *Divergence {
	d := j.diverge(r, did, must)
	n, t := j.node, j.opt.Dialect.Table
	for _, c := range cs {
		choice := n.p.Bind(c, n.votes)
		o := n.p.Observe(choice, n.votes, environment{})
		saw := n.sight(choice.Round)
		saw.votes += "; " + n.votes.describe(consensus.PrecommitType, choice.Round, n.names.text)
		for i := range t.All {
			rule := &t.All[i]
			if rule.Clause.Of != choice.Of || rule.Holds(o) || len(forNil) > 0 && !votesFor(rule, forNil[0]) {
				continue
			}
			d.Refuted = append(d.Refuted, refute(t, rule, o, saw.about))
		}
	}
	return d
}
