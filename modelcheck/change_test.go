package modelcheck_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// through is a model that goes through states one after the other; that the last one
// is never reached is false.
func through[S comparable](states ...S) modelcheck.Model[S, string] {
	return modelcheck.Model[S, string]{
		Name: "through",
		Init: states[:1],
		Next: func(s S, emit func(string, S)) {
			if next := slices.Index(states, s) + 1; next < len(states) {
				emit("goes on", states[next])
			}
		},
		Always: []modelcheck.Property[S]{{Name: "stays", Holds: func(s S) bool { return s != states[len(states)-1] }}},
	}
}

// told is the path on which a model goes through its states.
func told[S comparable](t *testing.T, m modelcheck.Model[S, string]) string {
	t.Helper()
	r := check(t, m, modelcheck.Options{})
	require.Len(t, r.Violations, 1)
	return r.Violations[0].Path.String()
}

type color uint8

func (c color) String() string { return []string{"red", "green"}[c] }

type door struct {
	open bool
	key  string
}

type room struct {
	lamp  color
	doors [2]door
	_     int8
}

// Only what changed is told, in the words of the parts; fields that are not exported
// are parts as well. (A state in full is what fmt makes of it.)
func TestChanges(t *testing.T) {
	got := told(t, through(
		room{}, room{lamp: 1}, room{lamp: 1, doors: [2]door{{}, {true, "k"}}}, room{doors: [2]door{{open: true}, {true, "k"}}}))
	assert.Equal(t, `   0  {0 [{false } {false }] 0}
      goes on
   1  lamp: red → green
      goes on
   2  doors[1].open: false → true, doors[1].key: "" → k
      goes on
   3  lamp: green → red, doors[0].open: false → true
   =  {0 [{true } {true k}] 0}
`, got)
	assert.Equal(t, "   0  7\n      goes on\n   1  8\n      goes on\n   2  9\n", told(t, through(7, 8, 9)), "a number has no parts")
}

// The words of a model come first.
func TestChangesInTheWordsOfTheModel(t *testing.T) {
	m := through([2]int{1, 2}, [2]int{1, 3})
	m.FormatState = func(s [2]int) string { return fmt.Sprintf("%d and %d", s[0], s[1]) }
	assert.Equal(t, "   0  1 and 2\n      goes on\n   1  1 and 3\n", told(t, m), "elements may mean nothing")
	m.FormatChange = func(before, after [2]int) string { return fmt.Sprintf("%+d", after[1]-before[1]) }
	assert.Equal(t, "   0  1 and 2\n      goes on\n   1  +1\n   =  1 and 3\n", told(t, m))
	m.FormatChange = func(_, _ [2]int) string { return "" }
	assert.Equal(t, "   0  1 and 2\n      goes on\n   1  1 and 3\n", told(t, m))
	m.Clauses, m.Clause = []string{"advance"}, func(string) int { return 0 }
	m.Actor, m.Local = func(string) int { return 3 }, func([2]int, int) bool { return false }
	assert.Contains(t, told(t, m), "\n      3: advance goes on\n", "who, and by which rule")
	m.Clauses = []string{"goes"}
	assert.Contains(t, told(t, m), "\n      3: goes on\n")
}

// A step that leads back to the state says so.
func TestNothingChanged(t *testing.T) {
	m := through(room{})
	m.Always = nil
	m.Next = func(s room, emit func(string, room)) { emit("waits", s) }
	m.AlwaysSteps = []modelcheck.StepProperty[room, string]{{Name: "moves", Holds: func(before room, _ string, after room) bool { return before != after }}}
	assert.Contains(t, told(t, m), "      waits\n   1  nothing changed\n   = ")
}

type hall struct {
	chairs []int
	owners map[string]int
	lamp   *color
	next   *hall
}

// States that are encoded are compared as what they are.
func TestChangesOfEncoded(t *testing.T) {
	green, red := color(1), color(0)
	var codes []modelcheck.Code[hall]
	for _, h := range []hall{
		{},
		{chairs: []int{1, 2}, owners: map[string]int{"a": 1, "b": 2}, lamp: &red},
		{chairs: []int{1, 3}, owners: map[string]int{"b": 3, "c": 4}, lamp: &green, next: &hall{chairs: []int{5}}},
		{chairs: []int{1, 3}, owners: map[string]int{"b": 3, "c": 4}, lamp: &green, next: &hall{chairs: []int{6}}},
	} {
		codes = append(codes, modelcheck.Encode(h))
	}
	plain := through(codes...)
	m, err := modelcheck.Encoded(modelcheck.Model[hall, string]{
		Name: "hall", Init: []hall{{}},
		Next: func(h hall, emit func(string, hall)) {
			plain.Next(modelcheck.Encode(h), func(a string, next modelcheck.Code[hall]) { emit(a, next.Decode()) })
		},
	})
	require.NoError(t, err)
	m.Always = plain.Always
	got := told(t, m)
	assert.Contains(t, got, "   1  chairs: [] → [1 2], owners[a]: nothing → 1, owners[b]: nothing → 2, lamp: <nil> → red\n")
	assert.Contains(t, got, "   2  chairs[1]: 2 → 3, owners[a]: 1 → nothing, owners[b]: 2 → 3, owners[c]: nothing → 4, lamp: red → green, next: <nil> → &{[5] map[] <nil> <nil>}\n")
	assert.Contains(t, got, "   3  next.chairs[0]: 5 → 6\n")
}
