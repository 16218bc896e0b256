package picks

import (
	"fmt"
	"slices"
	"time"

	"github.com/polka-bft/polka/spec/gossip"
	"github.com/polka-bft/polka/traces/debuglog"
)

// quiet judges that a node found no vote to send to a peer, and says so before it
// sleeps: for some belief and some completion of what it held, no row sends one.
func (j *Judge) quiet(r *debuglog.Record, p *peer) Pick {
	pick := Pick{Line: r.Line, Offset: r.Offset, Time: r.Time, What: fmt.Sprintf("no vote to a peer of height %d", r.PeerHeight)}
	beliefs, now := p.beliefs(p.past)
	if len(beliefs) == 0 {
		return pick.cannot("what is believed of the peer: the log does not begin with the connection, and no vote was sent since")
	}
	pick.Place = fmt.Sprintf("%d", r.Height)
	seen := false
	for _, lag := range lags {
		for i, b := range beliefs {
			places := j.ours.during(r.Time.Add(-lag), r.Time)
			if r.PeerHeight == 0 { // then the line itself tells enough
				places = []*place{{height: r.Height}}
			}
			for _, at := range places {
				if at.height != r.Height || b.height != r.PeerHeight {
					continue
				}
				seen = true
				rows, err := j.rows(at, b, later(r.Time.Add(-lag), p.looked), r.Time)
				if err != nil {
					return pick.cannot(err.Error())
				}
				if slices.Contains(rows, "none") {
					pick.Verdict, pick.Row, pick.Lag, pick.Earlier = Explained, "none", lag, i >= now
					return pick
				}
				if len(pick.Instead) == 0 {
					pick.Instead = rows
				}
			}
		}
	}
	if !seen {
		return pick.cannot(fmt.Sprintf("when the node was at height %d and the peer at %d", r.Height, r.PeerHeight))
	}
	pick.Verdict, pick.Facts = Contradicts, []string{"the peer lacks a vote that the node holds"}
	return pick
}

// correct takes the arrays that a line prints, with the name of the peer, for those
// that are believed, at a height where it is doubtful which beliefs were this peer's.
func (p *peer) correct(r *debuglog.Record) {
	if p.doubtful != r.PeerHeight {
		return
	}
	for s := range p.states {
		if s.height == r.PeerHeight && s.peer.Prevotes == marksOf(r.Theirs[0]) && s.peer.Precommits == marksOf(r.Theirs[1]) {
			return
		}
	}
	p.rewrite(func(s *state) {
		if s.height == r.PeerHeight {
			q := &s.peer
			q.Prevotes, q.Precommits = marksOf(r.Theirs[0]), marksOf(r.Theirs[1])
			if q.Shared {
				q.CatchupCommit = q.Precommits
			}
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// rows lists the rows that send something, each in some completion of what is known;
// "none" where nothing is sent.
func (j *Judge) rows(at *place, b belief, must, may time.Time) ([]string, error) {
	s, err := j.ours.scene(at, b.height, b.peer, must, may, j.ours.sizes.of(b.height))
	if err != nil {
		return nil, err
	}
	var rows []string
	for v := range func(yield func(gossip.View) bool) { s.views(nil, yield) } {
		p := b.peer
		f, possible := ask(j.dialect, j.dialect.Votes, &v, &p, gossip.Message{})
		key := f.key()
		if len(f.any) == 0 {
			key = "none"
		}
		if possible && !slices.Contains(rows, key) {
			rows = append(rows, key)
		}
	}
	return rows, nil
}
