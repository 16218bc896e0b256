package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

func lineName(line int) string { return fmt.Sprintf("L%d", line) }

// Render writes the clause as pseudo-code, one statement per line, each with
// the line number of the paper in front, blank where a line goes on or has none:
//
//	28  upon PROPOSAL(h, round, v, vr) of proposer(h, round)
//	     and +2/3 PREVOTE(h, vr, id(v))
//	    while step = propose
//	      and 0 ≤ vr < round
//	29    if valid(v)
//	      and (lockedRound ≤ vr or lockedValue = v)
//	30      broadcast PREVOTE(h, round, id(v))
//	31    else
//	32      broadcast PREVOTE(h, round, nil)
//	33    step ← prevote
//
// A clause of a function begins with the function's head and with what it does
// in every case; its guard is then an "if". Everything a clause asks is asked
// before any of its effects, wherever the text has them.
func (c *Clause) Render() string {
	w := &renderer{}
	indent, n := 1, c.Line
	if c.Of.Function {
		w.line(c.Of.Line, 0, "function "+c.Of.Name+"("+c.Of.Free+")")
		w.body(1, c.First)
		if guard := slices.Concat(c.Upon, c.While); len(guard) > 0 {
			n = w.conjunction(n, 1, "if", guard)
			indent = 2
		}
	} else {
		n = w.conjunction(n, 0, "upon", c.Upon)
		n = w.conjunction(n, 0, "while", c.While)
	}
	if c.FirstTime != nil {
		w.line(n, indent-1, "for the first time")
	}
	if !c.Of.Function {
		w.body(indent, c.First)
	}
	if len(c.If) == 0 {
		w.body(indent, c.Then)
	} else {
		w.conjunction(c.IfLine, indent, "if", c.If)
		w.body(indent+1, c.Then)
		if len(c.Else) > 0 {
			w.line(c.ElseLine, indent, "else")
			w.body(indent+1, c.Else)
		}
	}
	w.body(indent, c.Finally)
	return w.String()
}

// renderer collects numbered, indented lines.
type renderer struct{ strings.Builder }

func (w *renderer) line(n, indent int, words string) {
	num := "  "
	if n != 0 {
		num = fmt.Sprintf("%2d", n)
	}
	fmt.Fprintf(w, "%s  %s%s\n", num, strings.Repeat("  ", indent), words)
}

func (w *renderer) body(indent int, es Effects) {
	for _, e := range es {
		w.line(e.Line, indent, e.Words)
	}
}

// conjunction writes one phrase per line, the first after head and the others
// after an "and" that ends in the same column. It returns the line number that
// the next line of the guard has: n if nothing was written, and else none.
func (w *renderer) conjunction(n, indent int, head string, ps Phrases) int {
	and := strings.Repeat(" ", max(0, len(head)-len("and"))) + "and"
	for i, p := range ps {
		if i > 0 {
			n, head = 0, and
		}
		w.line(n, indent, head+" "+p.Words)
		n = 0
	}
	return n
}

// canonical is the text that the digest is taken over: everything that changes
// what the tables say, and the words, which are part of the specification.
func canonical(r *Rules) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rules %s\n", r.Name)
	for _, bind := range r.Bindings {
		fmt.Fprintf(&b, "binding %s(%s) function=%t\n", bind.Name, bind.Free, bind.Function)
		for _, v := range bind.Vars {
			fmt.Fprintf(&b, "  observes %s {%s}\n", v.Name, strings.Join(v.Values, " "))
		}
	}
	for i := range r.Clauses {
		canonicalClause(&b, r, &r.Clauses[i])
	}
	for _, p := range r.Priority {
		fmt.Fprintf(&b, "priority %s\n", p.Key)
	}
	for _, im := range r.Impossible {
		fmt.Fprintf(&b, "impossible %s %v\n", im.Of.Name, im.Conds)
	}
	return b.String()
}

// canonicalClause writes the words of a clause, and then part by part what they
// stand for: a condition that moves from one phrase to another changes the text.
func canonicalClause(b *strings.Builder, r *Rules, c *Clause) {
	fmt.Fprintf(b, "clause %s of %s\n%s", c.Key(), c.Of.Name, c.Render())
	asks := func(part string, ps Phrases) {
		for _, p := range ps {
			fmt.Fprintf(b, "  %s asks %v\n", part, p.Conds)
		}
	}
	does := func(part string, ops ...Op) {
		for _, op := range ops {
			fmt.Fprintf(b, "  %s does %s", part, op)
			if callee := r.Calls[op]; callee != nil {
				fmt.Fprintf(b, " calling %s", callee.Name)
			}
			b.WriteString("\n")
		}
	}
	asks("upon", c.Upon)
	asks("while", c.While)
	if o := c.FirstTime; o != nil {
		fmt.Fprintf(b, "  first time asks %v\n", o.Is(NotYet))
		does("first time", o.Mark)
	}
	asks("if", c.If)
	does("first", c.First.ops()...)
	does("then", c.Then.ops()...)
	does("else", c.Else.ops()...)
	does("finally", c.Finally.ops()...)
}

func digest(r *Rules) string {
	sum := sha256.Sum256([]byte(canonical(r)))
	return hex.EncodeToString(sum[:])
}
