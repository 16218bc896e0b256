package gen

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

var (
	ofRound    = nodeBinding{args: []string{"r"}}
	ofPrevotes = nodeBinding{args: []string{"r"}, lets: []string{"v == Majority($e.prevotes, $r)"}}
	ofCommits  = nodeBinding{args: []string{"r"}, lets: []string{"v == Majority($e.precommits, $r)"}}
	ofBlock    = nodeBinding{lets: []string{"r == $n.round", "v == Majority($e.prevotes, r)"}}
)

// consensusNode is how the clauses of the CometBFT dialects are written in TLA+. What
// the surroundings answer is what modelcheck/quotient has them answer: an application
// that accepts everything, no proposer-based timestamps, no timeout that is skipped.
var consensusNode = nodeLanguage{
	bindings: map[*spec.Binding]nodeBinding{
		consensus.EnterNewRound:      ofRound,
		consensus.AwaitTime:          ofRound,
		consensus.EnterPropose:       ofRound,
		consensus.PrevoteIfComplete:  {},
		consensus.EnterPrevote:       ofRound,
		consensus.DoPrevote:          {},
		consensus.DoPrevoteV1:        {},
		consensus.EnterPrevoteWait:   ofRound,
		consensus.EnterPrecommit:     ofRound,
		consensus.DoPrecommit:        ofPrevotes,
		consensus.EnterPrecommitWait: ofRound,
		consensus.EnterCommit:        ofCommits,
		consensus.TryFinalizeCommit:  {lets: []string{"r == $n.commitRound", "v == Majority($e.precommits, r)"}},
		consensus.OnPolkaUnlock:      ofPrevotes,
		consensus.OnPolkaValid:       ofPrevotes,
		consensus.OnPrevote:          ofRound,
		consensus.OnPrecommit:        ofCommits,
		consensus.OnBlockValid:       ofBlock,
		consensus.OnBlock:            ofBlock,
		consensus.OnTock:             {args: []string{"r", "t"}},
	},
	tlaLanguage: tlaLanguage{observables: []tlaObservable{
		{is: consensus.RoundIs.Variable(), expr: "RoundIs($n, $r)", text: `
RoundIs(n, r) == IF r < n.round THEN "past" ELSE IF r > n.round THEN "future" ELSE "current"
`},
		{is: consensus.NodeStep.Variable(), expr: "$n.step"},
		{is: consensus.PrevoteTally.Variable(), expr: "Tally($e.prevotes, $r)"},
		{is: consensus.PrecommitTally.Variable(), expr: "Tally($e.precommits, $r)"},
		{is: consensus.LockIs.Variable(), expr: "LockIs($n, $v)", text: `
LockIs(n, v) == Holds(n.lockedValue, n.lockedValue, v)
`},
		{is: consensus.BlockIs.Variable(), expr: "BlockIs($n, $v)", text: `
BlockIs(n, v) == Holds(n.block, n.parts, v)
`},
		{is: consensus.BlockValid.Variable(), form: tlaFact, expr: "BlockValid($n)", not: "~BlockValid($n)", text: `
BlockValid(n) == n.block # Nil /\ n.block # Invalid
`},
		{is: consensus.PartsWhole.Variable(), form: tlaFact, expr: "$n.whole", not: "~$n.whole"},
		{is: consensus.Locked.Variable(), form: tlaFact, expr: "$n.lockedValue # Nil", not: "$n.lockedValue = Nil"},
		{is: consensus.LockBefore.Variable(), form: tlaFact, expr: "$n.lockedRound < $r", not: "$n.lockedRound >= $r"},
		{is: consensus.ValidBefore.Variable(), form: tlaFact, expr: "$n.validRound < $r", not: "$n.validRound >= $r"},
		{is: consensus.ValidValue.Variable(), form: tlaFact, expr: "$n.validValue # Nil", not: "$n.validValue = Nil"},
		{is: consensus.Proposer.Variable(), form: tlaFact, expr: "Proposer($r) = $e.self", not: "Proposer($r) # $e.self"},
		{is: consensus.Once34.Variable(), form: tlaFact, expr: "$n.once34", not: "~$n.once34"},
		{is: consensus.Once47.Variable(), form: tlaFact, expr: "$n.once47", not: "~$n.once47"},
		{is: consensus.Complete.Variable(), form: tlaFact, expr: "Complete($n, $e)", not: "~Complete($n, $e)", text: `
Complete(n, e) ==
    /\ n.proposal
    /\ n.block # Nil
    /\ n.polRound >= 0 => Tally(e.prevotes, n.polRound) \in {"nil", "value"}
`},
		{is: consensus.POLRoundIs.Variable(), form: tlaFact, expr: "POLRoundIs($n, $r)", not: "~POLRoundIs($n, $r)", text: `
POLRoundIs(n, r) == n.proposal /\ n.polRound >= 0 /\ n.polRound = r
`},
		{is: consensus.HeldBlock.Variable(), expr: "HeldBlock($n)", text: `
HeldBlock(n) == IF n.block = Nil THEN "none" ELSE IF n.block = Invalid THEN "invalid" ELSE "valid"
`},
		{is: consensus.Tock.Variable(), expr: "$t"},
		{is: consensus.AwaitTxs.Variable(), form: tlaFact, expr: "AwaitsTransactions", not: "~AwaitsTransactions", text: `
AwaitsTransactions == FALSE  \* so the surroundings answer here, always
`},
		{is: consensus.SkipCommit.Variable(), form: tlaFact, expr: "SkipsCommit", not: "~SkipsCommit", text: `
SkipsCommit == FALSE  \* so the surroundings answer here, always
`},
		{is: consensus.MustWait.Variable(), form: tlaFact, expr: "MustWait", not: "~MustWait", text: `
MustWait == FALSE  \* so the surroundings answer here, always
`},
		{is: consensus.Offer.Variable(), expr: "Offer($n)", text: `
Offer(n) ==
    IF ~n.proposal \/ n.block = Nil THEN "none" ELSE IF n.block = Invalid THEN "invalid" ELSE "valid"
`},
		{is: consensus.Backing.Variable(), expr: "Backing($n, $e)", text: `
Backing(n, e) ==
    LET v == Majority(e.prevotes, n.polRound)
    IN  IF Offer(n) = "none" \/ n.polRound = -1 THEN "new"
        ELSE IF Block(v) # n.block THEN "unbacked"
        ELSE IF v # n.parts THEN "backedAlias"
        ELSE "backed"
`},
		{is: consensus.Timing.Variable(), expr: "Timing", text: `
Timing == "good"  \* so the surroundings answer here, always
`},
		{is: consensus.LockOn.Variable(), expr: "LockOn($n)", text: `
LockOn(n) ==
    IF n.lockedRound = -1 THEN "open"
    ELSE IF Offer(n) = "none" THEN "newer"
    ELSE IF n.lockedValue = n.parts THEN "same"
    ELSE IF n.lockedRound <= n.polRound THEN "older"
    ELSE IF Block(n.lockedValue) = n.block THEN "alias"
    ELSE "newer"
`},
		{is: consensus.Approval.Variable(), expr: "Approval($n)", text: `
Approval(n) ==
    IF Offer(n) = "none" THEN "rejected"
    ELSE IF n.validRound # -1 /\ Block(n.validValue) = n.block THEN "known"
    ELSE "accepted"
`},
	}},
	effects: map[spec.Op]string{
		consensus.SetRound:         "[$n EXCEPT !.round = $r, !.once34 = FALSE, !.once47 = FALSE]",
		consensus.SetStepNewRound:  `[$n EXCEPT !.step = "newRound"]`,
		consensus.SetStepPropose:   `[$n EXCEPT !.step = "propose"]`,
		consensus.SetStepPrevote:   `[$n EXCEPT !.step = "prevote"]`,
		consensus.SetStepPrecommit: `[$n EXCEPT !.step = "precommit"]`,
		consensus.SetStepCommit:    `[$n EXCEPT !.step = "commit"]`,
		consensus.MarkOnce34:       "[$n EXCEPT !.once34 = TRUE]",
		consensus.MarkOnce47:       "[$n EXCEPT !.once47 = TRUE]",

		consensus.TakeValidValue:    "[$n EXCEPT !.proposed = $n.validValue]",
		consensus.TakeNewValue:      "[$n EXCEPT !.proposed = $e.newValue]",
		consensus.SendProposal:      "SendProposal($n)",
		consensus.SendPrevoteHeld:   "SendPrevote($n, $n.parts)",
		consensus.SendPrevoteLocked: "SendPrevote($n, $n.lockedValue)",
		consensus.SendPrevoteNil:    "SendPrevote($n, Nil)",
		consensus.SendPrecommit:     "SendPrecommit($n, $v)",
		consensus.SendPrecommitNil:  "SendPrecommit($n, Nil)",

		consensus.LockHeld:     "LockHeld($n)",
		consensus.LockRoundOp:  "[$n EXCEPT !.lockedRound = $n.round]",
		consensus.UnlockOp:     `[$n EXCEPT !.lockedValue = Nil, !.lockedRound = -1, !.lockedParts = "whole"]`,
		consensus.ValidHeld:    "[$n EXCEPT !.validValue = $n.parts]",
		consensus.ValidRoundOp: "[$n EXCEPT !.validRound = $n.round]",

		consensus.ClearProposal:   "Collect([$n EXCEPT !.proposal = FALSE, !.polRound = -1, !.block = Nil], Nil)",
		consensus.DropBlock:       "[$n EXCEPT !.block = Nil]",
		consensus.CollectParts:    "CollectParts($n, $v)",
		consensus.FetchBlock:      "FetchBlock($n, $v)",
		consensus.TakeLockedBlock: "TakeLockedBlock($n)",
		consensus.SetCommitRound:  "[$n EXCEPT !.commitRound = $r]",

		consensus.Decide: "[$n EXCEPT !.decision = $v]",
		consensus.Panic:  "[$n EXCEPT !.panicked = TRUE]",

		// The next height is not in the model, the log neither, and which timeouts run
		// is read off the state.
		consensus.NextHeight: "", consensus.Reset: "", consensus.BeginHeight: "", consensus.LogStep: "",
		consensus.ScheduleNewRound: "", consensus.SchedulePropose: "", consensus.SchedulePrevote: "", consensus.SchedulePrecommit: "",
	},
	arguments: map[spec.Op]string{
		consensus.CallEnterNewRound:      "$r",
		consensus.CallEnterNextRound:     "$r + 1",
		consensus.CallEnterFirstRound:    "0",
		consensus.CallEnterFirstPropose:  "0",
		consensus.CallEnterPropose:       "$r",
		consensus.CallPropose:            "$r",
		consensus.CallEnterPrevote:       "$n.round",
		consensus.CallEnterPrevoteWait:   "$r",
		consensus.CallEnterPrecommit:     "$r",
		consensus.CallDoPrecommit:        "$r",
		consensus.CallEnterPrecommitWait: "$r",
		consensus.CallEnterCommit:        "$r",
	},
	events: []nodeEvent{
		{
			event: consensus.PrevoteAdded, action: "PrevoteAdded", doc: "a prevote of round r is added",
			args: []string{"r"}, from: "node[p]", domain: `r \in Rounds`,
		},
		{
			event: consensus.PrecommitAdded, action: "PrecommitAdded", doc: "a precommit of round r is added",
			args: []string{"r"}, from: "node[p]", domain: `r \in Rounds`,
		},
		{
			event: consensus.BlockCompleted, action: "BlockCompleted", doc: "the last part of the block that is collected arrives",
			from: "TakeBlock(node[p])", when: `node[p].parts # Nil /\ ~node[p].whole`,
		},
		{
			event: consensus.TimeoutDelivered, action: "TimeoutDelivered", doc: "timeout t of the current round is delivered",
			args: []string{"t"}, from: "node[p]", round: "node[p].round", domain: `t \in Running(node[p])`,
		},
	},
}
