// Package paxoscommit commits a transaction without a transaction manager that
// can block it: each resource manager's vote is decided by an instance of Paxos,
// and any leader can see what came of all of them.
//
// It follows Jim Gray and Leslie Lamport, Consensus on Transaction Commit,
// section 4 (https://www.microsoft.com/en-us/research/wp-content/uploads/2016/02/tr-2003-96.pdf),
// as the TLA+ Examples have it: a message that was sent stays where everybody
// can read it. They give for two managers, three acceptors and two ballots
// 1,321,761 distinct and 16,959,159 generated states, depth 28
// (https://github.com/tlaplus/Examples/blob/master/specifications/transaction_commit/manifest.json).
package paxoscommit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
)

// The size of the model.
const (
	Managers  = 2
	Acceptors = 3
	Ballots   = 2
)

// State is the managers, the acceptors, and what was sent.
type State struct {
	Managers  [Managers]Phase
	Instances [Managers]Instance
	Commit    bool // sent
	Abort     bool // sent
}

// Phase is how far a resource manager is.
type Phase uint8

// The phases; the last two are final.
const (
	Working Phase = iota
	Prepared
	Committed
	Aborted
)

// Instance decides what one manager has voted.
type Instance struct {
	Acceptors [Acceptors]Acceptor
	// What was sent in a ballot: that it begins, and what is proposed in it. Nobody
	// has to begin ballot 0, in which the manager itself proposes.
	Begun    [Ballots]bool
	Proposed [Ballots]Value
}

// Acceptor takes part in no ballot below the one that it has promised.
type Acceptor struct {
	Promised int8
	Vote     Vote
	// What it has sent in a ballot.
	Promises [Ballots]Promise
	Accepted [Ballots]Value
}

// Vote is what an acceptor has accepted last; the zero value is none.
type Vote struct {
	Ballot int8
	Value  Value
}

// Promise tells of a vote.
type Promise struct {
	Sent bool
	Vote Vote
}

// Value is what can be decided of a manager.
type Value uint8

// The values.
const (
	None Value = iota
	IsPrepared
	IsAborted
)

// Action is a step with the manager that it is about, and with the ballot and
// the acceptor if there is one.
type Action struct {
	Step                      Step
	Manager, Ballot, Acceptor int8
}

// Step is what happens, as the specification calls it.
type Step uint8

// The steps: of a manager, of a leader, and of an acceptor.
const (
	RMPrepare Step = iota
	RMChooseToAbort
	RMRcvCommitMsg
	RMRcvAbortMsg
	Phase1a
	Phase2a
	DecideCommit
	DecideAbort
	Phase1b
	Phase2b
)

var steps = []string{
	"RMPrepare", "RMChooseToAbort", "RMRcvCommitMsg", "RMRcvAbortMsg",
	"Phase1a", "Phase2a", "DecideCommit", "DecideAbort", "Phase1b", "Phase2b",
}

// String gives the step and what it is about.
func (a Action) String() string {
	switch a.Step {
	case DecideCommit, DecideAbort:
		return steps[a.Step]
	case Phase1a, Phase2a:
		return fmt.Sprintf("%s(ballot %d of manager %d)", steps[a.Step], a.Ballot, a.Manager)
	case Phase1b, Phase2b:
		return fmt.Sprintf("%s(acceptor %d, ballot %d of manager %d)", steps[a.Step], a.Acceptor, a.Ballot, a.Manager)
	default:
		return fmt.Sprintf("%s(%d)", steps[a.Step], a.Manager)
	}
}

