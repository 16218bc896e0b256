package consensus_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/spec/consensus/scenario"
)

// A player is a process that plays a script on the rules of one dialect. What it
// says comes back to it before the next message, as from CometBFT's internal
// queue, and its timeouts expire when the script says so. It answers what rules
// ask of their surroundings with what the head of the script says.
type player struct {
	head     *scenario.Head
	dialect  *consensus.Dialect
	rotation *consensus.Rotation
	fired    map[string]int // rules, by name

	self    int
	p       consensus.Process
	begun   bool // Algorithm 1: StartRound(0) was called
	behind  bool // the clock is behind the last block
	decided map[int]bool
	heard   // in this height

	own []scenario.Input // messages of its own, to come back
	out []string         // of the input that is played
}

// heard is what a process has of its height.
type heard struct {
	log       *consensus.Log
	proposals []scenario.Input // Algorithm 1: whose block may be missing
	blocks    map[consensus.Value]bool
	voted     map[castBallot]consensus.Value // the first vote of each validator
	started   map[startedTimeout]bool
}

type castBallot struct {
	kind      consensus.VoteType
	round     consensus.Round
	validator int
}

type startedTimeout struct {
	verb  string
	round consensus.Round
}

var (
	voteTypes = map[string]consensus.VoteType{"PREVOTE": consensus.PrevoteType, "PRECOMMIT": consensus.PrecommitType}
	timeouts  = []string{"timeoutPropose", "timeoutPrevote", "timeoutPrecommit", "timeoutNewRound"} // by TimeoutKind
	tocks     = map[string]consensus.TockKind{
		"timeoutPropose": consensus.TockPropose, "timeoutPrevote": consensus.TockPrevoteWait,
		"timeoutPrecommit": consensus.TockPrecommitWait, "timeoutNewRound": consensus.TockNewRound,
	}
)

func newPlayer(s *scenario.Script, d *consensus.Dialect) *player {
	pl := &player{
		head: &s.Head, dialect: d, fired: map[string]int{},
		rotation: consensus.NewRotation(s.Head.Height, s.Head.Validators),
	}
	pl.become(s.Head.Self)
	return pl
}

// become begins the run of a validator.
func (pl *player) become(self int) {
	pl.self, pl.p, pl.begun = self, consensus.NewProcess(pl.head.Height), false
	pl.behind, pl.decided = pl.set("clock-behind"), nil
	if pl.node() {
		pl.p.Step = consensus.NewHeight
	}
	pl.forget()
}

// node reports whether the dialect is one of CometBFT.
func (pl *player) node() bool { return pl.dialect.Questions != nil }

// forget is what a new height does.
func (pl *player) forget() {
	pl.heard = heard{
		log:    consensus.NewLog(pl.head.Validators, pl.valid),
		blocks: map[consensus.Value]bool{}, voted: map[castBallot]consensus.Value{}, started: map[startedTimeout]bool{},
	}
}

// play gives the process an input, and says in words what follows.
func (pl *player) play(in scenario.Input) string {
	if in.Verb == "as" {
		pl.become(in.From[0])
		return "nothing"
	}
	before := pl.look()
	pl.out = nil
	for _, one := range in.Single() {
		if ignored := pl.hear(one); ignored != "" {
			pl.out = append(pl.out, "ignored: "+ignored)
		}
		for len(pl.own) > 0 {
			next := pl.own[0]
			pl.own = pl.own[1:]
			pl.hear(next)
		}
	}
	pl.out = append(pl.out, pl.look().changes(before)...)
	if len(pl.out) == 0 {
		return "nothing"
	}
	return strings.Join(pl.out, "; ")
}

// hear takes one input, and says why it is ignored, if it is.
func (pl *player) hear(in scenario.Input) (ignored string) {
	if in.Height == scenario.Here {
		in.Height = pl.p.Height
	}
	switch {
	case pl.p.Panicked:
		return "dead"
	case !pl.node() && !pl.begun && in.Verb != "height":
		return "not started"
	case in.Height > pl.p.Height:
		return "later height"
	case in.Height < pl.p.Height && pl.node() && in.Verb == "PRECOMMIT" && in.Height == pl.p.Height-1:
		return pl.hearLate(in)
	case in.Height < pl.p.Height:
		return "earlier height"
	}
	if _, timeout := tocks[in.Verb]; timeout && !pl.started[startedTimeout{in.Verb, in.Round}] {
		return "not started"
	}
	if pl.node() {
		return pl.hearNode(in)
	}
	return pl.hearPaper(in)
}

