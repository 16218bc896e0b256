package spec

// Without is Cube.without, for the tests.
func (c Cube) Without(conds []Cond) []Cube { return c.without(conds) }

// Canonical is the text under the digest, for the tests.
func Canonical(r *Rules) string { return canonical(r) }

// SetNext spoils one entry of the Next table, for the tests.
func (t *Table) SetNext(o Observation, id RuleID) { t.next[o.Of][o.Index] = id }

// SetEnabled spoils one entry of the Enabled table, for the tests.
func (t *Table) SetEnabled(o Observation, s RuleSet) { t.enabled[o.Of][o.Index] = s }
