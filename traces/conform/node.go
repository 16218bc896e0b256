package conform

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/traces/cometbft"
)

// A node is the interpreted state machine of one CometBFT node at one height:
// what it must have done, given the inputs that its log shows.
type node struct {
	dialect    *consensus.Dialect
	observed   func(spec.Observation)
	validators *validators
	p          consensus.Process
	set        cometbft.ValidatorSet
	votes      *heightVotes
	names      names
	parts      *cometbft.PartSet
	partsOf    cometbft.BlockID
	nextSets   map[consensus.Value]string // by complete block of this height: the hash of the set it names for the next
	next       string                     // the hash that the block decided last named for this height

	due       []due                  // records that must come next, in order
	promises  map[promiseKey]promise // own votes that rules called for, this height and the last
	proposing map[consensus.Round]proposing
	proposed  map[consensus.Round]cometbft.BlockID // own proposals of this height that are logged
	waits     map[consensus.Round]bool             // supposed: rounds that wait in step newRound
	timers    map[timerKey]time.Time               // started at this height, and when: zero where the log does not say
	now       time.Time                            // of the input at hand
	pbts      *pbts                                // of this height
	rules     map[string]int                       // fired, by name, and not yet in the report
	saw       sight                                // what the last voting rule saw
	panicked  string                               // with this message, by a rule
	paper     *paper                               // holds every act against Algorithm 1; nil when not asked for
}

// due is a record that the rules demand.
type due struct {
	end    bool // ENDHEIGHT of height, otherwise a step
	height int64
	round  consensus.Round
	step   string
	by     consensus.Fired
}

// same reports whether both are for the same record, by whatever rules.
func (d due) same(e due) bool {
	return d.end == e.end && d.height == e.height && d.round == e.round && d.step == e.step
}

func (d due) String() string {
	if d.end {
		return fmt.Sprintf("the end of height %d", d.height)
	}
	return fmt.Sprintf("step %d/%d/%s", d.height, d.round, d.step)
}

// demand names the record that is due and the rule behind it.
func (d due) demand() string {
	if d.by.Rule == nil {
		return d.String()
	}
	return fmt.Sprintf("%v, by rule %s", d, d.by.Rule.Name)
}

type promiseKey struct {
	height int64
	kind   consensus.VoteType
	round  consensus.Round
}

// promise is a vote that a rule called for: it is in the log later, when the
// node takes it from its own queue, or never, when signing failed.
type promise struct {
	id   cometbft.BlockID // what the rule said
	by   consensus.Fired
	saw  sight            // what the rule saw
	seen bool             // the vote is in the log
	cast cometbft.BlockID // and is for this
}

// proposing is the state in which a node entered a round: what a proposal of
// its own must carry.
type proposing struct {
	validRound consensus.Round
	validValue cometbft.BlockID
}

type timerKey struct {
	tock  consensus.TockKind
	round consensus.Round
}

// names maps the block ids of a height to the numbers that rules work on: the
// ids of one block, by its hash, are values of one block.
type names struct {
	ids     map[consensus.Value]cometbft.BlockID
	num     map[cometbft.BlockID]consensus.Value
	blocks  map[string]consensus.Value // by hash
	headers map[consensus.Value]int    // how many ids a block has
}

func newNames() names {
	return names{
		ids: map[consensus.Value]cometbft.BlockID{consensus.Nil: {}}, num: map[cometbft.BlockID]consensus.Value{},
		blocks: map[string]consensus.Value{}, headers: map[consensus.Value]int{},
	}
}

// errNames says that a height of a log has more block ids than there are numbers:
// no real one comes near, and one that is made up must end.
var errNames = errors.New("more block ids are named at one height than can be told apart")

// value is the number of an id. It panics with errNames.
func (n *names) value(id cometbft.BlockID) consensus.Value {
	if id.IsNil() {
		return consensus.Nil
	}
	if v, ok := n.num[id]; ok {
		return v
	}
	block, ok := n.blocks[id.Hash]
	if !ok {
		block = consensus.Value(len(n.blocks) + 1)
		if block >= consensus.MaxBlocks {
			panic(errNames)
		}
		n.blocks[id.Hash] = block
	}
	if n.headers[block] >= consensus.MaxHeaders {
		panic(errNames)
	}
	v := block.Under(n.headers[block])
	n.headers[block]++
	n.ids[v], n.num[id] = id, v
	return v
}

func (n *names) id(v consensus.Value) cometbft.BlockID { return n.ids[v] }

func (n *names) text(v consensus.Value) string { return n.ids[v].String() }

// newNode is a node that has just entered the height, in step newHeight.
func newNode(o *Options, v *validators, height int64) *node {
	n := &node{
		dialect: o.Dialect, observed: o.Observed, validators: v, p: consensus.NewProcess(height),
		promises: map[promiseKey]promise{}, rules: map[string]int{},
	}
	n.p.Step = consensus.NewHeight
	n.enterHeight()
	return n
}

