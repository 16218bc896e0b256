package gossip

import (
	"fmt"

	"github.com/polka-bft/polka/spec"
)

// Run asks bindings in order. Of each the rule that comes first is carried out on
// p before the next is observed; the outputs are returned in order. An observation
// that is listed as impossible is a defect of the rules or of the caller, and
// panics.
func (d *Dialect) Run(bindings []*spec.Binding, v *View, p *Peer, m Message) []Output {
	var out []Output
	for _, b := range bindings {
		out = append(out, d.ask(b, v, p, m)...)
	}
	return out
}

func (d *Dialect) ask(b *spec.Binding, v *View, p *Peer, m Message) []Output {
	o := d.Observe(b, v, p, m)
	t := d.table(b)
	switch id := t.Next(o); id {
	case spec.Wait:
		return nil
	case spec.Unreachable:
		panic(fmt.Sprintf("gossip: impossible observation %v", o))
	default:
		return d.Fire(t.Rule(id), v, p, m)
	}
}

// Fire carries out all effects of a rule, calls included, and leaves the new belief
// in p. The rule must be enabled; Fire does not look again.
func (d *Dialect) Fire(r *spec.Rule, v *View, p *Peer, m Message) []Output {
	var out []Output
	slot := NoSlot
	for i := range r.Effects {
		do := r.Effects[i].Do
		switch {
		case do == CallLookup:
			slot = d.Slot(v, p, m.Height, m.Vote, m.Round)
		case r.Calls != nil && r.Calls[i] != nil:
			out = append(out, d.ask(r.Calls[i], v, p, m)...)
		default:
			sent, known := d.send(do, v, p, m)
			out = append(out, sent...)
			if !known && !p.keep(do, v) && !p.take(do, m) && !p.mark(do, slot, v, m) {
				panic(fmt.Sprintf("gossip: effect %s is not carried out here", do))
			}
		}
	}
	return out
}

// keep carries out effects that make room, and reports whether do is one.
func (p *Peer) keep(do spec.Op, v *View) bool {
	switch do {
	case NamePart:
		p.Header = v.Stored(p.Height).Header
		p.Parts = marks(p.Header.Total)
	case AllocateVotes:
		p.allocate(v.validators(p.Height))
	case AllocateLastCommit:
		p.allocateLast(v.validators(p.Height - 1))
	case KeepCatchup:
		c := v.decision(p.Height)
		p.keepCatchup(c.Round, c.Votes.Size)
	case KeepDecided:
		p.keepCatchup(p.Round, v.Validators)
	case KeepLater:
		p.keepLater(v.Round, v.Validators)
	default:
		return false
	}
	return true
}

// take carries out effects that change the belief by what a message says of the
// peer's state, and reports whether do is one.
func (p *Peer) take(do spec.Op, m Message) bool {
	switch do {
	case TakeStep:
		p.Height, p.Round, p.Step = m.Height, m.Round, m.Step
	case ForgetProposal:
		p.Proposal, p.Header, p.Parts = false, Header{}, Marks{}
		p.POLRound, p.POL = -1, Marks{}
	case ForgetVotes:
		p.Prevotes, p.Precommits, p.Shared = Marks{}, Marks{}, false
	case TakeCatchup:
		p.Precommits, p.Shared = p.CatchupCommit, p.CatchupCommit.Size > 0
	case TakeLater:
		both := p.Later.Precommits
		both.Bits |= p.Precommits.Bits
		p.Prevotes = p.Later.Prevotes
		p.put(PrecommitsSlot, both)
	case KeepAsLastCommit:
		p.LastCommitRound, p.LastCommit = m.LastCommitRound, p.Precommits
	case ForgetLastCommit:
		p.LastCommitRound, p.LastCommit = m.LastCommitRound, Marks{}
	case ForgetCatchup:
		p.CatchupCommitRound, p.CatchupCommit, p.Shared = -1, Marks{}, false
	case ForgetLater:
		p.Later = Later{Round: -1}
	case TakeHeader:
		p.Header, p.Parts = m.Header, m.Bits
	case TakeProposal:
		p.Proposal = true
	case NameProposed:
		p.Header, p.Parts = m.Header, marks(m.Header.Total)
	case TakePOLRound:
		p.POLRound, p.POL = m.POLRound, Marks{}
	case TakePOL:
		p.POL = m.Bits
	case AddPOL:
		p.POL.Size = max(p.POL.Size, m.Bits.Size)
		p.POL.Bits |= m.Bits.Bits
	default:
		return false
	}
	return true
}

// mark carries out effects on single marks, and reports whether do is one.
func (p *Peer) mark(do spec.Op, slot Slot, v *View, m Message) bool {
	var was Marks
	if a := p.slot(slot); a != nil {
		was = *a
	}
	switch do {
	case MarkPart:
		p.Parts.mark(m.Index)
	case MarkVote:
		was.mark(m.Index)
		p.put(slot, was)
	case OverwriteBits:
		if m.Bits.Size > 0 {
			was.Bits = m.Bits.Bits & upTo(was.Size)
			p.put(slot, was)
		}
	case MergeBits:
		was.Bits = (was.Bits&^v.votesFor(m) | m.Bits.Bits) & upTo(was.Size)
		p.put(slot, was)
	case MergeSince:
		was.Bits = (was.Bits&^(v.votesFor(m)&^p.since(m)) | m.Bits.Bits) & upTo(was.Size)
		p.put(slot, was)
	case AddBits:
		was.Bits |= m.Bits.Bits & upTo(was.Size)
		p.put(slot, was)
	case RecordClaim:
		if p.ClaimsHeight != m.Height {
			p.ClaimsHeight, p.Claims = m.Height, [Rounds][2]Block{}
		}
		p.Claims[m.Round][m.Vote] = m.Block
	case NoteAsked:
		q := queryOf(p, m)
		q.Open = true
		p.Asked[m.About] = q
	case NoteSince:
		for i := range p.Asked {
			if q := &p.Asked[i]; q.Open && q.Height == m.Height && q.Round == m.Round && q.Kind == m.Vote {
				q.Since |= 1 << m.Index
			}
		}
	case NoteAnswered:
		if i := p.open(m); i >= 0 {
			p.Asked[i].Open, p.Asked[i].Since = false, 0
		}
	default:
		return false
	}
	return true
}

// votesFor is our votes for the block of a message, of our height.
func (v *View) votesFor(m Message) Set {
	if v.Height != m.Height {
		return 0
	}
	return v.Votes(m.Vote, m.Round).Of(m.Block)
}

// since is whose votes were marked after the query that the message answers.
func (p *Peer) since(m Message) Set {
	if i := p.open(m); i >= 0 {
		return p.Asked[i].Since
	}
	return 0
}
