package picks

import (
	"maps"
	"slices"
	"time"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// Beliefs counts the printed beliefs, held against the replay of what changes them.
type Beliefs struct {
	Printed   int          `json:"printed"`
	Same      int          `json:"same"`
	Begun     int          `json:"begun"`     // the first of a connection that the log does not show from its beginning
	Lost      int          `json:"lost"`      // too many ways to follow
	Nameless  int          `json:"nameless"`  // it cannot be told of which peer
	Different []Difference `json:"different"` // in order
}

// peers takes in what a record says of a connection, before the node itself does.
func (j *Judge) follow(r *debuglog.Record) {
	switch r.Kind {
	case debuglog.NodeStarted:
		clear(j.peers)
		j.syncing = true
	case debuglog.Switched:
		j.syncing = false
	case debuglog.PeerStarted:
		p := newPeer(r.Peer)
		p.states[state{belief: belief{peer: gossip.NewPeer()}, heard: true}] = struct{}{}
		j.peers[r.Peer] = p
	case debuglog.PeerStopped:
		if p := j.peers[r.Peer]; p != nil {
			j.leaveVote(p, r.Time)
		}
	case debuglog.Received:
		j.hear(j.connection(r.Peer), r)
	case debuglog.Picked:
		p := j.connection(r.Peer)
		j.leaveVote(p, r.Time)
		if !j.names.v1 { // there it is told before the vote is sent
			p.looked = r.Time
		}
	case debuglog.NothingToSend:
		p := j.connection(r.Peer)
		j.leaveVote(p, r.Time)
		j.settle(p, r.Time, nil)
		p.correct(r)
		pick := j.quiet(r, p)
		j.rep.count(&j.rep.Quiet, &pick)
		p.past, p.looked = nil, r.Time
	case debuglog.VoteSent:
		j.print(r)
	case debuglog.PartSent, debuglog.StoredPartSent, debuglog.ProposalSent, debuglog.POLSent:
		j.send(r)
	}
}

func (j *Judge) connection(name string) *peer {
	if j.peers[name] == nil {
		j.peers[name] = newPeer(name)
	}
	return j.peers[name]
}

// hear takes in that a message arrived. What the one before did is done.
func (j *Judge) hear(p *peer, r *debuglog.Record) {
	j.settle(p, r.Time, func(s *state) bool { return s.heard || p.heard == nil })
	const remembered = 200
	for s := range p.states {
		if len(p.past) < remembered {
			p.past = append(p.past, s.belief)
		}
		if len(p.pastData) < remembered {
			p.pastData = append(p.pastData, s.belief)
		}
	}
	p.heard = r
	p.rewrite(func(s *state) { s.heard = false })
}

// rewrite changes every state.
func (p *peer) rewrite(how func(*state)) {
	old := p.states
	p.states = make(map[state]struct{}, len(old))
	for s := range old {
		how(&s)
		p.states[s] = struct{}{}
	}
}

// leaveVote is the next line of the lane of votes: a vote before it is sent and
// marked.
func (j *Judge) leaveVote(p *peer, now time.Time) {
	if p.vote == nil {
		return
	}
	known := len(p.states) > 0
	j.settle(p, now, nil)
	shown := false
	for s := range p.states {
		shown = shown || s.vote == done
	}
	switch {
	case shown:
		j.rep.Beliefs.Same++
		for s := range p.states {
			if s.vote != done {
				delete(p.states, s)
			}
		}
	case known:
		j.rep.Beliefs.Different = append(j.rep.Beliefs.Different, p.difference(p.vote))
		j.begin(p, now)
	default:
		j.rep.Beliefs.Begun++
		j.begin(p, now)
	}
	p.rewrite(func(s *state) { s.vote = idle })
	p.vote = nil
}

// begin takes a printed belief for what is believed, whatever the replay says. A
// message that came before may have been applied or not.
func (j *Judge) begin(p *peer, now time.Time) {
	clear(p.states)
	for _, heard := range []bool{true, false} {
		for _, data := range []lane{sending, idle} {
			s := state{belief: p.voted, heard: heard, vote: shown, data: data}
			if data == sending && p.data == nil {
				continue
			}
			p.states[s] = struct{}{}
			if q := &s.peer; q.CatchupCommitRound == q.Round && q.CatchupCommit == q.Precommits {
				q.Shared = true
				p.states[s] = struct{}{}
			}
		}
	}
	j.settle(p, now, func(s *state) bool { return s.vote == done })
}

// print takes in a vote that is about to be sent, with the belief that is printed.
func (j *Judge) print(r *debuglog.Record) {
	j.rep.Beliefs.Printed++
	name := j.names.of(r)
	j.doubt(name, r.Belief.Height)
	var before []belief
	var since time.Time
	if p, told := j.whose(name, r); p == nil {
		j.rep.Beliefs.Nameless++
	} else {
		before, _ = p.beliefs(p.past)
		p.past = nil
		since, p.looked = p.looked, r.Time
		p.vote, p.voted = r, told
		p.rewrite(func(s *state) { s.vote = sending })
	}
	pick := j.vote(r, before, name.from, since)
	j.rep.count(&j.rep.Votes, &pick)
}

// whose is the peer that a printed belief is about: of those that may be meant the
// one of which it is believed, and the likeliest if it is believed of none.
func (j *Judge) whose(name name, r *debuglog.Record) (*peer, belief) {
	told, err := j.peerOf(&r.Belief)
	if name.peer == "" || err != nil {
		return nil, belief{}
	}
	b := belief{r.Belief.Height, told}
	first := j.connection(name.peer)
	for _, other := range append([]string{name.peer}, name.others...) {
		p := j.connection(other)
		if p == first {
			j.leaveVote(p, r.Time)
		} else if p.vote != nil { // it is being sent another one
			continue
		}
		j.settle(p, r.Time, nil)
		for s := range p.states {
			if same(&s.belief, &b) {
				j.names.certain(other, &r.Belief)
				return p, b
			}
		}
	}
	return first, b
}

// doubt notes the peers that may be meant by a belief of a height as well.
func (j *Judge) doubt(name name, height int64) {
	if len(name.others) == 0 {
		return
	}
	for _, other := range append([]string{name.peer}, name.others...) {
		j.connection(other).doubtful = height
	}
}

// beliefs lists what may be believed of the peer, and then what may have been
// believed before, the last first; now is how many are not of the past.
func (p *peer) beliefs(past []belief) (all []belief, now int) {
	for s := range p.states {
		if !slices.Contains(all, s.belief) {
			all = append(all, s.belief)
		}
	}
	now = len(all)
	for _, b := range slices.Backward(past) {
		if !slices.Contains(all, b) {
			all = append(all, b)
		}
	}
	return all, now
}

// lanes says what CometBFT calls what a row picks from.
var lanes = map[string]debuglog.Lane{
	"V1": debuglog.FromLastCommit, "V7": debuglog.FromLastCommit, "V8": debuglog.FromStore,
	"V3": debuglog.FromPrevotes, "V5": debuglog.FromPrevotes, "V4": debuglog.FromPrecommits,
	"V2": debuglog.FromPOL, "V6": debuglog.FromPOL,
}

// send takes in that a part or a proposal is about to be sent. v1 does not say to
// whom a part is sent: it is explained if it is for any peer.
func (j *Judge) send(r *debuglog.Record) {
	if r.Peer != "" {
		p := j.connection(r.Peer)
		if r.Kind == debuglog.POLSent {
			pick := j.sentPOL(r, p)
			j.rep.count(&j.rep.POLs, &pick)
			return
		}
		j.leaveData(p, r.Time)
		j.settle(p, r.Time, nil)
		pick := j.sentData(r, p)
		if r.Kind == debuglog.ProposalSent {
			j.rep.count(&j.rep.Proposals, &pick)
		} else {
			j.rep.count(&j.rep.Parts, &pick)
		}
		j.carry(p, r, false)
		p.pastData = nil
		return
	}
	best := Pick{Verdict: Contradicts, Line: r.Line, Offset: r.Offset, Time: r.Time, What: describeData(r), Instead: []string{"none"}, Facts: []string{"there is no peer"}}
	for i, name := range slices.Sorted(maps.Keys(j.peers)) {
		p := j.peers[name]
		j.leaveData(p, r.Time)
		j.settle(p, r.Time, nil)
		pick := j.sentData(r, p)
		if i == 0 || best.Verdict != Explained && pick.Verdict != Contradicts {
			best = pick
		}
		if pick.Verdict != Contradicts {
			j.carry(p, r, true)
		}
	}
	j.rep.count(&j.rep.Parts, &best)
}

func (j *Judge) leaveData(p *peer, now time.Time) {
	if p.data == nil {
		return
	}
	maybe := p.maybe
	j.settle(p, now, func(s *state) bool { return maybe || s.data != sending })
	p.rewrite(func(s *state) { s.data = idle })
	p.data = nil
}

func (j *Judge) carry(p *peer, r *debuglog.Record, maybe bool) {
	p.data, p.maybe, p.proposal = r, maybe, nil
	if r.Kind == debuglog.ProposalSent {
		for _, at := range j.ours.during(r.Time.Add(-lags[2]), r.Time) {
			if q := at.proposed; q != nil && q.Height == r.Height && q.Round == r.Round {
				p.proposal = q
				break
			}
		}
		if p.proposal == nil {
			clear(p.states)
			p.data = nil
			return
		}
	}
	p.rewrite(func(s *state) { s.data = sending })
}