// enterHeight forgets the last height, but for the votes still owed.
func (n *node) enterHeight() {
	n.set = n.validators.at(n.p.Height)
	powers := make([]int64, len(n.set))
	for i := range n.set {
		powers[i] = n.set[i].Power
	}
	n.votes = newHeightVotes(powers)
	n.names = newNames()
	n.parts = nil
	n.nextSets = map[consensus.Value]string{}
	n.proposing = map[consensus.Round]proposing{}
	n.proposed = map[consensus.Round]cometbft.BlockID{}
	n.waits = map[consensus.Round]bool{}
	n.pbts = newPBTS(n.validators.chain, n.p.Height)
	n.timers = map[timerKey]time.Time{{consensus.TockNewHeight, 0}: n.now}
}

// environment answers as far as a log lets it: whether the node proposes is
// learned from its proposals, what the application says from its votes, that
// it skips a timeout from the step that follows, and what the clock says from the
// times of proposals.
type environment struct {
	initial int64                    // the first height, before which there is no commit
	waits   map[consensus.Round]bool // rounds that are supposed to wait in step newRound
	pbts    *pbts
}

// Proposer is asked with Early: that a proposer waits is all that it changes here.
func (e environment) Proposer(_ int64, r consensus.Round) bool { return e.waits[r] }
func (e environment) Early(_ int64, r consensus.Round) bool    { return e.waits[r] }
func (e environment) AwaitsTransactions(int64) bool            { return e.waits[0] }
func (environment) GetValue() consensus.Value                  { return consensus.Nil }
func (environment) Accepted(consensus.Value) bool              { return true }
func (environment) SkipsTimeoutCommit() bool                   { return false }
func (environment) Extends(int64) bool                         { return false }

// Dated implements [consensus.NodeEnvironment].
func (e environment) Dated(r consensus.Round, block consensus.Value) bool {
	return e.pbts.dated(r, block)
}

// Timely implements [consensus.NodeEnvironment].
func (e environment) Timely(r consensus.Round, _ consensus.Value) bool { return e.pbts.timely(r) }

func (e environment) LastCommit(height int64) consensus.LastCommitValue {
	if height <= e.initial {
		return consensus.LastNone
	}
	return consensus.LastSome
}

func (n *node) environment() environment { return environment{n.validators.initial, n.waits, n.pbts} }

// ask raises an event and books what the rules call for.
func (n *node) ask(e consensus.Event, c consensus.Choice) bool {
	return n.run(n.dialect.Questions[e], c)
}

// run asks questions, each once and in order, and reports whether a rule fired.
func (n *node) run(questions []*spec.Binding, c consensus.Choice) bool {
	var fired []consensus.Fired
	var out []consensus.Output
	height := n.p.Height
	x := consensus.Run{
		Table: n.dialect.Table, Messages: n.votes, Env: n.environment(),
		Fired:    func(f consensus.Fired) { fired = append(fired, n.note(f)) },
		Observed: n.observed,
	}
	for _, q := range questions {
		c.Of = q
		out = x.Ask(&n.p, c, out)
	}
	n.book(height, fired, out)
	return len(fired) > 0
}

// call calls a function that no recorded input explains.
func (n *node) call(b *spec.Binding, r consensus.Round) {
	n.run([]*spec.Binding{b}, consensus.Choice{Round: r})
}

// note is told of each rule before its effects are carried out.
func (n *node) note(f consensus.Fired) consensus.Fired {
	n.rules[f.Rule.Name]++
	if n.paper != nil {
		n.paper.watch(n, f)
	}
	switch f.Choice.Of {
	case consensus.EnterNewRound:
		n.votes.tracked = f.Choice.Round + 1
		if f.Choice.Round > 0 {
			n.parts = nil
		}
	case consensus.EnterPrevote, consensus.EnterPrecommit:
		n.saw = n.sight(f.Choice.Round)
	case consensus.EnterPropose:
		n.proposing[f.Choice.Round] = proposing{n.p.ValidRound, n.names.id(n.p.ValidValue)}
	}
	return f
}

