package consensus

import (
	"slices"

	"github.com/polka-bft/polka/spec"
	speccons "github.com/polka-bft/polka/spec/consensus"
)

// twin is a machine made of the specification's interpreter and the plainest
// code that can go with it: a list of all messages, walked for every question.
// It shares the value types with Machine and nothing else.
type twin struct {
	vals    *Validators
	self    int
	p       speccons.Process
	started bool
	asked   bool
	kept    []Input         // messages of the height that are held, in order of arrival
	heard   map[[2]int]bool // {round, validator} of far votes that have come near
	far     []Round         // highest far round by validator, −1 for none

	outs  []Output // without RuleFired
	fired []string // rule and observation
}

func newTwin(vals *Validators, self int) *twin {
	t := &twin{vals: vals, self: self, p: speccons.NewProcess(vals.Initial())}
	t.forget()
	return t
}

func (t *twin) forget() {
	t.kept, t.heard, t.far = nil, map[[2]int]bool{}, make([]Round, t.vals.Len())
	for i := range t.far {
		t.far[i] = -1
	}
}

// placeholder is the value that the twin's getValue returns: it stands for the
// answer that comes later.
const placeholder speccons.Value = 1 << 20

func (t *twin) Proposer(height int64, r speccons.Round) bool {
	return t.vals.Proposer(height, r) == t.self
}
func (t *twin) GetValue() speccons.Value { return placeholder }

// The values of tests have names of one letter; nil is 0 on both sides.
func toSpec(v ValueID) speccons.Value   { return speccons.Value(v[0]) }
func fromSpec(v speccons.Value) ValueID { return ValueID{byte(v)} }

func (t *twin) step(in Input) {
	t.outs, t.fired = nil, nil
	if r := t.refusal(in); r != NotRefused {
		t.outs = append(t.outs, Output{Kind: Refused, Reason: r})
		if r != RoundTooFar || in.Kind != VoteInput {
			return
		}
		v := in.Vote
		t.far[v.Validator] = max(t.far[v.Validator], v.Round)
		t.run()
		return
	}
	switch in.Kind {
	case Start:
		t.started = true
		c := speccons.Choice{Of: speccons.StartRound}
		t.note(speccons.Paper.Next(t.p.Observe(c, t, t)), t.p.Observe(c, t, t))
		t.emit(t.p.Start(speccons.Paper, t, nil))
	case ProposalInput, VoteInput:
		t.kept = append(t.kept, in)
	case TimeoutInput:
		c := speccons.Choice{
			Of: speccons.OnTimeout, Height: in.Timeout.Height, Round: in.Timeout.Round,
			Timeout: speccons.TimeoutKind(in.Timeout.Kind),
		}
		if id := speccons.Paper.Next(t.p.Observe(c, t, t)); id != spec.Wait {
			t.fire(id, c)
		}
	case NewValue:
		t.asked = false
		t.outs = append(t.outs, Output{Kind: SendProposal, Proposal: Proposal{
			Height: t.p.Height, Round: t.p.Round, POLRound: t.p.ValidRound, Value: in.Value,
		}})
		return
	}
	t.run()
}

// run fires the most urgent rule of all choices until there is none.
func (t *twin) run() {
	for {
		var best spec.RuleID
		var with speccons.Choice
		for _, c := range t.choices() {
			id := speccons.Paper.Next(t.p.Observe(c, t, t))
			if id == spec.Unreachable {
				panic("twin: an impossible observation")
			}
			if id != spec.Wait && (best == spec.Wait || speccons.Paper.Rule(id).Rank < speccons.Paper.Rule(best).Rank) {
				best, with = id, c
			}
		}
		if best == spec.Wait {
			return
		}
		t.fire(best, with)
	}
}

// choices lists every choice of free variables that a rule could be about.
func (t *twin) choices() []speccons.Choice {
	cs := []speccons.Choice{{Of: speccons.OnVotes}}
	rounds := map[Round]bool{t.p.Round: true}
	for _, in := range t.kept {
		rounds[in.Proposal.Round] = true // 0 for votes
		rounds[in.Vote.Round] = true     // 0 for proposals
	}
	for _, r := range t.far {
		rounds[r] = true
	}
	for k := range t.heard {
		rounds[Round(k[0])] = true
	}
	for _, in := range t.kept {
		if in.Kind != ProposalInput {
			continue
		}
		v := toSpec(in.Proposal.Value)
		cs = append(cs, speccons.Choice{Of: speccons.OnDecision, Round: in.Proposal.Round, Value: v})
		if in.Proposal.Round == t.p.Round {
			cs = append(cs, speccons.Choice{Of: speccons.OnProposal, Value: v, POLRound: in.Proposal.POLRound})
		}
	}
	for _, in := range t.kept {
		if in.Kind != VoteInput || in.Vote.Value.IsNil() {
			continue
		}
		v := toSpec(in.Vote.Value)
		cs = append(cs, speccons.Choice{Of: speccons.OnDecision, Round: in.Vote.Round, Value: v})
		if in.Vote.Round == t.p.Round && !t.Proposed(t.p.Round, v, speccons.AnyPOLRound) {
			cs = append(cs, speccons.Choice{Of: speccons.OnProposal, Value: v, POLRound: -1})
		}
	}
	for r := range rounds {
		if r > t.p.Round {
			cs = append(cs, speccons.Choice{Of: speccons.OnLaterRound, Round: r})
		}
	}
	return cs
}

