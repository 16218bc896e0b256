package delivery

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// Property is what a counterexample violates.
type Property = counterexample.Property

// A Counterexample is a run that ends in a state in which a property is false.
// Step 0 is the start. It is as short as any, not counting inputs that nobody
// could tell to have happened.
type Counterexample struct {
	Config   Config
	Digest   string // of the rules
	Property Property
	Steps    []Step
}

// A Step is one input of one process and what came of it.
type Step struct {
	Number  int      `json:"step"`
	Actor   string   `json:"actor,omitempty"` // the correct process, "p0" and so on; "" for the start
	Input   string   `json:"input"`           // what happened to it
	Rules   []string `json:"rules,omitempty"` // the rules that fired, in order
	Changes []string `json:"changes"`         // what changed in its state, messages signed included
}

// Len is the number of steps after the start.
func (c *Counterexample) Len() int { return len(c.Steps) - 1 }

// counterexample follows a path of merged states with the states that the
// processes themselves go through: whatever state of a class a process is in,
// each input leads it where the path goes.
func (m *model) counterexample(f modelcheck.Finding[state, Action]) Counterexample {
	c := Counterexample{Config: m.config, Digest: m.table.Digest(), Property: counterexample.Violated(f.Property)}
	now := m.find(f.Path.Init, m.init())
	at := make([]uint32, len(m.parts))
	var begun []local
	for p, part := range m.parts {
		i := slices.IndexFunc(part.automaton.init, func(s uint32) bool { return part.class[s] == now.class(p) })
		at[p] = part.automaton.init[i]
		begun = append(begun, part.states[at[p]])
	}
	c.Steps = append(c.Steps, m.describeStart(begun))
	for i, taken := range f.Path.Steps {
		var actions []Action
		var states []state
		m.next(now, func(a Action, to state) { actions, states = append(actions, a), append(states, to) })
		now = m.find(taken.State, states)
		a := actions[slices.Index(states, now)]
		p, part := int(a.Process), m.parts[a.Process]
		for _, e := range part.automaton.of(at[p]) {
			if e.input == a.Input && part.class[e.to] == now.class(p) {
				t := m.traceOf(part, at[p], e)
				c.Steps = append(c.Steps, m.describe(i+1, p, &part.states[at[p]], &part.states[e.to], &part.inputs[e.input], &t))
				at[p] = e.to
				break
			}
		}
	}
	return c
}

// find is the first of the states that stand for a state of a path.
func (m *model) find(of state, among []state) state {
	i := slices.IndexFunc(among, func(s state) bool { return m.canonical(s) == of })
	return among[i]
}

// describeStart puts into words how the processes have begun.
func (n *instance) describeStart(begun []local) Step {
	s := Step{Input: "start"}
	for p := range begun {
		fresh := local{core: core{process: consensus.NewProcess(0)}}
		fresh.process.Step = begun[p].process.Step
		for _, change := range n.changes(&fresh, &begun[p]) {
			s.Changes = append(s.Changes, cast.Process(p)+" "+change)
		}
	}
	return s
}

// describe puts an input of a process into words, and what came of it.
func (n *instance) describe(number, self int, x, y *local, in *input, t *trace) Step {
	s := Step{Number: number, Actor: cast.Process(self), Input: n.happening(x, in), Rules: t.rules, Changes: n.changes(x, y)}
	for _, o := range t.outputs {
		if o.Kind == consensus.PanicOutput {
			s.Changes = append(s.Changes, o.Message)
		}
	}
	if len(s.Changes) == 0 {
		s.Changes = []string{"nothing follows from it yet"}
	}
	return s
}

// happening says what an input is to a process.
func (n *instance) happening(x *local, in *input) string {
	switch in.kind {
	case arrives:
		return in.String() + " of " + n.senderName(in.sender)
	case own:
		return fmt.Sprintf("takes its own %v", x.queue[in.slot])
	case expires, fires:
		return fmt.Sprintf("%v (%s of round %d)", in, consensus.Tock.Variable().Values[x.ticker.Last.Tock], x.ticker.Last.Round)
	case tock, flushed, crashes:
	}
	return in.String()
}

