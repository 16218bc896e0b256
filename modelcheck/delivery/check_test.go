package delivery_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

const (
	byz  = delivery.Byzantine
	node = "cometbft-v0.38"
	one  = consensus.SingleTimer
)

// size is what is pinned of a search.
type size struct{ states, transitions, depth, deadlocks int }

func sizeOf(r delivery.Result) size { return size{r.States, r.Transitions, r.Depth, r.Deadlocks} }

// TestStandard pins the exact size of the instances of the standard set that a
// test has the time for, and that everything holds in them.
func TestStandard(t *testing.T) {
	want := map[string]size{
		"delivery-one-round":    {546_489, 5_399_743, 19, 36},
		"v038-one-copy":         {6_420, 25_940, 22, 8},
		"v038-crash":            {83_542, 507_689, 25, 10},
		"v038-two-rounds-three": {7_020, 24_480, 39, 13},
		"v1-refusals":           {1_095_483, 9_574_272, 30, 104},
		"v1-one-copy":           {6_420, 25_940, 22, 8},
		"v1-two-rounds-three":   {7_020, 24_480, 39, 13},
		"v1-two-rounds-pair":    {73_185, 750_259, 25, 38},
		"v038-split":            {305_696, 2_075_935, 13, 0},
		"v038-split-whole-ids":  {621_181, 5_289_141, 25, 62},
	}
	for _, e := range delivery.Standard {
		t.Run(e.Name, func(t *testing.T) {
			pinned, ok := want[e.Name]
			if !ok || testing.Short() && e.Seconds > 0 || !large {
				t.Skip("too large")
			}
			r, err := delivery.Check(t.Context(), e.Config, modelcheck.Options{})
			require.NoError(t, err)
			require.Empty(t, e.Wrong(&r))
			require.Equal(t, e.Violates == "", r.Verdict == modelcheck.Holds)
			require.Equal(t, pinned, sizeOf(r))
		})
	}
}

func TestWrongResultsAreNoticed(t *testing.T) {
	e, err := delivery.Find("delivery-too-many")
	require.NoError(t, err)
	broken := func(name string) []delivery.Counterexample {
		return []delivery.Counterexample{{Property: delivery.Property{Name: name}}}
	}
	require.Empty(t, e.Wrong(&delivery.Result{Violations: broken("agreement")}))
	require.Equal(t, []string{"agreement is not violated, as it should be"}, e.Wrong(&delivery.Result{Complete: true}))
	require.Equal(t, []string{"validity is violated"}, e.Wrong(&delivery.Result{Violations: broken("validity")}))
	require.Empty(t, e.Wrong(&delivery.Result{}))
	e, err = delivery.Find("delivery-one-round")
	require.NoError(t, err)
	require.Equal(t, []string{"unreached: x"}, e.Wrong(&delivery.Result{Complete: true, Unreached: []string{"x"}}))
}

