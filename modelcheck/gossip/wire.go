package gossip

import "github.com/polka-bft/polka/spec/gossip"

// A lane is a channel of CometBFT's consensus reactor.
type lane uint8

const (
	stateLane lane = iota
	dataLane
	voteLane
	bitsLane
	lanes
)

// laneOf is the channel that a message goes through on an instance.
func (c *Config) laneOf(k gossip.Kind) lane {
	if k == gossip.VoteSetMaj23 && c.AskBehind {
		return voteLane
	}
	return laneOf(k)
}

// laneOf is the channel that a message goes through in the reactor.
func laneOf(k gossip.Kind) lane {
	switch k {
	case gossip.ProposalMessage, gossip.ProposalPOL, gossip.BlockPart:
		return dataLane
	case gossip.Vote:
		return voteLane
	case gossip.VoteSetBits:
		return bitsLane
	default:
		return stateLane
	}
}

// capacity is how many messages may be under way in a lane.
var capacity = [lanes]uint8{stateLane: 3, dataLane: 2, voteLane: 1, bitsLane: 1}

const mostCapacity = 3

// A queue is the messages that are under way in one lane and direction, the oldest
// first.
type queue struct {
	len  uint8
	held [mostCapacity]gossip.Message
}

// put adds a message at the end; false if there is no room.
func (q *queue) put(l lane, m gossip.Message) bool {
	if q.len == capacity[l] {
		return false
	}
	q.held[q.len] = m
	q.len++
	return true
}

// take removes the message at a place.
func (q *queue) take(at uint8) gossip.Message {
	m := q.held[at]
	copy(q.held[at:], q.held[at+1:])
	q.len--
	q.held[q.len] = gossip.Message{}
	return m
}

// all is the messages, the oldest first.
func (q *queue) all() []gossip.Message { return q.held[:q.len] }

// A wire is all that is under way from one node to the other.
type wire [lanes]queue

func (w *wire) empty() bool {
	for l := range w {
		if w[l].len > 0 {
			return false
		}
	}
	return true
}
