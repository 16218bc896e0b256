package consensus_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

func repaired(t *testing.T, table *spec.Table) *spec.Table {
	t.Helper()
	again, err := spec.Compile(consensus.WholeBlockIDs(table.Rules))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// The repair obeys the laws, changes nothing but what it says, and leaves the
// rules that it was made from alone.
func TestWholeBlockIDs(t *testing.T) {
	for _, d := range nodeDialects {
		before := d.Table.Digest()
		table := repaired(t, d.Table)
		if err := table.Validate(); err != nil {
			t.Error(err)
		}
		if again, err := spec.Compile(d.Table.Rules); err != nil || again.Digest() != before {
			t.Errorf("%s has changed: %v", d.Name, err)
		}
		if got, want := len(table.Rules.Clauses), len(d.Table.Rules.Clauses)-1; got != want {
			t.Errorf("%s: clauses: got %d, want %d: finalizeCommit has nothing left to find", d.Name, got, want)
		}
		for _, b := range table.Rules.Bindings {
			for i := range b.Size() {
				o := spec.Observation{Of: b, Index: i}
				if was, is := nextName(d.Table, o), nextName(table, o); was != is && !strings.Contains(strings.ToLower(o.String()), "alias") {
					t.Errorf("%s: %v leads to %q, and to %q when repaired", d.Name, o, was, is)
				}
			}
		}
	}
}

// Whatever a node hears, the block that it holds is the one that its parts' header
// is of. With the repair it never holds a block without
// its parts, and so has none of the panics of issue 3087.
func TestBlocksAndTheirParts(t *testing.T) {
	for _, d := range nodeDialects {
		again := repaired(t, d.Table)
		rapid.Check(t, func(t *rapid.T) {
			w := nodePlays.Draw(t, "play")
			w.alone(d.Table, func(p *consensus.Process) {
				if p.Held.Block != null && p.Held.Parts.Block() != p.Held.Block {
					t.Fatalf("%s: the block is not that of the parts: %+v", d.Name, p)
				}
			})
			w.alone(again, func(p *consensus.Process) {
				if p.Held.Block != null && !p.Held.Whole || p.Held.LockedParts != consensus.LockWhole {
					t.Fatalf("%s, repaired: parts are missing: %+v", d.Name, p)
				}
			})
		})
	}
}

// alone plays without the reference, and shows the process after each input.
func (w nodePlay) alone(table *spec.Table, look func(*consensus.Process)) {
	s := newStage(table, w.powers, w)
	voted := map[consensus.Choice]bool{}
	for _, in := range w.inputs {
		r := s.p.Round + consensus.Round(in.ahead)
		if s.p.Panicked || r < 0 {
			continue
		}
		switch in.kind {
		case inputVote:
			ballot := consensus.Choice{Height: s.p.Height, Round: r, Value: consensus.Value(in.vote), POLRound: consensus.Round(in.validator)}
			if !voted[ballot] {
				voted[ballot] = true
				s.vote(in.vote, r, in.value, in.validator)
			}
		case inputProposal:
			s.propose(in.value, in.polRound)
		case inputBlock, inputSpoilt:
			s.complete(in.kind == inputSpoilt)
		case inputTimeout:
			s.timeout(in.tock, r)
		case inputLate:
			s.late()
		case inputTransactions:
			s.transactions()
		}
		look(&s.p)
	}
}

func nextName(table *spec.Table, o spec.Observation) string {
	switch id := table.Next(o); id {
	case spec.Wait:
		return ""
	case spec.Unreachable:
		return "unreachable"
	default:
		return table.Rule(id).Name
	}
}
