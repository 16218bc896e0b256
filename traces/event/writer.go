package event

import (
	"bufio"
	"fmt"
	"io"
)

// Writer writes a log. It belongs to one goroutine.
type Writer struct {
	out  *bufio.Writer
	node int
	line []byte
	seq  uint64
	err  error // the first failure; nothing is written after it
}

// NewWriter writes the header and returns a writer for the events. The header
// goes out as a whole or, if it is not valid, not at all. A Format of 0 means
// the current one.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	if h.Format == 0 {
		h.Format = Format
	}
	if h.Validators == nil {
		h.Validators = []Validator{}
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("event: not a header: %w", err)
	}
	line, err := h.line()
	if err != nil {
		return nil, fmt.Errorf("event: not a header: %w", err)
	}
	if len(line) > MaxLine {
		return nil, fmt.Errorf("event: the header has %d bytes, more than a line may have (%d)", len(line), MaxLine)
	}
	if _, err := w.Write(line); err != nil {
		return nil, fmt.Errorf("event: writing the header: %w", err)
	}
	return &Writer{out: bufio.NewWriterSize(w, 1<<16), node: h.Node.Index}, nil
}

// Append writes the event, as the next one of the log: it sets e.Seq and e.Node.
// It buffers; [Writer.Flush] hands everything on. After an error every later
// call returns the same error, so that a log never has a hole.
func (w *Writer) Append(e *Event) error {
	if w.err != nil {
		return w.err
	}
	e.Seq, e.Node = w.seq+1, w.node
	if err := e.check(); err != nil {
		return w.fail(fmt.Errorf("event: event %d cannot be written: %w", e.Seq, err))
	}
	w.line = appendEvent(w.line[:0], e)
	if len(w.line) > MaxLine {
		return w.fail(fmt.Errorf("event: event %d has %d bytes, more than a line may have (%d)", e.Seq, len(w.line), MaxLine))
	}
	if _, err := w.out.Write(w.line); err != nil {
		return w.fail(fmt.Errorf("event: writing event %d: %w", e.Seq, err))
	}
	w.seq++
	return nil
}

// Seq is the sequence number of the last event that was appended.
func (w *Writer) Seq() uint64 { return w.seq }

// Flush hands everything appended so far to the underlying writer.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	if err := w.out.Flush(); err != nil {
		return w.fail(fmt.Errorf("event: writing up to event %d: %w", w.seq, err))
	}
	return nil
}

// Close flushes. It does not close the underlying writer.
func (w *Writer) Close() error {
	err := w.Flush()
	if w.err == nil {
		w.err = fmt.Errorf("event: the log is closed")
	}
	return err
}

func (w *Writer) fail(err error) error {
	w.err = err
	return err
}
