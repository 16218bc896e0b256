package lockserver_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck"
	"github.com/polka-bft/polka/modelcheck/examples/internal/pin"
	"github.com/polka-bft/polka/modelcheck/examples/lockserver"
)

// A grant that arrives twice is a lock that two clients have.
func Example() {
	model, err := lockserver.Model(2, lockserver.Duplicating)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := modelcheck.Check(context.Background(), model, modelcheck.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range report.Violations[0].Path.Steps {
		fmt.Println(step.Action, step.State.Decode().Clients)
	}
	// Output:
	// client 0: ask [waiting idle]
	// client 1: ask [waiting waiting]
	// client 0: request arrives [waiting waiting]
	// client 0: grant arrives [working waiting]
	// client 0: give back [idle waiting]
	// client 0: grant arrives [working waiting]
	// client 0: release arrives [working waiting]
	// client 1: request arrives [working waiting]
	// client 1: grant arrives [working working]
}

// counted is what the package comment says.
func counted(n int) int {
	q := func(n int) (sum int) {
		ordered := 1 // n!/(n−k)!
		for k := range n + 1 {
			sum += ordered << (n - k)
			ordered *= n - k
		}
		return sum
	}
	return 1<<n + n*(2*q(n-1)+q(n))
}

func TestCounts(t *testing.T) {
	for clients, want := range map[int]pin.Counts{
		1: {Distinct: 7, Generated: 10, Depth: 7},
		2: {Distinct: 36, Generated: 73, Depth: 9},
		3: {Distinct: 182, Generated: 451, Depth: 11},
		5: {Distinct: 6_072, Generated: 17_641, Depth: 15},
	} {
		m, err := lockserver.Model(clients, lockserver.Reliable)
		require.NoError(t, err)
		pin.Complete(t, want, m)
		require.Equal(t, want.Distinct, counted(clients))
	}
}

func TestMutants(t *testing.T) {
	m, err := lockserver.Model(2, lockserver.Duplicating)
	require.NoError(t, err)
	pin.Violation(t, "Exclusion", 9, m)

	// A server that does not look whether somebody has the lock.
	m, err = modelcheck.Encoded(pin.Altered(lockserver.Plain(2, lockserver.Reliable), func(_ lockserver.State, a lockserver.Action, after lockserver.State) lockserver.State {
		if a.Step == "request arrives" {
			after.Network[lockserver.Message{Kind: lockserver.Grant, Client: a.Client}] = 1
		}
		return after
	}))
	require.NoError(t, err)
	pin.Violation(t, "Exclusion", 6, m)
}
