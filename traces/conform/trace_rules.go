package conform

import (
	"errors"
	"fmt"
	"time"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/event"
)

// wanted is the value of a proposal that is still to come from the application.
const wanted consensus.Value = -1

// surroundings answers rules from the header of the log.
type surroundings struct{ j *traceJudge }

func (s surroundings) Proposer(height int64, r consensus.Round) bool {
	proposer, ok := s.j.rotation.proposer(height, r)
	return ok && proposer == s.j.self
}

func (s surroundings) GetValue() consensus.Value { return wanted }

// fired judges one rule of the log and what follows from it, and says how many
// events that took.
func (j *traceJudge) fired(in *placed, rest []placed) (int, error) {
	e := &rest[0]
	if e.Kind != event.Rule {
		return 0, j.diverge(e, fmt.Sprintf("logged an event of kind %s", e.Kind), "have nothing that leads to it: no rule was fired before it")
	}
	rule, ok := j.table.Named(e.Rule)
	if !ok {
		return 0, j.diverge(e, "fired rule "+e.Rule, "have no rule of that name")
	}
	var mismatch error
	choices := j.choices(in)
	for _, c := range choices {
		if c.Of != rule.Clause.Of {
			continue
		}
		o := j.p.Observe(c, j.log, surroundings{j})
		if o.String() != e.Observation || !j.table.Enabled(o).Has(rule.ID) {
			continue
		}
		n, err := j.follow(rest, func(x consensus.Run, p *consensus.Process) []consensus.Output {
			x.Fired(consensus.Fired{Rule: rule, Observation: o, Choice: c})
			return x.Fire(p, rule, c, nil)
		})
		if err == nil {
			return n, nil
		}
		if mismatch = err; errors.Is(err, errCut) {
			break
		}
	}
	if mismatch != nil {
		return 0, j.mismatch(e, "fired rule "+rule.Name+" with other consequences", mismatch)
	}
	return 0, j.notEnabled(e, rule, choices)
}

// notEnabled is the divergence of a rule that no choice enables on what the log
// says it was fired on.
func (j *traceJudge) notEnabled(e *placed, rule *spec.Rule, choices []consensus.Choice) *Divergence {
	d := j.diverge(e, fmt.Sprintf("fired rule %s on %s", rule.Name, e.Observation), "do not enable it on that here")
	for _, c := range choices {
		if c.Of != rule.Clause.Of {
			continue
		}
		o := j.p.Observe(c, j.log, surroundings{j})
		if rule.Holds(o) {
			d.Must, d.Refuted = fmt.Sprintf("do not enable it on that here, but on %s", o), nil
			return d
		}
		d.refute(refute(j.table, rule, o, func(ph spec.Phrase) string { return j.figures(c, ph) }))
	}
	return d
}

// choices lists what a rule may be asked on after the input.
func (j *traceJudge) choices(in *placed) []consensus.Choice {
	cs := j.log.Choices(&j.p)
	if t := in.Timeout; t != nil && in.Kind == event.Input {
		kind := map[string]consensus.TimeoutKind{
			"propose": consensus.TimeoutPropose, "prevote": consensus.TimeoutPrevote, "precommit": consensus.TimeoutPrecommit,
		}[t.Kind]
		cs = append(cs, consensus.Choice{Of: consensus.OnTimeout, Height: t.Height, Round: t.Round, Timeout: kind})
	}
	return cs
}

// follow carries out rules on a copy of the state and compares what they say
// with the events of the log, rules of called functions included. The state is
// taken over only when all of it is there.
func (j *traceJudge) follow(rest []placed, run func(consensus.Run, *consensus.Process) []consensus.Output) (int, error) {
	p := j.p
	var fired []consensus.Fired
	x := consensus.Run{
		Table: j.table, Messages: j.log, Env: surroundings{j},
		Fired: func(f consensus.Fired) { fired = append(fired, f) },
	}
	all := run(x, &p)
	n := 0
	take := func(ok bool, want string) error {
		switch {
		case n >= len(rest) && j.last:
			return errCut
		case n >= len(rest):
			return fmt.Errorf("demand %s, and the log goes on to the next input", want)
		case !ok:
			return fmt.Errorf("demand %s, and line %d has an event of kind %s that is not it", want, rest[n].line, rest[n].Kind)
		}
		n++
		return nil
	}
	// The outputs of a rule follow it. A called function is the last effect of
	// the rules of the paper, so the outputs of the caller come before it.
	out, split := all, len(all)
	if len(fired) > 1 {
		split = outputsOf(fired[0].Rule)
	}
	for i, f := range fired {
		ok := n < len(rest) && rest[n].Kind == event.Rule && rest[n].Rule == f.Rule.Name && rest[n].Observation == f.Observation.String()
		if err := take(ok, "rule "+f.Rule.Name+" on "+f.Observation.String()); err != nil {
			return 0, err
		}
		mine := out
		if i == 0 {
			mine, out = out[:split], out[split:]
		}
		for _, o := range mine {
			if j.self < 0 && (o.Kind == consensus.ProposalOutput || o.Kind == consensus.VoteOutput) {
				continue
			}
			if err := take(n < len(rest) && j.same(o, &rest[n]), j.words(o)); err != nil {
				return 0, err
			}
		}
	}
	j.adopt(p, fired, all, n)
	return n, nil
}

