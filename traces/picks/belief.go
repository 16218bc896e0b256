package picks

import (
	"fmt"
	"time"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// belief is what is believed of a peer of a height. In peer the height is peerAt,
// or 0 while the peer has told none.
type belief struct {
	height int64
	peer   gossip.Peer
}

// lane says how far a lane is with what it is sending.
type lane uint8

const (
	idle    lane = iota
	sending      // to be printed, of a vote; to be marked, of the others
	shown        // a vote was printed with this belief, and is to be marked
	done         // it is marked
)

// A state is one way in which a belief may have come about, with what is still
// under way: three goroutines for each peer change it, and the log tells when each
// began, not when it was done.
type state struct {
	belief
	heard bool // the last message has been applied
	vote  lane
	data  lane
}

// A peer is one connection, and all that may be believed of it.
type peer struct {
	name     string
	states   map[state]struct{} // none: not known
	heard    *debuglog.Record   // the last message
	vote     *debuglog.Record   // the vote that is being sent
	voted    belief             // as it was printed
	data     *debuglog.Record   // the part or proposal that is being sent
	proposal *debuglog.Proposal
	maybe    bool // the part may have been sent to another peer
	seen     time.Time
	looked   time.Time // the last line of the lane of votes: what is picked next is picked after it
	doubtful int64     // the last height of which a belief was taken for this peer's, or not, by what is likely
	past     []belief  // before the messages since the last line of the lane of votes
	pastData []belief  // the same since something was sent in the lane of data
}

func newPeer(name string) *peer { return &peer{name: name, states: map[state]struct{}{}} }

// most is how many states are followed; beyond them the belief counts as unknown
// until it is printed.
const most = 2000

// settle adds all states that may have come about by now, and then keeps those that
// keep allows.
func (j *Judge) settle(p *peer, now time.Time, keep func(*state) bool) {
	var todo []state
	for s := range p.states {
		todo = append(todo, s)
	}
	reach := func(s state) {
		s.peer.ClaimsHeight, s.peer.Claims = 0, [gossip.Rounds][2]gossip.Block{}
		if _, known := p.states[s]; !known {
			p.states[s] = struct{}{}
			todo = append(todo, s)
		}
	}
	for len(todo) > 0 && len(p.states) <= most {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		j.progress(p, s, now, reach)
	}
	if len(p.states) > most {
		clear(p.states)
		j.rep.Beliefs.Lost++
	}
	for s := range p.states {
		if keep != nil && !keep(&s) {
			delete(p.states, s)
		}
	}
	p.seen = now
}

// progress yields every state that one goroutine makes of a state.
func (j *Judge) progress(p *peer, s state, now time.Time, reach func(state)) {
	if !s.heard && p.heard != nil {
		for _, b := range j.heard(s.belief, p.heard, now) {
			t := s
			t.belief, t.heard = b, true
			reach(t)
		}
	}
	for _, b := range j.looked(s.belief, p.seen, now) {
		t := s
		t.belief = b
		reach(t)
	}
	switch t := s; {
	case s.vote == sending && same(&s.belief, &p.voted):
		t.vote = shown
		reach(t)
	case s.vote == shown:
		t.belief, t.vote = j.marked(s.belief, &p.vote.Vote), done
		reach(t)
	}
	if s.data == sending {
		for _, b := range j.carried(s.belief, p) {
			t := s
			t.belief, t.data = b, done
			reach(t)
		}
	}
}

// same compares what is printed of a belief.
func same(a, b *belief) bool {
	p, q := a.peer, b.peer
	p.Shared, q.Shared = false, false
	return a.height == b.height && p == q
}

// beside puts a height beside that of the belief.
func (b *belief) beside(h int64) gossip.Height {
	if b.peer.Height == 0 {
		return peerAt
	}
	return besideHeight(h, b.height)
}

// moved takes the new height of a peer that moved.
func (b *belief) moved(to int64) {
	if b.peer.Height != 0 && (b.peer.Height != peerAt || b.height == 0) {
		b.height, b.peer.Height = to, peerAt
	}
}

var kinds = map[debuglog.MessageKind]gossip.Kind{
	debuglog.NewRoundStep: gossip.NewRoundStep, debuglog.NewValidBlock: gossip.NewValidBlock, debuglog.HasVote: gossip.HasVote,
	debuglog.HasProposalBlockPart: gossip.HasProposalBlockPart, debuglog.VoteSetBits: gossip.VoteSetBits,
	debuglog.ProposalMessage: gossip.ProposalMessage, debuglog.ProposalPOL: gossip.ProposalPOL, debuglog.BlockPart: gossip.BlockPart,
	debuglog.VoteMessage: gossip.Vote,
}

func kindOf(t debuglog.Type) gossip.VoteKind {
	if t == debuglog.Precommit {
		return gossip.Precommits
	}
	return gossip.Prevotes
}

// heard lists what a message may make of a belief by now.
func (j *Judge) heard(b belief, r *debuglog.Record, now time.Time) []belief {
	m := &r.Message
	kind, known := kinds[m.Kind]
	if !known || m.Round > mostRound || m.LastCommitRound > mostRound {
		return []belief{b}
	}
	g := gossip.Message{
		Kind: kind, Height: b.beside(m.Height), Round: gossip.Round(m.Round), Step: gossip.Step(m.Step),
		LastCommitRound: gossip.Round(m.LastCommitRound), Header: j.header(m.Header), IsCommit: m.IsCommit, Vote: kindOf(m.Type),
		Index: uint8(min(m.Index, maxSet)), Block: gossip.BlockA, Bits: marksOf(m.Bits), POLRound: gossip.Round(m.Proposal.POLRound),
	}
	var all []belief
	apply := func(v *gossip.View, p gossip.Peer) {
		t := belief{b.height, p}
		j.dialect.Run(j.dialect.Received[kind], v, &t.peer, g)
		t.moved(m.Height)
		all = append(all, t)
	}
	switch m.Kind {
	case debuglog.VoteMessage, debuglog.VoteSetBits:
		if j.syncing {
			return []belief{b}
		}
		for _, at := range j.ours.during(r.Time.Add(-time.Millisecond), now) {
			v := j.ours.sizes.view(at, b.height)
			if m.Kind == debuglog.VoteMessage || at.height != m.Height || m.Round > maxRound {
				apply(&v, b.peer)
				continue
			}
			j.answers(&v, m, r.Time, now, func(claimed bool) {
				p := b.peer
				if claimed {
					p.ClaimsHeight, p.Claims[m.Round][g.Vote] = g.Height, gossip.BlockA
				}
				apply(&v, p)
			})
		}
	case debuglog.ProposalMessage, debuglog.ProposalPOL, debuglog.BlockPart:
		if j.syncing {
			return []belief{b}
		}
		apply(&gossip.View{Height: peerAt}, b.peer)
	default:
		apply(&gossip.View{Height: peerAt}, b.peer)
	}
	return all
}

// answers sets in v, in turn, what the node may have held for the block that a
// VoteSetBits is about. Where it held none, some peer may have claimed +2/3 for the
// block, and the node keeps an empty array for it.
func (j *Judge) answers(v *gossip.View, m *debuglog.Message, from, now time.Time, apply func(claimed bool)) {
	id := setID{m.Height, m.Round, m.Type}
	set := j.ours.sets[id]
	size := j.ours.sizes.of(m.Height)
	must, may := set.must(from), set.may(now, size)
	for i := range size {
		if block, ok := j.ours.blocks[voteID{id, i}]; ok && !blockIs(block, m.Block) {
			must, may = must&^(1<<i), may&^(1<<i)
		} else if !ok {
			must &^= 1 << i
		}
	}
	for _, held := range []gossip.Set{must, may} {
		votes := votesOf(size, held)
		if m.Type == debuglog.Prevote {
			v.Prevotes[m.Round] = votes
		} else {
			v.Precommits[m.Round] = votes
		}
		apply(false)
		apply(true)
	}
}

// looked lists what looking in vain may make of a belief: for votes, and for the
// parts of a stored block that the peer has not named.
func (j *Judge) looked(b belief, from, now time.Time) []belief {
	if b.peer.Height == 0 {
		return nil
	}
	var all []belief
	for _, at := range j.ours.during(from.Add(-lags[2]), now) {
		s, err := j.ours.scene(at, b.height, b.peer, from, now, j.ours.sizes.of(b.height))
		if err != nil {
			continue
		}
		for v := range func(yield func(gossip.View) bool) { s.views(nil, yield) } {
			all = append(all, j.lookedAt(b, &v)...)
			if r := b.peer.Round; at.height == b.height && r >= 0 && r <= maxRound && j.ours.decidable(at, int32(r), now) {
				v.Precommits[r].Majority = gossip.BlockA
				all = append(all, j.lookedAt(b, &v)...)
			}
		}
	}
	return all
}

func (j *Judge) lookedAt(b belief, v *gossip.View) []belief {
	var all []belief
	t := b
	if _, possible := ask(j.dialect, j.dialect.Votes, v, &t.peer, gossip.Message{}); possible && t != b {
		all = append(all, t)
	}
	if h := j.ours.headerAt(b.height); b.height > 0 && v.Height > peerAt {
		v.Store[peerAt-1].Header = j.header(h)
		t = b
		if f, possible := ask(j.dialect, j.dialect.Data, v, &t.peer, gossip.Message{}); possible && f.rule == nil && t != b {
			all = append(all, t)
		}
	}
	return all
}

// marked is the belief after a vote was sent.
func (j *Judge) marked(b belief, vote *debuglog.Vote) belief {
	m := gossip.Message{
		Kind: gossip.Vote, Height: b.beside(vote.Height), Round: gossip.Round(vote.Round), Vote: kindOf(vote.Type),
		Index: uint8(vote.Index), Sent: gossip.Sent,
	}
	j.dialect.Run(j.dialect.Sent, &gossip.View{Height: peerAt}, &b.peer, m)
	return b
}

// carried lists what a part or proposal that was sent may make of a belief. Which
// part it was is told by v1 only.
func (j *Judge) carried(b belief, p *peer) []belief {
	r := p.data
	m := gossip.Message{
		Kind: gossip.BlockPart, Height: b.beside(r.Height), Round: gossip.Round(min(r.Round, mostRound)), Sent: gossip.Sent,
		Index: uint8(max(0, min(r.Index, maxSet))),
	}
	if r.Kind == debuglog.ProposalSent {
		m.Kind = gossip.ProposalMessage
		if p.proposal == nil {
			return nil
		}
		m.Header, m.POLRound = j.header(p.proposal.Header), gossip.Round(p.proposal.POLRound)
	}
	var all []belief
	first, last := m.Index, m.Index
	if m.Kind == gossip.BlockPart && r.Index < 0 {
		first, last = 0, max(b.peer.Parts.Size, 1)-1
	}
	for i := first; i <= last; i++ {
		t := b
		m.Index = i
		j.dialect.Run(j.dialect.Sent, &gossip.View{Height: peerAt}, &t.peer, m)
		all = append(all, t)
	}
	return all
}

// A Difference is a belief that was printed and that nothing in the log leads to.
type Difference struct {
	Line   int       `json:"line"`
	Offset int64     `json:"offset"`
	Time   time.Time `json:"time"`
	Peer   string    `json:"peer"`
	Field  string    `json:"field"`  // the first that differs from the likeliest belief
	Want   string    `json:"want"`   // what the replay has there
	Got    string    `json:"got"`    // what was printed
	Others int       `json:"others"` // how many more fields differ
	// Doubtful says that at this height a belief was taken for that of this peer, or
	// of another, by what is likely: no line names the peer.
	Doubtful bool `json:"doubtful"`
}

// Text is the difference in a line.
func (d *Difference) Text() string {
	doubt := ""
	if d.Doubtful {
		doubt = "; which peer is meant is doubtful at this height"
	}
	return fmt.Sprintf("  line %d, offset %d, %s: belief about %s: %s is %s, by the rules %s; %d other fields differ%s\n",
		d.Line, d.Offset, d.Time.Format(time.RFC3339Nano), d.Peer, d.Field, d.Got, d.Want, d.Others, doubt)
}

// fields lists what is printed of a belief, by name.
func fields(b *belief) [][2]string {
	p := &b.peer
	marks := func(m gossip.Marks) string { return printed(m.Size, m.Bits) }
	return [][2]string{
		{"height", fmt.Sprint(b.height)},
		{"round", fmt.Sprint(p.Round)},
		{"step", fmt.Sprint(p.Step)},
		{"proposal", fmt.Sprint(p.Proposal)},
		{"proposal_block_part_set_header", fmt.Sprint(p.Header)},
		{"proposal_block_parts", marks(p.Parts)},
		{"proposal_pol_round", fmt.Sprint(p.POLRound)},
		{"proposal_pol", marks(p.POL)},
		{"prevotes", marks(p.Prevotes)},
		{"precommits", marks(p.Precommits)},
		{"last_commit_round", fmt.Sprint(p.LastCommitRound)},
		{"last_commit", marks(p.LastCommit)},
		{"catchup_commit_round", fmt.Sprint(p.CatchupCommitRound)},
		{"catchup_commit", marks(p.CatchupCommit)},
	}
}

// difference compares a printed belief with the likeliest of the states.
func (p *peer) difference(r *debuglog.Record) Difference {
	d := Difference{Line: r.Line, Offset: r.Offset, Time: r.Time, Peer: p.name, Others: 99, Doubtful: p.doubtful == r.Belief.Height}
	got := fields(&p.voted)
	for s := range p.states {
		want := fields(&s.belief)
		first, n := -1, 0
		for i := range got {
			if got[i] != want[i] {
				n++
				if first < 0 {
					first = i
				}
			}
		}
		if first >= 0 && (n-1 < d.Others || n-1 == d.Others && want[first][1] < d.Want) {
			d.Field, d.Want, d.Got, d.Others = got[first][0], want[first][1], got[first][1], n-1
		}
	}
	return d
}