// hearPaper takes an input under the rules of the paper.
func (pl *player) hearPaper(in scenario.Input) (ignored string) {
	v := valueNamed(in.Value)
	switch in.Verb {
	case "height":
		if pl.begun {
			return "already started"
		}
		pl.begun = true
		pl.call(consensus.Choice{Of: consensus.StartRound, Height: pl.p.Height})
	case "PROPOSAL", "block":
		if in.Verb == "PROPOSAL" {
			if slices.ContainsFunc(pl.proposals, func(p scenario.Input) bool {
				return p.Round == in.Round && p.Value == in.Value && p.POLRound == in.POLRound
			}) {
				return "duplicate"
			}
			pl.proposals = append(pl.proposals, in)
		}
		pl.blocks[v] = pl.blocks[v] || !in.WithoutBlock
		for _, p := range pl.proposals {
			if v := valueNamed(p.Value); pl.blocks[v] {
				pl.log.AddProposal(pl.rotation.Proposer(pl.p.Height, p.Round), p.Round, v, p.POLRound)
			}
		}
	case "PREVOTE", "PRECOMMIT":
		if !pl.log.AddVote(voteTypes[in.Verb], in.Round, v, in.From[0]) {
			return "duplicate"
		}
	case "timeoutPropose", "timeoutPrevote", "timeoutPrecommit":
		kind := consensus.TimeoutKind(slices.Index(timeouts, in.Verb))
		pl.call(consensus.Choice{Of: consensus.OnTimeout, Height: in.Height, Round: in.Round, Timeout: kind})
	default:
		return "not of Algorithm 1"
	}
	pl.settle()
	return ""
}

// maxFirings is more than any rules fire on one message.
const maxFirings = 64

// settle fires the most urgent rule of all choices until there is none.
func (pl *player) settle() {
	for range maxFirings {
		var urgent *spec.Rule
		var with consensus.Choice
		for _, c := range pl.log.Choices(&pl.p) {
			id := pl.dialect.Table.Next(pl.p.Observe(c, pl.log, pl))
			switch {
			case id == spec.Unreachable:
				panic(fmt.Sprintf("an impossible observation of %+v", c))
			case id == spec.Wait:
			case urgent == nil || pl.dialect.Table.Rule(id).Rank < urgent.Rank:
				urgent, with = pl.dialect.Table.Rule(id), c
			}
		}
		if urgent == nil {
			return
		}
		pl.call(with)
	}
	panic("the rules do not come to rest")
}

// hearNode takes an input under the rules of CometBFT.
func (pl *player) hearNode(in scenario.Input) (ignored string) {
	v := valueNamed(in.Value)
	switch in.Verb {
	case "height":
		pl.call(consensus.Choice{Height: in.Height, Tock: consensus.TockNewHeight}, pl.dialect.Questions[consensus.TimeoutDelivered]...)
	case "PROPOSAL":
		if in.Round != pl.p.Round {
			return "not of this round"
		}
		if !pl.p.TakeProposal(v, in.POLRound) {
			return "not the first of this round"
		}
		if !in.WithoutBlock {
			pl.hearBlock(v, true)
		}
	case "block":
		return pl.hearBlock(v, !in.Spoilt)
	case "PREVOTE", "PRECOMMIT":
		ballot := castBallot{voteTypes[in.Verb], in.Round, in.From[0]}
		switch first, voted := pl.voted[ballot]; {
		case voted && first == v:
			return "duplicate"
		case voted:
			return "conflicting"
		}
		pl.voted[ballot] = v
		pl.log.AddVote(ballot.kind, in.Round, v, in.From[0])
		event := map[consensus.VoteType]consensus.Event{
			consensus.PrevoteType: consensus.PrevoteAdded, consensus.PrecommitType: consensus.PrecommitAdded,
		}[ballot.kind]
		pl.call(consensus.Choice{Round: in.Round}, pl.dialect.Questions[event]...)
	case "transactions":
		pl.call(consensus.Choice{}, pl.dialect.Questions[consensus.TransactionsCame]...)
	case "timeoutNewRound", "timeoutPropose", "timeoutPrevote", "timeoutPrecommit":
		pl.behind = pl.behind && in.Verb != "timeoutNewRound"
		pl.call(consensus.Choice{Height: in.Height, Round: in.Round, Tock: tocks[in.Verb]}, pl.dialect.Questions[consensus.TimeoutDelivered]...)
	default:
		return "not of CometBFT"
	}
	return ""
}

