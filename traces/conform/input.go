package conform

import (
	"fmt"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// input gives one logged input to the node. With judge unset it is a replay:
// nothing is counted, and own messages are not held against promises.
func (j *walJudge) input(n *node, r *cometbft.Record, judge bool) error {
	count := func(why string) error {
		if judge {
			j.count(why, false)
		}
		return nil
	}
	if j.paper != nil {
		j.paper.now = r
	}
	switch r.Kind {
	case cometbft.KindTimeout:
		return j.timeout(n, r, judge, count)
	case cometbft.KindProposal:
		return j.proposal(n, r, judge, count)
	case cometbft.KindBlockPart:
		return j.part(n, r, count)
	case cometbft.KindVote:
		return j.vote(n, r, judge, count)
	}
	return nil
}

func (j *walJudge) timeout(n *node, r *cometbft.Record, judge bool, count func(string) error) error {
	t := r.Timeout
	tock, ok := tocks[t.Step]
	if !ok {
		return fmt.Errorf("conform: record %d of %s: a timeout of step %d does not exist", r.Index, r.File, t.Step)
	}
	if t.Height != n.p.Height {
		return count("timeout of another height, ignored")
	}
	if judge && t.Round > n.p.Round {
		return j.diverge(r, fmt.Sprintf("logged a timeout of round %d", t.Round), fmt.Sprintf("never entered that round; it is in round %d", n.p.Round))
	}
	if judge && tock != consensus.TockNewRound && !n.timers[timerKey{tock, t.Round}] {
		return j.diverge(r, fmt.Sprintf("logged the expiry of timeout step %d of round %d", t.Step, t.Round), "never started that timeout")
	}
	if n.ask(consensus.TimeoutDelivered, consensus.Choice{Height: t.Height, Round: t.Round, Tock: tock}) {
		return count("timeout")
	}
	return count("timeout that came too late, ignored")
}

func (j *walJudge) proposal(n *node, r *cometbft.Record, judge bool, count func(string) error) error {
	p := &r.Proposal
	if judge && r.IsOwn() {
		if err := j.ownProposal(n, r); err != nil {
			return err
		}
	}
	switch {
	case p.Height != n.p.Height || p.Round != n.p.Round:
		return count("proposal of another height or round, ignored")
	case n.p.Held.Proposal:
		if v := n.names.value(p.BlockID); j.signed(n, p) {
			n.votes.propose(p.Round, v, p.POLRound)
		}
		return count("proposal again, ignored")
	case p.POLRound < -1 || p.POLRound >= p.Round && p.POLRound != -1:
		return count("proposal with an impossible POLRound, refused")
	case !j.signed(n, p):
		return count("proposal that its round's proposer did not sign, refused")
	}
	v := n.names.value(p.BlockID)
	n.p.Held.Proposal = true
	n.p.Held.POLRound = p.POLRound
	n.votes.propose(p.Round, v, p.POLRound)
	if n.p.Held.Parts == consensus.Nil {
		n.p.Held.Parts = v
		n.syncParts()
	}
	return count("proposal")
}

// signed reports whether the proposer of the round signed the proposal. Where
// the validators change the rotation is not known, and any of them will do.
func (j *walJudge) signed(n *node, p *cometbft.Proposal) bool {
	if j.opt.TrustSignatures {
		return true
	}
	if j.rotation != nil {
		return cometbft.VerifyProposal(j.opt.Genesis.ChainID, n.set[j.rotation.proposer(p.Height, p.Round)].PubKey, p)
	}
	for i := range n.set {
		if cometbft.VerifyProposal(j.opt.Genesis.ChainID, n.set[i].PubKey, p) {
			return true
		}
	}
	return false
}

// ownProposal holds a proposal of the node itself against lines 14 to 19.
func (j *walJudge) ownProposal(n *node, r *cometbft.Record) error {
	p := &r.Proposal
	if p.Height != n.p.Height {
		return nil // queued before the height was decided
	}
	at, ok := n.proposing[p.Round]
	did := fmt.Sprintf("proposed %s at round %d with POLRound %d", p.BlockID, p.Round, p.POLRound)
	switch {
	case !ok:
		return j.diverge(r, did, "never entered that round")
	case j.rotation != nil && n.set[j.rotation.proposer(p.Height, p.Round)].Address != j.addr && j.known:
		return j.diverge(r, did, "give that round to another proposer (line 14)")
	case p.POLRound != at.validRound:
		return j.diverge(r, did, fmt.Sprintf("send validRound, which was %d when the round began (line 19)", at.validRound))
	case at.validRound >= 0 && p.BlockID != at.validValue:
		return j.diverge(r, did, fmt.Sprintf("propose validBlock, which was %s when the round began (line 16)", at.validValue))
	}
	return nil
}

func (j *walJudge) part(n *node, r *cometbft.Record, count func(string) error) error {
	b := &r.BlockPart
	switch {
	case b.Height != n.p.Height:
		return count("block part of another height, ignored")
	case n.parts == nil:
		return count("block part that was not expected, ignored")
	case n.p.Held.Block != consensus.Nil && n.p.Held.Block == n.p.Held.Parts:
		return count("block part again, ignored")
	}
	added, err := n.parts.Add(b)
	switch {
	case err != nil:
		return count("block part of another block, refused")
	case !added:
		return count("block part again, ignored")
	case !n.parts.Complete():
		return count("block part")
	}
	if err := n.checkBlock(r); err != nil {
		return err
	}
	n.p.Held.Block = n.p.Held.Parts
	n.votes.blocks[n.p.Held.Block] = true
	n.ask(consensus.BlockCompleted, consensus.Choice{Round: n.p.Round})
	return count("last part of a block")
}

// checkBlock compares the validators that a block names with those assumed.
func (n *node) checkBlock(r *cometbft.Record) error {
	b, err := cometbft.DecodeBlock(n.parts.Bytes())
	if err != nil {
		return fmt.Errorf("conform: %s, record %d: the block of height %d does not decode: %w", r.File, r.Index, n.p.Height, err)
	}
	if b.Height == n.p.Height && b.ValidatorsHash != n.set.Hash() {
		return fmt.Errorf("conform: %s, record %d: the block of height %d names other validators than the genesis; give the sets by height with --validators",
			r.File, r.Index, n.p.Height)
	}
	return nil
}

func (j *walJudge) vote(n *node, r *cometbft.Record, judge bool, count func(string) error) error {
	v := &r.Vote
	if judge && r.IsOwn() {
		if err := j.ownVote(n, r); err != nil {
			return err
		}
	}
	if v.Height+1 == n.p.Height && v.Type == cometbft.Precommit {
		return count("late precommit of the last height")
	}
	if v.Height != n.p.Height {
		return count("vote of another height, ignored")
	}
	i := int(v.ValidatorIndex)
	if i < 0 || i >= len(n.set) || n.set[i].Address != v.ValidatorAddress {
		return count("vote of no validator, refused")
	}
	if !j.opt.TrustSignatures && !cometbft.VerifyVote(j.opt.Genesis.ChainID, n.set[i].PubKey, v) {
		return count("vote with a wrong signature, refused")
	}
	switch n.votes.add(r, n.names.value(v.BlockID)) {
	case repeated:
		return count("vote again, ignored")
	case conflicting:
		if judge {
			j.conflicts = append(j.conflicts, conflict{claim{voteKey{kindOf(v.Type), v.Round}, v.BlockID}, r.Index})
		}
		return count("conflicting vote, not counted")
	case unwanted:
		return count("vote of a round too far ahead, refused")
	}
	e := consensus.PrevoteAdded
	if v.Type == cometbft.Precommit {
		e = consensus.PrecommitAdded
	}
	n.ask(e, consensus.Choice{Round: v.Round})
	if r.IsOwn() {
		return count("own vote, by a rule")
	}
	return count("vote")
}

// ownVote holds a vote of the node itself against the rule that called for it.
func (j *walJudge) ownVote(n *node, r *cometbft.Record) error {
	v := &r.Vote
	if !j.known {
		j.addr, j.known = v.ValidatorAddress, true
	}
	if v.Height < n.p.Height-1 {
		j.rep.Counts.assume("own vote of an older height, not compared")
		return nil
	}
	k := promiseKey{v.Height, kindOf(v.Type), v.Round}
	p, ok := n.promises[k]
	did := fmt.Sprintf("signed %s(%d, %d, %s)", kindOf(v.Type), v.Height, v.Round, v.BlockID)
	if !ok {
		of := consensus.EnterPrevote
		if v.Type == cometbft.Precommit {
			of = consensus.EnterPrecommit
		}
		return j.divergeFrom(r, did, fmt.Sprintf("called for no %s in that round", kindOf(v.Type)),
			[]consensus.Choice{{Of: of, Round: v.Round}}, v.BlockID.IsNil())
	}
	if v.BlockID != p.id {
		refused := v.Type == cometbft.Prevote && v.BlockID.IsNil() && p.by.Rule.Name == "enterPrevote.block"
		if !refused {
			return j.divergeVote(r, did, p)
		}
		if !p.seen {
			j.rep.Counts.assume("the application or ValidateBlock refused a block")
		}
	}
	p.seen, p.id = true, v.BlockID
	n.promises[k] = p
	return nil
}
