package spec

import (
	"fmt"
	"slices"
)

// MutationKind is one kind of small mistake about rules.
type MutationKind uint8

// The kinds; operators says what each one does.
const (
	DropPhrase MutationKind = iota
	DropCondition
	DropFirstTime
	Narrow
	Widen
	DropEffect
	SwapEffects
	ReplaceEffect
	SwapBranches
	DropElse
	SwapPriority
)

// An operator makes the mistakes of one kind: each once for every place in a
// clause where it can be made.
type operator struct {
	kind    MutationKind
	name    string
	mistake string
	spoil   func(*spoiler)
}

// operators is every operator, in the order of Mutations. The last one is about
// the priority and not about a clause.
var operators = [...]operator{
	{DropPhrase, "drop a phrase", "a phrase of Upon, While or If is not asked", dropPhrases},
	{DropCondition, "drop a condition", "one of the conditions that a phrase means is not asked", dropConditions},
	{DropFirstTime, "drop the first time", "the clause fires again and again, and does not remember", dropFirstTime},
	{Narrow, "narrow", "a condition does not hold for one of its values", narrow},
	{Widen, "widen", "a condition holds for one value more", widen},
	{DropEffect, "drop an effect", "an effect of First, Then, Else or Finally is left out", dropEffects},
	{SwapEffects, "swap effects", "two neighbours of First, Then, Else or Finally change places", swapEffects},
	{ReplaceEffect, "replace an effect", "something alike is done that the rules do elsewhere", replaceEffects},
	{SwapBranches, "swap branches", "Then is done where Else should be, and the other way round", swapBranches},
	{DropElse, "drop the else", "where the inner condition fails the clause waits: it asks If in While", dropElse},
	{SwapPriority, "swap priority", "two neighbours of the priority change places", nil},
}

// String is the name of the kind, such as "drop a phrase".
func (k MutationKind) String() string { return operators[k].name }

// Mistake says in a sentence what is got wrong.
func (k MutationKind) Mistake() string { return operators[k].mistake }

// MutationKinds lists the kinds in the order of Mutations.
func MutationKinds() []MutationKind {
	kinds := make([]MutationKind, len(operators))
	for i := range operators {
		kinds[i] = operators[i].kind
	}
	return kinds
}

// A Mutation is rules with one small mistake.
type Mutation struct {
	Name   string // unique among the mutations of the rules, and stable while their words are
	Clause string // the key of the clause; in the priority, of the entry that comes too late
	Kind   MutationKind
	Rules  *Rules // complete; shares bindings and variables with the original
}

// Mutations lists every small way to get the rules wrong, in the order of the
// clauses and of the kinds, the priority last. Alike lists groups of effects
// that may be taken for each other; an effect is replaced only by one that some
// clause has. The rules themselves are not changed.
func Mutations(r *Rules, alike [][]Op) []Mutation {
	var out []Mutation
	for i := range r.Clauses {
		s := spoiler{rules: r, clause: i, alike: alike}
		for _, op := range operators {
			if op.spoil != nil {
				s.kind = op.kind
				op.spoil(&s)
			}
		}
		out = append(out, s.out...)
	}
	for i := 1; i < len(r.Priority); i++ {
		wrong := mutant(r)
		wrong.Priority = swapped(r.Priority, i)
		early, late := r.Priority[i-1].Key, r.Priority[i].Key
		out = append(out, Mutation{fmt.Sprintf("%s before %s in the priority", late, early), early, SwapPriority, wrong})
	}
	number(out)
	return out
}

// mutant is a copy of the rules, to be changed by replacing what it holds.
func mutant(r *Rules) *Rules {
	wrong := *r
	wrong.Name += " mutant"
	return &wrong
}

