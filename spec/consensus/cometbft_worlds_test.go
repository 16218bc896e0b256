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
// tally, for A where they are for a value.
func nodeVotes(tally consensus.TallyValue, r consensus.Round) *consensus.Log {
	l := consensus.NewLog(tenVoters, func(v consensus.Value) bool { return v != bad })
	for _, kind := range []consensus.VoteType{consensus.PrevoteType, consensus.PrecommitType} {
		switch tally {
		case consensus.Few:
			votes(l, kind, r, A, 0, 6)
		case consensus.Mixed:
			votes(l, kind, r, A, 0, 6)
			votes(l, kind, r, null, 6, 4)
		case consensus.ForNil:
			votes(l, kind, r, null, 0, 7)
		case consensus.ForValue:
			votes(l, kind, r, A, 1, 7)
		}
	}
	return l
}

// nodeWorlds combines what a node may hold: every step, lock, valid block and
// proposal. Round 2 is current, or 0 in step newHeight.
func nodeWorlds(visit func(p consensus.Process)) {
	locks := []struct {
		v consensus.Value
		r consensus.Round
	}{{null, -1}, {A, 0}, {A, 2}, {B, 0}, {B, 2}}
	p := consensus.NewProcess(1)
	for _, p.Step = range nodeSteps {
		p.Round = 2
		if p.Step == consensus.NewHeight {
			p.Round = 0
		}
		for _, lock := range locks {
			for _, valid := range locks {
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
	for _, p.Held.Block = range []consensus.Value{null, A, B, bad} {
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

// Whatever a node holds and whatever its votes add up to, it sees what the table
// calls possible, and all of that can be seen. Rounds before the first are among
// those asked about: nothing but a driver keeps a vote of round −1 away.
func TestCometBFTWorldsAreObserved(t *testing.T) {
	table := consensus.CometBFTv038
	seen := map[spec.Observation]bool{}
	n := 0
	logs := map[string]*consensus.Log{}
	nodeWorlds(func(p consensus.Process) {
		for r := p.Round - 1; r <= p.Round+1; r++ {
			for tally := consensus.Few; tally <= consensus.ForValue; tally++ {
				key := fmt.Sprint(tally, r)
				if logs[key] == nil {
					logs[key] = nodeVotes(tally, r)
				}
				n++
				p.Held.CommitRound = r
				for _, c := range nodeChoices(r, p.Round, tally) {
					o := p.Observe(p.Bind(c, logs[key]), logs[key], surroundings{self: p.Once47})
					seen[o] = true
					if table.Next(o) == spec.Unreachable {
						t.Fatalf("%+v with %+v is seen as %v, which the table calls impossible", p, c, o)
					}
				}
			}
		}
	})
	if want := 59328; n != want {
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
func nodeChoices(r, current consensus.Round, tally consensus.TallyValue) []consensus.Choice {
	var cs []consensus.Choice
	for _, b := range consensus.CometBFTv038Rules.Bindings {
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
		default:
			if b.Function && b != consensus.EnterNewRound && r > current {
				continue
			}
		}
		cs = append(cs, consensus.Choice{Of: b, Round: r})
	}
	return cs
}
