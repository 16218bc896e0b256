package delivery

import (
	"fmt"
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

const node = "cometbft-v0.38"

// Standard is what is worth checking. Instances of two rounds are bounded: what
// their configurations leave out is not checked. With one valid value, agreement
// is about the invalid one only; it has something to say in the instances of one
// round with a Byzantine proposer.
var Standard = []Entry{
	{
		Name: "one-round", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1},
		Why: "the paper, complete: a process acts at once on what it has received, in whatever order",
	},
	{
		Name: "one-round-byzantine", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Equivocation: 1, Symmetric: true},
		Why: "a Byzantine proposer; of its votes each process receives one by kind, not all the same one", Seconds: 60,
	},
	{
		Name: "two-rounds-pair", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}, Values: 1, Equivocation: 1, Silent: []int{2}},
		Why: "two rounds of two processes and a Byzantine one: all three are needed", Seconds: 30,
	},
	{
		Name: "two-rounds-three", Config: Config{Validators: 4, Proposers: []int{0, 1}, Values: 1, Silent: []int{3}},
		Why: "two rounds of three processes, all of whom are needed: the fourth has crashed", Seconds: 30,
	},
	{
		Name: "node-one-round", Config: Config{Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer},
		Why: "CometBFT with one timer: rules that are asked once, blocks that are dropped, first votes that win", Seconds: 15,
	},
	{
		Name: "node-one-round-byzantine", Config: Config{Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Timers: consensus.SingleTimer, Symmetric: true},
		Why: "the same with a Byzantine proposer, who proposes two valid values and an invalid one", Seconds: 160,
	},
	{
		Name: "node-own-queue", Config: Config{Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer, Queue: InOrder, Symmetric: true},
		Why: "the same, with own messages that wait behind those of others", Seconds: 20,
	},
	{
		Name: "node-one-copy", Config: Config{Dialect: node, Validators: 3, Proposers: []int{0}, Timers: consensus.SingleTimer, Copies: 1, LateTocks: true},
		Why: "what a node drops is lost, and timeouts come late",
	},
	{
		Name: "node-crash", Config: Config{Dialect: node, Validators: 3, Proposers: []int{0}, Values: 1, Timers: consensus.SingleTimer, Queue: InOrder, Crashes: 1},
		Why: "each process may crash once, and starts from its log and signer",
	},
	{
		Name: "node-two-rounds-pair", Config: Config{Dialect: node, Validators: 4, Byzantine: 1, Proposers: []int{0, 1}, Values: 1, Timers: consensus.SingleTimer, Silent: []int{2}},
		Why: "two rounds of two processes and a Byzantine one: all three are needed", Seconds: 30,
	},
	{
		Name: "node-two-rounds-three", Config: Config{Dialect: node, Validators: 4, Proposers: []int{0, 1}, Values: 1, Timers: consensus.SingleTimer, Silent: []int{3}},
		Why: "two rounds of three nodes, all of which are needed: the fourth has crashed",
	},
	{
		Name: "too-many", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}, Equivocation: 1},
		Why: "two of four Byzantine: the disagreement must be found", Seconds: 30, Violates: "agreement",
	},
	{
		Name: "node-too-many", Config: Config{Dialect: node, Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}, Timers: consensus.SingleTimer},
		Why: "two of four Byzantine: the disagreement must be found", Seconds: 30, Violates: "agreement",
	},
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