// TestOptionsMatter pins small instances, each with one option changed: the
// sizes show that the option makes a difference.
func TestOptionsMatter(t *testing.T) {
	paper := delivery.Config{Validators: 2, Proposers: []int{0}, Values: 1}
	two := delivery.Config{Dialect: node, Validators: 2, Proposers: []int{0}, Values: 1, Timers: one}
	faulty := delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{byz}, Values: 1, Silent: []int{2}, Equivocation: 1}
	traitors := delivery.Config{Dialect: node, Validators: 4, Byzantine: 2, Proposers: []int{0}, Values: 1, Timers: one}
	with := func(c delivery.Config, change func(*delivery.Config)) delivery.Config {
		change(&c)
		return c
	}
	tests := []struct {
		config delivery.Config
		size   size
		breaks string
	}{
		{config: delivery.Config{Validators: 1, Proposers: []int{0}}, size: size{2, 0, 0, 2}},
		{config: delivery.Config{Dialect: node, Validators: 1, Proposers: []int{0}, Timers: one}, size: size{3, 2, 1, 2}},
		{config: paper, size: size{21, 31, 5, 2}},
		{config: with(paper, func(c *delivery.Config) { c.Values = 2 }), size: size{42, 62, 5, 4}},
		{config: with(paper, func(c *delivery.Config) { c.Queue = delivery.InOrder }), size: size{89, 198, 10, 2}},
		{config: with(paper, func(c *delivery.Config) { c.Silent = []int{1} }), size: size{1, 0, 0, 1}},
		{config: with(paper, func(c *delivery.Config) { c.Proposers = []int{0, 1} }), size: size{77, 120, 14, 6}},
		{config: with(paper, func(c *delivery.Config) { c.Crashes = 1 }), size: size{70, 197, 6, 2}},
		{config: faulty, size: size{773, 4_736, 10, 10}},
		{config: with(faulty, func(c *delivery.Config) { c.Equivocation = 2 }), size: size{6_174, 53_216, 10, 10}},
		{config: two, size: size{31, 53, 7, 2}},
		{config: traitors, size: size{257_156, 3_032_865, 15, 38}},
		{config: with(traitors, func(c *delivery.Config) { c.Timers = consensus.IndependentTimers }), size: size{268_057, 3_154_288, 15, 38}},
		{config: with(two, func(c *delivery.Config) { c.LateTocks = true }), size: size{54, 100, 12, 2}},
		{config: with(two, func(c *delivery.Config) { c.LateTicks = true }), size: size{54, 100, 12, 2}},
		{config: with(two, func(c *delivery.Config) { c.LateTicks, c.LateTocks = true, true }), size: size{83, 159, 17, 2}},
		{config: with(two, func(c *delivery.Config) { c.Copies = 1 }), size: size{35, 63, 7, 2}},
		{config: with(two, func(c *delivery.Config) { c.Copies = 2 }), size: size{39, 77, 7, 2}},
		{config: with(two, func(c *delivery.Config) { c.Queue = delivery.InOrder }), size: size{132, 253, 14, 4}},
		{config: with(two, func(c *delivery.Config) { c.Queue = delivery.AnyOrder }), size: size{210, 492, 14, 4}},
		{config: with(two, func(c *delivery.Config) { c.Crashes = 1 }), size: size{148, 508, 8, 2}},
		{config: with(two, func(c *delivery.Config) { c.Crashes, c.LazyLog = 1, true }), size: size{955, 3_451, 11, 107}, breaks: "votes survive a crash"},
		{config: with(two, func(c *delivery.Config) { c.Crashes, c.Amnesia = 1, true }), size: size{148, 508, 8, 2}},
		{config: with(two, func(c *delivery.Config) { c.Crashes, c.Amnesia, c.Queue, c.Values = 1, true, delivery.InOrder, 2 }), size: size{1_336, 4_554, 14, 28}, breaks: "no equivocation"},
		{config: with(two, func(c *delivery.Config) { c.Crashes, c.LazyLog, c.Amnesia = 1, true, true }), size: size{1_694, 7_257, 12, 70}, breaks: "no equivocation"},
		{config: with(two, func(c *delivery.Config) { c.Proposers = []int{0, 1} }), size: size{70, 119, 17, 3}},
		{config: with(two, func(c *delivery.Config) { c.Proposers, c.Stays = []int{0, 1}, []int{1, 2} }), size: size{42, 71, 11, 2}},
		{config: with(two, func(c *delivery.Config) {
			c.Crashes, c.LazyLog, c.Amnesia, c.Known = 1, true, true, []string{"no equivocation"}
		}), size: size{2_586, 11_105, 16, 20}},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			if !large && tt.size.states > 50_000 {
				t.Skip("too large for the race detector")
			}
			r, err := delivery.Check(t.Context(), tt.config, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Complete)
			if tt.breaks != "" {
				require.True(t, r.Violates(tt.breaks))
			} else {
				require.Empty(t, r.Violations)
			}
			require.Empty(t, r.Unreached)
			require.Equal(t, tt.size, sizeOf(r))
		})
	}
}

