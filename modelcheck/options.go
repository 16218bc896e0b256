package modelcheck

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Options bounds and observes a search. The zero value searches everything
// with all processors, and stops at the first violation.
type Options struct {
	// Workers is the number of goroutines; 0 means GOMAXPROCS. It has no
	// influence on what is reported, apart from time and from the counts of walks
	// that a violation ended.
	Workers int

	// MaxStates ends the search as unfinished when one more state would have
	// to be stored. 0 means MaxStatesLimit. DepthFirst counts each walk by
	// itself, and goes on among the states that it has; it ends as
	// WalksDone. Bitstate and Random store no states, and have no such limit.
	MaxStates int

	// Memory ends the search as unfinished when states, parents and the
	// visited set would need more bytes than this, or these and the graph on
	// which Eventually and LeadsTo are judged; with a Directory, the search goes
	// on there instead. 0 means no limit. DepthFirst takes it for each walk by
	// itself, of which there are as many at once as Workers, and goes on
	// as with MaxStates; the states of the run at hand are not counted. With
	// Bitstate those walks share it. Random needs none.
	Memory int64

	// Directory is where a search goes on that needs more than Memory, more
	// slowly but to the end; it is made if it is not there. The search is
	// saved there every CheckpointEvery (0 means ten minutes), and when the
	// context ends. States must be plain memory: numbers, and arrays and structs
	// of them. Where a step is Local the others are not put off any more once the
	// search is on disk. The directory is emptied when the search is done. It is for
	// BreadthFirst alone.
	Directory       string
	CheckpointEvery time.Duration

	// Resume goes on with the search that was saved in Directory. It ends as if it
	// had not been interrupted.
	Resume bool

	// Order is how the search goes about it.
	Order Order

	// Seed, Walks and MaxDepth are for DepthFirst and Random. Walks is how many
	// walks are made, each with its own seed; 0 means one in depth, and a
	// thousand at random. MaxDepth is after how many steps a run is not
	// followed further; 0 means no limit in depth, and ten thousand at random.
	Seed     uint64
	Walks    int
	MaxDepth int

	// Visited is how states are told apart. Random has no use for it.
	Visited Visited

	// Unreduced ignores Canonical, View and Local, to see what they win. Walks
	// ignore Local anyway, and random ones all three.
	Unreduced bool

	// KeepGoing searches on after a violation, and reports the shortest
	// violation of every property that has one; a directed search, the one that it
	// found first. Without it the search ends with the depth at which the first
	// violation is found, and a directed one at once. Walks always end with a violation.
	KeepGoing bool

	// Witnesses asks for a path to a state of every property in Sometimes that
	// was reached; a shortest one, if the search is BreadthFirst. Walks keep none.
	Witnesses bool

	// Progress is called, by the goroutine that called Check, about once per
	// ProgressEvery; 0 means every ten seconds. Walks do not call it.
	Progress      func(Progress)
	ProgressEvery time.Duration

	_ struct{} // fields by name only
}

// Order is an order in which states are visited.
type Order uint8

const (
	// BreadthFirst visits all states by their depth, with all workers.
	// Counterexamples are as short as any.
	BreadthFirst Order = iota
	// DepthFirst follows a run as far as something new is found, and goes back.
	// It needs the states of one run with all steps that are left of them, and what
	// Visited keeps of the others. Counterexamples need not be short. With
	// several Walks each takes its own visited set and the successors in an order
	// of its own (a swarm); with Bitstate that is the way into models that are
	// too large to be searched in full.
	DepthFirst
	// Random follows runs at random to their end, and remembers nothing.
	Random
	// Directed visits those states first for which Model.Distance is least. It
	// visits all states too, and finds a goal sooner if the distance is a good
	// guess; counterexamples need not be short.
	Directed
)

// String gives the name in words.
func (o Order) String() string {
	switch o {
	case BreadthFirst:
		return "breadth first"
	case DepthFirst:
		return "depth first"
	case Random:
		return "at random"
	case Directed:
		return "directed"
	}
	return fmt.Sprintf("Order(%d)", uint8(o))
}

// Visited is how a search remembers the states it has visited.
type Visited uint8

const (
	// Exact keeps every state in full. None is missed.
	Exact Visited = iota
	// Fingerprint64 keeps 64 bits of a hash of each state, and forgets the
	// state once it is expanded. Two states with the same 64 bits are taken for
	// one, so that states may be missed: Report.Missed says how likely that is.
	Fingerprint64
	// Fingerprint128 keeps 128 bits, which makes that next to impossible.
	Fingerprint128
	// Bitstate keeps three bits of each state, in all of Options.Memory, which the
	// walks that are made at once share; 64 MiB for each without it. It is for
	// DepthFirst alone: a state whose bits are there already is not visited, so that
	// nothing is ever proved.
	Bitstate
)

// String gives the name in words.
func (v Visited) String() string {
	switch v {
	case Exact:
		return "exact states"
	case Fingerprint64:
		return "fingerprints of 64 bits"
	case Fingerprint128:
		return "fingerprints of 128 bits"
	case Bitstate:
		return "bits of states"
	}
	return fmt.Sprintf("Visited(%d)", uint8(v))
}

// MaxStatesLimit is the largest number of states a search can store.
const MaxStatesLimit = 1<<31 - 2

const (
	defaultProgressEvery = 10 * time.Second
	defaultWalks         = 1_000
	defaultMaxDepth      = 10_000
)

// Progress is how far a search has come.
type Progress struct {
	States      int    // stored so far
	Transitions int    // taken so far
	Depth       int    // of the states being expanded
	Frontier    int    // states at that depth
	Waiting     int    // states stored and not yet expanded
	Judging     string // what is done with the graph of all states once they are visited; empty before
	Bytes       int64
	Elapsed     time.Duration
}

// withDefaults fills in what was left zero.
func (o Options) withDefaults() (Options, error) {
	if o.Workers < 0 || o.MaxStates < 0 || o.Memory < 0 || o.ProgressEvery < 0 || o.CheckpointEvery < 0 || o.Walks < 0 || o.MaxDepth < 0 {
		return o, errors.New("modelcheck: a number in Options is negative")
	}
	switch {
	case o.Visited > Bitstate:
		return o, fmt.Errorf("modelcheck: %v is none of Exact, Fingerprint64, Fingerprint128 and Bitstate", o.Visited)
	case o.Order > Directed:
		return o, fmt.Errorf("modelcheck: %v is none of BreadthFirst, DepthFirst, Random and Directed", o.Order)
	case o.Visited == Bitstate && o.Order != DepthFirst:
		return o, fmt.Errorf("modelcheck: a search %v cannot keep %v; DepthFirst can", o.Order, o.Visited)
	case o.Directory != "" && o.Order != BreadthFirst:
		return o, fmt.Errorf("modelcheck: a search %v cannot go to disk; BreadthFirst can", o.Order)
	}
	if o.Order == Random {
		if o.Walks == 0 {
			o.Walks = defaultWalks
		}
		if o.MaxDepth == 0 {
			o.MaxDepth = defaultMaxDepth
		}
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MaxStates == 0 || o.MaxStates > MaxStatesLimit {
		o.MaxStates = MaxStatesLimit
	}
	if o.Resume && o.Directory == "" {
		return o, errors.New("modelcheck: Resume needs a Directory")
	}
	if o.CheckpointEvery == 0 {
		o.CheckpointEvery = checkpointEvery
	}
	if o.ProgressEvery == 0 {
		o.ProgressEvery = defaultProgressEvery
	}
	return o, nil
}
