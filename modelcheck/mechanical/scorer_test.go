package mechanical_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/mechanical"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

const (
	v038 = "cometbft-v0.38"
	v1   = "cometbft-v1"
)

// options are those of searches that run side by side.
var options = modelcheck.Options{Workers: 1}

// cheap is the ladder without its last rungs, on which a process has two rounds
// and a Byzantine proposer.
func cheap(t *testing.T, dialect string) *mechanical.Scorer {
	t.Helper()
	s, err := mechanical.NewCheap(t.Context(), dialect, options)
	require.NoError(t, err)
	return s
}

func mutant(t *testing.T, s *mechanical.Scorer, name string) *score.Mutant {
	t.Helper()
	all := s.Mutants()
	i := slices.IndexFunc(all, func(m score.Mutant) bool { return m.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return &all[i]
}

// TestTry has each way in which a mutant may end, but for surviving: TestNothingKills.
func TestTry(t *testing.T) {
	scorers := map[string]*mechanical.Scorer{v038: cheap(t, v038), v1: cheap(t, v1)}
	tests := []struct {
		dialect, name string
		fate          score.Fate
		by, on        string
		depth         int
	}{
		{v1, `enterPrecommit "r = round" not for r = current`, score.Killed, "refused: rule enterPrecommit is not reachable: no possible observation enables it", "", 0},
		{v1, "enterPropose.other with LogStep before SetStepPropose", score.Killed, "steps are told", "cometbft-v1 n4 f1 [0] habits", 1},
		{v038, "enterPropose.other with LogStep before SetStepPropose", score.Killed, "steps are told", "cometbft-v0.38 n4 f1 [0] habits", 1},
		{v1, "enterPropose.self without SendProposal", score.Killed, "unreached: prevotes as the height begins", "cometbft-v1 n4 f1 [0] habits", 6},
		{v1, "enterPropose.wait without ScheduleNewRound", score.Killed, "no halt", "cometbft-v1 n2 f0 [0 1] one value one timer slow clocks", 2},
		{v038, "enterNewRound.later without ClearProposal", score.Killed, "prevote justified", "cometbft-v0.38 n2 f0 [0 1] one value one timer", 9},
		{v1, `enterPrevote.locked "hash(lockedBlock) = hash(proposalBlock)" also for lockOn = open`, score.Equivalent, "same table", "", 0},
		{v1, `txs.propose without "round = 0"`, score.Alike, "differs only on observations that are never made", "", 0},
		{v1, "enterNewRound.first with SetStepNewRound before SetRound", score.Alike, "does the same on every instance", "", 0},
		{v038, `enterCommit.locked without "step < commit"`, score.Alike, "does the same on every instance", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.dialect+" "+tt.name, func(t *testing.T) {
			trial, err := scorers[tt.dialect].Try(t.Context(), mutant(t, scorers[tt.dialect], tt.name))
			require.NoError(t, err)
			on := ""
			if trial.On != nil {
				on = trial.On.Name()
			}
			require.Equal(t, tt.fate, trial.Fate, "%s %s %s %d", trial.Fate, trial.By, on, trial.Depth)
			require.Equal(t, tt.by, trial.By)
			require.Equal(t, tt.on, on)
			require.Equal(t, tt.depth, trial.Depth)
		})
	}
}

// A mutant that nothing can kill, because its mistake is one that no rung of the
// ladder looks for, survives, and is wrong for it.
func TestNothingKills(t *testing.T) {
	s, err := mechanical.NewOn(t.Context(), v1, options, quotient.Config{Dialect: v1, Validators: 4, Byzantine: 1, Proposers: []int{0}})
	require.NoError(t, err)
	// Without habits nobody cares whether somebody waits for ever.
	trial, err := s.Try(t.Context(), mutant(t, s, "addVote.wait without CallEnterPrevoteWait"))
	require.NoError(t, err)
	require.Equal(t, score.Survived, trial.Fate)
	require.Contains(t, trial.Wrong(), "survives, and nothing says why it should")
}

// On a costly rung a mutant is not tried that changes nothing that is new there.
func TestCostly(t *testing.T) {
	lax := quotient.Config{Dialect: v1, Validators: 4, Byzantine: 1, Proposers: []int{0}}
	asking := lax
	asking.Habits = true
	for fate, last := range map[score.Fate]any{score.Killed: asking, score.Survived: mechanical.Costly{Config: asking}} {
		s, err := mechanical.NewOn(t.Context(), v1, options, lax, last)
		require.NoError(t, err)
		trial, err := s.Try(t.Context(), mutant(t, s, "addVote.wait without CallEnterPrevoteWait"))
		require.NoError(t, err)
		require.Equal(t, fate, trial.Fate)
	}
}

// It takes three rounds to be locked on one, to be shown a polka of an older one, and
// to vote in a newer one than either: a mutant about that is not noticed with two.
func TestThirdRoundIsNeeded(t *testing.T) {
	if !large {
		t.Skip("too large for the race detector")
	}
	const newer = `enterPrevote.pol "(lockedRound ≤ POLRound or hash(lockedBlock) = hash(proposalBlock))" also for lockOn = newer`
	tests := []struct {
		proposers []int
		fate      score.Fate
		by        string
		depth     int
	}{
		{[]int{0, quotient.Byzantine}, score.Alike, "differs only on observations that are never made", 0},
		{[]int{0, 1, quotient.Byzantine}, score.Killed, "lock respected", 23},
	}
	for _, tt := range tests {
		c := quotient.Config{Dialect: v1, Validators: 3, Byzantine: 1, Proposers: tt.proposers, Habits: true}
		s, err := mechanical.NewOn(t.Context(), v1, options, c)
		require.NoError(t, err)
		trial, err := s.Try(t.Context(), mutant(t, s, newer))
		require.NoError(t, err)
		require.Equal(t, tt.fate, trial.Fate, c.Name())
		require.Equal(t, tt.by, trial.By)
		require.Equal(t, tt.depth, trial.Depth)
	}
}

// What is wrong only where two older rounds are told apart takes a third round. The
// last rung of the ladder has one.
func TestThirdRound(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("half a minute")
	}
	respects := "(lockedRound ≤ POLRound or hash(lockedBlock) = hash(proposalBlock))"
	tests := []struct {
		dialect, by string
		depth       int
		names       []string
	}{
		{v1, "lock respected", 25, []string{
			`enterPrevote.pol without "` + respects + `"`,
			`enterPrevote.pol "` + respects + `" also for lockOn = newer`,
		}},
		{v038, "a later polka unlocks", 23, []string{`addVote.unlock "r ≤ round" not for r = past`}},
	}
	for _, tt := range tests {
		s, err := mechanical.NewLate(t.Context(), tt.dialect, options)
		require.NoError(t, err)
		for _, name := range tt.names {
			trial, err := s.Try(t.Context(), mutant(t, s, name))
			require.NoError(t, err)
			require.Equal(t, tt.by, trial.By, name)
			require.Equal(t, tt.depth, trial.Depth)
			require.Equal(t, tt.dialect+" n4 f1 [0 1 B] habits", trial.On.Name())
		}
	}
}

// The list of survivors names mutants of the dialects, each once, with a reason.
func TestSurvivorsAreMutants(t *testing.T) {
	for _, d := range []string{v038, v1} {
		dialect, _ := consensus.DialectNamed(d)
		var mutants, names []string
		for _, m := range mechanical.Mutants(dialect) {
			require.NotContains(t, mutants, m.Name)
			require.Contains(t, score.Kinds(), m.Kind)
			mutants = append(mutants, m.Name)
		}
		for _, s := range mechanical.Survivors[d] {
			require.NotEmpty(t, s.Why, s.Names)
			names = append(names, s.Names...)
		}
		require.Subset(t, mutants, names, d)
		slices.Sort(names)
		require.Len(t, slices.Compact(slices.Clone(names)), len(names), "a survivor is listed twice")
	}
}

func TestNew(t *testing.T) {
	_, err := mechanical.New(t.Context(), "paper", options)
	require.ErrorIs(t, err, mechanical.ErrDialect)
	_, err = mechanical.NewOn(t.Context(), v1, modelcheck.Options{Memory: 1000}, delivery.Config{Dialect: v1, Validators: 3, Proposers: []int{0}})
	require.ErrorIs(t, err, mechanical.ErrUnfinished)
}

// Each habit of a node is broken by some mutant.
func TestHabits(t *testing.T) {
	if !large {
		t.Skip("too many for the race detector")
	}
	tests := []struct{ dialect, by, name string }{
		{v1, "steps are told", "enterPropose.other with LogStep before SetStepPropose"},
		{v1, "a vote for each step", "enterPrecommit.unknown without SendPrecommitNil"},
		{v1, "nil justified", `timeout.prevote "timeoutPrevote(h, r) expires" also for timeout = newHeight`},
		{v1, "prevotes first", "enterPropose.complete with CallEnterPrevoteWait instead of CallEnterPrevote"},
		{v1, "votes before a commit", "addVote.commit without CallEnterPrecommit"},
		{v1, "no haste", `enterPropose.complete without "the proposal is complete"`},
		{v1, "a proposal is answered", `enterPrevote.new "proposalBlock = validBlock, or ProcessProposal accepts it" not for approval = accepted`},
		{v1, "timeouts are started", "enterPrecommitWait without SchedulePrecommit"},
		{v1, "timeouts in their place", "enterPrecommitWait with ScheduleNewRound instead of SchedulePrecommit"},
		{v1, "timeouts are obeyed", "enterPropose.self without SetStepPropose"},
		{v1, "votes are answered", `enterPrecommitWait without "for the first time"`},
		{v1, "rounds are followed", "addVote.skip without CallEnterNewRound"},
		{v1, "a polka is followed", "enterPrecommit.unknown without FetchBlock"},
		{v038, "a polka is precommitted", "enterPrecommit.lock with SendPrecommitNil instead of SendPrecommit"},
		{v1, "commit collects its block", "enterCommit.locked without SetCommitRound"},
		{v1, "no dead end", "enterCommit.locked without CallTryFinalizeCommit"},
		{v1, "a proposal is kept", `addVote.valid "+2/3 PREVOTE(h, r, id(v))" also for prevotes = nil`},
		{v1, "votes in their time", `block.prevote "step < prevote" also for step = prevote`},
		{v1, "a polka makes a valid value", `block.valid "hash(proposalBlock) = hash(v)" not for block = alias`},
		{v1, "a block of its parts", "enterCommit.block with CollectParts instead of FetchBlock"},

		{v1, "unreached: prevotes as the height begins", "enterPropose.complete without CallEnterPrevote"},
		{v1, "unreached: prevotes before the height begins", `block.prevote "step < prevote" not for step = newHeight`},
		{v1, "unreached: prevotes with the last part", `block.prevote "step < prevote" not for step = propose`},
		{v1, "unreached: precommits with the last part", `block.prevote "+2/3 PREVOTE(h, round, one value or nil)" not for prevotes = value`},
		{v1, "unreached: precommits nil with the last part", `block.prevote "+2/3 PREVOTE(h, round, one value or nil)" not for prevotes = nil`},
		{v1, "unreached: precommits because of precommits", "addVote.precommitNil without CallEnterPrecommit"},
		{v1, "unreached: panics for the header of a proposal", `enterCommit.block "hash(proposalBlock) ≠ hash(v)" also for block = alias`},
	}
	scorers := map[string]*mechanical.Scorer{v038: cheap(t, v038), v1: cheap(t, v1)}
	for _, tt := range tests {
		t.Run(tt.by, func(t *testing.T) {
			trial, err := scorers[tt.dialect].Try(t.Context(), mutant(t, scorers[tt.dialect], tt.name))
			require.NoError(t, err)
			require.Equal(t, tt.by, trial.By)
		})
	}
	// A lock has to be met again.
	locks, err := mechanical.NewOn(t.Context(), v038, options,
		quotient.Config{Dialect: v038, Validators: 4, Byzantine: 1, Proposers: []int{0, quotient.Byzantine}, Habits: true})
	require.NoError(t, err)
	for by, name := range map[string]string{
		"precommits lock":       "enterPrecommit.relock without LockRound",
		"nil unlocks":           "enterPrecommit.unknown without Unlock",
		"a later polka unlocks": "addVote.unlock without Unlock",
	} {
		trial, err := locks.Try(t.Context(), mutant(t, locks, name))
		require.NoError(t, err)
		require.Equal(t, by, trial.By)
	}
	// Where a block is split there may be dead ends, and they are no violation.
	split, err := mechanical.NewOn(t.Context(), v1, options,
		quotient.Config{Dialect: v1, Validators: 4, Byzantine: 1, Proposers: []int{quotient.Byzantine}, Split: true, Habits: true})
	require.NoError(t, err)
	trial, err := split.Try(t.Context(), mutant(t, split, "enterCommit.locked without CallTryFinalizeCommit"))
	require.NoError(t, err)
	require.Equal(t, "a lock is committed at once", trial.By)
}

// A sample: every fiftieth mutant, on the cheap rungs.
func TestSample(t *testing.T) {
	if testing.Short() || !large {
		t.Skip("some seconds")
	}
	want := map[string]score.Score{
		v038: {Total: 20, Killed: 13, Refused: 5, Equivalent: 1, Alike: 6},
		v1:   {Total: 22, Killed: 15, Refused: 3, Equivalent: 2, Alike: 5},
	}
	for dialect, want := range want {
		s := cheap(t, dialect)
		all := s.Mutants()
		var got score.Score
		for i := 0; i < len(all); i += 50 {
			trial, err := s.Try(t.Context(), &all[i])
			require.NoError(t, err)
			got.Add(&trial)
		}
		assert.Equal(t, want, got, dialect)
	}
}
