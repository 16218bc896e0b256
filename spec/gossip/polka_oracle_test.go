package gossip_test

import "github.com/polka-bft/polka/spec/gossip"

// The second copy of polka's gossip: CometBFT's, with what differs written over it.
type polkaPeer struct {
	*nodePeer
	laterRound                     gossip.Round
	laterPrevotes, laterPrecommits *bitArray
	asked                          [4]gossip.Query
}

func (p *polkaPeer) array(h gossip.Height, r gossip.Round, k gossip.VoteKind) *bitArray {
	if p.height != h || p.round == r {
		return p.nodePeer.array(h, r, k)
	}
	if k == gossip.Prevotes {
		switch r {
		case p.polRound:
			return p.pol
		case p.laterRound:
			return p.laterPrevotes
		}
		return nil
	}
	switch r {
	case p.catchupRound:
		return p.catchup
	case p.laterRound:
		return p.laterPrecommits
	}
	return nil
}

func (p *polkaPeer) mark(m gossip.Message) {
	p.array(m.Height, m.Round, m.Vote).set(m.Index)
	for i := range p.asked {
		if q := &p.asked[i]; q.Open && q.Height == m.Height && q.Round == m.Round && q.Kind == m.Vote {
			q.Since |= 1 << m.Index
		}
	}
}

func (p *polkaPeer) pickData(rs *gossip.View) [][]gossip.Message {
	var lacks gossip.Set
	if rs.Header.Total > 0 && rs.Header == p.header {
		lacks |= rs.Parts &^ p.parts.bits
	}
	if rs.Base > 0 && p.height >= rs.Base && p.height <= rs.Top && p.header.Total > 0 && rs.Store[p.height-1].Header == p.header {
		lacks |= (1<<p.parts.size - 1) &^ p.parts.bits
	}
	var choices []gossip.Message
	for i := range lacks.All {
		choices = append(choices, gossip.Message{Kind: gossip.BlockPart, Height: p.height, Round: p.round, Header: p.header, Index: i})
	}
	if choices != nil {
		return [][]gossip.Message{choices}
	}
	if rs.Height == p.height && rs.Round == p.round && rs.Proposal.Held && !p.proposal {
		return [][]gossip.Message{{{
			Kind: gossip.ProposalMessage, Height: rs.Height, Round: rs.Round, Header: rs.Proposal.Header, POLRound: rs.Proposal.POLRound,
		}}}
	}
	return nil
}

func (p *polkaPeer) pickVote(rs *gossip.View) []gossip.Message {
	if choices := p.nodePeer.pickVote(rs, p.array); choices != nil || p.height != rs.Height || p.round >= rs.Round {
		return choices
	}
	was := *p
	if p.laterRound != rs.Round {
		p.laterRound, p.laterPrevotes, p.laterPrecommits = rs.Round, newBitArray(rs.Validators), newBitArray(rs.Validators)
	}
	for _, k := range []gossip.VoteKind{gossip.Prevotes, gossip.Precommits} {
		if choices := missing(current(rs, k, rs.Round), p.array(rs.Height, rs.Round, k)); choices != nil {
			return choices
		}
	}
	*p = was
	return nil
}

func (p *polkaPeer) queries(rs *gossip.View) [][]gossip.Message {
	var out [][]gossip.Message
	for _, q := range p.nodePeer.queries(rs) {
		was := p.asked[q[0].About]
		was.Open, was.Since = false, 0
		if was != p.query(q[0]) {
			out = append(out, q)
		}
	}
	return out
}

func (p *polkaPeer) query(m gossip.Message) gossip.Query {
	return gossip.Query{Height: m.Height, At: p.round, Round: m.Round, Kind: m.Vote, Block: m.Block}
}

func (p *polkaPeer) setHasProposal(m gossip.Message) {
	if p.height == m.Height && p.round == m.Round && !p.proposal {
		p.nodePeer.setHasProposal(m)
		p.polRound, p.pol = m.POLRound, nil
	}
}

func (p *polkaPeer) sentOne(rs *gossip.View, m gossip.Message) [][]gossip.Message {
	if m.Sent == gossip.Failed {
		return nil
	}
	switch m.Kind {
	case gossip.ProposalMessage:
		p.setHasProposal(m)
		if m.POLRound >= 0 {
			s := rs.Votes(gossip.Prevotes, m.POLRound)
			return [][]gossip.Message{{{
				Kind: gossip.ProposalPOL, Height: rs.Height, Round: m.POLRound, Bits: gossip.Marks{Size: s.Size, Bits: s.All()},
			}}}
		}
	case gossip.Vote:
		p.mark(m)
	case gossip.VoteSetMaj23:
		p.asked[m.About] = p.query(m)
		p.asked[m.About].Open = true
	default:
		p.nodePeer.sentOne(m)
	}
	return nil
}

func (p *polkaPeer) receive(rs *gossip.View, m gossip.Message) (answers [][]gossip.Message, stop bool) {
	switch m.Kind {
	case gossip.NewRoundStep:
		p.newRoundStep(m)
	case gossip.HasVote:
		if p.height == m.Height {
			p.mark(m)
		}
	case gossip.Vote:
		p.ensureArrays(rs.Height, rs.Validators)
		p.ensureArrays(rs.Height-1, rs.LastCommit.Votes.Size)
		p.mark(m)
	case gossip.ProposalMessage:
		p.setHasProposal(m)
	case gossip.ProposalPOL:
		if p.height == m.Height && p.polRound == m.Round {
			if p.pol == nil {
				p.pol = &bitArray{}
			}
			p.pol.size = max(p.pol.size, m.Bits.Size)
			p.pol.bits |= m.Bits.Bits
		}
	case gossip.VoteSetBits:
		p.voteSetBits(rs, m)
	default:
		return p.nodePeer.receive(rs, m)
	}
	return nil, false
}

func (p *polkaPeer) newRoundStep(m gossip.Message) {
	height, round := p.height, p.round
	p.nodePeer.newRoundStep(m)
	switch {
	case p.height != height:
		p.laterRound, p.laterPrevotes, p.laterPrecommits = -1, nil, nil
	case p.round != round && p.round == p.laterRound:
		p.prevotes = p.laterPrevotes
		if p.precommits == nil {
			p.precommits = p.laterPrecommits
		} else {
			p.precommits.bits |= p.laterPrecommits.bits
		}
		p.laterRound, p.laterPrevotes, p.laterPrecommits = -1, nil, nil
	}
}

func (p *polkaPeer) voteSetBits(rs *gossip.View, m gossip.Message) {
	var unmark gossip.Set
	for i := range p.asked {
		q := &p.asked[i]
		if q.Open && q.Height == m.Height && q.Round == m.Round && q.Kind == m.Vote && q.Block == m.Block {
			if rs.Height == m.Height {
				unmark = rs.Votes(m.Vote, m.Round).Of(m.Block) &^ q.Since
			}
			q.Open, q.Since = false, 0
			break
		}
	}
	if a := p.array(m.Height, m.Round, m.Vote); a != nil {
		a.bits = (a.bits&^unmark | m.Bits.Bits) & (1<<a.size - 1)
	}
}
