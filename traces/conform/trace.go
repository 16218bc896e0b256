package conform

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/event"
)

// Trace judges a log of polka's own engine, read from r; name is its path, for
// messages. The log says which rules fired and on what observation: each must be
// enabled in the state that the inputs before it lead to, its outputs must be
// those of the rule, and when the node goes on to the next input no rule may be
// left enabled. Signatures are the engine's business and are not checked again.
func Trace(ctx context.Context, r io.Reader, name string, opt Options) (*Report, error) {
	in, err := event.NewReader(r, name)
	if err != nil {
		return nil, err
	}
	j, err := newTraceJudge(in, name, opt)
	if err != nil {
		return nil, err
	}
	for {
		if err := context.Cause(ctx); err != nil {
			return j.finish(false), err
		}
		g, more, err := j.group()
		if g != nil {
			var d *Divergence
			if bad := j.guarded(g, !more); errors.As(bad, &d) {
				j.rep.Divergence = d
				return j.finish(false), nil
			} else if bad != nil {
				return j.finish(false), bad
			}
		}
		switch {
		case errors.Is(err, event.ErrTorn):
			j.rep.Notes = append(j.rep.Notes, err.Error())
		case err != nil:
			return j.finish(false), err
		case more:
			continue
		}
		rep := j.finish(true)
		return rep, rep.Counts.check()
	}
}

// traceJudge follows one log of ours.
type traceJudge struct {
	in       *event.Reader
	head     event.Header
	rep      *Report
	table    *spec.Table
	rotation *rotation
	powers   []int64
	total    int64
	self     int

	p       consensus.Process
	started bool
	log     *consensus.Log
	values  []event.Value // of this height, by number; 0 is nil
	numbers map[event.Value]consensus.Value
	valid   map[consensus.Value]bool
	timers  map[event.Timeout]bool // started at this height, without their durations
	sent    map[message]bool       // by the node at this height
	rounds  map[consensus.Round]bool
	asked   bool // a value to propose is wanted
	partial bool // a message of this height was refused by a bound: rules may be enabled that the node cannot see

	next *placed // read ahead
	last bool    // the group being judged is the last of the log
}

// errCut says that the log ends in the middle of what the node did on an input.
var errCut = errors.New("the log ends here")

// maxRounds bounds the rounds of one height that messages are of. No height gets
// there; a log that is made up must not take for ever.
const maxRounds = 2048

// placed is an event with its place in the file.
type placed struct {
	event.Event
	line   int
	offset int64
}

func newTraceJudge(in *event.Reader, name string, opt Options) (*traceJudge, error) {
	head := in.Header()
	d, ok := consensus.DialectNamed(head.Dialect)
	if opt.Dialect != nil {
		d, ok = opt.Dialect, true
	}
	switch {
	case !ok:
		return nil, fmt.Errorf("conform: %s: the header names dialect %q, which is not known; name another with --dialect", name, head.Dialect)
	case d.Questions != nil:
		return nil, fmt.Errorf("conform: %s: a trace of polka's engine is judged against the paper, not against %s", name, d.Name)
	}
	j := &traceJudge{
		in: in, head: head, table: d.Table, self: head.Node.Index,
		rep: &Report{
			Path: name, Format: "polka trace", Dialect: d.Name, Digest: d.Table.Digest(), ChainID: head.ChainID,
			Node: fmt.Sprintf("%X", []byte(head.Node.Address)), Counts: newCounts(), Rules: map[string]int{},
			FirstHeight: head.InitialHeight,
			Notes:       []string{"signatures were checked by the engine that wrote the log, and are not checked again"},
		},
		p: consensus.NewProcess(head.InitialHeight),
	}
	if head.Digest != d.Table.Digest() {
		j.rep.Notes = append(j.rep.Notes, fmt.Sprintf("the log was made by rules with digest %.12s, not %.12s", head.Digest, d.Table.Digest()))
	}
	for _, v := range head.Validators {
		if v.Power > maxPower-j.total {
			return nil, fmt.Errorf("conform: %s: the powers in the header add up to more than %d", name, int64(maxPower))
		}
		j.powers = append(j.powers, v.Power)
		j.total += v.Power
	}
	if j.total == 0 {
		return nil, fmt.Errorf("conform: %s: the validators in the header have no power", name)
	}
	j.rotation = newRotation(head.InitialHeight, j.powers)
	j.enterHeight()
	return j, nil
}

