package quotient

import (
	"slices"

	"github.com/polka-bft/polka/spec/consensus"
)

// Habits are what a CometBFT node does in single steps without which nobody is in
// danger, but somebody waits for ever, or acts early. Config.Habits asks for them.
// Where they speak of what has been added, they mean what the node finds in its
// votes in that step.

// habitual says whether the habits of a node are asked for.
func habitual(c *Config) bool { return c.Habits && isNode(c) }

// habitualAndOld: and the rules are those from before the paper.
func habitualAndOld(c *Config) bool {
	return habitual(c) && c.Dialect == consensus.CometBFTv038Rules.Name
}

// habitualAndWhole: and no block has two ids, or they are compared wholly.
func habitualAndWhole(c *Config) bool { return habitual(c) && wholeIDs(c) }

// habitualAndHonest: and the faulty power is what the algorithm stands.
func habitualAndHonest(c *Config) bool { return habitualAndWhole(c) && 3*c.Byzantine < c.Validators }

// heard is how the votes were heard in the step: a tally, or few.
func (j *judge) heard(t consensus.VoteType, r consensus.Round) int {
	if r < 0 || int(r) >= j.rounds {
		return few
	}
	return max(few, int(j.oracle.heard[t][r]))
}

// happened says whether the step is an event of a kind.
func (j *judge) happened(e consensus.Event) bool { return j.asked && j.event == e }

// offered says whether the node has a proposal and its block when the rules are
// asked.
func (j *judge) offered() bool {
	h := &j.before.process.Held
	return h.Proposal && (h.Block != consensus.Nil || j.happened(consensus.BlockCompleted))
}

// block is the block that the node has when the rules are asked, or Nil.
func (j *judge) block() consensus.Value {
	h := &j.before.process.Held
	if j.happened(consensus.BlockCompleted) {
		return h.Parts.Block()
	}
	return h.Block
}

// finds looks at what a step hears, before what comes of it.
func (j *judge) finds() {
	x := &j.before.process
	if !j.happened(consensus.PrecommitAdded) || x.Step != consensus.Commit || x.LockedValue == consensus.Nil {
		return
	}
	tally := j.heard(consensus.PrecommitType, j.choice.Round)
	if (tally == letterV0 || tally == letterV1) && !j.other(j.values[tally], x.LockedValue) {
		j.breaks(locksCommitted)
	}
}

// habits looks at a whole step.
func (j *judge) habits(outputs []consensus.Output) {
	x, y, to := &j.before.process, &j.step.to.process, &j.step.to
	if y.Panicked {
		return
	}
	j.tells(outputs)
	if to.decision != consensus.Nil {
		if j.happened(consensus.BlockCompleted) {
			j.sees(seesLastPart)
		}
		return
	}
	if y.Height != x.Height {
		return
	}
	started := map[consensus.Timeout]bool{}
	for _, o := range outputs {
		switch {
		case int(o.Round) >= j.rounds:
		case o.Kind == consensus.VoteOutput && o.Vote == consensus.PrevoteType:
			j.prevoted(o)
		case o.Kind == consensus.VoteOutput:
			j.precommitted(o)
		case o.Kind == consensus.TimeoutOutput:
			started[consensus.Timeout{Round: o.Round, Tock: o.Timeout.Tock()}] = true
			j.starts(o)
		}
	}
	if int(y.Round) < j.rounds {
		j.steps()
		j.waits(started)
	} else if y.Round > x.Round {
		j.needs(roundsFollowed, j.enough(consensus.PrecommitType, consensus.Round(j.rounds-1)))
	}
	j.answers()
	j.learns()
	j.obeys()
}

