package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// WAL judges a CometBFT write-ahead log against a dialect that says how
// CometBFT runs. An error means that the log could not be judged: it is
// unreadable, or the validators are not known. A log that breaks a rule is no
// error; the report says so.
func WAL(ctx context.Context, path string, opt Options) (*Report, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	log, err := cometbft.Open(path)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	j := newWALJudge(path, &opt)
	for {
		if err := context.Cause(ctx); err != nil {
			return j.finish(log, false), err
		}
		rec, err := log.Next()
		if errors.Is(err, io.EOF) {
			return j.finish(log, true), nil
		}
		if err != nil {
			return j.finish(log, false), err
		}
		j.rep.Counts.Records++
		if err := j.recordOrSuppose(&rec); err != nil {
			var d *Divergence
			if errors.As(err, &d) {
				j.rep.Divergence = d
				return j.finish(log, false), nil
			}
			return j.finish(log, false), err
		}
	}
}

// walJudge follows one log.
type walJudge struct {
	opt      *Options
	rep      *Report
	node     *node             // nil until a height begins
	inputs   []cometbft.Record // of this height: what a restarted node replays
	paper    *paper            // nil unless acts are held against Algorithm 1
	rotation *rotation         // nil where validators change
	addr     cometbft.Address
	known    bool // addr is known

	done      []due      // records of this height that were due and came, since the last restart
	conflicts []conflict // votes of this height that conflict with another and did not count
	inferring bool       // what is judged now is explained only together with a supposition
	trying    bool       // a hypothesis is being tried: do not try another
}

// newWALJudge prepares to judge. A dialect that does not say how CometBFT takes
// its inputs (the paper) cannot follow a log by itself: the node is then
// followed by the rules it runs, and every act of it is held against the other.
func newWALJudge(path string, opt *Options) *walJudge {
	runs, _ := consensus.DialectNamed("cometbft-v0.38")
	against := opt.Dialect
	if against == nil {
		against = runs
	}
	j := &walJudge{
		opt: opt,
		rep: &Report{
			Path: path, Format: "cs.wal", Dialect: against.Name, Digest: against.Table.Digest(),
			ChainID: opt.Genesis.ChainID, Counts: newCounts(), Rules: map[string]int{},
		},
	}
	if against.Questions == nil {
		j.paper = &paper{runs: runs}
		j.rep.Notes = append(j.rep.Notes, "followed by the rules of "+runs.Name+"; what the node did is held against "+against.Name)
	} else {
		runs = against
	}
	opt.Dialect = runs
	if len(opt.Validators) == 0 {
		j.rotation = newRotation(opt.Genesis)
	}
	return j
}

// newHeight forgets what was kept of the height before.
func (j *walJudge) newHeight() {
	j.inputs, j.done, j.conflicts = j.inputs[:0], nil, nil
}

// record judges one record. A *Divergence is returned as the error.
func (j *walJudge) record(r *cometbft.Record) error {
	if r.Kind == cometbft.KindOther {
		j.rep.Counts.skipped("record of an unknown kind")
		return nil
	}
	if j.node == nil {
		return j.beforeFirstHeight(r)
	}
	switch r.Kind {
	case cometbft.KindEndHeight, cometbft.KindStep:
		return j.transition(r)
	default:
		if len(j.node.due) == 1 && !j.node.due[0].end && j.node.due[0].step == "NewHeight" {
			j.node.due = nil
			j.rep.Restarts++
			j.rep.Counts.assume("restart between two heights")
		}
		if len(j.node.due) > 0 {
			return j.diverge(r, fmt.Sprintf("went on to the next input (%s)", r.String()),
				fmt.Sprintf("demand %v first, by rule %s", j.node.due[0], j.node.due[0].by.Rule.Name))
		}
		if err := j.jumped(r); err != nil {
			return err
		}
		j.inputs = append(j.inputs, *r)
		if err := j.input(j.node, r, true); err != nil {
			return err
		}
		j.depart(r)
		return nil
	}
}

