package consensus_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// mail is every message in a list, and answers by going through the list: what
// Log must be indistinguishable from.
type mail struct {
	powers []int64
	sent   []letter
}

// letter is a vote, or a proposal.
type letter struct {
	from     int
	proposal bool
	kind     consensus.VoteType
	round    consensus.Round
	value    consensus.Value
	polRound consensus.Round
}

// sum adds the power of every validator that sent a letter like that.
func (m *mail) sum(like func(letter) bool) int64 {
	var sum int64
	for i, power := range m.powers {
		if slices.ContainsFunc(m.sent, func(l letter) bool { return l.from == i && like(l) }) {
			sum += power
		}
	}
	return sum
}

func (m *mail) Total() int64 {
	var sum int64
	for _, p := range m.powers {
		sum += p
	}
	return sum
}

func (m *mail) Power(t consensus.VoteType, r consensus.Round, v consensus.Value) int64 {
	return m.sum(func(l letter) bool { return !l.proposal && l.kind == t && l.round == r && l.value == v })
}

func (m *mail) AnyPower(t consensus.VoteType, r consensus.Round) int64 {
	return m.sum(func(l letter) bool { return !l.proposal && l.kind == t && l.round == r })
}

func (m *mail) MessagePower(r consensus.Round) int64 {
	return m.sum(func(l letter) bool { return l.round == r })
}

func (m *mail) Proposed(r consensus.Round, v consensus.Value, vr consensus.Round) bool {
	return slices.ContainsFunc(m.sent, func(l letter) bool {
		return l.proposal && l.round == r && l.value == v && (vr == consensus.AnyPOLRound || l.polRound == vr)
	})
}

func (m *mail) Valid(v consensus.Value) bool { return v != bad }

func (m *mail) Leader(t consensus.VoteType, r consensus.Round) (consensus.Value, int64) {
	var best consensus.Value
	for v := range fresh + 1 {
		if m.Power(t, r, v) > m.Power(t, r, best) {
			best = v
		}
	}
	return best, m.Power(t, r, best)
}

// drawLog makes a log and the same mail.
func drawLog(t *rapid.T) (*consensus.Log, *mail) {
	m := &mail{powers: rapid.SliceOfN(rapid.Int64Range(0, 5), 1, 5).Draw(t, "powers")}
	log := consensus.NewLog(m.powers, m.Valid)
	for range rapid.IntRange(0, 25).Draw(t, "letters") {
		l := letter{
			from:  rapid.IntRange(0, len(m.powers)-1).Draw(t, "from"),
			round: rapid.Int32Range(0, 3).Draw(t, "round"),
			value: consensus.Value(rapid.Int32Range(int32(null), int32(bad)).Draw(t, "value")),
		}
		var added, isNew bool
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			l.proposal, l.polRound = true, rapid.Int32Range(-1, 3).Draw(t, "vr")
			l.from = int(l.round) % len(m.powers) // the proposer
			isNew = l.value != null && !slices.Contains(m.sent, l)
			added = log.AddProposal(l.from, l.round, l.value, l.polRound)
		} else {
			l.kind = rapid.SampledFrom([]consensus.VoteType{consensus.PrevoteType, consensus.PrecommitType}).Draw(t, "type")
			isNew = !slices.Contains(m.sent, l)
			added = log.AddVote(l.kind, l.round, l.value, l.from)
		}
		if added != isNew {
			t.Fatalf("adding %+v: got %t, want %t", l, added, isNew)
		}
		if isNew {
			m.sent = append(m.sent, l)
		}
	}
	return log, m
}

func TestLogAnswersLikeAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, m := drawLog(t)
		equal := func(what string, got, want any) {
			if got != want {
				t.Fatalf("%s of %+v: got %v, want %v", what, m, got, want)
			}
		}
		equal("Total", log.Total(), m.Total())
		for r := range consensus.Round(5) {
			equal("MessagePower", log.MessagePower(r), m.MessagePower(r))
			for v := range fresh + 1 {
				equal("Valid", log.Valid(v), m.Valid(v))
				for vr := consensus.AnyPOLRound; vr < 4; vr++ {
					equal("Proposed", log.Proposed(r, v, vr), m.Proposed(r, v, vr))
				}
			}
			for _, kind := range []consensus.VoteType{consensus.PrevoteType, consensus.PrecommitType} {
				equal("AnyPower", log.AnyPower(kind, r), m.AnyPower(kind, r))
				for v := range fresh + 1 {
					equal("Power", log.Power(kind, r, v), m.Power(kind, r, v))
				}
				v, power := log.Leader(kind, r)
				wantV, want := m.Leader(kind, r)
				equal("Leader", v, wantV)
				equal("power of the leader", power, want)
			}
		}
	})
}

