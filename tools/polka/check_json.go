package main

import (
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
)

// The types below are the format of polka check --json; docs/json.md shows it.
type checkJSON struct {
	Exit    int          `json:"exit"`
	Seconds float64      `json:"seconds"`
	Models  []modelJSON  `json:"models,omitempty"`
	Mutants []mutantJSON `json:"mutants,omitempty"`

	Mechanical *mechanicalJSON `json:"mechanical,omitempty"`
}

type modelJSON struct {
	Name        string         `json:"name"`
	Config      any            `json:"config"`
	Digest      string         `json:"digest"`
	Verdict     string         `json:"verdict"` // holds, violated, unfinished
	AsExpected  bool           `json:"as_expected"`
	Expected    string         `json:"expected_violation,omitempty"`
	Complete    bool           `json:"complete"`
	Stopped     string         `json:"stopped"`
	States      int            `json:"states"`
	Transitions int            `json:"transitions"`
	Depth       int            `json:"depth"`
	Deadlocks   int            `json:"deadlocks"`
	Counted     int            `json:"counted_states,omitempty"` // of a comparison with the counted model
	Bytes       int64          `json:"bytes"`
	Seconds     float64        `json:"seconds"`
	Fired       map[string]int `json:"fired"`
	NeverFired  []string       `json:"never_fired"`
	Unreached   []string       `json:"unreached"`
	Wrong       []string       `json:"wrong"`
	Violations  []violatedJSON `json:"violations"`
}

type violatedJSON struct {
	Property bft.Property `json:"property"`
	Steps    any          `json:"steps"`
}

type mutantJSON struct {
	Name     string     `json:"name"`
	Clause   string     `json:"clause"`
	Edits    []string   `json:"edits"`
	Config   bft.Config `json:"config"`
	Killed   bool       `json:"killed"`
	By       string     `json:"by,omitempty"`
	Survives string     `json:"survives,omitempty"`
	Wrong    string     `json:"wrong,omitempty"`
	Depth    int        `json:"depth"`
	States   int        `json:"states"`
}

func (c *checker) json() checkJSON {
	out := checkJSON{Exit: c.status, Seconds: c.took.Seconds()}
	for i := range c.outcomes {
		out.Models = append(out.Models, c.outcomes[i].json())
	}
	for i := range c.kills {
		out.Mutants = append(out.Mutants, killJSON(&c.kills[i]))
	}
	if len(c.trials) > 0 {
		out.Mechanical = trialsJSON(c.trials, c.logs.of(c.flags.dialect))
	}
	return out
}

func (o *finding) json() modelJSON {
	m := modelJSON{
		Name: o.name, Config: o.config, Digest: o.digest,
		Verdict: o.verdict.String(), AsExpected: o.finished() && !o.fails(), Expected: strings.Join(o.violates, ", "),
		Complete: o.complete, Stopped: o.stopped.String(),
		States: o.states, Transitions: o.transitions, Depth: o.depth, Deadlocks: o.deadlocks, Counted: o.counted,
		Bytes: o.bytes, Seconds: o.duration.Seconds(), Fired: map[string]int{},
		NeverFired: append([]string{}, o.never...), Unreached: append([]string{}, o.unreached...),
		Wrong: []string{}, Violations: []violatedJSON{},
	}
	if !o.standard() && len(o.violations) == 0 && o.complete {
		m.Verdict = modelcheck.Holds.String() // nothing is awaited of a size that was asked for
	}
	if o.standard() {
		m.Wrong = append(m.Wrong, o.wrong...)
	}
	for _, c := range o.coverage {
		m.Fired[c.Clause] = c.Fired
	}
	for _, v := range o.violations {
		m.Violations = append(m.Violations, violatedJSON{v.property, v.steps})
	}
	return m
}

func killJSON(k *killOutcome) mutantJSON {
	m := mutantJSON{
		Name: k.Mutant.Name, Clause: k.Mutant.Clause, Edits: k.Mutant.Changes(), Config: k.Result.Config,
		Killed: k.Killed, Depth: k.Depth, States: k.Result.States,
	}
	switch {
	case k.err != nil:
		m.Wrong = plain(k.err)
	case k.Killed:
		m.By = k.Mutant.By
	default:
		m.Survives = k.Mutant.Survives
	}
	return m
}
