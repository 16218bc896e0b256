package gen

// nodeIntroduction says what the module is a model of.
const nodeIntroduction = `\* One height as modelcheck/quotient has it before anything makes it small (quotient.Plain):
\* named correct processes, what each has sent, and Byzantine validators that have said
\* everything. What was sent stays, and a process may find any part of it at any time. It
\* asks the questions of one event after the other, and what it finds in the votes of one
\* type and round is the same throughout the event.
\*
\* An operator of a clause has the name of the clause; Call_ and Ask_ stand before the
\* functions that clauses call and the questions that events ask. They take the record n of
\* a process and what it hears, e, and give the record afterwards.
`

// nodeSoup is who there is, what is kept of each process, and what can be heard.
const nodeSoup = `
CONSTANTS
    Validators,  \* how many there are, each with power 1
    Faulty,      \* how many of them are Byzantine
    Proposers,   \* sequence: the proposer of round 0, of round 1 and so on
    SplitBlock   \* whether one block has two part-set headers (tendermint issue 3087)

Byzantine == -1  \* stands in Proposers for any Byzantine validator
Correct == 0 .. Validators - Faulty - 1
Rounds == 0 .. Len(Proposers) - 1
LastRound == Len(Proposers) - 1
Proposer(r) == Proposers[r + 1]

Nil == "nil"
Valid == IF SplitBlock THEN {"v0", "v0split"} ELSE {"v0", "v1"}  \* valid(v) holds for these
NewValues == IF SplitBlock THEN {"v0"} ELSE Valid  \* what PrepareProposal() may return
Invalid == "invalid"  \* only Byzantine proposers propose it
Values == Valid \cup {Invalid}
Ids == Values \cup {Nil}
Block(v) == IF v = "v0split" THEN "v0" ELSE v  \* the block of an id, without the header of its parts

\* Whether a set of correct processes is +2/3, together with the Byzantine validators.
Quorum(S) == 3 * (Cardinality(S) + Faulty) > 2 * Validators

ASSUME ~Quorum({})

------------------------------------------------------------------------------------------
\* The state.

VARIABLES node  \* of each correct process what it keeps and what it has sent

vars == <<node>>

\* What it keeps: all of cs that a clause reads.
Start == [
    round |-> 0,             \* cs.Round
    step |-> "newHeight",    \* cs.Step, but for the two waits
    once34 |-> FALSE,        \* it waits for timeoutPrevote: step prevoteWait or later
    once47 |-> FALSE,        \* it waits for timeoutPrecommit: cs.TriggeredTimeoutPrecommit
    lockedValue |-> Nil,     \* cs.LockedBlock, as the id that it was locked under
    lockedRound |-> -1,      \* cs.LockedRound
    lockedParts |-> "whole", \* what cs.LockedBlockParts lacks: nothing, "whole"; some parts that are
                             \* collected, "filling", or that nobody collects, "lacking"
    validValue |-> Nil,      \* cs.ValidBlock
    validRound |-> -1,       \* cs.ValidRound
    proposal |-> FALSE,      \* whether cs.Proposal # nil
    polRound |-> -1,         \* its POLRound
    block |-> Nil,           \* cs.ProposalBlock
    parts |-> Nil,           \* the id whose header cs.ProposalBlockParts has
    whole |-> FALSE,         \* whether all parts are there
    commitRound |-> -1,      \* cs.CommitRound
    proposed |-> Nil,        \* what lines 16 to 19 pass on; Nil between events
    decision |-> Nil,        \* what was decided
    panicked |-> FALSE,      \* the state machine is dead
    proposals |-> {},        \* the proposals that it has sent
    prevotes |-> {},         \* the prevotes
    precommits |-> {}]       \* the precommits

Vote(r, v) == [round |-> r, value |-> v]
ProposalMessage(r, v, vr) == [round |-> r, value |-> v, polRound |-> vr]

\* Whoever has decided, panicked or left the last round stops. Of it nothing is kept but that,
\* and what it has sent.
Stopped(n) == n.decision # Nil \/ n.panicked \/ n.round \notin Rounds
Rest(n) ==
    LET sent == [Start EXCEPT !.proposals = n.proposals, !.prevotes = n.prevotes, !.precommits = n.precommits]
    IN  IF n.panicked THEN [sent EXCEPT !.panicked = TRUE]
        ELSE IF n.decision # Nil THEN [sent EXCEPT !.decision = n.decision]
        ELSE IF n.round \notin Rounds THEN [sent EXCEPT !.round = n.round]
        ELSE n

------------------------------------------------------------------------------------------
\* What can be heard.

\* The correct processes that have voted in a round, by what for.
Prevoters(r) == [v \in Ids |-> {p \in Correct : Vote(r, v) \in node[p].prevotes}]
Precommitters(r) == [v \in Ids |-> {p \in Correct : Vote(r, v) \in node[p].precommits}]
Anyone(voters) == UNION {voters[v] : v \in Ids}

\* How the votes of one type and round can be heard: as few whenever somebody wishes so; as
\* +2/3 for a valid value or nil; as +2/3, but for no one value. Byzantine votes count in all.
Hearable(voters) ==
    {"few"}
        \cup (IF Quorum(Anyone(voters)) /\ (Faulty > 0 \/ \A v \in Ids : voters[v] # Anyone(voters))
              THEN {"mixed"} ELSE {})
        \cup {v \in Valid \cup {Nil} : Quorum(voters[v])}

\* What was heard is not forgotten: who waits for a timeout of its round has heard +2/3.
HearablePrevotes(n, r) == Hearable(Prevoters(r)) \ (IF n.once34 /\ r = n.round THEN {"few"} ELSE {})
HearablePrecommits(n, r) == Hearable(Precommitters(r)) \ (IF n.once47 /\ r = n.round THEN {"few"} ELSE {})

\* All ways in which a process may hear everything throughout an event, and which new value
\* PrepareProposal() gives it if it is asked.
Tallies == Valid \cup {Nil, "few", "mixed"}
Hearings(p) ==
    {[self |-> p, prevotes |-> a, precommits |-> b, newValue |-> v] :
        a \in {f \in [Rounds -> Tallies] : \A r \in Rounds : f[r] \in HearablePrevotes(node[p], r)},
        b \in {f \in [Rounds -> Tallies] : \A r \in Rounds : f[r] \in HearablePrecommits(node[p], r)},
        v \in NewValues}

\* What the votes of round r that are heard add up to, and what +2/3 of them are for.
Tally(heard, r) ==
    IF r \notin Rounds THEN "few"
    ELSE IF heard[r] \in Valid THEN "value"
    ELSE heard[r]
Majority(heard, r) == IF Tally(heard, r) = "value" THEN heard[r] ELSE Nil

\* A block, by its hash, and the header of its parts, compared with the id v: HashesTo, HasHeader.
Holds(block, parts, v) ==
    IF block = Nil THEN "nothing"
    ELSE IF Block(block) # Block(v) THEN "another"
    ELSE IF parts # v THEN "alias"
    ELSE "that"
`

