package cometbft

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	// bufferSize lets the longest record be seen at once, and more be read at
	// a time than one record.
	bufferSize = headerSize + maxPayload + 64<<10
	// probeSize is how much of a file Open looks at to tell what it is.
	probeSize = 64 << 10
)

// errFileEnd says that the present file ends between two records.
var errFileEnd = errors.New("end of file")

// Log reads the records of one write-ahead log in order. It holds one buffer
// of 1.1 MiB, however long the log is. It is not safe for concurrent use.
type Log struct {
	src     *source
	decoder *decoder
	r       *bufio.Reader

	file    io.ReadCloser // nil between files
	current int           // index into src.files of file, or of the next one
	offset  int64         // in the present file
	payload []byte        // of the last record, inside r's buffer
	torn    *Torn
	stats   Stats
	err     error // sticky
}

// Stats counts what Next has given so far.
type Stats struct {
	// Files are the names of all files of the log, oldest first. If the first
	// is neither wal.000 nor wal, then older files are missing.
	Files []string
	// Records and Bytes count whole records and their length on disk.
	Records, Bytes int64
	// Kinds counts records by Kind.
	Kinds [KindOther + 1]int64
	// Unknown counts skipped protobuf fields by message and number, "Vote.11".
	Unknown map[string]int
}

// Open finds the log at path, which may be
//
//   - a folder with the files wal.000, wal.001, … and the head, wal,
//   - a node's home, or any folder with data/cs.wal, cs.wal or cs.wal.tar.zst,
//   - one file of a log,
//   - a pack of one log: .tar, .tar.zst, or one file compressed, .zst.
//
// What a file is, its first bytes decide, not its name. The oldest files may
// be missing, and so may the head; a gap between two numbers does not stop
// Open, see [Log.Irregularities].
//
// It gives ErrNotWAL if there is no log, and ErrEmpty if all its files are
// empty. A file is taken for foreign if neither its first record could be one
// nor the first 64 KiB hold any: a log that is one damaged record is, too.
//
// A pack is read twice, first for the names of its members. If they are not in
// the order of the log, the second time goes to a temporary file as large as
// the log, which Close removes.
func Open(path string) (*Log, error) {
	src, err := findSource(path)
	if err != nil {
		return nil, fmt.Errorf("cometbft: open %s: %w", path, err)
	}
	l := &Log{src: src, decoder: newDecoder(), r: bufio.NewReaderSize(nil, bufferSize)}
	for _, f := range src.files {
		l.stats.Files = append(l.stats.Files, f.name)
	}
	l.stats.Unknown = l.decoder.unknown
	if err := l.probe(); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("cometbft: open %s: %w", path, err)
	}
	return l, nil
}

// probe opens the first file that is not empty and looks at its first bytes.
func (l *Log) probe() error {
	for l.current < len(l.src.files) {
		if err := l.openFile(); err != nil {
			return err
		}
		head, err := l.r.Peek(probeSize)
		switch {
		case err != nil && err != io.EOF:
			return fmt.Errorf("read %s: %w", l.name(), err)
		case len(head) == 0:
			if err := l.closeFile(); err != nil {
				return err
			}
		case foreign(head):
			return fmt.Errorf("%s: %w", l.name(), ErrNotWAL)
		default:
			return nil
		}
	}
	return ErrEmpty
}

// Next gives the next record, io.EOF after the last, or a *CorruptError where
// the log is damaged. After an error it gives the same error again.
func (l *Log) Next() (Record, error) {
	if l.err != nil {
		return Record{}, l.err
	}
	for l.current < len(l.src.files) {
		if l.file == nil {
			if err := l.openFile(); err != nil {
				return Record{}, l.stop(fmt.Errorf("cometbft: %w", err))
			}
		}
		r, err := l.read()
		if err == nil {
			return r, nil
		}
		if !errors.Is(err, errFileEnd) {
			return Record{}, l.stop(err)
		}
		if err := l.closeFile(); err != nil {
			return Record{}, l.stop(fmt.Errorf("cometbft: %w", err))
		}
	}
	return Record{}, l.stop(io.EOF)
}

func (l *Log) stop(err error) error {
	l.err, l.payload = err, nil
	return err
}

