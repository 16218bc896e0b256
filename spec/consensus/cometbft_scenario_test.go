package consensus_test

import (
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec/consensus"
)

// What CometBFT's maintainers and users found out the hard way, from the
// beginning of a height: what a node of four hears, and what it says to that.

// A moment is an input, and what the node says to it.
type moment struct {
	hears func(*stage) []string
	says  string
}

func begins() func(*stage) []string {
	return func(s *stage) []string { return s.timeout(consensus.TockNewHeight, 0) }
}

func proposed(v consensus.Value, polRound consensus.Round) func(*stage) []string {
	return func(s *stage) []string { s.propose(v, polRound); return nil }
}

func completes() func(*stage) []string { return func(s *stage) []string { return s.complete(false) } }

func expired(k consensus.TockKind, r consensus.Round) func(*stage) []string {
	return func(s *stage) []string { return s.timeout(k, r) }
}

func voted(t consensus.VoteType, r consensus.Round, v consensus.Value, from []int) func(*stage) []string {
	return func(s *stage) []string {
		var said []string
		for _, i := range from {
			said = append(said, s.vote(t, r, v, i)...)
		}
		return said
	}
}

func prevoted(r consensus.Round, v consensus.Value, from ...int) func(*stage) []string {
	return voted(consensus.PrevoteType, r, v, from)
}

func precommitted(r consensus.Round, v consensus.Value, from ...int) func(*stage) []string {
	return voted(consensus.PrecommitType, r, v, from)
}

