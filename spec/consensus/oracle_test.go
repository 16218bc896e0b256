package consensus_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The oracle is a second copy of every guard of Algorithm 1: plain Go, written
// from the paper and not from the clauses, over the numbers that the paper
// compares. An observation is decoded into such numbers first.

// oracleTotal is the power that the oracle's votes are counted against.
const oracleTotal = 10

func quorum(power int) bool { return 3*power > 2*oracleTotal }

// proposalFacts is what lines 22, 28 and 36 ask about v and vr.
type proposalFacts struct {
	step        consensus.StepValue
	proposed    bool // PROPOSAL(h, round, v, vr) of the proposer is there
	valid       bool // valid(v)
	round, vr   int
	atVR        int // power of PREVOTE(h, vr, id(v))
	now         int // power of PREVOTE(h, round, id(v))
	lockedRound int
	lockedOnV   bool // lockedValue = v
	fired36     bool
}

func (f proposalFacts) line22() (guard, inner bool) {
	if !f.proposed || f.vr != -1 || f.step != consensus.Propose {
		return false, false
	}
	return true, f.valid && (f.lockedRound == -1 || f.lockedOnV)
}

func (f proposalFacts) line28() (guard, inner bool) {
	if !f.proposed || !quorum(f.atVR) {
		return false, false
	}
	if f.step != consensus.Propose || f.vr < 0 || f.vr >= f.round {
		return false, false
	}
	return true, f.valid && (f.lockedRound <= f.vr || f.lockedOnV)
}

func (f proposalFacts) line36() (guard, inner bool) {
	if !f.proposed || !quorum(f.now) || f.fired36 {
		return false, false
	}
	if !f.valid || f.step == consensus.Propose {
		return false, false
	}
	return true, f.step == consensus.Prevote
}

// voteFacts is what lines 34, 44 and 47 ask.
type voteFacts struct {
	step                   consensus.StepValue
	prevotes, nilPrevotes  int // power of all prevotes of the round, of those for nil
	topPrevotes            int // of those for the value with the most
	precommits             int
	scheduled34, started47 bool
}

func (f voteFacts) line34() bool {
	return quorum(f.prevotes) && f.step == consensus.Prevote && !f.scheduled34
}

func (f voteFacts) line44() bool { return quorum(f.nilPrevotes) && f.step == consensus.Prevote }

func (f voteFacts) line47() bool { return quorum(f.precommits) && !f.started47 }

// decisionFacts is what line 49 asks about r and v.
type decisionFacts struct {
	decided, proposed, valid bool
	precommits               int // power of PRECOMMIT(h, r, id(v))
}

func (f decisionFacts) line49() (guard, inner bool) {
	return f.proposed && quorum(f.precommits) && !f.decided, f.valid
}

// timeoutFacts is what lines 57, 61 and 65 ask.
type timeoutFacts struct {
	kind                     consensus.TimeoutKind
	height, round            int // of the timeout
	currentHeight, currently int
	step                     consensus.StepValue
}

func (f timeoutFacts) line57() bool {
	return f.kind == consensus.TimeoutPropose &&
		f.height == f.currentHeight && f.round == f.currently && f.step == consensus.Propose
}

func (f timeoutFacts) line61() bool {
	return f.kind == consensus.TimeoutPrevote &&
		f.height == f.currentHeight && f.round == f.currently && f.step == consensus.Prevote
}

func (f timeoutFacts) line65() bool {
	return f.kind == consensus.TimeoutPrecommit && f.height == f.currentHeight && f.round == f.currently
}

// names collects the rules that the oracle finds enabled, in the paper's order.
type names []string

// when adds a rule that has no inner condition, or nothing to do when it fails.
func (n *names) when(rule string, fires bool) {
	if fires {
		*n = append(*n, rule)
	}
}

// branch adds one of the two rules of a clause.
func (n *names) branch(clause string, guard, inner bool) {
	n.when(clause+"If", guard && inner)
	n.when(clause+"Else", guard && !inner)
}

func (f proposalFacts) enabled() (n names) {
	guard, inner := f.line22()
	n.branch("L22", guard, inner)
	guard, inner = f.line28()
	n.branch("L28", guard, inner)
	guard, inner = f.line36()
	n.branch("L36", guard, inner)
	return n
}

func (f voteFacts) enabled() (n names) {
	n.when("L34", f.line34())
	n.when("L44", f.line44())
	n.when("L47", f.line47())
	return n
}

func (f decisionFacts) enabled() (n names) {
	guard, inner := f.line49()
	n.when("L49If", guard && inner)
	return n
}

func (f timeoutFacts) enabled() (n names) {
	n.when("L57If", f.line57())
	n.when("L61If", f.line61())
	n.when("L65If", f.line65())
	return n
}

func startFacts(self, validValue bool) (n names) {
	switch {
	case self && validValue:
		n.when("L14If", true)
	case self:
		n.when("L14Else", true)
	default:
		n.when("L20", true)
	}
	return n
}

// value reads an observable off an observation.
func value[V ~uint8](o spec.Observation, v spec.Observable[V]) V { return V(o.Value(v.Variable())) }

func yes(o spec.Observation, v spec.Observable[consensus.YesNo]) bool {
	return value(o, v) == consensus.Yes
}

