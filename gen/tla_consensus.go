package gen

import (
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// consensusTLA is how the clauses of spec/consensus are written in TLA+. A
// dialect can be exported once all its bindings, observables and effects stand
// here.
var consensusTLA = tlaLanguage{
	variables: []tlaVariable{
		{name: "round", start: "0", stays: true, doc: "round"},
		{name: "step", start: `"propose"`, doc: "step"},
		{name: "lockedValue", start: "Nil", doc: "lockedValue"},
		{name: "lockedRound", start: "-1", doc: "lockedRound, -1 for none"},
		{name: "validValue", start: "Nil", doc: "validValue"},
		{name: "validRound", start: "-1", doc: "validRound, -1 for none"},
		{name: "once", start: "{}", keep: "Asked", doc: `the lines that have fired "for the first time" in the round`},
		{name: "timers", start: "{}", outside: true, keep: "Awaited", doc: "the timeouts scheduled in the round"},
		{name: tlaDecision, start: "Nil", outside: true, stays: true, doc: "decision[h], Nil for none"},
		{name: "proposals", start: "{}", message: true, doc: "PROPOSAL messages of correct processes"},
		{name: "prevotes", start: "{}", message: true, doc: "PREVOTE messages of correct processes"},
		{name: "precommits", start: "{}", message: true, doc: "PRECOMMIT messages of correct processes"},
	},
	prelude: tlaSoup,
	bindings: map[*spec.Binding]tlaBinding{
		consensus.StartRound:   {free: []string{"r"}},
		consensus.OnProposal:   {free: []string{"v", "vr"}, domains: []string{`v \in Values`, `vr \in -1 .. round[p]`}},
		consensus.OnVotes:      {},
		consensus.OnDecision:   {free: []string{"r", "v"}, domains: []string{`r \in Rounds`, `v \in Values`}},
		consensus.OnLaterRound: {free: []string{"r"}, domains: []string{`r \in round[p] + 1 .. LastRound`}},
		consensus.OnTimeout:    {free: []string{"t", "r"}, domains: []string{`t \in Timeouts`, `r \in Rounds`}, where: "MayExpire(p, t, r)"},
	},
	observables: []tlaObservable{
		{is: consensus.Step.Variable(), expr: "$step"},
		{is: consensus.Proposal.Variable(), of: consensus.OnProposal, form: tlaHeard, expr: "Proposal(p, $v, $vr)", text: `
Proposal(p, v, vr) ==
    (IF vr = -1 THEN {"none"} ELSE {})
        \cup (IF Proposed(round[p], v, vr) THEN {Judge(v)} ELSE {})
`},
		{is: consensus.POL.Variable(), form: tlaHeard, expr: "POL(p, $v, $vr)", text: `
POL(p, v, vr) ==
    IF vr = -1 THEN {"fresh"}
    ELSE IF vr >= round[p] THEN {"misplaced"}
    ELSE {"unbacked"} \cup (IF HasPolka(vr, v) THEN {"backed"} ELSE {})
`},
		{is: consensus.Lock.Variable(), expr: "Lock(p, $v, $vr)", text: `
Lock(p, v, vr) ==
    IF lockedRound[p] = -1 THEN "open"
    ELSE IF lockedValue[p] = v THEN "same"
    ELSE IF lockedRound[p] <= vr THEN "older"
    ELSE "newer"
`},
		{is: consensus.Polka.Variable(), form: tlaFact, expr: "Polka(p, $v)", text: `
Polka(p, v) == HasPolka(round[p], v)
`},
		{is: consensus.Prevotes.Variable(), form: tlaHeard, expr: "Prevotes(p)", text: `
Prevotes(p) ==
    LET all == AllPrevoters(round[p])
        For(v) == Prevoters(round[p], v)
    IN  (IF 34 \in once[p] /\ all \in Quorums THEN {} ELSE {"few"})
            \cup (IF \E heard \in SUBSET all :
                        /\ heard \in Quorums
                        /\ \A v \in Ids : heard \cap For(v) \notin LoneQuorums
                  THEN {"mixed"} ELSE {})
            \cup (IF For(Nil) \in Quorums THEN {"nil"} ELSE {})
            \cup (IF \E v \in Values : For(v) \in Quorums THEN {"value"} ELSE {})
`},
		{is: consensus.Precommits.Variable(), form: tlaHeard, expr: "Precommits(p)", text: `
Precommits(p) ==
    IF AllPrecommitters(round[p]) \notin Quorums THEN {"few"}
    ELSE {"enough"} \cup (IF 47 \in once[p] THEN {} ELSE {"few"})
`},
		{is: consensus.Decided.Variable(), form: tlaFact, expr: "$decision # Nil", not: "$decision = Nil"},
		{is: consensus.Proposal.Variable(), of: consensus.OnDecision, form: tlaHeard, expr: "ProposalOf($r, $v)", text: `
ProposalOf(r, v) ==
    {"none"} \cup (IF \E vr \in -1 .. r : Proposed(r, v, vr) THEN {Judge(v)} ELSE {})
`},
		{is: consensus.CommitQuorum.Variable(), form: tlaFact, expr: "PrecommitQuorum($r, $v)", text: `
PrecommitQuorum(r, v) == Precommitters(r, v) \in Quorums
`},
		{is: consensus.LaterRound.Variable(), form: tlaFact, expr: "LaterRound(p, $r)", text: `
LaterRound(p, r) == r > round[p] /\ Senders(r) \in Thirds
`},
		{is: consensus.Expired.Variable(), expr: "$t"},
		{is: consensus.At.Variable(), expr: "At(p, $r)", text: `
At(p, r) == IF r = round[p] THEN "here" ELSE "elsewhere"
`},
		{is: consensus.Proposer.Variable(), form: tlaFact, expr: "Proposer($r) = p", not: "Proposer($r) # p"},
		{is: consensus.ValidValue.Variable(), form: tlaFact, expr: "$validValue # Nil", not: "$validValue = Nil"},
		{is: consensus.Once34.Variable(), form: tlaFact, expr: `34 \in $once`, not: `34 \notin $once`},
		{is: consensus.Once36.Variable(), form: tlaFact, expr: `36 \in $once`, not: `36 \notin $once`},
		{is: consensus.Once47.Variable(), form: tlaFact, expr: `47 \in $once`, not: `47 \notin $once`},
	},
	effects: map[spec.Op]tlaEffect{
		consensus.SetRound:         {sets: []tlaSet{{"round", "$r"}, {"once", "{}"}, {"timers", "{}"}}},
		consensus.SetStepPropose:   {sets: []tlaSet{{"step", `"propose"`}}},
		consensus.SetStepPrevote:   {sets: []tlaSet{{"step", `"prevote"`}}},
		consensus.SetStepPrecommit: {sets: []tlaSet{{"step", `"precommit"`}}},

		consensus.TakeValidValue: {sets: []tlaSet{{tlaProposal, "$validValue"}}},
		consensus.TakeNewValue:   {sets: []tlaSet{{tlaProposal, tlaProposal}}, some: "Valid"},
		consensus.SendProposal: {sets: []tlaSet{
			{"proposals", `$proposals \cup {ProposalMessage(p, $round, $proposal, $validRound)}`}, {tlaProposal, "Nil"},
		}},
		consensus.SendPrevote:      {sets: []tlaSet{{"prevotes", `$prevotes \cup {Vote(p, $round, $v)}`}}},
		consensus.SendPrevoteNil:   {sets: []tlaSet{{"prevotes", `$prevotes \cup {Vote(p, $round, Nil)}`}}},
		consensus.SendPrecommit:    {sets: []tlaSet{{"precommits", `$precommits \cup {Vote(p, $round, $v)}`}}},
		consensus.SendPrecommitNil: {sets: []tlaSet{{"precommits", `$precommits \cup {Vote(p, $round, Nil)}`}}},

		consensus.SchedulePropose:   {sets: []tlaSet{{"timers", `$timers \cup {"propose"}`}}},
		consensus.SchedulePrevote:   {sets: []tlaSet{{"timers", `$timers \cup {"prevote"}`}}},
		consensus.SchedulePrecommit: {sets: []tlaSet{{"timers", `$timers \cup {"precommit"}`}}},

		consensus.LockValueOp:  {sets: []tlaSet{{"lockedValue", "$v"}}},
		consensus.LockRoundOp:  {sets: []tlaSet{{"lockedRound", "$round"}}},
		consensus.ValidValueOp: {sets: []tlaSet{{"validValue", "$v"}}},
		consensus.ValidRoundOp: {sets: []tlaSet{{"validRound", "$round"}}},

		consensus.Decide:     {sets: []tlaSet{{tlaDecision, "$v"}}},
		consensus.NextHeight: {leaves: true},
		consensus.Reset: {sets: []tlaSet{
			{"lockedValue", "Nil"}, {"lockedRound", "-1"}, {"validValue", "Nil"}, {"validRound", "-1"}, {"once", "{}"},
		}},

		consensus.StartFirstRound: {sets: []tlaSet{{"r", "0"}}},
		consensus.StartBoundRound: {sets: []tlaSet{{"r", "$r"}}},
		consensus.StartNextRound:  {sets: []tlaSet{{"r", "$round + 1"}}},

		consensus.MarkOnce34: {sets: []tlaSet{{"once", `$once \cup {34}`}}},
		consensus.MarkOnce36: {sets: []tlaSet{{"once", `$once \cup {36}`}}},
		consensus.MarkOnce47: {sets: []tlaSet{{"once", `$once \cup {47}`}}},
	},
	start: tlaCall{function: consensus.StartRound, argument: map[string]string{"r": "0"}},
	forgetting: tlaForgetting{
		step:    consensus.Step.Variable(),
		onces:   []tlaOnce{{consensus.Once34, "34"}, {consensus.Once36, "36"}, once47TLA},
		timeout: consensus.OnTimeout, expired: consensus.Expired.Variable(), here: consensus.At.Is(consensus.Here),
		leads: int(consensus.TimeoutPrecommit), by: once47TLA,
		does: []spec.Op{consensus.MarkOnce47, consensus.SchedulePrecommit},
	},
}

var once47TLA = tlaOnce{consensus.Once47, "47"}

// tlaSoup is what the operators of the observables stand on: who there is, and
// who has sent what.
const tlaSoup = `
CONSTANTS
    Powers,     \* sequence: the voting power of each validator, the correct ones first
    Faulty,     \* how many validators, the last ones, are Byzantine
    Proposers,  \* sequence: the proposer of round 0, of round 1 and so on
    Silent      \* set of correct processes that take no step

Byzantine == -1  \* stands in Proposers for any Byzantine validator
Correct == 0 .. Len(Powers) - Faulty - 1
Rounds == 0 .. Len(Proposers) - 1
LastRound == Len(Proposers) - 1
Proposer(r) == Proposers[r + 1]

Nil == "nil"
Valid == {"v0", "v1"}  \* what getValue() may return; valid(v) holds for these
Invalid == "invalid"   \* only Byzantine proposers propose it
Values == Valid \cup {Invalid}
Ids == Values \cup {Nil}
Timeouts == {"propose", "prevote", "precommit"}

\* The power of a set of validators: the number of pairs of a validator and one
\* unit of its power.
Power(S) == Cardinality(UNION {{q} \X (1 .. Powers[q + 1]) : q \in S})
Total == Power(0 .. Len(Powers) - 1)
ByzantinePower == Total - Power(Correct)

\* The Byzantine validators have sent everything from the start: a vote of each
\* kind for each value in each round, and as proposers every value with every
\* validRound. So they join every set of senders. The sets of correct processes
\* that are +2/3 with them, +2/3 without them, and +1/3 with them:
Quorums == {S \in SUBSET Correct : 3 * (Power(S) + ByzantinePower) > 2 * Total}
LoneQuorums == {S \in SUBSET Correct : 3 * Power(S) > 2 * Total}
Thirds == {S \in SUBSET Correct : 3 * (Power(S) + ByzantinePower) > Total}

ASSUME {} \notin Quorums  \* else the Byzantine validators are a quorum
`

// tlaSenders follows the declaration of the variables.
const tlaSenders = `
\* Messages, and who has sent which.

Vote(p, r, v) == [from |-> p, round |-> r, value |-> v]
ProposalMessage(p, r, v, vr) == [from |-> p, round |-> r, value |-> v, vr |-> vr]

Prevoters(r, v) == {p \in Correct : Vote(p, r, v) \in prevotes}
AllPrevoters(r) == UNION {Prevoters(r, v) : v \in Ids}
Precommitters(r, v) == {p \in Correct : Vote(p, r, v) \in precommits}
AllPrecommitters(r) == UNION {Precommitters(r, v) : v \in Ids}
Senders(r) ==
    AllPrevoters(r) \cup AllPrecommitters(r)
        \cup {p \in Correct : \E m \in proposals : m.from = p /\ m.round = r}

Proposed(r, v, vr) == Proposer(r) = Byzantine \/ ProposalMessage(Proposer(r), r, v, vr) \in proposals
Judge(v) == IF v \in Valid THEN "valid" ELSE "invalid"
HasPolka(r, v) == Prevoters(r, v) \in Quorums

\* Who takes steps: whoever decides stops.
Running == {p \in Correct \ Silent : decision[p] = Nil}

\* A timeout may expire at any time after it was scheduled. Which ones of the
\* round before still run is not kept: all of them, for whoever asks.
MayExpire(p, t, r) == (r = round[p] /\ t \in timers[p]) \/ r = round[p] - 1
`
