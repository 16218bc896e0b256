package refine

import (
	"fmt"
	"slices"
	"strings"

	impl "github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// An act is what was done about an input, in words that both sides share. What
// belongs to the next height is left out.
type act struct {
	value     consensus.Value // that getValue returned
	rules     []string
	outputs   []string // votes and timeouts in order, and the decision
	proposals []string
	decided   bool
	state     impl.State // unless decided
}

// note takes an output of the machine. ok says that it wants the input next.
func (a *act) note(o impl.Output) (next impl.Input, ok bool) {
	if a.decided {
		return next, false
	}
	switch o.Kind {
	case impl.RuleFired:
		a.rules = append(a.rules, o.Rule.String())
	case impl.SendProposal:
		p := o.Proposal
		a.proposals = append(a.proposals, fmt.Sprintf("proposal %d %d %d", p.Round, p.Value[0], p.POLRound))
		return impl.Input{Kind: impl.ProposalInput, Proposal: p, Valid: p.Value != idOf(delivery.Invalid)}, true
	case impl.SendVote:
		v := o.Vote
		a.outputs = append(a.outputs, fmt.Sprintf("%v %d %d", v.Type, v.Round, v.Value[0]))
		return impl.Input{Kind: impl.VoteInput, Vote: v}, true
	case impl.ScheduleTimeout:
		a.outputs = append(a.outputs, fmt.Sprintf("timeout %v %d", o.Timeout.Kind, o.Timeout.Round))
	case impl.ValueWanted:
		return impl.Input{Kind: impl.NewValue, Height: o.Height, Round: o.Round}, true
	case impl.Decision:
		a.outputs = append(a.outputs, fmt.Sprintf("decision %d %d", o.Round, o.Value[0]))
		a.decided = true
	case impl.Refused:
		a.outputs = append(a.outputs, fmt.Sprintf("refused: %v", o.Reason))
	}
	return next, false
}

// actOf is what the rules do, in the same words.
func (k cast) actOf(o delivery.Outcome, p consensus.Process) act {
	a := act{value: o.Value, rules: o.Rules}
	for _, out := range o.Outputs {
		if a.decided {
			break
		}
		switch out.Kind {
		case consensus.ProposalOutput:
			a.proposals = append(a.proposals, fmt.Sprintf("proposal %d %d %d", out.Round, out.Value, out.POLRound))
		case consensus.VoteOutput:
			a.outputs = append(a.outputs, fmt.Sprintf("%v %d %d", impl.VoteType(out.Vote), out.Round, out.Value))
		case consensus.TimeoutOutput:
			a.outputs = append(a.outputs, fmt.Sprintf("timeout %v %d", impl.TimeoutKind(out.Timeout), out.Round))
		case consensus.DecisionOutput:
			a.outputs = append(a.outputs, fmt.Sprintf("decision %d %d", out.Round, out.Value))
			a.decided = true
		case consensus.StepOutput, consensus.PanicOutput: // CometBFT only
		}
	}
	if a.decided {
		// The rule of the decision begins the next height: not compared.
		if i := slices.IndexFunc(a.rules, func(r string) bool { return strings.HasPrefix(r, "L49") }); i >= 0 {
			a.rules = a.rules[:i+1]
		}
		return a
	}
	a.state = impl.State{
		Height: p.Height + height, Round: p.Round, Step: impl.Step(p.Step),
		LockedValue: idOf(p.LockedValue), LockedRound: p.LockedRound,
		ValidValue: idOf(p.ValidValue), ValidRound: p.ValidRound,
		Once34: p.Once34, Once36: p.Once36, Once47: p.Once47,
	}
	return a
}

// same reports whether the machine did what the rules do. A proposal that the
// machine did not make is not missed when it left the round in the same step.
func (a act) same(machine act) bool {
	missing := len(a.proposals) - len(machine.proposals)
	if missing < 0 || !slices.Equal(a.proposals[missing:], machine.proposals) {
		return false
	}
	if missing > 0 && !a.leftProposing() {
		return false
	}
	return slices.Equal(a.rules, machine.rules) && slices.Equal(a.outputs, machine.outputs) &&
		a.decided == machine.decided && (a.decided || a.state == machine.state)
}

// leftProposing reports whether a rule left a round that began with a proposal.
func (a act) leftProposing() bool {
	began := false
	for _, r := range a.rules {
		switch {
		case strings.HasPrefix(r, "L14"):
			began = true
		case began && (r == "L49If" || r == "L55" || r == "L65If"):
			return true
		}
	}
	return false
}

// String lists what was done.
func (a act) String() string {
	words := append(append([]string{"fires " + strings.Join(a.rules, " ")}, a.proposals...), a.outputs...)
	if !a.decided {
		words = append(words, fmt.Sprintf("state %+v", a.state))
	}
	return strings.Join(words, "; ")
}
