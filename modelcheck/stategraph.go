package modelcheck

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// A StateGraph is all that a model can do, for small models: to be drawn, or to be
// read by another program. Nodes are in the order in which a search finds them, the
// initial states first; edges are by the node that they leave, in the order of Next.
type StateGraph struct {
	Model string      `json:"model"`
	Nodes []GraphNode `json:"nodes"`
	Edges []GraphEdge `json:"edges"`
}

// A GraphNode is a state.
type GraphNode struct {
	State    string   `json:"state"` // as the model formats it
	Initial  bool     `json:"initial,omitempty"`
	Depth    int      `json:"depth"`              // steps on a shortest way there
	Outside  bool     `json:"outside,omitempty"`  // of Model.Within: it is not left
	Violates []string `json:"violates,omitempty"` // of Model.Always, what is false here
}

// A GraphEdge is a transition between nodes, which are named by their places.
type GraphEdge struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Action string `json:"action"`           // as the model formats it
	Clause string `json:"clause,omitempty"` // its class, if it has one
}

// Graph searches a model, and keeps everything. States of one Canonical form or View
// are one node, which is told as the first that is found; what is Local is not
// put off. It is an error if there are more states than limit, and if ctx ends.
func Graph[S comparable, A any](ctx context.Context, m Model[S, A], limit int) (g StateGraph, err error) {
	if err := m.validate(); err != nil {
		return StateGraph{}, err
	}
	g.Model = m.Name
	var states []S
	numbers := map[S]int{}
	number := func(s S, depth int) int {
		if m.Canonical != nil {
			s = m.Canonical(s)
		}
		key := s
		if m.View != nil {
			key = m.View(s)
		}
		n, known := numbers[key]
		if !known {
			n = len(states)
			numbers[key] = n
			states = append(states, s)
			g.Nodes = append(g.Nodes, m.node(s, depth))
		}
		return n
	}
	current, in := m.Init[0], "Canonical, View or a property"
	defer func() {
		if value := recover(); value != nil {
			g, err = StateGraph{}, m.newPanicError(in, current, value, debug.Stack())
		}
	}()
	for _, s := range m.Init {
		current = s
		g.Nodes[number(s, 0)].Initial = true
	}
	in = "Next"
	for from := 0; from < len(states); from++ {
		if err := ctx.Err(); err != nil {
			return StateGraph{}, m.errorf("after %d states and %d transitions: %w", len(g.Nodes), len(g.Edges), context.Cause(ctx))
		}
		if len(states) > limit {
			return StateGraph{}, m.errorf("more than %d states: %d so far, with %d transitions, at depth %d",
				limit, len(states), len(g.Edges), g.Nodes[len(g.Nodes)-1].Depth)
		}
		if g.Nodes[from].Outside {
			continue
		}
		current = states[from]
		m.Next(current, func(a A, to S) {
			e := GraphEdge{From: from, To: number(to, g.Nodes[from].Depth+1), Action: m.formatAction(states[from], a, to)}
			if m.Clause != nil && m.Clause(a) >= 0 {
				e.Clause = m.Clauses[m.Clause(a)]
			}
			g.Edges = append(g.Edges, e)
		})
	}
	return g, nil
}

func (m *Model[S, A]) node(s S, depth int) GraphNode {
	n := GraphNode{State: m.formatState(s), Depth: depth, Outside: m.Within != nil && !m.Within(s)}
	for _, p := range m.Always {
		if !p.Holds(s) {
			n.Violates = append(n.Violates, p.Name)
		}
	}
	return n
}

// WriteJSON writes the graph as one object, with the fields of StateGraph.
func (g *StateGraph) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(g); err != nil {
		return fmt.Errorf("modelcheck: writing a graph: %w", err)
	}
	return nil
}

// WriteDOT writes the graph for Graphviz. Initial states have a second line around
// them, violations are filled, and states outside of Model.Within are dashed.
func (g *StateGraph) WriteDOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "digraph %s {\n", quoteDOT(g.Model))
	for i, n := range g.Nodes {
		label, look := n.State, ""
		var style []string
		if n.Initial {
			look += ", peripheries=2"
		}
		if n.Outside {
			style = append(style, "dashed")
		}
		if len(n.Violates) > 0 {
			label += "\nviolates " + strings.Join(n.Violates, ", ")
			look += ", fillcolor=salmon"
			style = append(style, "filled")
		}
		if len(style) > 0 {
			look += `, style="` + strings.Join(style, ",") + `"`
		}
		fmt.Fprintf(b, "  %d [label=%s%s];\n", i, quoteDOT(label), look)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(b, "  %d -> %d [label=%s];\n", e.From, e.To, quoteDOT(e.Action))
	}
	fmt.Fprintln(b, "}")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("modelcheck: writing a graph: %w", err)
	}
	return nil
}

// quoteDOT makes a string of DOT that shows any text as it is.
func quoteDOT(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "␀"), "�")
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(s) + `"`
}
