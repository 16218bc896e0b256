package quotient

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// An instance is what the steps of a process depend on.
type instance struct {
	table     *spec.Table
	questions map[consensus.Event][]*spec.Binding // nil: Algorithm 1, whose rules are asked all the time
	rounds    int
	values    alphabet
	tallies   []int // how votes can be heard
	claims    []bool
	whole     bool // no block has two ids, or the rules compare them wholly
	exclusive bool // two quorums meet in a correct process
	forgets   bool // see local.forget
	habits    bool // Config.Habits
	counts    bool // what a process meets is noted
}

// A stepper finds the steps of a process.
type stepper struct {
	*instance
	oracle    oracle
	tracing   bool
	beginning bool // the height: a step counts that changes nothing
	steps     []step
	outputs   []consensus.Output
	rules     []string

	asked  bool // the step is an event, of which these are:
	event  consensus.Event
	choice consensus.Choice

	census score.Census // if it counts: of all steps that can be
	made   []spec.Observation
	fired  spec.RuleSet
}

func newStepper(n *instance) *stepper {
	return &stepper{instance: n, oracle: oracle{instance: n}, census: score.Census{Made: spec.ObservationSet{}}}
}

// each carries something out once for every way in which the oracle may answer.
func (s *stepper) each(x *local, what func() string, do func(y *local) []consensus.Output) {
	for more := true; more; more = s.oracle.again() {
		s.oracle.begin(x)
		y := *x
		s.asked = false
		s.rules, s.made, s.fired = s.rules[:0], s.made[:0], 0
		outputs, ok := s.carefully(&y, do)
		st := step{guard: s.oracle.guard, to: y}
		if !ok {
			st.to.fault = claimFault(possibleObservations)
		} else {
			s.settle(x, &st, outputs)
		}
		s.count(x, &st)
		if st.to == *x && st.sends.nothing() && !s.tracing && !s.beginning {
			continue
		}
		if s.tracing {
			st.trace = &trace{what(), slices.Clone(s.rules), slices.Clone(outputs)}
		}
		s.steps = append(s.steps, st)
	}
}

// carefully reports whether no observation arose that is listed as impossible.
func (s *stepper) carefully(y *local, do func(*local) []consensus.Output) (outputs []consensus.Output, ok bool) {
	defer func() {
		if why := recover(); why != nil {
			if text, is := why.(string); !is || !strings.HasPrefix(text, "consensus: an impossible observation") {
				panic(why)
			}
			ok = false
		}
	}()
	return do(y), true
}

func (s *stepper) run() consensus.Run {
	run := consensus.Run{Table: s.table, Messages: &s.oracle, Env: &s.oracle}
	switch {
	case s.tracing:
		run.Fired = func(f consensus.Fired) { s.rules = append(s.rules, f.Rule.Name) }
	case s.counts:
		run.Fired = func(f consensus.Fired) { s.fired |= 1 << (f.Rule.ID - 1) }
		run.Observed = func(o spec.Observation) { s.made = append(s.made, o) }
	}
	return run
}

// count notes what was met in a step, if it can be.
func (s *stepper) count(x *local, st *step) {
	if !s.counts || s.impossible(x, st) {
		return
	}
	for _, o := range s.made {
		s.census.Made.Add(o)
	}
	s.census.Fired |= s.fired
}

// begin lists the ways in which a process begins the height.
func (s *stepper) begin(roles uint8) []step {
	x := local{process: consensus.NewProcess(0), roles: roles, since: -1}
	s.steps = s.steps[:0]
	if s.questions != nil {
		x.process.Step = consensus.NewHeight
		return append(s.steps, step{to: x})
	}
	s.beginning = true
	defer func() { s.beginning = false }()
	s.each(&x, func() string { return "begins the height" }, func(y *local) []consensus.Output {
		return s.run().Ask(&y.process, consensus.Choice{Of: consensus.StartRound}, s.outputs[:0])
	})
	return s.steps
}

// of lists the steps of a process, without those that change nothing. The slice
// is valid until the next call.
func (s *stepper) of(x *local) []step {
	s.steps = s.steps[:0]
	switch {
	case x.stopped():
	case s.questions != nil:
		s.node(x)
	default:
		s.paper(x)
	}
	return s.steps
}

