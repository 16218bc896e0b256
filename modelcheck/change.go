package modelcheck

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// unchanged is said of a step after which the state is the same.
const unchanged = "nothing changed"

// formatChange tells what a step changed, or is empty if the state has to be told in
// full.
func (m *Model[S, A]) formatChange(before, after S) string {
	switch {
	case m.FormatChange != nil:
		return m.FormatChange(before, after)
	case m.FormatState != nil: // the parts of the state may mean nothing to a reader
		return ""
	}
	return changed(before, after)
}

// changed lists the parts of a value that differ, as "field[2]: 0 → 1, …". It is
// empty for values without parts.
func changed[T any](before, after T) string {
	b, a := reflect.New(reflect.TypeFor[T]()).Elem(), reflect.New(reflect.TypeFor[T]()).Elem()
	b.Set(reflect.ValueOf(&before).Elem())
	a.Set(reflect.ValueOf(&after).Elem())
	for b.Kind() == reflect.Pointer && !b.IsNil() && !a.IsNil() {
		b, a = b.Elem(), a.Elem()
	}
	switch b.Kind() {
	case reflect.Struct, reflect.Array, reflect.Slice, reflect.Map:
	default:
		return ""
	}
	var c changes
	c.compare("", b, a)
	if len(c) == 0 {
		return unchanged
	}
	return strings.Join(c, ", ")
}

// changes are the parts that differ, in the order in which they are declared.
type changes []string

// longestPath is how long a path may be for a pointer to be followed: values may contain
// themselves.
const longestPath = 200

// compare goes down where a part has parts itself, unless it says by itself what it
// is, as a fmt.Stringer. Values are addressable, or of a map and then not read but
// printed.
func (c *changes) compare(path string, before, after reflect.Value) {
	before, after = readable(before), readable(after)
	if path == "" || !tellsItself(before) {
		switch before.Kind() {
		case reflect.Struct:
			c.fields(path, before, after)
			return
		case reflect.Array:
			c.elements(path, before, after)
			return
		case reflect.Slice:
			if before.Len() == after.Len() {
				c.elements(path, before, after)
				return
			}
		case reflect.Map:
			c.keys(path, before, after)
			return
		case reflect.Pointer:
			if !before.IsNil() && !after.IsNil() && len(path) < longestPath {
				c.compare(path, before.Elem(), after.Elem())
				return
			}
		}
	}
	c.tell(path, told(before), told(after))
}

func (c *changes) tell(path, before, after string) {
	if before != after {
		*c = append(*c, strings.TrimPrefix(path, ".")+": "+before+" → "+after)
	}
}

func (c *changes) fields(path string, before, after reflect.Value) {
	for i := range before.NumField() {
		name := before.Type().Field(i).Name
		if name == "_" { // == leaves it out
			continue
		}
		c.compare(path+"."+name, before.Field(i), after.Field(i))
	}
}

func (c *changes) elements(path string, before, after reflect.Value) {
	for i := range before.Len() {
		c.compare(path+"["+strconv.Itoa(i)+"]", before.Index(i), after.Index(i))
	}
}

func (c *changes) keys(path string, before, after reflect.Value) {
	at := func(m reflect.Value, key string) string {
		for i := m.MapRange(); i.Next(); {
			if told(i.Key()) == key {
				return told(i.Value())
			}
		}
		return "nothing"
	}
	named := map[string]bool{}
	for _, m := range []reflect.Value{before, after} {
		for i := m.MapRange(); i.Next(); {
			named[told(i.Key())] = true
		}
	}
	for _, key := range SortedKeys(named) {
		c.tell(path+"["+key+"]", at(before, key), at(after, key))
	}
}

// readable makes a field readable that is not exported.
func readable(v reflect.Value) reflect.Value {
	if v.CanInterface() || !v.CanAddr() {
		return v
	}
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

func tellsItself(v reflect.Value) bool {
	return v.Type().Implements(reflect.TypeFor[fmt.Stringer]()) || v.Type().Implements(reflect.TypeFor[fmt.Formatter]())
}

// told writes a value on one line. What is empty shows.
func told(v reflect.Value) string {
	if v.Kind() == reflect.String && v.Len() == 0 && !tellsItself(v) {
		return `""`
	}
	if v.Kind() == reflect.Pointer && !v.IsNil() && !tellsItself(v) {
		return "&" + told(readable(v.Elem()))
	}
	return fmt.Sprint(v)
}
