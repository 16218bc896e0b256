package consensus_test

import (
	"fmt"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The figures of the CometBFT table are pinned: whoever changes one explains it.

func TestCometBFTFigures(t *testing.T) {
	table := consensus.CometBFTv038
	tests := []struct {
		binding                *spec.Binding
		size, possible, firing int
	}{
		{consensus.EnterNewRound, 18, 18, 7},
		{consensus.EnterPropose, 72, 48, 8},
		{consensus.PrevoteIfComplete, 2, 2, 1},
		{consensus.EnterPrevote, 162, 72, 18},
		{consensus.EnterPrevoteWait, 36, 18, 4},
		{consensus.EnterPrecommit, 648, 252, 84},
		{consensus.EnterPrecommitWait, 6, 4, 1},
		{consensus.EnterCommit, 54, 54, 45},
		{consensus.TryFinalizeCommit, 18, 18, 1},
		{consensus.OnPolkaUnlock, 72, 41, 4},
		{consensus.OnPolkaValid, 72, 45, 3},
		{consensus.OnPrevote, 288, 174, 64},
		{consensus.OnPrecommit, 12, 12, 8},
		{consensus.OnBlockValid, 24, 18, 1},
		{consensus.OnBlock, 48, 48, 20},
		{consensus.OnTock, 90, 90, 15},
	}
	var size, possible, firing int
	for _, tt := range tests {
		t.Run(tt.binding.Name, func(t *testing.T) {
			p, f := 0, 0
			for i := range tt.binding.Size() {
				o := spec.Observation{Of: tt.binding, Index: i}
				if table.Next(o) != spec.Unreachable {
					p++
				}
				if n := table.Enabled(o).Len(); n > 1 {
					t.Errorf("%v: got %d enabled rules, want one at most: the code is deterministic", o, n)
				} else {
					f += n
				}
			}
			if got, want := [...]int{tt.binding.Size(), p, f}, [...]int{tt.size, tt.possible, tt.firing}; got != want {
				t.Errorf("observations, possible ones, those with a rule: got %v, want %v", got, want)
			}
			size, possible, firing = size+tt.binding.Size(), possible+p, firing+f
		})
	}
	if len(tests) != len(table.Rules.Bindings) {
		t.Errorf("bindings: got %d, want %d", len(tests), len(table.Rules.Bindings))
	}
	if got, want := fmt.Sprint(size, possible, firing), "1622 914 284"; got != want {
		t.Errorf("all observations, possible ones, those with a rule: got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(len(table.Rules.Clauses), len(table.All)), "36 41"; got != want {
		t.Errorf("clauses and rules: got %s, want %s", got, want)
	}
}

// What each effect that only a CometBFT node has does by itself.
func TestCometBFTFireEffects(t *testing.T) {
	busy := in(2, prevote, locked(A, 1), validValue(B, 0), holding(A, 1), committing(0), fired34, fired47)
	but := func(change ...func(p *consensus.Process)) consensus.Process {
		p := busy
		for _, c := range change {
			c(&p)
		}
		return p
	}
	step := func(s consensus.StepValue) func(*consensus.Process) {
		return func(p *consensus.Process) { p.Step = s }
	}
	tests := []struct {
		do    spec.Op
		v     consensus.Value
		out   string
		after consensus.Process
	}{
		{consensus.SetStepNewRound, B, "", but(step(newRound))},
		{consensus.SetStepCommit, B, "", but(step(commit))},
		{consensus.BeginHeight, B, "", but(step(newHeight), func(p *consensus.Process) { p.Round = 0 })},
		{consensus.LogStep, B, "step(1, 2, prevoteWait)", busy},
		{consensus.ClearProposal, B, "", but(func(p *consensus.Process) { p.Held = consensus.Held{POLRound: -1} }, committing(0))},
		{consensus.DropBlock, B, "", but(collecting(A))},
		{consensus.FetchBlock, B, "", but(collecting(B))},
		{consensus.FetchBlock, A, "", busy},
		{consensus.TakeLockedBlock, B, "", but(locked(A, 1), block(A))},
		{consensus.UnlockOp, B, "", but(locked(null, -1))},
		{consensus.SendPrevoteLocked, B, "PREVOTE(1, 2, A)", busy},
		{consensus.SendPrevoteHeld, B, "PREVOTE(1, 2, A)", busy},
		{consensus.SetCommitRound, B, "", but(committing(7))},
	}
	tested := map[spec.Op]bool{}
	for _, tt := range tests {
		tested[tt.do] = true
		t.Run(string(tt.do), func(t *testing.T) {
			p := busy
			table := oneEffect(t, tt.do)
			out := p.Fire(table, table.Rule(1), consensus.Choice{Round: 7, Value: tt.v}, surroundings{}, nil)
			said := ""
			if len(out) > 0 {
				said = sayNode(out[0])
			}
			if said != tt.out || len(out) > 1 {
				t.Errorf("says: got %q, want %q", said, tt.out)
			}
			if p != tt.after {
				t.Errorf("state:\ngot  %+v\nwant %+v", p, tt.after)
			}
		})
	}
	paper := map[spec.Op]bool{}
	for i := range consensus.Paper.All {
		for _, e := range consensus.Paper.All[i].Effects {
			paper[e.Do] = true
		}
	}
	for i := range consensus.CometBFTv038.All {
		for _, e := range consensus.CometBFTv038.All[i].Effects {
			if !tested[e.Do] && !paper[e.Do] && consensus.CometBFTv038Rules.Calls[e.Do] == nil {
				t.Errorf("effect %s of %s is not tested", e.Do, consensus.CometBFTv038.All[i].Name)
			}
		}
	}
}

// oneEffect is a table with one rule that does nothing else.
func oneEffect(t *testing.T, do spec.Op) *spec.Table {
	t.Helper()
	table, err := spec.CompileMutant(&spec.Rules{
		Name: "one effect", Bindings: []*spec.Binding{consensus.OnPrecommit},
		Clauses: []spec.Clause{{Name: "only", Of: consensus.OnPrecommit, Then: spec.Effects{spec.Does(0, "do it", do)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return table
}