func inPaper(s consensus.StepValue) bool {
	return s == consensus.Propose || s == consensus.Prevote || s == consensus.Precommit
}

// oracle decodes an observation and says which rules are enabled on it, and
// whether it can be made at all.
func oracle(o spec.Observation) (enabled names, possible bool) {
	switch o.Of {
	case consensus.StartRound:
		return startFacts(yes(o, consensus.Proposer), yes(o, consensus.ValidValue)), true
	case consensus.OnProposal:
		f, ok := decodeProposal(o)
		return f.enabled(), ok
	case consensus.OnVotes:
		f, ok := decodeVotes(o)
		return f.enabled(), ok
	case consensus.OnDecision:
		f := decisionFacts{
			decided:  yes(o, consensus.Decided),
			proposed: value(o, consensus.Proposal) != consensus.NoProposal,
			valid:    value(o, consensus.Proposal) == consensus.Valid,
		}
		if yes(o, consensus.CommitQuorum) {
			f.precommits = 7
		}
		return f.enabled(), !f.decided // a decided height is left at once
	case consensus.OnLaterRound:
		var n names
		n.when("L55", yes(o, consensus.LaterRound))
		return n, true
	case consensus.OnTimeout:
		f := timeoutFacts{kind: value(o, consensus.Expired), height: 5, currentHeight: 5, round: 4, currently: 4, step: value(o, consensus.Step)}
		if value(o, consensus.At) == consensus.Elsewhere {
			f.round--
		}
		return f.enabled(), inPaper(f.step)
	}
	panic("the oracle does not know binding " + o.Of.Name)
}

// decodeProposal finds numbers that look like the observation, in round 4.
func decodeProposal(o spec.Observation) (f proposalFacts, possible bool) {
	known, lock := value(o, consensus.Proposal), value(o, consensus.Lock)
	f = proposalFacts{
		step: value(o, consensus.Step), round: 4, lockedRound: -1,
		proposed: known != consensus.NoProposal, valid: known == consensus.Valid,
		fired36: value(o, consensus.Once36.Observable) == spec.Done,
	}
	if yes(o, consensus.Polka) {
		f.now = 7
	}
	pol := value(o, consensus.POL)
	switch pol {
	case consensus.Fresh:
		f.vr = -1
	case consensus.Unbacked:
		f.vr, f.atVR = 2, 6
	case consensus.Backed:
		f.vr, f.atVR = 2, 7
	case consensus.Misplaced:
		f.vr, f.atVR = 4, 7
		if lock == consensus.Newer {
			f.vr = -2 // no lock is of a round after vr = round
		}
	}
	switch lock {
	case consensus.Open:
	case consensus.Same:
		f.lockedRound, f.lockedOnV = 3, true
	case consensus.Older:
		f.lockedRound = min(f.vr, 3)
	case consensus.Newer:
		f.lockedRound = 3
	}
	possible = inPaper(f.step) &&
		!(lock == consensus.Older && f.lockedRound < 0) && // a lock is of some round
		!(!f.proposed && pol != consensus.Fresh) && // no proposal, no vr
		!(f.fired36 && f.step == consensus.Propose) // line 36 comes after the prevote
	return f, possible
}

// decodeVotes finds powers that look like the observation.
func decodeVotes(o spec.Observation) (f voteFacts, possible bool) {
	f = voteFacts{
		step:        value(o, consensus.Step),
		scheduled34: value(o, consensus.Once34.Observable) == spec.Done,
		started47:   value(o, consensus.Once47.Observable) == spec.Done,
	}
	switch value(o, consensus.Prevotes) {
	case consensus.Few:
		f.prevotes, f.nilPrevotes, f.topPrevotes = 6, 6, 6
	case consensus.Mixed:
		f.prevotes, f.nilPrevotes, f.topPrevotes = 10, 4, 6
	case consensus.ForNil:
		f.prevotes, f.nilPrevotes, f.topPrevotes = 7, 7, 7
	case consensus.ForValue:
		f.prevotes, f.nilPrevotes, f.topPrevotes = 9, 2, 7
	}
	f.precommits = 6
	if yes(o, consensus.Precommits) {
		f.precommits = 7
	}
	possible = inPaper(f.step) &&
		!(f.scheduled34 && (f.step == consensus.Propose || !quorum(f.prevotes))) && // line 34 wants both, and neither is undone
		!(f.started47 && !quorum(f.precommits))
	return f, possible
}

// disagreements lists the observations on which the table says something else
// than the oracle.
func disagreements(table *spec.Table) []string {
	var out []string
	for _, b := range table.Rules.Bindings {
		for i := range b.Size() {
			o := spec.Observation{Of: b, Index: i}
			want, possible := oracle(o)
			if !possible {
				want = nil
			}
			var got names
			for id := range table.Enabled(o).All {
				got = append(got, table.Rule(id).Name)
			}
			if (table.Next(o) != spec.Unreachable) != possible {
				out = append(out, fmt.Sprintf("%v: the table calls it possible: %t, the oracle: %t", o, !possible, possible))
			}
			if !slices.Equal(got, want) {
				out = append(out, fmt.Sprintf("%v: enabled is %v, and %v by the oracle", o, got, want))
			}
		}
	}
	return out
}

func TestOracleAgrees(t *testing.T) {
	for _, d := range disagreements(consensus.Paper) {
		t.Error(d)
	}
}
