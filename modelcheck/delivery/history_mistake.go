package delivery

import "github.com/polka-bft/polka/spec/consensus"

// A Mistake is one that was made once in what surrounds the rules, where no clause
// can say it: a wrong that must show. history.go tells which bug each was.
type Mistake uint8

// The mistakes.
const (
	NoMistake Mistake = iota
	// UncheckedParts adds the parts of an own block to whatever part set is being
	// collected, without a look at its header.
	UncheckedParts
	// ZeroRounds begins a height with lockedRound and validRound 0 instead of −1.
	ZeroRounds
	// StaleWait begins a height with TriggeredTimeoutPrecommit as the last one left
	// it: set, so that line 47 does not happen for the first time any more.
	StaleWait
	// ProposalUnseen prevotes a block without asking whether there is a proposal,
	// and panics where there is none.
	ProposalUnseen
	// ProposalAsked precommits nil at a timeout unless there is a proposal.
	ProposalAsked
	// StaleTick: when a timeout takes the place of one whose timer has just run
	// out, the ticker leaves that in the channel of the timer, and takes it for
	// the end of the new one (ticker.go stopTimer before v0.38.8).
	StaleTick
	// StaleVote: a vote that is signed again keeps its new timestamp, with the
	// signature over the old one (state.go signVote before tendermint v0.34.12).
	StaleVote
	// StaleProposal: the same of a proposal (state.go decideProposal of v0.38).
	StaleProposal
	// ReplayClock: the log does not say when a proposal was received, so that none
	// is timely when the log is replayed (the WAL's MsgInfo before v1.0.0).
	ReplayClock
	// SkipReplay: a record that is cut off keeps the log of the height from being
	// replayed, and the node starts all the same (state.go OnStart before
	// tendermint v0.34).
	SkipReplay
	// LazyBlock: a block of one's own is in the log, but brought to the disk only
	// with the next thing that is (state.go receiveRoutine since v0.39.2).
	LazyBlock
	// EndlessDelay: the message delay grows from round to round beyond what an
	// int64 can hold (types/params.go InRound before v1.0.1).
	EndlessDelay
	mistakes = iota
)

// String says what goes wrong.
func (m Mistake) String() string {
	return [...]string{
		"none", "own parts unchecked", "rounds from 0", "timeoutPrecommit triggered before", "proposal not looked for",
		"no precommit without a proposal", "stale ticks", "stale signatures of votes", "stale signatures of proposals",
		"replay by the clock", "no replay", "lazy blocks", "endless delays",
	}[m]
}

// crashes says whether the mistake shows when a process starts from its log.
func (m Mistake) crashes() bool {
	switch m {
	case StaleVote, StaleProposal, ReplayClock, SkipReplay, LazyBlock:
		return true
	default:
		return false
	}
}

// fresh is what a process is at the beginning of a height.
func (c *Config) fresh() consensus.Process {
	p := consensus.NewProcess(0)
	switch c.Mistake {
	case ZeroRounds:
		p.LockedRound, p.ValidRound = 0, 0
	case StaleWait:
		p.Once47 = true
	default:
	}
	return p
}

// takesBlock gives a node the parts of a block, all at once, and reports whether
// that completes what it collects. Without the look at the header, a block of one
// part takes the place of the one that is missing.
func (s *step) takesBlock(x *local, sender int, m message) bool {
	h := &x.process.Held
	if s.config.Mistake == UncheckedParts && sender == s.self && h.Parts != consensus.Nil && !h.Whole {
		h.Whole, h.Block = true, m.of().Block()
		return true
	}
	return h.Parts == m.of() && x.process.TakeBlock(true)
}

// unseen reports whether a prevote takes a look at a proposal that is not there.
func (s *step) unseen(p *consensus.Process, o consensus.Output) bool {
	return s.config.Mistake == ProposalUnseen && o.Vote == consensus.PrevoteType && p.Held.Block != consensus.Nil && !p.Held.Proposal
}

// hide takes the block out of the sight of what follows from a timeout, if
// [ProposalAsked] says so, and returns what puts it back.
func (s *step) hide(x *local) (reveal func()) {
	h, round := &x.process.Held, x.process.Round
	if s.config.Mistake != ProposalAsked || h.Proposal || h.Block == consensus.Nil {
		return func() {}
	}
	s.hidden, h.Block = h.Block, consensus.Nil
	return func() {
		if x.process.Round == round && !x.stopped() {
			h.Block = s.hidden
		}
		s.hidden = consensus.Nil
	}
}
