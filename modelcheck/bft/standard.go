package bft

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/modelcheck"
)

// An Entry is an instance with what is expected of it.
type Entry struct {
	Name   string // short, for the command line
	Config Config
	Why    string // what it is for
	// Violates names the property that must be found violated; "" expects that
	// everything holds.
	Violates string
	// Never lists the rules that cannot fire within the bounds. That another
	// one never fires, or one of these does, fails the check.
	Never []string
	// Exact says that the plain model is searched to hold the counted one
	// against it, and that nothing else is asked.
	Exact bool
}

// Rules that cannot fire in round 0, where there is no earlier or later round.
var inRoundZero = []string{"L28If", "L28Else", "L55", "L65If"}

// Standard is what is checked when nothing else is asked for.
var Standard = []Entry{
	{
		Name: "one-round", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0}},
		Why: "the smallest: one round, a correct proposer", Never: append([]string{"L22Else"}, inRoundZero...),
	},
	{
		Name: "one-round-byzantine", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}},
		Why: "one round, a Byzantine proposer", Never: inRoundZero,
	},
	{
		Name: "correct-correct", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0, 1}},
		Why: "two rounds; the Byzantine process does not propose", Never: []string{"L28Else"},
	},
	{
		Name: "byzantine-correct", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{Byzantine, 0}},
		Why: "two rounds; the Byzantine process proposes first", Never: []string{"L28Else"},
	},
	{
		Name: "correct-byzantine", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}},
		Why: "two rounds; the Byzantine process proposes second", Never: []string{"L28Else"},
	},
	{
		Name: "three-rounds-pair", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Proposers: []int{0, 1, Byzantine}, Silent: []int{2}},
		Why: "three rounds, one correct process crashed from the start: old proofs of lock against newer locks",
	},
	{
		Name: "weighted", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 1, Powers: []int64{3, 2, 2, 2}, Proposers: []int{1, Byzantine}},
		Why: "two rounds with unequal powers", Never: []string{"L28Else"},
	},
	{
		Name: "too-many-one-proposal", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 2, Proposers: []int{0}},
		Why:   "two of four Byzantine, but only one proposal: still no disagreement",
		Never: append([]string{"L22Else"}, inRoundZero...),
	},
	{
		Name: "too-many", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}},
		Why: "two of four Byzantine, one proposes: the disagreement must be found", Violates: "agreement",
	},
	{
		Name: "too-many-correct-proposers", Config: Config{Dialect: "paper", Validators: 4, Byzantine: 2, Proposers: []int{0, 1}},
		Why: "two of four Byzantine, two correct proposers: the disagreement must be found", Violates: "agreement",
	},
	counted("four-rounds-b012", "rounds 0 to 3, the Byzantine process proposes first", 4, 1, Byzantine, 0, 1, 2),
	counted("four-rounds-0b12", "rounds 0 to 3, it proposes second", 4, 1, 0, Byzantine, 1, 2),
	counted("four-rounds-01b2", "rounds 0 to 3, it proposes third", 4, 1, 0, 1, Byzantine, 2),
	counted("four-rounds-012b", "rounds 0 to 3, it proposes last", 4, 1, 0, 1, 2, Byzantine),
	counted("seven-01", "seven validators, two rounds, correct proposers", 7, 2, 0, 1).never("L28Else"),
	counted("seven-0b", "seven validators, two rounds, a Byzantine one proposes second", 7, 2, 0, Byzantine).never("L28Else"),
	counted("seven-b0", "seven validators, two rounds, a Byzantine one proposes first", 7, 2, Byzantine, 0).never("L28Else"),
	counted("seven-bb", "seven validators, two rounds, Byzantine ones propose", 7, 2, Byzantine, Byzantine).never("L28Else"),
	exactly("exact-b", 4, 1, Byzantine),
	exactly("exact-01", 4, 1, 0, 1),
	exactly("exact-too-many", 4, 2, Byzantine, 0),
}

// exactly is an entry that holds the counted model against the plain one.
func exactly(name string, validators, byzantine int, proposers ...int) Entry {
	return Entry{Name: name, Why: "state by state, the counted model does what the plain one does", Exact: true, Config: Config{
		Dialect: "paper", Validators: validators, Byzantine: byzantine, Proposers: proposers,
	}}
}

// counted is an entry for the counted model.
func counted(name, why string, validators, byzantine int, proposers ...int) Entry {
	return Entry{Name: name, Why: why, Config: Config{
		Dialect: "paper", Validators: validators, Byzantine: byzantine, Proposers: proposers, Counted: true,
	}}
}

// never is the entry with rules that cannot fire within its bounds.
func (e Entry) never(rules ...string) Entry {
	e.Never = rules
	return e
}

// An Outcome is the result of an entry and what is wrong with it.
type Outcome struct {
	Entry  Entry
	Result Result
	// Wrong lists in which way the result is not what is expected; empty if
	// it is, or if the search was not finished.
	Wrong []string
	// Accounts tell the violations of an inquiry about culprits.
	Accounts []Account
}

// Finished says whether the search could decide what is expected.
func (o *Outcome) Finished() bool { return o.Result.Complete || len(o.Result.Violations) > 0 }

// Check searches the entry's instance and compares.
func (e *Entry) Check(ctx context.Context, o modelcheck.Options) (Outcome, error) {
	check := Check
	if e.Exact {
		check = Exact
	}
	r, err := check(ctx, e.Config, o)
	out := Outcome{Entry: *e, Result: r}
	if err != nil {
		return out, fmt.Errorf("model %s: %w", e.Name, err)
	}
	out.compare()
	return out, nil
}

func (o *Outcome) compare() {
	r := &o.Result
	wrong := func(format string, args ...any) { o.Wrong = append(o.Wrong, fmt.Sprintf(format, args...)) }
	for i := range r.Violations {
		if name := r.Violations[i].Property.Name; name != o.Entry.Violates {
			wrong("%s is violated", name)
		}
	}
	if !r.Complete {
		return
	}
	if o.Entry.Violates != "" && !r.Violates(o.Entry.Violates) {
		wrong("%s is not violated, as it should be", o.Entry.Violates)
	}
	if o.Entry.Exact {
		return
	}
	for _, name := range r.Unreached {
		wrong("unreached: %s", name)
	}
	never := r.NeverFired()
	for _, name := range never {
		if !slices.Contains(o.Entry.Never, name) {
			wrong("never fired: %s", name)
		}
	}
	for _, name := range o.Entry.Never {
		if !slices.Contains(never, name) {
			wrong("fired, though it should not: %s", name)
		}
	}
}

// Find returns the entry of Standard or Deep with the name.
func Find(name string) (Entry, error) {
	all := slices.Concat(Standard, Deep)
	names := make([]string, len(all))
	for i, e := range all {
		if e.Name == name {
			return e, nil
		}
		names[i] = e.Name
	}
	return Entry{}, fmt.Errorf("%w: unknown model %q; known: %s", ErrConfig, name, strings.Join(names, ", "))
}
