package delivery

import "github.com/polka-bft/polka/spec/consensus"

// schedule asks the ticker of a process for a timeout.
func (s *step) schedule(x *local, t consensus.Timeout) {
	before := x.ticker
	x.ticker = x.ticker.Schedule(t)
	if s.config.Mistake == StaleTick {
		x.ticker.Ended, x.ticker.Unread = before.Ended, before.Unread
	}
}

// fireTimer lets the ticker notice that a timer has run out, and notes the fault
// that it was the timer of another timeout than the one that fires.
func (s *step) fireTimer(x *local) {
	if !s.config.LateTicks {
		x.ticker, _ = x.ticker.Fire()
		return
	}
	if x.ticker.Ended != x.ticker.Last {
		s.blame(x, StrayTick)
	}
	x.ticker, _ = x.ticker.Read()
}

// signature asks the signer for a signature under a message, and reports whether
// it gives one. It notes the faults that the signature is over another message,
// and that another vote was signed before. The clock of a process has a new time
// after each crash.
func (s *step) signature(x *local, m message) bool {
	sent := signingOf(m)
	sent.Time = int64(x.crashes)
	signer, result := x.signer.Sign(sent)
	switch {
	case result == consensus.SignedFresh || result == consensus.SignedAgain:
	case result == consensus.RefusedConflict && m.kind != proposalMessage:
		s.blame(x, ForgottenVote)
		return false
	default:
		return false
	}
	x.signer = signer
	if !s.keepsTime(m) {
		sent.Time = signer.Last.Time
	}
	if sent != signer.Last {
		s.blame(x, ForeignSignature)
	}
	return true
}

// keepsTime says of which messages the timestamp stays what the process made it,
// whatever the signer signed.
func (s *step) keepsTime(m message) bool {
	if m.kind == proposalMessage {
		return s.config.Mistake == StaleProposal
	}
	return s.config.Mistake == StaleVote
}

// replayed is what a process wants to sign in the place of m when it replays its
// log up to the state x. A new proposal has to be timely.
func (s *step) replayed(x *local, m message) message {
	if s.config.Mistake == ReplayClock && m.kind == prevoteMessage && m.at() == x.process.Round && x.process.Held.POLRound < 0 {
		return voteOf(consensus.PrevoteType, m.at(), consensus.Nil)
	}
	return m
}

// keepsBlock reports whether a process has its own block of the round after a
// crash, if it had taken it from its own queue before, so that others could
// receive it.
func keepsBlock(before, after *local) bool {
	p, q := &before.process, &after.process
	block := proposalOf(p.Round, p.Held.Block, -1).block()
	if p.Held.Block == consensus.Nil || !before.said.has(block) {
		return true
	}
	for _, m := range before.queue[:before.queued] {
		if m == block {
			return true
		}
	}
	return p.Round != q.Round || q.Held.Block == p.Held.Block
}
