package refine_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	impl "github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/refine"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The machine does what the rules say, in every position of every process of
// these instances, after every order of inputs.
func TestMachineDoesWhatTheRulesSay(t *testing.T) {
	tests := []struct {
		config        delivery.Config
		states, steps int // of all processes
		large         bool
	}{
		{config: delivery.Config{Validators: 1, Proposers: []int{0}}, states: 2, steps: 0},
		{config: delivery.Config{Validators: 1, Proposers: []int{0}, Queue: delivery.AnyOrder}, states: 8, steps: 8},
		{config: delivery.Config{Validators: 2, Proposers: []int{0}}, states: 322, steps: 568},
		{config: delivery.Config{Validators: 2, Proposers: []int{0}, Queue: delivery.AnyOrder}, states: 646, steps: 1_313},
		{config: delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1}, states: 1_436, steps: 3_843},
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{delivery.Byzantine}, Values: 1, Equivocation: 1, Silent: []int{2}}, states: 16_522, steps: 48_530},
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Equivocation: 1}, states: 69_031, steps: 255_266, large: true},
		{config: delivery.Config{Validators: 2, Proposers: []int{0, 1}, Values: 1}, states: 3_958, steps: 10_460},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			if tt.large && (!large || testing.Short()) {
				t.Skip("too large")
			}
			results, err := refine.Check(t.Context(), tt.config, refine.Options{})
			require.NoError(t, err)
			states, steps := 0, 0
			for _, r := range results {
				if r.Difference != nil {
					t.Fatalf("p%d:\n%v", r.Self, r.Difference)
				}
				require.True(t, r.Complete)
				states, steps = states+r.States, steps+r.Steps
			}
			require.Equal(t, [2]int{tt.states, tt.steps}, [2]int{states, steps})
		})
	}
}

// priority puts one clause before another.
func priority(first, second string) func(*spec.Rules) {
	return func(r *spec.Rules) {
		at := func(key string) int {
			return slices.IndexFunc(r.Priority, func(p spec.Precedence) bool { return p.Key == key })
		}
		moved := r.Priority[at(first)]
		r.Priority = slices.Insert(slices.Delete(slices.Clone(r.Priority), at(first), at(first)+1), at(second), moved)
	}
}

// without leaves an effect of a clause out.
func without(key string, op spec.Op) func(*spec.Rules) {
	return func(r *spec.Rules) {
		r.Clauses = slices.Clone(r.Clauses)
		for i := range r.Clauses {
			c := &r.Clauses[i]
			if c.Key() != key {
				continue
			}
			for _, es := range []*spec.Effects{&c.First, &c.Then, &c.Else, &c.Finally} {
				*es = slices.DeleteFunc(slices.Clone(*es), func(e spec.Effect) bool { return e.Do == op })
			}
		}
	}
}

// leaveOut drops the outputs of a kind.
func leaveOut(kind impl.OutputKind) func([]impl.Output) []impl.Output {
	return func(outs []impl.Output) []impl.Output {
		return slices.DeleteFunc(outs, func(o impl.Output) bool { return o.Kind == kind })
	}
}

// A comparison that could not fail would prove nothing: other rules, and a
// machine that puts out something else, are noticed.
func TestDifferencesAreFound(t *testing.T) {
	c := delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1}
	tests := []struct {
		name  string
		edit  func(*spec.Rules)
		spoil func([]impl.Output) []impl.Output
		want  string
	}{
		{name: "a timer before a vote", edit: priority("L34", "L36"), want: "L34"},
		{name: "validRound is not kept", edit: without("L36", consensus.ValidRoundOp), want: "ValidRound:-1"},
		{name: "a precommit is not sent", edit: without("L36", consensus.SendPrecommit), want: "precommit 0 1"},
		{name: "the machine schedules nothing", spoil: leaveOut(impl.ScheduleTimeout), want: "timeout prevote 0"},
		{name: "the machine does not vote", spoil: leaveOut(impl.SendVote), want: "prevote 0 1"},
		{name: "the machine does not decide", spoil: leaveOut(impl.Decision), want: "decision 0 1"},
		{
			name: "the machine votes for something else", want: "prevote 0 2",
			spoil: func(outs []impl.Output) []impl.Output {
				for i := range outs {
					if outs[i].Kind == impl.SendVote && !outs[i].Vote.Value.IsNil() {
						outs[i].Vote.Value[0]++
					}
				}
				return outs
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := c
			if tt.edit != nil {
				rules := *consensus.PaperRules
				tt.edit(&rules)
				table, err := spec.CompileMutant(&rules)
				require.NoError(t, err)
				c.Rules = table
			}
			results, err := refine.Check(t.Context(), c, refine.Options{Break: tt.spoil})
			require.NoError(t, err)
			found := slices.IndexFunc(results, func(r refine.Result) bool { return r.Difference != nil })
			require.GreaterOrEqual(t, found, 0)
			text := results[found].Difference.String()
			require.Contains(t, text, "the rules:")
			require.Contains(t, text, tt.want)
		})
	}
}

func TestUnusableConfigurations(t *testing.T) {
	for want, c := range map[string]delivery.Config{
		"runs the paper":       {Dialect: "cometbft-v0.38", Validators: 1, Proposers: []int{0}},
		"nor crashes":          {Validators: 1, Proposers: []int{0}, Crashes: 1},
		"want an equivocation": {Validators: 4, Byzantine: 1, Proposers: []int{0}},
		"not a rotation":       {Validators: 2, Proposers: []int{0, 0}},
		"more rounds":          {Validators: 1, Proposers: []int{0, 0}},
		"0 validators":         {},
	} {
		_, err := refine.Check(t.Context(), c, refine.Options{})
		require.ErrorContains(t, err, want)
	}
}