// lockOnA locks A in round 0 and goes to round 1, where +2/3 precommit nil.
var lockOnA = []moment{
	{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
	{proposed(A, -1), ""},
	{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
	{prevoted(0, A, 0, 1, 2), "PRECOMMIT(1, 0, A); step(1, 0, precommit)"},
	{precommitted(0, null, 1, 2, 3), "timeoutPrecommit(1, 0); step(1, 0, precommit)"},
	{expired(consensus.TockPrecommitWait, 0), "timeoutPropose(1, 1); step(1, 1, propose)"},
}

func after(first []moment, then ...moment) []moment {
	return append(first[:len(first):len(first)], then...)
}

func TestCometBFTScenarios(t *testing.T) {
	tests := []struct {
		name    string
		moments []moment
		state   consensus.Process
	}{
		{
			name: "a locked node prevotes its block against the proposal, whatever POL it has (tendermint issue 6850)",
			moments: after(
				lockOnA,
				moment{prevoted(0, A, 3), ""},
				moment{proposed(B, 0), ""},
				moment{completes(), "PREVOTE(1, 1, A); step(1, 1, prevote)"},
			),
			state: in(1, prevote, holding(B, 0), locked(A, 0), validValue(A, 0)),
		},
		{
			name: "a polka for nil unlocks (tendermint issue 6849)",
			moments: after(
				lockOnA,
				moment{expired(consensus.TockPropose, 1), "PREVOTE(1, 1, A); step(1, 1, prevote)"},
				moment{prevoted(1, null, 0, 1, 2), "PRECOMMIT(1, 1, nil); step(1, 1, precommit)"},
			),
			state: in(1, precommit, validValue(A, 0)),
		},
		{
			name: "a newer polka unlocks even when it is seen late",
			moments: after(
				lockOnA,
				moment{precommitted(2, null, 1, 2, 3), "timeoutPropose(1, 2); step(1, 2, propose); " +
					"PRECOMMIT(1, 2, nil); step(1, 2, precommit); timeoutPrecommit(1, 2); step(1, 2, precommit)"},
				moment{prevoted(1, B, 1, 2, 3), ""},
			),
			state: in(2, precommit, validValue(A, 0), fired47),
		},
		{
			name: "a polka of a round before the lock does not unlock",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{prevoted(1, A, 1, 2, 3), "timeoutPropose(1, 1); step(1, 1, propose)"},
				{proposed(A, -1), ""},
				{completes(), "PREVOTE(1, 1, A); step(1, 1, prevote); PRECOMMIT(1, 1, A); step(1, 1, precommit)"},
				{prevoted(0, B, 1, 2, 3), ""},
			},
			state: in(1, precommit, holding(A, -1), locked(A, 1), validValue(A, 1)),
		},
		{
			name: "precommits before anything else: precommit nil, fetch the block, decide",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{precommitted(0, A, 1, 2, 3), "PRECOMMIT(1, 0, nil); step(1, 0, precommit); step(1, 0, commit)"},
				{completes(), "decision[1] = A by round 0; step(2, 0, newHeight)"},
			},
			state: in(0, newHeight, height(2)),
		},
		{
			name: "a block that completes in step prevote does not precommit, not even with a polka, until timeoutPrevote",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{proposed(A, -1), ""},
				{expired(consensus.TockPropose, 0), "PREVOTE(1, 0, nil); step(1, 0, prevote)"},
				{prevoted(0, A, 1, 2, 3), "timeoutPrevote(1, 0); step(1, 0, prevoteWait)"},
				{completes(), ""},
				{expired(consensus.TockPrevoteWait, 0), "PRECOMMIT(1, 0, A); step(1, 0, precommit)"},
			},
			state: in(0, precommit, holding(A, -1), locked(A, 0), validValue(A, 0), fired34),
		},
		{
			name: "a block that completes in step prevote is precommitted with the next prevote",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{proposed(A, -1), ""},
				{expired(consensus.TockPropose, 0), "PREVOTE(1, 0, nil); step(1, 0, prevote)"},
				{prevoted(0, A, 1, 2, 3), "timeoutPrevote(1, 0); step(1, 0, prevoteWait)"},
				{completes(), ""},
				{prevoted(0, null, 0), "PRECOMMIT(1, 0, A); step(1, 0, precommit)"},
			},
			state: in(0, precommit, holding(A, -1), locked(A, 0), validValue(A, 0), fired34),
		},
		{
			name: "a proposal that comes after its block does not make the node prevote",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{prevoted(0, A, 1, 2, 3), ""},
				{completes(), ""}, // collected for the polka
				{proposed(A, -1), ""},
				{expired(consensus.TockPropose, 0), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
				{prevoted(0, A, 0), "PRECOMMIT(1, 0, A); step(1, 0, precommit)"},
			},
			state: in(0, precommit, holding(A, -1), locked(A, 0), validValue(A, 0)),
		},
		{
			name: "timeoutPrecommit may start in step propose, and the node precommits nil before it leaves",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{precommitted(0, A, 1, 2), ""},
				{precommitted(0, null, 3), "timeoutPrecommit(1, 0); step(1, 0, propose)"},
				{expired(consensus.TockPrecommitWait, 0), "PRECOMMIT(1, 0, nil); step(1, 0, precommit); timeoutPropose(1, 1); step(1, 1, propose)"},
			},
			state: in(1, propose),
		},
		{
			name: "timeoutPrecommit may even lock: the prevotes are looked at again",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{proposed(A, -1), ""},
				{expired(consensus.TockPropose, 0), "PREVOTE(1, 0, nil); step(1, 0, prevote)"},
				{prevoted(0, A, 1, 2, 3), "timeoutPrevote(1, 0); step(1, 0, prevoteWait)"},
				{completes(), ""},
				{precommitted(0, null, 1, 2), ""},
				{precommitted(0, A, 3), "timeoutPrecommit(1, 0); step(1, 0, prevoteWait)"},
				{
					expired(consensus.TockPrecommitWait, 0),
					"PRECOMMIT(1, 0, A); step(1, 0, precommit); timeoutPropose(1, 1); step(1, 1, propose)",
				},
			},
			state: in(1, propose, locked(A, 0), validValue(A, 0)),
		},
		{
			name: "precommits of an earlier round decide, and make the node neither vote nor move",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{proposed(A, -1), ""},
				{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
				{precommitted(0, A, 1, 2), ""},
				{prevoted(1, null, 1, 2, 3), "timeoutPropose(1, 1); step(1, 1, propose)"},
				{precommitted(0, A, 3), "step(1, 1, commit)"},
				{completes(), "decision[1] = A by round 0; step(2, 0, newHeight)"},
			},
			state: in(0, newHeight, height(2)),
		},
		{
			name: "a third of later prevotes, or two kinds of votes that make two thirds, do not skip; +2/3 prevotes do",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{prevoted(2, A, 1, 2), ""},
				{precommitted(2, null, 3), ""},
				{prevoted(2, null, 3), "timeoutPropose(1, 2); step(1, 2, propose)"},
			},
			state: in(2, propose),
		},
		{
			name: "precommits of a later round: go there, precommit, and fetch the block",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{proposed(B, -1), ""},
				{completes(), "PREVOTE(1, 0, B); step(1, 0, prevote)"},
				{
					precommitted(3, A, 1, 2, 3),
					"timeoutPropose(1, 3); step(1, 3, propose); PRECOMMIT(1, 3, nil); step(1, 3, precommit); step(1, 3, commit)",
				},
				{proposed(B, -1), ""}, // B is not collected any more
				{completes(), "decision[1] = A by round 3; step(2, 0, newHeight)"},
			},
			state: in(0, newHeight, height(2)),
		},
		{
			name: "a polka for nil in step propose waits for the prevote",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{prevoted(0, null, 1, 2, 3), ""},
				{expired(consensus.TockPropose, 0), "PREVOTE(1, 0, nil); step(1, 0, prevote)"},
				{prevoted(0, null, 0), "PRECOMMIT(1, 0, nil); step(1, 0, precommit)"},
			},
			state: in(0, precommit),
		},
		{
			name: "a proposal that completes before the height has begun is prevoted, and the timeout of the new height comes too late",
			moments: []moment{
				{proposed(A, -1), ""},
				{completes(), "PREVOTE(1, 0, A); step(1, 0, prevote)"},
				{begins(), ""},
			},
			state: in(0, prevote, holding(A, -1)),
		},
		{
			name: "precommits of a later round take a node out of step commit, and it forgets the block it was fetching",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{precommitted(0, A, 1, 2, 3), "PRECOMMIT(1, 0, nil); step(1, 0, precommit); step(1, 0, commit)"},
				{precommitted(1, null, 1, 2), ""},
				{precommitted(1, A, 3), "timeoutPropose(1, 1); step(1, 1, propose); timeoutPrecommit(1, 1); step(1, 1, propose)"},
			},
			state: in(1, propose, committing(0), fired47),
		},
		{
			name: "the same majority once more brings nothing new",
			moments: []moment{
				{begins(), "timeoutPropose(1, 0); step(1, 0, propose)"},
				{precommitted(0, null, 1, 2, 3), "PRECOMMIT(1, 0, nil); step(1, 0, precommit); timeoutPrecommit(1, 0); step(1, 0, precommit)"},
				{precommitted(0, null, 0), ""},
			},
			state: in(0, precommit, fired47),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(consensus.CometBFTv038, []int64{1, 1, 1, 1}, surroundings{fresh: fresh})
			for i, m := range tt.moments {
				if got := strings.Join(m.hears(s), "; "); got != m.says {
					t.Errorf("moment %d, last by %s: got %q, want %q", i, s.rules(), got, m.says)
				}
			}
			if s.p != tt.state {
				t.Errorf("state:\ngot  %+v\nwant %+v", s.p, tt.state)
			}
		})
	}
}
