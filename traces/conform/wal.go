package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// WAL judges a CometBFT write-ahead log. An error means that the log could not
// be judged to its end: it is damaged, the validators are not known, or ctx was
// cancelled; the report, when there is one, tells what was found until then. A
// log that breaks a rule is no error; the report says so.
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
			rep := j.finish(log, true)
			return rep, rep.Counts.check()
		}
		if err != nil {
			return j.finish(log, false), err
		}
		j.rep.Counts.Records++
		if err := j.guarded(&rec); err != nil {
			j.rep.Counts.Unexplained++
			var d *Divergence
			if errors.As(err, &d) {
				if j.strangers(log) {
					return j.finish(log, false), fmt.Errorf("conform: %s: no signature in the log is of a validator of the genesis, whose chain is %q; give the right one with --genesis", path, opt.Genesis.ChainID)
				}
				j.rep.Divergence, err = d, nil
			}
			return j.finish(log, false), err
		}
	}
}

// strangers reports whether the genesis is of another chain: nothing that was
// signed was right so far, and no vote in the records to come is of a validator
// that it names. Then a divergence says nothing about the node.
func (j *walJudge) strangers(log *cometbft.Log) bool {
	const ahead = 1000
	votes := 0
	for range ahead {
		r, err := log.Next()
		if j.verified || err != nil {
			break
		}
		if r.Kind != cometbft.KindVote {
			continue
		}
		votes++
		set := j.validators.at(r.Vote.Height)
		if i := set.Find(r.Vote.ValidatorAddress); i >= 0 && cometbft.VerifyVote(j.opt.Genesis.ChainID, set[i].PubKey, &r.Vote) {
			return false
		}
	}
	return !j.verified && votes > 0
}

// ErrDefect is in the error of a log that made the judge itself fail. It is a
// bug of polka; the log is neither a pass nor a divergence.
var ErrDefect = errors.New("conform: the judge failed; please report it, with the log")

// defect turns a panic into an error that names the place.
func defect(file string, record int, cause any) error {
	return fmt.Errorf("%w: %s, record %d: %v", ErrDefect, file, record, cause)
}

// guarded judges a record, whatever it is made of.
func (j *walJudge) guarded(r *cometbft.Record) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case errNames:
			err = fmt.Errorf("conform: %s, record %d: %w", r.File, r.Index, errNames)
		default:
			err = defect(r.File, r.Index, p)
		}
	}()
	return j.recordOrSuppose(r)
}

// walJudge follows one log.
type walJudge struct {
	opt        *Options
	rep        *Report
	validators *validators
	node       *node             // nil until a height begins
	inputs     []cometbft.Record // of this height: what a restarted node replays
	signed     map[int]bool      // of them, by record: whether the signature is right
	paper      *paper            // nil unless acts are held against Algorithm 1
	rotation   *rotation         // nil where validators change
	addr       cometbft.Address
	known      bool // addr is known

	waits      map[consensus.Round]bool // supposed: rounds of this height that waited before step Propose
	done       []due                    // records of this height that were due and came, since the last restart
	conflicts  []conflict               // votes of this height that conflict with another and did not count
	verified   bool                     // some signature was right
	uncompared bool                     // the own vote at hand could not be compared
	inferring  bool                     // what is judged now is explained only together with a supposition
	replayed   int                      // inputs given to a node again, in all
}

// newWALJudge prepares to judge. A dialect that does not say how CometBFT takes
// its inputs (the paper) cannot follow a log by itself: the node is then
// followed by the rules it runs, and every act of it is held against the other.
func newWALJudge(path string, opt *Options) *walJudge {
	runs := writtenBy(path)
	against := opt.Dialect
	if against == nil {
		against = runs
	}
	j := &walJudge{
		opt: opt, validators: newValidators(opt), signed: map[int]bool{},
		rep: &Report{
			Path: path, Format: "cs.wal", Dialect: against.Name, Digest: against.Table.Digest(),
			ChainID: opt.Genesis.ChainID, Counts: newCounts(), Rules: map[string]int{},
		},
	}
	if against.Questions == nil {
		j.paper = &paper{runs: runs}
		j.note("followed by the rules of " + runs.Name + "; what the node did is held against " + against.Name)
	} else {
		runs = against
	}
	opt.Dialect = runs
	if !j.validators.change {
		j.rotation = newNodeRotation(opt.Genesis)
	}
	return j
}

