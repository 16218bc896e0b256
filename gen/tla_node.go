package gen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A nodeLanguage says how the clauses of a CometBFT dialect are written in TLA+. In
// its expressions $n is the record of the process at that point of a clause, $e what
// it hears in the event, and the other words after a dollar sign are the free
// variables of the clause.
type nodeLanguage struct {
	tlaLanguage // how observables are asked for
	bindings    map[*spec.Binding]nodeBinding
	effects     map[spec.Op]string // the record afterwards; "" for what the model keeps nothing of
	arguments   map[spec.Op]string // of effects that call: the round that is passed
	events      []nodeEvent
}

// A nodeBinding says what a function or question is given, and what it looks up.
type nodeBinding struct {
	args []string
	lets []string // "v == Majority($e.prevotes, $r)"
}

// A nodeEvent is an input and the action that it is.
type nodeEvent struct {
	event  consensus.Event
	action string   // its name
	doc    string   // "a prevote of round r is added"
	args   []string // besides p and e
	from   string   // the record that the first question is asked on
	when   string   // a condition on it; "" for none
	round  string   // what r is, where no argument says it
	domain string   // of the arguments, in Next
}

// A nodeModule collects the text of one module of a CometBFT dialect: clauses and
// functions become operators on the record of a process.
type nodeModule struct {
	tlaModule
	words     *nodeLanguage
	questions map[consensus.Event][]*spec.Binding
	used      []*spec.Binding // see reach
}

// nodeModule writes a table as a module. It fails on rules that say something for
// which the language has no words.
func (g *Generator) nodeModule(t *spec.Table, questions map[consensus.Event][]*spec.Binding, claims []string) ([]byte, error) {
	m := &nodeModule{
		tlaModule: tlaModule{language: &consensusNode.tlaLanguage, table: t}, words: &consensusNode,
		questions: questions,
	}
	if err := m.reach(); err != nil {
		return nil, err
	}
	m.printf("\\* %s\n%s\n", g.header(), tlaRule("MODULE "+Identifier(t.Rules.Name)))
	m.printf("\\* %s.\n", strings.TrimSuffix(t.Rules.Doc, "."))
	m.text(nodeIntroduction)
	m.printf("\\* Digest of the rules: %s\n\nEXTENDS Integers, FiniteSets, Sequences\n", t.Digest())
	m.text(nodeSoup)
	m.title("What the clauses do to the record of a process.")
	m.text(nodeEffects)
	if err := m.observed(); err != nil {
		return nil, err
	}
	if err := m.functions(); err != nil {
		return nil, err
	}
	m.events()
	m.claims(claims)
	m.printf("\n%s\n", strings.Repeat("=", tlaWidth))
	return []byte(m.b.String()), nil
}

