package delivery

import (
	"math/bits"
	"slices"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// A process forgets what nobody will ask, neither a rule nor a property, whatever
// comes. Merging puts states that differ in nothing else into one class anyway; but
// forgetting makes the states of a process by itself fewer, and they are what an
// instance fails by. TestForgettingLosesNothing compares. With Config.Strict nothing
// is forgotten: Algorithm 1 is asked of all that was received.
//
// Votes of a kind in a round are asked for by their power: whether those for a
// value, or all together, are +2/3. So as soon as a validator can add nothing to
// them,
//
//   - it makes no difference which of these validators has sent which vote;
//   - a vote for a value that cannot have +2/3 any more only counts among all;
//   - and when a value has +2/3, a CometBFT node, which counts one vote of each,
//     can take all of them to be for it.
//
// Votes of a past round are closed when whatever could still be added changes no
// answer and makes no rule fire; then none arrives any more. The last is computed
// from the table, so that a mutant which acts on more remembers more.
type forgetting struct {
	off bool

	// Whether a rule may fire because a vote was added in a past round, to what is
	// not and cannot be +2/3 for a value, nil included for prevotes: by kind of vote.
	late [2]bool
	// The same for prevotes of whatever majority, of a round that is not the
	// proposal's POLRound.
	latePolka bool

	// By round and validator, what it may ever vote for: bits by number of a value.
	may [maxRounds][maxValidators]uint8
}

// spent marks the vote of a validator that can add nothing to it. The bits of
// values that are left are those that still make a difference.
const spent = 1 << 7

// memory says what a process forgets.
type memory uint8

const (
	forgetsDead    memory = iota // what makes no difference any more
	forgetsNothing               // for who compares what was received
	forgetsPast                  // all votes of past rounds: a wrong that must show
)

// newForgetting asks the table of an instance.
func newForgetting(n *instance) forgetting {
	f := forgetting{off: n.config.forgets == forgetsNothing || n.config.Strict}
	for r := range n.config.rounds() {
		for sender := range n.config.Validators {
			f.may[r][sender] = n.config.votes(sender, r)
		}
	}
	const prevote, precommit = consensus.PrevoteType, consensus.PrecommitType
	if !n.node {
		// What is voted for or proposed is looked at, also where nothing comes of it.
		f.off = f.off || n.acts(consensus.OnDecision, consensus.CommitQuorum.Is(consensus.No)) ||
			n.acts(consensus.OnProposal, consensus.Proposal.Is(consensus.NoProposal), consensus.Polka.Is(consensus.No))
		return f
	}
	past := consensus.RoundIs.Is(consensus.Past)
	few := consensus.PrevoteTally.In(consensus.Few, consensus.Mixed)
	elsewhere := consensus.POLRoundIs.Is(consensus.No)
	for _, b := range n.questions[consensus.PrevoteAdded] {
		f.latePolka = f.latePolka || n.acts(b, past, elsewhere)
		f.late[prevote] = f.late[prevote] || n.acts(b, past, few, elsewhere) ||
			n.acts(b, past, few, consensus.Complete.Is(consensus.No))
	}
	for _, b := range n.questions[consensus.PrecommitAdded] {
		f.late[precommit] = f.late[precommit] || n.acts(b, past, consensus.PrecommitTally.In(consensus.Few, consensus.Mixed, consensus.ForNil))
	}
	return f
}

// votes is the set of what a validator may vote for in a round.
func (c *Config) votes(sender, r int) (set uint8) {
	for i, v := range values {
		switch {
		case !c.inPlay(v):
		case sender >= c.correct() && c.Backs != nil && c.Backs[r] != v:
		case sender < c.correct() && (slices.Contains(c.Silent, sender) || r >= c.stays(sender)):
		default:
			set |= 1 << i
		}
	}
	return set
}

// acts says whether some rule of a binding holds under conditions, of which those
// on what the binding does not ask are left out.
func (n *instance) acts(of *spec.Binding, conds ...spec.Cond) bool {
	conds = slices.DeleteFunc(conds, func(c spec.Cond) bool { return of.Position(c.Var) < 0 })
	where := spec.FullCube(of).And(conds...)
	return slices.ContainsFunc(n.table.All, func(r spec.Rule) bool {
		return r.Clause.Of == of && slices.ContainsFunc(r.Guard, func(c spec.Cube) bool { return !c.Meet(where).Empty() })
	})
}

// forget clears what makes no difference any more.
func (n *instance) forget(x *local) {
	if n.forgetting.off || x.stopped() {
		return
	}
	for r := range consensus.Round(n.config.rounds()) {
		h := &x.heard[r]
		for t := range h.votes {
			n.forgetVotes(x, consensus.VoteType(t), r)
		}
		if r < x.process.Round && n.node {
			h.proposalCopies = 0 // a proposal of a past round is dropped anyway
		}
	}
}

func (n *instance) forgetVotes(x *local, t consensus.VoteType, r consensus.Round) {
	votes := x.heard[r].votes[t][:n.config.Validators]
	won, alive := n.outlook(votes, r)
	if n.closed(&x.process, t, r, won, alive) {
		for sender := range votes {
			votes[sender] = spent | won
		}
		return
	}
	var done []uint8
	for sender, mask := range votes {
		if mask != 0 && n.adds(mask, sender, r) == 0 {
			mask = spent | mask&(won|alive)
			if n.node {
				mask |= won
			}
			votes[sender], done = mask, append(done, mask)
		}
	}
	slices.Sort(done)
	for sender, mask := range votes {
		if mask&spent != 0 {
			votes[sender], done = done[0], done[1:]
		}
	}
}

// outlook says which values have +2/3 of the votes, and which others still may.
func (n *instance) outlook(votes []uint8, r consensus.Round) (won, alive uint8) {
	var power, most [valueCount]int64
	for sender, mask := range votes {
		may := mask | n.adds(mask, sender, r)
		for i := range valueCount {
			power[i] += int64(mask >> i & 1)
			most[i] += int64(may >> i & 1)
		}
	}
	total := int64(len(votes))
	for i := range valueCount {
		switch {
		case consensus.TwoThirds(power[i], total):
			won |= 1 << i
		case consensus.TwoThirds(most[i], total):
			alive |= 1 << i
		}
	}
	return won, alive
}

// adds is the set of what a validator may still vote for, after what is here of it.
func (n *instance) adds(mask uint8, sender int, r consensus.Round) uint8 {
	c := &n.config
	if mask != 0 && (sender < c.correct() || n.node || mask&spent != 0 || c.Equivocation > 0 && bits.OnesCount8(mask) >= c.Equivocation) {
		return 0
	}
	return n.forgetting.may[r][sender] &^ mask
}

// closed says whether nothing that could be added to votes makes a difference.
// Won and alive are what outlook says of them.
func (n *instance) closed(p *consensus.Process, t consensus.VoteType, r consensus.Round, won, alive uint8) bool {
	const forNil = 1 << consensus.Nil
	switch f := &n.forgetting; {
	case r >= p.Round:
		return false
	case n.config.forgets == forgetsPast:
		return true
	case !n.node || t == consensus.PrecommitType:
		return !f.late[t] && (won|alive)&^forNil == 0
	case won|alive == 0:
		return !f.late[t]
	default: // a proposal's POLRound asks for a majority, whatever it is for
		return !f.latePolka && int(p.Round) == n.config.rounds()-1 && p.Held.Proposal && p.Held.POLRound != r
	}
}
