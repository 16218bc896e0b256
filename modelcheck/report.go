package modelcheck

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is what a search says about a model.
type Verdict uint8

const (
	// Unfinished says that part of the model was not searched and nothing
	// wrong was found in the rest. It is the zero value, and never a pass.
	Unfinished Verdict = iota
	// Holds says that every reachable state was visited, that everything in
	// Always is true in all of them and everything in Sometimes in one.
	Holds
	// Violated says that something in Always is false in a reachable state,
	// or that something in Sometimes is false in all of them.
	Violated
)

// String gives the verdict's name in lower case.
func (v Verdict) String() string {
	switch v {
	case Unfinished:
		return "unfinished"
	case Holds:
		return "holds"
	case Violated:
		return "violated"
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// Reason is why a search ended.
type Reason uint8

const (
	// NotSearched is the zero value: the model could not be searched.
	NotSearched Reason = iota
	// Exhausted says that every reachable state was visited.
	Exhausted
	// FoundViolation says that the search ended after the depth of the first
	// violation, as it does without Options.KeepGoing.
	FoundViolation
	// StateLimit says that Options.MaxStates was reached.
	StateLimit
	// MemoryLimit says that Options.Memory was reached.
	MemoryLimit
	// Cancelled says that the context ended; Report.Cause says why.
	Cancelled
)

// String gives the reason in words.
func (r Reason) String() string {
	switch r {
	case NotSearched:
		return "not searched"
	case Exhausted:
		return "every reachable state visited"
	case FoundViolation:
		return "violation found"
	case StateLimit:
		return "limit of states reached"
	case MemoryLimit:
		return "limit of memory reached"
	case Cancelled:
		return "cancelled"
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// Report is the result of a search. It depends on the model and the limits
// alone and not on the number of workers, apart from Duration and from where
// Memory or the context ends a search. Bytes may differ from run to run if S is
// hashed by hash/maphash, as all but uint64 and its arrays are.
//
// The counts of a search that was cut short cover the part that was searched.
type Report[S comparable, A any] struct {
	Model    string
	Complete bool   // every reachable state was visited
	Stopped  Reason // why the search ended
	Cause    error  // of the context, if it ended the search

	States      int   // distinct states
	Transitions int   // everything emitted by Next, also to states known before
	Levels      []int // number of states by depth; the initial states have depth 0
	Deadlocks   int   // states without any transition
	OutDegree   OutDegree

	Coverage   []Coverage      // one for each of Model.Clauses
	Violations []Finding[S, A] // of Final, then of Always, in the model's order
	Unreached  []Property[S]   // of Sometimes; a verdict only if Complete
	// UnreachedSteps are those of SometimesSteps that no transition did; a
	// verdict only if Complete.
	UnreachedSteps []StepProperty[A]
	Witnesses      []Finding[S, A] // of Sometimes, if Options.Witnesses

	Duration time.Duration
	Bytes    int64 // states, parents and visited set
}

// OutDegree says how many transitions leave a state.
type OutDegree struct {
	Min, Max int
	Mean     float64
}

// Coverage says how many transitions belong to a clause.
type Coverage struct {
	Clause string
	Fired  int
}

// Finding is a property with a shortest path to a state that decides it. Of
// all such paths it is the first in the order in which a single worker would
// discover states: the same whenever the search is repeated.
type Finding[S comparable, A any] struct {
	Property Property[S]
	Path     Path[S, A]
}

// Verdict sums the report up.
func (r *Report[S, A]) Verdict() Verdict {
	switch {
	case len(r.Violations) > 0, r.Complete && len(r.Unreached)+len(r.UnreachedSteps) > 0:
		return Violated
	case r.Complete:
		return Holds
	}
	return Unfinished
}

// Depth is the number of steps to the farthest states found, each counted by
// a shortest path. TLC counts states instead and is greater by one.
func (r *Report[S, A]) Depth() int { return max(0, len(r.Levels)-1) }

// NeverFired lists the clauses no transition belongs to. It is a verdict only
// if the report is complete.
func (r *Report[S, A]) NeverFired() []string {
	var names []string
	for _, c := range r.Coverage {
		if c.Fired == 0 {
			names = append(names, c.Clause)
		}
	}
	return names
}

// StatesPerSecond is the speed of the search.
func (r *Report[S, A]) StatesPerSecond() float64 {
	if r.Duration <= 0 {
		return 0
	}
	return float64(r.States) / r.Duration.Seconds()
}

// BytesPerState is the memory of the search by state.
func (r *Report[S, A]) BytesPerState() float64 {
	if r.States == 0 {
		return 0
	}
	return float64(r.Bytes) / float64(r.States)
}

// String tells a person what was found. It leaves out what differs from run
// to run, and ends with the counterexamples.
func (r *Report[S, A]) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s", r.Model, r.Verdict(), r.Stopped)
	if r.Cause != nil {
		fmt.Fprintf(&b, ": %v", r.Cause)
	}
	fmt.Fprintf(&b, ")\n%d states, %d transitions, depth %d, %d deadlocks\n",
		r.States, r.Transitions, r.Depth(), r.Deadlocks)
	soFar := ""
	if !r.Complete {
		soFar = " so far"
	}
	for _, p := range r.Unreached {
		fmt.Fprintf(&b, "unreached%s: %s\n", soFar, p.Name)
	}
	for _, p := range r.UnreachedSteps {
		fmt.Fprintf(&b, "unreached%s: %s\n", soFar, p.Name)
	}
	for _, name := range r.NeverFired() {
		fmt.Fprintf(&b, "never fired%s: %s\n", soFar, name)
	}
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "violated: %s, after %d steps\n%s", v.Property.Name, v.Path.Len(), v.Path)
	}
	for _, w := range r.Witnesses {
		fmt.Fprintf(&b, "reached: %s, after %d steps\n%s", w.Property.Name, w.Path.Len(), w.Path)
	}
	return b.String()
}