// reach finds what is asked or called in the model, callees first.
func (m *nodeModule) reach() error {
	var visit func(b *spec.Binding, above []*spec.Binding) error
	visit = func(b *spec.Binding, above []*spec.Binding) error {
		switch {
		case slices.Contains(above, b):
			return fmt.Errorf("gen: %s: %s calls itself", m.table.Rules.Name, b.Name)
		case slices.Contains(m.used, b):
			return nil
		}
		above = append(above, b)
		for _, r := range m.rulesOf(b) {
			for _, e := range r.Effects {
				if callee := m.table.Rules.Calls[e.Do]; callee != nil {
					if err := visit(callee, above); err != nil {
						return err
					}
				}
			}
		}
		m.used = append(m.used, b)
		return nil
	}
	for _, e := range m.words.events {
		for _, b := range m.questions[e.event] {
			if err := visit(b, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// observed writes the operators that guards ask.
func (m *nodeModule) observed() error {
	m.title("What can be observed.")
	used := map[*tlaObservable]bool{}
	for _, b := range m.used {
		if _, ok := m.words.bindings[b]; !ok {
			return fmt.Errorf("gen: %s: no TLA+ is known for binding %s", m.table.Rules.Name, b.Name)
		}
		for _, v := range b.Vars {
			o, err := m.language.observable(b, v)
			if err != nil {
				return fmt.Errorf("%w of %s", err, m.table.Rules.Name)
			}
			if o.text != "" && !used[o] {
				m.printf("\n\\* %s: %s\n%s", v.Name, v.Doc, strings.TrimPrefix(o.text, "\n"))
			}
			used[o] = true
		}
	}
	return nil
}

// functions writes the clauses, and the functions and questions whose clauses they are.
func (m *nodeModule) functions() error {
	m.title("The clauses, and the functions of consensus/state.go whose cases they are.")
	all := m.used
	var missing []string
	for i := range m.table.Rules.Clauses {
		if c := &m.table.Rules.Clauses[i]; !slices.Contains(all, c.Of) {
			missing = append(missing, c.Key())
		}
	}
	if len(missing) > 0 {
		m.printf("\\* Not here, because no event of the model asks for them: %s.\n", strings.Join(missing, ", "))
	}
	for _, b := range all {
		clauses := m.clauses(b)
		for _, c := range clauses {
			if err := m.clause(c); err != nil {
				return err
			}
		}
		if err := m.choice(b, clauses); err != nil {
			return err
		}
	}
	return nil
}

// clauses lists the clauses of a binding, the most urgent first.
func (m *nodeModule) clauses(b *spec.Binding) []*spec.Clause {
	rules := m.rulesOf(b)
	slices.SortStableFunc(rules, func(r, s *spec.Rule) int { return cmp.Compare(r.Rank, s.Rank) })
	var all []*spec.Clause
	for _, r := range rules {
		if !slices.Contains(all, r.Clause) {
			all = append(all, r.Clause)
		}
	}
	return all
}

// nodeName makes an operator's name of a name with dots.
func nodeName(name string) string { return strings.ReplaceAll(name, ".", "_") }

// callName is the operator of a function or question.
func callName(b *spec.Binding) string {
	if b.Function {
		return "Call_" + nodeName(b.Name)
	}
	return "Ask_" + nodeName(b.Name)
}

// bound lists the free variables of the clauses of a binding.
func (b nodeBinding) bound() []string {
	names := slices.Clone(b.args)
	for _, l := range b.lets {
		name, _, _ := strings.Cut(l, " == ")
		names = append(names, name)
	}
	return names
}

func nodeHead(name string, params []string) string {
	return name + "(" + strings.Join(append([]string{"n", "e"}, params...), ", ") + ")"
}

// scope is what the words of the language stand for at the beginning of a clause.
func (m *nodeModule) scope(b *spec.Binding) tlaScope {
	s := tlaScope{"n": "n", "e": "e"}
	for _, name := range m.words.bindings[b].bound() {
		s[name] = name
	}
	return s
}

// choice writes a function, or a question: the clause that holds is carried out.
func (m *nodeModule) choice(b *spec.Binding, clauses []*spec.Clause) error {
	words, scope := m.words.bindings[b], m.scope(b)
	m.printf("\n\\* %s: %s\n%s ==\n", b.Name, b.Doc, nodeHead(callName(b), words.args))
	for i, l := range words.lets {
		lead := "    LET "
		if i > 0 {
			lead = "        "
		}
		m.printf("%s%s\n", lead, scope.expand(l))
	}
	if len(words.lets) > 0 {
		m.printf("    IN\n")
	}
	m.printf("    IF Stopped(n) THEN n\n")
	for _, c := range clauses {
		guard, err := m.guard(&spec.Rule{Clause: c}, scope)
		if err != nil {
			return err
		}
		m.printf("    ELSE IF\n")
		m.asks(guard)
		m.printf("    THEN %s\n", nodeHead(nodeName(c.Key()), words.bound()))
	}
	m.printf("    ELSE n\n")
	return nil
}

// asks writes the lines of a guard.
func (m *nodeModule) asks(guard []string) {
	anything := false
	for _, line := range guard {
		m.printf("        %s\n", line)
		anything = anything || !strings.HasPrefix(line, `\*`)
	}
	if !anything {
		m.printf("        /\\ TRUE\n")
	}
}

// clause writes what a clause does.
func (m *nodeModule) clause(c *spec.Clause) error {
	line := "no line of Algorithm 1"
	if c.Line != 0 {
		line = fmt.Sprintf("line %d", c.Line)
	}
	m.printf("\n\\* %s: %s; %s\n", c.Key(), line, c.Place)
	m.printf("%s ==\n", nodeHead(nodeName(c.Key()), m.words.bindings[c.Of].bound()))
	var then, other *spec.Rule
	for _, r := range m.rulesOf(c.Of) {
		switch {
		case r.Clause != c:
		case r.Branch == spec.IfElse:
			other = r
		default:
			then = r
		}
	}
	if then.Branch == spec.Whole {
		return m.chain(then, "    ")
	}
	guard, err := m.guard(&spec.Rule{Clause: c}, m.scope(c.Of))
	if err != nil {
		return err
	}
	all, err := m.guard(then, m.scope(c.Of))
	if err != nil {
		return err
	}
	m.printf("    IF\n")
	m.asks(all[len(guard):])
	m.printf("    THEN\n")
	if err := m.chain(then, "        "); err != nil {
		return err
	}
	m.printf("    ELSE\n")
	if other == nil {
		m.printf("        n\n")
		return nil
	}
	if c.ElseLine != 0 {
		m.printf("        \\* %d: else\n", c.ElseLine)
	}
	return m.chain(other, "        ")
}

// chain writes the effects of a rule, each on the record that the one before left.
func (m *nodeModule) chain(r *spec.Rule, indent string) error {
	if err := m.orderly(r); err != nil {
		return err
	}
	var lines, comments []string
	record, expr, count := "n", "n", 0
	for _, e := range r.Effects {
		if expr != "n" && m.keeps(e.Do) { // what was last is not the end
			count++
			record = fmt.Sprintf("n%d", count)
			lines = append(append(lines, comments...), record+" == "+expr)
			comments = nil
		}
		comments = append(comments, `\* `+lineWords(e.Line, e.Words))
		after, err := m.effect(r, e.Do, record)
		if err != nil {
			return err
		}
		if m.keeps(e.Do) {
			expr = after
		}
	}
	if len(lines) == 0 {
		for _, c := range comments {
			m.printf("%s%s\n", indent, c)
		}
		m.printf("%s%s\n", indent, expr)
		return nil
	}
	for i, line := range append(lines, comments...) {
		lead := "    "
		if i == 0 {
			lead = "LET "
		}
		m.printf("%s%s%s\n", indent, lead, line)
	}
	m.printf("%sIN  %s\n", indent, expr)
	return nil
}

// orderly refuses a rule whose effects the operators would not carry out as the rules
// do: after a call that has ended everything a rule must do nothing that others see,
// and whoever decides must be at the end.
func (m *nodeModule) orderly(r *spec.Rule) error {
	called, decides, leaves := false, false, false
	for _, e := range r.Effects {
		if called && strings.HasPrefix(string(e.Do), "Send") {
			return fmt.Errorf("gen: %s: %s sends after a call, which may have ended everything", m.table.Rules.Name, r.Name)
		}
		called = called || m.table.Rules.Calls[e.Do] != nil
		decides, leaves = decides || e.Do == consensus.Decide, leaves || e.Do == consensus.NextHeight
	}
	if decides != leaves {
		return fmt.Errorf("gen: %s: %s decides without leaving the height, or leaves it without a decision", m.table.Rules.Name, r.Name)
	}
	return nil
}

// keeps says whether the model keeps anything of an effect.
func (m *nodeModule) keeps(op spec.Op) bool {
	return m.table.Rules.Calls[op] != nil || m.words.effects[op] != ""
}

// effect is the record after an effect of a rule on a record.
func (m *nodeModule) effect(r *spec.Rule, op spec.Op, record string) (string, error) {
	scope := m.scope(r.Clause.Of)
	scope["n"] = record
	callee := m.table.Rules.Calls[op]
	if callee == nil {
		text, ok := m.words.effects[op]
		if !ok {
			return "", fmt.Errorf("gen: %s: no TLA+ is known for effect %s", m.table.Rules.Name, op)
		}
		return scope.expand(text), nil
	}
	args := []string{record, "e"}
	if len(m.words.bindings[callee].args) > 0 {
		round, ok := m.words.arguments[op]
		if !ok {
			return "", fmt.Errorf("gen: %s: no TLA+ is known for the call %s", m.table.Rules.Name, op)
		}
		args = append(args, scope.expand(round))
	}
	return callName(callee) + "(" + strings.Join(args, ", ") + ")", nil
}

// events writes the actions and the relation of a state and those that follow it.
func (m *nodeModule) events() {
	m.title("The events of receiveRoutine. What an event makes the code ask is asked once, in order.")
	m.text(nodeReceives)
	for _, e := range m.words.events {
		scope := tlaScope{"n": e.from, "e": "e", "r": e.round}
		for _, a := range e.args {
			scope[a] = a
		}
		m.printf("\n\\* %s.\n%s(%s) ==\n", sentenceCase(e.doc), e.action, strings.Join(append([]string{"p", "e"}, e.args...), ", "))
		expr := e.from
		var lines []string
		for i, b := range m.questions[e.event] {
			if i > 0 {
				record := fmt.Sprintf("n%d", i)
				lines = append(lines, record+" == "+expr)
				scope["n"] = record
			}
			args := []string{scope["n"], "e"}
			for _, a := range m.words.bindings[b].args {
				args = append(args, scope[a])
			}
			expr = callName(b) + "(" + strings.Join(args, ", ") + ")"
		}
		if e.when != "" {
			m.printf("    /\\ %s\n", e.when)
		}
		for i, line := range lines {
			lead := "       "
			if i == 0 {
				lead = `    /\ LET`
			}
			m.printf("%s %s\n", lead, line)
		}
		if len(lines) == 0 {
			m.printf("    /\\ Becomes(p, %s)\n", expr)
		} else {
			m.printf("       IN  Becomes(p, %s)\n", expr)
		}
	}
	m.text(nodeNext)
	for _, e := range m.words.events {
		args := strings.Join(append([]string{"p", "e"}, e.args...), ", ")
		domain := ""
		if e.domain != "" {
			domain = `\E ` + e.domain + " : "
		}
		m.printf("                  \\/ %s%s(%s)\n", domain, e.action, args)
	}
	m.printf("\nSpec == Init /\\ [][Next]_vars\n")
}
