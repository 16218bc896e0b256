package bft

import "slices"

// A Past is a mistake that tendermint once had in the rules of the paper, as an
// entry of [Mutants] or of [TerminationMutants]. What only delivery shows is in
// modelcheck/delivery, which has a list of its own.
type Past struct {
	Issues string
	Story  string // a name for it
	Wrong  string // what went wrong
	Today  string // where it stands
	By     string // the property that notices
	Steps  int    // of a shortest run to it

	Mutant  string // the name of an entry of Mutants, or ""
	Inquiry string // otherwise, the name of the entry of Inquiries that tries a mutant of termination
}

// History is every such mistake.
var History = []Past{
	{
		Issues: "tendermint 1047, pull request 1475", Story: "no valid value",
		Wrong: "without validValue only those who lock a value remember its polka; who is not locked proposes something else, and who is locked refuses it, for ever",
		Today: "validValue and validRound, as in the paper",
		By:    decidesInTime, Steps: 24, Inquiry: "terminates-b0-from-0-late-polka",
	},
	{
		Issues: "tendermint 2642", Story: "something else than the valid value",
		Wrong: "a proposer passes over validValue; tendermint took its lock instead, the mutant takes a new value." +
			" In v0.38 a polka for another value takes the lock away, so there it makes no difference to a node that hears itself at once;" +
			" by the rules of the paper and of v1 it does",
		Today: "validValue is proposed",
		By:    "own proposal", Steps: 6, Mutant: "validValue is passed over",
	},
}

// Property is what notices the mistake.
func (p *Past) Property() Property {
	all := append(Always(), inTime)
	return all[slices.IndexFunc(all, func(q Property) bool { return q.Name == p.By })]
}

// Tried is the mutant that makes the mistake or, where that is nil, the inquiry
// that does. It panics if there is neither: TestHistory sees to that.
func (p *Past) Tried() (*Mutant, *Inquiry) {
	if p.Mutant != "" {
		m, err := findMutant(p.Mutant)
		if err != nil {
			panic(err)
		}
		return m, nil
	}
	i := slices.IndexFunc(Inquiries, func(q Inquiry) bool { return q.Name == p.Inquiry })
	return nil, &Inquiries[i]
}
