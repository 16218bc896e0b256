package debuglog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/klauspost/compress/zstd"
)

var (
	// ErrNotLog says that a file is not a debug log of a node.
	ErrNotLog = errors.New("debuglog: not the log of a CometBFT node")
	// ErrPlain says that a log was written with log_format = "plain".
	ErrPlain = errors.New(`debuglog: the log is in CometBFT's plain format; only log_format = "json" is read`)
)

// LineError says which line of a log cannot be read, and why.
type LineError struct {
	File   string // base name
	Line   int    // from 1
	Offset int64  // of the line in the unpacked file, in bytes
	Reason string
}

// Error is the place and the reason.
func (e *LineError) Error() string {
	return fmt.Sprintf("debuglog: %s: line %d at offset %d: %s", e.File, e.Line, e.Offset, e.Reason)
}

const (
	maxLine   = 64 << 20  // bytes; a block of 21 MB is printed in it
	maxWindow = 128 << 20 // what zstd --ultra -22 needs, in bytes
)

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// Log reads a debug log line by line.
type Log struct {
	file   string
	in     *bufio.Reader
	close  func() error
	line   int
	offset int64
	others map[string]int
}

// Open opens a log in JSON, as it is or packed with zstd. A file that is none is
// refused with [ErrNotLog] or [ErrPlain].
func Open(path string) (*Log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, closed := bufio.NewReader(f), f.Close
	if head, err := in.Peek(len(zstdMagic)); err == nil && bytes.Equal(head, zstdMagic) {
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("debuglog: unpack %s: %w", path, err), f.Close())
		}
		in, closed = bufio.NewReaderSize(z, 1<<16), func() error { z.Close(); return f.Close() }
	}
	l := &Log{file: filepath.Base(path), in: in, close: closed, others: map[string]int{}}
	if err := l.refuse(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", err, path), closed())
	}
	return l, nil
}

// NewLog reads a log in JSON that is not packed; name is what errors call it.
func NewLog(name string, r io.Reader) *Log {
	return &Log{file: name, in: bufio.NewReader(r), close: func() error { return nil }, others: map[string]int{}}
}

// refuse tells from the first bytes whether this is a log.
func (l *Log) refuse() error {
	head, err := l.in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrNotLog, err)
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case bytes.HasPrefix(first, []byte("{")) && bytes.Contains(first, []byte(`"_msg":`)):
		return nil
	case plain.Match(first):
		return ErrPlain
	default:
		return ErrNotLog
	}
}

// plain is how a line of the plain format begins.
var plain = regexp.MustCompile(`^[DIE]\[\d{4}-\d\d-\d\d\|`)

// Is reports whether a file is the log of a node, in the plain format too.
func Is(path string) bool {
	l, err := Open(path)
	if err == nil {
		err = l.Close()
	}
	return err == nil || errors.Is(err, ErrPlain)
}

// Close closes the file.
func (l *Log) Close() error { return l.close() }

// Lines is how many lines were read.
func (l *Log) Lines() int { return l.line }

// Others counts the lines that gave no record, by module and text. It must not be
// modified.
func (l *Log) Others() map[string]int { return l.others }

// Next is the next record, or io.EOF. After a [*LineError] it can be called again.
func (l *Log) Next() (Record, error) {
	for {
		line, err := l.read()
		if err != nil {
			return Record{}, err
		}
		at := l.offset
		l.offset += int64(len(line))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		f, err := parseFields(line)
		if err != nil {
			return Record{}, &LineError{l.file, l.line, at, err.Error()}
		}
		r := Record{Line: l.line, Offset: at, Time: f.when("ts"), Capital: f.capital}
		known := f.record(&r)
		if f.err != nil {
			return Record{}, &LineError{l.file, l.line, at, fmt.Sprintf("%q: %v", f.text, f.err)}
		}
		if known {
			return r, nil
		}
		l.others[f.module+": "+f.text]++
	}
}

// read is the next line with its end; the last one may have none.
func (l *Log) read() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, &LineError{l.file, l.line + 1, l.offset, "the line is longer than 64 MiB"}
		}
		switch {
		case err == nil || errors.Is(err, io.EOF) && len(line) > 0:
			l.line++
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("debuglog: %s after line %d: %w", l.file, l.line, err)
		}
	}
}
