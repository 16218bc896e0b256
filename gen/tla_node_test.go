package gen_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/gen"
	"github.com/polka-bft/polka/gen/internal/tlacheck"
	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/bft"
	"github.com/polka-bft/polka/modelcheck/quotient"
	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
)

// nodeSometimes lists what must be reachable, as the modules of the CometBFT
// dialects call it.
var nodeSometimes = []string{"EveryoneDecides", "EveryoneLeaves"}

// notOfNodeStates lists the properties of modelcheck/quotient that are not
// properties of states; docs/tla/README.md says why.
var notOfNodeStates = []string{
	"own proposal", "one decision", "possible observations",
	"nil justified", "prevote justified", "timeouts justified", "a vote for each step", "rounds grow",
	"a lock gives way to a later polka", "a valid value stays", "no panic for an invalid block",
}

// TestNodeCounts: the exported modules of the CometBFT dialects have the states, the
// depth and the verdict of quotient.Plain.
func TestNodeCounts(t *testing.T) {
	small := []string{"v1-one-round-byzantine", "v038-one-round-byzantine"}
	if large {
		small = append(small, "v1-byzantine-proposer", "v1-two-rounds", "v1-two-ids-later", "v038-two-rounds-byzantine", "v038-two-ids")
	}
	for _, e := range quotient.Small {
		if !slices.Contains(small, e.Name) {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			want, err := quotient.Plain(t.Context(), e.Config, modelcheck.Options{})
			require.NoError(t, err)
			got := exploreTLA(t, e.Name, tlacheck.Options{Reach: nodeSometimes}, nil)
			require.Equal(t, [2]int{want.States, want.Depth}, [2]int{got.States, got.Depth})
			require.Equal(t, words(want.Violated), got.Violated)
			if len(e.Violates) == 0 {
				require.ElementsMatch(t, nodeSometimes, got.Reached)
			}
		})
	}
}

// words are properties as the modules call them.
func words(properties []string) []string {
	var names []string
	for _, p := range properties {
		names = append(names, tlaWord(p))
	}
	return names
}

// TestNodeClaims: an instance is held to TypeOK and to the properties that
// modelcheck/quotient holds it to, but for those that are not of states, which the
// README names.
func TestNodeClaims(t *testing.T) {
	page, err := exported("README.md")
	require.NoError(t, err)
	for _, name := range notOfNodeStates {
		require.Contains(t, strings.Join(strings.Fields(page), " "), `"`+name+`"`)
	}
	for _, e := range quotient.Small {
		cfg, err := exported("MC_" + strings.ReplaceAll(e.Name, "-", "_") + ".cfg")
		require.NoError(t, err)
		_, list, _ := strings.Cut(cfg, "INVARIANTS\n")
		list, _, _ = strings.Cut(list, "\n\n")
		want := []string{"TypeOK"}
		for _, p := range quotient.AlwaysOf(e.Config) {
			if !slices.Contains(notOfNodeStates, p.Name) {
				want = append(want, tlaWord(p.Name))
			}
		}
		require.ElementsMatch(t, want, strings.Fields(list), e.Name)
	}
}