// A merged state is reachable exactly if states of the processes are that it
// stands for.
func TestMergingLosesNothing(t *testing.T) {
	tests := []struct {
		config        delivery.Config
		merged, apart int
	}{
		{config: delivery.Config{Validators: 2, Proposers: []int{0}}, merged: 42, apart: 100},
		{config: delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1}, merged: 875, apart: 7_588},
		{config: delivery.Config{Validators: 2, Proposers: []int{0, 1}, Values: 1}, merged: 77, apart: 534},
		{config: delivery.Config{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: one}, merged: 1_163, apart: 27_914},
		{config: delivery.Config{Dialect: node, Validators: 2, Proposers: []int{0}, Values: 1, Copies: 1, Queue: delivery.InOrder, Timers: one}, merged: 144, apart: 654},
		{config: delivery.Config{Dialect: node, Validators: 2, Proposers: []int{0}, Crashes: 1, Queue: delivery.InOrder, Timers: one}, merged: 1_378, apart: 19_046},
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{byz}, Values: 1, Silent: []int{2}, Equivocation: 1}, merged: 773, apart: 301_449},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			if !large && tt.apart > 50_000 {
				t.Skip("too large for the race detector")
			}
			merged, apart, image, same, err := delivery.MergedAndApart(t.Context(), tt.config)
			require.NoError(t, err)
			require.True(t, same)
			require.Equal(t, [3]int{tt.merged, tt.apart, tt.merged}, [3]int{merged, apart, image})
		})
	}
}

// TestKnown: what is known to fail is not found, and the search goes on beyond it:
// rounds that begin at 0 lead to what nobody can observe.
func TestKnown(t *testing.T) {
	for want, c := range map[string]delivery.Config{
		"own proposal":        violating["history"],
		"line 55 is not idle": violating["strict"],
		"no equivocation":     violating["queue"],
		"no halt":             violating["halt"],
	} {
		t.Run(want, func(t *testing.T) {
			r, err := delivery.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Violates(want))
			for _, v := range r.Violations {
				c.Known = append(c.Known, v.Property.Name)
			}
			r, err = delivery.Check(t.Context(), c, modelcheck.Options{KeepGoing: true})
			require.NoError(t, err)
			require.True(t, r.Complete)
			require.Equal(t, want == "own proposal", r.Violates("possible observations"))
			for _, v := range r.Violations {
				require.Equal(t, "possible observations", v.Property.Name)
			}
		})
	}
}

// Every class leads where its states lead, whatever the class before it does.
func TestClassesLeadWhereTheirStatesLead(t *testing.T) {
	tempting := 0 // classes that begin as the one before them ends
	for _, c := range []delivery.Config{
		{Dialect: node, Validators: 2, Proposers: []int{0}, Values: 1, Copies: 2, Timers: one},
		{Dialect: node, Validators: 2, Proposers: []int{0}, Values: 1, Timers: one, Crashes: 1, LazyLog: true, Amnesia: true},
		{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: one},
	} {
		for _, apart := range []bool{false, true} {
			lost, alike, err := delivery.LostEdges(t.Context(), c, apart)
			require.NoError(t, err)
			require.Empty(t, lost)
			tempting += alike
		}
	}
	require.Positive(t, tempting)
}

// The states that are left by symmetry are the others up to names.
func TestSymmetryLosesNothing(t *testing.T) {
	tests := []struct {
		config           delivery.Config
		symmetric, whole int
	}{
		{config: delivery.Config{Validators: 3, Proposers: []int{0}, Values: 1}, symmetric: 457, whole: 875},
		{config: delivery.Config{Dialect: node, Validators: 3, Proposers: []int{0}, Timers: one}, symmetric: 1_193, whole: 2_290},
		{config: delivery.Config{Dialect: node, Validators: 3, Byzantine: 1, Proposers: []int{byz}, Timers: one}, symmetric: 4_118, whole: 8_134},
		{config: delivery.Config{Dialect: node, Validators: 4, Proposers: []int{0}, Values: 1, Timers: one, Silent: []int{2}}, symmetric: 607, whole: 1_163},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			symmetric, whole, same, err := delivery.SymmetricAndNot(t.Context(), tt.config)
			require.NoError(t, err)
			require.True(t, same)
			require.Equal(t, [2]int{tt.symmetric, tt.whole}, [2]int{symmetric, whole})
		})
	}
}

