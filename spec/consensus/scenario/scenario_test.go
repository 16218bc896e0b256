package scenario_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec/consensus/scenario"
)

const script = `# A story.
dialects: paper, cometbft-v0.38, cometbft-v1
validators: 5 1 1
self: 2
height: 7
proposes: A
invalid: X Y
settings: extend-votes, clock-behind

> height 7 begins
  nothing

# More of it.

> PREVOTE round 1 A' from 0 1
  paper, cometbft-v1: PRECOMMIT(1, A'); panic: no
  cometbft-v0.38: nothing
`

func TestParse(t *testing.T) {
	s, err := scenario.Parse("story.txt", script)
	require.NoError(t, err)
	require.Equal(t, scenario.Head{
		Dialects: []string{"paper", "cometbft-v0.38", "cometbft-v1"}, Validators: []int64{5, 1, 1}, Self: 2,
		Height: 7, Proposes: "A", Invalid: "X Y", Settings: []string{"extend-votes", "clock-behind"},
	}, s.Head)
	require.Equal(t, []scenario.Step{
		{
			Line: 10, Text: "height 7 begins", Input: scenario.Input{Verb: "height", Height: 7, POLRound: -1},
			Expect: map[string]string{"paper": "nothing", "cometbft-v0.38": "nothing", "cometbft-v1": "nothing"},
		},
		{
			Line: 15, Text: "PREVOTE round 1 A' from 0 1",
			Input: scenario.Input{Verb: "PREVOTE", Height: scenario.Here, Round: 1, Value: "A'", POLRound: -1, From: []int{0, 1}},
			Expect: map[string]string{
				"paper": "PRECOMMIT(1, A'); panic: no", "cometbft-v0.38": "nothing", "cometbft-v1": "PRECOMMIT(1, A'); panic: no",
			},
		},
	}, s.Steps)
	both := s.Steps[1].Input.Single()
	require.Len(t, both, 2)
	require.Equal(t, []int{1}, both[1].From)
}

func TestInputs(t *testing.T) {
	for text, want := range map[string]scenario.Input{
		"PROPOSAL round 2 A pol 0":              {Verb: "PROPOSAL", Height: scenario.Here, Round: 2, Value: "A"},
		"PROPOSAL height 3 round 2 A":           {Verb: "PROPOSAL", Height: 3, Round: 2, Value: "A", POLRound: -1},
		"PROPOSAL round 0 A without block":      {Verb: "PROPOSAL", Height: scenario.Here, Value: "A", POLRound: -1, WithoutBlock: true},
		"block A that does not decode":          {Verb: "block", Height: scenario.Here, Value: "A", POLRound: -1, Spoilt: true},
		"PRECOMMIT height 1 round 0 nil from 3": {Verb: "PRECOMMIT", Height: 1, Value: "nil", POLRound: -1, From: []int{3}},
		"timeoutPrecommit round 4":              {Verb: "timeoutPrecommit", Height: scenario.Here, Round: 4, POLRound: -1},
		"transactions":                          {Verb: "transactions", Height: scenario.Here, POLRound: -1},
		"as validator 1":                        {Verb: "as", Height: scenario.Here, POLRound: -1, From: []int{1}},
	} {
		s, err := scenario.Parse("story.txt", "dialects: paper\nvalidators: 1\n\n> "+text+"\n  nothing\n")
		require.NoError(t, err, text)
		require.Equal(t, want, s.Steps[0].Input, text)
	}
}

func TestParseRefuses(t *testing.T) {
	head := "dialects: paper\nvalidators: 1\n"
	for _, tt := range []struct{ text, want string }{
		{"", "dialects, validators and inputs are needed"},
		{head, "dialects, validators and inputs are needed"},
		{head + "colour: red\n", `story.txt:3: the head has no "colour"`},
		{head + "settings: fast\n", `there is no setting "fast"`},
		{head + "self: me\n", "invalid syntax"},
		{head + "  nothing\n", "stands before the first input"},
		{head + "> height 1 begins\nself: 1\n", "is no comment, input or line of the head"},
		{head + "> height 1 begins\n  nothing\n  nothing\n", "paper has two expectations"},
		{head + "> height 1 begins\n  paper, dry: nothing\n", `does not list the dialect "dry"`},
		{head + "> jump round 1\n", `there is no input "jump"`},
		{head + "> PREVOTE round 1 A\n", "from is missing"},
		{head + "> PREVOTE A from 1\n", "round is missing"},
		{head + "> PREVOTE round A from 1\n", "a number should follow"},
		{head + "> PREVOTE round 1 A B from 1\n", `"B" is not understood`},
		{head + "> PREVOTE round 1 A pol 0 from 1\n", `"pol" is not understood`},
		{head + "> block A that is odd\n", `"does not decode" should follow`},
		{head + "> height begins\n", "a number should follow"},
	} {
		_, err := scenario.Parse("story.txt", tt.text)
		require.ErrorContains(t, err, tt.want, tt.text)
	}
	_, err := scenario.Load(fstest.MapFS{"story.md": {}})
	require.ErrorContains(t, err, "there is no script")
	_, err = scenario.Load(fstest.MapFS{"a/story.txt": {Data: []byte("> ?")}})
	require.ErrorContains(t, err, "a/story.txt:1")
}

func TestDifferences(t *testing.T) {
	s, err := scenario.Parse("story.txt", script)
	require.NoError(t, err)
	require.Empty(t, s.Differences("cometbft-v0.38", []string{"nothing", "nothing"}))
	require.Equal(t, []string{
		"story.txt:15: paper: > PREVOTE round 1 A' from 0 1\n got \"nothing\"\nwant \"PRECOMMIT(1, A'); panic: no\"",
	}, s.Differences("paper", []string{"nothing", "nothing"}))
}

// Written again, a script that holds is the same, every one of the folder too.
func TestRewritten(t *testing.T) {
	files := os.DirFS("../testdata/scenarios")
	scripts, err := scenario.Load(files)
	require.NoError(t, err)
	for _, s := range scripts {
		text, err := os.ReadFile("../testdata/scenarios/" + s.Path)
		require.NoError(t, err)
		require.Equal(t, string(text), s.Rewritten(expected(s)), s.Path)
	}
	s, err := scenario.Parse("story.txt", script)
	require.NoError(t, err)
	said := expected(s)
	require.Equal(t, script, s.Rewritten(said))
	said["paper"][1] = "nothing"
	require.Equal(t, strings.NewReplacer(
		"paper, cometbft-v1: PRECOMMIT(1, A'); panic: no", "paper, cometbft-v0.38: nothing",
		"  cometbft-v0.38: nothing", "  cometbft-v1: PRECOMMIT(1, A'); panic: no",
	).Replace(script), s.Rewritten(said))
}

// expected is what a script expects, as if it was said.
func expected(s *scenario.Script) map[string][]string {
	said := map[string][]string{}
	for _, step := range s.Steps {
		for d, text := range step.Expect {
			said[d] = append(said[d], text)
		}
	}
	return said
}