func drawProcess(t *rapid.T) consensus.Process {
	p := in(rapid.Int32Range(0, 3).Draw(t, "round"), rapid.SampledFrom(paperSteps).Draw(t, "step"))
	if r := rapid.Int32Range(-1, p.Round).Draw(t, "lockedRound"); r >= 0 {
		locked(consensus.Value(rapid.Int32Range(int32(A), int32(B)).Draw(t, "lockedValue")), r)(&p)
	}
	return p
}

// everyChoice lists what the free variables of the small logs could be bound to.
func everyChoice(p *consensus.Process) []consensus.Choice {
	cs := []consensus.Choice{{Of: consensus.OnVotes, Height: p.Height, Round: p.Round}}
	for v := range fresh + 1 {
		for vr := consensus.Round(-1); vr < 5; vr++ {
			cs = append(cs, consensus.Choice{Of: consensus.OnProposal, Height: p.Height, Round: p.Round, Value: v, POLRound: vr})
		}
		for r := range consensus.Round(5) {
			cs = append(cs, consensus.Choice{Of: consensus.OnDecision, Height: p.Height, Round: r, Value: v})
		}
	}
	for r := range consensus.Round(5) {
		cs = append(cs, consensus.Choice{Of: consensus.OnLaterRound, Height: p.Height, Round: r})
	}
	return cs
}

// Whatever answers the questions, the observation is the same, and it is one
// that Algorithm 1 allows.
func TestObserveAsksMessagesOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, m := drawLog(t)
		p := drawProcess(t)
		for _, c := range everyChoice(&p) {
			got, want := p.Observe(c, log, surroundings{}), p.Observe(c, m, surroundings{})
			if got != want {
				t.Fatalf("%+v with %+v: got %v, want %v", p, c, got, want)
			}
			if consensus.Paper.Next(got) == spec.Unreachable {
				t.Fatalf("%+v with %+v: got %v, which is called impossible", p, c, got)
			}
		}
	})
}

// Choices leaves out only what enables nothing, and repeats nothing.
func TestChoicesAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, _ := drawLog(t)
		p := drawProcess(t)
		choices := log.Choices(&p)
		listed := map[consensus.Choice]bool{}
		for _, c := range choices {
			if listed[c] {
				t.Fatalf("%+v is listed twice", c)
			}
			listed[c] = true
		}
		for _, c := range everyChoice(&p) {
			if o := p.Observe(c, log, surroundings{}); consensus.Paper.Enabled(o) != 0 && !listed[c] {
				t.Fatalf("%+v is not listed, and %v enables %b", c, o, consensus.Paper.Enabled(o))
			}
		}
		if again := log.Choices(&p); !slices.Equal(again, choices) {
			t.Fatalf("listed twice: got %+v and then %+v", choices, again)
		}
	})
}

func TestLogAcceptsAnyValueByDefault(t *testing.T) {
	if l := consensus.NewLog([]int64{1}, nil); !l.Valid(bad) {
		t.Error("Valid: got false, want true")
	}
}

func TestLogKeepsItsOwnPowers(t *testing.T) {
	powers := []int64{1, 2}
	l := consensus.NewLog(powers, nil)
	powers[0] = 9
	votes(l, consensus.PrevoteType, 0, A, 0, 2)
	if got := l.Power(consensus.PrevoteType, 0, A); got != 3 {
		t.Errorf("Power: got %d, want 3", got)
	}
}

func TestLogPanicsForStrangers(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a vote of validator 4 of 4: got no panic")
		}
	}()
	consensus.NewLog([]int64{1, 1, 1, 1}, nil).AddVote(consensus.PrevoteType, 0, A, 4)
}

func TestVoteTypeString(t *testing.T) {
	if got := consensus.PrevoteType.String() + " " + consensus.PrecommitType.String(); got != "PREVOTE PRECOMMIT" {
		t.Errorf("String: got %q, want %q", got, "PREVOTE PRECOMMIT")
	}
}
