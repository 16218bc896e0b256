package consensus_test

import (
	"fmt"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The figures of the paper's table are pinned: whoever changes one explains it.

func TestFiguresOfTheRules(t *testing.T) {
	var got []string
	for i := range consensus.Paper.All {
		got = append(got, consensus.Paper.All[i].Name)
	}
	want := "[L14If L14Else L20 L22If L22Else L28If L28Else L34 L36If L36Else L44 L47 L49If L55 L57If L61If L65If]"
	if fmt.Sprint(got) != want {
		t.Errorf("rules: got %v, want %s", got, want)
	}
}

// How many observations there are, how many of them are possible, and how many
// rules are enabled on those: none, one, two, …
func TestFiguresOfTheObservations(t *testing.T) {
	tests := []struct {
		binding        *spec.Binding
		size, possible int
		enabled        string
	}{
		{consensus.StartRound, 4, 4, "map[1:4]"},
		{consensus.OnProposal, 576, 330, "map[0:272 1:58]"},
		{consensus.OnVotes, 96, 54, "map[0:28 1:20 2:5 3:1]"},
		{consensus.OnDecision, 12, 6, "map[0:5 1:1]"},
		{consensus.OnLaterRound, 2, 2, "map[0:1 1:1]"},
		{consensus.OnTimeout, 18, 18, "map[0:13 1:5]"},
	}
	total, possible := 0, 0
	for _, tt := range tests {
		t.Run(tt.binding.Name, func(t *testing.T) {
			n, enabled := 0, map[int]int{}
			for i := range tt.binding.Size() {
				o := spec.Observation{Of: tt.binding, Index: i}
				if consensus.Paper.Next(o) != spec.Unreachable {
					n++
					enabled[consensus.Paper.Enabled(o).Len()]++
				}
			}
			if got := tt.binding.Size(); got != tt.size {
				t.Errorf("observations: got %d, want %d", got, tt.size)
			}
			if n != tt.possible {
				t.Errorf("possible observations: got %d, want %d", n, tt.possible)
			}
			if got := fmt.Sprint(enabled); got != tt.enabled {
				t.Errorf("observations by the number of enabled rules: got %s, want %s", got, tt.enabled)
			}
			total += tt.binding.Size()
			possible += n
		})
	}
	if len(tests) != len(consensus.PaperRules.Bindings) {
		t.Errorf("bindings: got %d, want %d", len(tests), len(consensus.PaperRules.Bindings))
	}
	if got, want := fmt.Sprint(total, possible), "708 414"; got != want {
		t.Errorf("all observations and possible ones: got %s, want %s", got, want)
	}
}

// Which rules can hold together, asked about one choice of the free variables:
// the paper leaves the order open, and the checker takes every one.
func TestFiguresOfTheOverlaps(t *testing.T) {
	var got []string
	pairs := 0
	rules := consensus.Paper.All
	for i := range rules {
		for j := i + 1; j < len(rules); j++ {
			a, b := &rules[i], &rules[j]
			if a.Clause.Of != b.Clause.Of {
				continue
			}
			pairs++
			if !spec.Overlap(a, b) {
				continue
			}
			if !together(a, b) {
				t.Errorf("%s and %s overlap, but only on impossible observations", a.Name, b.Name)
			}
			got = append(got, a.Name+"+"+b.Name)
		}
	}
	want := "[L34+L44 L34+L47 L44+L47]"
	if fmt.Sprint(got) != want {
		t.Errorf("pairs that can hold together: got %d %v, want %s", len(got), got, want)
	}
	if want := 24; pairs != want {
		t.Errorf("pairs of rules about the same choice: got %d, want %d", pairs, want)
	}
}

// together reports whether both rules are enabled on some possible observation.
func together(a, b *spec.Rule) bool {
	for _, en := range consensus.Paper.EnabledRow(a.Clause.Of) {
		if en.Has(a.ID) && en.Has(b.ID) {
			return true
		}
	}
	return false
}

// Which rules can hold in one step, each under a choice of its own: about
// different proposals, or one about a proposal and one about the votes.
func TestFiguresOfTheSteps(t *testing.T) {
	var waiting []*spec.Rule
	for i := range consensus.Paper.All {
		if r := &consensus.Paper.All[i]; !r.Clause.Of.Function {
			waiting = append(waiting, r)
		}
	}
	pairs, together := 0, 0
	for i, a := range waiting {
		for _, b := range waiting[i+1:] {
			pairs++
			if steps(a)&steps(b) != 0 {
				together++
			}
		}
	}
	if got, want := fmt.Sprintf("%d of %d", together, pairs), "62 of 91"; got != want {
		t.Errorf("pairs of rules with a step in common: got %s, want %s", got, want)
	}
}

// steps is the set of steps in which the rule can be enabled.
func steps(r *spec.Rule) uint16 {
	step := consensus.Step.Variable()
	var set uint16
	for i, en := range consensus.Paper.EnabledRow(r.Clause.Of) {
		switch {
		case !en.Has(r.ID):
		case r.Clause.Of.Position(step) < 0:
			return consensus.Step.In(paperSteps...).Set
		default:
			set |= 1 << spec.Observation{Of: r.Clause.Of, Index: i}.Value(step)
		}
	}
	return set
}
