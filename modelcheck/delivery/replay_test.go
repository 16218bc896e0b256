package delivery_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/counterexample"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// violating are small instances, each of which violates something, of every kind of
// property.
var violating = map[string]delivery.Config{
	"paper":   {Validators: 4, Byzantine: 2, Proposers: []int{byz}, AllValid: true, Equivocation: 1},
	"queue":   {Dialect: node, Validators: 2, Proposers: []int{0}, Values: 1, Timers: one, Queue: delivery.InOrder, Crashes: 1, LazyLog: true, Amnesia: true},
	"v1":      {Dialect: "cometbft-v1", Validators: 4, Byzantine: 2, Proposers: []int{byz}, AllValid: true, Timers: one, Symmetric: true},
	"split":   {Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{byz}, Values: 1, AllValid: true, Timers: one, Split: true, Backs: []consensus.Value{delivery.V0}, Symmetric: true},
	"history": {Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: one, Mistake: delivery.ZeroRounds},
	"strict":  {Dialect: node, Validators: 2, Proposers: []int{0, 1}, Values: 1, AllValid: true, Timers: one, Strict: true},
	"halt":    {Dialect: node, Validators: 2, Proposers: []int{0, 1}, Values: 1, Refusals: true, Timers: one, Mistake: delivery.StaleWait},
	"asked":   {Dialect: node, Validators: 2, Proposers: []int{0, 1}, Values: 1, Timers: one, Asks: []string{"a later round is followed"}},
}

func violation(t *testing.T, c delivery.Config) (found delivery.Counterexample, saved string) {
	t.Helper()
	r, err := delivery.Check(t.Context(), c, modelcheck.Options{})
	require.NoError(t, err)
	require.NotEmpty(t, r.Violations)
	var b bytes.Buffer
	require.NoError(t, r.Violations[0].Save(&b))
	return r.Violations[0], b.String()
}

// TestReplay: what a search has found stands; with one word changed it is refuted
// in that step; and without any one of its steps it does not stand, for no run is
// shorter.
func TestReplay(t *testing.T) {
	for name, config := range violating {
		t.Run(name, func(t *testing.T) {
			if !large && violating[name].Byzantine > 0 {
				t.Skip("too large for the race detector")
			}
			c, saved := violation(t, config)
			got, err := delivery.Replay(strings.NewReader(saved))
			require.NoError(t, err)
			require.Equal(t, c, got)
			for n := 0; n <= c.Len(); n++ {
				for _, field := range []string{"step", "actor", "input", "rules", "changes"} {
					if n == 0 && (field == "input" || field == "actor") {
						continue // the start has none that could differ
					}
					lines := strings.Split(strings.TrimSpace(saved), "\n")
					lines[n+1] = spoilt(t, lines[n+1], field)
					require.Equal(t, n, refutedIn(t, strings.Join(lines, "\n")), "step %d, %s", n, field)
				}
				if n > 0 {
					require.GreaterOrEqual(t, refutedIn(t, savedWithout(t, c, n)), n-1)
				}
			}
		})
	}
}

// refutedIn is the step in which a run is refuted.
func refutedIn(t *testing.T, file string) int {
	t.Helper()
	_, err := delivery.Replay(strings.NewReader(file))
	var refuted *counterexample.Refutation
	require.ErrorAs(t, err, &refuted)
	return refuted.Step
}

// savedWithout is a run with one step left out.
func savedWithout(t *testing.T, c delivery.Counterexample, n int) string {
	t.Helper()
	c.Steps = slices.Delete(slices.Clone(c.Steps), n, n+1)
	for i := range c.Steps {
		c.Steps[i].Number = i
	}
	var b bytes.Buffer
	require.NoError(t, c.Save(&b))
	return b.String()
}

// spoilt changes one field of a step.
func spoilt(t *testing.T, line, field string) string {
	t.Helper()
	var step map[string]any
	require.NoError(t, json.Unmarshal([]byte(line), &step))
	switch v := step[field].(type) {
	case float64:
		step[field] = v + 1
	case []any:
		step[field] = append(v, "something else")
	case nil:
		step[field] = []string{"something"} // rules, of which none has fired
	default:
		step[field] = "something else"
	}
	out, err := json.Marshal(step)
	require.NoError(t, err)
	return string(out)
}

func TestReplayRefusesOtherFiles(t *testing.T) {
	c, saved := violation(t, violating["queue"])
	lines := strings.SplitAfter(saved, "\n")
	replaced := func(old, by string) string {
		require.Contains(t, saved, old)
		return strings.ReplaceAll(saved, old, by)
	}
	tests := []struct {
		name, file, want string
	}{
		{"empty", "", "this is no saved counterexample: header: EOF"},
		{"a log", `{"height":1}` + "\n", `its format is "", want "polka counterexample 2"`},
		{"of the soup", replaced(`"model":"delivery"`, `"model":"soup"`), `of the model "soup", not of "delivery"`},
		{"cut short", strings.Join(lines[:4], ""), "3 lines for its start and steps, the header says 1 and 6"},
		{"cut within a step", saved[:len(saved)-9], "cut short within step 6 of 6"},
		{"unknown field", replaced(`"input"`, `"inputs"`), "step 0 of the counterexample: json: unknown field"},
		{"unknown option", replaced(`"lazy_log"`, `"lazy"`), "unknown field"},
		{"other rules", replaced(c.Digest, "0123"), "of rules with digest 0123"},
		{"unknown property", replaced(`"name":"no equivocation"`, `"name":"harmony"`), `no property "harmony"`},
		{"property that holds", replaced(`"name":"no equivocation"`, `"name":"validity"`), `refuted in step 6: "validity" holds at the end`},
		{"other instance", replaced(`"amnesia":true`, `"amnesia":false`), "refuted in step 6: the rules allow no such step here"},
		{"unusable instance", replaced(`"validators":2`, `"validators":0`), "unusable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := delivery.Replay(strings.NewReader(tt.file))
			require.ErrorContains(t, err, tt.want)
		})
	}
}
