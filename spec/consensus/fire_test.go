package consensus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// What each effect does by itself, to a process in the middle of a round.
func TestFireEffects(t *testing.T) {
	busy := in(2, prevote, locked(A, 1), validValue(B, 0), fired34, fired36, fired47)
	but := func(change func(p *consensus.Process)) consensus.Process {
		p := busy
		change(&p)
		return p
	}
	c := consensus.Choice{Round: 7, Value: B, POLRound: 1}
	tests := []struct {
		do    spec.Op
		out   string
		after consensus.Process
	}{
		{consensus.SetRound, "", but(func(p *consensus.Process) { p.Round, p.Once34, p.Once36, p.Once47 = 7, false, false, false })},
		{consensus.SetStepPropose, "", but(func(p *consensus.Process) { p.Step = propose })},
		{consensus.SetStepPrevote, "", busy},
		{consensus.SetStepPrecommit, "", but(func(p *consensus.Process) { p.Step = precommit })},
		{consensus.TakeValidValue, "", but(func(p *consensus.Process) { p.Proposed = B })},
		{consensus.TakeNewValue, "", but(func(p *consensus.Process) { p.Proposed = fresh })},
		{consensus.SendPrevote, "PREVOTE(1, 2, B)", busy},
		{consensus.SendPrevoteNil, "PREVOTE(1, 2, nil)", busy},
		{consensus.SendPrecommit, "PRECOMMIT(1, 2, B)", busy},
		{consensus.SendPrecommitNil, "PRECOMMIT(1, 2, nil)", busy},
		{consensus.SchedulePropose, "timeoutPropose(1, 2)", busy},
		{consensus.SchedulePrevote, "timeoutPrevote(1, 2)", busy},
		{consensus.SchedulePrecommit, "timeoutPrecommit(1, 2)", busy},
		{consensus.LockValueOp, "", but(func(p *consensus.Process) { p.LockedValue = B })},
		{consensus.LockRoundOp, "", but(func(p *consensus.Process) { p.LockedRound = 2 })},
		{consensus.ValidValueOp, "", but(func(p *consensus.Process) { p.ValidValue = B })},
		{consensus.ValidRoundOp, "", but(func(p *consensus.Process) { p.ValidRound = 2 })},
		{consensus.Decide, "decision[1] = B by round 7", busy},
		{consensus.NextHeight, "", but(func(p *consensus.Process) { p.Height = 2 })},
		{consensus.Reset, "", in(2, prevote)},
		{consensus.StartFirstRound, "timeoutPropose(1, 0)", in(0, propose, locked(A, 1), validValue(B, 0))},
		{consensus.StartBoundRound, "timeoutPropose(1, 7)", in(7, propose, locked(A, 1), validValue(B, 0))},
		{consensus.StartNextRound, "timeoutPropose(1, 3)", in(3, propose, locked(A, 1), validValue(B, 0))},
		{consensus.MarkOnce34, "", busy},
		{consensus.MarkOnce36, "", busy},
		{consensus.MarkOnce47, "", busy},
	}
	tested := map[spec.Op]bool{consensus.SendProposal: true} // below
	for _, tt := range tests {
		t.Run(string(tt.do), func(t *testing.T) {
			tested[tt.do] = true
			rule := &spec.Rule{Effects: spec.Effects{spec.Does(0, "", tt.do)}, Calls: []*spec.Binding{consensus.Paper.Rules.Calls[tt.do]}}
			p := busy
			out := say(p.Fire(consensus.Paper, rule, c, surroundings{fresh: fresh}, nil))
			if out != tt.out || p != tt.after {
				t.Errorf("%s:\ngot  %q %+v\nwant %q %+v", tt.do, out, p, tt.out, tt.after)
			}
		})
	}
	for i := range consensus.Paper.All {
		for _, e := range consensus.Paper.All[i].Effects {
			if !tested[e.Do] {
				t.Errorf("effect %s of %s is not tested", e.Do, consensus.Paper.All[i].Name)
			}
		}
	}
}

// Marks are tested on a process that has none.
func TestFireMarks(t *testing.T) {
	tests := []struct {
		do   spec.Op
		want func(*consensus.Process)
	}{
		{consensus.MarkOnce34, fired34},
		{consensus.MarkOnce36, fired36},
		{consensus.MarkOnce47, fired47},
	}
	for _, tt := range tests {
		p, want := in(0, prevote), in(0, prevote, tt.want)
		p.Fire(consensus.Paper, &spec.Rule{Effects: spec.Effects{spec.Does(0, "", tt.do)}}, consensus.Choice{}, surroundings{}, nil)
		if p != want {
			t.Errorf("%s: got %+v, want %+v", tt.do, p, want)
		}
	}
}

// A proposal carries validRound, and "proposal" is forgotten with it.
func TestFireSendProposal(t *testing.T) {
	p := in(2, propose, validValue(A, 1))
	p.Proposed = A
	rule := &spec.Rule{Effects: spec.Effects{spec.Does(0, "", consensus.SendProposal)}}
	out := say(p.Fire(consensus.Paper, rule, consensus.Choice{}, surroundings{}, nil))
	if want := "PROPOSAL(1, 2, A, 1)"; out != want {
		t.Errorf("SendProposal: got %q, want %q", out, want)
	}
	if want := in(2, propose, validValue(A, 1)); p != want {
		t.Errorf("state after SendProposal: got %+v, want %+v", p, want)
	}
}

