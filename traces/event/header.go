package event

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Format is the version of the log format that this package writes and reads.
const Format = 1

// Header is the first line of a log: whose it is, and by which rules it was made.
type Header struct {
	Format        int         `json:"polkaTrace"` // [Format]; a writer fills in 0
	Digest        string      `json:"digest"`     // of the rules, in hexadecimal
	Dialect       string      `json:"dialect"`    // such as "paper"
	ChainID       string      `json:"chain"`
	Validators    []Validator `json:"validators"` // in the order of their indexes
	Node          Node        `json:"node"`
	InitialHeight int64       `json:"initialHeight"` // the first height, from 1
	Timeouts      Timeouts    `json:"timeouts"`
}

// Validator is one member of the validator set.
type Validator struct {
	Address Hex   `json:"address"`
	PubKey  Hex   `json:"pubKey"`
	Power   int64 `json:"power"`
}

// Node is whose log it is. Index is −1 for a node that is not a validator.
type Node struct {
	Index   int `json:"index"`
	Address Hex `json:"address"`
}

// Timeouts are the durations of the three timeouts: base + round · delta.
type Timeouts struct {
	Propose        Duration `json:"propose"`
	ProposeDelta   Duration `json:"proposeDelta"`
	Prevote        Duration `json:"prevote"`
	PrevoteDelta   Duration `json:"prevoteDelta"`
	Precommit      Duration `json:"precommit"`
	PrecommitDelta Duration `json:"precommitDelta"`
}

// check says what is wrong with a header of the current format.
func (h *Header) check() error {
	switch {
	case h.Format != Format:
		return fmt.Errorf("the format is %d, not %d", h.Format, Format)
	case len(h.Validators) == 0:
		return fmt.Errorf("there are no validators")
	case h.Node.Index < -1 || h.Node.Index >= len(h.Validators):
		return fmt.Errorf("node index %d is not in the set of %d validators", h.Node.Index, len(h.Validators))
	case h.InitialHeight < 1:
		return fmt.Errorf("the initial height is %d, less than 1", h.InitialHeight)
	}
	for i, v := range h.Validators {
		if v.Power < 0 {
			return fmt.Errorf("validator %d has a negative power, %d", i, v.Power)
		}
	}
	for _, s := range []string{h.Digest, h.Dialect, h.ChainID} {
		if err := checkText(s); err != nil {
			return err
		}
	}
	return nil
}

// line is the header as it stands in a log, with the line feed.
func (h *Header) line() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(h); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Hex is bytes that are written in lower-case hexadecimal.
type Hex []byte

// MarshalText writes the bytes in hexadecimal.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hex) UnmarshalText(text []byte) error {
	if err := checkLower(text); err != nil {
		return err
	}
	b, err := hex.AppendDecode(Hex{}, text)
	*h = b
	return err
}

// Value is the id of a proposed value. The zero Value is nil.
type Value [32]byte

// String is "nil" or 64 hexadecimal digits.
func (v Value) String() string {
	if v == (Value{}) {
		return "nil"
	}
	return hex.EncodeToString(v[:])
}

// MarshalText writes what String returns.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Value) UnmarshalText(text []byte) error {
	*v = Value{}
	if string(text) == "nil" {
		return nil
	}
	if len(text) != 2*len(v) {
		return fmt.Errorf("a value has %d characters, not %d", len(text), 2*len(v))
	}
	if err := checkLower(text); err != nil {
		return err
	}
	_, err := hex.Decode(v[:], text)
	return err
}

func checkLower(text []byte) error {
	if bytes.ContainsAny(text, "ABCDEF") {
		return fmt.Errorf("hexadecimal digits are written in lower case")
	}
	return nil
}

// Duration is a length of time, written as "3s" or "1.5ms".
type Duration time.Duration

// MarshalText writes the duration as time.Duration prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration accepts.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(strings.TrimSpace(string(text)))
	*d = Duration(v)
	return err
}
