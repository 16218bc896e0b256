package consensus_test

import (
	"fmt"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// nodeSteps are the steps of a CometBFT node.
var nodeSteps = []consensus.StepValue{
	consensus.NewHeight, consensus.NewRound, propose, prevote, precommit, consensus.Commit,
}

// nodeVotes is a log in which the votes of both kinds in the round add up to the
// tally, for A where they are for a value; with all set, everybody has voted. A
// is valid or not, B is valid.
func nodeVotes(tally consensus.TallyValue, r consensus.Round, all, valid bool) *consensus.Log {
	l := consensus.NewLog(tenVoters, func(v consensus.Value) bool { return v == B || v == A && valid })
	for _, kind := range []consensus.VoteType{consensus.PrevoteType, consensus.PrecommitType} {
		switch tally {
		case consensus.Few:
			votes(l, kind, r, A, 0, 6)
		case consensus.Mixed:
			votes(l, kind, r, A, 0, 6)
			votes(l, kind, r, null, 6, 2)
		case consensus.ForNil:
			votes(l, kind, r, null, 0, 8)
		case consensus.ForValue:
			votes(l, kind, r, A, 0, 8)
		}
		if all && tally != consensus.Few {
			votes(l, kind, r, B, 8, 2)
		}
	}
	return l
}

// nodeWorlds combines what a node may hold: every step, lock, valid block and
// proposal. Round 2 is current, or 0 in step newHeight.
func nodeWorlds(visit func(p consensus.Process)) {
	type since struct {
		v consensus.Value
		r consensus.Round
	}
	p := consensus.NewProcess(1)
	for _, p.Step = range nodeSteps {
		p.Round = 2
		if p.Step == consensus.NewHeight {
			p.Round = 0
		}
		for _, lock := range []since{{null, -1}, {A, 0}, {A, 2}, {A2, 0}, {A2, 2}, {B, 0}, {B, 2}} {
			for _, valid := range []since{{null, -1}, {A, 0}, {B, 2}} {
				if lock.r > p.Round || valid.r > p.Round {
					continue
				}
				p.LockedValue, p.LockedRound, p.ValidValue, p.ValidRound = lock.v, lock.r, valid.v, valid.r
				visitHeld(p, visit)
			}
		}
	}
}

// visitHeld combines what is held of the proposal, and the marks of the round.
func visitHeld(p consensus.Process, visit func(p consensus.Process)) {
	voted := p.Step == prevote || p.Step == precommit || p.Step == consensus.Commit
	for _, held := range []struct {
		block, parts consensus.Value
		whole        bool
	}{{parts: null}, {parts: A}, {A, A, true}, {A, A, false}, {A, A2, true}, {A, A2, false}, {B, B, true}, {B, B, false}, {null, A, true}, {bad, bad, true}, {bad, bad, false}} {
		p.Held.Block, p.Held.Parts, p.Held.Whole = held.block, held.parts, held.whole
		for _, p.Held.POLRound = range []consensus.Round{-2, -1, 1} {
			p.Held.Proposal = p.Held.POLRound > -2 // none, a new one, an old one
			if p.Held.POLRound >= p.Round {
				continue
			}
			for _, p.Once34 = range []bool{false, true} {
				if p.Once34 && !voted {
					continue
				}
				for _, p.Once47 = range []bool{false, true} {
					visit(p)
				}
			}
		}
	}
}

// coin is one of the bits that differ from world to world.
func coin(n, i int) bool { return uint32(n)*2654435761>>(8+i)&1 == 1 }

// worldOf makes the surroundings answer differently from world to world.
func worldOf(n int) nodePlay {
	block := func(i int) int {
		if coin(n, i) {
			return int(A)
		}
		return 0
	}
	w := nodePlay{rejects: block(0), misdated: block(1), untimely: block(2), early: coin(n, 3), awaits: coin(n, 8), skips: coin(n, 4), last: consensus.LastCommitValue(n % 3)}
	for i := range w.ours {
		w.ours[i] = coin(n, 5)
	}
	return w
}

// Whatever a node holds and whatever its votes add up to, it sees what the table
// calls possible, and all of that can be seen. Rounds before the first are among
// those asked about: nothing but a driver keeps a vote of round −1 away.
func TestCometBFTWorldsAreObserved(t *testing.T) {
	for _, d := range nodeDialects {
		t.Run(d.Name, func(t *testing.T) { worldsAreObserved(t, d.Table) })
	}
}

func worldsAreObserved(t *testing.T, table *spec.Table) {
	t.Helper()
	seen := map[spec.Observation]bool{}
	n := 0
	logs := map[string]*consensus.Log{}
	nodeWorlds(func(p consensus.Process) {
		for r := p.Round - 1; r <= p.Round+1; r++ {
			for tally := consensus.Few; tally <= consensus.ForValue; tally++ {
				n++
				all, valid := coin(n, 6), coin(n, 7)
				key := fmt.Sprint(tally, r, all, valid)
				if logs[key] == nil {
					logs[key] = nodeVotes(tally, r, all, valid)
				}
				p.Held.CommitRound = r
				for _, c := range nodeChoices(table, r, p.Round, tally) {
					p := p
					if c.Of == consensus.OnTransactions && coin(n, 9) {
						p.Round = 0 // in any step
					}
					o := p.Observe(p.Bind(c, logs[key]), logs[key], worldOf(n))
					seen[o] = true
					if table.Next(o) == spec.Unreachable {
						t.Fatalf("%+v with %+v is seen as %v, which the table calls impossible", p, c, o)
					}
				}
			}
		}
	})
	if want := 137280; n != want {
		t.Errorf("worlds: got %d, want %d", n, want)
	}
	for _, b := range table.Rules.Bindings {
		for i := range b.Size() {
			if o := (spec.Observation{Of: b, Index: i}); !seen[o] && table.Next(o) != spec.Unreachable {
				t.Errorf("%v is possible, but no world shows it", o)
			}
		}
	}
}

// nodeChoices is what can be asked about round r: any input, and the functions
// as they are called, for a round that was entered, a commit for a value.
func nodeChoices(table *spec.Table, r, current consensus.Round, tally consensus.TallyValue) []consensus.Choice {
	var cs []consensus.Choice
	for _, b := range table.Rules.Bindings {
		switch b {
		case consensus.OnTock:
			for k := consensus.TockNewHeight; k <= consensus.TockPrecommitWait; k++ {
				cs = append(cs, consensus.Choice{Of: b, Round: r, Tock: k})
			}
			continue
		case consensus.EnterCommit, consensus.TryFinalizeCommit:
			if tally != consensus.ForValue {
				continue
			}
		case consensus.OnTransactions:
			cs = append(cs, consensus.Choice{Of: b})
			continue
		default:
			if b.Function && b != consensus.EnterNewRound && r > current {
				continue
			}
		}
		cs = append(cs, consensus.Choice{Of: b, Round: r})
	}
	return cs
}