// Whatever a process does on what it has received, the soup allows on what was
// sent: the rule is enabled for a part of it. With a rule that is wrong this
// shows.
func TestStepsAreStepsOfTheSoup(t *testing.T) {
	tests := []struct {
		config delivery.Config
		fired  int
	}{
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Equivocation: 1}, fired: 54_491},
		{config: delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{byz}, Values: 1, Silent: []int{2}, Equivocation: 2}, fired: 72_385},
		{config: delivery.Config{Validators: 2, Proposers: []int{0, 1}, Values: 1}, fired: 5_184},
	}
	for _, tt := range tests {
		t.Run(tt.config.Name(), func(t *testing.T) {
			if !large {
				t.Skip("too large for the race detector")
			}
			fired, refused, err := delivery.SoupSteps(t.Context(), tt.config, consensus.Paper)
			require.NoError(t, err)
			require.Empty(t, refused)
			require.Equal(t, tt.fired, fired)

			wrong := tt.config
			wrong.Rules = edited(t, consensus.PaperRules, func(c *spec.Clause) { c.Upon = c.Upon[:1] }, "L36")
			_, refused, err = delivery.SoupSteps(t.Context(), wrong, consensus.Paper)
			require.NoError(t, err)
			require.Contains(t, strings.Join(refused, "\n"), "fires L36If on proposal(")
		})
	}
}

// A claim that cannot fail would prove nothing. That a disagreement is found when
// two of four validators are Byzantine takes the entries too-many of the standard
// set; here the claims are asked about decisions that are made up.
func TestClaimsCanFail(t *testing.T) {
	const v0, v1, none = delivery.V0, delivery.V1, consensus.Nil
	require.True(t, delivery.Claim("agreement", v0, none, v0))
	require.False(t, delivery.Claim("agreement", v0, none, v1))
	require.False(t, delivery.Claim("agreement", v1, v0))
	require.True(t, delivery.Claim("validity", v1, none))
	require.False(t, delivery.Claim("validity", none, delivery.Invalid))
	require.True(t, delivery.Claim("everyone decides", v0, v0))
	require.False(t, delivery.Claim("everyone decides", v0, none))
}

func TestSameForAnyNumberOfWorkers(t *testing.T) {
	c := delivery.Config{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: one}
	var first delivery.Result
	for workers := 1; workers <= 3; workers++ {
		r, err := delivery.Check(t.Context(), c, modelcheck.Options{Workers: workers})
		require.NoError(t, err)
		r.Duration, r.Prepared, r.Bytes, r.Figures.Duration, r.Figures.Bytes = 0, 0, 0, 0, 0
		if workers == 1 {
			first = r
		}
		require.Equal(t, first, r)
	}
}

// A counterexample is told as a run of the processes themselves.
func TestCounterexample(t *testing.T) {
	c := delivery.Config{
		Dialect: node, Validators: 2, Proposers: []int{0}, Values: 1, Timers: one,
		Queue: delivery.InOrder, Crashes: 1, LazyLog: true, Amnesia: true,
	}
	r, err := delivery.Check(t.Context(), c, modelcheck.Options{})
	require.NoError(t, err)
	require.Len(t, r.Violations, 1)
	var b strings.Builder
	require.NoError(t, r.Violations[0].Print(&b))
	require.Equal(t, strings.TrimPrefix(`
no equivocation is violated after 6 steps on cometbft-v0.38 n2 f0 [0] one value
  own queue one timer crashes 1 amnesia lazy log
  no correct process signs two different proposals, prevotes or precommits in
  one round, whether it crashes in between or not
  (arXiv 1807.04938, section 3, messages of correct processes)
  0      start: p0 timer runs for newHeight of round 0; p1 timer runs for
         newHeight of round 0
  1  p0  its timer expires (newHeight of round 0) [timeout.newHeight,
         enterNewRound.firstIf, enterPropose.selfElse]: signs PROPOSAL(round 0,
         v0, vr −1); step newHeight → propose; timer runs for propose of round 0
  2  p0  takes its own PROPOSAL(round 0, v0, vr −1): holds proposal true, block
         nil, parts of v0
  3  p0  takes its own block v0 of round 0 [block.prevoteElse, enterPrevote,
         enterPrevote.block]: signs PREVOTE(round 0, v0); step propose →
         prevote; holds proposal true, block v0, parts of v0
  4  p0  crashes, and starts from its log: step prevote → newHeight; holds
         proposal false, block nil, parts of nil; timer runs for newHeight of
         round 0
  5  p0  its timer expires (newHeight of round 0) [timeout.newHeight,
         enterNewRound.firstIf, enterPropose.selfElse]: step newHeight →
         propose; timer runs for propose of round 0
  6  p0  its timer expires (propose of round 0) [timeout.propose, enterPrevote,
         enterPrevote.nil]: signs PREVOTE(round 0, nil); fault: second prevote
`, "\n"), b.String())
	for _, line := range strings.Split(b.String(), "\n") {
		require.LessOrEqual(t, len([]rune(line)), 80)
	}
}

