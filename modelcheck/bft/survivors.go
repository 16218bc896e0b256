package bft

import "slices"

// A Survivor is what is known of mechanical mutants that nothing kills. They
// are listed by hand, and a test holds the list against what happens. What is
// listed is not counted as equivalent for taking the same steps: what the model
// cannot see is no equivalence.
type Survivor struct {
	Names []string
	Why   string // why nothing notices

	// Missing is the property that would notice, where there could be one; ""
	// if the mutants do no harm that a property of states could name.
	Missing string
}

// Properties that the checker does not have.
const (
	noDeadEnd         = "no dead end: some process can go on in every state in which one has neither decided nor reached the last round"
	nilJustified      = "nil justified: if a correct process has precommitted nil in r then there are +2/3 prevotes in r (lines 34, 44 and 61)"
	timeoutsJustified = "timeouts justified: timeoutPrevote and timeoutPrecommit are scheduled only if there are +2/3 votes of their round (lines 34 and 47)"
	roundsJustified   = "rounds justified: if a correct process is in round r > 0 then there are +2/3 precommits in r − 1 (lines 47, 55 and 65)"
	ownProposal       = "own proposal: the correct proposer of a round prevotes in it what it has proposed, or nothing (lines 14, 22 and 28)"
	lockOpens         = "awaited: a value that is proposed as new is prevoted by a process that is locked on it, and one with a proof of lock by" +
		" a process whose lock on another value is older (lines 23 and 29)"
	nextHeight = "one decision, also of what is sent: the messages of the next height are those of a process that knows nothing of this one (lines 53 and 54)"
)

// Survivors lists the mutants of the paper's rules that survive.
var Survivors = []Survivor{
	{
		Names: []string{
			`L22 without "PROPOSAL(h, round, v, −1) of proposer(h, round)"`,
			`L22 "PROPOSAL(h, round, v, −1) of proposer(h, round)" without proposal ∈ {invalid, valid}`,
			`L22 "PROPOSAL(h, round, v, −1) of proposer(h, round)" also for proposal = none`,
		},
		Why:     "whoever has no proposal prevotes nil at once: that is early, not unsafe, since timeoutPropose may expire at once",
		Missing: ownProposal,
	},
	{
		Names: []string{
			`L28 "(lockedRound ≤ vr or lockedValue = v)" not for lock = open`,
			`L28 "(lockedRound ≤ vr or lockedValue = v)" not for lock = same`,
		},
		Why:     "nil is prevoted instead of the value: a vote for nil is never unsafe, and others decide",
		Missing: ownProposal,
	},
	{
		Names: []string{
			`L22 "(lockedRound = −1 or lockedValue = v)" not for lock = same`,
			`L28 "(lockedRound ≤ vr or lockedValue = v)" not for lock = older`,
		},
		Why:     "nil is prevoted instead of the value: a vote for nil is never unsafe, and others decide",
		Missing: lockOpens,
	},
	{
		Names: []string{
			"L22 without SendPrevoteNil",
			"L44 without SendPrecommitNil",
			"L57 with SetStepPrecommit instead of SetStepPrevote",
		},
		Why:     "a vote for nil is not sent: silence is never unsafe, and in some other run everybody votes and moves on",
		Missing: noDeadEnd,
	},
	{
		Names:   []string{"L28 without SendPrevoteNil"},
		Why:     "silence is never unsafe; and a proof of lock that is older than a lock comes in the third round at the earliest, the last one here",
		Missing: noDeadEnd + "; with four rounds",
	},
	{
		Names:   []string{`L34 "+2/3 PREVOTE(h, round, any)" not for prevotes = mixed`},
		Why:     "a process that has heard of prevotes for different values waits forever; in some other run it hears of enough for one",
		Missing: noDeadEnd,
	},
	{
		Names: []string{
			`L34 without "for the first time"`,
			`L47 without "for the first time"`,
		},
		Why: "the timeout may expire at any time anyhow; that timers are not restarted is the machine's concern",
	},
	{
		Names: []string{`L36 without "for the first time"`},
		Why:   "the second time it stores the same values, since a round has one polka at most",
	},
	{
		Names: []string{`L34 "step = prevote" also for step = precommit`},
		Why:   "the expiry of that timeout does nothing then: line 62 asks for step prevote",
	},
	{
		Names: []string{
			`L44 "+2/3 PREVOTE(h, round, nil)" also for prevotes = few`,
			`L61 without "timeoutPrevote(height, r) expires"`,
			`L61 without "height = h and r = round"`,
			`L61 "timeoutPrevote(height, r) expires" also for expired = propose`,
			`L61 "height = h and r = round" also for at = elsewhere`,
		},
		Why:     "nil is precommitted early: nothing is locked by it, so that it is not unsafe",
		Missing: nilJustified,
	},
	{
		Names: []string{
			`L44 "+2/3 PREVOTE(h, round, nil)" also for prevotes = mixed`,
			`L44 "+2/3 PREVOTE(h, round, nil)" also for prevotes = value`,
			`L61 "timeoutPrevote(height, r) expires" also for expired = precommit`,
		},
		Why: "nil is precommitted when there are +2/3 prevotes: line 61 does the same when timeoutPrevote, which they start, expires at once",
	},
	{
		Names: []string{`L44 "step = prevote" also for step = propose`},
		Why:   "the prevote is left out and nil precommitted, for which there is a polka: silence and nil are never unsafe",
	},
	{
		Names:   []string{"L49 with StartFirstRound before Reset"},
		Why:     "the next height begins with the valid value of this one; but the model ends with the height, and does not look at what is sent in the next",
		Missing: nextHeight,
	},
	{
		Names: []string{
			`L55 without "+1/3 messages of any kind for (h, r), with r > round"`,
			`L55 "+1/3 messages of any kind for (h, r), with r > round" also for laterRound = no`,
			`L65 without "height = h and r = round"`,
			`L65 "height = h and r = round" also for at = elsewhere`,
			"line 55 asks for 1 less power",
		},
		Why:     "a round is left early: leaving a round is never unsafe, only useless",
		Missing: roundsJustified,
	},
	{
		Names: []string{
			"L55 without StartBoundRound",
			"L55 with StartNextRound instead of StartBoundRound",
		},
		Why: "whoever is behind arrives later: nothing that was sent is lost in the model, so that lines 47 and 65 lead through every round as well",
	},
	{
		Names: []string{
			`L57 without "timeoutPropose(height, r) expires"`,
			`L57 "timeoutPropose(height, r) expires" also for expired = precommit`,
			`L57 without "height = h and r = round"`,
			`L57 "height = h and r = round" also for at = elsewhere`,
		},
		Why:     "nil is prevoted early: a vote for nil is never unsafe, and timeoutPropose of the round may expire at once, too",
		Missing: ownProposal,
	},
	{
		Names: []string{
			"line 34 asks for 1 less power",
			"line 47 asks for 1 less power",
		},
		Why:     "a timeout starts early: what is done when it expires is never unsafe",
		Missing: timeoutsJustified,
	},
}

// findSurvivor is the entry that has the name, or nil.
func findSurvivor(name string) *Survivor {
	i := slices.IndexFunc(Survivors, func(s Survivor) bool { return slices.Contains(s.Names, name) })
	if i < 0 {
		return nil
	}
	return &Survivors[i]
}
