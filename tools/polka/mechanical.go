package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/mechanical"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

const beforeMechanical = "stopped before the first mechanical mutant"

// runMechanical tries every small mistake about the rules of a dialect, or of each,
// and writes the scores.
func (c *checker) runMechanical(ctx context.Context) {
	dialects := consensus.Dialects
	if c.flags.dialect != everyDialect {
		d, _ := consensus.DialectNamed(c.flags.dialect)
		dialects = []*consensus.Dialect{d}
	}
	var err error
	if c.logs, err = conformingLogs(ctx, c.flags.logs); err == nil {
		err = c.logs.check(dialects)
	}
	if err != nil { // not after minutes
		c.stopMechanical(err, beforeMechanical)
		return
	}
	for _, d := range dialects {
		if len(dialects) > 1 {
			fmt.Fprintf(c.stdout, "%s:\n", d.Name)
		}
		c.tryMechanical(ctx, d)
		if c.status == exitInterrupted || c.status == exitUsage {
			return
		}
		c.scored = append(c.scored, scored{d.Name, c.trials})
	}
}

// A scored dialect has had all its mechanical mutants tried.
type scored struct {
	dialect string
	trials  []score.Trial
}

// tryMechanical tries the mutants of the paper one by one, each search with all
// workers; those of CometBFT side by side, each search with one.
func (c *checker) tryMechanical(ctx context.Context, dialect *consensus.Dialect) {
	if dialect.Questions == nil {
		scorer, err := bft.NewScorer(ctx, dialect.Name, c.options())
		c.teller.clear()
		if err != nil {
			c.stopMechanical(err, beforeMechanical)
			return
		}
		mutants := everyNth(scorer.Mutants(), c.flags.sample)
		c.score(ctx, len(mutants), 1, func(ctx context.Context, i int) (score.Trial, error) { return scorer.Try(ctx, &mutants[i]) })
		return
	}
	o := c.options()
	o.Workers, o.Progress = 1, nil
	scorer, err := mechanical.New(ctx, dialect.Name, o)
	if err != nil {
		c.stopMechanical(err, beforeMechanical)
		return
	}
	fmt.Fprintln(c.stdout, c.logs.about(dialect.Name))
	mutants := everyNth(scorer.Mutants(), c.flags.sample)
	c.score(ctx, len(mutants), cmp.Or(c.flags.workers, runtime.GOMAXPROCS(0)), func(ctx context.Context, i int) (score.Trial, error) {
		t, err := scorer.Try(ctx, &mutants[i])
		if err == nil {
			err = c.logs.try(ctx, dialect, &t)
		}
		return t, err
	})
}

// everyNth is every nth mutant, all of them for 0.
func everyNth[M any](mutants []M, n int) []M {
	var out []M
	for i := range mutants {
		if n == 0 || i%n == 0 {
			out = append(out, mutants[i])
		}
	}
	return out
}

// stopMechanical tells of a search that did not come to its end.
func (c *checker) stopMechanical(err error, what string) {
	if !errors.Is(err, bft.ErrUnfinished) && !errors.Is(err, mechanical.ErrUnfinished) {
		complain(c.stderr, "mutants", err)
		c.status = exitUsage
		return
	}
	fmt.Fprintf(c.stdout, "%s: %s\n", what, plain(err))
	if c.status == exitHolds {
		c.status = exitInterrupted
	}
}