func (j *traceJudge) enterHeight() {
	j.values = make([]event.Value, 1)
	j.numbers = map[event.Value]consensus.Value{{}: consensus.Nil}
	j.valid = map[consensus.Value]bool{}
	j.timers, j.sent, j.rounds = map[event.Timeout]bool{}, map[message]bool{}, map[consensus.Round]bool{}
	j.log = consensus.NewLog(j.powers, func(v consensus.Value) bool { return j.valid[v] })
	j.asked, j.partial = false, false
}

// value is the number of a value at this height.
func (j *traceJudge) value(v event.Value) consensus.Value {
	n, ok := j.numbers[v]
	if !ok {
		n = consensus.Value(len(j.values))
		j.values = append(j.values, v)
		j.numbers[v] = n
	}
	return n
}

// group is an input and what the machine did with it.
type group struct {
	input placed
	rest  []placed
}

// group reads up to the next input. more is false at the end of the log.
func (j *traceJudge) group() (g *group, more bool, err error) {
	for {
		e, err := j.in.Next()
		if err != nil {
			if j.next != nil && g == nil {
				g = &group{input: *j.next}
			}
			j.next = nil
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return g, false, err
		}
		at := placed{*e, j.in.Line(), j.in.Offset()}
		if j.next == nil && g == nil {
			j.next = &at
			continue
		}
		if g == nil {
			g = &group{input: *j.next}
		}
		if at.IsInput() {
			j.next = &at
			return g, true, nil
		}
		g.rest = append(g.rest, at)
	}
}

// guarded judges a group, whatever it is made of.
func (j *traceJudge) guarded(g *group, last bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = defect(j.rep.Path, int(g.input.Seq), p)
		}
	}()
	j.last = last
	c := &j.rep.Counts
	c.Records += 1 + len(g.rest)
	if err = j.judge(g); errors.Is(err, errCut) {
		j.rep.Notes = append(j.rep.Notes, fmt.Sprintf("the log ends in the middle of what the node did on the input of line %d", g.input.line))
		for c.Explained+c.Inferred+c.Skipped < c.Records {
			c.skipped("of an input whose consequences are cut off")
		}
		return nil
	}
	return err
}

