package bft_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/counterexample"
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
			if !bft.Large && sizes[q.Name][0] > 20_000 {
				t.Skip("too large for the race detector")
			}
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
			right := *q.Termination
			right.Wrong = ""
			q.Termination, q.Violates = &right, ""
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
		if (!bft.Large || testing.Short()) && c.Config.Proposers[0] == bft.Byzantine {
			continue // 398,371 plain states
		}
		r, err := bft.Terminates(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		require.Equal(t, modelcheck.Holds, r.Verdict)
		images, err := bft.TerminationImages(c)
		require.NoError(t, err)
		require.Equal(t, r.States, images, c.Config.Name())
	}
	ungossiped := oneOfFour(0, 0)
	ungossiped.Wrong = "no gossip"
	for _, c := range []bft.Termination{ungossiped, oneOfFour(0, bft.Byzantine)} {
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
	require.Equal(t, 21, c.Len())
	require.Contains(t, c.Steps[3].Changes, "locked (nil, −1) → (v0, 0)")
	require.Contains(t, c.Steps[3].Changes, "relies on PREVOTE(round 0, v0) of b0")
	require.Equal(t, "L22Else", c.Steps[13].Rule)
	require.Contains(t, c.Steps[13].Changes, "sends PREVOTE(round 1, nil)")
}

// TestReplayTermination: what was found stands; with one word changed it is refuted in
// that step; it does not end before something must happen; and where rounds are
// timely earlier, one of its timeouts does not expire.
func TestReplayTermination(t *testing.T) {
	for i := range bft.Inquiries {
		q := &bft.Inquiries[i]
		if q.Termination == nil || q.Violates == "" || len(q.Config.Proposers) > 2 {
			continue
		}
		t.Run(q.Name, func(t *testing.T) {
			o, err := q.Check(t.Context(), modelcheck.Options{})
			require.NoError(t, err)
			c := o.Result.Violations[0]
			saved := savedRun(t, c)
			got, err := bft.ReplayTermination(strings.NewReader(saved))
			require.NoError(t, err)
			require.Equal(t, c, got)

			refuted := func(file string) *counterexample.Refutation {
				_, err := bft.ReplayTermination(strings.NewReader(file))
				var refuted *counterexample.Refutation
				require.ErrorAs(t, err, &refuted)
				return refuted
			}
			for n := 1; n <= c.Len(); n++ {
				for _, field := range []string{"actor", "rule", "choice", "changes"} {
					lines := strings.Split(strings.TrimSpace(saved), "\n")
					lines[n+1] = spoil(t, lines[n+1], field)
					require.Equal(t, n, refuted(strings.Join(lines, "\n")).Step, field)
				}
			}
			short := c
			short.Steps = c.Steps[:c.Len()]
			require.Equal(t, &counterexample.Refutation{Step: c.Len() - 1, Why: `"everyone decides in time" holds at the end`}, refuted(savedRun(t, short)))
			if q.Termination.From > 0 {
				early := strings.Replace(saved, `"from":1`, `"from":0`, 1)
				require.Equal(t, "the rules allow no such step here", refuted(early).Why)
			}
		})
	}
}

func savedRun(t *testing.T, c bft.Counterexample) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, c.Save(&b))
	return b.String()
}

// TestReplayTerminationRefusesOtherFiles: as Replay does, and what is of other rounds.
func TestReplayTerminationRefusesOtherFiles(t *testing.T) {
	r, err := bft.Terminates(t.Context(), oneOfFour(0, bft.Byzantine), modelcheck.Options{})
	require.NoError(t, err)
	saved := savedRun(t, r.Violations[0])
	for _, tt := range []struct{ old, by, want string }{
		{`"model":"termination"`, `"model":"soup"`, `of the model "soup", not of "termination"`},
		{`"from":0`, `"from":1`, "of 1 rounds, from 0 on, round 1 cannot be the first timely one"},
		{`"from":0`, `"from":0,"wrong":"nothing"`, `unknown mutant of termination "nothing"`},
		{r.Digest, "0123", "of rules with digest 0123"},
		{`"name":"everyone decides in time"`, `"name":"harmony"`, `no property "harmony"`},
	} {
		require.Contains(t, saved, tt.old)
		_, err := bft.ReplayTermination(strings.NewReader(strings.Replace(saved, tt.old, tt.by, 1)))
		require.ErrorContains(t, err, tt.want)
	}
	_, err = bft.Replay(strings.NewReader(saved))
	require.ErrorContains(t, err, `of the model "termination", not of "soup"`)
}

func TestTerminationErrors(t *testing.T) {
	unknown := oneOfFour(0, 0)
	unknown.Wrong = "nothing"
	for want, c := range map[string]bft.Termination{
		"round -1 cannot be the first timely one": oneOfFour(-1, 0),
		"round 1 cannot be the first timely one":  oneOfFour(1, 0), // none would be timely, and nothing claimed
		"round 3 cannot be the first timely one":  oneOfFour(3, 0, 1),
		`unknown mutant of termination "nothing"`: unknown,
	} {
		_, err := bft.Terminates(t.Context(), c, modelcheck.Options{})
		require.ErrorIs(t, err, bft.ErrConfig)
		require.ErrorContains(t, err, want)
	}
}
