// Package twophase is two-phase commit: resource managers agree whether to
// commit a transaction, led by a transaction manager.
//
// It follows Jim Gray and Leslie Lamport, Consensus on Transaction Commit
// (https://www.microsoft.com/en-us/research/wp-content/uploads/2016/02/tr-2003-96.pdf),
// as the TLA+ Examples have it: a message that was sent stays where everybody
// can read it, and managers prepare without being asked.
//
// The TLA+ Examples give, for three managers, 288 distinct and 1,146 generated
// states, depth 11
// (https://github.com/tlaplus/Examples/blob/master/specifications/transaction_commit/manifest.json);
// stateright gives 288 states for three and 8,832 for five
// (https://github.com/stateright/stateright/blob/master/examples/2pc.rs).
package twophase

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/modelcheck"
)

// Most is the largest number of resource managers.
const Most = 8

// State is all there is to know. Its arrays are longer than needed for few
// managers, because a state must be comparable; the rest stays zero.
type State struct {
	Managers [Most]Manager
	Decision Decision // of the transaction manager, and sent to all
}

// Manager is a resource manager, and what others know of it.
type Manager struct {
	Phase Phase
	Sent  bool // it has told that it is prepared
	Heard bool // and the transaction manager has read that
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

// Decision is what the transaction manager says.
type Decision uint8

// The decisions.
const (
	Undecided Decision = iota
	Commit
	Abort
)

// Action is a step with the resource manager that it is about.
type Action struct {
	Step    Step
	Manager uint8
}

// Step is what happens, as the specification calls it.
type Step uint8

// The steps: of the transaction manager, and of a resource manager.
const (
	TMRcvPrepared Step = iota
	TMCommit
	TMAbort
	RMPrepare
	RMChooseToAbort
	RMRcvCommitMsg
	RMRcvAbortMsg
)

var steps = []string{
	"TMRcvPrepared", "TMCommit", "TMAbort",
	"RMPrepare", "RMChooseToAbort", "RMRcvCommitMsg", "RMRcvAbortMsg",
}

// String gives the step, and the manager if it is about one.
func (a Action) String() string {
	if a.Step == TMCommit || a.Step == TMAbort {
		return steps[a.Step]
	}
	return fmt.Sprintf("%s(%d)", steps[a.Step], a.Manager)
}

// Model is the protocol for some resource managers, at most Most.
func Model(managers int) modelcheck.Model[State, Action] {
	all := func(s State, phase Phase) bool {
		for _, manager := range s.Managers[:managers] {
			if manager.Phase != phase {
				return false
			}
		}
		return true
	}
	return modelcheck.Model[State, Action]{
		Name: fmt.Sprintf("two-phase commit of %d", managers),
		Init: []State{{}},
		Next: func(s State, emit func(Action, State)) {
			leaderSteps(s, managers, emit)
			for i := range managers {
				managerSteps(s, i, emit)
			}
		},
		Always: []modelcheck.Property[State]{{
			Name:   "Consistent",
			Doc:    "no manager commits while another aborts",
			Source: "Gray and Lamport, section 2, Consistency",
			Holds: func(s State) bool {
				var is [Aborted + 1]bool
				for _, manager := range s.Managers[:managers] {
					is[manager.Phase] = true
				}
				return !is[Committed] || !is[Aborted]
			},
		}},
		Sometimes: []modelcheck.Property[State]{
			{Name: "AllCommit", Doc: "everybody can commit", Holds: func(s State) bool { return all(s, Committed) }},
			{Name: "AllAbort", Doc: "everybody can abort", Holds: func(s State) bool { return all(s, Aborted) }},
		},
		Canonical:   func(s State) State { return s.canonical(managers) },
		Clauses:     steps,
		Clause:      func(a Action) int { return int(a.Step) },
		FormatState: func(s State) string { return s.format(managers) },
	}
}

// leaderSteps is what the transaction manager can do.
func leaderSteps(s State, managers int, emit func(Action, State)) {
	if s.Decision != Undecided {
		return
	}
	everybody := true
	for i, manager := range s.Managers[:managers] {
		everybody = everybody && manager.Heard
		if manager.Sent {
			next := s
			next.Managers[i].Heard = true
			emit(Action{TMRcvPrepared, uint8(i)}, next)
		}
	}
	if everybody {
		next := s
		next.Decision = Commit
		emit(Action{Step: TMCommit}, next)
	}
	next := s
	next.Decision = Abort
	emit(Action{Step: TMAbort}, next)
}

// managerSteps is what resource manager i can do.
func managerSteps(s State, i int, emit func(Action, State)) {
	become := func(phase Phase, step Step) {
		next := s
		next.Managers[i].Phase = phase
		next.Managers[i].Sent = s.Managers[i].Sent || phase == Prepared
		emit(Action{step, uint8(i)}, next)
	}
	if s.Managers[i].Phase == Working {
		become(Prepared, RMPrepare)
		become(Aborted, RMChooseToAbort)
	}
	switch s.Decision {
	case Commit:
		become(Committed, RMRcvCommitMsg)
	case Abort:
		become(Aborted, RMRcvAbortMsg)
	case Undecided:
	}
}

// canonical puts the managers in order: they differ in nothing but their numbers.
func (s State) canonical(managers int) State {
	slices.SortFunc(s.Managers[:managers], func(a, b Manager) int { return cmp.Compare(a.rank(), b.rank()) })
	return s
}

// rank is another number for every manager that is not the same.
func (m Manager) rank() uint8 {
	rank := uint8(m.Phase) << 2
	if m.Sent {
		rank += 2
	}
	if m.Heard {
		rank++
	}
	return rank
}

// format leaves out what is zero.
func (s State) format(managers int) string {
	text := []string{Undecided: "undecided", Commit: "commit", Abort: "abort"}[s.Decision] + ":"
	for _, manager := range s.Managers[:managers] {
		text += []string{Working: " working", Prepared: " prepared", Committed: " committed", Aborted: " aborted"}[manager.Phase]
		if manager.Heard {
			text += " (heard)"
		}
	}
	return text
}
