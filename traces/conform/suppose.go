package conform

import (
	"errors"
	"maps"
	"slices"

	"github.com/polka-bft/polka/traces/cometbft"
)

// recordOrSuppose judges a record; when it diverges, it supposes what a log does
// not record: that peers claimed a majority for values which some validator
// voted for besides another (VoteSetMaj23, consensus/reactor.go). Then these
// votes count, and the height may read differently. A supposition is taken only
// if it explains everything of the height so far and this record too.
func (j *walJudge) recordOrSuppose(r *cometbft.Record) error {
	err := j.record(r)
	var d *Divergence
	if err == nil || j.trying || len(j.conflicts) == 0 || !errors.As(err, &d) {
		return err
	}
	for i := len(j.conflicts) - 1; i >= 0; i-- {
		if j.suppose(j.conflicts[i], r) {
			j.rep.Counts.assume("a peer claimed a majority for a value that a validator voted for besides another")
			return nil
		}
	}
	return err
}

// conflict is a vote that conflicts with another and did not count.
type conflict struct {
	claim
	record int
}

// suppose runs the height again with one more claim made just before a vote
// that did not count, and takes the outcome if the records that were due came
// as the log has them, and r is explained.
func (j *walJudge) suppose(c conflict, r *cometbft.Record) bool {
	inputs := j.inputs
	if n := len(inputs); n > 0 && inputs[n-1].Index == r.Index {
		inputs = inputs[:n-1]
	}
	again := newNode(j.opt.Dialect, j.opt, j.node.p.Height)
	maps.Copy(again.votes.claims, j.node.votes.claims)
	again.votes.claims[c.claim] = c.record
	trial := *j
	trial.rep = &Report{Counts: newCounts(), Rules: map[string]int{}}
	trial.trying = true
	for i := range inputs {
		if again.p.Height != j.node.p.Height || trial.input(again, &inputs[i], false) != nil {
			return false
		}
	}
	if len(again.due) < len(j.done) {
		return false
	}
	for i, d := range j.done {
		if again.due[i].String() != d.String() {
			return false
		}
	}
	again.due = again.due[len(j.done):]
	again.inherit(j.node)
	again.paper = j.paper
	trial.node, trial.inputs = again, slices.Clone(inputs)
	trial.rep, trial.inferring = j.rep, true
	if trial.record(r) != nil {
		return false
	}
	trial.trying, trial.inferring = false, false
	*j = trial
	return true
}
