package tlacheck

import (
	"fmt"
	"slices"
	"strconv"
)

// A node is an expression: an operator, named as it is written, and what it is
// applied to.
type node struct {
	op      string   // "name", "number", "text", "apply", "/\", "\E", and so on
	name    string   // of a name, a field, an operator that is applied
	literal value    // of a number or a text
	parts   []*node  // what it is applied to
	bound   []bound  // of quantifiers, sets and functions
	local   []*def   // of LET
	fields  []string // of records
	token   token
	level   level
}

// A bound is "x \in S".
type bound struct {
	name string
	in   *node
}

// A def is the definition of an operator.
type def struct {
	name   string
	params []string
	body   *node

	level level
}

// A module is what one file says.
type module struct {
	name                          string
	extends, constants, variables []string
	defs                          []*def
	assumes                       []*node
}

type parser struct {
	file   string
	tokens []token
	at     int
	limit  token // what stands in its column or further left, in a later line, ends an expression
}

// A failure is what parser and evaluator panic with.
type failure struct{ error }

func (p *parser) fail(format string, args ...any) {
	t := p.tokens[p.at]
	panic(failure{fmt.Errorf("%s:%d:%d: at %q: %s", p.file, t.line, t.col, t.text, fmt.Sprintf(format, args...))})
}

// peek is the next token, as long as it belongs to the expression.
func (p *parser) peek() token {
	t := p.tokens[p.at]
	if t.line > p.limit.line && t.col <= p.limit.col {
		return token{}
	}
	return t
}

func (p *parser) take() token {
	t := p.peek()
	if t.text == "" {
		p.fail("the expression has no end")
	}
	p.at++
	return t
}

func (p *parser) accept(text string) bool {
	if p.peek().text == text {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail("want %q", text)
	}
}

func (p *parser) name() string {
	if !p.peek().isName() {
		p.fail("want a name")
	}
	return p.take().text
}

func (p *parser) names() []string {
	list := []string{p.name()}
	for p.accept(",") {
		list = append(list, p.name())
	}
	return list
}

// parse reads a module.
func parse(file, source string) (m *module, err error) {
	p := &parser{file: file}
	defer caught(&err)
	if p.tokens, err = lex(file, source); err != nil {
		return nil, err
	}
	m = &module{}
	p.expect("MODULE")
	m.name = p.name()
	for {
		switch t := p.tokens[p.at]; {
		case t.text == "":
			return m, nil
		case t.text == "EXTENDS":
			p.at++
			m.extends = p.names()
		case t.text == "CONSTANTS":
			p.at++
			m.constants = p.names()
		case t.text == "VARIABLES":
			p.at++
			m.variables = p.names()
		case t.text == "ASSUME":
			p.at++
			p.limit = token{line: t.line, col: 1}
			m.assumes = append(m.assumes, p.expr(0))
			p.limit = token{}
		case t.col == 1 && p.defines():
			p.limit = token{line: t.line, col: 1}
			m.defs = append(m.defs, p.def())
			p.limit = token{}
		default:
			p.fail("want a definition")
		}
	}
}

// caught turns a failure into an error.
func caught(err *error) {
	switch f := recover().(type) {
	case nil:
	case failure:
		*err = f.error
	default:
		panic(f)
	}
}

// defines reports whether a definition comes next.
func (p *parser) defines() bool {
	at := p.at
	if !p.tokens[at].isName() {
		return false
	}
	at++
	if p.tokens[at].text == "(" {
		for at++; p.tokens[at].isName() || p.tokens[at].text == ","; at++ {
		}
		if p.tokens[at].text != ")" {
			return false
		}
		at++
	}
	return p.tokens[at].text == "=="
}

func (p *parser) def() *def {
	d := &def{name: p.name()}
	if p.accept("(") {
		d.params = p.names()
		p.expect(")")
	}
	p.expect("==")
	d.body = p.expr(0)
	return d
}

