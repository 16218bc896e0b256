package gen

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// tlaWidth is the length of the lines that part a module.
const tlaWidth = 90

// A tlaModule collects the text of one module.
type tlaModule struct {
	language *tlaLanguage
	table    *spec.Table
	reached  []bool // by step: whether the rules ever lead to it
	b        strings.Builder
}

// tlaModule writes a table as a module. It fails on rules that say something
// for which the language has no words.
func (g *Generator) tlaModule(t *spec.Table, l *tlaLanguage) ([]byte, error) {
	m := &tlaModule{language: l, table: t}
	if err := m.check(); err != nil {
		return nil, err
	}
	m.reached = m.takes()
	m.printf("\\* %s\n%s\n", g.header(), tlaRule("MODULE "+Identifier(t.Rules.Name)))
	m.printf("\\* %s.\n\\* One height, as modelcheck/bft explores it: rounds 0 to LastRound, Byzantine validators\n", strings.TrimSuffix(t.Rules.Doc, "."))
	m.printf("\\* that have sent everything, and correct processes that may have received any part of it.\n")
	m.printf("\\* An action is a rule; it is named after the line that it begins with.\n")
	m.printf("\\* Digest of the rules: %s\n\nEXTENDS Integers, FiniteSets, Sequences\n", t.Digest())
	m.text(l.prelude)
	m.declare()
	m.text(tlaSenders)
	m.forgetting()
	m.observables()
	if err := m.actions(); err != nil {
		return nil, err
	}
	if err := m.claims(); err != nil {
		return nil, err
	}
	m.printf("\n%s\n", strings.Repeat("=", tlaWidth))
	return []byte(m.b.String()), nil
}

// check refuses what no words are known for.
func (m *tlaModule) check() error {
	for _, b := range m.table.Rules.Bindings {
		if _, ok := m.language.bindings[b]; !ok {
			return fmt.Errorf("gen: %s: no TLA+ is known for binding %s", m.table.Rules.Name, b.Name)
		}
		for _, v := range b.Vars {
			if _, err := m.language.observable(b, v); err != nil {
				return fmt.Errorf("%w of %s", err, m.table.Rules.Name)
			}
		}
	}
	for _, e := range opsOf(m.table) {
		if _, ok := m.language.effects[e.Do]; !ok {
			return fmt.Errorf("gen: %s: no TLA+ is known for effect %s", m.table.Rules.Name, e.Do)
		}
	}
	return nil
}

func (m *tlaModule) printf(format string, args ...any) { fmt.Fprintf(&m.b, format, args...) }

func (m *tlaModule) text(s string) { m.b.WriteString(s) }

// title begins a part of the module.
func (m *tlaModule) title(s string) {
	m.printf("\n%s\n\\* %s\n", strings.Repeat("-", tlaWidth), s)
}

// tlaRule is a line with words in the middle of it.
func tlaRule(words string) string {
	left := (tlaWidth - len(words) - 2) / 2
	return strings.Repeat("-", left) + " " + words + " " + strings.Repeat("-", tlaWidth-len(words)-2-left)
}

// declare writes the variables.
func (m *tlaModule) declare() {
	vars := m.language.variables
	m.title("The state: of each correct process, and the messages that they have sent.")
	m.printf("\nVARIABLES\n")
	for i, v := range vars {
		comma := ","
		if i == len(vars)-1 {
			comma = ""
		}
		m.printf("    %-13s \\* %s\n", v.name+comma, v.doc)
	}
	m.printf("\nvars == %s\n", tlaTuple(vars))
}

func tlaTuple(vars []tlaVariable) string {
	names := make([]string, len(vars))
	for i, v := range vars {
		names[i] = v.name
	}
	return "<<" + strings.Join(names, ", ") + ">>"
}

// observables writes the operators that guards ask.
func (m *tlaModule) observables() {
	m.title("What can be observed. Where an operator gives a set, each of its values is observed with")
	m.printf("\\* some part of the messages; other operators say what is true with all of them.\n")
	used := map[*tlaObservable]bool{}
	for _, b := range m.table.Rules.Bindings {
		for _, v := range b.Vars {
			o, _ := m.language.observable(b, v) // check has looked
			if o.text != "" && !used[o] {
				m.printf("\n\\* %s: %s\n%s", v.Name, v.Doc, strings.TrimPrefix(o.text, "\n"))
			}
			used[o] = true
		}
	}
}

// actions writes the initial states, the rules, and the relation of the two.
func (m *tlaModule) actions() error {
	m.title("The rules.")
	m.stop()
	for _, functions := range []bool{true, false} {
		for _, b := range m.table.Rules.Bindings {
			if b.Function == functions {
				if err := m.binding(b); err != nil {
					return err
				}
			}
		}
	}
	m.title("The runs.")
	if err := m.starts(); err != nil {
		return err
	}
	m.next()
	m.printf("\nSpec == Init /\\ [][Next]_vars\n")
	return nil
}

