package consensus_test

import (
	"testing"

	"github.com/polka-bft/polka/spec/consensus"
)

func TestL14(t *testing.T) {
	tests := []struct {
		name      string
		before    consensus.Process
		rule, out string
		after     consensus.Process
	}{
		{"nothing valid is known: a new value", in(3, precommit), "L14Else", "PROPOSAL(1, 0, fresh, -1)", in(0, propose)},
		{
			"a valid value is proposed again, with its round",
			in(3, precommit, validValue(A, 2)),
			"L14If", "PROPOSAL(1, 0, A, 2)", in(0, propose, validValue(A, 2)),
		},
		{
			"the valid value and not the locked one",
			in(3, precommit, locked(B, 0), validValue(A, 2)),
			"L14If", "PROPOSAL(1, 0, A, 2)", in(0, propose, locked(B, 0), validValue(A, 2)),
		},
		{
			"what fired in the last round may fire again",
			in(3, precommit, fired34, fired36, fired47),
			"L14Else", "PROPOSAL(1, 0, fresh, -1)", in(0, propose),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.before
			rule, out := start(t, &p, true)
			if rule != tt.rule || out != tt.out || p != tt.after {
				t.Errorf("StartRound(0):\ngot  %s %q %+v\nwant %s %q %+v", rule, out, p, tt.rule, tt.out, tt.after)
			}
		})
	}
}

func TestL20(t *testing.T) {
	tests := []struct {
		name   string
		before consensus.Process
		after  consensus.Process
	}{
		{"another process proposes: wait for it", in(3, precommit), in(0, propose)},
		{"lock and valid value stay", in(3, precommit, locked(A, 1), validValue(B, 2)), in(0, propose, locked(A, 1), validValue(B, 2))},
		{"what fired in the last round may fire again", in(3, precommit, fired34, fired36, fired47), in(0, propose)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.before
			rule, out := start(t, &p, false)
			if want := "timeoutPropose(1, 0)"; rule != "L20" || out != want || p != tt.after {
				t.Errorf("StartRound(0):\ngot  %s %q %+v\nwant L20 %q %+v", rule, out, p, want, tt.after)
			}
		})
	}
}

func TestL22(t *testing.T) {
	play(t, []scene{
		{
			name: "valid, no lock", state: in(0, propose),
			received: []message{proposal(0, A, -1)},
			enabled:  "L22If", fire: "L22If", out: "PREVOTE(1, 0, A)", after: in(0, prevote),
		},
		{
			name: "valid, locked on it", state: in(2, propose, locked(A, 1)),
			received: []message{proposal(2, A, -1)},
			enabled:  "L22If", fire: "L22If", out: "PREVOTE(1, 2, A)", after: in(2, prevote, locked(A, 1)),
		},
		{
			name: "valid, locked on another", state: in(2, propose, locked(B, 1)),
			received: []message{proposal(2, A, -1)},
			enabled:  "L22Else", fire: "L22Else", out: "PREVOTE(1, 2, nil)", after: in(2, prevote, locked(B, 1)),
		},
		{
			name: "not valid", state: in(0, propose),
			received: []message{proposal(0, bad, -1)},
			enabled:  "L22Else", fire: "L22Else", out: "PREVOTE(1, 0, nil)", after: in(0, prevote),
		},
		{
			name: "two proposals: either may be taken", state: in(0, propose),
			received: []message{proposal(0, bad, -1), proposal(0, A, -1)},
			enabled:  "L22If L22Else", fire: "L22If", out: "PREVOTE(1, 0, A)", after: in(0, prevote),
		},
		{name: "of another round", state: in(1, propose), received: []message{proposal(0, A, -1)}},
		{name: "has prevoted already", state: in(0, prevote), received: []message{proposal(0, A, -1)}},
		{name: "a validRound that is none", state: in(1, propose), received: []message{proposal(1, A, -3)}},
	})
}

