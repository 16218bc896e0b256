// Package bft checks one height of Tendermint consensus: N validators of which
// F are Byzantine, rounds 0 to R−1, two valid values and an invalid one. The
// rules are those of a compiled table of spec/consensus; nothing of Algorithm 1
// is written here a second time.
//
// # The model
//
// Messages that correct processes send form a growing set, the soup. A state is
// what each correct process knows of itself and what it has sent; a step is one
// rule of one correct process, carried out by the interpreter of spec/consensus
// with all effects at once, StartRound included. For each process and each
// choice of a clause's free variables the observers take the observations that
// some part of the soup gives, and every rule in Table.Enabled is followed.
// That is as good as delivering messages one by one: whatever a process could
// have received it may use, in any order, and timeouts expire at any time after
// they were scheduled.
//
// Byzantine validators have sent everything from the start: each of them a vote
// of each kind for each value in each round, and as proposers every value with
// every validRound. Their power therefore stands behind everything, and they
// have no state.
//
// getValue returns v0 or v1, and valid(v) holds for these two. Only a Byzantine
// proposer proposes the invalid value.
//
// # Boundaries
//
// A process does not leave the last round: a step that would begin round R is
// left out. This hides nothing that rounds 0 to R−1 can show. Whoever leaves a
// round sends nothing more in it and may still decide by it, and a process that
// stays may do both as well. Line 47 does fire in the last round; that it has
// is not remembered, since the timeout that it starts would only lead out.
//
// A process that decides stops. Line 52 leaves the height, and the next one is
// not in the model; that it would begin with nothing left of this one is checked
// in the step of the decision.
//
// What is received is not remembered, with the exception of what "for the first
// time" remembers: a process for which line 34 has fired does not observe fewer
// prevotes later. For the rules of Algorithm 1 this makes no difference, because
// no guard asks for something to be absent; a test says so.
//
// A state holds no variable that nothing will ask about: see forgetting, and
// TestForgettingLosesNothing, which compares with the states that hold all.
// The plain model has no other reduction, neither of symmetries nor of counts.
//
// # The counted model
//
// With Config.Counted the states of the plain model are put into classes that
// nothing can tell apart; counts.go says how. There are so many fewer of them
// (26,884 instead of some 10⁸ for rounds 0 to 2) that four rounds, or seven
// validators, are a matter of seconds. Exact shows that it is no approximation:
// state by state, the projection of the plain model is a bisimulation onto the
// counted one. What the counted model finds is lifted to a run of the plain one.
//
// # Counts
//
// The exact sizes are pinned by tests. For N = 4, F = 1, by proposers (B is the
// Byzantine one):
//
//	rounds  proposers     states  transitions  depth   merged  counted
//	0       [0]            1,500        6,796     12    1,010       45
//	0       [B]            3,430       16,236     12    2,212       39
//	0..1    [0 1]        569,668    2,774,626     26  361,356    1,549
//	0..1    [B 0]      1,294,378    6,320,112     26  817,945    1,381
//	0..1    [0 B]      1,210,986    6,285,768     25  678,584      956
//	0..2    [0 1 B]                                            16,233
//	0..2    [B 0 1]                                            26,884
//	0..3    [B 0 1 2]                                         262,196
//
// The column "merged" is the number of states of a model that was written by hand,
// apart from this one and without a table. It has lines 34 and 61 as one step,
// and lines 47 and 65; it does not store that lines 34, 36 and 47 have fired,
// and it keeps the variables of processes that have decided. With the same
// variables merged and kept, this model has exactly its states: TestProbe. The
// depths differ by the steps of lines 34 and 47.
//
// # Where to read
//
//   - Config chooses an instance, Check searches it, Standard lists what polka
//     check searches, with what is expected.
//   - claims.go and sometimes.go hold the properties.
//   - observe.go takes observations, scan.go follows rules, forget.go clears what
//     is dead, pack.go makes a state of it.
//   - counts.go is the counted model, live.go what its processes may still ask,
//     count.go its steps; exact.go holds it against the plain one, lift.go tells
//     its runs there.
//   - account.go and evidence.go say who is to blame for a disagreement, terminate.go
//     and clockwork.go whether everybody decides, inquiries.go what is expected of
//     both. rely.go tells what a rule relies on, ledger.go keeps what of it
//     Byzantine validators have sent.
//   - mutants.go lists ways to get the rules wrong, each with what notices.
//   - counterexample.go prints a run, replay.go saves and replays it.
package bft
