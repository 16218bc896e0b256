// Package counterexample is what the runs have in common that models of consensus
// tell: which property is violated, how a run is set in lines, and how it is saved
// and read again.
package counterexample

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/polka-bft/polka/modelcheck"
)

// A Property is what a counterexample violates.
type Property struct {
	Name   string `json:"name"`
	Doc    string `json:"doc"`    // the formula, in words
	Source string `json:"source"` // where it comes from
}

// Violated is the property of a search, as a counterexample names it.
func Violated[S comparable](p modelcheck.Property[S]) Property {
	return Property{p.Name, p.Doc, p.Source}
}

// Begin writes what is violated, after how many steps and where.
func (p Property) Begin(b *strings.Builder, steps int, instance string) {
	Wrap(b, "", "  ", fmt.Sprintf("%s is violated after %d steps on %s", p.Name, steps, instance))
	Wrap(b, "  ", "  ", p.Doc)
	Wrap(b, "  ", "  ", "("+p.Source+")")
}

// columns is how wide a counterexample may be.
const columns = 80

// Wrap writes words in lines of at most 80 columns, the first one after head and
// the others after indent; "" as indent is blanks as wide as head.
func Wrap(b *strings.Builder, head, indent, words string) {
	if indent == "" {
		indent = strings.Repeat(" ", utf8.RuneCountInString(head))
	}
	line, fresh := head, true
	for _, word := range strings.Fields(words) {
		if !fresh && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			b.WriteString(line + "\n")
			line, fresh = indent, true
		}
		if !fresh {
			line += " "
		}
		line, fresh = line+word, false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