// nodeEffects is what several effects do, and the two inputs.
const nodeEffects = `
SendProposal(n) ==
    [n EXCEPT !.proposals = n.proposals \cup {ProposalMessage(n.round, n.proposed, n.validRound)}, !.proposed = Nil]
SendPrevote(n, v) == [n EXCEPT !.prevotes = n.prevotes \cup {Vote(n.round, v)}]
SendPrecommit(n, v) == [n EXCEPT !.precommits = n.precommits \cup {Vote(n.round, v)}]

\* A new part set under the header of v, or none for Nil. A locked block that shared the old one
\* lacks parts for good.
Collect(n, v) ==
    [n EXCEPT !.parts = v, !.whole = FALSE,
              !.lockedParts = IF n.lockedParts = "filling" THEN "lacking" ELSE n.lockedParts]
CollectParts(n, v) == IF n.parts = v THEN n ELSE Collect(n, v)
FetchBlock(n, v) == IF n.parts = v THEN n ELSE Collect([n EXCEPT !.block = Nil], v)
LockHeld(n) == [n EXCEPT !.lockedValue = n.parts, !.lockedParts = IF n.whole THEN "whole" ELSE "filling"]
TakeLockedBlock(n) ==
    [n EXCEPT !.block = Block(n.lockedValue), !.parts = n.lockedValue, !.whole = (n.lockedParts = "whole"),
              !.lockedParts = IF n.lockedParts = "whole" THEN "whole" ELSE "filling"]

\* defaultSetProposal, and addProposalBlockPart of the last part that is missing.
TakeProposal(n, m) ==
    LET taken == [n EXCEPT !.proposal = TRUE, !.polRound = m.polRound]
    IN  IF n.parts = Nil THEN Collect(taken, m.value) ELSE taken
TakeBlock(n) ==
    [n EXCEPT !.whole = TRUE, !.block = Block(n.parts),
              !.lockedParts = IF n.lockedParts = "filling" THEN "whole" ELSE n.lockedParts]
`

// nodeReceives precedes the actions of the events.
const nodeReceives = `
Becomes(p, n) == node' = [node EXCEPT ![p] = Rest(n)]

\* The proposals of a round that setProposal takes. A Byzantine proposer has made all of them.
Proposals(r) ==
    IF Proposer(r) = Byzantine THEN {ProposalMessage(r, v, vr) : v \in Values, vr \in -1 .. r - 1}
    ELSE {m \in node[Proposer(r)].proposals : m.round = r /\ m.polRound < r}

\* The timeouts of the current round that are still heeded and may be running. Any of them may
\* be delivered at any time.
Running(n) ==
    (IF n.step = "newHeight" THEN {"newHeight"} ELSE {})
        \cup (IF n.step = "propose" THEN {"propose"} ELSE {})
        \cup (IF n.once34 THEN {"prevoteWait"} ELSE {})
        \cup (IF n.once47 THEN {"precommitWait"} ELSE {})

\* A proposal of the current round arrives. Nothing is asked.
ProposalReceived(p, m) ==
    /\ ~node[p].proposal
    /\ Becomes(p, TakeProposal(node[p], m))
`

// nodeNext ends before the actions of the events that ask something.
const nodeNext = `
Init == node = [p \in Correct |-> Start]

Next ==
    \E p \in Correct :
        /\ ~Stopped(node[p])
        /\ \/ \E m \in Proposals(node[p].round) : ProposalReceived(p, m)
           \/ \E e \in Hearings(p) :
`
