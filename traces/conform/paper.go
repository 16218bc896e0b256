package conform

import (
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// An act is something that a node did which Algorithm 1 has rules for.
type act struct {
	effect spec.Op            // that a rule of the paper must have
	value  consensus.Value    // that a vote was for
	words  string             // what the node did
	by     consensus.Fired    // the rule of the node's own dialect
	asked  []consensus.Choice // what rules of the paper are asked on
}

// paper holds what a node does against Algorithm 1: the log is followed by the
// rules that the node runs, and each vote, lock, round and decision is looked up
// in what the paper would have enabled at that moment. A node departs where
// nothing in Enabled does what it did.
type paper struct {
	runs       *consensus.Dialect // what the node runs
	now        *cometbft.Record   // the input being handled
	root       string             // the clause that the input made fire first, which called the others
	departures []departure
}

// departure is one act that no rule of the paper explains.
type departure struct {
	difference string
	act        act
	refuted    []Refutation
	height     int64 // where the node was
	round      consensus.Round
	step       string
}

// watch is told of every rule of the node before its effects, and looks the act
// up in the paper.
func (w *paper) watch(n *node, f consensus.Fired) {
	if !f.Rule.Clause.Of.Function {
		w.root = f.Rule.Clause.Key()
	}
	for _, a := range w.acts(n, f) {
		if w.explained(n, a) {
			continue
		}
		w.departures = append(w.departures, departure{
			difference: w.difference(f.Rule.Clause.Key(), a.effect), act: a, refuted: w.refute(n, a),
			height: n.p.Height, round: n.p.Round, step: n.stepName(),
		})
	}
}

// acts lists what a rule of the node does in the terms of the paper.
func (w *paper) acts(n *node, f consensus.Fired) []act {
	var acts []act
	for _, e := range f.Rule.Effects {
		a := act{by: f}
		switch e.Do {
		case consensus.SendPrevoteNil:
			a.effect, a.value = consensus.SendPrevoteNil, consensus.Nil
		case consensus.SendPrevoteHeld:
			a.effect, a.value = consensus.SendPrevote, n.p.Held.Parts
		case consensus.SendPrevoteLocked:
			a.effect, a.value = consensus.SendPrevote, n.p.LockedValue
		case consensus.SendPrecommitNil:
			a.effect, a.value = consensus.SendPrecommitNil, consensus.Nil
		case consensus.SendPrecommit:
			a.effect, a.value = consensus.SendPrecommit, f.Choice.Value
		case consensus.Decide:
			a.effect, a.value = consensus.Decide, f.Choice.Value
		case consensus.SetRound:
			if f.Choice.Round == 0 {
				continue
			}
			a.effect = consensus.StartBoundRound
		case consensus.UnlockOp:
			if n.p.LockedValue == consensus.Nil {
				continue
			}
			a.effect = consensus.UnlockOp
		default:
			continue
		}
		a.words = w.describe(n, a, f)
		a.asked = w.asked(n, a, f)
		acts = append(acts, a)
	}
	return acts
}

func (w *paper) describe(n *node, a act, f consensus.Fired) string {
	switch a.effect {
	case consensus.SendPrevote, consensus.SendPrevoteNil:
		return fmt.Sprintf("prevoted %s in round %d", n.names.text(a.value), n.p.Round)
	case consensus.SendPrecommit, consensus.SendPrecommitNil:
		return fmt.Sprintf("precommitted %s in round %d", n.names.text(a.value), n.p.Round)
	case consensus.Decide:
		return fmt.Sprintf("decided %s", n.names.text(a.value))
	case consensus.UnlockOp:
		return fmt.Sprintf("unlocked %s, locked in round %d", n.names.text(n.p.LockedValue), n.p.LockedRound)
	default:
		return fmt.Sprintf("started round %d", f.Choice.Round)
	}
}

// asked lists the choices on which a rule of the paper could explain the act.
func (w *paper) asked(n *node, a act, f consensus.Fired) []consensus.Choice {
	at := consensus.Choice{Height: n.p.Height, Round: n.p.Round, Value: a.value, POLRound: -1}
	proposals := func(of *spec.Binding) []consensus.Choice {
		c := at
		c.Of = of
		cs := []consensus.Choice{c}
		for _, p := range n.votes.proposals[n.p.Round] {
			if p.Value == a.value || a.value == consensus.Nil {
				c.Value, c.POLRound = p.Value, p.POLRound
				cs = append(cs, c)
			}
		}
		return cs
	}
	of := func(b *spec.Binding, r consensus.Round) consensus.Choice {
		c := at
		c.Of, c.Round = b, r
		return c
	}
	switch a.effect {
	case consensus.SendPrevote:
		return proposals(consensus.OnProposal)
	case consensus.SendPrevoteNil, consensus.SendPrecommitNil, consensus.SendPrecommit:
		return append(append(proposals(consensus.OnProposal), of(consensus.OnVotes, n.p.Round)), w.timeout()...)
	case consensus.Decide:
		return []consensus.Choice{of(consensus.OnDecision, n.p.Held.CommitRound)}
	case consensus.StartBoundRound:
		return append([]consensus.Choice{of(consensus.OnLaterRound, f.Choice.Round)}, w.timeout()...)
	}
	return nil
}

// timeout is the timeout being handled, as the paper names it.
func (w *paper) timeout() []consensus.Choice {
	if w.now == nil || w.now.Kind != cometbft.KindTimeout {
		return nil
	}
	kind, ok := tocks[w.now.Timeout.Step].Timeout()
	if !ok {
		return nil
	}
	return []consensus.Choice{{
		Of: consensus.OnTimeout, Height: w.now.Timeout.Height, Round: w.now.Timeout.Round, Timeout: kind, POLRound: -1,
	}}
}

// inPaper is the node's state as the paper would see it.
func inPaper(n *node) consensus.Process {
	p := n.p
	p.Once36 = false
	switch p.Step {
	case consensus.NewHeight, consensus.NewRound:
		p.Step = consensus.Propose
		p.Once34 = false
	case consensus.Commit:
		p.Step = consensus.Precommit
	default: // the same in both
	}
	return p
}

// explained reports whether some rule that the paper enables does the act.
func (w *paper) explained(n *node, a act) bool {
	p := inPaper(n)
	for _, c := range a.asked {
		o := p.Observe(c, n.votes, n.environment())
		for id := range consensus.Paper.Enabled(o).All {
			if does(consensus.Paper.Rule(id), a, c) {
				return true
			}
		}
	}
	return false
}

// does reports whether the rule has the effect that the act is about. Round
// r + 1 is reached by line 67 as well as by line 56.
func does(r *spec.Rule, a act, c consensus.Choice) bool {
	for _, e := range r.Effects {
		switch {
		case e.Do == consensus.StartNextRound && a.effect == consensus.StartBoundRound:
			return a.by.Choice.Round == c.Round+1
		case e.Do == a.effect:
			return true
		}
	}
	return false
}

// refute says of each rule of the paper that has the effect why it does not hold.
func (w *paper) refute(n *node, a act) []Refutation {
	p := inPaper(n)
	saw := n.sight(n.p.Round)
	var refs []Refutation
	for _, c := range a.asked {
		o := p.Observe(c, n.votes, n.environment())
		for i := range consensus.Paper.All {
			rule := &consensus.Paper.All[i]
			if rule.Clause.Of != c.Of || !does(rule, a, c) {
				continue
			}
			refs = append(refs, refute(consensus.Paper, rule, o, func(ph spec.Phrase) string { return paperNumbers(n, c, saw, ph) }))
		}
	}
	return refs
}

// paperNumbers gives the numbers behind a phrase of the paper.
func paperNumbers(n *node, c consensus.Choice, saw sight, ph spec.Phrase) string {
	for _, cond := range ph.Conds {
		switch cond.Var {
		case consensus.Polka.Variable(), consensus.Prevotes.Variable():
			return saw.votes
		case consensus.POL.Variable():
			if !n.votes.Proposed(n.p.Round, c.Value, c.POLRound) {
				return "there is no such proposal"
			}
			if c.POLRound < 0 {
				return "the proposal's POLRound is −1"
			}
			return n.votes.describe(consensus.PrevoteType, c.POLRound, n.names.text)
		case consensus.Precommits.Variable(), consensus.CommitQuorum.Variable():
			return n.votes.describe(consensus.PrecommitType, c.Round, n.names.text)
		case consensus.Lock.Variable():
			return saw.held
		case consensus.Proposal.Variable():
			r := n.p.Round
			if c.Of == consensus.OnDecision {
				r = c.Round
			}
			if !n.votes.Proposed(r, c.Value, consensus.AnyPOLRound) {
				return fmt.Sprintf("no proposal of %s in round %d was received with its block; %s", n.names.text(c.Value), r, saw.held)
			}
			return saw.held
		}
	}
	return ""
}

// difference names the difference that a departure belongs to: one that has both
// the clause and the one that the input made fire first, if there is one. A lock
// that is dropped is one thing, whatever led to it.
func (w *paper) difference(key string, effect spec.Op) string {
	name := "unnamed"
	for _, d := range w.runs.Differences {
		if !slices.Contains(d.Keys, key) {
			continue
		}
		if effect != consensus.UnlockOp && slices.Contains(d.Keys, w.root) {
			return d.Name
		}
		if name == "unnamed" {
			name = d.Name
		}
	}
	return name
}

// depart reports what the node did, while it handled the record r, that the
// paper has no rule for.
func (j *walJudge) depart(r *cometbft.Record) {
	if j.paper == nil {
		return
	}
	for i := range j.paper.departures {
		dep := &j.paper.departures[i]
		known := slices.IndexFunc(j.rep.Departures, func(d Departure) bool { return d.Difference == dep.difference })
		if known >= 0 {
			j.rep.Departures[known].Count++
			continue
		}
		first := j.departure(r, dep)
		j.rep.Departures = append(j.rep.Departures, Departure{Difference: dep.difference, Count: 1, First: first})
		if j.rep.Divergence == nil {
			j.rep.Divergence = first
		}
	}
	j.paper.departures = j.paper.departures[:0]
}

// departure is the divergence that a departure from the paper is.
func (j *walJudge) departure(r *cometbft.Record, dep *departure) *Divergence {
	must := "of Algorithm 1 have none that does so here"
	if dep.act.effect == consensus.UnlockOp {
		must = "never drop a lock: Algorithm 1 only replaces it by a newer one"
	}
	d := j.diverge(r, dep.act.words+", by rule "+dep.act.by.Rule.Name+" of "+j.paper.runs.Name, must)
	d.Height, d.Round, d.Step = dep.height, dep.round, dep.step
	d.refute(dep.refuted...)
	return d
}
