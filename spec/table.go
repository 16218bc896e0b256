package spec

import (
	"fmt"
	"math/bits"
	"strings"
)

// RuleID numbers the rules of a table from 1 in the order of the clauses.
type RuleID uint8

const (
	// Wait is the answer of Next when no rule is enabled.
	Wait RuleID = 0
	// Unreachable is the answer of Next for an observation that is listed as
	// impossible.
	Unreachable RuleID = 255
	// maxRules is how many rules fit a RuleSet.
	maxRules = 64
)

// RuleSet is a set of rules; bit i stands for the rule with RuleID i+1.
type RuleSet uint64

// Has reports whether the rule is in the set.
func (s RuleSet) Has(id RuleID) bool { return id != Wait && id <= maxRules && s>>(id-1)&1 == 1 }

// Len counts the rules in the set.
func (s RuleSet) Len() int { return bits.OnesCount64(uint64(s)) }

// All yields the rules of the set in ascending order.
func (s RuleSet) All(yield func(RuleID) bool) {
	for s != 0 {
		id := RuleID(bits.TrailingZeros64(uint64(s)) + 1)
		if !yield(id) {
			return
		}
		s &= s - 1
	}
}

// A Branch says which part of a clause a rule is.
type Branch uint8

// The branches of a clause.
const (
	Whole  Branch = iota // the clause has no If
	IfThen               // its If holds
	IfElse               // its If fails
)

// A Rule is one branch of a clause: what the tables speak of.
type Rule struct {
	ID      RuleID
	Name    string // "L34", "L22If", "L22Else"
	Clause  *Clause
	Branch  Branch
	Guard   []Cube // disjoint; the rule holds where one of them does
	Effects Effects
	Calls   []*Binding // by effect: the function that it calls, or nil; nil if none of them calls one
	Rank    int        // position of its clause in the written priority, 0 the most urgent
}

// Phrases lists what the rule asks for, in the order of the text: for a branch
// that is taken when the If fails, the phrases of the If are not among them.
func (r *Rule) Phrases() Phrases {
	ps := append(Phrases{}, r.Clause.Upon...)
	ps = append(ps, r.Clause.While...)
	if o := r.Clause.FirstTime; o != nil {
		ps = append(ps, Says("for the first time", o.Is(NotYet)))
	}
	if r.Branch == IfThen {
		ps = append(ps, r.Clause.If...)
	}
	return ps
}

// Holds reports whether the rule's guard admits the observation.
func (r *Rule) Holds(o Observation) bool {
	if r.Clause.Of != o.Of {
		return false
	}
	for _, c := range r.Guard {
		if c.Has(o) {
			return true
		}
	}
	return false
}

// Table is compiled rules. It is immutable and safe for concurrent use.
type Table struct {
	Rules    *Rules
	All      []Rule // All[i].ID == i+1
	enabled  map[*Binding][]RuleSet
	next     map[*Binding][]RuleID
	digest   string
	byName   map[string]RuleID
	impCubes map[*Binding][]Cube
}

// Rule returns the rule with the given number, which must be neither Wait nor
// Unreachable.
func (t *Table) Rule(id RuleID) *Rule { return &t.All[id-1] }

// Named returns the rule with the given name.
func (t *Table) Named(name string) (*Rule, bool) {
	id, ok := t.byName[name]
	if !ok {
		return nil, false
	}
	return t.Rule(id), true
}

// Enabled is the set of rules that may fire on the observation. It is empty for
// an impossible observation.
func (t *Table) Enabled(o Observation) RuleSet { return t.enabled[o.Of][o.Index] }

// Next is the one rule that an implementation fires on the observation: the
// enabled rule whose clause stands first in the priority, Wait when none is
// enabled, Unreachable when the observation is listed as impossible.
func (t *Table) Next(o Observation) RuleID { return t.next[o.Of][o.Index] }

// EnabledRow and NextRow are the dense tables of one binding, indexed by
// Observation.Index. They must not be modified.
func (t *Table) EnabledRow(b *Binding) []RuleSet { return t.enabled[b] }

// NextRow is the dense Next table of one binding; see EnabledRow.
func (t *Table) NextRow(b *Binding) []RuleID { return t.next[b] }

// Digest is the SHA-256 over the canonical text of the rules, in hexadecimal. It
// changes with anything that the rules say: name, bindings, words, conditions,
// effects, priority, what is impossible; not with Doc, Place or reasons.
func (t *Table) Digest() string { return t.digest }

