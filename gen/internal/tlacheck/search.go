package tlacheck

import (
	"slices"
)

// A Report is what a search found.
type Report struct {
	States, Depth int      // depth counts steps
	Violated      []string // invariants, each once
	Reached       []string // of Options.Reach
}

// Options say how to search.
type Options struct {
	// KeepGoing searches on after a violation; otherwise the search stops at
	// the end of the depth in which it was found.
	KeepGoing bool
	// Reach names definitions: those that hold in some state are reported.
	Reach []string
}

// Check explores the module under the configuration, both called name.
func Check(name string, source Source, cfg string, o Options) (r *Report, err error) {
	defer caught(&err)
	s, err := load(name, source)
	if err != nil {
		return nil, err
	}
	c, err := readConfig(name+".cfg", cfg)
	if err != nil {
		return nil, err
	}
	m := &machine{specification: s, constant: map[string]value{}, index: map[string]int{}}
	for i, v := range s.variables {
		m.index[v] = i
	}
	m.enter(nil)
	for _, name := range s.constants {
		n := c.values[name]
		if n == nil {
			refuse("constant %s has no value", name)
		}
		s.resolve(n, nil)
		m.constant[name] = m.eval(n, nil)
	}
	if len(c.values) != len(s.constants) {
		refuse("the configuration gives a value to a constant that is not there")
	}
	for _, a := range s.assumes {
		if !m.test(a, nil) {
			refuse("an assumption does not hold")
		}
	}
	return m.search(c, o), nil
}

// search goes through the states, depth by depth.
func (m *machine) search(c *config, o Options) *Report {
	start, next := m.initAndNext(c.specification)
	r := &Report{}
	seen := map[string]bool{}
	var level, later [][]value
	find := func() {
		m.complete()
		key := keys(m.next)
		if seen[key] {
			return
		}
		seen[key] = true
		later = append(later, slices.Clone(m.next))
	}
	m.next = make([]value, len(m.variables))
	m.assign(start, nil, "=", find)
	for depth := 0; len(later) > 0; depth++ {
		level, later = later, nil
		r.States, r.Depth = r.States+len(level), depth
		m.next = nil
		for _, state := range level {
			m.enter(state)
			m.inspect(c.invariants, false, &r.Violated)
			m.inspect(o.Reach, true, &r.Reached)
		}
		if len(r.Violated) > 0 && !o.KeepGoing {
			break
		}
		m.next = make([]value, len(m.variables))
		for _, state := range level {
			m.enter(state)
			m.assign(next, nil, "prime", find)
		}
	}
	return r
}

// complete refuses a next state that lacks a value.
func (m *machine) complete() {
	for i, v := range m.next {
		if v == nil {
			refuse("a step gives no value to %s", m.variables[i])
		}
	}
}

// enabled says whether an action leads to another state.
func (m *machine) enabled(action *node, f *frame) (found bool) {
	outer := m.next
	m.next = make([]value, len(m.variables))
	m.assign(action, f, "prime", func() {
		m.complete()
		found = found || keys(m.next) != keys(m.state)
	})
	m.next = outer
	return found
}

// enter makes a state the current one; nil: none.
func (m *machine) enter(state []value) {
	m.state = state
	m.known[ofState] = map[string]value{}
	if m.known[constant] == nil {
		m.known[constant] = map[string]value{}
	}
}

// inspect adds the names of the definitions that have the truth value.
func (m *machine) inspect(names []string, want bool, to *[]string) {
	for _, name := range names {
		d := m.defs[name]
		if d == nil || len(d.params) > 0 {
			refuse("%s is not defined", name)
		}
		if m.test(d.body, nil) == want && !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
}

// assign goes through the ways to make a formula true by giving values to
// variables: in the form x = e of an initial state, or x' = e of a step. It
// calls then for each way.
func (m *machine) assign(n *node, f *frame, form string, then func()) {
	if form == "prime" && m.formula(n) < ofStep {
		if m.test(n, f) {
			then()
		}
		return
	}
	switch n.op {
	case `/\`:
		m.assignAll(n.parts, f, form, then)
	case `\/`:
		for _, part := range n.parts {
			m.assign(part, f, form, then)
		}
	case `\E`:
		m.each(n.bound, f, func(g *frame) bool {
			m.assign(n.parts[0], g, form, then)
			return true
		})
	case "name", "apply":
		d := m.defs[n.name]
		if d == nil {
			m.fail(n, "%s is no formula", n.name)
		}
		m.assign(d.body, m.called(d, n, f, nil), form, then)
	case "LET":
		m.assign(n.parts[0], let(n, f), form, then)
	case "UNCHANGED":
		names := m.tuple(n.parts[0])
		m.unchanged(n, names, then)
	case "=":
		left := n.parts[0]
		if form == "prime" && left.op == "prime" {
			left = left.parts[0]
		} else if form == "prime" {
			m.fail(n, "only x' = e gives a value to a variable")
		}
		if left.op != "name" {
			m.fail(n, "only a variable is given a value")
		}
		m.give(n, m.variable(left), m.eval(n.parts[1], f), then)
	default:
		m.fail(n, "%s is not known in a formula that gives values to variables", n.op)
	}
}

func (m *machine) assignAll(parts []*node, f *frame, form string, then func()) {
	if len(parts) == 0 {
		then()
		return
	}
	m.assign(parts[0], f, form, func() { m.assignAll(parts[1:], f, form, then) })
}

func (m *machine) unchanged(n *node, names []string, then func()) {
	if len(names) == 0 {
		then()
		return
	}
	i := m.index[names[0]]
	m.give(n, i, m.state[i], func() { m.unchanged(n, names[1:], then) })
}

// give sets a variable while then runs. A variable is given one value only:
// that is all that is known here.
func (m *machine) give(n *node, i int, v value, then func()) {
	if m.next[i] != nil {
		m.fail(n, "%s gets two values", m.variables[i])
	}
	m.next[i] = v
	then()
	m.next[i] = nil
}

// formula is the level of a formula, computed once.
func (m *machine) formula(n *node) level {
	if n.level == unknown {
		n.level = m.levelOf(n)
	}
	return n.level
}