// watcher is an Environment that notes what it is asked, and when.
type watcher struct{ asked []string }

func (w *watcher) Proposer(h int64, r consensus.Round) bool {
	w.asked = append(w.asked, fmt.Sprintf("proposer(%d, %d)", h, r))
	return true
}

func (w *watcher) GetValue() consensus.Value {
	w.asked = append(w.asked, "getValue()")
	return fresh
}

// A call is part of the rule that makes it: Fire returns after the new round is
// begun, in the new height where there is one, and asks for its proposer only.
func TestFireCallsAtOnce(t *testing.T) {
	tests := []struct {
		rule   string
		choice consensus.Choice
		asked  string
		after  consensus.Process
	}{
		{"L49If", consensus.Choice{Of: consensus.OnDecision, Round: 1, Value: A}, "proposer(2, 0) getValue()", in(0, propose, height(2))},
		{"L55", consensus.Choice{Of: consensus.OnLaterRound, Round: 9}, "proposer(1, 9)", in(9, propose, locked(B, 0), validValue(B, 0))},
		{"L65If", consensus.Choice{Of: consensus.OnTimeout, Round: 1}, "proposer(1, 2)", in(2, propose, locked(B, 0), validValue(B, 0))},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			rule, ok := consensus.Paper.Named(tt.rule)
			if !ok {
				t.Fatalf("there is no rule %s", tt.rule)
			}
			p, w := in(1, precommit, locked(B, 0), validValue(B, 0), fired34, fired36, fired47), &watcher{}
			earlier := consensus.Output{Kind: consensus.TimeoutOutput}
			out := p.Fire(consensus.Paper, rule, tt.choice, w, []consensus.Output{earlier})
			if got := strings.Join(w.asked, " "); got != tt.asked {
				t.Errorf("asked: got %q, want %q", got, tt.asked)
			}
			if p != tt.after {
				t.Errorf("state: got %+v, want %+v", p, tt.after)
			}
			if out[0] != earlier {
				t.Errorf("outputs from before: got %+v, want %+v", out[0], earlier)
			}
			if last := out[len(out)-1]; last.Kind != consensus.ProposalOutput || last.Height != tt.after.Height || last.Round != tt.after.Round {
				t.Errorf("last output: got %+v, want the proposal of height %d, round %d", last, tt.after.Height, tt.after.Round)
			}
		})
	}
}

// Ask fires the rule that the priority names, tells who listens of it and of the
// rules that it calls, and does nothing where none is enabled.
func TestRunAsks(t *testing.T) {
	l := consensus.NewLog([]int64{1, 1, 1, 1}, nil)
	prevotes(2, A, 1, 2)(l)
	var fired []string
	run := consensus.Run{
		Table: consensus.Paper, Messages: l, Env: surroundings{},
		Fired: func(f consensus.Fired) {
			fired = append(fired, fmt.Sprintf("%s on %v for round %d", f.Rule.Name, f.Observation, f.Choice.Round))
		},
	}
	p := in(0, prevote)
	if out := run.Ask(&p, consensus.Choice{Of: consensus.OnLaterRound, Round: 1}, nil); len(out) > 0 || p != in(0, prevote) {
		t.Errorf("nothing is enabled: got %q and %+v, want nothing to happen", say(out), p)
	}
	out := run.Ask(&p, consensus.Choice{Of: consensus.OnLaterRound, Round: 2}, nil)
	if got, want := say(out), "timeoutPropose(1, 2)"; got != want || p != in(2, propose) {
		t.Errorf("line 55: got %q and %+v, want %q and %+v", got, p, want, in(2, propose))
	}
	want := "L55 on laterRound(laterRound=yes) for round 2; L20 on StartRound(proposer=other validValue=unset) for round 2"
	if got := strings.Join(fired, "; "); got != want {
		t.Errorf("fired: got %s, want %s", got, want)
	}
}

func TestUnknownMeaningsPanic(t *testing.T) {
	tests := []struct {
		name, want string
		do         func(p *consensus.Process)
	}{
		{"effect", "no meaning is defined for effect Dance", func(p *consensus.Process) {
			p.Fire(consensus.Paper, &spec.Rule{Effects: spec.Effects{spec.Does(1, "dance", "Dance")}}, consensus.Choice{}, nil, nil)
		}},
		{"impossible observation", "an impossible observation arose: votes(step=prevote prevotes=few", func(p *consensus.Process) {
			p.Step, p.Once34 = prevote, true
			l := consensus.NewLog([]int64{1}, nil)
			consensus.Run{Table: consensus.Paper, Messages: l}.Ask(p, consensus.Choice{Of: consensus.OnVotes}, nil)
		}},
		{"binding", "no observation is defined for binding stranger", func(p *consensus.Process) {
			p.Observe(consensus.Choice{Of: &spec.Binding{Name: "stranger"}}, nil, nil)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("panic: got %q, want one that says %q", got, tt.want)
				}
			}()
			p := consensus.NewProcess(1)
			tt.do(&p)
		})
	}
}