// Compile turns rules into tables, and refuses rules that break a law of
// [Table.Validate].
func Compile(r *Rules) (*Table, error) {
	t, err := compile(r)
	if err != nil {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	return t, nil
}

// CompileMutant compiles rules that are wrong on purpose: it checks only what is
// needed to have a table at all, not the laws of Validate.
func CompileMutant(r *Rules) (*Table, error) { return compile(r) }

func compile(r *Rules) (*Table, error) {
	if err := checkForm(r); err != nil {
		return nil, err
	}
	t := &Table{
		Rules:    r,
		enabled:  map[*Binding][]RuleSet{},
		next:     map[*Binding][]RuleID{},
		byName:   map[string]RuleID{},
		impCubes: map[*Binding][]Cube{},
	}
	rank := map[string]int{}
	for i, p := range r.Priority {
		rank[p.Key] = i
	}
	for i := range r.Clauses {
		t.addRules(&r.Clauses[i], rank[r.Clauses[i].Key()])
	}
	if len(t.All) > maxRules {
		return nil, fmt.Errorf("spec: %s has %d rules, at most %d fit a set", r.Name, len(t.All), maxRules)
	}
	if len(t.byName) != len(t.All) {
		return nil, fmt.Errorf("spec: %s: two rules have one name: a clause is named as a branch of another", r.Name)
	}
	for _, im := range r.Impossible {
		t.impCubes[im.Of] = append(t.impCubes[im.Of], FullCube(im.Of).And(im.Conds...))
	}
	for _, b := range r.Bindings {
		t.fill(b)
	}
	t.digest = digest(r)
	return t, nil
}

// addRules splits a clause into its branches.
func (t *Table) addRules(c *Clause, rank int) {
	base := FullCube(c.Of).And(c.guard()...)
	var mark Effects
	if c.FirstTime != nil {
		mark = Effects{Does(c.Line, "(remember the first time)", c.FirstTime.Mark)}
	}
	add := func(suffix string, br Branch, guard []Cube, body ...Effects) {
		r := Rule{ID: RuleID(len(t.All) + 1), Name: c.Key() + suffix, Clause: c, Branch: br, Rank: rank}
		r.Effects = append(r.Effects, mark...)
		for _, es := range body {
			r.Effects = append(r.Effects, es...)
		}
		for i, e := range r.Effects {
			callee := t.Rules.Calls[e.Do]
			if callee != nil && r.Calls == nil {
				r.Calls = make([]*Binding, len(r.Effects))
			}
			if callee != nil {
				r.Calls[i] = callee
			}
		}
		for _, g := range guard {
			if !g.Empty() {
				r.Guard = append(r.Guard, g)
			}
		}
		t.All = append(t.All, r)
		t.byName[r.Name] = r.ID
	}
	if len(c.If) == 0 {
		add("", Whole, []Cube{base}, c.First, c.Then, c.Finally)
		return
	}
	add("If", IfThen, []Cube{base.And(c.If.conds()...)}, c.First, c.Then, c.Finally)
	if len(c.First)+len(c.Else)+len(c.Finally) > 0 {
		add("Else", IfElse, base.without(c.If.conds()), c.First, c.Else, c.Finally)
	}
}

// fill computes both tables of a binding.
func (t *Table) fill(b *Binding) {
	enabled := make([]RuleSet, b.Size())
	next := make([]RuleID, b.Size())
	for i := range enabled {
		o := Observation{b, i}
		if t.impossible(o) {
			next[i] = Unreachable
			continue
		}
		best := -1
		for j := range t.All {
			r := &t.All[j]
			if !r.Holds(o) {
				continue
			}
			enabled[i] |= 1 << j
			if best < 0 || r.Rank < best {
				best, next[i] = r.Rank, r.ID
			}
		}
	}
	t.enabled[b], t.next[b] = enabled, next
}

func (t *Table) impossible(o Observation) bool {
	for _, c := range t.impCubes[o.Of] {
		if c.Has(o) {
			return true
		}
	}
	return false
}

// Explain says why a rule does or does not hold on an observation, phrase by
// phrase.
func (t *Table) Explain(id RuleID, o Observation) []Finding {
	r := t.Rule(id)
	var fs []Finding
	for _, p := range r.Phrases() {
		fs = append(fs, finding(p, o))
	}
	if r.Branch == IfElse {
		words := make([]string, len(r.Clause.If))
		holds := true
		for i, p := range r.Clause.If {
			words[i] = p.Words
			holds = holds && finding(p, o).Holds
		}
		fs = append(fs, Finding{Phrase: Phrase{Words: "not (" + strings.Join(words, " and ") + ")"}, Holds: !holds})
	}
	return fs
}

// A Finding is a phrase with its truth value on one observation.
type Finding struct {
	Phrase Phrase
	Holds  bool
	Fails  []Cond // the conditions of the phrase that fail
}

func finding(p Phrase, o Observation) Finding {
	f := Finding{Phrase: p, Holds: true}
	for _, c := range p.Conds {
		if !c.Holds(o.Value(c.Var)) {
			f.Holds = false
			f.Fails = append(f.Fails, c)
		}
	}
	return f
}
