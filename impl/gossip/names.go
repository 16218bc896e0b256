package gossip

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

func (o op) String() string { return opNames[o] }

// String renders the observation as the specification does, for instance
// "announce(event=stepTaken)".
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
