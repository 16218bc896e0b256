package gen

import (
	"slices"
	"strings"
)

// nodeClaims is what may be claimed of the states of a CometBFT dialect, each under
// the name that modelcheck/quotient has for it, in one word. What the steps of a
// process show and states do not is left out: see docs/tla/README.md.
var nodeClaims = []tlaClaim{
	{
		name: "Agreement", source: tlaPaper + ", section 2, Agreement",
		doc: []string{"No two correct processes decide differently."},
		text: `
    \A p, q \in Correct : node[p].decision # Nil /\ node[q].decision # Nil => node[p].decision = node[q].decision
`,
	},
	{
		name: "CommitQuorum", source: tlaAlgorithm + "line 49",
		doc: []string{"A decision has a round with +2/3 precommits for it."},
		text: `
    \A p \in Correct : node[p].decision # Nil => \E r \in Rounds : Quorum(Precommitters(r)[node[p].decision])
`,
	},
	{
		name: "PrecommitJustified", source: tlaAlgorithm + "line 36",
		doc: []string{"A precommit for a value has +2/3 prevotes for it in its round."},
		text: `
    \A p \in Correct : \A m \in node[p].precommits : m.value # Nil => Quorum(Prevoters(m.round)[m.value])
`,
	},
	{
		name: "LockJustified", source: tlaAlgorithm + "lines 38 and 39",
		doc: []string{"There is a locked value exactly if there is a locked round, and then +2/3 prevotes", "for the one in the other."},
		text: `
    \A p \in Correct : Backed(node[p].lockedRound, node[p].lockedValue)
`,
	},
	{
		name: "ValidValueJustified", source: tlaAlgorithm + "lines 42 and 43",
		doc: []string{"The same of validValue and validRound."},
		text: `
    \A p \in Correct : Backed(node[p].validRound, node[p].validValue)
`,
	},
	{
		name: "ValidVotes", source: tlaAlgorithm + "lines 18, 23, 29 and 36",
		doc: []string{"No correct process proposes or votes for an invalid value."},
		text: `
    \A p \in Correct :
        \A m \in node[p].proposals \cup node[p].prevotes \cup node[p].precommits : m.value # Invalid
`,
	},
	{
		name: "NoEquivocation", source: tlaPaper + ", section 3",
		doc: []string{"No correct process sends two proposals, prevotes or precommits in one round."},
		text: `
    \A p \in Correct :
        /\ \A m, o \in node[p].proposals : m.round = o.round => m = o
        /\ \A m, o \in node[p].prevotes : m.round = o.round => m = o
        /\ \A m, o \in node[p].precommits : m.round = o.round => m = o
`,
	},
	{
		name: "RoundsJustified", source: "CometBFT, consensus/state.go addVote and handleTimeout; " + tlaAlgorithm + "lines 47 and 65",
		doc: []string{"A round that a process is in has +2/3 precommits in the round before, or +2/3 votes of a type", "of its own."},
		text: `
    \A p \in Correct :
        LET r == node[p].round
        IN  r \in Rounds /\ r > 0 =>
                \/ Quorum(Anyone(Precommitters(r - 1)))
                \/ Quorum(Anyone(Precommitters(r)))
                \/ Quorum(Anyone(Prevoters(r)))
`,
	},
	{
		name: "LockKept", source: tlaAlgorithm + "lines 38 to 40",
		doc: []string{"The lock is the latest precommit that is not nil, as long as a process goes on."},
		text: `
    \A p \in Correct : ~Stopped(node[p]) =>
        IF Locks(p, LastRound + 1) = {} THEN node[p].lockedValue = Nil /\ node[p].lockedRound = -1
        ELSE \A m \in Latest(Locks(p, LastRound + 1)) : m.value = node[p].lockedValue /\ m.round = node[p].lockedRound
`,
	},
	{
		name: "LockRespected", source: tlaAlgorithm + "lines 23 and 29",
		doc: []string{
			"Who prevotes another value than its latest precommit before, in round r, was for, does so because",
			"of +2/3 prevotes for it in a round from r on.",
		},
		text: `
    \A p \in Correct : \A m \in node[p].prevotes : m.value # Nil =>
        \A l \in Latest(Locks(p, m.round)) :
            l.value = m.value \/ \E r \in l.round .. m.round - 1 : Quorum(Prevoters(r)[m.value])
`,
	},
	{
		name: "NoPanic", source: "the panic calls of CometBFT's consensus/state.go, as clauses",
		doc: []string{"No correct process panics."},
		text: `
    \A p \in Correct : ~node[p].panicked
`,
	},
}

