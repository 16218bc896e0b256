// Package delivery checks one height of Tendermint consensus with messages that
// are delivered one by one: each correct process has received its own part of
// what was sent, in its own order, and acts on it as an implementation does.
// docs/adr/0015-delivery-by-parts.md says what that adds to the soup of modelcheck/bft.
//
// # The model
//
// N validators of which F are Byzantine, all with power 1, rounds 0 to R−1. To a
// process come messages of others, its own, and timeouts. A process of the paper
// then follows the most urgent rule of Table.Next until none is enabled; a
// CometBFT node asks the questions of the event, each once, and keeps of a
// proposal what receiveRoutine keeps. The rules are those of a compiled table of
// spec/consensus; what surrounds them is here:
//
//   - what is received: votes by sender and kind, proposals by round. CometBFT
//     counts the first vote of a validator, drops a proposal of another round or
//     after the first, and the parts of a block that it does not collect;
//   - [Config].Copies, Queue, Timers, LateTicks, LateTocks, Crashes: what may happen;
//   - the signer, which remembers over a crash what was signed last, with its
//     timestamp; [Config].Clock, for which proposals are timely.
//
// A Byzantine validator sends anything to anyone at any time, different things
// to different processes.
//
// # How it is searched
//
// Everything that a process does follows from its own state and the next input.
// So each process is explored first by itself, with every message that the others
// could send, in any order (automaton.go); what they could send is found on the
// way. What makes no difference any more is forgotten at once (forget.go), and then
// states that nobody else can tell apart are merged (merge.go). What is left, a few
// hundred or thousand classes, is a number, and a state of the whole model is one
// number for each process (check.go). A message can be delivered if the class of
// its sender says that it was sent.
//
// Merging is exact: the classes that are reachable together are those of the
// states that are. TestMergingLosesNothing compares. An input that leaves the
// class of a process is a transition; others are not, so that depths and
// counterexamples count only inputs that somebody could notice. The latter are
// told as runs of the processes themselves.
//
// With [Config].Symmetric, of states that differ in nothing but the names of
// processes that propose in no round only one is searched; TestSymmetryLosesNothing
// compares here.
//
// Properties that are about one process are looked at in every one of its steps;
// a step that breaks one is a fault, which is a violation only if it can be
// reached together with the others.
//
// # Boundaries
//
//   - A process of the paper does not leave the last round; a CometBFT node that
//     does stops there, since leaving makes it precommit. Neither hides anything
//     that rounds 0 to R−1 can show.
//   - A process that decides stops. That it begins the next height with nothing
//     left of this one is checked in that step.
//   - A Byzantine proposal carries a vr before its round. One that does not is
//     known to lines 36 and 49 alone, for which it is like one that comes later.
//   - CometBFT's vote sets of rounds beyond the next one are open: a peer may open
//     two, and an instance has three rounds at most. That a peer claims a majority
//     (VoteSetMaj23), so that a second vote counts, is left out; so are validators
//     of unequal power, and getValue that takes time.
//   - A CometBFT node whose state machine has panicked stops for good, and what
//     waits in its own queue is never sent. That it is restarted is left out.
//   - A log that is replayed gives the state that it gave before, with the signer
//     asked again. That the application calls a block invalid the second time is
//     left out; so is that a proposer whose proposal is in the log signs it again, to
//     get the block again that was in its own queue.
//   - A block is one message. That a crash leaves some of its parts shows only where
//     the whole block is lost.
//   - What a node asks of its surroundings is answered as it usually is: blocks are
//     accepted, timestamps are off, no timeout is skipped. With [Config].Refusals
//     the application or the clock may refuse any new block, at each prevote anew;
//     with Clock timestamps are on and all proposals equally late, and with
//     SlowClocks every proposer waits for the time of the last block.
//   - [Config].Silent, Stays, Calm, Values, Offers, AllValid, Equivocation and Backs
//     bound an instance; what they leave out is not checked.
//   - Two rounds in which three processes stay, with a Byzantine proposer that votes
//     for one value in each, are not searched: a process of cometbft-v1 by itself
//     fits now (1,931,552 states, 474,227 classes), all of them together do not.
//
// # A block split in two ways
//
// With [Config].Split a Byzantine proposer sends one block under two part-set
// headers, V0 and V0Split. A correct node of either CometBFT dialect then panics
// (tendermint issue 3087), and none does if block ids are compared
// ([Config].WholeIDs): in one round of four validators, whatever the Byzantine one
// votes. Agreement is about block ids, not blocks.
//
// In a second round the block is proposed again under the other header (the entries
// split-again). Then two correct nodes of cometbft-v1 decide two ids of it, after 29
// steps, with one vote of the Byzantine validator by kind and round; whole ids
// prevent it, and v0.38 does not do it within the same bounds. On the way the lock
// of v1 takes the round of a polka that is for the other header: [Config].Known
// leaves that property out, and that no node panics.
//
// # Bugs of the past
//
// [History] lists those of tendermint and CometBFT, and which property notices each
// after how many steps; docs/history.md is the same for people. Most are clauses
// (history.go, history_rules.go). Some are a [Mistake]: in how a node is written
// (history_mistake.go), or in what surrounds the rules, the timer, the log, the signer
// and the clock (history_surroundings.go). The properties that they broke are asked
// everywhere, but for two which CometBFT does not keep: those are asked on request
// (history_claims.go).
//
// # Lines left undone
//
// With [Config.Strict] every position of a process at rest is held against
// Algorithm 1: is a line enabled that it has not taken, and is the timeout still
// there that a line waits for? A CometBFT node leaves some to a timeout, and
// breaks other promises of the paper besides. costs.go says which of them shows
// what a named difference costs, and costs.json how soon; docs/divergence.md has
// it in words. A process of the paper breaks none.
//
// # Counts
//
// States of all processes together, merged, with the states of the largest
// process by itself; those that a test has the time for are pinned there.
//
//	instance                     by itself  classes      states  transitions  depth
//	delivery-one-round              26,371      998     546,489    5,399,743     19
//	delivery-one-round-byzantine    50,260    3,845   9,796,309  137,144,811     19
//	delivery-two-rounds-pair        19,977    1,461      47,971      459,440     22
//	delivery-two-rounds-three       68,032    2,727      10,230       35,697     34
//	delivery-two-rounds            826,089   31,798  15,041,096  172,346,425     30
//	v038-one-round                   5,662    2,410   5,412,965   55,496,044     23
//	v038-one-round-byzantine        32,666   11,476  64,058,059  806,690,402     24
//	v038-own-queue                  14,486    4,773  11,814,488  114,911,149     31
//	v038-two-rounds-pair            48,304    4,720      75,020      762,526     26
//	v038-two-rounds-three           32,348    4,820       7,020       24,480     39
//	v038-split-whole-ids             8,908    3,005     621,181    5,289,141     25
//	v038-split-any-whole-ids        19,718    9,189  24,368,791  266,419,526     24
//	v038-two-rounds                155,156   48,354   9,751,063   98,169,220     39
//	v038-split-again               200,619   47,562  10,848,831  109,391,813     39
//	v038-split-again-whole-ids     202,402   47,450  10,671,775  107,808,985     39
//	v1-one-round                     5,596    2,392   5,392,795   55,335,424     23
//	v1-own-queue                    14,368    4,732  11,790,508  114,729,053     31
//	v1-two-rounds-pair              48,304    4,720      73,185      750,259     25
//	v1-two-rounds-three             32,348    4,720       7,020       24,480     39
//	v1-two-rounds                  130,529   46,904   7,989,925   80,353,235     40
//	v1-split-whole-ids               8,851    2,992     620,919    5,287,607     25
//	v1-split-any-whole-ids          19,530    9,143  24,349,815  266,268,262     24
//	v1-split-again-whole-ids       159,951   45,345   9,421,287   94,875,252     40
//
// Without symmetry delivery-one-round-byzantine has 58,546,374 states.
//
// # Where to read
//
//   - config.go chooses an instance, standard.go lists those worth checking.
//   - local.go is what a process keeps; step.go carries out one input, by
//     paper.go or node.go; outputs.go signs and looks for faults; crash.go and
//     restart.go.
//   - forget.go clears what nobody asks for any more, merge.go finds the classes.
//   - idle.go and strict.go hold a dialect against Algorithm 1; costs.go sums up.
//   - input.go is what may happen, claims.go what must be true, history.go and its
//     neighbours what once was not.
//   - process.go offers one process to other checks: modelcheck/refine.
//   - original.go holds other rules against those of a dialect: modelcheck/mechanical.
package delivery
