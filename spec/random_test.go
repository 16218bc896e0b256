package spec_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
)

// plain is an observable of random rules.
type plain = spec.Observable[uint8]

func drawCond(t *rapid.T, b *spec.Binding) spec.Cond {
	v := rapid.SampledFrom(b.Vars).Draw(t, "variable")
	full := uint16(1)<<len(v.Values) - 1
	return spec.Cond{Var: v, Set: rapid.Uint16Range(0, full).Draw(t, "set")}
}

func drawConds(t *rapid.T, b *spec.Binding, most int) []spec.Cond {
	conds := make([]spec.Cond, rapid.IntRange(0, most).Draw(t, "conditions"))
	for i := range conds {
		conds[i] = drawCond(t, b)
	}
	return conds
}

func drawPhrases(t *rapid.T, b *spec.Binding, part string) spec.Phrases {
	ps := make(spec.Phrases, rapid.IntRange(0, 2).Draw(t, part))
	for i := range ps {
		ps[i] = spec.Says(fmt.Sprintf("%s %d", part, i), drawConds(t, b, 2)...)
	}
	return ps
}

func drawEffects(t *rapid.T, part string) spec.Effects {
	es := make(spec.Effects, rapid.IntRange(0, 2).Draw(t, part))
	for i := range es {
		es[i] = spec.Does(90+i, fmt.Sprintf("%s effect %d", part, i), spec.Op(fmt.Sprintf("%s%d", part, i)))
	}
	return es
}

// drawRules makes rules that can be compiled, though they may break any law of
// Validate: guards that contradict themselves, conditions on all values, and so on.
func drawRules(t *rapid.T) *spec.Rules {
	r := &spec.Rules{Name: "random", Calls: map[spec.Op]*spec.Binding{}}
	var observables []plain
	for i := range rapid.IntRange(1, 4).Draw(t, "observables") {
		values := []string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(t, "values")]
		observables = append(observables, spec.NewObservable[uint8](fmt.Sprintf("x%d", i), "", values...))
	}
	once := spec.NewOnce("once", "", "Mark")
	for i := range rapid.IntRange(1, 3).Draw(t, "bindings") {
		b := &spec.Binding{Name: fmt.Sprintf("b%d", i), Function: rapid.Bool().Draw(t, "function")}
		for _, o := range rapid.Permutation(observables).Draw(t, "order")[:rapid.IntRange(1, len(observables)).Draw(t, "observed")] {
			b.Vars = append(b.Vars, o.Variable())
		}
		b.Vars = append(b.Vars, once.Variable())
		r.Bindings = append(r.Bindings, b)
		if b.Function {
			r.Calls["then0"] = b
		}
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "clauses") {
		b := rapid.SampledFrom(r.Bindings).Draw(t, "binding")
		c := spec.Clause{
			Line: 10 + i, Of: b, Upon: drawPhrases(t, b, "upon"), While: drawPhrases(t, b, "while"), If: drawPhrases(t, b, "if"),
			First: drawEffects(t, "first"), Then: drawEffects(t, "then"), Else: drawEffects(t, "else"), Finally: drawEffects(t, "finally"),
		}
		if rapid.Bool().Draw(t, "once") {
			c.FirstTime = once
		}
		if len(c.If) == 0 {
			c.Else = nil // Validate demands it, and nothing would carry it out
		}
		r.Clauses = append(r.Clauses, c)
		r.Priority = append(r.Priority, spec.Precedence{Key: c.Key(), Reason: "chance"})
	}
	r.Priority = rapid.Permutation(r.Priority).Draw(t, "priority")
	for range rapid.IntRange(0, 2).Draw(t, "impossible") {
		b := rapid.SampledFrom(r.Bindings).Draw(t, "binding")
		conds := append(drawConds(t, b, 2), drawCond(t, b))
		r.Impossible = append(r.Impossible, spec.Impossible{Of: b, Conds: conds, Why: "chance"})
	}
	return r
}

// A point is an observation with the values it was made from, so that a naive
// evaluation needs nothing of Observation.
type point struct {
	spec.Observation
	values map[*spec.Variable]uint8
}

// points goes through a binding with one nested loop per variable.
func points(b *spec.Binding) []point {
	var out []point
	values := make([]uint8, len(b.Vars))
	var loop func(int)
	loop = func(i int) {
		if i == len(b.Vars) {
			p := point{b.At(values...), map[*spec.Variable]uint8{}}
			for j, v := range b.Vars {
				p.values[v] = values[j]
			}
			out = append(out, p)
			return
		}
		for n := range b.Vars[i].Values {
			values[i] = uint8(n)
			loop(i + 1)
		}
	}
	loop(0)
	return out
}

// meets evaluates conditions one by one.
func (p point) meets(conds ...spec.Cond) bool {
	for _, c := range conds {
		if c.Set&(1<<p.values[c.Var]) == 0 {
			return false
		}
	}
	return true
}

func (p point) says(ps spec.Phrases) bool {
	for _, phrase := range ps {
		if !p.meets(phrase.Conds...) {
			return false
		}
	}
	return true
}

// guard evaluates the guard of a clause as it is written.
func (p point) guard(c *spec.Clause) bool {
	if c.Of != p.Of || !p.says(c.Upon) || !p.says(c.While) {
		return false
	}
	return c.FirstTime == nil || p.values[c.FirstTime.Variable()] == uint8(spec.NotYet)
}

func (p point) impossible(r *spec.Rules) bool {
	for _, im := range r.Impossible {
		if im.Of == p.Of && p.meets(im.Conds...) {
			return true
		}
	}
	return false
}