// writtenBy is the dialect that the writer of a log runs: v1 writes with a
// proposal when it arrived, and v0.38 does not. A log without a proposal is taken
// for one of v0.38.
func writtenBy(path string) *consensus.Dialect {
	name := "cometbft-v0.38"
	log, err := cometbft.Open(path)
	if err == nil {
		defer log.Close()
		for {
			r, err := log.Next()
			if err != nil {
				break // the judge comes to it again
			}
			if r.Kind == cometbft.KindProposal {
				if !r.ReceiveTime.IsZero() {
					name = "cometbft-v1"
				}
				break
			}
		}
	}
	d, _ := consensus.DialectNamed(name)
	return d
}

// note adds a remark to the report, once.
func (j *walJudge) note(text string) {
	if !slices.Contains(j.rep.Notes, text) {
		j.rep.Notes = append(j.rep.Notes, text)
	}
}

// newHeight forgets what was kept of the height before.
func (j *walJudge) newHeight() {
	j.inputs, j.done, j.conflicts, j.waits = j.inputs[:0], nil, nil, nil
	clear(j.signed)
	j.bookRules()
}

// bookRules moves what fired at the node to the report.
func (j *walJudge) bookRules() {
	for name, count := range j.node.rules {
		j.rep.Rules[name] += count
	}
	clear(j.node.rules)
}

// record judges one record. A *Divergence is returned as the error.
func (j *walJudge) record(r *cometbft.Record) error {
	if r.Kind == cometbft.KindOther {
		j.rep.Counts.skipped("record of an unknown kind")
		return nil
	}
	if j.node == nil {
		j.beforeFirstHeight(r)
		return nil
	}
	if j.paper != nil {
		j.paper.now = r
	}
	if !r.ReceiveTime.IsZero() && j.opt.Dialect.Table == consensus.CometBFTv038 { // a field that only v1 writes
		j.note("written by CometBFT v1; it is judged by the rules of " + j.opt.Dialect.Name + ", whose locking differs")
	}
	var err error
	if r.Kind == cometbft.KindEndHeight || r.Kind == cometbft.KindStep {
		err = j.transition(r)
	} else {
		err = j.logged(r)
	}
	if err == nil {
		j.depart(r)
	}
	return err
}

// logged judges an input.
func (j *walJudge) logged(r *cometbft.Record) error {
	n := j.node
	if len(n.due) == 1 && !n.due[0].end && n.due[0].step == stepNewHeight {
		n.due = nil
		j.rep.Restarts++
		j.rep.Counts.assume("restart between two heights")
	}
	if len(n.due) > 0 && j.waited(r) {
		n = j.node
	}
	if len(n.due) > 0 {
		return j.diverge(r, "went on to the next input, "+describe(r), "demand "+n.due[0].demand()+" first")
	}
	if n.p.Panicked {
		return j.diverge(r, "went on to the next input, "+describe(r), "have stopped it: "+n.panicked)
	}
	if err := j.jumped(r); err != nil {
		return err
	}
	j.inputs = append(j.inputs, *r)
	return j.input(j.node, r, true)
}

// beforeFirstHeight skips to the first record that says where a height begins.
func (j *walJudge) beforeFirstHeight(r *cometbft.Record) {
	switch {
	case r.Kind != cometbft.KindEndHeight || r.EndHeight < 0 || r.EndHeight == math.MaxInt64:
		j.rep.Counts.skipped("before the first end of a height in the log")
	case r.EndHeight == 0:
		j.rep.Counts.explained("beginning of the log")
		j.begin(j.opt.Genesis.InitialHeight)
	default:
		j.rep.Counts.skipped("end of the height before the first that is whole")
		j.begin(r.EndHeight + 1)
		j.node.due = []due{{height: r.EndHeight + 1, step: stepNewHeight}}
	}
}

func (j *walJudge) begin(height int64) {
	if j.node != nil {
		j.bookRules()
	}
	j.node = newNode(j.opt, j.validators, height)
	j.node.paper = j.paper
	j.newHeight()
	if j.rep.FirstHeight == 0 {
		j.rep.FirstHeight = height
	}
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
		return j.taken(r, false)
	}
	if j.restarted(r) || j.unlogged(r) {
		return j.taken(r, true)
	}
	must := "call for nothing here"
	switch {
	case len(n.due) > 0:
		must = "demand " + n.due[0].demand()
	case n.p.Panicked:
		return j.diverge(r, "logged "+describe(r), "have stopped it: "+n.panicked)
	}
	return j.divergeStep(r, must)
}

