package conform

import (
	"errors"
	"maps"
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// recordOrSuppose judges a record; when it diverges, it supposes what a log does
// not record: that peers claimed a majority for values which some validator
// voted for besides another (VoteSetMaj23, consensus/reactor.go). Then these
// votes count, and the height may read differently. A supposition is taken only
// if it explains everything of the height so far and this record too.
func (j *walJudge) recordOrSuppose(r *cometbft.Record) error {
	if len(j.conflicts) == 0 {
		return j.record(r)
	}
	before := j.rep.Counts.clone()
	restarts := j.rep.Restarts
	err := j.record(r)
	var d *Divergence
	if !errors.As(err, &d) {
		return err
	}
	if j.paper != nil {
		j.paper.departures = nil // of a reading that does not stand
	}
	after, again := j.rep.Counts, j.rep.Restarts
	for i := len(j.conflicts) - 1; i >= 0; i-- {
		j.rep.Counts, j.rep.Restarts = before.clone(), restarts
		if j.suppose(j.conflicts[i], r) {
			j.rep.Counts.assume("a peer claimed a majority for a value that a validator voted for besides another")
			return nil
		}
	}
	j.rep.Counts, j.rep.Restarts = after, again
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
	claims := maps.Clone(j.node.votes.claims)
	claims[c.claim] = c.record
	again, ok := j.replay(inputs, claims)
	if !ok || !follows(again.due, j.done) {
		return false
	}
	again.due = again.due[len(j.done):]
	again.inherit(j.node)
	trial := *j
	trial.node, trial.inputs, trial.conflicts = again, slices.Clone(inputs), slices.Clone(j.conflicts)
	trial.inferring = true
	if trial.record(r) != nil {
		return false
	}
	trial.inferring = false
	*j = trial
	return true
}

// waited tries whether the node entered a round and waited there, in step newRound
// which no log records: for transactions in round 0, or as a proposer of v1 whose
// clock was behind the last block. The expiry of the timeout that ends the wait is
// logged, and is the record at hand.
func (j *walJudge) waited(r *cometbft.Record) bool {
	t := r.Timeout
	d := j.node.due[0]
	tock, known := tocks[t.Step]
	if r.Kind != cometbft.KindTimeout || !known || tock != consensus.TockNewRound || t.Height != j.node.p.Height ||
		d.end || d.step != stepPropose || d.round != t.Round {
		return false
	}
	before := j.waits
	j.waits = maps.Clone(before)
	if j.waits == nil {
		j.waits = map[consensus.Round]bool{}
	}
	j.waits[t.Round] = true
	again, ok := j.replay(j.inputs, j.node.votes.claims)
	if !ok || !follows(again.due, j.done) || len(again.due) > len(j.done) {
		j.waits = before
		return false
	}
	again.due = nil
	timers := again.timers
	again.inherit(j.node)
	again.timers = timers // what followed the step that was not taken was not started
	j.node = again
	j.rep.Counts.assume("a round that waited before step Propose: for transactions, or for a clock")
	return true
}

// follows reports whether due begins with what is done.
func follows(due, done []due) bool {
	if len(due) < len(done) {
		return false
	}
	for i, d := range done {
		if !due[i].same(d) {
			return false
		}
	}
	return true
}

// maxReplayed bounds how many inputs are given to a node a second time, over a
// whole log: no real log comes near, and one that is made up must end.
const maxReplayed = 1 << 20

// replay runs inputs of the present height through a fresh node, quietly. ok is
// false when they do not go through, or when too much was replayed already.
func (j *walJudge) replay(inputs []cometbft.Record, claims map[claim]int) (again *node, ok bool) {
	if j.replayed += len(inputs); j.replayed > maxReplayed {
		j.note("restarts are not looked for any more: the log repeats itself too often")
		return nil, false
	}
	again = newNode(j.opt, j.validators, j.node.p.Height)
	again.votes.claims = claims
	maps.Copy(again.waits, j.waits)
	quiet := *j
	quiet.rep, quiet.paper = &Report{Counts: newCounts()}, nil
	for i := range inputs {
		if again.p.Height != j.node.p.Height || quiet.input(again, &inputs[i], false) != nil {
			return nil, false
		}
	}
	again.paper = j.paper
	return again, true
}

// restarted tries whether the record is what a restarted node logs first: a
// restart leaves no mark, but the node replays the inputs of its height and logs
// their steps again (consensus/replay.go catchupReplay).
func (j *walJudge) restarted(r *cometbft.Record) bool {
	if r.Kind != cometbft.KindStep || r.Step.Height != j.node.p.Height {
		return false
	}
	again, ok := j.replay(j.inputs, j.node.votes.claims)
	if !ok || len(again.due) == 0 || !isDue(again.due[0], r) {
		return false
	}
	again.inherit(j.node)
	j.bookRules()
	j.node, j.done = again, nil
	j.rep.Restarts++
	j.rep.Counts.assume("restart, with a replay of the height's inputs")
	return true
}

// inherit takes over what a restart does not undo: what was signed already, and
// the timers of the process before, whose expiry may still be logged.
func (n *node) inherit(old *node) {
	for k, p := range old.promises {
		q, ok := n.promises[k]
		switch {
		case !ok:
			q = p
		case p.seen:
			q.seen, q.cast = true, p.cast
		}
		n.promises[k] = q
	}
	if n.p.Height == old.p.Height {
		maps.Copy(n.timers, old.timers)
		maps.Copy(n.proposed, old.proposed)
	}
}
