package gen

import "strings"

// A tlaClaim is a property of states. The names are those of modelcheck/bft in
// one word; a test compares the lists.
type tlaClaim struct {
	name, source string
	doc          []string // lines
	where        string   // what an instance needs for it to be reachable
	text         string
}

// tlaPossible is the property that is made of what a table lists as impossible.
const tlaPossible = "PossibleObservations"

const (
	tlaPaper     = "arXiv 1807.04938"
	tlaAlgorithm = tlaPaper + ", Algorithm 1, "
)

// tlaAlways is what must hold in every reachable state. Votes are those of
// correct processes and those of the Byzantine validators.
var tlaAlways = []tlaClaim{
	{
		name: "Agreement", source: tlaPaper + ", section 2, Agreement",
		doc: []string{"No two correct processes decide differently."},
		text: `
    \A p, q \in Correct : decision[p] # Nil /\ decision[q] # Nil => decision[p] = decision[q]
`,
	},
	{
		name: "Validity", source: tlaPaper + ", section 2, Validity",
		doc: []string{"Whatever is decided is valid."},
		text: `
    \A p \in Correct : decision[p] # Nil => decision[p] \in Valid
`,
	},
	{
		name: "CommitQuorum", source: tlaAlgorithm + "line 49",
		doc: []string{"A decision has a round with its proposal and +2/3 precommits for it."},
		text: `
    \A p \in Correct : decision[p] # Nil => \E r \in Rounds : Commits(r, decision[p])
`,
	},
	{
		name: "PrecommitJustified", source: tlaAlgorithm + "line 36; section 4, Lemma 4",
		doc: []string{"A precommit for a value has +2/3 prevotes for it in its round."},
		text: `
    \A m \in precommits : m.value # Nil => HasPolka(m.round, m.value)
`,
	},
	{
		name: "NilJustified", source: tlaAlgorithm + "lines 34, 44 and 61",
		doc: []string{
			"A precommit for nil has +2/3 prevotes in its round. Whether they are for nil or timeoutPrevote",
			"was started only the step shows.",
		},
		text: `
    \A m \in precommits : m.value = Nil => AllPrevoters(m.round) \in Quorums
`,
	},
	{
		name: "TimeoutsJustified", source: tlaAlgorithm + "lines 34 and 47",
		doc: []string{
			"A timeoutPrevote that runs has +2/3 prevotes in its round, and whoever started it is not in step",
			"propose; a timeoutPrecommit has +2/3 precommits. That each is started once only steps show.",
		},
		text: `
    \A p \in Correct :
        /\ "prevote" \in timers[p] => step[p] # "propose" /\ AllPrevoters(round[p]) \in Quorums
        /\ "precommit" \in timers[p] => AllPrecommitters(round[p]) \in Quorums
`,
	},
	{
		name: "RoundsJustified", source: tlaAlgorithm + "lines 47, 55 and 65",
		doc: []string{
			"A round that a process is in has +2/3 precommits in the round before, as long as the Byzantine",
			"validators have no more than a third of the power.",
		},
		text: `
    3 * ByzantinePower <= Total =>
        \A p \in Correct : round[p] > 0 => AllPrecommitters(round[p] - 1) \in Quorums
`,
	},
	{
		name: "LockJustified", source: tlaAlgorithm + "lines 38 and 39",
		doc: []string{"There is a locked value exactly if there is a locked round, and then +2/3 prevotes", "for the one in the other."},
		text: `
    \A p \in Correct : Backed(lockedRound[p], lockedValue[p])
`,
	},
	{
		name: "LockKept", source: tlaAlgorithm + "lines 38 to 40",
		doc: []string{"The lock is the latest precommit that is not nil, as long as nothing is decided."},
		text: `
    \A p \in Correct : decision[p] = Nil =>
        IF Locks(p, LastRound + 1) = {} THEN lockedValue[p] = Nil /\ lockedRound[p] = -1
        ELSE \A m \in Latest(Locks(p, LastRound + 1)) : m.value = lockedValue[p] /\ m.round = lockedRound[p]
`,
	},
	{
		name: "ValidValueJustified", source: tlaAlgorithm + "lines 16, 19, 42 and 43",
		doc: []string{
			"validValue has +2/3 prevotes in validRound, which is not before lockedRound; and a proposal",
			"with a validRound has them for its value.",
		},
		text: `
    /\ \A p \in Correct : Backed(validRound[p], validValue[p]) /\ lockedRound[p] <= validRound[p]
    /\ \A m \in proposals : m.vr >= 0 => HasPolka(m.vr, m.value)
`,
	},
	{
		name: "OwnVote", source: tlaAlgorithm + "lines 14 to 30",
		doc: []string{"A proposer prevotes what it has proposed, or nothing."},
		text: `
    \A m \in prevotes : m.from = Proposer(m.round) =>
        \E n \in proposals : n.round = m.round /\ n.value = m.value
`,
	},
	{
		name: "AVoteForEachStep", source: tlaAlgorithm + "lines 24 to 33, 40 to 46, 59 to 64",
		doc: []string{"Who has left step propose has prevoted in its round, and who has left step prevote has precommitted."},
		text: `
    \A p \in Correct :
        /\ step[p] # "propose" => p \in AllPrevoters(round[p])
        /\ step[p] = "precommit" => p \in AllPrecommitters(round[p])
`,
	},
	{
		name: "ValidVotes", source: tlaAlgorithm + "lines 18, 23, 29 and 36",
		doc: []string{"No correct process proposes or votes for an invalid value."},
		text: `
    /\ \A m \in prevotes : m.value # Invalid
    /\ \A m \in precommits : m.value # Invalid
    /\ \A m \in proposals : m.value # Invalid
`,
	},
	{
		name: "LockRespected", source: tlaAlgorithm + "lines 23 and 29; section 4, Lemma 5",
		doc: []string{
			"Who prevotes another value than its latest precommit before, in round r, was for, does so because",
			"of +2/3 prevotes for it in a round from r on.",
		},
		text: `
    \A m \in prevotes : m.value # Nil =>
        \A l \in Latest(Locks(m.from, m.round)) :
            l.value = m.value \/ \E r \in l.round .. m.round - 1 : HasPolka(r, m.value)
`,
	},
	{
		name: "NoEquivocation", source: tlaPaper + ", section 3, messages of correct processes",
		doc: []string{"No correct process sends two different messages of a kind in a round, nor proposes in another's."},
		text: `
    /\ \A m, n \in prevotes : m.from = n.from /\ m.round = n.round => m = n
    /\ \A m, n \in precommits : m.from = n.from /\ m.round = n.round => m = n
    /\ \A m, n \in proposals : m.round = n.round => m = n
    /\ \A m \in proposals : m.from = Proposer(m.round)
`,
	},
	{
		name: "NoDeadEnd", source: tlaAlgorithm + "lines 34, 47, 57, 61 and 65",
		doc: []string{
			"When nothing more happens, everyone who takes steps has decided or is in the last round, as long",
			"as those who take part are +2/3.",
		},
		text: `
    Correct \ Silent \in Quorums =>
        \/ \A p \in Correct \ Silent : decision[p] # Nil \/ round[p] = LastRound
        \/ ENABLED <<Next>>_vars
`,
	},
}