func isDue(d due, r *cometbft.Record) bool {
	if d.end || r.Kind == cometbft.KindEndHeight {
		return d.end && r.Kind == cometbft.KindEndHeight && d.height == r.EndHeight
	}
	return d.height == r.Step.Height && d.round == r.Step.Round && d.step == shortStep(r.Step.Step)
}

// taken consumes the record that was due.
func (j *walJudge) taken(r *cometbft.Record, inferred bool) error {
	d := j.node.due[0]
	j.node.due = j.node.due[1:]
	if d.step != stepNewHeight {
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
	if d.end && j.node.next != "" && j.node.next != j.validators.hashOf(j.node.set) {
		return wrongSet(r, d.height, d.height+1)
	}
	j.count(what, inferred)
	return nil
}

// wrongSet is the error of a block that names other validators than were given.
func wrongSet(r *cometbft.Record, block, height int64) error {
	return fmt.Errorf("conform: %s, record %d: the block of height %d names other validators for height %d than those given "+
		"(the ValidatorsHash differs); give the sets by height with --validators", r.File, r.Index, block, height)
}

// count books a record as explained, or as inferred when that took an
// assumption.
func (j *walJudge) count(why string, inferred bool) {
	if inferred || j.inferring || j.uncompared {
		j.uncompared = false
		j.rep.Counts.inferred(why)
		return
	}
	j.rep.Counts.explained(why)
}

// keptHeights is for how many heights a vote that a rule called for may still
// come: a node takes its own votes from a queue, and may decide before it does.
const keptHeights = 16

// forget drops promises that are too old to be kept: a vote that a rule called
// for and that never came was not signed, or its node is no validator.
func (j *walJudge) forget(height int64) {
	for k, p := range j.node.promises {
		if k.height > height-keptHeights {
			continue
		}
		if !p.seen && j.known && j.validators.at(k.height).Find(j.addr) >= 0 {
			j.rep.Counts.assume("own vote never signed or never logged")
		}
		delete(j.node.promises, k)
	}
}

// unlogged tries the inputs that CometBFT does not log: transactions becoming
// available, and the last precommit with skip_timeout_commit, begin round 0
// without a timeout.
func (j *walJudge) unlogged(r *cometbft.Record) bool {
	n := j.node
	if r.Kind != cometbft.KindStep || len(n.due) > 0 || r.Step.Height != n.p.Height || r.Step.Round != 0 ||
		shortStep(r.Step.Step) != stepPropose || n.p.Step != consensus.NewHeight {
		return false
	}
	n.call(consensus.EnterNewRound, 0)
	if len(n.due) == 0 || !isDue(n.due[0], r) {
		return false
	}
	j.rep.Counts.assume("round 0 begun without a timeout: transactions, or all precommits of the last height")
	return true
}

// jumped notices that the node begins a later height without having decided the
// one before: it fetched blocks in another way while it was stopped.
func (j *walJudge) jumped(r *cometbft.Record) error {
	t := r.Timeout
	tock, known := tocks[t.Step]
	if r.Kind != cometbft.KindTimeout || t.Height <= j.node.p.Height || t.Round != 0 || !known || tock != consensus.TockNewHeight {
		return nil
	}
	j.rep.Counts.assume("heights fetched outside consensus (block sync)")
	held := j.inputs
	j.inputs = nil
	old := j.node
	j.bookRules()
	j.begin(t.Height)
	j.node.inherit(old)
	for i := range held {
		if height(&held[i]) == t.Height {
			j.inputs = append(j.inputs, held[i])
			if err := j.input(j.node, &held[i], false); err != nil {
				return err
			}
		}
	}
	return nil
}

// height is the height that an input is of.
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
	default:
		return 0
	}
}

// finish closes the report; whole says that the end of the log was reached.
func (j *walJudge) finish(log *cometbft.Log, whole bool) *Report {
	rep := j.rep
	if n := j.node; n != nil {
		j.bookRules()
		rep.Ends = fmt.Sprintf("%d/%d/%s", n.p.Height, n.p.Round, n.stepName())
		if whole && len(n.due) > 0 {
			j.note("the log ends before " + n.due[0].String() + ", which is due")
		}
	}
	if j.node != nil && j.node.p.Panicked {
		j.note("the log ends where the node dies: " + j.node.panicked)
	}
	if j.known {
		rep.Node = j.addr.String()
	}
	if torn, ok := log.Torn(); ok {
		j.note(torn.String())
	}
	for _, irr := range log.Irregularities() {
		j.note(irr.String())
	}
	for field, count := range log.Stats().Unknown {
		j.note(fmt.Sprintf("unknown field %s skipped %d times", field, count))
	}
	rep.conclude(whole)
	return rep
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
