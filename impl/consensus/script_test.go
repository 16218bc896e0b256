package consensus

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	speccons "github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/spec/consensus/scenario"
)

var update = flag.Bool("update", false, "write what the machine does into its own scripts, for a human to read")

// scenarios is the folder of the scripts that the rules are played on as well,
// limits that of scripts about what the machine alone has: messages that it
// refuses, values that it waits for. In those its dialect is "machine".
const (
	scenarios = "../../spec/consensus/testdata/scenarios"
	limits    = "testdata"
)

// A player plays a script on a machine. What the machine sends comes back to it
// before the next message, and its timeouts expire when the script says so.
type player struct {
	head  *scenario.Head
	m     *Machine
	fired map[Rule]int

	proposals []Proposal       // of this height, whose value may still be on its way
	arrived   map[ValueID]bool // values of this height that are here
	running   map[Timeout]bool // started in this height
	own       []Input          // messages of its own, to come back
	out       []string         // of the input that is played
}

func newPlayer(s *scenario.Script) *player {
	pl := &player{head: &s.Head, fired: map[Rule]int{}}
	pl.become(s.Head.Self)
	return pl
}

// become begins the run of a validator.
func (pl *player) become(self int) {
	vals, err := NewValidators(pl.head.Height, pl.head.Validators)
	if err != nil {
		panic(err)
	}
	if pl.m, err = New(Config{Validators: vals, Self: self}); err != nil {
		panic(err)
	}
	pl.forget()
}

// forget is what a new height does.
func (pl *player) forget() {
	pl.proposals, pl.arrived, pl.running = nil, map[ValueID]bool{}, map[Timeout]bool{}
}

// play gives the machine an input, and says in words what follows.
func (pl *player) play(in scenario.Input) string {
	if in.Verb == "as" {
		pl.become(in.From[0])
		return "nothing"
	}
	before := pl.look()
	pl.out = nil
	for _, one := range in.Single() {
		pl.hear(one)
		for len(pl.own) > 0 {
			next := pl.own[0]
			pl.own = pl.own[1:]
			pl.step(next, false)
		}
	}
	pl.out = append(pl.out, pl.look().changes(before)...)
	if len(pl.out) == 0 {
		return "nothing"
	}
	return strings.Join(pl.out, "; ")
}

// kinds are the timeouts by name.
var kinds = []string{"timeoutPropose", "timeoutPrevote", "timeoutPrecommit"}

// hear takes one input of a script.
func (pl *player) hear(in scenario.Input) {
	height := pl.m.State().Height
	if in.Height != scenario.Here {
		height = in.Height
	}
	v := named(in.Value)
	switch in.Verb {
	case "height":
		pl.step(Input{Kind: Start}, true)
	case "PROPOSAL":
		pl.proposals = append(pl.proposals, Proposal{Height: height, Round: in.Round, POLRound: in.POLRound, Value: v})
		pl.arrived[v] = pl.arrived[v] || !in.WithoutBlock
		pl.deliver()
	case "block":
		pl.arrived[v] = true
		pl.deliver()
	case "PREVOTE", "PRECOMMIT":
		vote := Vote{Height: height, Round: in.Round, Value: v, Validator: in.From[0]}
		if in.Verb == "PRECOMMIT" {
			vote.Type = Precommit
		}
		pl.step(Input{Kind: VoteInput, Vote: vote}, true)
	case "transactions":
		pl.out = append(pl.out, "ignored: not of Algorithm 1")
	case "value":
		pl.step(Input{Kind: NewValue, Round: in.Round, Value: v}, true)
	default:
		t := Timeout{Kind: TimeoutKind(slices.Index(kinds, in.Verb)), Height: height, Round: in.Round}
		switch {
		case height > pl.m.State().Height:
			pl.out = append(pl.out, "ignored: later height")
		case !pl.running[t]:
			pl.out = append(pl.out, "ignored: not started")
		default:
			pl.step(Input{Kind: TimeoutInput, Timeout: t}, true)
		}
	}
}

// deliver gives the machine the proposals whose values have arrived.
func (pl *player) deliver() {
	waiting := pl.proposals
	pl.proposals = nil
	for _, p := range waiting {
		if pl.arrived[p.Value] {
			pl.step(Input{Kind: ProposalInput, Proposal: p, Valid: pl.valid(p.Value)}, true)
		} else {
			pl.proposals = append(pl.proposals, p)
		}
	}
}

func (pl *player) valid(v ValueID) bool {
	return !slices.Contains(strings.Fields(pl.head.Invalid+" "+pl.head.Rejected), nameOf(v))
}

