package quotient

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// A Counterexample is a run that ends in a state in which a property is false, of
// processes and values with names. Step 0 is the start. No run sends less before
// the property is false; steps that send nothing are told where they are needed.
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
	Heard   []string `json:"heard,omitempty"` // what it found in the messages, where that was open
	Rules   []string `json:"rules,omitempty"` // the rules that fired, in order
	Changes []string `json:"changes"`         // what it sends, and what changed of it
}

// Len is the number of steps after the start.
func (c *Counterexample) Len() int { return len(c.Steps) - 1 }

// Print writes the counterexample for people.
func (c *Counterexample) Print(w io.Writer) error {
	var b strings.Builder
	c.Property.Begin(&b, c.Len(), c.Config.Name())
	for i := range c.Steps {
		s := &c.Steps[i]
		head := fmt.Sprintf("%3d  ", s.Number)
		counterexample.Wrap(&b, head, "", strings.TrimSpace(s.Actor+" "+s.Input))
		for _, part := range [...]struct {
			name  string
			words []string
		}{{"heard: ", s.Heard}, {"rules: ", s.Rules}, {"", s.Changes}} {
			if len(part.words) > 0 {
				counterexample.Wrap(&b, "       "+part.name, "         ", strings.Join(part.words, ", "))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ErrLift is the kind of an error that says that a run of classes cannot be told as
// one of processes: a defect of this package.
var ErrLift = errors.New("quotient: a run cannot be lifted")

// A named state is a world of processes with names. Its messages are all there; of a
// process, what local.forget clears is gone, and is not told.
type named struct {
	locals [maxCorrect]local
	sent   world // but for the classes
	level  uint8 // of the search
	lags   [maxCorrect]bool
}

// raise notes that a step of a process brings the search to a level, if it is not 0.
func (n *named) raise(p int, level uint8) {
	if level != 0 {
		n.level = level
		for q := range n.lags {
			n.lags[q] = true
		}
	}
	n.lags[p] = false
}

// lift follows a path of classes with the processes that go through it.
func lift[S packed](m *model, f modelcheck.Finding[S, Action]) (Counterexample, error) {
	c := Counterexample{Config: m.config, Digest: m.table.Digest(), Property: counterexample.Violated(f.Property)}
	t := newTeller(m)
	now, ok := find(t, t.starts(), f.Path.Init)
	if !ok {
		return c, fmt.Errorf("%w: its start is none, on %s", ErrLift, m.config.Name())
	}
	c.Steps = append(c.Steps, t.describeStart(&now))
	for i, step := range f.Path.Steps {
		told, next, ok := follow(t, &now, step)
		if !ok {
			return c, fmt.Errorf("%w: step %d of %d, on %s", ErrLift, i+1, len(f.Path.Steps), m.config.Name())
		}
		for _, s := range told {
			s.Number = len(c.Steps)
			c.Steps = append(c.Steps, s)
		}
		now = next
	}
	return c, nil
}

// A teller knows how processes with names move.
type teller struct {
	*model
	*stepper
}

func newTeller(m *model) *teller {
	t := &teller{model: m, stepper: newStepper(m.instance)}
	t.tracing = true
	return t
}

// starts lists the ways in which everybody may begin.
func (t *teller) starts() []named {
	all := []named{{}}
	for r := range all[0].sent.proposals {
		all[0].sent.proposals[r].polRound = -1
	}
	for p, roles := range t.config.roles() {
		var grown []named
		for _, n := range all {
			for _, st := range t.begin(roles) {
				next := n
				next.locals[p] = st.to
				next.sent.send(&st.sends)
				grown = append(grown, next)
			}
		}
		all = grown
	}
	return all
}

// project is the state of classes that a named one is in; false if some process is
// where no move leads.
func project[S packed](t *teller, n *named) (S, bool) {
	w := n.sent
	for p := range t.config.correct() {
		class, ok := t.process.classAt(&n.locals[p], n.level, n.lags[p])
		if !ok {
			var none S
			return none, false
		}
		w.classes[p] = class
	}
	return settled[S](t.model, &w), true
}

func find[S packed](t *teller, among []named, of S) (named, bool) {
	i := slices.IndexFunc(among, func(n named) bool {
		s, ok := project[S](t, &n)
		return ok && s == of
	})
	if i < 0 {
		return named{}, false
	}
	return among[i], true
}

// follow looks for one process that makes a move, silent steps first.
func follow[S packed](t *teller, now *named, move modelcheck.Step[S, Action]) ([]Step, named, bool) {
	raises := t.process.moves[move.Action.Class][move.Action.Move].raises
	for p := range t.config.correct() {
		type place struct {
			at   local
			told []Step
		}
		seen := map[local]bool{now.locals[p]: true}
		for queue := []place{{at: now.locals[p]}}; len(queue) > 0; queue = queue[1:] {
			here := queue[0]
			n := *now
			n.locals[p] = here.at
			for _, s := range t.after(&n, p) {
				told := append(slices.Clip(here.told), s.told)
				if s.shows {
					s.to.raise(p, raises)
					if at, ok := project[S](t, &s.to); ok && at == move.State {
						return told, s.to, true
					}
				} else if !seen[s.to.locals[p]] {
					seen[s.to.locals[p]] = true
					queue = append(queue, place{s.to.locals[p], told})
				}
			}
		}
	}
	return nil, named{}, false
}

// A telling is a step of a named state.
type telling struct {
	to    named
	told  Step
	shows bool // somebody else can see it
}

// after lists the steps of one process.
func (t *teller) after(n *named, p int) []telling {
	var out []telling
	x := n.locals[p]
	truth := t.truth(&n.sent)
	for _, st := range slices.Clone(t.stepper.of(&x)) {
		if !st.guard.within(truth) {
			continue
		}
		to := *n
		to.locals[p] = st.to
		to.sent.send(&st.sends)
		told := t.describeStep(p, &x, &st)
		out = append(out, telling{to, told, !st.sends.nothing() || st.to.fault != 0 || st.to.decision != consensus.Nil})
		for _, m := range st.musts {
			if !m.any.meets(truth) {
				broken := *n
				broken.locals[p] = local{fault: m.claim}
				out = append(out, telling{broken, told, true})
			}
		}
	}
	return out
}

func (t *teller) describeStart(n *named) Step {
	s := Step{Input: "start"}
	for r, p := range n.sent.proposals[:t.config.rounds()] {
		if p.letter != 0 {
			s.Changes = append(s.Changes, fmt.Sprintf("%s sends PROPOSAL(round %d, %s, vr %s)",
				cast.Process(t.config.Proposers[r]), r, cast.Value(t.stepper.values[p.letter]), cast.Round(consensus.Round(p.polRound))))
		}
	}
	return s
}

// describeStep puts a step into words.
func (t *teller) describeStep(p int, x *local, st *step) Step {
	s := Step{Actor: cast.Process(p), Input: st.trace.what, Rules: st.trace.rules}
	for a := range atom(atomCount) {
		if st.guard.has(a) {
			s.Heard = append(s.Heard, t.stepper.describeAtom(a))
		}
	}
	for _, o := range st.trace.outputs {
		switch o.Kind {
		case consensus.ProposalOutput:
			s.Changes = append(s.Changes, fmt.Sprintf("sends PROPOSAL(round %d, %s, vr %s)", o.Round, cast.Value(o.Value), cast.Round(o.POLRound)))
		case consensus.VoteOutput:
			s.Changes = append(s.Changes, fmt.Sprintf("sends %s(round %d, %s)", o.Vote, o.Round, cast.Value(o.Value)))
		case consensus.DecisionOutput:
			s.Changes = append(s.Changes, fmt.Sprintf("decides %s by round %d", cast.Value(o.Value), o.Round))
		case consensus.PanicOutput:
			s.Changes = append(s.Changes, o.Message)
		case consensus.TimeoutOutput, consensus.StepOutput:
		}
	}
	y := &st.to
	if y.fault != 0 {
		s.Changes = append(s.Changes, y.fault.String())
	}
	if !y.stopped() {
		s.Changes = append(s.Changes, changes(&x.process, &y.process)...)
	}
	if len(s.Changes) == 0 {
		s.Changes = []string{"nothing follows from it yet"}
	}
	return s
}

// changes lists how the variables of a process differ. A valid round never goes back:
// where it seems to, it was cleared.
func changes(x, y *consensus.Process) (out []string) {
	change := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if x.Round != y.Round {
		change("round %d → %d", x.Round, y.Round)
	}
	if x.Step != y.Step {
		names := consensus.NodeStep.Variable().Values
		change("step %s → %s", names[consensus.NodeStepOf(x.Step)], names[consensus.NodeStepOf(y.Step)])
	}
	if x.LockedValue != y.LockedValue || x.LockedRound != y.LockedRound {
		change("locked (%s, %s) → (%s, %s)", cast.Value(x.LockedValue), cast.Round(x.LockedRound), cast.Value(y.LockedValue), cast.Round(y.LockedRound))
	}
	if x.ValidRound != y.ValidRound && y.ValidRound >= 0 { // what it was may be cleared, as local.forget does
		change("validRound %s", cast.Round(y.ValidRound))
	}
	if x.Held.Parts != y.Held.Parts && y.Held.Parts != consensus.Nil {
		change("collects %s", cast.Value(y.Held.Parts))
	}
	return out
}

// describeAtom puts an atom into words.
func (n *instance) describeAtom(a atom) string {
	switch {
	case a < tallyAtoms:
		t, r, tally := consensus.VoteType(int(a)/(maxRounds*tallyKind)), int(a)/tallyKind%maxRounds, int(a)%tallyKind
		if tally == mixed {
			return fmt.Sprintf("+2/3 %s of round %d, for no one value", t, r)
		}
		return fmt.Sprintf("+2/3 %s(round %d, %s)", t, r, cast.Value(n.values[tally]))
	case a >= tallyAtoms+proposalAtoms:
		return fmt.Sprintf("+1/3 messages of round %d", int(a)-tallyAtoms-proposalAtoms)
	}
	for r := range consensus.Round(maxRounds) {
		for letter := letterV0; letter < valueCount; letter++ {
			for vr := consensus.Round(-1); vr <= r; vr++ {
				if proposedAtom(r, letter, vr) == a {
					return fmt.Sprintf("PROPOSAL(round %d, %s, vr %s)", r, cast.Value(n.values[letter]), cast.Round(vr))
				}
			}
		}
	}
	panic("quotient: no such atom")
}
