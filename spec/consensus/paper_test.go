package consensus_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// paperFile is Algorithm 1 written by hand.
const paperFile = "../../docs/paper/algorithm-1.txt"

func TestAlgorithmSpellsThePaper(t *testing.T) {
	for _, difference := range compareWithPaper(consensus.Algorithm, readPaper(t)) {
		t.Error(difference)
	}
}

// The paper's 67 lines are all there, and none is made up.
func TestPaperHasEveryLine(t *testing.T) {
	data, err := os.ReadFile(paperFile)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, line := range strings.Split(string(data), "\n") {
		var n int
		if strings.HasPrefix(line, "#") || len(line) < 4 {
			continue
		}
		if _, err := fmt.Sscanf(line[:2], "%d", &n); err == nil {
			seen[n] = true
		}
	}
	for n := 1; n <= 67; n++ {
		if !seen[n] {
			t.Errorf("line %d of Algorithm 1 is not in %s", n, paperFile)
		}
		delete(seen, n)
	}
	if len(seen) > 0 {
		t.Errorf("lines that Algorithm 1 does not have: %v", seen)
	}
}

// What libtm forgot: its line 28 never asked for the prevotes of round vr.
func TestPaperCatchesLibtm(t *testing.T) {
	clauses := slices.Clone(consensus.Algorithm)
	l28 := clauseOf(t, clauses, "L28")
	l28.Upon = l28.Upon[:1]
	differences := compareWithPaper(clauses, readPaper(t))
	if len(differences) != 1 || !strings.Contains(differences[0], "L28") ||
		!strings.Contains(differences[0], "paper  -      and +2/3 PREVOTE(h, vr, id(v))") {
		t.Errorf("differences: got %q, want one that shows the missing prevotes of L28", differences)
	}
}

// Any phrase, effect or first time that is dropped is missed.
func TestPaperCatchesDroppedPhrases(t *testing.T) {
	paper := readPaper(t)
	mutants := 0
	mutate := func(i int, what string, spoil func(c *spec.Clause)) {
		clauses := slices.Clone(consensus.Algorithm)
		spoil(&clauses[i])
		mutants++
		if got := compareWithPaper(clauses, paper); len(got) != 1 || !strings.Contains(got[0], clauses[i].Key()) {
			t.Errorf("%s without %s: got differences %q, want one that names it", clauses[i].Key(), what, got)
		}
	}
	for i := range consensus.Algorithm {
		c := &consensus.Algorithm[i]
		for _, part := range phraseParts {
			for j, p := range *part.of(c) {
				mutate(i, p.Words, func(c *spec.Clause) { *part.of(c) = without(*part.of(c), j) })
			}
		}
		for _, part := range effectParts {
			for j, e := range *part.of(c) {
				mutate(i, e.Words, func(c *spec.Clause) { *part.of(c) = without(*part.of(c), j) })
			}
		}
		if c.FirstTime != nil {
			mutate(i, "its first time", func(c *spec.Clause) { c.FirstTime = nil })
		}
	}
	if want := 73; mutants != want {
		t.Errorf("mutants: got %d, want %d", mutants, want)
	}
}

// The parts of a clause, for the tests that go through all of them.
var (
	phraseParts = []struct {
		name string
		of   func(*spec.Clause) *spec.Phrases
	}{
		{"upon", func(c *spec.Clause) *spec.Phrases { return &c.Upon }},
		{"while", func(c *spec.Clause) *spec.Phrases { return &c.While }},
		{"if", func(c *spec.Clause) *spec.Phrases { return &c.If }},
	}
	effectParts = []struct {
		name string
		of   func(*spec.Clause) *spec.Effects
	}{
		{"first", func(c *spec.Clause) *spec.Effects { return &c.First }},
		{"then", func(c *spec.Clause) *spec.Effects { return &c.Then }},
		{"else", func(c *spec.Clause) *spec.Effects { return &c.Else }},
		{"finally", func(c *spec.Clause) *spec.Effects { return &c.Finally }},
	}
)

// without is s without its i-th element; s itself stays as it is.
func without[S ~[]E, E any](s S, i int) S { return slices.Concat(s[:i], s[i+1:]) }

func clauseOf(t *testing.T, clauses []spec.Clause, key string) *spec.Clause {
	t.Helper()
	for i := range clauses {
		if clauses[i].Key() == key {
			return &clauses[i]
		}
	}
	t.Fatalf("there is no clause %s", key)
	return nil
}

// readPaper returns the clauses of the file: its blocks without the comment and
// without the block of lines 1 to 10, which declares the state.
func readPaper(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(paperFile)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		if !strings.HasPrefix(block, "#") && !strings.HasPrefix(block, " 1  ") {
			blocks = append(blocks, block+"\n")
		}
	}
	return blocks
}

// compareWithPaper describes every clause that is not spelled like the paper's.
func compareWithPaper(clauses []spec.Clause, paper []string) []string {
	var out []string
	for i := range max(len(clauses), len(paper)) {
		var name, got, want string
		if i < len(clauses) {
			name, got = clauses[i].Key(), clauses[i].Render()
		}
		if i < len(paper) {
			want = paper[i]
		}
		if got != want {
			out = append(out, fmt.Sprintf("clause %s is not what %s says:\n%s", name, paperFile, diff(got, want)))
		}
	}
	return out
}

// diff shows two texts line by line, one below the other where they differ.
func diff(got, want string) string {
	a, b := strings.Split(strings.TrimSuffix(got, "\n"), "\n"), strings.Split(strings.TrimSuffix(want, "\n"), "\n")
	// common[i][j] is how many lines a[i:] and b[j:] have in common, in order.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var s strings.Builder
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			fmt.Fprintf(&s, "           %s\n", a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			fmt.Fprintf(&s, "  clause + %s\n", a[i])
			i++
		default:
			fmt.Fprintf(&s, "  paper  - %s\n", b[j])
			j++
		}
	}
	return s.String()
}
