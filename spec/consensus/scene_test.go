package consensus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// The values of the scenes: A and B are valid, bad is not, and fresh is what
// getValue() returns.
const (
	A     consensus.Value = 1
	B     consensus.Value = 2
	bad   consensus.Value = 3
	fresh consensus.Value = 4
)

// A and bad under other part-set headers: the same blocks, split otherwise.
var (
	A2   = A.Under(1)
	A3   = A.Under(2)
	bad2 = bad.Under(1)
)

// The steps, and nil, by the names that the scenes use.
const (
	propose   = consensus.Propose
	prevote   = consensus.Prevote
	precommit = consensus.Precommit
	null      = consensus.Nil
)

// A scene is a moment in the life of a process of height 1: its state and what
// it has received, which rules are enabled then, and what one of them does.
// There are four validators of power 1 unless powers says otherwise.
type scene struct {
	name     string
	powers   []int64
	state    consensus.Process
	received []message
	expired  []consensus.Choice // timeouts that expire now
	self     bool               // whether the process proposes in every round
	enabled  string             // the rules enabled under any choice, in the order of the choices
	fire     string             // the rule that fires
	out      string
	after    consensus.Process
}

// A message arrives in the log.
type message func(*consensus.Log)

// proposal is the proposer's; the proposer of round r is validator r, and of
// four so on in turn.
func proposal(r consensus.Round, v consensus.Value, vr consensus.Round) message {
	return func(l *consensus.Log) { l.AddProposal(int(r)%4, r, v, vr) }
}

func prevotes(r consensus.Round, v consensus.Value, from ...int) message {
	return func(l *consensus.Log) {
		for _, i := range from {
			l.AddVote(consensus.PrevoteType, r, v, i)
		}
	}
}

func precommits(r consensus.Round, v consensus.Value, from ...int) message {
	return func(l *consensus.Log) {
		for _, i := range from {
			l.AddVote(consensus.PrecommitType, r, v, i)
		}
	}
}

// in is a state of height 1.
func in(r consensus.Round, s consensus.StepValue, but ...func(*consensus.Process)) consensus.Process {
	p := consensus.NewProcess(1)
	p.Round, p.Step = r, s
	for _, change := range but {
		change(&p)
	}
	return p
}

func height(h int64) func(*consensus.Process) { return func(p *consensus.Process) { p.Height = h } }

func locked(v consensus.Value, r consensus.Round) func(*consensus.Process) {
	return func(p *consensus.Process) { p.LockedValue, p.LockedRound = v, r }
}

func validValue(v consensus.Value, r consensus.Round) func(*consensus.Process) {
	return func(p *consensus.Process) { p.ValidValue, p.ValidRound = v, r }
}

func fired34(p *consensus.Process) { p.Once34 = true }
func fired36(p *consensus.Process) { p.Once36 = true }
func fired47(p *consensus.Process) { p.Once47 = true }

// expires is a timeout of the kind for a height and round.
func expires(k consensus.TimeoutKind, h int64, r consensus.Round) []consensus.Choice {
	return []consensus.Choice{{Of: consensus.OnTimeout, Timeout: k, Height: h, Round: r}}
}

func play(t *testing.T, scenes []scene) {
	t.Helper()
	for _, s := range scenes {
		t.Run(s.name, s.play)
	}
}

func (s scene) play(t *testing.T) {
	if s.powers == nil {
		s.powers = []int64{1, 1, 1, 1}
	}
	l := consensus.NewLog(s.powers, func(v consensus.Value) bool { return v != bad })
	for _, m := range s.received {
		m(l)
	}
	env := surroundings{self: s.self, fresh: fresh}
	p := s.state
	var enabled []string
	fired := -1
	var out []consensus.Output
	for _, c := range append(l.Choices(&s.state), s.expired...) {
		o := s.state.Observe(c, l, env)
		if consensus.Paper.Next(o) == spec.Unreachable {
			t.Errorf("the scene is impossible: %v", o)
		}
		for id := range consensus.Paper.Enabled(o).All {
			rule := consensus.Paper.Rule(id)
			enabled = append(enabled, rule.Name)
			if rule.Name == s.fire && fired < 0 {
				fired = len(enabled)
				out = p.Fire(consensus.Paper, rule, c, env, nil)
			}
		}
	}
	if got := strings.Join(enabled, " "); got != s.enabled {
		t.Errorf("enabled: got %q, want %q", got, s.enabled)
	}
	if s.fire == "" {
		return
	}
	if fired < 0 {
		t.Fatalf("%s is not enabled", s.fire)
	}
	if got := say(out); got != s.out {
		t.Errorf("%s says: got %q, want %q", s.fire, got, s.out)
	}
	if p != s.after {
		t.Errorf("state after %s:\ngot  %+v\nwant %+v", s.fire, p, s.after)
	}
}

// say spells outputs as the paper does.
func say(out []consensus.Output) string {
	value := func(v consensus.Value) string {
		return map[consensus.Value]string{null: "nil", A: "A", B: "B", bad: "bad", fresh: "fresh", A2: "A2", A3: "A3", bad2: "bad2"}[v]
	}
	var parts []string
	for _, o := range out {
		switch o.Kind {
		case consensus.ProposalOutput:
			parts = append(parts, fmt.Sprintf("PROPOSAL(%d, %d, %s, %d)", o.Height, o.Round, value(o.Value), o.POLRound))
		case consensus.VoteOutput:
			extension := ""
			if o.Extended {
				extension = ", extended"
			}
			parts = append(parts, fmt.Sprintf("%v(%d, %d, %s%s)", o.Vote, o.Height, o.Round, value(o.Value), extension))
		case consensus.TimeoutOutput:
			name := []string{"timeoutPropose", "timeoutPrevote", "timeoutPrecommit", "timeoutNewRound"}[o.Timeout]
			parts = append(parts, fmt.Sprintf("%s(%d, %d)", name, o.Height, o.Round))
		case consensus.DecisionOutput:
			parts = append(parts, fmt.Sprintf("decision[%d] = %s by round %d", o.Height, value(o.Value), o.Round))
		case consensus.PanicOutput:
			parts = append(parts, o.Message)
		default:
			parts = append(parts, fmt.Sprintf("%+v", o))
		}
	}
	return strings.Join(parts, "; ")
}

// Every clause of the paper has a test that is named by its line.
func TestEveryClauseHasScenes(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for i := range consensus.Algorithm {
		if key := consensus.Algorithm[i].Key(); !strings.Contains(tests.String(), "\nfunc Test"+key+"(t ") {
			t.Errorf("clause %s has no Test%s", key, key)
		}
	}
}

var _ consensus.Environment = surroundings{}

var _ consensus.Messages = (*consensus.Log)(nil)

// start calls StartRound of height 1 through the rule that a driver would use.
func start(t *testing.T, p *consensus.Process, self bool) (rule, out string) {
	t.Helper()
	env := surroundings{self: self, fresh: fresh}
	id := consensus.Paper.Next(p.Observe(consensus.Choice{Of: consensus.StartRound}, nil, env))
	if id == spec.Wait {
		t.Fatal("StartRound has no rule")
	}
	return consensus.Paper.Rule(id).Name, say(p.Start(consensus.Paper, env, nil))
}
