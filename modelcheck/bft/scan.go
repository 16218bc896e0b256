package bft

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// An Action is one step of one correct process: the rule it followed, and for
// which choice of the rule's free variables.
type Action struct {
	Process uint8
	Rule    spec.RuleID // Unreachable: it made an observation that is listed as impossible
	Binding uint8       // number in the rules' list
	Timeout consensus.TimeoutKind
	Round   int8
	POL     int8
	Value   uint8
	Index   uint16 // of the observation
	Seen    uint8  // what of sometimes the step makes true, by bit
}

// A move is an action and what it makes of the process and of the world.
type move struct {
	action   Action
	self     local
	round    consensus.Round // of the proposal
	proposal proposal        // new if its value is not Nil
	speaks   bool            // something is sent
	fault    Fault
}

// A scan finds the moves of one process in one world. Scans are used again.
type scan struct {
	*rules
	world   world
	tallies tallies
	with    tallies // of a step
	deed    deed    // the step at hand
	process int
	self    *local // of world, the process under the scan
	started uint8  // merged and counted model: timeouts that can be started, and hence expire
	moves   []move
	outputs []consensus.Output
}

// explore collects the moves of a process.
func (sc *scan) explore(process int) {
	sc.process, sc.self = process, &sc.world.locals[process]
	sc.moves = sc.moves[:0]
	sc.started = sc.self.timers
	if sc.self.decision != consensus.Nil || sc.silent[process] {
		return
	}
	for _, s := range sc.spaces {
		s.observe(sc, s)
	}
}

// look follows every rule that the process may follow on an observation.
func (sc *scan) look(s *space, index int, c consensus.Choice) {
	g := &s.glimpses[index]
	if g.impossible >= 0 {
		sc.impossible(s, g.impossible, c)
	}
	for id := range g.rules.All {
		sc.follow(s, index, id, c)
	}
}

func (sc *scan) action(s *space, index int, id spec.RuleID, c consensus.Choice) Action {
	return Action{
		Process: uint8(sc.process), Rule: id, Binding: s.number, Timeout: c.Timeout,
		Round: int8(c.Round), POL: int8(c.POLRound), Value: uint8(c.Value), Index: uint16(index),
	}
}

// impossible records that an observation arose that should not.
func (sc *scan) impossible(s *space, index int32, c consensus.Choice) {
	sc.moves = append(sc.moves, move{
		action: sc.action(s, int(index), spec.Unreachable, c), self: *sc.self, fault: ImpossibleObservation,
	})
}

// follow fires a rule, once for every value that getValue may return. A rule
// that leads beyond the last round is left out.
func (sc *scan) follow(s *space, index int, id spec.RuleID, c consensus.Choice) {
	if sc.live != nil && sc.live.starts[id] {
		sc.started |= sc.live.starters[id]
		return
	}
	rule := sc.table.Rule(id)
	action := sc.action(s, s.where(index, id), id, c)
	first := len(sc.moves) - 1
	for first >= 0 && sc.moves[first].action.Rule == id {
		first--
	}
	for i, env := range sc.surroundings[sc.self.roles] {
		if i > 0 && rule.Calls == nil {
			return
		}
		sc.moves = append(sc.moves, move{action: action, self: *sc.self})
		m := &sc.moves[len(sc.moves)-1]
		sc.outputs = m.self.process.Fire(sc.table, rule, c, env, sc.outputs[:0])
		if int(m.self.process.Round) >= sc.config.rounds() {
			sc.moves = sc.moves[:len(sc.moves)-1]
			return
		}
		m.settle(sc.self, &sc.world, env, sc.outputs)
		sc.judge(m, c)
		sc.dead.forget(&m.self, int(m.self.process.Round) == sc.config.rounds()-1)
		for _, before := range sc.moves[first+1 : len(sc.moves)-1] {
			if !sc.every && before.does(m) {
				sc.moves = sc.moves[:len(sc.moves)-1]
				break
			}
		}
	}
}

