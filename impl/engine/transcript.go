package engine

import (
	"errors"
	"sync"
	"time"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
)

// ErrBehind is why a peer is disconnected for which too much had to be kept.
var ErrBehind = errors.New("engine: the peer is too far behind: what was kept for it reached the limit")

// transcript is what this node has to say: the messages it signed, in order, and
// the commits of the heights that some peer has not left. Per peer it knows what
// was sent and where the peer stands; [transcript.next] derives from that what to
// send now.
type transcript struct {
	limit   int           // bytes
	delay   time.Duration // see Config.CommitDelay
	initial wire.Status   // where everyone begins

	mu      sync.Mutex
	first   uint64 // number of said[0]
	said    []saying
	commits map[int64]*commit
	size    int // bytes in said and commits
	here    wire.Status
	peers   []*peer
	changed chan struct{} // closed when there may be more to send
}

// saying is one frame of this node's own.
type saying struct {
	height int64
	round  consensus.Round
	frame  []byte
}

// commit is what convinces a peer of a decision.
type commit struct {
	frames [][]byte
	size   int
	at     time.Time // when the height was decided here
}

// progress is what a transcript knows of a peer.
type progress struct {
	at    wire.Status // what the peer said last of where it stands
	since time.Time   // when the peer got to that height, or was connected
	told  wire.Status // what the peer was told of where we stand
	next  uint64      // the number of the saying to send next
	help  int64       // the height whose commit is being sent, or was sent last
	given int         // frames of that commit that were sent
}

// part says what a frame is, so that its arrival can be noted.
type part uint8

const (
	nothing part = iota
	status
	own
	help
)

func newTranscript(limit int, delay time.Duration, here wire.Status) *transcript {
	return &transcript{limit: limit, delay: delay, initial: here, here: here, commits: map[int64]*commit{}, changed: make(chan struct{})}
}

// join begins to keep track of a peer, which is taken to stand at the beginning
// until it says otherwise. What was said before there was any peer is lost, so
// peers join before the machine starts.
func (t *transcript) join(p *peer, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.progress = progress{at: t.initial, told: t.initial, since: now, next: t.first}
	t.peers = append(t.peers, p)
}

// leave forgets a peer.
func (t *transcript) leave(p *peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(p)
	t.trim()
}

func (t *transcript) remove(p *peer) {
	for i, q := range t.peers {
		if q == p {
			t.peers = append(t.peers[:i:i], t.peers[i+1:]...)
		}
	}
}

// say appends a message of ours.
func (t *transcript) say(height int64, round consensus.Round, frame []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, saying{height, round, frame})
	t.size += len(frame)
	t.bound()
	t.announce()
}

// decided adds the commit of a height.
func (t *transcript) decided(height int64, frames [][]byte, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &commit{frames: frames, at: now}
	for _, f := range frames {
		c.size += len(f)
	}
	t.commits[height] = c
	t.size += c.size
	t.bound()
	t.announce()
}

// move says where this node stands now.
func (t *transcript) move(here wire.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.here = here
	t.trim()
	t.announce()
}

// heard takes note of where a peer says that it stands.
func (t *transcript) heard(p *peer, at wire.Status, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Height < p.at.Height || at.Height == p.at.Height && at.Round <= p.at.Round {
		return
	}
	if at.Height > p.at.Height {
		p.since = now
	}
	p.at = at
	t.trim()
	t.announce()
}

// next returns what the peer needs now. If that is nothing, changed tells when to
// ask again, and so does wait, unless it is 0.
func (t *transcript) next(p *peer, now time.Time) (frame []byte, what part, wait time.Duration, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.told != t.here {
		p.told = t.here
		return wire.AppendStatus(nil, t.here), status, 0, nil
	}
	if s := t.saying(p); s != nil {
		return s.frame, own, 0, nil
	}
	if c := t.commits[p.at.Height]; c != nil {
		if p.help != p.at.Height {
			p.help, p.given = p.at.Height, 0
		}
		if p.given < len(c.frames) {
			due := c.at
			if p.since.After(due) {
				due = p.since
			}
			wait = due.Add(t.delay).Sub(now)
			if wait <= 0 {
				return c.frames[p.given], help, 0, nil
			}
		}
	}
	return nil, nothing, wait, t.changed
}

// saying is the next message of ours that the peer needs, nil if none now.
func (t *transcript) saying(p *peer) *saying {
	for p.next = max(p.next, t.first); p.next < t.first+uint64(len(t.said)); p.next++ {
		s := &t.said[p.next-t.first]
		switch {
		case s.height < p.at.Height:
			continue
		case s.height > p.at.Height || s.round > p.at.Round+consensus.Lookahead:
			return nil
		}
		return s
	}
	return nil
}

// sent takes note that a frame is on its way to the peer.
func (t *transcript) sent(p *peer, what part) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch what {
	case own:
		p.next++
	case help:
		p.given++
	case nothing, status:
	}
}

// bound disconnects the peers furthest behind until what is kept is within the
// limit.
func (t *transcript) bound() {
	if t.size <= t.limit {
		return
	}
	t.trim()
	for t.size > t.limit && len(t.peers) > 0 {
		last := t.peers[0]
		for _, p := range t.peers[1:] {
			if p.at.Height < last.at.Height || p.at.Height == last.at.Height && p.next < last.next {
				last = p
			}
		}
		t.remove(last)
		last.stop(ErrBehind)
		t.trim()
	}
}

// trim forgets what no peer needs.
func (t *transcript) trim() {
	lowest := t.here.Height
	needed := t.first + uint64(len(t.said))
	for _, p := range t.peers {
		lowest = min(lowest, p.at.Height)
		needed = min(needed, max(p.next, t.first))
	}
	n := 0
	for n < len(t.said) && (t.said[n].height < lowest || t.first+uint64(n) < needed) {
		t.size -= len(t.said[n].frame)
		n++
	}
	if n > 0 {
		clear(t.said[:n])
		t.said = t.said[n:]
		t.first += uint64(n)
	}
	for h, c := range t.commits {
		if h < lowest {
			t.size -= c.size
			delete(t.commits, h)
		}
	}
}

// announce wakes those who wait for more to send.
func (t *transcript) announce() {
	close(t.changed)
	t.changed = make(chan struct{})
}