// read gives the record at the present place of the present file.
func (l *Log) read() (Record, error) {
	head, err := l.r.Peek(headerSize)
	if err != nil {
		return Record{}, l.short(head, 0, err)
	}
	checksum, length := header(head)
	if length == 0 {
		return Record{}, l.corrupt("its length is 0; are the next bytes all zero?", nil)
	}
	if length > maxPayload {
		return Record{}, l.corrupt(fmt.Sprintf("its length is %d bytes, more than %d", length, maxPayload), nil)
	}
	size := headerSize + int(length)
	frame, err := l.r.Peek(size)
	if err != nil {
		return Record{}, l.short(frame, size, err)
	}
	payload := frame[headerSize:]
	if sum := crc32.Checksum(payload, castagnoli); sum != checksum {
		return Record{}, l.corrupt(fmt.Sprintf("its checksum is %08x, but %08x is stored", sum, checksum), nil)
	}
	r := Record{Index: int(l.stats.Records), File: l.name(), Offset: l.offset, Size: size}
	if err := l.decoder.decode(payload, &r); err != nil {
		return Record{}, l.corrupt("its checksum fits, but it does not decode", err)
	}
	if _, err := l.r.Discard(size); err != nil {
		return Record{}, fmt.Errorf("cometbft: read %s: %w", l.name(), err)
	}
	l.payload = payload
	l.offset += int64(size)
	l.stats.Records++
	l.stats.Bytes += int64(size)
	l.stats.Kinds[r.Kind]++
	return r, nil
}

// short judges a record of which only have is there; want is 0 if not even its
// length is known. It gives errFileEnd, io.EOF for a torn tail, or an error.
func (l *Log) short(have []byte, want int, err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("cometbft: read %s at offset %d: %w", l.name(), l.offset, err)
	case len(have) == 0:
		return errFileEnd
	}
	if want > 0 {
		if n, found := trueLength(have); found {
			return l.corrupt(fmt.Sprintf("its length is given as %d bytes, but its checksum fits the first %d",
				want-headerSize, n), nil)
		}
	}
	if l.current+1 < len(l.src.files) {
		return l.corrupt(fmt.Sprintf("the file ends after %d bytes of it, and it is not the last file", len(have)), nil)
	}
	l.torn = &Torn{File: l.name(), Offset: l.offset, Bytes: len(have), Want: want}
	return io.EOF
}

func (l *Log) corrupt(reason string, cause error) error {
	return &CorruptError{File: l.name(), Offset: l.offset, Index: int(l.stats.Records), Reason: reason, Err: cause}
}

func (l *Log) name() string { return l.src.files[l.current].name }

func (l *Log) openFile() error {
	f, err := l.src.files[l.current].open()
	if err != nil {
		return fmt.Errorf("open %s: %w", l.name(), err)
	}
	l.file, l.offset = f, 0
	l.r.Reset(f)
	return nil
}

func (l *Log) closeFile() error {
	err := l.file.Close()
	if err != nil {
		err = fmt.Errorf("close %s: %w", l.name(), err)
	}
	l.file = nil
	l.current++
	return err
}

// Payload gives the encoded payload of the record Next gave last, valid until
// the next call of Next. Use it to copy a record unchanged.
func (l *Log) Payload() []byte { return l.payload }

// Torn describes the record cut short at the end of the log, if there is one.
// It is known once Next has given io.EOF.
func (l *Log) Torn() (Torn, bool) {
	if l.torn == nil {
		return Torn{}, false
	}
	return *l.torn, true
}

// Irregularities lists what is odd about the files of the log: a gap in their
// numbers, a missing head, a copy that a repair left behind.
func (l *Log) Irregularities() []Irregularity { return l.src.irregular }

// Stats gives the counts so far. The caller must not change them.
func (l *Log) Stats() Stats { return l.stats }

// Close releases the files. Next must not be called after it.
func (l *Log) Close() error {
	var errs []error
	if l.file != nil {
		errs = append(errs, l.file.Close())
		l.file = nil
	}
	l.err = errors.New("cometbft: the log is closed")
	return errors.Join(append(errs, l.src.close())...)
}