// traceOf carries the input out once more and tells what the process does on the
// way to the state that the edge leads to.
func (m *model) traceOf(part *part, from uint32, e edge) trace {
	s := step{instance: m.instance, self: part.self, walls: part.walls, tracing: true}
	for i, y := range s.take(&part.states[from], &part.inputs[e.input]) {
		if y == part.states[e.to] {
			return s.traces[i]
		}
	}
	panic("delivery: a step that was taken cannot be taken again")
}

// changes lists how the state of a process differs.
func (n *instance) changes(x, y *local) []string {
	var out []string
	change := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, m := range n.sayable() {
		if !x.said.has(m) && y.said.has(m) {
			change("signs %v", m)
		}
	}
	if y.fault != x.fault {
		change("fault: %v", y.fault)
	}
	switch {
	case y.decision != x.decision:
		change("decides %s", cast.Value(y.decision))
		return out
	case y.left && !x.left:
		change("leaves the last round")
		return out
	case y.panicked && n.config.Mistake == ProposalUnseen:
		change("panics: there is no proposal to look at")
		return out
	case y.stopped():
		return out
	}
	was, is := &x.process, &y.process
	if is.Round != was.Round {
		change("round %d → %d", was.Round, is.Round)
	}
	if is.Step != was.Step {
		change("step %s → %s", stepName(was.Step), stepName(is.Step))
	}
	if is.LockedValue != was.LockedValue || is.LockedRound != was.LockedRound {
		change("locked (%s, %s) → (%s, %s)", cast.Value(was.LockedValue), cast.Round(was.LockedRound), cast.Value(is.LockedValue), cast.Round(is.LockedRound))
	}
	if is.ValidValue != was.ValidValue || is.ValidRound != was.ValidRound {
		change("valid (%s, %s) → (%s, %s)", cast.Value(was.ValidValue), cast.Round(was.ValidRound), cast.Value(is.ValidValue), cast.Round(is.ValidRound))
	}
	if heldWords(&is.Held) != heldWords(&was.Held) {
		change("holds %s", heldWords(&is.Held))
	}
	if is.Held.LockedParts != was.Held.LockedParts && is.Held.LockedParts != consensus.LockWhole {
		change("parts of the locked block are missing")
	}
	if y.ticker.Running && (!x.ticker.Running || x.ticker.Last != y.ticker.Last) {
		change("timer runs for %s of round %d", consensus.Tock.Variable().Values[y.ticker.Last.Tock], y.ticker.Last.Round)
	}
	for t := range y.ticker.Waiting {
		if _, before := x.ticker.Deliver(t); !before {
			change("timeout %s of round %d may expire", consensus.Tock.Variable().Values[t.Tock], t.Round)
		}
	}
	return out
}

// heldWords says what a node has of the proposal.
func heldWords(h *consensus.Held) string {
	words := fmt.Sprintf("proposal %t, block %s, parts of %s", h.Proposal, cast.Value(h.Block), cast.Value(h.Parts))
	switch {
	case h.Block != consensus.Nil && !h.Whole:
		return words + " begun anew"
	case h.Block == consensus.Nil && h.Whole:
		return words + " all here"
	}
	return words
}

// sayable lists every message that a process may sign.
func (n *instance) sayable() []message {
	var out []message
	for sender := range n.config.Validators {
		for _, in := range n.deliveries(sender) {
			if in.message.kind != blockMessage && !slices.Contains(out, in.message) {
				out = append(out, in.message)
			}
		}
	}
	return out
}

func stepName(s consensus.StepValue) string {
	return consensus.NodeStep.Variable().Values[consensus.NodeStepOf(s)]
}

// senderName names a validator, a Byzantine one as B.
func (n *instance) senderName(p int) string {
	switch {
	case p < n.config.correct():
		return cast.Process(p)
	case n.config.Byzantine == 1:
		return "B"
	}
	return fmt.Sprintf("B%d", p-n.config.correct())
}

// Print writes the run for people: each step with who, what happened, which
// rules fired, and what changed, in lines of at most 80 columns.
func (c *Counterexample) Print(w io.Writer) error {
	var b strings.Builder
	c.Property.Begin(&b, c.Len(), c.Config.Name())
	for _, s := range c.Steps {
		head := fmt.Sprintf("%3d  %-3s ", s.Number, s.Actor)
		words := s.Input
		if len(s.Rules) > 0 {
			words += " [" + strings.Join(s.Rules, ", ") + "]"
		}
		counterexample.Wrap(&b, head, "", words+": "+strings.Join(s.Changes, "; "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