// fire fires a rule and notes it, and the rule of StartRound when it calls it.
func (t *twin) fire(id spec.RuleID, c speccons.Choice) {
	r := speccons.Paper.Rule(id)
	t.note(id, t.p.Observe(c, t, t))
	height := t.p.Height
	outs := t.p.Fire(speccons.Paper, r, c, t, nil)
	if t.p.Height != height {
		t.forget()
	}
	for _, e := range r.Effects {
		if speccons.PaperRules.Calls[e.Do] == nil {
			continue
		}
		// StartRound changes nothing that it asks about.
		o := t.p.Observe(speccons.Choice{Of: speccons.StartRound, Round: t.p.Round}, t, t)
		t.note(speccons.Paper.Next(o), o)
		t.asked = false
		t.approach()
	}
	t.emit(outs)
}

// approach makes far votes that are near now count as heard of.
func (t *twin) approach() {
	for v, r := range t.far {
		if r >= 0 && r <= t.p.Round+Lookahead {
			t.heard[[2]int{int(r), v}] = true
			t.far[v] = -1
		}
	}
}

func (t *twin) note(id spec.RuleID, o spec.Observation) {
	t.fired = append(t.fired, speccons.Paper.Rule(id).Name+" "+o.String())
}

// emit translates the outputs of the specification.
func (t *twin) emit(outs []speccons.Output) {
	for _, o := range outs {
		switch o.Kind {
		case speccons.ProposalOutput:
			if o.Value == placeholder {
				t.asked = true
				t.outs = append(t.outs, Output{Kind: ValueWanted, Height: o.Height, Round: o.Round})
				continue
			}
			t.outs = append(t.outs, Output{Kind: SendProposal, Proposal: Proposal{
				Height: o.Height, Round: o.Round, POLRound: o.POLRound, Value: fromSpec(o.Value),
			}})
		case speccons.VoteOutput:
			if t.self >= 0 {
				t.outs = append(t.outs, Output{Kind: SendVote, Vote: Vote{
					Type: VoteType(o.Vote), Height: o.Height, Round: o.Round, Value: fromSpec(o.Value), Validator: t.self,
				}})
			}
		case speccons.TimeoutOutput:
			t.outs = append(t.outs, Output{Kind: ScheduleTimeout, Timeout: Timeout{
				Kind: TimeoutKind(o.Timeout), Height: o.Height, Round: o.Round,
			}})
		case speccons.DecisionOutput:
			t.outs = append(t.outs, Output{Kind: Decision, Height: o.Height, Round: o.Round, Value: fromSpec(o.Value)})
		}
	}
}

func (t *twin) state() State {
	return State{
		Height: t.p.Height, Round: t.p.Round, Step: Step(t.p.Step),
		LockedValue: fromSpec(t.p.LockedValue), LockedRound: t.p.LockedRound,
		ValidValue: fromSpec(t.p.ValidValue), ValidRound: t.p.ValidRound,
		Once34: t.p.Once34, Once36: t.p.Once36, Once47: t.p.Once47,
	}
}

