package modelcheck_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
)

// The graph has what the search counts, and is the same every time.
func TestGraphIsWhatIsSearched(t *testing.T) {
	m := twoPhaseModel(3)
	r := check(t, m, modelcheck.Options{})
	var texts [2]bytes.Buffer
	for i := range texts {
		g, err := modelcheck.Graph(t.Context(), m, r.States)
		require.NoError(t, err)
		assert.Len(t, g.Nodes, r.States)
		assert.Len(t, g.Edges, r.Transitions)
		levels, fired := make([]int, len(r.Levels)), map[string]int{}
		for _, n := range g.Nodes {
			levels[n.Depth]++
		}
		for _, e := range g.Edges {
			fired[e.Clause]++
		}
		assert.Equal(t, r.Levels, levels)
		for _, c := range r.Coverage {
			assert.Equal(t, c.Fired, fired[c.Clause], c.Clause)
		}
		require.NoError(t, g.WriteDOT(&texts[i]))
		require.NoError(t, g.WriteJSON(&texts[i]))
	}
	assert.Equal(t, texts[0].String(), texts[1].String())
}

func TestGraphTooLarge(t *testing.T) {
	m := twoPhaseModel(3)
	_, err := modelcheck.Graph(t.Context(), m, 20)
	require.ErrorContains(t, err, "more than 20 states: ")
	require.Regexp(t, `: 2\d so far, with \d+ transitions, at depth [1-9]$`, err.Error())
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	_, err = modelcheck.Graph(ctx, m, 1000)
	require.ErrorIs(t, err, cause)
	_, err = modelcheck.Graph(t.Context(), modelcheck.Model[int, int]{}, 1)
	require.ErrorContains(t, err, "no initial state")
	bad := through(1)
	bad.Next = func(int, func(string, int)) { panic("no") }
	_, err = modelcheck.Graph(t.Context(), bad, 1000)
	var panicked *modelcheck.PanicError
	require.ErrorAs(t, err, &panicked)
	require.Equal(t, "Next", panicked.In)
}

// What identifies states identifies nodes.
func TestGraphOfClasses(t *testing.T) {
	counter := modelcheck.Model[[2]int, string]{
		Init: [][2]int{{0, 0}},
		Next: func(s [2]int, emit func(string, [2]int)) {
			emit("left", [2]int{s[0] + 1, s[1]})
			emit("right", [2]int{s[0], s[1] + 1})
		},
		Within: func(s [2]int) bool { return s[0]+s[1] < 2 },
	}
	nodes := func() (n int, g modelcheck.StateGraph) {
		g, err := modelcheck.Graph(t.Context(), counter, 100)
		require.NoError(t, err)
		return len(g.Nodes), g
	}
	n, g := nodes()
	assert.Equal(t, 1+2+3, n)
	assert.True(t, g.Nodes[5].Outside)
	counter.Canonical = func(s [2]int) [2]int { return [2]int{min(s[0], s[1]), max(s[0], s[1])} }
	n, _ = nodes()
	assert.Equal(t, 1+1+2, n)
	counter.View = func(s [2]int) [2]int { return [2]int{s[0] + s[1]} }
	n, _ = nodes()
	assert.Equal(t, 1+1+1, n)
}

// Whatever states and actions are called, it is still DOT and JSON.
func TestGraphEscapes(t *testing.T) {
	m := through("start", "a \"quoted\" \\ state\nof two lines", "⟨v₁⟩ <b>&amp;")
	m.FormatAction = func(before, a, _ string) string { return a + ` "` + before + `"; } \` }
	g, err := modelcheck.Graph(t.Context(), m, 3)
	require.NoError(t, err)
	var dot, text bytes.Buffer
	require.NoError(t, g.WriteDOT(&dot))
	assert.Equal(t, strings.Join([]string{
		`digraph "through" {`,
		`  0 [label="start", peripheries=2];`,
		`  1 [label="a \"quoted\" \\ state\nof two lines"];`,
		`  2 [label="⟨v₁⟩ <b>&amp;\nviolates stays", fillcolor=salmon, style="filled"];`,
		`  0 -> 1 [label="goes on \"start\"; } \\"];`,
		`  1 -> 2 [label="goes on \"a \"quoted\" \\ state\nof two lines\"; } \\"];`,
		"}\n",
	}, "\n"), dot.String())
	require.NoError(t, g.WriteJSON(&text))
	var back modelcheck.StateGraph
	require.NoError(t, json.Unmarshal(text.Bytes(), &back))
	assert.Equal(t, g, back)

	if _, err := exec.LookPath("dot"); err == nil {
		cmd := exec.CommandContext(t.Context(), "dot", "-Tplain")
		cmd.Stdin = &dot
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestGraphIsNotWritten(t *testing.T) {
	g, err := modelcheck.Graph(t.Context(), through(1), 1)
	require.NoError(t, err)
	require.ErrorContains(t, g.WriteDOT(full{}), "disk full")
	require.ErrorContains(t, g.WriteJSON(full{}), "disk full")
}
