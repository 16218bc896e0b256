package delivery

import (
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// maxFirings bounds how many rules one input may fire before they count as not
// coming to rest. Every rule moves the step or the round on, or marks a first
// time; correct rules stay far below.
const maxFirings = 40

// A step is one input being carried out by one process. Where the outcome is
// open, by what getValue returns, by what the application answers or by two
// equally urgent choices, it ends in several states.
type step struct {
	*instance
	self    int
	env     surroundings
	walls   *walls
	results []local
	outputs []consensus.Output // of the rules of the last firing
	timed   bool               // a timeout is being handled
	hidden  consensus.Value    // [ProposalAsked]: the block that is out of sight

	watch   func(*local, consensus.Fired) // told of each rule before its effects; nil: nobody
	tracing bool
	trace   trace   // tracing: of the way to the state at hand
	traces  []trace // tracing: the same by result
}

// A trace is what a process did in one step.
type trace struct {
	rules   []string
	outputs []consensus.Output
	value   consensus.Value // that getValue returns
}

func (t trace) clone() trace { return trace{slices.Clone(t.rules), slices.Clone(t.outputs), t.value} }

// run is what rules are carried out in.
func (s *step) run(x *local) consensus.Run {
	run := consensus.Run{Table: s.table, Messages: received{&s.config, &x.core}, Env: &s.env}
	if s.tracing || s.watch != nil || s.census != nil {
		run.Fired = func(f consensus.Fired) { s.note(x, f) }
	}
	if s.census != nil {
		run.Observed = s.census.Made.Add
	}
	return run
}

// note is told of each rule before its effects.
func (s *step) note(x *local, f consensus.Fired) {
	if s.tracing {
		s.trace.rules = append(s.trace.rules, f.Rule.Name)
	}
	if s.watch != nil {
		s.watch(x, f)
	}
	if s.census != nil {
		s.census.Fired |= 1 << (f.Rule.ID - 1)
	}
}

// take carries out an input and returns the states that it may lead to. The
// slice is valid until the next call.
func (s *step) take(x *local, in *input) []local {
	return s.each(func() {
		y := *x
		s.happen(&y, in)
	})
}

// begin returns the states in which a process may begin the height.
func (s *step) begin() []local {
	return s.each(func() {
		x := local{core: core{process: s.config.fresh(), ticker: consensus.Ticker{Policy: s.config.Timers}}}
		x.synced = true // there is nothing in the log yet
		if s.node {
			x.process.Step = consensus.NewHeight
			x.ticker = x.ticker.Schedule(consensus.Timeout{Tock: consensus.TockNewHeight})
			s.end(&x)
			return
		}
		before := x
		s.emit(&x, &before, s.run(&x).Ask(&x.process, consensus.Choice{Of: consensus.StartRound}, nil))
		s.settle(x, maxFirings)
	})
}

// each runs something once for each value that getValue may return, and for each
// answer to whether a block is refused.
func (s *step) each(run func()) []local {
	s.results, s.traces = s.results[:0], s.traces[:0]
	for _, v := range s.config.offers(s.self) {
		asked := false
		for _, refuses := range []bool{false, true} {
			s.env = surroundings{config: &s.config, self: s.self, value: v, refuses: refuses}
			s.trace = trace{value: v}
			run()
			asked = asked || s.env.asked
			if !s.env.judged {
				break
			}
		}
		if !asked {
			break
		}
	}
	return s.results
}

// happen changes x by an input, and goes on with what follows from it.
func (s *step) happen(x *local, in *input) {
	switch in.kind {
	case arrives:
		s.count(x, in.message)
		s.hear(x, in.sender, in.message)
	case own:
		s.handleOwn(x, in.slot)
	case expires:
		last := x.ticker.Last
		s.fireTimer(x)
		x.ticker, _ = x.ticker.Deliver(last)
		s.timeout(x, last)
	case fires:
		s.fireTimer(x)
		s.end(x)
	case ends:
		x.ticker, _ = x.ticker.End()
		s.end(x)
	case tock:
		x.ticker, _ = x.ticker.Deliver(in.timeout)
		s.timeout(x, in.timeout)
	case flushed:
		x.wal = s.walls.number(x.core)
		s.end(x)
	case crashes:
		s.crash(x)
	}
}

// count notes that a message was delivered which may be dropped.
func (s *step) count(x *local, m message) {
	if !s.node || s.config.Copies == 0 {
		return
	}
	h := &x.heard[m.round]
	switch m.kind {
	case proposalMessage:
		h.proposalCopies += 1 << (2 * (4*int(m.value) + int(m.pol) + 1))
	case blockMessage:
		h.blockCopies += 1 << (2 * m.value)
	case prevoteMessage, precommitMessage:
	}
}

// handleOwn takes a message from the own queue. It is in the log, on the disk,
// before it is looked at (receiveRoutine, WriteSync).
func (s *step) handleOwn(x *local, slot int) {
	m := x.take(slot)
	if s.config.Mistake != LazyBlock || m.kind != blockMessage {
		s.sync(x)
	}
	s.hear(x, s.self, m)
}

// hear gives a message to the rules of the dialect.
func (s *step) hear(x *local, sender int, m message) {
	if s.node {
		s.noteReceived(x, m)
		s.hearNode(x, sender, m)
		return
	}
	h := &x.heard[m.round]
	switch m.kind {
	case proposalMessage:
		h.proposals |= 1 << (4*int(m.value) + int(m.pol) + 1)
	case prevoteMessage, precommitMessage:
		h.votes[m.kind][sender] |= 1 << m.value
	case blockMessage: // the paper has none
	}
	s.settle(*x, maxFirings)
}

// timeout gives a timeout to the rules of the dialect.
func (s *step) timeout(x *local, t consensus.Timeout) {
	if s.node {
		s.timed, s.env.ready = true, t.Tock == consensus.TockNewRound
		reveal := s.hide(x)
		s.ask(x, consensus.TimeoutDelivered, consensus.Choice{Round: t.Round, Tock: t.Tock})
		reveal()
		s.timed = false
		s.onward(x)
		return
	}
	kind, ok := t.Tock.Timeout()
	if !ok {
		panic("delivery: Algorithm 1 has no such timeout")
	}
	c := consensus.Choice{Of: consensus.OnTimeout, Round: t.Round, Timeout: kind}
	o := x.process.Observe(c, received{&s.config, &x.core}, &s.env)
	if id := s.table.Next(o); id != spec.Wait {
		s.timed = true
		s.fire(x, id, o, c)
		s.timed = false
	}
	s.settle(*x, maxFirings)
}

// end adds a state that the step leads to.
func (s *step) end(x *local) {
	s.forget(x)
	switch {
	case int(x.crashes) >= s.config.Crashes:
		x.wal = 0 // nobody reads it any more
	case x.synced:
		x.wal = s.walls.number(x.core)
	}
	x.synced = false
	s.inspectRest(x)
	x.rest()
	s.results = append(s.results, *x)
	if s.tracing {
		s.traces = append(s.traces, s.trace.clone())
	}
}

// fire carries out a rule on an observation, or notes the fault that there
// should not be one.
func (s *step) fire(x *local, id spec.RuleID, o spec.Observation, c consensus.Choice) {
	if id == spec.Unreachable {
		x.fault = ImpossibleObservation
		return
	}
	before := *x
	rule := s.table.Rule(id)
	s.note(x, consensus.Fired{Rule: rule, Observation: o, Choice: c})
	s.outputs = s.run(x).Fire(&x.process, rule, c, s.outputs[:0])
	s.emit(x, &before, s.outputs)
}

// ask raises the questions of an event, each once and in order.
func (s *step) ask(x *local, e consensus.Event, c consensus.Choice) {
	defer func() {
		if why := recover(); why != nil {
			if text, ok := why.(string); !ok || !strings.HasPrefix(text, "consensus: an impossible observation") {
				panic(why)
			}
			x.fault = ImpossibleObservation
		}
	}()
	before := *x
	run := s.run(x)
	s.outputs = s.outputs[:0]
	for _, q := range s.questions[e] {
		c.Of = q
		s.outputs = run.Ask(&x.process, c, s.outputs)
	}
	x.collect(before.process.Held.Parts)
	s.emit(x, &before, s.outputs)
	s.inspectCommit(x)
}
