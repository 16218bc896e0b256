package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/modelcheck/delivery"
	"github.com/polka-bft/polka/spec/consensus"
)

// TestCostsArePrinted: the page says of every difference what it costs, as it was
// measured.
func TestCostsArePrinted(t *testing.T) {
	c := costs()
	require.Len(t, c.Instances, len(delivery.Costings))
	require.Equal(t, "n3 f0 [0] one value all valid", c.Instances[0].Size)
	files, err := generated()
	require.NoError(t, err)
	var page string
	for _, f := range files {
		if f.Path == "docs/divergence.md" {
			page = string(f.Content)
		}
	}
	differences := 0
	for _, d := range consensus.Dialects {
		differences += len(d.Differences)
	}
	require.Equal(t, differences, strings.Count(page, "\n| [cost](#costs) | "))
	require.Contains(t, page, "“line 57 will come” fails after")
}

// TestInterruptedCosts: a file that would be half of it is not written.
func TestInterruptedCosts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(t.TempDir(), "costs.json")
	status, _, stderr := run(t, ctx, "check", "--costs", file)
	require.Equal(t, exitInterrupted, status)
	require.Contains(t, stderr, "costs.json is not written")
	require.NoFileExists(t, file)
}
