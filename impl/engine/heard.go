package engine

import (
	"slices"

	"github.com/polka-bft/polka/impl/consensus"
	"github.com/polka-bft/polka/impl/transport/wire"
)

// heard is what the machine does not keep of the messages that it keeps, in the
// current height: the bytes of values and the signatures. It belongs to the
// machine's goroutine, and the machine bounds it.
type heard struct {
	values     map[consensus.ValueID]value
	proposals  map[where]*wire.Proposal
	precommits map[where][]wire.Vote
}

type value struct {
	payload []byte
	valid   bool
}

// where is what a proposal or a vote is for, within a height.
type where struct {
	round consensus.Round
	value consensus.ValueID
}

func newHeard() *heard {
	return &heard{
		values:     map[consensus.ValueID]value{},
		proposals:  map[where]*wire.Proposal{},
		precommits: map[where][]wire.Vote{},
	}
}

// reset forgets everything, for the next height.
func (h *heard) reset() {
	clear(h.values)
	clear(h.proposals)
	clear(h.precommits)
}

// remember keeps what belongs to an input that the machine has just taken, unless
// it refused it.
func (h *heard) remember(it *item, outputs []consensus.Output) {
	if len(outputs) > 0 && outputs[0].Kind == consensus.Refused {
		return
	}
	switch in := &it.input; in.Kind {
	case consensus.NewValue:
		h.values[in.Value] = value{it.payload, in.Valid}
	case consensus.ProposalInput:
		h.values[in.Proposal.Value] = value{it.payload, in.Valid}
		at := where{in.Proposal.Round, in.Proposal.Value}
		if h.proposals[at] == nil {
			h.proposals[at] = &wire.Proposal{Proposal: in.Proposal, Signer: it.signer, Signature: it.signature, Payload: it.payload}
		}
	case consensus.VoteInput:
		if in.Vote.Type == consensus.Precommit && !in.Vote.Value.IsNil() {
			at := where{in.Vote.Round, in.Vote.Value}
			h.precommits[at] = append(h.precommits[at], wire.Vote{Vote: in.Vote, Signature: it.signature})
		}
	case consensus.Start, consensus.TimeoutInput:
	}
}

// commit returns the precommits for a value in the order of their validators.
func (h *heard) commit(at where) []wire.Vote {
	votes := h.precommits[at]
	slices.SortFunc(votes, func(a, b wire.Vote) int { return a.Validator - b.Validator })
	return votes
}
