package modelcheck

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
)

// Code is a value of T written down: a string that can be compared, and read
// again. Only Encode makes codes.
type Code[T any] string

// Encode writes a value down. Values that differ have different codes, and
// equal values equal ones: maps have no order, what pointers point to counts
// and not where it is, and an empty slice or map is the same as none.
//
// It panics if there is something in the value that cannot be written: a
// channel, a function, an interface, a floating-point number, a pointer in the
// key of a map, or a value that contains itself.
func Encode[T any](v T) Code[T] {
	code, err := encode(v)
	if err != nil {
		panic(fmt.Errorf("modelcheck: %w", err))
	}
	return code
}

// Decode gives the value, which shares no memory with any other. An empty
// slice is nil in it, and an empty map is not, so that it can be written to.
func (c Code[T]) Decode() (v T) {
	if err := encodable(reflect.TypeFor[T]()); err != nil {
		panic(fmt.Errorf("modelcheck: %w", err))
	}
	r := reader{rest: string(c)}
	r.value(reflect.ValueOf(&v).Elem())
	if r.rest != "" {
		panic(errNotACode)
	}
	return v
}

// String formats the value as fmt does.
func (c Code[T]) String() string { return fmt.Sprint(c.Decode()) }

// SortedKeys gives the keys of a map in one order, that of their codes: what
// Next needs in place of a loop over a map, which has another order each time.
func SortedKeys[K comparable, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	codes := make(map[K]Code[K], len(m))
	for k := range m {
		keys = append(keys, k)
		codes[k] = Encode(k)
	}
	slices.SortFunc(keys, func(a, b K) int { return cmp.Compare(codes[a], codes[b]) })
	return keys
}

func encode[T any](v T) (Code[T], error) {
	if err := encodable(reflect.TypeFor[T]()); err != nil {
		return "", err
	}
	b, err := appendValue(nil, reflect.ValueOf(&v).Elem(), 0)
	return Code[T](b), err
}

var errNotACode = errors.New("modelcheck: this string is not a code of its type")

// deepest is how many slices, maps and pointers may stand within each other. A
// value that reaches it contains itself, or is no state to search.
const deepest = 1000

func errTooDeep(v reflect.Value) error {
	return fmt.Errorf("a %v more than %d levels deep: does it contain itself?", v.Type(), deepest)
}

func appendValue(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth > deepest {
		return nil, errTooDeep(v)
	}
	var err error
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1), nil
		}
		return append(b, 0), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint()), nil
	case reflect.String:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...), nil
	case reflect.Struct:
		for i := 0; i < v.NumField() && err == nil; i++ {
			b, err = appendValue(b, v.Field(i), depth)
		}
	case reflect.Slice:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		depth++
		fallthrough
	case reflect.Array:
		for i := 0; i < v.Len() && err == nil; i++ {
			b, err = appendValue(b, v.Index(i), depth)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0), nil
		}
		return appendValue(append(b, 1), v.Elem(), depth+1)
	case reflect.Map:
		return appendMap(b, v, depth+1)
	default:
		err = notEncodable(v.Type())
	}
	return b, err
}

// appendMap writes the entries in the order of their codes, which is that of
// the codes of their keys: no code is the beginning of another.
func appendMap(b []byte, v reflect.Value, depth int) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(v.Len()))
	var entries []string
	for it := v.MapRange(); it.Next(); {
		entry, err := appendValue(nil, it.Key(), depth)
		if err == nil {
			entry, err = appendValue(entry, it.Value(), depth)
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, string(entry))
	}
	slices.Sort(entries)
	for _, entry := range entries {
		b = append(b, entry...)
	}
	return b, nil
}

// A reader takes values off the front of a code.
type reader struct{ rest string }

func (r *reader) take(n uint64) string {
	if n > uint64(len(r.rest)) {
		panic(errNotACode)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) number() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := uint64(r.take(1)[0])
		n |= b & 0x7f << shift
		if b < 0x80 {
			return n
		}
	}
}

// value reads into v, which is zero, and can be set.
func (r *reader) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.number() == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := r.number()
		v.SetInt(int64(n>>1) ^ -int64(n&1)) // as binary.AppendVarint writes it
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.number())
	case reflect.String:
		v.SetString(r.take(r.number()))
	case reflect.Struct:
		for i := range v.NumField() {
			r.value(settable(v.Field(i)))
		}
	case reflect.Slice:
		if n := int(r.number()); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			r.value(v.Index(i))
		}
	case reflect.Pointer:
		if r.number() == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			r.value(v.Elem())
		}
	case reflect.Map:
		n := int(r.number())
		v.Set(reflect.MakeMapWithSize(v.Type(), n))
		for range n {
			key, to := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			r.value(key)
			r.value(to)
			v.SetMapIndex(key, to)
		}
	default:
		panic(notEncodable(v.Type()))
	}
}

// settable gives a field of a struct that can be changed, exported or not.
func settable(field reflect.Value) reflect.Value {
	if field.CanSet() {
		return field
	}
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}

// notEncodable is for types that encodable does not let through.
func notEncodable(t reflect.Type) error { return fmt.Errorf("a %v cannot be encoded", t) }

// known remembers what encodable said of a type.
var known sync.Map

// encodable says what of a type cannot be written down.
func encodable(t reflect.Type) error {
	answer, ok := known.Load(t)
	if !ok {
		err := encodablePart(t, "it", false, map[reflect.Type]bool{})
		if err != nil {
			err = fmt.Errorf("%v cannot be encoded: %w", t, err)
		}
		answer, _ = known.LoadOrStore(t, &err)
	}
	return *answer.(*error)
}

// encodablePart looks at a part of a type. Path leads there, spelled as
// in Go. Begun are the types being looked at, for those that are recursive.
func encodablePart(t reflect.Type, path string, inKey bool, begun map[reflect.Type]bool) error {
	if begun[t] && !inKey {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if err := encodablePart(t.Field(i).Type, path+"."+t.Field(i).Name, inKey, begun); err != nil {
				return err
			}
		}
		return nil
	case reflect.Array:
		return encodablePart(t.Elem(), path+"[i]", inKey, begun)
	case reflect.Slice:
		begun[t] = true
		return encodablePart(t.Elem(), path+"[i]", inKey, begun)
	case reflect.Map:
		begun[t] = true
		if err := encodablePart(t.Key(), "a key of "+path, true, begun); err != nil {
			return err
		}
		return encodablePart(t.Elem(), path+"[key]", inKey, begun)
	case reflect.Pointer:
		if inKey {
			return fmt.Errorf("%s is a pointer, %v, and keys are compared by what they are", path, t)
		}
		begun[t] = true
		return encodablePart(t.Elem(), path, inKey, begun)
	case reflect.Interface:
		return fmt.Errorf("%s is an interface, %v, which can hold anything; a struct with a field for its kind can be read again", path, t)
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return fmt.Errorf("%s is a %v, and rounding makes almost equal states; count in whole units", path, t)
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Uintptr:
		return fmt.Errorf("%s is a %v, which is not data", path, t)
	default:
		return nil
	}
}
