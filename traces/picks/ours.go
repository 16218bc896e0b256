package picks

import (
	"slices"
	"strings"
	"time"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// A setID names a set of votes.
type setID struct {
	height int64
	round  int32
	kind   debuglog.Type
}

// A voteID names a vote.
type voteID struct {
	set   setID
	index int
}

// A held vote is one that a line says the node took: not before from, and
// certainly by the time by.
type held struct {
	index    int
	from, by time.Time
	line     int
}

// A voteSet is what the lines tell of the votes that the node holds of one set.
type voteSet struct {
	held  []held
	blind bool // the node may hold votes that no line tells
	// over is when more than 2/3 had voted, for whatever; zero for never.
	over time.Time
}

// must is the votes that the node certainly held at a time, may those that it may
// have held at another, later one.
func (s *voteSet) must(at time.Time) (set gossip.Set) {
	if s == nil {
		return 0
	}
	for _, h := range s.held {
		if !h.by.After(at) {
			set |= 1 << h.index
		}
	}
	return set
}

func (s *voteSet) may(at time.Time, size int) (set gossip.Set) {
	if s == nil {
		return 0
	}
	if s.blind {
		return 1<<size - 1
	}
	for _, h := range s.held {
		if !h.from.After(at) {
			set |= 1 << h.index
		}
	}
	return set
}

// told is the line that tells of a vote, 0 for none.
func (s *voteSet) told(index int, at time.Time) int {
	if s != nil {
		for _, h := range s.held {
			if h.index == index && !h.from.After(at) {
				return h.line
			}
		}
	}
	return 0
}

func (s *voteSet) add(h held) {
	if !slices.ContainsFunc(s.held, func(o held) bool { return o.index == h.index }) {
		s.held = append(s.held, h)
	}
}

// A place is the node's height and round, and when it came there.
type place struct {
	from   time.Time
	height int64
	round  int32
	line   int
	// collects is the part-set header of the block whose parts it collects, and
	// proposed its proposal.
	collects debuglog.Header
	complete bool // it has all of those parts
	proposed *debuglog.Proposal
}

// A stored commit is what the store gives for a peer that catches up.
type stored struct {
	round  int32
	header debuglog.Header
	votes  debuglog.Bits
}

// ours is what a log tells of the node itself: where it is, and what it holds.
type ours struct {
	places    []place // oldest first; a process that begins anew knows none of them
	sets      map[setID]*voteSet
	commits   map[int64]int32 // the round in which a height was decided
	stored    map[int64]stored
	headers   map[string]debuglog.Header // by hash of the block
	names     map[string]int             // validators by address, as lines of votes tell it
	completes map[int64]time.Time        // when the last block of a height was complete, also if that is yet to come
	decided   map[int64]debuglog.Header  // of blocks that were decided here
	comes     *debuglog.Record           // the last vote that came, in the order of lines
	pairs     map[int]*debuglog.Record   // what was added, by the line of what came
	came      map[int]*debuglog.Record   // what came, by the line of what was added
	blocks    map[voteID]string          // what votes are for, as far as lines tell and do not contradict each other
	sizes     sizes
	sealed    setID // the commit that was stored last, and its votes
	seal      []held
}

func newOurs() *ours {
	return &ours{
		sets: map[setID]*voteSet{}, commits: map[int64]int32{}, stored: map[int64]stored{}, decided: map[int64]debuglog.Header{},
		headers: map[string]debuglog.Header{}, names: map[string]int{}, completes: map[int64]time.Time{},
		blocks: map[voteID]string{}, sizes: sizes{},
		pairs: map[int]*debuglog.Record{}, came: map[int]*debuglog.Record{},
	}
}

// now is the last place, nil when none is known.
func (o *ours) now() *place {
	if len(o.places) == 0 {
		return nil
	}
	return &o.places[len(o.places)-1]
}

// during lists the places in which the node may have been seen from one time to
// another, newest first.
func (o *ours) during(from, to time.Time) []*place {
	var in []*place
	for i := len(o.places) - 1; i >= 0; i-- {
		if p := &o.places[i]; !p.from.After(to) {
			in = append(in, p)
			if !p.from.After(from) {
				break
			}
		}
	}
	return in
}

func (o *ours) set(id setID) *voteSet {
	if o.sets[id] == nil {
		o.sets[id] = &voteSet{}
	}
	return o.sets[id]
}

// move notes that the node came to a place; the block that it collects stays while
// the height does.
func (o *ours) move(r *debuglog.Record, height int64, round int32) {
	p := place{from: r.Time, height: height, round: round, line: r.Line}
	if was := o.now(); was != nil && was.height == height {
		if was.round == round {
			return
		}
		p.collects, p.complete, p.proposed = was.collects, was.complete, was.proposed
	}
	o.push(p)
	o.forget(height)
}

func (o *ours) push(p place) {
	const most = 64 // places that are remembered
	if len(o.places) >= most {
		o.places = slices.Delete(o.places, 0, most/2)
	}
	o.places = append(o.places, p)
}

// change notes a change of what the node collects or has of a proposal.
func (o *ours) change(r *debuglog.Record, how func(*place)) {
	if was := o.now(); was != nil {
		p := *was
		p.from, p.line = r.Time, r.Line
		how(&p)
		o.push(p)
	}
}

// forget drops what no pick asks for any more.
func (o *ours) forget(height int64) {
	for id := range o.sets {
		if id.height < height-2 {
			delete(o.sets, id)
		}
	}
	for id := range o.blocks {
		if id.set.height < height-2 {
			delete(o.blocks, id)
		}
	}
}

// restart is a process that begins anew: its votes are gone, but for the commit
// that was stored when its last height was decided.
func (o *ours) restart() {
	o.places = nil
	clear(o.sets)
	if o.seal == nil {
		return
	}
	s := o.set(o.sealed)
	for _, h := range o.seal { // those for another block than the decided one are not stored
		s.add(held{h.index, time.Time{}, never, h.line})
	}
}

// never is after the end of any log.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// read takes in what a line tells of the node.
func (o *ours) read(r *debuglog.Record) {
	switch r.Kind {
	case debuglog.NodeStarted:
		o.restart()
	case debuglog.Received:
		o.learn(r)
	case debuglog.TimeoutScheduled, debuglog.TimeoutTaken:
		if was := o.now(); was == nil || was.height < r.Height {
			o.move(r, r.Height, r.Round)
		}
	case debuglog.RoundEntered:
		o.move(r, r.Height, r.Round)
	case debuglog.CommitEntered:
		o.commits[r.Height] = r.Round
	case debuglog.Finalizing:
		o.sealed = setID{r.Height, o.commits[r.Height], debuglog.Precommit}
		o.seal = slices.Clone(o.set(o.sealed).held)
		if h, ok := o.headers[r.Hash]; ok {
			o.decided[r.Height] = h
		}
	case debuglog.BlockCommitted:
		if b := &r.Block; b.Commit != "" {
			o.stored[b.Height-1] = stored{b.CommitRound, b.Header, b.Commit}
		}
	case debuglog.StateCommitted:
		o.move(r, r.Height+1, 0)
	case debuglog.VoteComes:
		o.take(r)
	case debuglog.VoteAdded, debuglog.PrecommitAdded, debuglog.LastCommitAdded:
		o.add(r)
	case debuglog.ProposalTaken:
		o.headers[r.Proposal.Hash] = r.Proposal.Header
		o.change(r, func(p *place) {
			p.proposed = &r.Proposal
			if p.collects == (debuglog.Header{}) {
				p.collects, p.complete = r.Proposal.Header, false
			}
		})
	case debuglog.ProposalForgotten:
		o.change(r, func(p *place) { p.proposed, p.collects, p.complete = nil, debuglog.Header{}, false })
	case debuglog.BlockComplete:
		o.change(r, func(p *place) { p.collects, p.complete = o.headers[r.Hash], true })
	}
}

// learn takes from votes and proposals that were received who is who.
func (o *ours) learn(r *debuglog.Record) {
	switch m := &r.Message; m.Kind {
	case debuglog.VoteMessage:
		o.names[m.Vote.Address] = m.Vote.Index
	case debuglog.ProposalMessage:
		o.headers[m.Proposal.Hash] = m.Proposal.Header
	}
}

// pair is told of each record in the order of lines, before read is told of it: what
// is added follows what comes, since one goroutine does both. Whether and to which
// round a vote was added is so known when it comes, and a pick may have seen it in
// between.
func (o *ours) pair(r *debuglog.Record) {
	o.size(r)
	switch r.Kind {
	case debuglog.NodeStarted:
		o.comes = nil
	case debuglog.BlockComplete:
		o.completes[r.Height] = r.Time
	case debuglog.VoteComes:
		o.comes = r
	case debuglog.VoteAdded, debuglog.PrecommitAdded, debuglog.LastCommitAdded:
		if c := o.comes; c != nil && c.Type == o.added(r).kind && c.VoteHeight == o.added(r).height {
			o.pairs[c.Line], o.came[r.Line] = r, c
		}
		o.comes = nil
	}
}

// added is the set that a vote was added to.
func (o *ours) added(r *debuglog.Record) setID {
	if r.Kind == debuglog.PrecommitAdded {
		return setID{r.Height, r.Round, debuglog.Precommit}
	}
	return setID{r.Set.Height, r.Set.Round, r.Set.Type}
}

// take takes in a vote that comes, if it is added.
func (o *ours) take(comes *debuglog.Record) {
	r := o.pairs[comes.Line]
	if r == nil {
		return
	}
	delete(o.pairs, comes.Line)
	s := o.set(o.added(r))
	s.add(held{comes.Index, comes.Time, r.Time, r.Line})
	if s.over.IsZero() && (r.Fraction > 2./3 || r.Set.Majority != "" && r.Set.Majority != "<nil>") {
		s.over = comes.Time
	}
}

// add takes in a vote that was added. If no line told that it comes, its index may
// be known from its address.
func (o *ours) add(r *debuglog.Record) {
	s, index := o.set(o.added(r)), -1
	switch r.Kind {
	case debuglog.VoteAdded:
		index = r.Vote.Index
		o.names[r.Vote.Address] = index
	case debuglog.PrecommitAdded:
		index = o.indexOf(r.Address)
	}
	if c := o.came[r.Line]; c != nil {
		index = c.Index
		delete(o.came, r.Line)
	}
	if index >= 0 {
		s.add(held{index, time.Time{}, r.Time, r.Line})
	} else if r.Kind == debuglog.PrecommitAdded {
		s.blind = true
	}
	for i := range r.Set.Votes {
		if r.Set.Votes.Has(i) { // one that no line told before
			s.add(held{i, time.Time{}, r.Time, r.Line})
		}
	}
}

func (o *ours) indexOf(address string) int {
	const printed = 12 // digits of an address in a vote
	if len(address) >= printed {
		if i, ok := o.names[strings.ToUpper(address[:printed])]; ok {
			return i
		}
	}
	return -1
}

// lastCommit is what the node at a place keeps of the height before: the set and
// its round. The set is nil at the first height, and blind where the log does not
// tell it.
func (o *ours) lastCommit(p *place) (*voteSet, int32) {
	h := p.height - 1
	if h == 0 {
		return nil, -1
	}
	round, known := o.commits[h]
	id := setID{h, round, debuglog.Precommit}
	if s := o.sets[id]; known && s != nil {
		return s, round
	}
	return &voteSet{blind: true}, round
}

// sizes is how many validators the heights have, as far as lines tell.
type sizes map[int64]int

// of is the size of a height, or that of the nearest one before it.
func (s sizes) of(h int64) int {
	const far = 400
	for back := range int64(far) {
		if n := s[h-back]; n > 0 {
			return n
		}
	}
	return 1
}

// view is a node at a place beside a peer of a height, with nothing but the sizes of
// its sets of validators.
func (s sizes) view(at *place, peer int64) gossip.View {
	v := gossip.View{Height: besideHeight(at.height, peer), Round: gossip.Round(min(at.round, mostRound)), Validators: uint8(min(s.of(at.height), maxSet))}
	if at.height > 1 {
		v.Base, v.Top = 1, v.Height-1
		v.LastCommit.Votes.Size = uint8(min(s.of(at.height-1), maxSet))
	}
	return v
}

// size learns how many validators there are, and what votes are for.
func (o *ours) size(r *debuglog.Record) {
	note := func(h int64, b debuglog.Bits) {
		if len(b) > 0 {
			o.sizes[h] = len(b)
		}
	}
	vote := func(v *debuglog.Vote) {
		id := voteID{setID{v.Height, v.Round, v.Type}, v.Index}
		if was, ok := o.blocks[id]; ok && was != v.Block {
			o.blocks[id] = twice
		} else {
			o.blocks[id] = v.Block
		}
	}
	switch r.Kind {
	case debuglog.VoteAdded:
		note(r.Set.Height, r.Set.Votes)
		vote(&r.Vote)
	case debuglog.LastCommitAdded:
		note(r.Set.Height, r.Set.Votes)
	case debuglog.NothingToSend:
		note(r.Height, r.Ours[0])
	case debuglog.VoteSent:
		note(r.Belief.Height, r.Belief.Prevotes)
		note(r.Belief.Height-1, r.Belief.LastCommit)
		vote(&r.Vote)
	case debuglog.Received:
		if r.Message.Kind == debuglog.VoteMessage {
			vote(&r.Message.Vote)
		}
	}
}

// twice stands for the block of a vote that was signed for two.
const twice = "two blocks"

// blockIs reports whether a vote for block, as votes print it, is for one with a
// hash, as claims print it; an empty hash is nil's.
func blockIs(block, hash string) bool {
	if block == twice {
		return true
	}
	if hash == "" {
		return strings.Trim(block, "0") == ""
	}
	return strings.HasPrefix(hash, block)
}

// decidable reports whether the node may have +2/3 of the precommits of a round for
// one value.
func (o *ours) decidable(at *place, r int32, now time.Time) bool {
	s := o.sets[setID{at.height, r, debuglog.Precommit}]
	return s != nil && !s.over.IsZero() && !s.over.After(now)
}

// headerAt is the part-set header of a decided block, if lines tell it.
func (o *ours) headerAt(h int64) debuglog.Header {
	if c, ok := o.stored[h]; ok {
		return c.header
	}
	return o.decided[h]
}
