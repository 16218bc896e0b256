package consensus

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// checkAgainstTwin drives a machine and its twin with the same inputs, sensible
// ones and others, and compares them after each. It counts the rules in fired,
// unless that is nil.
func checkAgainstTwin(t *rapid.T, fired map[Rule]int) {
	powers := rapid.SliceOfN(rapid.Int64Range(1, 6), 1, 5).Draw(t, "powers")
	vals, err := NewValidators(rapid.Int64Range(1, 3).Draw(t, "initial"), powers)
	require.NoError(t, err)
	self := rapid.IntRange(-1, len(powers)-1).Draw(t, "self")
	m, err := New(Config{Validators: vals, Self: self})
	require.NoError(t, err)
	d := &driver{t: t, m: m, twin: newTwin(vals, self), vals: vals, fired: fired}
	if rapid.IntRange(0, 9).Draw(t, "early") == 0 {
		d.step(d.vote())
	}
	d.step(Input{Kind: Start})
	for range rapid.IntRange(0, 250).Draw(t, "inputs") {
		d.step(d.input())
	}
}

// driver draws inputs that have a chance to matter in the present state.
type driver struct {
	t     *rapid.T
	m     *Machine
	twin  *twin
	vals  *Validators
	again []Input // our own messages and timeouts, which may come back

	fired map[Rule]int // over all drivers of a test; may be nil
}

func (d *driver) count(r Rule) {
	if d.fired != nil {
		d.fired[r]++
	}
}

func (d *driver) step(in Input) {
	var outs []Output
	var fired []string
	for _, o := range d.m.Step(in) {
		if o.Kind == RuleFired {
			d.count(o.Rule)
			fired = append(fired, o.Rule.String()+" "+o.Observation.String())
			continue
		}
		outs = append(outs, o)
	}
	d.twin.step(in)
	require.Equal(d.t, d.twin.fired, fired, "rules fired on %+v", in)
	require.Equal(d.t, d.twin.outs, outs, "outputs on %+v", in)
	require.Equal(d.t, d.twin.state(), d.m.State(), "state after %+v", in)
	for _, o := range outs {
		switch o.Kind {
		case SendProposal:
			d.again = append(d.again, Input{Kind: ProposalInput, Proposal: o.Proposal, Valid: d.valid(o.Proposal.Value)})
		case SendVote:
			d.again = append(d.again, Input{Kind: VoteInput, Vote: o.Vote})
		case ScheduleTimeout:
			d.again = append(d.again, Input{Kind: TimeoutInput, Timeout: o.Timeout})
		}
	}
}

func (d *driver) valid(v ValueID) bool { return v != named("Z") }

func (d *driver) input() Input {
	switch rapid.SampledFrom([]string{"vote", "vote", "votes", "votes", "proposal", "again", "again", "timeout", "value", "start"}).Draw(d.t, "kind") {
	case "votes":
		// The same vote of everyone but the last validator, who may follow.
		v := d.vote()
		for i := range d.vals.Len() - 1 {
			v.Vote.Validator = i
			d.step(v)
		}
		v.Vote.Validator = d.vals.Len() - 1
		return v
	case "proposal":
		v := d.value()
		return Input{Kind: ProposalInput, Valid: d.valid(v), Proposal: Proposal{
			Height: d.height(), Round: d.round(), POLRound: d.round() - 1, Value: v,
		}}
	case "again":
		if len(d.again) > 0 {
			return rapid.SampledFrom(d.again).Draw(d.t, "which")
		}
	case "timeout":
		return Input{Kind: TimeoutInput, Timeout: Timeout{
			Kind: TimeoutKind(rapid.IntRange(0, 3).Draw(d.t, "timeout")), Height: d.height(), Round: d.round(),
		}}
	case "value":
		in := Input{Kind: NewValue, Value: d.value(), Round: d.round()}
		if rapid.Bool().Draw(d.t, "named") {
			in.Height = d.height()
		}
		return in
	case "start":
		return Input{Kind: Start}
	}
	return d.vote()
}

func (d *driver) vote() Input {
	v := Vote{
		Type: VoteType(rapid.IntRange(0, 1).Draw(d.t, "type")), Height: d.height(), Round: d.round(),
		Validator: rapid.IntRange(0, d.vals.Len()-1).Draw(d.t, "from"),
	}
	if rapid.IntRange(0, 3).Draw(d.t, "nil") > 0 {
		v.Value = d.value()
	}
	return Input{Kind: VoteInput, Vote: v}
}

