package bft

import (
	"context"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
)

// An Inquiry is an instance for Accountable or Terminates, with what is expected
// of it.
type Inquiry struct {
	Name string // short, for the command line
	Why  string // what it is for

	// Config is searched by Accountable, unless Termination is set, which is
	// then searched by Terminates.
	Config      Config
	Termination *Termination

	// Violates names the property that must be found violated; "" expects that
	// everything holds.
	Violates string
}

// Inquired lists the properties that Accountable and Terminates ask about, and no
// other search.
func Inquired() []Property { return []Property{accountableProperty, noFramingProperty, inTime} }

// Inquiries lists what Accountable and Terminates are asked. For termination,
// the last of the rounds is the one by which everybody decides:
//
//	timely rounds       needed  proposers from the first of them on
//	from the start           1  correct
//	from the start           2  Byzantine, correct
//	after one or two         3  correct, correct, correct
//	after one or two         4  in whichever place the Byzantine one is
//
// After rounds that were not timely somebody may be locked on what nobody else
// has seen a polka of: a hidden lock. It spoils the rounds in which another value is
// proposed: its holder prevotes nil, and a Byzantine prevote can keep the polka back
// until one process has precommitted nil. That ends at the latest when the holder
// proposes, hence when all correct validators have proposed once; and a Byzantine
// proposer wastes its round. That one round less is not enough is an entry, too.
var Inquiries = []Inquiry{
	{
		Name: "accountable-b", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine}},
		Why: "two of four Byzantine, one round: every disagreement is by equivocation",
	},
	{
		Name: "accountable-01", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{0, 1}},
		Why: "two of four Byzantine, two correct proposers: disagreements by amnesia",
	},
	{
		Name: "accountable-b0", Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{Byzantine, 0}},
		Why: "two of four Byzantine, one proposes first: a newer polka excuses who gave up its lock",
	},
	{
		Name: "framed-01", Violates: noFraming,
		Config: Config{Validators: 4, Byzantine: 2, Proposers: []int{0, 1}, Mutant: "a new value is prevoted against the lock"},
		Why:    "a process that forgets its lock is named as a culprit",
	},
	timely(0, "", "timely from the start, a correct proposer: one round", 0),
	timely(0, decidesInTime, "a Byzantine proposer can waste its round", Byzantine),
	timely(0, "", "timely from the start, a Byzantine proposer first: two rounds", Byzantine, 0),
	timely(1, decidesInTime, "a hidden lock outlasts a correct proposer", 0, 1),
	timely(1, decidesInTime, "a hidden lock outlasts two correct proposers", Byzantine, 0, 1),
	timely(1, "", "three correct proposers: one of them holds the hidden lock", Byzantine, 0, 1, 2),
	timely(1, decidesInTime, "the holder is third among correct proposers, a Byzantine one comes third", 0, 1, 2, Byzantine),
	timely(1, "", "three correct proposers and a Byzantine one in the third place", 0, 1, 2, Byzantine, 0),
	timely(1, decidesInTime, "the holder is third among correct proposers, a Byzantine one comes second", 0, 1, Byzantine, 2),
	timely(1, "", "three correct proposers and a Byzantine one in the second place", 0, 1, Byzantine, 2, 0),
	timely(1, decidesInTime, "the holder is third among correct proposers, a Byzantine one comes first", 0, Byzantine, 1, 2),
	timely(1, "", "three correct proposers and a Byzantine one in the first place", 0, Byzantine, 1, 2, 0),
	timely(0, decidesInTime, "", Byzantine, 0).wrong("no valid value in step precommit"),
	timely(0, decidesInTime, "", Byzantine, 0).wrong("the locked value is not prevoted again"),
	timely(1, decidesInTime, "", Byzantine, 0, 1, 2).wrong("an older lock does not give way"),
	timely(1, "", "", Byzantine, 0, 1, 2).wrong("a lock of round vr does not give way"),
	timely(0, decidesInTime, "", 0).wrong("no gossip"),
	timely(0, decidesInTime, "", 0).wrong("timeouts shorter than delays"),
	timely(0, decidesInTime, "", Byzantine, 0).wrong("timeouts in any order"),
}

// timely is an inquiry with four validators, one of them Byzantine.
func timely(from int, violates, why string, proposers ...int) Inquiry {
	c := Config{Validators: 4, Byzantine: 1, Proposers: proposers}
	return Inquiry{
		Name: fmt.Sprintf("terminates-%s-from-%d", placement(proposers), from), Why: why,
		Config: c, Termination: &Termination{Config: c, From: from}, Violates: violates,
	}
}

// wrong is the inquiry with a mutant of termination.
func (q Inquiry) wrong(name string) Inquiry {
	i := slices.IndexFunc(TerminationMutants, func(m TerminationMutant) bool { return m.Name == name })
	t := *q.Termination
	t.Wrong = name
	q.Name, q.Termination, q.Why = q.Name+"-"+TerminationMutants[i].Key, &t, TerminationMutants[i].Why
	return q
}

// Check searches the instance and compares. The entry of the outcome has the
// name, the reason and the expectation of the inquiry.
func (q *Inquiry) Check(ctx context.Context, o modelcheck.Options) (Outcome, error) {
	out := Outcome{Entry: Entry{Name: q.Name, Config: q.Config, Why: q.Why, Violates: q.Violates}}
	var err error
	if q.Termination != nil {
		out.Result, err = Terminates(ctx, *q.Termination, o)
	} else {
		var a Accounting
		a, err = Accountable(ctx, q.Config, o)
		out.Result, out.Accounts = a.Result, a.Accounts
	}
	if err != nil {
		return out, fmt.Errorf("model %s: %w", q.Name, err)
	}
	r := &out.Result
	for i := range r.Violations {
		if name := r.Violations[i].Property.Name; name != q.Violates {
			out.Wrong = append(out.Wrong, fmt.Sprintf("%s is violated", name))
		}
	}
	if !r.Complete {
		return out, nil
	}
	if q.Violates != "" {
		out.Wrong = append(out.Wrong, fmt.Sprintf("%s is not violated, as it should be", q.Violates))
	}
	for _, name := range r.Unreached {
		out.Wrong = append(out.Wrong, "unreached: "+name)
	}
	return out, nil
}
