package quotient

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/internal/cast"
	"github.com/polka-bft/polka/spec/consensus"
)

// An Entry is an instance with what is expected of it.
type Entry struct {
	Name   string // short, for the command line
	Config Config
	Why    string // what it is for
	// Violates names the properties that must be found violated, and no others;
	// with several the search goes on after the first. Empty expects that
	// everything holds.
	Violates []string
	// Exact says that every run is gone through, to hold the quotient against it,
	// and that nothing else is asked.
	Exact bool
	Deep  bool // it takes longer than a check before a merge may
}

// Standard is what is worth checking of the CometBFT dialects. Those of the paper
// are in modelcheck/bft, and on what both can search a test compares them.
var Standard = slices.Concat(ofNode("v038", consensus.CometBFTv038Rules.Name), ofNode("v1", consensus.CometBFTv1Rules.Name))

func ofNode(short, dialect string) []Entry {
	var entries []Entry
	add := func(e Entry, validators, byzantine int, proposers ...int) {
		e.Name = fmt.Sprintf("%s-%s", short, e.Name)
		e.Config.Dialect, e.Config.Validators, e.Config.Byzantine, e.Config.Proposers = dialect, validators, byzantine, proposers
		entries = append(entries, e)
	}
	sized := func(name string, deep bool, validators, byzantine, rounds int) {
		for _, rotation := range cast.Rotations(validators, byzantine, rounds) {
			add(Entry{
				Name: fmt.Sprintf("%s-%s", name, placement(rotation)), Deep: deep,
				Why: fmt.Sprintf("%d validators, %d of them Byzantine, rounds 0 to %d", validators, byzantine, rounds-1),
			}, validators, byzantine, rotation...)
		}
	}
	sized("three-rounds", false, 4, 1, 3)
	sized("seven", false, 7, 2, 2)
	sized("four-rounds", false, 4, 1, 4)
	sized("five-rounds", true, 4, 1, 5)
	sized("seven-three-rounds", true, 7, 2, 3)
	sized("thirteen", true, 13, 4, 2)
	for _, rotation := range [][]int{{0, Byzantine}, {Byzantine, 0}, {Byzantine, Byzantine}} {
		add(Entry{
			Name: "disagreement-" + placement(rotation), Violates: []string{"agreement"},
			Why: "two of four Byzantine, who propose as well: the disagreement must be found",
		}, 4, 2, rotation...)
	}
	add(Entry{Name: "disagreement", Why: "two of four Byzantine: the disagreement must be found", Violates: []string{"agreement"}}, 4, 2, 0, 1)
	split := Config{Split: true}
	wrongs := []string{"no panic"}
	if dialect == consensus.CometBFTv1Rules.Name {
		wrongs = []string{"agreement", "no panic"}
	}
	add(Entry{
		Name: "two-ids", Config: split, Violates: wrongs,
		Why: "one block under two part-set headers, of which the code compares the hash (tendermint issue 3087)",
	}, 4, 1, 0, Byzantine)
	add(Entry{
		Name: "two-ids-twice", Config: split, Violates: []string{"agreement", "no panic"},
		Why: "the same, and the faulty validator proposes both rounds",
	}, 4, 1, Byzantine, Byzantine)
	split.WholeIDs = true
	add(Entry{Name: "two-ids-compared", Config: split, Why: "the same, if the code compared block ids"}, 4, 1, 0, Byzantine)
	exact := Entry{Why: "run by run, the quotient does what named processes do", Exact: true}
	exact.Name = "exact-0"
	add(exact, 4, 1, 0)
	for _, rotation := range cast.Rotations(3, 1, 2) {
		exact.Name = "exact-three-" + placement(rotation)
		add(exact, 3, 1, rotation...)
	}
	exact.Name, exact.Deep = "exact-b", true
	add(exact, 4, 1, Byzantine)
	return entries
}

