package debuglog

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// fields are the values of one line by name. The first that is missing or of
// another type leaves its error in err.
type fields struct {
	values       map[string]json.RawMessage
	module, text string
	capital      bool // the text began with a capital letter
	err          error
}

// parseFields reads a line; the text begins with a small letter, as in v0.38.
func parseFields(line []byte) (*fields, error) {
	f := &fields{}
	if err := json.Unmarshal(line, &f.values); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	f.text = f.str("_msg")
	if f.err != nil {
		return nil, f.err
	}
	if f.has("module") {
		f.module = f.str("module")
	}
	r, n := utf8.DecodeRuneInString(f.text)
	f.capital, f.text = unicode.IsUpper(r), string(unicode.ToLower(r))+f.text[n:]
	return f, f.err
}

func (f *fields) fail(name string, err error) {
	if f.err == nil {
		f.err = fmt.Errorf("field %s: %w", name, err)
	}
}

func (f *fields) has(name string) bool { _, ok := f.values[name]; return ok }

var errMissing = errors.New("is missing")

// read decodes a field into a value.
func (f *fields) read(name string, into any) {
	v, ok := f.values[name]
	if !ok {
		f.fail(name, errMissing)
		return
	}
	if err := json.Unmarshal(v, into); err != nil {
		f.fail(name, err)
	}
}

func (f *fields) str(name string) (s string)     { f.read(name, &s); return s }
func (f *fields) height(name string) (h int64)   { f.read(name, &h); return h }
func (f *fields) round(name string) (r int32)    { f.read(name, &r); return r }
func (f *fields) when(name string) (t time.Time) { f.read(name, &t); return t }

// count is an index or a number of things.
func (f *fields) count(name string) (n int) {
	if f.read(name, &n); n < 0 {
		f.fail(name, errors.New("is negative"))
	}
	return n
}

// bits is a bit array, null for none.
func (f *fields) bits(name string) Bits {
	var s *string
	f.read(name, &s)
	if s == nil {
		return ""
	}
	return parse(f, name, *s, bitsOf)
}

// parse reads a printed value of a field.
func parse[T any](f *fields, name, s string, read func(string) (T, error)) T {
	v, err := read(s)
	if err != nil {
		f.fail(name, err)
	}
	return v
}

// printed reads a printed value of a field that is a string.
func printed[T any](f *fields, name string, read func(string) (T, error)) (v T) {
	if s := f.str(name); f.err == nil {
		v = parse(f, name, s, read)
	}
	return v
}

func bitsOf(s string) (Bits, error) {
	if i := strings.IndexFunc(s, func(r rune) bool { return r != 'x' && r != '_' }); i >= 0 {
		return "", fmt.Errorf("%q is not a bit array", s)
	}
	return Bits(s), nil
}

// arrayOf reads "BA{4:x_xx}", "BA{1:x}" and "nil-BitArray".
func arrayOf(s string) (Bits, error) {
	if s == "nil-BitArray" {
		return "", nil
	}
	inner, ok := cutBoth(s, "BA{", "}")
	size, list, found := strings.Cut(inner, ":")
	n, err := strconv.Atoi(size)
	if !ok || !found || err != nil || n != len(list) {
		return "", fmt.Errorf("%q is not a bit array", s)
	}
	return bitsOf(list)
}

// cutBoth removes both ends, which must be there.
func cutBoth(s, prefix, suffix string) (string, bool) {
	s, before := strings.CutPrefix(s, prefix)
	s, after := strings.CutSuffix(s, suffix)
	return s, before && after
}

var steps = map[string]uint8{
	"RoundStepNewHeight": 1, "RoundStepNewRound": 2, "RoundStepPropose": 3, "RoundStepPrevote": 4,
	"RoundStepPrevoteWait": 5, "RoundStepPrecommit": 6, "RoundStepPrecommitWait": 7, "RoundStepCommit": 8,
}

func stepOf(s string) (uint8, error) {
	if n, ok := steps[s]; ok {
		return n, nil
	}
	return 0, fmt.Errorf("%q is not a step", s)
}

func typeOf(s string) (Type, error) {
	switch s {
	case "SIGNED_MSG_TYPE_PREVOTE":
		return Prevote, nil
	case "SIGNED_MSG_TYPE_PRECOMMIT":
		return Precommit, nil
	}
	return 0, fmt.Errorf("%q is not the type of a vote", s)
}

// placeOf reads "5/0/RoundStepPropose" and "5/0".
func placeOf(s string) (p Place, err error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return p, fmt.Errorf("%q is not height/round/step", s)
	}
	if p.Height, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
		return p, err
	}
	if p.Round, err = roundOf(parts[1]); err != nil {
		return p, err
	}
	if len(parts) == 3 {
		p.Step, err = stepOf(parts[2])
	}
	return p, err
}

func roundOf(s string) (int32, error) {
	r, err := strconv.ParseInt(s, 10, 32)
	return int32(r), err
}
