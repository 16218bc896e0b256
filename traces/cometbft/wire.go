package cometbft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// wireType is the low three bits of a protobuf tag. Zero is a valid type.
type wireType uint8

const (
	wireVarint  wireType = 0
	wireFixed64 wireType = 1
	wireBytes   wireType = 2
	wireFixed32 wireType = 5
)

var (
	errCut      = errors.New("it ends inside a field")
	errOverflow = errors.New("a number has more than 64 bits")
)

// scanner walks the fields of one protobuf message. It never reads outside
// rest, and after an error it stops for good: check err when next gives false.
//
// It is stricter than protobuf: a field that is known to occur once may not
// occur twice, and a number must fit its type. CometBFT writes no such record.
type scanner struct {
	// message names the message in errors, e.g. "Vote".
	message string
	rest    []byte
	err     error
	// repeated is the number of the one field that may occur again, or 0.
	repeated int
	seen     uint64

	num   int
	typ   wireType
	value uint64 // of a varint or a fixed field
	bytes []byte // of a bytes field
}

// next moves to the following field; false means the end or an error.
func (s *scanner) next() bool {
	if s.err != nil || len(s.rest) == 0 {
		return false
	}
	tag, ok := s.uvarint()
	if !ok {
		return false
	}
	num := tag >> 3
	if num == 0 || num > math.MaxInt32 {
		s.err = fmt.Errorf("%s: field number %d is impossible", s.message, num)
		return false
	}
	s.num, s.typ = int(num), wireType(tag&7)
	if num < 64 && s.num != s.repeated {
		if s.seen&(1<<num) != 0 {
			s.fail(errors.New("it occurs twice"))
			return false
		}
		s.seen |= 1 << num
	}
	return s.content()
}

// content reads what follows a tag.
func (s *scanner) content() bool {
	switch s.typ {
	case wireVarint:
		v, ok := s.uvarint()
		s.value = v
		return ok
	case wireBytes:
		n, ok := s.uvarint()
		if !ok {
			return false
		}
		if n > uint64(len(s.rest)) {
			s.fail(errCut)
			return false
		}
		s.bytes, s.rest = s.rest[:n:n], s.rest[n:]
		return true
	case wireFixed64:
		if len(s.rest) < 8 {
			s.fail(errCut)
			return false
		}
		s.value, s.rest = binary.LittleEndian.Uint64(s.rest), s.rest[8:]
		return true
	case wireFixed32:
		if len(s.rest) < 4 {
			s.fail(errCut)
			return false
		}
		s.value, s.rest = uint64(binary.LittleEndian.Uint32(s.rest)), s.rest[4:]
		return true
	}
	s.fail(fmt.Errorf("wire type %d is not used any more", s.typ))
	return false
}

func (s *scanner) uvarint() (uint64, bool) {
	if len(s.rest) > 0 && s.rest[0] < 0x80 { // nine of ten numbers are one byte
		v := uint64(s.rest[0])
		s.rest = s.rest[1:]
		return v, true
	}
	v, n := binary.Uvarint(s.rest)
	switch {
	case n == 0:
		s.fail(errCut)
		return 0, false
	case n < 0:
		s.fail(errOverflow)
		return 0, false
	}
	s.rest = s.rest[n:]
	return v, true
}

func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = fmt.Errorf("%s, field %d: %w", s.message, s.num, err)
	}
}

// reject fails for the message as a whole.
func (s *scanner) reject(reason string) {
	if s.err == nil {
		s.err = fmt.Errorf("%s: %s", s.message, reason)
	}
}

// expect reports whether the field has the given type, and fails if not.
func (s *scanner) expect(t wireType) bool {
	if s.typ == t {
		return true
	}
	s.fail(fmt.Errorf("its wire type is %d, not %d", s.typ, t))
	return false
}

func (s *scanner) int64() int64 {
	if !s.expect(wireVarint) {
		return 0
	}
	return int64(s.value)
}

// ranged reads a number and fails if it is outside [low, high].
func (s *scanner) ranged(low, high int64) int64 {
	v := s.int64()
	if v < low || v > high {
		s.fail(fmt.Errorf("%d is outside %d to %d", v, low, high))
		return 0
	}
	return v
}

func (s *scanner) int32() int32   { return int32(s.ranged(math.MinInt32, math.MaxInt32)) }
func (s *scanner) uint32() uint32 { return uint32(s.ranged(0, math.MaxUint32)) }
func (s *scanner) uint8() uint8   { return uint8(s.ranged(0, math.MaxUint8)) }

// raw gives the bytes of the field; they are part of the message scanned.
func (s *scanner) raw() []byte {
	if !s.expect(wireBytes) {
		return nil
	}
	return s.bytes
}

// clone gives a copy of the bytes of the field, nil if there are none.
func (s *scanner) clone() []byte {
	return append([]byte(nil), s.raw()...)
}

// sized gives the bytes of the field and fails if there are some but not n.
func (s *scanner) sized(n int) []byte {
	b := s.raw()
	if len(b) != 0 && len(b) != n {
		s.fail(fmt.Errorf("%d bytes where %d belong", len(b), n))
		return nil
	}
	return b
}

// nested starts to scan the field as a message. Give it back to close.
func (s *scanner) nested(message string) scanner {
	in := scanner{message: message, err: s.err}
	in.rest = s.raw()
	return in
}

// close takes over the error of a nested scanner.
func (s *scanner) close(in *scanner) {
	if s.err == nil {
		s.err = in.err
	}
}
