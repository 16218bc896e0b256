package delivery

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// Byzantine stands in Config.Proposers for the first Byzantine validator.
const Byzantine = cast.Byzantine

// The largest instance that fits a state.
const (
	maxCorrect    = 4
	maxValidators = 5
	maxRounds     = 3
)

// QueuePolicy says when a process handles a message that it has signed itself.
type QueuePolicy uint8

// The policies.
const (
	// Immediate: before any other input. It is the smallest model.
	Immediate QueuePolicy = iota
	// InOrder: at any later time, in the order in which they were signed.
	// CometBFT's receiveRoutine takes its own queue and that of its peers in any
	// order.
	InOrder
	// AnyOrder: at any later time, in any order. CometBFT loses the order when
	// its own queue is full (sendInternalMessage).
	AnyOrder
)

// Config chooses one instance: one height, rounds 0 to len(Proposers)−1, all
// validators with power 1. Correct validators are numbered from 0; the Byzantine
// ones come after them.
type Config struct {
	Dialect    string `json:"dialect"` // a name in consensus.Dialects; "" means "paper"
	Validators int    `json:"validators"`
	Byzantine  int    `json:"byzantine"`
	Proposers  []int  `json:"proposers"` // by round: a correct validator or Byzantine

	// Silent lists correct validators that never take a step, as if they had
	// crashed before the height. What is found is real; that nothing is found
	// says nothing about runs in which they take part.
	Silent []int `json:"silent,omitempty"`

	// Stays is by correct validator how many rounds it takes part in, or nil for
	// all: a process leaves its last one as if it had crashed there, and messages of
	// later ones never reach it. What is found is real here, too.
	Stays []int `json:"stays,omitempty"`

	// Values is how many valid values getValue may return: 1 or 2; 0 means 2.
	// With one value and a Byzantine proposer who proposes something else, no
	// generality is lost in round 0: the other one would only be a new name.
	Values int `json:"values,omitempty"`

	// Offers is by correct validator the one value that getValue returns to it: a
	// bound like Values.
	Offers []consensus.Value `json:"offers,omitempty"`

	// AllValid leaves the invalid value out: nobody speaks of it.
	AllValid bool `json:"all_valid,omitempty"`

	// Backs is by round the one value that Byzantine validators vote for, or nil to
	// bound nothing: a bound for instances that are too large without it.
	Backs []consensus.Value `json:"backs,omitempty"`

	// Split lets Byzantine validators split the block V0 into parts in two ways:
	// they propose V0Split too, which is V0 under another part-set header
	// (tendermint issue 3087). CometBFT only.
	Split bool `json:"split,omitempty"`

	// Refusals lets the application of any process reject any new block, and any
	// process find a new proposal untimely. Without it everything is accepted, and
	// timestamps are off. CometBFT only.
	Refusals bool `json:"refusals,omitempty"`

	// Copies is how many times one message may be delivered to one process, 1 to
	// 3; 0 means any number. What a process drops is lost when no copy is left.
	Copies int `json:"copies,omitempty"`

	// Equivocation is how many different votes of one Byzantine validator a
	// process may receive by kind and round; 0 means any number. CometBFT
	// counts the first one only, whatever stands here.
	Equivocation int `json:"equivocation,omitempty"`

	Queue  QueuePolicy           `json:"queue,omitempty"`
	Timers consensus.TimerPolicy `json:"timers,omitempty"`

	// LateTocks lets time pass between the end of a timer and its delivery, as
	// the goroutine between CometBFT's ticker and its state machine does. Without
	// it a timeout is delivered when it fires. It matters to SingleTimer only.
	LateTocks bool `json:"late_tocks,omitempty"`

	// LateTicks lets time pass between the end of a timer and the moment in which
	// the ticker reads that from the channel of the timer. It needs SingleTimer.
	LateTicks bool `json:"late_ticks,omitempty"`

	// Clock says which proposals are timely; nil stands for all, or for whatever
	// Refusals lets happen. It needs the rules of cometbft-v1.
	Clock *Clock `json:"clock,omitempty"`

	// Crashes is how often a process may crash and start again. It then has its
	// signer and a prefix of its log: all up to its last signature or own message,
	// and any part of what came after.
	Crashes int `json:"crashes,omitempty"`

	// Amnesia lets a crash take the signer's memory too: a wrong that must show.
	Amnesia bool `json:"amnesia,omitempty"`

	// LazyLog leaves it to chance when the log reaches the disk, before a
	// signature too: a wrong that must show. A signer with its memory keeps it from
	// being an equivocation, and then a vote is missing.
	LazyLog bool `json:"lazy_log,omitempty"`

	// Overwrite lets a proposal replace the block that a node collects already,
	// as tendermint did once (issue 2567): a wrong that must show.
	Overwrite bool `json:"overwrite,omitempty"`

	// Mistake is a wrong that must show, of those that were made once.
	Mistake Mistake `json:"mistake,omitempty"`

	// Calm lists correct validators whose timeouts never expire, but for that of
	// the new height: what they wait for comes in time. A bound like Silent.
	Calm []int `json:"calm,omitempty"`

	// SlowClocks puts the clock of every proposer behind the time of the last
	// block: it waits before it proposes, once in each round. v1 only.
	SlowClocks bool `json:"slow_clocks,omitempty"`

	// Asks names claims that are asked on request only.
	Asks []string `json:"asks,omitempty"`

	// Symmetric searches one of the states that differ in nothing but the names of
	// processes that propose in no round. It changes counts, not what is found.
	Symmetric bool `json:"symmetric,omitempty"`

	// WholeIDs repairs the rules: block ids are compared where the code compares
	// hashes (consensus.WholeBlockIDs).
	WholeIDs bool `json:"whole_ids,omitempty"`

	// Strict asks also what Algorithm 1 promises and CometBFT is known not to keep:
	// which lines a process at rest has left undone (idle.go), and the claims of
	// strict.go. It makes states larger by what a node has received and dropped.
	Strict bool `json:"strict,omitempty"`

	// Known lists properties that are not asked for, because it is known that they
	// do not hold: what breaks them does not end a run then.
	Known []string `json:"known,omitempty"`

	// Rules replaces the table of the dialect: for mutants. Nil is the dialect's.
	Rules *spec.Table `json:"-"`

	forgets memory
}

