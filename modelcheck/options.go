package modelcheck

import (
	"errors"
	"runtime"
	"time"
)

// Options bounds and observes a search. The zero value searches everything
// with all processors, and stops at the first violation.
type Options struct {
	// Workers is the number of goroutines; 0 means GOMAXPROCS. It has no
	// influence on what is reported, apart from time.
	Workers int

	// MaxStates ends the search as unfinished when one more state would have
	// to be stored. 0 means MaxStatesLimit.
	MaxStates int

	// Memory ends the search as unfinished when states, parents and the
	// visited set would need more bytes than this. 0 means no limit.
	Memory int64

	// KeepGoing searches on after a violation, and reports the shortest
	// violation of every property that has one. Without it the search ends
	// with the depth at which the first violation is found.
	KeepGoing bool

	// Witnesses asks for a shortest path to a state of every property in
	// Sometimes that was reached.
	Witnesses bool

	// Progress is called, by the goroutine that called Check, about once per
	// ProgressEvery; 0 means every ten seconds.
	Progress      func(Progress)
	ProgressEvery time.Duration

	_ struct{} // fields by name only
}

// MaxStatesLimit is the largest number of states a search can store.
const MaxStatesLimit = 1<<31 - 2

const defaultProgressEvery = 10 * time.Second

// Progress is how far a search has come.
type Progress struct {
	States      int // stored so far
	Transitions int // taken so far
	Depth       int // of the states being expanded
	Frontier    int // states at that depth
	Waiting     int // states stored and not yet expanded
	Bytes       int64
	Elapsed     time.Duration
}

// withDefaults fills in what was left zero.
func (o Options) withDefaults() (Options, error) {
	if o.Workers < 0 || o.MaxStates < 0 || o.Memory < 0 || o.ProgressEvery < 0 {
		return o, errors.New("modelcheck: a number in Options is negative")
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MaxStates == 0 || o.MaxStates > MaxStatesLimit {
		o.MaxStates = MaxStatesLimit
	}
	if o.ProgressEvery == 0 {
		o.ProgressEvery = defaultProgressEvery
	}
	return o, nil
}
