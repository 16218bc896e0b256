package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
)

func TestCondString(t *testing.T) {
	toy := newToy()
	tests := []struct {
		name string
		cond spec.Cond
		want string
	}{
		{"one value", toy.knob.Is(right), "knob = right"},
		{"two values", toy.knob.In(right, left), "knob ∈ {left, right}"},
		{"a value twice", toy.knob.In(middle, middle), "knob = middle"},
		{"no value", toy.knob.In(), "knob ∈ {}"},
		{"first time", toy.rung.Is(spec.NotYet), "rung = notYet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.cond.String(); got != tt.want {
				t.Errorf("String: got %q, want %q", got, tt.want)
			}
			for v, name := range tt.cond.Var.Values {
				want := strings.Contains(tt.want, name)
				if got := tt.cond.Holds(uint8(v)); got != want {
					t.Errorf("Holds(%s): got %t, want %t", name, got, want)
				}
			}
		})
	}
}

func TestObservationString(t *testing.T) {
	toy := newToy()
	if got, want := toy.lamp.At(on, middle, 1).String(), "lamp(power=on knob=middle rung=done)"; got != want {
		t.Errorf("String: got %q, want %q", got, want)
	}
	none := &spec.Binding{Name: "none"}
	if got, want := fmt.Sprint(none.At(), none.Size()), "none() 1"; got != want {
		t.Errorf("binding without variables: got %q, want %q", got, want)
	}
}

// Mistakes in the text of a specification panic at once, and say what is wrong.
func TestMistakesPanic(t *testing.T) {
	toy := newToy()
	sixteen := strings.Split("abcdefghijklmnop", "")
	spec.NewObservable[uint8]("wide", "", sixteen...) // as many as fit
	tests := []struct {
		name string
		do   func()
		want string
	}{
		{"observable without values", func() { spec.NewObservable[uint8]("empty", "") }, `observable "empty" has 0 values`},
		{"too many values", func() { spec.NewObservable[uint8]("wide", "", append(sixteen, "q")...) }, `observable "wide" has 17 values`},
		{"no such value", func() { toy.knob.Is(3) }, `observable "knob" has no value number 3`},
		{"too few values", func() { toy.lamp.At(on, left) }, "binding lamp takes 3 values, got 2"},
		{"too many values for a binding", func() { toy.lamp.At(on, left, 0, 0) }, "binding lamp takes 3 values, got 4"},
		{"value out of range", func() { toy.lamp.At(on, 3, 0) }, "knob has no value number 3"},
		{"not observed", func() { toy.bell.At(on).Value(toy.knob.Variable()) }, "binding Bell does not observe knob"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("panic: got %q, want one that says %q", got, tt.want)
				}
			}()
			tt.do()
		})
	}
}