// adopt takes over the state after rules that the log confirms.
func (j *traceJudge) adopt(p consensus.Process, fired []consensus.Fired, out []consensus.Output, events int) {
	decided := p.Height != j.p.Height
	j.p = p
	if decided {
		j.rep.Commits++
		j.rep.LastHeight = p.Height - 1
		j.enterHeight()
	}
	for _, f := range fired {
		j.rep.Rules[f.Rule.Name]++
		j.rep.Counts.explained("rule, enabled")
		if f.Choice.Of == consensus.StartRound {
			j.asked = false
		}
	}
	for _, o := range out {
		switch {
		case o.Height != p.Height: // of the height that was decided
		case o.Kind == consensus.ProposalOutput && o.Value == wanted:
			j.asked = true
		case o.Kind == consensus.ProposalOutput, o.Kind == consensus.VoteOutput:
			j.send(o)
		case o.Kind == consensus.TimeoutOutput:
			j.timers[event.Timeout{Kind: timeoutWord(o.Timeout), Height: o.Height, Round: o.Round}] = true
		}
	}
	for range events - len(fired) {
		j.rep.Counts.explained("output, by a rule")
	}
}

// outputsOf counts the outputs of a rule before it calls a function.
func outputsOf(r *spec.Rule) int {
	n := 0
	for _, e := range r.Effects {
		switch e.Do {
		case consensus.SendProposal, consensus.SendPrevote, consensus.SendPrevoteNil, consensus.SendPrecommit,
			consensus.SendPrecommitNil, consensus.SchedulePropose, consensus.SchedulePrevote,
			consensus.SchedulePrecommit, consensus.Decide:
			n++
		}
	}
	return n
}

// settled checks that no rule is left enabled when the node takes another input.
func (j *traceJudge) settled() error {
	if j.partial || j.last {
		return nil
	}
	var urgent *spec.Rule
	var on spec.Observation
	for _, c := range j.log.Choices(&j.p) {
		o := j.p.Observe(c, j.log, surroundings{j})
		if j.table.Enabled(o) == 0 {
			continue
		}
		if r := j.table.Rule(j.table.Next(o)); urgent == nil || r.Rank < urgent.Rank {
			urgent, on = r, o
		}
	}
	if urgent == nil {
		return nil
	}
	return j.diverge(j.next, "took the next input",
		fmt.Sprintf("demand %s first, enabled on %s: the machine runs until no rule is enabled", urgent.Name, on))
}

// same compares an output of a rule with an event of the log.
func (j *traceJudge) same(o consensus.Output, e *placed) bool {
	switch o.Kind {
	case consensus.ProposalOutput:
		if o.Value == wanted {
			return e.Kind == event.Output && e.ValueWanted != nil && *e.ValueWanted == event.ValueWanted{Height: o.Height, Round: o.Round}
		}
		m := e.Proposal
		return e.Kind == event.Output && m != nil && m.Height == o.Height && m.Round == o.Round &&
			m.POLRound == o.POLRound && m.Value == j.values[o.Value] && m.Proposer == j.self
	case consensus.VoteOutput:
		m := e.Vote
		return e.Kind == event.Output && m != nil && m.Height == o.Height && m.Round == o.Round &&
			voteType(m.Type) == o.Vote && m.Value == j.values[o.Value] && m.Validator == j.self
	case consensus.TimeoutOutput:
		m := e.Timeout
		return e.Kind == event.Output && m != nil && m.Height == o.Height && m.Round == o.Round && m.Kind == timeoutWord(o.Timeout) &&
			m.After == j.duration(o.Timeout, o.Round)
	case consensus.DecisionOutput:
		m := e.Decision
		return e.Kind == event.Decide && m != nil && m.Height == o.Height && m.Round == o.Round && m.Value == j.values[o.Value] &&
			j.quorum(m.Precommits)
	default: // a step is logged by nodes of CometBFT only
		return false
	}
}

