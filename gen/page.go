package gen

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/polka-bft/polka/spec"
)

// page is the Markdown page of one dialect.
func (g *Generator) page(t *spec.Table) []byte {
	p := &page{Generator: g, table: t}
	p.printf("<!-- %s -->\n\n", g.header())
	p.printf("# The rules of %s: %s\n\n", g.Name, t.Rules.Name)
	p.printf("%s.\n\n", strings.TrimSuffix(t.Rules.Doc, "."))
	p.printf("- Digest: `%s`\n- Source: `%s`\n- Size: %s\n\n", t.Digest(), g.Source, count(t))
	p.line("A clause of the pseudo-code is one rule, or two when it has an if: one rule per branch.")
	p.line("A rule is asked about one *observation*: what is true of one choice of the clause's free variables.")
	p.line("*Enabled* counts the observations on which a rule may fire: a checker explores all of them, a judge accepts any.")
	p.line("*Chosen* counts those on which an implementation fires this rule and no other, by the written priority.")
	p.line("")
	p.diagram()
	p.priority()
	p.line("## Clauses\n")
	for i := range t.Rules.Clauses {
		p.clause(&t.Rules.Clauses[i])
	}
	p.impossible()
	p.bindings()
	p.observables()
	return []byte(strings.TrimRight(p.b.String(), "\n") + "\n")
}

// page collects the text of one page.
type page struct {
	*Generator
	table   *spec.Table
	b       strings.Builder
	calling []*spec.Binding // functions that the diagram is looking into
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *page) line(s string) { p.b.WriteString(s + "\n") }

// clause writes the section of one clause.
func (p *page) clause(c *spec.Clause) {
	p.printf("### %s\n\n```text\n%s```\n\n", c.Key(), c.Render())
	of := c.Of.Name
	if c.Of.Free != "" {
		of += "(" + c.Of.Free + ")"
	}
	if c.Of.Function {
		p.printf("Called for `%s`: %s.\n", of, c.Of.Doc)
	} else {
		p.printf("Asked of `%s`: %s.\n", of, c.Of.Doc)
	}
	if _, ok := unordered(p.table); !ok {
		order := p.table.Rules.Priority
		i := slices.IndexFunc(order, func(e spec.Precedence) bool { return e.Key == c.Key() })
		p.printf("Priority %d of %d: %s.\n", i+1, len(order), strings.TrimSuffix(order[i].Reason, "."))
	}
	if c.Place != "" {
		functions, more, found := strings.Cut(c.Place, "; ")
		p.printf("In CometBFT: `%s`", strings.ReplaceAll(functions, ", ", "`, `"))
		if found {
			p.printf("; %s", more)
		}
		p.line(".")
	}
	p.line("")
	p.conditions(c)
	for i := range p.table.All {
		if r := &p.table.All[i]; r.Clause == c {
			p.rule(r)
		}
	}
}

// conditions writes what each phrase of a clause means.
func (p *page) conditions(c *spec.Clause) {
	p.line("| | words | conditions |\n|---|---|---|")
	row := func(part string, ps spec.Phrases) {
		for _, ph := range ps {
			conds := make([]string, len(ph.Conds))
			for i, cond := range ph.Conds {
				conds[i] = cond.String()
			}
			p.printf("| %s | %s | %s |\n", part, cell(ph.Words), cell(strings.Join(conds, " and ")))
		}
	}
	row("upon", c.Upon)
	row("while", c.While)
	if o := c.FirstTime; o != nil {
		row("once", spec.Phrases{spec.Says("for the first time", o.Is(spec.NotYet))})
	}
	row("if", c.If)
	p.line("")
}

