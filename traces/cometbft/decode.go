package cometbft

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Bounds of google.protobuf.Timestamp: the years 1 to 9999.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

// maxInterned bounds the strings a decoder shares between records.
const maxInterned = 4096

// decoder turns payloads into records. Strings that repeat (hashes, peers,
// steps) are shared between its records; it is not safe for concurrent use.
type decoder struct {
	strings map[string]string
	// unknown counts skipped fields by name, e.g. "Vote.11".
	unknown map[string]int
	// skipped counts the skipped fields of the present record.
	skipped int
}

func newDecoder() *decoder {
	return &decoder{strings: map[string]string{}, unknown: map[string]int{}}
}

// DecodePayload decodes the payload of one record: what is framed, without
// checksum and length. Index, File, Offset and Size stay zero.
func DecodePayload(payload []byte) (Record, error) {
	var r Record
	err := newDecoder().decode(payload, &r)
	return r, err
}

// decode fills Time, Kind, Unknown and the payload of r, which must be zero.
func (d *decoder) decode(payload []byte, r *Record) error {
	d.skipped = 0
	s := scanner{message: "TimedWALMessage", rest: payload}
	for s.next() {
		switch s.num {
		case 1:
			r.Time = d.timestamp(&s)
		case 2:
			d.walMessage(&s, r)
		default:
			d.skip(&s)
		}
	}
	r.Unknown = d.skipped
	if r.Kind == 0 {
		if r.Unknown == 0 {
			s.reject("there is no message in it")
		}
		r.Kind = KindOther
	}
	return s.err
}

func (d *decoder) skip(s *scanner) {
	d.skipped++
	d.unknown[s.message+"."+strconv.Itoa(s.num)]++
}

// intern gives b as a string, the same one for the same bytes.
func (d *decoder) intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := d.strings[string(b)]; ok {
		return s
	}
	if len(d.strings) >= maxInterned {
		clear(d.strings)
	}
	s := string(b)
	d.strings[s] = s
	return s
}

// setKind notes the kind of r and fails if it has one: a oneof has one member.
func setKind(s *scanner, r *Record, k Kind) {
	if r.Kind != 0 {
		s.fail(fmt.Errorf("a record holds both %v and %v", r.Kind, k))
		return
	}
	r.Kind = k
}

func (d *decoder) walMessage(s *scanner, r *Record) {
	in := s.nested("WALMessage")
	for in.next() {
		switch in.num {
		case 1:
			setKind(&in, r, KindStep)
			d.step(&in, &r.Step)
		case 2:
			d.msgInfo(&in, r)
		case 3:
			setKind(&in, r, KindTimeout)
			d.timeout(&in, &r.Timeout)
		case 4:
			setKind(&in, r, KindEndHeight)
			r.EndHeight = d.endHeight(&in)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) step(s *scanner, out *Step) {
	in := s.nested("EventDataRoundState")
	for in.next() {
		switch in.num {
		case 1:
			out.Height = in.int64()
		case 2:
			out.Round = in.int32()
		case 3:
			out.Step = d.intern(in.raw())
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) timeout(s *scanner, out *Timeout) {
	in := s.nested("TimeoutInfo")
	for in.next() {
		switch in.num {
		case 1:
			out.Duration = d.duration(&in)
		case 2:
			out.Height = in.int64()
		case 3:
			out.Round = in.int32()
		case 4:
			out.Step = in.uint8()
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) endHeight(s *scanner) (height int64) {
	in := s.nested("EndHeight")
	for in.next() {
		switch in.num {
		case 1:
			height = in.int64()
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
	return height
}

func (d *decoder) msgInfo(s *scanner, r *Record) {
	in := s.nested("MsgInfo")
	for in.next() {
		switch in.num {
		case 1:
			d.message(&in, r)
		case 2:
			r.Peer = d.intern(in.raw())
		case 3:
			r.ReceiveTime = d.timestamp(&in)
		default:
			d.skip(&in)
		}
	}
	if r.Kind == 0 && d.skipped == 0 {
		in.reject("there is no message in it")
	}
	s.close(&in)
}

// message reads the union of consensus messages. A node logs three of them;
// the others (NewRoundStep, HasVote, …) are skipped and counted.
func (d *decoder) message(s *scanner, r *Record) {
	in := s.nested("Message")
	for in.next() {
		switch in.num {
		case 3:
			setKind(&in, r, KindProposal)
			d.proposalMessage(&in, &r.Proposal)
		case 5:
			setKind(&in, r, KindBlockPart)
			d.blockPart(&in, &r.BlockPart)
		case 6:
			setKind(&in, r, KindVote)
			d.voteMessage(&in, &r.Vote)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

// timestamp reads a google.protobuf.Timestamp.
func (d *decoder) timestamp(s *scanner) time.Time {
	var seconds, nanos int64
	in := s.nested("Timestamp")
	for in.next() {
		switch in.num {
		case 1:
			seconds = in.ranged(minSeconds, maxSeconds)
		case 2:
			nanos = in.ranged(0, 999_999_999)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
	return time.Unix(seconds, nanos).UTC()
}

// duration reads a google.protobuf.Duration that fits a time.Duration.
func (d *decoder) duration(s *scanner) time.Duration {
	const whole = math.MaxInt64 / int64(time.Second)
	var seconds, nanos int64
	in := s.nested("Duration")
	for in.next() {
		switch in.num {
		case 1:
			seconds = in.ranged(-whole, whole)
		case 2:
			nanos = in.ranged(-999_999_999, 999_999_999)
		default:
			d.skip(&in)
		}
	}
	sum := seconds*int64(time.Second) + nanos
	switch {
	case seconds < 0 && nanos > 0, seconds > 0 && nanos < 0:
		in.reject("seconds and nanos differ in sign")
	case seconds < 0 && sum > 0, seconds > 0 && sum < 0:
		in.reject("it is longer than 292 years")
	}
	s.close(&in)
	return time.Duration(sum)
}
