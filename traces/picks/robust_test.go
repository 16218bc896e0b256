package picks_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/polka-bft/polka/traces/debuglog"
	"github.com/polka-bft/polka/traces/picks"
)

// TestDamagedLogs: whatever digits of a log are changed, and whatever lines are left
// out, doubled or swapped, the judge says something of it, or which line it is.
func TestDamagedLogs(t *testing.T) {
	lines := linesOf(t, "double-sign/node0")[:600]
	rapid.Check(t, func(rt *rapid.T) {
		damaged := append([]string(nil), lines...)
		for range rapid.IntRange(1, 20).Draw(rt, "damages") {
			at := rapid.IntRange(0, len(damaged)-2).Draw(rt, "line")
			switch rapid.IntRange(0, 3).Draw(rt, "how") {
			case 0:
				damaged[at] = ""
			case 1:
				damaged[at] += damaged[at]
			case 2:
				damaged[at], damaged[at+1] = damaged[at+1], damaged[at]
			default:
				b := []byte(damaged[at])
				for range rapid.IntRange(1, 4).Draw(rt, "digits") {
					i := rapid.IntRange(0, max(0, len(b)-1)).Draw(rt, "at")
					if i < len(b) && b[i] >= '0' && b[i] <= '9' {
						b[i] = byte(rapid.IntRange('0', '9').Draw(rt, "digit"))
					}
				}
				damaged[at] = string(b)
			}
		}
		_, err := picks.New(picks.Options{}).Run(t.Context(), debuglog.NewLog("node.log", strings.NewReader(strings.Join(damaged, ""))))
		var bad *debuglog.LineError
		require.True(rt, err == nil || errors.As(err, &bad), err)
	})
}
