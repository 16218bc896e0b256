package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

func TestMergingLosesNothing(t *testing.T) {
	tests := []struct {
		config        delivery.Config
		merged, apart int
	}{
		{config: delivery.Config{Validators: 2, Proposers: []int{0}}},
		{config: delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1}},
		{config: delivery.Config{Validators: 2, Proposers: []int{0, 1}}},
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{delivery.Byzantine}, Values: 1, Silent: []int{2}, Equivocation: 1}},
		{config: delivery.Config{Dialect: "cometbft-v0.38", Validators: 3, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer}},
		{config: delivery.Config{Dialect: "cometbft-v0.38", Validators: 2, Proposers: []int{0}, Values: 1, Copies: 1, Queue: delivery.InOrder, Timers: consensus.SingleTimer}},
		{config: delivery.Config{Dialect: "cometbft-v0.38", Validators: 2, Proposers: []int{0}, Crashes: 1, Queue: delivery.InOrder, Timers: consensus.SingleTimer}},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			merged, apart, image, same, err := delivery.MergedAndApart(t.Context(), tt.config)
			require.NoError(t, err)
			t.Log(merged, apart, image)
			require.True(t, same)
		})
	}
}

func TestStepsAreStepsOfTheSoup(t *testing.T) {
	for _, c := range []delivery.Config{
		{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Equivocation: 2},
		{Validators: 4, Byzantine: 1, Proposers: []int{delivery.Byzantine}, Values: 1, Equivocation: 1},
	} {
		t.Run(c.Name(), func(t *testing.T) {
			fired, refused, err := delivery.SoupSteps(t.Context(), c, consensus.Paper)
			require.NoError(t, err)
			require.Empty(t, refused)
			t.Log(fired)
			c.Rules = edited(t, consensus.PaperRules, func(c *spec.Clause) { c.Upon = c.Upon[:1] }, "L36")
			_, refused, err = delivery.SoupSteps(t.Context(), c, consensus.Paper)
			require.NoError(t, err)
			require.NotEmpty(t, refused)
		})
	}
}
