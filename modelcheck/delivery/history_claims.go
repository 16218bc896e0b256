package delivery

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// learned is what bugs of the past broke, and what holds since, in every reachable
// state of every instance.
var learned = []claim{
	{
		name: "own proposal", source: algorithm1 + "lines 15 to 19; tendermint issue 2642",
		doc:   "a correct proposer proposes its validValue with its validRound or, if it has none, a new value with −1",
		holds: without(StrangeProposal),
	},
	{
		name: "a polka is followed", source: algorithm1 + "lines 36, 42 and 43; tendermint issue 2583", applies: isNode,
		doc: "when a correct CometBFT node adds a prevote of its round, and +2/3 are for v ≠ nil, it has v as validValue of the round or collects v;" +
			" in step commit it collects what is committed",
		holds: without(IgnoredPolka),
	},
	{
		name: "a polka is precommitted", source: algorithm1 + "lines 36 to 40; CometBFT issue 2119",
		doc:   "a correct process does not precommit nil in a round of which it has +2/3 prevotes for a value whose block it holds",
		holds: without(IdleNil),
	},
	{
		name: "a proposal is answered", source: algorithm1 + "lines 22 and 28; tendermint issue 6850, CometBFT issue 1171", applies: answers,
		doc:   "when a correct node of v1 prevotes v ≠ nil, it has a proposal of the round and its block",
		holds: without(UnofferedPrevote),
	},
}

// onRequest is what Config.Asks may name: promises of the paper that CometBFT does
// not keep.
var onRequest = []claim{
	{
		name: "no timeout is lost", source: algorithm1 + "lines 21 and 57; CometBFT, ticker.go",
		doc:   "while a correct process is in step propose, timeoutPropose of its round runs, or has run out and is on its way",
		holds: without(LostTimeout),
	},
	{
		name: "a later round is followed", source: algorithm1 + "lines 55 and 56; tendermint issues 1496 and 7452",
		doc:   "a correct process that has received messages of +1/3 in a round is in that round, or in a later one",
		holds: without(LaggingRound),
	},
}

// halting is asked of states, not of processes; see [model.halts].
var halting = claim{
	name: "no halt", source: paper + ", section 2, Termination; tendermint issues 3003, 3199, 3302 and 9252",
	doc:     "where nothing can happen any more, every correct process that takes part has decided or has reached the last round",
	applies: keepsGoing,
}

func isNode(c *Config) bool { return c.dialect() != "paper" }

// answers says whether prevotes are for what was proposed: not in v0.38, whose
// nodes prevote their lock, and what they collect for other reasons.
func answers(c *Config) bool { return c.dialect() == "cometbft-v1" }

// keepsGoing says whether there is an end that nobody should come to: a round to
// leave, in which everybody stays, a quorum of validators that take part, timeouts
// that expire, and messages that come again when they were dropped.
func keepsGoing(c *Config) bool {
	return c.rounds() > 1 && c.Copies == 0 && c.Calm == nil && c.Stays == nil && honest(c) &&
		consensus.TwoThirds(int64(c.Validators-len(c.Silent)), int64(c.Validators))
}

// demands lists the claims that the configuration asks for.
func (c *Config) demands() []claim {
	return slices.DeleteFunc(slices.Clone(onRequest), func(x claim) bool { return !slices.Contains(c.Asks, x.name) })
}

// waits reports whether somebody who takes part has not decided in a round that is
// not the last one.
func (n *instance) waits(all []*label) bool {
	waits := false
	for p, l := range all {
		if l.fault != NoFault {
			return false // nothing is explored beyond a fault
		}
		waits = waits || l.decision == 0 && !l.last && !l.panicked && !n.silent(p)
	}
	return waits
}

// halts reports whether nothing can happen any more, and somebody waits for ever.
func (m *model) halts(s state) bool {
	var labels [maxCorrect]*label
	all := m.look(s, &labels)
	if !m.waits(all) {
		return false
	}
	for p, part := range m.parts {
		for _, e := range part.of(s.class(p)) {
			if from := part.from[e.input]; from < 0 || all[from].said.has(part.inputs[e.input].message) {
				return false
			}
		}
	}
	return true
}

// inspectProposal looks for a proposal that is not what the proposer should offer.
func (s *step) inspectProposal(x, before *local, o consensus.Output) {
	p := &before.process
	switch {
	case p.ValidValue == consensus.Nil && o.POLRound == -1:
	case p.ValidValue != consensus.Nil && o.Value == p.ValidValue && o.POLRound == p.ValidRound:
	default:
		s.blame(x, StrangeProposal)
	}
}

// inspectVote looks for a vote that goes against what the process has.
func (s *step) inspectVote(x, before *local, o consensus.Output) {
	h, p := received{&s.config, &x.core}, &before.process
	switch {
	case o.Vote == consensus.PrevoteType:
		if answers(&s.config) && o.Value != consensus.Nil && !offered(p) {
			s.blame(x, UnofferedPrevote)
		}
	case o.Value == consensus.Nil:
		v := majority(h, o.Round)
		if v == consensus.Nil || v == Invalid {
			return
		}
		if !s.node && h.Proposed(o.Round, v, consensus.AnyPOLRound) || s.node && (p.Held.Block == v.Block() || s.hidden == v.Block()) {
			s.blame(x, IdleNil)
		}
	}
}

// inspectPolka looks for a node that has just added a prevote of its round, and
// goes past the polka that is there.
func (s *step) inspectPolka(x *local, m message) {
	p := &x.process
	if x.stopped() || m.kind != prevoteMessage || m.at() != p.Round || p.Step == consensus.Commit {
		return
	}
	v := majority(received{&s.config, &x.core}, p.Round)
	if v != consensus.Nil && p.Held.Parts != v && (p.ValidValue != v || p.ValidRound != p.Round) {
		s.blame(x, IgnoredPolka)
	}
}

// inspectRest looks at a process that has come to rest for what the configuration
// asks for.
func (s *step) inspectRest(x *local) {
	p := &x.process
	if x.stopped() || len(s.config.Asks) == 0 {
		return
	}
	if s.asks("no timeout is lost") && p.Step == consensus.Propose && !awaits(&x.ticker, consensus.Timeout{Round: p.Round, Tock: consensus.TockPropose}) {
		s.blame(x, LostTimeout)
	}
	h := received{&s.config, &x.core}
	for r := p.Round + 1; s.asks("a later round is followed") && int(r) < s.config.rounds(); r++ {
		if consensus.OneThird(h.MessagePower(r), h.Total()) && p.Step != consensus.Commit {
			s.blame(x, LaggingRound)
		}
	}
}

func (s *step) asks(claim string) bool { return slices.Contains(s.config.Asks, claim) }

// awaits reports whether a timeout is still to come.
func awaits(k *consensus.Ticker, t consensus.Timeout) bool {
	_, fired := k.Deliver(t)
	return fired || k.Last == t && (k.Running || k.Unread)
}

// majority is what +2/3 of the prevotes of a round are for, or Nil.
func majority(h received, r consensus.Round) consensus.Value {
	if v, power := h.Leader(consensus.PrevoteType, r); consensus.TwoThirds(power, h.Total()) {
		return v
	}
	return consensus.Nil
}
