package picks

import (
	"fmt"
	"strings"
	"time"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// Where a peer stands in a [gossip.View] that is made for it, and how far the view
// reaches: heights are put beside the peer's, rounds are as they are.
const (
	peerAt    = 3
	maxRound  = gossip.Rounds - 1
	maxSet    = 64
	mostRound = 100 // of any field: gossip.Round is a byte
)

// unjudged says that something is outside of what [gossip.View] can hold.
type unjudged string

func (e unjudged) Error() string { return string(e) }

// A doubt is a set of votes of which the node held must, and at most may.
type doubt struct {
	id        setID
	set       *voteSet
	size      int
	must, may gossip.Set
	put       func(*gossip.View, gossip.VoteSet)
}

// A scene is a node at a place beside a peer: what the node holds is known as far
// as the log tells.
type scene struct {
	place  *place
	peer   gossip.Peer
	height int64 // of the peer
	view   gossip.View
	doubts []doubt
}

// beside puts a height beside the peer's, as the view has it.
func (s *scene) beside(h int64) gossip.Height { return besideHeight(h, s.height) }

func besideHeight(h, peer int64) gossip.Height {
	return gossip.Height(peerAt + max(-2, min(2, h-peer)))
}

// scene sets what the node held at a place, known by the time must and perhaps
// taken by the time may, beside a belief about a peer of a height.
func (o *ours) scene(at *place, height int64, p gossip.Peer, must, may time.Time, size int) (*scene, error) {
	s := &scene{place: at, peer: p, height: height}
	if at.height == height && (p.Round > maxRound || p.POLRound > maxRound) {
		return nil, unjudged(fmt.Sprintf("rounds above %d", maxRound))
	}
	if at.round > mostRound {
		return nil, unjudged(fmt.Sprintf("rounds above %d", mostRound))
	}
	v := &s.view
	v.Height, v.Round, v.Validators = s.beside(at.height), gossip.Round(at.round), uint8(size)
	if at.height > 1 {
		v.Base, v.Top = 1, v.Height-1
	}
	doubtful := func(id setID, set *voteSet, size int, put func(*gossip.View, gossip.VoteSet)) {
		if set == nil {
			set = &voteSet{}
		}
		s.doubts = append(s.doubts, doubt{id, set, size, set.must(must), set.may(may, size), put})
	}
	switch last, round := o.lastCommit(at); {
	case height == at.height:
		if last != nil {
			doubtful(setID{at.height - 1, round, debuglog.Precommit}, last, o.sizes.of(at.height-1), putLastCommit(round))
		}
		for r := int32(0); r <= maxRound && r <= at.round+1; r++ {
			for _, kind := range []debuglog.Type{debuglog.Prevote, debuglog.Precommit} {
				id := setID{at.height, r, kind}
				doubtful(id, o.sets[id], size, putVotes(r, kind))
			}
		}
	case height == at.height-1:
		doubtful(setID{height, round, debuglog.Precommit}, last, size, putLastCommit(round))
	case height > 0 && height < at.height-1:
		o.storedCommit(s, doubtful, size)
	}
	return s, nil
}

// storedCommit sets what the store has for a peer that is far behind. Where no line
// tells it, any precommits may be in it.
func (o *ours) storedCommit(s *scene, doubtful func(setID, *voteSet, int, func(*gossip.View, gossip.VoteSet)), size int) {
	c, known := o.stored[s.height]
	set := &voteSet{blind: !known}
	for i := range c.votes {
		if c.votes.Has(i) {
			set.add(held{index: i})
		}
	}
	doubtful(setID{s.height, c.round, debuglog.Precommit}, set, size, func(v *gossip.View, votes gossip.VoteSet) {
		v.Store[peerAt-1].Decision = gossip.Decision{Round: gossip.Round(c.round), Votes: votes}
	})
}

func putLastCommit(round int32) func(*gossip.View, gossip.VoteSet) {
	return func(v *gossip.View, votes gossip.VoteSet) {
		v.LastCommit = gossip.Decision{Round: gossip.Round(round), Votes: votes}
	}
}

func putVotes(round int32, kind debuglog.Type) func(*gossip.View, gossip.VoteSet) {
	return func(v *gossip.View, votes gossip.VoteSet) {
		if kind == debuglog.Prevote {
			v.Prevotes[round] = votes
		} else {
			v.Precommits[round] = votes
		}
	}
}

// votesOf is a set of votes as a view has it. Which blocks they are for does not
// matter to a pick.
func votesOf(size int, of gossip.Set) gossip.VoteSet {
	return gossip.VoteSet{Size: uint8(size), For: [gossip.Blocks]gossip.Set{0, of, 0}}
}

// views yields a view for each way to complete what is known: of each set that is
// asked for, what the node certainly held, or all that it may have held. A row asks
// only whether anything is lacking, so what lies between adds nothing, but for the
// vote that was sent: it is in either, if it may be.
func (s *scene) views(sent *debuglog.Vote, yield func(gossip.View) bool) {
	var open []int
	for i := range s.doubts {
		d := &s.doubts[i]
		if sent != nil && d.id == (setID{sent.Height, sent.Round, sent.Type}) {
			d.must |= d.may & (1 << sent.Index)
		}
		d.put(&s.view, votesOf(d.size, d.must))
		if d.must != d.may && s.asked(d.id) {
			open = append(open, i)
		}
	}
	for choice := range 1 << len(open) {
		v := s.view
		for bit, i := range open {
			if d := &s.doubts[i]; choice>>bit&1 == 1 {
				d.put(&v, votesOf(d.size, d.may))
			}
		}
		if !yield(v) {
			return
		}
	}
}

// asked reports whether any row looks at a set, with the peer where it is.
func (s *scene) asked(id setID) bool {
	if id.height != s.height || s.place.height != s.height {
		return true
	}
	r := gossip.Round(id.round)
	return r == s.peer.Round || id.kind == debuglog.Prevote && r == s.peer.POLRound
}

// A fired row is the rule by which something was picked, and what was picked from.
type fired struct {
	rule *spec.Rule
	any  []gossip.Message
}

// key is the name of the row.
func (f *fired) key() string {
	if f.rule == nil {
		return "none"
	}
	return f.rule.Clause.Key()
}

// ask asks the bindings of a lane, changes p as looking does, and tells which row
// sends something.
func ask(d *gossip.Dialect, lane []*spec.Binding, v *gossip.View, p *gossip.Peer, m gossip.Message) (f fired, possible bool) {
	for _, b := range lane {
		id := d.Picks.Next(d.Observe(b, v, p, m))
		switch id {
		case spec.Wait:
			continue
		case spec.Unreachable:
			return fired{}, false
		}
		rule := d.Picks.Rule(id)
		for _, out := range d.Fire(rule, v, p, m) {
			if out.Kind == gossip.SendOutput && f.rule == nil {
				f = fired{rule, out.AnyOf}
			}
		}
	}
	return f, true
}

// message is a vote as the view of a scene has it, its block left out.
func (s *scene) message(vote *debuglog.Vote) gossip.Message {
	kind := gossip.Prevotes
	if vote.Type == debuglog.Precommit {
		kind = gossip.Precommits
	}
	return gossip.Message{
		Kind: gossip.Vote, Height: s.beside(vote.Height), Round: gossip.Round(min(vote.Round, mostRound)), Vote: kind,
		Index: uint8(vote.Index), Block: gossip.BlockA,
	}
}

// peerOf is a printed belief as the rules have it, the height beside it.
func (j *Judge) peerOf(b *debuglog.Belief) (gossip.Peer, error) {
	p := gossip.NewPeer()
	for _, round := range []int32{b.Round, b.POLRound, b.LastCommitRound, b.CatchupCommitRound} {
		if round > mostRound {
			return p, unjudged(fmt.Sprintf("rounds above %d", mostRound))
		}
	}
	for _, a := range []debuglog.Bits{b.Parts, b.POL, b.Prevotes, b.Precommits, b.LastCommit, b.CatchupCommit} {
		if len(a) > maxSet {
			return p, unjudged(fmt.Sprintf("more than %d validators or parts", maxSet))
		}
	}
	if b.Height > 0 {
		p.Height = peerAt
	}
	p.Round, p.Step, p.Proposal = gossip.Round(b.Round), gossip.Step(b.Step), b.Proposal
	p.Header, p.Parts = j.header(b.Header), marksOf(b.Parts)
	p.POLRound, p.POL = gossip.Round(b.POLRound), marksOf(b.POL)
	p.Prevotes, p.Precommits = marksOf(b.Prevotes), marksOf(b.Precommits)
	p.LastCommitRound, p.LastCommit = gossip.Round(b.LastCommitRound), marksOf(b.LastCommit)
	p.CatchupCommitRound, p.CatchupCommit = gossip.Round(b.CatchupCommitRound), marksOf(b.CatchupCommit)
	return p, nil
}

func marksOf(b debuglog.Bits) gossip.Marks {
	m := gossip.Marks{Size: uint8(len(b))}
	for i := range b {
		if b.Has(i) {
			m.Bits |= 1 << i
		}
	}
	return m
}

// printed is a bit array as CometBFT prints it.
func printed(size uint8, s gossip.Set) string {
	if size == 0 {
		return "nil"
	}
	var b strings.Builder
	for i := range size {
		if s.Has(i) {
			b.WriteByte('x')
		} else {
			b.WriteByte('_')
		}
	}
	return b.String()
}

// header gives a part-set header its number: the same for the same beginning of a
// hash, as far as messages print it.
func (j *Judge) header(h debuglog.Header) gossip.Header {
	const digits, roots = 12, 250
	if h.Total == 0 || len(h.Hash) < digits {
		return gossip.Header{}
	}
	root := h.Hash[:digits]
	n, ok := j.roots[root]
	if !ok {
		n = uint8(j.nextRoot%roots) + 1
		j.nextRoot++
		for old, number := range j.roots {
			if number == n {
				delete(j.roots, old)
			}
		}
		j.roots[root] = n
	}
	return gossip.Header{Total: uint8(min(h.Total, maxSet)), Root: n}
}
