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
var Standard = slices.Concat(ofPaper, ofNode("v038", "cometbft-v0.38", ""), ofNode("v1", "cometbft-v1", "agreement"))

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
		Name: "delivery-two-rounds", Config: ofEach(twoRounds()),
		Why: "two rounds of three processes and a Byzantine one, who proposes second; one process takes part in the first round only", Seconds: 90,
	},
	{
		Name: "delivery-too-many", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}, Equivocation: 1},
		Why: "two of four Byzantine: the disagreement must be found", Seconds: 30, Violates: "agreement",
	},
}

// ofNode lists the instances of a CometBFT dialect. TwoIDs is the property that is
// violated when one block is proposed twice, under two part-set headers.
func ofNode(short, dialect, twoIDs string) []Entry {
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
			Name: "two-rounds", Config: twoRounds(),
			Why: "two rounds of three nodes and a Byzantine one, who proposes second; one node takes part in the first round only", Seconds: 25,
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
		{
			Name: "split-again", Config: splitAgain(false),
			Why: "the block is proposed again, under another part-set header: whether both are decided", Violates: twoIDs, Seconds: 25,
		},
		{
			Name: "split-again-whole-ids", Config: splitAgain(true),
			Why: "the same, if block ids were compared: no disagreement and no panic", Seconds: 25,
		},
	}
	for i := range entries {
		e := &entries[i]
		e.Name = short + "-" + e.Name
		e.Config.Dialect, e.Config.Timers = dialect, consensus.SingleTimer
	}
	return entries
}

// twoRounds is two rounds of three correct processes and a Byzantine one, which
// votes for one value. The one that proposes first leaves after its round.
func twoRounds() Config {
	return Config{
		Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}, Stays: []int{1, 2, 2}, Values: 1, AllValid: true,
		Backs: []consensus.Value{V0, V0}, Symmetric: true,
	}
}

// ofEach is an instance of the paper in which a process receives one vote of each
// Byzantine validator by kind.
func ofEach(c Config) Config {
	c.Dialect, c.Equivocation = "paper", 1
	return c
}

// split is one round in which the Byzantine proposer splits its block in two ways.
func split(backs []consensus.Value, wholeIDs bool) Config {
	return Config{
		Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}, Values: 1, AllValid: true, Symmetric: true,
		Split: true, Backs: backs, WholeIDs: wholeIDs,
	}
}

// splitAgain is two rounds in which the block of a correct proposer is proposed
// again by a Byzantine one, under that part-set header or another, vr −1 or 0. It
// votes for each header in its own round. One correct process takes part in the
// first round only.
//
// Without whole ids a node panics, and a lock in v1 takes the round of a polka for
// the other header; what comes then is searched too.
func splitAgain(wholeIDs bool) Config {
	c := twoRounds()
	c.Split, c.Backs, c.WholeIDs = true, []consensus.Value{V0, V0Split}, wholeIDs
	if !wholeIDs {
		c.Known = []string{"no panic", "lock justified"}
	}
	return c
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
