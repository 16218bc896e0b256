package consensus

import (
	"fmt"
	"strings"
)

// Observation numbers what can be observed, over all bindings: it is the index
// of a row of the generated table. Traces and documents name it by its String,
// since the numbers change with the rules.
type Observation uint16

// variable names an observable and its values; binding names what is observed of
// one choice of free variables, and where its observations begin.
type (
	variable struct {
		name   string
		values []string
	}
	binding struct {
		name  string
		first Observation
		vars  []variable // the last one varies fastest
	}
)

// String is the name of the rule, or "Wait" or "Unreachable".
func (r Rule) String() string {
	switch {
	case int(r) < len(ruleNames):
		return ruleNames[r]
	case r == Unreachable:
		return "Unreachable"
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// String is the name of the step, as "propose".
func (s Step) String() string {
	if int(s) < len(stepVariable.values) {
		return stepVariable.values[s]
	}
	return fmt.Sprintf("Step(%d)", uint8(s))
}

func (o op) String() string { return opNames[o] }

// String renders the observation as the specification does, for instance
// "votes(step=prevote prevotes=mixed precommits=few once34=notYet once47=notYet)".
func (o Observation) String() string {
	if o >= observations {
		return fmt.Sprintf("Observation(%d)", uint16(o))
	}
	b := &bindings[0]
	for i := range bindings {
		if bindings[i].first <= o {
			b = &bindings[i]
		}
	}
	index := int(o - b.first)
	parts := make([]string, len(b.vars))
	for i := len(b.vars) - 1; i >= 0; i-- {
		v := b.vars[i]
		parts[i] = v.name + "=" + v.values[index%len(v.values)]
		index /= len(v.values)
	}
	return b.name + "(" + strings.Join(parts, " ") + ")"
}

// Where the code counts on a number of the generated file, the compiler checks
// it here: an index out of bounds means that the rules have changed, and that the
// code beside this table must follow.
func _() {
	var one [1]struct{}
	// fact turns a bool into the second of two values.
	_ = one[proposerOther-0]
	_ = one[proposerSelf-1]
	_ = one[validValueUnset-0]
	_ = one[validValueSet-1]
	_ = one[polkaNo-0]
	_ = one[polkaYes-1]
	_ = one[precommitsFew-0]
	_ = one[precommitsEnough-1]
	_ = one[commitQuorumNo-0]
	_ = one[commitQuorumYes-1]
	_ = one[laterRoundNo-0]
	_ = one[laterRoundYes-1]
	_ = one[once34NotYet-0]
	_ = one[once34Done-1]
	_ = one[once36NotYet-0]
	_ = one[once36Done-1]
	_ = one[once47NotYet-0]
	_ = one[once47Done-1]
	// A TimeoutKind is converted to an expiredFact.
	_ = one[uint8(expiredPropose)-uint8(TimeoutPropose)]
	_ = one[uint8(expiredPrevote)-uint8(TimeoutPrevote)]
	_ = one[uint8(expiredPrecommit)-uint8(TimeoutPrecommit)]
	// New leaves the step at its zero value until Start.
	_ = one[StepPropose-0]
}