// hearBlock takes the last part of a block that is collected.
func (pl *player) hearBlock(v consensus.Value, decodes bool) (ignored string) {
	if pl.p.Held.Parts != v || !pl.p.TakeBlock(decodes) {
		return "not collected"
	}
	pl.call(consensus.Choice{Round: pl.p.Round}, pl.dialect.Questions[consensus.BlockCompleted]...)
	return ""
}

// hearLate takes a precommit of the last height.
func (pl *player) hearLate(in scenario.Input) (ignored string) {
	if pl.decided[in.From[0]] {
		return "duplicate"
	}
	if pl.decided != nil && pl.p.Step == consensus.NewHeight {
		pl.decided[in.From[0]] = true
	}
	pl.call(consensus.Choice{}, pl.dialect.Questions[consensus.LatePrecommit]...)
	return ""
}

// call asks what follows from a choice, for each of the bindings or for its own,
// and takes up what the rules say.
func (pl *player) call(c consensus.Choice, bindings ...*spec.Binding) {
	run := consensus.Run{
		Table: pl.dialect.Table, Messages: pl.log, Env: pl,
		Fired: func(f consensus.Fired) { pl.fired[f.Rule.Name]++ },
	}
	if len(bindings) == 0 {
		bindings = []*spec.Binding{c.Of}
	}
	height := pl.p.Height
	var out []consensus.Output
	for _, b := range bindings {
		c.Of = b
		out = run.Ask(&pl.p, c, out)
	}
	for _, o := range out {
		pl.say(o, height)
	}
}

// say takes up one output, of a process that was at the height before the input.
func (pl *player) say(o consensus.Output, height int64) {
	name := valueName(o.Value)
	words := ""
	switch o.Kind {
	case consensus.ProposalOutput:
		words = fmt.Sprintf("PROPOSAL(%d, %s, %d)", o.Round, name, o.POLRound)
		pl.own = append(pl.own, scenario.Input{Verb: "PROPOSAL", Height: o.Height, Round: o.Round, Value: name, POLRound: o.POLRound})
	case consensus.VoteOutput:
		if pl.self < 0 {
			return
		}
		words = fmt.Sprintf("%v(%d, %s)", o.Vote, o.Round, name)
		if o.Extended {
			words += " with an extension"
		}
		pl.own = append(pl.own, scenario.Input{Verb: o.Vote.String(), Height: o.Height, Round: o.Round, Value: name, From: []int{pl.self}})
	case consensus.TimeoutOutput:
		verb := timeouts[o.Timeout]
		words = fmt.Sprintf("start %s(%d)", verb, o.Round)
		pl.started[startedTimeout{verb, o.Round}] = true
	case consensus.DecisionOutput:
		words = fmt.Sprintf("decide %s by round %d", name, o.Round)
		pl.decided = map[int]bool{}
		for b := range pl.voted {
			if b.kind == consensus.PrecommitType && b.round == o.Round {
				pl.decided[b.validator] = true
			}
		}
		pl.forget()
	case consensus.PanicOutput:
		words = o.Message
	case consensus.StepOutput: // the state shows it
		return
	}
	if at := height; o.Height != at && (pl.p.Height == at || o.Height != at+1) {
		words += fmt.Sprintf(" at height %d", o.Height)
	}
	pl.out = append(pl.out, words)
}

// The answers to what rules ask of their surroundings.

var _ consensus.NodeEnvironment = (*player)(nil)

func (pl *player) set(setting string) bool { return slices.Contains(pl.head.Settings, setting) }

