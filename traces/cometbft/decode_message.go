package cometbft

import "fmt"

// proposalType is the number of proposals in CometBFT's SignedMsgType.
const proposalType = 32

// proposalMessage reads the message that wraps a proposal.
func (d *decoder) proposalMessage(s *scanner, out *Proposal) {
	in := s.nested("ProposalMessage")
	for in.next() {
		switch in.num {
		case 1:
			d.proposal(&in, out)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) proposal(s *scanner, out *Proposal) {
	kind := int64(0)
	in := s.nested("Proposal")
	for in.next() {
		switch in.num {
		case 1:
			kind = in.int64()
		case 2:
			out.Height = in.int64()
		case 3:
			out.Round = in.int32()
		case 4:
			out.POLRound = in.int32()
		case 5:
			d.blockID(&in, &out.BlockID)
		case 6:
			out.Timestamp = d.timestamp(&in)
		case 7:
			out.Signature = in.clone()
		default:
			d.skip(&in)
		}
	}
	if kind != proposalType {
		in.reject(fmt.Sprintf("its type is %d, not %d", kind, proposalType))
	}
	s.close(&in)
}

// voteMessage reads the message that wraps a vote.
func (d *decoder) voteMessage(s *scanner, out *Vote) {
	in := s.nested("VoteMessage")
	for in.next() {
		switch in.num {
		case 1:
			d.vote(&in, out)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) vote(s *scanner, out *Vote) {
	addressed := false
	in := s.nested("Vote")
	for in.next() {
		switch in.num {
		case 1:
			out.Type = VoteType(in.uint8())
		case 2:
			out.Height = in.int64()
		case 3:
			out.Round = in.int32()
		case 4:
			d.blockID(&in, &out.BlockID)
		case 5:
			out.Timestamp = d.timestamp(&in)
		case 6:
			addressed = copy(out.ValidatorAddress[:], in.sized(addressSize)) > 0
		case 7:
			out.ValidatorIndex = in.int32()
		case 8:
			out.Signature = in.clone()
		case 9:
			out.Extension = in.clone()
		case 10:
			out.ExtensionSignature = in.clone()
		default:
			d.skip(&in)
		}
	}
	switch {
	case out.Type != Prevote && out.Type != Precommit:
		in.reject(fmt.Sprintf("its type is %d, neither prevote nor precommit", out.Type))
	case !addressed:
		in.reject("it has no validator address")
	}
	s.close(&in)
}

func (d *decoder) blockID(s *scanner, out *BlockID) {
	in := s.nested("BlockID")
	for in.next() {
		switch in.num {
		case 1:
			out.Hash = d.intern(in.sized(hashSize))
		case 2:
			d.partSetHeader(&in, out)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) partSetHeader(s *scanner, out *BlockID) {
	in := s.nested("PartSetHeader")
	for in.next() {
		switch in.num {
		case 1:
			out.PartsTotal = in.uint32()
		case 2:
			out.PartsHash = d.intern(in.sized(hashSize))
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) blockPart(s *scanner, out *BlockPart) {
	in := s.nested("BlockPart")
	for in.next() {
		switch in.num {
		case 1:
			out.Height = in.int64()
		case 2:
			out.Round = in.int32()
		case 3:
			d.part(&in, out)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) part(s *scanner, out *BlockPart) {
	in := s.nested("Part")
	for in.next() {
		switch in.num {
		case 1:
			out.Index = in.uint32()
		case 2:
			out.Bytes = in.clone()
		case 3:
			d.proof(&in, &out.Proof)
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}

func (d *decoder) proof(s *scanner, out *Proof) {
	in := s.nested("Proof")
	in.repeated = 4
	for in.next() {
		switch in.num {
		case 1:
			out.Total = in.int64()
		case 2:
			out.Index = in.int64()
		case 3:
			out.LeafHash = in.clone()
		case 4:
			out.Aunts = append(out.Aunts, in.clone())
		default:
			d.skip(&in)
		}
	}
	s.close(&in)
}
