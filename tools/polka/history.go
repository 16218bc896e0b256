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
fewer steps than it says. "Unreached" stands where nothing is violated, but no run comes any more to what some run
should come to. The words are ours. One of them is told at length: [the late proposer](stories/1575.md). Where CometBFT
lets a rule of the paper wait for a timer, such as lines 22 and 36 when the proposal is the last to come, nothing is
violated: what the wait costs is on the page of the [differences](divergence.md#costs).

Tests make each mistake and count the steps: ` + "`TestHistory`" + ` of modelcheck/delivery, where messages are delivered one by
one and CometBFT's own rules run, and ` + "`TestHistory`" + ` of modelcheck/bft for the soup and for termination, where the rules of
the paper do. An instance is named by its dialect, the number of validators (n) and of Byzantine ones among them (f),
the proposers of its rounds (B is a Byzantine one), and what else bounds it: the comments of ` + "`Config`" + ` in either package
explain the words. "Other clauses" are those of the rules that are wrong, by the names of [the rules](rules/).

| issue | story | noticed by | steps | model |
|---|---|---|---|---|
`

// A past is a row of the page, and its section.
type past struct {
	issues, story, wrong, today string
	by, doc                     string // the property that notices
	steps                       int    // of a shortest run; 0: no run reaches the property
	model                       string
	holds, with                 string // where everything holds, and what is changed there
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
		p := past{b.Issues, b.Story, b.Wrong, b.Today, b.By, b.Property().Doc, b.Steps, "delivery", code(b.Config.Name()), code(c.Name())}
		if keys := b.Keys(); keys != nil {
			p.with = "other clauses, " + code(strings.Join(keys, "`, `"))
		}
		all = append(all, p)
	}
	for _, b := range bft.History {
		p := past{b.Issues, b.Story, b.Wrong, b.Today, b.By, b.Property().Doc, b.Steps, "soup", "", ""}
		if m, q := b.Tried(); m != nil {
			p.holds, p.with = code(m.On.Name()), "the told mutant \""+m.Name+"\""
		} else {
			c := q.Termination.Config
			c.Counted = true
			p.model, p.holds = "termination", fmt.Sprintf("%s, timely from round %d", code(c.Name()), q.Termination.From)
			p.with = "the mutant of termination \"" + q.Termination.Wrong + "\", " + code("polka check --model "+q.Name)
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
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", p.issues, p.story, p.by, p.length("%d", "unreached"), p.model)
	}
	for _, p := range all {
		fmt.Fprintf(&b, "\n### %s: %s\n\n", p.issues, p.story)
		fmt.Fprintf(&b, "- **what went wrong:** %s\n- **all holds on:** %s\n- **with the mistake:** %s\n- **noticed by:** %s, %s: %s\n- **today:** %s\n",
			p.wrong, p.holds, p.with, p.by, p.length("after %d steps", "which no run reaches, however long"), p.doc, p.today)
	}
	return gen.File{Path: historyPath, Content: []byte(b.String())}, nil
}

// length is how many steps a shortest run to the violation has, or words for none.
func (p *past) length(steps, none string) string {
	if p.steps == 0 {
		return none
	}
	return fmt.Sprintf(steps, p.steps)
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