// score tries n mutants, some at a time, and writes what came of all of them. The
// first that cannot be tried ends it.
func (c *checker) score(ctx context.Context, n, atATime int, try func(context.Context, int) (score.Trial, error)) {
	trials, errs := make([]score.Trial, n), make([]error, n)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan int)
	var trying sync.WaitGroup
	for range atATime {
		trying.Go(func() {
			for i := range next {
				if trials[i], errs[i] = try(ctx, i); errs[i] != nil {
					cancel()
				}
			}
		})
	}
	tried := 0
	for ; tried < n && (tried == 0 || ctx.Err() == nil); tried++ {
		next <- tried
	}
	close(next)
	trying.Wait()
	c.teller.clear()
	c.trials = trials
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		c.trials = trials[:i]
		c.stopMechanical(errs[i], fmt.Sprintf("stopped at mechanical mutant %d of %d", i+1, n))
		return
	}
	c.printScores("clause", byClause(c.trials))
	c.printScores("kind", byKind(c.trials))
	c.printSurvivors()
	wrong := c.printWrong()
	all := scoreOf(c.trials)
	fmt.Fprintf(c.stdout, "%d mechanical mutants: %d killed, %d of them by the compiler, ", all.Total, all.Killed, all.Refused)
	if all.Logged > 0 {
		fmt.Fprintf(c.stdout, "%d by a recorded log alone, ", all.Logged)
	}
	fmt.Fprintf(c.stdout, "%d equivalent, %d alike, %d survive", all.Equivalent, all.Alike, all.Survived)
	if wrong > 0 {
		fmt.Fprintf(c.stdout, ", %d not as listed", wrong)
		c.status = exitFails
	}
	fmt.Fprintf(c.stdout, "; score at least %s, %s without alike\n", leastPercent(all), percent(all))
}

// A groupScore is the score of the mutants that have something in common.
type groupScore struct {
	group string
	score score.Score
}

func byClause(trials []score.Trial) []groupScore {
	return scoresBy(trials, nil, func(t *score.Trial) string { return t.Mutant.Clause })
}

func byKind(trials []score.Trial) []groupScore {
	return scoresBy(trials, score.Kinds(), func(t *score.Trial) string { return t.Mutant.Kind })
}

// scoresBy counts the trials by group: first the groups that are named, then the
// others as they come. Groups without a trial are left out.
func scoresBy(trials []score.Trial, first []string, group func(*score.Trial) string) []groupScore {
	names := slices.Clone(first)
	scores := map[string]*score.Score{}
	for i := range trials {
		name := group(&trials[i])
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		if scores[name] == nil {
			scores[name] = &score.Score{}
		}
		scores[name].Add(&trials[i])
	}
	var out []groupScore
	for _, name := range names {
		if s := scores[name]; s != nil {
			out = append(out, groupScore{name, *s})
		}
	}
	return out
}

func scoreOf(trials []score.Trial) score.Score {
	var s score.Score
	for i := range trials {
		s.Add(&trials[i])
	}
	return s
}

// percent is the rate of a score, "-" if there was nothing to kill.
func percent(s score.Score) string {
	if s.Killed+s.Survived == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*s.Rate())
}

// leastPercent is the rate with alike as not killed.
func leastPercent(s score.Score) string {
	s.Survived += s.Alike
	return percent(s)
}

func (c *checker) printScores(head string, scores []groupScore) {
	width := len(head)
	for _, g := range scores {
		width = max(width, len(g.group))
	}
	fmt.Fprintf(c.stdout, "%-*s  %5s  %6s  %10s  %5s  %8s  %8s  %13s\n", width, head, "total", "killed", "equivalent", "alike", "survived", "at least", "without alike")
	for _, g := range scores {
		s := g.score
		fmt.Fprintf(c.stdout, "%-*s  %5d  %6d  %10d  %5d  %8d  %8s  %13s\n", width, g.group, s.Total, s.Killed, s.Equivalent, s.Alike, s.Survived, leastPercent(s), percent(s))
	}
}

