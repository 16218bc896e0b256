package consensus

import "github.com/polka-bft/polka/spec"

// The words of the language, spelled shorter where the clauses use them.
type (
	// Phrases is a conjunction of phrases.
	Phrases = spec.Phrases
	// Effects is the body of a branch.
	Effects = spec.Effects
)

var (
	says = spec.Says
	does = spec.Does
)

// Algorithm is Algorithm 1 of arXiv 1807.04938, lines 11 to 67, with votes
// weighted by power: "+2/3" is more than two thirds of the height's power (the
// paper's 2f + 1), "+1/3" more than one third (f + 1). The words are those of
// docs/paper/algorithm-1.txt, and a test compares the two; the index p of the
// paper is left out, since all state is this process's own.
var Algorithm = []spec.Clause{
	{
		Line: 14, Of: StartRound, First: enterRound,
		While:    Phrases{says("proposer(h, round) is this process", Proposer.Is(Yes))},
		IfLine:   15,
		If:       Phrases{says("validValue ≠ nil", ValidValue.Is(Yes))},
		Then:     Effects{does(16, "proposal ← validValue", TakeValidValue)},
		ElseLine: 17,
		Else:     Effects{does(18, "proposal ← getValue()", TakeNewValue)},
		Finally: Effects{
			does(19, "broadcast PROPOSAL(h, round, proposal, validRound)", SendProposal),
		},
	},
	{
		Line: 20, Of: StartRound, First: enterRound,
		While: Phrases{says("proposer(h, round) is another process", Proposer.Is(No))},
		Then:  Effects{does(21, "schedule timeoutPropose(h, round)", SchedulePropose)},
	},
	{
		Line: 22, Of: OnProposal,
		Upon:     Phrases{says("PROPOSAL(h, round, v, −1) of proposer(h, round)", Proposal.In(Invalid, Valid), POL.Is(Fresh))},
		While:    Phrases{says("step = propose", Step.Is(Propose))},
		IfLine:   23,
		If:       Phrases{says("valid(v)", Proposal.Is(Valid)), says("(lockedRound = −1 or lockedValue = v)", Lock.In(Open, Same))},
		Then:     Effects{does(24, "broadcast PREVOTE(h, round, id(v))", SendPrevote)},
		ElseLine: 25,
		Else:     Effects{does(26, "broadcast PREVOTE(h, round, nil)", SendPrevoteNil)},
		Finally:  Effects{does(27, "step ← prevote", SetStepPrevote)},
	},
	{
		Line: 28, Of: OnProposal,
		Upon: Phrases{
			says("PROPOSAL(h, round, v, vr) of proposer(h, round)", Proposal.In(Invalid, Valid)),
			says("+2/3 PREVOTE(h, vr, id(v))", POL.Is(Backed)),
		},
		While:    Phrases{says("step = propose", Step.Is(Propose)), says("0 ≤ vr < round", POL.In(Unbacked, Backed))},
		IfLine:   29,
		If:       Phrases{says("valid(v)", Proposal.Is(Valid)), says("(lockedRound ≤ vr or lockedValue = v)", Lock.In(Open, Older, Same))},
		Then:     Effects{does(30, "broadcast PREVOTE(h, round, id(v))", SendPrevote)},
		ElseLine: 31,
		Else:     Effects{does(32, "broadcast PREVOTE(h, round, nil)", SendPrevoteNil)},
		Finally:  Effects{does(33, "step ← prevote", SetStepPrevote)},
	},
	{
		Line: 34, Of: OnVotes,
		Upon:      Phrases{says("+2/3 PREVOTE(h, round, any)", Prevotes.In(Mixed, ForNil, ForValue))},
		While:     Phrases{says("step = prevote", Step.Is(Prevote))},
		FirstTime: Once34,
		Then:      Effects{does(35, "schedule timeoutPrevote(h, round)", SchedulePrevote)},
	},
	{
		Line: 36, Of: OnProposal,
		Upon: Phrases{
			says("PROPOSAL(h, round, v, any) of proposer(h, round)", Proposal.In(Invalid, Valid)),
			says("+2/3 PREVOTE(h, round, id(v))", Polka.Is(Yes)),
		},
		While:     Phrases{says("valid(v)", Proposal.Is(Valid)), says("step ≥ prevote", Step.In(Prevote, Precommit))},
		FirstTime: Once36,
		IfLine:    37,
		If:        Phrases{says("step = prevote", Step.Is(Prevote))},
		Then: Effects{
			does(38, "lockedValue ← v", LockValueOp),
			does(39, "lockedRound ← round", LockRoundOp),
			does(40, "broadcast PRECOMMIT(h, round, id(v))", SendPrecommit),
			does(41, "step ← precommit", SetStepPrecommit),
		},
		Finally: Effects{
			does(42, "validValue ← v", ValidValueOp),
			does(43, "validRound ← round", ValidRoundOp),
		},
	},
	{
		Line: 44, Of: OnVotes,
		Upon:  Phrases{says("+2/3 PREVOTE(h, round, nil)", Prevotes.Is(ForNil))},
		While: Phrases{says("step = prevote", Step.Is(Prevote))},
		Then: Effects{
			does(45, "broadcast PRECOMMIT(h, round, nil)", SendPrecommitNil),
			does(46, "step ← precommit", SetStepPrecommit),
		},
	},
	{
		Line: 47, Of: OnVotes,
		Upon:      Phrases{says("+2/3 PRECOMMIT(h, round, any)", Precommits.Is(Yes))},
		FirstTime: Once47,
		Then:      Effects{does(48, "schedule timeoutPrecommit(h, round)", SchedulePrecommit)},
	},
	{
		Line: 49, Of: OnDecision,
		Upon: Phrases{
			says("PROPOSAL(h, r, v, any) of proposer(h, r)", Proposal.In(Invalid, Valid)),
			says("+2/3 PRECOMMIT(h, r, id(v))", CommitQuorum.Is(Yes)),
		},
		While:  Phrases{says("decision[h] = nil", Decided.Is(No))},
		IfLine: 50,
		If:     Phrases{says("valid(v)", Proposal.Is(Valid))},
		Then: Effects{
			does(51, "decision[h] ← v", Decide),
			does(52, "h ← h + 1", NextHeight),
			does(53, "unlock, forget validValue and validRound, empty the message log", Reset),
			does(54, "StartRound(0)", StartFirstRound),
		},
	},
	{
		Line: 55, Of: OnLaterRound,
		Upon: Phrases{says("+1/3 messages of any kind for (h, r), with r > round", LaterRound.Is(Yes))},
		Then: Effects{does(56, "StartRound(r)", StartBoundRound)},
	},
	{
		Line: 57, Of: OnTimeout,
		Upon:   Phrases{says("timeoutPropose(height, r) expires", Expired.Is(TimeoutPropose))},
		IfLine: 58,
		If:     Phrases{says("height = h and r = round", At.Is(Here)), says("step = propose", Step.Is(Propose))},
		Then: Effects{
			does(59, "broadcast PREVOTE(h, round, nil)", SendPrevoteNil),
			does(60, "step ← prevote", SetStepPrevote),
		},
	},
	{
		Line: 61, Of: OnTimeout,
		Upon:   Phrases{says("timeoutPrevote(height, r) expires", Expired.Is(TimeoutPrevote))},
		IfLine: 62,
		If:     Phrases{says("height = h and r = round", At.Is(Here)), says("step = prevote", Step.Is(Prevote))},
		Then: Effects{
			does(63, "broadcast PRECOMMIT(h, round, nil)", SendPrecommitNil),
			does(64, "step ← precommit", SetStepPrecommit),
		},
	},
	{
		Line: 65, Of: OnTimeout,
		Upon:   Phrases{says("timeoutPrecommit(height, r) expires", Expired.Is(TimeoutPrecommit))},
		IfLine: 66,
		If:     Phrases{says("height = h and r = round", At.Is(Here))},
		Then:   Effects{does(67, "StartRound(round + 1)", StartNextRound)},
	},
}

// enterRound is how StartRound begins, whoever the proposer is.
var enterRound = Effects{does(12, "round ← r", SetRound), does(13, "step ← propose", SetStepPropose)}
