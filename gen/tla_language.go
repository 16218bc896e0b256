package gen

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// A tlaLanguage says how what the clauses are made of is written in TLA+. Each
// observable and each effect stands in it once.
//
// In its expressions a word after a dollar sign is replaced: $step by what the
// variable step of the process p is at that point of a clause, $v by what the
// free variable v is bound to.
type tlaLanguage struct {
	variables   []tlaVariable
	prelude     string // constants and messages
	bindings    map[*spec.Binding]tlaBinding
	observables []tlaObservable
	effects     map[spec.Op]tlaEffect
	start       tlaCall // what every process begins with
	forgetting  tlaForgetting
}

// A tlaVariable is a variable of the module: a function of the process, or a
// set of messages that all processes send.
type tlaVariable struct {
	name    string
	start   string // before the first clause
	doc     string
	message bool
	outside bool   // no variable of Algorithm 1 that the next height begins with
	stays   bool   // it is kept when a process stops
	keep    string // the operator that leaves of it what may still be asked for
}

const (
	tlaDecision = "decision" // the variable that says that a process has decided
	tlaProposal = "proposal" // what lines 16 to 19 pass on; no variable of the module
)

// A tlaBinding says what the free variables of a clause range over.
type tlaBinding struct {
	free    []string // in the order of the action's parameters
	domains []string // "v \in Values"
	where   string   // a condition on them; "" for none
}

// A tlaObservable says how the values of an observable are asked for.
type tlaObservable struct {
	is   *spec.Variable
	of   *spec.Binding // nil: every binding that observes it
	form tlaForm
	expr string // of a fact, what is true of its second value
	not  string // of a fact, what is true of its first value; "" for TRUE
	text string // definition of the operator that expr uses
}

// A tlaForm is a way to ask.
type tlaForm int

const (
	tlaValue tlaForm = iota // expr is the name of the value
	tlaHeard                // expr is the set of the names of the values that some part of the messages gives
	tlaFact                 // an observable of two values: see expr and not
)

// A tlaEffect says what an effect does.
type tlaEffect struct {
	sets   []tlaSet
	some   string // the set that the value of the first of sets is chosen from
	leaves bool   // it ends what the model shows of the process
}

// A tlaSet gives a variable a new value.
type tlaSet struct{ variable, value string }

// A tlaCall is a function with its argument.
type tlaCall struct {
	function *spec.Binding
	argument map[string]string // by free variable
}

// A tlaScope is what the words after a dollar sign stand for.
type tlaScope map[string]string

var tlaDollar = regexp.MustCompile(`\$\w+`)

func (s tlaScope) expand(text string) string {
	text = tlaDollar.ReplaceAllStringFunc(text, func(word string) string {
		value, ok := s[word[1:]]
		if !ok {
			panic("gen: the language of TLA+ does not define " + word)
		}
		return value
	})
	return strings.ReplaceAll(text, `{} \cup `, "")
}

// observable finds how a variable of a binding is asked for.
func (l *tlaLanguage) observable(b *spec.Binding, v *spec.Variable) (*tlaObservable, error) {
	for i := range l.observables {
		if o := &l.observables[i]; o.is == v && (o.of == nil || o.of == b) {
			return o, nil
		}
	}
	return nil, fmt.Errorf("gen: no TLA+ is known for observable %s of binding %s", v.Name, b.Name)
}

// condition writes that the observable has, or may be observed to have, one of
// the values of the set. It is empty if that is always so.
func (o *tlaObservable) condition(set uint16, s tlaScope) string {
	cond := spec.Cond{Var: o.is, Set: set}
	names := cond.Names()
	for i, n := range names {
		names[i] = `"` + n + `"`
	}
	list := "{" + strings.Join(names, ", ") + "}"
	expr := s.expand(o.expr)
	switch {
	case len(names) == len(o.is.Values):
		return ""
	case o.form == tlaFact && set == 1:
		return s.expand(o.not)
	case o.form == tlaFact:
		return expr
	case o.form == tlaHeard && len(names) == 1:
		return names[0] + ` \in ` + expr
	case o.form == tlaHeard:
		return expr + ` \cap ` + list + " # {}"
	case len(names) == 1:
		return expr + " = " + names[0]
	}
	return expr + ` \in ` + list
}

// tlaConstant says whether a condition is the same in every state: it compares
// a thing with itself.
func tlaConstant(condition string) (value, constant bool) {
	if left, right, ok := strings.Cut(condition, " # "); ok && left == right {
		return false, true
	}
	if left, right, ok := strings.Cut(condition, " = "); ok && left == right {
		return true, true
	}
	return false, false
}
