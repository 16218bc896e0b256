package modelcheck

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A record is how a state stands in a file: its tag and key, which say what it is,
// the place of its parent, and the state itself where that is more than the key.
// Numbers are big-endian, so that records are in order when their bytes are.
type recordSize struct{ key, state int }

const (
	tagBytes    = 4
	parentBytes = 8
)

// name is the length of what tells records apart, ranked of what orders them, and
// whole of all.
func (n recordSize) name() int   { return tagBytes + n.key }
func (n recordSize) ranked() int { return n.name() + parentBytes }
func (n recordSize) whole() int  { return n.ranked() + n.state }

// sortRecords orders records, and drops all but the first of those with one name.
func sortRecords(records []byte, n recordSize) []byte {
	type item struct {
		prefix uint64
		at     int
	}
	size := n.whole()
	items := make([]item, 0, len(records)/size)
	for at := 0; at < len(records); at += size {
		var head [8]byte
		copy(head[:], records[at:at+n.ranked()])
		items = append(items, item{binary.BigEndian.Uint64(head[:]), at})
	}
	slices.SortFunc(items, func(a, b item) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return bytes.Compare(records[a.at:a.at+n.ranked()], records[b.at:b.at+n.ranked()])
	})
	out := make([]byte, 0, len(records))
	last := -1
	for _, i := range items {
		if last >= 0 && bytes.Equal(records[last:last+n.name()], records[i.at:i.at+n.name()]) {
			continue
		}
		last = i.at
		out = append(out, records[i.at:i.at+size]...)
	}
	return out
}

// fileBuffer is the memory by file that is read or written.
const fileBuffer = 64 << 10

// writeRecords writes what emit is called with. The file is whole, or it is not
// there.
func writeRecords(name string, fill func(emit func(parts ...[]byte) error) error) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("modelcheck: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(name)
			err = fmt.Errorf("modelcheck: writing %s: %w", name, err)
		}
	}()
	w := bufio.NewWriterSize(file, fileBuffer)
	emit := func(parts ...[]byte) error {
		for _, p := range parts {
			if _, err := w.Write(p); err != nil {
				return err
			}
		}
		return nil
	}
	if err := fill(emit); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// syncFile waits until a file or directory is on the disk.
func syncFile(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return file.Sync()
}

// A source gives sorted records, one after the other: from memory or from a file.
type source struct {
	record []byte // nil after the last one
	size   int
	rest   []byte // in memory
	file   *os.File
	reader *bufio.Reader
}

func inMemory(records []byte, size int) *source { return &source{size: size, rest: records} }

// inFile opens a file of records, of which there must be so many.
func inFile(name string, size int, count int64) (*source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("modelcheck: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() != count*int64(size) {
		err = fmt.Errorf("%s has %d bytes, not %d: the directory of a search must be left as it is", name, info.Size(), count*int64(size))
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("modelcheck: %w", err)
	}
	return &source{size: size, file: file, reader: bufio.NewReaderSize(file, fileBuffer)}, nil
}

// next goes on to the next record. It is valid until the next call.
func (s *source) next() error {
	if s.reader == nil {
		if len(s.rest) == 0 {
			s.record = nil
			return nil
		}
		s.record, s.rest = s.rest[:s.size], s.rest[s.size:]
		return nil
	}
	if s.record == nil {
		s.record = make([]byte, s.size)
	}
	_, err := io.ReadFull(s.reader, s.record)
	if errors.Is(err, io.EOF) {
		s.record = nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("modelcheck: reading %s: %w", s.file.Name(), err)
	}
	return nil
}

// A merge gives the records of several sources in order.
type merge struct {
	heap []*source // the least is the first
	n    int       // bytes that are compared
}

// newMerge begins with the first record of every source. It closes them all when
// it fails.
func newMerge(sources []*source, n int) (*merge, error) {
	m := &merge{n: n}
	for _, s := range sources {
		if err := s.next(); err != nil {
			closeAll(sources)
			return nil, err
		}
		if s.record != nil {
			m.heap = append(m.heap, s)
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

// least is the first record that is left, or nil.
func (m *merge) least() []byte {
	if len(m.heap) == 0 {
		return nil
	}
	return m.heap[0].record
}

// next drops the first record.
func (m *merge) next() error {
	if err := m.heap[0].next(); err != nil {
		return err
	}
	if m.heap[0].record == nil {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap = m.heap[:last]
	}
	if len(m.heap) > 0 {
		m.sink(0)
	}
	return nil
}

func (m *merge) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if bytes.Compare(m.heap[child].record[:m.n], m.heap[least].record[:m.n]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

func closeAll(sources []*source) {
	for _, s := range sources {
		if s.file != nil {
			_ = s.file.Close()
		}
	}
}
