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

// code makes the Go file of tables. What it contains, in order:
//
//	const Digest = "…"; const Dialect = "…"
//	type Rule uint8; const ( Wait Rule = 0; L14If Rule = 1 … Unreachable Rule = 255 )
//	var ruleNames, ranks, effects            one row per rule; ranks of one table only
//	type op uint8; const ( opSetRound op = … ); var opNames
//	type Step uint8; const ( StepPropose … ) one type per observable
//	const ( firstVotes Observation = … )     where each binding begins
//	func observeVotes(step Step, …) Observation
//	var bindings                             names, for printing
//	var next = [observations]Rule{…}         one row per group of observations
func (g *Generator) code(ts []*spec.Table) ([]byte, error) {
	c := &coder{Generator: g, tables: ts, file: jen.NewFile(path.Base(path.Dir(g.Code)))}
	if err := c.identifiers(); err != nil {
		return nil, err
	}
	f := c.file
	f.HeaderComment("// " + g.header())
	names, digests := make([]string, len(ts)), make([]string, len(ts))
	for i, t := range ts {
		names[i], digests[i] = t.Rules.Name, t.Digest()
		f.HeaderComment("//")
		f.HeaderComment(fmt.Sprintf("// Rules %q, digest %s.", t.Rules.Name, t.Digest()))
		for _, l := range wrap(strings.ToUpper(count(t).String()[:1])+count(t).String()[1:]+".", 90) {
			f.HeaderComment("// " + l)
		}
	}
	doc(f.Group, "Digest identifies the rules that this table was generated from.")
	f.Const().Id("Digest").Op("=").Lit(strings.Join(digests, "+"))
	doc(f.Group, "Dialect is the rules' name.")
	f.Const().Id("Dialect").Op("=").Lit(strings.Join(names, "+"))
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
// names that make the same one, and more rules than there are numbers.
func (c *coder) identifiers() error {
	all := c.rulesOf()
	if len(all) >= int(spec.Unreachable) {
		return fmt.Errorf("gen: %s has %d rules, a file has room for %d", c.Code, len(all), spec.Unreachable-1)
	}
	ids := []string{"Digest", "Dialect", "Rule", "Wait", "Unreachable", "ruleNames", "ranks", "effects", "op", "opNames", "observations", "bindings", "next"}
	for _, r := range all {
		ids = append(ids, c.ruleID(r))
	}
	for _, e := range opsOf(c.tables...) {
		ids = append(ids, "op"+string(e.Do))
	}
	for _, b := range c.bindingsOf() {
		ids = append(ids, "first"+upper(b.Name), "observe"+upper(b.Name))
	}
	for _, v := range variablesOf(c.tables...) {
		ids = append(ids, c.typeName(v), v.Name+"Variable")
		for i := range v.Values {
			ids = append(ids, c.valueName(v, i))
		}
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !token.IsIdentifier(id) {
			return fmt.Errorf("gen: %s: a name makes %q, which is no Go identifier", c.tables[0].Rules.Name, id)
		}
		if seen[id] {
			return fmt.Errorf("gen: %s: two names make the Go identifier %s", c.tables[0].Rules.Name, id)
		}
		seen[id] = true
	}
	return nil
}

// coder writes one Go file.
type coder struct {
	*Generator
	tables []*spec.Table
	file   *jen.File
}

// rulesOf lists the rules of all tables: the one at i has the number i+1.
func (c *coder) rulesOf() []*spec.Rule {
	var rs []*spec.Rule
	for _, t := range c.tables {
		for i := range t.All {
			rs = append(rs, &t.All[i])
		}
	}
	return rs
}

// bindingsOf lists the bindings of all tables.
func (c *coder) bindingsOf() []*spec.Binding {
	var bs []*spec.Binding
	for _, t := range c.tables {
		bs = append(bs, t.Rules.Bindings...)
	}
	return bs
}

// lined reports whether rules are named after lines of pseudo-code.
func (c *coder) lined() bool {
	return slices.ContainsFunc(c.rulesOf(), func(r *spec.Rule) bool { return r.Clause.Line != 0 })
}

// ruleID is the Go name of a rule.
func (c *coder) ruleID(r *spec.Rule) string {
	if c.RulePrefix == "" {
		return r.Name
	}
	return c.RulePrefix + Identifier(r.Name)
}

// rules writes the type Rule and the tables with a row per rule.
func (c *coder) rules() {
	all := c.rulesOf()
	named, order := "Its String is the name in the tables.", "The rules, in the order of the tables."
	if c.lined() {
		named, order = "It is named after the line of the pseudo-code; its String is that name.", "The rules, in the order of the pseudo-code."
	}
	doc(c.file.Group, "Rule is a branch of a clause of the rules, or one of the answers Wait and Unreachable. "+named)
	c.file.Type().Id("Rule").Uint8()
	doc(c.file.Group, order)
	c.file.Const().DefsFunc(func(g *jen.Group) {
		doc(g, "Wait: no rule is enabled.")
		g.Id("Wait").Id("Rule").Op("=").Lit(int(spec.Wait))
		for i, r := range all {
			doc(g, c.ruleID(r)+" is "+c.sentence(r))
			g.Id(c.ruleID(r)).Id("Rule").Op("=").Lit(i + 1)
		}
		doc(g, "Unreachable: the observation cannot arise.")
		g.Id("Unreachable").Id("Rule").Op("=").Lit(int(spec.Unreachable))
	})
	doc(c.file.Group, "ruleNames holds the name of each rule but Unreachable.")
	c.file.Var().Id("ruleNames").Op("=").Index(jen.Op("...")).String().Add(rows(func(add func(...jen.Code)) {
		add(jen.Id("Wait").Op(":").Lit("Wait"))
		for _, r := range all {
			add(jen.Id(c.ruleID(r)).Op(":").Lit(r.Name))
		}
	}))
	if len(c.tables) == 1 {
		c.ranks(all)
	}
	doc(c.file.Group, "effects lists what each rule does, in order.")
	c.file.Var().Id("effects").Op("=").Index(jen.Op("...")).Index().Id("op").Add(rows(func(add func(...jen.Code)) {
		for _, r := range all {
			var ops []jen.Code
			for _, e := range r.Effects {
				ops = append(ops, jen.Id("op"+string(e.Do)))
			}
			add(jen.Id(c.ruleID(r)).Op(":").Values(ops...))
		}
	}))
}

// ranks writes which rule comes first. Those of two tables cannot be compared.
func (c *coder) ranks(all []*spec.Rule) {
	doc(c.file.Group, "ranks says which rule comes first when several are enabled: the lowest rank.")
	c.file.Var().Id("ranks").Op("=").Index(jen.Op("...")).Uint8().Add(rows(func(add func(...jen.Code)) {
		for _, r := range all {
			add(jen.Id(c.ruleID(r)).Op(":").Lit(r.Rank))
		}
	}))
}

// sentence says a rule in the words of its clause, on one line.
func (c *coder) sentence(r *spec.Rule) string {
	clause := r.Clause
	words := func(ps spec.Phrases) string {
		ws := make([]string, len(ps))
		for i, p := range ps {
			ws[i] = p.Words
		}
		return strings.Join(ws, " ∧ ")
	}
	var parts []string
	if len(clause.Upon) > 0 {
		parts = append(parts, "upon "+words(clause.Upon))
	}
	if len(clause.While) > 0 {
		parts = append(parts, "while "+words(clause.While))
	}
	if clause.FirstTime != nil {
		parts = append(parts, "for the first time")
	}
	switch r.Branch {
	case spec.Whole:
	case spec.IfThen:
		parts = append(parts, "if "+words(clause.If))
	case spec.IfElse:
		parts = append(parts, "unless "+words(clause.If))
	}
	at := "a rule of " + clause.Of.Name
	switch {
	case clause.Line != 0:
		at = fmt.Sprintf("line %d", clause.Line)
	case c.lined():
		at = "a rule without a line"
	}
	return at + ": " + strings.Join(parts, ", ") + "."
}

// ops writes the type op.
func (c *coder) ops() {
	doc(c.file.Group, "op is an effect: what the driver carries out.")
	c.file.Type().Id("op").Uint8()
	words := "The effects, with their words where they first occur."
	if c.lined() {
		words = "The effects, with the line and the words of the pseudo-code where they first occur."
	}
	doc(c.file.Group, words)
	ops := opsOf(c.tables...)
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
	for _, v := range variablesOf(c.tables...) {
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
		for _, b := range c.bindingsOf() {
			g.Id("first" + upper(b.Name)).Id("Observation").Op("=").Lit(first).Comment(fmt.Sprintf("%d of %s(%s)", b.Size(), b.Name, b.Free))
			first += b.Size()
		}
		g.Id("observations").Op("=").Lit(first)
	})
	for _, b := range c.bindingsOf() {
		doc(c.file.Group, fmt.Sprintf("observe%s is the observation of %s.", upper(b.Name), b.Doc))
		c.file.Func().Id("observe" + upper(b.Name)).ParamsFunc(func(g *jen.Group) {
			for _, v := range b.Vars {
				g.Id(parameter(v)).Id(c.typeName(v))
			}
		}).Id("Observation").Block(jen.Return(c.sum(b)))
	}
	doc(c.file.Group, "bindings names the bindings and what they observe.")
	c.file.Var().Id("bindings").Op("=").Index(jen.Op("...")).Id("binding").Add(rows(func(add func(...jen.Code)) {
		for _, b := range c.bindingsOf() {
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
		for _, t := range c.tables {
			for _, b := range t.Rules.Bindings {
				c.nextRows(t, b, add)
			}
		}
	}))
}

// nextRows writes the rows of one binding: the trailing variables that fit a row
// vary along it, the leading ones from row to row.
func (c *coder) nextRows(t *spec.Table, b *spec.Binding, add func(...jen.Code)) {
	lead, width := len(b.Vars), 1
	for lead > 0 && width*len(b.Vars[lead-1].Values) <= rowLimit {
		lead--
		width *= len(b.Vars[lead].Values)
	}
	var along []string
	for _, v := range b.Vars[lead:] {
		along = append(along, v.Name)
	}
	row := t.NextRow(b)
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
			cells = append(cells, jen.Id(c.ruleName(t, id)))
		}
		add(s.List(cells...))
	}
}

func (c *coder) ruleName(t *spec.Table, id spec.RuleID) string {
	switch id {
	case spec.Wait:
		return "Wait"
	case spec.Unreachable:
		return "Unreachable"
	}
	return c.ruleID(t.Rule(id))
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
