package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/modelcheck/score"
	"github.com/polka-bft/polka/spec/consensus"
)

const checkUsage = "check [--list] [-v] [--deep] [--model NAME] [--dialect D]\n" +
	"             [--validators N] [--byzantine F] [--rounds R] [--rotation P] [--plain | --exact]\n" +
	"             [--workers W] [--mem SIZE] [--dir DIR [--save-every T] [--resume]] [--fingerprints 64|128]\n" +
	"             [--progress] [--json FILE|-] [--results FILE] [--counterexample FILE] [--go-test FILE] [--junit FILE]\n" +
	"             [--replay FILE] [--costs FILE]"

// checkFlags is what polka check was asked to do.
type checkFlags struct {
	list, mutants  bool
	verbose        bool
	deep           bool
	plain, exact   bool
	results        string
	told           bool // of the mutants, only these
	mechanical     bool // of the mutants, only these
	sample         int  // of the mechanical ones, every so many; 0 is all
	logs           []string
	model, dialect string
	validators     int
	byzantine      int
	rounds         int
	rotation       string
	workers        int
	memory         byteSize
	progress       bool
	json           string
	counterexample string
	replay         string
	junit          string
	goTest         string
	dir            string
	resume         bool
	saveEvery      time.Duration
	fingerprints   int // bits; 0 is none
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
		if _, err := f.entries(); err != nil {
			return usageError(stderr, "check", err)
		}
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
	for _, check := range []func([]model) error{f.checkDirectory, f.checkFingerprints, f.checkResults} {
		if err := check(entries); err != nil {
			return usageError(stderr, "check", err)
		}
	}
	if err := f.openDirectory(); err != nil {
		return usageError(stderr, "check", err)
	}
	return explore(ctx, "check", f, entries, stdout, stderr)
}

const mutantsUsage = "mutants [--told | --mechanical [--sample N]] [--dialect D] [--logs PATH]...\n" +
	"               [--workers W] [--mem SIZE] [--progress] [--json FILE|-] [--results FILE]"

// runMutants checks that each mutant of the rules that is told is killed as it
// should be, and that of the mechanical ones those survive that are known to.
func runMutants(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := checkFlags{mutants: true}
	fs := newFlags("mutants", mutantsUsage)
	f.registerSearch(fs)
	fs.StringVar(&f.dialect, "dialect", "paper", "the rules: "+strings.Join(dialectNames(), ", ")+"; all is each of them; those of CometBFT have mechanical mutants only")
	fs.StringVar(&f.results, "results", "", "write the scores of the mechanical mutants as Markdown")
	fs.IntVar(&f.sample, "sample", 0, "of the mechanical mutants try every so many only; 0 is all")
	fs.Func("logs", "try mechanical mutants of CometBFT's rules that no model notices on the logs at `PATH`, as polka trace check takes it; may be repeated", func(path string) error {
		f.logs = append(f.logs, path)
		return nil
	})
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
	if len(f.logs) > 0 && f.dialect == consensus.PaperRules.Name {
		return usageError(stderr, "mutants", errors.New("--logs are of nodes of CometBFT: name the rules that they run with --dialect"))
	}
	if f.sample < 0 {
		return usageError(stderr, "mutants", fmt.Errorf("--sample %d is negative", f.sample))
	}
	if f.results != "" && (f.told || f.sample > 0) {
		return usageError(stderr, "mutants", errors.New("--results is of all mechanical mutants: leave out --told and --sample"))
	}
	if f.dialect == everyDialect && (f.told || f.json != "") {
		return usageError(stderr, "mutants", fmt.Errorf("--told and --json are of one dialect; name one of %s", strings.Join(dialectNames(), ", ")))
	}
	if bft.Explorable(f.dialect) != nil && slices.Contains(dialectNames(), f.dialect) && !f.told {
		f.mechanical = true
	}
	if _, err := f.entries(); err != nil {
		return usageError(stderr, "mutants", err)
	}
	if f.results != "" {
		if err := writable(f.results); err != nil { // not after minutes
			return usageError(stderr, "mutants", err)
		}
	}
	return explore(ctx, "mutants", f, nil, stdout, stderr)
}

// leastHeap is what a program that explores may have for itself, in bytes: with less,
// it would be busy with collecting garbage.
const leastHeap = 128 << 20

