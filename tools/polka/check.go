package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/modelcheck/score"
)

const checkUsage = "check [--list] [--deep] [--model NAME] [--dialect D]\n" +
	"             [--validators N] [--byzantine F] [--rounds R] [--plain | --exact]\n" +
	"             [--workers W] [--mem SIZE] [--json FILE|-] [--results FILE]\n" +
	"             [--counterexample FILE] [--replay FILE] [--costs FILE]"

// checkFlags is what polka check was asked to do.
type checkFlags struct {
	list, mutants  bool
	deep           bool
	plain, exact   bool
	results        string
	told           bool // of the mutants, only these
	mechanical     bool // of the mutants, only these
	sample         int  // of the mechanical ones, every so many; 0 is all
	model, dialect string
	validators     int
	byzantine      int
	rounds         int
	workers        int
	memory         byteSize
	json           string
	counterexample string
	replay         string
	costs          string

	given map[string]bool // flags that were set
}

// runCheck explores what the rules allow. Without flags it is the standard
// set; with a size, every placement of the Byzantine validators at that size.
func runCheck(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := checkFlags{given: map[string]bool{}}
	fs := newFlags("check", checkUsage)
	f.register(fs)
	if status, ok := parseFlags(fs, args, stdout, stderr); !ok {
		return status
	}
	fs.Visit(func(g *flag.Flag) { f.given[g.Name] = true })
	if fs.NArg() > 0 {
		return usageError(stderr, "check", fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if f.list {
		listModels(stdout)
		return exitHolds
	}
	if f.replay != "" {
		return replay(f.replay, stdout, stderr)
	}
	if f.costs != "" {
		return measureCosts(ctx, f.costs, modelcheck.Options{Workers: f.workers, Memory: int64(f.memory)}, stdout, stderr)
	}
	entries, err := f.entries()
	if err != nil {
		return usageError(stderr, "check", err)
	}
	return explore(ctx, "check", f, entries, stdout, stderr)
}

const mutantsUsage = "mutants [--told | --mechanical [--sample N]] [--dialect D] [--workers W] [--mem SIZE] [--json FILE|-]"

// runMutants checks that each mutant of the rules that is told is killed as it
// should be, and that of the mechanical ones those survive that are known to.
func runMutants(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := checkFlags{mutants: true}
	fs := newFlags("mutants", mutantsUsage)
	f.registerSearch(fs)
	fs.StringVar(&f.dialect, "dialect", "paper", "the rules: "+strings.Join(dialectNames(), ", ")+"; those of CometBFT have mechanical mutants only")
	fs.IntVar(&f.sample, "sample", 0, "of the mechanical mutants try every so many only; 0 is all")
	fs.BoolVar(&f.told, "told", false, "try the mutants that are listed by hand, with what should kill each, and no others")
	fs.BoolVar(&f.mechanical, "mechanical", false, "try every small mistake there is, and no others")
	if status, ok := parseFlags(fs, args, stdout, stderr); !ok {
		return status
	}
	if fs.NArg() > 0 {
		return usageError(stderr, "mutants", fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if f.told && f.mechanical {
		return usageError(stderr, "mutants", errors.New("--told and --mechanical exclude each other; without them, both are tried"))
	}
	if f.sample < 0 {
		return usageError(stderr, "mutants", fmt.Errorf("--sample %d is negative", f.sample))
	}
	if bft.Explorable(f.dialect) != nil && slices.Contains(dialectNames(), f.dialect) && !f.told {
		f.mechanical = true
	}
	if _, err := f.entries(); err != nil {
		return usageError(stderr, "mutants", err)
	}
	return explore(ctx, "mutants", f, nil, stdout, stderr)
}

// explore runs what was asked for and writes the results.
func explore(ctx context.Context, name string, f checkFlags, entries []model, stdout, stderr io.Writer) int {
	c := checker{flags: f, stdout: stdout, stderr: stderr, progress: progressOn(stderr), every: progressEvery}
	if f.json == "-" {
		c.stdout = io.Discard
	}
	status := c.run(ctx, entries)
	if err := c.save(stdout); err != nil {
		complain(stderr, name, err)
		return exitUsage
	}
	return status
}

// registerSearch declares what every search can be told.
func (f *checkFlags) registerSearch(fs *flag.FlagSet) {
	fs.IntVar(&f.workers, "workers", 0, "number of goroutines; 0 is one per processor")
	fs.Var(&f.memory, "mem", "stop a search that needs more, for instance 4GiB; 0 is no limit")
	fs.StringVar(&f.json, "json", "", "write the result as JSON; - is standard output, instead of the table")
}

func (f *checkFlags) register(fs *flag.FlagSet) {
	f.registerSearch(fs)

	fs.StringVar(&f.dialect, "dialect", "paper", "the rules: "+strings.Join(dialectNames(), ", ")+"; all is each of them, without a size")
	fs.BoolVar(&f.list, "list", false, "list the models of the standard set and stop")
	fs.StringVar(&f.model, "model", "", "check one model of the standard set")
	fs.IntVar(&f.validators, "validators", 4, "number of validators")
	fs.IntVar(&f.byzantine, "byzantine", 1, "how many of them are Byzantine")
	fs.IntVar(&f.rounds, "rounds", 2, "number of rounds: 2 is rounds 0 and 1")
	fs.BoolVar(&f.deep, "deep", false, "check the large bounds, which takes minutes to hours")
	fs.BoolVar(&f.plain, "plain", false, "with a size, of the paper: search the plain model instead of the counted one")
	fs.BoolVar(&f.exact, "exact", false, "with a size: hold the counted model, or the quotient, against the plain one")
	fs.StringVar(&f.results, "results", "", "write the table of results as Markdown")
	fs.StringVar(&f.counterexample, "counterexample", "", "write the first counterexample as a trace")
	fs.StringVar(&f.replay, "replay", "", "take a counterexample that was written before through the rules, step by step, and stop")
	fs.StringVar(&f.costs, "costs", "", "write what the differences of the dialects cost (modelcheck/delivery/costs.json), and stop")
}

// everyDialect stands for all dialects.
const everyDialect = "all"

// entries is what has to be checked.
func (f *checkFlags) entries() ([]model, error) {
	if f.workers < 0 {
		return nil, fmt.Errorf("--workers %d is negative", f.workers)
	}
	sized := f.given["validators"] || f.given["byzantine"] || f.given["rounds"]
	switch {
	case f.dialect != everyDialect:
	case sized || f.mutants || f.model != "":
		return nil, fmt.Errorf("--dialect all is for the standard sets: leave out --model and sizes, or name one of %s", strings.Join(dialectNames(), ", "))
	default:
		var all []model
		for _, d := range dialectNames() {
			all = append(all, models(d, f.deep)...)
		}
		return all, nil
	}
	node := bft.Explorable(f.dialect) != nil // not of modelcheck/bft
	if err := bft.Explorable(f.dialect); err != nil && (f.told || !slices.Contains(dialectNames(), f.dialect)) {
		return nil, err
	}
	switch {
	case f.model != "" && (sized || f.deep):
		return nil, fmt.Errorf("--model has its own size")
	case f.deep && sized:
		return nil, fmt.Errorf("--deep has its own sizes")
	case f.plain && f.exact:
		return nil, fmt.Errorf("--exact searches the plain model anyway: leave out --plain")
	case (f.plain || f.exact) && !sized:
		return nil, fmt.Errorf("--plain and --exact want a size: --validators, --byzantine or --rounds")
	case f.plain && node:
		return nil, fmt.Errorf("the plain model of %s is searched by --exact alone, which takes each of its states with its class", f.dialect)
	case f.mutants:
		return nil, nil
	case f.model != "":
		m, ok := modelNamed(f.model)
		if !ok {
			return nil, fmt.Errorf("there is no model %q; polka check --list names them", f.model)
		}
		return []model{m}, nil
	case sized && node:
		return f.quotients()
	case sized:
		return f.placements()
	}
	return models(f.dialect, f.deep), nil
}

// placements is every rotation of the asked size.
func (f *checkFlags) placements() ([]model, error) {
	base := bft.Config{Dialect: f.dialect, Validators: f.validators, Byzantine: f.byzantine, Counted: !f.plain && !f.exact}
	if f.rounds < 1 {
		return nil, fmt.Errorf("--rounds %d, want at least 1", f.rounds)
	}
	base.Proposers = make([]int, f.rounds)
	if err := base.Validate(); err != nil {
		return nil, err
	}
	var entries []model
	for _, rotation := range bft.Rotations(f.validators, f.byzantine, f.rounds) {
		c := base
		c.Proposers = rotation
		entries = append(entries, soup{bft.Entry{Name: c.Name(), Config: c, Exact: f.exact}})
	}
	return entries, nil
}

// quotients is every rotation of the asked size, for a dialect of CometBFT.
func (f *checkFlags) quotients() ([]model, error) {
	if f.rounds < 1 {
		return nil, fmt.Errorf("--rounds %d, want at least 1", f.rounds)
	}
	base := quotient.Config{Dialect: f.dialect, Validators: f.validators, Byzantine: f.byzantine, Proposers: make([]int, f.rounds)}
	if err := base.Validate(); err != nil {
		return nil, err
	}
	var entries []model
	for _, rotation := range bft.Rotations(f.validators, f.byzantine, f.rounds) {
		c := base
		c.Proposers = rotation
		entries = append(entries, divided{quotient.Entry{Name: c.Name(), Config: c, Exact: f.exact}})
	}
	return entries, nil
}

// A checker carries out one call of polka check.
type checker struct {
	flags    checkFlags
	stdout   io.Writer
	stderr   io.Writer
	progress func(modelcheck.Progress) // nil: nothing is told
	every    time.Duration             // between two calls of progress

	outcomes []finding
	kills    []killOutcome
	trials   []score.Trial
	found    savedRun // to be saved
	wanted   bool     // found is of an expected violation
	status   int
	took     time.Duration
}

// killOutcome is what came of a mutant; the error says that it did not end as it
// says, or was not finished.
type killOutcome struct {
	bft.Kill
	err error
}

func (c *checker) options() modelcheck.Options {
	return modelcheck.Options{
		Workers: c.flags.workers, Memory: int64(c.flags.memory),
		Progress: c.progress, ProgressEvery: c.every,
	}
}

func (c *checker) run(ctx context.Context, entries []model) int {
	began := time.Now()
	defer func() { c.took = time.Since(began) }()
	if c.flags.mutants {
		if !c.flags.mechanical {
			c.runMutants(ctx, bft.Mutants)
		}
		if !c.flags.told && c.status != exitInterrupted {
			c.runMechanical(ctx)
		}
		return c.status
	}
	fmt.Fprintln(c.stdout, headRow(entries))
	for _, m := range entries {
		o, err := m.check(ctx, c.options())
		c.clearProgress()
		if err != nil {
			complain(c.stderr, "check", err)
			c.status = exitUsage
			return c.status
		}
		c.outcomes = append(c.outcomes, o)
		c.report(&o, entries)
		switch {
		case o.fails():
			c.status = exitFails
		case !o.finished() && c.status == exitHolds:
			c.status = exitInterrupted
		}
		if ctx.Err() != nil {
			break
		}
	}
	if done, all := len(c.outcomes), len(entries); done < all {
		fmt.Fprintf(c.stdout, "stopped: %d of %d models were not begun\n", all-done, all)
		if c.status == exitHolds {
			c.status = exitInterrupted
		}
	}
	return c.status
}

// keep remembers the counterexample to be saved: the first one that is not
// expected, else the first.
func (c *checker) keep(v violation, expected bool) {
	if s, ok := v.run.(savedRun); ok && (c.found == nil || c.wanted && !expected) {
		c.found, c.wanted = s, expected
	}
}

// save writes the files that were asked for.
func (c *checker) save(stdout io.Writer) (err error) {
	if name := c.flags.counterexample; name != "" {
		if c.found == nil {
			fmt.Fprintf(c.stderr, "polka check: there is no counterexample to write to %s\n", name)
		} else {
			err = writeTo(name, c.found.Save)
		}
	}
	if c.flags.results != "" && c.status == exitInterrupted {
		fmt.Fprintf(c.stderr, "polka check: the results are not complete, %s is not written\n", c.flags.results)
	} else if c.flags.results != "" {
		err = errors.Join(err, writeTo(c.flags.results, c.writeResults))
	}
	if c.flags.json != "" {
		err = errors.Join(err, writeJSON(c.flags.json, stdout, c.json()))
	}
	return err
}
