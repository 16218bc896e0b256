package event

import (
	"encoding/hex"
	"strconv"
	"time"
)

// appendEvent appends the event as its one line, with the line feed. The event
// must have passed check.
func appendEvent(b []byte, e *Event) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = appendInt(b, `,"node":`, int64(e.Node))
	b = appendInt(b, `,"mono":`, int64(e.Mono))
	b = append(b, `,"wall":"`...)
	b = e.Wall.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","kind":`...)
	b = appendText(b, string(e.Kind))
	b = appendInt(b, `,"height":`, e.Height)
	b = appendInt(b, `,"round":`, int64(e.Round))
	b = append(b, `,"step":`...)
	b = appendText(b, e.Step)
	if e.From != "" {
		b = append(b, `,"from":`...)
		b = appendText(b, e.From)
	}
	if e.Kind == Rule {
		b = append(b, `,"rule":`...)
		b = appendText(b, e.Rule)
		b = append(b, `,"observation":`...)
		b = appendText(b, e.Observation)
	}
	if e.Kind == Refuse {
		b = append(b, `,"reason":`...)
		b = appendText(b, e.Reason)
	}
	b = appendPayload(b, e)
	return append(b, "}\n"...)
}

func appendPayload(b []byte, e *Event) []byte {
	switch {
	case e.Proposal != nil:
		return appendProposal(b, e)
	case e.Vote != nil:
		b = append(b, `,"vote":{"type":`...)
		b = appendText(b, e.Vote.Type)
		b = appendPlace(b, `,"height":`, e.Vote.Height, e.Vote.Round)
		b = appendValue(b, e.Vote.Value)
		b = appendInt(b, `,"validator":`, int64(e.Vote.Validator))
		b = appendSignature(b, e.Vote.Signature)
	case e.Timeout != nil:
		b = append(b, `,"timeout":{"kind":`...)
		b = appendText(b, e.Timeout.Kind)
		b = appendPlace(b, `,"height":`, e.Timeout.Height, e.Timeout.Round)
		if e.Kind == Output {
			b = append(b, `,"after":"`...)
			b = append(b, time.Duration(e.Timeout.After).String()...)
			b = append(b, '"')
		}
	case e.NewValue != nil:
		b = appendPlace(b, `,"newValue":{"height":`, e.NewValue.Height, e.NewValue.Round)
		b = appendValue(b, e.NewValue.Value)
	case e.ValueWanted != nil:
		b = appendPlace(b, `,"valueWanted":{"height":`, e.ValueWanted.Height, e.ValueWanted.Round)
	case e.Decision != nil:
		return appendDecision(b, e.Decision)
	default:
		return b
	}
	return append(b, '}')
}

func appendProposal(b []byte, e *Event) []byte {
	p := e.Proposal
	b = appendPlace(b, `,"proposal":{"height":`, p.Height, p.Round)
	b = appendInt(b, `,"polRound":`, int64(p.POLRound))
	b = appendValue(b, p.Value)
	b = appendInt(b, `,"proposer":`, int64(p.Proposer))
	if e.Kind == Input {
		b = append(b, `,"valid":`...)
		b = strconv.AppendBool(b, p.Valid)
	}
	b = appendSignature(b, p.Signature)
	return append(b, '}')
}

func appendDecision(b []byte, d *Decision) []byte {
	b = appendPlace(b, `,"decision":{"height":`, d.Height, d.Round)
	b = appendValue(b, d.Value)
	b = append(b, `,"precommits":[`...)
	for i, p := range d.Precommits {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendInt(b, `{"validator":`, int64(p.Validator))
		b = appendSignature(b, p.Signature)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

func appendInt(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(b, key...), n, 10)
}

func appendPlace(b []byte, key string, height int64, round int32) []byte {
	return appendInt(appendInt(b, key, height), `,"round":`, int64(round))
}

func appendValue(b []byte, v Value) []byte {
	b = append(b, `,"value":"`...)
	if v == (Value{}) {
		b = append(b, "nil"...)
	} else {
		b = hex.AppendEncode(b, v[:])
	}
	return append(b, '"')
}

func appendSignature(b []byte, sig Hex) []byte {
	b = append(b, `,"signature":"`...)
	b = hex.AppendEncode(b, sig)
	return append(b, '"')
}

// appendText appends a JSON string. It escapes what JSON demands and no more.
func appendText(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