// binding writes the rules of a binding and, if it is a function, what a call
// of it does.
func (m *tlaModule) binding(b *spec.Binding) error {
	rules := m.rulesOf(b)
	for _, r := range rules {
		if err := m.action(r); err != nil {
			return err
		}
	}
	if !b.Function {
		return nil
	}
	for i, r := range rules {
		for _, other := range rules[:i] {
			if spec.Overlap(r, other) {
				return fmt.Errorf("gen: %s: %s and %s hold together; a call would have to choose", m.table.Rules.Name, other.Name, r.Name)
			}
		}
	}
	m.printf("\n\\* %s(%s): %s\n%s ==\n", b.Name, b.Free, b.Doc, m.head(b.Name, b))
	for _, r := range rules {
		m.printf("    \\/ %s\n", m.head(r.Name, b))
	}
	return nil
}

func (m *tlaModule) rulesOf(b *spec.Binding) []*spec.Rule {
	var rules []*spec.Rule
	for i := range m.table.All {
		if r := &m.table.All[i]; r.Clause.Of == b {
			rules = append(rules, r)
		}
	}
	return rules
}

// head is an operator of a binding applied to the names of its parameters.
func (m *tlaModule) head(name string, b *spec.Binding) string {
	return name + "(" + strings.Join(append([]string{"p"}, m.language.bindings[b].free...), ", ") + ")"
}

// next writes the relation of a state and those that may follow it.
func (m *tlaModule) next() {
	m.printf("\nNext ==\n    \\E p \\in Running :\n")
	for _, b := range m.table.Rules.Bindings {
		rules := m.rulesOf(b)
		if b.Function || len(rules) == 0 {
			continue
		}
		words := m.language.bindings[b]
		indent := "        "
		if len(words.domains) > 0 {
			m.printf("%s\\/ \\E %s :\n", indent, strings.Join(words.domains, ", "))
			indent += "       "
		}
		if words.where != "" {
			m.printf("%s/\\ %s\n%s/\\ ", indent, words.where, indent)
			indent += "   "
		} else {
			m.text(indent)
		}
		for i, r := range rules {
			if i > 0 {
				m.text(indent)
			}
			m.printf("\\/ %s\n", m.head(r.Name, b))
		}
	}
}

// possible writes the property that nothing is observed that the table lists as
// impossible.
func (m *tlaModule) possible() error {
	var lines []string
	for _, im := range m.table.Rules.Impossible {
		if im.Of.Function {
			continue
		}
		words, scope := m.language.bindings[im.Of], m.scope(im.Of)
		var conds []string
		if words.where != "" {
			conds = append(conds, words.where)
		}
		for _, c := range im.Conds {
			o, err := m.language.observable(im.Of, c.Var)
			if err != nil {
				return err
			}
			if s := o.condition(c.Set, scope); s != "" {
				conds = append(conds, s)
			}
		}
		if len(conds) == 0 {
			conds = []string{"TRUE"}
		}
		all := ""
		if len(words.domains) > 0 {
			all = `\A ` + strings.Join(words.domains, ", ") + " : "
		}
		lines = append(lines, fmt.Sprintf("        \\* %s\n        /\\ %s~(%s)\n", im.Why, all, strings.Join(conds, ` /\ `)))
	}
	m.printf("\n\\* Nothing is observed that the rules list as impossible.\n\\* Source: the list Impossible of the rules.\n%s ==\n", tlaPossible)
	if len(lines) == 0 {
		m.printf("    TRUE\n")
		return nil
	}
	m.printf("    \\A p \\in Running :\n%s", strings.Join(lines, ""))
	return nil
}

// scope is what the words of the language stand for before a rule of the
// binding does anything.
func (m *tlaModule) scope(b *spec.Binding) tlaScope {
	s := tlaScope{tlaProposal: "Nil"}
	for _, v := range m.language.variables {
		s[v.name] = v.name + "[p]"
		if v.message {
			s[v.name] = v.name
		}
	}
	for _, name := range m.language.bindings[b].free {
		s[name] = name
	}
	return s
}

// stop writes what is left of a process whose decision ends its part.
func (m *tlaModule) stop() {
	m.printf("\n\\* A process that has decided stops. The next height is not in the model; of this one\n")
	m.printf("\\* nothing is kept but what the properties ask for.\nStop(p) ==\n")
	var same []tlaVariable
	for _, v := range m.language.variables {
		switch {
		case v.name == tlaDecision: // set by the rule
		case v.stays || v.message:
			same = append(same, v)
		default:
			m.printf("    /\\ %s' = [%s EXCEPT ![p] = %s]\n", v.name, v.name, v.start)
		}
	}
	m.printf("    /\\ UNCHANGED %s\n", tlaTuple(same))
}
