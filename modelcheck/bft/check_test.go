package bft_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
)

const byz = bft.Byzantine

// TestStandard pins the exact size of every model of the standard set, and
// that each is as expected.
func TestStandard(t *testing.T) {
	type size struct {
		states, transitions, depth, deadlocks int
	}
	want := map[string]size{
		"one-round":                  {1_500, 6_796, 12, 48},
		"one-round-byzantine":        {3_430, 16_236, 12, 104},
		"correct-correct":            {569_668, 2_774_626, 26, 16_656},
		"byzantine-correct":          {1_294_378, 6_320_112, 26, 37_644},
		"correct-byzantine":          {1_210_986, 6_285_768, 25, 27_462},
		"weighted":                   {544_540, 2_634_854, 25, 10_728},
		"too-many-one-proposal":      {216, 768, 8, 24},
		"too-many":                   {472, 1_622, 6, 24},
		"too-many-correct-proposers": {4_846, 13_472, 7, 90},
		"three-rounds-pair":          {25_476, 68_600, 27, 978},
		"four-rounds-b012":           {262_196, 1_839_348, 31, 2},
		"four-rounds-0b12":           {343_340, 2_599_772, 30, 2},
		"four-rounds-01b2":           {318_711, 2_393_336, 30, 2},
		"four-rounds-012b":           {208_987, 1_582_866, 30, 2},
		"seven-01":                   {24_113, 192_869, 24, 2},
		"seven-0b":                   {12_748, 110_207, 22, 2},
		"seven-b0":                   {18_677, 161_182, 24, 2},
		"exact-b":                    {3_430, 16_236, 12, 104},
		"exact-01":                   {569_668, 2_774_626, 26, 16_656},
		"exact-too-many":             {43_875, 175_195, 17, 5_480},
		"seven-bb":                   {9_563, 90_048, 22, 2},
	}
	counted := map[string]int{"exact-b": 39, "exact-01": 1_549, "exact-too-many": 598}
	for _, e := range bft.Standard {
		t.Run(e.Name, func(t *testing.T) {
			if !bft.Large && want[e.Name].states > 20_000 {
				t.Skip("too large for the race detector")
			}
			o, err := e.Check(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			r := o.Result
			require.Empty(t, o.Wrong)
			require.True(t, o.Finished())
			require.Equal(t, want[e.Name], size{r.States, r.Transitions, r.Depth, r.Deadlocks})
			require.Equal(t, counted[e.Name], r.Counted)
			if e.Exact {
				c := e.Config
				c.Counted = true
				alone, err := bft.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
				require.NoError(t, err)
				require.Equal(t, r.Counted, alone.States, "the search meets the states that are projected to")
			}
		})
	}
}

func TestMoreCounts(t *testing.T) {
	tests := []struct {
		config                     bft.Config
		states, transitions, depth int
	}{
		{config: bft.Config{Validators: 1, Proposers: []int{0}}, states: 14, transitions: 20, depth: 4},
		{config: bft.Config{Validators: 1, Proposers: []int{0, 0}}, states: 82, transitions: 122, depth: 10},
		{config: bft.Config{Validators: 2, Proposers: []int{0, 1}}, states: 1_484, transitions: 3_642, depth: 18},
		{config: bft.Config{Validators: 3, Proposers: []int{0}}, states: 454, transitions: 1_362, depth: 12},
		{config: bft.Config{Validators: 4, Proposers: []int{0}}, states: 9_212, transitions: 49_408, depth: 16},
		{config: bft.Config{Validators: 5, Byzantine: 1, Proposers: []int{byz}}, states: 23_678, transitions: 127_604, depth: 16},
		{config: bft.Config{Validators: 3, Byzantine: 1, Proposers: []int{0}, Powers: []int64{3, 2, 1}}, states: 82, transitions: 190, depth: 8},
		{config: bft.Config{Validators: 7, Byzantine: 2, Proposers: []int{0}}, states: 194_892, transitions: 1_493_764, depth: 20},
		{config: bft.Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Merged: true}, states: 938, transitions: 2_274, depth: 9},
		{config: bft.Config{Validators: 4, Byzantine: 1, Proposers: []int{0, byz}, Merged: true}, states: 567_734, transitions: 2_011_093, depth: 18},
		// The sizes of packed states: four rounds take more than 128 bits.
		{config: bft.Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1, byz, 0}, Silent: []int{2}}, states: 189_914, transitions: 483_902, depth: 37},
		{config: bft.Config{Validators: 8, Byzantine: 2, Proposers: []int{0, 1}, Silent: []int{0, 1, 2, 3}}, states: 18, transitions: 24, depth: 2},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			if !bft.Large && tt.states > 20_000 {
				t.Skip("too large for the race detector")
			}
			r, err := bft.Check(t.Context(), tt.config, modelcheck.Options{})
			require.NoError(t, err)
			require.Empty(t, r.Violations)
			require.True(t, r.Complete)
			require.Equal(t, [3]int{tt.states, tt.transitions, tt.depth}, [3]int{r.States, r.Transitions, r.Depth})
		})
	}
}