// judge judges a group. A *Divergence is returned as the error, errCut where the
// log ends too early.
func (j *traceJudge) judge(g *group) error {
	in := &g.input
	if err := j.stands(g); err != nil {
		return err
	}
	rest := g.rest
	if len(rest) > 0 && rest[0].Kind == event.Refuse {
		if err := j.refused(in, &rest[0]); err != nil {
			return err
		}
		rest = rest[1:]
	} else if err := j.take(in, &rest); err != nil {
		var d *Divergence
		if j.last && len(g.rest) == 0 && errors.As(err, &d) {
			return errCut // a refusal may have been next
		}
		return err
	}
	for len(rest) > 0 {
		n, err := j.fired(in, rest)
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	if in.Round > j.rep.MaxRound {
		j.rep.MaxRound = in.Round
	}
	return j.settled()
}

// stands checks that the log has the machine where it is.
func (j *traceJudge) stands(g *group) error {
	in := &g.input
	if !in.IsInput() {
		return j.diverge(in, fmt.Sprintf("logged a %s before any input", in.Kind), "let it act on inputs only")
	}
	at := func(e *placed) error {
		if e.Height == j.p.Height && e.Round == j.p.Round && e.Step == stepWord(j.p.Step) {
			return nil
		}
		return j.diverge(e, fmt.Sprintf("stood at %d/%d/%s", e.Height, e.Round, e.Step),
			fmt.Sprintf("have it at %d/%d/%s", j.p.Height, j.p.Round, stepWord(j.p.Step)))
	}
	if err := at(in); err != nil {
		return err
	}
	for i := range g.rest {
		if err := at(&g.rest[i]); err != nil {
			return err
		}
	}
	return nil
}

// take gives the input to the interpreter; what it causes without a rule is
// taken from rest.
func (j *traceJudge) take(in *placed, rest *[]placed) error {
	j.rep.Counts.explained("input")
	if (in.Kind == event.Start) == j.started {
		return j.diverge(in, "took an input of kind "+string(in.Kind), "begin with one start, and have no other")
	}
	switch {
	case in.Kind == event.Start:
		j.started = true
		return j.start(in, rest)
	case in.Kind == event.Restart:
		return fmt.Errorf("conform: %s, line %d: events of kind restart are reserved, and are not judged yet", j.rep.Path, in.line)
	case in.Proposal != nil:
		return j.takeProposal(in)
	case in.Vote != nil:
		return j.takeVote(in)
	case in.Timeout != nil:
		t := *in.Timeout
		if t.Height >= j.p.Height && !j.timers[t] {
			return j.diverge(in, fmt.Sprintf("took the expiry of timeout %s(%d, %d)", t.Kind, t.Height, t.Round), "have started no such timeout")
		}
	case in.NewValue != nil:
		return j.newValue(in, rest)
	}
	return nil
}

func (j *traceJudge) takeProposal(in *placed) error {
	m := in.Proposal
	did := fmt.Sprintf("took PROPOSAL(%d, %d, %s, %d) of validator %d", m.Height, m.Round, short(m.Value), m.POLRound, m.Proposer)
	if m.Height != j.p.Height || m.Round < 0 || m.POLRound < -1 || m.Value == (event.Value{}) {
		return j.diverge(in, did, fmt.Sprintf("refuse it: at height %d it makes no sense", j.p.Height))
	}
	proposer, ok := j.rotation.proposer(m.Height, m.Round)
	switch {
	case !ok:
		return fmt.Errorf("conform: %s, line %d: round %d of height %d is too far to tell its proposer", j.rep.Path, in.line, m.Round, m.Height)
	case m.Proposer != proposer:
		return j.diverge(in, did, fmt.Sprintf("give that round to validator %d", proposer))
	case in.From == "" && !j.sent[unsigned(m)]:
		return j.diverge(in, did, "let it take from itself only what it sent")
	}
	v := j.value(m.Value)
	j.valid[v] = m.Valid
	j.log.AddProposal(m.Proposer, m.Round, v, m.POLRound)
	return j.heard(in, m.Round)
}

func (j *traceJudge) takeVote(in *placed) error {
	m := in.Vote
	did := fmt.Sprintf("took %s(%d, %d, %s) of validator %d", voteType(m.Type), m.Height, m.Round, short(m.Value), m.Validator)
	switch {
	case m.Height != j.p.Height || m.Round < 0:
		return j.diverge(in, did, fmt.Sprintf("refuse it: at height %d it makes no sense", j.p.Height))
	case m.Validator < 0 || m.Validator >= len(j.powers):
		return j.diverge(in, did, fmt.Sprintf("refuse it: they know %d validators", len(j.powers)))
	case in.From == "" && !j.sent[unsignedVote(m)]:
		return j.diverge(in, did, "let it take from itself only what it sent")
	}
	j.log.AddVote(voteType(m.Type), m.Round, j.value(m.Value), m.Validator)
	return j.heard(in, m.Round)
}

// heard notes a round that a message is of.
func (j *traceJudge) heard(in *placed, r consensus.Round) error {
	if j.rounds[r] = true; len(j.rounds) > maxRounds {
		return fmt.Errorf("conform: %s, line %d: more than %d rounds at height %d: it is not judged further", j.rep.Path, in.line, maxRounds, j.p.Height)
	}
	return nil
}

// message is a proposal or a vote without its signature.
type message struct {
	kind     string
	height   int64
	round    int32
	polRound int32
	value    event.Value
	sender   int
}

func unsigned(p *event.Proposal) message {
	return message{"proposal", p.Height, p.Round, p.POLRound, p.Value, p.Proposer}
}

func unsignedVote(v *event.Vote) message {
	return message{v.Type, v.Height, v.Round, 0, v.Value, v.Validator}
}

// start is line 10.
func (j *traceJudge) start(in *placed, rest *[]placed) error {
	n, err := j.follow(*rest, func(x consensus.Run, p *consensus.Process) []consensus.Output {
		return x.Ask(p, consensus.Choice{Of: consensus.StartRound, Height: p.Height}, nil)
	})
	if err != nil {
		return j.mismatch(in, "started the height otherwise than by StartRound(0) (line 10)", err)
	}
	*rest = (*rest)[n:]
	return nil
}

// mismatch is the divergence of an event whose consequences are others than the
// rules say; where the log ends too early it is none.
func (j *traceJudge) mismatch(at *placed, did string, err error) error {
	if errors.Is(err, errCut) {
		return err
	}
	return j.diverge(at, did, err.Error())
}

// newValue answers a ValueWanted: the proposal of line 19 goes out now.
func (j *traceJudge) newValue(in *placed, rest *[]placed) error {
	if !j.wants(in.NewValue) || in.NewValue.Value == (event.Value{}) {
		return j.diverge(in, fmt.Sprintf("took the value %s to propose at %d/%d", short(in.NewValue.Value), in.NewValue.Height, in.NewValue.Round),
			"have asked for no value here")
	}
	want := consensus.Output{
		Kind: consensus.ProposalOutput, Height: j.p.Height, Round: j.p.Round,
		Value: j.value(in.NewValue.Value), POLRound: j.p.ValidRound,
	}
	j.asked = false
	switch {
	case len(*rest) == 0 && j.last:
		return errCut
	case len(*rest) == 0:
		return j.diverge(j.next, "went on to the next input", "demand "+j.words(want)+" first (line 19)")
	case !j.same(want, &(*rest)[0]):
		return j.diverge(&(*rest)[0], "did otherwise", "demand "+j.words(want)+" (line 19)")
	}
	j.send(want)
	j.rep.Counts.explained("output, by a rule")
	*rest = (*rest)[1:]
	return nil
}

// wants reports whether the node waits for this value to propose.
func (j *traceJudge) wants(v *event.NewValue) bool {
	return j.asked && v.Height == j.p.Height && v.Round == j.p.Round && j.p.Step == consensus.Propose
}

// send remembers what the node sent: it takes that from itself later.
func (j *traceJudge) send(o consensus.Output) {
	m := message{height: o.Height, round: o.Round, value: j.values[o.Value], sender: j.self}
	switch {
	case o.Kind == consensus.ProposalOutput:
		m.kind, m.polRound = "proposal", o.POLRound
	case o.Vote == consensus.PrevoteType:
		m.kind = "prevote"
	default:
		m.kind = "precommit"
	}
	j.sent[m] = true
}

func (j *traceJudge) finish(whole bool) *Report {
	rep, c := j.rep, &j.rep.Counts
	rep.Ends = fmt.Sprintf("%d/%d/%s", j.p.Height, j.p.Round, stepWord(j.p.Step))
	if !whole {
		c.Unexplained = c.Records - c.Explained - c.Inferred - c.Skipped
	}
	rep.conclude(whole)
	return rep
}

func voteType(s string) consensus.VoteType {
	if s == "precommit" {
		return consensus.PrecommitType
	}
	return consensus.PrevoteType
}

func stepWord(s consensus.StepValue) string {
	return [...]string{consensus.Propose: "propose", consensus.Prevote: "prevote", consensus.Precommit: "precommit"}[s]
}
