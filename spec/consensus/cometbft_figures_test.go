package consensus_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The figures of the CometBFT table are pinned: whoever changes one explains it.

// A figure is about a binding: its observations, those that are possible, and
// those of them on which a rule fires.
type figure struct {
	binding                *spec.Binding
	size, possible, firing int
}

// sharedFigures are those of the bindings whose clauses are the same everywhere.
var sharedFigures = []figure{
	{consensus.EnterNewRound, 36, 36, 14},
	{consensus.EnterPropose, 72, 48, 8},
	{consensus.PrevoteIfComplete, 2, 2, 1},
	{consensus.EnterPrevote, 18, 12, 3},
	{consensus.EnterPrevoteWait, 36, 18, 4},
	{consensus.EnterPrecommit, 18, 12, 4},
	{consensus.EnterPrecommitWait, 6, 4, 1},
	{consensus.EnterCommit, 96, 96, 80},
	{consensus.TryFinalizeCommit, 96, 84, 8},
	{consensus.OnPolkaValid, 96, 50, 4},
	{consensus.OnPrevote, 288, 174, 64},
	{consensus.OnPrecommit, 24, 21, 16},
	{consensus.OnLastPrecommit, 36, 36, 3},
	{consensus.OnTransactions, 36, 22, 3},
	{consensus.OnBlockValid, 32, 20, 2},
	{consensus.OnBlock, 48, 48, 20},
	{consensus.OnTock, 90, 90, 15},
}

func TestCometBFTFigures(t *testing.T) {
	tests := []struct {
		dialect        string
		own            []figure
		total, clauses string
	}{
		{"cometbft-v0.38", []figure{
			{consensus.DoPrevote, 6, 6, 6},
			{consensus.DoPrecommit, 128, 46, 46},
			{consensus.OnPolkaUnlock, 96, 46, 4},
		}, "1260 871 306", "46 53"},
		{"cometbft-v1", []figure{
			{consensus.AwaitTime, 36, 24, 4},
			{consensus.DoPrevoteV1, 540, 254, 254},
			{consensus.DoPrecommit, 128, 46, 46},
		}, "1734 1097 554", "51 61"},
	}
	for _, tt := range tests {
		t.Run(tt.dialect, func(t *testing.T) {
			d, _ := consensus.DialectNamed(tt.dialect)
			figures := slices.Concat(sharedFigures, tt.own)
			var size, possible, firing int
			for _, want := range figures {
				got := figureOf(t, d.Table, want.binding)
				if got != want {
					t.Errorf("%s: observations, possible ones, those with a rule: got %v, want %v", want.binding.Name,
						[...]int{got.size, got.possible, got.firing}, [...]int{want.size, want.possible, want.firing})
				}
				size, possible, firing = size+got.size, possible+got.possible, firing+got.firing
			}
			if len(figures) != len(d.Table.Rules.Bindings) {
				t.Errorf("bindings: got %d, want %d", len(figures), len(d.Table.Rules.Bindings))
			}
			if got := fmt.Sprint(size, possible, firing); got != tt.total {
				t.Errorf("all observations, possible ones, those with a rule: got %s, want %s", got, tt.total)
			}
			if got := fmt.Sprint(len(d.Table.Rules.Clauses), len(d.Table.All)); got != tt.clauses {
				t.Errorf("clauses and rules: got %s, want %s", got, tt.clauses)
			}
		})
	}
}

func figureOf(t *testing.T, table *spec.Table, b *spec.Binding) figure {
	t.Helper()
	f := figure{binding: b, size: b.Size()}
	for i := range b.Size() {
		o := spec.Observation{Of: b, Index: i}
		if table.Next(o) != spec.Unreachable {
			f.possible++
		}
		n := table.Enabled(o).Len()
		if n > 1 {
			t.Errorf("%v: got %d enabled rules, want one at most: the code is deterministic", o, n)
		}
		f.firing += n
	}
	return f
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
		{consensus.CollectParts, B, "", but(under(B))},
		{consensus.CollectParts, A, "", busy},
		{consensus.LockHeld, B, "", but(locked(A, 1))},
		{consensus.ValidHeld, B, "", but(validValue(A, 0))},
		{consensus.ScheduleNewRound, B, "timeoutNewRound(1, 2)", busy},
		{consensus.Panic, B, "do it", but(dead)},
		{consensus.ClearProposal, B, "", but(func(p *consensus.Process) { p.Held = consensus.Held{POLRound: -1} }, committing(0))},
		{consensus.DropBlock, B, "", but(func(p *consensus.Process) { p.Held.Block = null })},
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
	for _, d := range nodeDialects {
		for i := range d.Table.All {
			for _, e := range d.Table.All[i].Effects {
				if !tested[e.Do] && !paper[e.Do] && d.Table.Rules.Calls[e.Do] == nil {
					t.Errorf("effect %s of %s is not tested", e.Do, d.Table.All[i].Name)
				}
			}
		}
	}
}

// A lock that was taken with parts that were still coming shares them with what
// is collected, for as long as that is the same set.
func TestLockedPartsFill(t *testing.T) {
	locks := func(change ...func(p *consensus.Process)) consensus.Process {
		return in(1, precommit, append([]func(*consensus.Process){block(A), missing, locked(A, 1), lacking(consensus.LockFilling)}, change...)...)
	}
	tests := []struct {
		name          string
		before, after consensus.Process
		do            spec.Op
		v             consensus.Value
	}{
		{"a new lock on parts that are missing some", in(1, precommit, block(A), missing, locked(B, 0)), locks(locked(A, 0)), consensus.LockHeld, A},
		{"another set is collected", locks(), locks(under(A2), lacking(consensus.LockLacking)), consensus.CollectParts, A2},
		{"the same is collected", locks(), locks(), consensus.CollectParts, A},
		{"another block is fetched", locks(), locks(collecting(B), lacking(consensus.LockLacking)), consensus.FetchBlock, B},
		{"the proposal is forgotten", locks(), in(1, precommit, locked(A, 1), lacking(consensus.LockLacking)), consensus.ClearProposal, A},
		{"the lock is dropped", locks(), in(1, precommit, block(A), missing), consensus.UnlockOp, A},
		{"the locked block is taken, with what it lacks", in(1, commit, collecting(B), locked(A2, 0), lacking(consensus.LockLacking)), in(1, commit, block(A), under(A2), locked(A2, 0), lacking(consensus.LockFilling)), consensus.TakeLockedBlock, A},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.before
			table := oneEffect(t, tt.do)
			p.Fire(table, table.Rule(1), consensus.Choice{Round: 1, Value: tt.v}, surroundings{}, nil)
			if p != tt.after {
				t.Errorf("state:\ngot  %+v\nwant %+v", p, tt.after)
			}
		})
	}
	t.Run("the last part comes", func(t *testing.T) {
		p := locks()
		if !p.TakeBlock(true) {
			t.Error("the part is not taken")
		}
		if want := in(1, precommit, block(A), locked(A, 1)); p != want {
			t.Errorf("state:\ngot  %+v\nwant %+v", p, want)
		}
		if p.TakeBlock(true) {
			t.Error("the last part is taken twice")
		}
	})
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