// Name says which instance it is, for instance "paper n4 f1 [B 0]".
func (c Config) Name() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s n%d f%d %s", c.dialect(), c.Validators, c.Byzantine, c.Rotation())
	add := func(given bool, format string, args ...any) {
		if given {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	add(c.Silent != nil, "silent %v", c.Silent)
	add(c.Stays != nil, "staying %v rounds", c.Stays)
	add(c.Values == 1, "one value")
	add(c.Offers != nil, "offers %s", valueNames(c.Offers))
	add(c.AllValid, "all valid")
	add(c.Backs != nil, "backing %s", valueNames(c.Backs))
	add(c.Split, "split block")
	add(c.Refusals, "refusals")
	add(c.Copies > 0, "copies %d", c.Copies)
	add(c.Equivocation > 0, "equivocation %d", c.Equivocation)
	add(c.Queue == InOrder, "own queue")
	add(c.Queue == AnyOrder, "own queue in any order")
	add(c.Timers == consensus.SingleTimer, "one timer")
	add(c.LateTocks, "late tocks")
	add(c.LateTicks, "late ticks")
	add(c.Clock != nil, "a clock")
	add(c.Crashes > 0, "crashes %d", c.Crashes)
	add(c.Amnesia, "amnesia")
	add(c.LazyLog, "lazy log")
	add(c.Overwrite, "proposals overwrite")
	add(c.Calm != nil, "calm %v", c.Calm)
	add(c.SlowClocks, "slow clocks")
	add(c.Symmetric, "symmetric")
	add(c.WholeIDs, "whole ids")
	add(c.Strict, "strict")
	add(c.Known != nil, "whatever of %s", strings.Join(c.Known, ", "))
	add(c.Rules != nil, "with other rules")
	add(c.Mistake != NoMistake, "mistake: %v", c.Mistake)
	return b.String()
}

// Rotation is the proposers by round, for instance "[0 B 1]".
func (c Config) Rotation() string { return c.cast().Rotation() }

func (c Config) cast() cast.Cast {
	return cast.Cast{Validators: c.Validators, Byzantine: c.Byzantine, Proposers: c.Proposers, Silent: c.Silent}
}

func valueNames(vs []consensus.Value) string {
	var names []string
	for _, v := range vs {
		names = append(names, cast.Value(v))
	}
	return fmt.Sprint(names)
}

func (c Config) dialect() string {
	if c.Dialect == "" {
		return "paper"
	}
	return c.Dialect
}

func (c Config) correct() int { return c.Validators - c.Byzantine }
func (c Config) rounds() int  { return len(c.Proposers) }

// stays is how many rounds a correct validator takes part in.
func (c Config) stays(p int) int {
	if c.Stays == nil {
		return c.rounds()
	}
	return c.Stays[p]
}

// proposer is the validator that proposes in a round.
func (c Config) proposer(r consensus.Round) int {
	if p := c.Proposers[r]; p != Byzantine {
		return p
	}
	return c.correct()
}

// ErrConfig is the kind of every error about a Config that cannot be used.
var ErrConfig = errors.New("delivery: unusable configuration")

// Validate says why the configuration cannot be used.
func (c Config) Validate() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrConfig, fmt.Sprintf(format, args...))
	}
	if err := c.cast().Validate(maxCorrect, maxRounds); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	switch {
	case c.Validators > maxValidators:
		return fail("%d validators, at most %d fit a state", c.Validators, maxValidators)
	case c.Values < 0 || c.Values > 2:
		return fail("%d values, want 1 or 2, or 0 for 2", c.Values)
	case c.Backs != nil && len(c.Backs) != c.rounds():
		return fail("%d values are backed in %d rounds", len(c.Backs), c.rounds())
	case c.Offers != nil && (len(c.Offers) != c.correct() || slices.Contains(c.Offers, consensus.Nil)):
		return fail("%d correct validators are offered %s", c.correct(), valueNames(c.Offers))
	case c.Stays != nil && len(c.Stays) != c.correct():
		return fail("%d correct validators stay, and there are %d", len(c.Stays), c.correct())
	case slices.ContainsFunc(c.Stays, func(n int) bool { return n < 1 || n > c.rounds() }):
		return fail("validators stay %v rounds, want 1 to %d", c.Stays, c.rounds())
	case c.Copies < 0 || c.Copies > 3:
		return fail("%d copies, want 1 to 3, or 0 for any number", c.Copies)
	case c.Equivocation < 0:
		return fail("equivocation %d is negative", c.Equivocation)
	case c.Crashes < 0 || c.Crashes > 3:
		return fail("%d crashes, want 0 to 3", c.Crashes)
	case (c.Amnesia || c.LazyLog) && c.Crashes == 0:
		return fail("amnesia and a lazy log take a crash")
	case c.Symmetric && c.Crashes > 0:
		return fail("symmetric and crashes do not go together: a log is kept as a number of one process")
	case c.LateTicks && c.Timers != consensus.SingleTimer:
		return fail("late ticks take one timer")
	case c.Mistake >= mistakes:
		return fail("an unknown mistake")
	case c.Mistake == StaleTick && !c.LateTicks, c.Mistake == EndlessDelay && c.Clock == nil, c.Mistake.crashes() && c.Crashes == 0:
		return fail("the mistake %v takes late ticks, a clock or a crash", c.Mistake)
	case c.Strict && (c.Split || c.Crashes > 0):
		return fail("strict goes neither with a split block, of which Algorithm 1 knows nothing, nor with crashes")
	case c.Queue > AnyOrder || c.Timers > consensus.SingleTimer:
		return fail("an unknown policy")
	case len(c.demands()) < len(c.Asks):
		return fail("%q: some of these are not claims on request", c.Asks)
	case slices.ContainsFunc(c.Calm, func(p int) bool { return p < 0 || p >= c.correct() }):
		return fail("calm are %v, and there are %d correct validators", c.Calm, c.correct())
	}
	for _, name := range c.Known {
		if !slices.ContainsFunc(append(slices.Clip(everywhere), halting), func(p claim) bool { return p.name == name }) {
			return fail("there is no property %q", name)
		}
		if name == "possible observations" || name == "comes to rest" {
			return fail("%q is always asked for: what breaks it has no rule to go on with", name)
		}
	}
	if consensus.TwoThirds(int64(c.Byzantine), int64(c.Validators)) {
		return fail("the Byzantine validators are a quorum by themselves: nothing is left to check")
	}
	switch d, ok := consensus.DialectNamed(c.dialect()); {
	case !ok:
		return fail("there is no dialect %q", c.Dialect)
	case d.Questions == nil && (c.Split || c.Refusals || c.WholeIDs):
		return fail("a split block, refusals and whole ids are of CometBFT, not of %s", d.Name)
	case d.Questions == nil && (c.Mistake != NoMistake || c.LateTicks || c.SlowClocks):
		return fail("late ticks, slow clocks and mistakes of the past are of CometBFT, not of %s", d.Name)
	case d.Name != "cometbft-v1" && (c.Clock != nil || c.SlowClocks || c.Mistake == ReplayClock):
		return fail("the clock is asked by cometbft-v1, not by %s", d.Name)
	case c.WholeIDs && c.Rules != nil:
		return fail("whole ids repair the rules of the dialect, and there are others")
	}
	return nil
}
