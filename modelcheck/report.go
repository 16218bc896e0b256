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
	// Always is true in all of them and everything in Sometimes in one, and that
	// every clause fired that may not stay idle, and that every fair run keeps
	// Eventually and LeadsTo.
	Holds
	// Violated says that something in Always is false in a reachable state,
	// that something in Sometimes is false in all of them, that a clause never fired
	// that may not stay idle, or that a fair run breaks something in Eventually or
	// LeadsTo.
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
	// WalksDone says that all walks were made, which prove nothing.
	WalksDone
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
	case WalksDone:
		return "all walks made"
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
//
// The counts of walks are sums. A state that two walks visit counts twice, and of random
// walks it counts each time that it is met; so do its transitions. Of walks that
// a violation ended, those that were under way at the time count as far as
// they had come, which depends on time: only the violation is always the same.
type Report[S comparable, A any] struct {
	Model    string
	Complete bool   // every reachable state was visited
	Stopped  Reason // why the search ended
	Cause    error  // of the context, if it ended the search

	States      int   // distinct states, of canonical ones and views; of walks, the sum of what each visited
	Transitions int   // everything emitted by Next, also to states known before; less what was put off as Local allows
	Levels      []int // number of states by depth; the initial states have depth 0; of a directed search by the run that led there; nil of walks
	Outside     int   // states that Model.Within excludes; the others are what TLC counts
	Reduced     int   // states in which only one actor's steps were taken, since they are Local; 0 of walks
	Longest     int   // steps of the longest run, of a search by walks
	Deadlocks   int   // states without any transition
	OutDegree   OutDegree

	Asked      []string        // names of all properties
	Coverage   []Coverage      // one for each of Model.Clauses
	Violations []Finding[S, A] // of Final, AlwaysSteps and Always, in the model's order
	Lassos     []Lasso[S, A]   // runs that break properties of Eventually, then of LeadsTo
	Unjudged   []Unjudged      // the properties of Eventually and LeadsTo that are not decided
	Unreached  []Property[S]   // of Sometimes; a verdict only if Complete
	// UnreachedSteps are those of SometimesSteps that no transition did; a
	// verdict only if Complete.
	UnreachedSteps []StepProperty[S, A]
	Witnesses      []Finding[S, A] // of Sometimes, if Options.Witnesses; none of walks

	Visited Visited // how states were told apart
	// Missed is at least the probability that a state was taken for another
	// one, if fingerprints were; 0 if states were kept in full, and of walks that
	// are not Complete.
	Missed float64

	OnDisk   bool // the search needed more than Options.Memory, and went on in files
	Duration time.Duration
	Bytes    int64 // states, parents and visited set; and the graph of runs, if there was one; of the walk that needed most
}

// OutDegree says how many transitions leave a state.
type OutDegree struct {
	Min, Max int
	Mean     float64
}

// Coverage says how many transitions belong to a clause.
type Coverage struct {
	Clause      string
	Fired       int
	MayStayIdle bool // as the model declares
}

// Finding is a property with a path to a state that decides it, or, for one of
// AlwaysSteps, to a step; its Holds is nil then. Of a search BreadthFirst it is a
// shortest one of the states that are not put off as Local allows, and of all these the
// first in the order in which a single worker would discover states. Other orders
// find some path. It is the same whenever the search is repeated.
type Finding[S comparable, A any] struct {
	Property Property[S]
	Path     Path[S, A]
	Why      string // what Audit saw; empty for properties of the model
}

// Verdict sums the report up.
func (r *Report[S, A]) Verdict() Verdict {
	switch {
	case len(r.Violations)+len(r.Lassos) > 0, r.Complete && len(r.Unreached)+len(r.UnreachedSteps)+len(r.Idle()) > 0:
		return Violated
	case r.Complete && len(r.Unjudged) == 0:
		return Holds
	}
	return Unfinished
}

// Depth is the number of steps to the farthest states found, each counted by
// a shortest path, or by the one that a directed search found. TLC counts states
// instead and is greater by one. Walks have Longest, and no depth.
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

// Idle lists the clauses that never fired, and may not stay idle. It is a verdict
// only if the report is complete.
func (r *Report[S, A]) Idle() []string {
	var names []string
	for _, c := range r.Coverage {
		if c.Fired == 0 && !c.MayStayIdle {
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
	if r.Outside > 0 {
		fmt.Fprintf(&b, "%d of the states are outside the constraint, and were not left\n", r.Outside)
	}
	if r.Missed > 0 {
		fmt.Fprintf(&b, "%s: a state was missed with probability %.1e at most\n", r.Visited, r.Missed)
	}
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
	for _, c := range r.Coverage {
		switch {
		case c.Fired == 0 && !c.MayStayIdle:
			fmt.Fprintf(&b, "never fired%s: %s\n", soFar, c.Clause)
		case c.Fired > 0 && c.MayStayIdle:
			fmt.Fprintf(&b, "fired, though declared to be idle: %s\n", c.Clause)
		}
	}
	for _, u := range r.Unjudged {
		fmt.Fprintf(&b, "not judged: %s (%s)\n", u.Name, u.Why)
	}
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "violated: %s, after %d steps\n%s", v.Property.Name, v.Path.Len(), v.Path)
		if v.Why != "" {
			fmt.Fprintf(&b, "      %s\n", v.Why)
		}
	}
	for _, l := range r.Lassos {
		fmt.Fprintf(&b, "violated: %s, due from %d on, by %s\n%s", l.Property.Name, l.Due, l.shape(), l)
	}
	for _, w := range r.Witnesses {
		fmt.Fprintf(&b, "reached: %s, after %d steps\n%s", w.Property.Name, w.Path.Len(), w.Path)
	}
	return b.String()
}
