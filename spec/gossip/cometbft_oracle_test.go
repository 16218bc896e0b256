package gossip_test

import (
	"github.com/polka-bft/polka/spec/gossip"
)

// A second copy of CometBFT's gossip (v1.0, internal/consensus/reactor.go) in plain
// Go. It keeps pointers to bit arrays as the code does, so that which arrays are one
// comes about by itself.

type bitArray struct {
	size uint8
	bits gossip.Set
}

func newBitArray(size uint8) *bitArray {
	if size == 0 {
		return nil
	}
	return &bitArray{size: size}
}

func (a *bitArray) set(i uint8) {
	if a != nil && i < a.size {
		a.bits |= 1 << i
	}
}

// nodePeer is PeerState with its PeerRoundState.
type nodePeer struct {
	height               gossip.Height
	round                gossip.Round
	step                 gossip.Step
	proposal             bool
	header               gossip.Header
	parts                *bitArray
	polRound             gossip.Round
	pol                  *bitArray
	prevotes, precommits *bitArray
	lastCommitRound      gossip.Round
	lastCommit           *bitArray
	catchupRound         gossip.Round
	catchup              *bitArray
	claims               map[claimOf]gossip.Block
}

type claimOf struct {
	height gossip.Height
	round  gossip.Round
	kind   gossip.VoteKind
}

// votesRead is types.VoteSetReader: a vote set or a stored commit.
type votesRead struct {
	height gossip.Height
	round  gossip.Round
	kind   gossip.VoteKind
	set    gossip.VoteSet
	commit bool
}

func current(rs *gossip.View, k gossip.VoteKind, r gossip.Round) votesRead {
	s := rs.Votes(k, r)
	return votesRead{rs.Height, r, k, s, k == gossip.Precommits && s.Majority != gossip.NoBlock}
}

func last(rs *gossip.View) votesRead {
	return votesRead{rs.Height - 1, rs.LastCommit.Round, gossip.Precommits, rs.LastCommit.Votes, true}
}

func (p *nodePeer) array(h gossip.Height, r gossip.Round, k gossip.VoteKind) *bitArray {
	if p.height == h {
		if p.round == r {
			if k == gossip.Prevotes {
				return p.prevotes
			}
			return p.precommits
		}
		if p.catchupRound == r {
			if k == gossip.Prevotes {
				return nil
			}
			return p.catchup
		}
		if p.polRound == r {
			if k == gossip.Prevotes {
				return p.pol
			}
			return nil
		}
		return nil
	}
	if p.height == h+1 && p.lastCommitRound == r && k == gossip.Precommits {
		return p.lastCommit
	}
	return nil
}

func (p *nodePeer) ensureArrays(h gossip.Height, size uint8) {
	if p.height == h {
		if p.prevotes == nil {
			p.prevotes = newBitArray(size)
		}
		if p.precommits == nil {
			p.precommits = newBitArray(size)
		}
		if p.catchup == nil {
			p.catchup = newBitArray(size)
		}
		if p.pol == nil {
			p.pol = newBitArray(size)
		}
	} else if p.height == h+1 && p.lastCommit == nil {
		p.lastCommit = newBitArray(size)
	}
}

// A lookup is getVoteBitArray.
type lookup func(gossip.Height, gossip.Round, gossip.VoteKind) *bitArray

// pickFrom is PickVoteToSend: any of the votes that are returned.
func (p *nodePeer) pickFrom(s votesRead, array lookup) []gossip.Message {
	if s.set.Size == 0 {
		return nil
	}
	if s.commit && p.height == s.height && p.catchupRound != s.round {
		p.catchupRound = s.round
		if s.round == p.round {
			p.catchup = p.precommits
		} else {
			p.catchup = newBitArray(s.set.Size)
		}
	}
	p.ensureArrays(s.height, s.set.Size)
	return missing(s, array(s.height, s.round, s.kind))
}

// missing is the votes that are not marked; none where nothing can be marked.
func missing(s votesRead, a *bitArray) []gossip.Message {
	if a == nil {
		return nil
	}
	var choices []gossip.Message
	for i := range s.set.Size {
		for b := gossip.NilBlock; b <= gossip.BlockB; b++ {
			if s.set.Of(b).Has(i) && !a.bits.Has(i) {
				choices = append(choices, gossip.Message{Kind: gossip.Vote, Height: s.height, Round: s.round, Vote: s.kind, Index: i, Block: b})
			}
		}
	}
	return choices
}

