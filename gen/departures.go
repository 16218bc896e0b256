package gen

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// A Departure is one way in which a dialect departs from another.
type Departure struct {
	Name     string
	From     string // what the other does
	To       string // what it does instead
	Place    string // where it is in the code that runs the other
	Property string // what it is for
	Keys     []string
}

// Departures says where the page about how one dialect departs from another goes
// and what is on it. Both dialects are among the tables.
type Departures struct {
	Path     string // of the page
	Title    string
	Intro    string
	From, To string // names of the two
	List     []Departure
}

// departures is the page. A departure that names no clause, or a clause that no
// table has, is refused: the page would lie.
func (g *Generator) departures() ([]byte, error) {
	var b strings.Builder
	d := g.Departures
	fmt.Fprintf(&b, "<!-- %s -->\n\n# %s\n\n%s\n", g.header(), d.Title, d.Intro)
	for _, l := range d.List {
		keys, err := g.places(l)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n## %s\n\n| | |\n|---|---|\n", l.Name)
		fmt.Fprintf(&b, "| %s | %s |\n| %s | %s |\n| for | %s |\n| where | %s |\n| clauses | %s |\n",
			d.From, cell(l.From), d.To, cell(l.To), cell(l.Property), cell(l.Place), keys)
	}
	return []byte(b.String()), nil
}

// places lists the clauses of a departure, each with a link to every table that
// has it.
func (g *Generator) places(d Departure) (string, error) {
	if len(d.Keys) == 0 {
		return "", fmt.Errorf("gen: departure %s of %s names no clause", d.Name, g.Name)
	}
	pages, err := filepath.Rel(path.Dir(g.Departures.Path), g.Pages)
	if err != nil {
		return "", fmt.Errorf("gen: departures of %s: %w", g.Name, err)
	}
	var out []string
	for _, key := range d.Keys {
		var links []string
		for _, t := range g.Tables {
			for i := range t.Rules.Clauses {
				if t.Rules.Clauses[i].Key() == key {
					links = append(links, fmt.Sprintf("[%s](%s/%s#%s)",
						strings.TrimPrefix(t.Rules.Name, g.Name+"-"), filepath.ToSlash(pages), g.pageName(t), anchor(key)))
				}
			}
		}
		if len(links) == 0 {
			return "", fmt.Errorf("gen: departure %s of %s names clause %s, which is in no table", d.Name, g.Name, key)
		}
		out = append(out, fmt.Sprintf("`%s` (%s)", key, strings.Join(links, ", ")))
	}
	return strings.Join(out, "; "), nil
}
