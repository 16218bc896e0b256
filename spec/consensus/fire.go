package consensus

import (
	"fmt"

	"github.com/polka-bft/polka/spec"
)

// OutputKind says what an [Output] is.
type OutputKind uint8

// The outputs of a fired rule.
const (
	ProposalOutput OutputKind = iota // broadcast PROPOSAL(Height, Round, Value, POLRound)
	VoteOutput                       // broadcast the vote of type Vote for Value
	TimeoutOutput                    // schedule Timeout for (Height, Round)
	DecisionOutput                   // decision[Height] = Value, by precommits of Round
	StepOutput                       // CometBFT: the step is logged and told to peers
	PanicOutput                      // CometBFT: the state machine panics with Message, and is dead
)

// Output is one thing that a rule made the process do towards the outside.
type Output struct {
	Kind     OutputKind
	Height   int64
	Round    Round
	Value    Value
	POLRound Round
	Vote     VoteType
	Timeout  TimeoutKind
	Step     StepValue // of StepOutput
	Waiting  bool      // of StepOutput: timeoutPrevote has been started
	Extended bool      // of VoteOutput: CometBFT's precommit carries a vote extension
	Message  string    // of PanicOutput, in the words of the rule
}

// A Run is what rules are carried out in: the table, and the surroundings that
// observations and effects look at.
type Run struct {
	Table    *spec.Table
	Messages Messages // may be nil when no function that is called asks about messages
	Env      Environment
	// Fired, when it is not nil, is told of every rule just before its effects,
	// in the order of firing, rules of called functions included.
	Fired func(Fired)
	// Observed, when it is not nil, is told of every observation that is looked up,
	// whether a rule follows from it or not.
	Observed func(spec.Observation)
}

// Fired is a rule that fires, what it was asked on, and the choice that binds
// its free variables.
type Fired struct {
	Rule        *spec.Rule
	Observation spec.Observation
	Choice      Choice
}

// Fire carries out a rule under a choice of its free variables: all of its
// effects at once, calls included, as the pseudo-code has them. The new state is
// left in p; the outputs are appended to out and returned.
//
// The rule must be enabled for the choice; Fire does not look again. A panic ends
// it, and the rules that called this one.
func (x Run) Fire(p *Process, r *spec.Rule, c Choice, out []Output) []Output {
	for i := range r.Effects {
		e := &r.Effects[i]
		if p.Panicked {
			break
		}
		if e.Do == Panic {
			p.Panicked = true
			return append(out, Output{Kind: PanicOutput, Height: p.Height, Round: p.Round, Message: e.Words})
		}
		if r.Calls == nil || r.Calls[i] == nil {
			out = p.apply(e.Do, c, x.Env, out)
			continue
		}
		out = x.Ask(p, Choice{Of: r.Calls[i], Height: c.Height, Round: p.argument(e.Do, c)}, out)
	}
	return out
}

// Ask looks up what follows from one choice, and fires it. Nothing happens when
// no rule is enabled, or the process has panicked. It is how functions are called, and how the questions of a
// dialect are asked. An observation that is listed as impossible is a defect of
// the rules or of the caller, and panics.
func (x Run) Ask(p *Process, c Choice, out []Output) []Output {
	if p.Panicked {
		return out
	}
	c = p.Bind(c, x.Messages)
	o := p.Observe(c, x.Messages, x.Env)
	if x.Observed != nil {
		x.Observed(o)
	}
	id := x.Table.Next(o)
	switch id {
	case spec.Wait:
		return out
	case spec.Unreachable:
		panic("consensus: an impossible observation arose: " + o.String())
	}
	rule := x.Table.Rule(id)
	if x.Fired != nil {
		x.Fired(Fired{rule, o, c})
	}
	return x.Fire(p, rule, c, out)
}

// argument is the round that a calling effect passes.
func (p *Process) argument(op spec.Op, c Choice) Round {
	switch op {
	case StartFirstRound, CallEnterFirstRound, CallEnterFirstPropose:
		return 0
	case StartNextRound:
		return p.Round + 1
	case CallEnterNextRound:
		return c.Round + 1
	case CallEnterPrevote:
		return p.Round
	}
	return c.Round
}

// Fire is [Run.Fire] for rules that call nothing which asks about messages.
func (p *Process) Fire(t *spec.Table, r *spec.Rule, c Choice, env Environment, out []Output) []Output {
	return Run{Table: t, Env: env}.Fire(p, r, c, out)
}

// Start begins the height: it calls StartRound(0), as line 10 does.
func (p *Process) Start(t *spec.Table, env Environment, out []Output) []Output {
	return Run{Table: t, Env: env}.Ask(p, Choice{Of: StartRound, Height: p.Height}, out)
}

func (p *Process) apply(op spec.Op, c Choice, env Environment, out []Output) []Output {
	vote := func(t VoteType, v Value) []Output {
		extended := t == PrecommitType && v != Nil && asNode(env).Extends(p.Height)
		return append(out, Output{Kind: VoteOutput, Height: p.Height, Round: p.Round, Vote: t, Value: v, Extended: extended})
	}
	schedule := func(k TimeoutKind) []Output {
		return append(out, Output{Kind: TimeoutOutput, Height: p.Height, Round: p.Round, Timeout: k})
	}
	switch op {
	case SetRound:
		p.Round = c.Round
		p.Once34, p.Once36, p.Once47 = false, false, false
	case SetStepPropose:
		p.Step = Propose
	case SetStepPrevote:
		p.Step = Prevote
	case SetStepPrecommit:
		p.Step = Precommit
	case TakeValidValue:
		p.Proposed = p.ValidValue
	case TakeNewValue:
		p.Proposed = env.GetValue()
	case SendProposal:
		out = append(out, Output{Kind: ProposalOutput, Height: p.Height, Round: p.Round, Value: p.Proposed, POLRound: p.ValidRound})
		p.Proposed = Nil
	case SendPrevote:
		return vote(PrevoteType, c.Value)
	case SendPrevoteNil:
		return vote(PrevoteType, Nil)
	case SendPrecommit:
		return vote(PrecommitType, c.Value)
	case SendPrecommitNil:
		return vote(PrecommitType, Nil)
	case SchedulePropose:
		return schedule(TimeoutPropose)
	case SchedulePrevote:
		return schedule(TimeoutPrevote)
	case SchedulePrecommit:
		return schedule(TimeoutPrecommit)
	case LockValueOp:
		p.LockedValue = c.Value
	case LockRoundOp:
		p.LockedRound = p.Round
	case ValidValueOp:
		p.ValidValue = c.Value
	case ValidRoundOp:
		p.ValidRound = p.Round
	case Decide:
		return append(out, Output{Kind: DecisionOutput, Height: p.Height, Round: c.Round, Value: c.Value})
	case NextHeight:
		p.Height++
	case Reset:
		p.LockedValue, p.LockedRound = Nil, -1
		p.ValidValue, p.ValidRound = Nil, -1
		p.Once34, p.Once36, p.Once47 = false, false, false
		p.Held = Held{POLRound: -1, CommitRound: -1}
	case MarkOnce34:
		p.Once34 = true
	case MarkOnce36:
		p.Once36 = true
	case MarkOnce47:
		p.Once47 = true
	default:
		if out, ok := p.applyNode(op, c, out); ok {
			return out
		}
		panic(fmt.Sprintf("consensus: no meaning is defined for effect %s", op))
	}
	return out
}
