package bft

import "github.com/polka-bft/polka/spec/consensus"

// The instances that the mutants are tried on. One round and two processes
// that act are preferred where they suffice.
var (
	oneRound  = Config{Validators: 4, Byzantine: 1, Proposers: []int{0}}
	byzantine = Config{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine}}
	two       = Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1}}
	thenTwo   = Config{Validators: 4, Byzantine: 1, Proposers: []int{Byzantine, 0}}
	thenByz   = Config{Validators: 4, Byzantine: 1, Proposers: []int{0, Byzantine}}
	// twoFaulty is beyond the fault bound: a round can have a polka for nil and
	// one for a value. A correct process must not equivocate even so.
	twoFaulty = Config{Validators: 4, Byzantine: 2, Proposers: []int{0}}
	// alone has no Byzantine validator, and three rounds.
	alone = Config{Validators: 2, Proposers: []int{0, 1, 0}}
	// three shows what takes an old proof of lock and a newer lock.
	three = Config{Validators: 4, Byzantine: 1, Proposers: []int{0, 1, Byzantine}, Counted: true}
)

// Mutants is every mutant, in the order of the clauses. Their clauses are those
// of Algorithm 1.
var Mutants = []Mutant{
	{
		Name: "everybody proposes", Clause: "L14", On: two, By: "no equivocation",
		Edits: []Edit{{Clause: "L14", Drop: "is this process"}},
	},
	{
		Name: "nothing is proposed", Clause: "L14", On: two, By: "unreached: everyone decides",
		Edits: []Edit{{Clause: "L14", Remove: consensus.SendProposal}},
	},
	{
		Name: "a new value with an old validRound", Clause: "L14", On: two, By: "valid value justified",
		Edits: []Edit{{Clause: "L14", Replace: consensus.TakeValidValue, By: consensus.TakeNewValue}},
	},
	{
		Name: "validValue is passed over", Clause: "L14", On: two, By: "own proposal",
		Edits: []Edit{{Clause: "L14", Replace: consensus.TakeValidValue, By: consensus.TakeNewValue}},
	},
	{
		Name: "the round is not entered", Clause: "L20", On: two, By: "no equivocation",
		Edits: []Edit{{Clause: "L20", Remove: consensus.SetRound}},
	},
	{
		Name: "timeoutPropose is not scheduled", Clause: "L20", On: two, By: "never fires: L57If",
		Edits: []Edit{{Clause: "L20", Remove: consensus.SchedulePropose}},
	},
	{
		Name: "an invalid value is prevoted", Clause: "L22", On: byzantine, By: "valid votes",
		Edits: []Edit{{Clause: "L22", Drop: "valid(v)"}},
	},
	{
		Name: "a new value is prevoted against the lock", Clause: "L22", On: two, By: "lock respected",
		Edits: []Edit{{Clause: "L22", Drop: "lockedRound = −1"}},
	},
	{
		Name: "a new value is prevoted against the lock, up to the disagreement", Clause: "L22", On: two, By: "agreement",
		Edits: []Edit{{Clause: "L22", Drop: "lockedRound = −1"}},
	},
	{
		Name: "a proposal is prevoted in every step", Clause: "L22", On: byzantine, By: "no equivocation",
		Edits: []Edit{{Clause: "L22", Drop: "step = propose"}},
	},
	{
		Name: "a prevote does not end step propose", Clause: "L22", On: oneRound, By: "no equivocation",
		Edits: []Edit{{Clause: "L22", Remove: consensus.SetStepPrevote}},
	},
	{
		Name: "a proof of lock is believed unseen", Clause: "L28", On: thenByz, By: "lock respected",
		Edits: []Edit{{Clause: "L28", Drop: "+2/3 PREVOTE"}},
	},
	{
		Name: "2f prevotes are a proof of lock", Clause: "L28", On: three, By: "lock respected",
		Less: map[Threshold]int64{POLPower: 1},
	},
	{
		Name: "an old proof of lock overrides the lock", Clause: "L28", On: three, By: "lock respected",
		Edits: []Edit{{Clause: "L28", Drop: "lockedRound ≤ vr"}},
	},
	{
		Name: "a proof of lock is prevoted in every step", Clause: "L28", On: two, By: "no equivocation",
		Edits: []Edit{{Clause: "L28", Drop: "step = propose"}},
	},
	{
		Name: "an invalid value with a proof of lock is prevoted", Clause: "L28", On: thenByz,
		Edits:    []Edit{{Clause: "L28", Drop: "valid(v)"}},
		Survives: "a proof of lock takes prevotes of correct processes, who prevote valid values only",
	},
	{
		Name: "timeoutPrevote is scheduled without prevotes", Clause: "L34", On: oneRound, By: "possible observations",
		Edits: []Edit{{Clause: "L34", Drop: "+2/3 PREVOTE"}},
	},
	{
		Name: "2f prevotes start timeoutPrevote", Clause: "L34", On: oneRound, By: "timeouts justified",
		Less: map[Threshold]int64{AnyPrevotes: 1},
	},
	{
		Name: "nobody prevotes nil for an invalid value", Clause: "L22", On: thenTwo, By: "no dead end",
		Edits: []Edit{{Clause: "L22", Remove: consensus.SendPrevoteNil}},
	},
	{
		Name: "a prevote is left out", Clause: "L28", On: two, By: "a vote for each step",
		Edits: []Edit{{Clause: "L28", Remove: consensus.SendPrevote}},
	},
	{
		Name: "timeoutPrevote is not scheduled", Clause: "L34", On: two, By: "never fires: L61If",
		Edits: []Edit{{Clause: "L34", Remove: consensus.SchedulePrevote}},
	},
	{
		Name: "timeoutPrevote is scheduled again and again", Clause: "L34", On: two, By: "timeouts justified",
		Edits: []Edit{{Clause: "L34", Once: true}},
	},
	{
		Name: "a lock without a polka", Clause: "L36", On: byzantine, By: "precommit justified",
		Edits: []Edit{{Clause: "L36", Drop: "+2/3 PREVOTE"}},
	},
	{
		Name: "2f prevotes are a polka", Clause: "L36", On: byzantine, By: "precommit justified",
		Less: map[Threshold]int64{PolkaPower: 1},
	},
	{
		Name: "2f prevotes are a polka, up to the disagreement", Clause: "L36", On: two, By: "agreement",
		Less: map[Threshold]int64{PolkaPower: 1},
	},
	{
		Name: "a polka is acted on before the prevote", Clause: "L36", On: byzantine, By: "possible observations",
		Edits: []Edit{{Clause: "L36", Drop: "step ≥ prevote"}},
	},
	{
		Name: "a late polka is precommitted", Clause: "L36", On: oneRound, By: "no equivocation",
		Edits: []Edit{{Clause: "L36", Drop: "step = prevote"}},
	},
	{
		Name: "a precommit without a lock on its value", Clause: "L36", On: oneRound, By: "lock justified",
		Edits: []Edit{{Clause: "L36", Remove: consensus.LockValueOp}},
	},
	{
		Name: "a lock keeps its old round", Clause: "L36", On: oneRound, By: "lock justified",
		Edits: []Edit{{Clause: "L36", Remove: consensus.LockRoundOp}},
	},
	{
		Name: "a lock without a precommit", Clause: "L36", On: oneRound, By: "lock kept",
		Edits: []Edit{{Clause: "L36", Remove: consensus.SendPrecommit}},
	},
	{
		Name: "a precommit does not end step prevote", Clause: "L36", On: two, By: "no equivocation",
		Edits: []Edit{{Clause: "L36", Remove: consensus.SetStepPrecommit}},
	},
	{
		Name: "validValue is not kept", Clause: "L36", On: oneRound, By: "valid value justified",
		Edits: []Edit{{Clause: "L36", Remove: consensus.ValidValueOp}},
	},
	{
		Name: "validRound is not kept", Clause: "L36", On: oneRound, By: "valid value justified",
		Edits: []Edit{{Clause: "L36", Remove: consensus.ValidRoundOp}},
	},
	{
		Name: "an invalid polka is precommitted", Clause: "L36", On: thenByz,
		Edits:    []Edit{{Clause: "L36", Drop: "valid(v)"}},
		Survives: "a polka takes prevotes of correct processes, who prevote valid values only",
	},
	{
		Name: "a polka is acted on again and again", Clause: "L36", On: two,
		Edits:    []Edit{{Clause: "L36", Once: true}},
		Survives: "the second time it stores the same values, since a round has one polka at most",
	},
	{
		Name: "a polka for nil takes the lock away", Clause: "L44", On: two, By: "lock kept",
		Edits: []Edit{{Clause: "L44", Replace: consensus.SetStepPrecommit, By: consensus.Reset}},
	},
	{
		Name: "a polka for nil is acted on in every step", Clause: "L44", On: twoFaulty, By: "no equivocation",
		Edits: []Edit{{Clause: "L44", Drop: "step = prevote"}},
	},
	{
		Name: "nil is precommitted without ending step prevote", Clause: "L44", On: twoFaulty, By: "no equivocation",
		Edits: []Edit{{Clause: "L44", Remove: consensus.SetStepPrecommit}},
	},
	{
		Name: "nil is precommitted without a polka for nil", Clause: "L44", On: two, By: "nil justified",
		Edits: []Edit{{Clause: "L44", Drop: "+2/3 PREVOTE"}},
	},
	{
		Name: "timeoutPrecommit is scheduled without precommits", Clause: "L47", On: two, By: "possible observations",
		Edits: []Edit{{Clause: "L47", Drop: "+2/3 PRECOMMIT"}},
	},
	{
		Name: "timeoutPrecommit is not scheduled", Clause: "L47", On: two, By: "never fires: L65If",
		Edits: []Edit{{Clause: "L47", Remove: consensus.SchedulePrecommit}},
	},
	{
		Name: "timeoutPrecommit is scheduled again and again", Clause: "L47", On: two, By: "timeouts justified",
		Edits: []Edit{{Clause: "L47", Once: true}},
	},
	{
		Name: "a decision without precommits", Clause: "L49", On: oneRound, By: "commit quorum",
		Edits: []Edit{{Clause: "L49", Drop: "+2/3 PRECOMMIT"}},
	},
	{
		Name: "2f precommits decide", Clause: "L49", On: oneRound, By: "commit quorum",
		Less: map[Threshold]int64{CommitPower: 1},
	},
	{
		Name: "2f precommits decide, up to the disagreement", Clause: "L49", On: two, By: "agreement",
		Less: map[Threshold]int64{CommitPower: 1},
	},
	{
		Name: "nobody asks for valid(v)", Clause: "L49", On: byzantine, By: "validity",
		Edits: []Edit{{Clause: "L22", Drop: "valid(v)"}, {Clause: "L36", Drop: "valid(v)"}, {Clause: "L49", Drop: "valid(v)"}},
	},
	{
		Name: "an invalid value is decided", Clause: "L49", On: thenByz,
		Edits:    []Edit{{Clause: "L49", Drop: "valid(v)"}},
		Survives: "+2/3 precommits include correct processes, who precommit valid values only",
	},
	{
		Name: "the height is left without a decision", Clause: "L49", On: oneRound, By: "one decision",
		Edits: []Edit{{Clause: "L49", Remove: consensus.Decide}},
	},
	{
		Name: "a decision does not end the height", Clause: "L49", On: oneRound, By: "one decision",
		Edits: []Edit{{Clause: "L49", Remove: consensus.NextHeight}},
	},
	{
		Name: "the next height inherits the lock", Clause: "L49", On: oneRound, By: "one decision",
		Edits: []Edit{{Clause: "L49", Remove: consensus.Reset}},
	},
	{
		Name: "the next height is not begun", Clause: "L49", On: oneRound, By: "one decision",
		Edits: []Edit{{Clause: "L49", Remove: consensus.StartFirstRound}},
	},
	{
		Name: "a later round sends back to round 0", Clause: "L55", On: two, By: "no equivocation",
		Edits: []Edit{{Clause: "L55", Replace: consensus.StartBoundRound, By: consensus.StartFirstRound}},
	},
	{
		Name: "any later round is entered at once", Clause: "L55", On: two, By: "rounds justified",
		Edits: []Edit{{Clause: "L55", Drop: "+1/3 messages"}},
	},
	{
		Name: "timeoutPropose speaks in every step", Clause: "L57", On: oneRound, By: "no equivocation",
		Edits: []Edit{{Clause: "L57", Drop: "step = propose"}},
	},
	{
		Name: "timeoutPropose does not end step propose", Clause: "L57", On: oneRound, By: "no equivocation",
		Edits: []Edit{{Clause: "L57", Remove: consensus.SetStepPrevote}},
	},
	{
		Name: "timeoutPropose of another round counts", Clause: "L57", On: two, By: "own vote",
		Edits: []Edit{{Clause: "L57", Drop: "r = round"}},
	},
	{
		Name: "timeoutPrevote speaks in every step", Clause: "L61", On: oneRound, By: "no equivocation",
		Edits: []Edit{{Clause: "L61", Drop: "step = prevote"}},
	},
	{
		Name: "timeoutPrevote does not end step prevote", Clause: "L61", On: oneRound, By: "no equivocation",
		Edits: []Edit{{Clause: "L61", Remove: consensus.SetStepPrecommit}},
	},
	{
		Name: "timeoutPrevote of another round counts", Clause: "L61", On: two, By: "nil justified",
		Edits: []Edit{{Clause: "L61", Drop: "r = round"}},
	},
	{
		Name: "timeoutPrecommit begins the same round again", Clause: "L65", On: two, By: "no equivocation",
		Edits: []Edit{{Clause: "L65", Replace: consensus.StartNextRound, By: consensus.StartFirstRound}},
	},
	{
		Name: "timeoutPrecommit does nothing", Clause: "L65", On: two, By: "unreached: everyone reaches the last round",
		Edits: []Edit{{Clause: "L65", Remove: consensus.StartNextRound}},
	},
	{
		Name: "timeoutPrecommit of another round counts", Clause: "L65", On: alone, By: "rounds justified",
		Edits: []Edit{{Clause: "L65", Drop: "r = round"}},
	},
}
