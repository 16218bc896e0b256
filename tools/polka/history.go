package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/delivery"
)

// historyPath is where the page of the bugs of the past goes.
const historyPath = "docs/history.md"

const historyIntro = `# Bugs of the past

Mistakes that tendermint and CometBFT once had, and some that they have: each is made on purpose, and a property
notices. On the instance that is named everything holds without the mistake; with it, no run to a violation has
fewer steps than it says. "Unreached" stands where nothing is violated, and what some run should come to is out of
reach. Tests make each of them and count: ` + "`TestHistory`" + ` of modelcheck/delivery, where messages are delivered one by
one and CometBFT's own rules run, and of modelcheck/bft, where the rules of the paper do. The words are ours. One of
them is told at length: [the late proposer](stories/1575.md).

| issue | story | noticed by | steps | model |
|---|---|---|---|---|
`

// A past is a row of the page, and its section.
type past struct {
	issues, story, wrong, today, by, model string
	steps                                  int    // 0: no run reaches what notices
	holds, with                            string // where everything holds, and what is changed there
	doc                                    string // of the property, if the model tells
}

// historyPage makes the page of all bugs that are told, in any model.
func historyPage() (gen.File, error) {
	var all []past
	for i := range delivery.History {
		b := &delivery.History[i]
		c, err := b.Bugged()
		if err != nil {
			return gen.File{}, err
		}
		p := past{b.Issues, b.Story, b.Wrong, b.Today, b.By, "delivery", b.Steps, b.Config.Name(), code(c.Name()), b.Property().Doc}
		if keys := b.Keys(); keys != nil {
			p.with = "other clauses: " + code(strings.Join(keys, "`, `"))
		}
		all = append(all, p)
	}
	for _, b := range bft.History {
		p := past{b.Issues, b.Story, b.Wrong, b.Today, b.By, "soup", b.Steps, "", "", ""}
		if m, q := b.Tried(); m != nil {
			p.holds, p.with = m.On.Name(), "the told mutant \""+m.Name+"\""
		} else {
			c := q.Termination.Config
			c.Counted = true
			p.model, p.holds = "termination", fmt.Sprintf("%s, timely from round %d", c.Name(), q.Termination.From)
			p.with = "the mutant of termination \"" + q.Termination.Wrong + "\": " + code("polka check "+q.Name)
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(p, q past) int {
		kind, number := issue(p.issues)
		otherKind, otherNumber := issue(q.issues)
		return cmp.Or(cmp.Compare(kind, otherKind), cmp.Compare(number, otherNumber))
	})

	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s from modelcheck/delivery and modelcheck/bft; DO NOT EDIT. -->\n\n", gen.Marker)
	b.WriteString(historyIntro)
	for _, p := range all {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", p.issues, p.story, p.by, p.length("unreached"), p.model)
	}
	for _, p := range all {
		noticed := p.by
		if p.doc != "" {
			noticed += ": " + p.doc
		}
		fmt.Fprintf(&b, "\n### %s: %s\n\n| | |\n|---|---|\n", p.issues, p.story)
		fmt.Fprintf(&b, "| what went wrong | %s |\n| all holds on | %s |\n| with the mistake | %s |\n| noticed by | %s |\n| steps | %s |\n| today | %s |\n",
			p.wrong, code(p.holds), p.with, noticed, p.length("none: no run leads to that, however long"), p.today)
	}
	return gen.File{Path: historyPath, Content: []byte(b.String())}, nil
}

// length is how many steps a shortest run to the violation has, or words for none.
func (p *past) length(none string) string {
	if p.steps == 0 {
		return none
	}
	return strconv.Itoa(p.steps)
}

var number = regexp.MustCompile(`^(tendermint|CometBFT) (?:pull request )?([0-9]+)`)

// issue is the place of the first issue or pull request in the order: tendermint's,
// CometBFT's, and what has no number.
func issue(issues string) (kind, n int) {
	m := number.FindStringSubmatch(issues)
	if m == nil {
		return 2, 0
	}
	if m[1] == "CometBFT" {
		kind = 1
	}
	n, _ = strconv.Atoi(m[2])
	return kind, n
}

func code(s string) string { return "`" + s + "`" }
