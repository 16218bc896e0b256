package gossip

import (
	"fmt"
	"strings"

	"github.com/polka-bft/polka/spec/gossip"
)

// A Chain is what happens to be proposed and voted in the network that both nodes
// are part of: it is the same for everybody, and not up to them.
type Chain struct {
	Validators uint8
	Heights    []Height // from height 1 on
}

// A Height is one height of a [Chain]: one block and some rounds.
type Height struct {
	Parts  uint8 // of its block
	Rounds []Round
}

// A Round is what is proposed and voted in it. Votes are a letter for each
// validator: A for the block of the height, N for nil, a dot for none.
type Round struct {
	Proposer   int8         // the validator that proposes the block; −1 if nobody does
	POLRound   gossip.Round // of the proposal; −1 for none
	Prevotes   string
	Precommits string
}

// A Mask is a set of validators or of parts.
type Mask uint8

// full is the set of the indexes below n.
func full(n uint8) Mask { return 1<<n - 1 }

// A plan is a [Height] with its votes as masks.
type plan struct {
	header  gossip.Header
	rounds  []voting
	decided gossip.Round // the first round with +2/3 precommits for the block; −1 for none
	commit  Mask         // those precommits
}

// A voting is a [Round] with its votes as masks: for nil, and for the block.
type voting struct {
	proposer int8
	polRound gossip.Round
	votes    [2][2]Mask // by type
}

// all is who votes.
func (v *voting) all(k gossip.VoteKind) Mask { return v.votes[k][0] | v.votes[k][1] }

func (c *Chain) quorum() int { return 2*int(c.Validators)/3 + 1 }

// plans compiles the chain; h is at index h−1.
func (c *Chain) plans() ([]plan, error) {
	if c.Validators < 1 || c.Validators > maxValidators {
		return nil, fmt.Errorf("%d validators, of 1 to %d", c.Validators, maxValidators)
	}
	if len(c.Heights) == 0 || len(c.Heights) > gossip.Heights {
		return nil, fmt.Errorf("%d heights, of 1 to %d", len(c.Heights), gossip.Heights)
	}
	var plans []plan
	for i, h := range c.Heights {
		p := plan{header: gossip.Header{Total: h.Parts, Root: uint8(i + 1)}, decided: -1}
		if h.Parts < 1 || h.Parts > maxParts || len(h.Rounds) == 0 || len(h.Rounds) > gossip.Rounds {
			return nil, fmt.Errorf("height %d: %d parts and %d rounds, of 1 to %d and 1 to %d", i+1, h.Parts, len(h.Rounds), maxParts, gossip.Rounds)
		}
		for r, round := range h.Rounds {
			v := voting{proposer: round.Proposer, polRound: round.POLRound}
			for k, letters := range [...]string{round.Prevotes, round.Precommits} {
				if len(letters) != int(c.Validators) || strings.Trim(letters, "AN.") != "" {
					return nil, fmt.Errorf("height %d round %d: votes %q are not %d of A, N and dot", i+1, r, letters, c.Validators)
				}
				for n, letter := range letters {
					switch letter {
					case 'N':
						v.votes[k][0] |= 1 << n
					case 'A':
						v.votes[k][1] |= 1 << n
					}
				}
			}
			if round.POLRound < -1 || int(round.POLRound) >= r {
				return nil, fmt.Errorf("height %d round %d: POLRound %d is not an earlier round", i+1, r, round.POLRound)
			}
			if p.decided < 0 && gossip.Set(v.votes[gossip.Precommits][1]).Len() >= c.quorum() {
				p.decided, p.commit = gossip.Round(r), v.votes[gossip.Precommits][1]
			}
			p.rounds = append(p.rounds, v)
		}
		plans = append(plans, p)
	}
	return plans, nil
}
