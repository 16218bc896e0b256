// Package examples holds nothing: the packages below it are models of systems
// that many know, to be read and copied. Each holds its counts against those
// that others have published, and breaks its rules to see that a property
// notices.
//
//	diehard         jugs of water: the shortest way to four gallons
//	dining          philosophers and forks: a deadlock, and a solution
//	twophase        two-phase commit
//	paxoscommit     two-phase commit that no crash can block
//	ewd840, ewd998  termination detection, with messages that take no time or some
//	broadcast       reliable broadcast with a Byzantine process
//	ewd426          a ring that stabilizes itself, claimed of steps
//	readerswriters  a queue, with slices and maps in the state
//	lockserver      messages in any order, and what happens when they come twice
//	paxos           consensus, with clients that see one register
//
// Distinct and generated states, and depth, as TLC counts them:
//
//	diehard                    16          97   8   Lamport's video course
//	dining, 5                  67         336  29   TLA+ Examples
//	twophase, 3               288       1,146  11   TLA+ Examples
//	twophase, 5             8,832      58,146  17   distinct: stateright
//	paxoscommit         1,321,761  16,959,159  28   TLA+ Examples
//	ewd840, 3                 302       2,001   9   TLA+ Examples, which say depth 10
//	ewd840, 4               1,566      15,986  12   TLA+ Examples
//	ewd840, 8             786,942  26,990,854  24   counted with TLC
//	ewd998, PlusCal       321,370   2,808,396  47   TLA+ Examples
//	ewd998, TLA+        1,520,618  11,238,019  59   counted with TLC
//	ewd426, 6              46,656     248,832   1   TLA+ Examples
//	broadcast, 4           14,424     227,344   7   TLA+ Examples
//	readerswriters, 3      21,527      59,674  13   TLA+ Examples
//	lockserver, 5           6,072      17,641  15   distinct: a formula
//	paxos, 2 and 3         16,668      32,971  21   distinct: stateright
//
// Most of them declare what makes them smaller: that processes are alike, that
// something will not be read any more, or that a step is nobody else's affair
// (Canonical and Local of modelcheck.Model). The counts above are of all states, with
// Options.Unreduced. How many a search visits with it and without, and the factor:
//
//	diehard                  16       16     1.0
//	dining, 5                67       67     1.0
//	dining, 5 naive          82       18     4.6
//	twophase, 3             288       80     3.6
//	twophase, 5           8,832      314    28.1
//	twophase, 8       1,745,408    1,461  1194.7
//	paxoscommit       1,321,761   45,056    29.3
//	ewd840, 4             1,566      782     2.0
//	ewd840, 8           786,942  327,934     2.4
//	ewd998, PlusCal     321,370  235,432     1.4
//	ewd426, 6            46,656    7,776     6.0
//	broadcast, 4         14,424      680    21.2
//	readerswriters, 3    21,527    3,601     6.0
//	lockserver, 5         6,072       41   148.1
//	paxos, 1 and 3          265       57     4.6
//	paxos, 2 and 3       16,668    1,800     9.3
package examples