// TestProbe compares with a coarser model, written apart from this one and
// without a rule table: package documentation, "Counts".
func TestProbe(t *testing.T) {
	tests := []struct {
		proposers []int
		states    int
	}{
		{[]int{0}, 1_010},
		{[]int{byz}, 2_212},
		{[]int{0, 1}, 361_356},
		{[]int{byz, 0}, 817_945},
		{[]int{0, byz}, 678_584},
	}
	for _, tt := range tests {
		c := bft.Config{Validators: 4, Byzantine: 1, Proposers: tt.proposers}
		t.Run(c.Rotation(), func(t *testing.T) {
			if len(tt.proposers) > 1 && (!bft.Large || testing.Short()) {
				t.Skip("too large")
			}
			got, err := bft.ProbeStates(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, tt.states, got)
		})
	}
}

// TestGuardsAskForNothingToBeAbsent: in Algorithm 1 whoever has received more
// may follow all the rules that it could follow with less.
func TestGuardsAskForNothingToBeAbsent(t *testing.T) {
	n, err := bft.Losses("paper")
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestSameForAnyNumberOfWorkers(t *testing.T) {
	e, err := bft.Find("seven-01")
	require.NoError(t, err)
	if !bft.Large {
		e, err = bft.Find("one-round-byzantine")
		require.NoError(t, err)
	}
	var first bft.Result
	for workers := 1; workers <= 3; workers++ {
		r, err := bft.Check(t.Context(), e.Config, modelcheck.Options{Workers: workers})
		require.NoError(t, err)
		r.Duration, r.Bytes, r.Figures.Duration, r.Figures.Bytes = 0, 0, 0, 0
		if workers == 1 {
			first = r
		}
		require.Equal(t, first, r)
	}
}

func TestUnusableConfigurations(t *testing.T) {
	tests := []struct {
		config bft.Config
		want   string
	}{
		{bft.Config{}, "0 validators"},
		{bft.Config{Validators: 4, Byzantine: 4, Proposers: []int{0}}, "at least one must be correct"},
		{bft.Config{Validators: 4, Byzantine: -1, Proposers: []int{0}}, "-1 of 4 validators are Byzantine"},
		{bft.Config{Validators: 4, Byzantine: 3, Proposers: []int{0}}, "a quorum by themselves"},
		{bft.Config{Validators: 12, Byzantine: 1, Proposers: []int{0}}, "11 correct validators, at most 10"},
		{bft.Config{Validators: 4}, "0 rounds, want 1 to 6"},
		{bft.Config{Validators: 4, Proposers: make([]int, 7)}, "7 rounds, want 1 to 6"},
		{bft.Config{Validators: 8, Proposers: make([]int, 6)}, "at most 256 are packed"},
		{bft.Config{Validators: 4, Byzantine: 1, Proposers: []int{3}}, "3 is none of the 3 correct validators"},
		{bft.Config{Validators: 4, Proposers: []int{byz}}, "but there is none"},
		{bft.Config{Validators: 4, Proposers: []int{0}, Silent: []int{7}}, "7 is none of"},
		{bft.Config{Validators: 2, Proposers: []int{0}, Powers: []int64{1}}, "1 powers for 2 validators"},
		{bft.Config{Validators: 2, Proposers: []int{0}, Powers: []int64{1, 0}}, "not within"},
		{bft.Config{Dialect: "dutch", Validators: 1, Proposers: []int{0}}, `there is no dialect "dutch"; these can be explored: paper`},
		{bft.Config{Dialect: "cometbft-v0.38", Validators: 1, Proposers: []int{0}}, `dialect "cometbft-v0.38" cannot be explored yet; these can: paper`},
		{bft.Config{Mutant: "x", Validators: 1, Proposers: []int{0}}, `unknown mutant "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			_, err := bft.Check(t.Context(), tt.config, modelcheck.Options{})
			require.ErrorIs(t, err, bft.ErrConfig)
			require.ErrorContains(t, err, tt.want)
		})
	}
	_, err := bft.Find("none")
	require.ErrorContains(t, err, "known: one-round, ")
}

func TestRotations(t *testing.T) {
	require.Equal(t, [][]int{{0, 1}, {0, byz}, {byz, 0}}, bft.Rotations(4, 1, 2))
	require.Equal(t, [][]int{{0, 1}, {0, byz}, {byz, 0}, {byz, byz}}, bft.Rotations(4, 2, 2))
	require.Equal(t, [][]int{{0, byz, 0}, {byz, 0, byz}}, bft.Rotations(2, 1, 3))
	require.Equal(t, [][]int{{0, 0}}, bft.Rotations(1, 0, 2))
	require.Empty(t, bft.Rotations(4, 1, 0))
}

// TestStoppedIsNoPass: a search that is cut short says so.
func TestStoppedIsNoPass(t *testing.T) {
	e, err := bft.Find("correct-correct")
	require.NoError(t, err)

	o, err := e.Check(t.Context(), modelcheck.Options{MaxStates: 1000})
	require.NoError(t, err)
	require.False(t, o.Finished())
	require.Equal(t, modelcheck.Unfinished, o.Result.Verdict)
	require.Equal(t, modelcheck.StateLimit, o.Result.Stopped)
	require.Equal(t, 1000, o.Result.States)

	ctx, cancel := context.WithCancelCause(t.Context())
	tired := errors.New("tired")
	o, err = e.Check(ctx, modelcheck.Options{
		Progress:      func(modelcheck.Progress) { cancel(tired) },
		ProgressEvery: 1,
	})
	require.NoError(t, err)
	require.False(t, o.Finished())
	require.Equal(t, modelcheck.Cancelled, o.Result.Stopped)
	require.ErrorIs(t, o.Result.Cause, tired)
}
