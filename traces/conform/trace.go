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
			if bad := j.judge(g); errors.As(bad, &d) {
				j.rep.Divergence = d
				return j.finish(false), nil
			} else if bad != nil {
				return j.finish(false), bad
			}
		}
		if errors.Is(err, event.ErrTorn) {
			j.rep.Notes = append(j.rep.Notes, err.Error())
			return j.finish(true), nil
		}
		if err != nil {
			return j.finish(false), err
		}
		if !more {
			return j.finish(true), nil
		}
	}
}

// traceJudge follows one log of ours.
type traceJudge struct {
	in       *event.Reader
	head     event.Header
	rep      *Report
	table    *spec.Table
	rotation *consensus.Rotation
	powers   []int64
	self     int

	p       consensus.Process
	log     *consensus.Log
	values  []event.Value // by number; 0 is nil
	valid   map[consensus.Value]bool
	asked   bool // a value to propose is wanted
	partial bool // a message of this height was refused by a bound: rules may be enabled that the node cannot see

	next *placed // read ahead
}

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
		},
		p: consensus.NewProcess(head.InitialHeight),
	}
	if head.Digest != d.Table.Digest() {
		j.rep.Notes = append(j.rep.Notes, fmt.Sprintf("the log was made by rules with digest %.12s, not %.12s", head.Digest, d.Table.Digest()))
	}
	for _, v := range head.Validators {
		j.powers = append(j.powers, v.Power)
	}
	j.rotation = consensus.NewRotation(head.InitialHeight, j.powers)
	j.enterHeight()
	j.rep.FirstHeight, j.rep.LastHeight = head.InitialHeight, head.InitialHeight
	return j, nil
}

func (j *traceJudge) enterHeight() {
	j.values = make([]event.Value, 1)
	j.valid = map[consensus.Value]bool{}
	j.log = consensus.NewLog(j.powers, func(v consensus.Value) bool { return j.valid[v] })
	j.asked, j.partial = false, false
}

func (j *traceJudge) value(v event.Value) consensus.Value {
	for i, w := range j.values {
		if w == v {
			return consensus.Value(i)
		}
	}
	j.values = append(j.values, v)
	return consensus.Value(len(j.values) - 1)
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
		j.rep.Counts.Records++
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

// judge judges a group. A *Divergence is returned as the error.
func (j *traceJudge) judge(g *group) error {
	in := &g.input
	if !in.IsInput() {
		return j.diverge(in, fmt.Sprintf("logged a %s before any input", in.Kind), "act on inputs only")
	}
	if in.Height != j.p.Height || in.Round != j.p.Round || in.Step != stepWord(j.p.Step) {
		return j.diverge(in, fmt.Sprintf("stood at %d/%d/%s", in.Height, in.Round, in.Step),
			fmt.Sprintf("have it at %d/%d/%s", j.p.Height, j.p.Round, stepWord(j.p.Step)))
	}
	rest := g.rest
	if len(rest) > 0 && rest[0].Kind == event.Refuse {
		j.refused(in, &rest[0])
		rest = rest[1:]
	} else if err := j.take(in, &rest); err != nil {
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
	return j.settled(in)
}

// refused books a message that a bound of the machine kept out. Of a vote in a
// round too far ahead the sender is remembered.
func (j *traceJudge) refused(in, why *placed) {
	j.rep.Counts.skipped("message refused by the machine: " + why.Reason)
	j.rep.Counts.explained("refusal")
	if v := in.Vote; v != nil && v.Height == j.p.Height && why.Reason != "duplicate" && why.Reason != "unknown validator" {
		j.partial = true
		if v.Round > j.p.Round && v.Validator >= 0 && v.Validator < len(j.powers) {
			j.log.AddVote(voteType(v.Type), v.Round, j.value(v.Value), v.Validator)
		}
	}
	if in.Proposal != nil && why.Reason != "duplicate" {
		j.partial = true
	}
}

// take gives the input to the interpreter; what it causes without a rule is
// taken from rest.
func (j *traceJudge) take(in *placed, rest *[]placed) error {
	j.rep.Counts.explained("input")
	switch {
	case in.Kind == event.Start:
		return j.start(in, rest)
	case in.Kind == event.Restart:
		return fmt.Errorf("conform: %s, line %d: events of kind restart are reserved, and are not judged yet", j.rep.Path, in.line)
	case in.Proposal != nil:
		m := in.Proposal
		if m.Height != j.p.Height {
			return nil
		}
		if m.Proposer != j.rotation.Proposer(m.Height, m.Round) {
			return j.diverge(in, fmt.Sprintf("took a proposal of validator %d for round %d", m.Proposer, m.Round),
				fmt.Sprintf("give that round to validator %d", j.rotation.Proposer(m.Height, m.Round)))
		}
		v := j.value(m.Value)
		j.valid[v] = m.Valid
		j.log.AddProposal(m.Proposer, m.Round, v, m.POLRound)
	case in.Vote != nil:
		m := in.Vote
		if m.Height != j.p.Height {
			return nil
		}
		if m.Validator < 0 || m.Validator >= len(j.powers) {
			return j.diverge(in, fmt.Sprintf("took a vote of validator %d", m.Validator), fmt.Sprintf("know %d validators", len(j.powers)))
		}
		j.log.AddVote(voteType(m.Type), m.Round, j.value(m.Value), m.Validator)
	case in.NewValue != nil:
		return j.newValue(in, rest)
	}
	return nil
}

// start is line 10.
func (j *traceJudge) start(in *placed, rest *[]placed) error {
	n, err := j.follow(*rest, func(x consensus.Run, p *consensus.Process) []consensus.Output {
		return x.Ask(p, consensus.Choice{Of: consensus.StartRound, Height: p.Height}, nil)
	})
	if err != nil {
		return j.diverge(in, "started otherwise: "+err.Error(), "call StartRound(0) (line 10)")
	}
	*rest = (*rest)[n:]
	return nil
}

// newValue answers a ValueWanted: the proposal of line 19 goes out now.
func (j *traceJudge) newValue(in *placed, rest *[]placed) error {
	want := consensus.Output{
		Kind: consensus.ProposalOutput, Height: j.p.Height, Round: j.p.Round,
		Value: j.value(in.NewValue.Value), POLRound: j.p.ValidRound,
	}
	if !j.asked {
		return j.diverge(in, "took a value to propose", "asked for none")
	}
	j.asked = false
	if len(*rest) == 0 {
		return j.diverge(in, "sent no proposal", "send "+j.words(want)+" (line 19)")
	}
	if e := &(*rest)[0]; !j.same(want, e) {
		return j.diverge(e, "did otherwise", "send "+j.words(want)+" (line 19)")
	}
	j.rep.Counts.explained("output, by a rule")
	*rest = (*rest)[1:]
	return nil
}

func (j *traceJudge) finish(whole bool) *Report {
	j.rep.Notes = append(j.rep.Notes, "signatures were checked by the engine that wrote the log, and are not checked again")
	switch {
	case j.rep.Divergence != nil:
		j.rep.Verdict = Diverges
	case !whole:
		j.rep.Verdict = Unfinished
	case j.rep.Commits == 0:
		j.rep.Verdict = Nothing
	default:
		j.rep.Verdict = Conforms
	}
	return j.rep
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
