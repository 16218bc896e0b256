package consensus_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec"
	"github.com/polka-bft/polka/spec/consensus"
	"github.com/polka-bft/polka/spec/consensus/scenario"
)

var update = flag.Bool("update", false, "write what the rules do into the scenarios, for a human to read")

// scenarioDialects are all dialects, and those of CometBFT with tendermint issue
// 3087 repaired.
func scenarioDialects(t testing.TB) map[string]*consensus.Dialect {
	t.Helper()
	all := map[string]*consensus.Dialect{}
	for _, d := range consensus.Dialects {
		all[d.Name] = d
	}
	for _, d := range nodeDialects {
		table, err := spec.Compile(consensus.WholeBlockIDs(d.Table.Rules))
		require.NoError(t, err)
		all[table.Rules.Name] = &consensus.Dialect{Name: table.Rules.Name, Table: table, Questions: d.Questions}
	}
	return all
}

// folder is where the scenarios lie.
const folder = "testdata/scenarios"

func scenarios(t testing.TB) []*scenario.Script {
	t.Helper()
	scripts, err := scenario.Load(os.DirFS(folder))
	require.NoError(t, err)
	return scripts
}

// playScript plays a script, and returns what follows from each of its inputs, and
// how often each rule fired.
func playScript(s *scenario.Script, d *consensus.Dialect) (said []string, fired map[string]int) {
	pl := newPlayer(s, d)
	for _, step := range s.Steps {
		said = append(said, pl.play(step.Input))
	}
	return said, pl.fired
}

func TestScenarios(t *testing.T) {
	dialects := scenarioDialects(t)
	for _, s := range scenarios(t) {
		t.Run(s.Path, func(t *testing.T) {
			all := map[string][]string{}
			for _, name := range s.Head.Dialects {
				require.Contains(t, dialects, name)
				all[name], _ = playScript(s, dialects[name])
			}
			if *update {
				require.NoError(t, os.WriteFile(filepath.Join(folder, s.Path), []byte(s.Rewritten(all)), 0o644))
				return
			}
			for name, said := range all {
				for _, d := range s.Differences(name, said) {
					t.Error(d)
				}
			}
		})
	}
}

// Every dialect has scenarios, and they reach every one of its rules.
func TestScenariosReachEveryRule(t *testing.T) {
	for _, d := range consensus.Dialects {
		reached := map[string]int{}
		for _, s := range scenarios(t) {
			if slices.Contains(s.Head.Dialects, d.Name) {
				_, fired := playScript(s, d)
				for name, n := range fired {
					reached[name] += n
				}
			}
		}
		for i := range d.Table.All {
			if name := d.Table.All[i].Name; reached[name] == 0 {
				t.Errorf("%s: no scenario reaches rule %s", d.Name, name)
			}
		}
	}
}

// A wrong expectation fails, whichever it is: in turn every one is spoilt, left
// out, and taken from the dialects that do something else.
func TestWrongExpectationsFail(t *testing.T) {
	dialects := scenarioDialects(t)
	differ := 0
	for _, s := range scenarios(t) {
		for _, name := range s.Head.Dialects {
			said, _ := playScript(s, dialects[name])
			require.Empty(t, s.Differences(name, said))
			for i := range s.Steps {
				right := s.Steps[i].Expect[name]
				wrong := []string{right + "; PREVOTE(9, Z)", ""}
				for _, other := range s.Steps[i].Expect {
					if other != right {
						wrong = append(wrong, other)
						differ++
					}
				}
				for _, w := range wrong {
					spoilt := *s
					spoilt.Steps = slices.Clone(s.Steps)
					spoilt.Steps[i].Expect = map[string]string{name: w}
					require.Len(t, spoilt.Differences(name, said), 1)
				}
			}
		}
	}
	require.Positive(t, differ)
}

// scenariosFail reports whether the rules do something else than some scenario of
// the dialect expects. An observation that is impossible counts, and so do rules
// that do not come to rest.
func scenariosFail(scripts []*scenario.Script, d *consensus.Dialect, table *spec.Table) (failed bool) {
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	mutant := consensus.Dialect{Name: d.Name, Table: table, Questions: d.Questions}
	return slices.ContainsFunc(scripts, func(s *scenario.Script) bool {
		if !slices.Contains(s.Head.Dialects, d.Name) {
			return false
		}
		said, _ := playScript(s, &mutant)
		return len(s.Differences(d.Name, said)) > 0
	})
}

// alike are the mutants that no scenario can tell from the rules, and why.
var alike = map[string]string{
	"enterNewRound.first first without SetRound":              "step newHeight is of round 0, and the height began with nothing marked",
	"enterPropose.self finally without SetStepPropose":        "the process hears its own proposal before anything else, and prevotes",
	"enterPropose.self finally without CallPrevoteIfComplete": "the only proposal of its round is its own, and not here yet",
}

// The scenarios of a dialect depend on what each rule does: without any one of its
// effects some scenario fails, but for those that are alike. A logged step is no
// effect here: scenarios show the state after an input.
func TestScenariosKillMutants(t *testing.T) {
	scripts := scenarios(t)
	for _, tt := range []struct {
		dialect string
		killed  int
	}{{"paper", 34}, {"cometbft-v0.38", 88}, {"cometbft-v1", 94}} {
		t.Run(tt.dialect, func(t *testing.T) {
			d, _ := consensus.DialectNamed(tt.dialect)
			require.False(t, scenariosFail(scripts, d, d.Table))
			killed := 0
			for _, m := range effectMutants(d.Table.Rules) {
				if !strings.Contains(m.name, " without ") || strings.HasSuffix(m.name, " without LogStep") {
					continue
				}
				dies, why := scenariosFail(scripts, d, m.compile(t)), alike[m.name]
				require.Equal(t, why == "", dies, "mutant %q", m.name)
				if dies {
					killed++
				}
			}
			require.Equal(t, tt.killed, killed)
		})
	}
}

// unseen are the clauses of a difference that no scenario can show, and why.
var unseen = map[string]string{
	"cometbft-v1 valid-by-two enterPrevote.invalid": "the paper prevotes nil as well: the difference is what is asked, not what follows",
	"cometbft-v1 lock-on-entry addVote.nil":         "the paper precommits nil as well: the difference is the way there",
}

// Every named difference of a dialect is shown, clause by clause: in some scenario
// of the dialect and the paper the clause fires where the two part.
func TestScenariosShowEveryDifference(t *testing.T) {
	for _, d := range nodeDialects {
		parted := map[string]bool{} // rules that fired where the two part, by clause
		for _, s := range scenarios(t) {
			if !slices.Contains(s.Head.Dialects, d.Name) || !slices.Contains(s.Head.Dialects, "paper") {
				continue
			}
			pl := newPlayer(s, d)
			for _, step := range s.Steps {
				pl.fired = map[string]int{}
				pl.play(step.Input)
				for name := range pl.fired {
					rule, _ := d.Table.Named(name)
					parted[rule.Clause.Key()] = parted[rule.Clause.Key()] || step.Expect[d.Name] != step.Expect["paper"]
				}
			}
		}
		for _, difference := range d.Differences {
			for _, key := range difference.Keys {
				name := d.Name + " " + difference.Name + " " + key
				require.Equal(t, unseen[name] == "", parted[key], "a scenario shows %s", name)
			}
		}
	}
}
