package gen

import (
	"bytes"
	"fmt"
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/polka-bft/polka/spec"
)

// rowLimit is how many cells of a table stand on one line.
const rowLimit = 16

// code makes the Go file of a table. What it contains, in order:
//
//	const Digest = "…"; const Dialect = "…"
//	type Rule uint8; const ( Wait Rule = 0; L14If Rule = 1 … Unreachable Rule = 255 )
//	var ruleNames, ranks, effects            one row per rule
//	type op uint8; const ( opSetRound op = … ); var opNames
//	type Step uint8; const ( StepPropose … ) one type per observable
//	const ( firstVotes Observation = … )     where each binding begins
//	func observeVotes(step Step, …) Observation
//	var bindings                             names, for printing
//	var next = [observations]Rule{…}         one row per group of observations
func (g *Generator) code(t *spec.Table) ([]byte, error) {
	if err := g.identifiers(t); err != nil {
		return nil, err
	}
	f := jen.NewFile(path.Base(path.Dir(g.Code)))
	f.HeaderComment("// " + g.header())
	f.HeaderComment("//")
	f.HeaderComment(fmt.Sprintf("// Rules %q, digest %s.", t.Rules.Name, t.Digest()))
	for _, l := range wrap(strings.ToUpper(count(t).String()[:1])+count(t).String()[1:]+".", 90) {
		f.HeaderComment("// " + l)
	}
	doc(f.Group, "Digest identifies the rules that this table was generated from.")
	f.Const().Id("Digest").Op("=").Lit(t.Digest())
	doc(f.Group, "Dialect is the rules' name.")
	f.Const().Id("Dialect").Op("=").Lit(t.Rules.Name)
	c := &coder{Generator: g, table: t, file: f}
	c.rules()
	c.ops()
	c.observables()
	c.bindings()
	c.next()
	var b bytes.Buffer
	if err := f.Render(&b); err != nil {
		return nil, fmt.Errorf("gen: %s: %w", g.Code, err)
	}
	return b.Bytes(), nil
}

// identifiers refuses rules with a name that makes no Go identifier, or with two
// names that make the same one.
func (g *Generator) identifiers(t *spec.Table) error {
	c := &coder{Generator: g, table: t}
	ids := []string{"Digest", "Dialect", "Rule", "Wait", "Unreachable", "ruleNames", "ranks", "effects", "op", "opNames", "observations", "bindings", "next"}
	for i := range t.All {
		ids = append(ids, t.All[i].Name)
	}
	for _, e := range opsOf(t) {
		ids = append(ids, "op"+string(e.Do))
	}
	for _, b := range t.Rules.Bindings {
		ids = append(ids, "first"+upper(b.Name), "observe"+upper(b.Name))
	}
	for _, v := range variablesOf(t) {
		ids = append(ids, c.typeName(v), v.Name+"Variable")
		for i := range v.Values {
			ids = append(ids, c.valueName(v, i))
		}
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !token.IsIdentifier(id) {
			return fmt.Errorf("gen: %s: a name makes %q, which is no Go identifier", t.Rules.Name, id)
		}
		if seen[id] {
			return fmt.Errorf("gen: %s: two names make the Go identifier %s", t.Rules.Name, id)
		}
		seen[id] = true
	}
	return nil
}

// coder writes one Go file.
type coder struct {
	*Generator
	table *spec.Table
	file  *jen.File
}

// rules writes the type Rule and the tables with a row per rule.
func (c *coder) rules() {
	doc(c.file.Group, "Rule is a branch of a clause of the rules, or one of the answers Wait and Unreachable. "+
		"It is named after the line of the pseudo-code; its String is that name.")
	c.file.Type().Id("Rule").Uint8()
	doc(c.file.Group, "The rules, in the order of the pseudo-code.")
	c.file.Const().DefsFunc(func(g *jen.Group) {
		doc(g, "Wait: no rule is enabled.")
		g.Id("Wait").Id("Rule").Op("=").Lit(int(spec.Wait))
		for i := range c.table.All {
			r := &c.table.All[i]
			doc(g, r.Name+" is "+sentence(r))
			g.Id(r.Name).Id("Rule").Op("=").Lit(int(r.ID))
		}
		doc(g, "Unreachable: the observation cannot arise.")
		g.Id("Unreachable").Id("Rule").Op("=").Lit(int(spec.Unreachable))
	})
	doc(c.file.Group, "ruleNames holds the name of each rule but Unreachable.")
	c.file.Var().Id("ruleNames").Op("=").Index(jen.Op("...")).String().Add(rows(func(add func(...jen.Code)) {
		add(jen.Id("Wait").Op(":").Lit("Wait"))
		for i := range c.table.All {
			name := c.table.All[i].Name
			add(jen.Id(name).Op(":").Lit(name))
		}
	}))
	doc(c.file.Group, "ranks says which rule comes first when several are enabled: the lowest rank.")
	c.file.Var().Id("ranks").Op("=").Index(jen.Op("...")).Uint8().Add(rows(func(add func(...jen.Code)) {
		for i := range c.table.All {
			r := &c.table.All[i]
			add(jen.Id(r.Name).Op(":").Lit(r.Rank))
		}
	}))
	doc(c.file.Group, "effects lists what each rule does, in order.")
	c.file.Var().Id("effects").Op("=").Index(jen.Op("...")).Index().Id("op").Add(rows(func(add func(...jen.Code)) {
		for i := range c.table.All {
			r := &c.table.All[i]
			var ops []jen.Code
			for _, e := range r.Effects {
				ops = append(ops, jen.Id("op"+string(e.Do)))
			}
			add(jen.Id(r.Name).Op(":").Values(ops...))
		}
	}))
}

