package consensus_test

import (
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The oracle of oracle_test.go starts from an observation. Here the numbers come
// first: small worlds, each a process and what it has received, are observed by
// Process.Observe, and the rules enabled there must be those that the paper's
// ifs find in the numbers themselves.

// The values, rounds and heights of the worlds.
const (
	valueV consensus.Value = 7
	valueW consensus.Value = 8

	worldRound  = 2
	worldHeight = 5
)

// tenVoters is ten validators of power 1, so that n of them have power n.
var tenVoters = []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}

// paperSteps are the steps of Algorithm 1.
var paperSteps = []consensus.StepValue{consensus.Propose, consensus.Prevote, consensus.Precommit}

// votes adds votes of the validators from first to first+n−1.
func votes(l *consensus.Log, kind consensus.VoteType, r consensus.Round, v consensus.Value, first, n int) {
	for i := range n {
		l.AddVote(kind, r, v, first+i)
	}
}

// surroundings is an Environment that always says the same.
type surroundings struct {
	self  bool
	fresh consensus.Value
}

func (s surroundings) Proposer(int64, consensus.Round) bool { return s.self }
func (s surroundings) GetValue() consensus.Value            { return s.fresh }

// worlds counts what was seen and compares.
type worlds struct {
	*testing.T
	seen map[spec.Observation]int
	n    int
}

func (w *worlds) check(p consensus.Process, c consensus.Choice, l *consensus.Log, want names) {
	w.n++
	o := p.Observe(c, l, surroundings{})
	w.seen[o]++
	var got names
	for id := range consensus.Paper.Enabled(o).All {
		got = append(got, consensus.Paper.Rule(id).Name)
	}
	if !slices.Equal(got, want) {
		w.Errorf("%+v with %+v is seen as %v: got enabled %v, want %v", p, c, o, got, want)
	}
	if consensus.Paper.Next(o) == spec.Unreachable {
		w.Errorf("%+v with %+v is seen as %v, which the table calls impossible", p, c, o)
	}
}

func TestWorldsAreObservedAsThePaperSays(t *testing.T) {
	w := &worlds{T: t, seen: map[spec.Observation]int{}}
	w.proposals()
	w.ballots()
	w.decisions()
	w.laterRounds()
	w.timeouts()
	w.starts()
	if want := 6260; w.n != want {
		t.Errorf("worlds: got %d, want %d", w.n, want)
	}
	for _, b := range consensus.PaperRules.Bindings {
		for i := range b.Size() {
			o := spec.Observation{Of: b, Index: i}
			if _, possible := oracle(o); possible != (w.seen[o] > 0) {
				t.Errorf("%v: possible is %t, but it was seen %d times", o, possible, w.seen[o])
			}
		}
	}
}

func (w *worlds) proposals() {
	for _, f := range proposalWorlds() {
		l := consensus.NewLog(tenVoters, func(consensus.Value) bool { return f.valid })
		if f.proposed {
			l.AddProposal(0, worldRound, valueV, consensus.Round(f.vr))
		}
		if f.vr >= 0 && f.vr != worldRound {
			votes(l, consensus.PrevoteType, consensus.Round(f.vr), valueV, 0, f.atVR)
		}
		votes(l, consensus.PrevoteType, worldRound, valueV, 0, f.now)
		p := consensus.NewProcess(worldHeight)
		p.Round, p.Step, p.Once36 = worldRound, f.step, f.fired36
		if p.LockedRound = consensus.Round(f.lockedRound); f.lockedRound >= 0 {
			p.LockedValue = valueW
			if f.lockedOnV {
				p.LockedValue = valueV
			}
		}
		c := consensus.Choice{Of: consensus.OnProposal, Round: worldRound, Value: valueV, POLRound: consensus.Round(f.vr)}
		w.check(p, c, l, f.enabled())
	}
}

// proposalWorlds combines every step, proposal, lock and count of prevotes.
// A vr of −2 is left out: Choice uses it for "any".
func proposalWorlds() []proposalFacts {
	var out []proposalFacts
	add := func(f proposalFacts) {
		for _, f.step = range paperSteps {
			for _, f.proposed = range []bool{false, true} {
				for _, f.valid = range []bool{false, true} {
					for _, f.fired36 = range []bool{false, true} {
						if !f.fired36 || f.step != consensus.Propose {
							out = append(out, f)
						}
					}
				}
			}
		}
	}
	f := proposalFacts{round: worldRound}
	for _, f.vr = range []int{-3, -1, 0, 1, 2, 3} {
		for _, f.atVR = range []int{0, 6, 7} {
			for _, f.now = range []int{0, 6, 7} {
				if f.vr == worldRound && f.atVR != f.now || f.vr < 0 && f.atVR > 0 {
					continue // the same votes; no votes
				}
				f.lockedRound, f.lockedOnV = -1, false
				add(f)
				for f.lockedRound = range worldRound + 1 {
					for _, f.lockedOnV = range []bool{false, true} {
						add(f)
					}
				}
			}
		}
	}
	return out
}

