package modelcheck

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Figures are what a search counted and what it took, whatever was claimed.
type Figures struct {
	States, Transitions, Deadlocks int
	OutDegree                      OutDegree
	Coverage                       []Coverage
	Levels                         []int // states by depth
	Visited                        Visited
	Missed                         float64 // at least the probability that a state was missed
	Bytes                          int64
	Duration                       time.Duration
}

// Figures gives the report's.
func (r *Report[S, A]) Figures() Figures {
	return Figures{
		States: r.States, Transitions: r.Transitions, Deadlocks: r.Deadlocks, OutDegree: r.OutDegree,
		Coverage: r.Coverage, Levels: r.Levels, Visited: r.Visited, Missed: r.Missed, Bytes: r.Bytes, Duration: r.Duration,
	}
}

// String is a table for people. Its last line differs from run to run.
func (f Figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "out-degree %d to %d, %.1f on average; %d states without any transition\n",
		f.OutDegree.Min, f.OutDegree.Max, f.OutDegree.Mean, f.Deadlocks)
	width := 0
	for _, c := range f.Coverage {
		width = max(width, utf8.RuneCountInString(c.Clause))
	}
	if len(f.Coverage) > 0 {
		fmt.Fprintln(&b, "transitions by clause:")
	}
	for _, c := range f.Coverage {
		note := ""
		if c.Fired == 0 {
			note = "  never fired"
		}
		fmt.Fprintf(&b, "  %-*s  %10d%s\n", width, c.Clause, c.Fired, note)
	}
	if len(f.Levels) > 0 {
		fmt.Fprintln(&b, "states by depth:")
	}
	for depth, states := range f.Levels {
		fmt.Fprintf(&b, "  %3d  %10d\n", depth, states)
	}
	if f.Missed > 0 {
		fmt.Fprintf(&b, "%s: a state was missed with probability %.1e at most\n", f.Visited, f.Missed)
	}
	fmt.Fprintf(&b, "%d bytes", f.Bytes)
	if f.States > 0 {
		fmt.Fprintf(&b, ", %.1f by state", float64(f.Bytes)/float64(f.States))
	}
	fmt.Fprintf(&b, "; %.3f seconds", f.Duration.Seconds())
	if s := f.Duration.Seconds(); s > 0 {
		fmt.Fprintf(&b, ", %.0f states a second", float64(f.States)/s)
	}
	return b.String() + "\n"
}