// sentence says a rule in the words of its clause, on one line.
func sentence(r *spec.Rule) string {
	c := r.Clause
	words := func(ps spec.Phrases) string {
		ws := make([]string, len(ps))
		for i, p := range ps {
			ws[i] = p.Words
		}
		return strings.Join(ws, " ∧ ")
	}
	var parts []string
	if len(c.Upon) > 0 {
		parts = append(parts, "upon "+words(c.Upon))
	}
	if len(c.While) > 0 {
		parts = append(parts, "while "+words(c.While))
	}
	if c.FirstTime != nil {
		parts = append(parts, "for the first time")
	}
	switch r.Branch {
	case spec.Whole:
	case spec.IfThen:
		parts = append(parts, "if "+words(c.If))
	case spec.IfElse:
		parts = append(parts, "unless "+words(c.If))
	}
	at := "a rule without a line"
	if c.Line != 0 {
		at = fmt.Sprintf("line %d", c.Line)
	}
	return at + ": " + strings.Join(parts, ", ") + "."
}

// ops writes the type op.
func (c *coder) ops() {
	doc(c.file.Group, "op is an effect: what the driver carries out.")
	c.file.Type().Id("op").Uint8()
	doc(c.file.Group, "The effects, with the line and the words of the pseudo-code where they first occur.")
	ops := opsOf(c.table)
	c.file.Const().DefsFunc(func(g *jen.Group) {
		for i, e := range ops {
			s := g.Id("op" + string(e.Do))
			if i == 0 {
				s.Id("op").Op("=").Iota()
			}
			if e.Line == 0 {
				s.Comment(e.Words)
			} else {
				s.Comment(fmt.Sprintf("line %d: %s", e.Line, e.Words))
			}
		}
	})
	doc(c.file.Group, "opNames holds the name of each effect.")
	c.file.Var().Id("opNames").Op("=").Index(jen.Op("...")).String().Add(rows(func(add func(...jen.Code)) {
		for _, e := range ops {
			add(jen.Id("op" + string(e.Do)).Op(":").Lit(string(e.Do)))
		}
	}))
}

// observables writes a type per observable.
func (c *coder) observables() {
	for _, v := range variablesOf(c.table) {
		typ := c.typeName(v)
		doc(c.file.Group, fmt.Sprintf("%s is a value of the observable %s: %s.", typ, v.Name, v.Doc))
		c.file.Type().Id(typ).Uint8()
		doc(c.file.Group, fmt.Sprintf("The values of %s.", v.Name))
		c.file.Const().DefsFunc(func(g *jen.Group) {
			for i := range v.Values {
				s := g.Id(c.valueName(v, i))
				if i == 0 {
					s.Id(typ).Op("=").Iota()
				}
			}
		})
		c.file.Var().Id(v.Name+"Variable").Op("=").Id("variable").Values(jen.Lit(v.Name), jen.Index().String().ValuesFunc(func(g *jen.Group) {
			for _, name := range v.Values {
				g.Lit(name)
			}
		}))
	}
}

