package consensus_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Validator 3 of four is faulty and proposes: it splits block A in two ways, and
// shows the first to this node, validator 0, and the second to the others, who
// are right to vote for what they see (tendermint issue 3087).
var splitInTwo = []struct {
	name     string
	moments  []moment // under the rules as they are: they end in a panic
	repaired []moment // where whole block ids are compared
}{
	{
		name: "the others' polka comes before the parts that it is for",
		moments: []moment{
			{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
			{proposed(A, -1), ""},
			{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
			{prevoted(0, A2, 1, 2, 3), "PRECOMMIT(1, 0, A2); step(1, 0, precommit)"},
			{precommitted(0, A2, 1, 2, 3), "step(1, 0, commit); panic: BlockStore can only save complete block part sets"},
			{completes(), ""},
			{expired(consensus.TockPrecommitWait, 0), ""},
		},
		repaired: []moment{
			{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
			{proposed(A, -1), ""},
			{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
			{prevoted(0, A2, 1, 2, 3), "timeoutPrevote(1, 0); step(1, 0, prevoteWait)"},
			{precommitted(0, A2, 1, 2, 3), "PRECOMMIT(1, 0, nil); step(1, 0, precommit); step(1, 0, commit)"},
			{completes(), "decision[1] = A2 by round 0; step(2, 0, newHeight)"},
		},
	},
	{
		name: "the others' precommits come first",
		moments: []moment{
			{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
			{proposed(A, -1), ""},
			{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
			{
				precommitted(0, A2, 1, 2, 3),
				"PRECOMMIT(1, 0, nil); step(1, 0, precommit); step(1, 0, commit); panic: expected ProposalBlockParts header to be commit header",
			},
			{completes(), ""},
		},
		repaired: []moment{
			{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
			{proposed(A, -1), ""},
			{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
			{precommitted(0, A2, 1, 2, 3), "PRECOMMIT(1, 0, nil); step(1, 0, precommit); step(1, 0, commit)"},
			{completes(), "decision[1] = A2 by round 0; step(2, 0, newHeight)"},
		},
	},
}

func TestBlockSplitInTwo(t *testing.T) {
	for _, d := range nodeDialects {
		for _, tt := range splitInTwo {
			t.Run(d.Name+"/"+tt.name, func(t *testing.T) {
				s := perform(t, d.Table, tt.moments)
				if !s.p.Panicked {
					t.Errorf("the node lives: %+v", s.p)
				}
			})
			t.Run(d.Name+", repaired/"+tt.name, func(t *testing.T) {
				s := perform(t, repaired(t, d.Table), tt.repaired)
				if want := in(0, newHeight, height(2)); s.p != want {
					t.Errorf("state:\ngot  %+v\nwant %+v", s.p, want)
				}
			})
		}
	}
}

// Once the parts are there, before the precommits, nothing is lost: the locked
// block shares them.
func TestBlockSplitInTwoButWhole(t *testing.T) {
	for _, d := range nodeDialects {
		perform(t, d.Table, []moment{
			{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
			{proposed(A, -1), ""},
			{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
			{prevoted(0, A2, 1, 2, 3), "PRECOMMIT(1, 0, A2); step(1, 0, precommit)"},
			{completes(), ""},
			{precommitted(0, A2, 1, 2, 3), "step(1, 0, commit); decision[1] = A2 by round 0; step(2, 0, newHeight)"},
		})
	}
}

// In v1 a node that is locked on a block prevotes it under whatever header it is
// proposed again: a block id can get a quorum after another one of the same block
// was decided. In v0.38 it prevotes what it locked.
func TestLockedBlockUnderAnotherHeader(t *testing.T) {
	locked := []moment{
		{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
		{proposed(A, -1), ""},
		{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
		{prevoted(0, A, 0, 1, 2), "PRECOMMIT(1, 0, A); step(1, 0, precommit)"},
		{precommitted(0, null, 1, 2, 3), "timeoutPrecommit(1, 0); step(1, 0, precommit)"},
		{expired(consensus.TockPrecommitWait, 0), "timeoutPropose(1, 1); step(1, 1, propose)"},
		{proposed(A2, -1), ""},
	}
	tests := []struct {
		name  string
		table *spec.Table
		then  []moment
		dead  bool
	}{
		{"v0.38", consensus.CometBFTv038, []moment{{completes(), "PREVOTE(1, 1, A); step(1, 1, prevote)"}}, false},
		{"v1", consensus.CometBFTv1, []moment{
			{completes(), "PREVOTE(1, 1, A2); step(1, 1, prevote)"},
			{prevoted(1, A2, 0, 1, 2), "PRECOMMIT(1, 1, A2); step(1, 1, precommit)"},
			{precommitted(1, A2, 0, 1, 2), "step(1, 1, commit); panic: expected ProposalBlockParts header to be commit header"},
		}, true},
		{"v1, repaired", repaired(t, consensus.CometBFTv1), []moment{{completes(), "PREVOTE(1, 1, nil); step(1, 1, prevote)"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := perform(t, tt.table, append(locked[:len(locked):len(locked)], tt.then...))
			if s.p.Panicked != tt.dead {
				t.Errorf("panicked: got %t, want %t", s.p.Panicked, tt.dead)
			}
		})
	}
}

// What that can lead to in v1: validators 0, 1 and 2 are correct, and 3, which
// proposes in round 1, is not. It votes for A with 0 and 1 and for nil with 2 in
// round 0, and precommits for 0 only. Two correct nodes decide different block ids
// of one height, and the third dies.
func TestV1DecidesTwoIDsOfOneBlock(t *testing.T) {
	polka := []moment{
		{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
		{proposed(A, -1), ""},
		{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
		{prevoted(0, A, 0, 1, 3), "PRECOMMIT(1, 0, A); step(1, 0, precommit)"},
	}
	again := []moment{
		{expired(consensus.TockPrecommitWait, 0), "timeoutPropose(1, 1); step(1, 1, propose)"},
		{proposed(A2, -1), ""},
		{completes(), "PREVOTE(1, 1, A2); step(1, 1, prevote)"},
		{prevoted(1, A2, 1, 2, 3), "PRECOMMIT(1, 1, A2); step(1, 1, precommit)"},
	}
	perform(t, consensus.CometBFTv1, slices.Concat(polka, []moment{
		{precommitted(0, A, 0, 1, 3), "step(1, 0, commit); decision[1] = A by round 0; step(2, 0, newHeight)"},
	}))
	perform(t, consensus.CometBFTv1, slices.Concat(polka, []moment{
		{precommitted(0, A, 1), ""},
		{precommitted(0, null, 2, 3), "timeoutPrecommit(1, 0); step(1, 0, precommit)"},
	}, again, []moment{
		{precommitted(1, A2, 1, 2, 3), "step(1, 1, commit); panic: expected ProposalBlockParts header to be commit header"},
	}))
	perform(t, consensus.CometBFTv1, slices.Concat([]moment{
		{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
		{expired(consensus.TockPropose, 0), "PREVOTE(1, 0, nil); step(1, 0, prevote)"},
		{prevoted(0, A, 1), ""},
		{prevoted(0, null, 2, 3), "timeoutPrevote(1, 0); step(1, 0, prevoteWait)"},
		{expired(consensus.TockPrevoteWait, 0), "PRECOMMIT(1, 0, nil); step(1, 0, precommit)"},
		{precommitted(0, A, 1), ""},
		{precommitted(0, null, 2, 3), "timeoutPrecommit(1, 0); step(1, 0, precommit)"},
	}, again, []moment{
		{precommitted(1, A2, 1, 2, 3), "step(1, 1, commit); decision[1] = A2 by round 1; step(2, 0, newHeight)"},
	}))
}

// A precommit of the height before the first kills a node that waits for it to
// begin, whoever sent it: LastCommit is nil.
func TestPrecommitBeforeTheFirstHeight(t *testing.T) {
	for _, d := range nodeDialects {
		s := newStage(d.Table, []int64{1, 1, 1, 1}, nodePlay{last: consensus.LastNone})
		if got, want := strings.Join(s.late(), "; "), "panic: AddVote() on nil VoteSet"; got != want || !s.p.Panicked {
			t.Errorf("%s: got %q, want %q", d.Name, got, want)
		}
	}
}

// perform plays moments on a fresh node.
func perform(t *testing.T, table *spec.Table, moments []moment) *stage {
	t.Helper()
	s := newStage(table, []int64{1, 1, 1, 1}, surroundings{fresh: fresh})
	for i, m := range moments {
		if got := strings.Join(m.hears(s), "; "); got != m.says {
			t.Errorf("%s, moment %d, last by %s: got %q, want %q", table.Rules.Name, i, s.rules(), got, m.says)
		}
	}
	return s
}

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
