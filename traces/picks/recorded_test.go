package picks_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/picks"
)

// recorded is the folder of whole recorded logs, one folder of nodes per scenario;
// they are too large to be bundled.
var recorded = os.Getenv("POLKA_RECORDED")

// TestRecordedLogs judges whole logs of nodes.
func TestRecordedLogs(t *testing.T) {
	if recorded == "" {
		t.Skip("POLKA_RECORDED names no folder of recorded logs")
	}
	for log, want := range map[string]rows{
		"double-sign/node0":  {map[string]int{"V1": 85, "V2": 16, "V3": 2582, "V4": 2111, "V5": 42, "V7": 445}, map[string]int{"D1": 903, "D3": 3, "D4": 900}, 5281, 3833},
		"kill-restart/node1": {map[string]int{"V1": 93, "V3": 953, "V4": 711, "V5": 32, "V7": 223, "V8": 87}, map[string]int{"D1": 285, "D3": 55, "D4": 284}, 2099, 1457},
		"normal/node0":       {map[string]int{"V1": 49, "V3": 453, "V4": 324, "V5": 11, "V7": 108}, map[string]int{"D1": 137, "D4": 137}, 945, 656},
		"stop-resume/node0":  {map[string]int{"V1": 109, "V3": 1069, "V4": 762, "V5": 52, "V7": 292, "V8": 4}, map[string]int{"D1": 334, "D3": 13, "D4": 330}, 2288, 1554},
		"v1-normal/node0":    {map[string]int{"V1": 53, "V3": 460, "V4": 329, "V5": 28, "V7": 107}, map[string]int{"D1": 143, "D4": 144}, 977, 703},
	} {
		t.Run(log, func(t *testing.T) {
			rep, err := picks.File(t.Context(), filepath.Join(recorded, filepath.FromSlash(log), "node.log.zst"), picks.Options{})
			require.NoError(t, err)
			explained(t, rep)
			require.Equal(t, want, rowsOf(rep))
		})
	}
}
