package consensus

import (
	"fmt"
	"testing"
)

func benchMachine(b *testing.B, validators int) *Machine {
	powers := make([]int64, validators)
	for i := range powers {
		powers[i] = 10
	}
	vals, err := NewValidators(1, powers)
	if err != nil {
		b.Fatal(err)
	}
	m, err := New(Config{Validators: vals, Self: validators - 1})
	if err != nil {
		b.Fatal(err)
	}
	m.Step(Input{Kind: Start})
	return m
}

// decide runs a height: the proposal and the votes of everyone, until a decision.
// It returns the number of inputs.
func decide(m *Machine, validators int) int {
	h, value := m.State().Height, ValueID{1}
	n := 0
	step := func(in Input) {
		n++
		m.Step(in)
	}
	if m.asked {
		step(Input{Kind: NewValue, Value: value})
	}
	step(Input{Kind: ProposalInput, Valid: true, Proposal: Proposal{Height: h, POLRound: -1, Value: value}})
	for _, t := range []VoteType{Prevote, Precommit} {
		for i := 0; i < validators && m.State().Height == h; i++ {
			step(Input{Kind: VoteInput, Vote: Vote{Type: t, Height: h, Value: value, Validator: i}})
		}
	}
	if m.State().Height == h {
		panic("no decision")
	}
	return n
}

var sizes = []int{4, 100, 1000}

// BenchmarkHeight is a whole height, from the proposal to the decision.
func BenchmarkHeight(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("validators=%d", n), func(b *testing.B) {
			m := benchMachine(b, n)
			b.ReportAllocs()
			inputs := 0
			for b.Loop() {
				inputs += decide(m, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(inputs), "ns/input")
		})
	}
}

// BenchmarkVote is one new prevote for the proposed value. When everyone has
// voted, the messages are forgotten, and the votes come again.
func BenchmarkVote(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("validators=%d", n), func(b *testing.B) {
			m := benchMachine(b, n)
			value := ValueID{1}
			m.Step(Input{Kind: ProposalInput, Valid: true, Proposal: Proposal{Height: 1, POLRound: -1, Value: value}})
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				m.Step(Input{Kind: VoteInput, Vote: Vote{Type: Prevote, Height: 1, Value: value, Validator: i}})
				if i++; i == n {
					i = 0
					m.log.reset()
				}
			}
		})
	}
}

// BenchmarkDuplicate is a vote that is held already.
func BenchmarkDuplicate(b *testing.B) {
	m := benchMachine(b, 100)
	in := Input{Kind: VoteInput, Vote: Vote{Type: Prevote, Height: 1, Value: ValueID{1}, Validator: 7}}
	b.ReportAllocs()
	for b.Loop() {
		m.Step(in)
	}
}
