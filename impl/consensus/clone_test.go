package consensus

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A clone answers every input as the machine does, and what is given to one of
// them leaves the other as it was. Equal memories mean equal answers.
func TestCloneAnswersAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vals, err := NewValidators(1, []int64{1, 1, 1, 1})
		require.NoError(t, err)
		m, err := New(Config{Validators: vals, Self: 0})
		require.NoError(t, err)
		m.Step(Input{Kind: Start})
		for range rapid.IntRange(0, 40).Draw(t, "length") {
			m.Step(cloneInputs.Draw(t, "input"))
		}
		c, memory := m.Clone(), m.Memory()
		require.Equal(t, memory, c.Memory())
		for range rapid.IntRange(1, 20).Draw(t, "more") {
			in := cloneInputs.Draw(t, "another")
			got := append([]Output{}, c.Step(in)...)
			require.Equal(t, memory, m.Memory(), "the machine has changed with its clone")
			require.Equal(t, append([]Output{}, m.Step(in)...), got)
			require.Equal(t, m.State(), c.State())
			memory = m.Memory()
			require.Equal(t, memory, c.Memory())
		}
	})
}

var cloneInputs = rapid.Custom(func(t *rapid.T) Input {
	value := ValueID{byte(rapid.IntRange(0, 3).Draw(t, "value"))}
	round := Round(rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 20}).Draw(t, "round"))
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		return Input{Kind: ProposalInput, Valid: value[0] != 3, Proposal: Proposal{Height: 1, Round: round, POLRound: -1, Value: value}}
	case 1:
		return Input{Kind: TimeoutInput, Timeout: Timeout{Kind: TimeoutKind(rapid.IntRange(0, 2).Draw(t, "timeout")), Height: 1, Round: round}}
	case 2:
		return Input{Kind: NewValue, Value: value, Round: round}
	}
	return Input{Kind: VoteInput, Vote: Vote{
		Type: VoteType(rapid.IntRange(0, 1).Draw(t, "type")), Height: 1, Round: round, Value: value,
		Validator: rapid.IntRange(0, 3).Draw(t, "validator"),
	}}
})

// Machines that hold different messages have different memories.
func TestMemoryTellsMachinesApart(t *testing.T) {
	vals, err := NewValidators(1, []int64{1, 1, 1, 1})
	require.NoError(t, err)
	m, err := New(Config{Validators: vals, Self: 3})
	require.NoError(t, err)
	m.Step(Input{Kind: Start})
	inputs := []Input{
		{Kind: ProposalInput, Valid: true, Proposal: Proposal{Height: 1, Round: 1, POLRound: -1, Value: ValueID{1}}},
		{Kind: ProposalInput, Valid: false, Proposal: Proposal{Height: 1, Round: 1, POLRound: -1, Value: ValueID{1}}},
		{Kind: ProposalInput, Valid: true, Proposal: Proposal{Height: 1, Round: 1, POLRound: 0, Value: ValueID{1}}},
		{Kind: VoteInput, Vote: Vote{Height: 1, Validator: 1, Value: ValueID{1}}},
		{Kind: VoteInput, Vote: Vote{Height: 1, Validator: 2, Value: ValueID{1}}},
		{Kind: VoteInput, Vote: Vote{Height: 1, Validator: 1}},
		{Kind: VoteInput, Vote: Vote{Height: 1, Validator: 1, Type: Precommit}},
		{Kind: VoteInput, Vote: Vote{Height: 1, Validator: 1, Round: 40}},
		{Kind: TimeoutInput, Timeout: Timeout{Height: 1}},
	}
	memories := map[string]bool{m.Memory(): true}
	for _, in := range inputs {
		c := m.Clone()
		c.Step(in)
		memories[c.Memory()] = true
	}
	require.Len(t, memories, len(inputs)+1)
}
