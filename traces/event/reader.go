package event

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// MaxLine is the largest number of bytes a line of a log may have: enough for a
// decision with the precommits of ten thousand validators.
const MaxLine = 4 << 20

// ErrTorn is in the error of a log whose last line has no end: its writer was
// stopped in the middle, or still writes. All events before it were returned.
var ErrTorn = errors.New("event: the last line is torn")

// ReadError says where a log is wrong and what to do about it.
type ReadError struct {
	File   string // the name given to [NewReader]
	Line   int    // from 1
	Offset int64  // of the byte in the file where the trouble, or its line, begins
	Err    error  // what is wrong; [ErrTorn] is in it when the last line is torn
	Advice string // what to do
}

// Error is one sentence for an operator.
func (e *ReadError) Error() string {
	return fmt.Sprintf("%s:%d: at byte %d: %v; %s", e.File, e.Line, e.Offset, e.Err, e.Advice)
}

// Unwrap returns what is wrong.
func (e *ReadError) Unwrap() error { return e.Err }

// Reader reads a log. It belongs to one goroutine and holds one line at a time.
type Reader struct {
	in     *bufio.Reader
	file   string
	header Header
	line   []byte // the line being read, with its line feed
	again  []byte // the line as a writer would write it
	number int    // of the line
	start  int64  // offset of the line
	seq    uint64
	err    error // the end, or the first failure
}

// NewReader reads the header. The name is for error messages: the file's path.
// The error is a [*ReadError].
func NewReader(r io.Reader, name string) (*Reader, error) {
	rd := &Reader{in: bufio.NewReaderSize(r, 1<<16), file: name}
	switch err := rd.next(); {
	case errors.Is(err, io.EOF):
		rd.number = 1
		return nil, rd.fail(0, errors.New("the log is empty"), "a log begins with a header; give a log that polka wrote")
	case err != nil:
		return nil, err
	}
	if err := rd.readHeader(); err != nil {
		return nil, err
	}
	return rd, nil
}

// Header is the first line of the log.
func (r *Reader) Header() Header { return r.header }

// Offset is the byte of the file at which the line that was read last begins.
func (r *Reader) Offset() int64 { return r.start }

// Line is the number, from 1, of the line that was read last.
func (r *Reader) Line() int { return r.number }

// Next reads the next event. At the end it returns [io.EOF]; any other error is
// a [*ReadError], and every later call returns it again.
func (r *Reader) Next() (*Event, error) {
	if r.err != nil {
		return nil, r.err
	}
	if err := r.next(); err != nil {
		r.err = err
		return nil, err
	}
	e, err := r.decode()
	if err != nil {
		r.err = err
		return nil, err
	}
	return e, nil
}

// Events goes through the events that are left. An error comes last, with a nil
// event.
func (r *Reader) Events() iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// next reads a line, with its line feed, into r.line.
func (r *Reader) next() error {
	r.start += int64(len(r.line))
	r.line = r.line[:0]
	r.number++
	for {
		part, err := r.in.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case len(r.line) > MaxLine:
			return r.fail(0, fmt.Errorf("the line has more than %d bytes", MaxLine), "no event is that long: the file is damaged or is no log of polka")
		case err == nil:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(r.line) == 0:
			r.number--
			return io.EOF
		case errors.Is(err, io.EOF):
			return r.fail(0, fmt.Errorf("%w after %d bytes", ErrTorn, len(r.line)),
				"the writer was stopped or is still writing: what stands before is complete, drop this line")
		default:
			return r.fail(len(r.line), fmt.Errorf("reading: %w", err), "check the disk and the file, then read again")
		}
	}
}

func (r *Reader) readHeader() error {
	const advice = "give a log that polka wrote, with its first line"
	var probe struct {
		Format *int `json:"polkaTrace"`
	}
	if err := json.Unmarshal(r.line, &probe); err != nil {
		return r.fail(jsonOffset(err), fmt.Errorf("the header is not JSON: %w", err), advice)
	}
	switch {
	case probe.Format == nil:
		return r.fail(0, errors.New("the first line is no header: it has no polkaTrace"), advice)
	case *probe.Format != Format:
		return r.fail(0, fmt.Errorf("the log has format %d and this program reads format %d", *probe.Format, Format),
			"use the version of polka that wrote it")
	}
	if err := strictJSON(r.line, &r.header); err != nil {
		return r.fail(jsonOffset(err), fmt.Errorf("the header is not understood: %w", err), advice)
	}
	if err := r.header.check(); err != nil {
		return r.fail(0, fmt.Errorf("the header is not valid: %w", err), advice)
	}
	again, err := r.header.line()
	if err != nil {
		return r.fail(0, err, advice)
	}
	return r.same(again)
}

