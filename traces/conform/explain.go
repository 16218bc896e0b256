package conform

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// diverge makes the divergence at a record: did completes "the node …", must
// completes "the rules …".
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

// describe says in words what a record is.
func describe(r *cometbft.Record) string {
	switch r.Kind {
	case cometbft.KindStep:
		return fmt.Sprintf("step %d/%d/%s", r.Step.Height, r.Step.Round, shortStep(r.Step.Step))
	case cometbft.KindEndHeight:
		return fmt.Sprintf("the end of height %d", r.EndHeight)
	case cometbft.KindProposal:
		p := &r.Proposal
		return fmt.Sprintf("PROPOSAL(%d, %d, %s, %d)", p.Height, p.Round, p.BlockID, p.POLRound)
	case cometbft.KindBlockPart:
		p := &r.BlockPart
		return fmt.Sprintf("part %d of a block of height %d", p.Index, p.Height)
	case cometbft.KindVote:
		return describeVote(&r.Vote)
	case cometbft.KindTimeout:
		t := &r.Timeout
		return fmt.Sprintf("the expiry of timeout %s(%d, %d)", timeoutName(t.Step), t.Height, t.Round)
	default:
		return r.String()
	}
}

func describeVote(v *cometbft.Vote) string {
	return fmt.Sprintf("%s(%d, %d, %s)", kindOf(v.Type), v.Height, v.Round, v.BlockID)
}

// timeoutName names a timeout by the step that CometBFT files it under.
func timeoutName(step uint8) string {
	if t, ok := tocks[step]; ok {
		return consensus.Tock.Variable().Values[t]
	}
	return fmt.Sprintf("of step %d", step)
}

// divergeVote is the divergence of a vote that differs from what its rule said:
// the rules that would have led to the vote, and what of them failed when it
// was cast.
func (j *walJudge) divergeVote(r *cometbft.Record, did string, p promise) *Divergence {
	d := j.diverge(r, did, fmt.Sprintf("call for %s(%d, %d, %s), by rule %s on %s",
		kindOf(r.Vote.Type), r.Vote.Height, r.Vote.Round, p.id, p.by.Rule.Name, p.by.Observation))
	if r.Vote.BlockID.Hash == p.id.Hash && r.Vote.BlockID != p.id {
		d.Must += fmt.Sprintf("; it is the same block in other parts: %.8X, not %.8X", r.Vote.BlockID.PartsHash, p.id.PartsHash)
	}
	t := j.opt.Dialect.Table
	for i := range t.All {
		rule := &t.All[i]
		if rule.Clause.Of == p.by.Choice.Of && votesFor(rule, r.Vote.BlockID.IsNil()) && !rule.Holds(p.by.Observation) {
			d.refute(refute(t, rule, p.by.Observation, p.saw.about))
		}
	}
	if len(d.Refuted) == 0 {
		d.Must += "; " + p.saw.votes + "; " + p.saw.held
	}
	return d
}

// divergeUncalled is the divergence of a vote that no rule called for: the rules
// that send such a vote, asked on the state as it is.
func (j *walJudge) divergeUncalled(r *cometbft.Record, did string) *Divergence {
	enter, calls, sends := consensus.EnterPrevote, consensus.CallDoPrevote, prevotes
	if r.Vote.Type == cometbft.Precommit {
		enter, calls, sends = consensus.EnterPrecommit, consensus.CallDoPrecommit, precommits
	}
	d := j.diverge(r, did, fmt.Sprintf("call for no %s of height %d, round %d", kindOf(r.Vote.Type), r.Vote.Height, r.Vote.Round))
	if r.Vote.Height != j.node.p.Height {
		return d
	}
	t := j.opt.Dialect.Table
	for i := range t.All {
		rule := &t.All[i]
		if rule.Clause.Of == enter && hasEffect(rule, []spec.Op{calls}) ||
			r.Vote.Round == j.node.p.Round && hasEffect(rule, sends) && votesFor(rule, r.Vote.BlockID.IsNil()) {
			j.refuteNow(d, rule, consensus.Choice{Of: rule.Clause.Of, Round: r.Vote.Round})
		}
	}
	return d
}

// divergeStep is the divergence of a step, or of the end of a height, that
// nothing called for: the rules that lead to it.
func (j *walJudge) divergeStep(r *cometbft.Record, must string) *Divergence {
	d := j.diverge(r, "logged "+describe(r), must)
	if r.Kind == cometbft.KindStep && r.Step.Height != j.node.p.Height {
		return d
	}
	leads, round := j.leading(r)
	t := j.opt.Dialect.Table
	for i := range t.All {
		rule := &t.All[i]
		if !hasEffect(rule, leads) {
			continue
		}
		c := consensus.Choice{Of: rule.Clause.Of, Round: round}
		if c.Of == consensus.OnTock {
			j.refuteTimeout(d, rule, round)
			continue
		}
		if !c.Of.Function || c.Of == consensus.TryFinalizeCommit || c.Of == consensus.PrevoteIfComplete {
			j.refuteNow(d, rule, c)
		}
	}
	return d
}

// leading lists the effects that lead to the step, or to the end of the height,
// and the round that their rules must be about.
func (j *walJudge) leading(r *cometbft.Record) (leads []spec.Op, round consensus.Round) {
	if r.Kind == cometbft.KindEndHeight {
		return []spec.Op{consensus.Decide, consensus.CallEnterCommit}, j.node.p.Round
	}
	round = r.Step.Round
	switch shortStep(r.Step.Step) {
	case stepPropose:
		leads = []spec.Op{consensus.CallEnterNewRound, consensus.CallEnterNextRound, consensus.CallEnterPropose}
	case stepPrevote:
		leads = []spec.Op{consensus.CallEnterPrevote}
	case stepPrevoteWait:
		leads = []spec.Op{consensus.CallEnterPrevoteWait}
	case stepPrecommit:
		leads = []spec.Op{consensus.CallEnterPrecommit}
	case stepCommit:
		leads = []spec.Op{consensus.CallEnterCommit}
	}
	if round == j.node.p.Round && shortStep(r.Step.Step) == j.node.stepName() {
		leads = append(leads, consensus.CallEnterPrecommitWait) // logs the step a second time
	}
	return leads, round
}

