package conform_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polka-bft/polka/traces/cometbft"
	"github.com/polka-bft/polka/traces/conform"
)

const tooEarly = "a timeout that came before its time: a clock was set back, or the ticker took one timer for another"

// No timeout of a recorded log came sooner after what started it than its duration
// says, over restarts too. Had their durations been an hour longer, all that a log
// shows the start of would have come too early (cometbft pull request 3092).
func TestEarlyTimeouts(t *testing.T) {
	type timeouts struct{ all, timed int } // timed: the log shows what started it
	for log, want := range map[string]timeouts{
		"normal/node0": {76, 75}, "stop-resume/node2": {177, 173}, "kill-restart/node1": {184, 183}, "v1-normal/node0": {76, 75},
	} {
		t.Run(log, func(t *testing.T) {
			rec := load(t, log).trusting()
			rep, err := rec.judge(t, rec.records)
			require.NoError(t, err)
			require.Equal(t, conform.Conforms, rep.Verdict)
			require.Zero(t, rep.Counts.Assumed[tooEarly])
			longer, all := slices.Clone(rec.records), 0
			for i := range longer {
				if longer[i].Kind == cometbft.KindTimeout {
					longer[i].Timeout.Duration += time.Hour
					all++
				}
			}
			rep, err = rec.judge(t, longer)
			require.NoError(t, err)
			require.Equal(t, conform.Conforms, rep.Verdict)
			require.Equal(t, want, timeouts{all, rep.Counts.Assumed[tooEarly]})
		})
	}
}