func TestUnusableConfigurations(t *testing.T) {
	good := delivery.Config{Validators: 4, Byzantine: 1, Proposers: []int{0}}
	tests := []struct {
		change func(*delivery.Config)
		want   string
	}{
		{func(c *delivery.Config) { c.Validators = 0 }, "0 validators"},
		{func(c *delivery.Config) { c.Validators, c.Byzantine = 5, 0 }, "5 correct validators, at most 4"},
		{func(c *delivery.Config) { c.Byzantine = 4 }, "at least one must be correct"},
		{func(c *delivery.Config) { c.Byzantine = 3 }, "a quorum by themselves"},
		{func(c *delivery.Config) { c.Proposers = nil }, "0 rounds"},
		{func(c *delivery.Config) { c.Proposers = []int{3} }, "3 is none of the 3"},
		{func(c *delivery.Config) { c.Byzantine, c.Proposers = 0, []int{byz} }, "but there is none"},
		{func(c *delivery.Config) { c.Values = 3 }, "3 values"},
		{func(c *delivery.Config) { c.Copies = 4 }, "4 copies"},
		{func(c *delivery.Config) { c.Equivocation = -1 }, "is negative"},
		{func(c *delivery.Config) { c.Crashes = 4 }, "4 crashes"},
		{func(c *delivery.Config) { c.Stays = []int{1} }, "1 correct validators stay, and there are 3"},
		{func(c *delivery.Config) { c.Stays = []int{1, 1, 2} }, "stay [1 1 2] rounds, want 1 to 1"},
		{func(c *delivery.Config) { c.Known = []string{"harmony"} }, `there is no property "harmony"`},
		{func(c *delivery.Config) { c.Known = []string{"comes to rest"} }, `"comes to rest" is always asked for`},
		{func(c *delivery.Config) { c.Amnesia = true }, "take a crash"},
		{func(c *delivery.Config) { c.Symmetric, c.Crashes = true, 1 }, "do not go together"},
		{func(c *delivery.Config) { c.Queue = 7 }, "an unknown policy"},
		{func(c *delivery.Config) { c.LateTicks = true }, "late ticks take one timer"},
		{func(c *delivery.Config) { c.LateTicks, c.Timers = true, one }, "are of CometBFT, not of paper"},
		{func(c *delivery.Config) { c.Mistake = 99 }, "an unknown mistake"},
		{func(c *delivery.Config) { c.Mistake = delivery.StaleTick }, "the mistake stale ticks takes late ticks"},
		{func(c *delivery.Config) { c.Mistake = delivery.EndlessDelay }, "the mistake endless delays takes"},
		{func(c *delivery.Config) { c.Mistake = delivery.LazyBlock }, "the mistake lazy blocks takes"},
		{func(c *delivery.Config) { c.Mistake, c.Crashes = delivery.LazyBlock, 1 }, "mistakes of the past are of CometBFT"},
		{func(c *delivery.Config) { c.Mistake, c.Crashes, c.Dialect = delivery.ReplayClock, 1, node }, "by cometbft-v1, not by cometbft-v0.38"},
		{func(c *delivery.Config) { c.Clock = &delivery.Clock{} }, "by cometbft-v1, not by paper"},
		{func(c *delivery.Config) { c.Backs = []consensus.Value{1, 2} }, "2 values are backed in 1 rounds"},
		{func(c *delivery.Config) { c.Split = true }, "are of CometBFT, not of paper"},
		{func(c *delivery.Config) { c.Dialect, c.WholeIDs, c.Rules = node, true, consensus.Paper }, "and there are others"},
		{func(c *delivery.Config) { c.Dialect = "dutch" }, `no dialect "dutch"`},
	}
	for _, tt := range tests {
		c := good
		c.Proposers = slices.Clone(good.Proposers)
		tt.change(&c)
		_, err := delivery.Check(t.Context(), c, modelcheck.Options{})
		require.ErrorIs(t, err, delivery.ErrConfig)
		require.ErrorContains(t, err, tt.want)
	}
	_, err := delivery.Find("none")
	require.ErrorContains(t, err, "known: delivery-one-round, ")
}