// book turns outputs into what the log must show.
func (n *node) book(height int64, fired []consensus.Fired, out []consensus.Output) {
	if len(out) == 0 && n.p.Height == height {
		n.syncParts()
		return
	}
	for _, o := range out {
		switch o.Kind {
		case consensus.StepOutput:
			n.due = append(n.due, due{height: o.Height, round: o.Round, step: stepName(o), by: ruleFor(fired, consensus.LogStep)})
		case consensus.DecisionOutput:
			n.due = append(n.due, due{end: true, height: o.Height, by: ruleFor(fired, consensus.Decide)})
			n.next = n.nextSets[o.Value]
		case consensus.VoteOutput:
			n.promise(promiseKey{o.Height, o.Vote, o.Round}, n.names.id(o.Value), voteRule(fired, o.Vote))
		case consensus.TimeoutOutput:
			n.timers[timerKey{o.Timeout.Tock(), o.Round}] = n.now
		case consensus.PanicOutput:
			n.panicked = o.Message
		case consensus.ProposalOutput: // compared when the node takes its own proposal
		}
	}
	if n.p.Height != height {
		n.enterHeight()
	}
	n.syncParts()
}

// promise books a vote that a rule called for. What was signed already stays
// known: a node that replays its height is asked for the same votes again.
func (n *node) promise(k promiseKey, id cometbft.BlockID, by consensus.Fired) {
	p := n.promises[k]
	p.id, p.by, p.saw = id, by, n.saw
	n.promises[k] = p
}

// syncParts begins a new part set when the node collects another block.
func (n *node) syncParts() {
	if n.p.Held.Parts == consensus.Nil {
		n.parts = nil
		return
	}
	if id := n.names.id(n.p.Held.Parts); n.parts == nil || n.partsOf != id {
		n.parts, n.partsOf = cometbft.NewPartSet(id), id
	}
}

// held is the block that is held, under the header of its parts.
func (n *node) held() consensus.Value {
	if n.p.Held.Block == consensus.Nil {
		return consensus.Nil
	}
	return n.p.Held.Parts
}

func (n *node) holding() string {
	since := func(v consensus.Value, r consensus.Round) string {
		if v == consensus.Nil {
			return "nil"
		}
		return fmt.Sprintf("%s of round %d", n.names.text(v), r)
	}
	return fmt.Sprintf("proposalBlock %s, lockedBlock %s, validBlock %s", n.names.text(n.held()),
		since(n.p.LockedValue, n.p.LockedRound), since(n.p.ValidValue, n.p.ValidRound))
}

// ruleFor finds the last fired rule with the effect.
func ruleFor(fired []consensus.Fired, op spec.Op) consensus.Fired {
	for i := len(fired) - 1; i >= 0; i-- {
		for _, e := range fired[i].Rule.Effects {
			if e.Do == op {
				return fired[i]
			}
		}
	}
	return consensus.Fired{}
}

// voteRule finds the rule that sent a vote of the kind.
func voteRule(fired []consensus.Fired, t consensus.VoteType) consensus.Fired {
	sends := prevotes
	if t == consensus.PrecommitType {
		sends = precommits
	}
	for i := len(fired) - 1; i >= 0; i-- {
		if hasEffect(fired[i].Rule, sends) {
			return fired[i]
		}
	}
	return consensus.Fired{}
}

// The effects that send votes.
var (
	prevotes   = []spec.Op{consensus.SendPrevoteNil, consensus.SendPrevote, consensus.SendPrevoteHeld, consensus.SendPrevoteLocked}
	precommits = []spec.Op{consensus.SendPrecommitNil, consensus.SendPrecommit}
)

// Steps as CometBFT logs them, without the prefix "RoundStep".
const (
	stepNewHeight   = "NewHeight"
	stepNewRound    = "NewRound"
	stepPropose     = "Propose"
	stepPrevote     = "Prevote"
	stepPrevoteWait = "PrevoteWait"
	stepPrecommit   = "Precommit"
	stepCommit      = "Commit"
)

var stepNames = map[consensus.StepValue]string{
	consensus.NewHeight: stepNewHeight,
	consensus.NewRound:  stepNewRound,
	consensus.Propose:   stepPropose,
	consensus.Prevote:   stepPrevote,
	consensus.Precommit: stepPrecommit,
	consensus.Commit:    stepCommit,
}

// stepName is the step as CometBFT logs it.
func stepName(o consensus.Output) string {
	if o.Step == consensus.Prevote && o.Waiting {
		return stepPrevoteWait
	}
	return stepNames[o.Step]
}

func (n *node) stepName() string {
	return stepName(consensus.Output{Step: n.p.Step, Waiting: n.p.Once34})
}

// tocks maps CometBFT's step numbers of timeouts.
var tocks = map[uint8]consensus.TockKind{
	1: consensus.TockNewHeight,
	2: consensus.TockNewRound,
	3: consensus.TockPropose,
	5: consensus.TockPrevoteWait,
	7: consensus.TockPrecommitWait,
}

func kindOf(t cometbft.VoteType) consensus.VoteType {
	if t == cometbft.Precommit {
		return consensus.PrecommitType
	}
	return consensus.PrevoteType
}

// shortStep strips CometBFT's prefix.
func shortStep(s string) string { return strings.TrimPrefix(s, "RoundStep") }
