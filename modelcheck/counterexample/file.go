package counterexample

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// format names the format of a saved counterexample: NDJSON, a header and then a
// line for each step, the start first. Every version of it begins with formats.
const (
	formats = "polka counterexample "
	format  = formats + "2"
)

// A Header begins a saved counterexample.
type Header[C any] struct {
	Format   string   `json:"format"`   // Save fills it in
	Model    string   `json:"model"`    // who told the run, and can take it again
	Instance string   `json:"instance"` // the name of Config, for people
	Dialect  string   `json:"dialect"`
	Digest   string   `json:"digest"` // of the rules
	Config   C        `json:"config"`
	Property Property `json:"property"`
	Steps    int      `json:"steps"` // after the start
}

// Save writes a run that Load can read. Steps begin with the start.
func Save[C, S any](w io.Writer, h Header[C], steps []S) error {
	h.Format, h.Steps = format, len(steps)-1
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err := enc.Encode(h)
	for i := 0; i < len(steps) && err == nil; i++ {
		err = enc.Encode(&steps[i])
	}
	if err != nil {
		return fmt.Errorf("saving a counterexample: %w", err)
	}
	return nil
}

// Is says whether a file is a saved counterexample, of whatever version, by how it
// begins.
func Is(r *bufio.Reader) bool {
	begin, _ := json.Marshal(struct {
		Format string `json:"format"`
	}{formats})
	begin = bytes.TrimSuffix(begin, []byte(`"}`))
	head, _ := r.Peek(len(begin))
	return bytes.Equal(head, begin)
}

// About reads the header of a saved counterexample, of whatever model, and nothing
// else. Its Config is as it stands in the file.
func About(r io.Reader) (Header[json.RawMessage], error) {
	_, h, err := header(json.NewDecoder(bufio.NewReader(r)))
	return h, err
}

// header reads the first line, and what it says of itself.
func header(dec *json.Decoder) (line json.RawMessage, h Header[json.RawMessage], err error) {
	if err := dec.Decode(&line); err != nil {
		return nil, h, fmt.Errorf("this is no saved counterexample: header: %w", err)
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return nil, h, fmt.Errorf("this is no saved counterexample: header: %w", err)
	}
	if h.Format != format {
		return nil, h, fmt.Errorf("this is no counterexample that can be read: its format is %q, want %q", h.Format, format)
	}
	return line, h, nil
}

// Load reads a saved counterexample of a model, whole.
func Load[C, S any](r io.Reader, model string) (h Header[C], steps []S, err error) {
	dec := json.NewDecoder(bufio.NewReader(r))
	line, about, err := header(dec)
	if err != nil {
		return h, nil, err
	}
	if about.Model != model {
		return h, nil, fmt.Errorf("the counterexample is of the model %q, not of %q", about.Model, model)
	}
	strict := json.NewDecoder(bytes.NewReader(line))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&h); err != nil {
		return h, nil, fmt.Errorf("header of the counterexample: %w", err)
	}
	dec.DisallowUnknownFields()
	for {
		var s S
		switch err := dec.Decode(&s); {
		case errors.Is(err, io.EOF) && (len(steps) == 0 || len(steps)-1 != h.Steps):
			return h, nil, fmt.Errorf("the counterexample has %d lines for its start and steps, the header says 1 and %d", len(steps), h.Steps)
		case errors.Is(err, io.EOF):
			return h, steps, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return h, nil, fmt.Errorf("the counterexample is cut short within step %d of %d", len(steps), h.Steps)
		case err != nil:
			return h, nil, fmt.Errorf("step %d of the counterexample: %w", len(steps), err)
		}
		steps = append(steps, s)
	}
}
