package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
	"github.com/polka-bft/polka/traces/debuglog"
	"github.com/polka-bft/polka/traces/picks"
)

func runTrace(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "check" {
		return runTraceCheck(ctx, args[1:], stdout, stderr)
	}
	const usage = "usage: polka trace check [FLAG...] PATH..."
	if len(args) == 1 && (args[0] == "-h" || args[0] == "--help") {
		fmt.Fprintln(stdout, usage)
		return exitHolds
	}
	if len(args) == 0 {
		return usageError(stderr, "trace", errors.New("say what to do with the trace: check"))
	}
	return usageError(stderr, "trace", fmt.Errorf("there is nothing called %q to do with a trace; there is: check", args[0]))
}

// traceFlags is what "polka trace check" was told.
type traceFlags struct {
	dialect, genesis, validators, json string
	trust, verbose, quiet              bool
}

func runTraceCheck(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var f traceFlags
	fs := newFlags("trace check", "trace check [FLAG...] PATH...\n\n"+
		"PATH is a cs.wal folder or file (packed .tar.zst too), a node's home, a trace\nof polka's engine, a counterexample of polka check, a node's debug log in JSON,\nor a folder of all but the last.\n")
	fs.StringVar(&f.dialect, "dialect", "auto", "rules to judge by: auto, "+strings.Join(dialectNames(), ", "))
	fs.StringVar(&f.genesis, "genesis", "", "genesis.json of the chain (default: beside the log)")
	fs.StringVar(&f.validators, "validators", "", "validator sets by height: answers of /validators, one JSON object a line (default: heights.jsonl beside the genesis)")
	fs.StringVar(&f.json, "json", "", "write the reports as JSON to this file; - for standard output, instead of the text")
	fs.BoolVar(&f.trust, "trust-signatures", false, "do not check signatures")
	fs.BoolVar(&f.quiet, "q", false, "of logs that conform print the total only")
	fs.BoolVar(&f.verbose, "v", false, "list every reason that records were counted under")
	if status, ok := parseFlags(fs, args, stdout, stderr); !ok {
		return status
	}
	if fs.NArg() == 0 {
		return usageError(stderr, "trace check", errors.New("name at least one log"))
	}
	opt, err := f.options()
	if err != nil {
		return usageError(stderr, "trace check", err)
	}
	return judgeAll(ctx, fs.Args(), opt, f, stdout, stderr)
}

func dialectNames() []string {
	var names []string
	for _, d := range consensus.Dialects {
		names = append(names, d.Name)
	}
	return names
}

func (f *traceFlags) options() (conform.Options, error) {
	opt := conform.Options{TrustSignatures: f.trust}
	if f.dialect != "auto" {
		d, ok := consensus.DialectNamed(f.dialect)
		if !ok {
			return opt, fmt.Errorf("there is no dialect %q; there are: auto, %s", f.dialect, strings.Join(dialectNames(), ", "))
		}
		opt.Dialect = d
	}
	if f.validators != "" {
		var err error
		if opt.Validators, err = cometbft.LoadValidators(f.validators); err != nil {
			return opt, err
		}
	}
	if f.genesis != "" {
		return opt, opt.UseGenesis(f.genesis)
	}
	return opt, nil
}

// judgeAll judges every log and prints what it finds. The worst outcome is the
// exit status: a divergence before unusable input before an interruption.
func judgeAll(ctx context.Context, paths []string, opt conform.Options, f traceFlags, stdout, stderr io.Writer) int {
	j := judging{flags: f, opt: opt, stdout: stdout, reports: []*conform.Report{}}
	if f.json == "-" {
		j.stdout = io.Discard
	}
	var logs []string
	for _, path := range paths {
		found, err := conform.Find(path)
		if err != nil {
			complain(stderr, "trace check", err)
			j.status = worse(j.status, exitUsage)
		}
		logs = append(logs, found...)
	}
	for i, log := range logs {
		err := j.judge(ctx, log)
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), log) {
			err = fmt.Errorf("%s: %w", log, err)
		}
		complain(stderr, "trace check", err)
		if ctx.Err() != nil {
			j.status = worse(j.status, exitInterrupted)
			if rest := len(logs) - i - 1; rest > 0 {
				fmt.Fprintf(stderr, "polka trace check: %d of %d logs not begun\n", rest, len(logs))
			}
			break
		}
		j.status = worse(j.status, exitUsage)
	}
	if len(j.reports)+len(j.runs)+len(j.gossip) > 1 || f.quiet {
		j.printTotals()
	}
	if f.json != "" {
		if err := writeJSON(f.json, stdout, j.json()); err != nil {
			complain(stderr, "trace check", err)
			return worse(j.status, exitUsage)
		}
	}
	return j.status
}

// A judging is one call of polka trace check.
type judging struct {
	flags   traceFlags
	opt     conform.Options
	stdout  io.Writer
	reports []*conform.Report
	runs    []replayed // the logs that are counterexamples
	gossip  []*picks.Report
	status  int
}

// judge judges one log and prints what it finds.
func (j *judging) judge(ctx context.Context, log string) error {
	if isCounterexample(log) {
		r, err := judgeRun(log, j.flags.dialect)
		if err != nil {
			return err
		}
		j.runs = append(j.runs, r)
		j.status = worse(j.status, exitFails)
		return printJudged(j.stdout, &r)
	}
	if debuglog.Is(log) {
		return j.judgeGossip(ctx, log)
	}
	rep, err := conform.File(ctx, log, j.opt)
	if rep != nil {
		j.reports = append(j.reports, rep)
		if !j.flags.quiet || rep.Verdict != conform.Conforms {
			printReport(j.stdout, rep, j.flags.verbose)
		}
		j.status = worse(j.status, outcome(rep))
	}
	return err
}

