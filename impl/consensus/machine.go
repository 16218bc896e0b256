package consensus

import (
	"errors"
	"fmt"
)

// Config is what a [Machine] needs to know.
type Config struct {
	Validators *Validators
	// Self is our index in the validator set; −1 is an observer, which follows
	// the protocol and never sends. (0 is the first validator.)
	Self int
	// Height to begin at. 0 stands for the first height of Validators.
	Height int64
}

func (c *Config) validate() error {
	switch {
	case c.Validators == nil:
		return errors.New("consensus: a machine needs a validator set")
	case c.Self < -1 || c.Self >= c.Validators.Len():
		return fmt.Errorf("consensus: index %d is not in a set of %d validators", c.Self, c.Validators.Len())
	case c.Height != 0 && c.Height < c.Validators.Initial():
		return fmt.Errorf("consensus: height %d is before the first height %d", c.Height, c.Validators.Initial())
	}
	return nil
}

// State is what Algorithm 1 keeps between messages (lines 1 to 9), and which
// rules have fired for the first time in the round. It is a value: equal states
// are ==.
type State struct {
	Height      int64
	Round       Round
	Step        Step
	LockedValue ValueID
	LockedRound Round
	ValidValue  ValueID
	ValidRound  Round
	Once34      bool
	Once36      bool
	Once47      bool
}

// newState is the state before StartRound(0) of a height.
func newState(height int64) State { return State{Height: height, LockedRound: -1, ValidRound: -1} }

// Machine runs consensus, height after height, as the generated table says. It
// is deterministic: the same Config and inputs give the same outputs. It is owned
// by one goroutine; nothing in it blocks.
type Machine struct {
	self    int
	state   State
	started bool
	log     *log

	proposal ValueID // the variable "proposal" of lines 16 to 19
	asked    bool    // getValue() is not answered yet
	owed     bool    // line 19 waits for the answer

	out []Output
}

// New makes a machine that waits for [Start].
func New(c Config) (*Machine, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Height == 0 {
		c.Height = c.Validators.Initial()
	}
	return &Machine{self: c.Self, state: newState(c.Height), log: newLog(c.Validators)}, nil
}

// State is a copy of the state.
func (m *Machine) State() State { return m.state }

// Step takes one input, fires rules until none is enabled, and returns what they
// ask for, in order. Before the outputs of a rule stands a RuleFired; a rule that
// starts a round is followed by the rule of StartRound. The returned slice is
// valid until the next Step.
//
// An input that makes no sense is refused: the only output is then Refused, with
// a [Reason]; after RoundTooFar alone others may follow. A timeout that is no longer of use has no outputs. Our own messages
// count when they come back as inputs, like those of others.
//
// Step panics when the machine itself is broken: when it meets an observation
// that the rules list as impossible.
func (m *Machine) Step(in Input) []Output {
	m.out = m.out[:0]
	if reason := m.admit(&in); reason != NotRefused {
		return m.refuse(reason)
	}
	switch in.Kind {
	case Start:
		m.started = true
		m.startRound(0)
		m.settle(0)
	case ProposalInput:
		if reason := m.log.addProposal(&in.Proposal, in.Valid, m.proposer); reason != NotRefused {
			return m.refuse(reason)
		}
		m.settle(in.Proposal.Round)
	case VoteInput:
		if reason := m.log.addVote(&in.Vote); reason != NotRefused {
			m.refuse(reason)
			if reason != RoundTooFar {
				return m.out
			}
		}
		m.settle(in.Vote.Round)
	case TimeoutInput:
		o := m.observeExpired(in.Timeout)
		if rule := lookUp(o); rule != Wait {
			m.fire(candidate{rule, o, choice{}})
			m.settle(m.state.Round)
		}
	case NewValue:
		m.asked, m.proposal = false, in.Value
		if m.owed {
			m.sendProposal()
		}
	}
	return m.out
}

// admit says why an input makes no sense, whatever messages are held.
func (m *Machine) admit(in *Input) Reason {
	switch {
	case in.Kind > NewValue:
		return UnknownKind
	case in.Kind == Start && m.started:
		return AlreadyStarted
	case in.Kind != Start && !m.started:
		return NotStarted
	}
	switch in.Kind {
	case Start:
	case ProposalInput:
		return m.admitProposal(&in.Proposal)
	case VoteInput:
		return m.admitVote(&in.Vote)
	case TimeoutInput:
		if in.Timeout.Kind > TimeoutPrecommit {
			return UnknownKind
		}
	case NewValue:
		if in.Value.IsNil() {
			return NoValue
		}
		here := in.Round == m.state.Round && (in.Height == 0 || in.Height == m.state.Height)
		if !m.asked || !here || m.state.Step != StepPropose {
			return NotWanted
		}
	}
	return NotRefused
}

func (m *Machine) admitProposal(p *Proposal) Reason {
	switch {
	case p.Round < 0 || p.Round > MaxRound || p.POLRound < -1:
		return BadRound
	case p.Value.IsNil():
		return NoValue
	}
	return m.admitHeight(p.Height)
}

func (m *Machine) admitVote(v *Vote) Reason {
	switch {
	case v.Type > Precommit:
		return UnknownKind
	case v.Validator < 0 || v.Validator >= m.log.validators.Len():
		return UnknownValidator
	case v.Round < 0 || v.Round > MaxRound:
		return BadRound
	}
	return m.admitHeight(v.Height)
}

