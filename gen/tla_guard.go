package gen

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// lineWords puts the number of a line before its words.
func lineWords(line int, words string) string {
	if line == 0 {
		return words
	}
	return fmt.Sprintf("%d: %s", line, words)
}

// guard writes what a rule asks, phrase by phrase. A condition is what the
// phrases up to there say of its observable together: of what can be heard in
// several ways, one way must fit them all.
func (m *tlaModule) guard(r *spec.Rule, scope tlaScope) ([]string, error) {
	c := r.Clause
	said := spec.FullCube(c.Of)
	var lines []string
	part := func(head string, line int, ps spec.Phrases) error {
		for i, p := range ps {
			words := head + " " + p.Words
			if i > 0 {
				words = "and " + p.Words
			} else if line != 0 {
				words = lineWords(line, words)
			}
			lines = append(lines, `\* `+words)
			now := said.And(p.Conds...)
			conds, err := m.conditions(said, now, scope)
			if err != nil {
				return err
			}
			for _, cond := range conds {
				lines = append(lines, `/\ `+cond)
			}
			said = now
		}
		return nil
	}
	upon, while := "upon", "while"
	if c.Of.Function {
		upon, while = "if", "if"
	}
	whileLine := 0
	if len(c.Upon) == 0 {
		whileLine = c.Line
	}
	if err := part(upon, c.Line, c.Upon); err != nil {
		return nil, err
	}
	if err := part(while, whileLine, c.While); err != nil {
		return nil, err
	}
	if o := c.FirstTime; o != nil {
		if err := part("for", 0, spec.Phrases{spec.Says("the first time", o.Is(spec.NotYet))}); err != nil {
			return nil, err
		}
	}
	if r.Branch == spec.IfThen {
		return lines, part("if", c.IfLine, c.If)
	}
	if r.Branch == spec.IfElse {
		words := make([]string, len(c.If))
		for i, p := range c.If {
			words[i] = p.Words
		}
		lines = append(lines, `\* `+lineWords(c.ElseLine, "else: not ("+strings.Join(words, " and ")+")"))
		other, err := m.anyOf(r.Guard, said, scope)
		return append(lines, other...), err
	}
	return lines, nil
}

// conditions writes what a cube asks beyond what is said already.
func (m *tlaModule) conditions(said, now spec.Cube, scope tlaScope) ([]string, error) {
	var conds []string
	for i, v := range now.Of.Vars {
		if now.Sets[i] == said.Sets[i] {
			continue
		}
		o, err := m.language.observable(now.Of, v)
		if err != nil {
			return nil, err
		}
		if now.Sets[i] == 0 {
			conds = append(conds, "FALSE")
		} else if s := o.condition(now.Sets[i], scope); s != "" {
			conds = append(conds, s)
		}
	}
	return conds, nil
}

// anyOf writes that one of the cubes holds, as conjuncts.
func (m *tlaModule) anyOf(cubes []spec.Cube, said spec.Cube, scope tlaScope) ([]string, error) {
	var lines []string
	for _, cube := range cubes {
		conds, err := m.conditions(said, cube, scope)
		if err != nil {
			return nil, err
		}
		if len(conds) == 0 {
			return nil, nil
		}
		if len(cubes) == 1 {
			for _, c := range conds {
				lines = append(lines, `/\ `+c)
			}
			return lines, nil
		}
		lead := `   \/ `
		if len(lines) == 0 {
			lead = `/\ \/ `
		}
		if len(conds) > 1 {
			lead += `/\ `
		}
		lines = append(lines, lead+conds[0])
		for _, c := range conds[1:] {
			lines = append(lines, `      /\ `+c)
		}
	}
	if len(cubes) == 0 {
		lines = append(lines, `/\ FALSE`)
	}
	return lines, nil
}