// tells looks at the steps that are told to peers and the log.
func (j *judge) tells(outputs []consensus.Output) {
	x, y := &j.before.process, &j.step.to.process
	told := slices.DeleteFunc(slices.Clone(outputs), func(o consensus.Output) bool { return o.Kind != consensus.StepOutput })
	round := x.Round
	for _, o := range told {
		if o.Height == x.Height && o.Round > round && o.Step != consensus.Propose {
			j.breaks(stepsTold)
		}
		round = max(round, o.Round)
	}
	if x.Height == y.Height && x.Round == y.Round && x.Step == y.Step && x.Once34 == y.Once34 {
		return
	}
	last := consensus.Output{Kind: consensus.StepOutput, Height: y.Height, Round: y.Round, Step: y.Step, Waiting: y.Once34}
	if len(told) == 0 || told[len(told)-1] != last {
		j.breaks(stepsTold)
	}
}

func (j *judge) prevoted(o consensus.Output) {
	x := &j.before.process
	switch {
	case o.Value != consensus.Nil && j.happened(consensus.TimeoutDelivered) && j.choice.Tock == consensus.TockNewHeight:
		j.sees(seesEarly)
	case o.Value != consensus.Nil && j.happened(consensus.PrevoteAdded) && j.choice.Round < x.Round:
		j.sees(seesProof)
	case j.happened(consensus.BlockCompleted) && x.Step == consensus.NewHeight:
		j.sees(seesAhead)
	case j.happened(consensus.BlockCompleted) && x.Step == consensus.Propose:
		j.sees(seesPrompt)
	}
	timed := j.happened(consensus.TimeoutDelivered) && j.choice.Tock == consensus.TockPropose && j.choice.Round == o.Round
	if o.Value == consensus.Nil && !timed && !(j.offered() && x.Round == o.Round) {
		j.breaks(noHaste)
	}
	if o.Value == consensus.Nil && x.Round == o.Round && j.offered() && j.acceptable() {
		j.breaks(proposalAnswered)
	}
	if j.happened(consensus.PrevoteAdded) && j.choice.Round != x.Held.POLRound {
		j.breaks(votesInTime)
	}
}

// acceptable says whether the block that is proposed is one to prevote: valid, with
// its polka if it is said to have one, and not against the lock.
func (j *judge) acceptable() bool {
	p, v := &j.before.process, j.block()
	vr := p.Held.POLRound
	backed := vr < 0
	if tally := j.heard(consensus.PrevoteType, vr); tally == letterV0 || tally == letterV1 {
		backed = j.values[tally].Block() == v
	}
	free := p.LockedRound < 0 || p.LockedRound <= vr || p.LockedValue.Block() == v
	return v != Invalid && backed && free
}

func (j *judge) precommitted(o consensus.Output) {
	x, y, to := &j.before.process, &j.step.to.process, &j.step.to
	r := o.Round
	if j.happened(consensus.BlockCompleted) && j.before.voted[consensus.PrevoteType]>>r&1 == 1 {
		j.breaks(votesInTime)
	}
	if to.voted[consensus.PrevoteType]>>r&1 == 0 {
		j.needs(prevotesFirst, j.enough(consensus.PrecommitType, r))
	}
	switch {
	case j.happened(consensus.BlockCompleted) && o.Value == consensus.Nil:
		j.sees(seesBlockNil)
	case j.happened(consensus.BlockCompleted):
		j.sees(seesBlockLock)
	case j.happened(consensus.PrecommitAdded) && j.heard(consensus.PrecommitType, r) == letterNil:
		j.sees(seesFollow)
	}
	if o.Value != consensus.Nil {
		if y.Round == r && (y.LockedValue != o.Value || y.LockedRound != r) {
			j.breaks(precommitsLock)
		}
		return
	}
	tally := j.heard(consensus.PrevoteType, r)
	if (j.happened(consensus.PrevoteAdded) || j.happened(consensus.BlockCompleted)) && (tally == few || tally == mixed) {
		j.breaks(nilJustified) // it takes a timeout
	}
	if tally == letterV0 || tally == letterV1 {
		v := j.values[tally]
		if x.Round == r && j.block() == v.Block() {
			j.breaks(polkaPrecommitted)
		}
		if y.Round == r && y.Step == consensus.Precommit && y.Held.Parts != v {
			j.breaks(polkaFollowed)
		}
	}
	if j.happened(consensus.PrevoteAdded) && (tally == letterV0 || tally == letterV1) {
		j.breaks(votesAnswered)
	}
	if tally != few && tally != mixed && y.Round == r && y.LockedValue != consensus.Nil {
		j.breaks(nilUnlocks)
	}
}