// value draws a value; Z is invalid.
func (d *driver) value() ValueID {
	return named(rapid.SampledFrom([]string{"A", "A", "A", "A", "B", "B", "C", "D", "Z"}).Draw(d.t, "value"))
}

func (d *driver) height() int64 {
	h := d.m.State().Height
	if rapid.IntRange(0, 14).Draw(d.t, "otherHeight") == 0 {
		h += rapid.Int64Range(-1, 1).Draw(d.t, "height")
	}
	return h
}

// round draws a round: mostly the current one, or one beside it.
func (d *driver) round() Round {
	r := d.m.State().Round
	switch rapid.IntRange(0, 9).Draw(d.t, "where") {
	case 0:
		return r + 1
	case 1:
		return r + rapid.Int32Range(2, 3*Lookahead).Draw(d.t, "ahead")
	case 2, 3:
		return rapid.Int32Range(-1, r).Draw(d.t, "behind")
	}
	return r
}

func TestMachineIsItsTwin(t *testing.T) {
	fired := map[Rule]int{}
	rapid.Check(t, func(t *rapid.T) { checkAgainstTwin(t, fired) })
	t.Logf("rules fired: %v", fired)
}

func FuzzMachineIsItsTwin(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { checkAgainstTwin(t, nil) }))
}

// checkHostile: no input makes Step panic, and a refused one has no effect.
func checkHostile(t *rapid.T) {
	vals, err := NewValidators(1, []int64{3, 2, 2})
	require.NoError(t, err)
	m, err := New(Config{Validators: vals, Self: rapid.IntRange(-1, 2).Draw(t, "self")})
	require.NoError(t, err)
	round := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-2, 3), rapid.SampledFrom([]int32{math.MaxInt32, math.MinInt32, MaxRound, MaxRound + 1}))
	height := rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 2), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64}))
	value := rapid.SampledFrom([]ValueID{NilID, {1}, {2}, {31: 3}})
	in := rapid.Custom(func(t *rapid.T) Input {
		return Input{
			Kind:     InputKind(rapid.OneOf(rapid.Uint8(), rapid.Uint8Range(0, 5)).Draw(t, "kind")),
			Proposal: Proposal{height.Draw(t, "ph"), round.Draw(t, "pr"), round.Draw(t, "pol"), value.Draw(t, "pv")},
			Valid:    rapid.Bool().Draw(t, "valid"),
			Vote: Vote{
				VoteType(rapid.Uint8Range(0, 3).Draw(t, "vt")), height.Draw(t, "vh"), round.Draw(t, "vr"), value.Draw(t, "vv"),
				rapid.OneOf(rapid.Int(), rapid.IntRange(-1, 3)).Draw(t, "from"),
			},
			Timeout: Timeout{TimeoutKind(rapid.Uint8Range(0, 4).Draw(t, "tk")), height.Draw(t, "th"), round.Draw(t, "tr")},
			Value:   value.Draw(t, "nv"), Height: height.Draw(t, "nh"), Round: round.Draw(t, "nr"),
		}
	})
	for range 40 {
		before := m.State()
		outs := m.Step(in.Draw(t, "in"))
		if len(outs) == 1 && outs[0].Kind == Refused {
			require.NotEqual(t, NotRefused, outs[0].Reason)
			require.Equal(t, before, m.State())
		}
		m.Step(Input{Kind: Start})
	}
}

func TestHostileInput(t *testing.T) { rapid.Check(t, checkHostile) }

func FuzzHostileInput(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkHostile)) }

func TestConfig(t *testing.T) {
	vals, err := NewValidators(5, []int64{1, 1})
	require.NoError(t, err)
	for _, bad := range []Config{
		{},
		{Validators: vals, Self: 2},
		{Validators: vals, Self: -2},
		{Validators: vals, Height: 4},
		{Validators: vals, Height: -1},
	} {
		_, err := New(bad)
		require.Error(t, err, "%+v", bad)
	}
	m, err := New(Config{Validators: vals})
	require.NoError(t, err)
	require.Equal(t, State{Height: 5, LockedRound: -1, ValidRound: -1}, m.State())
}

func TestImpossibleObservationPanics(t *testing.T) {
	o := observeVotes(StepPropose, prevotesFew, precommitsFew, once34Done, once47NotYet)
	require.PanicsWithValue(t, "consensus: an impossible observation: "+o.String(), func() { lookUp(o) })
}
