package consensus_test

import (
	"testing"

	"github.com/polka-bft/polka/spec/consensus"
)

func TestL34(t *testing.T) {
	play(t, []scene{
		{
			name: "prevotes for this and that", state: in(0, prevote),
			received: []message{prevotes(0, A, 0), prevotes(0, B, 1), prevotes(0, null, 2)},
			enabled:  "L34", fire: "L34", out: "timeoutPrevote(1, 0)", after: in(0, prevote, fired34),
		},
		{
			name: "prevotes for one value that was not proposed", state: in(0, prevote),
			received: []message{prevotes(0, A, 0, 1, 2)},
			enabled:  "L34", fire: "L34", out: "timeoutPrevote(1, 0)", after: in(0, prevote, fired34),
		},
		{
			name: "a validator that votes twice counts once", state: in(0, prevote),
			received: []message{prevotes(0, A, 0, 1), prevotes(0, B, 0, 1)},
		},
		{name: "not the first time", state: in(0, prevote, fired34), received: []message{prevotes(0, A, 0), prevotes(0, B, 1, 2)}},
		{name: "has not prevoted yet", state: in(0, propose), received: []message{prevotes(0, A, 0), prevotes(0, B, 1, 2)}},
		{name: "has precommitted", state: in(0, precommit), received: []message{prevotes(0, A, 0), prevotes(0, B, 1, 2)}},
		{name: "prevotes of another round", state: in(1, prevote), received: []message{prevotes(0, A, 0), prevotes(0, B, 1, 2)}},
	})
}

func TestL36(t *testing.T) {
	polka := prevotes(1, A, 0, 1, 2)
	play(t, []scene{
		{
			name: "a polka in step prevote: lock and precommit", state: in(1, prevote, fired34),
			received: []message{proposal(1, A, -1), polka},
			enabled:  "L36If", fire: "L36If", out: "PRECOMMIT(1, 1, A)",
			after: in(1, precommit, fired34, fired36, locked(A, 1), validValue(A, 1)),
		},
		{
			name: "a polka for another value than the lock: relock", state: in(1, prevote, fired34, locked(B, 0), validValue(B, 0)),
			received: []message{proposal(1, A, -1), polka},
			enabled:  "L36If", fire: "L36If", out: "PRECOMMIT(1, 1, A)",
			after: in(1, precommit, fired34, fired36, locked(A, 1), validValue(A, 1)),
		},
		{
			name: "a polka in step precommit: remember the value, no lock", state: in(1, precommit, locked(B, 0), validValue(B, 0)),
			received: []message{proposal(1, A, -1), polka},
			enabled:  "L36Else", fire: "L36Else",
			after: in(1, precommit, fired36, locked(B, 0), validValue(A, 1)),
		},
		{
			name: "whatever validRound the proposal claims", state: in(1, prevote),
			received: []message{proposal(1, A, 9), polka},
			enabled:  "L34 L36If", fire: "L36If", out: "PRECOMMIT(1, 1, A)",
			after: in(1, precommit, fired36, locked(A, 1), validValue(A, 1)),
		},
		{name: "not valid", state: in(1, prevote, fired34), received: []message{proposal(1, bad, -1), prevotes(1, bad, 0, 1, 2)}},
		{name: "the proposal is missing", state: in(1, precommit), received: []message{polka}},
		{name: "another value is proposed", state: in(1, precommit), received: []message{proposal(1, B, -1), polka}},
		{name: "not the first time", state: in(1, precommit, fired36), received: []message{proposal(1, A, -1), polka}},
		{
			name: "has not prevoted yet", state: in(1, propose), received: []message{proposal(1, A, -1), polka},
			enabled: "L22If",
		},
		{name: "a polka of another round", state: in(2, precommit), received: []message{proposal(1, A, -1), polka}},
	})
}

