package conform

import (
	"fmt"
	"time"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// pbts is what a log shows of proposer-based timestamps at one height: a proposal
// has a timestamp and, in v1, the time of its receipt, and a block has its time. The
// parameters are those of the genesis; an application may change them, which no
// log shows. Nil stands for timestamps that are off, where all is well.
type pbts struct {
	synchrony consensus.Synchrony
	proposals map[consensus.Round]dated     // that were taken, by round
	blocks    map[consensus.Value]time.Time // that are whole, by what was collected
}

// dated is a proposal's timestamp, and when it was received; zero where the log
// does not say.
type dated struct{ stamp, received time.Time }

func newPBTS(g *cometbft.Genesis, height int64) *pbts {
	if !g.PBTS(height) {
		return nil
	}
	return &pbts{
		synchrony: consensus.Synchrony{Precision: int64(g.Precision), MessageDelay: int64(g.MessageDelay)},
		proposals: map[consensus.Round]dated{}, blocks: map[consensus.Value]time.Time{},
	}
}

// propose notes a proposal that the node has taken.
func (t *pbts) propose(r consensus.Round, p *cometbft.Record) {
	if t != nil {
		t.proposals[r] = dated{p.Proposal.Timestamp, p.ReceiveTime}
	}
}

// complete notes the time of a block that the node has collected as v.
func (t *pbts) complete(v consensus.Value, at time.Time) {
	if t != nil {
		t.blocks[v.Block()] = at
	}
}

// dated reports whether the proposal of a round carries the time of the block.
func (t *pbts) dated(r consensus.Round, block consensus.Value) bool {
	if t == nil {
		return true
	}
	p, proposed := t.proposals[r]
	at, whole := t.blocks[block]
	return !proposed || !whole || p.stamp.Equal(at)
}

// timely reports whether the proposal of a round was received in time.
func (t *pbts) timely(r consensus.Round) bool {
	if t == nil {
		return true
	}
	p := t.proposals[r]
	return p.received.IsZero() || t.synchrony.InRound(r).Timely(int64(p.received.Sub(p.stamp)))
}

// describe says how late the proposal of a round was, and how late it may be.
func (t *pbts) describe(r consensus.Round) string {
	if t == nil {
		return "the genesis leaves proposer-based timestamps off"
	}
	p := t.proposals[r]
	if p.received.IsZero() {
		return fmt.Sprintf("when the proposal of round %d was received is not known", r)
	}
	s := t.synchrony.InRound(r)
	return fmt.Sprintf("the proposal of round %d was received %v after its timestamp; timely is from −%v to %v, unless the application has changed that since the genesis",
		r, p.received.Sub(p.stamp), time.Duration(s.Precision), time.Duration(s.MessageDelay+s.Precision))
}
