package tlacheck

import (
	"fmt"
	"slices"
)

// A frame binds a name to a value, or for LET to a definition with the frame
// that it was made in.
type frame struct {
	name  string
	value value
	def   *def   // the value of one without parameters is kept when it is known
	in    *frame // of a definition
	up    *frame
}

func (f *frame) find(name string) *frame {
	for ; f != nil; f = f.up {
		if f.name == name {
			return f
		}
	}
	return nil
}

// A machine evaluates expressions in a state.
type machine struct {
	*specification
	constant map[string]value
	index    map[string]int           // of the variables
	state    []value                  // current values, in the order of the variables
	next     []value                  // of the next state; nil: not assigned yet
	known    [ofStep]map[string]value // what operators gave, by level; forgotten with what it depends on
}

func (m *machine) fail(n *node, format string, args ...any) {
	panic(failure{fmt.Errorf("tlacheck: %d:%d: %s", n.token.line, n.token.col, fmt.Sprintf(format, args...))})
}

// eval is the value of an expression.
func (m *machine) eval(n *node, f *frame) value {
	switch n.op {
	case "TRUE", "FALSE":
		return truthOf(n.op == "TRUE")
	case "number", "text":
		return n.literal
	case "name", "apply":
		return m.named(n, f)
	case `/\`:
		return truthOf(!slices.ContainsFunc(n.parts, func(part *node) bool { return !m.test(part, f) }))
	case `\/`:
		return truthOf(slices.ContainsFunc(n.parts, func(part *node) bool { return m.test(part, f) }))
	case "=>":
		return truthOf(!m.test(n.parts[0], f) || m.test(n.parts[1], f))
	case "~":
		return truthOf(!m.test(n.parts[0], f))
	case `\A`, `\E`:
		found := !m.each(n.bound, f, func(f *frame) bool { return m.test(n.parts[0], f) == (n.op == `\A`) })
		return truthOf(found == (n.op == `\E`))
	case "IF":
		if m.test(n.parts[0], f) {
			return m.eval(n.parts[1], f)
		}
		return m.eval(n.parts[2], f)
	case "CASE":
		return m.eval(m.chosen(n, f), f)
	case "LET":
		return m.eval(n.parts[0], let(n, f))
	case "set", "tuple", "record", "filter", "map", "function", "except":
		return m.made(n, f)
	case "at", "field":
		fn := m.of(n.parts[0], f, function)
		arg := textOf(n.name)
		if n.op == "at" {
			arg = m.eval(n.parts[1], f)
		}
		v, ok := fn.at(arg)
		if !ok {
			m.fail(n, "%s is not in the domain of %s", arg.key, fn.key)
		}
		return v
	case "ENABLED":
		return truthOf(m.enabled(n.parts[0], f))
	case "=", "#":
		return truthOf(m.same(n, f) == (n.op == "="))
	case `\in`, `\notin`:
		x, s := m.eval(n.parts[0], f), m.of(n.parts[1], f, set)
		return truthOf(m.contains(n, s, x) == (n.op == `\in`))
	case `\subseteq`:
		all := m.of(n.parts[1], f, set)
		return truthOf(!slices.ContainsFunc(m.of(n.parts[0], f, set).elem, func(x value) bool { return !m.contains(n, all, x) }))
	case "->":
		return m.functions(n, f)
	case `\cup`, `\cap`, `\`, `\X`, "SUBSET", "UNION":
		return m.setOperation(n, f)
	case "+", "-", "*", "<", ">", "<=", ">=", "..", "negative":
		return m.arithmetic(n, f)
	}
	m.fail(n, "%s is not known in an expression", n.op)
	return nil
}

// of is the value of an expression, which must be of a kind.
func (m *machine) of(n *node, f *frame, want kind) value {
	v := m.eval(n, f)
	if v.kind != want {
		m.fail(n, "want a %s, got %s", want, v.key)
	}
	return v
}

// contains says whether a set has an element, which must be of the kind of the others.
func (m *machine) contains(n *node, s, x value) bool {
	if len(s.elem) > 0 && s.elem[0].kind != x.kind {
		m.fail(n, "a %s is looked for in a set of a %s", x.kind, s.elem[0].kind)
	}
	return s.has(x)
}

// functions is the set of the functions from one set to another.
func (m *machine) functions(n *node, f *frame) value {
	from, to := m.of(n.parts[0], f, set).elem, m.of(n.parts[1], f, set).elem
	var list []value
	images := make([]value, len(from))
	var choose func(i int)
	choose = func(i int) {
		if i == len(from) {
			list = append(list, functionOf(from, images))
			return
		}
		for _, x := range to {
			images[i] = x
			choose(i + 1)
		}
	}
	choose(0)
	return setOf(list)
}

func (m *machine) test(n *node, f *frame) bool { return m.of(n, f, truth).n == 1 }

// same compares two values of one kind.
func (m *machine) same(n *node, f *frame) bool {
	a, b := m.eval(n.parts[0], f), m.eval(n.parts[1], f)
	if a.kind != b.kind {
		m.fail(n, "%s and %s are of different kinds", a.key, b.key)
	}
	return a.key == b.key
}

func (m *machine) variable(n *node) int {
	i, ok := m.index[n.name]
	if !ok {
		m.fail(n, "%s is no variable", n.name)
	}
	return i
}

// named is the value of a name, with arguments or without.
func (m *machine) named(n *node, f *frame) value {
	if local := f.find(n.name); local != nil {
		if local.def == nil || local.value != nil {
			return local.value
		}
		if len(local.def.params) == 0 {
			local.value = m.eval(local.def.body, local.in)
			return local.value
		}
		return m.eval(local.def.body, m.called(local.def, n, f, local.in))
	}
	if i, ok := m.index[n.name]; ok {
		if m.state == nil {
			m.fail(n, "%s has no value here", n.name)
		}
		return m.state[i]
	}
	if v, ok := m.constant[n.name]; ok {
		return v
	}
	if d := m.defs[n.name]; d != nil {
		return m.defined(d, n, f)
	}
	switch n.name {
	case "Cardinality":
		return numberOf(len(m.of(n.parts[0], f, set).elem))
	case "Len":
		return numberOf(len(m.of(n.parts[0], f, function).from))
	}
	m.fail(n, "%s has no value", n.name)
	return nil
}

// defined is the value of an operator. What it was before with the same
// arguments it is again, in the same state or, for a constant, always.
func (m *machine) defined(d *def, n *node, f *frame) value {
	in := m.called(d, n, f, nil)
	level := m.levelOfDef(d)
	if level == ofStep {
		m.fail(n, "%s is an action, no expression", d.name)
	}
	key := append(make([]byte, 0, 1024), d.name...)
	for g := in; g != nil; g = g.up {
		key = append(append(key, ','), g.value.key...)
	}
	if v, ok := m.known[level][string(key)]; ok { // without a copy
		return v
	}
	v := m.eval(d.body, in)
	m.known[level][string(key)] = v
	return v
}

// called binds the parameters of a definition.
func (m *machine) called(d *def, n *node, f, in *frame) *frame {
	for i, name := range d.params {
		in = &frame{name: name, value: m.eval(n.parts[i], f), up: in}
	}
	return in
}

func let(n *node, f *frame) *frame {
	for _, d := range n.local {
		f = &frame{name: d.name, def: d, in: f, up: f}
	}
	return f
}

// each goes through the values of bound names until go on says no; it reports
// whether it went through all.
func (m *machine) each(bounds []bound, f *frame, goOn func(*frame) bool) bool {
	if len(bounds) == 0 {
		return goOn(f)
	}
	for _, v := range m.of(bounds[0].in, f, set).elem {
		if !m.each(bounds[1:], &frame{name: bounds[0].name, value: v, up: f}, goOn) {
			return false
		}
	}
	return true
}

// chosen is the only case that holds.
func (m *machine) chosen(n *node, f *frame) *node {
	var found *node
	for i := 0; i < len(n.parts); i += 2 {
		if m.test(n.parts[i], f) {
			if found != nil {
				m.fail(n, "two cases hold")
			}
			found = n.parts[i+1]
		}
	}
	if found == nil {
		m.fail(n, "no case holds")
	}
	return found
}

// made is a set, tuple, record or function that is written out.
func (m *machine) made(n *node, f *frame) value {
	var list []value
	switch n.op {
	case "filter":
		m.each(n.bound, f, func(g *frame) bool {
			if m.test(n.parts[0], g) {
				list = append(list, g.value)
			}
			return true
		})
		return setOf(list)
	case "map":
		m.each(n.bound, f, func(g *frame) bool {
			list = append(list, m.eval(n.parts[0], g))
			return true
		})
		return m.alike(n, list)
	case "function":
		var from []value
		m.each(n.bound, f, func(g *frame) bool {
			from, list = append(from, g.value), append(list, m.eval(n.parts[0], g))
			return true
		})
		return functionOf(from, list)
	case "except":
		fn := m.of(n.parts[0], f, function)
		for i := 1; i < len(n.parts); i += 2 {
			x := m.eval(n.parts[i], f)
			changed, ok := fn.with(x, m.eval(n.parts[i+1], f))
			if !ok {
				m.fail(n, "%s is not in the domain of %s", x.key, fn.key)
			}
			fn = changed
		}
		return fn
	}
	for _, part := range n.parts {
		list = append(list, m.eval(part, f))
	}
	switch n.op {
	case "tuple":
		return tupleOf(list)
	case "record":
		from := make([]value, len(n.fields))
		for i, name := range n.fields {
			from[i] = textOf(name)
		}
		return functionOf(from, list)
	}
	return m.alike(n, list)
}

// alike makes a set of values of one kind.
func (m *machine) alike(n *node, list []value) value {
	for _, v := range list {
		if v.kind != list[0].kind {
			m.fail(n, "%s and %s are of different kinds in one set", v.key, list[0].key)
		}
	}
	return setOf(list)
}

func (m *machine) setOperation(n *node, f *frame) value {
	a := m.of(n.parts[0], f, set)
	var list []value
	switch n.op {
	case "SUBSET":
		for subset := range 1 << len(a.elem) {
			var elem []value
			for i, e := range a.elem {
				if subset>>i&1 == 1 {
					elem = append(elem, e)
				}
			}
			list = append(list, setOf(elem))
		}
		return setOf(list)
	case "UNION":
		for _, e := range a.elem {
			if e.kind != set {
				m.fail(n, "%s is no set", e.key)
			}
			list = append(list, e.elem...)
		}
		return m.alike(n, list)
	}
	b := m.of(n.parts[1], f, set)
	switch n.op {
	case `\cup`:
		return m.alike(n, append(slices.Clone(a.elem), b.elem...))
	case `\X`:
		for _, x := range a.elem {
			for _, y := range b.elem {
				list = append(list, tupleOf([]value{x, y}))
			}
		}
		return setOf(list)
	}
	for _, e := range a.elem {
		if b.has(e) == (n.op == `\cap`) {
			list = append(list, e)
		}
	}
	return setOf(list)
}

func (m *machine) arithmetic(n *node, f *frame) value {
	a := m.of(n.parts[0], f, number).n
	if n.op == "negative" {
		return numberOf(-a)
	}
	b := m.of(n.parts[1], f, number).n
	switch n.op {
	case "+":
		return numberOf(a + b)
	case "-":
		return numberOf(a - b)
	case "*":
		return numberOf(a * b)
	case "<":
		return truthOf(a < b)
	case ">":
		return truthOf(a > b)
	case "<=":
		return truthOf(a <= b)
	case ">=":
		return truthOf(a >= b)
	}
	var list []value
	for ; a <= b; a++ {
		list = append(list, numberOf(a))
	}
	return setOf(list)
}
