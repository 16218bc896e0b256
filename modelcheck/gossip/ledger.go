package gossip

import "github.com/polka-bft/polka/spec/gossip"

// A ledger is what was sent on one connection in one direction, and what of it again,
// as long as nothing asks for it: a peer that enters a round begins it with nothing
// marked, and one that announces the parts that it collects tells which it has.
type ledger struct {
	parts [gossip.Heights]Mask
	votes [gossip.Heights][gossip.Rounds][2]Mask
	again again
}

// again is what was sent twice.
type again uint8

const (
	partAgain again = 1 << iota
	voteAgain
)

// forget begins a new ledger, or one of parts, where a message that was received is a
// reason to send again.
func (l *ledger) forget(m gossip.Message, was, now *gossip.Peer) {
	switch {
	case was.Height != now.Height || was.Round != now.Round:
		*l = ledger{again: l.again}
	case m.Kind == gossip.NewValidBlock:
		l.parts = [gossip.Heights]Mask{}
	}
}

// enter notes that a message was sent.
func (l *ledger) enter(m gossip.Message) {
	var was *Mask
	var flag again
	switch m.Kind {
	case gossip.BlockPart:
		was, flag = &l.parts[m.Height-1], partAgain
	case gossip.Vote:
		was, flag = &l.votes[m.Height-1][m.Round][m.Vote], voteAgain
	default:
		return
	}
	if *was>>m.Index&1 == 1 {
		l.again |= flag
	}
	*was |= 1 << m.Index
}