func TestL44(t *testing.T) {
	play(t, []scene{
		{
			name: "a polka for nil", state: in(1, prevote, fired34),
			received: []message{prevotes(1, null, 0, 1, 2)},
			enabled:  "L44", fire: "L44", out: "PRECOMMIT(1, 1, nil)", after: in(1, precommit, fired34),
		},
		{
			name: "the lock stays", state: in(1, prevote, fired34, locked(A, 0), validValue(A, 0)),
			received: []message{prevotes(1, null, 0, 1, 2)},
			enabled:  "L44", fire: "L44", out: "PRECOMMIT(1, 1, nil)", after: in(1, precommit, fired34, locked(A, 0), validValue(A, 0)),
		},
		{
			name: "two polkas, since half of the power voted twice", state: in(1, prevote, fired34),
			received: []message{proposal(1, A, -1), prevotes(1, null, 0, 1, 2), prevotes(1, A, 0, 1, 2, 3)},
			enabled:  "L44 L36If", fire: "L44", out: "PRECOMMIT(1, 1, nil)", after: in(1, precommit, fired34),
		},
		{name: "too few", state: in(1, prevote), received: []message{prevotes(1, null, 0, 1)}},
		{name: "for a value", state: in(1, prevote, fired34), received: []message{prevotes(1, A, 0, 1, 2)}},
		{name: "has not prevoted yet", state: in(1, propose), received: []message{prevotes(1, null, 0, 1, 2)}},
		{name: "has precommitted", state: in(1, precommit), received: []message{prevotes(1, null, 0, 1, 2)}},
	})
}

func TestL47(t *testing.T) {
	some := precommits(1, A, 0, 1)
	play(t, []scene{
		{
			name: "precommits for this and that, in any step", state: in(1, propose),
			received: []message{some, precommits(1, null, 2)},
			enabled:  "L47", fire: "L47", out: "timeoutPrecommit(1, 1)", after: in(1, propose, fired47),
		},
		{
			name: "precommits for one value that was not proposed", state: in(1, precommit),
			received: []message{precommits(1, A, 0, 1, 2)},
			enabled:  "L47", fire: "L47", out: "timeoutPrecommit(1, 1)", after: in(1, precommit, fired47),
		},
		{name: "too few", state: in(1, precommit), received: []message{some, precommits(1, null, 1)}},
		{name: "not the first time", state: in(1, precommit, fired47), received: []message{some, precommits(1, null, 2)}},
		{name: "of an older round", state: in(2, precommit), received: []message{some, precommits(1, null, 2)}},
	})
}

func TestL49(t *testing.T) {
	commit := precommits(1, A, 0, 1, 2)
	play(t, []scene{
		{
			name: "decide, and wait for the next proposer", state: in(1, precommit, locked(A, 1), validValue(A, 1), fired34, fired36, fired47),
			received: []message{proposal(1, A, -1), prevotes(1, A, 0, 1, 2), commit},
			enabled:  "L49If", fire: "L49If", out: "decision[1] = A by round 1; timeoutPropose(2, 0)", after: in(0, propose, height(2)),
		},
		{
			name: "decide, and propose a new value: the valid one is of the last height", self: true,
			state:    in(1, precommit, locked(B, 1), validValue(B, 1), fired47),
			received: []message{proposal(1, A, -1), commit},
			enabled:  "L49If", fire: "L49If", out: "decision[1] = A by round 1; PROPOSAL(2, 0, fresh, -1)", after: in(0, propose, height(2)),
		},
		{
			name: "by a round that is over", state: in(3, prevote),
			received: []message{proposal(1, A, 0), commit},
			enabled:  "L49If", fire: "L49If", out: "decision[1] = A by round 1; timeoutPropose(2, 0)", after: in(0, propose, height(2)),
		},
		{
			name: "by a round that has not begun", state: in(0, propose),
			received: []message{proposal(1, A, -1), commit},
			enabled:  "L49If L55", fire: "L49If", out: "decision[1] = A by round 1; timeoutPropose(2, 0)", after: in(0, propose, height(2)),
		},
		{name: "not valid", state: in(1, precommit, fired47), received: []message{proposal(1, bad, -1), precommits(1, bad, 0, 1, 2)}},
		{name: "the proposal is missing", state: in(1, precommit, fired47), received: []message{commit}},
		{name: "the proposal is of another round", state: in(1, precommit, fired47), received: []message{proposal(0, A, -1), commit}},
		{name: "precommits of two rounds do not add up", state: in(2, precommit), received: []message{
			proposal(0, A, -1), precommits(0, A, 0, 1), proposal(1, A, -1), precommits(1, A, 2, 3),
		}},
		{
			name: "nobody decides nil", state: in(1, precommit, fired47),
			received: []message{proposal(1, null, -1), precommits(1, null, 0, 1, 2)},
		},
	})
}

