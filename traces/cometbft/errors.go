package cometbft

import (
	"errors"
	"fmt"
)

var (
	// ErrNotWAL says that a path does not hold a CometBFT write-ahead log.
	ErrNotWAL = errors.New("cometbft: not a CometBFT write-ahead log")
	// ErrEmpty says that a path holds the files of a log but no byte in them.
	ErrEmpty = errors.New("cometbft: the write-ahead log is empty")
)

// CorruptError says where a log is damaged. Records before it are sound, each
// by its checksum; nothing after it was read.
type CorruptError struct {
	// File is the base name of the damaged file.
	File string
	// Offset is where the damaged record begins in File, in bytes.
	Offset int64
	// Index is the number the damaged record would have had.
	Index int
	// Reason says what is wrong, in words.
	Reason string
	// Err is the decoder's error, if there is one.
	Err error
}

// Error names the place, the reason and what can be done.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("cometbft: %s: record %d at offset %d is damaged: %s; "+
		"fetch the log again, or judge the records before this one "+
		"(CometBFT's own repair cuts the head there and keeps a copy as wal.CORRUPTED)",
		e.File, e.Index, e.Offset, e.reason())
}

func (e *CorruptError) reason() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s: %v", e.Reason, e.Err)
}

// Unwrap gives the decoder's error.
func (e *CorruptError) Unwrap() error { return e.Err }

// Torn describes a record that was cut short at the end of the last file. It
// is not an error: CometBFT drops such a record when it starts again.
type Torn struct {
	// File is the base name of the last file.
	File string
	// Offset is where the cut record begins in File, in bytes.
	Offset int64
	// Bytes is how much of the record is there.
	Bytes int
	// Want is how long the record should be, or 0 if its length field is cut.
	Want int
}

// String is the description in one line.
func (t Torn) String() string {
	if t.Want == 0 {
		return fmt.Sprintf("%s ends in the first %d bytes of a record at offset %d", t.File, t.Bytes, t.Offset)
	}
	return fmt.Sprintf("%s ends in a record at offset %d: %d of %d bytes are there", t.File, t.Offset, t.Bytes, t.Want)
}

// Irregularity is something odd about the files of a log that does not stop it
// from being read, such as a missing file between two others.
type Irregularity struct {
	// File is the base name of the file it was noticed at.
	File string
	// Reason says what is odd, in words.
	Reason string
}

// String is the irregularity in one line.
func (i Irregularity) String() string { return i.File + ": " + i.Reason }

// FileError says which file beside a log cannot be used, which field of it is
// wrong, and what to do.
type FileError struct {
	Path string
	// Field is the JSON path of the field, or empty for the file as a whole.
	Field string
	// Reason says what is wrong and what to do.
	Reason string
	// Err is the cause, if there is one.
	Err error
}

// Error is path, field, reason and cause.
func (e *FileError) Error() string {
	s := "cometbft: " + e.Path + ": "
	if e.Field != "" {
		s += e.Field + ": "
	}
	s += e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }
