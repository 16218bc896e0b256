package tlacheck

import (
	"fmt"
	"slices"
	"strings"
)

// A level says what an expression depends on.
type level int

const (
	unknown  level = iota // not computed yet
	constant              // nothing
	ofState               // the variables
	ofStep                // the variables of the next state as well
)

// builtin lists the operators of the standard modules that are known, each with
// its module and how many arguments it takes.
var builtin = map[string]struct {
	module string
	args   int
}{
	"Cardinality": {"FiniteSets", 1}, "Len": {"Sequences", 1},
	"+": {"Integers", 2}, "-": {"Integers", 2}, "*": {"Integers", 2}, "..": {"Integers", 2}, "negative": {"Integers", 1},
	"<": {"Integers", 2}, ">": {"Integers", 2}, "<=": {"Integers", 2}, ">=": {"Integers", 2},
}

var standardModules = []string{"Integers", "FiniteSets", "Sequences"}

// A specification is a module together with those that it extends.
type specification struct {
	standard  []string
	constants []string
	variables []string
	defs      map[string]*def
	order     []*def
	assumes   []*node
}

// A Source finds the text of a module by its name.
type Source func(module string) (string, error)

// load reads a module and what it extends, and checks every name in it.
func load(name string, source Source) (s *specification, err error) {
	s = &specification{defs: map[string]*def{}}
	defer caught(&err)
	s.add(name, source, nil)
	return s, nil
}

func refuse(format string, args ...any) { panic(failure{fmt.Errorf("tlacheck: "+format, args...)}) }

func (s *specification) add(name string, source Source, above []string) {
	if slices.Contains(above, name) {
		refuse("module %s extends itself", name)
	}
	content, err := source(name)
	if err != nil {
		panic(failure{err})
	}
	m, err := parse(name, content)
	if err != nil {
		panic(failure{err})
	}
	if m.name != name {
		refuse("module %s calls itself %s", name, m.name)
	}
	for _, e := range m.extends {
		if slices.Contains(standardModules, e) {
			s.standard = append(s.standard, e)
		} else {
			s.add(e, source, append(above, name))
		}
	}
	for _, c := range m.constants {
		s.fresh(c)
		s.constants = append(s.constants, c)
	}
	for _, v := range m.variables {
		s.fresh(v)
		s.variables = append(s.variables, v)
	}
	for _, d := range m.defs {
		s.fresh(d.name)
		s.resolve(d.body, s.params(d, nil))
		s.defs[d.name], s.order = d, append(s.order, d)
	}
	for _, a := range m.assumes {
		s.resolve(a, nil)
		s.assumes = append(s.assumes, a)
	}
}

// fresh refuses a name that is taken.
func (s *specification) fresh(name string) {
	if s.defs[name] != nil || slices.Contains(s.constants, name) || slices.Contains(s.variables, name) || builtin[name].args > 0 {
		refuse("%s is defined twice", name)
	}
}

// A local is a name in an expression: bound, or defined by LET.
type local struct {
	name   string
	params int
}

func (s *specification) bind(scope []local, names ...string) []local {
	for _, name := range names {
		s.fresh(name)
		if slices.ContainsFunc(scope, func(l local) bool { return l.name == name }) {
			refuse("%s is bound twice", name)
		}
		scope = append(slices.Clip(scope), local{name: name})
	}
	return scope
}

func (s *specification) params(d *def, scope []local) []local { return s.bind(scope, d.params...) }

// resolve checks that every name of an expression is known and has as many
// arguments as it needs.
func (s *specification) resolve(n *node, scope []local) {
	fail := func(format string, args ...any) {
		refuse("%d:%d: %s", n.token.line, n.token.col, fmt.Sprintf(format, args...))
	}
	if b, ok := builtin[n.op]; ok && !slices.Contains(s.standard, b.module) {
		fail("%s needs module %s", n.op, b.module)
	}
	switch n.op {
	case "name", "apply":
		want := -1
		i := slices.IndexFunc(scope, func(l local) bool { return l.name == n.name })
		d := s.defs[n.name]
		b, built := builtin[n.name]
		switch {
		case i >= 0:
			want = scope[i].params
		case d != nil:
			want = len(d.params)
		case slices.Contains(s.constants, n.name) || slices.Contains(s.variables, n.name):
			want = 0
		case built && slices.Contains(s.standard, b.module):
			want = b.args
		default:
			fail("%s is not known", n.name)
		}
		if want != len(n.parts) {
			fail("%s takes %d arguments, got %d", n.name, want, len(n.parts))
		}
	case "LET":
		for _, d := range n.local {
			s.resolve(d.body, s.params(d, scope))
			scope = s.bind(scope, d.name)
			scope[len(scope)-1].params = len(d.params)
		}
	}
	for i, b := range n.bound {
		if i == 0 || b.in != n.bound[i-1].in {
			s.resolve(b.in, scope) // none of the names is bound yet
		}
	}
	for _, b := range n.bound {
		scope = s.bind(scope, b.name)
	}
	for _, part := range n.parts {
		s.resolve(part, scope)
	}
}

// levelOf says what an expression depends on; locals are bound names.
func (s *specification) levelOf(n *node) level {
	l := constant
	switch n.op {
	case "prime", "UNCHANGED", "always":
		l = ofStep
	case "ENABLED":
		return ofState // whatever the step is
	case "name", "apply":
		if slices.Contains(s.variables, n.name) {
			l = ofState
		} else if d := s.defs[n.name]; d != nil {
			l = s.levelOfDef(d)
		}
	}
	for _, d := range n.local {
		l = max(l, s.levelOf(d.body))
	}
	for _, b := range n.bound {
		l = max(l, s.levelOf(b.in))
	}
	for _, part := range n.parts {
		l = max(l, s.levelOf(part))
	}
	return l
}

// levelOfDef is the level of an operator, given constants.
func (s *specification) levelOfDef(d *def) level {
	if d.level == unknown {
		d.level = s.levelOf(d.body)
	}
	return d.level
}

// A config is what a configuration for TLC says.
type config struct {
	specification string
	values        map[string]*node // of constants
	invariants    []string
}

// readConfig reads a configuration.
func readConfig(name, source string) (c *config, err error) {
	p := &parser{file: name}
	defer caught(&err)
	if p.tokens, err = lex(name, source); err != nil {
		return nil, err
	}
	c = &config{values: map[string]*node{}}
	for p.peek().text != "" {
		switch t := p.take(); t.text {
		case "SPECIFICATION":
			c.specification = p.name()
		case "CHECK_DEADLOCK":
			p.expect("FALSE")
		case "CONSTANTS":
			for p.peek().isName() {
				constant := p.name()
				if p.accept("<-") {
					c.values[constant] = &node{op: "name", token: p.peek(), name: p.name()}
				} else {
					p.expect("=")
					c.values[constant] = p.primary()
				}
			}
		case "INVARIANTS":
			for p.peek().isName() {
				c.invariants = append(c.invariants, p.name())
			}
		default:
			p.at--
			p.fail("it is no statement that is known")
		}
	}
	return c, nil
}

// starts and steps find Init and Next in the definition of a specification,
// which must be Init /\ [][Next]_vars.
func (s *specification) initAndNext(name string) (start, next *node) {
	d := s.defs[name]
	if d == nil || d.body.op != `/\` || len(d.body.parts) != 2 || d.body.parts[1].op != "always" {
		refuse("%s is not of the form Init /\\ [][Next]_vars", name)
	}
	if vars := s.defs["vars"]; vars == nil || strings.Join(s.tuple(vars.body), " ") != strings.Join(s.variables, " ") {
		refuse("vars is not the tuple of all variables")
	}
	return d.body.parts[0], d.body.parts[1].parts[0]
}

// tuple lists the names of a tuple of variables.
func (s *specification) tuple(n *node) []string {
	if n.op != "tuple" {
		refuse("%d:%d: only a tuple of variables is known here", n.token.line, n.token.col)
	}
	var names []string
	for _, part := range n.parts {
		if part.op != "name" || !slices.Contains(s.variables, part.name) {
			refuse("%d:%d: %s is no variable", part.token.line, part.token.col, part.name)
		}
		names = append(names, part.name)
	}
	return names
}