func (m *Machine) admitHeight(height int64) Reason {
	switch {
	case height < m.state.Height:
		return EarlierHeight
	case height > m.state.Height:
		return LaterHeight
	}
	return NotRefused
}

func (m *Machine) refuse(reason Reason) []Output {
	m.out = append(m.out, Output{Kind: Refused, Reason: reason})
	return m.out
}

// maxFirings bounds how many rules one input may fire. Every rule moves the step
// or the round on, or marks a first time; a correct table stays far below.
const maxFirings = 64

// settle fires rules until none is enabled. touched is the round of the message
// that has just arrived.
func (m *Machine) settle(touched Round) {
	for range maxFirings {
		c, ok := m.mostUrgent(touched)
		if !ok {
			return
		}
		m.fire(c)
	}
	panic(fmt.Sprintf("consensus: the rules do not come to rest in %+v", m.state))
}

// lookUp is the generated table. It panics on an observation that the rules list
// as impossible: the rules, or the code that observes, are broken.
func lookUp(o Observation) Rule {
	rule := next[o]
	if rule == Unreachable {
		panic("consensus: an impossible observation: " + o.String())
	}
	return rule
}

// proposer is the validator that proposes in a round of the current height.
func (m *Machine) proposer(r Round) int { return m.log.validators.Proposer(m.state.Height, r) }

// startRound calls the function StartRound of lines 11 to 21.
func (m *Machine) startRound(r Round) {
	self := m.proposer(r) == m.self
	o := observeStartRound(fact[proposerFact](self), fact[validValueFact](!m.state.ValidValue.IsNil()))
	if rule := lookUp(o); rule != Wait {
		m.fire(candidate{rule, o, choice{round: r}})
	}
}

// fire carries out the effects of a rule.
func (m *Machine) fire(c candidate) {
	m.out = append(m.out, Output{Kind: RuleFired, Rule: c.rule, Observation: c.observation})
	for _, o := range effects[c.rule] {
		m.do(o, &c.choice)
	}
}

// do carries out one effect; the words of the pseudo-code stand with the
// constants in table_gen.go. The length is that of the list of effects.
func (m *Machine) do(o op, c *choice) {
	s := &m.state
	switch o {
	case opSetRound:
		s.Round = c.round
		s.Once34, s.Once36, s.Once47 = false, false, false
		m.asked, m.owed = false, false
		m.log.enter(c.round)
	case opSetStepPropose:
		s.Step = StepPropose
	case opSetStepPrevote:
		s.Step = StepPrevote
	case opSetStepPrecommit:
		s.Step = StepPrecommit
	case opTakeValidValue:
		m.proposal = s.ValidValue
	case opTakeNewValue:
		m.asked = true
		m.out = append(m.out, Output{Kind: ValueWanted, Height: s.Height, Round: s.Round})
	case opSendProposal:
		m.sendProposal()
	case opSendPrevote:
		m.sendVote(Prevote, c.value)
	case opSendPrevoteNil:
		m.sendVote(Prevote, NilID)
	case opSendPrecommit:
		m.sendVote(Precommit, c.value)
	case opSendPrecommitNil:
		m.sendVote(Precommit, NilID)
	case opSchedulePropose:
		m.schedule(TimeoutPropose)
	case opSchedulePrevote:
		m.schedule(TimeoutPrevote)
	case opSchedulePrecommit:
		m.schedule(TimeoutPrecommit)
	case opLockValue:
		s.LockedValue = c.value
	case opLockRound:
		s.LockedRound = s.Round
	case opValidValue:
		s.ValidValue = c.value
	case opValidRound:
		s.ValidRound = s.Round
	case opDecide:
		m.out = append(m.out, Output{Kind: Decision, Height: s.Height, Round: c.round, Value: c.value})
	case opNextHeight:
		s.Height++
	case opReset:
		s.LockedValue, s.LockedRound = NilID, -1
		s.ValidValue, s.ValidRound = NilID, -1
		m.log.reset()
	case opStartFirstRound:
		m.startRound(0)
	case opStartBoundRound:
		m.startRound(c.round)
	case opStartNextRound:
		m.startRound(s.Round + 1)
	case opMarkOnce34:
		s.Once34 = true
	case opMarkOnce36:
		s.Once36 = true
	case opMarkOnce47:
		s.Once47 = true
	default:
		panic("consensus: no meaning is defined for effect " + o.String())
	}
}

// sendProposal broadcasts the proposal of the round. While its value is still
// asked for it is owed: NewValue sends it.
func (m *Machine) sendProposal() {
	if m.owed = m.asked; m.owed {
		return
	}
	s := &m.state
	m.out = append(m.out, Output{Kind: SendProposal, Proposal: Proposal{
		Height: s.Height, Round: s.Round, POLRound: s.ValidRound, Value: m.proposal,
	}})
	m.proposal = NilID
}

// sendVote broadcasts a vote, unless we are an observer.
func (m *Machine) sendVote(t VoteType, v ValueID) {
	if m.self < 0 {
		return
	}
	m.out = append(m.out, Output{Kind: SendVote, Vote: Vote{
		Type: t, Height: m.state.Height, Round: m.state.Round, Value: v, Validator: m.self,
	}})
}

func (m *Machine) schedule(k TimeoutKind) {
	m.out = append(m.out, Output{Kind: ScheduleTimeout, Timeout: Timeout{Kind: k, Height: m.state.Height, Round: m.state.Round}})
}