// bindings writes where the observations of each binding begin, how one is made
// of its values, and the names for printing.
func (c *coder) bindings() {
	first := 0
	doc(c.file.Group, "Where the observations of each binding begin, and how many there are in all.")
	c.file.Const().DefsFunc(func(g *jen.Group) {
		for _, b := range c.table.Rules.Bindings {
			g.Id("first" + upper(b.Name)).Id("Observation").Op("=").Lit(first).Comment(fmt.Sprintf("%d of %s(%s)", b.Size(), b.Name, b.Free))
			first += b.Size()
		}
		g.Id("observations").Op("=").Lit(first)
	})
	for _, b := range c.table.Rules.Bindings {
		doc(c.file.Group, fmt.Sprintf("observe%s is the observation of %s.", upper(b.Name), b.Doc))
		c.file.Func().Id("observe" + upper(b.Name)).ParamsFunc(func(g *jen.Group) {
			for _, v := range b.Vars {
				g.Id(parameter(v)).Id(c.typeName(v))
			}
		}).Id("Observation").Block(jen.Return(c.sum(b)))
	}
	doc(c.file.Group, "bindings names the bindings and what they observe.")
	c.file.Var().Id("bindings").Op("=").Index(jen.Op("...")).Id("binding").Add(rows(func(add func(...jen.Code)) {
		for _, b := range c.table.Rules.Bindings {
			add(jen.Values(jen.Lit(b.Name), jen.Id("first"+upper(b.Name)), jen.Index().Id("variable").ValuesFunc(func(g *jen.Group) {
				for _, v := range b.Vars {
					g.Id(v.Name + "Variable")
				}
			})))
		}
	}))
}

// sum is the number of an observation: where its binding begins, plus each value
// times its stride.
func (c *coder) sum(b *spec.Binding) *jen.Statement {
	s := jen.Id("first" + upper(b.Name))
	stride := b.Size()
	for _, v := range b.Vars {
		stride /= len(v.Values)
		s.Op("+")
		if stride > 1 {
			s.Lit(stride).Op("*")
		}
		s.Id("Observation").Parens(jen.Id(parameter(v)))
	}
	return s
}

// next writes the table itself.
func (c *coder) next() {
	doc(c.file.Group, "next is the one rule to fire on each observation, or Wait, or Unreachable. A row begins with the "+
		"values that its observations have in common; the others vary from left to right, the last one fastest.")
	c.file.Var().Id("next").Op("=").Index(jen.Id("observations")).Id("Rule").Add(rows(func(add func(...jen.Code)) {
		for _, b := range c.table.Rules.Bindings {
			c.nextRows(b, add)
		}
	}))
}

// nextRows writes the rows of one binding: the trailing variables that fit a row
// vary along it, the leading ones from row to row.
func (c *coder) nextRows(b *spec.Binding, add func(...jen.Code)) {
	lead, width := len(b.Vars), 1
	for lead > 0 && width*len(b.Vars[lead-1].Values) <= rowLimit {
		lead--
		width *= len(b.Vars[lead].Values)
	}
	var along []string
	for _, v := range b.Vars[lead:] {
		along = append(along, v.Name)
	}
	row := c.table.NextRow(b)
	for i := 0; i < len(row); i += width {
		var common []string
		for j, n := range (spec.Observation{Of: b, Index: i}).Values()[:lead] {
			common = append(common, b.Vars[j].Name+"="+b.Vars[j].Values[n])
		}
		s := jen.Empty()
		if i == 0 {
			s.Comment(fmt.Sprintf("// %s(%s); along a row: %s", b.Name, b.Free, strings.Join(along, ", "))).Line()
		}
		if len(common) > 0 {
			s.Comment("/* " + strings.Join(common, " ") + " */")
		}
		var cells []jen.Code
		for _, id := range row[i : i+width] {
			cells = append(cells, jen.Id(c.ruleName(id)))
		}
		add(s.List(cells...))
	}
}

func (c *coder) ruleName(id spec.RuleID) string {
	switch id {
	case spec.Wait:
		return "Wait"
	case spec.Unreachable:
		return "Unreachable"
	}
	return c.table.Rule(id).Name
}

func (c *coder) typeName(v *spec.Variable) string {
	if slices.Contains(c.Export, v.Name) {
		return upper(v.Name)
	}
	return v.Name + "Fact"
}

func (c *coder) valueName(v *spec.Variable, i int) string {
	if slices.Contains(c.Export, v.Name) {
		return upper(v.Name) + upper(v.Values[i])
	}
	return v.Name + upper(v.Values[i])
}

// parameter is a Go name for a variable of a function.
func parameter(v *spec.Variable) string {
	if token.IsKeyword(v.Name) {
		return v.Name + "_"
	}
	return v.Name
}

// upper makes the first letter upper case.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// rows is a composite literal with one row per line.
func rows(fill func(add func(...jen.Code))) *jen.Statement {
	var items []jen.Code
	fill(func(row ...jen.Code) { items = append(items, row...) })
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, items...)
}

// doc writes a comment of whole lines.
func doc(g *jen.Group, text string) {
	for _, l := range wrap(text, 90) {
		g.Comment("// " + l)
	}
}

// wrap breaks a text into lines of at most width characters, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}
