package modelcheck_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/polka-bft/polka/modelcheck"
)

func TestVerdict(t *testing.T) {
	type report = modelcheck.Report[int, int]
	missing := []modelcheck.Property[int]{{Name: "p"}}
	broken := make([]modelcheck.Finding[int, int], 1)
	for _, row := range []struct {
		name   string
		report report
		want   modelcheck.Verdict
	}{
		{"zero value", report{}, modelcheck.Unfinished},
		{"complete", report{Complete: true}, modelcheck.Holds},
		{"complete, unreached", report{Complete: true, Unreached: missing}, modelcheck.Violated},
		{"cut short, unreached", report{Unreached: missing}, modelcheck.Unfinished},
		{"complete, violated", report{Complete: true, Violations: broken}, modelcheck.Violated},
		{"cut short, violated", report{Violations: broken}, modelcheck.Violated},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, row.report.Verdict()) })
	}
}

func TestStrings(t *testing.T) {
	assert.Equal(t, "unfinished", modelcheck.Unfinished.String())
	assert.Equal(t, "Verdict(9)", modelcheck.Verdict(9).String())
	for r := modelcheck.NotSearched; r <= modelcheck.Cancelled; r++ {
		assert.NotContains(t, r.String(), "Reason(")
	}
	assert.Equal(t, "Reason(9)", modelcheck.Reason(9).String())
	path := modelcheck.Path[int, string]{Init: 1, Steps: []modelcheck.Step[int, string]{{Action: "double", State: 2}}}
	assert.Equal(t, "   0  1\n      double\n   1  2\n", path.String())
	e := &modelcheck.PanicError{Model: "m", In: "Next", State: "s", Value: "text"}
	assert.NoError(t, errors.Unwrap(e))
}

func TestFigures(t *testing.T) {
	r := check(t, twoPhaseModel(7), modelcheck.Options{})
	assert.Positive(t, r.Duration)
	assert.InDelta(t, float64(r.States)/r.Duration.Seconds(), r.StatesPerSecond(), 1)
	assert.Less(t, r.BytesPerState(), 8+4+2*8*8/5.0+1, "a state, its parent, and slots of which 5/16 at least are used")
	var empty modelcheck.Report[int, int]
	assert.Zero(t, empty.StatesPerSecond())
	assert.Zero(t, empty.BytesPerState())
}