// judge looks at a step with the eyes of the claims.
func (sc *scan) judge(m *move, c consensus.Choice) {
	d := &sc.deed
	*d = deed{
		rs: sc.rules, world: &sc.world, before: sc.self, after: &m.self,
		choice: c, sent: m.proposal, tallies: &sc.tallies,
	}
	if d.quiet() {
		return
	}
	if m.self.ballots != sc.self.ballots {
		sc.with = sc.tallies
		sc.add(&sc.with, m)
		d.tallies = &sc.with
	}
	if m.fault == NoFault {
		m.fault = d.judge()
	}
	m.action.Seen = d.sees()
}

// add counts what a step sends.
func (sc *scan) add(t *tallies, m *move) {
	for kind := range m.self.ballots {
		for r, b := range m.self.ballots[kind][:sc.layout.rounds] {
			switch {
			case b == sc.self.ballots[kind][r]:
			case sc.counts != nil:
				sc.counts.include(t, kind, r, b)
			default:
				t.include(sc.process, kind, r, b)
			}
		}
	}
}

// does says whether two moves of a process make the same of it and the world.
func (m *move) does(n *move) bool {
	return m.self == n.self && m.proposal == n.proposal && m.round == n.round && m.fault == n.fault
}

// settle brings the outputs of a fired rule into the move. Before is the
// process as it was.
func (m *move) settle(before *local, w *world, env consensus.Environment, outputs []consensus.Output) {
	now := &m.self.process
	if now.Round != before.process.Round {
		m.self.timers, m.self.spoke = 0, false
	}
	decided := false
	for _, o := range outputs {
		if o.Height != before.process.Height { // the next height ends with its proposal
			if o.Kind == consensus.ProposalOutput && (o.Value != env.GetValue() || o.POLRound != -1) {
				m.fault = StaleHeight
			}
			continue
		}
		switch o.Kind {
		case consensus.ProposalOutput:
			m.send(w, o, env.Proposer(o.Height, o.Round))
		case consensus.VoteOutput:
			m.vote(o)
		case consensus.TimeoutOutput:
			if o.Round == now.Round {
				if m.self.timers>>o.Timeout&1 == 1 {
					m.fault = SecondTimeout
				}
				m.self.timers |= 1 << o.Timeout
			}
		case consensus.DecisionOutput:
			decided = true
			m.self.decision = o.Value
		case consensus.StepOutput, consensus.PanicOutput: // only nodes of CometBFT do these
		}
	}
	left := now.Height != before.process.Height
	switch {
	case decided != left:
		m.fault = TornDecision
	case m.fault == NoFault && left && !fresh(now):
		m.fault = StaleHeight
	}
	if decided || left { // it stops as it was
		m.self.process, m.self.timers = before.process, before.timers
	}
}

// send puts a proposal on its way.
func (m *move) send(w *world, o consensus.Output, proposer bool) {
	p := proposal{o.Value, o.POLRound}
	if !proposer {
		m.fault = NotProposer
		return
	}
	if old := w.proposals[o.Round]; old.value != consensus.Nil {
		if old != p {
			m.fault = SecondProposal
		}
		return
	}
	m.round, m.proposal, m.speaks = o.Round, p, true
}

// vote puts a vote on its way.
func (m *move) vote(o consensus.Output) {
	b := &m.self.ballots[o.Vote][o.Round]
	switch {
	case *b == 0:
		*b, m.speaks = ballotFor(o.Value), true
	case *b == ballotFor(o.Value):
	case o.Vote == consensus.PrevoteType:
		m.fault = SecondPrevote
	default:
		m.fault = SecondPrecommit
	}
}

// fresh says whether a process is as StartRound(0) of a new height leaves it.
func fresh(p *consensus.Process) bool {
	want := consensus.NewProcess(p.Height)
	return *p == want
}

// surroundings answers what the pseudo-code asks of its environment for one
// process and one value that getValue may return.
type surroundings struct {
	roles    uint8
	newValue consensus.Value
}

// Proposer is proposer(h, r) = p: in the height of the model by the rotation. In
// the next one it is whoever has decided, so that its proposal is seen.
func (s *surroundings) Proposer(height int64, r consensus.Round) bool {
	return height > 0 || s.roles>>r&1 == 1
}

// GetValue is getValue().
func (s *surroundings) GetValue() consensus.Value { return s.newValue }
