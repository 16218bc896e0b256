package consensus

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	speccons "github.com/polka-bft/polka/spec/consensus"
)

// script runs the commands of a file in testdata on one machine:
//
//	new powers=(1,1,1,1) self=3 [height=5]   a new machine, replacing the last
//	start
//	proposal r=0 v=A [pol=0] [invalid] [h=1]
//	vote prevote r=0 v=A from=(1,2) [h=1]    v=nil for no value
//	timeout propose r=0 [h=1]
//	value r=0 v=A                            the answer to a wanted value
//	state
//
// Each prints the outputs, one per line, those of a rule indented under it.
// Heights are the machine's unless given.
type script struct{ m *Machine }

func (s *script) run(d *datadriven.TestData) string {
	a := args{}
	for _, arg := range d.CmdArgs {
		a[arg.Key] = arg.Vals
	}
	var b strings.Builder
	step := func(in Input) { printOutputs(&b, s.m.Step(in)) }
	switch d.Cmd {
	case "new":
		s.m = newMachine(a)
	case "start":
		step(Input{Kind: Start})
	case "proposal":
		_, invalid := a["invalid"]
		step(Input{Kind: ProposalInput, Valid: !invalid, Proposal: Proposal{
			Height: a.number("h", s.m.State().Height), Round: Round(a.number("r", 0)),
			POLRound: Round(a.number("pol", -1)), Value: a.value("v"),
		}})
	case "vote":
		v := Vote{Height: a.number("h", s.m.State().Height), Round: Round(a.number("r", 0)), Value: a.value("v")}
		if _, ok := a["precommit"]; ok {
			v.Type = Precommit
		}
		for _, from := range a["from"] {
			v.Validator = atoi(from)
			step(Input{Kind: VoteInput, Vote: v})
		}
	case "timeout":
		t := Timeout{Height: a.number("h", s.m.State().Height), Round: Round(a.number("r", 0))}
		for _, k := range []TimeoutKind{TimeoutPropose, TimeoutPrevote, TimeoutPrecommit} {
			if _, ok := a[k.String()]; ok {
				t.Kind = k
			}
		}
		step(Input{Kind: TimeoutInput, Timeout: t})
	case "value":
		step(Input{Kind: NewValue, Round: Round(a.number("r", 0)), Value: a.value("v")})
	case "state":
		b.WriteString(printState(s.m.State()) + "\n")
	default:
		panic("unknown command " + d.Cmd)
	}
	if b.Len() == 0 {
		return "(nothing)\n"
	}
	return b.String()
}

// args are the arguments of a command by name.
type args map[string][]string

func (a args) number(name string, otherwise int64) int64 {
	if vs, ok := a[name]; ok {
		return int64(atoi(vs[0]))
	}
	return otherwise
}

func (a args) value(name string) ValueID { return named(a[name][0]) }

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func newMachine(a args) *Machine {
	var powers []int64
	for _, p := range a["powers"] {
		powers = append(powers, int64(atoi(p)))
	}
	vals, err := NewValidators(1, powers)
	if err != nil {
		panic(err)
	}
	m, err := New(Config{Validators: vals, Self: int(a.number("self", 0)), Height: a.number("height", 0)})
	if err != nil {
		panic(err)
	}
	return m
}

// named is the value with a name of one letter, or nil.
func named(name string) ValueID {
	if name == "nil" {
		return NilID
	}
	return ValueID{name[0]}
}

func nameOf(v ValueID) string {
	if v.IsNil() {
		return "nil"
	}
	return string(v[:1])
}

func printOutputs(b *strings.Builder, outs []Output) {
	for _, o := range outs {
		switch o.Kind {
		case RuleFired:
			fmt.Fprintf(b, "%v: %v\n", o.Rule, o.Observation)
		case SendProposal:
			fmt.Fprintf(b, "  send proposal h=%d r=%d v=%s pol=%d\n", o.Proposal.Height, o.Proposal.Round, nameOf(o.Proposal.Value), o.Proposal.POLRound)
		case SendVote:
			fmt.Fprintf(b, "  send %v h=%d r=%d v=%s from=%d\n", o.Vote.Type, o.Vote.Height, o.Vote.Round, nameOf(o.Vote.Value), o.Vote.Validator)
		case ScheduleTimeout:
			fmt.Fprintf(b, "  schedule %v h=%d r=%d\n", o.Timeout.Kind, o.Timeout.Height, o.Timeout.Round)
		case ValueWanted:
			fmt.Fprintf(b, "  value wanted h=%d r=%d\n", o.Height, o.Round)
		case Decision:
			fmt.Fprintf(b, "  decision h=%d r=%d v=%s\n", o.Height, o.Round, nameOf(o.Value))
		case Refused:
			fmt.Fprintf(b, "refused: %v\n", o.Reason)
		}
	}
}

func printState(s State) string {
	return fmt.Sprintf("h=%d r=%d step=%v locked=%s@%d valid=%s@%d once34=%t once36=%t once47=%t", s.Height, s.Round, s.Step,
		nameOf(s.LockedValue), s.LockedRound, nameOf(s.ValidValue), s.ValidRound, s.Once34, s.Once36, s.Once47)
}

func runScript(t *testing.T, path string) {
	t.Helper()
	s := &script{}
	datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string { return s.run(d) })
}

func runClause(t *testing.T, key string) {
	t.Helper()
	runScript(t, filepath.Join("testdata", "clauses", key+".txt"))
}

// One test per clause of Algorithm 1: its script takes every branch.
func TestL14(t *testing.T) { runClause(t, "L14") }
func TestL20(t *testing.T) { runClause(t, "L20") }
func TestL22(t *testing.T) { runClause(t, "L22") }
func TestL28(t *testing.T) { runClause(t, "L28") }
func TestL34(t *testing.T) { runClause(t, "L34") }
func TestL36(t *testing.T) { runClause(t, "L36") }
func TestL44(t *testing.T) { runClause(t, "L44") }
func TestL47(t *testing.T) { runClause(t, "L47") }
func TestL49(t *testing.T) { runClause(t, "L49") }
func TestL55(t *testing.T) { runClause(t, "L55") }
func TestL57(t *testing.T) { runClause(t, "L57") }
func TestL61(t *testing.T) { runClause(t, "L61") }
func TestL65(t *testing.T) { runClause(t, "L65") }

// TestEveryRuleHasAScript: for each clause there is a script named by its line,
// with an output of each of its rules.
func TestEveryRuleHasAScript(t *testing.T) {
	for i := range speccons.Paper.All {
		r := &speccons.Paper.All[i]
		text, err := os.ReadFile(filepath.Join("testdata", "clauses", r.Clause.Key()+".txt"))
		require.NoError(t, err)
		require.Contains(t, string(text), "\n"+r.Name+": ", "rule %s", r.Name)
	}
}

func TestScenarios(t *testing.T) {
	datadriven.Walk(t, filepath.Join("testdata", "scenarios"), runScript)
}
