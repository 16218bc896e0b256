package consensus_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A stage is a process that runs the CometBFT dialect, with the votes of its
// height and the inputs that its receiveRoutine would have.
type stage struct {
	table  *spec.Table
	p      consensus.Process
	log    *consensus.Log
	powers []int64
	env    consensus.Environment
	fired  []consensus.Fired // by the last input
}

// newStage is a process at the beginning of height 1, in step newHeight.
func newStage(table *spec.Table, powers []int64, env consensus.Environment) *stage {
	s := &stage{table: table, p: consensus.NewProcess(1), powers: powers, env: env}
	s.p.Step = consensus.NewHeight
	s.newLog()
	return s
}

func (s *stage) newLog() {
	s.log = consensus.NewLog(s.powers, func(v consensus.Value) bool { return v != bad })
}

// ask asks questions as an input does, each once and in order, and returns what
// the process says, in words.
func (s *stage) ask(c consensus.Choice, questions ...*spec.Binding) []string {
	s.fired = s.fired[:0]
	run := consensus.Run{
		Table: s.table, Messages: s.log, Env: s.env,
		Fired: func(f consensus.Fired) { s.fired = append(s.fired, f) },
	}
	h := s.p.Height
	var out []consensus.Output
	for _, q := range questions {
		c.Of = q
		out = run.Ask(&s.p, c, out)
	}
	if s.p.Height != h {
		s.newLog()
	}
	said := make([]string, len(out))
	for i, o := range out {
		said[i] = sayNode(o)
	}
	return said
}

// rules names what fired on the last input.
func (s *stage) rules() string {
	fired := make([]string, len(s.fired))
	for i, f := range s.fired {
		fired[i] = f.Rule.Name
	}
	return strings.Join(fired, " ")
}

// questions are what the event makes the table's dialect ask.
func (s *stage) questions(e consensus.Event) []*spec.Binding {
	if isV1(s.table) {
		return consensus.CometBFTv1Questions[e]
	}
	return consensus.CometBFTv038Questions[e]
}

// isV1 tells the tables of v1 and its mutants from those of v0.38.
func isV1(table *spec.Table) bool {
	return slices.Contains(table.Rules.Bindings, consensus.DoPrevoteV1)
}

func (s *stage) vote(t consensus.VoteType, r consensus.Round, v consensus.Value, validator int) []string {
	s.log.AddVote(t, r, v, validator)
	event := consensus.PrevoteAdded
	if t == consensus.PrecommitType {
		event = consensus.PrecommitAdded
	}
	return s.ask(consensus.Choice{Round: r}, s.questions(event)...)
}

// late is a precommit of the last height.
func (s *stage) late() []string {
	return s.ask(consensus.Choice{}, s.questions(consensus.LatePrecommit)...)
}

// transactions are in the mempool.
func (s *stage) transactions() []string {
	return s.ask(consensus.Choice{}, s.questions(consensus.TransactionsCame)...)
}

// propose takes a proposal of the current round.
func (s *stage) propose(v consensus.Value, polRound consensus.Round) { s.p.TakeProposal(v, polRound) }

// complete takes the last part of the block that is being collected.
func (s *stage) complete(spoilt bool) []string {
	if !s.p.TakeBlock(!spoilt) {
		return nil
	}
	return s.ask(consensus.Choice{}, s.questions(consensus.BlockCompleted)...)
}

func (s *stage) timeout(k consensus.TockKind, r consensus.Round) []string {
	return s.ask(consensus.Choice{Height: s.p.Height, Round: r, Tock: k}, s.questions(consensus.TimeoutDelivered)...)
}

// state translates the state for the comparison with the reference.
func (s *stage) state() refState {
	p := &s.p
	step := csSteps[consensus.NodeStepOf(p.Step)]
	if step == csPrevote && p.Once34 {
		step = csPrevoteWait
	}
	return refState{
		int(p.Height), int(p.Round), step, p.Held.Proposal, int(p.Held.POLRound),
		refHeld{int(p.Held.Block), int(p.Held.Parts), p.Held.Whole},
		int(p.LockedRound),
		refHeld{int(p.LockedValue.Block()), int(p.LockedValue), p.LockedValue != null && p.Held.LockedParts == consensus.LockWhole},
		p.Held.LockedParts == consensus.LockFilling,
		int(p.ValidRound),
		refHeld{int(p.ValidValue.Block()), int(p.ValidValue), p.ValidValue != null},
		int(p.Held.CommitRound), p.Once47, p.Panicked,
	}
}

// sayNode spells an output of a CometBFT node: that of the paper, and the step
// that it logs.
func sayNode(o consensus.Output) string {
	if o.Kind != consensus.StepOutput {
		return say([]consensus.Output{o})
	}
	step := consensus.NodeStep.Variable().Values[consensus.NodeStepOf(o.Step)]
	if o.Step == consensus.Prevote && o.Waiting {
		step = "prevoteWait"
	}
	return fmt.Sprintf("step(%d, %d, %s)", o.Height, o.Round, step)
}