func TestL28(t *testing.T) {
	all := []int{0, 1, 2}
	play(t, []scene{
		{
			name: "valid, no lock", state: in(1, propose),
			received: []message{prevotes(0, A, all...), proposal(1, A, 0)},
			enabled:  "L28If", fire: "L28If", out: "PREVOTE(1, 1, A)", after: in(1, prevote),
		},
		{
			name: "locked on another in an older round: the proof of lock counts more", state: in(2, propose, locked(B, 0)),
			received: []message{prevotes(1, A, all...), proposal(2, A, 1)},
			enabled:  "L28If", fire: "L28If", out: "PREVOTE(1, 2, A)", after: in(2, prevote, locked(B, 0)),
		},
		{
			name: "locked on another in the round of the proof", state: in(2, propose, locked(B, 1)),
			received: []message{prevotes(1, A, all...), proposal(2, A, 1)},
			enabled:  "L28If", fire: "L28If", out: "PREVOTE(1, 2, A)", after: in(2, prevote, locked(B, 1)),
		},
		{
			name: "locked on it in a newer round", state: in(2, propose, locked(A, 1)),
			received: []message{prevotes(0, A, all...), proposal(2, A, 0)},
			enabled:  "L28If", fire: "L28If", out: "PREVOTE(1, 2, A)", after: in(2, prevote, locked(A, 1)),
		},
		{
			name: "locked on another in a newer round", state: in(2, propose, locked(B, 1)),
			received: []message{prevotes(0, A, all...), proposal(2, A, 0)},
			enabled:  "L28Else", fire: "L28Else", out: "PREVOTE(1, 2, nil)", after: in(2, prevote, locked(B, 1)),
		},
		{
			name: "not valid", state: in(1, propose),
			received: []message{prevotes(0, bad, all...), proposal(1, bad, 0)},
			enabled:  "L28Else", fire: "L28Else", out: "PREVOTE(1, 1, nil)", after: in(1, prevote),
		},
		{
			name: "libtm's bug: a validRound that is only claimed", state: in(2, propose, locked(B, 0)),
			received: []message{prevotes(1, A, 0, 1), proposal(2, A, 1)},
		},
		{
			name: "prevotes of the validRound for another value", state: in(2, propose, locked(B, 0)),
			received: []message{prevotes(1, B, all...), proposal(2, A, 1)},
		},
		{
			name: "a validRound that is not in the past", state: in(1, propose),
			received: []message{prevotes(1, A, all...), proposal(1, A, 1)},
		},
		{name: "has prevoted already", state: in(1, prevote), received: []message{prevotes(0, A, all...), proposal(1, A, 0)}},
	})
}

// With weights it is power that counts, and two thirds are not more than two thirds.
func TestL28Weighted(t *testing.T) {
	claim := proposal(1, A, 0)
	play(t, []scene{
		{
			name: "60 of 100 are one validator, and not enough", powers: []int64{60, 20, 20}, state: in(1, propose),
			received: []message{prevotes(0, A, 0), claim},
		},
		{
			name: "60 and 20 are enough", powers: []int64{60, 20, 20}, state: in(1, propose),
			received: []message{prevotes(0, A, 0, 1), claim},
			enabled:  "L28If", fire: "L28If", out: "PREVOTE(1, 1, A)", after: in(1, prevote),
		},
		{
			name: "two of three by number are not", powers: []int64{60, 20, 20}, state: in(1, propose),
			received: []message{prevotes(0, A, 1, 2), claim},
		},
		{
			name: "exactly two thirds are not", powers: []int64{66, 33}, state: in(1, propose),
			received: []message{prevotes(0, A, 0), claim},
		},
		{
			name: "one validator with 67 of 100 is", powers: []int64{67, 33}, state: in(1, propose),
			received: []message{prevotes(0, A, 0), claim},
			enabled:  "L28If", fire: "L28If", out: "PREVOTE(1, 1, A)", after: in(1, prevote),
		},
	})
}
