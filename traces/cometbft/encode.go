package cometbft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// AppendPayload appends the encoding of r to dst, byte for byte what CometBFT
// writes for the same record; frame it with AppendFrame. It looks at Time, Kind
// and the payload that Kind names. It refuses a record that it could not encode
// whole: one of KindOther, or with unknown fields.
func AppendPayload(dst []byte, r *Record) ([]byte, error) {
	if r.Unknown > 0 {
		return dst, errors.New("cometbft: encode: the record has unknown fields, which would be lost")
	}
	var body func([]byte) []byte
	switch r.Kind {
	case KindStep:
		body = func(b []byte) []byte { return appendNested(b, 1, r.Step.append) }
	case KindProposal, KindBlockPart, KindVote:
		body = func(b []byte) []byte { return appendNested(b, 2, r.appendMsgInfo) }
	case KindTimeout:
		body = func(b []byte) []byte { return appendNested(b, 3, r.Timeout.append) }
	case KindEndHeight:
		body = func(b []byte) []byte {
			return appendNested(b, 4, func(b []byte) []byte { return appendInt(b, 1, r.EndHeight) })
		}
	default:
		return dst, fmt.Errorf("cometbft: encode: cannot encode a record of %v", r.Kind)
	}
	dst = appendTime(dst, 1, r.Time)
	return appendNested(dst, 2, body), nil
}

func (r *Record) appendMsgInfo(b []byte) []byte {
	b = appendNested(b, 1, r.appendMessage)
	b = appendString(b, 2, r.Peer)
	if !r.ReceiveTime.IsZero() {
		b = appendTime(b, 3, r.ReceiveTime)
	}
	return b
}

func (r *Record) appendMessage(b []byte) []byte {
	wrap := func(body func([]byte) []byte) func([]byte) []byte {
		return func(b []byte) []byte { return appendNested(b, 1, body) }
	}
	switch r.Kind {
	case KindProposal:
		return appendNested(b, 3, wrap(r.Proposal.append))
	case KindBlockPart:
		return appendNested(b, 5, r.BlockPart.append)
	default:
		return appendNested(b, 6, wrap(r.Vote.append))
	}
}

func (s *Step) append(b []byte) []byte {
	b = appendInt(b, 1, s.Height)
	b = appendInt(b, 2, int64(s.Round))
	return appendString(b, 3, s.Step)
}

func (t *Timeout) append(b []byte) []byte {
	b = appendNested(b, 1, func(b []byte) []byte {
		b = appendInt(b, 1, int64(t.Duration/time.Second))
		return appendInt(b, 2, int64(t.Duration%time.Second))
	})
	b = appendInt(b, 2, t.Height)
	b = appendInt(b, 3, int64(t.Round))
	return appendInt(b, 4, int64(t.Step))
}

func (p *Proposal) append(b []byte) []byte {
	b = appendInt(b, 1, proposalType)
	b = appendInt(b, 2, p.Height)
	b = appendInt(b, 3, int64(p.Round))
	b = appendInt(b, 4, int64(p.POLRound))
	b = appendNested(b, 5, p.BlockID.append)
	b = appendTime(b, 6, p.Timestamp)
	return appendString(b, 7, p.Signature)
}

func (v *Vote) append(b []byte) []byte {
	b = appendInt(b, 1, int64(v.Type))
	b = appendInt(b, 2, v.Height)
	b = appendInt(b, 3, int64(v.Round))
	b = appendNested(b, 4, v.BlockID.append)
	b = appendTime(b, 5, v.Timestamp)
	b = appendString(b, 6, v.ValidatorAddress[:])
	b = appendInt(b, 7, int64(v.ValidatorIndex))
	b = appendString(b, 8, v.Signature)
	b = appendString(b, 9, v.Extension)
	return appendString(b, 10, v.ExtensionSignature)
}

func (p *BlockPart) append(b []byte) []byte {
	b = appendInt(b, 1, p.Height)
	b = appendInt(b, 2, int64(p.Round))
	return appendNested(b, 3, func(b []byte) []byte {
		b = appendInt(b, 1, int64(p.Index))
		b = appendString(b, 2, p.Bytes)
		return appendNested(b, 3, p.Proof.append)
	})
}

func (p *Proof) append(b []byte) []byte {
	b = appendInt(b, 1, p.Total)
	b = appendInt(b, 2, p.Index)
	b = appendString(b, 3, p.LeafHash)
	for _, aunt := range p.Aunts { // even an empty one counts
		b = appendNested(b, 4, func(b []byte) []byte { return append(b, aunt...) })
	}
	return b
}

// append encodes a block id; its canonical form for signatures is the same.
func (id *BlockID) append(b []byte) []byte {
	b = appendString(b, 1, id.Hash)
	return appendNested(b, 2, func(b []byte) []byte {
		b = appendInt(b, 1, int64(id.PartsTotal))
		return appendString(b, 2, id.PartsHash)
	})
}

func appendTag(b []byte, num int, t wireType) []byte {
	return binary.AppendUvarint(b, uint64(num)<<3|uint64(t))
}

// appendInt appends a varint field, or nothing for 0.
func appendInt(b []byte, num int, v int64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendUvarint(appendTag(b, num, wireVarint), uint64(v))
}

// appendFixed appends a fixed64 field, or nothing for 0.
func appendFixed(b []byte, num int, v int64) []byte {
	if v == 0 {
		return b
	}
	return binary.LittleEndian.AppendUint64(appendTag(b, num, wireFixed64), uint64(v))
}

// appendString appends a bytes field, or nothing if it is empty.
func appendString[T string | []byte](b []byte, num int, v T) []byte {
	if len(v) == 0 {
		return b
	}
	b = binary.AppendUvarint(appendTag(b, num, wireBytes), uint64(len(v)))
	return append(b, v...)
}

// appendNested appends a message field, even if the message is empty.
func appendNested(b []byte, num int, body func([]byte) []byte) []byte {
	b = appendTag(b, num, wireBytes)
	start := len(b)
	b = body(b)
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)-start))
	b = append(b, length[:n]...)
	copy(b[start+n:], b[start:len(b)-n])
	copy(b[start:], length[:n])
	return b
}

// appendTime appends a google.protobuf.Timestamp, even for its zero, 1970.
func appendTime(b []byte, num int, t time.Time) []byte {
	return appendNested(b, num, func(b []byte) []byte {
		b = appendInt(b, 1, t.Unix())
		return appendInt(b, 2, int64(t.Nanosecond()))
	})
}