// Small is what [Plain] and other checkers can go through: of each CometBFT dialect
// the instances that are written in TLA+.
var Small = slices.Concat(smallOf("v1", consensus.CometBFTv1Rules.Name), smallOf("v038", consensus.CometBFTv038Rules.Name))

func smallOf(short, dialect string) []Entry {
	entries := []Entry{
		{Name: "one-round", Config: Config{Validators: 3, Proposers: []int{0}}, Why: "one round, nobody Byzantine"},
		{Name: "one-round-byzantine", Config: Config{Validators: 3, Byzantine: 1, Proposers: []int{0}}, Why: "one of three Byzantine, a correct proposer"},
		{Name: "byzantine-proposer", Config: Config{Validators: 3, Byzantine: 1, Proposers: []int{Byzantine}}, Why: "one of three Byzantine, who proposes"},
		{Name: "two-rounds", Config: Config{Validators: 2, Proposers: []int{0, 1}}, Why: "two rounds, in which locks are carried over"},
		{Name: "two-rounds-byzantine", Config: Config{Validators: 2, Byzantine: 1, Proposers: []int{Byzantine, 0}}, Why: "one process that hears anything, for two rounds"},
		{Name: "two-rounds-pair", Config: Config{Validators: 3, Byzantine: 1, Proposers: []int{0, 1}}, Why: "two correct processes and one Byzantine, for two rounds"},
		{Name: "four", Config: Config{Validators: 4, Byzantine: 1, Proposers: []int{0}}, Why: "one of four Byzantine: less than a third"},
		{
			Name: "too-many", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}}, Violates: []string{"agreement"},
			Why: "two of four Byzantine: the disagreement must be found",
		},
		{
			Name: "two-ids", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}, Split: true}, Violates: []string{"agreement", "no panic"},
			Why: "one block under two part-set headers (tendermint issue 3087): panics must be found",
		},
		{
			Name: "two-ids-later", Config: Config{Validators: 2, Byzantine: 1, Proposers: []int{0, Byzantine}, Split: true},
			Why: "one process, to which the split block is proposed after it may have locked the whole one",
		},
	}
	if dialect == consensus.CometBFTv1Rules.Name { // before v1 a locked node prevotes the id of its lock
		entries[len(entries)-1].Violates = []string{"no panic"}
	}
	for i := range entries {
		e := &entries[i]
		e.Name = short + "-" + e.Name
		e.Config.Dialect = dialect
	}
	return entries
}

// placement is a rotation as a part of a name, such as "01b".
func placement(proposers []int) string {
	var b strings.Builder
	for _, p := range proposers {
		if p == Byzantine {
			b.WriteByte('b')
		} else {
			fmt.Fprint(&b, p)
		}
	}
	return b.String()
}

// Check searches the entry's instance.
func (e *Entry) Check(ctx context.Context, o modelcheck.Options) (Result, error) {
	return e.CheckIn(ctx, Families([]Config{e.Config})[0], o)
}

// CheckIn searches the entry's instance, which is of the family.
func (e *Entry) CheckIn(ctx context.Context, f *Family, o modelcheck.Options) (Result, error) {
	if e.Exact {
		return exactResult(ctx, e.Config)
	}
	o.KeepGoing = o.KeepGoing || len(e.Violates) > 1
	return f.Check(ctx, e.Config, o)
}

// Wrong lists in which way a result is not what is expected of the entry; empty
// if it is, or if the search was cut short.
func (e *Entry) Wrong(r *Result) []string {
	var wrong []string
	for i := range r.Violations {
		if name := r.Violations[i].Property.Name; !slices.Contains(e.Violates, name) {
			wrong = append(wrong, name+" is violated")
		}
	}
	if !r.Complete && len(r.Violations) == 0 {
		return wrong
	}
	for _, name := range e.Violates {
		if !r.Violates(name) {
			wrong = append(wrong, name+" is not violated, as it should be")
		}
	}
	if r.Complete {
		for _, name := range r.Unreached {
			wrong = append(wrong, "unreached: "+name)
		}
	}
	return wrong
}
