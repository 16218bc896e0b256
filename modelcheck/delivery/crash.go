package delivery

import "github.com/polka-bft/polka/spec/consensus"

// walls numbers the states that logs lead to, from 1.
type walls struct {
	numbers map[core]uint32
	cores   []core
}

func newWalls() *walls { return &walls{numbers: map[core]uint32{}, cores: make([]core, 1)} }

func (w *walls) number(c core) uint32 {
	i, ok := w.numbers[c]
	if !ok {
		i = uint32(len(w.cores))
		w.numbers[c] = i
		w.cores = append(w.cores, c)
	}
	return i
}

// sync brings the log to the disk, the input at hand included: CometBFT does so
// before it signs and before it looks at a message of its own.
func (s *step) sync(x *local) { x.synced = !s.config.LazyLog }

// crash loses everything but the signer and the log on the disk, and replays the
// log (consensus/replay.go catchupReplay). A rule that signs in the replay asks
// the signer again, who gives the last signature again and refuses those before;
// what is signed again goes into the own queue. The timer that the log started
// last runs again, from its beginning.
//
// A proposer asks the application for a block again, and may get another one:
// then it is the signer who sees to it that there is one proposal only.
func (s *step) crash(x *local) {
	before, wal := *x, &s.walls.cores[x.wal]
	if s.config.Mistake == SkipReplay {
		wal = &s.walls.cores[1] // of the begin of the height, which was numbered first
	}
	x.crashes++
	if s.config.Amnesia {
		x.signer = consensus.Signer{}
	}
	for _, m := range x.queue[:x.queued] {
		x.lost = x.lost.with(m)
	}
	x.core = *wal
	x.queue, x.queued = [queueLen]message{}, 0
	x.ticker.Running = x.ticker.Used
	if x.ticker.Policy == consensus.SingleTimer {
		x.ticker.Fired = 0
		x.ticker.Ended, x.ticker.Unread = consensus.Timeout{}, false
	}
	if keepsBlocks(&s.config) && !keepsBlock(&before, x) {
		s.blame(x, LostBlock)
	}
	other := *x
	for _, m := range wal.queue[:wal.queued] {
		if m.kind != blockMessage { // it comes with its proposal
			s.sign(x, s.replayed(x, m))
		}
	}
	s.onward(x)
	for _, m := range wal.queue[:wal.queued] {
		for _, v := range s.config.offers(s.self) {
			if y := other; m.kind == proposalMessage && m.pol < 0 && m.of() != v {
				s.sign(&y, proposalOf(m.at(), v, -1))
				s.onward(&y)
			}
		}
	}
}