func TestL55(t *testing.T) {
	play(t, []scene{
		{
			name: "two of four are ahead, by whatever they sent", state: in(1, prevote, locked(A, 0), validValue(A, 0), fired34, fired36, fired47),
			received: []message{prevotes(1, A, 0, 1, 2), precommits(1, null, 0, 1, 2), prevotes(3, B, 2), precommits(3, null, 1)},
			enabled:  "L55", fire: "L55", out: "timeoutPropose(1, 3)", after: in(3, propose, locked(A, 0), validValue(A, 0)),
		},
		{
			name: "the proposer of that round is this process", state: in(1, prevote, validValue(A, 0)), self: true,
			received: []message{prevotes(3, B, 2), precommits(3, null, 1)},
			enabled:  "L55", fire: "L55", out: "PROPOSAL(1, 3, A, 0)", after: in(3, propose, validValue(A, 0)),
		},
		{
			name: "a proposal counts as a message of its sender", state: in(0, propose),
			received: []message{proposal(2, A, -1), prevotes(2, A, 1)},
			enabled:  "L55", fire: "L55", out: "timeoutPropose(1, 2)", after: in(2, propose),
		},
		{name: "one sender with three messages", state: in(0, propose), received: []message{proposal(2, A, -1), prevotes(2, A, 2), precommits(2, A, 2)}},
		{name: "two senders in two rounds", state: in(0, propose), received: []message{prevotes(1, A, 1), prevotes(2, A, 2)}},
		{name: "the current round", state: in(2, propose), received: []message{prevotes(2, A, 1, 2)}},
		{name: "an older round", state: in(3, propose), received: []message{prevotes(2, A, 1, 2)}},
		{
			name: "weighted: one validator with 60 of 100", powers: []int64{60, 20, 20}, state: in(0, propose),
			received: []message{prevotes(1, A, 0)},
			enabled:  "L55", fire: "L55", out: "timeoutPropose(1, 1)", after: in(1, propose),
		},
		{
			name: "weighted: exactly a third", powers: []int64{33, 33, 33}, state: in(0, propose),
			received: []message{prevotes(1, A, 0)},
		},
	})
}

func TestL57(t *testing.T) {
	const kind = consensus.TimeoutPropose
	play(t, []scene{
		{
			name: "no proposal came: prevote nil", state: in(1, propose, locked(A, 0)), expired: expires(kind, 1, 1),
			enabled: "L57If", fire: "L57If", out: "PREVOTE(1, 1, nil)", after: in(1, prevote, locked(A, 0)),
		},
		{name: "has prevoted", state: in(1, prevote), expired: expires(kind, 1, 1)},
		{name: "of another round", state: in(1, propose), expired: expires(kind, 1, 0)},
		{name: "of another height", state: in(1, propose), expired: expires(kind, 2, 1)},
	})
}

func TestL61(t *testing.T) {
	const kind = consensus.TimeoutPrevote
	play(t, []scene{
		{
			name: "no polka came: precommit nil", state: in(1, prevote, locked(A, 0), fired34),
			received: []message{prevotes(1, A, 0), prevotes(1, B, 1, 2)}, expired: expires(kind, 1, 1),
			enabled: "L61If", fire: "L61If", out: "PRECOMMIT(1, 1, nil)", after: in(1, precommit, locked(A, 0), fired34),
		},
		{name: "has precommitted", state: in(1, precommit), expired: expires(kind, 1, 1)},
		{name: "of another round", state: in(1, prevote), expired: expires(kind, 1, 2)},
		{name: "of another height", state: in(1, prevote), expired: expires(kind, 0, 1)},
	})
}

func TestL65(t *testing.T) {
	const kind = consensus.TimeoutPrecommit
	play(t, []scene{
		{
			name: "no decision came: the next round", state: in(1, precommit, locked(A, 1), validValue(A, 1), fired34, fired36, fired47),
			received: []message{prevotes(1, A, 0, 1, 2), precommits(1, A, 0), precommits(1, null, 1, 2)}, expired: expires(kind, 1, 1),
			enabled: "L65If", fire: "L65If", out: "timeoutPropose(1, 2)", after: in(2, propose, locked(A, 1), validValue(A, 1)),
		},
		{
			name: "and this process proposes in it", state: in(1, precommit, validValue(A, 1)), expired: expires(kind, 1, 1), self: true,
			enabled: "L65If", fire: "L65If", out: "PROPOSAL(1, 2, A, 1)", after: in(2, propose, validValue(A, 1)),
		},
		{
			name: "in any step", state: in(1, propose), expired: expires(kind, 1, 1),
			enabled: "L65If", fire: "L65If", out: "timeoutPropose(1, 2)", after: in(2, propose),
		},
		{name: "of another round", state: in(2, precommit), expired: expires(kind, 1, 1)},
		{name: "of another height", state: in(1, precommit), expired: expires(kind, 2, 1)},
	})
}
