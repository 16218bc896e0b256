package delivery

import (
	"fmt"
	"math/bits"

	"github.com/polka-bft/polka/spec/consensus"
)

// inputKind says what happens to a process.
type inputKind uint8

const (
	arrives    inputKind = iota // a message of another validator
	own                         // the process takes a message from its own queue
	expires                     // a timer runs out and the timeout is delivered
	fires                       // a timer runs out
	tock                        // a timeout that has fired is delivered
	flushed                     // the log reaches the disk up to here
	crashes                     // the process stops, and starts from its log
	ends                        // a timer runs out, and the ticker does not notice yet
	inputKinds = iota
)

// kindNames names the classes in which steps are counted.
var kindNames = [...]string{
	"prevote", "precommit", "proposal", "block", "own message", "timeout", "timer fires", "tock", "log flushed", "crash", "timer ends",
}

// An input is one thing that happens to a process, on its own or because of
// another one.
type input struct {
	kind    inputKind
	sender  int               // of arrives
	message message           // of arrives
	slot    int               // of own: the place in the queue
	timeout consensus.Timeout // of tock
}

// class is the index of the input's kind in kindNames.
func (in *input) class() int {
	if in.kind == arrives {
		return int(in.message.kind)
	}
	return int(in.kind) + int(blockMessage)
}

// from is the correct validator that must have sent something before, or −1.
func (c *Config) from(in *input) int {
	if in.kind == arrives && in.sender < c.correct() {
		return in.sender
	}
	return -1
}

func (in *input) String() string {
	switch in.kind {
	case arrives:
		return fmt.Sprintf("receives %v", in.message)
	case own:
		return "takes a message of its own"
	case expires:
		return "its timer expires"
	case fires:
		return "its timer runs out"
	case tock:
		return fmt.Sprintf("timeout %s of round %d", consensus.Tock.Variable().Values[in.timeout.Tock], in.timeout.Round)
	case flushed:
		return "its log reaches the disk"
	case crashes:
		return "crashes, and starts from its log"
	case ends:
		return "its timer runs out, unnoticed"
	}
	panic("delivery: unknown input")
}

// inputs lists everything that may happen to a process of the instance, in the
// order in which it is explored. What is never sent, and what a configuration
// does not allow, is among it.
func (n *instance) inputs(self int) []input {
	c := &n.config
	var ins []input
	for sender := range c.Validators {
		if sender != self {
			for _, in := range n.deliveries(sender) {
				if int(in.message.round) < c.stays(self) {
					ins = append(ins, in)
				}
			}
		}
	}
	for i := range [...]int{Immediate: 0, InOrder: 1, AnyOrder: queueLen}[c.Queue] {
		ins = append(ins, input{kind: own, slot: i})
	}
	switch {
	case c.Timers == consensus.SingleTimer && !c.LateTocks:
		ins = append(ins, input{kind: expires})
	case c.Timers == consensus.SingleTimer:
		ins = append(ins, input{kind: fires})
		fallthrough
	default:
		for r := range consensus.Round(c.rounds()) {
			for k := range consensus.TockPrecommitWait + 1 {
				ins = append(ins, input{kind: tock, timeout: consensus.Timeout{Round: r, Tock: k}})
			}
		}
	}
	if c.LateTicks {
		ins = append(ins, input{kind: ends})
	}
	if c.Crashes > 0 {
		ins = append(ins, input{kind: flushed}, input{kind: crashes})
	}
	return ins
}

// deliveries lists what a sender may send: a correct one any vote and, where it
// proposes, any proposal; a Byzantine one too, but not with a vr at or after the
// round of the proposal.
func (n *instance) deliveries(sender int) []input {
	c := &n.config
	var ins []input
	add := func(m message) { ins = append(ins, input{kind: arrives, sender: sender, message: m}) }
	for r := range consensus.Round(c.rounds()) {
		if c.proposer(r) == sender {
			for _, v := range values[1:] {
				if !c.inPlay(v) {
					continue
				}
				for vr := consensus.Round(-1); vr < r; vr++ {
					add(proposalOf(r, v, vr))
				}
				if n.node {
					add(proposalOf(r, v, -1).block())
				}
			}
		}
		for _, t := range []consensus.VoteType{consensus.PrevoteType, consensus.PrecommitType} {
			for _, v := range values {
				if c.inPlay(v) && (sender < c.correct() || c.Backs == nil || c.Backs[r] == v) {
					add(voteOf(t, r, v))
				}
			}
		}
	}
	return ins
}

// admits reports whether an input can happen to a process in this state, given
// that the message has been sent.
func (n *instance) admits(x *local, in *input) bool {
	if x.stopped() {
		return false
	}
	switch in.kind {
	case arrives:
		return n.receives(x, in.sender, in.message)
	case own:
		return in.slot < int(x.queued)
	case expires, fires:
		return x.ticker.Running && !n.config.LateTicks || x.ticker.Unread
	case ends:
		return x.ticker.Running
	case tock:
		_, ok := x.ticker.Deliver(in.timeout)
		return ok
	case flushed, crashes:
		return int(x.crashes) < n.config.Crashes
	}
	return false
}

// receives reports whether a message of another validator can still be delivered
// and is not one that the process is known to ignore.
func (n *instance) receives(x *local, sender int, m message) bool {
	c, h := &n.config, &x.heard[m.round]
	switch m.kind {
	case proposalMessage:
		at := 4*int(m.value) + int(m.pol) + 1
		switch {
		case n.node:
		case sender < c.correct():
			return h.proposals == 0 // a correct proposer proposes once
		default:
			return h.proposals>>at&1 == 0
		}
		return c.Copies == 0 || int(h.proposalCopies>>(2*at)&3) < c.Copies
	case blockMessage:
		return c.Copies == 0 || int(h.blockCopies>>(2*m.value)&3) < c.Copies
	case prevoteMessage, precommitMessage:
	}
	mask := h.votes[m.kind][sender]
	switch {
	case mask&spent != 0:
		return false
	case sender < c.correct() || n.node:
		return mask == 0 // a correct validator votes once; of others CometBFT counts the first vote
	case c.Equivocation > 0 && bits.OnesCount8(mask) >= c.Equivocation:
		return false
	}
	return mask>>m.value&1 == 0
}
