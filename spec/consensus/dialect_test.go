package consensus_test

import (
	"fmt"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

func TestDialectNamed(t *testing.T) {
	for _, d := range consensus.Dialects {
		if got, ok := consensus.DialectNamed(d.Name); got != d || !ok {
			t.Errorf("DialectNamed(%q): got %v, %t", d.Name, got, ok)
		}
		if d.Name != d.Table.Rules.Name || d.Doc == "" {
			t.Errorf("dialect %q has the rules of %q and the doc %q", d.Name, d.Table.Rules.Name, d.Doc)
		}
	}
	if d, ok := consensus.DialectNamed("cometbft-v9"); ok {
		t.Errorf("DialectNamed of a name that no dialect has: got %v", d)
	}
}

// Whatever is not called is asked by exactly one kind of input.
func TestQuestionsAreAskedOnce(t *testing.T) {
	for _, d := range consensus.Dialects {
		if d.Questions == nil {
			continue
		}
		asked := map[*spec.Binding]int{}
		for _, questions := range d.Questions {
			for _, b := range questions {
				asked[b]++
			}
		}
		for _, b := range d.Table.Rules.Bindings {
			want := 1
			if b.Function {
				want = 0
			}
			if asked[b] != want {
				t.Errorf("%s: %s is asked by %d inputs, want %d", d.Name, b.Name, asked[b], want)
			}
			delete(asked, b)
		}
		if len(asked) > 0 {
			t.Errorf("%s: bindings are asked that its rules do not have: %v", d.Name, asked)
		}
	}
}

// Every function of the dialect is called, and whatever calls is an effect of
// some rule.
func TestCometBFTCallsAreUsed(t *testing.T) {
	for _, d := range nodeDialects {
		used := map[spec.Op]bool{}
		called := map[*spec.Binding]bool{}
		for i := range d.Table.All {
			for _, e := range d.Table.All[i].Effects {
				used[e.Do] = true
			}
		}
		for op, b := range d.Table.Rules.Calls {
			called[b] = true
			if !used[op] {
				t.Errorf("%s: no rule does %s", d.Name, op)
			}
		}
		for _, b := range d.Table.Rules.Bindings {
			if b.Function && !called[b] {
				t.Errorf("%s: function %s is never called", d.Name, b.Name)
			}
		}
	}
}

func TestNodeStepOf(t *testing.T) {
	steps := map[consensus.NodeStepValue]bool{}
	for _, s := range nodeSteps {
		steps[consensus.NodeStepOf(s)] = true
	}
	if got, want := len(steps), len(consensus.NodeStep.Variable().Values); got != want {
		t.Errorf("steps: got %d of %d", got, want)
	}
	defer func() {
		if got := fmt.Sprint(recover()); got != "consensus: unknown step" {
			t.Errorf("a step that does not exist: got %q", got)
		}
	}()
	consensus.NodeStepOf(newRound + 1)
}
