package consensus

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func numbered(n int) ValueID {
	var v ValueID
	binary.BigEndian.PutUint64(v[:], uint64(n)+1)
	return v
}

func testLog(t *testing.T, powers ...int64) *log {
	t.Helper()
	v, err := NewValidators(1, powers)
	require.NoError(t, err)
	return newLog(v)
}

func vote(vt VoteType, r Round, v ValueID, from int) *Vote {
	return &Vote{Type: vt, Height: 1, Round: r, Value: v, Validator: from}
}

// TestVotesAreBounded: one validator makes us hold two values per round and type,
// and no more than five others, those with more than a third behind them.
func TestVotesAreBounded(t *testing.T) {
	l := testLog(t, 1, 1, 1, 1, 1, 1, 1)
	for i := range 1000 {
		want := TooManyValues
		if i < freeValues {
			want = NotRefused
		}
		require.Equal(t, want, l.addVote(vote(Prevote, 0, numbered(i), 6)), "value %d", i)
	}
	s := &l.rounds[0].votes[Prevote]
	require.Len(t, s.tallies, freeValues)
	require.Equal(t, int64(1), s.anyPower)

	// Six validators vote twice each, three for each value: four values with 3 of
	// 7, which is more than a third.
	for i := range 12 {
		require.Equal(t, NotRefused, l.addVote(vote(Prevote, 0, numbered(100+i/3), i%6)))
	}
	for i := range 4 {
		require.Equal(t, NotRefused, l.addVote(vote(Prevote, 0, numbered(100+i), 6)), "a value with support")
	}
	require.Equal(t, freeValues+4, s.valuesOf(6))
	require.Equal(t, TooManyValues, l.addVote(vote(Prevote, 0, numbered(999), 6)))
	require.Equal(t, Duplicate, l.addVote(vote(Prevote, 0, numbered(100), 6)))
	require.Equal(t, int64(7), s.anyPower)
	require.Equal(t, int64(4), s.power(numbered(100)))
}

// TestProposalsAreBounded: the same for proposals; of a value with support one is
// held, whatever validRounds its proposals carry.
func TestProposalsAreBounded(t *testing.T) {
	l := testLog(t, 1, 1, 1, 1)
	add := func(v int, pol Round) Reason {
		return l.addProposal(&Proposal{Height: 1, Round: 2, POLRound: pol, Value: numbered(v)}, true, func(Round) int { return 2 })
	}
	require.Equal(t, NotRefused, add(1, -1))
	require.Equal(t, Duplicate, add(1, -1))
	require.Equal(t, NotRefused, add(1, 0))
	for i := range 100 {
		require.Equal(t, TooManyValues, add(2, Round(i)-1))
		require.Equal(t, TooManyValues, add(1, Round(i)+1))
	}
	for from := range 2 {
		require.Equal(t, NotRefused, l.addVote(vote(Precommit, 2, numbered(2), from)))
	}
	require.Equal(t, NotRefused, add(2, -1))
	require.Equal(t, TooManyValues, add(2, 1))
	require.Len(t, l.rounds[2].proposals, 3)
	require.Equal(t, int64(3), l.messagePower(2), "validators 0 and 1, and 2 who proposed")
}

// TestRoundsAheadAreBounded: beyond Lookahead one number per validator is held,
// and counts for the round it names until the validator is seen further ahead.
func TestRoundsAheadAreBounded(t *testing.T) {
	l := testLog(t, 1, 2, 4, 8)
	for r := Round(1); r <= 1000; r++ {
		want := RoundTooFar
		if r <= Lookahead {
			want = NotRefused
		}
		require.Equal(t, want, l.addVote(vote(Prevote, r, numbered(1), 0)), "round %d", r)
	}
	require.Len(t, l.rounds, int(Lookahead))
	require.Equal(t, map[Round]int64{1000: 1}, l.farPower)
	require.Equal(t, RoundTooFar, l.addVote(vote(Prevote, 500, numbered(1), 0)))
	require.Equal(t, RoundTooFar, l.addVote(vote(Precommit, 1000, NilID, 1)))
	require.Equal(t, int64(3), l.messagePower(1000))
	require.Zero(t, l.messagePower(500))
	require.Equal(t, RoundTooFar, l.addVote(vote(Precommit, 1003, NilID, 2)))

	// When the round comes near, its voters are heard of, and count once.
	l.enter(1000 - Lookahead)
	require.Equal(t, int64(3), l.messagePower(1000))
	require.Equal(t, map[Round]int64{1003: 4}, l.farPower)
	require.Equal(t, NotRefused, l.addVote(vote(Prevote, 1000, numbered(1), 1)))
	require.Equal(t, int64(3), l.messagePower(1000))

	l.enter(1001)
	require.Equal(t, int64(4), l.messagePower(1003))

	// What is passed is forgotten, and what is of an earlier height.
	require.Equal(t, RoundTooFar, l.addVote(vote(Prevote, 1100, NilID, 3)))
	l.enter(1200)
	require.Empty(t, l.farPower)
	require.Equal(t, RoundTooFar, l.addVote(vote(Prevote, 1300, NilID, 3)))
	l.reset()
	require.Empty(t, l.rounds)
	require.Zero(t, l.messagePower(1300))
}

// TestLead: the value with the most power leads; nil never does, and of two with
// the same power the lower.
func TestLead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		powers := rapid.SliceOfN(rapid.Int64Range(1, 3), 1, 8).Draw(t, "powers")
		vals, err := NewValidators(1, powers)
		require.NoError(t, err)
		s := &newLog(vals).open(0).votes[Prevote]
		power := map[ValueID]int64{}
		for range rapid.IntRange(0, 20).Draw(t, "votes") {
			from := rapid.IntRange(0, len(powers)-1).Draw(t, "from")
			v := rapid.SampledFrom([]ValueID{NilID, {1}, {2}, {3}}).Draw(t, "value")
			if s.add(from, v, vals) == NotRefused {
				power[v] += powers[from]
			}
		}
		var best ValueID
		for _, v := range []ValueID{{1}, {2}, {3}} {
			if power[v] > 0 && (best.IsNil() || power[v] > power[best]) {
				best = v
			}
		}
		got, most := s.lead()
		require.Equal(t, best, got)
		require.Equal(t, power[NilID], s.nilPower)
		if !best.IsNil() {
			require.Equal(t, power[best], most)
		}
	})
}

// TestMemoryIsReused: a height with many equivocations leaves no trace in the
// next, neither in the counts nor in the memory kept.
func TestMemoryIsReused(t *testing.T) {
	l := testLog(t, 1, 1, 1)
	for range 3 {
		for r := range 2 * Lookahead {
			l.enter(r)
			for i := range 30 {
				l.addVote(vote(Prevote, r, numbered(i), i%3))
			}
		}
		require.Equal(t, int64(3), l.rounds[3].votes[Prevote].anyPower)
		require.Equal(t, int64(3), l.rounds[3].power)
		l.reset()
		require.LessOrEqual(t, len(l.free), int(Lookahead))
		for _, rl := range l.free {
			s := &rl.votes[Prevote]
			require.Zero(t, s.anyPower)
			require.LessOrEqual(t, cap(s.tallies), 4)
			for _, tally := range s.tallies[:cap(s.tallies)] {
				for i := range 3 {
					require.False(t, tally.voters != nil && tally.voters.has(i))
				}
			}
		}
	}
}