// starts looks at a timeout that is started.
func (j *judge) starts(o consensus.Output) {
	x := &j.before.process
	here := x.Round == o.Round
	switch o.Timeout {
	case consensus.TimeoutPropose:
		if here && place(x) >= consensus.NodePropose {
			j.breaks(timeoutsInPlace)
		}
	case consensus.TimeoutPrevote:
		if here && place(x) > consensus.NodePrevote {
			j.breaks(timeoutsInPlace)
		}
		j.needs(timeoutsInPlace, j.enough(consensus.PrevoteType, o.Round))
	case consensus.TimeoutPrecommit:
		j.needs(timeoutsInPlace, j.enough(consensus.PrecommitType, o.Round))
	default:
		j.breaks(timeoutsInPlace) // nobody waits for anything else
	}
}

// place is where a node is in its round.
func place(p *consensus.Process) consensus.NodeStepValue { return consensus.NodeStepOf(p.Step) }

// steps looks at where the node is after the step.
func (j *judge) steps() {
	x, y, to := &j.before.process, &j.step.to.process, &j.step.to
	h := &y.Held
	if y.Step == consensus.Commit {
		switch r := h.CommitRound; {
		case r == y.Round && to.voted[consensus.PrecommitType]>>r&1 == 0:
			j.breaks(votesBeforeCommit)
		case r < 0 || h.Parts == consensus.Nil:
			j.breaks(commitCollects)
		case x.Step != consensus.Commit || x.Held.Parts != h.Parts || x.Held.CommitRound != r:
			j.needs(commitCollects, j.backed(consensus.PrecommitType, r, h.Parts))
		}
		// Later it may hear less than when it began to commit.
		asks := x.Step != consensus.Commit || j.happened(consensus.BlockCompleted)
		if r := h.CommitRound; asks && h.Whole && j.heard(consensus.PrecommitType, r) == j.values.letter(h.Parts) {
			j.breaks(noDeadEnd)
		}
	}
	if r := h.CommitRound; x.Step == consensus.Commit && j.happened(consensus.BlockCompleted) && r >= 0 && int(r) < j.rounds &&
		j.claims[noDeadEnd] && j.oracle.heard[consensus.PrecommitType][r] == unheard {
		j.breaks(noDeadEnd) // it does not look whether it may decide
	}
	if was := &x.Held; x.Round == y.Round &&
		(was.Proposal && !h.Proposal || was.Block != consensus.Nil && h.Block == consensus.Nil && (h.Parts == consensus.Nil || h.Parts == was.Parts)) {
		j.breaks(proposalKept)
	}
	if h.Block != consensus.Nil && h.Block != h.Parts.Block() {
		j.breaks(blockOfItsParts)
	}
}

// waits looks for timeouts that should have been started.
func (j *judge) waits(started map[consensus.Timeout]bool) {
	x, y := &j.before.process, &j.step.to.process
	fresh := y.Round != x.Round
	missing := func(tock consensus.TockKind, since bool) {
		if since && !started[consensus.Timeout{Round: y.Round, Tock: tock}] {
			j.breaks(timeoutsStarted)
		}
	}
	missing(consensus.TockPropose, fresh || x.Step == consensus.NewHeight && j.happened(consensus.TimeoutDelivered))
	missing(consensus.TockPrevoteWait, y.Once34 && (fresh || !x.Once34))
	missing(consensus.TockPrecommitWait, y.Once47 && (fresh || !x.Once47))
}

