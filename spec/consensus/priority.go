package consensus

import "github.com/polka-bft/polka/spec"

// PaperRules is Algorithm 1 itself: the dialect "paper".
var PaperRules = &spec.Rules{
	Name:       "paper",
	Doc:        "Algorithm 1 of arXiv 1807.04938 with weighted votes",
	Bindings:   []*spec.Binding{StartRound, OnProposal, OnVotes, OnDecision, OnLaterRound, OnTimeout},
	Clauses:    Algorithm,
	Calls:      calls,
	Priority:   Priority,
	Impossible: PaperImpossible,
}

// Paper is the compiled dialect "paper".
var Paper = mustCompile(PaperRules)

// Priority is which clause an implementation of Algorithm 1 follows when several
// may fire. The paper leaves it open and the checker explores all of them, so
// the order is about speed, not about safety.
var Priority = []spec.Precedence{
	{Key: "L14", Reason: "a call is made at once; a process is the proposer of its round or is not"},
	{Key: "L20", Reason: "the other half of the call"},
	{Key: "L49", Reason: "a decision ends the height: nothing else in it matters any more"},
	{Key: "L55", Reason: "others are ahead: whatever is done in this round comes too late"},
	{Key: "L36", Reason: "a polka for a value we have: a lock and a precommit, the step nearest to a decision"},
	{Key: "L44", Reason: "a polka for nil: precommit at once instead of waiting for timeoutPrevote"},
	{Key: "L28", Reason: "a proposal with a proof of lock says more than one without"},
	{Key: "L22", Reason: "a new proposal: vote before any timer is considered"},
	{Key: "L47", Reason: "starting a timer comes after every rule that sends; the later phase first"},
	{Key: "L34", Reason: "starting a timer"},
	{Key: "L65", Reason: "an expired timer comes last: what messages allow is better; the later phase first"},
	{Key: "L61", Reason: "an expired timer"},
	{Key: "L57", Reason: "an expired timer"},
}

// PaperImpossible lists what cannot be observed under Algorithm 1; the checker
// asserts that none of it arises.
var PaperImpossible = []spec.Impossible{
	{Of: OnDecision, Conds: []spec.Cond{Decided.Is(Yes)}, Why: "line 52 leaves the height together with its decision"},
	{Of: OnProposal, Conds: []spec.Cond{POL.Is(Fresh), Lock.Is(Older)}, Why: "a lock is never of a round ≤ −1"},
	{Of: OnProposal, Conds: []spec.Cond{Proposal.Is(NoProposal), POL.In(Unbacked, Backed, Misplaced)}, Why: "without a proposal there is no vr; it is observed as fresh"},
	{Of: OnVotes, Conds: []spec.Cond{Prevotes.Is(Few), Once34.Is(spec.Done)}, Why: "prevotes are never forgotten within a round"},
	{Of: OnVotes, Conds: []spec.Cond{Precommits.Is(No), Once47.Is(spec.Done)}, Why: "precommits are never forgotten within a round"},
	{Of: OnVotes, Conds: []spec.Cond{Step.Is(Propose), Once34.Is(spec.Done)}, Why: "line 34 fires after the prevote of the round"},
	{Of: OnProposal, Conds: []spec.Cond{Step.Is(Propose), Once36.Is(spec.Done)}, Why: "line 36 fires after the prevote of the round"},
}

// mustCompile compiles rules that ship with polka. That they obey the laws is
// tested; a failure here means that the program was built from broken rules.
func mustCompile(r *spec.Rules) *spec.Table {
	t, err := spec.Compile(r)
	if err != nil {
		panic(err)
	}
	return t
}