// duration is how long a timeout takes, by the header.
func (j *traceJudge) duration(k consensus.TimeoutKind, r consensus.Round) event.Duration {
	t := &j.head.Timeouts
	switch k {
	case consensus.TimeoutPropose:
		return t.Propose + event.Duration(r)*t.ProposeDelta
	case consensus.TimeoutPrevote:
		return t.Prevote + event.Duration(r)*t.PrevoteDelta
	default:
		return t.Precommit + event.Duration(r)*t.PrecommitDelta
	}
}

// quorum reports whether the precommits of a decision are of different
// validators with more than two thirds of the power, in order.
func (j *traceJudge) quorum(precommits []event.Precommit) bool {
	last, power := -1, int64(0)
	for _, p := range precommits {
		if p.Validator <= last || p.Validator >= len(j.powers) {
			return false
		}
		last = p.Validator
		power += j.powers[last]
	}
	return consensus.TwoThirds(power, j.total)
}

// words describes an output.
func (j *traceJudge) words(o consensus.Output) string {
	name := func(v consensus.Value) string {
		if v == wanted {
			return "a new value"
		}
		return short(j.values[v])
	}
	switch o.Kind {
	case consensus.ProposalOutput:
		return fmt.Sprintf("PROPOSAL(%d, %d, %s, %d)", o.Height, o.Round, name(o.Value), o.POLRound)
	case consensus.VoteOutput:
		return fmt.Sprintf("%s(%d, %d, %s)", o.Vote, o.Height, o.Round, name(o.Value))
	case consensus.TimeoutOutput:
		return fmt.Sprintf("the start of timeout %s(%d, %d) of %v", timeoutWord(o.Timeout), o.Height, o.Round,
			time.Duration(j.duration(o.Timeout, o.Round)))
	default:
		return fmt.Sprintf("the decision of %s at height %d by +2/3 precommits of round %d", name(o.Value), o.Height, o.Round)
	}
}

func timeoutWord(k consensus.TimeoutKind) string {
	return [...]string{consensus.TimeoutPropose: "propose", consensus.TimeoutPrevote: "prevote", consensus.TimeoutPrecommit: "precommit"}[k]
}

func short(v event.Value) string {
	s := v.String()
	if len(s) > 8 {
		return s[:8]
	}
	return s
}

// figures gives the numbers behind a phrase.
func (j *traceJudge) figures(c consensus.Choice, ph spec.Phrase) string {
	power := func(t consensus.VoteType, r consensus.Round) string {
		return fmt.Sprintf("%s(%d, %d, %s): %d of %d, more than %d needed; any: %d", t, j.p.Height, r, short(j.values[c.Value]),
			j.log.Power(t, r, c.Value), j.log.Total(), 2*j.log.Total()/3, j.log.AnyPower(t, r))
	}
	for _, cond := range ph.Conds {
		switch cond.Var {
		case consensus.Polka.Variable(), consensus.Prevotes.Variable():
			return power(consensus.PrevoteType, j.p.Round)
		case consensus.POL.Variable():
			return power(consensus.PrevoteType, c.POLRound)
		case consensus.Precommits.Variable():
			return power(consensus.PrecommitType, j.p.Round)
		case consensus.CommitQuorum.Variable():
			return power(consensus.PrecommitType, c.Round)
		case consensus.LaterRound.Variable():
			return fmt.Sprintf("messages of round %d: %d of %d, more than %d needed", c.Round, j.log.MessagePower(c.Round), j.log.Total(), j.log.Total()/3)
		case consensus.Lock.Variable():
			return fmt.Sprintf("lockedRound %d, lockedValue %s", j.p.LockedRound, short(j.values[max(j.p.LockedValue, 0)]))
		case consensus.Step.Variable():
			return "step is " + stepWord(j.p.Step)
		}
	}
	return ""
}

func (j *traceJudge) diverge(at *placed, did, must string) *Divergence {
	return &Divergence{
		File: j.rep.Path, Line: at.line, Offset: at.offset, Record: int(at.Seq), Time: at.Wall.Format(time.RFC3339Nano),
		Node: j.rep.Node, Height: j.p.Height, Round: j.p.Round, Step: stepWord(j.p.Step), Did: did, Must: must,
	}
}
