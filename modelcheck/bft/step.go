package bft

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A Step is one step of a run, in words that can be compared: it has everything
// that tells one successor of a state from the others.
type Step struct {
	Number      int      `json:"step"`
	Actor       string   `json:"actor,omitempty"` // the correct process, "p0" and so on; "" for the start
	Rule        string   `json:"rule"`            // its name, or "impossible"
	Line        int      `json:"line,omitempty"`
	Choice      string   `json:"choice,omitempty"` // of the free variables of the clause
	Observation string   `json:"observation,omitempty"`
	Effects     []string `json:"effects,omitempty"`   // the rule's, as the pseudo-code says them
	Changes     []string `json:"changes,omitempty"`   // what changed in the state, messages sent included
	Forgotten   []string `json:"forgotten,omitempty"` // variables cleared because nothing asks for them any more
}

// describe puts an action into words.
func (rs *rules) describe(number int, a Action, before, after *world) Step {
	b := rs.table.Rules.Bindings[a.Binding]
	s := Step{
		Number: number, Actor: cast.Process(int(a.Process)), Rule: "impossible",
		Choice:      choiceWords(b, a),
		Observation: spec.Observation{Of: b, Index: int(a.Index)}.String(),
	}
	if a.Rule != spec.Unreachable {
		rule := rs.table.Rule(a.Rule)
		s.Rule, s.Line = rule.Name, rule.Clause.Line
		for _, e := range rule.Effects {
			s.Effects = append(s.Effects, fmt.Sprintf("%d: %s", e.Line, e.Words))
		}
	}
	rs.compare(&s, int(a.Process), before, after)
	return s
}

// describeStart puts an initial state into words.
func (rs *rules) describeStart(w *world) Step {
	s := Step{Rule: "start"}
	var blank world
	for p := range rs.layout.correct {
		one := Step{}
		rs.compare(&one, p, &blank, w)
		for _, c := range one.Changes {
			if strings.HasPrefix(c, "sends") || strings.HasPrefix(c, "fault") {
				s.Changes = append(s.Changes, cast.Process(p)+" "+c)
			}
		}
	}
	return s
}

// compare lists what differs for a process.
func (rs *rules) compare(s *Step, p int, before, after *world) {
	x, y := &before.locals[p], &after.locals[p]
	change := func(format string, args ...any) { s.Changes = append(s.Changes, fmt.Sprintf(format, args...)) }
	for r, proposer := range rs.config.Proposers {
		if sent := after.proposals[r]; proposer == p && sent != before.proposals[r] && sent.value != consensus.Nil {
			change("sends PROPOSAL(round %d, %s, vr %s)", r, cast.Value(sent.value), cast.Round(sent.polRound))
		}
	}
	for kind := range y.ballots {
		for r, b := range y.ballots[kind][:rs.layout.rounds] {
			if b != x.ballots[kind][r] {
				change("sends %s(round %d, %s)", consensus.VoteType(kind), r, cast.Value(b.value()))
			}
		}
	}
	if after.fault != before.fault {
		change("fault: %s", after.fault)
	}
	if y.decision != x.decision {
		change("decides %s", cast.Value(y.decision))
		s.Forgotten = append(s.Forgotten, "all but the round")
		return
	}
	compareVariables(s, change, x, y)
}

// compareVariables lists how the variables of a process differ.
func compareVariables(s *Step, change func(string, ...any), x, y *local) {
	was, is := &x.process, &y.process
	if is.Round != was.Round {
		change("round %d → %d", was.Round, is.Round)
	}
	if is.Step != was.Step {
		names := consensus.Step.Variable().Values
		change("step %s → %s", names[was.Step], names[is.Step])
	}
	if is.LockedValue != was.LockedValue || is.LockedRound != was.LockedRound {
		change("locked (%s, %s) → (%s, %s)", cast.Value(was.LockedValue), cast.Round(was.LockedRound), cast.Value(is.LockedValue), cast.Round(is.LockedRound))
	}
	if is.ValidValue != was.ValidValue || is.ValidRound != was.ValidRound {
		change("valid (%s, %s) → (%s, %s)", cast.Value(was.ValidValue), cast.Round(was.ValidRound), cast.Value(is.ValidValue), cast.Round(is.ValidRound))
	}
	for i, name := range [...]string{"timeoutPropose", "timeoutPrevote", "timeoutPrecommit"} {
		flag(s, x.timers>>i&1 == 1, y.timers>>i&1 == 1, name+" scheduled", change)
	}
	flag(s, was.Once34, is.Once34, "line 34 done", change)
	flag(s, was.Once36, is.Once36, "line 36 done", change)
	flag(s, was.Once47, is.Once47, "line 47 done", change)
}

func flag(s *Step, was, is bool, name string, change func(string, ...any)) {
	switch {
	case is && !was:
		change("%s", name)
	case was && !is:
		s.Forgotten = append(s.Forgotten, name)
	}
}

// choiceWords names the free variables that the observers bind.
func choiceWords(b *spec.Binding, a Action) string {
	switch b {
	case consensus.OnProposal:
		return fmt.Sprintf("v = %s, vr = %s", cast.Value(consensus.Value(a.Value)), cast.Round(consensus.Round(a.POL)))
	case consensus.OnDecision:
		return fmt.Sprintf("r = %d, v = %s", a.Round, cast.Value(consensus.Value(a.Value)))
	case consensus.OnLaterRound:
		return fmt.Sprintf("r = %d", a.Round)
	case consensus.OnTimeout:
		return fmt.Sprintf("r = %d", a.Round)
	}
	return ""
}