// pickVote is pickVoteToSend, pickVoteCurrentHeight included.
func (p *nodePeer) pickVote(rs *gossip.View, array lookup) []gossip.Message {
	if rs.Height == p.height {
		reached := p.round != -1 && p.round <= rs.Round
		if p.step == gossip.NewHeight {
			if choices := p.pickFrom(last(rs), array); choices != nil {
				return choices
			}
		}
		if p.step <= gossip.Propose && reached && p.polRound != -1 {
			if choices := p.pickFrom(current(rs, gossip.Prevotes, p.polRound), array); choices != nil {
				return choices
			}
		}
		if p.step <= gossip.PrevoteWait && reached {
			if choices := p.pickFrom(current(rs, gossip.Prevotes, p.round), array); choices != nil {
				return choices
			}
		}
		if p.step <= gossip.PrecommitWait && reached {
			if choices := p.pickFrom(current(rs, gossip.Precommits, p.round), array); choices != nil {
				return choices
			}
		}
		if reached {
			if choices := p.pickFrom(current(rs, gossip.Prevotes, p.round), array); choices != nil {
				return choices
			}
		}
		if p.polRound != -1 {
			if choices := p.pickFrom(current(rs, gossip.Prevotes, p.polRound), array); choices != nil {
				return choices
			}
		}
		return nil
	}
	if p.height != 0 && rs.Height == p.height+1 {
		if choices := p.pickFrom(last(rs), array); choices != nil {
			return choices
		}
	}
	if rs.Base > 0 && p.height != 0 && rs.Height >= p.height+2 && p.height >= rs.Base && p.height <= rs.Top {
		c := rs.Store[p.height-1].Decision
		if c.Votes.Size == 0 {
			return nil
		}
		return p.pickFrom(votesRead{p.height, c.Round, gossip.Precommits, c.Votes, true}, array)
	}
	return nil
}

// pickData is gossipDataRoutine up to what it sends.
func (p *nodePeer) pickData(rs *gossip.View) [][]gossip.Message {
	part := func(i uint8) gossip.Message {
		return gossip.Message{Kind: gossip.BlockPart, Height: p.height, Round: p.round, Header: p.header, Index: i}
	}
	if rs.Header.Total > 0 && rs.Header == p.header {
		var choices []gossip.Message
		for i := range rs.Header.Total {
			if rs.Parts.Has(i) && !p.parts.bits.Has(i) {
				choices = append(choices, part(i))
			}
		}
		if choices != nil {
			return [][]gossip.Message{choices}
		}
	}
	if rs.Base > 0 && 0 < p.height && p.height < rs.Height && p.height >= rs.Base {
		var meta gossip.Header
		if p.height <= rs.Top {
			meta = rs.Store[p.height-1].Header
		}
		if p.parts == nil {
			if meta.Total == 0 {
				return nil
			}
			p.header, p.parts = meta, newBitArray(meta.Total)
			return nil
		}
		var choices []gossip.Message
		for i := range p.parts.size {
			if !p.parts.bits.Has(i) {
				choices = append(choices, part(i))
			}
		}
		if choices != nil && meta.Total > 0 && meta == p.header {
			return [][]gossip.Message{choices}
		}
		return nil
	}
	if rs.Height == p.height && rs.Round == p.round && rs.Proposal.Held && !p.proposal {
		out := [][]gossip.Message{{{
			Kind: gossip.ProposalMessage, Height: rs.Height, Round: rs.Round, Header: rs.Proposal.Header, POLRound: rs.Proposal.POLRound,
		}}}
		if r := rs.Proposal.POLRound; r >= 0 {
			out = append(out, []gossip.Message{{
				Kind: gossip.ProposalPOL, Height: rs.Height, Round: r,
				Bits: gossip.Marks{Size: rs.Votes(gossip.Prevotes, r).Size, Bits: rs.Votes(gossip.Prevotes, r).All()},
			}})
		}
		return out
	}
	return nil
}

// queries is one turn of queryMaj23Routine.
func (p *nodePeer) queries(rs *gossip.View) [][]gossip.Message {
	var out [][]gossip.Message
	ask := func(about gossip.AboutValue, k gossip.VoteKind, r gossip.Round, b gossip.Block) {
		if b != gossip.NoBlock {
			out = append(out, []gossip.Message{{Kind: gossip.VoteSetMaj23, About: about, Height: p.height, Round: r, Vote: k, Block: b}})
		}
	}
	if rs.Height == p.height {
		ask(gossip.AboutPrevotes, gossip.Prevotes, p.round, rs.Votes(gossip.Prevotes, p.round).Majority)
		ask(gossip.AboutPrecommits, gossip.Precommits, p.round, rs.Votes(gossip.Precommits, p.round).Majority)
		if p.polRound >= 0 {
			ask(gossip.AboutPOL, gossip.Prevotes, p.polRound, rs.Votes(gossip.Prevotes, p.polRound).Majority)
		}
	}
	if p.catchupRound != -1 && p.height > 0 && p.height <= rs.Top && p.height >= rs.Base {
		c := rs.Store[p.height-1].Decision
		ask(gossip.AboutCatchup, gossip.Precommits, c.Round, c.Votes.Majority)
	}
	return out
}

