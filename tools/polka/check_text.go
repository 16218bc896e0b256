package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/modelcheck/quotient"
)

// listModels lists what can be checked, and the properties.
func listModels(w io.Writer) {
	for _, dialect := range dialectNames() {
		for _, deep := range []bool{false, true} {
			set := models(dialect, deep)
			fmt.Fprintf(w, "models of polka check%s%s:\n", dialectFlag(dialect), deepFlag(deep))
			width := nameWidth(set)
			for _, m := range set {
				a := m.about()
				fmt.Fprintf(w, "  %-*s  %s\n  %*s  %s\n", width, a.name, a.instance, width, "", a.why)
			}
		}
	}
	for _, set := range []struct {
		head       string
		properties []bft.Property
	}{
		{"what must hold always", bft.Always()},
		{"what must be reached", bft.Sometimes()},
		{"what must hold always of culprits and of termination, in the models named accountable, framed and terminates, of the paper's rules", bft.Inquired()},
		{"what must hold always in the quotient of a CometBFT dialect", quotient.Always()},
		{"what must be reached there", quotient.Sometimes()},
		{"what must hold always where messages are delivered one by one", delivery.Always()},
		{"what must be reached there", delivery.Sometimes()},
		{"what is asked there of instances made for it (docs/history.md)", delivery.OnRequest()},
	} {
		fmt.Fprintf(w, "%s:\n", set.head)
		for _, p := range set.properties {
			fmt.Fprintf(w, "  %s (%s)\n      %s\n", p.Name, p.Source, p.Doc)
		}
	}
}

func deepFlag(deep bool) string {
	if deep {
		return " --deep"
	}
	return ""
}

func dialectFlag(dialect string) string {
	if dialect == "paper" {
		return ""
	}
	return " --dialect " + dialect
}

func (c *checker) workers() int {
	if c.flags.workers > 0 {
		return c.flags.workers
	}
	return runtime.GOMAXPROCS(0)
}

func nameWidth(models []model) int {
	width := len("model")
	for _, m := range models {
		width = max(width, utf8.RuneCountInString(m.about().name))
	}
	return width
}

func headRow(entries []model) string {
	return fmt.Sprintf("%-*s  %10s  %11s  %5s  %9s  verdict", nameWidth(entries), "model", "states", "transitions", "depth", "states/s")
}

// report writes what is known of a model: its row, what is wrong with it, and
// counterexamples unless they were expected and many models are checked.
func (c *checker) report(o *finding, entries []model) {
	rate := "-"
	if s := o.duration.Seconds(); s > 0 {
		rate = fmt.Sprintf("%.0f", float64(o.states)/s)
	}
	fmt.Fprintf(c.stdout, "%-*s  %10d  %11d  %5d  %9s  %s\n", nameWidth(entries), o.name, o.states, o.transitions, o.depth, rate, o.says())
	if o.standard() {
		for _, w := range o.wrong {
			fmt.Fprintf(c.stdout, "  %s\n", w)
		}
	} else if o.complete {
		if len(o.never) > 0 {
			fmt.Fprintf(c.stdout, "  never fired: %s\n", strings.Join(o.never, ", "))
		}
		for _, name := range o.unreached {
			fmt.Fprintf(c.stdout, "  unreached: %s\n", name)
		}
	}
	if c.flags.verbose && o.figures.States > 0 {
		fmt.Fprint(c.stdout, indent(o.figures.String()))
	}
	for _, v := range o.violations {
		expected := slices.Contains(o.violates, v.property.Name)
		c.keep(v, expected)
		if expected && c.flags.model == "" {
			continue
		}
		fmt.Fprintln(c.stdout)
		if err := v.run.Print(c.stdout); err != nil {
			complain(c.stderr, "check", err)
		}
		fmt.Fprintln(c.stdout)
	}
}

// indent moves lines to the right.
func indent(lines string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", "\n  ") + "\n"
}

// says is the last column of a row.
func (o *finding) says() string {
	if !o.finished() {
		why := o.stopped.String()
		if o.cause != nil && !errors.Is(o.cause, context.Canceled) {
			why += ": " + o.cause.Error()
		}
		return fmt.Sprintf("stopped, %s; no violation among these states", why)
	}
	var names []string
	expected := true
	for _, v := range o.violations {
		names = append(names, fmt.Sprintf("%s in %d steps", v.property.Name, v.length))
		expected = expected && slices.Contains(o.violates, v.property.Name)
	}
	switch {
	case len(names) > 0 && expected:
		return "violates " + strings.Join(names, ", ") + ", as expected"
	case len(names) > 0:
		return "VIOLATES " + strings.Join(names, ", ")
	case o.standard() && len(o.wrong) > 0:
		return "WRONG"
	case o.exact:
		return fmt.Sprintf("exact: %d %s", o.counted, o.countedAs)
	}
	if o.figures.Missed > 0 {
		return fmt.Sprintf("holds, if no state was missed: probability %.1e at most", o.figures.Missed)
	}
	return "holds"
}

// runMutants tries mutants and writes a row for each.
func (c *checker) runMutants(ctx context.Context, mutants []bft.Mutant) {
	fmt.Fprintf(c.stdout, "%-6s  %10s  %5s  %s\n", "clause", "states", "depth", "mutant: killed by")
	killed, wrong := 0, 0
	for i := range mutants {
		c.teller.begin(mutants[i].Name)
		k, err := mutants[i].Try(ctx, c.options())
		c.teller.clear()
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
