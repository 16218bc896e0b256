package modelcheck

import (
	"fmt"
	"reflect"
)

// Clone copies a value and everything it refers to: Decode of Encode, but
// faster. It panics if Encode does.
func Clone[T any](v T) T {
	if err := encodable(reflect.TypeFor[T]()); err != nil {
		panic(fmt.Errorf("modelcheck: %w", err))
	}
	own(reflect.ValueOf(&v).Elem(), 0)
	return v
}

// own replaces all that v refers to by copies.
func own(v reflect.Value, depth int) {
	if depth > deepest {
		panic(fmt.Errorf("modelcheck: %w", errTooDeep(v)))
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			own(settable(v.Field(i)), depth)
		}
	case reflect.Array:
		for i := range v.Len() {
			own(v.Index(i), depth)
		}
	case reflect.Slice:
		n := v.Len()
		if n == 0 {
			v.SetZero()
			return
		}
		elements := reflect.MakeSlice(v.Type(), n, n)
		reflect.Copy(elements, v)
		v.Set(elements)
		for i := range n {
			own(v.Index(i), depth+1)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			to := reflect.New(v.Type().Elem())
			to.Elem().Set(v.Elem())
			own(to.Elem(), depth+1)
			v.Set(to)
		}
	case reflect.Map:
		entries := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(it.Value())
			own(value, depth+1)
			entries.SetMapIndex(it.Key(), value) // keys refer to nothing
		}
		v.Set(entries)
	default: // refers to nothing
	}
}
