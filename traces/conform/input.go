package conform

import (
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/polka-bft/polka/spec"
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
	n.now = r.Time
	switch r.Kind {
	case cometbft.KindTimeout:
		return j.timeout(n, r, judge, count)
	case cometbft.KindProposal:
		return j.proposal(n, r, judge, count)
	case cometbft.KindBlockPart:
		return j.part(n, r, count)
	case cometbft.KindVote:
		return j.vote(n, r, judge, count)
	default: // steps and ends of heights are no inputs
		return nil
	}
}

func (j *walJudge) timeout(n *node, r *cometbft.Record, judge bool, count func(string) error) error {
	t := r.Timeout
	tock, ok := tocks[t.Step]
	if !ok {
		return fmt.Errorf("conform: %s, record %d: there is no timeout of step %d; is the log of another program?", r.File, r.Index, t.Step)
	}
	if t.Height < n.p.Height {
		return count("timeout of an earlier height, ignored")
	}
	started, known := n.timers[timerKey{tock, t.Round}]
	if judge && (t.Height > n.p.Height || t.Round > n.p.Round || tock != consensus.TockNewRound && !known) {
		return j.diverge(r, "logged "+describe(r), fmt.Sprintf(
			"have started no such timeout: the node is at height %d in round %d", n.p.Height, n.p.Round))
	}
	if judge && !started.IsZero() && r.Time.Before(started.Add(t.Duration)) {
		j.rep.Counts.assume("a timeout that came before its time: a clock was set back, or the ticker took one timer for another")
	}
	if tock == consensus.TockNewRound {
		delete(n.waits, t.Round)
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
	case p.BlockID.IsNil() || p.Round < 0 || p.POLRound < -1 || p.POLRound >= p.Round && p.POLRound != -1:
		return count("proposal of no block, or with an impossible POLRound, refused")
	case !j.proposalSigned(n, r):
		return count("proposal that its round's proposer did not sign, refused")
	}
	v := n.names.value(p.BlockID)
	n.votes.propose(p.Round, v, p.POLRound)
	if !n.p.TakeProposal(v, p.POLRound) {
		return count("proposal again, ignored")
	}
	n.pbts.propose(p.Round, r)
	n.syncParts()
	return count("proposal")
}

// proposalSigned reports whether the proposer of the round signed the proposal.
// Where the validators change the rotation is not known, and any of them will do.
func (j *walJudge) proposalSigned(n *node, r *cometbft.Record) bool {
	if j.opt.TrustSignatures {
		return true
	}
	return j.remember(r, func() bool {
		if i, ok := j.proposer(&r.Proposal); ok {
			return cometbft.VerifyProposal(j.opt.Genesis.ChainID, n.set[i].PubKey, &r.Proposal)
		}
		return slices.ContainsFunc(n.set, func(v cometbft.Validator) bool {
			return cometbft.VerifyProposal(j.opt.Genesis.ChainID, v.PubKey, &r.Proposal)
		})
	})
}

// proposer is the index of the validator whose turn a proposal claims, where
// that is known.
func (j *walJudge) proposer(p *cometbft.Proposal) (int, bool) {
	if j.rotation == nil {
		return 0, false
	}
	i, ok := j.rotation.proposer(p.Height, p.Round)
	if !ok {
		j.note("some proposals are too far from the genesis to tell whose turn it was; any validator's signature was taken")
	}
	return i, ok
}

// voteSigned reports whether the validator with that key signed the vote.
func (j *walJudge) voteSigned(key ed25519.PublicKey, r *cometbft.Record) bool {
	return j.opt.TrustSignatures || j.remember(r, func() bool {
		return cometbft.VerifyVote(j.opt.Genesis.ChainID, key, &r.Vote)
	})
}

// remember keeps whether the signature of a record of this height is right, for
// the inputs that are given to a node again.
func (j *walJudge) remember(r *cometbft.Record, verify func() bool) bool {
	ok, seen := j.signed[r.Index]
	if !seen {
		ok = verify()
		j.signed[r.Index] = ok
		j.verified = j.verified || ok
	}
	return ok
}

// ownProposal holds a proposal of the node itself against lines 14 to 19.
func (j *walJudge) ownProposal(n *node, r *cometbft.Record) error {
	p := &r.Proposal
	if p.Height < n.p.Height {
		return nil // queued before the height was decided
	}
	at, ok := n.proposing[p.Round]
	before, again := n.proposed[p.Round]
	turn, hasTurn := j.proposer(p)
	must := ""
	switch {
	case p.Height > n.p.Height || !ok:
		must = fmt.Sprintf("let it propose only where it is: it never entered round %d of height %d", p.Round, p.Height)
	case hasTurn && j.known && n.set[turn].Address != j.addr:
		must = fmt.Sprintf("give that round to %s (line 14)", n.set[turn].Address)
	case again && before != p.BlockID:
		must = fmt.Sprintf("let it propose once in a round: it proposed %s before", before)
	case p.POLRound != at.validRound:
		must = fmt.Sprintf("send validRound as POLRound, which was %d when the round began (line 19)", at.validRound)
	case at.validRound >= 0 && p.BlockID != at.validValue:
		must = fmt.Sprintf("propose validBlock, which was %s when the round began (line 16)", at.validValue)
	case !j.proposalSigned(n, r):
		must = "let it sign as the proposer of the round: the signature is wrong"
	default:
		n.proposed[p.Round] = p.BlockID
		return nil
	}
	return j.diverge(r, "sent "+describe(r), must)
}

