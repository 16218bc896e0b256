package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/bft"
)

// junit reads what a check wrote, and requires that the counts are those of the cases.
func junit(t *testing.T, text []byte) junitSuites {
	t.Helper()
	var all junitSuites
	require.NoError(t, xml.Unmarshal(text, &all))
	var total junitCounts
	for _, s := range all.Suites {
		var counts junitCounts
		for i := range s.Cases {
			counts.add(&s.Cases[i])
			total.add(&s.Cases[i])
		}
		require.InDelta(t, float64(counts.Time), float64(s.Time), 0.1)
		counts.Time = s.Time
		require.Equal(t, counts, s.junitCounts, s.Name)
	}
	total.Time = all.Time
	require.Equal(t, total, all.junitCounts)
	return all
}

// notPassed finds those of a model that are not simply passed.
func notPassed(s junitSuite, model string) map[string]junitCase {
	out := map[string]junitCase{}
	for _, c := range s.Cases {
		if c.Class == model && (c.Failure != nil || c.Error != nil || c.Skipped != nil) {
			out[c.Name] = c
		}
	}
	return out
}

func TestCheckJUnit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "junit.xml")
	status, _, _ := run(t, t.Context(), "check", "--rounds", "1", "--junit", file)
	require.Equal(t, exitHolds, status)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	all := junit(t, text)
	require.Len(t, all.Suites, 1)
	require.Equal(t, "paper", all.Suites[0].Name)
	require.Equal(t, 40, all.Tests, "properties of two models, and the searches")
	require.Zero(t, all.Failures+all.Errors)
	names := map[string]bool{}
	for _, c := range all.Suites[0].Cases {
		names[c.Name] = true
	}
	require.True(t, names["agreement"] && names["everyone decides"] && names["search"])

	status, _, stderr := run(t, t.Context(), "check", "--model", "too-many", "--junit", "/nowhere/at/all")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "/nowhere/at/all")
}

// TestCheckJUnitFails: whatever is not as expected fails or is an error; what was
// not begun is no pass.
func TestCheckJUnitFails(t *testing.T) {
	tooMany, err := bft.Find("too-many")
	require.NoError(t, err)
	disagreement, ok := modelNamed("v038-disagreement")
	require.True(t, ok)
	oneRound, err := bft.Find("one-round")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	surprise, opposite := tooMany, oneRound
	surprise.Name, surprise.Violates = "surprise", ""
	opposite.Name, opposite.Violates, opposite.Never = "opposite", "validity", opposite.Never[1:]
	large, ok := modelNamed("correct-correct")
	require.True(t, ok)
	entries := []model{soup{tooMany}, disagreement, soup{surprise}, soup{opposite}, large, soup{oneRound}}
	c := checker{stdout: io.Discard, stderr: io.Discard, teller: &teller{every: 1, out: when{regexp.MustCompile(`^correct-correct.*depth 3,`), cancel}}}
	require.Equal(t, exitFails, c.run(ctx, entries))
	var b bytes.Buffer
	require.NoError(t, c.writeJUnit(&b))
	all := junit(t, b.Bytes())
	require.Len(t, all.Suites, 3)
	require.Equal(t, []string{"paper", "cometbft-v0.38", "not begun"}, []string{all.Suites[0].Name, all.Suites[1].Name, all.Suites[2].Name})

	paper := all.Suites[0]
	require.NotContains(t, notPassed(paper, "too-many"), "agreement", "its violation is expected")
	require.Contains(t, notPassed(paper, "too-many")["validity"].Skipped.Message, "ended with the first violation")
	broken := notPassed(paper, "surprise")["agreement"].Failure
	require.Equal(t, "agreement is violated", broken.Message)
	require.Contains(t, broken.Text, "\n  6  p1  L49If     for r = 0, v = v1; decides v1\n")
	require.NotContains(t, notPassed(paper, "surprise"), "search", "it is said once")
	odd := notPassed(paper, "opposite")
	require.Len(t, odd, 2)
	require.Equal(t, "validity is not violated, as it should be", odd["validity"].Failure.Message)
	require.Contains(t, odd["search"].Failure.Message, "never fired: ")
	require.Contains(t, notPassed(paper, "correct-correct")["agreement"].Error.Message, "stopped, cancelled")
	require.Contains(t, notPassed(paper, "correct-correct")["search"].Error.Message, "stopped, cancelled")
	require.Equal(t, 3, all.Failures)
	require.Equal(t, "one-round", all.Suites[2].Cases[0].Class)
	require.Equal(t, 1, all.Suites[2].Errors)
}