func hasEffect(rule *spec.Rule, ops []spec.Op) bool {
	for _, e := range rule.Effects {
		for _, op := range ops {
			if e.Do == op {
				return true
			}
		}
	}
	return false
}

// refuteNow argues with a rule on the state as it is, unless it holds: then it
// has fired, and what it led to is done.
func (j *walJudge) refuteNow(d *Divergence, rule *spec.Rule, c consensus.Choice) {
	n := j.node
	c = n.p.Bind(c, n.votes)
	o := n.p.Observe(c, n.votes, n.environment())
	if rule.Holds(o) {
		return
	}
	saw := n.sight(c.Round)
	if c.Of == consensus.OnBlock || c.Of == consensus.OnBlockValid {
		saw = n.sight(n.p.Round)
	}
	d.refute(refute(j.opt.Dialect.Table, rule, o, saw.about))
}

// refuteTimeout argues with a rule about the expiry of a timeout: it fires only
// on a record that says so, and there was none.
func (j *walJudge) refuteTimeout(d *Divergence, rule *spec.Rule, round consensus.Round) {
	n := j.node
	if hasEffect(rule, []spec.Op{consensus.CallEnterNextRound}) && round > n.p.Round {
		round--
	}
	for t := range consensus.Tock.Variable().Values {
		c := consensus.Choice{Of: consensus.OnTock, Round: round, Tock: consensus.TockKind(t)}
		o := n.p.Observe(c, n.votes, n.environment())
		if !rule.Holds(o) {
			continue
		}
		ref := refute(j.opt.Dialect.Table, rule, o, n.sight(round).about)
		ref.Phrases[0].Holds = false
		ref.Phrases[0].Numbers = fmt.Sprintf("the record before this one is no such timeout of round %d", round)
		d.refute(ref)
	}
}

// votesFor reports whether the rule sends a vote, for nil or for a value.
func votesFor(r *spec.Rule, isNil bool) bool {
	if isNil {
		return hasEffect(r, []spec.Op{consensus.SendPrevoteNil, consensus.SendPrecommitNil})
	}
	return hasEffect(r, []spec.Op{
		consensus.SendPrevote, consensus.SendPrevoteHeld, consensus.SendPrevoteLocked, consensus.SendPrecommit,
	})
}

// refute says phrase by phrase why a rule does not hold on an observation.
func refute(t *spec.Table, rule *spec.Rule, o spec.Observation, numbers func(spec.Phrase) string) Refutation {
	ref := Refutation{Rule: rule.Name, Line: rule.Clause.Line, Place: rule.Clause.Place, Observed: o.String()}
	missing := false // the proposal, which is blamed once: valid(v) was not asked without it
	for _, f := range t.Explain(rule.ID, o) {
		proposal := slices.ContainsFunc(f.Fails, func(c spec.Cond) bool { return c.Var == consensus.Proposal.Variable() })
		if proposal && missing {
			continue
		}
		missing = missing || proposal && o.Value(consensus.Proposal.Variable()) == uint8(consensus.NoProposal)
		ref.Phrases = append(ref.Phrases, PhraseFinding{Words: f.Phrase.Words, Holds: f.Holds, Numbers: numbers(f.Phrase)})
	}
	return ref
}

// sight is the evidence that a rule had, in words, for a divergence.
type sight struct {
	votes      string // the prevotes of the round
	precommits string // the precommits of the round
	polka      string // the prevotes of the POLRound of the proposal that is held
	held       string // the block and the lock
	where      string // the round asked about, and the node's own
	time       string // of the proposal
}

// sight is what a rule about round r sees now.
func (n *node) sight(r consensus.Round) sight {
	return sight{
		votes:      n.votes.describe(consensus.PrevoteType, r, n.names.text),
		precommits: n.votes.describe(consensus.PrecommitType, r, n.names.text),
		polka:      n.polka(),
		held:       n.holding(),
		where:      fmt.Sprintf("r is %d; the node is in round %d, step %s", r, n.p.Round, n.stepName()),
		time:       n.pbts.describe(n.p.Round),
	}
}

// polka describes the prevotes that a proposal claims to speak for its block.
func (n *node) polka() string {
	if n.p.Held.POLRound < 0 {
		return "there is no proposal with a POLRound"
	}
	return n.votes.describe(consensus.PrevoteType, n.p.Held.POLRound, n.names.text)
}

// about gives the numbers behind a phrase.
func (s sight) about(p spec.Phrase) string {
	for _, c := range p.Conds {
		switch c.Var {
		case consensus.PrevoteTally.Variable():
			return s.votes
		case consensus.PrecommitTally.Variable():
			return s.precommits
		case consensus.LockIs.Variable(), consensus.BlockIs.Variable(), consensus.HeldBlock.Variable(), consensus.Complete.Variable(),
			consensus.Locked.Variable(), consensus.Offer.Variable(), consensus.LockOn.Variable(), consensus.Approval.Variable():
			return s.held
		case consensus.Backing.Variable():
			return s.polka
		case consensus.RoundIs.Variable(), consensus.NodeStep.Variable():
			return s.where
		case consensus.Timing.Variable():
			return s.time
		}
	}
	return ""
}
