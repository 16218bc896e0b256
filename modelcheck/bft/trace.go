package bft

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// traceFormat names the format of a saved counterexample: NDJSON, a header and
// then a line for each step.
const traceFormat = "polka counterexample 1"

type traceHeader struct {
	Format   string   `json:"format"`
	Model    string   `json:"model"`
	Dialect  string   `json:"dialect"`
	Digest   string   `json:"digest"`
	Config   Config   `json:"config"`
	Property Property `json:"property"`
	Steps    int      `json:"steps"`
}

// Save writes the run as a trace that Replay can read.
func (c *Counterexample) Save(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err := enc.Encode(traceHeader{
		Format: traceFormat, Model: c.Config.Name(), Dialect: c.Config.dialect(), Digest: c.Digest,
		Config: c.Config, Property: c.Property, Steps: c.Len(),
	})
	for i := 0; i < len(c.Steps) && err == nil; i++ {
		err = enc.Encode(&c.Steps[i])
	}
	return err
}

// A ReplayError says that a trace does not show what it claims. Step is the
// first one that the model cannot take, or the last if all can be taken but
// the property holds at the end.
type ReplayError struct {
	Step int
	Why  string
}

// Error names the step and the reason.
func (e *ReplayError) Error() string { return fmt.Sprintf("bft: replay: step %d: %s", e.Step, e.Why) }

// Replay reads a saved counterexample and takes it through the model: each step
// must be one that the rules allow, with the effects that the trace names, and
// the property must be false at the end. A trace that fails this gives a
// *ReplayError, one that cannot be read another error.
func Replay(r io.Reader) (Counterexample, error) {
	c, err := load(r)
	if err != nil {
		return c, err
	}
	rs, err := newRules(c.Config)
	if err != nil {
		return c, err
	}
	rs.asked = []string{c.Property.Name}
	if d := rs.table.Digest(); d != c.Digest {
		return c, fmt.Errorf("bft: replay: the trace is of rules with digest %s, these have %s", c.Digest, d)
	}
	return c, rs.replay(&c)
}

func load(r io.Reader) (Counterexample, error) {
	dec := json.NewDecoder(bufio.NewReader(r))
	dec.DisallowUnknownFields()
	var h traceHeader
	if err := dec.Decode(&h); err != nil {
		return Counterexample{}, fmt.Errorf("bft: replay: header: %w", err)
	}
	if h.Format != traceFormat {
		return Counterexample{}, fmt.Errorf("bft: replay: format is %q, want %q", h.Format, traceFormat)
	}
	c := Counterexample{Config: h.Config, Digest: h.Digest, Property: h.Property}
	for {
		var s Step
		switch err := dec.Decode(&s); {
		case errors.Is(err, io.EOF):
			if c.Len() != h.Steps {
				return c, fmt.Errorf("bft: replay: %d steps, the header says %d", c.Len(), h.Steps)
			}
			return c, nil
		case err != nil:
			return c, fmt.Errorf("bft: replay: step %d: %w", len(c.Steps), err)
		}
		c.Steps = append(c.Steps, s)
	}
}

func (rs *rules) replay(c *Counterexample) error {
	at := claimNamed(c.Property.Name)
	if at < 0 {
		return fmt.Errorf("bft: replay: there is no property %q", c.Property.Name)
	}
	var now world
	found := false
	for _, w := range rs.starts() {
		if s := rs.describeStart(&w); !found && len(c.Steps) > 0 && s.same(&c.Steps[0]) {
			now, found = w, true
		}
	}
	if !found {
		return &ReplayError{0, "the model does not start like this"}
	}
	for i := 1; i < len(c.Steps); i++ {
		next, ok := rs.take(&now, i, &c.Steps[i])
		if !ok {
			return &ReplayError{i, "the rules allow no such step here"}
		}
		now = next
	}
	if always[at].holds(rs, &now) {
		return &ReplayError{c.Len(), fmt.Sprintf("%q holds at the end", c.Property.Name)}
	}
	return nil
}

// take finds the successor that a step describes.
func (rs *rules) take(now *world, number int, want *Step) (next world, ok bool) {
	for _, to := range rs.successors(now) {
		if s := rs.describe(number, to.action, now, &to.world); s.same(want) {
			return to.world, true
		}
	}
	return next, false
}

// world is what a move makes of a world.
func (m *move) world(before *world) world {
	w := *before
	w.locals[m.action.Process] = m.self
	if m.proposal.value != 0 {
		w.proposals[m.round] = m.proposal
	}
	w.fault = m.fault
	return w
}

// same says whether two steps are the same in every word.
func (s *Step) same(o *Step) bool {
	return s.Number == o.Number && s.Actor == o.Actor && s.Rule == o.Rule && s.Line == o.Line &&
		s.Choice == o.Choice && s.Observation == o.Observation && slices.Equal(s.Effects, o.Effects) &&
		slices.Equal(s.Changes, o.Changes) && slices.Equal(s.Forgotten, o.Forgotten)
}