// wireEvent is an event as JSON has it. Its purpose is decoding.
type wireEvent struct {
	Seq         uint64       `json:"seq"`
	Node        int          `json:"node"`
	Mono        int64        `json:"mono"`
	Wall        time.Time    `json:"wall"`
	Kind        Kind         `json:"kind"`
	Height      int64        `json:"height"`
	Round       int32        `json:"round"`
	Step        string       `json:"step"`
	From        string       `json:"from"`
	Rule        string       `json:"rule"`
	Observation string       `json:"observation"`
	Reason      string       `json:"reason"`
	Proposal    *Proposal    `json:"proposal"`
	Vote        *Vote        `json:"vote"`
	Timeout     *Timeout     `json:"timeout"`
	NewValue    *NewValue    `json:"newValue"`
	ValueWanted *ValueWanted `json:"valueWanted"`
	Decision    *Decision    `json:"decision"`
}

func (r *Reader) decode() (*Event, error) {
	const advice = "the file is damaged here or was written by another version of polka; the events before are good"
	var w wireEvent
	if err := strictJSON(r.line, &w); err != nil {
		return nil, r.fail(jsonOffset(err), fmt.Errorf("the event is not understood: %w", err), advice)
	}
	e := &Event{
		Seq: w.Seq, Node: w.Node, Mono: time.Duration(w.Mono), Wall: w.Wall.UTC(), Kind: w.Kind,
		Height: w.Height, Round: w.Round, Step: w.Step,
		From: w.From, Rule: w.Rule, Observation: w.Observation, Reason: w.Reason,
		Proposal: w.Proposal, Vote: w.Vote, Timeout: w.Timeout,
		NewValue: w.NewValue, ValueWanted: w.ValueWanted, Decision: w.Decision,
	}
	if err := e.check(); err != nil {
		return nil, r.fail(0, err, advice)
	}
	r.again = appendEvent(r.again[:0], e)
	if err := r.same(r.again); err != nil {
		return nil, err
	}
	switch {
	case e.Seq != r.seq+1:
		return nil, r.fail(0, fmt.Errorf("the event has sequence number %d after %d", e.Seq, r.seq),
			"events are missing, doubled or out of order: judge the part before, and get the log again")
	case e.Node != r.header.Node.Index:
		return nil, r.fail(0, fmt.Errorf("the event is of node %d in a log of node %d", e.Node, r.header.Node.Index),
			"logs of several nodes were mixed: read each file on its own")
	}
	r.seq = e.Seq
	return e, nil
}

// same compares the line with the one spelling it should have.
func (r *Reader) same(want []byte) error {
	if bytes.Equal(r.line, want) {
		return nil
	}
	i := 0
	for i < len(want) && i < len(r.line) && want[i] == r.line[i] {
		i++
	}
	return r.fail(i, fmt.Errorf("the line is not spelled as polka spells it: here stands %q where %q belongs", excerpt(r.line[i:]), excerpt(want[i:])),
		"a field is missing, unknown, doubled or written otherwise: get the log as it was written")
}

func excerpt(b []byte) string {
	return strings.TrimSuffix(string(b[:min(len(b), 24)]), "\n")
}

// fail makes the error for the current line; skip is how far into the line.
func (r *Reader) fail(skip int, err error, advice string) error {
	return &ReadError{File: r.file, Line: r.number, Offset: r.start + int64(skip), Err: err, Advice: advice}
}

// strictJSON decodes one JSON value and refuses unknown fields and anything after.
func strictJSON(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON ends too early")
		}
		return err
	}
	if rest := bytes.TrimSpace(line[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("%q stands after the end of the JSON", excerpt(rest))
	}
	return nil
}

// jsonOffset is where in the line a JSON error is, if it says.
func jsonOffset(err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return int(max(0, syntax.Offset-1))
	case errors.As(err, &kind):
		return int(kind.Offset)
	}
	return 0
}