// beforeFirstHeight skips to the first record that says where a height begins.
func (j *walJudge) beforeFirstHeight(r *cometbft.Record) error {
	if r.Kind != cometbft.KindEndHeight {
		j.rep.Counts.skipped("before the first end of a height in the log")
		return nil
	}
	height := r.EndHeight + 1
	if r.EndHeight == 0 {
		height = j.opt.Genesis.InitialHeight
		j.rep.Counts.explained("beginning of the log")
	} else {
		j.rep.Counts.skipped("end of the height before the first that is whole")
	}
	j.begin(height)
	return nil
}

func (j *walJudge) begin(height int64) {
	j.node = newNode(j.opt.Dialect, j.opt, height)
	j.node.paper = j.paper
	j.newHeight()
	if j.rep.FirstHeight == 0 {
		j.rep.FirstHeight = height
	}
	j.rep.LastHeight = height
}

// transition judges a STEP or ENDHEIGHT record: it must be the next one due, or
// be explained by something that the log does not record.
func (j *walJudge) transition(r *cometbft.Record) error {
	n := j.node
	if r.Kind == cometbft.KindEndHeight && r.EndHeight == 0 {
		j.rep.Counts.explained("mark of a new, empty file")
		return nil
	}
	if len(n.due) > 0 && isDue(n.due[0], r) {
		j.taken(r, false)
		return nil
	}
	if j.restarted(r) || j.unlogged(r) {
		j.taken(r, true)
		return nil
	}
	did := "logged " + describeTransition(r)
	if len(n.due) > 0 {
		return j.diverge(r, did, fmt.Sprintf("demand %v, by rule %s", n.due[0], n.due[0].by.Rule.Name))
	}
	return j.divergeFrom(r, did, "call for no step here", candidates(n, r))
}

func isDue(d due, r *cometbft.Record) bool {
	if d.end || r.Kind == cometbft.KindEndHeight {
		return d.end && r.Kind == cometbft.KindEndHeight && d.height == r.EndHeight
	}
	return d.height == r.Step.Height && d.round == r.Step.Round && d.step == shortStep(r.Step.Step)
}

// taken consumes the record that was due.
func (j *walJudge) taken(r *cometbft.Record, inferred bool) {
	d := j.node.due[0]
	j.node.due = j.node.due[1:]
	if d.step != "NewHeight" {
		j.done = append(j.done, d)
	}
	what := "step, by a rule"
	if d.end {
		what = "end of a height, by a rule"
		j.rep.Commits++
		j.rep.LastHeight = d.height
		j.newHeight()
		j.forget(d.height)
	} else if d.round > j.rep.MaxRound {
		j.rep.MaxRound = d.round
	}
	if inferred {
		what += ", after an input that is not logged"
	}
	j.count(what, inferred)
}

// count books a record as explained, or as inferred when that took an
// assumption.
func (j *walJudge) count(why string, inferred bool) {
	if inferred || j.inferring {
		j.rep.Counts.inferred(why)
		return
	}
	j.rep.Counts.explained(why)
}

// forget drops promises that are too old to be kept: a vote that a rule called
// for and that never came was not signed, or its node is no validator.
func (j *walJudge) forget(height int64) {
	for k, p := range j.node.promises {
		if k.height >= height {
			continue
		}
		if !p.seen && j.known && j.opt.validatorsAt(k.height).Find(j.addr) >= 0 {
			j.rep.Counts.assume("own vote never signed or never logged")
		}
		delete(j.node.promises, k)
	}
}

// restarted tries whether the record is what a restarted node logs first: a
// restart leaves no mark, but the node replays the inputs of its height and logs
// their steps again (consensus/replay.go catchupReplay).
func (j *walJudge) restarted(r *cometbft.Record) bool {
	if r.Kind != cometbft.KindStep || r.Step.Height != j.node.p.Height {
		return false
	}
	again := newNode(j.opt.Dialect, j.opt, j.node.p.Height)
	again.votes.claims = j.node.votes.claims
	quiet := *j
	quiet.rep = &Report{Counts: newCounts(), Rules: map[string]int{}}
	for i := range j.inputs {
		if err := quiet.input(again, &j.inputs[i], false); err != nil {
			return false
		}
	}
	if len(again.due) == 0 || !isDue(again.due[0], r) {
		return false
	}
	again.inherit(j.node)
	again.paper = j.paper
	j.node, j.done = again, nil
	j.rep.Restarts++
	j.rep.Counts.assume("restart, with a replay of the height's inputs")
	return true
}