// number makes names unique that are not: a clause may do the same thing twice.
func number(ms []Mutation) {
	seen := map[string]int{}
	for i := range ms {
		name := ms[i].Name
		if seen[name]++; seen[name] > 1 {
			ms[i].Name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
	}
}

// swapped is a copy in which the element at i and the one before it have
// changed places.
func swapped[S ~[]E, E any](s S, i int) S {
	out := slices.Clone(s)
	out[i-1], out[i] = out[i], out[i-1]
	return out
}

// without is a copy that lacks the element at i.
func without[S ~[]E, E any](s S, i int) S { return slices.Delete(slices.Clone(s), i, i+1) }

// with is a copy in which the element at i is another.
func with[S ~[]E, E any](s S, i int, e E) S {
	out := slices.Clone(s)
	out[i] = e
	return out
}

// A spoiler collects the mutations of one clause.
type spoiler struct {
	rules  *Rules
	clause int
	alike  [][]Op
	kind   MutationKind
	out    []Mutation
}

func (s *spoiler) original() *Clause { return &s.rules.Clauses[s.clause] }

// add takes in a wrong clause; what completes a name that begins with the key.
func (s *spoiler) add(wrong Clause, what string, args ...any) {
	r := mutant(s.rules)
	r.Clauses = with(r.Clauses, s.clause, wrong)
	key := wrong.Key()
	s.out = append(s.out, Mutation{key + " " + fmt.Sprintf(what, args...), key, s.kind, r})
}

// phrases goes through every phrase; put makes the clause in which the part
// that the phrase stands in is another.
func (s *spoiler) phrases(visit func(part Phrases, at int, put func(Phrases) Clause)) {
	for _, part := range []func(*Clause) *Phrases{
		func(c *Clause) *Phrases { return &c.Upon },
		func(c *Clause) *Phrases { return &c.While },
		func(c *Clause) *Phrases { return &c.If },
	} {
		was := *part(s.original())
		for at := range was {
			visit(was, at, func(ps Phrases) Clause {
				wrong := *s.original()
				*part(&wrong) = ps
				return wrong
			})
		}
	}
}

// conds goes through every condition of every phrase; put makes the clause in
// which the conditions of the phrase are others.
func (s *spoiler) conds(visit func(p Phrase, at int, put func([]Cond) Clause)) {
	s.phrases(func(part Phrases, at int, put func(Phrases) Clause) {
		p := part[at]
		for i := range p.Conds {
			visit(p, i, func(conds []Cond) Clause { return put(with(part, at, Phrase{p.Words, conds})) })
		}
	})
}

// effects goes through every effect; put makes the clause in which the part
// that the effect stands in is another.
func (s *spoiler) effects(visit func(part Effects, at int, put func(Effects) Clause)) {
	for _, part := range []func(*Clause) *Effects{
		func(c *Clause) *Effects { return &c.First },
		func(c *Clause) *Effects { return &c.Then },
		func(c *Clause) *Effects { return &c.Else },
		func(c *Clause) *Effects { return &c.Finally },
	} {
		was := *part(s.original())
		for at := range was {
			visit(was, at, func(es Effects) Clause {
				wrong := *s.original()
				*part(&wrong) = es
				return wrong
			})
		}
	}
}

func dropPhrases(s *spoiler) {
	s.phrases(func(part Phrases, at int, put func(Phrases) Clause) {
		s.add(put(without(part, at)), "without %q", part[at].Words)
	})
}

func dropConditions(s *spoiler) {
	s.conds(func(p Phrase, at int, put func([]Cond) Clause) {
		if len(p.Conds) > 1 {
			s.add(put(without(p.Conds, at)), "%q without %s", p.Words, p.Conds[at])
		}
	})
}

func dropFirstTime(s *spoiler) {
	wrong := *s.original()
	if wrong.FirstTime != nil {
		wrong.FirstTime = nil
		s.add(wrong, "without \"for the first time\"")
	}
}

func narrow(s *spoiler) { s.toggle(true, "%q not for %s") }
func widen(s *spoiler)  { s.toggle(false, "%q also for %s") }

// toggle takes each value that is in a condition out of it, or each that is not
// into it.
func (s *spoiler) toggle(in bool, what string) {
	s.conds(func(p Phrase, at int, put func([]Cond) Clause) {
		cond := p.Conds[at]
		for v := range cond.Var.Values {
			if value := (Cond{cond.Var, 1 << v}); cond.Holds(uint8(v)) == in {
				s.add(put(with(p.Conds, at, Cond{cond.Var, cond.Set ^ value.Set})), what, p.Words, value)
			}
		}
	})
}

func dropEffects(s *spoiler) {
	s.effects(func(part Effects, at int, put func(Effects) Clause) {
		s.add(put(without(part, at)), "without %s", part[at].Do)
	})
}

func swapEffects(s *spoiler) {
	s.effects(func(part Effects, at int, put func(Effects) Clause) {
		if at > 0 {
			s.add(put(swapped(part, at)), "with %s before %s", part[at].Do, part[at-1].Do)
		}
	})
}

func replaceEffects(s *spoiler) {
	s.effects(func(part Effects, at int, put func(Effects) Clause) {
		was := part[at]
		for _, group := range s.alike {
			if !slices.Contains(group, was.Do) {
				continue
			}
			for _, op := range group {
				if by, found := s.rules.effect(op); found && op != was.Do {
					s.add(put(with(part, at, Does(was.Line, by.Words, op))), "with %s instead of %s", op, was.Do)
				}
			}
		}
	})
}

// effect finds the first effect of the rules with the operation.
func (r *Rules) effect(op Op) (Effect, bool) {
	for i := range r.Clauses {
		body := r.Clauses[i].body()
		if at := slices.IndexFunc(body, func(e Effect) bool { return e.Do == op }); at >= 0 {
			return body[at], true
		}
	}
	return Effect{}, false
}

func swapBranches(s *spoiler) {
	wrong := *s.original()
	if len(wrong.If) > 0 && len(wrong.Then)+len(wrong.Else) > 0 {
		wrong.Then, wrong.Else = wrong.Else, wrong.Then
		s.add(wrong, "with its branches swapped")
	}
}

func dropElse(s *spoiler) {
	wrong := *s.original()
	if len(wrong.If) > 0 && len(wrong.First)+len(wrong.Else)+len(wrong.Finally) > 0 {
		wrong.While = slices.Concat(wrong.While, wrong.If)
		wrong.If, wrong.Else = nil, nil
		s.add(wrong, "without its else")
	}
}