func (w *worlds) ballots() {
	counts := []struct{ forNil, forV, forW int }{
		{0, 0, 0}, {6, 0, 0}, {0, 6, 0}, {2, 2, 2}, // few
		{7, 0, 0}, {7, 3, 0}, {10, 0, 0}, // nil
		{0, 7, 0}, {3, 7, 0}, {0, 0, 7}, // a value
		{6, 1, 0}, {1, 6, 0}, {0, 6, 4}, {3, 3, 4}, // mixed
		{7, 7, 0}, {7, 10, 0}, {7, 7, 7}, // more than a third voted twice
	}
	for _, n := range counts {
		for _, precommits := range [][2]int{{0, 0}, {6, 0}, {3, 3}, {7, 0}, {4, 3}, {0, 10}} {
			l := consensus.NewLog(tenVoters, nil)
			votes(l, consensus.PrevoteType, worldRound, consensus.Nil, 0, n.forNil)
			votes(l, consensus.PrevoteType, worldRound, valueV, min(n.forNil, 10-n.forV), n.forV)
			votes(l, consensus.PrevoteType, worldRound, valueW, 10-n.forW, n.forW)
			votes(l, consensus.PrecommitType, worldRound, consensus.Nil, 0, precommits[0])
			votes(l, consensus.PrecommitType, worldRound, valueV, precommits[0], precommits[1])
			f := voteFacts{
				prevotes: min(10, n.forNil+n.forV+n.forW), nilPrevotes: n.forNil,
				topPrevotes: max(n.forNil, n.forV, n.forW), precommits: precommits[0] + precommits[1],
			}
			for _, f.step = range paperSteps {
				for _, f.scheduled34 = range []bool{false, true} {
					for _, f.started47 = range []bool{false, true} {
						if f.scheduled34 && (f.step == consensus.Propose || !quorum(f.prevotes)) || f.started47 && !quorum(f.precommits) {
							continue
						}
						p := consensus.NewProcess(worldHeight)
						p.Round, p.Step, p.Once34, p.Once47 = worldRound, f.step, f.scheduled34, f.started47
						w.check(p, consensus.Choice{Of: consensus.OnVotes}, l, f.enabled())
					}
				}
			}
		}
	}
}

func (w *worlds) decisions() {
	for r := range consensus.Round(worldRound + 2) {
		for _, vr := range []consensus.Round{-3, -1, 0, 9} {
			f := decisionFacts{}
			for _, f.proposed = range []bool{false, true} {
				for _, f.valid = range []bool{false, true} {
					for _, f.precommits = range []int{0, 6, 7} {
						l := consensus.NewLog(tenVoters, func(consensus.Value) bool { return f.valid })
						if f.proposed {
							l.AddProposal(0, r, valueV, vr)
						}
						l.AddProposal(1, r, valueW, -1)
						votes(l, consensus.PrecommitType, r, valueV, 0, f.precommits)
						votes(l, consensus.PrecommitType, r+1, valueV, 0, 10)
						p := consensus.NewProcess(worldHeight)
						p.Round = worldRound
						w.check(p, consensus.Choice{Of: consensus.OnDecision, Round: r, Value: valueV}, l, f.enabled())
					}
				}
			}
		}
	}
}

func (w *worlds) laterRounds() {
	for r := range consensus.Round(worldRound + 3) {
		for prevotes := range 5 {
			for precommits := range 5 {
				for _, proposed := range []bool{false, true} {
					l := consensus.NewLog(tenVoters, nil)
					votes(l, consensus.PrevoteType, r, valueV, 0, prevotes)
					votes(l, consensus.PrecommitType, r, consensus.Nil, 2, precommits)
					senders := 0
					for i := range tenVoters {
						if i < prevotes || i >= 2 && i < 2+precommits {
							senders++
						}
					}
					if proposed {
						l.AddProposal(9, r, valueW, -1)
						senders++
					}
					p := consensus.NewProcess(worldHeight)
					p.Round = worldRound
					var want names
					want.when("L55", r > worldRound && 3*senders > oracleTotal)
					w.check(p, consensus.Choice{Of: consensus.OnLaterRound, Round: r}, l, want)
				}
			}
		}
	}
}

func (w *worlds) timeouts() {
	f := timeoutFacts{currentHeight: worldHeight, currently: worldRound}
	for _, f.kind = range []consensus.TimeoutKind{consensus.TimeoutPropose, consensus.TimeoutPrevote, consensus.TimeoutPrecommit} {
		for _, f.height = range []int{worldHeight - 1, worldHeight, worldHeight + 1} {
			for _, f.round = range []int{worldRound - 1, worldRound, worldRound + 1} {
				for _, f.step = range paperSteps {
					p := consensus.NewProcess(worldHeight)
					p.Round, p.Step = worldRound, f.step
					c := consensus.Choice{Of: consensus.OnTimeout, Height: int64(f.height), Round: consensus.Round(f.round), Timeout: f.kind}
					w.check(p, c, consensus.NewLog(tenVoters, nil), f.enabled())
				}
			}
		}
	}
}

func (w *worlds) starts() {
	for _, self := range []bool{false, true} {
		for _, v := range []consensus.Value{consensus.Nil, valueV} {
			p := consensus.NewProcess(worldHeight)
			p.ValidValue = v
			o := p.Observe(consensus.Choice{Of: consensus.StartRound, Round: 3}, nil, surroundings{self: self})
			w.n++
			w.seen[o]++
			id := consensus.Paper.Next(o)
			if want := startFacts(self, v != consensus.Nil); !slices.Equal(names{consensus.Paper.Rule(id).Name}, want) {
				w.Errorf("StartRound with proposer %t and validValue %d: got %s, want %v", self, v, consensus.Paper.Rule(id).Name, want)
			}
		}
	}
}
