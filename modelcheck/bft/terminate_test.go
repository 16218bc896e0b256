package bft_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
)

// TestInquiries: everything is as expected, and the sizes are pinned. Those of a
// violation are of the search up to its depth.
func TestInquiries(t *testing.T) {
	sizes := map[string][3]int{ // states, transitions, depth
		"accountable-b":                     {1207, 3652, 8},
		"accountable-01":                    {81098, 258056, 17},
		"accountable-b0":                    {217724, 694543, 18},
		"framed-01":                         {1744, 3466, 5},
		"terminates-0-from-0":               {26, 70, 8},
		"terminates-b-from-0":               {79, 220, 7},
		"terminates-b0-from-0":              {820, 4160, 17},
		"terminates-01-from-1":              {2611, 18241, 15},
		"terminates-b01-from-1":             {12424, 95535, 24},
		"terminates-b012-from-1":            {19424, 144620, 34},
		"terminates-012b-from-1":            {18054, 128930, 33},
		"terminates-012b0-from-1":           {50122, 394459, 43},
		"terminates-01b2-from-1":            {51648, 390219, 33},
		"terminates-01b20-from-1":           {103088, 784674, 43},
		"terminates-0b12-from-1":            {81425, 642818, 33},
		"terminates-0b120-from-1":           {128706, 968610, 43},
		"terminates-b0-from-0-late-polka":   {1035, 5257, 16},
		"terminates-b0-from-0-locked-value": {810, 3825, 16},
		"terminates-b012-from-1-older-lock": {22578, 163636, 34},
		"terminates-b012-from-1-strict":     {19424, 144620, 34}, // the states of the rules
		"terminates-0-from-0-no-gossip":     {23, 49, 6},
		"terminates-0-from-0-hasty":         {65, 166, 7},
		"terminates-b0-from-0-unordered":    {1957, 9581, 15},
	}
	require.Len(t, sizes, len(bft.Inquiries))
	for i := range bft.Inquiries {
		q := &bft.Inquiries[i]
		t.Run(q.Name, func(t *testing.T) {
			o, err := q.Check(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			require.True(t, o.Finished())
			require.Empty(t, o.Wrong)
			require.Equal(t, sizes[q.Name], [3]int{o.Result.States, o.Result.Transitions, o.Result.Depth})
		})
	}
}

// TestInquiryNotices: an expectation that is not met is reported.
func TestInquiryNotices(t *testing.T) {
	q := bft.Inquiries[4]
	require.Equal(t, "terminates-0-from-0", q.Name)
	q.Violates = "agreement"
	o, err := q.Check(t.Context(), modelcheck.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"agreement is not violated, as it should be"}, o.Wrong)

	q = bft.Inquiries[5]
	require.Equal(t, "terminates-b-from-0", q.Name)
	q.Violates = ""
	o, err = q.Check(t.Context(), modelcheck.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"everyone decides in time is violated"}, o.Wrong)
}

// TestTerminationMutants: each of them has an inquiry that holds without it, and
// says whether it does with it.
func TestTerminationMutants(t *testing.T) {
	for _, m := range bft.TerminationMutants {
		tried := 0
		for _, q := range bft.Inquiries {
			if q.Termination == nil || q.Termination.Wrong != m.Name {
				continue
			}
			tried++
			require.Equal(t, m.Survives, q.Violates == "", q.Name)
			q.Termination.Wrong, q.Violates = "", ""
			o, err := q.Check(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			require.Empty(t, o.Wrong, q.Name)
		}
		require.Equal(t, 1, tried, m.Name)
	}
}

// oneOfFour has one Byzantine validator among four.
func oneOfFour(from int, proposers ...int) bft.Termination {
	return bft.Termination{From: from, Config: bft.Config{Validators: 4, Byzantine: 1, Proposers: proposers}}
}

// TestTerminationIsExact: the plain model, in which nothing that Byzantine
// validators have said is forgotten, has the same states when they are projected.
func TestTerminationIsExact(t *testing.T) {
	for _, c := range []bft.Termination{oneOfFour(0, 0), oneOfFour(0, 0, 1), oneOfFour(0, 0, bft.Byzantine), oneOfFour(0, bft.Byzantine, 0)} {
		if testing.Short() && c.Config.Proposers[0] == bft.Byzantine {
			continue // 398,371 plain states
		}
		r, err := bft.Terminates(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		require.Equal(t, modelcheck.Holds, r.Verdict)
		images, err := bft.TerminationImages(c)
		require.NoError(t, err)
		require.Equal(t, r.States, images, c.Config.Name())
	}
	for _, c := range []bft.Termination{oneOfFour(1, 0), oneOfFour(0, bft.Byzantine)} {
		r, err := bft.TerminatesPlain(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		require.True(t, r.Violates("everyone decides in time"), c.Config.Name())
	}
}

// TestHiddenLock: the shortest run in which a correct proposer is not enough is
// one of the plain model, and ends with a lock that others have outvoted.
func TestHiddenLock(t *testing.T) {
	r, err := bft.Terminates(t.Context(), oneOfFour(1, 0, 1), modelcheck.Options{})
	require.NoError(t, err)
	require.Len(t, r.Violations, 1)
	c := r.Violations[0]
	require.Equal(t, 18, c.Len())
	require.Contains(t, c.Steps[3].Changes, "locked (nil, −1) → (v0, 0)")
	require.Equal(t, "L22Else", c.Steps[13].Rule)
	require.Contains(t, c.Steps[13].Changes, "sends PREVOTE(round 1, nil)")
}

func TestTerminationErrors(t *testing.T) {
	late := oneOfFour(2, 0)
	unknown := oneOfFour(0, 0)
	unknown.Wrong = "nothing"
	for _, c := range []bft.Termination{late, unknown} {
		_, err := bft.Terminates(t.Context(), c, modelcheck.Options{})
		require.ErrorIs(t, err, bft.ErrConfig)
	}
}
