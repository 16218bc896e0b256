// Package ewd426 is Edsger Dijkstra's ring that stabilizes itself: whatever
// state it is put into, soon exactly one node has the privilege to act
// (Self-stabilizing Systems in Spite of Distributed Control, EWD 426,
// https://www.cs.utexas.edu/users/EWD/ewd04xx/EWD426.PDF).
//
// Every state is an initial one, so that the depth is none. What is claimed of
// the way to stability is claimed of steps: no step makes more privileges.
//
// It follows the specification of Murat Demirbas and Markus Kuppe in the TLA+
// Examples, which give for six nodes and six values 46,656 distinct and 248,832
// generated states, depth 1
// (https://github.com/tlaplus/Examples/blob/master/specifications/ewd426/manifest.json).
package ewd426

import (
	"fmt"

	"github.com/polka-bft/polka/modelcheck"
)

// Most is the largest number of nodes.
const Most = 6

// Ring is the state: a number in each node.
type Ring [Most]uint8

// Action is that a node acts.
type Action int

// String says which.
func (a Action) String() string { return fmt.Sprintf("node %d", int(a)) }

// Model is a ring of so many nodes, at most Most, and so many values.
func Model(nodes, values int) modelcheck.Model[Ring, Action] {
	privileges := func(r Ring) (n int) {
		for i := range nodes {
			if r.privileged(i, nodes) {
				n++
			}
		}
		return n
	}
	return modelcheck.Model[Ring, Action]{
		Name: fmt.Sprintf("EWD 426 with %d nodes and %d values", nodes, values),
		Init: all(nodes, values),
		Next: func(r Ring, emit func(Action, Ring)) {
			for i := range nodes {
				if r.privileged(i, nodes) {
					next := r
					if i == 0 {
						next[0] = (r[0] + 1) % uint8(values)
					} else {
						next[i] = r[i-1]
					}
					emit(Action(i), next)
				}
			}
		},
		Always: []modelcheck.Property[Ring]{{
			Name:  "Alive",
			Doc:   "some node has the privilege",
			Holds: func(r Ring) bool { return privileges(r) > 0 },
		}},
		AlwaysSteps: []modelcheck.StepProperty[Ring, Action]{{
			Name: "NoMore",
			Doc:  "no step makes more privileges; so one is left once there is one",
			Holds: func(before Ring, _ Action, after Ring) bool {
				return privileges(after) <= privileges(before)
			},
		}},
		SometimesSteps: []modelcheck.StepProperty[Ring, Action]{{
			Name: "Fewer",
			Doc:  "a step can end with fewer",
			Holds: func(before Ring, _ Action, after Ring) bool {
				return privileges(after) < privileges(before)
			},
		}},
		Canonical: func(r Ring) Ring { return r.canonical(nodes, values) },
	}
}

// privileged says whether a node may act: node 0 if its number is that of the
// last one, every other if its number differs from that of the one before.
func (r Ring) privileged(i, nodes int) bool {
	if i == 0 {
		return r[0] == r[nodes-1]
	}
	return r[i] != r[i-1]
}

// canonical counts from the number of node 0. Nodes compare numbers and go on by one:
// adding the same to all of them makes no difference.
func (r Ring) canonical(nodes, values int) Ring {
	first := int(r[0])
	for i := range nodes {
		r[i] = uint8((int(r[i]) + values - first) % values)
	}
	return r
}

// all is every state there is.
func all(nodes, values int) []Ring {
	rings := []Ring{{}}
	for i := range nodes {
		for _, r := range rings { // those so far have zero here
			for value := 1; value < values; value++ {
				r[i] = uint8(value)
				rings = append(rings, r)
			}
		}
	}
	return rings
}
