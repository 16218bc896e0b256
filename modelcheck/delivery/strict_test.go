package delivery_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// What is read off a node is what a process of the paper has, wherever it rests.
func TestReadingAsPaper(t *testing.T) {
	tests := []struct {
		config delivery.Config
		read   int
	}{
		{config: delivery.Config{Validators: 3, Proposers: []int{0}, Queue: delivery.InOrder}, read: 5_046},
		{config: delivery.Config{Validators: 2, Proposers: []int{0, 1}}, read: 33_790},
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Equivocation: 1}, read: 15_516},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			read, wrong, err := delivery.ReadAsPaper(t.Context(), delivery.Whole(tt.config))
			require.NoError(t, err)
			require.Equal(t, tt.read, read)
			require.Zero(t, wrong)
		})
	}
}

// dropped compiles the rules of the paper without a clause.
func dropped(t *testing.T, key string) *spec.Table {
	t.Helper()
	rules := *consensus.PaperRules
	rules.Clauses = slices.DeleteFunc(slices.Clone(rules.Clauses), func(c spec.Clause) bool { return c.Key() == key })
	rules.Priority = slices.DeleteFunc(slices.Clone(rules.Priority), func(p spec.Precedence) bool { return p.Key == key })
	require.Len(t, rules.Clauses, len(consensus.PaperRules.Clauses)-1)
	table, err := spec.CompileMutant(&rules)
	require.NoError(t, err)
	return table
}

// The paper leaves no line undone. Without a rule, or without the timeout that
// leads to one, it does.
func TestLinesLeftUndone(t *testing.T) {
	oneRound := delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, AllValid: true, Silent: []int{2}, Strict: true}
	nobody := oneRound
	nobody.Proposers = []int{byz}
	lied := delivery.Config{
		Validators: 4, Byzantine: 2, Proposers: []int{byz, byz}, Values: 1, AllValid: true, Silent: []int{1}, Equivocation: 1,
		Backs: []consensus.Value{delivery.V0, consensus.Nil}, Strict: true,
	}
	twoRounds := delivery.Config{Validators: 2, Proposers: []int{0, 1}, Values: 1, AllValid: true, Strict: true}
	tests := []struct {
		name   string
		config delivery.Config
		rules  *spec.Table
		by     string
		steps  int
	}{
		{name: "no line 22", config: oneRound, rules: dropped(t, "L22"), by: "line 22 is not idle"},
		{name: "no line 28", config: lied, rules: dropped(t, "L28"), by: "line 28 is not idle", steps: 5},
		{name: "no line 34", config: oneRound, rules: dropped(t, "L34"), by: "line 34 is not idle", steps: 3},
		{name: "no line 36", config: oneRound, rules: dropped(t, "L36"), by: "line 36 is not idle", steps: 3},
		{name: "no line 44", config: nobody, rules: dropped(t, "L44"), by: "line 44 is not idle", steps: 4},
		{name: "no line 47", config: oneRound, rules: dropped(t, "L47"), by: "line 47 is not idle", steps: 7},
		{name: "no line 49", config: oneRound, rules: dropped(t, "L49"), by: "line 49 is not idle", steps: 7},
		{name: "no line 55", config: twoRounds, rules: dropped(t, "L55"), by: "line 55 is not idle", steps: 8},
		{name: "no timeoutPropose", config: oneRound, rules: edited(t, consensus.PaperRules, without(consensus.SchedulePropose), "L20"), by: "line 57 will come"},
		{name: "no timeoutPrevote", config: oneRound, rules: edited(t, consensus.PaperRules, without(consensus.SchedulePrevote), "L34"), by: "line 61 will come", steps: 3},
		{name: "no timeoutPrecommit", config: twoRounds, rules: edited(t, consensus.PaperRules, without(consensus.SchedulePrecommit), "L47"), by: "line 65 will come", steps: 6},
	}
	for _, c := range []delivery.Config{oneRound, nobody, lied, twoRounds} {
		r, err := delivery.Check(t.Context(), c, delivery.Options)
		require.NoError(t, err)
		require.True(t, r.Complete)
		require.Empty(t, r.Violations)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.config
			c.Rules = tt.rules
			r, err := delivery.Check(t.Context(), c, delivery.Options)
			require.NoError(t, err)
			requireShortest(t, &r, tt.by, tt.steps)
		})
	}
}

// requireShortest demands that a property is violated, after so many steps.
func requireShortest(t *testing.T, r *delivery.Result, property string, steps int) {
	t.Helper()
	i := slices.IndexFunc(r.Violations, func(v delivery.Counterexample) bool { return v.Property.Name == property })
	require.GreaterOrEqual(t, i, 0, "%s is not violated", property)
	require.Equal(t, steps, r.Violations[i].Len())
}

// A lock is dropped in v0.38 once the others can outvote it, for which the
// instances of costs are too small: here a locked node does not prevote its lock.
func TestLocksLastCanFail(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("it takes some seconds")
	}
	at := slices.IndexFunc(delivery.Costings, func(c delivery.Costing) bool { return c.Name == "two-rounds-faulty" })
	c, ok := delivery.Costings[at].In(node)
	require.True(t, ok)
	c.Rules = edited(t, consensus.CometBFTv038Rules, func(c *spec.Clause) {
		c.Then = spec.Effects{spec.Does(26, "sign and queue PREVOTE(h, round, nil)", consensus.SendPrevoteNil)}
	}, "enterPrevote.locked")
	r, err := delivery.Check(t.Context(), c, delivery.Options)
	require.NoError(t, err)
	requireShortest(t, &r, "locks last", 16)
}

// What is asked is the same of merged processes, and of processes that have
// exchanged their names.
func TestStrictLosesNothing(t *testing.T) {
	c := delivery.Config{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, AllValid: true, Timers: one, Strict: true}
	merged, apart, image, same, err := delivery.MergedAndApart(t.Context(), c)
	require.NoError(t, err)
	require.True(t, same)
	require.Equal(t, [3]int{1_611, 48_842, 1_611}, [3]int{merged, apart, image})
	symmetric, whole, same, err := delivery.SymmetricAndNot(t.Context(), c)
	require.NoError(t, err)
	require.True(t, same)
	require.Equal(t, [2]int{835, 1_611}, [2]int{symmetric, whole})
}

func TestStrictIsRefused(t *testing.T) {
	c := delivery.Config{Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{0}, Timers: one, Strict: true}
	require.NoError(t, c.Validate())
	crash, split := c, c
	crash.Crashes, split.Split = 1, true
	require.ErrorContains(t, crash.Validate(), "strict goes neither with a split block")
	require.ErrorIs(t, split.Validate(), delivery.ErrConfig)
}