// rule writes what one branch does, and where.
func (p *page) rule(r *spec.Rule) {
	enabled, chosen := 0, 0
	together := map[spec.RuleID]bool{}
	row := p.table.EnabledRow(r.Clause.Of)
	for i, set := range row {
		if !set.Has(r.ID) {
			continue
		}
		enabled++
		if p.table.NextRow(r.Clause.Of)[i] == r.ID {
			chosen++
		}
		for id := range set.All {
			together[id] = id != r.ID
		}
	}
	p.printf("**%s**", r.Name)
	switch r.Branch {
	case spec.Whole:
	case spec.IfThen:
		p.printf(", when the if holds")
	case spec.IfElse:
		p.printf(", when the if fails")
	}
	p.printf(": enabled on %d of %d observations, chosen on %d.\n", enabled, len(row), chosen)
	var names []string
	for i := range p.table.All {
		if other := &p.table.All[i]; together[other.ID] {
			names = append(names, "["+other.Name+"](#"+anchor(other.Clause.Key())+")")
		}
	}
	if len(names) > 0 {
		p.printf("May hold together with %s.\n", strings.Join(names, ", "))
	}
	p.line("")
	for _, e := range r.Effects {
		at := ""
		if e.Line != 0 {
			at = fmt.Sprintf(" (line %d)", e.Line)
		}
		p.printf("1. `%s`: %s%s\n", e.Do, e.Words, at)
	}
	p.line("")
}

// priority writes the order in which an implementation prefers the clauses.
func (p *page) priority() {
	p.line("## Priority\n")
	if reason, ok := unordered(p.table); ok {
		p.printf("No two clauses hold together, so the order decides nothing: %s.\n\n", strings.TrimSuffix(reason, "."))
		return
	}
	p.line("When several rules are enabled, an implementation fires the one whose clause stands first.\n")
	p.line("| | clause | reason |\n|--:|---|---|")
	for i, e := range p.table.Rules.Priority {
		p.printf("| %d | [%s](#%s) | %s |\n", i+1, e.Key, anchor(e.Key), cell(e.Reason))
	}
	p.line("")
}

// unordered says whether the priority decides nothing: no two clauses hold
// together, and one reason is given for all.
func unordered(t *spec.Table) (reason string, ok bool) {
	reason = t.Rules.Priority[0].Reason
	if slices.ContainsFunc(t.Rules.Priority, func(e spec.Precedence) bool { return e.Reason != reason }) {
		return "", false
	}
	for i := range t.All {
		for j := range i {
			if a, b := &t.All[i], &t.All[j]; a.Clause != b.Clause && spec.Overlap(a, b) {
				return "", false
			}
		}
	}
	return reason, true
}

// impossible writes what cannot be observed.
func (p *page) impossible() {
	p.line("## Impossible observations\n")
	if len(p.table.Rules.Impossible) == 0 {
		p.line("None is listed.\n")
		return
	}
	p.line("Where one of these is observed the table answers Unreachable, and whoever meets one stops: interpreter, checker, machine.\n")
	p.line("| binding | observation | why |\n|---|---|---|")
	for _, im := range p.table.Rules.Impossible {
		conds := make([]string, len(im.Conds))
		for i, c := range im.Conds {
			conds[i] = c.String()
		}
		p.printf("| %s | %s | %s |\n", im.Of.Name, cell(strings.Join(conds, " and ")), cell(im.Why))
	}
	p.line("")
}

// bindings writes what an observation can be about.
func (p *page) bindings() {
	p.line("## Bindings\n")
	p.line("| binding | for some | what is bound | observes | observations | choose a rule | wait | unreachable |\n|---|---|---|---|--:|--:|--:|--:|")
	for _, b := range p.table.Rules.Bindings {
		var wait, unreachable int
		for _, id := range p.table.NextRow(b) {
			switch id {
			case spec.Wait:
				wait++
			case spec.Unreachable:
				unreachable++
			}
		}
		names := make([]string, len(b.Vars))
		for i, v := range b.Vars {
			names[i] = v.Name
		}
		p.printf("| %s | %s | %s | %s | %d | %d | %d | %d |\n",
			b.Name, cell(b.Free), cell(b.Doc), strings.Join(names, ", "), b.Size(), b.Size()-wait-unreachable, wait, unreachable)
	}
	p.line("")
}

// observables writes what a guard can ask.
func (p *page) observables() {
	p.line("## Observables\n")
	p.line("| observable | what is observed | values |\n|---|---|---|")
	for _, v := range variablesOf(p.table) {
		p.printf("| %s | %s | %s |\n", v.Name, cell(v.Doc), strings.Join(v.Values, ", "))
	}
}

// cell makes a text fit a cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// anchor is the name that renderers give to the section with this title: in
// lower case, without punctuation.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' {
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}