// Model is the protocol.
func Model() modelcheck.Model[State, Action] {
	return modelcheck.Model[State, Action]{
		Name: "Paxos Commit",
		Init: []State{{}},
		Next: func(s State, emit func(Action, State)) {
			for rm := range s.Managers {
				managerSteps(s, rm, emit)
				leaderSteps(s, rm, emit)
				for acceptor := range Acceptors {
					acceptorSteps(s, rm, acceptor, emit)
				}
			}
			decide(s, emit)
		},
		Always: []modelcheck.Property[State]{
			{
				Name:   "Consistent",
				Doc:    "no manager commits while another aborts",
				Source: "Gray and Lamport, section 2, Consistency",
				Holds:  func(s State) bool { return !s.some(Committed) || !s.some(Aborted) },
			},
			{
				Name: "OneValue",
				Doc:  "no instance decides two values",
				Holds: func(s State) bool {
					for _, instance := range s.Instances {
						if instance.Decided(IsPrepared) > 0 && instance.Decided(IsAborted) > 0 {
							return false
						}
					}
					return true
				},
			},
		},
		Sometimes: []modelcheck.Property[State]{
			{
				Name: "LateCommit",
				Doc:  "all can commit after a vote that was decided in the second ballot only",
				Holds: func(s State) bool {
					return s.some(Committed) && slices.ContainsFunc(s.Instances[:], func(i Instance) bool {
						return i.majorities(0, IsPrepared) == 0 && i.majorities(1, IsPrepared) > 0
					})
				},
			},
			{Name: "Abort", Doc: "all can abort", Holds: func(s State) bool {
				return s.Abort && s.Managers == [Managers]Phase{Aborted, Aborted}
			}},
		},
		Canonical: State.canonical,
		Clauses:   steps,
		Clause:    func(a Action) int { return int(a.Step) },

		FormatState: State.format,
	}
}

// format tells of each manager what was accepted in each ballot; the rest can
// be seen from the actions.
func (s State) format() string {
	letters := []string{None: "-", IsPrepared: "p", IsAborted: "a"}
	text := ""
	for rm, phase := range s.Managers {
		text += []string{Working: "working", Prepared: "prepared", Committed: "committed", Aborted: "aborted"}[phase]
		for ballot := range Ballots {
			text += " "
			for _, acceptor := range s.Instances[rm].Acceptors {
				text += letters[acceptor.Accepted[ballot]]
			}
		}
		text += "  "
	}
	return text + map[bool]string{true: "commit "}[s.Commit] + map[bool]string{true: "abort"}[s.Abort]
}

// managerSteps is what a resource manager can do. It votes in ballot 0.
func managerSteps(s State, rm int, emit func(Action, State)) {
	become := func(step Step, phase Phase, vote Value) {
		next := s
		next.Managers[rm] = phase
		if vote != None {
			next.Instances[rm].Proposed[0] = vote
		}
		emit(Action{Step: step, Manager: int8(rm)}, next)
	}
	if s.Managers[rm] == Working {
		become(RMPrepare, Prepared, IsPrepared)
		become(RMChooseToAbort, Aborted, IsAborted)
	}
	if s.Commit {
		become(RMRcvCommitMsg, Committed, None)
	}
	if s.Abort {
		become(RMRcvAbortMsg, Aborted, None)
	}
}

// leaderSteps is what leaders can do for a manager whose vote is not known: to
// begin a ballot, and to propose in it once a majority has promised: what may
// have been decided before, or else to abort.
func leaderSteps(s State, rm int, emit func(Action, State)) {
	for ballot := 1; ballot < Ballots; ballot++ {
		action := Action{Manager: int8(rm), Ballot: int8(ballot)}
		next := s
		next.Instances[rm].Begun[ballot] = true
		action.Step = Phase1a
		emit(action, next)

		if s.Instances[rm].Proposed[ballot] != None {
			continue
		}
		action.Step = Phase2a
		for _, majority := range majorities {
			if value, ok := s.Instances[rm].safe(ballot, majority); ok {
				next := s
				next.Instances[rm].Proposed[ballot] = value
				emit(action, next)
			}
		}
	}
}

// majorities of three acceptors: two of them have one in common.
var majorities = [][]int{{0, 1}, {0, 2}, {1, 2}}

// safe is what can be proposed in a ballot given the promises of a majority.
func (i Instance) safe(ballot int, majority []int) (value Value, ok bool) {
	latest := Vote{Ballot: -1, Value: IsAborted}
	for _, acceptor := range majority {
		promise := i.Acceptors[acceptor].Promises[ballot]
		if !promise.Sent {
			return None, false
		}
		if promise.Vote.Value != None && promise.Vote.Ballot > latest.Ballot {
			latest = promise.Vote
		}
	}
	return latest.Value, true
}

