package tlacheck

import (
	"slices"
	"strconv"
	"strings"
)

// A value is a number, a text, a truth value, a set or a function. Records,
// tuples and sequences are functions. The key is the same for equal values and
// different for others. A value does not change.
type value = *thing

type thing struct {
	kind kind
	n    int     // a number; 1 for TRUE
	elem []value // of a set, in the order of their keys
	from []value // the domain of a function, in the order of its keys
	to   []value // what the function gives
	key  string
}

type kind byte

const (
	number   kind = 'n'
	text     kind = 't'
	truth    kind = 'b'
	set      kind = 's'
	function kind = 'f'
)

func (k kind) String() string {
	return map[kind]string{number: "number", text: "text", truth: "truth value", set: "set", function: "function"}[k]
}

func numberOf(n int) value  { return &thing{kind: number, n: n, key: strconv.Itoa(n)} }
func textOf(s string) value { return &thing{kind: text, key: strconv.Quote(s)} }

var (
	isFalse = &thing{kind: truth, n: 0, key: "FALSE"}
	isTrue  = &thing{kind: truth, n: 1, key: "TRUE"}
)

func truthOf(b bool) value {
	if b {
		return isTrue
	}
	return isFalse
}

func byKey(a, b value) int { return strings.Compare(a.key, b.key) }

// setOf makes a set; it takes the list over.
func setOf(list []value) value {
	slices.SortFunc(list, byKey)
	list = slices.CompactFunc(list, func(a, b value) bool { return a.key == b.key })
	return &thing{kind: set, elem: list, key: "{" + keys(list) + "}"}
}

// functionOf makes a function; the arguments must differ.
func functionOf(from, to []value) value {
	order := make([]int, len(from))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return byKey(from[i], from[j]) })
	f := &thing{kind: function, from: make([]value, len(from)), to: make([]value, len(to))}
	for i, j := range order {
		f.from[i], f.to[i] = from[j], to[j]
	}
	f.key = "[" + keys(f.from) + "|" + keys(f.to) + "]"
	return f
}

func tupleOf(list []value) value {
	from := make([]value, len(list))
	for i := range list {
		from[i] = numberOf(i + 1)
	}
	return functionOf(from, list)
}

func keys(list []value) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(v.key)
	}
	return b.String()
}

// has says whether a set has an element.
func (v *thing) has(e value) bool {
	_, ok := slices.BinarySearchFunc(v.elem, e, byKey)
	return ok
}

// at is the function's value at x.
func (v *thing) at(x value) (value, bool) {
	i, ok := slices.BinarySearchFunc(v.from, x, byKey)
	if !ok {
		return nil, false
	}
	return v.to[i], true
}

// with is the function with another value at x, which is in its domain.
func (v *thing) with(x, y value) (value, bool) {
	i, ok := slices.BinarySearchFunc(v.from, x, byKey)
	if !ok {
		return nil, false
	}
	to := slices.Clone(v.to)
	to[i] = y
	return &thing{kind: function, from: v.from, to: to, key: "[" + keys(v.from) + "|" + keys(to) + "]"}, true
}