// binary lists how tightly operators bind; the values are their precedences in
// TLA+. Of two that may not follow each other without parentheses the parser
// refuses the second.
var binary = map[string]struct{ low, high int }{
	"=>": {1, 1}, `/\`: {3, 3}, `\/`: {3, 3},
	"=": {5, 5}, "#": {5, 5}, "<": {5, 5}, ">": {5, 5}, "<=": {5, 5}, ">=": {5, 5}, `\in`: {5, 5}, `\notin`: {5, 5}, `\subseteq`: {5, 5},
	`\cup`: {8, 8}, `\cap`: {8, 8}, `\`: {8, 8}, "..": {9, 9}, `\X`: {10, 13}, "+": {10, 10}, "-": {11, 11}, "*": {13, 13},
}

// associative lists the operators that may follow themselves.
var associative = []string{`/\`, `\/`, `\cup`, `\cap`, "+", "-", "*"}

// expr reads an expression of operators that bind more tightly than above.
func (p *parser) expr(above int) *node {
	left := p.prefix()
	last := ""
	for {
		t := p.peek()
		op, ok := binary[t.text]
		if !ok || op.low <= above {
			return left
		}
		if prior, again := binary[last]; again && op.high >= prior.low && op.low <= prior.high &&
			(t.text != last || !slices.Contains(associative, last)) && !(last == "-" && t.text == "+") {
			p.fail("after %s it needs parentheses", last)
		}
		p.at++
		left = &node{op: t.text, parts: []*node{left, p.expr(op.high)}, token: t}
		last = t.text
	}
}

// prefix reads an expression that begins with no operand on its left.
func (p *parser) prefix() *node {
	switch t := p.peek(); t.text {
	case `/\`, `\/`:
		return p.junction(t)
	case "~", "UNCHANGED":
		p.at++
		return &node{op: t.text, parts: []*node{p.expr(4)}, token: t}
	case "SUBSET", "UNION":
		p.at++
		return &node{op: t.text, parts: []*node{p.expr(8)}, token: t}
	case "-":
		p.at++
		return &node{op: "negative", parts: []*node{p.expr(12)}, token: t}
	case "[]": // of an action, as in [][Next]_vars
		p.at++
		p.expect("[")
		action := p.expr(0)
		p.expect("]")
		if v := p.take(); v.text != "_vars" {
			p.fail("want _vars")
		}
		return &node{op: "always", parts: []*node{action}, token: t}
	case "ENABLED": // of an action that changes something, as in ENABLED <<Next>>_vars
		p.at++
		p.expect("<<")
		action := p.expr(0)
		p.expect(">>")
		if v := p.take(); v.text != "_vars" {
			p.fail("want _vars")
		}
		return &node{op: t.text, parts: []*node{action}, token: t}
	case `\A`, `\E`:
		p.at++
		n := &node{op: t.text, bound: p.bounds(), token: t}
		p.expect(":")
		n.parts = []*node{p.expr(0)}
		return n
	case "IF":
		p.at++
		n := &node{op: "IF", parts: []*node{p.expr(0)}, token: t}
		p.expect("THEN")
		n.parts = append(n.parts, p.expr(0))
		p.expect("ELSE")
		n.parts = append(n.parts, p.expr(0))
		return n
	case "CASE":
		n := &node{op: "CASE", token: t}
		for p.at++; ; p.at++ {
			n.parts = append(n.parts, p.expr(0))
			p.expect("->")
			n.parts = append(n.parts, p.expr(0))
			if p.peek().text != "[]" {
				return n
			}
		}
	case "LET":
		p.at++
		n := &node{op: "LET", token: t}
		for !p.accept("IN") {
			if !p.defines() {
				p.fail("want a definition or IN")
			}
			n.local = append(n.local, p.def())
		}
		n.parts = []*node{p.expr(0)}
		return n
	}
	return p.postfix(p.primary())
}

// junction reads a list of conjuncts or disjuncts that stand under each other.
// An item ends before whatever stands under its bullet or left of it.
func (p *parser) junction(first token) *node {
	n := &node{op: first.text, token: first}
	outer := p.limit
	for t := first; t.text == first.text && t.col == first.col; t = p.peek() {
		p.limit = p.take()
		n.parts = append(n.parts, p.expr(0))
		p.limit = outer
	}
	return n
}

// bounds reads "x, y \in S, z \in T".
func (p *parser) bounds() []bound {
	var list []bound
	for {
		names := p.names()
		p.expect(`\in`)
		in := p.expr(5)
		for _, name := range names {
			list = append(list, bound{name, in})
		}
		if !p.accept(",") {
			return list
		}
	}
}

func (p *parser) list(end string) []*node {
	var list []*node
	if p.accept(end) {
		return nil
	}
	for {
		list = append(list, p.expr(0))
		if !p.accept(",") {
			p.expect(end)
			return list
		}
	}
}

func (p *parser) primary() *node {
	t := p.take()
	n := &node{token: t}
	switch {
	case t.text == "TRUE" || t.text == "FALSE":
		n.op = t.text
	case t.text[0] == '"':
		n.op, n.literal = "text", textOf(t.text[1:len(t.text)-1])
	case t.text[0] >= '0' && t.text[0] <= '9':
		digits, err := strconv.Atoi(t.text)
		if err != nil {
			p.fail("%v", err)
		}
		n.op, n.literal = "number", numberOf(digits)
	case t.isName():
		n.op, n.name = "name", t.text
		if p.accept("(") {
			n.op, n.parts = "apply", p.list(")")
		}
	case t.text == "(":
		inner := p.expr(0)
		p.expect(")")
		return inner
	case t.text == "<<":
		n.op, n.parts = "tuple", p.list(">>")
	case t.text == "{":
		p.set(n)
	case t.text == "[":
		p.brackets(n)
	default:
		p.at--
		p.fail("it begins no expression that is known")
	}
	return n
}

// set reads what follows "{".
func (p *parser) set(n *node) {
	if p.peek().isName() && p.tokens[p.at+1].text == `\in` {
		n.op = "filter"
		name := p.name()
		p.expect(`\in`)
		n.bound = []bound{{name, p.expr(5)}}
		p.expect(":")
		n.parts = []*node{p.expr(0)}
		p.expect("}")
		return
	}
	n.op = "set"
	if p.accept("}") {
		return
	}
	n.parts = []*node{p.expr(0)}
	if p.accept(":") {
		n.op, n.bound = "map", p.bounds()
		p.expect("}")
		return
	}
	for p.accept(",") {
		n.parts = append(n.parts, p.expr(0))
	}
	p.expect("}")
}

// brackets reads what follows "[": a record, a function, one with changes, or a set of
// functions.
func (p *parser) brackets(n *node) {
	switch p.tokens[p.at+1].text {
	case "|->":
		n.op = "record"
		for {
			n.fields = append(n.fields, p.name())
			p.expect("|->")
			n.parts = append(n.parts, p.expr(0))
			if !p.accept(",") {
				break
			}
		}
	case `\in`:
		n.op = "function"
		if n.bound = p.bounds(); len(n.bound) != 1 {
			p.fail("a function of several arguments is not known")
		}
		p.expect("|->")
		n.parts = []*node{p.expr(0)}
	default:
		n.parts = []*node{p.expr(0)}
		if p.accept("->") {
			n.op, n.parts = "->", append(n.parts, p.expr(0))
			break
		}
		n.op = "except"
		p.expect("EXCEPT")
		p.change(n)
		for p.accept(",") {
			p.change(n)
		}
	}
	p.expect("]")
}

// change reads "![x] = e" or "!.field = e".
func (p *parser) change(n *node) {
	p.expect("!")
	if t := p.peek(); p.accept(".") {
		n.parts = append(n.parts, &node{op: "text", literal: textOf(p.name()), token: t})
	} else {
		p.expect("[")
		n.parts = append(n.parts, p.expr(0))
		p.expect("]")
	}
	p.expect("=")
	n.parts = append(n.parts, p.expr(0))
}

// postfix reads arguments, fields and primes after an operand.
func (p *parser) postfix(n *node) *node {
	for {
		switch t := p.peek(); t.text {
		case "[":
			p.at++
			n = &node{op: "at", parts: []*node{n, p.expr(0)}, token: t}
			p.expect("]")
		case ".":
			p.at++
			n = &node{op: "field", name: p.name(), parts: []*node{n}, token: t}
		case "'":
			p.at++
			n = &node{op: "prime", parts: []*node{n}, token: t}
		default:
			return n
		}
	}
}