// setHasProposal is SetHasProposal.
func (p *nodePeer) setHasProposal(m gossip.Message) {
	if p.height != m.Height || p.round != m.Round || p.proposal {
		return
	}
	p.proposal = true
	if p.parts != nil {
		return
	}
	p.header, p.parts = m.Header, newBitArray(m.Header.Total)
	p.polRound, p.pol = m.POLRound, nil
}

func (p *nodePeer) setHasPart(m gossip.Message) {
	if p.height == m.Height && p.round == m.Round {
		p.parts.set(m.Index)
	}
}

// sentOne is what follows a send.
func (p *nodePeer) sentOne(m gossip.Message) {
	if m.Sent == gossip.Failed {
		return
	}
	switch m.Kind {
	case gossip.BlockPart:
		p.setHasPart(m)
	case gossip.ProposalMessage:
		p.setHasProposal(m)
	case gossip.Vote:
		p.array(m.Height, m.Round, m.Vote).set(m.Index)
	}
}

// receive is Receive, as far as it is about the peer; it returns what is answered,
// and whether the peer is stopped.
func (p *nodePeer) receive(rs *gossip.View, m gossip.Message) (answers [][]gossip.Message, stop bool) {
	switch m.Kind {
	case gossip.NewRoundStep:
		p.newRoundStep(m)
	case gossip.NewValidBlock:
		if p.height == m.Height && (p.round == m.Round || m.IsCommit) {
			p.header, p.parts = m.Header, &bitArray{m.Bits.Size, m.Bits.Bits}
		}
	case gossip.HasVote:
		if p.height == m.Height {
			p.array(m.Height, m.Round, m.Vote).set(m.Index)
		}
	case gossip.HasProposalBlockPart, gossip.BlockPart:
		p.setHasPart(m)
	case gossip.ProposalMessage:
		p.setHasProposal(m)
	case gossip.ProposalPOL:
		if p.height == m.Height && p.polRound == m.Round {
			p.pol = &bitArray{m.Bits.Size, m.Bits.Bits}
		}
	case gossip.Vote:
		p.ensureArrays(rs.Height, rs.Validators)
		p.ensureArrays(rs.Height-1, rs.LastCommit.Votes.Size)
		p.array(m.Height, m.Round, m.Vote).set(m.Index)
	case gossip.VoteSetMaj23:
		return p.voteSetMaj23(rs, m)
	case gossip.VoteSetBits:
		p.voteSetBits(rs, m)
	}
	return nil, false
}

func (p *nodePeer) newRoundStep(m gossip.Message) {
	if m.Height < p.height || m.Height == p.height && (m.Round < p.round || m.Round == p.round && m.Step <= p.step) {
		return
	}
	height, round, catchupRound, catchup, precommits := p.height, p.round, p.catchupRound, p.catchup, p.precommits
	p.height, p.round, p.step = m.Height, m.Round, m.Step
	if height != m.Height || round != m.Round {
		p.proposal, p.header, p.parts, p.polRound, p.pol = false, gossip.Header{}, nil, -1, nil
		p.prevotes, p.precommits = nil, nil
	}
	if height == m.Height && round != m.Round && m.Round == catchupRound {
		p.precommits = catchup
	}
	if height != m.Height {
		p.lastCommitRound, p.lastCommit = m.LastCommitRound, nil
		if height+1 == m.Height && round == m.LastCommitRound {
			p.lastCommit = precommits
		}
		p.catchupRound, p.catchup = -1, nil
	}
}

func (p *nodePeer) voteSetMaj23(rs *gossip.View, m gossip.Message) (answers [][]gossip.Message, stop bool) {
	if rs.Height != m.Height {
		return nil, false
	}
	s := rs.Votes(m.Vote, m.Round)
	a := gossip.Message{Kind: gossip.VoteSetBits, Height: m.Height, Round: m.Round, Vote: m.Vote, Block: m.Block}
	if s.Size > 0 {
		of := claimOf{m.Height, m.Round, m.Vote}
		if was, ok := p.claims[of]; ok && was != m.Block {
			return nil, true
		}
		p.claims[of] = m.Block
		a.Bits = gossip.Marks{Size: s.Size, Bits: s.Of(m.Block)}
	}
	return [][]gossip.Message{{a}}, false
}

func (p *nodePeer) voteSetBits(rs *gossip.View, m gossip.Message) {
	a := p.array(m.Height, m.Round, m.Vote)
	if a == nil {
		return
	}
	ours, kept := gossip.Set(0), false
	if rs.Height == m.Height {
		ours = rs.Votes(m.Vote, m.Round).Of(m.Block)
		kept = ours != 0 || p.claims[claimOf{m.Height, m.Round, m.Vote}] == m.Block
	}
	all := gossip.Set(1)<<a.size - 1
	switch {
	case kept:
		a.bits = (a.bits&^ours | m.Bits.Bits) & all
	case m.Bits.Size > 0: // an array of no words is copied over nothing
		a.bits = m.Bits.Bits & all
	}
}