// tlaSometimes is what must be reachable, so that what always holds does not
// hold because nothing happens.
var tlaSometimes = []tlaClaim{
	{
		name: "EveryoneDecides", source: tlaPaper + ", section 2, Termination",
		doc: []string{"All correct processes have decided."}, where: "  (nobody silent)",
		text: `
    \A p \in Correct : decision[p] # Nil
`,
	},
	{
		name: "EveryoneReachesTheLastRound", source: tlaAlgorithm + "lines 47, 61 and 65",
		doc: []string{"All correct processes are in the last round, and none has decided."}, where: "  (nobody silent)",
		text: `
    \A p \in Correct : round[p] = LastRound /\ decision[p] = Nil
`,
	},
	{
		name: "DecisionAfterAProofOfLock", source: tlaAlgorithm + "lines 16, 28 to 30",
		doc:   []string{"A process has decided what a correct proposer proposed with a validRound."},
		where: "  (nobody silent, a correct proposer after round 0)",
		text: `
    \E m \in proposals : m.vr >= 0 /\ Commits(m.round, m.value)
        /\ \E p \in Correct : decision[p] = m.value /\ round[p] = m.round
`,
	},
	{
		name: "DecisionByAnOldRound", source: tlaAlgorithm + "line 49, which asks of any round",
		doc:   []string{"A process has decided, and only rounds before its own have +2/3 precommits for the value."},
		where: "  (nobody silent, two rounds or more)",
		text: `
    \E p \in Correct : decision[p] # Nil /\ \A r \in round[p] .. LastRound : ~Commits(r, decision[p])
`,
	},
	{
		name: "AnOlderLockGivesWay", source: tlaAlgorithm + "line 29",
		doc:   []string{"A process has prevoted another value than its latest precommit before was for."},
		where: "  (nobody silent, three rounds or more, a quorum without some correct process)",
		text: `
    \E m \in prevotes : m.value # Nil /\ \E l \in Latest(Locks(m.from, m.round)) : l.value # m.value
`,
	},
	{
		name: "ALockMoves", source: tlaAlgorithm + "lines 36 to 39",
		doc:   []string{"A process has precommitted one value and, in a later round, another."},
		where: "  (nobody silent, two rounds or more, a quorum without some correct process)",
		text: `
    \E p \in Correct :
        \E m \in Latest(Locks(p, LastRound + 1)) : \E n \in Latest(Locks(p, m.round)) : m.value # n.value
`,
	},
}

// tlaWords defines the words that the claims use.
const tlaWords = `
Commits(r, v) == (\E vr \in -1 .. r : Proposed(r, v, vr)) /\ Precommitters(r, v) \in Quorums
Backed(r, v) == IF r = -1 \/ v = Nil THEN r = -1 /\ v = Nil ELSE HasPolka(r, v)
Locks(p, before) == {m \in precommits : m.from = p /\ m.round < before /\ m.value # Nil}
Latest(ms) == {m \in ms : \A n \in ms : n.round <= m.round}
`

// claims writes the properties of the module.
func (m *tlaModule) claims() error {
	m.title("What must hold in every reachable state.")
	m.text(tlaWords)
	for i := range tlaAlways {
		m.claim(&tlaAlways[i])
	}
	if err := m.possible(); err != nil {
		return err
	}
	m.title("What must be reachable: TLC must find that it is not never so.")
	for i := range tlaSometimes {
		c := &tlaSometimes[i]
		m.claim(c)
		m.printf("Never%s == ~%s\n", c.name, c.name)
	}
	return nil
}

func (m *tlaModule) claim(c *tlaClaim) {
	m.printf("\n\\* %s\n\\* Source: %s.\n%s ==\n%s", strings.Join(c.doc, "\n\\* "), c.source, c.name, strings.TrimPrefix(c.text, "\n"))
}
