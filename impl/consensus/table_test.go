package consensus

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/spec"
	speccons "github.com/polka-bft/polka/spec/consensus"
)

// tables is everything that the machine knows of the rules.
type tables struct {
	next    []Rule
	effects [][]op
	ranks   []uint8
}

func generatedTables() tables {
	c := tables{next: slices.Clone(next[:]), ranks: slices.Clone(ranks[:])}
	for _, es := range effects {
		c.effects = append(c.effects, slices.Clone(es))
	}
	return c
}

// compareTables reports the first difference between tables and a compiled
// specification, by the names of both sides.
func compareTables(c tables, t *spec.Table) error {
	names := func(id spec.RuleID) string {
		switch id {
		case spec.Wait:
			return "Wait"
		case spec.Unreachable:
			return "Unreachable"
		}
		return t.Rule(id).Name
	}
	o := Observation(0)
	for _, b := range t.Rules.Bindings {
		for i, id := range t.NextRow(b) {
			want := spec.Observation{Of: b, Index: i}
			if o.String() != want.String() {
				return fmt.Errorf("observation %d is %v, want %v", o, o, want)
			}
			if got := c.next[o]; got.String() != names(id) {
				return fmt.Errorf("next of %v is %v, want %v", o, got, names(id))
			}
			o++
		}
	}
	if int(o) != len(c.next) || len(c.ranks) != len(t.All)+1 || len(c.effects) != len(t.All)+1 {
		return fmt.Errorf("the tables have another size than the specification")
	}
	for i := range t.All {
		r := &t.All[i]
		rule := Rule(r.ID)
		if rule.String() != r.Name || int(c.ranks[rule]) != r.Rank {
			return fmt.Errorf("rule %d is %v of rank %d, want %s of rank %d", rule, rule, c.ranks[rule], r.Name, r.Rank)
		}
		var got, want []string
		for _, o := range c.effects[rule] {
			got = append(got, o.String())
		}
		for _, e := range r.Effects {
			want = append(want, string(e.Do))
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("effects of %v are %v, want %v", rule, got, want)
		}
	}
	return nil
}

// TestTable: the generated table is the compiled specification, observation by
// observation, and so are ranks, effects and the digest.
func TestTable(t *testing.T) {
	require.NoError(t, compareTables(generatedTables(), speccons.Paper))
	require.Equal(t, speccons.Paper.Digest(), Digest)
}

// TestTableComparisonCanFail: no cell, rank or effect can change unseen.
func TestTableComparisonCanFail(t *testing.T) {
	for i := range next {
		c := generatedTables()
		c.next[i] = (c.next[i] + 1) % Rule(len(ruleNames))
		require.Error(t, compareTables(c, speccons.Paper), "%v", Observation(i))
	}
	for r := L14If; int(r) < len(ruleNames); r++ {
		c := generatedTables()
		c.ranks[r]++
		require.Error(t, compareTables(c, speccons.Paper), "%v", r)
		for i := range effects[r] {
			c := generatedTables()
			c.effects[r] = slices.Delete(c.effects[r], i, i+1)
			require.Error(t, compareTables(c, speccons.Paper), "%v without %v", r, effects[r][i])
		}
	}
}

// TestObserve: the numbering of the observing functions is the table's.
func TestObserve(t *testing.T) {
	o := observeProposal(StepPrevote, proposalValid, polBacked, lockOlder, polkaYes, once36NotYet)
	require.Equal(t, "proposal(step=prevote proposal=valid pol=backed lock=older polka=yes once36=notYet)", o.String())
	require.Equal(t, L36If, next[o])
	require.Equal(t, Observation(observations-1), observeTimeout(expiredPrecommit, atElsewhere, StepPrecommit))
	require.Equal(t, Observation(0), observeStartRound(proposerOther, validValueUnset))
}

func TestNamesOutOfRange(t *testing.T) {
	require.Equal(t, "Unreachable", Unreachable.String())
	require.Equal(t, "Rule(200)", Rule(200).String())
	require.Equal(t, "Observation(60000)", Observation(60000).String())
	require.Equal(t, "Step(9)", Step(9).String())
	require.Equal(t, "Reason(99)", Reason(99).String())
	require.Equal(t, "VoteType(7)", VoteType(7).String())
	require.Equal(t, "TimeoutKind(7)", TimeoutKind(7).String())
	require.Equal(t, "000000000000", ValueID{31: 1}.String())
}

// TestImports: the machine stands on its generated table alone.
func TestImports(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range f.Imports {
			require.NotContains(t, i.Path.Value, ".", "%s imports %s; only the standard library is allowed", e.Name(), i.Path.Value)
			require.NotContains(t, []string{`"time"`, `"math/rand"`, `"math/rand/v2"`, `"log"`, `"log/slog"`, `"os"`}, i.Path.Value, e.Name())
		}
	}
}
