package gossip

import "github.com/polka-bft/polka/spec"

// send is what an effect sends or announces, and whether it is such an effect.
func (d *Dialect) send(do spec.Op, v *View, p *Peer, m Message) ([]Output, bool) {
	switch do {
	case SendPart:
		lacks, _ := v.ourParts(p)
		return parts(p, lacks), true
	case SendStoredPart:
		lacks, _ := v.storedParts(p)
		return parts(p, lacks), true
	case SendNamedPart:
		ours, _ := v.ourParts(p)
		stored, _ := v.storedParts(p)
		return parts(p, ours|stored), true
	case SendProposal:
		return one(Message{
			Kind: ProposalMessage, Height: v.Height, Round: v.Round, Header: v.Proposal.Header, POLRound: v.Proposal.POLRound,
		}), true
	case SendPOL:
		r := polRound(v, m)
		s := v.Votes(Prevotes, r)
		return one(Message{Kind: ProposalPOL, Height: v.Height, Round: r, Bits: Marks{s.Size, s.All()}}), true
	case SendCommit:
		c := v.decision(p.Height)
		lacks, _ := d.lacksOf(c, v, p, p.Height)
		return votes(c.Votes, p.Height, Precommits, c.Round, lacks), true
	case SendLastCommit:
		lacks, _ := d.lacksOf(v.LastCommit, v, p, v.Height-1)
		return votes(v.LastCommit.Votes, v.Height-1, Precommits, v.LastCommit.Round, lacks), true
	case SendPOLPrevote:
		return d.votesOf(v, p, Prevotes, p.POLRound), true
	case SendPrevote:
		return d.votesOf(v, p, Prevotes, p.Round), true
	case SendPrecommit:
		return d.votesOf(v, p, Precommits, p.Round), true
	case SendLaterPrevote:
		return d.votesOf(v, p, Prevotes, v.Round), true
	case SendLaterPrecommit:
		return d.votesOf(v, p, Precommits, v.Round), true
	case SendQuery:
		return one(v.query(p, m.About)), true
	case SendAnswer:
		return one(v.answer(m)), true
	case SendStep:
		return one(v.newRoundStep()), true
	case SendBlock:
		return one(v.newValidBlock()), true
	case StopPeer:
		return []Output{{Kind: StopOutput}}, true
	}
	return v.announce(do, m)
}

// announce is what an effect tells every peer, and whether it is such an effect.
func (v *View) announce(do spec.Op, m Message) ([]Output, bool) {
	var told Message
	switch do {
	case AnnounceStep:
		told = v.newRoundStep()
	case AnnounceBlock:
		told = v.newValidBlock()
	case AnnounceCommitBlock:
		told = v.newValidBlock()
		told.IsCommit = true
	case AnnounceVote:
		told = Message{Kind: HasVote, Height: m.Height, Round: m.Round, Vote: m.Vote, Index: m.Index}
	case AnnouncePart:
		told = Message{Kind: HasProposalBlockPart, Height: m.Height, Round: m.Round, Index: m.Index}
	default:
		return nil, false
	}
	return []Output{{Kind: AnnounceOutput, AnyOf: []Message{told}}}, true
}

func (v *View) newRoundStep() Message {
	return Message{Kind: NewRoundStep, Height: v.Height, Round: v.Round, Step: v.Step, LastCommitRound: v.lastCommitRound()}
}

func (v *View) newValidBlock() Message {
	return Message{
		Kind: NewValidBlock, Height: v.Height, Round: v.Round, Header: v.Header,
		Bits: Marks{v.Header.Total, v.Parts}, IsCommit: v.Step == Commit,
	}
}

func (v *View) lastCommitRound() Round {
	if v.LastCommit.Votes.Size == 0 {
		return -1
	}
	return v.LastCommit.Round
}

// answer is our votes for the block that a VoteSetMaj23 asks about; an empty array
// where we keep none.
func (v *View) answer(m Message) Message {
	a := Message{Kind: VoteSetBits, Height: m.Height, Round: m.Round, Vote: m.Vote, Block: m.Block}
	if s := v.Votes(m.Vote, m.Round); s.Size > 0 {
		a.Bits = Marks{s.Size, s.Of(m.Block)}
	}
	return a
}

func one(m Message) []Output { return []Output{{Kind: SendOutput, AnyOf: []Message{m}}} }

// parts is any one of the parts, labelled with the height and round of the peer.
func parts(p *Peer, of Set) []Output {
	var choices []Message
	for i := range of.All {
		choices = append(choices, Message{Kind: BlockPart, Height: p.Height, Round: p.Round, Header: p.Header, Index: i})
	}
	return []Output{{Kind: SendOutput, AnyOf: choices}}
}

// votesOf is any one vote of our height that the peer lacks.
func (d *Dialect) votesOf(v *View, p *Peer, k VoteKind, r Round) []Output {
	lacks, _ := d.lacks(v, p, k, r)
	return votes(v.Votes(k, r), v.Height, k, r, lacks)
}

// votes is any one of the votes, for each block that the validator voted for.
func votes(s VoteSet, h Height, k VoteKind, r Round, of Set) []Output {
	var choices []Message
	for i := range of.All {
		for b := NilBlock; b <= BlockB; b++ {
			if s.Of(b).Has(i) {
				choices = append(choices, Message{Kind: Vote, Height: h, Round: r, Vote: k, Index: i, Block: b})
			}
		}
	}
	return []Output{{Kind: SendOutput, AnyOf: choices}}
}