// answers looks at what follows from a vote that was added.
func (j *judge) answers() {
	x, y := &j.before.process, &j.step.to.process
	r := j.choice.Round
	switch {
	case j.happened(consensus.PrevoteAdded):
		tally := j.heard(consensus.PrevoteType, r)
		if tally != few && tally != mixed && r <= x.Round && x.LockedValue != consensus.Nil && x.LockedRound < r &&
			j.other(x.LockedValue, j.values[tally]) && y.LockedValue == x.LockedValue && y.LockedRound == x.LockedRound {
			j.breaks(polkaUnlocks)
		}
		switch {
		case tally == few:
		case r > x.Round && y.Round < r:
			j.breaks(roundsFollowed)
		case r != x.Round || y.Round != r || y.Step == consensus.Commit:
		case tally == letterV0 || tally == letterV1:
			if v := j.values[tally]; y.Held.Parts != v && (y.ValidValue != v || y.ValidRound != r) {
				j.breaks(polkaFollowed)
			}
			here := x.Held.Proposal && x.Held.POLRound < 0 && x.Held.Block == j.values[tally].Block()
			if x.Step == consensus.Prevote && y.Step == consensus.Prevote && (here || !y.Once34) {
				j.breaks(votesAnswered)
			}
		case x.Step == consensus.Prevote && tally == letterNil && y.Step == consensus.Prevote,
			x.Step == consensus.Prevote && tally == mixed && !y.Once34:
			j.breaks(votesAnswered)
		}
	case j.happened(consensus.PrecommitAdded):
		tally := j.heard(consensus.PrecommitType, r)
		switch {
		case tally == few:
		case tally == letterV0 || tally == letterV1:
			if y.Step != consensus.Commit {
				j.breaks(votesAnswered)
			}
		case r > x.Round && y.Round < r:
			j.breaks(roundsFollowed)
		case r >= x.Round && !(y.Round == r && y.Once47):
			j.breaks(votesAnswered)
		}
	}
}

// learns looks at what follows for the valid value from a prevote or a block.
func (j *judge) learns() {
	x, y := &j.before.process, &j.step.to.process
	if y.Round != x.Round || !j.happened(consensus.BlockCompleted) && !(j.happened(consensus.PrevoteAdded) && j.choice.Round == x.Round) {
		return
	}
	tally := j.heard(consensus.PrevoteType, x.Round)
	if (tally == letterV0 || tally == letterV1) && j.block() == j.values[tally].Block() && y.ValidRound != x.Round {
		j.breaks(polkaValid)
	}
}

// obeys looks at what follows from a timeout.
func (j *judge) obeys() {
	if !j.happened(consensus.TimeoutDelivered) {
		return
	}
	x, y := &j.before.process, &j.step.to.process
	before, after := place(x), place(y)
	if y.Round > x.Round {
		after = consensus.NodeCommit
	}
	heeded, obeyed := false, false
	switch j.choice.Tock {
	case consensus.TockNewHeight:
		heeded, obeyed = before == consensus.NodeNewHeight, after >= consensus.NodePropose
	case consensus.TockPropose:
		heeded, obeyed = before < consensus.NodePrevote, after >= consensus.NodePrevote
	case consensus.TockPrevoteWait:
		heeded, obeyed = before < consensus.NodePrecommit, after >= consensus.NodePrecommit
	case consensus.TockPrecommitWait:
		precommitted := j.step.to.voted[consensus.PrecommitType]>>x.Round&1 == 1
		heeded, obeyed = before < consensus.NodeCommit, y.Round > x.Round && precommitted
	case consensus.TockNewRound:
	}
	heeded = heeded && j.choice.Round == x.Round
	if heeded && !obeyed || !heeded && (*x != *y || !j.step.sends.nothing()) {
		j.breaks(timeoutsObeyed)
	}
}
