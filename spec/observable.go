package spec

import "fmt"

// maxValues bounds the values of one observable: a set of them is a uint16 mask.
const maxValues = 16

// A Variable is an observable without its Go type: a name and the names of its
// values, numbered from 0. Tables, documents and traces work on Variables;
// clauses are written with the typed [Observable].
type Variable struct {
	Name   string   // as it is written in documents, for instance "step"
	Doc    string   // what is observed, in one sentence
	Values []string // names of the values; the position is the number
}

// Observable is a fact that a guard may ask about, with values of type V. The
// constants of V must count from 0 in the order of the Variable's Values.
type Observable[V ~uint8] struct{ variable *Variable }

// NewObservable declares an observable. It panics when it has no values, or
// more than fit a set: both are mistakes in the text of a specification.
func NewObservable[V ~uint8](name, doc string, values ...string) Observable[V] {
	if len(values) == 0 || len(values) > maxValues {
		panic(fmt.Sprintf("spec: observable %q has %d values, want 1 to %d", name, len(values), maxValues))
	}
	return Observable[V]{&Variable{Name: name, Doc: doc, Values: values}}
}

// Variable returns the untyped side of the observable.
func (o Observable[V]) Variable() *Variable { return o.variable }

// Is is the condition that the observable has the value v.
func (o Observable[V]) Is(v V) Cond { return o.In(v) }

// In is the condition that the observable has one of the values vs.
func (o Observable[V]) In(vs ...V) Cond {
	c := Cond{Var: o.variable}
	for _, v := range vs {
		if int(v) >= len(o.variable.Values) {
			panic(fmt.Sprintf("spec: observable %q has no value number %d", o.variable.Name, v))
		}
		c.Set |= 1 << v
	}
	return c
}

// Occurrence is the value of a [Once].
type Occurrence uint8

// The two values of every once-observable.
const (
	NotYet Occurrence = iota // the event has not happened in this round
	Done                     // it has
)

// Once is the hidden variable behind "for the first time": an observable like
// the others, and the effect that records the occurrence.
type Once struct {
	Observable[Occurrence]
	Mark Op
}

// NewOnce declares a once-observable; a clause with FirstTime set to it is
// enabled only while it is NotYet, and firing the clause performs mark.
func NewOnce(name, doc string, mark Op) *Once {
	return &Once{NewObservable[Occurrence](name, doc, "notYet", "done"), mark}
}

// Cond is the condition "Var ∈ Set"; bit i of Set stands for value number i.
type Cond struct {
	Var *Variable
	Set uint16
}

// all is the set of every value of the variable.
func (v *Variable) all() uint16 { return 1<<len(v.Values) - 1 }

// String renders the condition, for instance "lock ∈ {open, same}".
func (c Cond) String() string {
	names := c.Names()
	if len(names) == 1 {
		return c.Var.Name + " = " + names[0]
	}
	s := c.Var.Name + " ∈ {"
	for i, n := range names {
		if i > 0 {
			s += ", "
		}
		s += n
	}
	return s + "}"
}

// Names lists the names of the values in the set.
func (c Cond) Names() []string {
	var names []string
	for i, n := range c.Var.Values {
		if c.Set>>i&1 == 1 {
			names = append(names, n)
		}
	}
	return names
}

// Holds reports whether value number v satisfies the condition.
func (c Cond) Holds(v uint8) bool { return c.Set>>v&1 == 1 }

// A Binding is what one observation is about: a choice of the free variables of
// a clause, described by observables. A function of the pseudo-code is a binding
// too; its rules are looked up when an effect calls it, not awaited.
type Binding struct {
	Name     string      // for instance "proposal"
	Free     string      // the variables bound, for instance "v, vr"; empty when there are none
	Doc      string      // what is bound, in one sentence
	Function bool        // called by an effect
	Line     int         // line of the pseudo-code that opens the function, 0 for none
	Vars     []*Variable // the last one varies fastest in the table
}

// Size is the number of observations of the binding.
func (b *Binding) Size() int {
	n := 1
	for _, v := range b.Vars {
		n *= len(v.Values)
	}
	return n
}

// Position returns where v stands in b.Vars, or -1.
func (b *Binding) Position(v *Variable) int {
	for i, w := range b.Vars {
		if w == v {
			return i
		}
	}
	return -1
}

// At makes the observation with the given value numbers, one per variable in
// the order of b.Vars. It panics when the numbers do not fit the binding.
func (b *Binding) At(values ...uint8) Observation {
	if len(values) != len(b.Vars) {
		panic(fmt.Sprintf("spec: binding %s takes %d values, got %d", b.Name, len(b.Vars), len(values)))
	}
	index := 0
	for i, v := range b.Vars {
		n := len(v.Values)
		if int(values[i]) >= n {
			panic(fmt.Sprintf("spec: %s has no value number %d", v.Name, values[i]))
		}
		index = index*n + int(values[i])
	}
	return Observation{b, index}
}

// Observation is one point of a binding's space.
type Observation struct {
	Of    *Binding
	Index int // 0 ≤ Index < Of.Size()
}

// Value returns the value number that the observation gives to v. It panics
// when the binding does not observe v.
func (o Observation) Value(v *Variable) uint8 {
	index := o.Index
	for i := len(o.Of.Vars) - 1; i >= 0; i-- {
		w := o.Of.Vars[i]
		n := len(w.Values)
		if w == v {
			return uint8(index % n)
		}
		index /= n
	}
	panic(fmt.Sprintf("spec: binding %s does not observe %s", o.Of.Name, v.Name))
}

// Values lists the value numbers in the order of the binding's variables.
func (o Observation) Values() []uint8 {
	vs := make([]uint8, len(o.Of.Vars))
	index := o.Index
	for i := len(vs) - 1; i >= 0; i-- {
		n := len(o.Of.Vars[i].Values)
		vs[i] = uint8(index % n)
		index /= n
	}
	return vs
}

// String renders the observation, for instance
// "proposal(step=propose proposal=valid pol=fresh)".
func (o Observation) String() string {
	s := o.Of.Name + "("
	for i, n := range o.Values() {
		if i > 0 {
			s += " "
		}
		s += o.Of.Vars[i].Name + "=" + o.Of.Vars[i].Values[n]
	}
	return s + ")"
}