// nodeSometimes is what must be reachable.
var nodeSometimes = []tlaClaim{
	{
		name: "EveryoneDecides", source: tlaPaper + ", section 2, Termination",
		doc: []string{"All correct processes have decided."},
		text: `
    \A p \in Correct : node[p].decision # Nil
`,
	},
	{
		name: "EveryoneLeaves", source: tlaAlgorithm + "lines 47, 61 and 65",
		doc: []string{"All correct processes have left the last round, and none has decided."},
		text: `
    \A p \in Correct : node[p].round > LastRound
`,
	},
}

// nodeTypes says what the record of a process is made of.
const nodeTypes = `
TypeOK ==
    \A p \in Correct :
        LET n == node[p]
            Numbers == -1 .. LastRound
        IN  /\ n.round \in 0 .. LastRound + 1
            /\ n.step \in {"newHeight", "newRound", "propose", "prevote", "precommit", "commit"}
            /\ {n.once34, n.once47, n.proposal, n.whole, n.panicked} \subseteq {TRUE, FALSE}
            /\ {n.lockedValue, n.validValue, n.parts, n.decision} \subseteq Ids
            /\ n.block \in {Block(v) : v \in Ids}
            /\ {n.lockedRound, n.validRound, n.polRound, n.commitRound} \subseteq Numbers
            /\ n.lockedParts \in {"whole", "filling", "lacking"}
            /\ n.proposed = Nil
            /\ n.prevotes \cup n.precommits \subseteq {Vote(r, v) : r \in Rounds, v \in Ids}
            /\ n.proposals \subseteq {ProposalMessage(r, v, vr) : r \in {s \in Rounds : Proposer(s) = p}, v \in Values, vr \in Numbers}
`

// nodeBacking is what several claims ask.
const nodeBacking = `
Backed(r, v) == IF r = -1 \/ v = Nil THEN r = -1 /\ v = Nil ELSE Quorum(Prevoters(r)[v])
Locks(p, before) == {m \in node[p].precommits : m.round < before /\ m.value # Nil}
Latest(ms) == {m \in ms : \A o \in ms : o.round <= m.round}
`

// nodeType is the name of the invariant that is no claim.
const nodeType = "TypeOK"

// nodeHolds says whether a claim is among properties of modelcheck/quotient.
func nodeHolds(c *tlaClaim, properties []string) bool {
	return slices.ContainsFunc(properties, func(p string) bool { return tlaWord(p) == c.name })
}

// tlaWord is the name that a property of a model has in the modules.
func tlaWord(property string) string {
	var b strings.Builder
	for _, word := range strings.Fields(property) {
		b.WriteString(sentenceCase(word))
	}
	return b.String()
}

// claims writes the properties that the instances are held to.
func (m *nodeModule) claims(properties []string) {
	m.title("What must hold in every reachable state.")
	m.text(nodeTypes)
	m.text(nodeBacking)
	for i := range nodeClaims {
		if c := &nodeClaims[i]; nodeHolds(c, properties) {
			m.claim(c)
		}
	}
	m.title("What must be reachable: TLC must find that it is not never so.")
	for i := range nodeSometimes {
		c := &nodeSometimes[i]
		m.claim(c)
		m.printf("Never%s == ~%s\n", c.name, c.name)
	}
}
