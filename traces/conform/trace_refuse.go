package conform

import (
	"fmt"

	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/event"
)

// The reasons of the engine's machine for not keeping a message, as they stand
// in a log (impl/consensus.Reason).
const (
	earlierHeight    = "earlier height"
	laterHeight      = "later height"
	unknownValidator = "unknown validator"
	badRound         = "bad round"
	noValue          = "no value"
	duplicate        = "duplicate"
	notWanted        = "not wanted"
	roundTooFar      = "round too far"
	tooManyValues    = "too many values"
)

// maxRound is the last round that the machine takes a message of.
const maxRound = 1 << 20

// refused judges that the machine did not keep a message. Most reasons can be
// checked. The bounds of the machine are taken at their word, but then not every
// rule that the node leaves is a divergence. Of a vote in a round too far ahead
// the sender is remembered, for line 55.
func (j *traceJudge) refused(in, why *placed) error {
	stands, bound := j.refusable(in, why.Reason)
	if !stands || !j.started {
		return j.diverge(why, fmt.Sprintf("refused the input of line %d for %q", in.line, why.Reason), "have no such reason to")
	}
	j.rep.Counts.explained("input, refused: " + why.Reason)
	j.rep.Counts.explained("refusal")
	if !bound {
		return nil
	}
	j.partial = true
	if v := in.Vote; v != nil && why.Reason == roundTooFar {
		j.log.AddVote(voteType(v.Type), v.Round, j.value(v.Value), v.Validator)
		return j.heard(in, v.Round)
	}
	return nil
}

// refusable reports whether the reason is right, and whether it is a bound of
// the machine rather than a matter of the message alone.
func (j *traceJudge) refusable(in *placed, reason string) (stands, bound bool) {
	if in.NewValue != nil {
		return reason == notWanted && !j.wants(in.NewValue) || reason == noValue && in.NewValue.Value == (event.Value{}), false
	}
	var height int64
	var round consensus.Round
	switch {
	case in.Proposal != nil:
		height, round = in.Proposal.Height, in.Proposal.Round
	case in.Vote != nil:
		height, round = in.Vote.Height, in.Vote.Round
	default:
		return false, false
	}
	here := height == j.p.Height
	switch reason {
	case earlierHeight:
		return height < j.p.Height, false
	case laterHeight:
		return height > j.p.Height, false
	case unknownValidator:
		return in.Vote != nil && (in.Vote.Validator < 0 || in.Vote.Validator >= len(j.powers)), false
	case noValue:
		return in.Proposal != nil && in.Proposal.Value == (event.Value{}), false
	case badRound:
		return round < 0 || round > maxRound || in.Proposal != nil && in.Proposal.POLRound < -1, true
	case duplicate:
		return here && j.held(in), false
	case roundTooFar:
		return here && round > j.p.Round && j.validSender(in), true
	case tooManyValues:
		return here && j.validSender(in), true
	}
	return false, false
}

func (j *traceJudge) validSender(in *placed) bool {
	return in.Vote == nil || in.Vote.Validator >= 0 && in.Vote.Validator < len(j.powers)
}

// held reports whether the message is in the log of the height already.
func (j *traceJudge) held(in *placed) bool {
	if p := in.Proposal; p != nil {
		return j.log.Proposed(p.Round, j.value(p.Value), p.POLRound)
	}
	v := in.Vote
	return j.validSender(in) && !j.log.AddVote(voteType(v.Type), v.Round, j.value(v.Value), v.Validator)
}