func (j *walJudge) part(n *node, r *cometbft.Record, count func(string) error) error {
	b := &r.BlockPart
	switch {
	case b.Height != n.p.Height:
		return count("block part of another height, ignored")
	case n.parts == nil:
		return count("block part that was not expected, ignored")
	case n.p.Held.Whole:
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
	if err := j.completed(n, r); err != nil {
		return err
	}
	n.p.TakeBlock(true)
	n.votes.blocks[n.p.Held.Parts] = true
	n.ask(consensus.BlockCompleted, consensus.Choice{Round: n.p.Round})
	return count("last part of a block")
}

// completed looks at a block that is whole: whether it is the one that was named,
// whether it names the validators that were assumed, and which ones it names for
// the next height.
func (j *walJudge) completed(n *node, r *cometbft.Record) error {
	b, err := cometbft.DecodeBlock(n.parts.Bytes())
	if err != nil {
		return fmt.Errorf("conform: %s, record %d: the block of height %d does not decode: %w", r.File, r.Index, n.p.Height, err)
	}
	if n.partsOf.Hash != b.Hash {
		// Its parts are what was asked for, the block is not: the node holds
		// another one (HashesTo fails).
		n.partsOf.Hash = b.Hash
		n.p.Held.Parts = n.names.value(n.partsOf)
	}
	n.pbts.complete(n.p.Held.Parts, b.Time)
	if b.Height != n.p.Height {
		return nil // the application will refuse it
	}
	if b.ValidatorsHash != j.validators.hashOf(n.set) {
		return wrongSet(r, b.Height, b.Height)
	}
	n.nextSets[n.p.Held.Parts] = b.NextValidatorsHash
	return nil
}

func (j *walJudge) vote(n *node, r *cometbft.Record, judge bool, count func(string) error) error {
	v := &r.Vote
	if judge && r.IsOwn() {
		if err := j.ownVote(n, r); err != nil {
			return err
		}
	}
	if v.Type == cometbft.Precommit && v.Height < n.p.Height && v.Height == n.p.Height-1 {
		if v.Height > 0 { // 0 is refused before it gets to the state machine
			n.ask(consensus.LatePrecommit, consensus.Choice{})
		}
		return count("late precommit of the last height")
	}
	if v.Height != n.p.Height {
		return count("vote of another height, ignored")
	}
	i := int(v.ValidatorIndex)
	if v.Round < 0 || i < 0 || i >= len(n.set) || n.set[i].Address != v.ValidatorAddress {
		return count("vote of no validator or no round, refused")
	}
	if !j.voteSigned(n.set[i].PubKey, r) {
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
	case added:
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

// ownVote holds a vote of the node itself against the rule that called for it,
// and against what the node signed before.
func (j *walJudge) ownVote(n *node, r *cometbft.Record) error {
	v := &r.Vote
	did := "signed " + describeVote(v)
	if j.known && v.ValidatorAddress != j.addr {
		return j.diverge(r, did+" as "+v.ValidatorAddress.String(), "know the node by its votes before as "+j.addr.String())
	}
	if v.Height < j.rep.FirstHeight || v.Height <= n.p.Height-keptHeights {
		j.rep.Counts.assume("own vote of a height that is not judged, or long past: not compared")
		j.uncompared = true
		return j.ownSignature(r, did)
	}
	k := promiseKey{v.Height, kindOf(v.Type), v.Round}
	p, ok := n.promises[k]
	switch {
	case !ok:
		return j.divergeUncalled(r, did)
	case p.seen && p.cast != v.BlockID:
		return j.diverge(r, did, fmt.Sprintf("let it sign one %s in a round, and it signed %s before: a double sign", k.kind, p.cast))
	case !p.seen && v.BlockID != p.id:
		if v.Type != cometbft.Prevote || !v.BlockID.IsNil() || !hasEffect(p.by.Rule, []spec.Op{consensus.SendPrevoteHeld}) {
			return j.divergeVote(r, did, p)
		}
		j.rep.Counts.assume(j.refusal())
	}
	if err := j.ownSignature(r, did); err != nil {
		return err
	}
	j.addr, j.known = v.ValidatorAddress, true
	p.seen, p.cast = true, v.BlockID
	n.promises[k] = p
	return nil
}

// refusal says who may have refused a block that the node prevoted nil instead of.
func (j *walJudge) refusal() string {
	if j.node.pbts == nil && slices.Contains(j.opt.Dialect.Table.Rules.Bindings, consensus.DoPrevoteV1) {
		return "the application or ValidateBlock refused a block, or it was not timely"
	}
	return "the application or ValidateBlock refused a block"
}

// ownSignature checks who a vote of the node itself says that it is from, and
// that others can verify it.
func (j *walJudge) ownSignature(r *cometbft.Record, did string) error {
	v := &r.Vote
	set := j.validators.at(v.Height)
	i := set.Find(v.ValidatorAddress)
	switch {
	case i < 0 || int(v.ValidatorIndex) != i:
		return j.diverge(r, did, fmt.Sprintf("know no validator %s with index %d at that height", v.ValidatorAddress, v.ValidatorIndex))
	case !j.voteSigned(set[i].PubKey, r):
		return j.diverge(r, did, "let it sign so that others can verify it: the signature is wrong")
	}
	return nil
}