// node lists the inputs of a CometBFT node: handleMsg and handleTimeout.
func (s *stepper) node(x *local) {
	p := &x.process
	ask := func(e consensus.Event, c consensus.Choice, what func() string) {
		s.each(x, what, func(y *local) []consensus.Output { return s.ask(y, e, c, s.outputs[:0]) })
	}
	mine := x.roles>>p.Round&1 == 1 && !x.offered // nobody else proposes in its name
	if !p.Held.Proposal && !mine {
		for _, v := range s.values[1:] {
			for vr := consensus.Round(-1); vr < p.Round; vr++ {
				s.each(x, func() string {
					return fmt.Sprintf("receives PROPOSAL(round %d, %s, vr %s)", p.Round, cast.Value(v), cast.Round(vr))
				}, func(y *local) []consensus.Output {
					s.oracle.guard = s.oracle.guard.with(proposedAtom(p.Round, s.values.letter(v), vr))
					y.process.TakeProposal(v, vr)
					return nil
				})
			}
		}
	}
	if p.Held.Parts != consensus.Nil && !p.Held.Whole {
		s.each(x, func() string { return "receives the block " + cast.Value(p.Held.Parts) }, func(y *local) []consensus.Output {
			y.process.TakeBlock(true)
			return s.ask(y, consensus.BlockCompleted, consensus.Choice{Round: p.Round}, s.outputs[:0])
		})
	}
	for r := range consensus.Round(s.rounds) {
		ask(consensus.PrevoteAdded, consensus.Choice{Round: r}, func() string { return fmt.Sprintf("adds a prevote of round %d", r) })
		ask(consensus.PrecommitAdded, consensus.Choice{Round: r}, func() string { return fmt.Sprintf("adds a precommit of round %d", r) })
	}
	for kind := range consensus.TockPrecommitWait + 1 {
		if !s.habits && ticks(p, kind) || s.habits && x.running(kind) {
			ask(consensus.TimeoutDelivered, consensus.Choice{Round: p.Round, Tock: kind}, func() string {
				return fmt.Sprintf("timeout %s of round %d", consensus.Tock.Variable().Values[kind], p.Round)
			})
		}
		if s.habits && p.Round > 0 && kind >= consensus.TockPropose {
			ask(consensus.TimeoutDelivered, consensus.Choice{Round: p.Round - 1, Tock: kind}, func() string {
				return fmt.Sprintf("timeout %s of round %d", consensus.Tock.Variable().Values[kind], p.Round-1)
			})
		}
	}
}

// ticks says whether a timeout of the current round that is still heeded may be
// running. That enterPropose starts its own, and the steps of waiting theirs, can
// be read off the state; timers of rounds that were left are ignored.
func ticks(p *consensus.Process, kind consensus.TockKind) bool {
	switch kind {
	case consensus.TockNewHeight:
		return p.Step == consensus.NewHeight
	case consensus.TockPropose:
		return p.Step == consensus.Propose
	case consensus.TockPrevoteWait:
		return p.Once34
	case consensus.TockPrecommitWait:
		return p.Once47
	case consensus.TockNewRound: // nobody waits for transactions
	}
	return false
}

// running says whether a timeout of the current round may be running, because it
// was started; that of the height was at its beginning.
func (x *local) running(kind consensus.TockKind) bool {
	if of, ok := kind.Timeout(); ok {
		return x.timers>>of&1 == 1
	}
	return kind == consensus.TockNewHeight && x.process.Round == 0
}

func (s *stepper) ask(y *local, e consensus.Event, c consensus.Choice, out []consensus.Output) []consensus.Output {
	s.asked, s.event, s.choice = true, e, c
	for _, q := range s.questions[e] {
		c.Of = q
		out = s.run().Ask(&y.process, c, out)
	}
	return out
}

// paper lists what Algorithm 1 may do: every rule that is enabled for a choice.
func (s *stepper) paper(x *local) {
	p := &x.process
	s.try(x, consensus.Choice{Of: consensus.OnVotes})
	for _, v := range s.values[1:] {
		for vr := consensus.Round(-1); vr <= p.Round; vr++ {
			s.try(x, consensus.Choice{Of: consensus.OnProposal, Value: v, POLRound: vr})
		}
		for r := range consensus.Round(s.rounds) {
			s.try(x, consensus.Choice{Of: consensus.OnDecision, Round: r, Value: v})
		}
	}
	for r := p.Round + 1; int(r) < s.rounds; r++ {
		s.try(x, consensus.Choice{Of: consensus.OnLaterRound, Round: r})
	}
	for kind := consensus.TimeoutPropose; kind <= consensus.TimeoutPrecommit; kind++ {
		if x.timers>>kind&1 == 1 {
			s.try(x, consensus.Choice{Of: consensus.OnTimeout, Round: p.Round, Timeout: kind})
		}
		if p.Round > 0 { // where the rules heed those of earlier rounds, all may be running
			s.try(x, consensus.Choice{Of: consensus.OnTimeout, Round: p.Round - 1, Timeout: kind})
		}
	}
}

// try follows each of the rules that may hold for a choice.
func (s *stepper) try(x *local, c consensus.Choice) {
	var ids spec.RuleSet
	impossible := false
	for more := true; more; more = s.oracle.again() {
		s.oracle.begin(x)
		o := x.process.Observe(c, &s.oracle, &s.oracle)
		impossible = impossible || s.table.Next(o) == spec.Unreachable
		ids |= s.table.Enabled(o)
	}
	for id := range ids.All {
		s.follow(x, c, id)
	}
	if impossible && ids == 0 {
		s.follow(x, c, spec.Unreachable)
	}
}

// follow carries a rule out wherever it holds.
func (s *stepper) follow(x *local, c consensus.Choice, id spec.RuleID) {
	s.each(x, func() string { return c.Of.Name }, func(y *local) []consensus.Output {
		o := y.process.Observe(c, &s.oracle, &s.oracle)
		if s.table.Next(o) == spec.Unreachable {
			panic("consensus: an impossible observation arose: " + o.String())
		}
		if id == spec.Unreachable || !s.table.Enabled(o).Has(id) {
			return nil
		}
		if s.tracing {
			s.rules = append(s.rules, s.table.Rule(id).Name)
		}
		return s.run().Fire(&y.process, s.table.Rule(id), c, s.outputs[:0])
	})
}