// printSurvivors lists where a search was given up, and then what nothing killed:
// each entry of the list of reasons with those of its mutants that did survive.
func (c *checker) printSurvivors() {
	names := map[*score.Survivor][]string{}
	var order []*score.Survivor
	for i := range c.trials {
		t := &c.trials[i]
		if t.Fate != score.Survived || t.Survivor == nil {
			continue
		}
		if names[t.Survivor] == nil {
			order = append(order, t.Survivor)
		}
		names[t.Survivor] = append(names[t.Survivor], t.Mutant.Name)
	}
	for i := range c.trials {
		if t := &c.trials[i]; len(t.Unfinished) > 0 {
			fmt.Fprintf(c.stdout, "given up for too many states: %s on %s\n", t.Mutant.Name, strings.Join(t.Unfinished, ", "))
		}
	}
	for _, s := range order {
		fmt.Fprintf(c.stdout, "survives: %s\n  because %s\n", strings.Join(names[s], "\n          "), s.Why)
		if s.Missing != "" {
			fmt.Fprintf(c.stdout, "  no property says: %s\n", s.Missing)
		}
	}
}

// printWrong lists what is not as it is listed, and counts it.
func (c *checker) printWrong() int {
	wrong := 0
	for i := range c.trials {
		if w := c.trials[i].Wrong(); w != "" {
			fmt.Fprintln(c.stdout, w)
			wrong++
		}
	}
	return wrong
}

// The types below are the format of the mechanical mutants in polka mutants
// --json; docs/json.md shows it.
type mechanicalJSON struct {
	Logs     []string    `json:"logs,omitempty"` // that mutants were tried on last
	Score    scoreJSON   `json:"score"`
	ByClause []scoreJSON `json:"by_clause"`
	ByKind   []scoreJSON `json:"by_kind"`
	Mutants  []trialJSON `json:"mutants"`
}

type scoreJSON struct {
	Group      string  `json:"group,omitempty"` // a clause or a kind; "" for all
	Total      int     `json:"total"`
	Killed     int     `json:"killed"`
	Refused    int     `json:"refused"`
	Logged     int     `json:"logged"` // by a recorded log alone
	Equivalent int     `json:"equivalent"`
	Alike      int     `json:"alike"`
	Survived   int     `json:"survived"`
	Score      float64 `json:"score"`
	AtLeast    float64 `json:"at_least"` // with alike as not killed
}

type trialJSON struct {
	Name       string           `json:"name"`
	Clause     string           `json:"clause"`
	Kind       string           `json:"kind"`
	Fate       string           `json:"fate"` // killed, equivalent, alike, survived
	By         string           `json:"by,omitempty"`
	Config     score.Instance   `json:"config,omitempty"`
	Departure  *score.Departure `json:"departure,omitempty"`
	Depth      int              `json:"depth"`
	States     int              `json:"states"`
	Unfinished []string         `json:"unfinished,omitempty"`
	Survives   string           `json:"survives,omitempty"`
	Missing    string           `json:"missing,omitempty"`
	Wrong      string           `json:"wrong,omitempty"`
}

func trialsJSON(trials []score.Trial, logs []string) *mechanicalJSON {
	out := &mechanicalJSON{Logs: logs, Score: newScoreJSON(groupScore{score: scoreOf(trials)})}
	for _, g := range byClause(trials) {
		out.ByClause = append(out.ByClause, newScoreJSON(g))
	}
	for _, g := range byKind(trials) {
		out.ByKind = append(out.ByKind, newScoreJSON(g))
	}
	for i := range trials {
		out.Mutants = append(out.Mutants, newTrialJSON(&trials[i]))
	}
	return out
}

func newScoreJSON(g groupScore) scoreJSON {
	s := g.score
	return scoreJSON{g.group, s.Total, s.Killed, s.Refused, s.Logged, s.Equivalent, s.Alike, s.Survived, s.Rate(), s.Least()}
}

func newTrialJSON(t *score.Trial) trialJSON {
	out := trialJSON{
		Name: t.Mutant.Name, Clause: t.Mutant.Clause, Kind: t.Mutant.Kind, Fate: t.Fate.String(), By: t.By,
		Config: t.On, Departure: t.Departure, Depth: t.Depth, States: t.States, Unfinished: t.Unfinished, Wrong: t.Wrong(),
	}
	if t.Fate == score.Survived && t.Survivor != nil {
		out.Survives, out.Missing = t.Survivor.Why, t.Survivor.Missing
	}
	return out
}
