package delivery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec/consensus"
)

// An Entry is an instance with what it is for.
type Entry struct {
	Name   string // short, for the command line
	Config Config
	Why    string // what it adds
	// Seconds is about how long it takes on two cores; 0 is less than five.
	Seconds int
	// Violates names the property that must be found violated; "" expects that
	// everything holds.
	Violates string
}

// Standard is what is worth checking. Instances of two rounds are bounded: what
// their configurations leave out is not checked. With one valid value, agreement
// is about the invalid one only; it has something to say in the instances of one
// round with a Byzantine proposer.
var Standard = slices.Concat(ofPaper, ofNode("v038", "cometbft-v0.38"), ofNode("v1", "cometbft-v1"))

var ofPaper = []Entry{
	{
		Name: "delivery-one-round", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1},
		Why: "the paper, complete: a process acts at once on what it has received, in whatever order",
	},
	{
		Name: "delivery-one-round-byzantine", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Equivocation: 1, Symmetric: true},
		Why: "a Byzantine proposer; of its votes each process receives one by kind, not all the same one", Seconds: 60,
	},
	{
		Name: "delivery-two-rounds-pair", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0, 1}, Values: 1, Equivocation: 1, Silent: []int{2}},
		Why: "two rounds of two processes and a Byzantine one: all three are needed", Seconds: 30,
	},
	{
		Name: "delivery-two-rounds-three", Config: Config{Dialect: "paper", Validators: 4, Proposers: []int{0, 1}, Values: 1, Silent: []int{3}},
		Why: "two rounds of three processes, all of whom are needed: the fourth has crashed", Seconds: 30,
	},
	{
		Name: "delivery-too-many", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}, Equivocation: 1},
		Why: "two of four Byzantine: the disagreement must be found", Seconds: 30, Violates: "agreement",
	},
}

// ofNode lists the instances of a CometBFT dialect.
func ofNode(short, dialect string) []Entry {
	entries := []Entry{
		{
			Name: "one-round", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1},
			Why: "one timer, rules that are asked once, blocks that are dropped, first votes that win", Seconds: 15,
		},
		{
			Name: "one-round-byzantine", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Symmetric: true},
			Why: "a Byzantine proposer, who proposes two valid values and an invalid one", Seconds: 160,
		},
		{
			Name: "own-queue", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Queue: InOrder, Symmetric: true},
			Why: "own messages wait behind those of others", Seconds: 20,
		},
		{
			Name: "one-copy", Config: Config{Validators: 3, Proposers: []int{0}, Copies: 1, LateTocks: true},
			Why: "what a node drops is lost, and timeouts come late",
		},
		{
			Name: "refusals", Config: Config{Validators: 4, Proposers: []int{0}, Values: 1, Refusals: true, Symmetric: true},
			Why: "any node may refuse the block: its application rejects it, or it came too late",
		},
		{
			Name: "crash", Config: Config{Validators: 3, Proposers: []int{0}, Values: 1, Queue: InOrder, Crashes: 1},
			Why: "each process may crash once, and starts from its log and signer",
		},
		{
			Name: "two-rounds-pair", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}, Values: 1, Silent: []int{2}},
			Why: "two rounds of two processes and a Byzantine one: all three are needed", Seconds: 10,
		},
		{
			Name: "two-rounds-three", Config: Config{Validators: 4, Proposers: []int{0, 1}, Values: 1, Silent: []int{3}},
			Why: "two rounds of three nodes, all of which are needed: the fourth has crashed",
		},
		{
			Name: "too-many", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}},
			Why: "two of four Byzantine: the disagreement must be found", Seconds: 60, Violates: "agreement",
		},
		{
			Name: "split", Config: split([]consensus.Value{V0}, false),
			Why: "one block under two part-set headers: the panic must be found", Violates: "no panic",
		},
		{
			Name: "split-whole-ids", Config: split([]consensus.Value{V0}, true),
			Why: "the same, if block ids were compared: no panic",
		},
		{
			Name: "split-any", Config: split(nil, false),
			Why: "one block under two part-set headers, any votes for it", Violates: "no panic", Seconds: 30,
		},
		{
			Name: "split-any-whole-ids", Config: split(nil, true),
			Why: "the same, if block ids were compared: no panic", Seconds: 120,
		},
	}
	for i := range entries {
		e := &entries[i]
		e.Name = short + "-" + e.Name
		e.Config.Dialect, e.Config.Timers = dialect, consensus.SingleTimer
	}
	return entries
}

// split is one round in which the Byzantine proposer splits its block in two ways.
func split(backs []consensus.Value, wholeIDs bool) Config {
	return Config{
		Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Values: 1, AllValid: true, Symmetric: true,
		Split: true, Backs: backs, WholeIDs: wholeIDs,
	}
}

// Wrong lists in which way a result is not what is expected of the entry; empty
// if it is, or if the search was cut short.
func (e *Entry) Wrong(r *Result) []string {
	var wrong []string
	for i := range r.Violations {
		if name := r.Violations[i].Property.Name; name != e.Violates {
			wrong = append(wrong, name+" is violated")
		}
	}
	if !r.Complete {
		return wrong
	}
	if e.Violates != "" && !r.Violates(e.Violates) {
		wrong = append(wrong, e.Violates+" is not violated, as it should be")
	}
	for _, name := range r.Unreached {
		wrong = append(wrong, "unreached: "+name)
	}
	return wrong
}

// Find returns the standard entry with the name.
func Find(name string) (Entry, error) {
	names := make([]string, len(Standard))
	for i, e := range Standard {
		if e.Name == name {
			return e, nil
		}
		names[i] = e.Name
	}
	return Entry{}, fmt.Errorf("%w: unknown instance %q; known: %s", ErrConfig, name, strings.Join(names, ", "))
}