// TestNodeReadme: what docs/tla/README.md tells people to expect of TLC is what
// quotient.Plain finds.
func TestNodeReadme(t *testing.T) {
	page, err := exported("README.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| MC_((?:v1|v038)_\w+) \| (.+) \| (\d+) \| (\d+) \| (.+) \|$`).FindAllStringSubmatch(page, -1)
	require.Len(t, rows, len(quotient.Small))
	for i, row := range rows {
		e := quotient.Small[i]
		require.Equal(t, strings.ReplaceAll(e.Name, "-", "_"), row[1])
		what := fmt.Sprintf("n%d f%d %s", e.Config.Validators, e.Config.Byzantine, e.Config.Rotation())
		if e.Config.Split {
			what += " split"
		}
		require.Equal(t, what, row[2])
		if !large && len(row[3]) > 3 {
			continue
		}
		r, err := quotient.Plain(t.Context(), e.Config, modelcheck.Options{KeepGoing: true})
		require.NoError(t, err)
		verdict := "holds"
		if len(e.Violates) > 0 {
			first, err := quotient.Plain(t.Context(), e.Config, modelcheck.Options{})
			require.NoError(t, err)
			verdict = fmt.Sprintf("%s violated, first in depth %d", strings.Join(words(e.Violates), " and "), first.Depth+1)
		}
		require.Equal(t, []string{fmt.Sprint(r.States), fmt.Sprint(r.Depth + 1), verdict}, row[3:], e.Name)
	}
}

// TestNodeClauses: a module has an operator for every clause that an event of the
// model may reach, with its line and place, and names the others.
func TestNodeClauses(t *testing.T) {
	for file, dialect := range map[string]string{"CometbftV1.tla": "cometbft-v1", "CometbftV038.tla": "cometbft-v0.38"} {
		text, err := exported(file)
		require.NoError(t, err)
		d, _ := consensus.DialectNamed(dialect)
		missing := regexp.MustCompile(`(?m)^\\\* Not here, because no event of the model asks for them: (.*)\.$`).FindStringSubmatch(text)
		require.NotNil(t, missing)
		require.Equal(t, "addVote.lastSkip, addVote.lastNone, txs.propose, txs.early", missing[1])
		for i := range d.Table.Rules.Clauses {
			c := &d.Table.Rules.Clauses[i]
			if strings.Contains(missing[1], c.Key()) {
				continue
			}
			line := "no line of Algorithm 1"
			if c.Line != 0 {
				line = fmt.Sprintf("line %d", c.Line)
			}
			require.Contains(t, text, fmt.Sprintf("\n\\* %s: %s; %s\n%s(n, e", c.Key(), line, c.Place, strings.ReplaceAll(c.Key(), ".", "_")))
		}
	}
}

// TestNodeSeesTheText: without one guard or effect of the text the module has other
// states, or violates something.
func TestNodeSeesTheText(t *testing.T) {
	text, err := exported("CometbftV1.tla")
	require.NoError(t, err)
	const instance, states = "v1-one-round-byzantine", 1167
	tests := []struct{ operator, drop string }{
		{"Call_enterPrecommit(", `/\ n.step \in {"newHeight", "newRound", "propose", "prevote"}`},
		{"Hearable(", `Faulty > 0 \/ `},
		{"Rest(", "IF n.decision # Nil THEN [sent EXCEPT !.decision = n.decision]\n        ELSE "},
		{"TakeBlock(", `!.whole = TRUE, `},
		{"SendProposal(", `, !.proposed = Nil`},
		{"Running(", `\cup (IF n.step = "propose" THEN {"propose"} ELSE {})`},
		{"Quorum(", ` + Faulty`},
	}
	if !large {
		tests = tests[:2]
	}
	for _, tt := range tests {
		before, rest, ok := strings.Cut(text, "\n"+tt.operator)
		require.True(t, ok, tt)
		head, tail, ok := strings.Cut(rest, tt.drop)
		require.True(t, ok, tt)
		require.NotContains(t, head, "\n\n", "it is in another operator")
		got := exploreTLA(t, instance, tlacheck.Options{}, map[string]string{"CometbftV1.tla": before + "\n" + tt.operator + head + tail})
		require.True(t, got.States != states || len(got.Violated) > 0, tt)
	}
}

// A nodeMutant is rules that are wrong in one way, and where that shows.
type nodeMutant struct {
	edit bft.Edit
	on   quotient.Config
	also []string // what the module finds besides: modelcheck/quotient records the first claim that a step breaks
}

var (
	nodeOne   = quotient.Config{Dialect: "cometbft-v1", Validators: 2, Byzantine: 1, Proposers: []int{0}}
	nodeOther = quotient.Config{Dialect: "cometbft-v1", Validators: 2, Byzantine: 1, Proposers: []int{quotient.Byzantine}}
	nodeTwo   = quotient.Config{Dialect: "cometbft-v1", Validators: 2, Byzantine: 1, Proposers: []int{quotient.Byzantine, quotient.Byzantine}}
	nodeOld   = quotient.Config{Dialect: "cometbft-v0.38", Validators: 2, Byzantine: 1, Proposers: []int{0}}
)

var nodeMutants = []nodeMutant{
	{edit: bft.Edit{Clause: "enterPrecommit", Drop: "step < precommit"}, on: nodeOther},
	{edit: bft.Edit{Clause: "enterPrecommit.lock", Remove: consensus.LockHeld}, on: nodeOne, also: []string{"LockKept"}},
	{edit: bft.Edit{Clause: "enterPrecommit.lock", Remove: consensus.LockRoundOp}, on: nodeOne, also: []string{"LockKept"}},
	{edit: bft.Edit{Clause: "addVote.valid", Remove: consensus.ValidRoundOp}, on: nodeOne},
	{edit: bft.Edit{Clause: "enterPrevote.invalid", Replace: consensus.SendPrevoteNil, By: consensus.SendPrevoteHeld}, on: nodeOther},
	{edit: bft.Edit{Clause: "addVote.skip", Drop: "any"}, on: nodeTwo},
	{edit: bft.Edit{Clause: "enterPrevoteWait", Replace: consensus.SchedulePrevote, By: consensus.UnlockOp}, on: nodeTwo},
	{edit: bft.Edit{Clause: "enterNewRound.later", Replace: consensus.ClearProposal, By: consensus.UnlockOp}, on: nodeTwo},
	{edit: bft.Edit{Clause: "enterPrevote.locked", Drop: "hash(lockedBlock)"}, on: nodeTwo},
	{edit: bft.Edit{Clause: "enterPrecommit.relock", Remove: consensus.LockRoundOp}, on: nodeTwo},
	{edit: bft.Edit{Clause: "enterPrevote.block", Replace: consensus.SendPrevoteHeld, By: consensus.SendPrevoteNil}, on: nodeOld},
	{edit: bft.Edit{Clause: "addVote.wait", Replace: consensus.CallEnterPrevoteWait, By: consensus.CallEnterPrecommit}, on: nodeOther},
}

// unbreakable says which claims no wrong rule of the tests breaks.
var unbreakable = map[string]string{
	"Agreement":          "MC_v1_too_many violates it in TLC; it has too many states for a test",
	"CommitQuorum":       "what is decided is what +2/3 precommits are for",
	"PrecommitJustified": "what is precommitted is what +2/3 prevotes are for",
	"NoPanic":            "MC_v1_two_ids_later violates it, without any mistake",
}

// TestNodeSeesTheClauses: a clause that is wrong makes a module that is wrong in the
// same way.
func TestNodeSeesTheClauses(t *testing.T) {
	if !large {
		t.Skip("the evaluator takes long under the race detector")
	}
	seen := map[string]bool{}
	for _, m := range nodeMutants {
		d, _ := consensus.DialectNamed(m.on.Dialect)
		rules := *d.Table.Rules
		rules.Clauses = edited(t, rules.Clauses, []bft.Edit{m.edit})
		table, err := spec.CompileMutant(&rules)
		require.NoError(t, err)
		c := m.on
		c.Rules = table
		want, err := quotient.Plain(t.Context(), c, modelcheck.Options{})
		require.NoError(t, err)
		got := exploreNode(t, c, d.Questions)
		require.ElementsMatch(t, append(words(want.Violated), m.also...), got.Violated, m.edit)
		require.Equal(t, want.Depth, got.Depth, m.edit)
		if len(want.Violated) == 0 { // else nothing is kept there of a process that broke a claim
			require.Equal(t, want.States, got.States, m.edit)
			right, err := quotient.Plain(t.Context(), m.on, modelcheck.Options{})
			require.NoError(t, err)
			require.NotEqual(t, right.States, want.States, m.edit)
		}
		for _, name := range got.Violated {
			seen[name] = true
		}
	}
	for _, p := range quotient.AlwaysOf(nodeOne) {
		if name := tlaWord(p.Name); !slices.Contains(notOfNodeStates, p.Name) {
			require.Equal(t, unbreakable[name] == "", seen[name], name)
		}
	}
}

// exploreNode explores an instance whose rules are given, and of which nothing is
// exported.
func exploreNode(t *testing.T, c quotient.Config, questions map[consensus.Event][]*spec.Binding) *tlacheck.Report {
	t.Helper()
	var claims []string
	for _, p := range quotient.AlwaysOf(c) {
		claims = append(claims, p.Name)
	}
	text, err := gen.NodeModule(c.Rules, questions, claims)
	require.NoError(t, err)
	name := "CometbftV1"
	if c.Dialect != "cometbft-v1" {
		name = "CometbftV038"
	}
	module, config := gen.NodeInstanceTexts(name, gen.TLAInstance{
		Name: "x", Doc: "some instance", Powers: slices.Repeat([]int64{1}, c.Validators), Byzantine: c.Byzantine,
		Proposers: c.Proposers, Split: c.Split, Claims: claims,
	})
	return exploreTLA(t, "x", tlacheck.Options{}, map[string]string{"MC_x.tla": module, "MC_x.cfg": config, name + ".tla": text})
}

// TestNodeRefuses: what the language has no words for is an error, not a module that
// says less than the rules.
func TestNodeRefuses(t *testing.T) {
	d, _ := consensus.DialectNamed("cometbft-v1")
	change := func(edit bft.Edit) error {
		rules := *d.Table.Rules
		rules.Clauses = edited(t, rules.Clauses, []bft.Edit{edit})
		table, err := spec.CompileMutant(&rules)
		require.NoError(t, err)
		_, err = gen.NodeModule(table, d.Questions, nil)
		return err
	}
	require.ErrorContains(t, change(bft.Edit{Clause: "enterPrevote", Replace: consensus.SetStepPrevote, By: "Dance"}), "no TLA+ is known for effect Dance")
	require.ErrorContains(t, change(bft.Edit{Clause: "enterPrevote", Replace: consensus.SetStepPrevote, By: consensus.SendPrevoteNil}), "enterPrevote sends after a call")
	require.ErrorContains(t, change(bft.Edit{Clause: "tryFinalizeCommit", Remove: consensus.NextHeight}), "decides without leaving the height")
	require.ErrorContains(t, change(bft.Edit{Clause: "tryFinalizeCommit", Replace: consensus.Decide, By: consensus.CallEnterCommit}), "enterCommit calls itself")
	_, err := gen.NodeModule(consensus.Paper, d.Questions, nil)
	require.NoError(t, err)
	_, err = gen.NodeModule(consensus.CometBFTv1, map[consensus.Event][]*spec.Binding{consensus.PrevoteAdded: {consensus.OnTransactions}}, nil)
	require.ErrorContains(t, err, "no TLA+ is known for binding handleTxsAvailable")
}