// step gives the machine an input and takes up what it says. A message that is
// its own is not said to be ignored.
func (pl *player) step(in Input, others bool) {
	height := pl.m.State().Height
	for _, o := range slices.Clone(pl.m.Step(in)) {
		words, at := "", height
		switch o.Kind {
		case RuleFired:
			pl.fired[o.Rule]++
			continue
		case SendProposal:
			at = o.Proposal.Height
			words = fmt.Sprintf("PROPOSAL(%d, %s, %d)", o.Proposal.Round, nameOf(o.Proposal.Value), o.Proposal.POLRound)
			pl.arrived[o.Proposal.Value] = true
			pl.own = append(pl.own, Input{Kind: ProposalInput, Proposal: o.Proposal, Valid: true})
		case SendVote:
			at = o.Vote.Height
			words = fmt.Sprintf("%s(%d, %s)", strings.ToUpper(o.Vote.Type.String()), o.Vote.Round, nameOf(o.Vote.Value))
			pl.own = append(pl.own, Input{Kind: VoteInput, Vote: o.Vote})
		case ScheduleTimeout:
			at = o.Timeout.Height
			words = fmt.Sprintf("start %s(%d)", kinds[o.Timeout.Kind], o.Timeout.Round)
			pl.running[o.Timeout] = true
		case ValueWanted:
			if at = o.Height; pl.head.Proposes == "" {
				words = fmt.Sprintf("value wanted in round %d", o.Round)
				break
			}
			pl.step(Input{Kind: NewValue, Round: o.Round, Value: named(pl.head.Proposes)}, true)
			continue
		case Decision:
			words, at = fmt.Sprintf("decide %s by round %d", nameOf(o.Value), o.Round), o.Height
			height++
			pl.forget()
			if at == height-1 {
				at = height
			}
		case Refused:
			if words = "ignored: " + o.Reason.String(); !others {
				continue
			}
		}
		if at != height {
			words += fmt.Sprintf(" at height %d", at)
		}
		pl.out = append(pl.out, words)
	}
}

// named is the value whose id is the name, or nil.
func named(name string) (v ValueID) {
	if name != "nil" {
		copy(v[:], name)
	}
	return v
}

func nameOf(v ValueID) string {
	if v.IsNil() {
		return "nil"
	}
	return strings.TrimRight(string(v[:]), "\x00")
}

// A view is what scripts show of a state.
type view struct {
	State
	step string // "" before Start
}

func (pl *player) look() view {
	w := view{State: pl.m.State()}
	if pl.m.started {
		w.step = w.Step.String()
	}
	return w
}

// changes says what is different from before. A new height begins with nothing.
func (w view) changes(before view) []string {
	var out []string
	if w.Height != before.Height {
		out = append(out, fmt.Sprintf("height %d", w.Height))
		before = view{State: newState(w.Height)}
	}
	if w.Round != before.Round {
		out = append(out, fmt.Sprintf("round %d", w.Round))
	}
	if w.step != before.step {
		out = append(out, "step "+w.step)
	}
	out = append(out, changed("locked", "unlocked", before.LockedValue, w.LockedValue, before.LockedRound, w.LockedRound)...)
	return append(out, changed("valid", "no valid value", before.ValidValue, w.ValidValue, before.ValidRound, w.ValidRound)...)
}

func changed(word, gone string, was, is ValueID, wasRound, isRound Round) []string {
	switch {
	case was == is && wasRound == isRound:
		return nil
	case is.IsNil() && isRound == -1:
		return []string{gone}
	}
	return []string{fmt.Sprintf("%s %s@%d", word, nameOf(is), isRound)}
}

// playScript plays a script, and returns what follows from each of its inputs,
// and how often each rule fired.
func playScript(s *scenario.Script) (said []string, fired map[Rule]int) {
	pl := newPlayer(s)
	for _, step := range s.Steps {
		said = append(said, pl.play(step.Input))
	}
	return said, pl.fired
}

// load reads the scripts of a folder that hold for the machine, as the dialect.
func load(t testing.TB, folder, dialect string) []*scenario.Script {
	t.Helper()
	scripts, err := scenario.Load(os.DirFS(folder))
	require.NoError(t, err)
	return slices.DeleteFunc(scripts, func(s *scenario.Script) bool { return !slices.Contains(s.Head.Dialects, dialect) })
}

// TestScenarios: the machine does what the scripts say of the paper.
func TestScenarios(t *testing.T) {
	for _, s := range load(t, scenarios, "paper") {
		t.Run(s.Path, func(t *testing.T) {
			said, _ := playScript(s)
			for _, d := range s.Differences("paper", said) {
				t.Error(d)
			}
		})
	}
}

// TestLimits: what the machine refuses, and how it waits for a value.
func TestLimits(t *testing.T) {
	for _, s := range load(t, limits, "machine") {
		t.Run(s.Path, func(t *testing.T) {
			said, _ := playScript(s)
			if *update {
				require.NoError(t, os.WriteFile(filepath.Join(limits, s.Path), []byte(s.Rewritten(map[string][]string{"machine": said})), 0o644))
				return
			}
			for _, d := range s.Differences("machine", said) {
				t.Error(d)
			}
		})
	}
}

// TestEveryClauseHasAScript: there is a script named by the line of each clause,
// in which each of its rules fires.
func TestEveryClauseHasAScript(t *testing.T) {
	scripts := map[string]*scenario.Script{}
	for _, s := range load(t, scenarios+"/clauses", "paper") {
		scripts[strings.TrimSuffix(s.Path, ".txt")] = s
	}
	require.Len(t, scripts, len(speccons.Algorithm))
	for i := range speccons.Paper.All {
		r := &speccons.Paper.All[i]
		s := scripts[r.Clause.Key()]
		require.NotNil(t, s, "clause %s", r.Clause.Key())
		_, fired := playScript(s)
		require.Positive(t, fired[Rule(r.ID)], "rule %s", r.Name)
		require.Equal(t, r.Name, Rule(r.ID).String())
	}
}
