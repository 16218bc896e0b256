package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
)

func listModels(w io.Writer) {
	for _, e := range bft.Standard {
		fmt.Fprintf(w, "%-*s  %s\n%*s  %s\n", nameWidth(bft.Standard), e.Name, e.Config.Name(), nameWidth(bft.Standard), "", e.Why)
	}
}

func nameWidth(entries []bft.Entry) int {
	width := len("model")
	for _, e := range entries {
		width = max(width, utf8.RuneCountInString(e.Name))
	}
	return width
}

func headRow(entries []bft.Entry) string {
	return fmt.Sprintf("%-*s  %10s  %11s  %5s  %9s  verdict", nameWidth(entries), "model", "states", "transitions", "depth", "states/s")
}

// report writes what is known of a model: its row, what is wrong with it, and
// counterexamples unless they were expected and many models are checked.
func (c *checker) report(o *checkOutcome, entries []bft.Entry) {
	r := &o.Result
	rate := "-"
	if s := r.Duration.Seconds(); s > 0 {
		rate = fmt.Sprintf("%.0f", float64(r.States)/s)
	}
	fmt.Fprintf(c.stdout, "%-*s  %10d  %11d  %5d  %9s  %s\n", nameWidth(entries), o.Entry.Name, r.States, r.Transitions, r.Depth, rate, o.verdict())
	if o.standard {
		for _, w := range o.Wrong {
			fmt.Fprintf(c.stdout, "  %s\n", w)
		}
	} else if r.Complete {
		if names := r.NeverFired(); len(names) > 0 {
			fmt.Fprintf(c.stdout, "  never fired: %s\n", strings.Join(names, ", "))
		}
		for _, name := range r.Unreached {
			fmt.Fprintf(c.stdout, "  unreached: %s\n", name)
		}
	}
	for i := range r.Violations {
		v := &r.Violations[i]
		expected := v.Property.Name == o.Entry.Violates
		c.keep(v, expected)
		if expected && c.flags.model == "" {
			continue
		}
		fmt.Fprintln(c.stdout)
		if err := v.Print(c.stdout); err != nil {
			complain(c.stderr, "check", err)
		}
		fmt.Fprintln(c.stdout)
	}
}

// verdict is the last column of a row.
func (o *checkOutcome) verdict() string {
	r := &o.Result
	if !o.Finished() {
		why := r.Stopped.String()
		if r.Cause != nil && !errors.Is(r.Cause, context.Canceled) {
			why += ": " + r.Cause.Error()
		}
		return fmt.Sprintf("stopped, %s; no violation among these states", why)
	}
	var names []string
	expected := true
	for i := range r.Violations {
		v := &r.Violations[i]
		names = append(names, fmt.Sprintf("%s in %d steps", v.Property.Name, v.Len()))
		expected = expected && v.Property.Name == o.Entry.Violates
	}
	switch {
	case len(names) > 0 && expected:
		return "violates " + strings.Join(names, ", ") + ", as expected"
	case len(names) > 0:
		return "VIOLATES " + strings.Join(names, ", ")
	case o.standard && len(o.Wrong) > 0:
		return "WRONG"
	}
	return "holds"
}

// runMutants tries mutants and writes a row for each.
func (c *checker) runMutants(ctx context.Context, mutants []bft.Mutant) {
	fmt.Fprintf(c.stdout, "%-6s  %10s  %5s  %s\n", "clause", "states", "depth", "mutant: killed by")
	killed, wrong := 0, 0
	for i := range mutants {
		k, err := mutants[i].Try(ctx, c.options())
		c.clearProgress()
		c.kills = append(c.kills, killOutcome{k, err})
		switch {
		case errors.Is(err, bft.ErrUnfinished):
			fmt.Fprintf(c.stdout, "stopped at mutant %d of %d after %d states: %s\n", i+1, len(mutants), k.Result.States, plain(err))
			if c.status == exitHolds {
				c.status = exitInterrupted
			}
			return
		case err != nil:
			fmt.Fprintln(c.stdout, plain(err))
			c.status = exitFails
			wrong++
			continue
		}
		by := k.Mutant.By
		if k.Killed {
			killed++
		} else {
			by = "survives: " + k.Mutant.Survives
		}
		fmt.Fprintf(c.stdout, "%-6s  %10d  %5d  %s: %s\n", k.Mutant.Clause, k.Result.States, k.Depth, k.Mutant.Name, by)
	}
	fmt.Fprintf(c.stdout, "%d mutants: %d killed, %d survive, each for its reason", len(mutants), killed, len(mutants)-killed-wrong)
	switch wrong {
	case 0:
	case 1:
		fmt.Fprint(c.stdout, ", 1 does not end as it says")
	default:
		fmt.Fprintf(c.stdout, ", %d do not end as they say", wrong)
	}
	fmt.Fprintln(c.stdout)
}

// progressEvery is how often a person is told how far a search has come.
const progressEvery = 500 * time.Millisecond

// progressOn returns what writes progress to a terminal, nil if it is none.
func progressOn(w io.Writer) func(modelcheck.Progress) {
	file, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(p modelcheck.Progress) {
		fmt.Fprintf(file, "\r\x1b[K%d states, %d transitions, depth %d, %d MiB, %s",
			p.States, p.Transitions, p.Depth, p.Bytes>>20, p.Elapsed.Round(time.Second))
	}
}

func (c *checker) clearProgress() {
	if _, terminal := c.stderr.(*os.File); terminal && c.progress != nil {
		fmt.Fprint(c.stderr, "\r\x1b[K")
	}
}
