package gen

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec"
)

// A Difference is one way in which a dialect departs from the first table, as
// the protocol's specification names it.
type Difference struct {
	Name  string
	Lines string   // of the pseudo-code
	Paper string   // what the first table does
	Node  string   // what the dialect does
	Place string   // where it is in the code that runs the dialect
	Keys  []string // the clauses that say it
}

// A PanicSite is a place where the code that runs the dialects panics.
type PanicSite struct {
	Place   string // in that code
	Line    int
	Message string
	Keys    []string // the clauses that panic there, in every dialect
	Why     string   // what it takes, or why no clause leads there
}

// Divergence says where the page of differences goes and what is on it.
type Divergence struct {
	Path        string                  // of the page
	Differences map[string][]Difference // by the name of the table
	Panics      []PanicSite             // none: the page has no word of them
	Costs       *Costs                  // nil: the page has no word of them
}

// Costs is what a search found the differences to cost.
type Costs struct {
	Rules      string     // how to read what was found
	Instances  []Instance // that were searched
	Properties []Property // that were asked
	// Found has sentences by the name of the table and of the difference; each
	// difference must have one.
	Found map[string]map[string][]string
}

// An Instance is one that was searched for costs.
type Instance struct{ Name, Size, Why string }

// A Property is one that may fail where the first table does not break it.
type Property struct{ Name, Doc string }

// divergence is the page of differences. A difference that names no clause of
// its table, or a clause that is not there, is refused: the page would lie.
func (g *Generator) divergence() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# Where dialects depart from the paper\n\n", g.header())
	b.WriteString("Every clause of a dialect belongs to a difference. The lines are those of Algorithm 1.\n")
	for _, t := range g.Tables[1:] {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", t.Rules.Name, strings.TrimSuffix(t.Rules.Doc, "."))
		for _, d := range g.Divergence.Differences[t.Rules.Name] {
			keys, err := g.links(t, d)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "\n### %s\n\n| | |\n|---|---|\n", d.Name)
			fmt.Fprintf(&b, "| lines | %s |\n| Algorithm 1 | %s |\n| instead | %s |\n| where | %s |\n| clauses | %s |\n",
				d.Lines, d.Paper, d.Node, d.Place, keys)
			if err := g.cost(&b, t, d); err != nil {
				return nil, err
			}
		}
	}
	if g.Divergence.Costs != nil {
		g.Divergence.Costs.explain(&b)
	}
	if len(g.Divergence.Panics) > 0 {
		if err := g.panics(&b); err != nil {
			return nil, err
		}
	}
	return []byte(b.String()), nil
}

// explain says what was searched for costs, and for which.
func (c *Costs) explain(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Costs\n\n%s\n\n| instance | size | what it adds |\n|---|---|---|\n", c.Rules)
	for _, i := range c.Instances {
		fmt.Fprintf(b, "| %s | %s | %s |\n", i.Name, i.Size, i.Why)
	}
	b.WriteString("\n| property | what it says |\n|---|---|\n")
	for _, p := range c.Properties {
		fmt.Fprintf(b, "| %s | %s |\n", p.Name, p.Doc)
	}
}

// cost adds what a difference was found to cost. One of which nothing is known is
// refused: the page would hide it.
func (g *Generator) cost(b *strings.Builder, t *spec.Table, d Difference) error {
	if g.Divergence.Costs == nil {
		return nil
	}
	found := g.Divergence.Costs.Found[t.Rules.Name][d.Name]
	if len(found) == 0 {
		return fmt.Errorf("gen: nothing is said of what difference %s of %s costs", d.Name, t.Rules.Name)
	}
	fmt.Fprintf(b, "| [cost](#costs) | %s |\n", strings.Join(found, "; "))
	return nil
}

// panics lists the sites, those that a clause leads to first, with the clauses of
// the first dialect.
func (g *Generator) panics(b *strings.Builder) error {
	b.WriteString("\n## Panics\n\nWhere the state machine of CometBFT panics. A node whose state machine has panicked says nothing more. Lines are of the\n" +
		"branch v0.38.x, commit 330d3bb1; v1 has the same sites unless the message says otherwise.\n" +
		"\n| where | line | message | clause | what it takes |\n|---|---|---|---|---|\n")
	rest := "\nSites that no clause leads to.\n\n| where | line | message | why not |\n|---|---|---|---|\n"
	for _, site := range g.Divergence.Panics {
		if len(site.Keys) == 0 {
			rest += fmt.Sprintf("| %s | %d | %s | %s |\n", site.Place, site.Line, site.Message, site.Why)
			continue
		}
		var keys string
		for i, t := range g.Tables[1:] {
			links, err := g.links(t, Difference{Name: "panic", Keys: site.Keys})
			if err != nil {
				return err
			}
			if i == 0 {
				keys = links
			}
		}
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s |\n", site.Place, site.Line, site.Message, keys, site.Why)
	}
	b.WriteString(rest)
	return nil
}

// links lists the clauses of a difference, each with a link to its page.
func (g *Generator) links(t *spec.Table, d Difference) (string, error) {
	known := map[string]bool{}
	for i := range t.Rules.Clauses {
		known[t.Rules.Clauses[i].Key()] = true
	}
	if len(d.Keys) == 0 {
		return "", fmt.Errorf("gen: difference %s of %s names no clause", d.Name, t.Rules.Name)
	}
	links := make([]string, len(d.Keys))
	for i, key := range d.Keys {
		if !known[key] {
			return "", fmt.Errorf("gen: difference %s of %s names clause %s, which is not there", d.Name, t.Rules.Name, key)
		}
		anchor := strings.ToLower(strings.ReplaceAll(key, ".", ""))
		links[i] = fmt.Sprintf("[%s](rules/%s#%s)", key, g.pageName(t), anchor)
	}
	return strings.Join(links, ", "), nil
}
