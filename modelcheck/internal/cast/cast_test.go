package cast_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

func TestValidate(t *testing.T) {
	good := cast.Cast{Validators: 4, Byzantine: 1, Proposers: []int{0, cast.Byzantine}, Silent: []int{2}}
	require.NoError(t, good.Validate(3, 2))
	for want, change := range map[string]func(*cast.Cast){
		"0 validators, want at least 1":          func(c *cast.Cast) { c.Validators = 0 },
		"4 of 4 validators are Byzantine":        func(c *cast.Cast) { c.Byzantine = 4 },
		"-1 of 4 validators are Byzantine":       func(c *cast.Cast) { c.Byzantine = -1 },
		"4 correct validators, at most 3":        func(c *cast.Cast) { c.Byzantine = 0 },
		"0 rounds, want 1 to 2":                  func(c *cast.Cast) { c.Proposers = nil },
		"3 rounds, want 1 to 2":                  func(c *cast.Cast) { c.Proposers = []int{0, 1, 2} },
		"proposes, but there is none":            func(c *cast.Cast) { c.Validators, c.Byzantine = 3, 0 },
		"3 is none of the 3 correct validators":  func(c *cast.Cast) { c.Proposers = []int{3} },
		"-2 is none of the 3 correct validators": func(c *cast.Cast) { c.Silent = []int{-2} },
	} {
		c := good
		change(&c)
		require.ErrorContains(t, c.Validate(3, 2), want)
	}
}

func TestNames(t *testing.T) {
	require.Equal(t, "[0 B 2]", cast.Cast{Proposers: []int{0, cast.Byzantine, 2}}.Rotation())
	require.Equal(t, "p3", cast.Process(3))
	for v, name := range map[consensus.Value]string{
		consensus.Nil: "nil", cast.V0: "v0", cast.V1: "v1", cast.Invalid: "invalid", cast.V0.Under(1): "v0/1",
	} {
		require.Equal(t, name, cast.Value(v))
	}
	require.Equal(t, "−1", cast.Round(-1))
	require.Equal(t, "0", cast.Round(0))
}