func among(values string, v consensus.Value) bool {
	return slices.Contains(strings.Fields(values), valueName(v.Block()))
}

// valid is valid(v), and for CometBFT ValidateBlock alone.
func (pl *player) valid(v consensus.Value) bool {
	return !among(pl.head.Invalid, v) && (pl.node() || !among(pl.head.Rejected, v))
}

func (pl *player) Proposer(height int64, r consensus.Round) bool {
	return pl.rotation.Proposer(height, r) == pl.self
}

func (pl *player) GetValue() consensus.Value {
	if pl.head.Proposes == "" {
		panic("the head of the script does not say what the process proposes")
	}
	return valueNamed(pl.head.Proposes)
}

func (pl *player) Accepted(v consensus.Value) bool { return !among(pl.head.Rejected, v) }
func (pl *player) Dated(_ consensus.Round, v consensus.Value) bool {
	return !among(pl.head.Misdated, v)
}

func (pl *player) Timely(_ consensus.Round, v consensus.Value) bool {
	return !among(pl.head.Untimely, v)
}
func (pl *player) Early(int64, consensus.Round) bool { return pl.behind }
func (pl *player) AwaitsTransactions(int64) bool     { return pl.set("await-transactions") }
func (pl *player) SkipsTimeoutCommit() bool          { return pl.set("skip-timeout-commit") }
func (pl *player) Extends(int64) bool                { return pl.set("extend-votes") }

func (pl *player) LastCommit(int64) consensus.LastCommitValue {
	switch len(pl.decided) {
	case 0:
		return consensus.LastNone
	case len(pl.head.Validators):
		return consensus.LastAll
	}
	return consensus.LastSome
}

// valueNamed is the value with the name of a letter; each ' after it is one more
// part-set header of the block.
func valueNamed(name string) consensus.Value {
	if name == "nil" || name == "" {
		return consensus.Nil
	}
	letter := strings.TrimRight(name, "'")
	if len(letter) != 1 {
		panic("no value has the name " + name)
	}
	return consensus.Value(letter[0]).Under(len(name) - 1)
}

func valueName(v consensus.Value) string {
	if v == consensus.Nil {
		return "nil"
	}
	return string(rune(v.Block())) + strings.Repeat("'", v.Header())
}

// A view is what scripts show of a state.
type view struct {
	height       int64
	round        consensus.Round
	step         string
	locked, kept string // value@round; kept is the valid value
	wants        string // the block that is collected
}

func (pl *player) look() view {
	p := &pl.p
	w := view{height: p.Height, round: p.Round, step: stepWord(p.Step)}
	if !pl.begun && !pl.node() {
		w.step = ""
	}
	if p.LockedRound != -1 || p.LockedValue != consensus.Nil {
		w.locked = fmt.Sprintf("%s@%d", valueName(p.LockedValue), p.LockedRound)
	}
	if p.ValidRound != -1 || p.ValidValue != consensus.Nil {
		w.kept = fmt.Sprintf("%s@%d", valueName(p.ValidValue), p.ValidRound)
	}
	if p.Held.Parts != consensus.Nil && !p.Held.Whole {
		w.wants = valueName(p.Held.Parts)
	}
	return w
}

func stepWord(s consensus.StepValue) string {
	return consensus.NodeStep.Variable().Values[consensus.NodeStepOf(s)]
}

// changes says what is different from before. A new height begins with nothing.
func (w view) changes(before view) []string {
	var out []string
	if w.height != before.height {
		out = append(out, fmt.Sprintf("height %d", w.height))
		before = view{height: w.height}
	}
	if w.round != before.round {
		out = append(out, fmt.Sprintf("round %d", w.round))
	}
	if w.step != before.step {
		out = append(out, "step "+w.step)
	}
	for _, c := range []struct{ word, now, was string }{
		{"locked", w.locked, before.locked}, {"valid", w.kept, before.kept}, {"wants block", w.wants, before.wants},
	} {
		switch {
		case c.now == c.was:
		case c.now != "":
			out = append(out, c.word+" "+c.now)
		case c.word == "locked":
			out = append(out, "unlocked")
		case c.word == "valid":
			out = append(out, "no valid value")
		}
	}
	return out
}