// unlogged tries the inputs that CometBFT does not log: transactions becoming
// available, and the last precommit with skip_timeout_commit, begin round 0
// without a timeout.
func (j *walJudge) unlogged(r *cometbft.Record) bool {
	n := j.node
	if r.Kind != cometbft.KindStep || len(n.due) > 0 || r.Step.Height != n.p.Height || r.Step.Round != 0 ||
		shortStep(r.Step.Step) != "Propose" || n.p.Step != consensus.NewHeight {
		return false
	}
	n.call(consensus.EnterNewRound, 0)
	if len(n.due) == 0 || !isDue(n.due[0], r) {
		return false
	}
	j.rep.Counts.assume("round 0 begun without a timeout: transactions, or all precommits of the last height")
	return true
}

// jumped notices that the node is at a later height without having decided the
// one before: it fetched blocks in another way while it was stopped.
func (j *walJudge) jumped(r *cometbft.Record) error {
	if r.Kind != cometbft.KindTimeout || r.Timeout.Height <= j.node.p.Height {
		return nil
	}
	j.rep.Counts.assume("heights fetched outside consensus (block sync)")
	held := j.inputs
	j.inputs = nil
	old := j.node
	j.begin(r.Timeout.Height)
	j.node.inherit(old)
	for i := range held {
		if height(&held[i]) == r.Timeout.Height {
			j.inputs = append(j.inputs, held[i])
			if err := j.input(j.node, &held[i], false); err != nil {
				return err
			}
		}
	}
	return nil
}

// height is the height that a message is of.
func height(r *cometbft.Record) int64 {
	switch r.Kind {
	case cometbft.KindProposal:
		return r.Proposal.Height
	case cometbft.KindBlockPart:
		return r.BlockPart.Height
	case cometbft.KindVote:
		return r.Vote.Height
	case cometbft.KindTimeout:
		return r.Timeout.Height
	}
	return 0
}

// inherit takes over what a restart does not undo: votes already signed, and
// the timers of the process before, whose expiry may still be logged.
func (n *node) inherit(old *node) {
	for k, p := range old.promises {
		if q, ok := n.promises[k]; !ok || p.seen && q.id == p.id {
			n.promises[k] = p
		}
	}
	for k, v := range old.rules {
		n.rules[k] += v
	}
	if n.p.Height == old.p.Height {
		for k := range old.timers {
			n.timers[k] = true
		}
	}
}

// finish closes the report; whole says that the end of the log was reached.
func (j *walJudge) finish(log *cometbft.Log, whole bool) *Report {
	rep := j.rep
	if j.node != nil {
		rep.Rules = j.node.rules
	}
	if j.known {
		rep.Node = j.addr.String()
	}
	if torn, ok := log.Torn(); ok {
		rep.Notes = append(rep.Notes, torn.String())
	}
	for _, irr := range log.Irregularities() {
		rep.Notes = append(rep.Notes, irr.String())
	}
	for field, count := range log.Stats().Unknown {
		rep.Notes = append(rep.Notes, fmt.Sprintf("unknown field %s skipped %d times", field, count))
	}
	switch {
	case rep.Divergence != nil || len(rep.Departures) > 0:
		rep.Verdict = Diverges
	case !whole:
		rep.Verdict = Unfinished
	case rep.Commits == 0 || rep.Counts.Explained == 0:
		rep.Verdict = Nothing
	default:
		rep.Verdict = Conforms
	}
	return rep
}

func describeTransition(r *cometbft.Record) string {
	if r.Kind == cometbft.KindEndHeight {
		return fmt.Sprintf("the end of height %d", r.EndHeight)
	}
	return fmt.Sprintf("step %d/%d/%s", r.Step.Height, r.Step.Round, shortStep(r.Step.Step))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
