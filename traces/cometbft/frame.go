package cometbft

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

const (
	// headerSize is checksum and length, in bytes.
	headerSize = 8
	// maxPayload is the longest payload CometBFT writes or reads, in bytes:
	// 1 MiB of message and 24 bytes around it.
	maxPayload = 1<<20 + 24
	// firstTag begins every payload: field 1 (the time), a message.
	firstTag = 1<<3 | byte(wireBytes)
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendFrame appends payload to dst as a record on disk: checksum, length,
// payload. It does not look into the payload, nor at its length: a test may
// want a record that is too long.
func AppendFrame(dst, payload []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, crc32.Checksum(payload, castagnoli))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(payload)))
	return append(dst, payload...)
}

// header splits the first eight bytes of a record, which must be there.
func header(b []byte) (checksum, length uint32) {
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
}

// Writer writes records to one file of a log. It does not buffer. It is there
// to make logs for tests: nothing is synced.
type Writer struct {
	w   io.Writer
	buf []byte
}

// NewWriter gives a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write encodes r and writes it. It refuses what AppendPayload refuses.
func (w *Writer) Write(r *Record) error {
	payload, err := AppendPayload(nil, r)
	if err != nil {
		return err
	}
	return w.WritePayload(payload)
}

// WritePayload frames a payload that is already encoded and writes it.
func (w *Writer) WritePayload(payload []byte) error {
	w.buf = AppendFrame(w.buf[:0], payload)
	_, err := w.w.Write(w.buf)
	return err
}