func (j *judging) json() map[string]any {
	out := map[string]any{"exit": j.status, "reports": j.reports}
	if len(j.runs) > 0 {
		out["counterexamples"] = j.runs
	}
	if len(j.gossip) > 0 {
		out["gossip"] = j.gossip
	}
	return out
}

func (j *judging) printTotals() {
	if len(j.gossip) > 0 {
		sent, explained := 0, 0
		for _, r := range j.gossip {
			all := r.All()
			sent, explained = sent+all.Sent, explained+all.Verdicts[picks.Explained]
		}
		fmt.Fprintf(j.stdout, "%d debug logs: %d sent, %d explained by rows\n", len(j.gossip), sent, explained)
	}
	if len(j.reports) > 0 || len(j.runs)+len(j.gossip) == 0 {
		printTotal(j.stdout, j.reports)
	}
	if len(j.runs) == 0 {
		return
	}
	stand := 0
	for _, r := range j.runs {
		if r.Verdict == violates {
			stand++
		}
	}
	fmt.Fprintf(j.stdout, "%d counterexamples: %d violate their property, %d diverge\n", len(j.runs), stand, len(j.runs)-stand)
}

// outcome is the exit status that a report stands for. A log in which nothing
// could be judged is unusable input, not a pass.
func outcome(rep *conform.Report) int {
	switch rep.Verdict {
	case conform.Conforms:
		return exitHolds
	case conform.Diverges:
		return exitFails
	case conform.Unfinished:
		return exitHolds // the error that ended it decides
	default:
		return exitUsage
	}
}

// worse is the more serious of two exit statuses: a divergence found stays one,
// whatever else went wrong.
func worse(a, b int) int {
	order := []int{exitHolds, exitInterrupted, exitUsage, exitFails}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

func printReport(w io.Writer, rep *conform.Report, verbose bool) {
	c := &rep.Counts
	fmt.Fprintf(w, "%s: %s under %s\n", rep.Path, strings.ToUpper(string(rep.Verdict)), rep.Dialect)
	fmt.Fprintf(w, "  %d records: %d explained by rules, %d inferred, %d skipped, %d unexplained\n",
		c.Records, c.Explained, c.Inferred, c.Skipped, c.Unexplained)
	if rep.Commits > 0 {
		fmt.Fprintf(w, "  heights %d to %d, %d decided, rounds up to %d, %d restarts; it ends at %s\n",
			rep.FirstHeight, rep.LastHeight, rep.Commits, rep.MaxRound, rep.Restarts, rep.Ends)
	}
	for _, what := range slices.Sorted(maps.Keys(c.Assumed)) {
		fmt.Fprintf(w, "  assumed %s: %s\n", times(c.Assumed[what]), what)
	}
	if verbose {
		for _, why := range slices.Sorted(maps.Keys(c.Why)) {
			fmt.Fprintf(w, "    %7d  %s\n", c.Why[why], why)
		}
		for _, rule := range slices.Sorted(maps.Keys(rep.Rules)) {
			fmt.Fprintf(w, "    %7d  fired %s\n", rep.Rules[rule], rule)
		}
	}
	for _, note := range rep.Notes {
		fmt.Fprintf(w, "  note: %s\n", note)
	}
	for _, d := range rep.Departures {
		fmt.Fprintf(w, "\n  departs from the paper %s: %s; first here\n%s", times(d.Count), d.Difference, d.First.Text())
	}
	if rep.Divergence != nil && len(rep.Departures) == 0 {
		fmt.Fprintf(w, "\n%s", rep.Divergence.Text())
	}
	switch rep.Verdict {
	case conform.Nothing:
		fmt.Fprintln(w, "  not a pass: no height is decided in what could be judged; give more of the log")
	case conform.Unfinished:
		fmt.Fprintln(w, "  not a pass: the log could not be judged to its end")
	case conform.Conforms, conform.Diverges:
	}
}

// printTotal sums up the reports of several logs.
func printTotal(w io.Writer, reports []*conform.Report) {
	var sum conform.Counts
	verdicts := map[conform.Verdict]int{}
	assumed, commits := 0, 0
	for _, r := range reports {
		verdicts[r.Verdict]++
		sum.Records += r.Counts.Records
		sum.Explained += r.Counts.Explained
		sum.Inferred += r.Counts.Inferred
		sum.Skipped += r.Counts.Skipped
		commits += r.Commits
		for _, n := range r.Counts.Assumed {
			assumed += n
		}
	}
	var parts []string
	for _, v := range slices.Sorted(maps.Keys(verdicts)) {
		word := string(v)
		if verdicts[v] != 1 { // they conform, they diverge
			word = strings.TrimSuffix(word, "s")
		}
		parts = append(parts, fmt.Sprintf("%d %s", verdicts[v], word))
	}
	fmt.Fprintf(w, "%d logs: %s; %d decisions; %d records: %d explained by rules, %d inferred, %d skipped; %d assumptions\n",
		len(reports), strings.Join(parts, ", "), commits, sum.Records, sum.Explained, sum.Inferred, sum.Skipped, assumed)
}

// times says how often.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
