package picks

import (
	"slices"
	"time"

	"github.com/polka-bft/polka/traces/debuglog"
)

// names tells to which peer a vote was sent: the line that says so names none.
//
//   - The belief that is printed with it says when the step of the peer began, less
//     whole seconds that the peer had been in it: that is when its announcement was
//     applied, between the lines of that message and of the next one of the peer.
//     No two announcements have the same time.
//   - A line that names the peer tells that a vote was picked for it: before it is
//     sent in v1, after in v0.38.
//
// It is told of records in the order of lines, before they are judged.
type names struct {
	v1     bool
	steps  map[string][]*step   // by peer, the last ones
	open   map[string]*step     // by peer, the one whose end is not known yet
	began  map[time.Time]string // the peer whose step began then, where it is certain
	sent   []*debuglog.Record   // votes to peers that are not known yet, of v0.38
	picked []*debuglog.Record   // votes that are not sent yet, of v1
	known  map[int]name         // by line of the vote
}

// A name is a peer, and where the vote for it was picked from, as a line says.
type name struct {
	peer   string
	from   debuglog.Lane
	others []string // peers that may be meant as well
}

// A step is an announcement of a step, and by when it was applied.
type step struct {
	line  *debuglog.Record
	by    time.Time
	began time.Time // where it is certain
}

func newNames() *names {
	return &names{
		steps: map[string][]*step{}, open: map[string]*step{}, began: map[time.Time]string{}, known: map[int]name{},
	}
}

// of is the peer of a vote that was sent; it is empty if none fits.
func (n *names) of(r *debuglog.Record) name {
	k, told := n.known[r.Line]
	delete(n.known, r.Line)
	if told {
		return k
	}
	if fit := n.fitting(&r.Belief); len(fit) > 0 {
		return name{peer: fit[0], others: fit[1:]}
	}
	return name{}
}

func (n *names) pair(r *debuglog.Record) {
	switch r.Kind {
	case debuglog.VoteComes:
		n.v1 = r.Capital
	case debuglog.NodeStarted:
		clear(n.steps)
		clear(n.open)
		clear(n.began)
		n.sent, n.picked = nil, nil
	case debuglog.Received:
		n.hear(r)
	case debuglog.Picked:
		if n.v1 {
			n.picked = keep(n.picked, r)
		} else {
			n.sent = n.match(n.sent, func(sent *debuglog.Record) (*debuglog.Record, *debuglog.Record) { return sent, r })
		}
	case debuglog.VoteSent:
		if n.v1 {
			n.picked = n.match(n.picked, func(picked *debuglog.Record) (*debuglog.Record, *debuglog.Record) { return r, picked })
		} else {
			n.sent = keep(n.sent, r)
		}
	}
}

// keep appends, and forgets what waits in vain: a vote that could not be sent.
func keep(list []*debuglog.Record, r *debuglog.Record) []*debuglog.Record {
	const waiting = 32
	if len(list) >= waiting {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, r)
}

// match finds which of the waiting lines belongs to the one that came: of those that
// fit, the one whose peer is the most certain, then the likeliest, then the first.
func (n *names) match(waiting []*debuglog.Record, both func(*debuglog.Record) (sent, picked *debuglog.Record)) []*debuglog.Record {
	best, fewest, first := -1, 0, 0
	for i, w := range waiting {
		sent, picked := both(w)
		fit := n.fitting(&sent.Belief)
		rank := slices.Index(fit, picked.Peer)
		if rank >= 0 && alike(sent, picked) && (best < 0 || len(fit) < fewest || len(fit) == fewest && rank < first) {
			best, fewest, first = i, len(fit), rank
		}
	}
	if best < 0 {
		return waiting
	}
	sent, picked := both(waiting[best])
	fit := n.fitting(&sent.Belief)
	n.known[sent.Line] = name{picked.Peer, picked.From, slices.Delete(fit, first, first+1)}
	if fewest == 1 {
		n.certain(picked.Peer, &sent.Belief)
	}
	return slices.Delete(waiting, best, best+1)
}

// alike reports whether a vote may be the one that a line tells of.
func alike(sent, picked *debuglog.Record) bool {
	kind := debuglog.Precommit
	if picked.From == debuglog.FromPrevotes || picked.From == debuglog.FromPOL {
		kind = debuglog.Prevote
	}
	return kind == sent.Vote.Type && (picked.Round < 0 || picked.Round == sent.Vote.Round)
}

// hear notes an announcement, and that the one before was applied.
func (n *names) hear(r *debuglog.Record) {
	if s := n.open[r.Peer]; s != nil {
		s.by = r.Time
		delete(n.open, r.Peer)
	}
	if r.Message.Kind != debuglog.NewRoundStep {
		return
	}
	const remembered = 64
	s := &step{line: r, by: never}
	n.open[r.Peer] = s
	n.steps[r.Peer] = append(n.steps[r.Peer], s)
	if all := n.steps[r.Peer]; len(all) > remembered {
		delete(n.began, all[0].began)
		n.steps[r.Peer] = all[1:]
	}
}

// certain notes whose step began when the belief says.
func (n *names) certain(peer string, b *debuglog.Belief) {
	n.began[b.StartTime] = peer
	for _, s := range n.steps[peer] {
		if _, ok := s.gap(b); ok {
			s.began = b.StartTime
			return
		}
	}
}

// fitting lists the peers whose step may have begun when the belief says, the
// likeliest first: the one whose announcement was applied soonest after its line.
func (n *names) fitting(b *debuglog.Belief) []string {
	if peer, ok := n.began[b.StartTime]; ok {
		return []string{peer}
	}
	var peers []string
	gaps := map[string]time.Duration{}
	for peer, steps := range n.steps {
		for _, s := range steps {
			if gap, ok := s.gap(b); ok {
				peers = append(peers, peer)
				gaps[peer] = gap
				break
			}
		}
	}
	slices.SortFunc(peers, func(a, b string) int { return int(gaps[a] - gaps[b]) })
	const second = time.Second
	if len(peers) > 1 && gaps[peers[0]] < second { // who needs whole seconds is not likely
		peers = slices.DeleteFunc(peers, func(p string) bool { return gaps[p] >= second })
	}
	return peers
}

// gap is how long after its line the step was applied, with the seconds that were
// taken off, if the belief may tell of it.
func (s *step) gap(b *debuglog.Belief) (time.Duration, bool) {
	m := &s.line.Message
	if m.Height != b.Height || m.Round != b.Round || m.Step != b.Step || !s.began.IsZero() && !s.began.Equal(b.StartTime) {
		return 0, false
	}
	const longest = 600 * time.Second // that a peer was in its step before it announced it
	applied := b.StartTime
	if late := s.line.Time.Sub(applied); late > longest {
		return 0, false
	} else if late > 0 {
		applied = applied.Add((late + time.Second - 1).Truncate(time.Second))
	}
	return applied.Sub(s.line.Time) + applied.Sub(b.StartTime), !applied.After(s.by)
}