// acceptorSteps is what an acceptor can do in an instance.
func acceptorSteps(s State, rm, a int, emit func(Action, State)) {
	instance := s.Instances[rm]
	self := instance.Acceptors[a]
	for ballot := range int8(Ballots) {
		action := Action{Manager: int8(rm), Ballot: ballot, Acceptor: int8(a)}
		if instance.Begun[ballot] && self.Promised < ballot {
			next := s
			next.Instances[rm].Acceptors[a].Promised = ballot
			next.Instances[rm].Acceptors[a].Promises[ballot] = Promise{Sent: true, Vote: self.Vote}
			action.Step = Phase1b
			emit(action, next)
		}
		if value := instance.Proposed[ballot]; value != None && self.Promised <= ballot {
			next := s
			acceptor := &next.Instances[rm].Acceptors[a]
			acceptor.Promised, acceptor.Vote = ballot, Vote{ballot, value}
			acceptor.Accepted[ballot] = value
			action.Step = Phase2b
			emit(action, next)
		}
	}
}

// decide is what leaders can tell all: to commit if every vote was to prepare,
// to abort if one was not.
func decide(s State, emit func(Action, State)) {
	prepared, aborted := true, false
	for _, instance := range s.Instances {
		prepared = prepared && instance.Decided(IsPrepared) > 0
		aborted = aborted || instance.Decided(IsAborted) > 0
	}
	if prepared {
		next := s
		next.Commit = true
		emit(Action{Step: DecideCommit}, next)
	}
	if aborted {
		next := s
		next.Abort = true
		emit(Action{Step: DecideAbort}, next)
	}
}

// canonical puts the acceptors of each instance in order, and then the managers.
// They differ in nothing but their numbers, and what an acceptor does in one instance
// is apart from what it does in another.
func (s State) canonical() State {
	for rm := range s.Instances {
		slices.SortFunc(s.Instances[rm].Acceptors[:], func(a, b Acceptor) int { return cmp.Compare(a.rank(), b.rank()) })
	}
	if cmp.Or(cmp.Compare(s.Managers[0], s.Managers[1]), cmp.Compare(s.Instances[0].rank(), s.Instances[1].rank())) > 0 {
		s.Managers[0], s.Managers[1] = s.Managers[1], s.Managers[0]
		s.Instances[0], s.Instances[1] = s.Instances[1], s.Instances[0]
	}
	return s
}

// A rank is another number for each value that is not the same, below the bound.
const (
	values        = int(IsAborted) + 1
	voteRanks     = Ballots * values
	promiseRanks  = 1 + voteRanks
	acceptorRanks = Ballots * voteRanks * (promiseRanks * values) * (promiseRanks * values)
)

func (i *Instance) rank() (rank int) {
	for _, a := range i.Acceptors {
		rank = rank*acceptorRanks + a.rank()
	}
	for ballot, begun := range i.Begun {
		rank = 2 * (rank*values + int(i.Proposed[ballot]))
		if begun {
			rank++
		}
	}
	return rank
}

func (a *Acceptor) rank() int {
	rank := int(a.Promised)*voteRanks + a.Vote.rank()
	for ballot, promise := range a.Promises {
		rank *= promiseRanks
		if promise.Sent {
			rank += 1 + promise.Vote.rank()
		}
		rank = rank*values + int(a.Accepted[ballot])
	}
	return rank
}

func (v Vote) rank() int { return int(v.Ballot)*values + int(v.Value) }

// Decided says in how many ways a value is decided: by so many majorities, of
// all ballots.
func (i Instance) Decided(value Value) (ways int) {
	for ballot := range Ballots {
		ways += i.majorities(ballot, value)
	}
	return ways
}

// majorities counts those that have accepted a value in a ballot.
func (i Instance) majorities(ballot int, value Value) (n int) {
	for _, majority := range majorities {
		if i.Acceptors[majority[0]].Accepted[ballot] == value && i.Acceptors[majority[1]].Accepted[ballot] == value {
			n++
		}
	}
	return n
}

func (s State) some(phase Phase) bool {
	for _, manager := range s.Managers {
		if manager == phase {
			return true
		}
	}
	return false
}