// refusal is the documented bounds, without any bookkeeping.
func (t *twin) refusal(in Input) Reason {
	height := func(h int64) Reason {
		switch {
		case h < t.p.Height:
			return EarlierHeight
		case h > t.p.Height:
			return LaterHeight
		}
		return NotRefused
	}
	switch {
	case in.Kind > NewValue:
		return UnknownKind
	case in.Kind == Start && t.started:
		return AlreadyStarted
	case in.Kind != Start && !t.started:
		return NotStarted
	}
	switch in.Kind {
	case VoteInput:
		v := in.Vote
		switch {
		case v.Type > Precommit:
			return UnknownKind
		case v.Validator < 0 || v.Validator >= t.vals.Len():
			return UnknownValidator
		case v.Round < 0 || v.Round > MaxRound:
			return BadRound
		case height(v.Height) != NotRefused:
			return height(v.Height)
		case v.Round > t.p.Round+Lookahead:
			return RoundTooFar
		}
		return t.refuseVote(v)
	case ProposalInput:
		p := in.Proposal
		switch {
		case p.Round < 0 || p.Round > MaxRound || p.POLRound < -1:
			return BadRound
		case p.Value.IsNil():
			return NoValue
		case height(p.Height) != NotRefused:
			return height(p.Height)
		case p.Round > t.p.Round+Lookahead:
			return RoundTooFar
		}
		return t.refuseProposal(p)
	case TimeoutInput:
		if in.Timeout.Kind > TimeoutPrecommit {
			return UnknownKind
		}
	case NewValue:
		if in.Value.IsNil() {
			return NoValue
		}
		if !t.asked || t.p.Step != speccons.Propose || in.Round != t.p.Round || in.Height != 0 && in.Height != t.p.Height {
			return NotWanted
		}
	}
	return NotRefused
}

func (t *twin) refuseVote(v Vote) Reason {
	values := map[ValueID]bool{}
	for _, in := range t.kept {
		w := in.Vote
		if in.Kind == VoteInput && w.Type == v.Type && w.Round == v.Round && w.Validator == v.Validator {
			values[w.Value] = true
		}
	}
	switch {
	case values[v.Value]:
		return Duplicate
	case len(values) < 2, t.someCorrect(v.Type, v.Round, v.Value):
		return NotRefused
	}
	return TooManyValues
}

func (t *twin) refuseProposal(p Proposal) Reason {
	n, known := 0, false
	for _, in := range t.kept {
		if in.Kind != ProposalInput || in.Proposal.Round != p.Round {
			continue
		}
		n++
		if in.Proposal.Value == p.Value {
			known = true
			if in.Proposal.POLRound == p.POLRound {
				return Duplicate
			}
		}
	}
	supported := t.someCorrect(Prevote, p.Round, p.Value) || t.someCorrect(Precommit, p.Round, p.Value)
	if n < 2 || supported && !known {
		return NotRefused
	}
	return TooManyValues
}

func (t *twin) someCorrect(vt VoteType, r Round, v ValueID) bool {
	return speccons.OneThird(t.Power(speccons.VoteType(vt), r, toSpec(v)), t.Total())
}

// The messages of the specification, read from the list.

func (t *twin) Total() int64 { return t.vals.Total() }

// sum is the power of the senders of the messages that match.
func (t *twin) sum(match func(Input) (sender int, ok bool)) int64 {
	var senders []int
	for _, in := range t.kept {
		if s, ok := match(in); ok && !slices.Contains(senders, s) {
			senders = append(senders, s)
		}
	}
	var power int64
	for _, s := range senders {
		power += t.vals.Power(s)
	}
	return power
}

func (t *twin) Power(vt speccons.VoteType, r Round, v speccons.Value) int64 {
	return t.sum(func(in Input) (int, bool) {
		w := in.Vote
		return w.Validator, in.Kind == VoteInput && w.Type == VoteType(vt) && w.Round == r && toSpec(w.Value) == v
	})
}

func (t *twin) AnyPower(vt speccons.VoteType, r Round) int64 {
	return t.sum(func(in Input) (int, bool) {
		return in.Vote.Validator, in.Kind == VoteInput && in.Vote.Type == VoteType(vt) && in.Vote.Round == r
	})
}

func (t *twin) MessagePower(r Round) int64 {
	var power int64
	for v := range t.vals.Len() {
		sent := t.far[v] == r || t.heard[[2]int{int(r), v}]
		for _, in := range t.kept {
			sent = sent || in.Kind == VoteInput && in.Vote.Round == r && in.Vote.Validator == v
			sent = sent || in.Kind == ProposalInput && in.Proposal.Round == r && t.vals.Proposer(t.p.Height, r) == v
		}
		if sent {
			power += t.vals.Power(v)
		}
	}
	return power
}

func (t *twin) Proposed(r Round, v speccons.Value, polRound Round) bool {
	return slices.ContainsFunc(t.kept, func(in Input) bool {
		p := in.Proposal
		return in.Kind == ProposalInput && p.Round == r && toSpec(p.Value) == v && (polRound == speccons.AnyPOLRound || p.POLRound == polRound)
	})
}

// Valid: validity is a function of the value; only Z is invalid.
func (t *twin) Valid(v speccons.Value) bool { return v != 'Z' }

func (t *twin) Leader(vt speccons.VoteType, r Round) (best speccons.Value, most int64) {
	for v := range speccons.Value(256) {
		if p := t.Power(vt, r, v); p > most {
			best, most = v, p
		}
	}
	return best, most
}
