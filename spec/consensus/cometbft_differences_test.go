package consensus_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Every clause of a dialect belongs to a difference, or the dialect would be the
// paper there; and no difference speaks of a clause that does not exist.
func TestDifferencesCoverTheClauses(t *testing.T) {
	for _, d := range consensus.Dialects {
		if d.Table == consensus.Paper {
			if len(d.Differences) > 0 {
				t.Errorf("%s departs from itself: %v", d.Name, d.Differences)
			}
			continue
		}
		keys := map[string]bool{}
		for i := range d.Table.Rules.Clauses {
			keys[d.Table.Rules.Clauses[i].Key()] = false
		}
		for _, diff := range d.Differences {
			for i, key := range diff.Keys {
				if _, ok := keys[key]; !ok {
					t.Errorf("%s: difference %s names clause %s, which does not exist", d.Name, diff.Name, key)
				}
				if slices.Contains(diff.Keys[:i], key) {
					t.Errorf("%s: difference %s names clause %s twice", d.Name, diff.Name, key)
				}
				keys[key] = true
			}
		}
		for key, named := range keys {
			if !named {
				t.Errorf("%s: clause %s belongs to no difference", d.Name, key)
			}
		}
	}
}

// sourceFile is a file of CometBFT's consensus package.
var sourceFile = regexp.MustCompile(`^consensus/(state|ticker|reactor|types/[a-z_]+)\.go\b`)

func TestDifferencesAreComplete(t *testing.T) {
	for _, d := range consensus.Dialects {
		names := map[string]bool{}
		for _, diff := range d.Differences {
			if diff.Name == "" || diff.Lines == "" || diff.Paper == "" || diff.Node == "" || diff.Place == "" || len(diff.Keys) == 0 {
				t.Errorf("%s: a field of difference %+v is empty", d.Name, diff)
			}
			if names[diff.Name] {
				t.Errorf("%s: two differences are named %s", d.Name, diff.Name)
			}
			names[diff.Name] = true
			if !sourceFile.MatchString(diff.Place) {
				t.Errorf("%s: the place of difference %s begins with no file of CometBFT: %q", d.Name, diff.Name, diff.Place)
			}
			if _, ok := paperLines(diff.Lines); !ok {
				t.Errorf("%s: the lines of difference %s are %q, want lines of Algorithm 1 such as \"36, 42–43\"", d.Name, diff.Name, diff.Lines)
			}
			for _, text := range []string{diff.Paper, diff.Node} {
				if strings.HasSuffix(text, ".") || strings.ToLower(text[:1]) != text[:1] {
					t.Errorf("%s: difference %s is no clause of a sentence: %q", d.Name, diff.Name, text)
				}
			}
		}
	}
}

// The lines of a clause are among those of the differences it belongs to.
func TestDifferencesNameTheLinesOfTheirClauses(t *testing.T) {
	for _, d := range consensus.Dialects {
		if len(d.Differences) == 0 {
			continue
		}
		for i := range d.Table.Rules.Clauses {
			c := &d.Table.Rules.Clauses[i]
			named := c.Line == 0 // absent from Algorithm 1
			for _, diff := range d.Differences {
				lines, _ := paperLines(diff.Lines)
				named = named || slices.Contains(diff.Keys, c.Key()) && lines[c.Line]
			}
			if !named {
				t.Errorf("%s: clause %s stands for line %d, which no difference of the clause names", d.Name, c.Key(), c.Line)
			}
		}
	}
}

// paperLines reads line numbers and ranges of Algorithm 1, whose rules have
// lines 10 to 67, in ascending order.
func paperLines(text string) (lines map[int]bool, ok bool) {
	lines = map[int]bool{}
	last := 9
	for _, part := range strings.Split(text, ", ") {
		from, to, isRange := strings.Cut(part, "–")
		if !isRange {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || a <= last || b < a || isRange && a == b || b > 67 {
			return nil, false
		}
		for n := a; n <= b; n++ {
			lines[n] = true
		}
		last = b
	}
	return lines, true
}

// Every clause says where CometBFT has it, by functions of consensus/state.go.
func TestCometBFTClausesHaveAPlace(t *testing.T) {
	functions := map[string]bool{
		"enterNewRound": true, "enterPropose": true, "defaultDecideProposal": true, "isProposalComplete": true,
		"defaultDoPrevote": true, "enterPrevoteWait": true, "enterPrecommit": true, "enterPrecommitWait": true,
		"enterCommit": true, "tryFinalizeCommit": true, "finalizeCommit": true, "updateToState": true,
		"addVote": true, "handleCompleteProposal": true, "handleTimeout": true, "enterPrevote": true,
		"handleTxsAvailable": true,
		"proposerWaitTime":   true, "proposalIsTimely": true, // of v1
	}
	for _, c := range nodeClauses() {
		places, _, _ := strings.Cut(c.Place, "; ")
		for _, name := range strings.Split(places, ", ") {
			if !functions[name] {
				t.Errorf("clause %s is placed in %q, which is no function of consensus/state.go", c.Key(), name)
			}
		}
	}
}

// The lines that a clause gives are lines of Algorithm 1's rules, or none.
func TestCometBFTLinesAreThePapers(t *testing.T) {
	for _, c := range nodeClauses() {
		lines := []int{c.Line, c.IfLine, c.ElseLine}
		for _, part := range effectParts {
			for _, e := range *part.of(c) {
				lines = append(lines, e.Line)
			}
		}
		for _, n := range lines {
			if n != 0 && (n < 11 || n > 67) {
				t.Errorf("clause %s gives line %d, want one from 11 to 67", c.Key(), n)
			}
		}
		if len(c.If) == 0 && c.IfLine != 0 || len(c.Else) == 0 && c.ElseLine != 0 {
			t.Errorf("clause %s gives the line of an if or else that it does not have", c.Key())
		}
	}
}

// nodeClauses are the clauses of all dialects of CometBFT.
func nodeClauses() []*spec.Clause {
	var cs []*spec.Clause
	for _, d := range nodeDialects {
		for i := range d.Table.Rules.Clauses {
			cs = append(cs, &d.Table.Rules.Clauses[i])
		}
	}
	return cs
}
