package modelcheck_test

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// twoPhase is two-phase commit as the TLA+ Examples have it, after Gray and
// Lamport: n resource managers, a transaction manager, and a set of messages
// that only grows. The state is one word:
//
//	bits  0–23  resource managers, 2 bits each
//	bits 24–35  the transaction manager's set of prepared ones
//	bits 36–47  Prepared messages sent
//	bits 48–50  Commit sent, Abort sent, transaction manager done
type twoPhase [1]uint64

const (
	working = iota
	prepared
	committed
	aborted
)

const (
	tmPrepared  = 24
	sent        = 36
	commitSent  = 1 << 48
	abortSent   = 1 << 49
	managerDone = 1 << 50
)

func (s twoPhase) rm(i int) uint64 { return s[0] >> (2 * i) & 3 }

func (s twoPhase) withRM(i int, to uint64) twoPhase {
	return twoPhase{s[0]&^(3<<(2*i)) | to<<(2*i)}
}

func (s twoPhase) all(n int, want uint64) bool {
	for i := range n {
		if s.rm(i) != want {
			return false
		}
	}
	return true
}

// tpAction is a clause with the resource manager it is about.
type tpAction struct{ clause, rm uint8 }

const (
	tmRcvPrepared = iota
	tmCommit
	tmAbort
	rmPrepare
	rmChooseToAbort
	rmRcvCommit
	rmRcvAbort
)

var tpClauses = []string{
	"TMRcvPrepared", "TMCommit", "TMAbort",
	"RMPrepare", "RMChooseToAbort", "RMRcvCommitMsg", "RMRcvAbortMsg",
}

// twoPhaseModel is the model for n resource managers.
func twoPhaseModel(n int) modelcheck.Model[twoPhase, tpAction] {
	everyone := uint64(1)<<n - 1
	return modelcheck.Model[twoPhase, tpAction]{
		Name: fmt.Sprintf("TwoPhase N=%d", n),
		Init: []twoPhase{{}},
		Next: func(s twoPhase, emit func(tpAction, twoPhase)) { twoPhaseNext(s, n, everyone, emit) },
		Always: []modelcheck.Property[twoPhase]{{
			Name: "Consistent",
			Doc:  "no resource manager aborts while another commits",
			Holds: func(s twoPhase) bool {
				const low = 0x555555
				w := s[0] & (1<<tmPrepared - 1)
				return w>>1&^w&low == 0 || w>>1&w&low == 0
			},
		}},
		Sometimes: []modelcheck.Property[twoPhase]{
			{Name: "AllCommit", Holds: func(s twoPhase) bool { return s.all(n, committed) }},
			{Name: "AllAbort", Holds: func(s twoPhase) bool { return s.all(n, aborted) }},
		},
		Clauses: tpClauses,
		Clause:  func(a tpAction) int { return int(a.clause) },
		FormatAction: func(_ twoPhase, a tpAction, _ twoPhase) string {
			if a.clause == tmCommit || a.clause == tmAbort {
				return tpClauses[a.clause]
			}
			return fmt.Sprintf("%s(%d)", tpClauses[a.clause], a.rm)
		},
	}
}

func twoPhaseNext(s twoPhase, n int, everyone uint64, emit func(tpAction, twoPhase)) {
	if s[0]&managerDone == 0 {
		if s[0]>>tmPrepared&everyone == everyone {
			emit(tpAction{clause: tmCommit}, twoPhase{s[0] | commitSent | managerDone})
		}
		emit(tpAction{clause: tmAbort}, twoPhase{s[0] | abortSent | managerDone})
	}
	for i := range n {
		rm := uint8(i)
		if s[0]&managerDone == 0 && s[0]>>(sent+i)&1 == 1 {
			emit(tpAction{tmRcvPrepared, rm}, twoPhase{s[0] | 1<<(tmPrepared+i)})
		}
		if s.rm(i) == working {
			after := s.withRM(i, prepared)
			after[0] |= 1 << (sent + i)
			emit(tpAction{rmPrepare, rm}, after)
			emit(tpAction{rmChooseToAbort, rm}, s.withRM(i, aborted))
		}
		if s[0]&commitSent != 0 {
			emit(tpAction{rmRcvCommit, rm}, s.withRM(i, committed))
		}
		if s[0]&abortSent != 0 {
			emit(tpAction{rmRcvAbort, rm}, s.withRM(i, aborted))
		}
	}
}