// explore runs what was asked for and writes the results. A limit of memory is for the
// whole program: garbage of the search, which the search does not count, is collected
// in time.
func explore(ctx context.Context, name string, f checkFlags, entries []model, stdout, stderr io.Writer) int {
	c := checker{flags: f, stdout: stdout, stderr: stderr, teller: newTeller(stderr, f.progress)}
	if f.json == "-" {
		c.stdout = io.Discard
	}
	if f.memory > 0 {
		debug.SetMemoryLimit(max(int64(f.memory), leastHeap))
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
	fs.Var(&f.memory, "mem", "stop a search that needs more, for instance 4GiB, or let it go on in --dir; the program itself takes some 50 MiB beside; 0 is no limit")
	fs.BoolVar(&f.progress, "progress", false, "say every ten seconds how far a search is, where standard error is no terminal")
	fs.StringVar(&f.json, "json", "", "write the result as JSON; - is standard output, instead of the table")
}

func (f *checkFlags) register(fs *flag.FlagSet) {
	f.registerSearch(fs)

	fs.StringVar(&f.dialect, "dialect", "paper", "the rules: "+strings.Join(dialectNames(), ", ")+"; all is each of them, without a size")
	fs.BoolVar(&f.verbose, "verbose", false, "print all that was counted: transitions by rule, states by depth, out-degree, memory and time")
	fs.BoolVar(&f.verbose, "v", false, "short for --verbose")
	fs.BoolVar(&f.list, "list", false, "list the models of the standard set and stop")
	fs.StringVar(&f.model, "model", "", "check one model of the standard set")
	fs.IntVar(&f.validators, "validators", 4, "number of validators")
	fs.IntVar(&f.byzantine, "byzantine", 1, "how many of them are Byzantine")
	fs.IntVar(&f.rounds, "rounds", 2, "number of rounds: 2 is rounds 0 and 1")
	fs.StringVar(&f.rotation, "rotation", "", "with a size: only this one of the placements, such as \"0 B\"")
	fs.BoolVar(&f.deep, "deep", false, "check the large bounds, which takes minutes to hours")
	fs.BoolVar(&f.plain, "plain", false, "with a size, of the paper: search the plain model instead of the counted one")
	fs.BoolVar(&f.exact, "exact", false, "with a size: hold the counted model, or the quotient, against the plain one")
	fs.StringVar(&f.results, "results", "", "write the table of results as Markdown, in place of what the page has of the same command")
	fs.StringVar(&f.counterexample, "counterexample", "", "write the first counterexample as a trace")
	fs.StringVar(&f.junit, "junit", "", "write the results as JUnit XML: a suite for each dialect, a case for each property of a model")
	fs.StringVar(&f.goTest, "go-test", "", "write the first counterexample as a Go test that replays it, for the package in the file's folder")
	fs.StringVar(&f.dir, "dir", "", "with one model or a size: go on in this directory when --mem is not enough, and save the search there when it is stopped")
	fs.DurationVar(&f.saveEvery, "save-every", 10*time.Minute, "save the search in --dir so often, so that less is lost if it is killed")
	fs.BoolVar(&f.resume, "resume", false, "go on with the search that was saved in --dir")
	fs.IntVar(&f.fingerprints, "fingerprints", 0, "tell states apart by so many bits, 64 or 128: less memory, and a small probability that a state is missed")
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
	if f.goTest != "" {
		if err := checkGoTest(f.goTest); err != nil {
			return nil, err
		}
	}
	sized := f.given["validators"] || f.given["byzantine"] || f.given["rounds"]
	switch {
	case f.dialect != everyDialect:
	case f.mutants:
		return nil, nil
	case sized || f.model != "":
		return nil, fmt.Errorf("--dialect all is for the standard sets: leave out --model and sizes, or name one of %s", strings.Join(dialectNames(), ", "))
	default:
		var all []model
		for _, d := range dialectNames() {
			all = append(all, models(d, f.deep)...)
		}
		return all, nil
	}
	if !slices.Contains(dialectNames(), f.dialect) {
		return nil, fmt.Errorf("there is no dialect %q; name one of %s", f.dialect, strings.Join(dialectNames(), ", "))
	}
	node := bft.Explorable(f.dialect) != nil // not of modelcheck/bft
	if node && f.told {
		return nil, fmt.Errorf("the mutants that are told are of the paper: leave out --told, and those of %s are the mechanical ones", f.dialect)
	}
	switch {
	case f.model != "" && sized:
		return nil, errors.New("--model has its own size: leave out --validators, --byzantine and --rounds")
	case f.model != "" && f.deep:
		return nil, errors.New("--model names one model, of --deep or not: leave out --deep")
	case f.deep && sized:
		return nil, fmt.Errorf("--deep has its own sizes")
	case f.plain && f.exact:
		return nil, fmt.Errorf("--exact searches the plain model anyway: leave out --plain")
	case f.rotation != "" && !sized:
		return nil, errors.New("--rotation wants a size: --validators, --byzantine or --rounds")
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
		if of, _, _ := strings.Cut(m.about().instance, " "); f.given["dialect"] && of != f.dialect { // it begins with the dialect
			return nil, fmt.Errorf("model %s is of dialect %s, not %s: leave out --dialect", f.model, of, f.dialect)
		}
		if d, ok := m.(divided); ok {
			m = dividedInto([]quotient.Entry{d.Entry})[0] // what only others of its family need is not prepared
		}
		return []model{m}, nil
	case sized && node:
		return f.quotients()
	case sized:
		return f.placements()
	}
	return models(f.dialect, f.deep), nil
}

// rotations are all ways for Byzantine validators to propose at the asked size, up to
// names, or the one that was asked for.
func (f *checkFlags) rotations() ([][]int, error) {
	all := bft.Rotations(f.validators, f.byzantine, f.rounds)
	if f.rotation == "" {
		return all, nil
	}
	var names []string
	for _, rotation := range all {
		name := strings.Trim(bft.Config{Validators: f.validators, Byzantine: f.byzantine, Proposers: rotation}.Rotation(), "[]")
		if name == f.rotation {
			return [][]int{rotation}, nil
		}
		names = append(names, strconv.Quote(name))
	}
	return nil, fmt.Errorf("--rotation %q is none of %s", f.rotation, strings.Join(names, ", "))
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
	rotations, err := f.rotations()
	if err != nil {
		return nil, err
	}
	for _, rotation := range rotations {
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
	var entries []quotient.Entry
	rotations, err := f.rotations()
	if err != nil {
		return nil, err
	}
	for _, rotation := range rotations {
		c := base
		c.Proposers = rotation
		entries = append(entries, quotient.Entry{Name: c.Name(), Config: c, Exact: f.exact})
	}
	return dividedInto(entries), nil
}

// A checker carries out one call of polka check.
type checker struct {
	flags  checkFlags
	stdout io.Writer
	stderr io.Writer
	teller *teller

	entries  []model // to be checked
	outcomes []finding
	kills    []killOutcome
	trials   []score.Trial // of the dialect that was tried last
	scored   []scored
	logs     recordedLogs
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
	o := modelcheck.Options{Workers: c.flags.workers, Memory: int64(c.flags.memory), Visited: c.flags.visited()}
	c.teller.watch(&o)
	return o
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
	c.entries = entries
	defer c.closeDirectory()
	fmt.Fprintln(c.stdout, headRow(entries))
	for i, m := range entries {
		c.teller.begin(fmt.Sprintf("%s, %d of %d", m.about().name, i+1, len(entries)))
		options := c.options()
		c.flags.saved(&options, i)
		o, err := m.check(ctx, options)
		c.teller.clear()
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
	if name := c.flags.goTest; name != "" {
		if c.found == nil {
			fmt.Fprintf(c.stderr, "polka check: there is no counterexample to write to %s\n", name)
		} else {
			err = errors.Join(err, writeTo(name, func(w io.Writer) error { return writeGoTest(w, name, c.found) }))
		}
	}
	switch {
	case c.flags.results == "":
	case c.flags.mutants && c.status != exitHolds:
		fmt.Fprintf(c.stderr, "polka mutants: the results are not complete, or not as they should be; %s is not written\n", c.flags.results)
	case c.flags.mutants:
		err = errors.Join(err, writeTo(c.flags.results, c.writeScores))
	case c.status == exitInterrupted:
		fmt.Fprintf(c.stderr, "polka check: the results are not complete, %s is not written\n", c.flags.results)
	default:
		err = errors.Join(err, writeTo(c.flags.results, c.writeResults))
	}
	if c.flags.junit != "" {
		err = errors.Join(err, writeTo(c.flags.junit, c.writeJUnit))
	}
	if c.flags.json != "" {
		err = errors.Join(err, writeJSON(c.flags.json, stdout, c.json()))
	}
	return err
}
