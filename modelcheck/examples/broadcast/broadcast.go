// Package broadcast is reliable broadcast with Byzantine processes: if one
// correct process accepts what was broadcast, all do in the end, and none does if
// none was told.
//
// It is one round of T.K. Srikanth and Sam Toueg, Simulating authenticated
// broadcasts to derive simple fault-tolerant algorithms (Distributed Computing
// 2, 1987), figure 7, as Igor Konnov, Thanh Hai Tran and Josef Widder have it in
// the TLA+ Examples. They give for four processes of which one is Byzantine
// 14,424 distinct and 227,344 generated states, depth 7
// (https://github.com/tlaplus/Examples/blob/master/specifications/bcastByz/manifest.json).
package broadcast

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
)

// The size of the model. One of the processes may be Byzantine, and is.
const (
	Processes = 4
	Byzantine = 1
	Correct   = Processes - Byzantine
)

// What an echo from so many processes shows: that a correct one has sent it,
// and that all correct ones will.
const (
	believe = Processes - 2*Byzantine
	accept  = Processes - Byzantine
)

// State is the processes, and who has sent an echo to all. A Byzantine process
// never moves: what it does is in what others may receive.
type State struct {
	Phases   [Processes]Phase
	Received [Processes]Set // whose echoes each has received
	Sent     Set
	Faulty   Set // the same in all states of a run
}

// Set is a set of processes.
type Set uint8

// Has says whether a process is in the set.
func (s Set) Has(i int) bool { return s>>i&1 == 1 }

// Len is how many are in the set.
func (s Set) Len() int { return bits.OnesCount8(uint8(s)) }

// Phase is how far a process is.
type Phase uint8

// The phases.
const (
	Untold Phase = iota
	Told         // by the broadcaster
	Echoed
	Accepted
)

// Action is that a process receives some echoes, and what it does then.
type Action struct {
	Rule    Rule
	Process int8
	New     Set
}

// Rule is why a process acts.
type Rule uint8

// The rules. The last one changes nothing: TLC is given it, so that a run that
// has ended goes on.
const (
	EchoTold   Rule = iota // it was told
	EchoEchoes             // a correct process was
	AcceptNow              // it can accept, and has not yet sent an echo
	Accept                 // it can accept
	Stay
)

var rules = []string{"EchoTold", "EchoEchoes", "AcceptNow", "Accept", "Stay"}

// String names the rule, the process and from whom it has received something.
func (a Action) String() string {
	return fmt.Sprintf("%s(%d) with echoes %0*b", rules[a.Rule], a.Process, Processes, a.New)
}

// Model has a run for every Byzantine process and every set of those told.
func Model() modelcheck.Model[State, Action] {
	return modelcheck.Model[State, Action]{
		Name: "Byzantine broadcast",
		Init: initial(),
		Next: func(s State, emit func(Action, State)) {
			for i := range Processes {
				if !s.Faulty.Has(i) {
					act(s, i, emit)
				}
			}
			emit(Action{Rule: Stay}, s)
		},
		AlwaysSteps: []modelcheck.StepProperty[State, Action]{{
			Name:   "Unforgeable",
			Doc:    "while no correct process was told, none does anything",
			Source: "Srikanth and Toueg, Unforgeability",
			Holds: func(before State, _ Action, after State) bool {
				return before.correct(Untold) < Correct || after.correct(Untold) == Correct
			},
		}},
		Always: []modelcheck.Property[State]{{
			Name:   "Relay",
			Doc:    "once a correct process has accepted, enough correct ones have sent an echo for all others to believe",
			Source: "Srikanth and Toueg, Relay: that the others then do accept is a matter of time",
			Holds: func(s State) bool {
				return s.correct(Accepted) == 0 || (s.Sent&^s.Faulty).Len() >= believe
			},
		}},
		Sometimes: []modelcheck.Property[State]{{
			Name:  "AllAccept",
			Doc:   "all correct processes can accept",
			Holds: func(s State) bool { return s.correct(Accepted) == Correct },
		}},
		Canonical: State.canonical,
		Clauses:   rules,
		Clause:    func(a Action) int { return int(a.Rule) },
	}
}

func initial() (states []State) {
	for faulty := range Processes {
		for told := range 1 << Processes {
			s := State{Faulty: 1 << faulty}
			for i := range Processes {
				if Set(told).Has(i) {
					s.Phases[i] = Told
				}
			}
			states = append(states, s)
		}
	}
	return states
}

// act lets a process receive any echoes: some of those that were sent, and of
// Byzantine processes whatever they like.
func act(s State, i int, emit func(Action, State)) {
	for echoes := range Set(1 << Processes) {
		if echoes&^(s.Sent|s.Faulty) != 0 {
			continue
		}
		received := s.Received[i] | echoes
		become := func(rule Rule, phase Phase) {
			next := s
			next.Received[i] = received
			next.Phases[i] = phase
			next.Sent |= 1 << i
			emit(Action{rule, int8(i), echoes}, next)
		}
		phase, n := s.Phases[i], received.Len()
		if phase == Told {
			become(EchoTold, Echoed)
		}
		switch {
		case phase < Echoed && n >= accept:
			become(AcceptNow, Accepted)
		case phase < Echoed && n >= believe:
			become(EchoEchoes, Echoed)
		case phase == Echoed && n >= accept:
			become(Accept, Accepted)
		}
	}
}

// canonical is the least state that only numbers the processes in another way: none
// of them is special, and the Byzantine one can be any.
func (s State) canonical() State {
	least := s
	for _, order := range orders {
		if other := s.renamed(order); other.compare(least) < 0 {
			least = other
		}
	}
	return least
}

// orders are all ways to number the processes.
var orders = permutations(Processes)

func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{{}}
	}
	for _, shorter := range permutations(n - 1) {
		for place := range n {
			all = append(all, slices.Insert(slices.Clone(shorter), place, n-1))
		}
	}
	return all
}

// renamed calls each process what the order says.
func (s State) renamed(order []int) (named State) {
	for i, name := range order {
		named.Phases[name] = s.Phases[i]
		named.Received[name] = s.Received[i].renamed(order)
	}
	named.Sent, named.Faulty = s.Sent.renamed(order), s.Faulty.renamed(order)
	return named
}

func (s Set) renamed(order []int) (named Set) {
	for i, name := range order {
		named |= s >> i & 1 << name
	}
	return named
}

func (s State) compare(other State) int {
	return cmp.Or(
		cmp.Compare(s.Faulty, other.Faulty), cmp.Compare(s.Sent, other.Sent),
		slices.Compare(s.Phases[:], other.Phases[:]), slices.Compare(s.Received[:], other.Received[:]),
	)
}

// correct counts the correct processes in a phase.
func (s State) correct(phase Phase) (n int) {
	for i, other := range s.Phases {
		if other == phase && !s.Faulty.Has(i) {
			n++
		}
	}
	return n
}
