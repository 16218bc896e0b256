package paxos_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
	"github.com/polka-bft/polka/modelcheck/examples/paxos"
)

// A leader must take over what may have been decided before its ballot.
func Example() {
	model, err := paxos.Model(paxos.Config{Clients: 2, Servers: 3, IgnoreVotes: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, violation := range report.Violations {
		fmt.Println("not so:", violation.Property.Doc)
		for _, step := range violation.Path.Steps {
			fmt.Println(step.Action)
		}
	}
	// Output:
	// not so: what the clients see could come from one register that does one thing at a time
	// Put from 3 to 0: A
	// Prepare from 0 to 1, ballot 1.0
	// Prepared from 1 to 0, ballot 1.0
	// Accept from 0 to 1, ballot 1.0: A
	// Accepted from 1 to 0, ballot 1.0
	// Put from 4 to 1: B
	// Prepare from 1 to 2, ballot 2.1
	// Prepared from 2 to 1, ballot 2.1
	// Accept from 1 to 2, ballot 2.1: B
	// Accepted from 2 to 1, ballot 2.1
	// Decided from 0 to 2, ballot 1.0: A
	// PutOk from 0 to 3
	// Get from 3 to 1
	// PutOk from 1 to 4
	// Get from 4 to 2
	// GetOk from 1 to 3: B
	// GetOk from 2 to 4: A
}

// stateright has the count, which is of the whole graph, and the eight steps of the shortest way to a read.
func TestCounts(t *testing.T) {
	pin.Long(t)
	m, err := paxos.Model(paxos.Config{Clients: 2, Servers: 3})
	require.NoError(t, err)
	r, err := modelcheck.Check(t.Context(), m, modelcheck.Options{Witnesses: true, Unreduced: true})
	require.NoError(t, err)
	assert.Equal(t, modelcheck.Holds, r.Verdict(), r.String())
	assert.Equal(t, pin.Counts{Distinct: 16_668, Generated: 32_971, Depth: 21}, pin.CountsOf(m, r))
	assert.Empty(t, r.NeverFired())
	require.Len(t, r.Witnesses, 1)
	assert.Equal(t, 8, r.Witnesses[0].Path.Len())
}

func TestMutant(t *testing.T) {
	pin.Long(t)
	m, err := paxos.Model(paxos.Config{Clients: 2, Servers: 3, IgnoreVotes: true})
	require.NoError(t, err)
	pin.Violation(t, "Linearizable", 17, m)
}

// The histories of two clients: a write of B that is over, and a read.
func TestLinearizable(t *testing.T) {
	written := paxos.Operation{Write: true, Value: "B", Done: true}
	read := func(value string, after map[int]int) []paxos.Operation {
		return []paxos.Operation{{Value: value, Done: true, After: after}}
	}
	writing := paxos.Operation{Write: true, Value: "B"}
	for _, row := range []struct {
		name    string
		history paxos.History
		want    bool
	}{
		{"the read came later, and gives B", paxos.History{{written}, read("B", map[int]int{0: 1})}, true},
		{"the read came later, and gives nothing", paxos.History{{written}, read("", map[int]int{0: 1})}, false},
		{"at the same time, B", paxos.History{{written}, read("B", nil)}, true},
		{"at the same time, nothing", paxos.History{{written}, read("", nil)}, true},
		{"the write may have happened", paxos.History{{writing}, read("B", nil)}, true},
		{"the write may not have happened", paxos.History{{writing}, read("", nil)}, true},
		{"nobody wrote C", paxos.History{{writing}, read("C", nil)}, false},
		{"B, then nothing", paxos.History{{writing}, append(read("B", nil), read("", nil)...)}, false},
	} {
		require.Equal(t, row.want, row.history.Linearizable(), row.name)
	}
}
